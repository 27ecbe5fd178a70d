//! Words and tones of the workspace.

use domain::{
    identity::Channel,
    sla::{Hand, Reading, Status, TargetKind},
    ticket::Phase,
};
use jiff::{SignedDuration, Timestamp};

use crate::ui::{Clock, Sla, Stage, Standing, exact};

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
pub(crate) const fn channel_words(channel: Channel) -> &'static str {
    match channel {
        Channel::Web => "",
        Channel::Api => "by API",
        Channel::CommandLine => "from the command line",
        Channel::Import => "imported",
        Channel::Timer => "by the clock",
    }
}

/// A length in bytes as people say it.
pub(crate) fn bytes(size: u64) -> String {
    match size {
        0..1_000 => format!("{size} bytes"),
        1_000..1_000_000 => format!("{} KB", size.div_ceil(1_000)),
        _ => format!("{}.{} MB", size / 1_000_000, size % 1_000_000 / 100_000),
    }
}

/// A stretch of time as people say it: "18 min", "3 h", "2 d".
pub(crate) fn span(duration: SignedDuration) -> String {
    let minutes = duration.abs().as_mins();
    match minutes {
        0 => "under a minute".to_owned(),
        1..60 => format!("{minutes} min"),
        60..600 if minutes % 60 >= 5 => format!("{} h {} min", minutes / 60, minutes % 60),
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
                reason: "The clock stands still while the ticket waits.".to_owned(),
            });
        };
        let left = clock.now.duration_until(due);
        let standing = match left {
            left if left.is_negative() => Standing::Breached,
            left if left < SignedDuration::from_hours(1) => Standing::AtRisk,
            _ => Standing::OnTrack,
        };
        let text = if left.is_negative() { format!("{} over", span(left)) } else { span(left) };
        Some(Self { standing, text, reason: format!("Due {}", exact(due, clock.zone)) })
    }

    /// One clock of a ticket.
    pub(super) fn of_clock(reading: &Reading, clock: Clock<'_>) -> Self {
        let what = match reading.kind {
            TargetKind::Response => "Answer",
            TargetKind::Resolution => "Resolve",
        };
        let target = span(reading.target);
        let due = reading.due_at.map_or_else(String::new, |due| format!(" by {}", exact(due, clock.zone)));
        let (standing, text, reason) = match (reading.status, reading.hand) {
            (Status::Met { at }, _) => (
                Standing::Met,
                format!("{what}: met"),
                format!("{what} within {target}: met {}.", exact(at, clock.zone)),
            ),
            (Status::Breached { at }, Hand::Stopped) => (
                Standing::Missed,
                format!("{what}: late"),
                format!("{what} within {target}: the time ran out {}.", exact(at, clock.zone)),
            ),
            (Status::Breached { at }, _) => (
                Standing::Breached,
                format!("{what}: {} over", span(at.duration_until(clock.now))),
                format!("{what} within {target}: the time ran out {}.", exact(at, clock.zone)),
            ),
            (Status::Paused, _) => (
                Standing::Paused,
                format!("{what}: paused"),
                format!(
                    "{what} within {target}: the clock stands still, {} are left.",
                    span(reading.remaining)
                ),
            ),
            (Status::Running, _) => {
                let left = reading.due_at.map_or(reading.remaining, |due| clock.now.duration_until(due));
                let risk = left < SignedDuration::from_hours(1);
                let standing = if risk { Standing::AtRisk } else { Standing::OnTrack };
                (
                    standing,
                    format!("{what} in {}", span(left)),
                    format!("{what} within {target}{due}; {} of it have counted.", span(reading.elapsed)),
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
