//! Several things done as one act, and what they would do to many.

use desk::{
    Refused,
    ticket::{Foreseen, PreviewWork, StepsTogether, TicketDetail, TicketRef, WorkTicket},
};
use domain::{
    PersonId, TicketId,
    identity::Role,
    licence::{Action, Metric},
    ticket::{Assignee, Group, Impact, Kind, Markdown, Saying, StateKey, Ticket, Work},
};
use store::audit::Records;

use crate::support::{Fresh, at, later, monday, on_both_engines};

fn raised(fresh: &Fresh, by: PersonId, kind: Kind, subject: &str) -> Ticket {
    fresh.raised(by, kind, subject, monday())
}

fn state(key: &str) -> StateKey {
    StateKey::new(key).unwrap()
}

fn note(text: &str) -> Saying {
    Saying::Note(Markdown::new(text).unwrap())
}

fn of(ticket: TicketId, work: &Work) -> WorkTicket {
    WorkTicket { ticket: ticket.into(), work: work.clone(), if_version: None }
}

fn latest(fresh: &Fresh) -> Vec<store::audit::StoredRecord> {
    fresh.desk.database().read_now(|tx| store::audit::latest(tx, &Records::All, None, 20)).unwrap()
}

on_both_engines! {
    fn all_of_it_is_one_act_with_one_record(fresh) {
        let (tim, anna) = (fresh.technician("Tim Okafor"), fresh.person("Anna Berg", &[Role::Requester]));
        let group = fresh.group("Networks", &[tim]);
        let ticket = raised(fresh, anna, Kind::Incident, "No wireless in the library");
        let work = Work {
            say: Some(Saying::Reply(Markdown::new("I am on my way.").unwrap())),
            group: Some(Group::Is(group)),
            assignee: Some(Assignee::Me),
            impact: Some(Impact::High),
            to: Some(state("in_progress")),
            ..Work::default()
        };
        let after = fresh.desk.execute_now(at(tim, later(monday(), 60)), of(ticket.id, &work)).unwrap();
        assert_eq!((after.group, after.assignee, after.impact), (Some(group), Some(tim), Impact::High));
        assert_eq!(after.state.as_str(), "in_progress");
        assert_eq!(after.first_response_at, Some(later(monday(), 60)));
        let records = latest(fresh);
        assert_eq!(records.len(), 2, "one for raising it and one for all of this");
        assert!(records.iter().any(|record| record.action == "ticket.transition"));
        let detail = fresh.desk.ask_now(at(anna, later(monday(), 60)), TicketDetail { ticket: ticket.id.into() }).unwrap();
        assert!(detail.timeline.items.iter().any(|item| item.body == "I am on my way."));
    }

    fn where_one_part_cannot_be_done_none_is(fresh) {
        let (tim, anna) = (fresh.technician("Tim Okafor"), fresh.person("Anna Berg", &[Role::Requester]));
        let ticket = raised(fresh, anna, Kind::Incident, "No wireless in the library");
        let work = Work { say: Some(note("Done.")), assignee: Some(Assignee::Me), to: Some(state("closed")), ..Work::default() };
        let refused = fresh.desk.execute_now(at(tim, monday()), of(ticket.id, &work));
        assert!(matches!(refused, Err(Refused::Rule(_))), "{refused:?}");
        let stranger = Work { assignee: Some(Assignee::Person(anna)), ..work };
        let refused = fresh.desk.execute_now(at(tim, monday()), of(ticket.id, &Work { to: None, ..stranger }));
        assert!(matches!(refused, Err(Refused::Invalid(_))), "whoever does not work tickets gets none");
        let detail = fresh.desk.ask_now(at(tim, monday()), TicketDetail { ticket: ticket.id.into() }).unwrap();
        assert_eq!(detail.view.ticket.version, ticket.version);
        assert_eq!(detail.timeline.items.len(), 1);
    }

    fn what_would_be_done_is_what_is_done(fresh) {
        let (tim, anna) = (fresh.technician("Tim Okafor"), fresh.person("Anna Berg", &[Role::Requester]));
        let open = raised(fresh, anna, Kind::Incident, "One");
        let other = raised(fresh, anna, Kind::ServiceRequest, "Two");
        let taken = raised(fresh, anna, Kind::Incident, "Three");
        let start = Work { assignee: Some(Assignee::Me), to: Some(state("in_progress")), ..Work::default() };
        fresh.desk.execute_now(at(tim, monday()), of(taken.id, &start)).unwrap();
        let work = Work { impact: Some(Impact::High), ..start.clone() };
        let tickets: Vec<TicketRef> = [open.id, other.id, taken.id, open.id].map(TicketRef::from).to_vec();
        let before = latest(fresh).len();
        let previews = fresh.desk.ask_now(at(tim, monday()), PreviewWork { tickets: tickets.clone(), work: work.clone() }).unwrap();
        assert_eq!(latest(fresh).len(), before, "looking changes nothing");
        assert_eq!(previews.len(), 3, "each ticket once");
        for preview in &previews {
            let Foreseen::Changes { facts } = &preview.foreseen else { panic!("{preview:?}") };
            let command = WorkTicket { ticket: preview.number.into(), work: work.clone(), if_version: Some(preview.version) };
            fresh.desk.execute_now(at(tim, later(monday(), 60)), command).unwrap();
            let detail = fresh.desk.ask_now(at(tim, monday()), TicketDetail { ticket: preview.number.into() }).unwrap();
            let mut said: Vec<_> = detail.timeline.items.iter().rev().take(facts.len()).map(|item| item.body.clone()).collect();
            said.reverse();
            assert_eq!(&said, facts);
        }
        let again = fresh.desk.ask_now(at(tim, monday()), PreviewWork { tickets, work }).unwrap();
        assert!(again.iter().all(|preview| preview.foreseen == Foreseen::Nothing), "{again:?}");
    }

    fn what_the_act_would_refuse_the_preview_says(fresh) {
        let (tim, anna) = (fresh.technician("Tim Okafor"), fresh.person("Anna Berg", &[Role::Requester]));
        let ticket = raised(fresh, anna, Kind::Incident, "One");
        let work = Work { assignee: Some(Assignee::Person(anna)), ..Work::default() };
        let preview = PreviewWork { tickets: vec![ticket.id.into()], work };
        let seen = fresh.desk.ask_now(at(tim, monday()), preview).unwrap();
        assert!(matches!(&seen[0].foreseen, Foreseen::Refused { why } if why.contains("does not work tickets")), "{seen:?}");
        let work = Work { say: Some(note("Dear {{firstname}}")), ..Work::default() };
        let misspelt = fresh.desk.ask_now(at(tim, monday()), PreviewWork { tickets: vec![ticket.id.into()], work });
        assert!(matches!(misspelt, Err(Refused::Invalid(_))), "nobody is sent a blank: {misspelt:?}");
    }

    fn what_was_changed_since_the_preview_is_left_alone(fresh) {
        let (tim, eva, anna) = (fresh.technician("Tim Okafor"), fresh.technician("Eva Lund"), fresh.person("Anna Berg", &[Role::Requester]));
        let ticket = raised(fresh, anna, Kind::Incident, "One");
        fresh.desk.execute_now(at(eva, monday()), of(ticket.id, &Work { say: Some(note("Mine.")), ..Work::default() })).unwrap();
        let late = WorkTicket { if_version: Some(ticket.version), ..of(ticket.id, &Work { assignee: Some(Assignee::Me), ..Work::default() }) };
        let refused = fresh.desk.execute_now(at(tim, monday()), late);
        assert!(matches!(refused, Err(Refused::Stale { .. })), "{refused:?}");
    }

    fn work_takes_the_licence_of_what_it_steers_most(fresh) {
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        let ticket = raised(fresh, anna, Kind::Incident, "One");
        let nora = fresh.person("Nora Dahl", &[Role::Agent]);
        let work = Work { impact: Some(Impact::High), ..Work::default() };
        assert!(matches!(fresh.desk.execute_now(at(nora, monday()), of(ticket.id, &work)), Err(Refused::Licence(_))));
        let pool = fresh.licence("Tokens", Metric::Concurrent, 1);
        fresh.entitle(&pool, nora);
        fresh.desk.execute_now(at(nora, monday()), of(ticket.id, &work)).unwrap();
        for (work, action) in [
            (Work { say: Some(note("x")), ..Work::default() }, Action::TicketNote),
            (Work { say: Some(note("x")), assignee: Some(Assignee::Nobody), ..Work::default() }, Action::TicketAssign),
            (work.clone(), Action::TicketUpdate),
            (Work { to: Some(state("resolved")), ..work }, Action::TicketTransition),
        ] {
            assert_eq!(work.action(Kind::Incident), action);
        }
        let steer = Work { assignee: Some(Assignee::Me), ..Work::default() };
        assert_eq!(steer.action(Kind::Problem), Action::ProblemAssign, "to steer a problem needs its module");
    }

    fn the_states_to_choose_from_are_those_that_some_ticket_can_go_to(fresh) {
        let (tim, anna) = (fresh.technician("Tim Okafor"), fresh.person("Anna Berg", &[Role::Requester]));
        let (one, two) = (raised(fresh, anna, Kind::Incident, "One"), raised(fresh, anna, Kind::Incident, "Two"));
        fresh.solve(tim, &two, monday());
        let tickets = vec![one.id.into(), two.id.into()];
        let steps = fresh.desk.ask_now(at(tim, monday()), StepsTogether { tickets }).unwrap();
        let able = |key: &str| steps.iter().find(|step| step.to.as_str() == key).map(|step| step.tickets);
        assert_eq!(able("closed"), Some(1), "{steps:?}");
        assert!(able("in_progress").is_some());
        let refused = fresh.desk.ask_now(at(anna, monday()), StepsTogether { tickets: vec![one.id.into()] });
        assert!(matches!(refused, Err(Refused::NotFound(_))), "it is a tool of technicians");
    }
}
