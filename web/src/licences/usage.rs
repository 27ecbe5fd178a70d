//! Use of a pool over the last day: computed from what happened, never sampled.

use desk::licence::{LicenceDetailView, UsageView};
use jiff::{SignedDuration, Timestamp, ToSpan, Unit, ZonedRound};
use maud::{Markup, html};

use crate::{
    page::Reader,
    ui::{self, Clock, Step, StepChart, Tone},
};

/// How far back.
pub(super) const SPAN: SignedDuration = SignedDuration::from_hours(24);

/// A label at each third hour.
const EVERY: i8 = 3;

pub(super) fn panel(
    reader: &Reader,
    detail: &LicenceDetailView,
    used: &UsageView,
    from: Timestamp,
) -> Markup {
    let clock = reader.clock();
    let extras = html! {
        (ui::chip(Tone::Plain, &format!("exact, from {} changes", used.levels.len().saturating_sub(1))))
        @if let Some(peak) = used.peak.as_ref().filter(|peak| peak.level >= used.quantity && used.quantity > 0) {
            (ui::chip(Tone::Bad, &format!("full at {}", hour(peak.at, clock))))
        }
    };
    let title = format!("{}, last 24 hours", detail.summary.name);
    ui::panel(
        &title,
        &extras,
        &html! { div.panel-body.stack {
            (chart(used, from, clock))
            @if let Some(peak) = used.peak.as_ref().filter(|peak| peak.level > 0) {
                p.soft {
                    "At the peak, " (ui::exact(peak.at, clock.zone)) ", " (peak.level) " of " (used.quantity) " tokens were held by "
                    @for (nth, holder) in peak.holders.iter().enumerate() {
                        @if nth > 0 { ", " }
                        a.link href={ "/licences/people/" (holder.id) "?at=" (crate::routes::query_value(&peak.at.to_string())) } { (holder.name) }
                    }
                    "."
                }
            } @else {
                p.soft { "No token was held in these hours." }
            }
        } },
    )
}

fn chart(used: &UsageView, from: Timestamp, clock: Clock<'_>) -> Markup {
    let minute = |at: Timestamp| u32::try_from(from.duration_until(at).as_mins()).unwrap_or(0);
    let until = minute(clock.now);
    let labels: Vec<String> = used.levels.iter().map(|level| hour(level.at, clock)).collect();
    let steps: Vec<Step<'_>> = used
        .levels
        .iter()
        .zip(&labels)
        .map(|(level, label)| Step { at: minute(level.at), label, value: level.level })
        .collect();
    let ticks = ticks(from, clock);
    let ticks: Vec<(u32, &str)> = ticks.iter().map(|(at, label)| (minute(*at), label.as_str())).collect();
    let tokens = format!("{} tokens", used.quantity);
    let highest = used.peak.as_ref().map_or(0, |peak| peak.level);
    let mark = used.peak.as_ref().filter(|peak| peak.level > 0);
    let words = mark.map(|peak| format!("{} · {} held", hour(peak.at, clock), peak.level));
    ui::step_chart(&StepChart {
        summary: &format!("Tokens in use over the last 24 hours, at most {highest} of {}", used.quantity),
        columns: ("From", "Tokens in use"),
        steps: &steps,
        until,
        ticks: &ticks,
        limit: Some((used.quantity, &tokens)),
        mark: mark.zip(words.as_deref()).map(|(peak, words)| (minute(peak.at), words)),
    })
}

fn hour(at: Timestamp, clock: Clock<'_>) -> String {
    at.to_zoned(clock.zone.clone()).strftime("%H:%M").to_string()
}

/// The full hours that are labelled, by the reader's clock.
fn ticks(from: Timestamp, clock: Clock<'_>) -> Vec<(Timestamp, String)> {
    let start = from.to_zoned(clock.zone.clone());
    let up = ZonedRound::new().smallest(Unit::Hour).mode(jiff::RoundMode::Ceil);
    let Ok(mut at) = start.round(up) else { return Vec::new() };
    let mut ticks = Vec::new();
    while at.timestamp() < clock.now {
        if at.hour() % EVERY == 0 {
            ticks.push((at.timestamp(), at.strftime("%H:%M").to_string()));
        }
        let Ok(next) = at.checked_add(1.hour()) else { break };
        at = next;
    }
    ticks
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn each_third_hour_of_the_readers_day_is_labelled() {
        let zone = TimeZone::get("Europe/Stockholm").unwrap();
        let now: Timestamp = "2026-11-23T09:30:00Z".parse().unwrap();
        let labels: Vec<_> =
            ticks(now - SPAN, Clock { now, zone: &zone }).into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels, ["12:00", "15:00", "18:00", "21:00", "00:00", "03:00", "06:00", "09:00"]);
    }
}
