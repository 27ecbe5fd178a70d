//! What the two engines promise.

use domain::Timestamp;
use store::{Database, StoreError, Value, idempotency, licence, outbox, setting, statement};

use crate::support::on_both_engines;

fn now() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

on_both_engines! {
    fn every_statement_is_understood(fresh) {
        for (name, text) in statement::all() {
            let params = vec![Value::Null; 40];
            let outcome: Result<Vec<String>, StoreError> =
                fresh.db.read_now(move |tx| tx.plan(text, &params[..parameters(text)]));
            if let Err(error) = outcome {
                panic!("{name}: {error}\n{text}");
            }
        }
    }

    fn opening_again_changes_nothing(fresh) {
        fresh.db.write_now(|tx| setting::set_meta(tx, "tenant", "one")).unwrap();
        let again = Database::open(&fresh.url).unwrap();
        assert_eq!(again.read_now(|tx| setting::meta(tx, "tenant")).unwrap().as_deref(), Some("one"));
    }

    fn an_error_undoes_everything_the_command_did_and_nothing_else(fresh) {
        fresh.db.write_now(|tx| setting::set_meta(tx, "kept", "yes")).unwrap();
        let failed: Result<(), StoreError> = fresh.db.write_now(|tx| {
            setting::set_meta(tx, "kept", "no")?;
            setting::set_meta(tx, "lost", "yes")?;
            Err(StoreError::Busy)
        });
        assert!(matches!(failed, Err(StoreError::Busy)));
        let kept = fresh.db.read_now(|tx| Ok::<_, StoreError>((setting::meta(tx, "kept")?, setting::meta(tx, "lost")?)));
        assert_eq!(kept.unwrap(), (Some("yes".to_owned()), None));
    }

    fn a_panic_undoes_its_command_and_the_engine_goes_on(fresh) {
        let failed: Result<(), StoreError> = fresh.db.write_now(|tx| {
            setting::set_meta(tx, "lost", "yes")?;
            panic!("by intention");
        });
        assert!(matches!(failed, Err(StoreError::Panicked(_))), "{failed:?}");
        fresh.db.write_now(|tx| setting::set_meta(tx, "after", "yes")).unwrap();
        let seen = fresh.db.read_now(|tx| Ok::<_, StoreError>((setting::meta(tx, "lost")?, setting::meta(tx, "after")?)));
        assert_eq!(seen.unwrap(), (None, Some("yes".to_owned())));
    }

    fn the_same_key_twice_is_a_duplicate_and_undoes_its_command(fresh) {
        let put = || fresh.db.write_now(|tx| {
            outbox::put(tx, "queue", now())?;
            idempotency::put(tx, "anna", "k1", &[7; 32], "{}", now())
        });
        put().unwrap();
        // PostgreSQL says so with the commit, when nobody looks any more who it was.
        assert!(matches!(put(), Err(StoreError::Duplicate { .. } | StoreError::Busy)));
        assert_eq!(fresh.db.read_now(|tx| outbox::since(tx, 0)).unwrap().len(), 1);
        fresh.db.write_now(|tx| idempotency::put(tx, "anna", "k2", &[7; 32], "{}", now())).unwrap();
    }

    fn what_is_written_later_is_written_in_order_and_seen_by_what_is_asked_after_it(fresh) {
        let seen = fresh.db.write_now(|tx| {
            tx.ask_ahead(|| [setting::versions_question()])?;
            for number in 0..100 {
                outbox::put(tx, &number.to_string(), now())?;
            }
            let before = setting::versions(tx)?;
            tx.ask_ahead(|| [setting::versions_question()])?;
            setting::put(tx, "workflow", "{}", now())?;
            Ok::<_, StoreError>((outbox::since(tx, 0)?, setting::versions(tx)? > before))
        });
        let (said, grew) = seen.unwrap();
        let numbers: Vec<_> = (0..100).map(|number| number.to_string()).collect();
        assert_eq!(said.into_iter().map(|(_, topics)| topics).collect::<Vec<_>>(), numbers);
        assert!(grew, "what was asked ahead of a write is asked again after it");
    }

    fn nothing_is_done_on_a_lease_that_has_ended(fresh) {
        let done = fresh.db.write_now(|tx| {
            let lease = uuid::Uuid::from_u128(7).into();
            if licence::lease_surely_used(tx, lease, now())? {
                outbox::put(tx, "queue", now())?;
            }
            Ok::<_, StoreError>(())
        });
        // SQLite knows it at once, PostgreSQL with the commit.
        assert!(matches!(done, Ok(()) | Err(StoreError::Busy)), "{done:?}");
        assert_eq!(fresh.db.read_now(|tx| outbox::since(tx, 0)).unwrap(), []);
    }

    fn who_waits_for_news_is_woken_after_the_commit(fresh) {
        let (told, heard) = std::sync::mpsc::channel();
        fresh.db.on_wake(move || told.send(()).unwrap_or_default());
        // Whatever listening itself announced.
        fresh.db.write_now(|tx| outbox::put(tx, "queue", now())).unwrap();
        heard.recv_timeout(std::time::Duration::from_secs(20)).expect("word of the commit");
        let news = fresh.db.read_now(|tx| outbox::since(tx, 0)).unwrap();
        assert_eq!(news.iter().map(|(_, topics)| topics.as_str()).collect::<Vec<_>>(), ["queue"]);
    }
}

/// The highest `$n` of a statement.
fn parameters(text: &str) -> usize {
    text.split('$')
        .skip(1)
        .filter_map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok())
        .max()
        .unwrap_or(0)
}
