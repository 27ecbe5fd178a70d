//! Templates, and tickets that come back by the calendar: once each, by whichever process, and only while somebody answers
//! for them.

use desk::{
    Context, Desk, Refused,
    ticket::{
        ChecklistOf, DeleteRecurring, Recurred, RecurringTickets, RecurringView, StopRecurring, TicketDetail,
        Tickets, WriteRecurring, WriteTemplate,
    },
};
use domain::{
    PersonId, RecurringTicketId, Timestamp,
    identity::{Role, SystemActor},
    licence::Metric,
    ticket::{
        Impact, Kind, Markdown, Recurrence, RecurrenceText, Recurring, RecurringName, Stopped, Subject,
        Template, TemplateName, Urgency, UsedBy,
    },
};
use store::person;

use crate::support::{Fresh, another, at, later, monday, on_both_engines, seed};

const DAY: i64 = 24 * 3_600;

fn template() -> Template {
    Template {
        kind: Kind::ServiceRequest,
        subject: Subject::new("Restore test").unwrap(),
        description: None,
        category: None,
        impact: Impact::Low,
        urgency: Urgency::Medium,
        group: None,
        assignee: None,
    }
}

/// Each day at ten, from Monday on, when it is nine.
fn daily(requester: PersonId) -> Recurring {
    let rule = RecurrenceText {
        frequency: "daily".to_owned(),
        interval: 1,
        on: Vec::new(),
        from: "2026-03-02".to_owned(),
        at: "10:00".to_owned(),
        zone: "UTC".to_owned(),
    };
    Recurring {
        template: template(),
        rule: Recurrence::try_from(rule).unwrap(),
        requester,
        unless_open: false,
    }
}

fn write(fresh: &Fresh, by: PersonId, recurring: Recurring) -> RecurringTicketId {
    let name = RecurringName::new("Restore test").unwrap();
    let written =
        fresh.desk.execute_now(at(by, monday()), WriteRecurring { id: None, name, recurring }).unwrap();
    assert_eq!(written.next_at, Some(later(monday(), 3_600)));
    written.id
}

fn tick(desk: &Desk, now: Timestamp) -> Vec<Recurred> {
    let due = desk.recurring_due(now).unwrap();
    let timer = || Context::system(SystemActor::Timer, now, seed());
    due.into_iter().map(|id| desk.raise_recurring(timer(), id).unwrap()).collect()
}

fn one(fresh: &Fresh, by: PersonId) -> RecurringView {
    fresh.desk.ask_now(at(by, monday()), RecurringTickets).unwrap().remove(0)
}

fn raised(fresh: &Fresh, by: PersonId) -> usize {
    fresh.desk.ask_now(at(by, monday()), Tickets { before: None, limit: 50 }).unwrap().items.len()
}

on_both_engines! {
    fn it_is_raised_once_at_its_time_and_once_after_a_pause(fresh) {
        let (tim, anna) = (fresh.technician("Tim Okafor"), fresh.person("Anna Berg", &[Role::Requester]));
        let id = write(fresh, tim, daily(anna));
        assert_eq!(tick(&fresh.desk, later(monday(), 3_599)), [], "its time has not come");
        let ten = later(monday(), 3_600);
        // Another process sees it due as well, and comes second.
        let other = another(&fresh.url);
        assert_eq!(other.recurring_due(ten).unwrap(), [id]);
        assert_eq!(tick(&fresh.desk, ten), [Recurred::Raised]);
        let timer = Context::system(SystemActor::Timer, ten, seed());
        assert_eq!(other.raise_recurring(timer, id).unwrap(), Recurred::Before);
        let (number, when) = one(fresh, tim).last.unwrap();
        assert_eq!(when, ten);
        let ticket = fresh.desk.ask_now(at(tim, ten), TicketDetail { ticket: number.into() }).unwrap().view.ticket;
        assert_eq!((ticket.requester, ticket.opened_by, ticket.subject.as_str()), (anna, None, "Restore test"));
        // Three days missed are one ticket, and the next time is ahead.
        assert_eq!(tick(&fresh.desk, later(ten, 3 * DAY + 60)), [Recurred::Raised]);
        assert_eq!(one(fresh, tim).next_at, Some(later(ten, 4 * DAY)));
        assert_eq!(raised(fresh, tim), 2);
    }

    fn the_tasks_that_it_begins_with_are_its_checklist(fresh) {
        let (tim, anna) = (fresh.technician("Tim Okafor"), fresh.person("Anna Berg", &[Role::Requester]));
        let mut recurring = daily(anna);
        recurring.template.description = Some(Markdown::new("Each month:\n\n- [ ] mailbox\n- [x] share").unwrap());
        write(fresh, tim, recurring);
        let ten = later(monday(), 3_600);
        assert_eq!(tick(&fresh.desk, ten), [Recurred::Raised]);
        let (number, _) = one(fresh, tim).last.unwrap();
        let list = fresh.desk.ask_now(at(tim, ten), ChecklistOf { ticket: number.into() }).unwrap();
        let items: Vec<_> = list.items.iter().map(|item| (item.words.as_str(), item.done)).collect();
        assert_eq!(items, [("mailbox", false), ("share", false)]);
    }

    fn none_is_raised_while_the_last_one_is_open_where_that_was_asked(fresh) {
        let (tim, anna) = (fresh.technician("Tim Okafor"), fresh.person("Anna Berg", &[Role::Requester]));
        write(fresh, tim, Recurring { unless_open: true, ..daily(anna) });
        let ten = later(monday(), 3_600);
        assert_eq!(tick(&fresh.desk, ten), [Recurred::Raised]);
        assert_eq!(tick(&fresh.desk, later(ten, DAY)), [Recurred::StillOpen]);
        let (number, _) = one(fresh, tim).last.unwrap();
        let ticket = fresh.desk.ask_now(at(tim, ten), TicketDetail { ticket: number.into() }).unwrap().view.ticket;
        fresh.solve(tim, &ticket, later(ten, DAY + 60));
        assert_eq!(tick(&fresh.desk, later(ten, 2 * DAY)), [Recurred::Raised]);
    }

    fn it_stops_when_nobody_answers_for_it_any_more(fresh) {
        let (tim, eva) = (fresh.technician("Tim Okafor"), fresh.technician("Eva Lund"));
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        let id = write(fresh, tim, daily(anna));
        let retire = move |tx: &mut store::WriteTx<'_>| person::set_roles(tx, tim, &[Role::Requester]);
        fresh.desk.database().write_now(retire).unwrap();
        let ten = later(monday(), 3_600);
        assert_eq!(tick(&fresh.desk, ten), [Recurred::Stopped]);
        let seen = one(fresh, eva);
        assert_eq!((seen.stopped, seen.next_at), (Some(Stopped::AuthorGone), None));
        assert_eq!((tick(&fresh.desk, later(ten, DAY)), raised(fresh, eva)), (vec![], 0), "once stopped, it stays so");
        let stop = StopRecurring { id, stop: false };
        assert!(matches!(fresh.desk.execute_now(at(eva, ten), stop), Err(Refused::Rule(_))), "it is not hers");
        // Whoever writes it anew answers for it.
        let ada = fresh.technician("Ada Admin");
        let admin = move |tx: &mut store::WriteTx<'_>| person::set_roles(tx, ada, &[Role::Agent, Role::Admin]);
        fresh.desk.database().write_now(admin).unwrap();
        let name = RecurringName::new("Restore test").unwrap();
        let anew = WriteRecurring { id: Some(id), name, recurring: daily(anna) };
        fresh.desk.execute_now(at(ada, later(ten, DAY)), anew).unwrap();
        assert_eq!(tick(&fresh.desk, later(ten, 2 * DAY)), [Recurred::Raised]);
        assert_eq!(one(fresh, eva).author_name, "Ada Admin");
    }

    fn nothing_is_raised_for_an_author_who_lost_their_seat(fresh) {
        let tim = fresh.person("Tim Okafor", &[Role::Agent]);
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        let pool = fresh.licence("Pool", Metric::Concurrent, 1);
        fresh.entitle(&pool, tim);
        write(fresh, tim, daily(anna));
        let ten = later(monday(), 3_600);
        assert_eq!(tick(&fresh.desk, ten), [Recurred::Raised], "entitled is enough; no token is taken");
        let ended = move |tx: &mut store::WriteTx<'_>| store::licence::disentitle(tx, tim, pool.id);
        fresh.desk.database().write_now(ended).unwrap();
        assert_eq!(tick(&fresh.desk, later(ten, DAY)), [Recurred::Stopped]);
        assert_eq!(one(fresh, tim).stopped, Some(Stopped::AuthorUnlicensed));
    }

    fn it_is_stopped_by_hand_and_goes_on_from_then(fresh) {
        let (tim, anna) = (fresh.technician("Tim Okafor"), fresh.person("Anna Berg", &[Role::Requester]));
        let id = write(fresh, tim, daily(anna));
        let ten = later(monday(), 3_600);
        fresh.desk.execute_now(at(tim, monday()), StopRecurring { id, stop: true }).unwrap();
        let name = RecurringName::new("Restore test, mended").unwrap();
        let mended = WriteRecurring { id: Some(id), name, recurring: daily(anna) };
        assert_eq!(fresh.desk.execute_now(at(tim, monday()), mended).unwrap().next_at, None, "it stays stopped");
        assert_eq!(tick(&fresh.desk, later(ten, DAY)), []);
        let on = StopRecurring { id, stop: false };
        let written = fresh.desk.execute_now(at(tim, later(ten, 2 * DAY + 60)), on).unwrap();
        assert_eq!(written.next_at, Some(later(ten, 3 * DAY)), "what is past is not made up for");
        fresh.desk.execute_now(at(tim, ten), DeleteRecurring { id }).unwrap();
        assert_eq!(tick(&fresh.desk, later(ten, 9 * DAY)), []);
    }

    fn having_tickets_raised_takes_the_seat_that_raising_them_takes(fresh) {
        let floater = fresh.person("Flo Vela", &[Role::Agent]);
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        fresh.licence("Pool", Metric::Concurrent, 1);
        let name = RecurringName::new("Restore test").unwrap();
        let command = WriteRecurring { id: None, name, recurring: daily(anna) };
        let refused = fresh.desk.execute_now(at(floater, monday()), command).unwrap_err();
        assert!(matches!(refused, Refused::Licence(_)), "{refused:?}");
        let name = TemplateName::new("Restore test").unwrap();
        let free = WriteTemplate { id: None, name, template: template(), used_by: UsedBy::Author };
        fresh.desk.execute_now(at(floater, monday()), free).unwrap();
    }
}
