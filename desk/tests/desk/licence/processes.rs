//! Two processes on one database: each has its own connections and its own clock.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
};

use desk::{
    Desk, Refused, StoreError,
    licence::{DeclineOffer, JoinQueue, LeaveQueue, LicenceUsage, ReleaseToken, StandingKind, TakeOffer},
};
use domain::{
    LicenceId, PersonId, TicketId, Timestamp,
    audit::{AuditEntry, Consumed, Outcome},
    identity::{Actor, Role},
    licence::{
        Metric, PoolEvent, Verdict,
        usage::{self, Concurrency, Tenure},
    },
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{audit_records, by, pool, raise, timer, verdict, when, work};
use crate::support::{another, postgres};

const PEOPLE: usize = 100;
const TOKENS: u32 = 10;
const STEPS: usize = 2_400;

/// A process: its desk, and by how many seconds its clock is off.
struct Process {
    desk: Desk,
    skew: i64,
}

/// What all threads share.
struct World {
    licence: LicenceId,
    people: Vec<PersonId>,
    tickets: Vec<TicketId>,
    clock: AtomicI64,
    steps: AtomicUsize,
    /// Acts to send again.
    busy: AtomicUsize,
}

impl World {
    /// One random act of somebody through this process; whatever is refused is refused for a reason of the pool.
    fn step(&self, process: &Process, random: &mut StdRng) {
        let second = self.clock.fetch_add(random.random_range(0..5), Ordering::Relaxed);
        let now = second + process.skew;
        // A quarter of the people is on shift; every 40 seconds one of them leaves and closes the browser.
        let shift = usize::try_from(second / 40).expect("the clock began at 0");
        let who = (shift + random.random_range(0..PEOPLE / 4)) % PEOPLE;
        let (desk, ctx, licence) = (&process.desk, by(self.people[who], now), self.licence);
        let outcome = match random.random_range(0..100) {
            0..60 => work(desk, ctx, self.tickets[who % self.tickets.len()]),
            60..75 => desk.heartbeat_now(&ctx),
            75..83 => desk.execute_now(ctx, ReleaseToken { licence }).map(drop),
            83..88 => desk.execute_now(ctx, JoinQueue { licence }).map(drop),
            88..91 => desk.execute_now(ctx, TakeOffer { licence }).map(drop),
            91..93 => desk.execute_now(ctx, DeclineOffer { licence }).map(drop),
            93..95 => desk.execute_now(ctx, LeaveQueue { licence }).map(drop),
            _ => desk.sweep_now(timer(now)).map(drop),
        };
        match outcome {
            Ok(()) | Err(Refused::Rule(_)) => {}
            Err(Refused::Licence(verdict)) => {
                assert!(matches!(*verdict, Verdict::Queued { .. }), "{verdict:?}");
            }
            // A token that ended by the other process between the decision and the commit: nothing is done, send it again.
            Err(Refused::Store(StoreError::Busy)) => {
                self.busy.fetch_add(1, Ordering::Relaxed);
            }
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn two_processes_on_one_postgresql_never_grant_one_token_twice() {
    let fresh = postgres();
    let scene = pool(&fresh, TOKENS, PEOPLE);
    let requester = fresh.person("Rae Quill", &[Role::Requester]);
    let world = Arc::new(World {
        licence: scene.licence.id,
        people: scene.people.clone(),
        tickets: (0..8).map(|second| raise(&fresh, requester, second).expect("a ticket")).collect(),
        clock: AtomicI64::new(0),
        steps: AtomicUsize::new(0),
        busy: AtomicUsize::new(0),
    });
    // Two clocks, 20 seconds apart: less than the drift of 30.
    let processes = [(-10, fresh.desk.clone()), (10, another(&fresh.url))];
    let processes = processes.map(|(skew, desk)| Arc::new(Process { desk, skew }));
    let threads: Vec<_> = (0..8_u64)
        .map(|number| {
            let process = Arc::clone(&processes[usize::from(number % 2 == 1)]);
            let world = Arc::clone(&world);
            std::thread::spawn(move || {
                let mut random = StdRng::seed_from_u64(number);
                while world.steps.fetch_add(1, Ordering::Relaxed) < STEPS {
                    world.step(&process, &mut random);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("no act failed");
    }
    let busy = world.busy.load(Ordering::Relaxed);
    assert!(busy * 100 < STEPS, "{busy} of {STEPS} acts were to be sent again");

    let end = world.clock.load(Ordering::Relaxed) + 1_000;
    fresh.desk.sweep_now(timer(end)).expect("a sweep");
    let events = scene.events(&fresh);
    let tenures = usage::tenures(&events);
    assert!(tenures.iter().all(|tenure| tenure.until.is_some()), "no stuck lease outlives its time");
    check_each_apart(&tenures, |tenure| u128::from(tenure.token));
    check_each_apart(&tenures, |tenure| tenure.person.uuid().as_u128());
    check_fences(&events);

    let concurrency = Concurrency::of(tenures.iter().copied());
    let peak = concurrency.peak(when(0)..when(end)).expect("a peak");
    assert_eq!(peak.level, TOKENS, "the pool was full and never fuller");
    let (licence, from, until) = (scene.licence.id, when(0), when(end));
    let leases =
        fresh.desk.database().read_now(move |tx| store::licence::leases_between(tx, licence, from, until));
    let leases = leases.expect("the leases");
    assert_eq!(Concurrency::of(leases.iter().map(Tenure::from)), concurrency, "rows and facts agree");

    let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
    let usage = fresh
        .desk
        .ask_now(by(manager, end), LicenceUsage { licence, from, until, resolution: None })
        .expect("the use");
    let named: HashSet<_> =
        usage.peak.expect("a peak").holders.into_iter().map(|holder| holder.name).collect();
    assert_eq!(named.len(), TOKENS as usize);
    assert!(named.iter().all(|name| name.starts_with("Technician ")));
    check_audit(&fresh, &events);
}

/// Holds of one token, or of one person, never overlap.
fn check_each_apart(tenures: &[Tenure], key: impl Fn(&Tenure) -> u128) {
    let mut free_at: HashMap<u128, Timestamp> = HashMap::new();
    for tenure in tenures {
        let before = free_at.insert(key(tenure), tenure.until.unwrap_or(Timestamp::MAX));
        assert!(
            before.is_none_or(|before| before <= tenure.from),
            "held twice at {}: {tenure:?}",
            tenure.from
        );
    }
}

/// Fencing numbers rise with every grant, and none is given twice.
fn check_fences(events: &[PoolEvent]) {
    let fences = events.iter().filter_map(|event| match event {
        PoolEvent::Acquired { lease, .. } => Some(lease.fence),
        _ => None,
    });
    let fences: Vec<_> = fences.collect();
    assert!(fences.is_sorted_by(|a, b| a < b), "{fences:?}");
}

/// Every act on record that consumed a token was its holder's.
fn check_audit(fresh: &crate::support::Fresh, events: &[PoolEvent]) {
    let held: BTreeMap<_, _> = events
        .iter()
        .filter_map(|event| match event {
            PoolEvent::Acquired { lease, .. } => Some((lease.fence, (lease.id, lease.token, lease.person))),
            _ => None,
        })
        .collect();
    let mut consumed = 0;
    for record in audit_records(fresh) {
        let entry = AuditEntry::parse(&record.entry).expect("an entry");
        if let Outcome::Done(Some(Consumed::Token { lease, fence, token, .. })) = entry.outcome() {
            let Actor::Person(person) = entry.actor() else { panic!("not a person's: {entry:?}") };
            assert_eq!(held.get(&fence), Some(&(lease, token, person)));
            consumed += 1;
        }
    }
    assert!(consumed > STEPS / 10, "only {consumed} acts consumed a token");
}

#[test]
fn the_line_keeps_its_order_across_two_processes() {
    let fresh = postgres();
    let scene = pool(&fresh, 1, 7);
    let (here, there) = (fresh.desk.clone(), another(&fresh.url));
    let desk = |who: usize| if who.is_multiple_of(2) { &here } else { &there };
    scene.works(&fresh, 0, 0).expect("the token is free");
    for who in 1..7 {
        verdict(work(desk(who), by(scene.people[who], i64::try_from(who).unwrap_or(0)), scene.ticket));
    }
    let mut second = 10;
    for who in 0..6 {
        let licence = scene.licence.id;
        desk(who + 1).execute_now(by(scene.people[who], second), ReleaseToken { licence }).expect("a holder");
        assert!(matches!(scene.standing(&fresh, who + 1, second), StandingKind::Offered { .. }), "{who}");
        work(desk(who), by(scene.people[who + 1], second + 1), scene.ticket).expect("their turn");
        second += 10;
    }
    let order: Vec<_> = usage::tenures(&scene.events(&fresh)).iter().map(|tenure| tenure.person).collect();
    assert_eq!(order, scene.people);
}

/// What people prefer must not decide in which order an act locks pools: when all are full, an act looks at each of them, and
/// two who prefer otherwise would wait for each other until the engine ends one of them.
#[test]
fn two_who_prefer_pools_in_another_order_never_wait_for_each_other() {
    const ACTS: i64 = 60;
    let fresh = postgres();
    let requester = fresh.person("Rae Quill", &[Role::Requester]);
    let pools = [1, 2].map(|nth| fresh.licence(&format!("Pool {nth}"), Metric::Concurrent, 1));
    for (nth, pool) in pools.iter().enumerate() {
        let holder = fresh.person(&format!("Holder {nth}"), &[Role::Agent]);
        fresh.entitle(pool, holder);
        work(&fresh.desk, by(holder, 0), raise(&fresh, requester, 0).expect("a ticket")).expect("a token");
    }
    let processes = [fresh.desk.clone(), another(&fresh.url)];
    let threads: Vec<_> = processes
        .into_iter()
        .enumerate()
        .map(|(nth, desk)| {
            let person = fresh.person(&format!("Wanting {nth}"), &[Role::Agent]);
            let ticket = raise(&fresh, requester, 0).expect("a ticket");
            for pool in &pools {
                fresh.entitle(pool, person);
            }
            let mut order = pools.each_ref().map(|pool| pool.id);
            order.rotate_left(nth);
            let database = fresh.desk.database();
            database.write_now(move |tx| store::licence::prefer(tx, person, &order)).expect("an order");
            std::thread::spawn(move || {
                (0..ACTS).map(|second| work(&desk, by(person, second), ticket)).collect::<Vec<_>>()
            })
        })
        .collect();
    for thread in threads {
        for act in thread.join().expect("no panic") {
            assert!(
                matches!(act, Err(Refused::Licence(_))),
                "everybody waits in line, and nobody for a lock: {act:?}"
            );
        }
    }
}
