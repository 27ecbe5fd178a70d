//! Who else is at a ticket now, so that two people do not answer the same one.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A person is at a ticket for so long after the last sign of it. An open page gives one every 20 seconds.
pub const PRESENCE_TTL: SignedDuration = SignedDuration::from_secs(50);

/// What somebody does at a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// Reads it.
    Viewing,
    /// Writes a reply or a note.
    Typing,
}

impl Doing {
    /// As it is stored and sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewing => "viewing",
            Self::Typing => "typing",
        }
    }

    /// Reads what [`Self::as_str`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Viewing, Self::Typing].into_iter().find(|doing| doing.as_str() == text)
    }

    /// What is still true of it at `now`, if it was said at `seen_at`. A moment to come is the clock of another process
    /// that goes a little ahead.
    #[must_use]
    pub fn still(self, seen_at: Timestamp, now: Timestamp) -> Option<Self> {
        (now.duration_since(seen_at) < PRESENCE_TTL).then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_gave_no_sign_for_long_is_gone() {
        let said = Timestamp::UNIX_EPOCH;
        let ttl = PRESENCE_TTL;
        assert_eq!(Doing::Typing.still(said, said), Some(Doing::Typing));
        assert_eq!(
            Doing::Typing.still(said, said + ttl - SignedDuration::from_micros(1)),
            Some(Doing::Typing)
        );
        assert_eq!(Doing::Typing.still(said, said + ttl), None);
        assert_eq!(Doing::Viewing.still(said + SignedDuration::from_secs(2), said), Some(Doing::Viewing));
    }

    #[test]
    fn what_is_stored_is_read_again() {
        for doing in [Doing::Viewing, Doing::Typing] {
            assert_eq!(Doing::parse(doing.as_str()), Some(doing));
        }
        assert_eq!(Doing::parse("sleeping"), None);
    }
}
