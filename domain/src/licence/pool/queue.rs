//! The line for a pool: places, offers, and where a person stands.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Ids, Pool, PoolEvent, WaitEnd};
use crate::{
    LeaseId, LicenceId, PersonId, QueueEntryId,
    licence::{Cause, Grant, LeaseState, TermPhase, Verdict, after},
};

/// A person in line.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct QueueEntry {
    /// Which entry.
    pub id: QueueEntryId,
    /// Of which licence.
    pub licence: LicenceId,
    /// Whose.
    pub person: PersonId,
    /// The order of the line: strictly increasing per licence, never reused. What people call their place is their
    /// position among those who wait ([`Standing`]).
    pub place: u64,
    /// Since when.
    pub joined_at: Timestamp,
    /// What they want to do.
    pub wanted_for: Cause,
    /// The last sign of life. Who is silent for time to live and drift leaves the line.
    pub last_seen_at: Timestamp,
    /// The token they are offered, if they are.
    pub offer: Option<Offer>,
}

/// A token kept for the person at the head of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Offer {
    /// Its number.
    pub token: u32,
    /// Since when.
    pub made_at: Timestamp,
    /// How long; the first moment at which it is no longer theirs.
    pub until: Timestamp,
}

/// Where a person stands with a pool.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// They hold a token.
    Holding {
        /// By which lease.
        lease: LeaseId,
        /// Its number.
        token: u32,
        /// The fencing number.
        fence: u64,
        /// Since when.
        since: Timestamp,
        /// Active or idle.
        state: LeaseState,
        /// Until when it is theirs without another sign of life.
        protected_until: Timestamp,
    },
    /// A token is kept for them.
    Offered {
        /// Their entry.
        entry: QueueEntryId,
        /// The token's number.
        token: u32,
        /// How long it is kept.
        until: Timestamp,
    },
    /// They wait.
    Waiting {
        /// Their entry.
        entry: QueueEntryId,
        /// Their place, from 1.
        place: u32,
        /// Who waits before them, first first.
        ahead: Vec<PersonId>,
        /// How long it usually takes, where the pool's history says.
        expected_wait: Option<SignedDuration>,
    },
    /// Nothing is theirs.
    Nothing,
}

impl Pool {
    /// Where `person` stands at `now`, as of the last operation.
    pub fn standing(&self, now: Timestamp, person: PersonId) -> Standing {
        let rules = &self.licence.rules;
        if let Some(lease) = self.lease_of(person) {
            return Standing::Holding {
                lease: lease.id,
                token: lease.token,
                fence: lease.fence,
                since: lease.acquired_at,
                state: lease.state(rules, now),
                protected_until: lease.protected_until(rules),
            };
        }
        let Some(waiter) = self.waiter(person) else { return Standing::Nothing };
        let entry = &self.queue[waiter];
        match entry.offer {
            Some(offer) => Standing::Offered { entry: entry.id, token: offer.token, until: offer.until },
            None => Standing::Waiting {
                entry: entry.id,
                place: place(waiter),
                ahead: self.ahead(waiter),
                expected_wait: self.expected_wait(waiter),
            },
        }
    }

    pub(super) fn waiter(&self, person: PersonId) -> Option<usize> {
        self.queue.iter().position(|entry| entry.person == person)
    }

    pub(super) fn queued(&self, waiter: usize) -> Verdict {
        Verdict::Queued {
            licence: self.licence.id,
            entry: self.queue[waiter].id,
            place: place(waiter),
            ahead: self.ahead(waiter),
            holders: self.live.iter().map(|lease| lease.person).collect(),
            expected_wait: self.expected_wait(waiter),
        }
    }

    pub(super) fn enqueue(
        &mut self,
        now: Timestamp,
        person: PersonId,
        wanted_for: Cause,
        ids: Ids<'_>,
        events: &mut Vec<PoolEvent>,
    ) -> usize {
        let entry = QueueEntry {
            id: QueueEntryId::from(ids()),
            licence: self.licence.id,
            person,
            place: self.counters.next_place,
            joined_at: now,
            wanted_for,
            last_seen_at: now,
            offer: None,
        };
        self.counters.next_place += 1;
        events.push(PoolEvent::Queued { entry: entry.clone() });
        self.queue.push(entry);
        self.queue.len() - 1
    }

    pub(super) fn see_waiter(&mut self, waiter: usize, now: Timestamp, events: &mut Vec<PoolEvent>) {
        let entry = &mut self.queue[waiter];
        entry.last_seen_at = now;
        events.push(PoolEvent::WaiterSeen {
            licence: entry.licence,
            entry: entry.id,
            person: entry.person,
            at: now,
        });
    }

    pub(super) fn leave_queue(
        &mut self,
        waiter: usize,
        at: Timestamp,
        how: WaitEnd,
        events: &mut Vec<PoolEvent>,
    ) -> QueueEntryId {
        let QueueEntry { id, licence, person, .. } = self.queue.remove(waiter);
        events.push(PoolEvent::LeftQueue { licence, entry: id, person, at, how });
        id
    }

    /// The waiter at `waiter` takes the token they are offered.
    pub(super) fn redeem(
        &mut self,
        waiter: usize,
        now: Timestamp,
        cause: Cause,
        ids: Ids<'_>,
        events: &mut Vec<PoolEvent>,
    ) -> Verdict {
        let QueueEntry { person, offer, .. } = self.queue[waiter];
        let entry = self.leave_queue(waiter, now, WaitEnd::Taken, events);
        let token = offer.map(|offer| offer.token).expect("callers looked: this waiter has an offer");
        self.grant(now, person, token, cause, Grant::OfferTaken { entry }, ids, events)
    }

    /// Offers free tokens to the line, first first, while there is room.
    pub(super) fn make_offers(&mut self, now: Timestamp, events: &mut Vec<PoolEvent>) {
        if self.licence.term.phase(now) != TermPhase::Running {
            return;
        }
        while let Some(waiter) = self.queue.iter().position(|entry| entry.offer.is_none()) {
            if self.in_use() >= self.licence.quantity as usize {
                return;
            }
            let Some(token) = self.free_token() else { return };
            let offer = Offer { token, made_at: now, until: after(now, self.licence.rules.offer_window) };
            let entry = &mut self.queue[waiter];
            entry.offer = Some(offer);
            events.push(PoolEvent::Offered {
                licence: entry.licence,
                entry: entry.id,
                person: entry.person,
                offer,
            });
        }
    }

    pub(super) fn withdraw_offers(&mut self, now: Timestamp, events: &mut Vec<PoolEvent>) {
        for entry in &mut self.queue {
            if let Some(offer) = entry.offer.take() {
                // They waited for an answer of ours, so the wait for theirs starts anew.
                entry.last_seen_at = now;
                events.push(PoolEvent::OfferWithdrawn {
                    licence: entry.licence,
                    entry: entry.id,
                    person: entry.person,
                    token: offer.token,
                    at: now,
                });
            }
        }
    }

    fn ahead(&self, waiter: usize) -> Vec<PersonId> {
        self.queue[..waiter].iter().map(|entry| entry.person).collect()
    }

    /// With all tokens busy, one frees every `mean hold / tokens` (the departure rate of a full M/M/n queue).
    fn expected_wait(&self, waiter: usize) -> Option<SignedDuration> {
        let tokens = i32::try_from(self.licence.quantity).ok().filter(|tokens| *tokens > 0)?;
        let places = i32::try_from(waiter + 1).ok()?;
        self.mean_hold?.checked_mul(places)?.checked_div(tokens)
    }
}

fn place(waiter: usize) -> u32 {
    u32::try_from(waiter + 1).unwrap_or(u32::MAX)
}
