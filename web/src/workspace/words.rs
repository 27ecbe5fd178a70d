//! Words and tones of the workspace.

use domain::{
    identity::Channel,
    sla::{Hand, Reading, Status, TargetKind},
    ticket::Phase,
};
use jiff::{SignedDuration, Timestamp};

use crate::ui::{Clock, Sla, Stage, Standing, exact};
use crate::words::t;

/// How a phase is drawn.
pub(crate) const fn stage(phase: Phase) -> Stage {
    match phase {
        Phase::New => Stage::New,
        Phase::Active => Stage::Working,
        Phase::Waiting => Stage::Waiting,
        Phase::Resolved => Stage::Solved,
        Phase::Closed => Stage::Closed,
        Phase::Cancelled => Stage::Cancelled,
    }
}

/// How something came in, in words; nothing for the page that everybody uses.
pub(crate) fn channel_words(channel: Channel) -> &'static str {
    match channel {
        Channel::Web => "",
        Channel::Api => t!("by API"),
        Channel::CommandLine => t!("from the command line"),
        Channel::Import => t!("imported"),
        Channel::Timer => t!("by the clock"),
    }
}

/// A length in bytes as people say it.
pub(crate) fn bytes(size: u64) -> String {
    match size {
        0..1_000 => t!("{size} bytes", size),
        1_000..1_000_000 => t!("{size} KB", size = size.div_ceil(1_000)),
        _ => t!("{size}.{tenths} MB", size = size / 1_000_000, tenths = size % 1_000_000 / 100_000),
    }
}

/// A stretch of time as people say it: "18 min", "3 h", "2 d".
pub(crate) fn span(duration: SignedDuration) -> String {
    let minutes = duration.abs().as_mins();
    match minutes {
        0 => t!("under a minute").to_owned(),
        1..60 => t!("{minutes} min", minutes),
        60..600 if minutes % 60 >= 5 => {
            t!("{hours} h {minutes} min", hours = minutes / 60, minutes = minutes % 60)
        }
        60..2_880 => format!("{} h", (minutes + 30) / 60),
        _ => format!("{} d", (minutes + 720) / 1_440),
    }
}

/// A promise in words that own themselves, so that a row can borrow them.
pub(super) struct Promise {
    pub(super) standing: Standing,
    pub(super) text: String,
    pub(super) reason: String,
}

impl Promise {
    pub(super) fn sla(&self) -> Sla<'_> {
        Sla { standing: self.standing, text: &self.text, reason: &self.reason }
    }

    /// The promise of a queue row, from its due time alone.
    pub(super) fn of_row(phase: Phase, due_at: Option<Timestamp>, clock: Clock<'_>) -> Option<Self> {
        let Some(due) = due_at else {
            return (phase == Phase::Waiting).then(|| Self {
                standing: Standing::Paused,
                text: "paused".to_owned(),
                reason: t!("The clock stands still while the ticket waits.").to_owned(),
            });
        };
        let left = clock.now.duration_until(due);
        let standing = match left {
            left if left.is_negative() => Standing::Breached,
            left if left < SignedDuration::from_hours(1) => Standing::AtRisk,
            _ => Standing::OnTrack,
        };
        let text = if left.is_negative() { t!("{time} over", time = span(left)) } else { span(left) };
        Some(Self { standing, text, reason: t!("Due {when}", when = exact(due, clock.zone)) })
    }

    /// One clock of a ticket.
    pub(super) fn of_clock(reading: &Reading, clock: Clock<'_>) -> Self {
        let what = match reading.kind {
            TargetKind::Response => t!("Answer"),
            TargetKind::Resolution => t!("Resolve"),
        };
        let target = span(reading.target);
        let due = reading.due_at.map_or_else(String::new, |due| format!(" by {}", exact(due, clock.zone)));
        let (standing, text, reason) = match (reading.status, reading.hand) {
            (Status::Met { at }, _) => (
                Standing::Met,
                t!("{what}: met", what),
                t!("{what} within {target}: met {when}.", what, target, when = exact(at, clock.zone)),
            ),
            (Status::Breached { at }, Hand::Stopped) => (
                Standing::Missed,
                t!("{what}: late", what),
                t!(
                    "{what} within {target}: the time ran out {when}.",
                    what,
                    target,
                    when = exact(at, clock.zone)
                ),
            ),
            (Status::Breached { at }, _) => (
                Standing::Breached,
                t!("{what}: {time} over", what, time = span(at.duration_until(clock.now))),
                t!(
                    "{what} within {target}: the time ran out {when}.",
                    what,
                    target,
                    when = exact(at, clock.zone)
                ),
            ),
            (Status::Paused, _) => (
                Standing::Paused,
                t!("{what}: paused", what),
                t!(
                    "{what} within {target}: the clock stands still, {time} are left.",
                    what,
                    target,
                    time = span(reading.remaining)
                ),
            ),
            (Status::Running, _) => {
                let left = reading.due_at.map_or(reading.remaining, |due| clock.now.duration_until(due));
                let risk = left < SignedDuration::from_hours(1);
                let standing = if risk { Standing::AtRisk } else { Standing::OnTrack };
                (
                    standing,
                    t!("{what} in {time}", what, time = span(left)),
                    t!(
                        "{what} within {target}{due}; {time} of it have counted.",
                        what,
                        target,
                        due,
                        time = span(reading.elapsed)
                    ),
                )
            }
        };
        Self { standing, text, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_of_time_is_said_as_people_say_it() {
        for (minutes, words) in [
            (0, "under a minute"),
            (18, "18 min"),
            (72, "1 h 12 min"),
            (180, "3 h"),
            (62, "1 h"),
            (2_900, "2 d"),
        ] {
            assert_eq!(span(SignedDuration::from_mins(minutes)), words);
            assert_eq!(span(SignedDuration::from_mins(-minutes)), words);
        }
    }

    #[test]
    fn a_size_is_said_as_people_say_it() {
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(213_100), "214 KB");
        assert_eq!(bytes(2_460_000), "2.4 MB");
    }
}
