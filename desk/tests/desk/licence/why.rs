//! "Why am I consuming this?", and concurrency computed from what was recorded.

use desk::{
    Refused,
    licence::{Denials, ExplainHolding, LicenceUsage, QueueView, ReleaseToken},
};
use domain::{
    identity::Role,
    licence::{DenialClass, usage},
};

use super::{by, field, pool, verdict, when};
use crate::support::on_both_engines;

on_both_engines! {
    fn why_am_i_consuming_this_has_an_answer_for_every_minute(fresh) {
        let scene = pool(fresh, 1, 3);
        let licence = scene.licence.id;
        let tim = fresh.technician("Tim Okafor");
        scene.works(fresh, 0, 0).unwrap();
        verdict(scene.works(fresh, 1, 60));
        verdict(scene.works(fresh, 2, 90));
        fresh.desk.execute_now(by(scene.people[0], 120), ReleaseToken { licence }).unwrap();
        scene.works(fresh, 1, 130).unwrap();

        let say = |who: usize, second| {
            let question = ExplainHolding { person: scene.people[who], at: Some(when(second)) };
            fresh.desk.ask_now(by(scene.people[who], 200), question).unwrap().sentence
        };
        assert_eq!(say(0, -1), "held nothing");
        assert_eq!(
            say(0, 60),
            "took token 1 of Service desk, concurrent (concurrent) at 2026-03-02 09:00:00 by writing a note on INC-1 in \
             the browser; given back at 2026-03-02 09:02:00"
        );
        assert!(say(0, 125).starts_with("held nothing; token 1 of Service desk, concurrent given back"));
        assert_eq!(say(1, 100), "held nothing; waited for Service desk, concurrent in place 1, in line since 2026-03-02 09:01:00");
        assert!(say(2, 100).contains("in place 2"));
        assert!(say(2, 140).contains("in place 1"), "the first has left the line");
        assert!(say(1, 140).contains("at 2026-03-02 09:02:10"));

        let own = ExplainHolding { person: tim, at: None };
        let seat = fresh.desk.ask_now(by(tim, 200), own).unwrap().sentence;
        assert!(seat.starts_with("held exclusive seat 1 of Seat of Tim Okafor"), "{seat}");
    }

    fn a_time_of_idleness_is_known_afterwards(fresh) {
        let scene = pool(fresh, 1, 1);
        scene.works(fresh, 0, 0).unwrap();
        for second in (60..=1_800).step_by(60) {
            fresh.desk.heartbeat_now(&by(scene.people[0], second)).unwrap();
        }
        scene.works(fresh, 0, 1_800).unwrap();
        let idle = |second| {
            let question = ExplainHolding { person: scene.people[0], at: Some(when(second)) };
            fresh.desk.ask_now(by(scene.people[0], 1_900), question).unwrap().sentence.contains("idle since 2026-03-02 09:00:00")
        };
        assert_eq!([idle(599), idle(600), idle(1_799), idle(1_800)], [false, true, true, false]);
    }

    fn an_explanation_is_ones_own_or_a_licence_readers(fresh) {
        let scene = pool(fresh, 1, 2);
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        let ask = |asker, second| fresh.desk.ask_now(by(asker, 10), ExplainHolding { person: scene.people[0], at: Some(when(second)) });
        assert!(matches!(ask(scene.people[1], 0), Err(Refused::NotFound("person"))));
        assert_eq!(ask(manager, 0).unwrap().name, "Technician 000");
        assert_eq!(field(ask(manager, 11)), "at");
    }

    fn a_past_peak_names_its_holders(fresh) {
        let scene = pool(fresh, 2, 4);
        let licence = scene.licence.id;
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        scene.works(fresh, 0, 0).unwrap();
        scene.works(fresh, 1, 100).unwrap();
        verdict(scene.works(fresh, 2, 150));
        fresh.desk.execute_now(by(scene.people[0], 200), ReleaseToken { licence }).unwrap();
        scene.works(fresh, 2, 210).unwrap();
        let usage = |from, until| fresh.desk.ask_now(by(manager, 10_000), LicenceUsage { licence, from: when(from), until: when(until), resolution: None });
        let names = |from, until| -> (u32, Vec<String>) {
            let peak = usage(from, until).unwrap().peak.unwrap();
            (peak.level, peak.holders.into_iter().map(|holder| holder.name).collect())
        };
        assert_eq!(names(0, 100), (1, vec!["Technician 000".to_owned()]));
        assert_eq!(names(0, 10_000).1, ["Technician 000", "Technician 001"]);
        assert_eq!(names(205, 220).1, ["Technician 001", "Technician 002"]);
        let levels: Vec<_> = usage(50, 10_000).unwrap().levels.iter().map(|step| (step.at, step.level)).collect();
        // Nobody swept: both fell silent all the same, at their moments.
        let expected = [(50, 1), (100, 2), (200, 1), (210, 2), (430, 1), (540, 0)];
        assert_eq!(levels, expected.map(|(second, level)| (when(second), level)));
        assert_eq!(usage::concurrency(&scene.events(fresh)).level_at(when(150)), 2);
        assert_eq!(field(usage(10, 10)), "until");
    }

    fn a_denial_is_true_unless_they_are_served_within_the_tolerance(fresh) {
        let scene = pool(fresh, 1, 3);
        let licence = scene.licence.id;
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        scene.works(fresh, 0, 0).unwrap();
        verdict(scene.works(fresh, 1, 10));
        verdict(scene.works(fresh, 2, 20));
        let line = fresh.desk.ask_now(by(manager, 30), QueueView { licence }).unwrap();
        assert_eq!(line.iter().map(|entry| (entry.place, entry.person.name.as_str())).collect::<Vec<_>>(), [(1, "Technician 001"), (2, "Technician 002")]);
        fresh.desk.execute_now(by(scene.people[0], 40), ReleaseToken { licence }).unwrap();
        scene.works(fresh, 1, 70).unwrap();
        let classes = |second| {
            let page = fresh.desk.ask_now(by(manager, second), Denials { licence, since: when(0), after: None, limit: 10 }).unwrap();
            page.items.into_iter().map(|denial| (denial.person.name, denial.class)).collect::<Vec<_>>()
        };
        let (one, two) = ("Technician 001".to_owned(), "Technician 002".to_owned());
        assert_eq!(classes(75), [(two.clone(), DenialClass::Open), (one.clone(), DenialClass::False)]);
        assert_eq!(classes(81), [(two, DenialClass::True), (one, DenialClass::False)]);

        let page = |after| fresh.desk.ask_now(by(manager, 90), Denials { licence, since: when(0), after, limit: 1 }).unwrap();
        let first = page(None);
        assert_eq!(page(first.next).items[0].person.name, "Technician 001");
    }
}
