//! The line for a pool: places, offers, and where a person stands.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Ids, Pool, PoolEvent, WaitEnd, room::Want};
use crate::{
    GroupId, LeaseId, LicenceId, PersonId, QueueEntryId,
    licence::{
        Cause, Claim, Claimant, DenialReason, Grant, LeaseState, PoolRules, Priority, Recall, Share, Verdict,
        after,
    },
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
    /// Their groups that mattered when they came, in order of their ids.
    #[serde(default)]
    pub groups: Vec<GroupId>,
    /// How pressing it is.
    #[serde(default)]
    pub priority: Priority,
}

impl QueueEntry {
    /// Whether nobody may pass: they work on a major incident, or have let others pass for long enough.
    pub fn presses(&self, rules: &PoolRules, now: Timestamp) -> bool {
        self.priority == Priority::Major || after(self.joined_at, rules.patience) <= now
    }
}

/// What going down the line has left.
#[derive(PartialEq, Eq)]
enum Round {
    /// Nobody who waits can have anything.
    Done,
    /// Somebody who was passed may have something now.
    Again,
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
    /// The part of the pool it counts against.
    #[serde(default)]
    pub share: Share,
    /// Beyond the number of tokens.
    #[serde(default)]
    pub overdrawn: bool,
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
        /// Its announced end, if somebody else needs it.
        recall: Option<Recall>,
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
                recall: lease.recall,
            };
        }
        let Some(waiter) = self.waiter(person) else { return Standing::Nothing };
        let entry = &self.queue[waiter];
        if let Some(offer) = entry.offer {
            return Standing::Offered { entry: entry.id, token: offer.token, until: offer.until };
        }
        let ahead = self.ahead(waiter, now);
        let expected_wait = self.expected_wait(ahead.len());
        Standing::Waiting { entry: entry.id, place: place(ahead.len()), ahead, expected_wait }
    }

    pub(super) fn waiter(&self, person: PersonId) -> Option<usize> {
        self.queue.iter().position(|entry| entry.person == person)
    }

    pub(super) fn queued(&self, waiter: usize, now: Timestamp) -> Verdict {
        let entry = &self.queue[waiter];
        let ahead = self.ahead(waiter, now);
        Verdict::Queued {
            licence: self.licence.id,
            entry: entry.id,
            place: place(ahead.len()),
            expected_wait: self.expected_wait(ahead.len()),
            ahead,
            holders: self.live.iter().map(|lease| lease.person).collect(),
            reason: self.room(&entry.groups, true).err().unwrap_or(DenialReason::NoFreeToken),
        }
    }

    pub(super) fn enqueue(
        &mut self,
        now: Timestamp,
        who: &Claimant,
        wanted_for: Cause,
        ids: Ids<'_>,
        events: &mut Vec<PoolEvent>,
    ) -> usize {
        let entry = QueueEntry {
            id: QueueEntryId::from(ids()),
            licence: self.licence.id,
            person: who.person,
            place: self.counters.next_place,
            joined_at: now,
            wanted_for,
            last_seen_at: now,
            offer: None,
            groups: who.groups.clone(),
            priority: who.priority,
        };
        self.counters.next_place += 1;
        events.push(PoolEvent::Queued { entry: entry.clone() });
        self.queue.push(entry);
        self.queue.len() - 1
    }

    /// Somebody who waits has become more pressing. Nobody becomes less so: what was promised stands.
    pub(super) fn prioritise(&mut self, waiter: usize, now: Timestamp, events: &mut Vec<PoolEvent>) {
        let entry = &mut self.queue[waiter];
        entry.priority = Priority::Major;
        let QueueEntry { licence, id, person, .. } = *entry;
        events.push(PoolEvent::Prioritised { licence, entry: id, person, at: now });
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
        let QueueEntry { person, offer, groups, .. } = self.queue[waiter].clone();
        let entry = self.leave_queue(waiter, now, WaitEnd::Taken, events);
        let Offer { token, share, overdrawn, .. } = offer.expect("callers looked: this waiter has an offer");
        let claim = Claim { groups, share, overdrawn };
        self.grant(now, person, (token, claim), cause, Grant::OfferTaken { entry }, ids, events)
    }

    /// Offers tokens to the line, first first: those that are free, and those that others must give up for it. Who can
    /// take nothing that there is lets others pass that can; nobody is passed for what they could have had.
    pub(super) fn make_offers(&mut self, now: Timestamp, events: &mut Vec<PoolEvent>) {
        if self.queue.iter().any(|entry| entry.offer.is_none()) && self.grants_at(now) {
            while self.go_down_the_line(now, events) == Round::Again {}
        }
        self.announce_recalls(now, events);
    }

    /// Offers what there is, until the line ends or somebody who was passed may be served after all.
    fn go_down_the_line(&mut self, now: Timestamp, events: &mut Vec<PoolEvent>) -> Round {
        let rules = self.licence.rules;
        let mut in_vain: HashSet<(Vec<GroupId>, Priority)> = HashSet::new();
        for waiter in self.line(now) {
            let entry = &self.queue[waiter];
            let want = Want::of(entry, &rules, now);
            let kind = want.kind();
            if entry.offer.is_some() || in_vain.contains(&kind) {
                continue;
            }
            let held = self.live.len();
            match self.find_room(now, &want, events) {
                Ok(room) => {
                    self.offer(waiter, room, now, events);
                    // What was taken from its holder counts no longer against a limit of their groups, and what is kept
                    // for members is lent once none of them waits.
                    let may_help = self.live.len() < held || self.lends();
                    if may_help && !in_vain.is_empty() {
                        return Round::Again;
                    }
                }
                Err(_) => {
                    in_vain.insert(kind);
                }
            }
        }
        Round::Done
    }

    fn offer(
        &mut self,
        waiter: usize,
        (token, claim): (u32, Claim),
        now: Timestamp,
        events: &mut Vec<PoolEvent>,
    ) {
        let until = after(now, self.licence.rules.offer_window);
        let Claim { share, overdrawn, .. } = claim;
        let offer = Offer { token, made_at: now, until, share, overdrawn };
        let entry = &mut self.queue[waiter];
        entry.offer = Some(offer);
        let QueueEntry { licence, id, person, .. } = *entry;
        events.push(PoolEvent::Offered { licence, entry: id, person, offer });
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

    /// The line in the order in which it is served at `now`: who has an offer; who works on a major incident, and who
    /// has let others pass for as long as the pool's patience; then everybody else. Among equals, who came first. By their positions in
    /// [`Self::queue`].
    pub fn line(&self, now: Timestamp) -> Vec<usize> {
        let rules = &self.licence.rules;
        let key = |waiter: &usize| {
            let entry = &self.queue[*waiter];
            (entry.offer.is_none(), !entry.presses(rules, now), entry.place)
        };
        let mut line: Vec<_> = (0..self.queue.len()).collect();
        line.sort_by_key(key);
        line
    }

    fn ahead(&self, waiter: usize, now: Timestamp) -> Vec<PersonId> {
        let line = self.line(now).into_iter().take_while(|other| *other != waiter);
        line.map(|other| self.queue[other].person).collect()
    }

    /// With all tokens busy, one frees every `mean hold / tokens` (the departure rate of a full M/M/n queue).
    fn expected_wait(&self, ahead: usize) -> Option<SignedDuration> {
        let tokens = i32::try_from(self.licence.quantity).ok().filter(|tokens| *tokens > 0)?;
        let places = i32::try_from(ahead + 1).ok()?;
        self.mean_hold?.checked_mul(places)?.checked_div(tokens)
    }
}

fn place(ahead: usize) -> u32 {
    u32::try_from(ahead + 1).unwrap_or(u32::MAX)
}
