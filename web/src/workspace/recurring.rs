//! Tickets that come back by the calendar: which, when, and why one does not.

use axum::extract::{Path, Query, State};
use desk::{
    Refused,
    ticket::{DeleteRecurring, RecurringTickets, RecurringView, StopRecurring, Templates, WriteRecurring},
};
use domain::{
    PersonId, RecurringTicketId,
    identity::Capability,
    ticket::{Recurrence, RecurrenceText, Recurring, RecurringName, Stopped, WEEKDAYS},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    blank::{Blank, Choices, FIELDS},
    queue::{alone, kept_one},
    raise::person_at,
    seat, template,
};
use crate::{
    AppState,
    page::{PageResult, Posted, Pressed, Reader, see, sentence},
    ui::{self, Field, Input, Tone},
    words::{t, told, told_word},
    wrong::Wrong,
};

const ADDRESS: &str = "/desk/recurring";

/// What the form sends.
#[derive(Default, Deserialize)]
pub(super) struct Kept {
    #[serde(flatten)]
    when: When,
    #[serde(default)]
    name: String,
    #[serde(default)]
    requester: String,
    #[serde(default)]
    unless_open: String,
    /// The template that it began with, whose draft is another.
    #[serde(default)]
    template: String,
    #[serde(flatten)]
    blank: Blank,
}

/// The part of it that says when.
#[derive(Default, Deserialize)]
#[serde(default)]
struct When {
    frequency: String,
    interval: String,
    mo: String,
    tu: String,
    we: String,
    th: String,
    fr: String,
    sa: String,
    su: String,
    from: String,
    at: String,
    zone: String,
}

impl When {
    const FIELDS: [&str; 5] = ["frequency", "interval", "from", "at", "zone"];

    fn days(&self) -> [&String; 7] {
        [&self.mo, &self.tu, &self.we, &self.th, &self.fr, &self.sa, &self.su]
    }

    fn of(rule: &Recurrence) -> Self {
        let text = RecurrenceText::from(rule.clone());
        let day =
            |name: &str| if text.on.iter().any(|on| on == name) { "on".to_owned() } else { String::new() };
        Self {
            mo: day("mo"),
            tu: day("tu"),
            we: day("we"),
            th: day("th"),
            fr: day("fr"),
            sa: day("sa"),
            su: day("su"),
            frequency: text.frequency,
            interval: text.interval.to_string(),
            from: text.from,
            at: text.at,
            zone: text.zone,
        }
    }

    fn read(&self) -> Result<Recurrence, (&'static str, String)> {
        let on = WEEKDAYS.iter().zip(self.days()).filter(|(_, day)| !day.is_empty());
        let interval = self.interval.trim();
        let text = RecurrenceText {
            frequency: self.frequency.clone(),
            interval: if interval.is_empty() { 1 } else { interval.parse().unwrap_or(0) },
            on: on.map(|((name, ..), _)| (*name).to_owned()).collect(),
            from: self.from.trim().to_owned(),
            at: self.at.trim().to_owned(),
            zone: self.zone.trim().to_owned(),
        };
        Recurrence::try_from(text).map_err(|error| (error.part, error.sentence))
    }

    fn fields(&self, wrong: &Wrong, reader: &Reader) -> Markup {
        let line = |name, label, value| Field { value, error: wrong.at(name), ..Field::new(name, label) };
        let or = |text: &str, usual: String| if text.is_empty() { usual } else { text.to_owned() };
        let frequency = or(&self.frequency, "weekly".to_owned());
        let interval = or(&self.interval, "1".to_owned());
        let from = or(&self.from, reader.clock().today().to_string());
        let at = or(&self.at, "08:00".to_owned());
        let zone = or(&self.zone, reader.signed_in().person.zone.clone());
        let frequencies = [
            ("daily", t!("Days")),
            ("weekly", t!("Weeks")),
            ("monthly", t!("Months")),
            ("yearly", t!("Years")),
        ];
        html! {
            fieldset.field {
                legend { (t!("When it comes back")) }
                div.inline.when {
                    (ui::field(&Field { input: Input::Line("number"), ..line("interval", t!("Every"), &interval) }))
                    (ui::field(&Field { input: Input::Choice(&frequencies), ..line("frequency", "of", &frequency) }))
                }
                div.inline role="group" aria-label=(t!("On these days, if it comes by weeks")) {
                    @for ((name, word, _), day) in WEEKDAYS.iter().zip(self.days()) {
                        label.check { input type="checkbox" name=(name) value="on" checked[!day.is_empty()]; (told_word(word)) }
                    }
                }
                p.hint { (t!("Days count for weeks; without any, it is the day of the week on which it begins. Months and years keep the day; where a month is too short, it is its last.")) }
                div.inline.when {
                    (ui::field(&Field { input: Input::Line("date"), ..line("from", t!("First on"), &from) }))
                    (ui::field(&Field { input: Input::Line("time"), ..line("at", t!("At"), &at) }))
                    (ui::field(&line("zone", t!("In the time zone"), &zone)))
                }
            }
        }
    }
}

impl Kept {
    fn read(
        &self,
        id: Option<RecurringTicketId>,
        requester: Result<PersonId, &'static str>,
    ) -> Result<WriteRecurring, Wrong> {
        let (name, template) = (RecurringName::new(&self.name), self.blank.read());
        let rule = self.when.read();
        let mut wrong = template.as_ref().err().cloned().unwrap_or_default();
        if let Err(error) = &name {
            wrong.add("name", sentence(&error.to_string()));
        }
        if let Err((part, words)) = &rule {
            wrong.add(part, sentence(words));
        }
        if let Err(words) = requester {
            wrong.add("requester", words);
        }
        match (name, template, rule, requester) {
            (Ok(name), Ok(template), Ok(rule), Ok(requester)) => {
                let unless_open = !self.unless_open.is_empty();
                Ok(WriteRecurring {
                    id,
                    name,
                    recurring: Recurring { template, rule, requester, unless_open },
                })
            }
            _ => Err(wrong),
        }
    }
}

fn id_of(text: &str) -> PageResult<RecurringTicketId> {
    Ok(text.parse().map_err(|_| Refused::NotFound("recurring ticket"))?)
}

/// What a new one begins with.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Begin {
    #[serde(default)]
    template: String,
}

pub(super) async fn list(
    State(app): State<AppState>,
    reader: Reader,
    Query(begin): Query<Begin>,
) -> PageResult {
    let templates = app.desk.ask(reader.ctx(), Templates::default()).await?;
    let chosen = templates.iter().find(|it| it.id.to_string() == begin.template);
    let kept = Kept {
        name: chosen.map(|it| it.name.clone()).unwrap_or_default(),
        requester: reader.signed_in().person.email.clone(),
        template: chosen.map(|it| it.id.to_string()).unwrap_or_default(),
        blank: chosen.map(|it| Blank::from(&it.template)).unwrap_or_default(),
        ..Kept::default()
    };
    draw(&app, &reader, &kept, &Wrong::nothing(), &html! {}).await
}

async fn draw(app: &AppState, reader: &Reader, kept: &Kept, wrong: &Wrong, notice: &Markup) -> PageResult {
    let all = app.desk.ask(reader.ctx(), RecurringTickets).await?;
    let choices = Choices::of(app, reader).await?;
    let body = html! {
        div.form-page.texts id="kept" {
            (notice)
            p.lead { (t!("Work that comes back by the calendar: checks, renewals, reports. The desk raises each ticket at its time, for as long as whoever wrote it works tickets here.")) }
            @if all.is_empty() { p.soft { (t!("None yet. Write the first one below.")) } }
            @for it in &all { (one(reader, it, &choices)) }
            section id="new" { (ui::section(t!("Write a new one"), &form(reader, ADDRESS, kept, wrong, &choices, t!("Have it come back")))) }
        }
    };
    alone(app, reader, wrong.status(), t!("Recurring tickets"), &body).await
}

fn one(reader: &Reader, it: &RecurringView, choices: &Choices) -> Markup {
    let clock = reader.clock();
    html! {
        // What does not come any more wants somebody's eye.
        details open[it.stopped.is_some()] {
            summary {
                (it.name) " "
                span.quiet {
                    (told(&it.words))
                    @if it.stopped.is_some() { " " (ui::chip(Tone::Warn, t!("stopped"))) }
                }
            }
            @if let Some(stopped) = it.stopped { (ui::notice(Tone::Warn, &html! { (told_word(told_word(told_word(stopped.sentence())))) }, &html! {})) }
            (template::told(&it.recurring.template, choices))
            p.quiet {
                (t!("For {requester}, written by {author}.", requester = it.requester_name, author = it.author_name))
                @if it.recurring.unless_open { " " (t!("None is raised while the last one is still open.")) }
            }
            (ui::facts(&[
                (t!("Next"), html! {
                    @match it.next_at { Some(at) => (ui::exact(at, clock.zone)), None => (t!("not at all")) }
                }),
                (t!("Then"), html! { @for at in &it.then { div { (ui::exact(*at, clock.zone)) } } }),
                (t!("Last"), html! {
                    @match &it.last {
                        Some((number, at)) => { a.link href={ "/desk/t/" (number) "?q=open" } { (number) } " " (ui::time(*at, clock)) },
                        None => (t!("not yet")),
                    }
                }),
            ]))
            @if it.changeable {
                div.inline {
                    a.button href={ (ADDRESS) "/" (it.id) } { (t!("Change or remove it")) }
                    @let stop = it.stopped.is_none();
                    @if stop || it.stopped == Some(Stopped::ByHand) {
                        (ui::act(&format!("{ADDRESS}/{}/stop", it.id), reader.csrf(), &[("stop", if stop { "yes" } else { "" })],
                            Some("kept"), "bare", if stop { t!("Stop it") } else { t!("Let it go on") }))
                    }
                }
            }
        }
    }
}

fn form(
    reader: &Reader,
    action: &str,
    kept: &Kept,
    wrong: &Wrong,
    choices: &Choices,
    button: &str,
) -> Markup {
    let draft = format!("{}:recurring{}{}", reader.id(), action.trim_start_matches(ADDRESS), kept.template);
    let live = if action == ADDRESS { "kept" } else { "changed" };
    let fields: Vec<_> = FIELDS.into_iter().chain(When::FIELDS).chain(["name", "requester"]).collect();
    html! {
        form.form method="post" action=(action) data-live=(live) {
            (ui::csrf_field(reader.csrf()))
            @if !kept.template.is_empty() { input type="hidden" name="template" value=(kept.template); }
            (wrong.summary(&fields))
            (ui::field(&Field { value: &kept.name, draft: &format!("{draft}:name"), error: wrong.at("name"), hint: t!("Such as: Restore test of the backup."), ..Field::new("name", t!("Name")) }))
            (kept.when.fields(wrong, reader))
            (ui::field(&Field {
                hint: t!("The e-mail address of the person whose ticket it is."), input: Input::Line("email"), value: &kept.requester,
                error: wrong.at("requester"), ..Field::new("requester", t!("For whom"))
            }))
            label.check {
                input type="checkbox" name="unless_open" value="yes" checked[!kept.unless_open.is_empty()];
                (t!("Not while the last one is still open"))
            }
            (kept.blank.fields(wrong, choices, &draft))
            div.inline {
                button.button.main { (button) }
                span.draft-status data-draft-status role="status" {}
            }
        }
    }
}

/// Keeps what the form says; the answer to a refusal is what is wrong, and the sheet of a seat that is lacking.
async fn keep(
    app: &AppState,
    reader: &Reader,
    form: &Kept,
    id: Option<RecurringTicketId>,
) -> PageResult<Result<(), (Wrong, Markup)>> {
    let requester = person_at(app, reader, &form.requester).await?;
    let command = match form.read(id, requester) {
        Ok(command) => command,
        Err(wrong) => return Ok(Err((wrong, html! {}))),
    };
    Ok(match app.desk.execute(reader.ctx(), command).await {
        Ok(_) => Ok(()),
        Err(Refused::Licence(verdict)) => {
            let (status, notice) = seat::sheet(app, reader, &verdict, &form.name).await?;
            Err((Wrong::seat(status), notice))
        }
        Err(refused) => Err((Wrong::of(refused)?, html! {})),
    })
}

pub(super) async fn add(State(app): State<AppState>, Posted { reader, form }: Posted<Kept>) -> PageResult {
    match keep(&app, &reader, &form, None).await? {
        Ok(()) => Ok(see(ADDRESS)),
        Err((wrong, notice)) => draw(&app, &reader, &form, &wrong, &notice).await,
    }
}

pub(super) async fn show(State(app): State<AppState>, reader: Reader, Path(id): Path<String>) -> PageResult {
    let id = id_of(&id)?;
    let all = app.desk.ask(reader.ctx(), RecurringTickets).await?;
    let found = all.into_iter().find(|it| it.id == id && it.changeable);
    let it = found.ok_or(Refused::NotFound("recurring ticket"))?;
    let kept = Kept {
        when: When::of(&it.recurring.rule),
        name: it.name,
        requester: email_of(&app, &reader, it.recurring.requester).await?,
        unless_open: if it.recurring.unless_open { "yes".to_owned() } else { String::new() },
        template: String::new(),
        blank: Blank::from(&it.recurring.template),
    };
    draw_one(&app, &reader, id, &kept, &Wrong::nothing(), &html! {}).await
}

/// The address under which somebody is found.
async fn email_of(app: &AppState, reader: &Reader, id: PersonId) -> PageResult<String> {
    Ok(app.desk.ask(reader.ctx(), desk::ticket::AddressOf { person: id }).await?)
}

async fn draw_one(
    app: &AppState,
    reader: &Reader,
    id: RecurringTicketId,
    kept: &Kept,
    wrong: &Wrong,
    notice: &Markup,
) -> PageResult {
    reader.require(Capability::TicketWork)?;
    let action = format!("{ADDRESS}/{id}");
    let choices = Choices::of(app, reader).await?;
    let form = html! { (notice) (form(reader, &action, kept, wrong, &choices, t!("Keep the change"))) };
    let body = kept_one(reader, &action, (ADDRESS, t!("All recurring tickets")), &form);
    alone(app, reader, wrong.status(), t!("Change a recurring ticket"), &body).await
}

pub(super) async fn change(
    State(app): State<AppState>,
    Path(id): Path<String>,
    Posted { reader, form }: Posted<Kept>,
) -> PageResult {
    let id = id_of(&id)?;
    match keep(&app, &reader, &form, Some(id)).await? {
        Ok(()) => Ok(see(ADDRESS)),
        Err((wrong, notice)) => draw_one(&app, &reader, id, &form, &wrong, &notice).await,
    }
}

/// Whether it shall be stopped.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Stopping {
    stop: String,
}

pub(super) async fn stop(
    State(app): State<AppState>,
    Path(id): Path<String>,
    Posted { reader, form }: Posted<Stopping>,
) -> PageResult {
    let command = StopRecurring { id: id_of(&id)?, stop: !form.stop.is_empty() };
    acted(&app, &reader, app.desk.execute(reader.ctx(), command).await.map(drop)).await
}

pub(super) async fn remove(
    State(app): State<AppState>,
    Path(id): Path<String>,
    Posted { reader, form: Pressed {} }: Posted<Pressed>,
) -> PageResult {
    let command = DeleteRecurring { id: id_of(&id)? };
    acted(&app, &reader, app.desk.execute(reader.ctx(), command).await).await
}

/// Back to all of them, or there with what stood in the way.
async fn acted(app: &AppState, reader: &Reader, outcome: desk::Result<()>) -> PageResult {
    let (wrong, notice) = match outcome {
        Ok(()) => return Ok(see(ADDRESS)),
        Err(Refused::Licence(verdict)) => {
            let (status, notice) = seat::sheet(app, reader, &verdict, "").await?;
            (Wrong::seat(status), notice)
        }
        Err(refused) => (Wrong::of(refused)?, html! {}),
    };
    draw(app, reader, &Kept::default(), &wrong, &notice).await
}
