//! The figures of the team's home: counted from the tickets themselves, and read from indexes alone.

use desk::ticket::{Figures, FiguresView, RateTicket, ReopenTicket, WorkTicket};
use domain::{
    PersonId, Timestamp,
    identity::Role,
    ticket::{Assignee, Kind, Rating, Ticket, Work},
};
use jiff::tz::TimeZone;

use crate::support::{Fresh, at, later, monday, on_both_engines};

const DAY: i64 = 86_400;

fn raised(fresh: &Fresh, by: PersonId, now: Timestamp) -> Ticket {
    fresh.raised(by, Kind::Incident, "Something", now)
}

fn figures(fresh: &Fresh, by: PersonId, now: Timestamp, zone: &str) -> FiguresView {
    let zone = TimeZone::get(zone).unwrap();
    fresh.desk.ask_now(at(by, now), Figures { zone }).unwrap()
}

on_both_engines! {
    fn what_came_and_was_solved_is_counted_by_the_readers_days(fresh) {
        let (tim, anna) = (fresh.technician("Tim Okafor"), fresh.person("Anna Berg", &[Role::Requester]));
        // 23:30 on Monday in London is Tuesday in Kathmandu, whose zone is a quarter of an hour off the half.
        let late = later(monday(), 14 * 3_600 + 1_800);
        let (one, two) = (raised(fresh, anna, late), raised(fresh, anna, late));
        raised(fresh, anna, later(monday(), 2 * DAY));
        fresh.solve(tim, &one, later(monday(), DAY));
        fresh.solve(tim, &two, later(monday(), 2 * DAY));
        let now = later(monday(), 3 * DAY);
        let seen = |zone| {
            let figures = figures(fresh, tim, now, zone);
            assert_eq!(figures.days.len(), 14);
            let days = figures.days.iter().filter(|day| day.arrived + day.solved > 0);
            days.map(|day| (day.day.to_string(), day.arrived, day.solved)).collect::<Vec<_>>()
        };
        let day = |text: &str, arrived, solved| (text.to_owned(), arrived, solved);
        assert_eq!(seen("Europe/London"), [day("2026-03-02", 2, 0), day("2026-03-03", 0, 1), day("2026-03-04", 1, 1)]);
        assert_eq!(seen("Asia/Kathmandu"), [day("2026-03-03", 2, 1), day("2026-03-04", 1, 1)]);
    }

    fn promises_are_counted_by_the_day_on_which_a_ticket_was_solved(fresh) {
        let (tim, anna) = (fresh.technician("Tim Okafor"), fresh.person("Anna Berg", &[Role::Requester]));
        let (soon, late, again) = (raised(fresh, anna, monday()), raised(fresh, anna, monday()), raised(fresh, anna, monday()));
        fresh.solve(tim, &soon, later(monday(), 600));
        fresh.solve(tim, &late, later(monday(), 12 * DAY));
        fresh.solve(tim, &again, later(monday(), 600));
        let now = later(monday(), 12 * DAY + 60);
        let seen = || {
            let days = figures(fresh, tim, now, "UTC").days;
            let days = days.into_iter().filter(|day| day.kept + day.missed > 0);
            days.map(|day| (day.day.to_string(), day.kept, day.missed)).collect::<Vec<_>>()
        };
        let day = |text: &str, kept, missed| (text.to_owned(), kept, missed);
        assert_eq!(seen(), [day("2026-03-02", 2, 0), day("2026-03-14", 0, 1)]);
        let reopen = ReopenTicket { ticket: again.id.into(), because: None };
        fresh.desk.execute_now(at(anna, later(monday(), 1_200)), reopen).unwrap();
        assert_eq!(seen(), [day("2026-03-02", 1, 0), day("2026-03-14", 0, 1)], "what came back was not kept");
    }

    fn open_tickets_are_counted_by_age_and_by_promise(fresh) {
        let (tim, anna) = (fresh.technician("Tim Okafor"), fresh.person("Anna Berg", &[Role::Requester]));
        let old = raised(fresh, anna, monday());
        let now = later(monday(), 10 * DAY);
        raised(fresh, anna, later(now, -3_600));
        raised(fresh, anna, later(now, -2 * DAY));
        let take = WorkTicket {
            ticket: old.id.into(),
            work: Work { assignee: Some(Assignee::Me), ..Work::default() },
            if_version: None,
        };
        fresh.desk.execute_now(at(tim, now), take).unwrap();
        let view = figures(fresh, tim, now, "UTC");
        let ages: Vec<_> = view.ages.iter().map(|age| (age.from_days, age.tickets)).collect();
        assert_eq!(ages, [(0, 1), (1, 1), (3, 0), (7, 1), (30, 0)]);
        assert_eq!((view.mine_overdue, view.mine_pressing), (1, 1), "its promise of ten days ago was missed");
        assert!(view.overdue >= 1 && view.overdue + view.at_risk <= 3, "{view:?}");
        fresh.solve(tim, &old, now);
        let after = figures(fresh, tim, now, "UTC");
        assert_eq!((after.mine_overdue, after.ages[3].tickets), (0, 0));
    }

    fn what_requesters_said_is_counted_for_thirty_days(fresh) {
        let (tim, anna) = (fresh.technician("Tim Okafor"), fresh.person("Anna Berg", &[Role::Requester]));
        for rating in [Rating::Good, Rating::Good, Rating::Poor] {
            let ticket = raised(fresh, anna, monday());
            fresh.solve(tim, &ticket, monday());
            let rate = RateTicket { ticket: ticket.id.into(), rating, words: None };
            fresh.desk.execute_now(at(anna, monday()), rate).unwrap();
        }
        let said = |now| figures(fresh, tim, now, "UTC").ratings;
        assert_eq!(said(later(monday(), DAY)), [(Rating::Good, 2), (Rating::Fair, 0), (Rating::Poor, 1)]);
        assert!(said(later(monday(), 31 * DAY)).iter().all(|(_, count)| *count == 0));
    }

    fn figures_are_read_from_indexes_and_by_technicians(fresh) {
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        let asked = fresh.desk.ask_now(at(anna, monday()), Figures { zone: TimeZone::UTC });
        assert!(asked.is_err());
        let plans = fresh.desk.database().read_now(store::figures::plans).unwrap();
        // With no rows PostgreSQL reads a table as it likes; SQLite says what it would do with many.
        if matches!(fresh.url, desk::DatabaseUrl::Sqlite(_)) {
            let tables: Vec<_> = plans.iter().filter(|line| line.contains("ticket")).collect();
            assert!(!tables.is_empty() && tables.iter().all(|line| line.contains("COVERING INDEX")), "{plans:#?}");
        }
    }
}
