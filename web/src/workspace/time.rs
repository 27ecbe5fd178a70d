//! The time that a ticket took, beside it.

use axum::extract::{Path, Query, State};
use desk::{
    Refused,
    ticket::{
        RecordTime, TakeTimeBack, TicketRef, TimeEntryView, TimeOf, TimePage, TimeSpent, TimeTotals,
        TimeTotalsOf,
    },
};
use domain::ticket::{Spent, TimeWords};
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;

use super::{ticket::From, work};
use crate::{
    AppState,
    page::{PageResult, Posted, Reader},
    ui,
    words::{on, t, th, told},
};

/// What an entry shows again.
const LIVE: &str = "time list seat sheet";
/// So many entries stand beside the ticket.
const SHOWN: u32 = 20;

/// What was recorded on a ticket.
pub(super) struct Recorded {
    totals: TimeTotals,
    page: TimePage,
}

pub(super) async fn of(app: &AppState, reader: &Reader, ticket: TicketRef) -> PageResult<Recorded> {
    let totals = app.desk.ask(reader.ctx(), TimeTotalsOf { ticket }).await?;
    let page = app.desk.ask(reader.ctx(), TimeOf { ticket, before: None, limit: SHOWN }).await?;
    Ok(Recorded { totals, page })
}

/// Today, where the reader is.
fn today(reader: &Reader) -> Date {
    reader.now().to_zoned(reader.clock().zone.clone()).date()
}

/// The section of a ticket's context. `action` leads to what records it, if the reader may.
pub(super) fn section(
    reader: &Reader,
    topic: &str,
    recorded: &Recorded,
    action: Option<&dyn Fn(&str) -> String>,
) -> Markup {
    let Recorded { totals, page } = recorded;
    html! {
        div id="time" data-live-topic=(topic) {
            @if totals.minutes > 0 {
                p { (th!("{time} in all", time = html! { b { (told(&Spent::words(totals.minutes))) } })) }
                dl.facts { @for of in &totals.people { dt { (of.person.name) } dd { (told(&Spent::words(of.minutes))) } } }
            }
            @if !page.items.is_empty() {
                details {
                    summary { (t!("What was recorded")) }
                    ul.plain.spaced { @for entry in &page.items { li { (line(reader, entry, action)) } } }
                    @if page.next.is_some() { p.quiet { (t!("What was recorded before is in the API.")) } }
                }
            }
            @if let Some(action) = action {
                form.form.compact id="time-new" method="post" action=(action("time")) data-live=(LIVE) {
                    (ui::csrf_field(reader.csrf()))
                    div.time-fields {
                        label { (t!("Time")) input.input name="spent" required maxlength="20" placeholder="1h 20m" autocomplete="off"; }
                        label { (t!("Day")) input.input name="day" type="date" required value=(today(reader)); }
                    }
                    label { (t!("What for (optional)")) input.input name="words" maxlength=(TimeWords::LIMIT) autocomplete="off"; }
                    button.button id="time-button" { (t!("Record")) }
                }
            } @else if page.items.is_empty() {
                p.soft { (t!("None is recorded.")) }
            }
        }
    }
}

fn line(reader: &Reader, entry: &TimeEntryView, action: Option<&dyn Fn(&str) -> String>) -> Markup {
    let own = entry.person.id == reader.id();
    let what = html! {
        b { (told(&entry.minutes.to_string())) } " " (entry.person.name) " "
        span.quiet { (on(entry.day, t!("%-d %b %Y"))) }
        @if let Some(words) = &entry.words { " " bdi { (words) } }
    };
    html! {
        @if let Some(at) = entry.taken_back_at {
            s { (what) } " " span.quiet { (th!("taken back {when}", when = ui::time(at, reader.clock()))) }
        } @else {
            (what)
            @if let Some(action) = action.filter(|_| own) {
                (ui::act(&action(&format!("time/{}/back", entry.id)), reader.csrf(), &[], Some(LIVE), "bare", t!("Take it back")))
            }
        }
    }
}

/// What the composer says of the time, with the day of whoever sends it.
pub(super) fn with_words(reader: &Reader, spent: &str) -> desk::Result<Option<TimeSpent>> {
    let spent = spent.trim();
    if spent.is_empty() {
        return Ok(None);
    }
    let spent = spent.parse().map_err(|error| Refused::field("spent", error))?;
    Ok(Some(TimeSpent { spent, day: today(reader), words: None }))
}

/// Time that somebody writes down.
#[derive(Deserialize)]
pub(super) struct Written {
    #[serde(default)]
    spent: String,
    #[serde(default)]
    day: String,
    #[serde(default)]
    words: String,
}

impl Written {
    fn read(&self) -> desk::Result<TimeSpent> {
        let words = self.words.trim();
        Ok(TimeSpent {
            spent: self.spent.parse().map_err(|error| Refused::field("spent", error))?,
            day: self.day.trim().parse().map_err(|_| Refused::field("day", t!("write it as 2026-03-31")))?,
            words: if words.is_empty() { None } else { Some(TimeWords::new(words)?) },
        })
    }
}

pub(super) async fn record(
    State(app): State<AppState>,
    Path(ticket): Path<String>,
    Query(from): Query<From>,
    Posted { reader, form }: Posted<Written>,
) -> PageResult {
    let ticket: TicketRef = ticket.parse()?;
    let recorded = match form.read() {
        Ok(time) => app.desk.execute(reader.ctx(), RecordTime { ticket, time }).await,
        Err(refused) => Err(refused),
    };
    match recorded {
        Ok(_) => Ok(work::back(&ticket, &from)),
        Err(refused) => work::refused(&app, &reader, ticket, &from, refused).await,
    }
}

pub(super) async fn take_back(
    State(app): State<AppState>,
    Path((ticket, entry)): Path<(String, String)>,
    Query(from): Query<From>,
    Posted { reader, .. }: Posted<super::seat::Nothing>,
) -> PageResult {
    let ticket: TicketRef = ticket.parse()?;
    let entry = entry.parse().map_err(|_| Refused::NotFound("time entry"))?;
    match app.desk.execute(reader.ctx(), TakeTimeBack { ticket, entry }).await {
        Ok(()) => Ok(work::back(&ticket, &from)),
        Err(refused) => work::refused(&app, &reader, ticket, &from, refused).await,
    }
}
