//! What a licence manager does to licences, and who may not.

use desk::{
    Refused,
    licence::{
        AddLicence, AssignSeat, ChangeLicence, Denials, Entitle, EntitledPeople, JoinQueue, LicenceDetail,
        LicenceList, LicenceUsage, QueueView, TermDates,
    },
};
use domain::{
    LicenceId, PersonId,
    identity::Role,
    licence::{Metric, Origin, PoolRules, TermPhase, Verdict},
};
use jiff::SignedDuration;
use uuid::Uuid;

use super::{audit_records, by, field, pool, rule, verdict, when};
use crate::support::on_both_engines;

fn add(name: &str, metric: Metric, quantity: u32) -> AddLicence {
    AddLicence {
        name: name.to_owned(),
        product: "Service desk".to_owned(),
        module: None,
        metric,
        quantity,
        term: TermDates { starts_at: when(0), ends_at: None },
        rules: PoolRules::default(),
    }
}

fn unchanged(licence: LicenceId) -> ChangeLicence {
    ChangeLicence { licence, version: None, name: None, quantity: None, term: None, rules: None }
}

on_both_engines! {
    fn an_exclusive_licence_comes_with_its_seats_and_grows_with_its_quantity(fresh) {
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        let id = fresh.desk.execute_now(by(manager, 0), add("Named", Metric::Exclusive, 3)).unwrap();
        let seats = |second| fresh.desk.ask_now(by(manager, second), LicenceDetail { licence: id }).unwrap();
        assert_eq!(seats(1).seats.items.len(), 3);
        let grow = ChangeLicence { quantity: Some(5), ..unchanged(id) };
        assert_eq!(fresh.desk.execute_now(by(manager, 2), grow).unwrap(), 2);
        assert_eq!((seats(3).seats.items.len(), seats(3).version), (5, 2));
    }

    fn seats_never_fall_below_those_assigned(fresh) {
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        let id = fresh.desk.execute_now(by(manager, 0), add("Named", Metric::Exclusive, 3)).unwrap();
        for name in ["Tim Okafor", "Ola Nor"] {
            let person = fresh.person(name, &[Role::Agent]);
            let seat = AssignSeat { licence: id, person, justification: "Works nights.".to_owned(), origin: Origin::Manual, next_review_at: None };
            fresh.desk.execute_now(by(manager, 1), seat).unwrap();
        }
        let shrink = |quantity| ChangeLicence { quantity: Some(quantity), ..unchanged(id) };
        assert_eq!(field(fresh.desk.execute_now(by(manager, 2), shrink(1))), "quantity");
        fresh.desk.execute_now(by(manager, 3), shrink(2)).unwrap();
    }

    fn a_stale_version_changes_nothing(fresh) {
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        let id = fresh.desk.execute_now(by(manager, 0), add("Pool", Metric::Concurrent, 3)).unwrap();
        let rename = |version, name: &str| ChangeLicence { version: Some(version), name: Some(name.to_owned()), ..unchanged(id) };
        fresh.desk.execute_now(by(manager, 1), rename(1, "Pool of the desk")).unwrap();
        let stale = fresh.desk.execute_now(by(manager, 2), rename(1, "Another"));
        assert!(matches!(stale, Err(Refused::Stale { current: 2 })));
        let list = fresh.desk.ask_now(by(manager, 3), LicenceList).unwrap();
        assert_eq!(list[0].name, "Pool of the desk");
    }

    fn what_cannot_be_a_licence_names_its_field(fresh) {
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        let put = |command| fresh.desk.execute_now(by(manager, 0), command);
        put(add("Pool", Metric::Concurrent, 3)).unwrap();
        assert_eq!(field(put(add("Pool", Metric::Concurrent, 3))), "name");
        assert_eq!(field(put(add(" ", Metric::Concurrent, 3))), "name");
        assert_eq!(field(put(add("Free", Metric::Requester, 3))), "quantity");
        let term = TermDates { starts_at: when(10), ends_at: Some(when(10)) };
        assert_eq!(field(put(AddLicence { term, ..add("Backward", Metric::Concurrent, 3) })), "ends_at");
        let rules = PoolRules { ttl: SignedDuration::from_secs(1), ..PoolRules::default() };
        assert_eq!(field(put(AddLicence { rules, ..add("Hasty", Metric::Concurrent, 3) })), "ttl");
        assert_eq!(fresh.desk.ask_now(by(manager, 1), LicenceList).unwrap().len(), 1);
    }

    fn a_term_that_ends_ends_every_hold_with_it(fresh) {
        let scene = pool(fresh, 1, 2);
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        scene.works(fresh, 0, 0).unwrap();
        verdict(scene.works(fresh, 1, 10));
        let term = Some(TermDates { starts_at: when(-10), ends_at: Some(when(100)) });
        fresh.desk.execute_now(by(manager, 20), ChangeLicence { term, ..unchanged(scene.licence.id) }).unwrap();
        let Verdict::Refused(refusal) = verdict(scene.works(fresh, 0, 100)) else { panic!() };
        assert!(refusal.to_string().contains("renew"), "{refusal}");
        let detail = fresh.desk.ask_now(by(manager, 101), LicenceDetail { licence: scene.licence.id }).unwrap();
        assert_eq!((detail.summary.phase, detail.tokens.len(), detail.queue.len()), (TermPhase::Ended, 0, 0));
    }

    fn shorter_rules_hold_from_the_moment_they_are_set(fresh) {
        let scene = pool(fresh, 1, 2);
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        scene.works(fresh, 0, 0).unwrap();
        let rules = PoolRules { ttl: SignedDuration::from_secs(60), ..PoolRules::default() };
        let change = ChangeLicence { rules: Some(rules), ..unchanged(scene.licence.id) };
        fresh.desk.execute_now(by(manager, 120), change).unwrap();
        scene.works(fresh, 1, 121).expect("silent for longer than the new time to live and drift");
    }

    fn entitling_counts_those_who_were_not_and_refuses_strangers(fresh) {
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        let id = fresh.desk.execute_now(by(manager, 0), add("Pool", Metric::Concurrent, 3)).unwrap();
        let tim = fresh.person("Tim Okafor", &[Role::Agent]);
        let ola = fresh.person("Ola Nor", &[Role::Agent]);
        let entitle = |people: &[PersonId]| fresh.desk.execute_now(by(manager, 1), Entitle { licence: id, people: people.to_vec() });
        assert_eq!(entitle(&[tim]).unwrap().added, 1);
        assert_eq!(entitle(&[tim, ola, ola]).unwrap().added, 1);
        assert_eq!(field(entitle(&[PersonId::from(Uuid::from_u128(404))])), "people");
        assert_eq!(field(entitle(&[])), "people");
        let named = fresh.desk.execute_now(by(manager, 2), add("Named", Metric::Exclusive, 1)).unwrap();
        let wrong = fresh.desk.execute_now(by(manager, 3), Entitle { licence: named, people: vec![tim] });
        assert!(rule(wrong).contains("assign its seats instead"));

        let people = |after, limit| fresh.desk.ask_now(by(manager, 4), EntitledPeople { licence: id, after, limit }).unwrap();
        let first = people(None, 1);
        assert_eq!(first.items[0].person.name, "Ola Nor");
        let second = people(first.next, 1);
        assert_eq!((second.items[0].person.name.as_str(), second.next), ("Tim Okafor", None));
    }

    fn nobody_without_the_capability_learns_that_a_licence_exists(fresh) {
        let scene = pool(fresh, 1, 1);
        let anna = fresh.person("Otto Eng", &[Role::Requester]);
        let (licence, ctx) = (scene.licence.id, || by(anna, 1));
        assert!(matches!(fresh.desk.ask_now(ctx(), LicenceList), Err(Refused::NotFound(_))));
        assert!(matches!(fresh.desk.ask_now(ctx(), LicenceDetail { licence }), Err(Refused::NotFound(_))));
        assert!(matches!(fresh.desk.ask_now(ctx(), QueueView { licence }), Err(Refused::NotFound(_))));
        let usage = LicenceUsage { licence, from: when(0), until: when(1), resolution: None };
        assert!(matches!(fresh.desk.ask_now(ctx(), usage), Err(Refused::NotFound(_))));
        let denials = Denials { licence, since: when(0), after: None, limit: 10 };
        assert!(matches!(fresh.desk.ask_now(ctx(), denials), Err(Refused::NotFound(_))));
        assert!(matches!(fresh.desk.execute_now(ctx(), unchanged(licence)), Err(Refused::NotFound(_))));
        assert!(matches!(fresh.desk.execute_now(ctx(), JoinQueue { licence }), Err(Refused::NotFound(_))));
        // An auditor knows the licence, and is refused by capability: on record.
        let ada = fresh.person("Ada Rook", &[Role::Auditor]);
        let refused = fresh.desk.execute_now(by(ada, 2), unchanged(licence));
        assert!(matches!(refused, Err(Refused::Licence(_))));
        assert_eq!(audit_records(fresh)[0].outcome, "refused");
        // A technician who holds the right to a token does not manage it.
        let refused = fresh.desk.execute_now(by(scene.people[0], 3), unchanged(licence));
        assert!(matches!(refused, Err(Refused::Licence(_))));
    }
}
