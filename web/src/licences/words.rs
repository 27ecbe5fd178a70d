//! Licences in words.

use desk::licence::{DenialNext, DenialView, LicenceSummary};
use domain::licence::{
    Cause, DenialClass, DenialReason, Metric, Module, Origin, PoolRules, TermPhase, pool::WaitEnd,
};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use crate::{
    ui::{Clock, Tone},
    words::{dated, t, told},
    workspace::span,
};

/// "exclusive", "concurrent module Change".
pub(super) fn metric(metric: Metric, module: Option<Module>) -> String {
    match module {
        Some(module) => t!("{kind} module {module}", kind = kind(metric), module),
        None => kind(metric).to_owned(),
    }
}

/// How a licence is counted, in words.
pub(super) fn kind(metric: Metric) -> &'static str {
    match metric {
        Metric::Exclusive => t!("exclusive"),
        Metric::Concurrent => t!("concurrent"),
        Metric::DayPass => t!("day pass"),
        Metric::Requester => t!("requester"),
    }
}

/// What is counted, as the name of a field.
pub(super) fn units(metric: Metric) -> &'static str {
    match metric {
        Metric::Exclusive => t!("Seats"),
        Metric::Concurrent => t!("Tokens"),
        Metric::DayPass => t!("Passes"),
        Metric::Requester => t!("People"),
    }
}

/// How the tokens of a pool behave, as short as it gets.
pub(super) fn rules(rules: &PoolRules) -> String {
    t!("TTL {silence} · offers {offers}", silence = lasting(rules.ttl), offers = lasting(rules.offer_window))
}

/// A length of time to the second: "5 min 30 s".
pub(super) fn lasting(time: SignedDuration) -> String {
    let (minutes, seconds) = (time.as_mins(), time.as_secs() % 60);
    match (minutes, seconds) {
        (0, seconds) => format!("{seconds} s"),
        (1..60, 1..) => t!("{minutes} min {seconds} s", minutes, seconds),
        _ => span(time),
    }
}

/// Where in its term a licence is, where that is worth a word.
pub(super) fn term(summary: &LicenceSummary, clock: Clock<'_>) -> Option<(Tone, String)> {
    let left = summary.ends_at.map(|end| clock.now.duration_until(end));
    match (summary.phase, left) {
        (TermPhase::NotStarted, _) => {
            Some((Tone::Warn, t!("starts {date}", date = date(summary.starts_at, clock.zone))))
        }
        (TermPhase::Ended, _) => Some((
            Tone::Bad,
            t!("ended {date}", date = summary.ends_at.map_or_else(String::new, |end| date(end, clock.zone))),
        )),
        (TermPhase::Grace, _) => Some((
            Tone::Bad,
            t!(
                "goes on by grace since {date}",
                date = summary.ends_at.map_or_else(String::new, |end| date(end, clock.zone))
            ),
        )),
        (TermPhase::Running, Some(left)) if left < SignedDuration::from_hours(60 * 24) => {
            Some((Tone::Warn, t!("ends in {time}", time = span(left))))
        }
        (TermPhase::Running, _) => None,
    }
}

/// "2 March 2026".
pub(super) fn date(at: Timestamp, zone: &TimeZone) -> String {
    dated(&at.to_zoned(zone.clone()), t!("%-d %B %Y"))
}

/// The first moment of a day that somebody chose in a form.
pub(super) fn day_begins(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let day: Date = text.trim().parse().ok()?;
    day.to_zoned(zone.clone()).ok().map(|start| start.timestamp())
}

/// The first moment of the reader's day.
pub(super) fn today(clock: Clock<'_>) -> Timestamp {
    let now = clock.now.to_zoned(clock.zone.clone());
    now.start_of_day().map_or(clock.now, |start| start.timestamp())
}

/// Why a checkout was refused.
pub(super) fn reason(reason: DenialReason) -> &'static str {
    match reason {
        DenialReason::CapabilityMissing => "role does not reach",
        DenialReason::NoEntitlement => t!("neither seat nor entitlement"),
        DenialReason::LicenceNotStarted => t!("licence not started"),
        DenialReason::LicenceExpired => t!("licence over"),
        DenialReason::NoFreeToken => t!("no free token, put in line"),
        DenialReason::ReservedForOthers => t!("free tokens kept for others, put in line"),
        DenialReason::GroupLimit => t!("group at its limit, put in line"),
        DenialReason::Excluded => t!("pool is for others"),
        DenialReason::OutsideShift => t!("outside the pool's hours"),
        DenialReason::NoPassLeft => t!("no day pass left"),
        DenialReason::ModuleMissing => t!("module not held"),
    }
}

/// Whether a denial hurt.
pub(super) fn class(class: DenialClass) -> (Tone, &'static str) {
    match class {
        DenialClass::True => (Tone::Bad, t!("true")),
        DenialClass::False => (Tone::Ok, t!("false")),
        DenialClass::Open => (Tone::Plain, t!("open")),
    }
}

/// What somebody did after they were refused.
pub(super) fn next(denial: &DenialView) -> String {
    let after = |at: Timestamp| lasting(denial.at.duration_until(at));
    match denial.next {
        DenialNext::Served { at } => t!("served after {after}", after = after(at)),
        DenialNext::Waiting { .. } => t!("waits").to_owned(),
        DenialNext::GaveUp { at, how } => {
            t!("{gave_up} after {after}", gave_up = gave_up(how), after = after(at))
        }
        DenialNext::Instead { at, action } => {
            t!(
                "turned to {one}, without a licence, after {after}",
                one = told(&action.doing(None)),
                after = after(at)
            )
        }
        DenialNext::Nothing => t!("nothing").to_owned(),
    }
}

fn gave_up(how: WaitEnd) -> &'static str {
    match how {
        WaitEnd::Taken => t!("served"),
        WaitEnd::Declined => t!("declined the offer"),
        WaitEnd::OfferLapsed => t!("let the offer lapse"),
        WaitEnd::Left => t!("left the line"),
        WaitEnd::Silent => t!("went away from the line"),
        WaitEnd::Revoked => t!("lost the right to wait"),
        WaitEnd::TermEnded => t!("waited until the licence ended"),
    }
}

/// By which act, through which channel.
pub(super) fn cause(cause: &Cause) -> String {
    format!("{} ({})", cause.action, cause.channel)
}

/// How an assignment came about.
pub(super) fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Request => t!("by request"),
        Origin::JobCodeRule => t!("by job code"),
        Origin::Manual => t!("by hand"),
        Origin::Import => t!("taken over"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_keeps_its_seconds_while_they_matter() {
        for (seconds, words) in [(30, "30 s"), (330, "5 min 30 s"), (120, "2 min"), (7_200, "2 h")] {
            assert_eq!(lasting(SignedDuration::from_secs(seconds)), words);
        }
    }

    #[test]
    fn a_day_begins_at_midnight_where_the_reader_is() {
        let zone = TimeZone::get("Europe/Stockholm").unwrap();
        assert_eq!(day_begins("2026-11-23", &zone), "2026-11-22T23:00:00Z".parse().ok());
        assert_eq!(day_begins("soon", &zone), None);
    }
}
