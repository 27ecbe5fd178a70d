//! Telling everybody of an outage: announced from the incident, told how it stands, and ended.

use axum::extract::{Path, State};
use desk::{
    Refused,
    ticket::{
        AnnounceOutage, EndOutage, OutageDetailView, OutageOf, OutageView, OutageWritten, TicketDetail,
        TicketRef, UpdateOutage,
    },
};
use domain::{
    Timestamp,
    identity::Capability,
    ticket::{OutageNews, OutageTitle},
};
use http::StatusCode;
use jiff::{civil::DateTime, tz::TimeZone};
use maud::{Markup, html};
use serde::Deserialize;

use super::{queue::alone, seat};
use crate::{
    AppState,
    markdown::{self, For},
    page::{PageResult, Posted, Reader, see, sentence},
    ui::{self, Clock, Field, Input},
    words::{key, say, t, th},
    wrong::Wrong,
};

const FIELDS: [&str; 3] = ["title", "news", "expected_end"];
/// How a moment stands in a field of a form (HTML, "local date and time string").
const LOCAL: &str = "%Y-%m-%dT%H:%M";

const OVER: &str = key!(
    "this outage is over meanwhile; what you wrote is still here. Reload this page to announce a new one"
);

/// What the form sends.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    title: String,
    news: String,
    expected_end: String,
    key: String,
    /// The outage that the form showed; none to announce one.
    outage: String,
    /// Its version.
    seen: String,
}

struct Read {
    title: OutageTitle,
    news: Option<OutageNews>,
    expected_end: Option<Timestamp>,
}

impl Typed {
    /// The form as it begins: with the words of the ticket, or with the outage as it stands.
    fn of(subject: &str, going: Option<&OutageView>, zone: &TimeZone) -> Self {
        let Some(outage) = going else {
            let title = subject.chars().take(OutageTitle::LIMIT).collect();
            return Self { title, ..Self::default() };
        };
        Self {
            title: outage.title.to_string(),
            expected_end: outage
                .expected_end
                .map_or_else(String::new, |end| end.to_zoned(zone.clone()).strftime(LOCAL).to_string()),
            outage: outage.id.to_string(),
            seen: outage.version.to_string(),
            ..Self::default()
        }
    }

    /// Whether the form showed this outage.
    fn shows(&self, outage: &OutageView) -> bool {
        self.outage == outage.id.to_string()
    }

    /// A new outage says something; one that goes on may only get another end.
    fn read(&self, going: Option<&OutageView>, zone: &TimeZone) -> Result<Read, Wrong> {
        let mut wrong = Wrong::nothing();
        let title =
            OutageTitle::new(&self.title).map_err(|error| wrong.add("title", sentence(&error.to_string())));
        let news = match self.news.trim() {
            "" if going.is_some() => Ok(None),
            _ => OutageNews::new(&self.news)
                .map(Some)
                .map_err(|error| wrong.add("news", sentence(&error.to_string()))),
        };
        let expected_end = self.moment(going, zone).map_err(|words| wrong.add("expected_end", words));
        match (title, news, expected_end) {
            (Ok(title), Ok(news), Ok(expected_end)) => Ok(Read { title, news, expected_end }),
            _ => Err(wrong),
        }
    }

    fn moment(&self, going: Option<&OutageView>, zone: &TimeZone) -> Result<Option<Timestamp>, &'static str> {
        let text = self.expected_end.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let wrong = t!("Write a day and an hour, such as 2026-03-02T15:30, or leave it empty.");
        let local: DateTime = text.parse().map_err(|_| wrong)?;
        let moment = local.to_zoned(zone.clone()).map_err(|_| wrong)?.timestamp();
        // The field has no seconds: what was not touched is what it was.
        let before = going.and_then(|outage| outage.expected_end);
        let same = |before: &Timestamp| before.to_zoned(zone.clone()).strftime(LOCAL).to_string() == text;
        Ok(Some(before.filter(same).unwrap_or(moment)))
    }
}

/// The outage that goes on because of the ticket.
async fn going(app: &AppState, reader: &Reader, ticket: TicketRef) -> PageResult<Option<OutageDetailView>> {
    let last = app.desk.ask(reader.ctx(), OutageOf { ticket }).await?;
    Ok(last.filter(|last| last.outage.ended_at.is_none()))
}

pub(super) async fn form(
    State(app): State<AppState>,
    reader: Reader,
    Path(ticket): Path<String>,
) -> PageResult {
    reader.require(Capability::TicketWork)?;
    let ticket: TicketRef = ticket.parse()?;
    let subject = app.desk.ask(reader.ctx(), TicketDetail { ticket }).await?.view.ticket.subject.to_string();
    let going = going(&app, &reader, ticket).await?;
    let going = going.as_ref().map(|going| &going.outage);
    let typed = Typed::of(&subject, going, reader.clock().zone);
    draw(&app, &reader, ticket, &typed, &Wrong::nothing(), None).await
}

async fn draw(
    app: &AppState,
    reader: &Reader,
    ticket: TicketRef,
    typed: &Typed,
    wrong: &Wrong,
    refused: Option<(StatusCode, Markup)>,
) -> PageResult {
    reader.require(Capability::TicketWork)?;
    let number = app.desk.ask(reader.ctx(), TicketDetail { ticket }).await?.view.ticket.number;
    let going = going(app, reader, ticket).await?;
    let address = format!("/desk/t/{number}/outage");
    let key = if typed.key.is_empty() { reader.form_key() } else { typed.key.clone() };
    let draft = format!("{}:outage:{number}", reader.id());
    let title_draft = format!("{draft}:title");
    let (status, notice) = refused.unwrap_or_else(|| (wrong.status(), html! {}));
    let body = html! {
        div.form-page.stack id="raise" {
            (notice)
            p { a.link href={ "/desk/t/" (number) } { (t!("Back to {number}", number)) } }
            p.lead {
                @if going.is_some() { (t!("Everybody reads this on top of their pages, and those whom it hits are told when it is over.")) }
                @else { (t!("Everybody reads it at once on top of their pages, and says in one tap that it hits them too, instead of raising it again. It ends by itself when {number} is resolved.", number)) }
            }
            form.form method="post" action=(address) data-live="raise" {
                (ui::csrf_field(reader.csrf()))
                input type="hidden" name="key" value=(key);
                input type="hidden" name="outage" value=(typed.outage);
                input type="hidden" name="seen" value=(typed.seen);
                (wrong.summary(&FIELDS))
                (ui::field(&Field { value: &typed.title, error: wrong.at("title"), draft: if going.is_some() { "" } else { &title_draft }, hint: t!("As those whom it hits would say it."), ..Field::new("title", t!("What is out of order")) }))
                (ui::field(&Field { input: Input::Area, value: &typed.news, error: wrong.at("news"), required: going.is_none(), draft: &draft, hint: t!("What is known, what still works, and what to do meanwhile."), ..Field::new("news", t!("What to tell")) }))
                (ui::field(&Field { input: Input::Line("datetime-local"), value: &typed.expected_end, error: wrong.at("expected_end"), required: false, hint: t!("In your time zone. Better none than one that does not hold."), ..Field::new("expected_end", t!("Expected to be over")) }))
                div.inline {
                    button.button.main { @if going.is_some() { (t!("Tell everybody how it stands")) } @else { (t!("Tell everybody")) } }
                    @if going.is_some() { button.button formaction={ (address) "/end" } { (t!("It is over")) } }
                    span.draft-status data-draft-status role="status" {}
                }
            }
            @if let Some(going) = &going { (ui::section(t!("What was told"), &story(going, reader))) }
        }
    };
    let title = if going.is_some() { t!("How the outage stands") } else { t!("Announce an outage") };
    alone(app, reader, status, title, &body).await
}

fn story(detail: &OutageDetailView, reader: &Reader) -> Markup {
    html! {
        ol.plain.story {
            @for news in &detail.story {
                li {
                    p.quiet { (ui::time(news.at, reader.clock())) @if let Some(author) = &news.author_name { " · " (author) } }
                    div.known dir="auto" { (markdown::html(&news.body, For::Technician)) }
                }
            }
        }
    }
}

/// What the context of the ticket shows.
pub(super) fn standing(detail: &OutageDetailView, address: &str, works: bool, clock: Clock<'_>) -> Markup {
    let outage = &detail.outage;
    html! {
        p { a.link href={ "/outages/" (outage.id) } { bdi { (outage.title) } } }
        p.soft {
            @match outage.ended_at {
                Some(end) => { (th!("Over since {when}.", when = ui::time(end, clock))) }
                None => { (th!("Everybody was told {when}.", when = ui::time(outage.announced_at, clock))) }
            }
            " "
            @match outage.affected {
                0 => (t!("Nobody said yet that it hits them.")),
                1 => (t!("1 person said that it hits them.")),
                n => { (t!("{n} people said that it hits them.", n)) }
            }
        }
        @if !detail.people.is_empty() {
            details { summary { (t!("Who")) } p { (detail.people.join(", ")) @if outage.affected as usize > detail.people.len() { " " (t!("and more")) } "." } }
        }
        @if works && outage.ended_at.is_none() {
            p { a.button href=(address) data-command=(t!("Say how the outage stands")) { (t!("Say how it stands")) } }
        }
    }
}

pub(super) async fn announce(
    State(app): State<AppState>,
    Path(ticket): Path<String>,
    Posted { reader, form: typed }: Posted<Typed>,
) -> PageResult {
    let ticket: TicketRef = ticket.parse()?;
    let going = going(&app, &reader, ticket).await?;
    let going = going.as_ref().map(|going| &going.outage);
    let Read { title, news, expected_end } = match typed.read(going, reader.clock().zone) {
        Ok(read) => read,
        Err(wrong) => return draw(&app, &reader, ticket, &typed, &wrong, None).await,
    };
    let number = ticket.to_string();
    let request =
        [&number, &typed.outage, &typed.title, &typed.news, &typed.expected_end].map(String::as_str);
    let ctx = reader.ctx_once(Some(&typed.key), &request);
    let outcome = match (going, news) {
        (None, Some(news)) if typed.outage.is_empty() => {
            app.desk.execute(ctx, AnnounceOutage { ticket, title, news, expected_end }).await
        }
        (Some(going), news) if typed.shows(going) => {
            let if_version = Some(typed.seen.parse().unwrap_or(0));
            let command = UpdateOutage { outage: going.id, title, news, expected_end, if_version };
            app.desk.execute(ctx, command).await
        }
        (Some(going), _) => Err(Refused::Stale { current: going.version }),
        (None, _) => Err(Refused::Rule(say(OVER).to_owned())),
    };
    finish(&app, &reader, ticket, &typed, outcome).await
}

pub(super) async fn end(
    State(app): State<AppState>,
    Path(ticket): Path<String>,
    Posted { reader, form: typed }: Posted<Typed>,
) -> PageResult {
    let ticket: TicketRef = ticket.parse()?;
    let last = app.desk.ask(reader.ctx(), OutageOf { ticket }).await?;
    let last = last.ok_or(Refused::NotFound("outage"))?.outage;
    if !typed.shows(&last) {
        return finish(&app, &reader, ticket, &typed, Err(Refused::Stale { current: last.version })).await;
    }
    // At its end nothing matters but what there is to tell.
    let news = match typed.news.trim() {
        "" => None,
        _ => match OutageNews::new(&typed.news) {
            Ok(news) => Some(news),
            Err(error) => {
                let wrong = Wrong::field("news", sentence(&error.to_string()));
                return draw(&app, &reader, ticket, &typed, &wrong, None).await;
            }
        },
    };
    let if_version = Some(typed.seen.parse().unwrap_or(0));
    let outcome = app.desk.execute(reader.ctx(), EndOutage { outage: last.id, news, if_version }).await;
    finish(&app, &reader, ticket, &typed, outcome).await
}

async fn finish(
    app: &AppState,
    reader: &Reader,
    ticket: TicketRef,
    typed: &Typed,
    outcome: desk::Result<OutageWritten>,
) -> PageResult {
    match outcome {
        Ok(_) => Ok(see(&format!("/desk/t/{ticket}"))),
        Err(Refused::Licence(verdict)) => {
            let sheet = seat::sheet(app, reader, &verdict, &typed.news).await?;
            draw(app, reader, ticket, typed, &Wrong::nothing(), Some(sheet)).await
        }
        // The key belongs to what was sent before; what was changed since is something else to tell.
        Err(Refused::KeyReused) => {
            let words = t!(
                "This was sent before, with other words. Read what everybody was told, and send it again if there is more to tell."
            );
            let typed = Typed { key: String::new(), ..typed.clone() };
            draw(app, reader, ticket, &typed, &Wrong::conflict(words), None).await
        }
        Err(Refused::Stale { current }) => {
            // What goes on now may be another one than the form showed.
            let last = app.desk.ask(reader.ctx(), OutageOf { ticket }).await?;
            let outage = last.map(|last| last.outage.id.to_string()).unwrap_or_default();
            let wrong = Wrong::conflict(t!(
                "Somebody told everybody how it stands since you opened this page. Read it below; what you wrote is still \
                 here, and is told beside it if you send it again."
            ));
            let typed = Typed { key: String::new(), outage, seen: current.to_string(), ..typed.clone() };
            draw(app, reader, ticket, &typed, &wrong, None).await
        }
        Err(refused) => draw(app, reader, ticket, typed, &Wrong::of(refused)?, None).await,
    }
}
