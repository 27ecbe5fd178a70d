//! Hot statements run on the indexes made for them.

use domain::{GroupId, PersonId};
use store::ticket::{self, Queue};
use uuid::Uuid;

use crate::support::on_both_engines;

on_both_engines! {
    fn a_page_of_a_queue_is_read_off_its_index(fresh) {
        let id = Uuid::from_u128(7);
        for (queue, index) in [
            (Queue::Open, "ticket_queue"),
            (Queue::Unassigned, "ticket_queue_unassigned"),
            (Queue::Team(GroupId::from(id)), "ticket_queue_team"),
            (Queue::Assignee(PersonId::from(id)), "ticket_queue_assignee"),
        ] {
            let plan = fresh.db.read_now(move |tx| ticket::queue_plan(tx, queue)).unwrap().join("\n");
            // PostgreSQL chooses by the number of rows, and here there are none; SQLite by the shape alone.
            if matches!(fresh.url, store::DatabaseUrl::Sqlite(_)) {
                assert!(plan.contains(&format!("USING INDEX {index} ")), "{queue:?}: {plan}");
                assert!(!plan.contains("TEMP B-TREE"), "{queue:?} is sorted: {plan}");
            }
        }
    }
}
