//! A lease: one person's hold on one token of a concurrent licence, from the first licensed act to its end.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Action, PoolRules, after};
use crate::{
    GroupId, LeaseId, LicenceId, PersonId, TicketId,
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
    /// On which part of the pool it draws.
    #[serde(default)]
    pub claim: Claim,
    /// Since when it is only kept for its holder, who has given it back ([`PoolRules::linger`]).
    #[serde(default)]
    pub lingering_since: Option<Timestamp>,
    /// Until when it was borrowed for work without a connection: so long no sign of life is expected.
    #[serde(default)]
    pub borrowed_until: Option<Timestamp>,
    /// Its end that was announced to its holder, for somebody who waits.
    #[serde(default)]
    pub recall: Option<Recall>,
}

/// The right by which a token is held.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Claim {
    /// The holder's groups that mattered when the hold began, in order of their ids.
    pub groups: Vec<GroupId>,
    /// The part of the pool it counts against.
    pub share: Share,
    /// Granted beyond the number of tokens, because the pool allows an overdraft.
    pub overdrawn: bool,
}

/// A part of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(tag = "share", content = "group", rename_all = "snake_case")]
pub enum Share {
    /// What is kept for nobody.
    #[default]
    General,
    /// What is kept for a group of the holder.
    Reserved(GroupId),
    /// What is kept for a group that the holder does not belong to, lent while that group does not need it.
    Lent(GroupId),
}

/// The announced end of a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Recall {
    /// When it was announced.
    pub noticed_at: Timestamp,
    /// When the hold ends.
    pub at: Timestamp,
    /// For whom.
    pub for_person: PersonId,
    /// Why.
    pub why: RecallReason,
}

named! {
    /// Why the end of a hold is announced.
    RecallReason {
        /// The holder is idle and somebody waits. Any licensed act calls it off.
        Idle = "idle",
        /// The token was lent, and the group it is kept for needs it.
        Reserved = "reserved",
    }
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
    /// A licence manager took it away for somebody else.
    Reclaimed {
        /// Who did it.
        by: PersonId,
    },
    /// The holder had given it back, and somebody else would have been refused while it was kept for them.
    Yielded {
        /// For whom.
        to: PersonId,
    },
    /// The holder was idle and somebody else would have been refused.
    Stolen {
        /// For whom.
        to: PersonId,
    },
    /// It had been lent, and the group it is kept for needed it.
    Recalled {
        /// For whom.
        to: PersonId,
    },
    /// The holder was idle for longer than the pool lets anybody be.
    IdleTooLong,
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
            Self::Yielded { .. } => "yielded",
            Self::Stolen { .. } => "stolen",
            Self::Recalled { .. } => "recalled",
            Self::IdleTooLong => "idle_too_long",
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
            "yielded" => by.map(|to| Self::Yielded { to }),
            "stolen" => by.map(|to| Self::Stolen { to }),
            "recalled" => by.map(|to| Self::Recalled { to }),
            "idle_too_long" => Some(Self::IdleTooLong),
            "revoked" => Some(Self::Revoked { by }),
            _ => None,
        }
    }

    /// The other person in it: who ended the hold, or for whom it ended.
    pub const fn by(self) -> Option<PersonId> {
        match self {
            Self::Reclaimed { by } => Some(by),
            Self::Yielded { to } | Self::Stolen { to } | Self::Recalled { to } => Some(to),
            Self::Revoked { by } => by,
            Self::Released | Self::Silent | Self::TermEnded | Self::IdleTooLong => None,
        }
    }

    /// Whether the holder lost what they were still using, or thought they were: they are told.
    pub const fn is_news_to_the_holder(self) -> bool {
        match self {
            Self::Reclaimed { .. }
            | Self::Stolen { .. }
            | Self::Recalled { .. }
            | Self::Revoked { .. }
            | Self::IdleTooLong
            | Self::TermEnded => true,
            Self::Released | Self::Yielded { .. } | Self::Silent => false,
        }
    }

    /// The state of a lease that ended so.
    pub const fn state(self) -> LeaseState {
        match self {
            Self::Released | Self::Yielded { .. } => LeaseState::Released,
            Self::Silent | Self::TermEnded | Self::IdleTooLong => LeaseState::Expired,
            Self::Reclaimed { .. } | Self::Stolen { .. } | Self::Recalled { .. } => LeaseState::Reclaimed,
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
        /// Given back, and kept for its holder for a while.
        Lingering = "lingering",
        /// Borrowed for work without a connection.
        Borrowed = "borrowed",
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
            None if self.lingering_since.is_some() => LeaseState::Lingering,
            None if self.is_borrowed(now) => LeaseState::Borrowed,
            None if self.idle_since(rules, now).is_some() => LeaseState::Idle,
            None => LeaseState::Active,
        }
    }

    /// When it ended.
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.ended.map(|(at, _)| at)
    }

    /// Whether it is out for work without a connection at `now`.
    pub fn is_borrowed(&self, now: Timestamp) -> bool {
        self.ended.is_none() && self.borrowed_until.is_some_and(|until| now < until)
    }

    /// Since when its holder has been idle, if they are at `now`: the moment of their last licensed act. Who works
    /// without a connection is not idle, and neither is who has given the token back.
    pub fn idle_since(&self, rules: &PoolRules, now: Timestamp) -> Option<Timestamp> {
        let out = self.lingering_since.is_some() || self.is_borrowed(now);
        (self.ended.is_none() && !out && after(self.idle_from(), rules.idle_after) <= now)
            .then_some(self.last_active_at)
    }

    /// From when on idleness is counted.
    fn idle_from(&self) -> Timestamp {
        self.borrowed_until.map_or(self.last_active_at, |until| until.max(self.last_active_at))
    }

    /// Until when its holder may rely on it without another sign of life, unless somebody takes it away.
    pub fn protected_until(&self, rules: &PoolRules) -> Timestamp {
        let seen = after(self.last_seen_at, rules.ttl);
        let by_life = self.borrowed_until.map_or(seen, |until| until.max(seen));
        let by_idleness = self.idle_end(rules).into_iter();
        by_idleness.chain(self.recall.map(|recall| recall.at)).fold(by_life, Timestamp::min)
    }

    /// When and how it ends by itself if nothing more is heard of its holder.
    pub fn runs_out(&self, rules: &PoolRules) -> (Timestamp, LeaseEnd) {
        if let Some(since) = self.lingering_since {
            return (after(since, rules.linger), LeaseEnd::Released);
        }
        let recall = self.recall.map(|recall| {
            let to = recall.for_person;
            let end = match recall.why {
                RecallReason::Idle => LeaseEnd::Stolen { to },
                RecallReason::Reserved => LeaseEnd::Recalled { to },
            };
            (recall.at, end)
        });
        let idle = self.idle_end(rules).map(|at| (at, LeaseEnd::IdleTooLong));
        let silent = (self.silent_at(rules), LeaseEnd::Silent);
        let ends = recall.into_iter().chain(idle);
        ends.fold(silent, |first, next| if next.0 < first.0 { next } else { first })
    }

    fn idle_end(&self, rules: &PoolRules) -> Option<Timestamp> {
        rules.idle_timeout.map(|timeout| after(self.idle_from(), timeout))
    }

    /// When its token is free for others if its holder stays silent.
    fn silent_at(&self, rules: &PoolRules) -> Timestamp {
        let silent = after(self.last_seen_at, rules.silence());
        self.borrowed_until.map_or(silent, |until| silent.max(after(until, rules.drift)))
    }

    /// Whether it was held at `moment`. It begins at its first moment and is over at its last.
    pub fn held_at(&self, moment: Timestamp) -> bool {
        self.acquired_at <= moment && self.ended_at().is_none_or(|end| moment < end)
    }

    /// Whether nothing is about to happen to it, so that its row alone may decide that it goes on.
    pub const fn is_plain(&self) -> bool {
        self.lingering_since.is_none() && self.recall.is_none() && self.borrowed_until.is_none()
    }

    /// How long it was held, up to `now`.
    pub fn held_for(&self, now: Timestamp) -> SignedDuration {
        self.acquired_at.duration_until(self.ended_at().unwrap_or(now))
    }
}
