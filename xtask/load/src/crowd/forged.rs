//! Histories made up for the checker to find fault with. People are numbers; so are the seconds since a beginning.

use std::collections::BTreeSet;

use domain::{
    LeaseId, LicenceId, PersonId, QueueEntryId, Timestamp,
    identity::Channel,
    licence::{
        Action, Cause, Grant, Lease, LeaseEnd, PoolEvent,
        pool::{Offer, QueueEntry, WaitEnd},
    },
};
use uuid::Uuid;

pub(super) fn when(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).expect("a moment of these years")
}

pub(super) fn person(number: u128) -> PersonId {
    PersonId::from(Uuid::from_u128(number))
}

pub(super) fn people(numbers: &[u128]) -> BTreeSet<PersonId> {
    numbers.iter().map(|number| person(*number)).collect()
}

fn licence() -> LicenceId {
    LicenceId::from(Uuid::from_u128(99))
}

fn lease_id(fence: u64) -> LeaseId {
    LeaseId::from(Uuid::from_u128(fence.into()))
}

/// Nobody here waits twice.
fn entry(who: u128) -> QueueEntryId {
    QueueEntryId::from(Uuid::from_u128(who))
}

const CAUSE: Cause = Cause { action: Action::TicketNote, ticket: None, channel: Channel::Api };

fn lease(who: u128, token: u32, fence: u64, second: i64) -> Lease {
    Lease {
        id: lease_id(fence),
        licence: licence(),
        person: person(who),
        token,
        fence,
        acquired_at: when(second),
        acquired_by: CAUSE,
        last_seen_at: when(second),
        last_active_at: when(second),
        ended: None,
        claim: domain::licence::Claim::default(),
        lingering_since: None,
        borrowed_until: None,
        recall: None,
    }
}

pub(super) fn acquired(who: u128, token: u32, fence: u64, second: i64, how: Grant) -> PoolEvent {
    PoolEvent::Acquired { lease: lease(who, token, fence, second), how }
}

pub(super) fn taken(who: u128) -> Grant {
    Grant::OfferTaken { entry: entry(who) }
}

pub(super) fn released(who: u128, fence: u64, second: i64) -> PoolEvent {
    ended(who, fence, second, LeaseEnd::Released)
}

pub(super) fn fell_silent(who: u128, fence: u64, second: i64) -> PoolEvent {
    ended(who, fence, second, LeaseEnd::Silent)
}

fn ended(who: u128, fence: u64, second: i64, end: LeaseEnd) -> PoolEvent {
    PoolEvent::Ended {
        licence: licence(),
        lease: lease_id(fence),
        person: person(who),
        token: 0,
        fence,
        at: when(second),
        end,
        last_active_at: when(second),
    }
}

pub(super) fn queued(who: u128, place: u64, second: i64) -> PoolEvent {
    PoolEvent::Queued {
        entry: QueueEntry {
            id: entry(who),
            licence: licence(),
            person: person(who),
            place,
            joined_at: when(second),
            wanted_for: CAUSE,
            last_seen_at: when(second),
            offer: None,
            groups: Vec::new(),
            priority: domain::licence::Priority::Normal,
        },
    }
}

/// For five seconds.
pub(super) fn offered(who: u128, token: u32, second: i64) -> PoolEvent {
    let offer = Offer {
        token,
        made_at: when(second),
        until: when(second + 5),
        share: domain::licence::Share::General,
        overdrawn: false,
    };
    PoolEvent::Offered { licence: licence(), entry: entry(who), person: person(who), offer }
}

pub(super) fn left(who: u128, second: i64, how: WaitEnd) -> PoolEvent {
    PoolEvent::LeftQueue { licence: licence(), entry: entry(who), person: person(who), at: when(second), how }
}
