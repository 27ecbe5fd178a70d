//! Exclusive licences: seats, assignments, and their holders.

use desk::{
    Refused,
    identity::{ChangePerson, PersonChanges},
    licence::{
        AssignSeat, JoinQueue, LicenceDetail, LicenceSeats, QueueView, RevokeSeat, SeatAssigned, StandingKind,
    },
};
use domain::{
    LicenceId, PersonId,
    identity::Role,
    licence::{Metric, Origin, Verdict},
};

use super::{audit_records, by, field, pool, rule, timer, verdict, when, work};
use crate::support::{Fresh, on_both_engines};

fn assign(licence: LicenceId, person: PersonId) -> AssignSeat {
    AssignSeat {
        licence,
        person,
        justification: "On call at night; must never wait.".to_owned(),
        origin: Origin::Manual,
        next_review_at: Some(when(90 * 86_400)),
    }
}

fn seated(fresh: &Fresh, manager: PersonId, licence: LicenceId, person: PersonId) -> SeatAssigned {
    fresh.desk.execute_now(by(manager, 0), assign(licence, person)).unwrap()
}

on_both_engines! {
    fn an_exclusive_holder_is_never_refused_for_want_of_a_seat(fresh) {
        let scene = pool(fresh, 1, 20);
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        let licence = fresh.licence("Service desk, named", Metric::Exclusive, 1);
        let holder = scene.people[0];
        seated(fresh, manager, licence.id, holder);
        for waiter in 1..20 {
            drop(scene.works(fresh, waiter, 10));
        }
        for second in 11..40 {
            scene.works(fresh, 0, second).expect("the pool is full, and it does not matter");
        }
        let StandingKind::Seat { seat_number: 1, .. } = scene.standing(fresh, 0, 40) else { panic!() };
        assert!(scene.events(fresh).iter().all(|event| event.person() != Some(holder)), "no token is touched");
    }

    fn over_assignment_is_refused_at_assignment_and_not_at_work(fresh) {
        let scene = pool(fresh, 0, 3);
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        let licence = fresh.licence("Service desk, named", Metric::Exclusive, 2);
        seated(fresh, manager, licence.id, scene.people[0]);
        let second = seated(fresh, manager, licence.id, scene.people[1]);
        assert_eq!(second.seat_number, 2);
        let sentence = rule(fresh.desk.execute_now(by(manager, 1), assign(licence.id, scene.people[2])));
        assert!(sentence.contains("all 2 seats") && sentence.contains("buy a seat first"), "{sentence}");
        for who in 0..2 {
            scene.works(fresh, who, 2).unwrap();
        }
        // A seat that was left is free for the next.
        let because = "Moved to another team.".to_owned();
        fresh.desk.execute_now(by(manager, 3), RevokeSeat { assignment: second.assignment, because }).unwrap();
        assert_eq!(seated(fresh, manager, licence.id, scene.people[2]).seat_number, 2);
    }

    fn one_person_holds_one_seat_of_a_licence(fresh) {
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        let tim = fresh.person("Tim Okafor", &[Role::Agent]);
        let licence = fresh.licence("Service desk, named", Metric::Exclusive, 2);
        seated(fresh, manager, licence.id, tim);
        let sentence = rule(fresh.desk.execute_now(by(manager, 1), assign(licence.id, tim)));
        assert!(sentence.contains("already holds seat 1"), "{sentence}");
    }

    fn who_is_given_a_seat_while_holding_a_token_lets_the_token_run_out(fresh) {
        let scene = pool(fresh, 1, 2);
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        let licence = fresh.licence("Service desk, named", Metric::Exclusive, 1);
        scene.works(fresh, 0, 0).unwrap();
        seated(fresh, manager, licence.id, scene.people[0]);
        for second in (30..=330).step_by(30) {
            fresh.desk.heartbeat_now(&by(scene.people[0], second)).unwrap();
            scene.works(fresh, 0, second).unwrap();
        }
        fresh.desk.sweep_now(timer(330)).unwrap();
        scene.works(fresh, 1, 331).expect("the token is free for others");
    }

    fn a_revoked_seat_grants_nothing_and_is_revoked_once(fresh) {
        let scene = pool(fresh, 0, 1);
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        let tim = fresh.person("Tim Okafor", &[Role::Agent]);
        let licence = fresh.licence("Service desk, named", Metric::Exclusive, 1);
        let SeatAssigned { assignment, .. } = seated(fresh, manager, licence.id, tim);
        let revoke = |because: &str| RevokeSeat { assignment, because: because.to_owned() };
        assert_eq!(field(fresh.desk.execute_now(by(manager, 1), revoke(""))), "because");
        fresh.desk.execute_now(by(manager, 2), revoke("Left the rota.")).unwrap();
        let refused = verdict(work(&fresh.desk, by(tim, 3), scene.ticket));
        assert!(matches!(refused, Verdict::Refused(_)));
        rule(fresh.desk.execute_now(by(manager, 4), revoke("Once more.")));
    }

    fn what_a_leaver_held_is_free_with_the_act_that_says_so(fresh) {
        let scene = pool(fresh, 1, 3);
        let (admin, leaver) = (fresh.person("Ada Rook", &[Role::Admin]), scene.people[0]);
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        let named = fresh.licence("Service desk, named", Metric::Exclusive, 1).id;
        let waited = fresh.licence("Other pool", Metric::Concurrent, 0);
        fresh.entitle(&waited, leaver);
        scene.works(fresh, 0, 0).unwrap();
        fresh.desk.execute_now(by(leaver, 1), JoinQueue { licence: waited.id }).unwrap();
        verdict(scene.works(fresh, 1, 2));
        seated(fresh, manager, named, leaver);

        let changes = PersonChanges { active: Some(false), ..PersonChanges::default() };
        fresh.desk.execute_now(by(admin, 10), ChangePerson { person: leaver, version: 1, changes }).unwrap();
        assert!(matches!(scene.standing(fresh, 1, 11), StandingKind::Offered { .. }), "the token");
        assert!(fresh.desk.ask_now(by(manager, 11), QueueView { licence: waited.id }).unwrap().is_empty(), "the place");
        seated(fresh, manager, named, scene.people[2]);
        assert_eq!(scene.seat(fresh, 0, 11).all, [], "and the right to all of them");
        let record = audit_records(fresh).into_iter().find(|record| record.action == "person.change").unwrap();
        assert!(record.body.unwrap_or_default().contains("Service desk, named"));
    }

    fn an_assignment_needs_a_reason_a_person_who_works_here_and_a_review_ahead(fresh) {
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        let tim = fresh.person("Tim Okafor", &[Role::Agent]);
        let licence = fresh.licence("Service desk, named", Metric::Exclusive, 2).id;
        let with = |change: fn(&mut AssignSeat)| {
            let mut command = assign(licence, tim);
            change(&mut command);
            fresh.desk.execute_now(by(manager, 1), command)
        };
        assert_eq!(field(with(|command| "  ".clone_into(&mut command.justification))), "justification");
        assert_eq!(field(with(|command| command.next_review_at = Some(when(1)))), "next_review_at");
        let nobody = PersonId::from(uuid::Uuid::from_u128(404));
        let unknown = AssignSeat { person: nobody, ..assign(licence, tim) };
        assert!(matches!(fresh.desk.execute_now(by(manager, 1), unknown), Err(Refused::NotFound("person"))));
        let pool = fresh.licence("Pool", Metric::Concurrent, 2).id;
        assert!(rule(fresh.desk.execute_now(by(manager, 1), assign(pool, tim))).contains("entitle"));
    }

    fn an_assignment_is_on_record_with_its_reason(fresh) {
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        let tim = fresh.person("Tim Okafor", &[Role::Agent]);
        let licence = fresh.licence("Service desk, named", Metric::Exclusive, 2).id;
        let SeatAssigned { assignment, .. } = seated(fresh, manager, licence, tim);
        let record = audit_records(fresh).remove(0);
        assert_eq!((record.action.as_str(), record.target), ("seat.assign", format!("assignment:{assignment}")));
        assert!(record.body.unwrap_or_default().contains("must never wait"));

        let detail = fresh.desk.ask_now(by(manager, 1), LicenceDetail { licence }).unwrap();
        let holder = detail.seats.items[0].holder.as_ref().unwrap();
        assert_eq!((holder.person.name.as_str(), holder.approver.as_ref().unwrap().name.as_str()), ("Tim Okafor", "Mia Sand"));
        assert_eq!(detail.seats.items[1].holder, None);
    }

    fn seats_come_in_pages(fresh) {
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        let licence = fresh.licence("Service desk, named", Metric::Exclusive, 5).id;
        let (mut numbers, mut after) = (Vec::new(), None);
        loop {
            let page = fresh.desk.ask_now(by(manager, 0), LicenceSeats { licence, after, limit: 2 }).unwrap();
            numbers.push(page.items.iter().map(|seat| seat.number).collect::<Vec<_>>());
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(numbers, [vec![1, 2], vec![3, 4], vec![5]]);
        let lost = LicenceSeats { licence, after: Some("nowhere".to_owned()), limit: 2 };
        assert_eq!(field(fresh.desk.ask_now(by(manager, 0), lost)), "after");
    }
}
