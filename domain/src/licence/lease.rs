//! A lease: one person's hold on one token of a concurrent licence, from the first licensed act to its end.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Action, PoolRules, after};
use crate::{
    LeaseId, LicenceId, PersonId, TicketId,
    identity::{Channel, named},
};

/// A person's hold on a token.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lease {
    /// Which lease. A revived hold is a new lease, so that an ended one never changes.
    pub id: LeaseId,
    /// Of which licence.
    pub licence: LicenceId,
    /// Whose.
    pub person: PersonId,
    /// The number of the token, from 1.
    pub token: u32,
    /// Fencing number: strictly increasing per licence, so that whoever guards a resource can refuse a hold that has
    /// been overtaken.
    pub fence: u64,
    /// When it began.
    pub acquired_at: Timestamp,
    /// By which act.
    pub acquired_by: Cause,
    /// The last sign of life: an act, or the heartbeat of an open page. The hold lasts by this.
    pub last_seen_at: Timestamp,
    /// The last licensed act. Idleness is measured by this; an open page does not count.
    pub last_active_at: Timestamp,
    /// When and how it ended; `None` while it is live.
    pub ended: Option<(Timestamp, LeaseEnd)>,
}

/// What made somebody take a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cause {
    /// The licensed action.
    pub action: Action,
    /// The ticket it was done to, if to one.
    pub ticket: Option<TicketId>,
    /// The way in.
    pub channel: Channel,
}

/// How a lease ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum LeaseEnd {
    /// The holder gave it back.
    Released,
    /// The holder fell silent for longer than time to live and drift.
    Silent,
    /// The licence ran out.
    TermEnded,
    /// It was taken from the holder for somebody else.
    Reclaimed {
        /// Who did it.
        by: PersonId,
    },
    /// The holder is no longer entitled.
    Revoked {
        /// Who decided it; nobody if a rule did.
        by: Option<PersonId>,
    },
}

impl LeaseEnd {
    /// The name in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::Silent => "silent",
            Self::TermEnded => "term_ended",
            Self::Reclaimed { .. } => "reclaimed",
            Self::Revoked { .. } => "revoked",
        }
    }

    /// The end stored as `name` and `by`, if they fit.
    pub fn parse(name: &str, by: Option<PersonId>) -> Option<Self> {
        match name {
            "released" => Some(Self::Released),
            "silent" => Some(Self::Silent),
            "term_ended" => Some(Self::TermEnded),
            "reclaimed" => by.map(|by| Self::Reclaimed { by }),
            "revoked" => Some(Self::Revoked { by }),
            _ => None,
        }
    }

    /// Who ended it, if somebody other than its holder did.
    pub const fn by(self) -> Option<PersonId> {
        match self {
            Self::Reclaimed { by } => Some(by),
            Self::Revoked { by } => by,
            Self::Released | Self::Silent | Self::TermEnded => None,
        }
    }

    /// The state of a lease that ended so.
    pub const fn state(self) -> LeaseState {
        match self {
            Self::Released => LeaseState::Released,
            Self::Silent | Self::TermEnded => LeaseState::Expired,
            Self::Reclaimed { .. } => LeaseState::Reclaimed,
            Self::Revoked { .. } => LeaseState::Revoked,
        }
    }
}

named! {
    /// Where a lease stands. Derived from its times, never stored beside them.
    LeaseState {
        /// Held, and used lately.
        Active = "active",
        /// Held, but not used for the pool's idle time.
        Idle = "idle",
        /// Given back.
        Released = "released",
        /// Run out.
        Expired = "expired",
        /// Taken away for somebody else.
        Reclaimed = "reclaimed",
        /// Ended because the right to it ended.
        Revoked = "revoked",
    }
}

impl Lease {
    /// Where the lease stands at `now`.
    pub fn state(&self, rules: &PoolRules, now: Timestamp) -> LeaseState {
        match self.ended {
            Some((_, end)) => end.state(),
            None if self.idle_since(rules, now).is_some() => LeaseState::Idle,
            None => LeaseState::Active,
        }
    }

    /// When it ended.
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.ended.map(|(at, _)| at)
    }

    /// Since when its holder has been idle, if they are at `now`: the moment of their last licensed act.
    pub fn idle_since(&self, rules: &PoolRules, now: Timestamp) -> Option<Timestamp> {
        (self.ended.is_none() && after(self.last_active_at, rules.idle_after) <= now)
            .then_some(self.last_active_at)
    }

    /// Until when its holder may rely on it without another sign of life.
    pub fn protected_until(&self, rules: &PoolRules) -> Timestamp {
        after(self.last_seen_at, rules.ttl)
    }

    /// When its token is free for others if its holder stays silent.
    pub fn expires_at(&self, rules: &PoolRules) -> Timestamp {
        after(self.last_seen_at, rules.silence())
    }

    /// Whether it was held at `moment`. It begins at its first moment and is over at its last.
    pub fn held_at(&self, moment: Timestamp) -> bool {
        self.acquired_at <= moment && self.ended_at().is_none_or(|end| moment < end)
    }
}
