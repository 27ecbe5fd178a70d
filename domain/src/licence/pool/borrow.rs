//! Tokens taken along for work without a connection.

use jiff::{SignedDuration, Timestamp};

use super::{Pool, PoolEvent};
use crate::PersonId;

/// Why a token cannot be borrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BorrowError {
    /// The pool's rules do not let anybody.
    #[error("tokens of this licence cannot be borrowed; ask your licence manager to allow it")]
    NotAllowed,
    /// Nothing is held.
    #[error("hold a token before you borrow it: do some work first, then borrow")]
    NotHolding,
    /// Somebody else is about to get it.
    #[error("somebody waits for this token and gets it soon; it cannot be borrowed now")]
    Recalled,
    /// Not later than now.
    #[error("choose a time that is still to come")]
    Past,
    /// Longer than the pool allows.
    #[error("a token may be borrowed for at most {} hours; choose an earlier time", .longest.as_hours())]
    TooLong {
        /// The longest that is allowed.
        longest: SignedDuration,
    },
    /// Too few would stay.
    #[error("at least {stay} tokens must stay, so no more can be borrowed; try again when one is back")]
    LowWater {
        /// How many must stay.
        stay: u32,
    },
}

impl Pool {
    /// The holder takes their token along until `until`: so long no sign of life is expected, and nobody takes it away.
    /// A borrowed token is given back like any other. Borrowing again moves the time.
    pub fn borrow(
        &mut self,
        now: Timestamp,
        person: PersonId,
        until: Timestamp,
    ) -> (Result<Timestamp, BorrowError>, Vec<PoolEvent>) {
        let mut events = Vec::new();
        let now = self.advance(now, &mut events);
        let borrowed = self.may_borrow(now, person, until).map(|holder| {
            // Nobody borrows beyond the licence itself.
            let until = self.licence.term.over_at().map_or(until, |over| over.min(until));
            let lease = &mut self.live[holder];
            lease.borrowed_until = Some(until);
            lease.last_seen_at = now;
            events.push(PoolEvent::borrowed(lease, now, until));
            until
        });
        (borrowed, events)
    }

    fn may_borrow(&self, now: Timestamp, person: PersonId, until: Timestamp) -> Result<usize, BorrowError> {
        let rules = &self.licence.rules;
        let longest = rules.borrow_longest.ok_or(BorrowError::NotAllowed)?;
        let holder = self.holder(person).ok_or(BorrowError::NotHolding)?;
        let lease = &self.live[holder];
        if lease.lingering_since.is_some() {
            return Err(BorrowError::NotHolding);
        }
        if lease.recall.is_some() {
            return Err(BorrowError::Recalled);
        }
        if until <= now {
            return Err(BorrowError::Past);
        }
        if now.duration_until(until) > longest {
            return Err(BorrowError::TooLong { longest });
        }
        let out = self.live.iter().filter(|other| other.person != person && other.is_borrowed(now)).count();
        let stay = rules.borrow_low_water;
        if out + 1 + stay as usize > self.licence.quantity as usize {
            return Err(BorrowError::LowWater { stay });
        }
        Ok(holder)
    }
}
