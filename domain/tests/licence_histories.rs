//! Random histories of a pool: many people, capacity changes, and processes whose clocks disagree. What must hold after
//! every step is checked against the facts alone, as the store sees them.

#![expect(clippy::unwrap_used, reason = "the lint knows tests by their attribute, not what they call")]

mod licence_org;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{
    GroupId, LeaseId, PersonId, QueueEntryId, Timestamp,
    licence::{
        Claimant, Grant, GroupLimit, Lease, LeaseEnd, Licence, Metric, Pool, PoolAccess, PoolEvent,
        PoolRules, Priority, Reservation, Share,
        pool::{PoolRows, QueueEntry},
        usage,
    },
};
use jiff::SignedDuration;
use licence_org::{at, licence, person, reply};
use proptest::prelude::*;
use uuid::Uuid;

const PEOPLE: u32 = 7;
/// Each process's clock is off by at most this many seconds, so two differ by at most the drift of 30.
const SKEW: i64 = 15;

#[derive(Debug, Clone, Copy)]
enum Move {
    Checkout(u32),
    /// For a major incident.
    CheckoutNow(u32),
    Borrow(u32, i64),
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
        1 => who().prop_map(Move::CheckoutNow),
        1 => (who(), 0_i64..4_000).prop_map(|(who, seconds)| Move::Borrow(who, seconds)),
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

/// The groups of the people: the first two belong to one, the next two to another, the fifth to both.
fn groups(who: u32) -> Vec<GroupId> {
    let [night, vendor] = [1, 2].map(|id| GroupId::from(Uuid::from_u128(id)));
    match who {
        0 | 1 => vec![night],
        2 | 3 => vec![vendor],
        4 => vec![night, vendor],
        _ => vec![],
    }
}

fn claimant(who: u32, priority: Priority) -> Claimant {
    Claimant { person: person(who), groups: groups(who), priority }
}

fn any_rules() -> impl Strategy<Value = PoolRules> {
    let seconds = SignedDuration::from_secs;
    let linger = prop_oneof![2 => Just(0_i64), 1 => 1_i64..300];
    let idle = 30_i64..400;
    let more = prop::option::of(0_i64..600);
    let notice = prop_oneof![1 => Just(None), 1 => Just(Some(0_i64)), 2 => (1_i64..120).prop_map(Some)];
    let recall = prop_oneof![1 => Just(0_i64), 2 => 1_i64..180];
    let borrow = prop::option::of(Just(3_600_i64));
    let (overdraft, stay) = (prop_oneof![3 => Just(0_u32), 1 => 1_u32..3], 0_u32..3);
    (linger, idle, more, notice, recall, borrow, overdraft, stay, 0_i64..400).prop_map(
        move |(linger, idle, more, notice, recall, borrow, overdraft, stay, patience)| PoolRules {
            linger: seconds(linger),
            idle_after: seconds(idle),
            idle_timeout: more.map(|more| seconds(idle + more)),
            steal_notice: notice.map(seconds),
            recall_notice: seconds(recall),
            patience: seconds(patience),
            overdraft,
            borrow_longest: borrow.map(seconds),
            borrow_low_water: stay,
            ..PoolRules::default()
        },
    )
}

fn any_access() -> impl Strategy<Value = PoolAccess> {
    let kept = |id: u128| {
        prop::option::of((1_u32..3, any::<bool>()).prop_map(move |(tokens, elastic)| Reservation {
            group: GroupId::from(Uuid::from_u128(id)),
            tokens,
            elastic,
        }))
    };
    let limit = prop::option::of(
        (1_u32..3).prop_map(|most| GroupLimit { group: GroupId::from(Uuid::from_u128(2)), most }),
    );
    (kept(1), kept(2), limit).prop_map(|(night, vendor, limit)| PoolAccess {
        reservations: night.into_iter().chain(vendor).collect(),
        limits: limit.into_iter().collect(),
        ..PoolAccess::default()
    })
}

fn pool_of(quantity: u32, rules: PoolRules, access: PoolAccess) -> Licence {
    licence(Metric::Concurrent, quantity, rules).with_access(access).unwrap()
}

/// What the store keeps: rows, made from the facts and nothing else.
#[derive(Default)]
struct Rows {
    leases: BTreeMap<u64, Lease>,
    queue: Vec<QueueEntry>,
    /// Who acts for a major incident.
    pressing: Option<PersonId>,
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
                if !matches!(how, Grant::OfferTaken { .. }) {
                    let urgent = self.pressing == Some(lease.person);
                    let passed = self.queue.iter().find(|entry| {
                        let equal = entry.offer.is_none() && entry.groups == lease.claim.groups;
                        equal && (!urgent || presses(entry, rules, lease.acquired_at))
                    });
                    assert!(passed.is_none(), "{lease:?} passed {passed:?} in the line");
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
                match end {
                    LeaseEnd::Silent => {
                        let silent = row.last_seen_at + rules.ttl + rules.drift;
                        let back = row.borrowed_until.map(|until| until + rules.drift);
                        let runs_out = back.map_or(silent, |back| back.max(silent));
                        assert_eq!(*at, runs_out, "a silent hold ends when it runs out, not when noticed");
                    }
                    LeaseEnd::Stolen { .. } => {
                        let acted =
                            row.borrowed_until.map_or(row.last_active_at, |it| it.max(row.last_active_at));
                        assert!(*at >= acted + rules.idle_after, "only idle tokens are stolen: {row:?}");
                    }
                    LeaseEnd::Yielded { .. } => assert!(row.lingering_since.is_some()),
                    LeaseEnd::Recalled { .. } => assert!(matches!(row.claim.share, Share::Lent(_))),
                    LeaseEnd::IdleTooLong => assert!(rules.idle_timeout.is_some()),
                    _ => {}
                }
                let out = row.borrowed_until.is_some_and(|until| *at < until);
                let by_right = matches!(end, LeaseEnd::Released | LeaseEnd::Revoked { .. });
                assert!(!out || by_right, "nobody takes a borrowed token away: {row:?} {end:?}");
                row.ended = Some((*at, *end));
            }
            PoolEvent::Lingering { lease, at, .. } => {
                let row = self.lease(*lease);
                row.lingering_since = Some(*at);
                row.borrowed_until = None;
            }
            PoolEvent::Resumed { lease, .. } => self.lease(*lease).lingering_since = None,
            PoolEvent::RecallAnnounced { lease, recall, .. } => self.lease(*lease).recall = Some(*recall),
            PoolEvent::RecallCancelled { lease, .. } => self.lease(*lease).recall = None,
            PoolEvent::Borrowed { lease, at, until, .. } => {
                let row = self.lease(*lease);
                row.borrowed_until = Some(*until);
                row.last_seen_at = *at;
            }
            PoolEvent::Prioritised { entry, .. } => self.entry(*entry).priority = Priority::Major,
            PoolEvent::Queued { entry } => self.queue.push(entry.clone()),
            PoolEvent::WaiterSeen { entry, at, .. } => self.entry(*entry).last_seen_at = *at,
            PoolEvent::Offered { entry, offer, .. } => {
                let at = offer.made_at;
                let own = self.entry(*entry).clone();
                let equals =
                    self.queue.iter().filter(|other| other.offer.is_none() && other.groups == own.groups);
                let first = equals.min_by_key(|other| (!presses(other, rules, at), other.place));
                assert_eq!(first.map(|it| it.id), Some(*entry), "the first of equals is offered the token");
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

fn presses(entry: &QueueEntry, rules: &PoolRules, now: Timestamp) -> bool {
    entry.priority == Priority::Major || entry.joined_at + rules.patience <= now
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
        Self::of(licence(Metric::Concurrent, quantity, PoolRules::default()))
    }

    fn of(licence: Licence) -> Self {
        let pool = Pool::new(licence).unwrap();
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
        self.rows.pressing = match what {
            Move::CheckoutNow(who) => Some(person(who)),
            _ => None,
        };
        let normal = |who| claimant(who, Priority::Normal);
        let events = match what {
            Move::Checkout(who) => pool.checkout(now, normal(who), reply(), &mut ids).1,
            Move::CheckoutNow(who) => pool.checkout(now, claimant(who, Priority::Major), reply(), &mut ids).1,
            Move::Borrow(who, seconds) => {
                pool.borrow(now, person(who), now + SignedDuration::from_secs(seconds)).1
            }
            Move::Heartbeat(who) => pool.heartbeat(now, person(who)).1,
            Move::Release(who) => pool.release(now, person(who)).1,
            Move::ForceRelease(who) => pool.force_release(now, person(who), person(99)).1,
            Move::Revoke(who) => pool.revoke(now, person(who), None),
            Move::Join(who) => pool.join(now, normal(who), reply(), &mut ids).1,
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
        let Licence { quantity, rules, .. } = pool.licence();
        let limit = (quantity + rules.overdraft) as usize;
        let offers: Vec<_> = pool.queue().iter().filter_map(|entry| entry.offer).collect();
        let in_use = pool.leases().len() + offers.len();
        if in_use > limit {
            assert!(offers.is_empty(), "nothing is offered above the limit");
            assert!(pool.leases().len() <= held_before, "above the limit, use only falls");
        }
        for entry in pool.queue().iter().filter(|entry| entry.offer.is_none()) {
            assert!(!could_have(pool, entry), "{entry:?} waits for what they could have");
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

/// Whether there is a token for somebody who waits, by the plain words of the rules: what is kept for their group, what
/// is kept for nobody, what others may be lent, an overdraft; and no token may linger that they could have.
fn could_have(pool: &Pool, entry: &QueueEntry) -> bool {
    let Licence { quantity, rules, access, .. } = pool.licence();
    let leases = pool.leases().iter().filter(|lease| lease.lingering_since.is_none());
    let held = leases.map(|lease| (lease.claim.share, &lease.claim.groups));
    let kept = pool.queue().iter().filter_map(|entry| Some((entry.offer?.share, &entry.groups)));
    let holds: Vec<_> = held.chain(kept).collect();
    let of = |group: GroupId| {
        let draws = |share: &Share| matches!(share, Share::Reserved(g) | Share::Lent(g) if *g == group);
        u32::try_from(holds.iter().filter(|(share, _)| draws(share)).count()).unwrap()
    };
    let total = u32::try_from(holds.len()).unwrap();
    let reached = |limit: &GroupLimit, of: &QueueEntry| {
        let members = holds.iter().filter(|(_, groups)| groups.contains(&limit.group)).count();
        of.groups.contains(&limit.group) && members >= limit.most as usize
    };
    let limited = |of: &QueueEntry| access.limits.iter().any(|limit| reached(limit, of));
    if limited(entry) {
        return false;
    }
    let needed = |group: GroupId| {
        let mut queue = pool.queue().iter();
        queue.any(|other| other.offer.is_none() && other.groups.contains(&group) && !limited(other))
    };
    let mut rest = *quantity;
    let mut kept_for: BTreeMap<GroupId, u32> = BTreeMap::new();
    for it in &access.reservations {
        kept_for.insert(it.group, it.tokens.min(rest));
        rest -= it.tokens.min(rest);
    }
    let general = total - kept_for.keys().map(|group| of(*group)).sum::<u32>();
    let beyond = general.saturating_sub(rest).min(rules.overdraft);
    let spare = |it: &&Reservation| of(it.group) < kept_for[&it.group];
    let within = total < quantity + beyond
        && (general < rest
            || access
                .reservations
                .iter()
                .filter(spare)
                .any(|it| entry.groups.contains(&it.group) || (it.elastic && !needed(it.group))));
    within || (total < quantity + rules.overdraft && general < rest + rules.overdraft)
}

/// A look at every second: how long tokens were held, used and kept for those who had given them back.
fn seconds_of_use(facts: &[PoolEvent], until: i64, idle_after: SignedDuration) -> usage::HeldTime {
    let mut acts: HashMap<LeaseId, Vec<Timestamp>> = HashMap::new();
    let mut kept: HashMap<LeaseId, Vec<(Timestamp, Timestamp)>> = HashMap::new();
    let mut held: HashMap<LeaseId, (Timestamp, Timestamp)> = HashMap::new();
    for fact in facts {
        match *fact {
            PoolEvent::Acquired { ref lease, .. } => {
                held.insert(lease.id, (lease.acquired_at, Timestamp::MAX));
                acts.entry(lease.id).or_default().push(lease.acquired_at);
            }
            PoolEvent::Used { lease, at, .. } => acts.entry(lease).or_default().push(at),
            PoolEvent::Ended { lease, at, .. } => {
                held.entry(lease).and_modify(|hold| hold.1 = at).or_default().1 = at;
            }
            PoolEvent::Lingering { lease, at, .. } => {
                kept.entry(lease).or_default().push((at, Timestamp::MAX));
            }
            PoolEvent::Resumed { lease, at, .. } => {
                kept.entry(lease).and_modify(|stays| stays.last_mut().unwrap().1 = at);
            }
            _ => {}
        }
    }
    let mut time = usage::HeldTime::default();
    let second = SignedDuration::from_secs(1);
    for moment in (-SKEW..until).map(at) {
        for lease in
            held.iter().filter(|(_, hold)| hold.0 <= moment && moment < hold.1).map(|(lease, _)| lease)
        {
            time.held += second;
            let lingers = kept
                .get(lease)
                .is_some_and(|stays| stays.iter().any(|stay| stay.0 <= moment && moment < stay.1));
            let lately = acts[lease].iter().any(|act| *act <= moment && moment < *act + idle_after);
            if lingers {
                time.lingering += second;
            } else if lately {
                time.active += second;
            }
        }
    }
    time
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn a_pool_keeps_its_promises_in_every_history(
        quantity in 1_u32..5,
        rules in prop_oneof![1 => Just(PoolRules::default()), 3 => any_rules()],
        access in prop_oneof![1 => Just(PoolAccess::default()), 2 => any_access()],
        steps in prop::collection::vec(any_step(), 1..120),
    ) {
        let mut story = Story::of(pool_of(quantity, rules, access));
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
            prop_assert!(peak.level <= most + rules.overdraft);
            prop_assert_eq!(peak.holders.len(), peak.level as usize);
        }

        // What the facts of the history tell of use is what all facts tell, signs of life and acts included.
        let range = at(-SKEW)..at(now + 1_000);
        let holdings = usage::holdings(story.facts.iter().filter(|fact| fact.is_history()));
        let told: Vec<_> = holdings.iter().map(|holding| holding.tenure).collect();
        prop_assert_eq!(told, usage::tenures(&story.facts));
        let tally = usage::Tally::of(range.clone(), &holdings, &usage::Capacity::default(), rules.idle_after);
        let whole = usage::Tally::of(
            range,
            &usage::holdings(&story.facts),
            &usage::Capacity::default(),
            rules.idle_after,
        );
        // Every second of a long story takes long to look at.
        if now < 5_000 && story.facts.iter().all(|fact| fact.kind() != "borrowed") {
            prop_assert_eq!(seconds_of_use(&story.facts, now + 1_000, rules.idle_after), whole.total());
        }
        // The last act of a hold that goes on is on its row, not in the history.
        let all_over = story.pool.leases().is_empty();
        prop_assert!(!all_over || tally == whole);

        // No token is lost: after quiet, all is free, and everybody present gets one without waiting.
        now += 2 * 3_600;
        let roomy = PoolAccess::default();
        story.play(at(now), Move::Settle);
        let facts = story.pool.reconfigure(at(now), PEOPLE, rules, roomy);
        let only_capacity = facts.iter().all(|fact| fact.kind() == "capacity_changed");
        prop_assert!(only_capacity, "{:?}", facts);
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

#[test]
fn who_was_passed_is_served_before_others_once_what_held_them_back_is_gone() {
    // Two tokens are kept for the night shift and lent while none of it waits.
    let night = GroupId::from(Uuid::from_u128(1));
    let access = PoolAccess {
        reservations: vec![Reservation { group: night, tokens: 2, elastic: true }],
        ..PoolAccess::default()
    };
    let mut story = Story::of(pool_of(1, PoolRules::default(), access));
    let (member, pressing, other) = (0, 5, 6);
    story.play(at(0), Move::SetQuantity(0));
    story.play(at(0), Move::Checkout(member));
    story.play(at(0), Move::CheckoutNow(pressing));
    story.play(at(0), Move::Join(other));
    story.play(at(0), Move::SetQuantity(2));
    let offered = story.pool.queue().iter().filter(|entry| entry.offer.is_some());
    let offered: Vec<_> = offered.map(|entry| entry.person).collect();
    assert_eq!(offered, [person(member), person(pressing)]);
}

#[test]
fn nobody_loses_a_token_to_somebody_who_may_not_have_it() {
    // One of the vendor's people waits, since one of them is all who may work at once. An idle token of the vendor's would be theirs:
    // it is not taken for somebody else who could then not have it.
    let [night, vendor] = [1, 2].map(|id| GroupId::from(Uuid::from_u128(id)));
    let access = PoolAccess {
        reservations: vec![
            Reservation { group: night, tokens: 2, elastic: false },
            Reservation { group: vendor, tokens: 1, elastic: true },
        ],
        limits: vec![GroupLimit { group: vendor, most: 1 }],
        ..PoolAccess::default()
    };
    let idle = SignedDuration::from_secs(30);
    let rules = PoolRules {
        idle_after: idle,
        steal_notice: Some(SignedDuration::from_secs(1)),
        ..PoolRules::default()
    };
    let mut story = Story::of(pool_of(3, rules, access));
    story.play(at(0), Move::Checkout(3));
    story.play(at(30), Move::Checkout(2));
    story.play(at(30), Move::CheckoutNow(5));
    let holders: Vec<_> = story.pool.leases().iter().map(|lease| lease.person).collect();
    assert_eq!(holders, [person(3)]);
}
