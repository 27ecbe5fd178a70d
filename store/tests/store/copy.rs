//! That a copy copies everything.

use store::{
    StoreError, audit,
    copy::{self, Copy},
    outbox, setting,
};

use crate::support::on_both_engines;

on_both_engines! {
    fn every_table_and_column_of_the_schema_is_copied(fresh) {
        let mut copied: Vec<(String, Vec<String>)> = copy::tables()
            .unwrap()
            .iter()
            .map(|table| (table.name.clone(), table.columns.clone()))
            .collect();
        copied.sort();
        let mut schema = fresh.db.read_now(copy::schema).unwrap();
        schema.sort();
        assert_eq!(copied, schema);
        assert!(copied.iter().any(|(table, _)| table == "audit_record"));
    }

    fn a_copy_that_is_broken_off_leaves_nothing(fresh) {
        fresh.db.write_now(|tx| setting::set_meta(tx, "tenant", "one")).unwrap();
        let target = crate::support::sqlite();
        let failed = copy::copy(
            &fresh.db,
            &target.db,
            Copy {
                progress: Box::new(|_, _| {}),
                look: |_: &mut store::ReadTx<'_>| Err::<(), _>(StoreError::Busy),
                close: |_: &mut store::WriteTx<'_>| Ok::<(), StoreError>(()),
            },
        );
        assert!(matches!(failed, Err(StoreError::Busy)), "{failed:?}");
        assert!(target.db.read_now(copy::is_empty).unwrap());
    }

    fn numbers_go_on_after_a_copy(fresh) {
        let source = crate::support::sqlite();
        let now = "2026-03-02T09:00:00Z".parse().unwrap();
        source.db.write_now(move |tx| {
            // More than a batch, and more than one statement writes.
            for number in 0..1_017 {
                setting::set_meta(tx, &format!("fact {number}"), "so")?;
            }
            outbox::put(tx, "queue", now)?;
            outbox::put(tx, "queue", now)
        }).unwrap();
        let ((), ()) = copy::copy(
            &source.db,
            &fresh.db,
            Copy {
                progress: Box::new(|_, _| {}),
                look: |_: &mut store::ReadTx<'_>| Ok::<(), StoreError>(()),
                close: |_: &mut store::WriteTx<'_>| Ok::<(), StoreError>(()),
            },
        ).unwrap();
        fresh.db.write_now(move |tx| outbox::put(tx, "queue", now)).unwrap();
        let news = fresh.db.read_now(|tx| outbox::since(tx, 0)).unwrap();
        assert_eq!(news.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(fresh.db.read_now(|tx| setting::meta(tx, "fact 1016")).unwrap().as_deref(), Some("so"));
        assert_eq!(fresh.db.read_now(audit::frontier).unwrap().size(), 0);
    }
}

#[test]
fn a_table_comes_after_those_it_refers_to() {
    let place = |name: &str| copy::tables().unwrap().iter().position(|table| table.name == name).unwrap();
    assert!(place("person") < place("person_role"));
    assert!(place("licence") < place("seat"));
    assert!(place("seat") < place("assignment"));
}
