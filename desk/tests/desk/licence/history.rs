//! Past use of a pool, brought in.

use desk::{
    Context, Refused, StoreError,
    licence::{Denials, ImportPoolHistory, LicenceUsage},
};
use domain::{
    PersonId,
    identity::{Role, SystemActor},
    import::{PersonKey, PoolDenial, PoolDenialReason, PoolSession, PoolUse},
    licence::Metric,
};
use store::person::{self, Person};
use uuid::Uuid;

use super::{by, events, kinds, rule, ticket, when, work};
use crate::support::{Fresh, on_both_engines, seed};

/// A technician whom the source calls `key`.
fn known_as(fresh: &Fresh, key: &'static str) -> PersonId {
    let id = PersonId::from(Uuid::from_u128(u128::from(key.as_bytes()[0])));
    let new = Person {
        id,
        name: format!("{key} of elsewhere"),
        email: format!("{key}@example.org"),
        title: String::new(),
        department: String::new(),
        location: String::new(),
        zone: "UTC".to_owned(),
        active: true,
        version: 1,
        created_at: when(0),
        language: None,
    };
    let write = move |tx: &mut store::WriteTx<'_>| {
        person::insert(tx, &new, Some(("elsewhere", key)))?;
        person::set_roles(tx, id, &[Role::Agent])
    };
    fresh.desk.database().write_now::<_, StoreError>(write).unwrap();
    id
}

fn session(key: &str, from: i64, to: i64) -> PoolSession {
    PoolSession { person: PersonKey(key.to_owned()), from: when(from), to: when(to) }
}

fn import(at: i64) -> Context {
    Context::system(SystemActor::Import, when(at), seed())
}

on_both_engines! {
    fn a_history_is_told_by_the_same_facts_as_todays_use(fresh) {
        let licence = fresh.licence("Pool", Metric::Concurrent, 2);
        let manager = fresh.person("Mia Sand", &[Role::LicenceManager]);
        let anna = known_as(fresh, "anna");
        known_as(fresh, "ben");
        known_as(fresh, "cem");
        let denial = PoolDenial { person: PersonKey("cem".to_owned()), at: when(60), reason: PoolDenialReason::PoolFull };
        let history = PoolUse {
            sessions: vec![
                session("anna", 0, 100),
                session("ben", 50, 200),
                session("cem", 100, 150),
                session("dora", 110, 120),
                session("ben", 120, 130),
                session("anna", 120, 140),
                session("anna", 300, 2_000),
            ],
            denials: vec![denial],
        };
        let command = ImportPoolHistory { licence: licence.id, source: "elsewhere".to_owned(), history };
        let placed = fresh.desk.execute_now(import(1_000), command).unwrap();
        assert_eq!((placed.sessions, placed.denials), (3, 1));
        let unplaced: Vec<_> = placed.unplaced.iter().map(|part| part.because.split(';').next().unwrap()).collect();
        assert_eq!(unplaced, [
            "elsewhere knows nobody by this name",
            "the same person holds another token at that time",
            "all tokens are held at that time",
            "it ends in the future",
        ]);
        assert_eq!(kinds(&events(fresh, licence.id)), ["acquired", "acquired", "denied", "released", "acquired", "released", "released"]);

        let usage = LicenceUsage { licence: licence.id, from: when(0), until: when(300), resolution: None };
        let usage = fresh.desk.ask_now(by(manager, 1_000), usage).unwrap();
        let levels: Vec<_> = usage.levels.iter().map(|step| (step.at, step.level)).collect();
        assert_eq!(levels, [(0, 1), (50, 2), (150, 1), (200, 0)].map(|(second, level)| (when(second), level)));
        let denials = Denials { licence: licence.id, since: when(0), after: None, limit: 10 };
        let denials = fresh.desk.ask_now(by(manager, 1_000), denials).unwrap();
        assert_eq!(denials.items[0].served_at, Some(when(100)));

        // Today goes on from it: later fencing numbers, and no earlier history afterwards.
        fresh.entitle(&licence, anna);
        let ticket = ticket(fresh);
        work(&fresh.desk, by(anna, 1_001), ticket).unwrap();
        let more = PoolUse { sessions: vec![session("ben", 10, 20)], denials: Vec::new() };
        let again = ImportPoolHistory { licence: licence.id, source: "elsewhere".to_owned(), history: more };
        assert!(rule(fresh.desk.execute_now(import(1_002), again)).contains("in use"));
    }

    fn only_the_importer_brings_history(fresh) {
        let licence = fresh.licence("Pool", Metric::Concurrent, 2);
        let admin = fresh.person("Ada Rook", &[Role::Admin]);
        let command = || ImportPoolHistory { licence: licence.id, source: "elsewhere".to_owned(), history: PoolUse::default() };
        assert!(matches!(fresh.desk.execute_now(by(admin, 0), command()), Err(Refused::NotFound(_))));
        fresh.desk.execute_now(import(0), command()).unwrap();
    }
}
