//! Concurrent licences: tokens, the line, offers, silence, revival, capacity.

use desk::{
    data::Queue,
    licence::{
        AddLicence, ChangeLicence, DeclineOffer, EndEntitlement, ForceRelease, JoinQueue, LeaveQueue,
        LicenceDetail, LicenceList, MySeatView, ReleaseToken, StandingKind, TakeOffer, TermDates,
    },
    ticket::{QueuePage, Sidebar, TicketDetail},
};
use domain::{
    LicenceId,
    identity::Role,
    licence::{LeaseState, Metric, Module, PoolEvent, PoolRules, Verdict},
};

use super::{Scene, audit_records, by, field, kinds, pool, raise, rule, timer, verdict, when};
use crate::support::{Fresh, on_both_engines};

fn change(licence: LicenceId, quantity: u32) -> ChangeLicence {
    ChangeLicence { licence, version: None, name: None, quantity: Some(quantity), term: None, rules: None }
}

/// The licences of which somebody holds a token.
fn held(seat: &MySeatView) -> Vec<LicenceId> {
    let tokens = seat.all.iter().filter(|standing| matches!(standing.kind, StandingKind::Token { .. }));
    tokens.map(|standing| standing.licence).collect()
}

/// Everybody of `who` works at `second`, and is served.
fn all_work(scene: &Scene, fresh: &Fresh, who: std::ops::Range<usize>, second: i64) {
    for person in who {
        scene.works(fresh, person, second).unwrap();
    }
}

on_both_engines! {
    fn a_thousand_page_views_consume_no_token_and_the_first_act_takes_one(fresh) {
        let scene = pool(fresh, 2, 1);
        let ctx = |view: i64| by(scene.people[0], view);
        for view in (0..1_000).step_by(4) {
            fresh.desk.ask_now(ctx(view), QueuePage { queue: Queue::Open, after: None, limit: 50 }).unwrap();
            fresh.desk.ask_now(ctx(view), Sidebar).unwrap();
            fresh.desk.ask_now(ctx(view), TicketDetail { ticket: scene.ticket.into() }).unwrap();
            fresh.desk.heartbeat_now(&ctx(view)).unwrap();
            assert_eq!(scene.standing(fresh, 0, view), StandingKind::Entitled { free: 2, of: 2 });
        }
        assert!(scene.events(fresh).is_empty());
        scene.works(fresh, 0, 1_000).unwrap();
        assert_eq!(kinds(&scene.events(fresh)), ["acquired"]);
        assert!(matches!(scene.standing(fresh, 0, 1_000), StandingKind::Token { token: 1, of: 2, .. }));
    }

    fn one_person_holds_one_token_however_much_they_open(fresh) {
        let scene = pool(fresh, 5, 1);
        for tab in 0..10 {
            scene.works(fresh, 0, tab).unwrap();
        }
        assert_eq!(kinds(&scene.events(fresh)), ["acquired"]);
    }

    fn without_a_free_token_a_technician_keeps_the_portal_and_sees_whom_they_wait_behind(fresh) {
        let scene = pool(fresh, 1, 3);
        scene.works(fresh, 0, 0).unwrap();
        let Verdict::Queued { place: 1, ref ahead, .. } = verdict(scene.works(fresh, 1, 10)) else { panic!() };
        assert!(ahead.is_empty());
        let Verdict::Queued { place: 2, ahead, holders, .. } = verdict(scene.works(fresh, 2, 20)) else { panic!() };
        assert_eq!((ahead, holders), (vec![scene.people[1]], vec![scene.people[0]]));

        raise(fresh, scene.people[2], 30).expect("what every requester may");
        let StandingKind::Waiting { place, ahead, holders, .. } = scene.standing(fresh, 2, 30) else { panic!() };
        assert_eq!(place, 2);
        assert_eq!(ahead[0].name, "Technician 001");
        assert_eq!(holders[0].name, "Technician 000");
    }

    fn asking_again_keeps_the_place_and_is_one_denial(fresh) {
        let scene = pool(fresh, 1, 3);
        scene.works(fresh, 0, 0).unwrap();
        verdict(scene.works(fresh, 1, 10));
        verdict(scene.works(fresh, 2, 20));
        assert!(matches!(verdict(scene.works(fresh, 1, 30)), Verdict::Queued { place: 1, .. }));
        assert_eq!(kinds(&scene.events(fresh)), ["acquired", "denied", "queued", "denied", "queued"]);
    }

    fn a_token_that_frees_is_kept_for_the_first_in_line_and_the_next_act_takes_it(fresh) {
        let scene = pool(fresh, 1, 3);
        scene.works(fresh, 0, 0).unwrap();
        verdict(scene.works(fresh, 1, 10));
        verdict(scene.works(fresh, 2, 20));
        fresh.desk.execute_now(by(scene.people[0], 30), ReleaseToken { licence: scene.licence.id }).unwrap();
        assert_eq!(scene.standing(fresh, 1, 31), StandingKind::Offered { token: 1, until: when(150) });
        assert!(matches!(verdict(scene.works(fresh, 2, 40)), Verdict::Queued { place: 2, .. }), "it is kept");
        assert!(matches!(verdict(scene.works(fresh, 0, 41)), Verdict::Queued { place: 3, .. }), "for others too");
        scene.works(fresh, 1, 149).unwrap();
        assert!(kinds(&scene.events(fresh)).contains(&"offer_taken"));
    }

    fn an_offer_that_nobody_answers_goes_to_the_next(fresh) {
        let scene = pool(fresh, 1, 3);
        scene.works(fresh, 0, 0).unwrap();
        verdict(scene.works(fresh, 1, 10));
        verdict(scene.works(fresh, 2, 20));
        let licence = scene.licence.id;
        fresh.desk.execute_now(by(scene.people[0], 30), ReleaseToken { licence }).unwrap();
        assert_eq!(fresh.desk.sweep_now(timer(149)).unwrap(), desk::licence::Settled::default());
        let swept = fresh.desk.sweep_now(timer(150)).unwrap();
        assert_eq!((swept.left, swept.offered, swept.ended), (1, 1, 0));
        assert_eq!(scene.standing(fresh, 2, 151), StandingKind::Offered { token: 1, until: when(270) });

        let taken = fresh.desk.execute_now(by(scene.people[2], 160), TakeOffer { licence }).unwrap();
        assert!(matches!(taken.kind, StandingKind::Token { token: 1, of: 1, .. }));
        let sentence = rule(fresh.desk.execute_now(by(scene.people[1], 161), TakeOffer { licence }));
        assert!(sentence.contains("Stand in line again"), "{sentence}");
    }

    fn a_declined_offer_and_a_place_given_up_go_to_the_next_at_once(fresh) {
        let scene = pool(fresh, 1, 4);
        let licence = scene.licence.id;
        scene.works(fresh, 0, 0).unwrap();
        for waiter in 1..4 {
            fresh.desk.execute_now(by(scene.people[waiter], 10), JoinQueue { licence }).unwrap();
        }
        fresh.desk.execute_now(by(scene.people[2], 20), LeaveQueue { licence }).unwrap();
        fresh.desk.execute_now(by(scene.people[0], 30), ReleaseToken { licence }).unwrap();
        fresh.desk.execute_now(by(scene.people[1], 40), DeclineOffer { licence }).unwrap();
        assert_eq!(scene.standing(fresh, 3, 41), StandingKind::Offered { token: 1, until: when(160) });
        assert_eq!(scene.standing(fresh, 1, 41), StandingKind::Entitled { free: 0, of: 1 });
    }

    fn a_closed_browser_gives_its_token_back_after_time_to_live_and_drift(fresh) {
        let scene = pool(fresh, 1, 2);
        scene.works(fresh, 0, 0).unwrap();
        // The page is open for an hour, and closed after its last sign of life at 3,600.
        for second in (30..=3_600).step_by(30) {
            fresh.desk.heartbeat_now(&by(scene.people[0], second)).unwrap();
        }
        fresh.desk.sweep_now(timer(3_600 + 329)).unwrap();
        assert!(matches!(verdict(scene.works(fresh, 1, 3_600 + 329)), Verdict::Queued { place: 1, .. }));
        let swept = fresh.desk.sweep_now(timer(3_600 + 337)).unwrap();
        assert_eq!((swept.ended, swept.offered), (1, 1));
        let ended = scene.events(fresh).into_iter().find(|event| event.kind() == "expired").unwrap();
        assert_eq!(ended.at(), when(3_600 + 330), "at its own moment, not at the sweep's");
        scene.works(fresh, 1, 3_600 + 340).unwrap();
    }

    fn a_lease_revives_for_its_holder_inside_the_window_and_is_a_new_one_after_it(fresh) {
        let scene = pool(fresh, 3, 2);
        all_work(&scene, fresh, 0..2, 0);
        fresh.desk.sweep_now(timer(331)).unwrap();
        assert_eq!(scene.standing(fresh, 1, 332), StandingKind::Entitled { free: 3, of: 3 });
        scene.works(fresh, 1, 330 + 299).unwrap();
        let last = scene.events(fresh).pop().unwrap();
        assert_eq!(last.kind(), "revived");
        assert!(matches!(scene.standing(fresh, 1, 630), StandingKind::Token { token: 2, .. }), "their own");
        scene.works(fresh, 0, 330 + 301).unwrap();
        assert_eq!(scene.events(fresh).pop().unwrap().kind(), "acquired");
    }

    fn idle_tokens_are_stolen_only_when_somebody_would_otherwise_be_denied_oldest_idle_first_with_notice(fresh) {
        let scene = pool(fresh, 2, 4);
        scene.works(fresh, 0, 0).unwrap();
        scene.works(fresh, 1, 10).unwrap();
        // Nobody waits: however long they are idle, what they hold is theirs.
        for second in (60..=1_200).step_by(60) {
            fresh.desk.heartbeat_now(&by(scene.people[0], second)).unwrap();
            fresh.desk.heartbeat_now(&by(scene.people[1], second)).unwrap();
            fresh.desk.sweep_now(timer(second)).unwrap();
        }
        let StandingKind::Token { state, idle_since, .. } = scene.standing(fresh, 0, 1_200) else { panic!() };
        assert_eq!((state, idle_since), (LeaseState::Idle, Some(when(0))));

        // Somebody would be denied: who has been idle for longest is told, with half a minute's notice.
        verdict(scene.works(fresh, 2, 1_200));
        let StandingKind::Token { recalled_at, recalled_for, .. } = scene.standing(fresh, 0, 1_201) else { panic!() };
        let whom = recalled_for.map(|person| person.id);
        assert_eq!((recalled_at, whom), (Some(when(1_230)), Some(scene.people[2])));
        let StandingKind::Token { recalled_at: None, .. } = scene.standing(fresh, 1, 1_201) else { panic!() };

        // An act of work calls it off, and the next in order of idleness is told.
        scene.works(fresh, 0, 1_210).expect("it is theirs");
        fresh.desk.sweep_now(timer(1_211)).unwrap();
        let StandingKind::Token { recalled_at: None, .. } = scene.standing(fresh, 0, 1_212) else { panic!() };
        let StandingKind::Token { recalled_at: Some(at), .. } = scene.standing(fresh, 1, 1_212) else { panic!() };

        // At the end of the notice the token goes to who waits, and the holder is told what became of it.
        fresh.desk.heartbeat_now(&by(scene.people[2], 1_230)).unwrap();
        fresh.desk.sweep_now(timer(1_245)).unwrap();
        assert!(matches!(scene.standing(fresh, 2, 1_246), StandingKind::Offered { token: 2, .. }));
        scene.works(fresh, 2, 1_247).unwrap();
        let lost = scene.seat(fresh, 1, 1_250).lost.expect("they are told");
        assert_eq!((lost.token, lost.at, lost.to.map(|it| it.id)), (2, at, Some(scene.people[2])));
    }

    fn a_cut_below_use_throws_nobody_out_and_grants_nothing_new(fresh) {
        let scene = pool(fresh, 3, 5);
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        let licence = scene.licence.id;
        all_work(&scene, fresh, 0..3, 0);
        fresh.desk.execute_now(by(manager, 10), change(licence, 1)).unwrap();
        all_work(&scene, fresh, 0..3, 20);
        verdict(scene.works(fresh, 3, 30));
        fresh.desk.execute_now(by(scene.people[0], 40), ReleaseToken { licence }).unwrap();
        fresh.desk.execute_now(by(scene.people[1], 41), ReleaseToken { licence }).unwrap();
        assert!(matches!(scene.standing(fresh, 3, 42), StandingKind::Waiting { .. }), "one is still in use");
        fresh.desk.execute_now(by(scene.people[2], 43), ReleaseToken { licence }).unwrap();
        assert!(matches!(scene.standing(fresh, 3, 44), StandingKind::Offered { token: 1, .. }));
        // More tokens are offered to the line at once.
        verdict(scene.works(fresh, 4, 45));
        fresh.desk.execute_now(by(manager, 46), change(licence, 2)).unwrap();
        assert!(matches!(scene.standing(fresh, 4, 47), StandingKind::Offered { token: 2, .. }));
    }

    fn a_module_token_is_released_on_its_own(fresh) {
        let scene = pool(fresh, 1, 1);
        let module = module(fresh, 1);
        let person = scene.people[0];
        fresh.desk.database().write_now(move |tx| store::licence::entitle(tx, person, module, when(0))).unwrap();
        scene.works(fresh, 0, 0).unwrap();
        fresh.desk.execute_now(by(person, 1), JoinQueue { licence: module }).unwrap();
        fresh.desk.execute_now(by(person, 2), TakeOffer { licence: module }).unwrap();
        assert_eq!(held(&scene.seat(fresh, 0, 3)), [scene.licence.id, module]);
        fresh.desk.execute_now(by(person, 4), ReleaseToken { licence: module }).unwrap();
        assert_eq!(held(&scene.seat(fresh, 0, 5)), [scene.licence.id]);
    }

    fn an_end_of_entitlement_ends_the_token_and_the_place_in_line(fresh) {
        let scene = pool(fresh, 1, 2);
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        scene.works(fresh, 0, 0).unwrap();
        verdict(scene.works(fresh, 1, 10));
        let end = |who: usize| EndEntitlement { licence: scene.licence.id, person: scene.people[who] };
        fresh.desk.execute_now(by(manager, 20), end(0)).unwrap();
        assert!(matches!(scene.standing(fresh, 1, 21), StandingKind::Offered { .. }));
        fresh.desk.execute_now(by(manager, 22), end(1)).unwrap();
        assert_eq!(scene.seat(fresh, 1, 23).all, []);
        assert!(matches!(verdict(scene.works(fresh, 0, 24)), Verdict::Refused(_)));
        rule(fresh.desk.execute_now(by(manager, 25), end(0)));
    }

    fn a_token_taken_away_by_force_goes_to_the_line_and_says_by_whom_and_why(fresh) {
        let scene = pool(fresh, 1, 2);
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        scene.works(fresh, 0, 0).unwrap();
        verdict(scene.works(fresh, 1, 10));
        let take = |because: &str| ForceRelease { licence: scene.licence.id, person: scene.people[0], because: because.to_owned() };
        assert_eq!(field(fresh.desk.execute_now(by(manager, 20), take("  "))), "because");
        fresh.desk.execute_now(by(manager, 20), take("He is on holiday.")).unwrap();
        assert!(matches!(scene.standing(fresh, 1, 21), StandingKind::Offered { .. }));
        assert!(kinds(&scene.events(fresh)).contains(&"reclaimed"));
        let record = audit_records(fresh).remove(0);
        assert_eq!(record.action, "lease.force_release");
        assert!(record.body.unwrap_or_default().contains("He is on holiday."));
        rule(fresh.desk.execute_now(by(manager, 30), take("Again.")));
    }

    fn signs_of_life_are_no_acts_and_are_written_no_oftener_than_needed(fresh) {
        let scene = pool(fresh, 1, 1);
        scene.works(fresh, 0, 0).unwrap();
        let (records, happened) = (audit_records(fresh).len(), scene.events(fresh).len());
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        let seen = || fresh.desk.ask_now(by(manager, 60), LicenceDetail { licence: scene.licence.id }).unwrap().tokens[0].last_seen_at;
        fresh.desk.heartbeat_now(&by(scene.people[0], 19)).unwrap();
        assert_eq!(seen(), when(0));
        fresh.desk.heartbeat_now(&by(scene.people[0], 20)).unwrap();
        assert_eq!(seen(), when(20));
        assert_eq!((audit_records(fresh).len(), scene.events(fresh).len()), (records, happened));
    }

    fn upkeep_is_recorded_when_something_fell_due_and_only_then(fresh) {
        let scene = pool(fresh, 1, 1);
        scene.works(fresh, 0, 0).unwrap();
        let records = audit_records(fresh).len();
        fresh.desk.sweep_now(timer(100)).unwrap();
        assert_eq!(audit_records(fresh).len(), records);
        fresh.desk.sweep_now(timer(400)).unwrap();
        fresh.desk.sweep_now(timer(500)).unwrap();
        let now = audit_records(fresh);
        assert_eq!((now.len(), now[0].action.as_str()), (records + 1, "upkeep"));
    }

    fn who_waits_stays_in_line_while_their_page_is_open_and_no_longer(fresh) {
        let scene = pool(fresh, 1, 3);
        scene.works(fresh, 0, 0).unwrap();
        verdict(scene.works(fresh, 1, 0));
        verdict(scene.works(fresh, 2, 0));
        for second in (60..=600).step_by(30) {
            fresh.desk.sweep_now(timer(second)).unwrap();
            // The holder works, and so is not idle.
            scene.works(fresh, 0, second).unwrap();
            fresh.desk.heartbeat_now(&by(scene.people[2], second)).unwrap();
        }
        let StandingKind::Waiting { place: 1, ahead, .. } = scene.standing(fresh, 2, 601) else { panic!() };
        assert_eq!(ahead, []);
        let left = scene.events(fresh).into_iter().find(|event| matches!(event, PoolEvent::LeftQueue { .. })).unwrap();
        assert_eq!((left.person(), left.at()), (Some(scene.people[1]), when(330)));
    }

    fn the_list_counts_who_is_alive_swept_or_not(fresh) {
        let scene = pool(fresh, 2, 4);
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        all_work(&scene, fresh, 0..2, 0);
        verdict(scene.works(fresh, 2, 10));
        verdict(scene.works(fresh, 3, 10));
        let counts = |second| {
            let list = fresh.desk.ask_now(by(manager, second), LicenceList).unwrap();
            (list[0].entitled, list[0].in_use, list[0].waiting, list[0].denials_today)
        };
        assert_eq!(counts(11), (4, 2, 2, 2));
        assert_eq!(counts(330), (4, 0, 2, 2));
        assert_eq!(counts(86_400), (4, 0, 0, 0));
    }
}

/// A concurrent licence of a module, as a licence manager adds it.
fn module(fresh: &Fresh, tokens: u32) -> LicenceId {
    let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
    let module = AddLicence {
        name: "Change enablement".to_owned(),
        product: "Service desk".to_owned(),
        module: Some(Module::Change),
        metric: Metric::Concurrent,
        quantity: tokens,
        term: TermDates { starts_at: when(0), ends_at: None },
        rules: PoolRules::default(),
    };
    fresh.desk.execute_now(by(manager, 0), module).unwrap()
}
