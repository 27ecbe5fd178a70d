//! Whether there is a token for somebody, and what others give up so that there is one.
//!
//! A pool is divided into what is kept for groups ([`Reservation`](crate::licence::Reservation)) and the rest. Each hold
//! and each offer counts against one part. Somebody gets, in this order: what is kept for their own groups; the rest;
//! what is kept for others and may be lent. If there is nothing, others give up what they need least: a token they have
//! given back and that only lingers; one they hold and are idle on; last, the pool is overdrawn, if it may be. What cannot
//! be had at once is announced to its holder ([`Recall`]).

use jiff::{SignedDuration, Timestamp};

use super::{Pool, PoolEvent, QueueEntry};
use crate::{
    GroupId, PersonId,
    licence::{
        Claim, Claimant, DenialReason, GroupLimit, Lease, LeaseEnd, Licence, PoolRules, Priority, Recall,
        RecallReason, Share, after,
    },
};

/// What somebody needs a token for, as far as it decides who gets one.
pub(super) struct Want {
    person: PersonId,
    groups: Vec<GroupId>,
    priority: Priority,
}

impl Want {
    /// Of somebody in line. Whom nobody may pass any more is as pressing as anybody.
    pub(super) fn of(entry: &QueueEntry, rules: &PoolRules, now: Timestamp) -> Self {
        let priority = if entry.presses(rules, now) { Priority::Major } else { Priority::Normal };
        Self { person: entry.person, groups: entry.groups.clone(), priority }
    }

    /// What decides whether looking for a token is in vain.
    pub(super) fn kind(&self) -> (Vec<GroupId>, Priority) {
        (self.groups.clone(), self.priority)
    }

    pub(super) fn by(who: &Claimant) -> Self {
        Self { person: who.person, groups: who.groups.clone(), priority: who.priority }
    }
}

/// How much of each part of a pool is held or on offer.
struct Ledger<'a> {
    licence: &'a Licence,
    total: u32,
    general: u32,
    /// By reservation.
    reserved: Vec<u32>,
    /// By limit.
    limited: Vec<u32>,
    /// The groups of each of those who wait.
    waiting: Vec<&'a [GroupId]>,
}

impl<'a> Ledger<'a> {
    fn new(licence: &'a Licence) -> Self {
        let access = &licence.access;
        Self {
            licence,
            total: 0,
            general: 0,
            reserved: vec![0; access.reservations.len()],
            limited: vec![0; access.limits.len()],
            waiting: Vec::new(),
        }
    }

    /// Whether members of `groups` hold as much as any of their groups may.
    fn is_limited(&self, groups: &[GroupId]) -> bool {
        let full = |(limit, used): (&GroupLimit, &u32)| groups.contains(&limit.group) && *used >= limit.most;
        self.licence.access.limits.iter().zip(&self.limited).any(full)
    }

    /// Whether members of `group` wait for what is kept for them: nothing of it is lent meanwhile.
    fn is_needed(&self, group: GroupId) -> bool {
        self.waiting.iter().any(|groups| groups.contains(&group) && !self.is_limited(groups))
    }

    /// The entries that a hold counts in. What was reserved by a rule that is gone is held like everything else.
    fn each(&mut self, share: Share, groups: &[GroupId], change: impl Fn(&mut u32)) {
        change(&mut self.total);
        let access = &self.licence.access;
        let part = match share {
            Share::General => None,
            Share::Reserved(group) | Share::Lent(group) => {
                access.reservations.iter().position(|kept| kept.group == group)
            }
        };
        change(part.map_or(&mut self.general, |part| &mut self.reserved[part]));
        for (limit, used) in access.limits.iter().zip(&mut self.limited) {
            if groups.contains(&limit.group) {
                change(used);
            }
        }
    }

    fn add(&mut self, share: Share, groups: &[GroupId]) {
        self.each(share, groups, |used| *used += 1);
    }

    fn remove(&mut self, share: Share, groups: &[GroupId]) {
        self.each(share, groups, |used| *used = used.saturating_sub(1));
    }

    /// The part that members of `groups` may draw on, and whether that overdraws the pool.
    fn room(&self, groups: &[GroupId], overdraw: bool) -> Result<(Share, bool), DenialReason> {
        let Licence { quantity, access, rules, .. } = self.licence;
        if self.is_limited(groups) {
            return Err(DenialReason::GroupLimit);
        }
        let mut unkept = *quantity;
        let kept: Vec<u32> = access
            .reservations
            .iter()
            .map(|reservation| {
                let kept = reservation.tokens.min(unkept);
                unkept -= kept;
                kept
            })
            .collect();
        let parts = || access.reservations.iter().zip(&kept).zip(&self.reserved);
        let spare = parts().filter(|((_, kept), used)| used < kept).map(|((reservation, _), _)| reservation);
        // What was overdrawn takes nothing from those for whom tokens are kept.
        let overdrawn = self.general.saturating_sub(unkept).min(rules.overdraft);
        if self.total < quantity.saturating_add(overdrawn) {
            if let Some(own) = spare.clone().find(|kept| groups.contains(&kept.group)) {
                return Ok((Share::Reserved(own.group), false));
            }
            if self.general < unkept {
                return Ok((Share::General, false));
            }
            if let Some(lent) = spare.clone().find(|kept| kept.elastic && !self.is_needed(kept.group)) {
                return Ok((Share::Lent(lent.group), false));
            }
        }
        let most = unkept.saturating_add(rules.overdraft);
        if overdraw && self.general < most && self.total < quantity.saturating_add(rules.overdraft) {
            return Ok((Share::General, true));
        }
        Err(if self.total < *quantity { DenialReason::ReservedForOthers } else { DenialReason::NoFreeToken })
    }
}

impl Pool {
    /// Whether anything that is kept for somebody may be lent.
    pub(super) fn lends(&self) -> bool {
        self.licence.access.reservations.iter().any(|kept| kept.elastic)
    }

    fn ledger(&self) -> Ledger<'_> {
        let mut ledger = Ledger::new(&self.licence);
        for lease in &self.live {
            ledger.add(lease.claim.share, &lease.claim.groups);
        }
        for entry in &self.queue {
            if let Some(offer) = entry.offer {
                ledger.add(offer.share, &entry.groups);
            }
        }
        let waiting = self.queue.iter().filter(|entry| entry.offer.is_none());
        ledger.waiting = waiting.map(|entry| entry.groups.as_slice()).collect();
        ledger
    }

    /// The part of the pool that members of `groups` may draw on as things stand.
    pub(super) fn room(&self, groups: &[GroupId], overdraw: bool) -> Result<(Share, bool), DenialReason> {
        self.ledger().room(groups, overdraw)
    }

    /// The token that somebody gets now, taken from others if need be.
    pub(super) fn find_room(
        &mut self,
        now: Timestamp,
        want: &Want,
        events: &mut Vec<PoolEvent>,
    ) -> Result<(u32, Claim), DenialReason> {
        let mut room = self.room(&want.groups, false);
        if room.is_err() && self.make_room(now, want, events) {
            room = self.room(&want.groups, false);
        }
        let (share, overdrawn) = room.or_else(|_| self.room(&want.groups, true))?;
        let token = self.token_for(want.person).ok_or(DenialReason::NoFreeToken)?;
        Ok((token, Claim { groups: want.groups.clone(), share, overdrawn }))
    }

    /// Takes at once what others need least.
    fn make_room(&mut self, now: Timestamp, want: &Want, events: &mut Vec<PoolEvent>) -> bool {
        let rules = self.licence.rules;
        let to = want.person;
        let major = want.priority == Priority::Major;
        if let Some(holder) = self.spared(want, |lease| lease.lingering_since) {
            self.end(holder, now, LeaseEnd::Yielded { to }, events);
            return true;
        }
        if rules.recall_notice == SignedDuration::ZERO
            && let Some(holder) = self.lent(want, now)
        {
            self.end(holder, now, LeaseEnd::Recalled { to }, events);
            return true;
        }
        let at_once = rules.steal_notice.is_some_and(|notice| major || notice == SignedDuration::ZERO);
        if at_once && let Some(holder) = self.spared(want, |lease| lease.idle_since(&rules, now)) {
            self.end(holder, now, LeaseEnd::Stolen { to }, events);
            return true;
        }
        false
    }

    /// The lease with the earliest `since` whose end would make room.
    fn spared(&self, want: &Want, since: impl Fn(&Lease) -> Option<Timestamp>) -> Option<usize> {
        let mut candidates: Vec<_> = self
            .live
            .iter()
            .enumerate()
            .filter_map(|(holder, lease)| Some((since(lease)?, lease.fence, holder)))
            .collect();
        if candidates.is_empty() {
            return None;
        }
        candidates.sort_unstable();
        let mut ledger = self.ledger();
        let mut in_vain: Vec<&Claim> = Vec::new();
        for (_, _, holder) in candidates {
            let claim = &self.live[holder].claim;
            if in_vain.contains(&claim) {
                continue;
            }
            ledger.remove(claim.share, &claim.groups);
            let room = ledger.room(&want.groups, true).is_ok();
            ledger.add(claim.share, &claim.groups);
            if room {
                return Some(holder);
            }
            in_vain.push(claim);
        }
        None
    }

    /// A lease on a token that is kept for one of the groups and is lent to somebody else: of an idle holder first, then
    /// what was lent last.
    fn lent(&self, want: &Want, now: Timestamp) -> Option<usize> {
        let rules = &self.licence.rules;
        let lent = |lease: &Lease| match lease.claim.share {
            Share::Lent(group) => {
                want.groups.contains(&group) && lease.recall.is_none() && !lease.is_borrowed(now)
            }
            Share::General | Share::Reserved(_) => false,
        };
        let key = |(_, lease): &(usize, &Lease)| {
            (lease.idle_since(rules, now).is_none(), std::cmp::Reverse(lease.acquired_at), lease.fence)
        };
        let leases = self.live.iter().enumerate().filter(|(_, lease)| lent(lease));
        let (holder, _) = leases.min_by_key(key)?;
        let claim = &self.live[holder].claim;
        let mut ledger = self.ledger();
        ledger.remove(claim.share, &claim.groups);
        ledger.room(&want.groups, true).is_ok().then_some(holder)
    }

    /// Announces to holders what those who wait will need of them, one for each who waits, and calls off what nobody
    /// needs any more.
    pub(super) fn announce_recalls(&mut self, now: Timestamp, events: &mut Vec<PoolEvent>) {
        let waits = |person: PersonId, queue: &[QueueEntry]| {
            queue.iter().any(|entry| entry.person == person && entry.offer.is_none())
        };
        for lease in &mut self.live {
            if lease.recall.is_some_and(|recall| !waits(recall.for_person, &self.queue)) {
                lease.recall = None;
                events.push(PoolEvent::recall_cancelled(lease, now));
            }
        }
        let (rules, lends) = (self.licence.rules, self.lends());
        let steals = rules.steal_notice.is_some();
        if !(lends || steals) || !self.queue.iter().any(|entry| entry.offer.is_none()) || !self.grants_at(now)
        {
            return;
        }
        let mut in_vain: Vec<Vec<GroupId>> = Vec::new();
        for waiter in self.line(now) {
            let entry = &self.queue[waiter];
            let for_person = entry.person;
            let served = entry.offer.is_some()
                || self.live.iter().any(|it| it.recall.is_some_and(|recall| recall.for_person == for_person));
            if served || in_vain.contains(&entry.groups) {
                continue;
            }
            let want = Want::of(entry, &rules, now);
            let found = if let Some(holder) = self.lent(&want, now) {
                Some((holder, rules.recall_notice, RecallReason::Reserved))
            } else if let Some(notice) = rules.steal_notice {
                let idle = |lease: &Lease| lease.idle_since(&rules, now).filter(|_| lease.recall.is_none());
                self.spared(&want, idle).map(|holder| (holder, notice, RecallReason::Idle))
            } else {
                None
            };
            match found {
                Some((holder, notice, why)) => {
                    let recall = Recall { noticed_at: now, at: after(now, notice), for_person, why };
                    let lease = &mut self.live[holder];
                    lease.recall = Some(recall);
                    events.push(PoolEvent::recall_announced(lease, recall));
                }
                None => in_vain.push(want.groups),
            }
        }
    }
}
