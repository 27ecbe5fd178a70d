//! What licences promise, one test for each promise, named as it is published.

#![expect(clippy::unwrap_used, reason = "the lint knows tests by their attribute, not what they call")]

mod licence_org;

use domain::{
    AssignmentId, LicenceId, PersonId, QueueEntryId, SeatId,
    identity::{Capabilities, Role},
    licence::{
        Action, AssignError, Assignment, AssignmentRequest, Claimant, DenialReason, Explanation, Grant,
        Justification, Lease, LeaseEnd, LeaseState, Licence, LicenceError, Metric, Module, NewLicence,
        Origin, Pool, PoolAccess, PoolEvent, PoolRules, Record, Refusal, Reservation, Route, Seat, SeatState,
        Share, Term, Verdict, Waited, assign, explain, missing_seats,
        pool::{
            BrokenPool, Counters, FencedHold, NoOffer, NotHolding, Overtaken, PoolRows, Standing, WaitEnd,
        },
        route, usage,
    },
};
use jiff::{SignedDuration, tz::TimeZone};
use licence_org::{at, licence, person, reply};
use proptest::prelude::*;
use uuid::Uuid;

/// A pool, and everything it told.
struct Story {
    pool: Pool,
    facts: Vec<PoolEvent>,
    ids: u128,
}

impl Story {
    fn new(tokens: u32) -> Self {
        Self::of(licence(Metric::Concurrent, tokens, PoolRules::default()))
    }

    fn of(licence: Licence) -> Self {
        Self { pool: Pool::new(licence).unwrap(), facts: Vec::new(), ids: 0 }
    }

    fn tell<T>(&mut self, (outcome, events): (T, Vec<PoolEvent>)) -> T {
        self.facts.extend(events);
        outcome
    }

    fn checkout(&mut self, seconds: i64, who: u32) -> Verdict {
        let Self { pool, ids, .. } = self;
        let answer = pool.checkout(at(seconds), person(who), reply(), &mut || {
            *ids += 1;
            Uuid::from_u128(*ids)
        });
        self.tell(answer)
    }

    fn join(&mut self, seconds: i64, who: u32) -> Result<Standing, Refusal> {
        let Self { pool, ids, .. } = self;
        let answer = pool.join(at(seconds), person(who), reply(), &mut || {
            *ids += 1;
            Uuid::from_u128(*ids)
        });
        self.tell(answer)
    }

    fn take_offer(&mut self, seconds: i64, who: u32) -> Result<Verdict, NoOffer> {
        let Self { pool, ids, .. } = self;
        let answer = pool.take_offer(at(seconds), person(who), reply(), &mut || {
            *ids += 1;
            Uuid::from_u128(*ids)
        });
        self.tell(answer)
    }

    fn heartbeat(&mut self, seconds: i64, who: u32) -> Standing {
        let answer = self.pool.heartbeat(at(seconds), person(who));
        self.tell(answer)
    }

    fn release(&mut self, seconds: i64, who: u32) {
        let answer = self.pool.release(at(seconds), person(who));
        self.tell(answer).unwrap();
    }

    fn settle(&mut self, seconds: i64) {
        let events = self.pool.settle(at(seconds));
        self.facts.extend(events);
    }

    fn set_quantity(&mut self, seconds: i64, quantity: u32) {
        let events = self.pool.set_quantity(at(seconds), quantity);
        self.facts.extend(events);
    }

    fn holders(&self) -> Vec<PersonId> {
        self.pool.leases().iter().map(|lease| lease.person).collect()
    }

    fn kinds(&self) -> Vec<&'static str> {
        self.facts.iter().map(PoolEvent::kind).collect()
    }
}

fn token(verdict: &Verdict) -> (u32, Grant) {
    match verdict {
        Verdict::Token { token, how, .. } => (*token, *how),
        other => panic!("not granted by a token: {other:?}"),
    }
}

fn place(verdict: &Verdict) -> u32 {
    match verdict {
        Verdict::Queued { place, .. } => *place,
        other => panic!("not in line: {other:?}"),
    }
}

fn agent() -> Capabilities {
    Capabilities::of_roles([Role::Agent])
}

fn seats(licence: &Licence) -> Vec<Seat> {
    let seat = |number| Seat {
        id: SeatId::from(Uuid::from_u128(0xC000 + u128::from(number))),
        licence: licence.id,
        number,
        state: SeatState::Vacant,
    };
    missing_seats(licence, &[]).into_iter().map(seat).collect()
}

fn request(who: u32) -> AssignmentRequest {
    AssignmentRequest {
        person: person(who),
        justification: Justification::new("Answers the telephone all day.").unwrap(),
        origin: Origin::Manual,
        approver: None,
    }
}

/// Puts `who` on a seat as the store would.
fn seated(licence: &Licence, seats: &mut [Seat], who: u32, seconds: i64) -> Result<Assignment, AssignError> {
    let request = request(who);
    let choice = assign(licence, seats, &request, at(seconds))?;
    let id = AssignmentId::from(Uuid::from_u128(0xD000 + u128::from(who)));
    let assignment = choice.assignment(id, licence.id, request, at(seconds), None);
    let seat = seats.iter_mut().find(|seat| seat.id == choice.seat).unwrap();
    seat.state = SeatState::Assigned { person: assignment.person, assignment: assignment.id };
    Ok(assignment)
}

// 1. When a token is taken.

#[test]
fn a_token_is_taken_at_the_first_licensed_action_not_at_login_and_not_by_looking() {
    let mut story = Story::new(1);
    for view in 0..1_000 {
        assert_eq!(story.heartbeat(view, 1), Standing::Nothing);
    }
    assert!(story.facts.is_empty(), "a thousand page views leave no trace in the pool");
    let pools = [story.pool.licence()];
    for action in [Action::SignIn, Action::TicketRaise, Action::TicketReplyOwn, Action::TicketFollow] {
        assert_eq!(route(action, None, agent(), &[], &pools, at(0)), Route::Decided(Verdict::Free));
    }
    let wanted = route(Action::TicketReply, None, agent(), &[], &pools, at(0));
    assert_eq!(wanted, Route::Pools(vec![story.pool.licence().id]));
    assert_eq!(token(&story.checkout(1_000, 1)), (1, Grant::Fresh));
}

#[test]
fn one_person_holds_one_lease_per_licence_whatever_they_open() {
    let mut story = Story::new(3);
    story.checkout(0, 1);
    for tab in 1..5 {
        assert_eq!(token(&story.checkout(tab, 1)), (1, Grant::Held));
    }
    assert_eq!(story.holders(), [person(1)]);
}

// 2. Exclusive holders.

#[test]
fn over_assignment_is_refused_at_assignment_not_at_work() {
    let licence = licence(Metric::Exclusive, 2, PoolRules::default());
    let mut seats = seats(&licence);
    let first = seated(&licence, &mut seats, 1, 0).unwrap();
    seated(&licence, &mut seats, 2, 0).unwrap();
    let refused = seated(&licence, &mut seats, 3, 0).unwrap_err();
    assert_eq!(refused.code(), "no_vacant_seat");
    assert_eq!(
        refused.to_string(),
        "all 2 seats of Technicians are taken (2 assigned, 0 reserved or cooling); end an assignment or buy a seat \
         first"
    );
    let decided = route(Action::TicketReply, None, agent(), &[(&licence, &first)], &[], at(10));
    assert!(matches!(decided, Route::Decided(Verdict::Seat(seat)) if seat.seat_number == 1));
}

#[test]
fn one_person_has_one_seat_of_a_licence() {
    let licence = licence(Metric::Exclusive, 2, PoolRules::default());
    let mut seats = seats(&licence);
    seated(&licence, &mut seats, 1, 0).unwrap();
    let again = seated(&licence, &mut seats, 1, 0).unwrap_err();
    assert_eq!(again, AssignError::AlreadySeated { licence: "Technicians".to_owned(), number: 1 });
}

#[test]
fn every_seat_has_a_justification() {
    for blank in ["", " \n\t "] {
        let refused = Justification::new(blank).unwrap_err();
        assert!(refused.to_string().starts_with("say in a sentence why"));
    }
    assert!(Justification::new(&"x".repeat(Justification::LIMIT + 1)).is_err());
    assert_eq!(Justification::new("  On call. ").unwrap().as_str(), "On call.");
}

#[test]
fn nobody_approves_their_own_seat() {
    let licence = licence(Metric::Exclusive, 1, PoolRules::default());
    let own = AssignmentRequest { origin: Origin::Request, approver: Some(person(1)), ..request(1) };
    assert_eq!(assign(&licence, &seats(&licence), &own, at(0)), Err(AssignError::SelfApproved));
}

#[test]
fn a_reserved_seat_is_for_whom_it_is_reserved_until_it_is_not() {
    let licence = licence(Metric::Exclusive, 1, PoolRules::default());
    let mut seats = seats(&licence);
    seats[0].state = SeatState::Reserved { person: person(1), until: at(60) };
    assert!(assign(&licence, &seats, &request(2), at(59)).is_err());
    assert_eq!(assign(&licence, &seats, &request(1), at(59)).unwrap().number, 1);
    assert_eq!(assign(&licence, &seats, &request(2), at(60)).unwrap().number, 1);
    seats[0].state = Seat::vacated(at(60), SignedDuration::from_secs(30));
    assert!(assign(&licence, &seats, &request(2), at(89)).is_err(), "it cools");
    assert!(assign(&licence, &seats, &request(2), at(90)).is_ok());
}

proptest! {
    /// Assignments and endings in any order, with the licence shrinking and growing.
    #[test]
    fn seats_are_never_over_assigned_and_an_exclusive_holder_is_never_refused(
        steps in prop::collection::vec((0_u32..6, 0_u32..8), 1..60),
    ) {
        let of = |quantity| licence(Metric::Exclusive, quantity, PoolRules::default());
        let pool = licence(Metric::Concurrent, 1, PoolRules::default());
        let (mut owned, mut seats) = (of(3), seats(&of(5)));
        let mut standing: Vec<Assignment> = Vec::new();
        for (seconds, (kind, who)) in (0..).zip(steps) {
            match kind {
                0 => owned = of(who.min(5)),
                1 => {
                    if let Some(gone) = standing.iter().position(|assignment| assignment.person == person(who)) {
                        let gone = standing.remove(gone);
                        let seat = seats.iter_mut().find(|seat| seat.id == gone.seat).unwrap();
                        seat.state = Seat::vacated(at(seconds), SignedDuration::ZERO);
                    }
                }
                _ => {
                    let before = standing.len();
                    if let Ok(assignment) = seated(&owned, &mut seats, who, seconds) {
                        prop_assert!(before < owned.quantity as usize, "over-assigned");
                        prop_assert!(standing.iter().all(|other| other.seat != assignment.seat));
                        prop_assert!(standing.iter().all(|other| other.person != assignment.person));
                        standing.push(assignment);
                    } else {
                        let seated = standing.iter().any(|other| other.person == person(who));
                        prop_assert!(seated || before >= owned.quantity as usize, "refused without need");
                    }
                }
            }
            for assignment in &standing {
                let held = [(&owned, assignment)];
                let decided = route(Action::TicketReply, None, agent(), &held, &[&pool], at(seconds));
                prop_assert!(matches!(decided, Route::Decided(Verdict::Seat(_))));
            }
        }
    }
}

#[test]
fn a_refusal_says_what_to_do_next() {
    let refused = |capabilities, seats: &[(&Licence, &Assignment)], pools: &[&Licence]| match route(
        Action::TicketReply,
        None,
        capabilities,
        seats,
        pools,
        at(0),
    ) {
        Route::Decided(Verdict::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    };
    let requester = Capabilities::of_roles([Role::Requester]);
    let missing = refused(requester, &[], &[]);
    assert_eq!(missing.reason(), DenialReason::CapabilityMissing);
    assert!(missing.to_string().contains("ask an administrator"));
    let nothing = refused(agent(), &[], &[]);
    assert_eq!(nothing.reason(), DenialReason::NoEntitlement);
    assert!(nothing.to_string().contains("request one from your licence manager"));
    let mut over = licence(Metric::Concurrent, 1, PoolRules::default());
    over.term = Term::new(at(-20), Some(at(0))).unwrap();
    assert_eq!(refused(agent(), &[], &[&over]).reason(), DenialReason::LicenceExpired);
    over.term = Term::new(at(1), None).unwrap();
    let early = refused(agent(), &[], &[&over]);
    assert_eq!(early.reason(), DenialReason::LicenceNotStarted);
    let json = serde_json::to_value(Verdict::Refused(early)).unwrap();
    assert_eq!(json["verdict"], "refused");
    assert_eq!(json["reason"], "licence_not_started");
    assert!(json["detail"].as_str().unwrap().starts_with("Technicians starts at 2026-01-01T00:00:01Z"));
}

// 3. The line.

#[test]
fn a_concurrent_user_with_no_free_token_sees_who_waits_before_them_and_gets_an_offer_window() {
    let mut story = Story::new(1);
    story.checkout(0, 1);
    assert_eq!(place(&story.checkout(1, 2)), 1);
    let Verdict::Queued { place, ahead, holders, .. } = story.checkout(2, 3) else { panic!("not in line") };
    assert_eq!((place, ahead, holders), (2, vec![person(2)], vec![person(1)]));
    story.release(10, 1);
    let Standing::Offered { token: offered, until, .. } = story.heartbeat(11, 2) else { panic!("no offer") };
    assert_eq!((offered, until), (1, at(10 + 120)));
    assert_eq!(self::place(&story.checkout(12, 1)), 3, "an offered token is not grantable to others");
    assert!(matches!(token(&story.take_offer(129, 2).unwrap()), (1, Grant::OfferTaken { .. })));
    assert_eq!(token(&story.take_offer(130, 2).unwrap()), (1, Grant::Held), "taken twice is taken once");
}

#[test]
fn a_checkout_takes_the_open_offer() {
    let mut story = Story::new(1);
    story.checkout(0, 1);
    story.checkout(1, 2);
    story.release(2, 1);
    assert!(matches!(token(&story.checkout(3, 2)), (1, Grant::OfferTaken { .. })));
    assert!(story.pool.queue().is_empty());
}

#[test]
fn an_offer_that_lapses_or_is_declined_goes_to_the_next() {
    let mut story = Story::new(1);
    story.checkout(0, 1);
    for who in 2..5 {
        story.checkout(i64::from(who), who);
    }
    story.release(10, 1);
    for who in 3..5 {
        story.heartbeat(100, who);
    }
    story.settle(130);
    assert_eq!(story.take_offer(131, 2), Err(NoOffer));
    let declined = story.pool.decline_offer(at(132), person(3));
    story.tell(declined).unwrap();
    assert!(matches!(story.heartbeat(133, 4), Standing::Offered { token: 1, .. }));
    let kinds = story.kinds();
    assert!(kinds.contains(&"offer_lapsed") && kinds.contains(&"offer_declined"));
}

#[test]
fn waiting_again_keeps_the_place_and_is_one_denial() {
    let mut story = Story::new(1);
    story.checkout(0, 1);
    story.checkout(1, 2);
    story.checkout(2, 3);
    assert_eq!(place(&story.checkout(3, 2)), 1);
    assert_eq!(place(&story.checkout(4, 3)), 2);
    let denials = story.kinds().into_iter().filter(|kind| *kind == "denied").count();
    assert_eq!(denials, 2, "one for each person, not for each try");
}

#[test]
fn who_leaves_or_falls_silent_makes_room_in_the_line() {
    let mut story = Story::new(1);
    for who in 1..4 {
        story.checkout(0, who);
    }
    for now in [200, 400] {
        story.heartbeat(now, 1);
        story.heartbeat(now, 3);
    }
    assert_eq!(story.pool.queue().len(), 1, "the second left in silence");
    let left = story.facts.iter().find(|fact| fact.kind() == "left_queue").unwrap();
    assert_eq!((left.at(), left.person()), (at(330), Some(person(2))));
    let answer = story.pool.leave(at(401), person(3));
    story.tell(answer).unwrap();
    assert!(story.pool.queue().is_empty());
}

#[test]
fn joining_a_pool_with_a_free_token_brings_an_offer_at_once() {
    let mut story = Story::new(1);
    assert!(matches!(story.join(0, 1), Ok(Standing::Offered { token: 1, .. })));
    assert!(story.holders().is_empty(), "standing in line takes nothing");
    assert!(!story.kinds().contains(&"denied"));
}

#[test]
fn the_expected_wait_comes_from_how_long_tokens_are_held() {
    let mut story = Story::new(2);
    for who in 1..5 {
        story.checkout(0, who);
    }
    let (leases, queue) = (story.pool.leases().to_vec(), story.pool.queue().to_vec());
    let rows = PoolRows {
        leases,
        queue,
        counters: story.pool.counters(),
        mean_hold: Some(SignedDuration::from_mins(10)),
    };
    let pool = Pool::load(story.pool.licence().clone(), rows).unwrap();
    let Standing::Waiting { place: 2, expected_wait, .. } = pool.standing(at(0), person(4)) else {
        panic!("not second in line")
    };
    assert_eq!(expected_wait, Some(SignedDuration::from_mins(10)));
}

// 4. Silence.

#[test]
fn a_closed_browser_gives_its_token_back_within_ttl_and_drift() {
    let mut story = Story::new(1);
    story.checkout(0, 1);
    story.heartbeat(60, 1);
    story.checkout(61, 2);
    story.heartbeat(300, 2);
    story.settle(60 + 329);
    assert_eq!(story.holders(), [person(1)], "protected to the last second");
    story.settle(500);
    let ended = story.facts.iter().find(|fact| fact.kind() == "expired").unwrap();
    assert_eq!(ended.at(), at(60 + 330), "it ended when it ran out, not when that was noticed");
    assert!(matches!(story.heartbeat(501, 2), Standing::Offered { .. }));
}

#[test]
fn a_lease_revives_for_its_holder_inside_the_revival_window_without_losing_place() {
    let mut story = Story::new(3);
    story.checkout(0, 1);
    story.checkout(0, 2);
    let before = story.pool.lease_of(person(1)).unwrap().id;
    story.heartbeat(300, 2);
    assert_eq!(token(&story.checkout(400, 3)).0, 3, "a token that may be wanted back is given out last");
    assert_eq!(token(&story.checkout(330 + 299, 1)), (1, Grant::Revived { from: before }));
    assert!(story.kinds().contains(&"revived"));
    assert!(story.pool.leases().iter().is_sorted_by_key(|lease| lease.token));
}

#[test]
fn after_the_revival_window_or_after_giving_it_back_a_token_is_only_a_token() {
    let mut story = Story::new(2);
    story.checkout(0, 1);
    assert_eq!(token(&story.checkout(330 + 300, 1)), (1, Grant::Fresh));
    story.release(640, 1);
    assert_eq!(token(&story.checkout(641, 1)), (1, Grant::Fresh));
}

#[test]
fn a_revived_holder_does_not_pass_those_who_wait() {
    let mut story = Story::new(1);
    story.checkout(0, 1);
    story.checkout(100, 2);
    story.heartbeat(300, 2);
    assert_eq!(place(&story.checkout(400, 1)), 2);
    assert!(matches!(story.heartbeat(401, 2), Standing::Offered { token: 1, .. }));
}

#[test]
fn idle_is_measured_by_acts_and_an_open_page_does_not_count() {
    let mut story = Story::new(1);
    story.checkout(0, 1);
    for now in (60..=600).step_by(60) {
        story.heartbeat(now, 1);
    }
    let rules = PoolRules::default();
    let lease = story.pool.lease_of(person(1)).unwrap();
    assert_eq!(lease.state(&rules, at(599)), LeaseState::Active);
    assert_eq!(lease.state(&rules, at(600)), LeaseState::Idle);
    assert_eq!(lease.idle_since(&rules, at(600)), Some(at(0)));
    story.checkout(601, 1);
    let resumed = story.facts.last().unwrap();
    assert!(matches!(resumed, PoolEvent::Used { idle_since: Some(since), .. } if *since == at(0)));
    assert!(resumed.is_history(), "the end of idleness is kept");
}

// 6. Capacity.

#[test]
fn a_capacity_cut_below_use_throws_nobody_out_and_grants_nothing_until_use_falls_below_the_limit() {
    let mut story = Story::new(4);
    for who in 1..5 {
        story.checkout(0, who);
    }
    story.set_quantity(1, 2);
    assert_eq!(story.holders().len(), 4);
    assert_eq!(place(&story.checkout(2, 5)), 1);
    story.release(3, 1);
    story.release(4, 2);
    assert!(matches!(story.heartbeat(5, 5), Standing::Waiting { .. }), "two in use, two allowed");
    story.release(6, 4);
    let Standing::Offered { token, .. } = story.heartbeat(7, 5) else { panic!("no offer") };
    assert_eq!(token, 1, "numbers above the limit run out");
}

#[test]
fn offers_that_no_longer_fit_go_back_to_waiting_in_their_order() {
    let mut story = Story::new(2);
    for who in 1..5 {
        story.checkout(0, who);
    }
    story.release(1, 1);
    story.release(1, 2);
    story.set_quantity(2, 1);
    let offered: Vec<_> = story.pool.queue().iter().map(|entry| entry.offer.is_some()).collect();
    assert_eq!(offered, [true, false]);
    assert!(matches!(story.heartbeat(3, 3), Standing::Offered { token: 1, .. }));
}

#[test]
fn a_licence_that_ends_takes_its_tokens_and_its_line_with_it() {
    let mut ending = licence(Metric::Concurrent, 1, PoolRules::default());
    ending.term = Term::new(at(-60), Some(at(100))).unwrap();
    let mut story = Story::of(ending);
    story.checkout(0, 1);
    story.checkout(1, 2);
    let Verdict::Refused(refusal) = story.checkout(200, 1) else { panic!("granted after the end") };
    assert_eq!(refusal.reason(), DenialReason::LicenceExpired);
    let ends: Vec<_> = story.facts.iter().filter(|fact| fact.at() == at(100)).map(PoolEvent::kind).collect();
    assert_eq!(ends, ["expired", "left_queue"]);
}

// 7. Modules.

#[test]
fn module_tokens_are_released_on_their_own() {
    let base = Story::new(1).pool.licence().clone();
    let new = NewLicence {
        name: "Change specialists".to_owned(),
        product: base.product.clone(),
        module: Some(Module::Change),
        metric: Metric::Concurrent,
        quantity: 1,
        term: base.term,
        rules: base.rules,
    };
    let (mut base, mut change) =
        (Story::of(base), Story::of(Licence::new(LicenceId::from(Uuid::from_u128(7)), new).unwrap()));
    base.checkout(0, 1);
    change.checkout(0, 1);
    base.checkout(300, 1);
    base.settle(400);
    change.settle(400);
    assert_eq!(base.holders(), [person(1)], "busy in the base product");
    assert!(change.holders().is_empty(), "and the module's token is free again");
}

// 8. Many processes.

#[test]
fn the_pools_time_never_runs_backward() {
    let mut story = Story::new(1);
    story.checkout(100, 1);
    story.release(115, 1);
    story.checkout(85, 2);
    assert_eq!(story.pool.lease_of(person(2)).unwrap().acquired_at, at(115));
    let peak = usage::concurrency(&story.facts).peak(at(0)..at(1_000)).unwrap();
    assert_eq!(peak.level, 1, "one token is never held twice at once, whatever the clocks said");
}

#[test]
fn two_processes_share_the_pools_time_to_the_last_digit_that_is_stored() {
    let release = at(5) + SignedDuration::from_nanos(1_900);
    let mut story = Story::new(1);
    story.checkout(0, 1);
    let answer = story.pool.release(release, person(1));
    story.tell(answer).unwrap();
    assert_eq!(story.pool.counters().clock, at(5) + SignedDuration::from_micros(1));
    // The other process is a little behind, and takes over at the very moment at which the first one let go.
    story.checkout(5, 2);
    let concurrency = usage::concurrency(&story.facts);
    assert_eq!(concurrency.peak(at(0)..at(9)).unwrap().level, 1);
    assert!(story.facts.is_sorted_by_key(PoolEvent::at));
}

#[test]
fn a_token_taken_away_is_fenced_off() {
    let mut story = Story::new(1);
    story.checkout(0, 1);
    let old = story.pool.lease_of(person(1)).unwrap().fence;
    let answer = story.pool.force_release(at(1), person(1), person(9));
    story.tell(answer).unwrap();
    story.checkout(2, 2);
    assert!(story.pool.lease_of(person(2)).unwrap().fence > old);
    assert!(story.kinds().contains(&"reclaimed"));
    assert_eq!(story.pool.release(at(3), person(1)).0, Err(NotHolding));
}

#[test]
fn who_is_no_longer_entitled_loses_token_and_place() {
    let mut story = Story::new(1);
    story.checkout(0, 1);
    story.checkout(1, 2);
    story.checkout(2, 3);
    story.pool.revoke(at(3), person(2), None);
    story.pool.revoke(at(4), person(1), Some(person(9)));
    assert!(matches!(story.heartbeat(5, 3), Standing::Offered { .. }));
    assert!(story.holders().is_empty());
}

#[test]
fn rows_that_contradict_each_other_are_refused() {
    let mut story = Story::new(2);
    story.checkout(0, 1);
    let lease = story.pool.lease_of(person(1)).unwrap().clone();
    let load = |leases: Vec<Lease>, counters| {
        let rows = PoolRows { leases, counters, ..PoolRows::default() };
        Pool::load(story.pool.licence().clone(), rows).map(drop)
    };
    let counters = story.pool.counters();
    let twin = Lease { person: person(2), ..lease.clone() };
    assert_eq!(load(vec![lease.clone(), twin], counters), Err(BrokenPool::TokenTwice { token: 1 }));
    let twice = Lease { token: 2, ..lease.clone() };
    let refused = BrokenPool::PersonTwice { person: person(1) };
    assert_eq!(load(vec![lease.clone(), twice], counters), Err(refused));
    assert_eq!(load(vec![lease.clone()], Counters::default()), Err(BrokenPool::CountersBehind));
    let exclusive = licence(Metric::Exclusive, 1, PoolRules::default());
    assert!(matches!(Pool::new(exclusive), Err(BrokenPool::NotConcurrent { .. })));
}

// 9. Exact usage, and why.

#[test]
fn any_past_peak_lists_its_holders_by_name() {
    let mut story = Story::new(3);
    story.checkout(0, 1);
    story.checkout(10, 2);
    story.checkout(20, 3);
    story.release(30, 1);
    story.checkout(30, 4);
    story.release(40, 2);
    let concurrency = usage::concurrency(&story.facts);
    let peak = concurrency.peak(at(-100)..at(100)).unwrap();
    assert_eq!((peak.level, peak.at), (3, at(20)));
    assert_eq!(peak.holders, [person(1), person(2), person(3)]);
    assert_eq!(concurrency.holders_at(at(35)), [person(2), person(3), person(4)]);
    let levels: Vec<_> = concurrency.levels().map(|(_, level)| level).collect();
    assert_eq!(levels, [1, 2, 3, 3, 2]);
    let lasted = concurrency.time_at_level(at(0)..at(50));
    assert_eq!(lasted.values().map(SignedDuration::as_secs).collect::<Vec<_>>(), [10, 20, 20]);
    assert_eq!(concurrency.peak(at(45)..at(46)).unwrap().level, 2, "a peak may have begun before its range");
}

#[test]
fn a_person_is_never_counted_twice() {
    let tenure =
        |from, until| usage::Tenure { person: person(1), token: 1, from: at(from), until: Some(at(until)) };
    let concurrency = usage::Concurrency::of([tenure(0, 100), tenure(50, 150), tenure(7, 7)]);
    let levels: Vec<_> = concurrency.levels().collect();
    assert_eq!(levels, [(at(0), 1), (at(150), 0)]);
}

#[test]
fn why_am_i_consuming_this_has_an_answer_for_every_person_and_minute() {
    let pool = licence(Metric::Concurrent, 1, PoolRules::default());
    let named = licence(Metric::Exclusive, 1, PoolRules::default());
    let mut desk = seats(&named);
    let seat = seated(&named, &mut desk, 9, -60).unwrap();
    let mut story = Story::of(pool.clone());
    story.checkout(0, 1);
    let mut lease = story.pool.lease_of(person(1)).unwrap().clone();
    lease.ended = Some((at(1_000), LeaseEnd::Released));
    let wait = |who, place, joined_at, left| Waited {
        entry: QueueEntryId::from(Uuid::from_u128(u128::from(place))),
        licence: pool.id,
        person: person(who),
        place,
        joined_at: at(joined_at),
        left: Some((at(left), WaitEnd::Left)),
    };
    let record = Record {
        licences: &[pool.clone(), named.clone()],
        assignments: &[seat],
        leases: &[lease],
        waits: &[wait(2, 1, 10, 20), wait(3, 2, 11, 50)],
        last_act: None,
    };
    let say = |who, seconds| {
        let told: Explanation = explain(person(who), at(seconds), &record);
        told.sentence(|_| "Ada".to_owned(), |_| None, &TimeZone::UTC)
    };
    let token = "took token 1 of Technicians (concurrent) at 2026-01-01 00:00:00 by replying to a ticket in the browser";
    let given_back = "given back at 2026-01-01 00:16:40";
    assert_eq!(say(1, 0), format!("{token}; {given_back}"));
    assert_eq!(say(1, 700), format!("{token}; idle since 2026-01-01 00:00:00; {given_back}"));
    assert_eq!(say(1, 1_000), format!("held nothing; token 1 of Technicians {given_back}"));
    assert_eq!(
        say(3, 15),
        "held nothing; waited for Technicians in place 2, in line since 2026-01-01 00:00:11"
    );
    assert!(say(3, 30).contains("in place 1"), "the one before had left");
    assert_eq!(
        say(9, 0),
        "held exclusive seat 1 of Technicians, assigned 2025-12-31 23:59:00 by a licence manager because: Answers the \
         telephone all day"
    );
    assert_eq!(say(8, 0), "held nothing");
}

// Holds by their fencing number.

fn fence(verdict: &Verdict, who: u32) -> FencedHold {
    match verdict {
        Verdict::Token { fence, .. } => FencedHold { person: person(who), fence: *fence },
        other => panic!("not granted by a token: {other:?}"),
    }
}

impl Story {
    fn keep(&mut self, seconds: i64, hold: FencedHold, used: bool) -> Result<Lease, Overtaken> {
        let (kept, events) = self.pool.keep(at(seconds), hold, used.then(reply));
        let kept = kept.cloned();
        self.tell((kept, events))
    }

    fn give_back(&mut self, seconds: i64, hold: FencedHold) -> Result<(), Overtaken> {
        let answer = self.pool.give_back(at(seconds), hold);
        self.tell(answer).map(drop)
    }
}

#[test]
fn a_fenced_hold_is_kept_by_signs_of_life_and_used_by_work() {
    let mut story = Story::new(1);
    let hold = fence(&story.checkout(0, 1), 1);
    for seconds in [240, 480, 700] {
        assert_eq!(story.keep(seconds, hold, false).unwrap().last_active_at, at(0));
    }
    let rules = story.pool.licence().rules;
    assert_eq!(story.pool.leases()[0].state(&rules, at(700)), LeaseState::Idle);
    assert_eq!(story.keep(701, hold, true).unwrap().state(&rules, at(701)), LeaseState::Active);
    assert_eq!(story.kinds(), ["acquired", "heartbeat", "heartbeat", "heartbeat", "used"]);
}

#[test]
fn an_overtaken_hold_neither_keeps_nor_gives_back_what_came_after_it() {
    let mut story = Story::new(1);
    let old = fence(&story.checkout(0, 1), 1);
    let taken = story.pool.force_release(at(10), person(1), person(9));
    story.tell(taken).unwrap();
    assert_eq!(story.keep(11, old, true), Err(Overtaken));
    let new = fence(&story.checkout(12, 1), 1);
    assert!(new.fence > old.fence);
    assert_eq!(story.keep(13, old, true), Err(Overtaken));
    assert_eq!(story.give_back(14, old), Err(Overtaken));
    assert_eq!(story.keep(15, FencedHold { person: person(2), ..new }, true), Err(Overtaken));
    assert_eq!(story.holders(), [person(1)], "the new hold goes on");
    story.give_back(16, new).unwrap();
    assert_eq!(story.give_back(17, new), Err(Overtaken));
    assert_eq!(story.holders(), []);
}

#[test]
fn a_hold_that_fell_silent_is_not_kept_by_a_late_sign_of_life() {
    let mut story = Story::new(1);
    let hold = fence(&story.checkout(0, 1), 1);
    assert!(story.keep(329, hold, false).is_ok());
    assert_eq!(story.keep(659, hold, false), Err(Overtaken));
}

#[test]
fn what_lingers_is_over_for_the_program_that_gave_it_back() {
    let linger = SignedDuration::from_secs(60);
    let rules = PoolRules { linger, ..PoolRules::default() };
    let mut story = Story::of(licence(Metric::Concurrent, 1, rules));
    let hold = fence(&story.checkout(0, 1), 1);
    story.give_back(10, hold).unwrap();
    assert_eq!(story.give_back(11, hold), Err(Overtaken));
    assert_eq!(story.keep(12, hold, true), Err(Overtaken));
    assert_eq!(fence(&story.checkout(13, 1), 1), hold, "it was kept for its holder");
    assert!(story.keep(14, hold, false).is_ok());
}

// The licence itself.

#[test]
fn a_licence_that_cannot_be_says_which_field_is_wrong() {
    let valid = |change: fn(&mut NewLicence)| {
        let mut new = NewLicence {
            name: "Technicians".to_owned(),
            product: "Freehold".to_owned(),
            module: None,
            metric: Metric::Concurrent,
            quantity: 10,
            term: Term::new(at(0), None).unwrap(),
            rules: PoolRules::default(),
        };
        change(&mut new);
        Licence::new(LicenceId::from(Uuid::nil()), new).map_err(|error: LicenceError| error.field())
    };
    assert!(valid(|_| {}).is_ok());
    assert_eq!(valid(|new| new.name = "  ".to_owned()), Err("name"));
    assert_eq!(valid(|new| new.product = "x".repeat(121)), Err("product"));
    assert_eq!(valid(|new| new.quantity = 100_001), Err("quantity"));
    assert_eq!(valid(|new| new.metric = Metric::Requester), Err("quantity"));
    assert_eq!(valid(|new| new.rules.ttl = SignedDuration::from_secs(9)), Err("ttl"));
    assert_eq!(valid(|new| new.rules.drift = SignedDuration::from_secs(-1)), Err("drift"));
    assert!(Term::new(at(1), Some(at(1))).unwrap_err().to_string().contains("choose a later end"));
}

#[test]
fn a_person_moved_between_groups_keeps_what_they_hold_and_waits_as_they_came() {
    let [night, day] = [1, 2].map(|id| domain::GroupId::from(Uuid::from_u128(id)));
    let kept = Reservation { group: night, tokens: 1, elastic: false };
    let access = PoolAccess { reservations: vec![kept], ..PoolAccess::default() };
    let licence = licence(Metric::Concurrent, 2, PoolRules::default()).with_access(access).unwrap();
    let mut pool = Pool::new(licence).unwrap();
    let mut ids = 0_u128;
    let mut ids = || {
        ids += 1;
        Uuid::from_u128(ids)
    };
    let mut works = |pool: &mut Pool, second, who, groups: &[domain::GroupId]| {
        let claimant = Claimant { groups: groups.to_vec(), ..Claimant::from(person(who)) };
        pool.checkout(at(second), claimant, reply(), &mut ids).0
    };
    assert!(works(&mut pool, 0, 1, &[night]).is_granted());
    // Moved to the day shift: the token that was kept for the night shift is still theirs.
    assert!(works(&mut pool, 10, 1, &[day]).is_granted());
    assert_eq!(pool.leases()[0].claim.share, Share::Reserved(night));
    // The general token goes to somebody else; a member of the night shift waits for theirs.
    assert!(works(&mut pool, 20, 2, &[day]).is_granted());
    assert!(!works(&mut pool, 30, 3, &[night]).is_granted());
    // Given back and asked for again, the new group counts.
    let _ = pool.release(at(40), person(1));
    assert!(works(&mut pool, 50, 3, &[]).is_granted(), "who waits keeps the groups of their coming");
    assert!(!works(&mut pool, 60, 1, &[day]).is_granted());
}

#[test]
fn a_licence_that_ends_at_midnight_in_auckland_ends_then_for_everybody() {
    let midnight = jiff::civil::date(2026, 6, 1).in_tz("Pacific/Auckland").unwrap().timestamp();
    let mut licence = licence(Metric::Concurrent, 1, PoolRules::default());
    licence.term = Term::new(at(-86_400), Some(midnight)).unwrap();
    assert_eq!(midnight.to_string(), "2026-05-31T12:00:00Z");
    let mut pool = Pool::new(licence.clone()).unwrap();
    let id = || Uuid::from_u128(1);
    let moment = |nanos: i64| midnight + SignedDuration::from_nanos(nanos);
    assert!(pool.checkout(moment(-1_000), person(1), reply(), &mut id.clone()).0.is_granted());
    let (refused, events) = pool.checkout(moment(0), person(1), reply(), &mut id.clone());
    assert_eq!(refused.denial(), Some(DenialReason::LicenceExpired));
    assert!(events.iter().any(
        |event| matches!(event, PoolEvent::Ended { end: LeaseEnd::TermEnded, at, .. } if *at == midnight)
    ));
    // By grace it goes on, to the moment.
    licence.term = licence.term.with_grace(SignedDuration::from_hours(24));
    assert!(licence.term.runs(moment(24 * 3_600 * 1_000_000_000 - 1_000)));
    assert!(!licence.term.runs(moment(24 * 3_600 * 1_000_000_000)));
}
