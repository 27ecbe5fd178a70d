//! The pool of one concurrent licence: who holds which token, who waits, and what happens next.
//!
//! A [`Pool`] is loaded whole (at most one lease per token, and the line), changed by one operation and left to the
//! caller, who stores the [`PoolEvent`]s it returned in the same transaction. Every operation first settles what fell due
//! since the last one. Operations return their events even when they refuse: what fell due is a fact all the same.
//!
//! **Time.** Processes have clocks that differ by up to [`PoolRules::drift`](super::PoolRules::drift). A pool's own time
//! never runs backward: it is the latest time any process has brought to it, in whole microseconds, as it is stored (what a
//! process knew more exactly, the next would not know, and would step back by it). So facts are in order by time, a token's
//! holds never overlap, and a clock that is set back makes the pool's time stand still rather than wind back. A holder is
//! safe until `last_seen + ttl` by the clock of the process that serves them; another person gets the token only once the
//! pool's time reaches `last_seen + ttl + drift`.

mod borrow;
mod event;
mod fenced;
mod load;
mod queue;
mod room;

use jiff::Timestamp;
use uuid::Uuid;

pub use borrow::BorrowError;
pub use event::{PoolEvent, WaitEnd};
pub use fenced::{FencedHold, Overtaken};
pub use load::{BrokenPool, Counters, PoolRows};
pub use queue::{Offer, QueueEntry, Standing};

use self::room::Want;
use super::{
    Cause, Claim, Claimant, Denial, DenialReason, Grant, Lease, LeaseEnd, Licence, PoolAccess, PoolRules,
    Priority, RecallReason, Refusal, Verdict,
};
use crate::{DenialId, LeaseId, PersonId, QueueEntryId};

/// A source of fresh identifiers, for example `&mut || new_id(now, &mut random)`.
pub type Ids<'a> = &'a mut dyn FnMut() -> Uuid;

/// One concurrent licence with everything that decides about its tokens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pool {
    licence: Licence,
    /// Live leases, by token.
    live: Vec<Lease>,
    /// Leases that ended in silence inside the revival window and whose holders have had no other since, by fence.
    revivable: Vec<Lease>,
    /// The line, by place.
    queue: Vec<QueueEntry>,
    counters: Counters,
    mean_hold: Option<jiff::SignedDuration>,
}

/// There is nothing to give back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "no token of this licence is held; it was given back or has run out, and there is nothing left to do"
)]
pub struct NotHolding;

/// Why a token cannot be taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotTake {
    /// Nothing is held.
    #[error("this person holds no token of the licence; there is nothing to take away")]
    NotHolding,
    /// It is borrowed.
    #[error(
        "the token is borrowed until {until} for work without a connection; ask its holder to give it back"
    )]
    Borrowed {
        /// Until when.
        until: Timestamp,
    },
}

/// There is no place to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not in line for this licence; there is nothing to leave")]
pub struct NotWaiting;

/// There is no open offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "no token is on offer; an offer lapses when its time is over. Stand in line again to get the next one"
)]
pub struct NoOffer;

impl Pool {
    /// The licence as the pool knows it; its quantity is the pool's limit.
    pub const fn licence(&self) -> &Licence {
        &self.licence
    }

    /// The live leases, by number of token.
    pub fn leases(&self) -> &[Lease] {
        &self.live
    }

    /// The line, first first.
    pub fn queue(&self) -> &[QueueEntry] {
        &self.queue
    }

    /// The counters to store with the events: whenever there are events, there are new counters.
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// Brings the pool to `now`: ends silent leases at the moment they ran out, lapses offers, ends everything with the
    /// term, and offers free tokens to the line.
    pub fn settle(&mut self, now: Timestamp) -> Vec<PoolEvent> {
        let mut events = Vec::new();
        self.advance(now, &mut events);
        events
    }

    /// The person does a licensed act: they keep their token, take the one they are offered, regain the one they had,
    /// get a free one or one that others can spare, or stand in line. That they are entitled is the caller's to check.
    pub fn checkout(
        &mut self,
        now: Timestamp,
        who: impl Into<Claimant>,
        cause: Cause,
        ids: Ids<'_>,
    ) -> (Verdict, Vec<PoolEvent>) {
        let who = self.claimant(who.into());
        let person = who.person;
        let mut events = Vec::new();
        let now = self.advance(now, &mut events);
        if let Some(refusal) = Refusal::of_term(&self.licence, now) {
            self.deny(now, person, cause, refusal.reason(), ids, &mut events);
            return (Verdict::Refused(refusal), events);
        }
        if let Some(holder) = self.holder(person) {
            return (self.use_lease(holder, now, cause, &mut events), events);
        }
        if let Some(waiter) = self.waiter(person) {
            return (self.come_again(waiter, now, &who, cause, ids, &mut events), events);
        }
        if let Some(refusal) = Refusal::of_access(&self.licence, &who.groups, now) {
            self.deny(now, person, cause, refusal.reason(), ids, &mut events);
            return (Verdict::Refused(refusal), events);
        }
        let rules = self.licence.rules;
        let next = who.priority == Priority::Major
            && self.queue.iter().any(|entry| entry.offer.is_none() && entry.presses(&rules, now));
        if next {
            // There are others whom nobody passes.
            return (self.stand_in_line(now, &who, cause, ids, &mut events), events);
        }
        let verdict = match self.find_room(now, &Want::by(&who), &mut events) {
            Ok(room) => {
                let how = self.how(person, room.0);
                let granted = self.grant(now, person, room, cause, how, ids, &mut events);
                // What was taken from somebody for it may let others in who were held back by that holder's limit.
                self.make_offers(now, &mut events);
                granted
            }
            Err(reason) => {
                self.deny(now, person, cause, reason, ids, &mut events);
                let waiter = self.enqueue(now, &who, cause, ids, &mut events);
                self.announce_recalls(now, &mut events);
                self.queued(waiter, now)
            }
        };
        (verdict, events)
    }

    /// Somebody takes the place that is theirs, and the token that may be theirs in it.
    fn stand_in_line(
        &mut self,
        now: Timestamp,
        who: &Claimant,
        cause: Cause,
        ids: Ids<'_>,
        events: &mut Vec<PoolEvent>,
    ) -> Verdict {
        let waiter = self.enqueue(now, who, cause, ids, events);
        self.make_offers(now, events);
        if self.queue[waiter].offer.is_some() {
            return self.redeem(waiter, now, cause, ids, events);
        }
        let reason = self.room(&who.groups, true).err().unwrap_or(DenialReason::NoFreeToken);
        self.deny(now, who.person, cause, reason, ids, events);
        self.queued(waiter, now)
    }

    /// Somebody who waits does another licensed act.
    fn come_again(
        &mut self,
        waiter: usize,
        now: Timestamp,
        who: &Claimant,
        cause: Cause,
        ids: Ids<'_>,
        events: &mut Vec<PoolEvent>,
    ) -> Verdict {
        if self.queue[waiter].offer.is_none() {
            self.see_waiter(waiter, now, events);
            if who.priority > self.queue[waiter].priority {
                self.prioritise(waiter, now, events);
                self.make_offers(now, events);
            }
        }
        if self.queue[waiter].offer.is_some() {
            self.redeem(waiter, now, cause, ids, events)
        } else {
            self.queued(waiter, now)
        }
    }

    /// With the groups that matter here.
    fn claimant(&self, mut who: Claimant) -> Claimant {
        who.groups = self.licence.access.relevant(&who.groups);
        who
    }

    fn holder(&self, person: PersonId) -> Option<usize> {
        self.live.iter().position(|lease| lease.person == person)
    }

    /// Whether tokens are granted at `now`.
    fn grants_at(&self, now: Timestamp) -> bool {
        self.licence.term.runs(now) && self.licence.access.is_open(now)
    }

    /// An open page shows that the person is still there. It keeps what they have, a lease or a place, and takes nothing.
    pub fn heartbeat(&mut self, now: Timestamp, person: PersonId) -> (Standing, Vec<PoolEvent>) {
        let mut events = Vec::new();
        let now = self.advance(now, &mut events);
        if let Some(lease) = self.live.iter_mut().find(|lease| lease.person == person) {
            // An open page does not want back what its person has given back.
            if lease.lingering_since.is_none() {
                lease.last_seen_at = now;
                events.push(PoolEvent::seen(lease));
            }
        } else if let Some(waiter) = self.waiter(person) {
            self.see_waiter(waiter, now, &mut events);
        }
        (self.standing(now, person), events)
    }

    /// The holder gives their token back. Where somebody waits, or the pool keeps nothing for anybody, it is free at once;
    /// otherwise it lingers for its holder until somebody else needs it or the time is over. Giving it back twice frees it.
    pub fn release(
        &mut self,
        now: Timestamp,
        person: PersonId,
    ) -> (Result<LeaseId, NotHolding>, Vec<PoolEvent>) {
        let mut events = Vec::new();
        let now = self.advance(now, &mut events);
        let linger = self.licence.rules.linger > jiff::SignedDuration::ZERO
            && self.queue.iter().all(|entry| entry.offer.is_some());
        let released = self.holder(person).ok_or(NotHolding).map(|holder| {
            let lease = &mut self.live[holder];
            let id = lease.id;
            if linger && lease.lingering_since.is_none() {
                lease.lingering_since = Some(now);
                lease.borrowed_until = None;
                events.push(PoolEvent::lingering(lease, now));
            } else {
                self.end(holder, now, LeaseEnd::Released, &mut events);
                self.make_offers(now, &mut events);
            }
            id
        });
        (released, events)
    }

    /// A licence manager takes the token away. The holder may ask for another like anybody else. A borrowed token is out
    /// of reach: its holder works on with it wherever they are.
    pub fn force_release(
        &mut self,
        now: Timestamp,
        person: PersonId,
        by: PersonId,
    ) -> (Result<LeaseId, CannotTake>, Vec<PoolEvent>) {
        let mut events = Vec::new();
        let now = self.advance(now, &mut events);
        let taken = self.holder(person).ok_or(CannotTake::NotHolding).and_then(|holder| {
            let lease = &self.live[holder];
            let id = lease.id;
            if let Some(until) = lease.borrowed_until.filter(|until| now < *until) {
                return Err(CannotTake::Borrowed { until });
            }
            self.end(holder, now, LeaseEnd::Reclaimed { by }, &mut events);
            self.make_offers(now, &mut events);
            Ok(id)
        });
        (taken, events)
    }

    /// The person is no longer entitled: their lease and their place in line end.
    pub fn revoke(&mut self, now: Timestamp, person: PersonId, by: Option<PersonId>) -> Vec<PoolEvent> {
        let mut events = Vec::new();
        let now = self.advance(now, &mut events);
        if let Some(holder) = self.holder(person) {
            self.end(holder, now, LeaseEnd::Revoked { by }, &mut events);
        }
        if let Some(waiter) = self.waiter(person) {
            self.leave_queue(waiter, now, WaitEnd::Revoked, &mut events);
        }
        self.make_offers(now, &mut events);
        events
    }

    /// The person stands in line without having tried anything. Who holds a token or waits already keeps what they have;
    /// a free token is offered at once.
    pub fn join(
        &mut self,
        now: Timestamp,
        who: impl Into<Claimant>,
        cause: Cause,
        ids: Ids<'_>,
    ) -> (Result<Standing, Refusal>, Vec<PoolEvent>) {
        let who = self.claimant(who.into());
        let person = who.person;
        let mut events = Vec::new();
        let now = self.advance(now, &mut events);
        let refusal = Refusal::of_term(&self.licence, now)
            .or_else(|| Refusal::of_access(&self.licence, &who.groups, now));
        if let Some(waiter) = self.waiter(person) {
            self.see_waiter(waiter, now, &mut events);
        } else if self.lease_of(person).is_none() {
            if let Some(refusal) = refusal {
                self.deny(now, person, cause, refusal.reason(), ids, &mut events);
                return (Err(refusal), events);
            }
            self.enqueue(now, &who, cause, ids, &mut events);
            self.make_offers(now, &mut events);
        }
        (Ok(self.standing(now, person)), events)
    }

    /// The person leaves the line, and the token they may have been offered goes to the next.
    pub fn leave(
        &mut self,
        now: Timestamp,
        person: PersonId,
    ) -> (Result<QueueEntryId, NotWaiting>, Vec<PoolEvent>) {
        let mut events = Vec::new();
        let now = self.advance(now, &mut events);
        let left = self.waiter(person).ok_or(NotWaiting).map(|waiter| {
            let entry = self.leave_queue(waiter, now, WaitEnd::Left, &mut events);
            self.make_offers(now, &mut events);
            entry
        });
        (left, events)
    }

    /// The person takes the token they are offered. Taking it twice is taking it once.
    pub fn take_offer(
        &mut self,
        now: Timestamp,
        person: PersonId,
        cause: Cause,
        ids: Ids<'_>,
    ) -> (Result<Verdict, NoOffer>, Vec<PoolEvent>) {
        let mut events = Vec::new();
        let now = self.advance(now, &mut events);
        let taken = if let Some(holder) = self.holder(person) {
            Ok(self.use_lease(holder, now, cause, &mut events))
        } else {
            match self.waiter(person) {
                Some(waiter) if self.queue[waiter].offer.is_some() => {
                    Ok(self.redeem(waiter, now, cause, ids, &mut events))
                }
                _ => Err(NoOffer),
            }
        };
        (taken, events)
    }

    /// The person does not want the token they are offered; they leave the line and it goes to the next.
    pub fn decline_offer(
        &mut self,
        now: Timestamp,
        person: PersonId,
    ) -> (Result<QueueEntryId, NoOffer>, Vec<PoolEvent>) {
        let mut events = Vec::new();
        let now = self.advance(now, &mut events);
        let offered = self.waiter(person).filter(|waiter| self.queue[*waiter].offer.is_some());
        let declined = offered.ok_or(NoOffer).map(|waiter| {
            let entry = self.leave_queue(waiter, now, WaitEnd::Declined, &mut events);
            self.make_offers(now, &mut events);
            entry
        });
        (declined, events)
    }

    /// More or fewer tokens. Cut below use, nobody is thrown out and nothing is granted until use falls below the limit;
    /// token numbers above it run out with their holders. Open offers that no longer fit go back to waiting, all of them
    /// and in their order.
    pub fn set_quantity(&mut self, now: Timestamp, quantity: u32) -> Vec<PoolEvent> {
        let (rules, access) = (self.licence.rules, self.licence.access.clone());
        self.reconfigure(now, quantity, rules, access)
    }

    /// Other rules, as for [`Self::set_quantity`]: nobody loses what they hold, and what waits is served by the new rules.
    /// Who is no longer admitted leaves the line. The caller has checked the rules.
    pub fn reconfigure(
        &mut self,
        now: Timestamp,
        quantity: u32,
        rules: PoolRules,
        access: PoolAccess,
    ) -> Vec<PoolEvent> {
        let mut events = Vec::new();
        let now = self.advance(now, &mut events);
        let from = std::mem::replace(&mut self.licence.quantity, quantity);
        let same_rules = self.licence.access == access && self.licence.rules == rules;
        if from == quantity && same_rules {
            return events;
        }
        self.licence.rules = rules;
        self.licence.access = access;
        if from != quantity {
            events.push(PoolEvent::CapacityChanged { licence: self.licence.id, at: now, from, to: quantity });
        }
        while let Some(outsider) =
            self.queue.iter().position(|entry| !self.licence.access.admits(&entry.groups))
        {
            self.leave_queue(outsider, now, WaitEnd::Revoked, &mut events);
        }
        let fits = same_rules
            && self.in_use() <= self.limit() as usize
            && self.queue.iter().filter_map(|entry| entry.offer).all(|offer| offer.token <= self.limit());
        if !fits {
            self.withdraw_offers(now, &mut events);
        }
        self.make_offers(now, &mut events);
        events
    }

    /// The lease the person holds.
    pub fn lease_of(&self, person: PersonId) -> Option<&Lease> {
        self.live.iter().find(|lease| lease.person == person)
    }

    /// Tokens that there are, overdraft included.
    const fn limit(&self) -> u32 {
        self.licence.quantity.saturating_add(self.licence.rules.overdraft)
    }

    /// Tokens held or on offer.
    fn in_use(&self) -> usize {
        self.live.len() + self.queue.iter().filter(|entry| entry.offer.is_some()).count()
    }

    /// Moves the pool's time to `now` and settles everything due on the way, in the order of its moments.
    fn advance(&mut self, now: Timestamp, events: &mut Vec<PoolEvent>) -> Timestamp {
        let now = whole_micros(now).max(self.counters.clock);
        let term_end = self.licence.term.over_at().filter(|end| *end <= now);
        let horizon = term_end.unwrap_or(now);
        while let Some((moment, due)) = self.next_due(horizon) {
            let at = self.tick(moment);
            match due {
                Due::Lease(holder, how) => self.end(holder, at, how, events),
                Due::Wait(waiter, how) => {
                    self.leave_queue(waiter, at, how, events);
                }
            }
        }
        if let Some(end) = term_end {
            let at = self.tick(end);
            while !self.live.is_empty() {
                self.end(0, at, LeaseEnd::TermEnded, events);
            }
            while !self.queue.is_empty() {
                self.leave_queue(0, at, WaitEnd::TermEnded, events);
            }
        }
        let now = self.tick(now);
        let window = self.licence.rules.revival_window;
        self.revivable.retain(|lease| lease.ended_at().is_some_and(|end| super::after(end, window) > now));
        self.make_offers(now, events);
        now
    }

    /// Moves the pool's time to `moment`, never backward, and says what it is now.
    fn tick(&mut self, moment: Timestamp) -> Timestamp {
        self.counters.clock = self.counters.clock.max(whole_micros(moment));
        self.counters.clock
    }

    /// The earliest thing that falls due up to `horizon`.
    fn next_due(&self, horizon: Timestamp) -> Option<(Timestamp, Due)> {
        let rules = &self.licence.rules;
        let leases = self.live.iter().enumerate().map(|(holder, lease)| {
            let (moment, how) = lease.runs_out(rules);
            (moment, Due::Lease(holder, how))
        });
        let waits = self.queue.iter().enumerate().map(|(waiter, entry)| match entry.offer {
            Some(offer) => (offer.until, Due::Wait(waiter, WaitEnd::OfferLapsed)),
            None => (super::after(entry.last_seen_at, rules.silence()), Due::Wait(waiter, WaitEnd::Silent)),
        });
        leases.chain(waits).filter(|(moment, _)| *moment <= horizon).min_by_key(|(moment, _)| *moment)
    }

    /// The number of the token that `person` gets when there is room: their own from before, or a free one that nobody
    /// could want back. Nobody waits for what they could have had, so this never passes the line.
    fn token_for(&self, person: PersonId) -> Option<u32> {
        let own = self.revivable.iter().find(|lease| lease.person == person && self.is_free(lease.token));
        own.map(|lease| lease.token).or_else(|| self.free_token())
    }

    fn how(&self, person: PersonId, token: u32) -> Grant {
        let own = self.revivable.iter().find(|lease| lease.person == person && lease.token == token);
        own.map_or(Grant::Fresh, |lease| Grant::Revived { from: lease.id })
    }

    fn taken(&self) -> impl Iterator<Item = u32> {
        let offered = self.queue.iter().filter_map(|entry| entry.offer).map(|offer| offer.token);
        self.live.iter().map(|lease| lease.token).chain(offered)
    }

    fn is_free(&self, token: u32) -> bool {
        token <= self.limit() && self.taken().all(|taken| taken != token)
    }

    /// Whether somebody who asks now gets a token whoever they are: one is free, nobody waits, and nothing is shared out
    /// among groups.
    pub fn serves_anybody(&self) -> bool {
        self.queue.is_empty() && self.licence.access == PoolAccess::default() && self.free_token().is_some()
    }

    /// The lowest free token, if possible one that no silent holder could still want back.
    fn free_token(&self) -> Option<u32> {
        let lowest = |mut taken: Vec<u32>| {
            taken.sort_unstable();
            taken.dedup();
            let gap = (1..).zip(&taken).find(|(number, taken)| number != *taken).map(|(number, _)| number);
            let number = gap.or_else(|| u32::try_from(taken.len() + 1).ok())?;
            (number <= self.limit()).then_some(number)
        };
        let wanted = self.revivable.iter().map(|lease| lease.token);
        lowest(self.taken().chain(wanted).collect()).or_else(|| lowest(self.taken().collect()))
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one call, one fact: each argument is a column of the lease"
    )]
    fn grant(
        &mut self,
        now: Timestamp,
        person: PersonId,
        (token, claim): (u32, Claim),
        cause: Cause,
        how: Grant,
        ids: Ids<'_>,
        events: &mut Vec<PoolEvent>,
    ) -> Verdict {
        let lease = Lease {
            id: LeaseId::from(ids()),
            licence: self.licence.id,
            person,
            token,
            fence: self.counters.next_fence,
            acquired_at: now,
            acquired_by: cause,
            last_seen_at: now,
            last_active_at: now,
            ended: None,
            claim,
            lingering_since: None,
            borrowed_until: None,
            recall: None,
        };
        self.counters.next_fence += 1;
        self.revivable.retain(|gone| gone.person != person);
        let verdict = granted(&lease, how);
        events.push(PoolEvent::Acquired { lease: lease.clone(), how });
        let at = self.live.partition_point(|held| held.token < token);
        self.live.insert(at, lease);
        verdict
    }

    /// A licensed act of a holder.
    fn use_lease(
        &mut self,
        holder: usize,
        now: Timestamp,
        cause: Cause,
        events: &mut Vec<PoolEvent>,
    ) -> Verdict {
        let lease = &mut self.live[holder];
        if let Some(since) = lease.lingering_since.take() {
            events.push(PoolEvent::resumed(lease, now, since));
        }
        if lease.recall.is_some_and(|recall| recall.why == RecallReason::Idle) {
            lease.recall = None;
            events.push(PoolEvent::recall_cancelled(lease, now));
        }
        let idle_since = lease.idle_since(&self.licence.rules, now);
        lease.last_seen_at = now;
        lease.last_active_at = now;
        events.push(PoolEvent::used(lease, cause, idle_since));
        granted(lease, Grant::Held)
    }

    fn end(&mut self, holder: usize, at: Timestamp, how: LeaseEnd, events: &mut Vec<PoolEvent>) {
        let mut lease = self.live.remove(holder);
        lease.ended = Some((at, how));
        events.push(PoolEvent::ended(&lease, at, how));
        if how == LeaseEnd::Silent {
            let at = self.revivable.partition_point(|gone| gone.fence < lease.fence);
            self.revivable.insert(at, lease);
        }
    }

    fn deny(
        &self,
        at: Timestamp,
        person: PersonId,
        cause: Cause,
        reason: DenialReason,
        ids: Ids<'_>,
        events: &mut Vec<PoolEvent>,
    ) {
        let id = DenialId::from(ids());
        let licence = Some(self.licence.id);
        events.push(PoolEvent::Denied { denial: Denial { id, licence, person, reason, cause, at } });
    }
}

/// Something that falls due by itself.
enum Due {
    /// The hold at this position is over.
    Lease(usize, LeaseEnd),
    /// The wait at this position is over.
    Wait(usize, WaitEnd),
}

/// A moment without what storage drops.
fn whole_micros(moment: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(moment.as_microsecond()).unwrap_or(moment)
}

fn granted(lease: &Lease, how: Grant) -> Verdict {
    Verdict::Token { licence: lease.licence, lease: lease.id, token: lease.token, fence: lease.fence, how }
}
