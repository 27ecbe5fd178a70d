//! Random histories of a pool: many people, capacity changes, and processes whose clocks disagree. What must hold after
//! every step is checked against the facts alone, as the store sees them.

#![expect(clippy::unwrap_used, reason = "the lint knows tests by their attribute, not what they call")]

mod licence_org;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{
    LeaseId, PersonId, QueueEntryId, Timestamp,
    licence::{
        Grant, Lease, LeaseEnd, Metric, Pool, PoolEvent, PoolRules,
        pool::{PoolRows, QueueEntry},
        usage,
    },
};
use licence_org::{at, licence, person, reply};
use proptest::prelude::*;
use uuid::Uuid;

const PEOPLE: u32 = 7;
/// Each process's clock is off by at most this many seconds, so two differ by at most the drift of 30.
const SKEW: i64 = 15;

#[derive(Debug, Clone, Copy)]
enum Move {
    Checkout(u32),
    Heartbeat(u32),
    Release(u32),
    ForceRelease(u32),
    Revoke(u32),
    Join(u32),
    Leave(u32),
    TakeOffer(u32),
    DeclineOffer(u32),
    SetQuantity(u32),
    Settle,
}

/// A move, how long after the one before, and by a process whose clock is how far off.
#[derive(Debug, Clone, Copy)]
struct Step {
    wait: i64,
    skew: i64,
    what: Move,
}

fn any_move() -> impl Strategy<Value = Move> {
    let who = || 0..PEOPLE;
    prop_oneof![
        8 => who().prop_map(Move::Checkout),
        6 => who().prop_map(Move::Heartbeat),
        3 => who().prop_map(Move::Release),
        1 => who().prop_map(Move::ForceRelease),
        1 => who().prop_map(Move::Revoke),
        3 => who().prop_map(Move::Join),
        1 => who().prop_map(Move::Leave),
        3 => who().prop_map(Move::TakeOffer),
        1 => who().prop_map(Move::DeclineOffer),
        1 => (0_u32..5).prop_map(Move::SetQuantity),
        2 => Just(Move::Settle),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    let wait = prop_oneof![4 => 0_i64..20, 3 => 20_i64..150, 2 => 150_i64..400];
    (wait, -SKEW..=SKEW, any_move()).prop_map(|(wait, skew, what)| Step { wait, skew, what })
}

/// What the store keeps: rows, made from the facts and nothing else.
#[derive(Default)]
struct Rows {
    leases: BTreeMap<u64, Lease>,
    queue: Vec<QueueEntry>,
}

impl Rows {
    fn lease(&mut self, id: LeaseId) -> &mut Lease {
        self.leases
            .values_mut()
            .find(|lease| lease.id == id)
            .expect("the fact names a lease that was acquired")
    }

    fn entry(&mut self, id: QueueEntryId) -> &mut QueueEntry {
        self.queue.iter_mut().find(|entry| entry.id == id).expect("the fact names somebody in line")
    }

    /// Writes one fact, and checks it against the facts before.
    fn write(&mut self, event: &PoolEvent, rules: &PoolRules) {
        match event {
            PoolEvent::Acquired { lease, how } => {
                let highest = self.leases.keys().last().copied().unwrap_or(0);
                assert!(lease.fence > highest, "fences strictly increase");
                let waiting = self.queue.iter().find(|entry| entry.offer.is_none());
                if !matches!(how, Grant::OfferTaken { .. }) {
                    assert!(waiting.is_none(), "a token passed {waiting:?} in the line");
                }
                self.leases.insert(lease.fence, lease.clone());
            }
            PoolEvent::Used { lease, at, fence, .. } => {
                let row = self.lease(*lease);
                assert_eq!(row.fence, *fence);
                (row.last_seen_at, row.last_active_at) = (*at, *at);
            }
            PoolEvent::Seen { lease, at, .. } => self.lease(*lease).last_seen_at = *at,
            PoolEvent::Ended { lease, at, end, .. } => {
                let row = self.lease(*lease);
                assert!(row.ended.is_none(), "a lease ends once");
                if *end == LeaseEnd::Silent {
                    let runs_out = row.last_seen_at + rules.ttl + rules.drift;
                    assert_eq!(
                        *at, runs_out,
                        "a silent hold ends when it runs out, not before, not when noticed"
                    );
                }
                row.ended = Some((*at, *end));
            }
            PoolEvent::Queued { entry } => self.queue.push(entry.clone()),
            PoolEvent::WaiterSeen { entry, at, .. } => self.entry(*entry).last_seen_at = *at,
            PoolEvent::Offered { entry, offer, .. } => {
                let first = self.queue.iter().find(|entry| entry.offer.is_none()).map(|entry| entry.id);
                assert_eq!(first, Some(*entry), "the first of those who wait is offered the token");
                self.entry(*entry).offer = Some(*offer);
            }
            PoolEvent::OfferWithdrawn { entry, at, .. } => {
                let row = self.entry(*entry);
                row.offer = None;
                row.last_seen_at = *at;
            }
            PoolEvent::LeftQueue { entry, .. } => {
                let before = self.queue.len();
                self.queue.retain(|row| row.id != *entry);
                assert_eq!(self.queue.len() + 1, before, "one entry leaves");
            }
            PoolEvent::Denied { .. } | PoolEvent::CapacityChanged { .. } => {}
        }
    }

    fn load(&self, pool: &Pool) -> Pool {
        let counters = pool.counters();
        let window = pool.licence().rules.revival_window;
        let recent = |lease: &&Lease| lease.ended_at().is_none_or(|end| end + window > counters.clock);
        let rows = PoolRows {
            leases: self.leases.values().filter(recent).cloned().collect(),
            queue: self.queue.clone(),
            counters,
            mean_hold: None,
        };
        Pool::load(pool.licence().clone(), rows).expect("what a pool wrote can be loaded")
    }
}

struct Story {
    pool: Pool,
    rows: Rows,
    facts: Vec<PoolEvent>,
    ids: u128,
    /// Who held a token at each moment of the pool's time, as the pool saw it.
    seen: BTreeMap<Timestamp, Vec<PersonId>>,
}

impl Story {
    fn new(quantity: u32) -> Self {
        let pool = Pool::new(licence(Metric::Concurrent, quantity, PoolRules::default())).unwrap();
        Self { pool, rows: Rows::default(), facts: Vec::new(), ids: 0, seen: BTreeMap::new() }
    }

    fn play(&mut self, now: Timestamp, what: Move) {
        let held_before = self.pool.leases().len();
        let ids = &mut self.ids;
        let mut ids = || {
            *ids += 1;
            Uuid::from_u128(*ids)
        };
        let pool = &mut self.pool;
        let events = match what {
            Move::Checkout(who) => pool.checkout(now, person(who), reply(), &mut ids).1,
            Move::Heartbeat(who) => pool.heartbeat(now, person(who)).1,
            Move::Release(who) => pool.release(now, person(who)).1,
            Move::ForceRelease(who) => pool.force_release(now, person(who), person(99)).1,
            Move::Revoke(who) => pool.revoke(now, person(who), None),
            Move::Join(who) => pool.join(now, person(who), reply(), &mut ids).1,
            Move::Leave(who) => pool.leave(now, person(who)).1,
            Move::TakeOffer(who) => pool.take_offer(now, person(who), reply(), &mut ids).1,
            Move::DeclineOffer(who) => pool.decline_offer(now, person(who)).1,
            Move::SetQuantity(quantity) => pool.set_quantity(now, quantity),
            Move::Settle => pool.settle(now),
        };
        let rules = self.pool.licence().rules;
        for event in &events {
            if let Some(last) = self.facts.last() {
                assert!(last.at() <= event.at(), "facts are in order of time: {last:?} then {event:?}");
            }
            self.rows.write(event, &rules);
            self.facts.push(event.clone());
        }
        self.check(held_before);
    }

    fn check(&mut self, held_before: usize) {
        let pool = &self.pool;
        let limit = pool.licence().quantity as usize;
        let offers: Vec<_> = pool.queue().iter().filter_map(|entry| entry.offer).collect();
        let in_use = pool.leases().len() + offers.len();
        if in_use > limit {
            assert!(offers.is_empty(), "nothing is offered above the limit");
            assert!(pool.leases().len() <= held_before, "above the limit, use only falls");
        } else {
            let idle_line = pool.queue().iter().any(|entry| entry.offer.is_none());
            assert!(!(idle_line && in_use < limit), "somebody waits while a token is free");
        }
        let tokens: BTreeSet<_> =
            pool.leases().iter().map(|lease| lease.token).chain(offers.iter().map(|o| o.token)).collect();
        assert_eq!(tokens.len(), in_use, "a token is held by one or kept for one");
        let people: BTreeSet<_> = pool
            .leases()
            .iter()
            .map(|lease| lease.person)
            .chain(pool.queue().iter().map(|entry| entry.person))
            .collect();
        assert_eq!(
            people.len(),
            pool.leases().len() + pool.queue().len(),
            "one person, one lease or one place"
        );
        assert!(pool.queue().is_sorted_by_key(|entry| entry.place), "the line is in order");
        assert_eq!(self.rows.load(pool), *pool, "the facts carry everything a pool is made of");
        let mut holders: Vec<_> = pool.leases().iter().map(|lease| lease.person).collect();
        holders.sort_unstable();
        self.seen.insert(pool.counters().clock, holders);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_pool_keeps_its_promises_in_every_history(
        quantity in 1_u32..4,
        steps in prop::collection::vec(any_step(), 1..120),
    ) {
        let mut story = Story::new(quantity);
        let mut now = 0;
        let mut most = quantity;
        for step in steps {
            now += step.wait;
            if let Move::SetQuantity(quantity) = step.what {
                most = most.max(quantity);
            }
            story.play(at(now + step.skew), step.what);
        }

        // Concurrency recomputed from the facts is what the pool saw, at every moment, by name.
        let concurrency = usage::concurrency(&story.facts);
        for (moment, holders) in &story.seen {
            prop_assert_eq!(&concurrency.holders_at(*moment), holders);
            prop_assert_eq!(concurrency.level_at(*moment) as usize, holders.len());
        }
        if let Some(peak) = concurrency.peak(at(-SKEW)..at(now + 1_000)) {
            prop_assert!(peak.level <= most);
            prop_assert_eq!(peak.holders.len(), peak.level as usize);
        }

        // No token is lost: after quiet, all is free, and everybody present gets one without waiting.
        now += 3_600;
        story.play(at(now), Move::SetQuantity(PEOPLE));
        story.play(at(now), Move::Settle);
        prop_assert!(story.pool.leases().is_empty() && story.pool.queue().is_empty());
        for who in 0..PEOPLE {
            story.play(at(now), Move::Checkout(who));
        }
        prop_assert_eq!(story.pool.leases().len(), PEOPLE as usize);
    }

    #[test]
    fn everybody_who_stays_in_line_is_served(
        quantity in 1_u32..3,
        holds in prop::collection::vec(1_i64..900, PEOPLE as usize),
    ) {
        // Everybody wants a token at once, holds it for a time of their own and then gives it back.
        let mut story = Story::new(quantity);
        let mut ends: HashMap<PersonId, i64> = HashMap::new();
        let mut served = BTreeSet::new();
        for now in (0..8_000).step_by(30) {
            for who in 0..PEOPLE {
                if served.contains(&who) {
                    continue;
                }
                story.play(at(now), Move::Checkout(who));
                if story.pool.lease_of(person(who)).is_some() {
                    let end = *ends.entry(person(who)).or_insert(now + holds[who as usize]);
                    if now >= end {
                        story.play(at(now), Move::Release(who));
                        served.insert(who);
                    }
                }
            }
        }
        prop_assert_eq!(served.len(), PEOPLE as usize);
        let granted: Vec<_> = story.facts.iter().filter_map(|fact| match fact {
            PoolEvent::Acquired { lease, .. } => Some(lease.person),
            _ => None,
        }).collect();
        let expected: Vec<_> = (0..PEOPLE).map(person).collect();
        prop_assert_eq!(granted, expected, "in the order in which they came");
    }
}
