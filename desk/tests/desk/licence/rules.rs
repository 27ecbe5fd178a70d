//! Pools with rules: what is kept for groups, lent, limited, overdrawn, borrowed, and what comes after a pool.

use desk::{
    Refused,
    licence::{
        AddLicence, AssignSeat, BorrowToken, ChangeLicence, Entitle, ForceRelease, GrantGrace, LicenceDetail,
        PreferLicences, RelateLicence, ReleaseToken, ShareOut, StandingKind, TermDates,
    },
};
use domain::{
    GroupId, LicenceId, PersonId,
    identity::Role,
    licence::{
        DenialReason, GroupLimit, LeaseState, Metric, Module, Origin, PoolAccess, PoolRules, Refusal,
        Relations, Reservation, Shift, Verdict,
    },
    sla::Week,
};
use jiff::SignedDuration;

use super::{Scene, by, kinds, pool, rule, timer, verdict, when};
use crate::support::{Fresh, on_both_engines};

fn manager(fresh: &Fresh) -> PersonId {
    fresh.known("Mia Sand", &[Role::LicenceManager])
}

fn share_out(fresh: &Fresh, scene: &Scene, access: PoolAccess) {
    let command = ShareOut { licence: scene.licence.id, version: None, access };
    fresh.desk.execute_now(by(manager(fresh), 0), command).unwrap();
}

fn set_rules(fresh: &Fresh, licence: LicenceId, rules: PoolRules) {
    let rules = Some(rules);
    let command = ChangeLicence { licence, version: None, name: None, quantity: None, term: None, rules };
    fresh.desk.execute_now(by(manager(fresh), 0), command).unwrap();
}

fn group_of(fresh: &Fresh, name: &str, people: &[PersonId]) -> GroupId {
    fresh.group(name, people)
}

fn reason(result: Result<(), Refused>) -> DenialReason {
    verdict(result).denial().unwrap()
}

on_both_engines! {
    fn what_is_kept_for_a_group_is_lent_while_idle_and_recalled_on_demand_with_notice(fresh) {
        let scene = pool(fresh, 2, 4);
        let night = group_of(fresh, "Night shift", &scene.people[3..]);
        let kept = Reservation { group: night, tokens: 1, elastic: true };
        share_out(fresh, &scene, PoolAccess { reservations: vec![kept], ..PoolAccess::default() });

        scene.works(fresh, 0, 10).unwrap();
        scene.works(fresh, 1, 11).expect("what the night shift does not need is lent");
        // Somebody without the group waits; the group's member has the token recalled.
        verdict(scene.works(fresh, 2, 12));
        verdict(scene.works(fresh, 3, 13));
        let StandingKind::Token { recalled_at, .. } = scene.standing(fresh, 1, 14) else { panic!() };
        assert_eq!(recalled_at, Some(when(13 + 120)));
        scene.works(fresh, 1, 60).expect("until then it is theirs, and work does not call it off");
        for person in [0, 1, 2, 3] {
            fresh.desk.heartbeat_now(&by(scene.people[person], 130)).unwrap();
        }
        fresh.desk.sweep_now(timer(134)).unwrap();
        assert!(matches!(scene.standing(fresh, 3, 135), StandingKind::Offered { .. }), "the member passes nobody's right");
        assert!(matches!(scene.standing(fresh, 2, 135), StandingKind::Waiting { place: 2, .. }));
        assert_eq!(scene.seat(fresh, 1, 135).lost.unwrap().how, "recalled");
    }

    fn what_is_kept_and_not_lent_stays_free_and_says_so(fresh) {
        let scene = pool(fresh, 2, 3);
        let night = group_of(fresh, "Night shift", &scene.people[2..]);
        let kept = Reservation { group: night, tokens: 1, elastic: false };
        share_out(fresh, &scene, PoolAccess { reservations: vec![kept], ..PoolAccess::default() });
        scene.works(fresh, 0, 10).unwrap();
        assert_eq!(reason(scene.works(fresh, 1, 11)), DenialReason::ReservedForOthers);
        scene.works(fresh, 2, 12).expect("it is kept for them, whoever waits");
    }

    fn a_group_holds_no_more_than_its_limit_and_exclusion_wins(fresh) {
        let scene = pool(fresh, 3, 4);
        let vendor = group_of(fresh, "Vendor", &scene.people[..2]);
        let banned = group_of(fresh, "Banned", &scene.people[3..]);
        share_out(fresh, &scene, PoolAccess {
            limits: vec![GroupLimit { group: vendor, most: 1 }],
            exclude: vec![banned],
            ..PoolAccess::default()
        });
        scene.works(fresh, 0, 10).unwrap();
        assert_eq!(reason(scene.works(fresh, 1, 11)), DenialReason::GroupLimit);
        scene.works(fresh, 2, 12).expect("others pass who is held back by their own limit");
        assert_eq!(reason(scene.works(fresh, 3, 13)), DenialReason::Excluded);
    }

    fn outside_its_shifts_a_pool_grants_nothing_and_takes_nothing_away(fresh) {
        let scene = pool(fresh, 2, 2);
        // The story begins on a Monday at 09:00 UTC.
        let week = Week { monday: vec!["09:00-10:00".parse().unwrap()], ..Week::default() };
        let shifts = vec![Shift { zone: "UTC".to_owned(), week }];
        share_out(fresh, &scene, PoolAccess { shifts, ..PoolAccess::default() });
        scene.works(fresh, 0, 3_500).unwrap();
        scene.works(fresh, 0, 3_700).expect("a hold that began inside goes on");
        let refused = verdict(scene.works(fresh, 1, 3_700));
        let Verdict::Refused(Refusal::OutsideShift(next)) = refused else { panic!("{refused:?}") };
        assert_eq!(next.at, when(7 * 86_400));
    }

    fn an_overdraft_serves_beyond_the_tokens_up_to_its_ceiling_and_is_marked(fresh) {
        let scene = pool(fresh, 1, 3);
        set_rules(fresh, scene.licence.id, PoolRules { overdraft: 1, ..PoolRules::default() });
        scene.works(fresh, 0, 10).unwrap();
        scene.works(fresh, 1, 11).unwrap();
        let StandingKind::Token { overdrawn: true, of: 1, .. } = scene.standing(fresh, 1, 12) else { panic!() };
        assert_eq!(reason(scene.works(fresh, 2, 13)), DenialReason::NoFreeToken);
    }

    fn a_token_given_back_lingers_for_its_holder_and_is_yielded_when_somebody_would_be_denied(fresh) {
        let scene = pool(fresh, 1, 2);
        let licence = scene.licence.id;
        set_rules(fresh, licence, PoolRules { linger: SignedDuration::from_mins(10), ..PoolRules::default() });
        scene.works(fresh, 0, 10).unwrap();
        fresh.desk.execute_now(by(scene.people[0], 20), ReleaseToken { licence }).unwrap();
        let StandingKind::Token { state, .. } = scene.standing(fresh, 0, 21) else { panic!() };
        assert_eq!(state, LeaseState::Lingering);
        scene.works(fresh, 0, 30).expect("it was kept for them");
        fresh.desk.execute_now(by(scene.people[0], 40), ReleaseToken { licence }).unwrap();
        scene.works(fresh, 1, 50).expect("who needs it gets it at once");
        assert_eq!(
            kinds(&scene.events(fresh)),
            ["acquired", "lingering", "resumed", "lingering", "released", "acquired"]
        );
    }

    fn a_borrowed_token_outlives_silence_and_nobody_takes_it_away(fresh) {
        let scene = pool(fresh, 2, 3);
        let licence = scene.licence.id;
        let rules = PoolRules {
            borrow_longest: Some(SignedDuration::from_hours(48)), borrow_low_water: 1, ..PoolRules::default()
        };
        set_rules(fresh, licence, rules);
        let borrow = |who: usize, second, until| {
            fresh.desk.execute_now(by(scene.people[who], second), BorrowToken { licence, until: when(until) })
        };
        assert!(rule(borrow(0, 5, 100)).contains("hold a token before"));
        scene.works(fresh, 0, 10).unwrap();
        scene.works(fresh, 1, 10).unwrap();
        borrow(0, 11, 86_400).unwrap();
        assert!(rule(borrow(1, 12, 86_400)).contains("at least 1 tokens must stay"));
        assert!(rule(borrow(0, 12, 400_000)).contains("at most 48 hours"));
        let taken = ForceRelease { licence, person: scene.people[0], because: "Needed.".to_owned() };
        assert!(rule(fresh.desk.execute_now(by(manager(fresh), 13), taken)).contains("is borrowed until"));
        fresh.desk.sweep_now(timer(50_000)).unwrap();
        let StandingKind::Token { state, .. } = scene.standing(fresh, 0, 50_000) else { panic!() };
        assert_eq!(state, LeaseState::Borrowed);
        fresh.desk.sweep_now(timer(86_400 + 331)).unwrap();
        assert!(matches!(scene.standing(fresh, 0, 86_800), StandingKind::Entitled { .. }));
    }

    fn force_takes_a_token_from_a_person_once_a_day(fresh) {
        let scene = pool(fresh, 1, 1);
        let (licence, manager) = (scene.licence.id, manager(fresh));
        let take = |second| {
            let because = "The plant is down.".to_owned();
            let command = ForceRelease { licence, person: scene.people[0], because };
            fresh.desk.execute_now(by(manager, second), command)
        };
        scene.works(fresh, 0, 10).unwrap();
        take(20).unwrap();
        scene.works(fresh, 0, 30).unwrap();
        assert!(rule(take(40)).contains("at most once a day"));
        assert!(matches!(scene.standing(fresh, 0, 41), StandingKind::Token { .. }));
        scene.works(fresh, 0, 86_430).unwrap();
        take(86_440).unwrap();
    }

    fn a_licence_that_ended_goes_on_by_grace_and_then_stops(fresh) {
        let scene = pool(fresh, 1, 1);
        let (licence, manager) = (scene.licence.id, manager(fresh));
        let term = Some(TermDates { starts_at: when(-10), ends_at: Some(when(100)) });
        let change = ChangeLicence { licence, version: None, name: None, quantity: None, term, rules: None };
        fresh.desk.execute_now(by(manager, 0), change).unwrap();
        fresh.desk.execute_now(by(manager, 1), GrantGrace { licence, version: None, days: 1 }).unwrap();
        scene.works(fresh, 0, 100 + 86_399).expect("by grace");
        assert_eq!(reason(scene.works(fresh, 0, 100 + 86_400)), DenialReason::LicenceExpired);
    }

    fn after_the_pools_comes_the_day_pass_in_the_order_that_was_chosen(fresh) {
        let scene = pool(fresh, 1, 2);
        let manager = manager(fresh);
        let add = AddLicence {
            name: "Day passes".to_owned(),
            product: scene.licence.product.clone(),
            module: None,
            metric: Metric::DayPass,
            quantity: 1,
            term: TermDates { starts_at: when(-10), ends_at: None },
            rules: PoolRules::default(),
        };
        let passes = fresh.desk.execute_now(by(manager, 0), add).unwrap();
        let people = scene.people.clone();
        fresh.desk.execute_now(by(manager, 0), Entitle { licence: passes, people }).unwrap();
        scene.works(fresh, 0, 10).expect("the pool comes first");
        scene.works(fresh, 1, 11).expect("then a pass for the day");
        scene.works(fresh, 1, 40_000).expect("which lasts until midnight");
        assert!(matches!(scene.standing(fresh, 1, 40_001), StandingKind::DayPass { number: 1, .. }));
        let detail = fresh.desk.ask_now(by(manager, 40_001), LicenceDetail { licence: passes }).unwrap();
        assert_eq!((detail.summary.in_use, detail.passes.len()), (1, 1));

        // The day after, the stock is used up; the first still comes to the pool.
        scene.works(fresh, 0, 90_000).unwrap();
        verdict(scene.works(fresh, 1, 90_001));
        let order = vec![passes, scene.licence.id];
        fresh.desk.execute_now(by(manager, 90_002), PreferLicences { person: scene.people[0], order }).unwrap();
        scene.works(fresh, 0, 90_003).expect("what is held already is used, whatever is preferred");
    }

    fn licences_that_need_or_exclude_each_other_are_given_accordingly(fresh) {
        let manager = manager(fresh);
        let base = fresh.licence("Base seats", Metric::Exclusive, 2);
        let module = fresh.module_licence("Change seats", Metric::Exclusive, 2, Module::Change);
        let requires = Relations { requires: vec![base.id], ..Relations::default() };
        let relate = RelateLicence { licence: module.id, version: None, relations: requires };
        fresh.desk.execute_now(by(manager, 0), relate).unwrap();
        let tim = fresh.person("Tim Falk", &[Role::Agent]);
        let seat = |licence: LicenceId| {
            let justification = "Runs the change board.".to_owned();
            let origin = Origin::Manual;
            let command = AssignSeat { licence, person: tim, justification, origin, next_review_at: None };
            fresh.desk.execute_now(by(manager, 1), command)
        };
        assert!(rule(seat(module.id)).contains("Change seats needs one of Base seats"));
        let held = seat(base.id).unwrap();
        seat(module.id).unwrap();
        let revoke = desk::licence::RevokeSeat { assignment: held.assignment, because: "Moves on.".to_owned() };
        assert!(rule(fresh.desk.execute_now(by(manager, 2), revoke)).contains("take Change seats away first"));
    }
}
