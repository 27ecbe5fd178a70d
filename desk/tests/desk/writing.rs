//! What is being written on a ticket, before it is said.

use desk::{
    Context, Desk, Idempotency, Refused,
    audit::AuditList,
    data::Records,
    ticket::{AddNote, AddReply, DraftText, RaiseTicket, Writing, WritingView},
};
use domain::{
    PersonId, Timestamp,
    identity::Role,
    ticket::{Doing, Kind, Markdown, Subject, Ticket},
};

use crate::support::{Fresh, at, later, monday, on_both_engines};

fn raise(fresh: &Fresh, person: PersonId) -> Ticket {
    let command = RaiseTicket::of(Kind::Incident, Subject::new("The printer hums").unwrap(), None);
    *fresh.desk.execute_now(at(person, monday()), command).unwrap()
}

fn typed(form: &str, text: &str) -> DraftText {
    DraftText { form: form.to_owned(), note: false, text: text.to_owned() }
}

fn seen(desk: &Desk, person: PersonId, ticket: &Ticket, now: Timestamp) -> WritingView {
    desk.ask_now(at(person, now), Writing { ticket: ticket.id.into() }).unwrap()
}

fn own(desk: &Desk, person: PersonId, ticket: &Ticket) -> Option<String> {
    let view = seen(desk, person, ticket, later(monday(), 60));
    view.own.map(|draft| draft.text).filter(|text| !text.is_empty())
}

fn once(mut ctx: Context, form: &str) -> Context {
    ctx.idempotency = Some(Idempotency { key: form.to_owned(), request_hash: [7; 32] });
    ctx
}

on_both_engines! {
    fn a_draft_is_kept_for_its_author_and_shown_to_the_others(fresh) {
        let (anna, tim) = (fresh.person("Anna Berg", &[Role::Requester]), fresh.technician("Tim Okafor"));
        let eva = fresh.technician("Eva Lund");
        let ticket = raise(fresh, anna);
        fresh.desk.keep_draft_now(at(tim, monday()), ticket.id.into(), typed("f1", "Please restart")).unwrap();
        fresh.desk.keep_draft_now(at(tim, later(monday(), 2)), ticket.id.into(), typed("f1", "Please restart it")).unwrap();
        assert_eq!(own(&fresh.desk, tim, &ticket).as_deref(), Some("Please restart it"));
        let hers = seen(&fresh.desk, eva, &ticket, later(monday(), 5));
        assert_eq!(hers.own, None);
        assert_eq!(hers.drafts.len(), 1);
        assert_eq!((hers.drafts[0].name.as_str(), hers.drafts[0].text.as_str()), ("Tim Okafor", "Please restart it"));
        // Emptied, it is no draft any more.
        fresh.desk.keep_draft_now(at(tim, later(monday(), 6)), ticket.id.into(), typed("f1", "  \n")).unwrap();
        assert_eq!(own(&fresh.desk, tim, &ticket), None);
        assert!(seen(&fresh.desk, eva, &ticket, later(monday(), 7)).drafts.is_empty());
    }

    fn what_was_sent_is_no_draft_even_if_its_keeping_comes_late(fresh) {
        let (anna, tim) = (fresh.person("Anna Berg", &[Role::Requester]), fresh.technician("Tim Okafor"));
        let ticket = raise(fresh, anna);
        fresh.desk.keep_draft_now(at(tim, monday()), ticket.id.into(), typed("f1", "Restart it")).unwrap();
        let body = Markdown::new("Restart it").unwrap();
        let reply = AddReply { ticket: ticket.id.into(), body, then: None, resolution_code: None, if_version: None };
        fresh.desk.execute_now(once(at(tim, later(monday(), 3)), "f1"), reply).unwrap();
        assert_eq!(own(&fresh.desk, tim, &ticket), None);
        fresh.desk.keep_draft_now(at(tim, later(monday(), 4)), ticket.id.into(), typed("f1", "Restart it")).unwrap();
        assert_eq!(own(&fresh.desk, tim, &ticket), None, "that form has sent it");
        fresh.desk.keep_draft_now(at(tim, later(monday(), 5)), ticket.id.into(), typed("f2", "And then")).unwrap();
        assert_eq!(own(&fresh.desk, tim, &ticket).as_deref(), Some("And then"));
        let body = Markdown::new("And then").unwrap();
        let note = AddNote { ticket: ticket.id.into(), body, if_version: None };
        fresh.desk.execute_now(once(at(tim, later(monday(), 6)), "f2"), note).unwrap();
        assert_eq!(own(&fresh.desk, tim, &ticket), None);
    }

    fn a_draft_takes_no_seat_and_leaves_no_audit_record(fresh) {
        let (anna, tim) = (fresh.person("Anna Berg", &[Role::Requester]), fresh.person("Tim Okafor", &[Role::Agent]));
        let auditor = fresh.person("Ada Audit", &[Role::Auditor]);
        let ticket = raise(fresh, anna);
        let list = || AuditList { filter: Records::All, before: None, limit: 200 };
        let records = || fresh.desk.ask_now(at(auditor, monday()), list()).unwrap().len();
        let before = records();
        // He has no seat at all, and still loses no word.
        fresh.desk.keep_draft_now(at(tim, monday()), ticket.id.into(), typed("f1", "I would say")).unwrap();
        fresh.desk.at_ticket_now(at(tim, monday()), ticket.id.into(), Some(Doing::Typing)).unwrap();
        assert_eq!(own(&fresh.desk, tim, &ticket).as_deref(), Some("I would say"));
        assert_eq!(records(), before);
    }

    fn requesters_neither_write_drafts_at_the_desk_nor_see_who_is_there(fresh) {
        let (anna, tim) = (fresh.person("Anna Berg", &[Role::Requester]), fresh.technician("Tim Okafor"));
        let ticket = raise(fresh, anna);
        fresh.desk.at_ticket_now(at(tim, monday()), ticket.id.into(), Some(Doing::Typing)).unwrap();
        let asked = fresh.desk.ask_now(at(anna, monday()), Writing { ticket: ticket.id.into() });
        assert!(matches!(asked, Err(Refused::NotFound(_))), "{asked:?}");
        let kept = fresh.desk.keep_draft_now(at(anna, monday()), ticket.id.into(), typed("f", "mine"));
        assert!(matches!(kept, Err(Refused::NotFound(_))), "{kept:?}");
        let sign = fresh.desk.at_ticket_now(at(anna, monday()), ticket.id.into(), Some(Doing::Viewing));
        assert!(matches!(sign, Err(Refused::NotFound(_))), "{sign:?}");
    }

    fn who_is_at_a_ticket_is_seen_by_the_others_until_they_leave_or_fall_silent(fresh) {
        let (anna, tim) = (fresh.person("Anna Berg", &[Role::Requester]), fresh.technician("Tim Okafor"));
        let eva = fresh.technician("Eva Lund");
        let ticket = raise(fresh, anna);
        let doing = |now| {
            let view = seen(&fresh.desk, eva, &ticket, now);
            view.others.into_iter().map(|other| (other.name, other.doing)).collect::<Vec<_>>()
        };
        let tims = |doing| vec![("Tim Okafor".to_owned(), doing)];
        fresh.desk.at_ticket_now(at(tim, monday()), ticket.id.into(), Some(Doing::Viewing)).unwrap();
        fresh.desk.at_ticket_now(at(eva, monday()), ticket.id.into(), Some(Doing::Viewing)).unwrap();
        assert_eq!(doing(later(monday(), 1)), tims(Doing::Viewing), "and nobody sees themselves");
        fresh.desk.at_ticket_now(at(tim, later(monday(), 20)), ticket.id.into(), Some(Doing::Typing)).unwrap();
        assert_eq!(doing(later(monday(), 60)), tims(Doing::Typing));
        assert_eq!(doing(later(monday(), 71)), []);
        fresh.desk.at_ticket_now(at(tim, later(monday(), 80)), ticket.id.into(), Some(Doing::Viewing)).unwrap();
        fresh.desk.at_ticket_now(at(tim, later(monday(), 81)), ticket.id.into(), None).unwrap();
        assert_eq!(doing(later(monday(), 82)), []);
    }

    fn a_draft_that_cannot_be_one_is_refused_and_the_one_before_stays(fresh) {
        let (anna, tim) = (fresh.person("Anna Berg", &[Role::Requester]), fresh.technician("Tim Okafor"));
        let ticket = raise(fresh, anna);
        fresh.desk.keep_draft_now(at(tim, monday()), ticket.id.into(), typed("f1", "Good")).unwrap();
        for bad in [typed("f1", "nul \0"), typed("f1", &"x".repeat(Markdown::LIMIT + 1)), typed(&"f".repeat(101), "Text")] {
            let kept = fresh.desk.keep_draft_now(at(tim, later(monday(), 1)), ticket.id.into(), bad);
            assert!(matches!(kept, Err(Refused::Invalid(_))), "{kept:?}");
        }
        assert_eq!(own(&fresh.desk, tim, &ticket).as_deref(), Some("Good"));
    }

    fn drafts_of_a_month_ago_are_thrown_away(fresh) {
        let (anna, tim) = (fresh.person("Anna Berg", &[Role::Requester]), fresh.technician("Tim Okafor"));
        let ticket = raise(fresh, anna);
        fresh.desk.keep_draft_now(at(tim, monday()), ticket.id.into(), typed("f1", "Old")).unwrap();
        assert_eq!(fresh.desk.tidy(later(monday(), 29 * 86_400)).unwrap().drafts, 0);
        assert_eq!(fresh.desk.tidy(later(monday(), 31 * 86_400)).unwrap().drafts, 1);
        assert_eq!(own(&fresh.desk, tim, &ticket), None);
    }
}
