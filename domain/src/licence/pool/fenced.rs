//! Holds known by their fencing number, as other software knows them: a program never keeps or gives back a token that its
//! person has come by anew since.

use jiff::Timestamp;

use super::{Pool, PoolEvent};
use crate::{
    LeaseId, PersonId,
    licence::{Cause, Lease},
};

/// Somebody's hold on a token, by its fencing number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FencedHold {
    /// Whose.
    pub person: PersonId,
    /// By which number.
    pub fence: u64,
}

/// The hold with this number is over, or never was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this hold is over; check a token out again before you work on")]
pub struct Overtaken;

impl FencedHold {
    /// Whether this is the hold: what was given back and only lingers is over for whoever gave it back.
    pub fn is(self, lease: &Lease) -> bool {
        let held = lease.ended.is_none() && lease.lingering_since.is_none();
        held && lease.person == self.person && lease.fence == self.fence
    }
}

impl Pool {
    /// A program's sign of life. With `used`, its person has worked with it since and is not idle.
    pub fn keep(
        &mut self,
        now: Timestamp,
        hold: FencedHold,
        used: Option<Cause>,
    ) -> (Result<&Lease, Overtaken>, Vec<PoolEvent>) {
        let mut events = Vec::new();
        let now = self.advance(now, &mut events);
        let Some(holder) = self.live.iter().position(|lease| hold.is(lease)) else {
            return (Err(Overtaken), events);
        };
        if let Some(cause) = used {
            self.use_lease(holder, now, cause, &mut events);
        } else {
            let lease = &mut self.live[holder];
            lease.last_seen_at = now;
            events.push(PoolEvent::seen(lease));
        }
        (Ok(&self.live[holder]), events)
    }

    /// A program gives back what it checked out, as [`Self::release`] does.
    pub fn give_back(
        &mut self,
        now: Timestamp,
        hold: FencedHold,
    ) -> (Result<LeaseId, Overtaken>, Vec<PoolEvent>) {
        let mut events = self.settle(now);
        if !self.live.iter().any(|lease| hold.is(lease)) {
            return (Err(Overtaken), events);
        }
        let (released, more) = self.release(now, hold.person);
        events.extend(more);
        (released.map_err(|_| Overtaken), events)
    }
}
