//! Use of a pool over a range of time: computed from what happened, never sampled.

use desk::licence::{HeldAt, LicenceDetailView, LicenceUsage, PersonUse, Resolution, UsageView};
use domain::{LicenceId, Timestamp};
use jiff::{SignedDuration, ToSpan, Unit, ZonedRound};
use maud::{Markup, html};

use super::words;
use crate::{
    page::Reader,
    routes::query_value,
    ui::{self, Bar, BarChart, Clock, Step, StepChart, Tone, WeekChart},
    words::{dated, t, th},
};

/// How far back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Range {
    #[default]
    Day,
    Week,
    Month,
    Year,
}

impl Range {
    const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Year];

    const fn key(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Day => t!("24 hours"),
            Self::Week => t!("7 days"),
            Self::Month => t!("30 days"),
            Self::Year => t!("a year"),
        }
    }

    /// The range that an address names; a day, if it names none.
    pub(super) fn named(key: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|range| Some(range.key()) == key).unwrap_or_default()
    }

    const fn lasts(self) -> SignedDuration {
        SignedDuration::from_hours(match self {
            Self::Day => 24,
            Self::Week => 7 * 24,
            Self::Month => 30 * 24,
            Self::Year => 365 * 24,
        })
    }

    /// About one stretch for each column of the drawing.
    const fn resolution(self) -> Resolution {
        match self {
            Self::Day => Resolution::Exact,
            Self::Week => Resolution::QuarterHour,
            Self::Month => Resolution::Hour,
            Self::Year => Resolution::Day,
        }
    }

    /// The first moment of the range that ends now.
    pub(super) fn from(self, now: Timestamp) -> Timestamp {
        now.checked_sub(self.lasts()).unwrap_or(Timestamp::MIN)
    }

    pub(super) fn asks(self, licence: LicenceId, now: Timestamp) -> LicenceUsage {
        LicenceUsage { licence, from: self.from(now), until: now, resolution: Some(self.resolution()) }
    }
}

/// The use of a licence over a range.
pub(super) struct Used<'u> {
    pub(super) detail: &'u LicenceDetailView,
    pub(super) view: &'u UsageView,
    pub(super) range: Range,
}

/// The level over time, as every list of licences shows it.
pub(super) fn panel(reader: &Reader, used: &Used<'_>) -> Markup {
    let title = t!("{summary}, last {words}", summary = used.detail.summary.name, words = used.range.words());
    ui::panel(&title, &chips(reader, used), &html! { div.panel-body.stack { (over_time(reader, used)) } })
}

/// Everything about the use of a licence: the level over time, how long each lasted, and who held tokens for what.
pub(super) fn whole(reader: &Reader, used: &Used<'_>) -> Markup {
    let place = format!("/licences/{}", used.detail.summary.id);
    let extras = html! {
        nav.inline aria-label=(t!("Range")) {
            @for range in Range::ALL {
                a.button.bare href={ (place) "?range=" (range.key()) "#use" } aria-current=[(range == used.range).then_some("true")] {
                    (range.words())
                }
            }
        }
        (chips(reader, used))
    };
    let view = used.view;
    html! {
        div id="use" {
            (ui::panel(t!("Use"), &extras, &html! { div.panel-body.stack {
                (over_time(reader, used))
                (sentence(view))
                @if view.held_seconds > 0 { (histogram(view)) (week(view)) }
            } }))
        }
        @if !view.by_person.is_empty() { (people(view)) }
        @if !view.by_group.is_empty() { (groups(view)) }
    }
}

fn chips(reader: &Reader, used: &Used<'_>) -> Markup {
    let clock = reader.clock();
    let full =
        used.view.peak.as_ref().filter(|peak| peak.level >= used.view.quantity && used.view.quantity > 0);
    html! {
        (ui::chip(Tone::Plain, t!("exact, not sampled")))
        @if let Some(peak) = full {
            (ui::chip(Tone::Bad, &t!("full at {when}", when = moment(peak.at, used.range, clock))))
        }
    }
}

fn over_time(reader: &Reader, used: &Used<'_>) -> Markup {
    let clock = reader.clock();
    html! {
        (chart(used, clock))
        @if let Some(peak) = used.view.peak.as_ref().filter(|peak| peak.level > 0) {
            p.soft {
                (th!(
                    "At the peak, {when}, {level} of {quantity} tokens were held by {people}.",
                    when = ui::exact(peak.at, clock.zone),
                    level = peak.level,
                    quantity = used.view.quantity,
                    people = html! {
                        @for (nth, holder) in peak.holders.iter().enumerate() {
                            @if nth > 0 { ", " }
                            a.link href={ "/licences/people/" (holder.id) "?at=" (query_value(&peak.at.to_string())) } { (holder.name) }
                        }
                    },
                ))
            }
        } @else {
            p.soft { (t!("No token was held in this time.")) }
        }
    }
}

/// What the figures come to, in words.
fn sentence(view: &UsageView) -> Markup {
    let enough = view.level_95.filter(|_| view.held_seconds > 0);
    html! {
        p.soft {
            @match enough {
                Some(1) => { (th!("{n} token was enough for 95 % of the time.", n = html! { b { "1" } })) " " }
                Some(level) => { (th!("{n} tokens were enough for 95 % of the time.", n = html! { b { (level) } })) " " }
                None => {}
            }
            (t!("Held for {held} in all, of which {active} in work", held = hours(view.held_seconds), active = hours(view.active_seconds)))
            @if view.held_seconds > 0 { " (" (share(view.active_seconds, view.held_seconds)) ")" }
            @if view.lingering_seconds > 0 { " " (t!("and {time} kept for people who had given theirs back", time = hours(view.lingering_seconds))) }
            "."
            @if view.overdraft_seconds > 0 { " " (t!("More tokens were held than there were for {time}.", time = hours(view.overdraft_seconds))) }
        }
    }
}

fn histogram(view: &UsageView) -> Markup {
    let whole: i64 = view.histogram.iter().map(|level| level.seconds).sum();
    let labels: Vec<(String, String)> = view
        .histogram
        .iter()
        .map(|level| {
            let words = format!("{} · {}", hours(level.seconds), share(level.seconds, whole));
            (level.level.to_string(), words)
        })
        .collect();
    let bars: Vec<Bar<'_>> = view
        .histogram
        .iter()
        .zip(&labels)
        .map(|(level, (label, words))| Bar {
            label,
            words,
            value: level.seconds.unsigned_abs(),
            over: level.level > view.quantity,
        })
        .collect();
    html! {
        h3 { (t!("How long each number of tokens was held")) }
        (ui::bar_chart(&BarChart {
            summary: t!("Time at each number of tokens held"),
            columns: (t!("Tokens held"), t!("How long")),
            bars: &bars,
        }))
    }
}

/// When in the week tokens are held.
fn week(view: &UsageView) -> Markup {
    let hours: Vec<(u64, String)> = view
        .by_hour_of_week
        .iter()
        .map(|hour| {
            // Tenths of a token, on average over the time of the range that fell into this hour.
            let tenths = (hour.held_seconds * 10).checked_div(hour.seconds).unwrap_or(0).unsigned_abs();
            let words = match hour.seconds {
                0 => t!("no data").to_owned(),
                _ => t!(
                    "{whole}.{tenths}, at most {peak}",
                    whole = tenths / 10,
                    tenths = tenths % 10,
                    peak = hour.peak
                ),
            };
            (tenths, words)
        })
        .collect();
    html! {
        h3 { (t!("When in the week")) }
        (ui::week_chart(&WeekChart {
            summary: t!("Tokens held by hour of the week, by your own clock"),
            counts: t!("Tokens held on average and at most"),
            hours: &hours,
        }))
    }
}

fn groups(view: &UsageView) -> Markup {
    ui::panel(
        t!("By group"),
        &ui::chip(Tone::Plain, t!("who is in several counts in each")),
        &html! {
            table.table.fold-phone {
                thead { tr {
                    th scope="col" { (t!("Group")) } th.num scope="col" { (t!("People")) } th.num scope="col" { (t!("Held")) }
                    th.num scope="col" { (t!("In work")) } th.num scope="col" { (t!("Worked share")) }
                } }
                tbody { @for group in &view.by_group {
                    tr {
                        td.lead dir="auto" { (group.name) }
                        td.num data-label=(t!("People")) { (group.people) }
                        td.num data-label=(t!("Held")) { (hours(group.held_seconds)) }
                        td.num data-label=(t!("In work")) { (hours(group.active_seconds)) }
                        td.num data-label=(t!("Worked share")) { (share(group.active_seconds, group.held_seconds)) }
                    }
                } }
            }
        },
    )
}

/// People that are shown before the rest is folded away.
const PEOPLE: usize = 10;

fn people(view: &UsageView) -> Markup {
    let (first, rest) = view.by_person.split_at(view.by_person.len().min(PEOPLE));
    let chip = if view.people == 1 {
        t!("1 person").to_owned()
    } else {
        t!("{people} people", people = view.people)
    };
    ui::panel(
        t!("Held against worked"),
        &ui::chip(Tone::Plain, &chip),
        &html! {
            (people_table(first))
            @if !rest.is_empty() {
                details.panel-foot { summary.plain-summary { (t!("{n} more", n = rest.len())) } (people_table(rest)) }
            }
        },
    )
}

fn people_table(people: &[PersonUse]) -> Markup {
    html! {
        table.table.fold-phone {
            thead { tr {
                th scope="col" { (t!("Who")) } th.num scope="col" { (t!("Held")) } th.num scope="col" { (t!("In work")) }
                th.num scope="col" { (t!("Kept after return")) } th.num scope="col" { (t!("Worked share")) }
            } }
            tbody { @for person in people {
                tr {
                    td.lead { a href={ "/licences/people/" (person.person.id) } { (ui::who(&person.person.name, "")) } }
                    td.num data-label=(t!("Held")) { (hours(person.held_seconds)) }
                    td.num data-label=(t!("In work")) { (hours(person.active_seconds)) }
                    td.num data-label=(t!("Kept after return")) { (hours(person.lingering_seconds)) }
                    td.num data-label=(t!("Worked share")) { (share(person.active_seconds, person.held_seconds)) }
                }
            } }
        }
    }
}

/// Who held tokens at the moment that was chosen, and by which act each was taken.
pub(super) fn holders(reader: &Reader, at: Timestamp, held: &[HeldAt]) -> Markup {
    let clock = reader.clock();
    let title = t!("Held on {when}", when = ui::exact(at, clock.zone));
    let body = html! {
        @if held.is_empty() { p.panel-body.soft { (t!("Nobody held a token at that moment.")) } } @else {
            table.table.fold-phone {
                thead { tr {
                    th scope="col" { (t!("Who")) } th.num scope="col" { (t!("Token")) } th scope="col" { (t!("Taken by")) } th.num scope="col" { (t!("Since")) }
                } }
                tbody { @for held in held {
                    tr {
                        td.lead { a href={ "/licences/people/" (held.person.id) "?at=" (query_value(&at.to_string())) } { (ui::who(&held.person.name, "")) } }
                        td.num data-label=(t!("Token")) { (held.token) }
                        td data-label=(t!("Taken by")) { (words::cause(&held.taken_by)) }
                        td.num data-label=(t!("Since")) { (ui::time(held.since, clock)) }
                    }
                } }
            }
        }
    };
    html! { div id="holders" { (ui::panel(&title, &html! {}, &body)) } }
}

/// A stretch of the chart: from when, its highest and lowest level, and the moment to look at.
struct Stretch {
    at: Timestamp,
    peak: u32,
    low: u32,
    look: Timestamp,
}

fn stretches(view: &UsageView) -> Vec<Stretch> {
    let steps = view.levels.iter().map(|step| Stretch {
        at: step.at,
        peak: step.level,
        low: step.level,
        look: step.at,
    });
    let buckets = view.buckets.iter().map(|bucket| Stretch {
        at: bucket.at,
        peak: bucket.peak,
        low: bucket.low,
        look: bucket.peak_at,
    });
    steps.chain(buckets).collect()
}

fn chart(used: &Used<'_>, clock: Clock<'_>) -> Markup {
    let (view, range) = (used.view, used.range);
    let from = range.from(clock.now);
    let minute = |at: Timestamp| u32::try_from(from.duration_until(at).as_mins()).unwrap_or(0);
    let stretches = stretches(view);
    let labels: Vec<(String, String)> = stretches
        .iter()
        .map(|stretch| {
            let look = query_value(&stretch.look.to_string());
            let place =
                format!("/licences/{}?range={}&at={look}#holders", used.detail.summary.id, range.key());
            (moment(stretch.at, range, clock), place)
        })
        .collect();
    let steps: Vec<Step<'_>> = stretches
        .iter()
        .zip(&labels)
        .map(|(stretch, (label, place))| Step {
            at: minute(stretch.at),
            label,
            value: stretch.peak,
            low: stretch.low,
            href: Some(place),
        })
        .collect();
    let ticks = ticks(range, clock);
    let ticks: Vec<(u32, &str)> = ticks.iter().map(|(at, label)| (minute(*at), label.as_str())).collect();
    let tokens = t!("{n} tokens", n = view.quantity);
    let highest = view.peak.as_ref().map_or(0, |peak| peak.level);
    let mark = view.peak.as_ref().filter(|peak| peak.level > 0);
    let words =
        mark.map(|peak| t!("{when} · {n} held", when = moment(peak.at, range, clock), n = peak.level));
    let enough = view.level_95.filter(|level| *level > 0);
    let enough_words = enough.map(|level| t!("{level} is enough for 95 % of the time", level));
    ui::step_chart(&StepChart {
        summary: &t!(
            "Tokens in use over the last {range}, at most {highest} of {quantity}",
            range = range.words(),
            highest,
            quantity = view.quantity
        ),
        columns: (t!("From"), t!("Tokens in use")),
        steps: &steps,
        until: minute(clock.now),
        ticks: &ticks,
        limit: Some((view.quantity, &tokens)),
        enough: enough.zip(enough_words.as_deref()),
        mark: mark.zip(words.as_deref()).map(|(peak, words)| (minute(peak.at), words)),
    })
}

/// A moment of a range, as short as it is clear.
fn moment(at: Timestamp, range: Range, clock: Clock<'_>) -> String {
    let format = match range {
        Range::Day => "%H:%M",
        Range::Week => "%a %H:%M",
        Range::Month => "%-d %b %H:%M",
        Range::Year => "%-d %b %Y",
    };
    dated(&at.to_zoned(clock.zone.clone()), format)
}

/// The moments that are labelled, by the reader's clock: each third hour, each day, each fifth day, each month.
fn ticks(range: Range, clock: Clock<'_>) -> Vec<(Timestamp, String)> {
    let start = range.from(clock.now).to_zoned(clock.zone.clone());
    let (unit, step) = match range {
        Range::Day => (Unit::Hour, 1.hour()),
        _ => (Unit::Day, 1.day()),
    };
    let up = ZonedRound::new().smallest(unit).mode(jiff::RoundMode::Ceil);
    let Ok(mut at) = start.round(up) else { return Vec::new() };
    let mut ticks = Vec::new();
    while at.timestamp() < clock.now {
        let format = match range {
            Range::Day if at.hour() % 3 == 0 => Some("%H:%M"),
            Range::Week => Some("%a"),
            Range::Month if at.day() % 5 == 0 => Some("%-d %b"),
            Range::Year if at.day() == 1 => Some("%b"),
            _ => None,
        };
        ticks.extend(format.map(|format| (at.timestamp(), dated(&at, format))));
        let Ok(next) = at.checked_add(step) else { break };
        at = next;
    }
    ticks
}

/// "1,204 h", "3 h 20 min", "45 s".
fn hours(seconds: i64) -> String {
    const HOUR: i64 = 3_600;
    match seconds {
        ..HOUR => words::lasting(SignedDuration::from_secs(seconds)),
        _ if seconds < 100 * HOUR => {
            t!("{hours} h {minutes} min", hours = seconds / HOUR, minutes = seconds % HOUR / 60)
        }
        _ => format!("{} h", seconds / HOUR),
    }
}

/// "84 %"; a share that is not nothing is not shown as nothing.
fn share(part: i64, whole: i64) -> String {
    match part * 100 / whole.max(1) {
        0 if part > 0 => "< 1 %".to_owned(),
        percent => format!("{percent} %"),
    }
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
            ticks(Range::Day, Clock { now, zone: &zone }).into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels, ["12:00", "15:00", "18:00", "21:00", "00:00", "03:00", "06:00", "09:00"]);
        let months = ticks(Range::Year, Clock { now, zone: &zone });
        assert_eq!((months.len(), months[0].1.as_str()), (12, "Dec"));
    }

    #[test]
    fn a_share_that_is_not_nothing_is_not_shown_as_nothing() {
        assert_eq!(
            ["0 %", "< 1 %", "50 %"],
            [share(0, 0), share(1, 1_000), share(1, 2)].each_ref().map(String::as_str)
        );
        assert_eq!([hours(90), hours(12_000), hours(7_200_000)], ["1 min 30 s", "3 h 20 min", "2000 h"]);
    }
}
