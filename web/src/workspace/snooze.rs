//! Putting a ticket off, in one press.

use axum::extract::{Path, Query, State};
use desk::{
    Refused,
    data::QueueRow,
    ticket::{SnoozeTicket, TicketRef, WakeTicket},
};
use domain::Timestamp;
use jiff::{SignedDuration, ToSpan, Zoned, civil::Weekday};
use maud::{Markup, html};
use serde::Deserialize;

use super::ticket::From;
use crate::{
    AppState,
    page::{PageResult, Posted, Reader, see},
    ui::{self, Clock},
    words::{dated, key, said, t},
};

/// When the working day begins to whoever puts something off until then.
const MORNING: i8 = 8;

/// The moments that are one press away: name, words.
const PRESETS: [(&str, &str); 4] = [
    ("later", key!("In three hours")),
    ("tomorrow", key!("Tomorrow morning")),
    ("monday", key!("Next Monday")),
    ("month", key!("In four weeks")),
];

/// The moment that a preset means to somebody whose clock this is.
fn moment(preset: &str, now: Timestamp, clock: Clock<'_>) -> Option<Timestamp> {
    let here: Zoned = now.to_zoned(clock.zone.clone());
    let morning = |day: jiff::civil::Date| {
        Some(day.at(MORNING, 0, 0, 0).to_zoned(clock.zone.clone()).ok()?.timestamp())
    };
    match preset {
        "later" => now.checked_add(SignedDuration::from_hours(3)).ok(),
        "tomorrow" => morning(here.date().tomorrow().ok()?),
        "monday" => morning(here.date().nth_weekday(1, Weekday::Monday).ok()?),
        "month" => morning(here.date().checked_add(28.days()).ok()?),
        _ => None,
    }
}

fn words(until: Timestamp, clock: Clock<'_>) -> String {
    dated(&until.to_zoned(clock.zone.clone()), t!("%a %-d %b, %H:%M"))
}

/// The section of a ticket's context.
pub(super) fn section(reader: &Reader, action: &str, until: Option<Timestamp>) -> Markup {
    html! {
        @if let Some(until) = until {
            p.soft { (t!("Put off by you until {when}, or until its requester answers.", when = words(until, reader.clock()))) }
            (ui::act(action, reader.csrf(), &[("until", "now")], None, "", t!("Take it up again")))
        } @else {
            form.inline method="post" action=(action) {
                (ui::csrf_field(reader.csrf()))
                @for (preset, words) in said(PRESETS) {
                    button.button name="until" value=(preset) data-command=(t!("Snooze: {when}", when = words)) { (words) }
                }
            }
        }
    }
}

/// Below one's own queue: what is put off.
pub(super) fn below(reader: &Reader, off: &[(QueueRow, Timestamp)]) -> Markup {
    html! {
        @if !off.is_empty() {
            details.snoozed {
                summary { (t!("Put off ({n})", n = off.len())) }
                ul.plain { @for (row, until) in off {
                    li {
                        a.link.tall href={ "/desk/t/" (row.number) "?q=mine" } { (row.number) " " bdi { (row.subject) } } " "
                        span.quiet { (t!("until {when}", when = words(*until, reader.clock()))) }
                    }
                } }
            }
        }
    }
}

/// Until when.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Until {
    until: String,
}

pub(super) async fn put(
    State(app): State<AppState>,
    Path(ticket): Path<String>,
    Query(from): Query<From>,
    Posted { reader, form }: Posted<Until>,
) -> PageResult {
    let ticket: TicketRef = ticket.parse()?;
    if form.until == "now" {
        app.desk.execute(reader.ctx(), WakeTicket { ticket }).await?;
        return Ok(see(&format!("/desk/t/{ticket}?q={}", from.queue().param())));
    }
    let until = moment(&form.until, reader.now(), reader.clock())
        .ok_or_else(|| Refused::field("until", t!("choose one of the moments")))?;
    app.desk.execute(reader.ctx(), SnoozeTicket { ticket, until }).await?;
    // It is put off: what comes next is in the list.
    Ok(see(&from.queue().href()))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn each_preset_is_ahead_and_in_the_morning_of_its_day() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        // A Monday evening: next Monday is a week ahead.
        let now: Timestamp = "2026-03-02T20:00:00Z".parse().unwrap();
        let clock = Clock { now, zone: &zone };
        let at = |preset| moment(preset, now, clock).unwrap().to_string();
        assert_eq!(at("later"), "2026-03-02T23:00:00Z");
        assert_eq!(at("tomorrow"), "2026-03-03T07:00:00Z");
        assert_eq!(at("monday"), "2026-03-09T07:00:00Z");
        // Summer time has begun by then.
        assert_eq!(at("month"), "2026-03-30T06:00:00Z");
        assert!(moment("never", now, clock).is_none());
    }
}
