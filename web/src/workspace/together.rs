//! Changing several tickets together: chosen in a list, what will change is shown before it is done, and each is an act of
//! its own.

use std::collections::BTreeMap;

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use desk::{
    Refused,
    ticket::{
        Foreseen, MOST_TOGETHER, MacroView, Macros, Preview, PreviewWork, Sidebar, StepTogether,
        StepsTogether, Technicians, TicketRef, WorkTicket,
    },
};
use domain::{
    MacroId,
    identity::Capability,
    ticket::{
        Assignee, Category, Group, Impact, Markdown, ResolutionCode, Saying, StateKey, TicketNumber, Urgency,
        Work,
    },
};
use http::StatusCode;
use maud::{Markup, html};

use super::{
    filter,
    queue::{QueueName, alone},
    seat,
};
use crate::{
    AppState,
    page::{PageResult, Posted, Reader, sentence},
    problem::Problem,
    ui::{self, Field, Icon, Input, Tone},
    words::{plural, t, told, told_word},
    wrong::Wrong,
};

/// What was chosen and what is to be done, as the form sends it.
#[derive(Debug, Clone, Default)]
pub(super) struct Chosen {
    /// The tickets; after a preview with the version that it showed.
    pub(super) tickets: Vec<(TicketRef, Option<u64>)>,
    fields: BTreeMap<&'static str, String>,
}

/// What a form says beside what is to be done.
/// Blanks as they are written, for an example.
const BLANKS: (&str, &str) = ("{{first_name}}", "{{number}}");

const BESIDE: [&str; 5] = ["q", "key", "macro", "name", "used_by"];
/// What is to be done.
pub(super) const FIELDS: [&str; 9] =
    ["group", "assignee", "impact", "urgency", "category", "to", "resolution_code", "say", "aloud"];

impl Chosen {
    /// Tickets that are none are left out: an address that somebody cut short shows the rest.
    pub(super) fn read(pairs: &[(String, String)]) -> Self {
        let mut chosen = Self::default();
        for (name, value) in pairs {
            if name == "t" {
                let (number, version) = value.split_once('@').unwrap_or((value, ""));
                let ticket: Option<TicketNumber> = number.parse().ok();
                let known = |ticket: TicketRef| chosen.tickets.iter().any(|(other, _)| *other == ticket);
                if let Some(ticket) = ticket.map(TicketRef::Number).filter(|ticket| !known(*ticket))
                    && chosen.tickets.len() <= MOST_TOGETHER
                {
                    chosen.tickets.push((ticket, version.parse().ok()));
                }
            } else if let Some(known) = FIELDS.into_iter().chain(BESIDE).find(|known| known == name) {
                chosen.fields.insert(known, value.clone());
            }
        }
        chosen
    }

    pub(super) fn at(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", |value| value.trim())
    }

    /// The same, to do this work.
    pub(super) fn with(mut self, work: &Work) -> Self {
        let aloud = matches!(work.say, Some(Saying::Reply(_)));
        let word = |it: Option<String>| it.unwrap_or_default();
        self.fields.extend([
            ("group", word(work.group.map(|group| group.to_string()))),
            ("assignee", word(work.assignee.map(|assignee| assignee.to_string()))),
            ("impact", word(work.impact.map(|impact| impact.to_string()))),
            ("urgency", word(work.urgency.map(|urgency| urgency.to_string()))),
            ("category", word(work.category.as_ref().map(ToString::to_string))),
            ("to", word(work.to.as_ref().map(ToString::to_string))),
            ("resolution_code", word(work.resolution_code.as_ref().map(ToString::to_string))),
            ("say", word(work.say.as_ref().map(|say| say.body().to_string()))),
            ("aloud", if aloud { "reply" } else { "note" }.to_owned()),
        ]);
        self
    }

    /// Where the form for these tickets is.
    pub(super) fn address(&self) -> String {
        let tickets: Vec<_> = self.tickets.iter().map(|(ticket, _)| format!("t={ticket}")).collect();
        format!("/desk/together?{}&q={}", tickets.join("&"), self.back().param())
    }

    fn references(&self) -> Vec<TicketRef> {
        self.tickets.iter().map(|(ticket, _)| *ticket).collect()
    }

    /// The list that they were chosen in.
    fn back(&self) -> QueueName {
        match self.at("q") {
            "" => QueueName::mine(),
            name => QueueName(name.to_owned()),
        }
    }

    pub(super) fn work(&self) -> Result<Work, Wrong> {
        let mut wrong = Wrong::nothing();
        let mut choose = |name: &'static str| wrong.add(name, t!("Choose one of the list."));
        let group = match self.at("group") {
            "" => None,
            word => word.parse::<Group>().map_err(|_| choose("group")).ok(),
        };
        let assignee = match self.at("assignee") {
            "" => None,
            word => word.parse::<Assignee>().map_err(|_| choose("assignee")).ok(),
        };
        let impact = match self.at("impact") {
            "" => None,
            word => Impact::parse(word).or_else(|| {
                choose("impact");
                None
            }),
        };
        let urgency = match self.at("urgency") {
            "" => None,
            word => Urgency::parse(word).or_else(|| {
                choose("urgency");
                None
            }),
        };
        let to = match self.at("to") {
            "" => None,
            key => StateKey::new(key).map_err(|_| choose("to")).ok(),
        };
        let mut read = |name: &'static str, words: String| wrong.add(name, sentence(&words));
        let category = match self.at("category") {
            "" => None,
            text => Category::new(text).map_err(|error| read("category", error.to_string())).ok(),
        };
        let resolution_code = match self.at("resolution_code") {
            "" => None,
            text => {
                ResolutionCode::new(text).map_err(|error| read("resolution_code", error.to_string())).ok()
            }
        };
        let say = match self.at("say") {
            "" => None,
            text => Markdown::new(text).map_err(|error| read("say", error.to_string())).ok(),
        };
        let say = say
            .map(|body| if self.at("aloud") == "reply" { Saying::Reply(body) } else { Saying::Note(body) });
        let work = Work { say, group, assignee, impact, urgency, category, to, resolution_code };
        if wrong.is_empty() && work.is_empty() {
            wrong.add("", t!("Nothing is to be changed yet: choose something below."));
        }
        if wrong.is_empty() { Ok(work) } else { Err(wrong) }
    }
}

/// The form, for what was chosen.
pub(super) async fn form(
    State(app): State<AppState>,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> PageResult {
    reader.require(Capability::TicketWork)?;
    let chosen = Chosen::read(&filter::form_pairs(&query.unwrap_or_default()));
    if let Ok(id) = chosen.at("macro").parse::<MacroId>() {
        let macros = app.desk.ask(reader.ctx(), Macros::default()).await?;
        let known = macros.into_iter().find(|known| known.id == id).ok_or(Refused::NotFound("macro"))?;
        return foresee(&app, &reader, &chosen.with(&known.work)).await;
    }
    draw(&app, &reader, &chosen, &Wrong::nothing(), None).await
}

/// What the form asks for, or why it cannot be.
pub(super) enum Shown {
    Foreseen(Vec<Preview>),
    Refused(StatusCode, Markup),
}

pub(super) async fn draw(
    app: &AppState,
    reader: &Reader,
    chosen: &Chosen,
    wrong: &Wrong,
    shown: Option<Shown>,
) -> PageResult {
    reader.require(Capability::TicketWork)?;
    if chosen.tickets.is_empty() {
        let none = ui::empty(
            Icon::Ticket,
            t!("No ticket is chosen"),
            t!("Choose tickets in a list: tick them, or press x on each."),
            &html! { a.button href=(chosen.back().href()) { (t!("Back to the list")) } },
        );
        return alone(app, reader, wrong.status(), t!("Change tickets"), &none).await;
    }
    let side = app.desk.ask(reader.ctx(), Sidebar).await?;
    let technicians = app.desk.ask(reader.ctx(), Technicians).await?;
    let steps = app.desk.ask(reader.ctx(), StepsTogether { tickets: chosen.references() }).await?;
    let macros = app.desk.ask(reader.ctx(), Macros::default()).await?;
    let (status, notice, previews) = match shown {
        None => (wrong.status(), html! {}, None),
        Some(Shown::Refused(status, notice)) => (status, notice, None),
        Some(Shown::Foreseen(previews)) => (wrong.status(), html! {}, Some(previews)),
    };
    let count = chosen.tickets.len();
    // Words for other tickets are another draft.
    let numbers: Vec<_> = chosen.tickets.iter().map(|(ticket, _)| ticket.to_string()).collect();
    let draft = format!("{}:together:{}", reader.id(), numbers.join(","));
    let body = html! {
        div.form-page.stack id="raise" {
            (notice)
            p { (way_back(chosen)) }
            @if let Some(previews) = &previews { (preview(reader, chosen, previews)) }
            (start(chosen, &macros))
            form.form method="post" action="/desk/together" data-live="raise" {
                (ui::csrf_field(reader.csrf()))
                input type="hidden" name="q" value=(chosen.at("q"));
                @for (ticket, _) in &chosen.tickets { input type="hidden" name="t" value=(ticket); }
                (wrong.summary(&FIELDS))
                (fields(chosen, wrong, &steps, &side, &technicians, &draft))
                div.inline {
                    button.button.main { (t!("Show what will change")) }
                    span.draft-status data-draft-status role="status" {}
                }
                details open[!chosen.at("name").is_empty()] {
                    summary { (t!("Keep this as a macro")) }
                    (kept(chosen, wrong, false, &draft))
                    div { button.button formaction="/desk/macros" { (t!("Keep it")) } }
                }
            }
        }
    };
    let title = plural!(count, "Change 1 ticket", "Change {n} tickets");
    alone(app, reader, status, &title, &body).await
}

pub(super) fn fields(
    chosen: &Chosen,
    wrong: &Wrong,
    steps: &[StepTogether],
    side: &desk::ticket::SidebarView,
    technicians: &[desk::data::Person],
    draft: &str,
) -> Markup {
    type Choices = Vec<(String, String)>;
    let leave = || (String::new(), t!("Leave it as it is").to_owned());
    let pair = |value: &str, words: &str| (value.to_owned(), words.to_owned());
    let groups: Choices = [leave(), pair("none", t!("No group"))]
        .into_iter()
        .chain(side.groups.iter().map(|group| (group.id.to_string(), group.name.clone())))
        .collect();
    let people: Choices = [leave(), pair("me", t!("Me")), pair("nobody", t!("Nobody"))]
        .into_iter()
        .chain(technicians.iter().map(|person| (person.id.to_string(), person.name.clone())))
        .collect();
    let levels: Choices = std::iter::once(leave())
        .chain(["low", "medium", "high"].map(|word| pair(word, told_word(word))))
        .collect();
    let all = chosen.tickets.len();
    let states: Choices = std::iter::once(leave())
        .chain(steps.iter().map(|step| {
            let words = if step.tickets == all || all == 0 {
                told(&step.label).into_owned()
            } else {
                t!("{label} ({tickets} of {all} can)", label = told(&step.label), tickets = step.tickets, all)
            };
            (step.to.to_string(), words)
        }))
        .collect();
    let choice = |name: &'static str, label: &'static str, choices: &Choices| {
        let choices: Vec<_> = choices.iter().map(|(value, words)| (value.as_str(), words.as_str())).collect();
        ui::field(&Field {
            input: Input::Choice(&choices),
            required: false,
            value: chosen.at(name),
            error: wrong.at(name),
            ..Field::new(name, label)
        })
    };
    html! {
        div.two {
            (choice("group", t!("Group"), &groups))
            (choice("assignee", t!("Assignee"), &people))
            (choice("impact", t!("Impact"), &levels))
            (choice("urgency", t!("Urgency"), &levels))
            (ui::field(&Field { required: false, value: chosen.at("category"), error: wrong.at("category"), ..Field::new("category", t!("Category")) }))
            (choice("to", t!("State"), &states))
        }
        (ui::field(&Field { required: false, value: chosen.at("resolution_code"), error: wrong.at("resolution_code"), hint: t!("Where the state asks for it, for example: solved."), ..Field::new("resolution_code", t!("Resolution code")) }))
        (ui::field(&Field { input: Input::Area, required: false, draft, value: chosen.at("say"), error: wrong.at("say"), hint: &t!("May have blanks that are filled in for each ticket, such as {one} and {other}.", one = BLANKS.0, other = BLANKS.1), ..Field::new("say", t!("Words on each")) }))
        (ui::field(&Field { input: Input::Choice(&[("note", t!("Technicians: a work note")), ("reply", t!("Each requester: a public reply"))]), value: chosen.at("aloud"), ..Field::new("aloud", t!("Who reads them")) }))
    }
}

/// Under which name work is kept, and for whom.
pub(super) fn kept(chosen: &Chosen, wrong: &Wrong, required: bool, draft: &str) -> Markup {
    let draft = format!("{draft}:name");
    html! {
        (ui::field(&Field { required, draft: &draft, value: chosen.at("name"), error: wrong.at("name"), ..Field::new("name", t!("Name of the macro")) }))
        (ui::field(&Field { input: Input::Choice(&[("author", t!("Only I")), ("everybody", t!("Every technician"))]), value: chosen.at("used_by"), ..Field::new("used_by", t!("Who may use it")) }))
    }
}

/// The way to begin with what was kept.
fn start(chosen: &Chosen, macros: &[MacroView]) -> Markup {
    html! {
        @if !macros.is_empty() {
            form.inline method="get" action="/desk/together" data-live="raise" {
                input type="hidden" name="q" value=(chosen.at("q"));
                @for (ticket, _) in &chosen.tickets { input type="hidden" name="t" value=(ticket); }
                label { (t!("Macro")) " " select.input name="macro" {
                    @for each in macros { option dir="auto" value=(each.id) selected[each.id.to_string() == chosen.at("macro")] { (each.name) } }
                } }
                button.button { (t!("Start with it")) }
            }
        }
    }
}

/// What will change, and the button that does it: it sends what was shown and nothing else.
fn preview(reader: &Reader, chosen: &Chosen, previews: &[Preview]) -> Markup {
    let able: Vec<_> =
        previews.iter().filter(|preview| matches!(preview.foreseen, Foreseen::Changes { .. })).collect();
    let (n, all) = (able.len(), previews.len());
    html! {
        section.foreseen-box id="foreseen" aria-label=(t!("What will change")) tabindex="-1" data-focus-first {
            h2 {
                @if n == all { (t!("What will change")) } @else { (t!("{n} of {all} will change", n, all)) }
            }
            p.quiet { (t!("Their timelines will say:")) }
            (each(previews))
            @if n == 0 {
                p.soft { (t!("Nothing would change. Choose something else below.")) }
            } @else {
                form.form method="post" action="/desk/together/do" data-live="raise" {
                    (ui::csrf_field(reader.csrf()))
                    input type="hidden" name="q" value=(chosen.at("q"));
                    input type="hidden" name="key" value=(reader.form_key());
                    @for name in FIELDS { input type="hidden" name=(name) value=(chosen.at(name)); }
                    @for preview in &able { input type="hidden" name="t" value={ (preview.number) "@" (preview.version) }; }
                    button.button.main { (plural!(n, "Change 1 ticket", "Change {n} tickets")) }
                }
            }
        }
    }
}

/// One ticket was come from; several were chosen in a list.
fn way_back(chosen: &Chosen) -> Markup {
    if let [(ticket, _)] = chosen.tickets.as_slice() {
        html! { a.link href={ "/desk/t/" (ticket) "?q=" (chosen.back().param()) } { (t!("Back to {number}", number = ticket)) } }
    } else {
        html! { a.link href=(chosen.back().href()) { (t!("Back to the list")) } }
    }
}

fn each(previews: &[Preview]) -> Markup {
    html! {
        ul.foreseen {
            @for preview in previews {
                li {
                    p { a.link href={ "/desk/t/" (preview.number) } { (preview.number) } " " bdi { (preview.subject) } }
                    @if let (Some(says), Foreseen::Changes { .. }) = (&preview.says, &preview.foreseen) {
                        @if previews.len() == 1 { p.draft-text { (says) } }
                        @else { details { summary { (t!("The words")) } p.draft-text { (says) } } }
                    }
                    p.quiet { @match &preview.foreseen {
                        Foreseen::Changes { facts } => { (sentence(&facts.join(", "))) }
                        Foreseen::Nothing => { (t!("It is so already.")) }
                        Foreseen::Refused { why } => { span.chip.warn { (t!("Cannot be")) } " " (sentence(why)) }
                    } }
                }
            }
        }
    }
}

/// Shows what would be done.
pub(super) async fn show(
    State(app): State<AppState>,
    Posted { reader, form: pairs }: Posted<Vec<(String, String)>>,
) -> PageResult {
    foresee(&app, &reader, &Chosen::read(&pairs)).await
}

async fn foresee(app: &AppState, reader: &Reader, chosen: &Chosen) -> PageResult {
    let work = match chosen.work() {
        Ok(work) => work,
        Err(wrong) => return draw(app, reader, chosen, &wrong, None).await,
    };
    if chosen.tickets.is_empty() {
        return draw(app, reader, chosen, &Wrong::nothing(), None).await;
    }
    match app.desk.ask(reader.ctx(), PreviewWork { tickets: chosen.references(), work }).await {
        Ok(previews) => draw(app, reader, chosen, &Wrong::nothing(), Some(Shown::Foreseen(previews))).await,
        Err(refused) => draw(app, reader, chosen, &Wrong::of(refused)?, None).await,
    }
}

/// Does it: an act for each ticket. One that somebody changed since the preview is left alone and named.
pub(super) async fn perform(
    State(app): State<AppState>,
    Posted { reader, form: pairs }: Posted<Vec<(String, String)>>,
) -> PageResult<Response> {
    reader.require(Capability::TicketWork)?;
    let chosen = Chosen::read(&pairs);
    let work = match chosen.work() {
        Ok(work) => work,
        Err(wrong) => return draw(&app, &reader, &chosen, &wrong, None).await,
    };
    let request = serde_json::to_string(&work).unwrap_or_default();
    let (mut done, mut left) = (Vec::new(), Vec::new());
    for (ticket, version) in &chosen.tickets {
        let (ticket, if_version) = (*ticket, Some(version.unwrap_or(0)));
        let key = format!("{}:{ticket}", chosen.at("key"));
        let ctx = reader.ctx_once(Some(&key), &[&request]);
        match app.desk.execute(ctx, WorkTicket { ticket, work: work.clone(), if_version }).await {
            Ok(ticket) => done.push(ticket.number),
            Err(Refused::Licence(verdict)) if done.is_empty() && left.is_empty() => {
                let (status, notice) = seat::sheet(&app, &reader, &verdict, chosen.at("say")).await?;
                let shown = Some(Shown::Refused(status, notice));
                return draw(&app, &reader, &chosen, &Wrong::nothing(), shown).await;
            }
            Err(Refused::Store(error)) => return Err(Refused::Store(error).into()),
            Err(Refused::Stale { .. }) => {
                left.push((
                    ticket,
                    t!("Somebody changed it since you looked; it was left alone.").to_owned(),
                ));
            }
            Err(refused) => left.push((ticket, sentence(&Problem::from(refused).detail))),
        }
    }
    let body = html! {
        div.form-page.stack id="raise" {
            @if !done.is_empty() {
                (ui::notice(Tone::Ok, &html! { b { (plural!(done.len(), "1 ticket was changed.", "{n} tickets were changed.")) } }, &html! {}))
            }
            @if !left.is_empty() {
                (ui::notice(Tone::Warn, &html! {
                    b { (plural!(left.len(), "1 was left as it is.", "{n} were left as they are.")) }
                    ul.plain { @for (ticket, why) in &left { li { a.link href={ "/desk/t/" (ticket) } { (ticket) } " " (why) } } }
                }, &html! {}))
                @let again: Vec<_> = left.iter().map(|(ticket, _)| format!("t={ticket}")).collect();
                p { a.button href={ "/desk/together?" (again.join("&")) "&q=" (chosen.back().param()) } { (t!("Look at these again")) } }
            }
            div.inline {
                a.button.main href=(chosen.back().href()) { (t!("Back to the list")) }
                @if let [(ticket, _)] = chosen.tickets.as_slice() {
                    a.button href={ "/desk/t/" (ticket) "?q=" (chosen.back().param()) } { (t!("Open {ticket}", ticket)) }
                }
            }
        }
    };
    alone(&app, &reader, StatusCode::OK, t!("Changed"), &body).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(pairs: &[(&str, &str)]) -> Chosen {
        let pairs: Vec<_> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Chosen::read(&pairs)
    }

    #[test]
    fn a_ticket_is_chosen_once_and_what_is_none_is_left_out() {
        let chosen = chosen(&[("t", "INC-1"), ("t", "INC-1@4"), ("t", "nonsense"), ("t", "REQ-2@7")]);
        let versions: Vec<_> = chosen.tickets.iter().map(|(_, version)| *version).collect();
        assert_eq!(versions, [None, Some(7)]);
    }

    #[test]
    fn what_is_left_as_it_is_is_no_work() {
        assert!(chosen(&[("group", ""), ("say", "  ")]).work().is_err());
        let work = chosen(&[("group", "none"), ("assignee", "me"), ("say", "x"), ("aloud", "reply")])
            .work()
            .unwrap();
        assert_eq!((work.group, work.assignee), (Some(Group::None), Some(Assignee::Me)));
        assert!(matches!(work.say, Some(Saying::Reply(_))));
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let wrong = chosen(&[("group", "x"), ("impact", "huge"), ("to", "No State!")]).work().unwrap_err();
        for field in ["group", "impact", "to"] {
            assert!(wrong.at(field).is_some(), "{field}");
        }
    }
}
