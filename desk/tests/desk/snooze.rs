//! Putting a ticket off: it leaves one's own queue, for oneself alone, until its moment or an answer.

use desk::{
    Refused,
    data::Queue,
    ticket::{AddReply, QueuePage, SnoozeOf, SnoozeTicket, Snoozed, WakeTicket, WorkTicket},
};
use domain::{
    PersonId, Timestamp,
    identity::Role,
    ticket::{Assignee, Kind, Markdown, Ticket, Work},
};

use crate::support::{Fresh, at, later, monday, on_both_engines};

const HOUR: i64 = 3_600;

fn taken(fresh: &Fresh, requester: PersonId, by: PersonId, subject: &str) -> Ticket {
    let ticket = fresh.raised(requester, Kind::Incident, subject, monday());
    let work = Work { assignee: Some(Assignee::Me), ..Work::default() };
    let take = WorkTicket { ticket: ticket.id.into(), work, if_version: None };
    *fresh.desk.execute_now(at(by, monday()), take).unwrap()
}

fn put_off(fresh: &Fresh, by: PersonId, ticket: &Ticket, hours: i64) -> Result<(), Refused> {
    let command = SnoozeTicket { ticket: ticket.id.into(), until: later(monday(), hours * HOUR) };
    fresh.desk.execute_now(at(by, monday()), command)
}

fn queue(fresh: &Fresh, by: PersonId, of: PersonId, now: Timestamp, limit: u32) -> Vec<String> {
    let query = QueuePage { queue: Queue::Assignee(of), after: None, limit };
    fresh.desk.ask_now(at(by, now), query).unwrap().items.into_iter().map(|row| row.subject).collect()
}

on_both_engines! {
    fn what_is_put_off_leaves_ones_own_queue_until_its_moment(fresh) {
        let (tim, eva) = (fresh.technician("Tim Okafor"), fresh.technician("Eva Lund"));
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        let (one, _two) = (taken(fresh, anna, tim, "One"), taken(fresh, anna, tim, "Two"));
        put_off(fresh, tim, &one, 3).unwrap();
        assert_eq!(queue(fresh, tim, tim, monday(), 1), ["Two"], "a page is as long as it can be");
        assert_eq!(queue(fresh, eva, tim, monday(), 9).len(), 2, "others see where it is");
        let off = fresh.desk.ask_now(at(tim, monday()), Snoozed).unwrap();
        assert_eq!((off.len(), off[0].1), (1, later(monday(), 3 * HOUR)));
        assert_eq!(queue(fresh, tim, tim, later(monday(), 3 * HOUR), 9).len(), 2, "it is back by itself");
        assert_eq!(fresh.desk.tidy(later(monday(), 3 * HOUR)).unwrap().snoozes, 1);
        put_off(fresh, tim, &one, 5).unwrap();
        fresh.desk.execute_now(at(tim, monday()), WakeTicket { ticket: one.id.into() }).unwrap();
        assert_eq!(queue(fresh, tim, tim, monday(), 9).len(), 2);
    }

    fn an_answer_of_its_requester_wakes_it(fresh) {
        let (tim, anna) = (fresh.technician("Tim Okafor"), fresh.person("Anna Berg", &[Role::Requester]));
        let ticket = taken(fresh, anna, tim, "One");
        put_off(fresh, tim, &ticket, 3).unwrap();
        let of = SnoozeOf { ticket: ticket.id.into() };
        assert!(fresh.desk.ask_now(at(tim, monday()), of).unwrap().is_some());
        let reply = AddReply {
            ticket: ticket.id.into(),
            body: Markdown::new("It is worse now.").unwrap(),
            then: None,
            resolution_code: None,
            if_version: None,
        };
        fresh.desk.execute_now(at(anna, later(monday(), 60)), reply).unwrap();
        assert_eq!(fresh.desk.ask_now(at(tim, monday()), of).unwrap(), None);
        assert_eq!(queue(fresh, tim, tim, later(monday(), 60), 9), ["One"]);
    }

    fn only_what_is_open_is_put_off_and_not_for_ever(fresh) {
        let (tim, anna) = (fresh.technician("Tim Okafor"), fresh.person("Anna Berg", &[Role::Requester]));
        let ticket = taken(fresh, anna, tim, "One");
        for hours in [0, -1, 91 * 24] {
            assert!(matches!(put_off(fresh, tim, &ticket, hours), Err(Refused::Invalid(_))), "{hours}");
        }
        assert!(put_off(fresh, anna, &ticket, 3).is_err(), "it is a tool of technicians");
        put_off(fresh, tim, &ticket, 90 * 24).unwrap();
    }
}
