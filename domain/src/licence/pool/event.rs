//! The facts of a pool: what the store writes, and what usage is computed from.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Offer, QueueEntry};
use crate::{
    LeaseId, LicenceId, PersonId, QueueEntryId,
    identity::named,
    licence::{Cause, Denial, Grant, Lease, LeaseEnd, Recall},
};

/// One fact. It carries everything its row needs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum PoolEvent {
    /// A hold began: a lease to insert. `how` is never [`Grant::Held`].
    Acquired {
        /// The new lease.
        lease: Lease,
        /// How they came to it.
        #[serde(flatten)]
        how: Grant,
    },
    /// The holder did a licensed act: both times of the lease move to `at`.
    Used {
        /// Of which licence.
        licence: LicenceId,
        /// Which lease.
        lease: LeaseId,
        /// Whose.
        person: PersonId,
        /// The token's number.
        token: u32,
        /// The fencing number.
        fence: u64,
        /// When.
        at: Timestamp,
        /// What they did.
        cause: Cause,
        /// Since when they had been idle, if they had.
        idle_since: Option<Timestamp>,
    },
    /// The holder's page is open: only `last_seen_at` moves.
    Seen {
        /// Of which licence.
        licence: LicenceId,
        /// Which lease.
        lease: LeaseId,
        /// Whose.
        person: PersonId,
        /// The token's number.
        token: u32,
        /// The fencing number.
        fence: u64,
        /// When.
        at: Timestamp,
    },
    /// A hold ended, at the moment it ended, which may be before it was noticed.
    Ended {
        /// Of which licence.
        licence: LicenceId,
        /// Which lease.
        lease: LeaseId,
        /// Whose.
        person: PersonId,
        /// The token's number.
        token: u32,
        /// The fencing number.
        fence: u64,
        /// When.
        at: Timestamp,
        /// How.
        end: LeaseEnd,
        /// The last licensed act.
        last_active_at: Timestamp,
    },
    /// The holder gave the token back and it is kept for them for a while.
    Lingering {
        /// Of which licence.
        licence: LicenceId,
        /// Which lease.
        lease: LeaseId,
        /// Whose.
        person: PersonId,
        /// The token's number.
        token: u32,
        /// The fencing number.
        fence: u64,
        /// Since when.
        at: Timestamp,
    },
    /// The holder works on with the token that was kept for them.
    Resumed {
        /// Of which licence.
        licence: LicenceId,
        /// Which lease.
        lease: LeaseId,
        /// Whose.
        person: PersonId,
        /// The token's number.
        token: u32,
        /// The fencing number.
        fence: u64,
        /// When.
        at: Timestamp,
        /// Since when it had been kept.
        lingering_since: Timestamp,
    },
    /// The holder was told that their hold will end.
    RecallAnnounced {
        /// Of which licence.
        licence: LicenceId,
        /// Which lease.
        lease: LeaseId,
        /// Whose.
        person: PersonId,
        /// The token's number.
        token: u32,
        /// The fencing number.
        fence: u64,
        /// What they were told.
        recall: Recall,
    },
    /// The hold goes on after all.
    RecallCancelled {
        /// Of which licence.
        licence: LicenceId,
        /// Which lease.
        lease: LeaseId,
        /// Whose.
        person: PersonId,
        /// The token's number.
        token: u32,
        /// The fencing number.
        fence: u64,
        /// When.
        at: Timestamp,
    },
    /// The holder took the token along, to work without a connection.
    Borrowed {
        /// Of which licence.
        licence: LicenceId,
        /// Which lease.
        lease: LeaseId,
        /// Whose.
        person: PersonId,
        /// The token's number.
        token: u32,
        /// The fencing number.
        fence: u64,
        /// When.
        at: Timestamp,
        /// Until when.
        until: Timestamp,
    },
    /// Somebody who waits works on a major incident now.
    Prioritised {
        /// Of which licence.
        licence: LicenceId,
        /// Which entry.
        entry: QueueEntryId,
        /// Whose.
        person: PersonId,
        /// When.
        at: Timestamp,
    },
    /// Somebody stands in line: an entry to insert.
    Queued {
        /// The new entry.
        entry: QueueEntry,
    },
    /// A waiting person is still there.
    WaiterSeen {
        /// Of which licence.
        licence: LicenceId,
        /// Which entry.
        entry: QueueEntryId,
        /// Whose.
        person: PersonId,
        /// When.
        at: Timestamp,
    },
    /// A free token is kept for somebody.
    Offered {
        /// Of which licence.
        licence: LicenceId,
        /// Which entry.
        entry: QueueEntryId,
        /// Whose.
        person: PersonId,
        /// The offer.
        offer: Offer,
    },
    /// The pool shrank and the offer no longer fits; the person waits on at their place.
    OfferWithdrawn {
        /// Of which licence.
        licence: LicenceId,
        /// Which entry.
        entry: QueueEntryId,
        /// Whose.
        person: PersonId,
        /// The token they were offered.
        token: u32,
        /// When; also the new `last_seen_at` of the entry.
        at: Timestamp,
    },
    /// Somebody is no longer in line.
    LeftQueue {
        /// Of which licence.
        licence: LicenceId,
        /// Which entry.
        entry: QueueEntryId,
        /// Whose.
        person: PersonId,
        /// When.
        at: Timestamp,
        /// Why.
        how: WaitEnd,
    },
    /// A checkout was refused.
    Denied {
        /// The record to insert.
        denial: Denial,
    },
    /// The number of tokens changed.
    CapacityChanged {
        /// Of which licence.
        licence: LicenceId,
        /// When.
        at: Timestamp,
        /// From how many.
        from: u32,
        /// To how many.
        to: u32,
    },
}

named! {
    /// How a wait ended.
    WaitEnd {
        /// They took the token they were offered.
        Taken = "taken",
        /// They declined it.
        Declined = "declined",
        /// They let the offer lapse.
        OfferLapsed = "offer_lapsed",
        /// They left the line.
        Left = "left",
        /// They gave no sign of life.
        Silent = "silent",
        /// They are no longer entitled.
        Revoked = "revoked",
        /// The licence ran out.
        TermEnded = "term_ended",
    }
}

impl PoolEvent {
    /// The stable name of the fact.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Acquired { how: Grant::Fresh | Grant::Held, .. } => "acquired",
            Self::Acquired { how: Grant::Revived { .. }, .. } => "revived",
            Self::Acquired { how: Grant::OfferTaken { .. }, .. } => "offer_taken",
            Self::Used { .. } => "used",
            Self::Seen { .. } | Self::WaiterSeen { .. } => "heartbeat",
            Self::Ended { end, .. } => end.state().as_str(),
            Self::Lingering { .. } => "lingering",
            Self::Resumed { .. } => "resumed",
            Self::RecallAnnounced { .. } => "recall_announced",
            Self::RecallCancelled { .. } => "recall_cancelled",
            Self::Borrowed { .. } => "borrowed",
            Self::Prioritised { .. } => "prioritised",
            Self::Queued { .. } => "queued",
            Self::Offered { .. } => "offered",
            Self::OfferWithdrawn { .. } => "offer_withdrawn",
            Self::LeftQueue { how: WaitEnd::Declined, .. } => "offer_declined",
            Self::LeftQueue { how: WaitEnd::OfferLapsed, .. } => "offer_lapsed",
            Self::LeftQueue { .. } => "left_queue",
            Self::Denied { .. } => "denied",
            Self::CapacityChanged { .. } => "capacity_changed",
        }
    }

    /// When it happened.
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Acquired { lease, .. } => lease.acquired_at,
            Self::Queued { entry } => entry.joined_at,
            Self::Offered { offer, .. } => offer.made_at,
            Self::Denied { denial } => denial.at,
            Self::RecallAnnounced { recall, .. } => recall.noticed_at,
            Self::Lingering { at, .. }
            | Self::Resumed { at, .. }
            | Self::RecallCancelled { at, .. }
            | Self::Borrowed { at, .. }
            | Self::Prioritised { at, .. }
            | Self::Used { at, .. }
            | Self::Seen { at, .. }
            | Self::Ended { at, .. }
            | Self::WaiterSeen { at, .. }
            | Self::OfferWithdrawn { at, .. }
            | Self::LeftQueue { at, .. }
            | Self::CapacityChanged { at, .. } => *at,
        }
    }

    /// Whom it is about, if one person.
    pub const fn person(&self) -> Option<PersonId> {
        match self {
            Self::Acquired { lease, .. } => Some(lease.person),
            Self::Queued { entry } => Some(entry.person),
            Self::Denied { denial } => Some(denial.person),
            Self::Used { person, .. }
            | Self::Seen { person, .. }
            | Self::Ended { person, .. }
            | Self::Lingering { person, .. }
            | Self::Resumed { person, .. }
            | Self::RecallAnnounced { person, .. }
            | Self::RecallCancelled { person, .. }
            | Self::Borrowed { person, .. }
            | Self::Prioritised { person, .. }
            | Self::WaiterSeen { person, .. }
            | Self::Offered { person, .. }
            | Self::OfferWithdrawn { person, .. }
            | Self::LeftQueue { person, .. } => Some(*person),
            Self::CapacityChanged { .. } => None,
        }
    }

    /// Which hold it is about, if one.
    pub const fn lease(&self) -> Option<LeaseId> {
        match self {
            Self::Acquired { lease, .. } => Some(lease.id),
            Self::Used { lease, .. }
            | Self::Seen { lease, .. }
            | Self::Ended { lease, .. }
            | Self::Lingering { lease, .. }
            | Self::Resumed { lease, .. }
            | Self::RecallAnnounced { lease, .. }
            | Self::RecallCancelled { lease, .. }
            | Self::Borrowed { lease, .. } => Some(*lease),
            Self::Prioritised { .. }
            | Self::Queued { .. }
            | Self::WaiterSeen { .. }
            | Self::Offered { .. }
            | Self::OfferWithdrawn { .. }
            | Self::LeftQueue { .. }
            | Self::Denied { .. }
            | Self::CapacityChanged { .. } => None,
        }
    }

    /// Whether the fact belongs in the history. Signs of life only move a time on a row, unless they end idleness.
    pub const fn is_history(&self) -> bool {
        !matches!(self, Self::Seen { .. } | Self::WaiterSeen { .. } | Self::Used { idle_since: None, .. })
    }

    pub(super) const fn used(lease: &Lease, cause: Cause, idle_since: Option<Timestamp>) -> Self {
        let Lease { id, licence, person, token, fence, last_active_at, .. } = *lease;
        Self::Used { licence, lease: id, person, token, fence, at: last_active_at, cause, idle_since }
    }

    pub(super) const fn seen(lease: &Lease) -> Self {
        let Lease { id, licence, person, token, fence, last_seen_at, .. } = *lease;
        Self::Seen { licence, lease: id, person, token, fence, at: last_seen_at }
    }

    pub(super) const fn ended(lease: &Lease, at: Timestamp, end: LeaseEnd) -> Self {
        let Lease { id, licence, person, token, fence, last_active_at, .. } = *lease;
        Self::Ended { licence, lease: id, person, token, fence, at, end, last_active_at }
    }

    pub(super) const fn lingering(lease: &Lease, at: Timestamp) -> Self {
        let Lease { id, licence, person, token, fence, .. } = *lease;
        Self::Lingering { licence, lease: id, person, token, fence, at }
    }

    pub(super) const fn resumed(lease: &Lease, at: Timestamp, lingering_since: Timestamp) -> Self {
        let Lease { id, licence, person, token, fence, .. } = *lease;
        Self::Resumed { licence, lease: id, person, token, fence, at, lingering_since }
    }

    pub(super) const fn recall_announced(lease: &Lease, recall: Recall) -> Self {
        let Lease { id, licence, person, token, fence, .. } = *lease;
        Self::RecallAnnounced { licence, lease: id, person, token, fence, recall }
    }

    pub(super) const fn recall_cancelled(lease: &Lease, at: Timestamp) -> Self {
        let Lease { id, licence, person, token, fence, .. } = *lease;
        Self::RecallCancelled { licence, lease: id, person, token, fence, at }
    }

    pub(super) const fn borrowed(lease: &Lease, at: Timestamp, until: Timestamp) -> Self {
        let Lease { id, licence, person, token, fence, .. } = *lease;
        Self::Borrowed { licence, lease: id, person, token, fence, at, until }
    }
}
