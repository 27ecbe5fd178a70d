//! Licences in words.

use desk::licence::{DenialNext, DenialView, LicenceSummary};
use domain::licence::{
    Cause, DenialClass, DenialReason, Metric, Module, Origin, PoolRules, TermPhase, pool::WaitEnd,
};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use crate::{
    ui::{Clock, Tone},
    workspace::span,
};

/// "exclusive", "concurrent module Change".
pub(super) fn metric(metric: Metric, module: Option<Module>) -> String {
    match module {
        Some(module) => format!("{} module {module}", kind(metric)),
        None => kind(metric).to_owned(),
    }
}

/// How a licence is counted, in words.
pub(super) const fn kind(metric: Metric) -> &'static str {
    match metric {
        Metric::Exclusive => "exclusive",
        Metric::Concurrent => "concurrent",
        Metric::DayPass => "day pass",
        Metric::Requester => "requester",
    }
}

/// What is counted, as the name of a field.
pub(super) const fn units(metric: Metric) -> &'static str {
    match metric {
        Metric::Exclusive => "Seats",
        Metric::Concurrent => "Tokens",
        Metric::DayPass => "Passes",
        Metric::Requester => "People",
    }
}

/// How the tokens of a pool behave, as short as it gets.
pub(super) fn rules(rules: &PoolRules) -> String {
    format!("TTL {} · offers {}", lasting(rules.ttl), lasting(rules.offer_window))
}

/// A length of time to the second: "5 min 30 s".
pub(super) fn lasting(time: SignedDuration) -> String {
    let (minutes, seconds) = (time.as_mins(), time.as_secs() % 60);
    match (minutes, seconds) {
        (0, seconds) => format!("{seconds} s"),
        (1..60, 1..) => format!("{minutes} min {seconds} s"),
        _ => span(time),
    }
}

/// Where in its term a licence is, where that is worth a word.
pub(super) fn term(summary: &LicenceSummary, clock: Clock<'_>) -> Option<(Tone, String)> {
    let left = summary.ends_at.map(|end| clock.now.duration_until(end));
    match (summary.phase, left) {
        (TermPhase::NotStarted, _) => {
            Some((Tone::Warn, format!("starts {}", date(summary.starts_at, clock.zone))))
        }
        (TermPhase::Ended, _) => Some((
            Tone::Bad,
            format!("ended {}", summary.ends_at.map_or_else(String::new, |end| date(end, clock.zone))),
        )),
        (TermPhase::Grace, _) => Some((
            Tone::Bad,
            format!(
                "goes on by grace since {}",
                summary.ends_at.map_or_else(String::new, |end| date(end, clock.zone))
            ),
        )),
        (TermPhase::Running, Some(left)) if left < SignedDuration::from_hours(60 * 24) => {
            Some((Tone::Warn, format!("ends in {}", span(left))))
        }
        (TermPhase::Running, _) => None,
    }
}

/// "2 March 2026".
pub(super) fn date(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%-d %B %Y").to_string()
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
pub(super) const fn reason(reason: DenialReason) -> &'static str {
    match reason {
        DenialReason::CapabilityMissing => "role does not reach",
        DenialReason::NoEntitlement => "neither seat nor entitlement",
        DenialReason::LicenceNotStarted => "licence not started",
        DenialReason::LicenceExpired => "licence over",
        DenialReason::NoFreeToken => "no free token, put in line",
        DenialReason::ReservedForOthers => "free tokens kept for others, put in line",
        DenialReason::GroupLimit => "group at its limit, put in line",
        DenialReason::Excluded => "pool is for others",
        DenialReason::OutsideShift => "outside the pool's hours",
        DenialReason::NoPassLeft => "no day pass left",
        DenialReason::ModuleMissing => "module not held",
    }
}

/// Whether a denial hurt.
pub(super) const fn class(class: DenialClass) -> (Tone, &'static str) {
    match class {
        DenialClass::True => (Tone::Bad, "true"),
        DenialClass::False => (Tone::Ok, "false"),
        DenialClass::Open => (Tone::Plain, "open"),
    }
}

/// What somebody did after they were refused.
pub(super) fn next(denial: &DenialView) -> String {
    let after = |at: Timestamp| lasting(denial.at.duration_until(at));
    match denial.next {
        DenialNext::Served { at } => format!("served after {}", after(at)),
        DenialNext::Waiting { .. } => "waits".to_owned(),
        DenialNext::GaveUp { at, how } => format!("{} after {}", gave_up(how), after(at)),
        DenialNext::Instead { at, action } => {
            format!("turned to {}, without a licence, after {}", action.doing(None), after(at))
        }
        DenialNext::Nothing => "nothing".to_owned(),
    }
}

const fn gave_up(how: WaitEnd) -> &'static str {
    match how {
        WaitEnd::Taken => "served",
        WaitEnd::Declined => "declined the offer",
        WaitEnd::OfferLapsed => "let the offer lapse",
        WaitEnd::Left => "left the line",
        WaitEnd::Silent => "went away from the line",
        WaitEnd::Revoked => "lost the right to wait",
        WaitEnd::TermEnded => "waited until the licence ended",
    }
}

/// By which act, through which channel.
pub(super) fn cause(cause: &Cause) -> String {
    format!("{} ({})", cause.action, cause.channel)
}

/// How an assignment came about.
pub(super) const fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Request => "by request",
        Origin::JobCodeRule => "by job code",
        Origin::Manual => "by hand",
        Origin::Import => "taken over",
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
