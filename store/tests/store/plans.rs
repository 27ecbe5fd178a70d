//! Hot statements run on the indexes made for them.

use domain::{
    GroupId, PersonId,
    ticket::{AssigneeIs, Filter, OrNone, Scope, Sort},
};
use store::{
    licence, search,
    ticket::{self, Queue},
    ticket_list::{self, Reading},
    usage,
};
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
            (Queue::Problems, "ticket_queue_problems"),
        ] {
            let plan = fresh.db.read_now(move |tx| ticket::queue_plan(tx, queue)).unwrap().join("\n");
            // PostgreSQL chooses by the number of rows, and here there are none; SQLite by the shape alone.
            if matches!(fresh.url, store::DatabaseUrl::Sqlite(_)) {
                assert!(plan.contains(&format!("USING INDEX {index} ")), "{queue:?}: {plan}");
                assert!(!plan.contains("TEMP B-TREE"), "{queue:?} is sorted: {plan}");
            }
        }
    }

    fn a_filtered_list_is_read_off_the_index_of_its_order(fresh) {
        let id = Uuid::from_u128(7);
        let of = |scope, sort, assignee, group| Filter { scope, sort, assignee, group, ..Filter::default() };
        let team = Some(OrNone::Is(GroupId::from(id)));
        for (filter, index) in [
            (of(Scope::Open, Sort::Due, None, None), "ticket_queue "),
            (of(Scope::Open, Sort::Due, Some(AssigneeIs::Me), None), "ticket_queue_assignee "),
            (of(Scope::Open, Sort::Due, Some(AssigneeIs::Nobody), team), "ticket_queue_unassigned "),
            (of(Scope::New, Sort::Due, None, team), "ticket_queue_team "),
            (of(Scope::Open, Sort::Priority, None, None), "ticket_queue_priority "),
            (of(Scope::Open, Sort::Updated, None, None), "ticket_by_update "),
            (of(Scope::Any, Sort::Updated, None, None), "ticket_by_update "),
            (of(Scope::Any, Sort::Newest, None, None), "sqlite_autoindex_ticket_1 "),
            (of(Scope::Closed, Sort::Due, None, None), "sqlite_autoindex_ticket_1 "),
            (of(Scope::Any, Sort::Oldest, None, None), "sqlite_autoindex_ticket_1 "),
        ] {
            let asked = filter.clone();
            let reading = Reading { me: Some(PersonId::from(id)), now: domain::Timestamp::UNIX_EPOCH };
            let plan = fresh.db.read_now(move |tx| ticket_list::plan(tx, &asked, reading)).unwrap().join("\n");
            if matches!(fresh.url, store::DatabaseUrl::Sqlite(_)) {
                assert!(plan.contains(&format!("USING INDEX {index}")), "{}: {plan}", filter.query());
                assert!(!plan.contains("TEMP B-TREE"), "{} is sorted: {plan}", filter.query());
            }
        }
    }

    fn a_search_reads_nothing_but_its_matches(fresh) {
        let plan = fresh.db.read_now(search::plans).unwrap();
        // PostgreSQL chooses by the number of rows, and here there are none; SQLite by the shape alone.
        if matches!(fresh.url, store::DatabaseUrl::Sqlite(_)) {
            // M: by the match; >: from a rowid on. FTS5 gives the order itself.
            assert!(plan[0].starts_with("SCAN s VIRTUAL TABLE INDEX") && plan[0].ends_with(":M1>"), "{plan:?}");
            assert!(plan[1].starts_with("SEARCH d USING INTEGER PRIMARY KEY"), "{plan:?}");
            assert!(plan[2].starts_with("SEARCH search_word USING PRIMARY KEY"), "{plan:?}");
            assert!(plan[3].starts_with("SEARCH search_number USING PRIMARY KEY"), "{plan:?}");
            // =: one rowid of the match.
            assert!(plan[4].ends_with(":=M1"), "{plan:?}");
            assert_eq!(plan.len(), 5, "{plan:?}");
        }
    }

    fn the_rows_of_what_was_found_are_read_by_their_ids(fresh) {
        let plan = fresh.db.read_now(ticket::queue_rows_plan).unwrap();
        if matches!(fresh.url, store::DatabaseUrl::Sqlite(_)) {
            assert!(plan.iter().all(|line| !line.contains("SCAN") && !line.contains("TEMP B-TREE")), "{plan:?}");
        }
    }

    fn a_decision_about_a_pool_reads_nothing_of_holds_that_are_over(fresh) {
        let plan = fresh.db.read_now(licence::plans).unwrap();
        if matches!(fresh.url, store::DatabaseUrl::Sqlite(_)) {
            let all = plan.join("\n");
            for index in ["lease_of_token (", "lease_silent (", "lease_of_person (person_id=? AND licence_id>?)", "lease_ended ("] {
                assert!(all.contains(&format!("USING INDEX {index}")), "{index}: {plan:#?}");
            }
            // The average alone looks at those, at the latest 200.
            assert_eq!(all.matches("lease_ended (").count(), 1, "{plan:#?}");
        }
    }

    fn use_is_read_off_its_indexes_and_no_table_is_walked_through(fresh) {
        let plan = fresh.db.read_now(usage::plans).unwrap();
        if matches!(fresh.url, store::DatabaseUrl::Sqlite(_)) {
            let sorted = |line: &&String| line.contains("SCAN") || line.contains("TEMP B-TREE");
            assert_eq!(plan.iter().find(sorted), None, "{plan:#?}");
            assert!(plan.iter().any(|line| line.contains("USING COVERING INDEX lease_span")), "{plan:#?}");
            assert!(plan.iter().any(|line| line.contains("USING INDEX lease_pause_by_licence")), "{plan:#?}");
        }
    }
}
