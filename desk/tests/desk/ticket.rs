//! Tickets, as people use them.

use desk::{
    Refused,
    data::{Queue, Records},
    ticket::{
        AddNote, AddReply, AssignTicket, ChangeTicket, FromTheSameRequester, LinkTickets, MergeTicket,
        MyTickets, QueuePage, RaiseTicket, ReopenTicket, Search, Sidebar, TicketDetail, TransitionTicket,
        UnmergeTicket, WithdrawTicket,
    },
};
use domain::{
    PersonId,
    identity::Role,
    licence::{Metric, Verdict},
    ticket::{
        Change, Impact, Kind, LinkKind, Markdown, Phase, ResolutionCode, StateKey, Subject, Ticket, Urgency,
    },
};

use crate::support::{Fresh, at, later, monday, on_both_engines};

fn raise(fresh: &Fresh, person: PersonId, subject: &str) -> Ticket {
    let description = Some(Markdown::new("Since this morning. It did work yesterday.").unwrap());
    let command = RaiseTicket::of(Kind::Incident, Subject::new(subject).unwrap(), description);
    *fresh.desk.execute_now(at(person, monday()), command).unwrap()
}

fn text(text: &str) -> Markdown {
    Markdown::new(text).unwrap()
}

fn key(text: &str) -> StateKey {
    StateKey::new(text).unwrap()
}

on_both_engines! {
    fn a_technician_sees_what_the_requester_came_with_before(fresh) {
        let (anna, ben) = (fresh.person("Anna Berg", &[Role::Requester]), fresh.person("Ben Ode", &[Role::Requester]));
        let tim = fresh.technician("Tim Okafor");
        let raised = |person, subject: &str, seconds| {
            let command = RaiseTicket::of(Kind::Incident, Subject::new(subject).unwrap(), None);
            *fresh.desk.execute_now(at(person, later(monday(), seconds)), command).unwrap()
        };
        let first = raised(anna, "The VPN drops", 0);
        let second = raised(anna, "The VPN drops again", 1);
        raised(ben, "No paper", 2);
        let third = raised(anna, "The VPN does not connect", 3);
        let asked = |person, limit| {
            let query = FromTheSameRequester { ticket: second.id.into(), limit };
            fresh.desk.ask_now(at(person, monday()), query)
        };
        let ids = |limit| asked(tim, limit).unwrap().into_iter().map(|view| view.ticket.id).collect::<Vec<_>>();
        assert_eq!(ids(5), [third.id, first.id]);
        assert_eq!(ids(1), [third.id]);
        assert!(matches!(asked(anna, 5), Err(Refused::NotFound(_))), "a requester has their own list");
    }

    fn an_employee_raises_a_ticket_and_a_technician_solves_it(fresh) {
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        let tim = fresh.technician("Tim Okafor");
        let ticket = raise(fresh, anna, "The VPN drops every ten minutes");
        assert_eq!(ticket.number.to_string(), "INC-1");
        assert!(ticket.due_at.is_some());

        let reply = AddReply {
            ticket: ticket.id.into(),
            body: text("Please switch to gateway eu-1."),
            then: Some(key("resolved")),
            resolution_code: Some(ResolutionCode::new("workaround").unwrap()),
            if_version: Some(ticket.version),
        };
        let early = fresh.desk.execute_now(at(tim, later(monday(), 60)), reply.clone());
        let solved = match early {
            Ok(solved) => solved,
            // The workflow asks for an intermediate step.
            Err(Refused::Rule(_)) => {
                let step = TransitionTicket {
                    ticket: ticket.id.into(),
                    to: key("in_progress"),
                    resolution_code: None,
                    note: None,
                    if_version: None,
                };
                fresh.desk.execute_now(at(tim, later(monday(), 60)), step).unwrap();
                fresh.desk.execute_now(at(tim, later(monday(), 61)), AddReply { if_version: None, ..reply }).unwrap()
            }
            Err(other) => panic!("{other}"),
        };
        assert_eq!(solved.phase, Phase::Resolved);
        assert!(solved.first_response_at.is_some());

        let seen = fresh.desk.ask_now(at(anna, later(monday(), 90)), TicketDetail { ticket: ticket.number.to_string().parse().unwrap() }).unwrap();
        assert!(!seen.sees_everything);
        assert!(seen.timeline.items.iter().any(|item| item.body.contains("gateway eu-1")));
        assert!(seen.watchers.is_empty() && seen.clocks.is_empty());

        let back = ReopenTicket { ticket: ticket.id.into(), because: Some(text("It still drops.")) };
        let reopened = fresh.desk.execute_now(at(anna, later(monday(), 120)), back).unwrap();
        assert_eq!((reopened.phase, reopened.reopen_count), (Phase::Active, 1));
    }

    fn work_notes_and_other_peoples_tickets_are_hidden_from_requesters(fresh) {
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        let ben = fresh.person("Ben Danso", &[Role::Requester]);
        let tim = fresh.technician("Tim Okafor");
        let ticket = raise(fresh, anna, "Badge printer jams");
        let note = AddNote { ticket: ticket.id.into(), body: text("Third time; order the zebracorn part."), if_version: None };
        fresh.desk.execute_now(at(tim, monday()), note).unwrap();

        let hidden = fresh.desk.ask_now(at(ben, monday()), TicketDetail { ticket: ticket.id.into() });
        assert!(matches!(hidden, Err(Refused::NotFound("ticket"))));
        let own = fresh.desk.ask_now(at(anna, monday()), TicketDetail { ticket: ticket.id.into() }).unwrap();
        assert!(own.timeline.items.iter().all(|item| item.kind != "note"));

        let find = |person, words: &str| {
            let search = Search { text: words.to_owned(), own_only: false, limit: 10 };
            fresh.desk.ask_now(at(person, monday()), search).unwrap().len()
        };
        assert_eq!(find(tim, "zebracorn"), 1);
        assert_eq!(find(anna, "zebracorn"), 0, "a note is not found by the requester");
        assert_eq!(find(anna, "badge print"), 1);
        assert_eq!(find(ben, "badge"), 0);
        assert_eq!(find(tim, "inc-1"), 1);
    }

    fn a_stale_version_changes_nothing(fresh) {
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        let tim = fresh.technician("Tim Okafor");
        let ticket = raise(fresh, anna, "Scanner eats badges");
        let change = |subject: &str, version| ChangeTicket {
            ticket: ticket.id.into(),
            change: Change { subject: Some(Subject::new(subject).unwrap()), ..Change::default() },
            if_version: Some(version),
        };
        let first = fresh.desk.execute_now(at(tim, monday()), change("Scanner at ward 4 eats badges", ticket.version)).unwrap();
        let second = fresh.desk.execute_now(at(tim, monday()), change("Something else", ticket.version));
        assert!(matches!(second, Err(Refused::Stale { current }) if current == first.version));
        let seen = fresh.desk.ask_now(at(tim, monday()), TicketDetail { ticket: ticket.id.into() }).unwrap();
        assert_eq!(seen.view.ticket.subject.as_str(), "Scanner at ward 4 eats badges");
    }

    fn an_unlicensed_technician_is_refused_with_a_sentence_and_keeps_the_requesters_verbs(fresh) {
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        let rosa = fresh.person("Rosa Lind", &[Role::Agent]);
        let ticket = raise(fresh, anna, "Mail rule gone");
        let note = AddNote { ticket: ticket.id.into(), body: text("I look into it."), if_version: None };
        let refused = fresh.desk.execute_now(at(rosa, monday()), note).unwrap_err();
        assert!(refused.to_string().contains("needs a seat or a token"), "{refused}");
        raise(fresh, rosa, "My own screen flickers");
    }

    fn a_full_pool_puts_the_next_technician_in_line_and_nothing_of_the_act_is_done(fresh) {
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        let pool = fresh.licence("Technicians", Metric::Concurrent, 1);
        let (kim, leo) = (fresh.person("Kim", &[Role::Agent]), fresh.person("Leo", &[Role::Agent]));
        fresh.entitle(&pool, kim);
        fresh.entitle(&pool, leo);
        let ticket = raise(fresh, anna, "Label printer prints half a label");
        let note = |words: &str| AddNote { ticket: ticket.id.into(), body: text(words), if_version: None };
        fresh.desk.execute_now(at(kim, monday()), note("Mine.")).unwrap();
        let refused = fresh.desk.execute_now(at(leo, later(monday(), 1)), note("No, mine.")).unwrap_err();
        let Refused::Licence(verdict) = refused else { panic!("{refused}") };
        assert!(matches!(*verdict, Verdict::Queued { place: 1, ref holders, .. } if *holders == [kim]), "{verdict:?}");
        let seen = fresh.desk.ask_now(at(kim, monday()), TicketDetail { ticket: ticket.id.into() }).unwrap();
        assert!(seen.timeline.items.iter().all(|item| item.body != "No, mine."));

        // Kim falls silent; after time to live and drift the token is Leo's by his next act, from the offer.
        let after = later(monday(), 331);
        fresh.desk.execute_now(at(leo, later(monday(), 200)), note("Still waiting.")).unwrap_err();
        fresh.desk.execute_now(at(leo, after), note("Now mine.")).unwrap();
    }

    fn queues_and_counts_follow_the_work(fresh) {
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        let tim = fresh.technician("Tim Okafor");
        let tickets: Vec<_> = (0..7).map(|n| raise(fresh, anna, &format!("Trouble {n}"))).collect();
        let assign = AssignTicket { ticket: tickets[0].id.into(), group: None, assignee: Some(Some(tim)), if_version: None };
        fresh.desk.execute_now(at(tim, monday()), assign).unwrap();
        fresh.desk.execute_now(at(anna, monday()), WithdrawTicket { ticket: tickets[1].id.into() }).unwrap();

        let sidebar = fresh.desk.ask_now(at(tim, monday()), Sidebar).unwrap();
        assert_eq!((sidebar.open, sidebar.unassigned, sidebar.mine), (6, 5, 1));

        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = fresh.desk.ask_now(at(tim, monday()), QueuePage { queue: Queue::Open, after, limit: 4 }).unwrap();
            seen.extend(page.items.into_iter().map(|row| row.id));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 6);
        assert_eq!(fresh.desk.ask_now(at(anna, monday()), MyTickets { before: None, limit: 50 }).unwrap().items.len(), 7);
        let refused = fresh.desk.ask_now(at(anna, monday()), QueuePage { queue: Queue::Open, after: None, limit: 4 });
        assert!(matches!(refused, Err(Refused::NotFound("queue"))));
    }

    fn a_merge_can_be_taken_apart_again(fresh) {
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        let ben = fresh.person("Ben Danso", &[Role::Requester]);
        let tim = fresh.technician("Tim Okafor");
        let (one, two) = (raise(fresh, anna, "VPN drops"), raise(fresh, ben, "VPN is flaky"));
        let merge = MergeTicket { ticket: two.id.into(), into: one.id.into(), reason: None, if_version: None };
        let merged = fresh.desk.execute_now(at(tim, monday()), merge).unwrap();
        assert_eq!(merged.merged_into(), Some(one.id));
        let followed = fresh.desk.ask_now(at(ben, monday()), TicketDetail { ticket: one.id.into() }).unwrap();
        assert!(followed.follows, "the duplicate's requester follows the ticket that goes on");

        let apart = fresh.desk.execute_now(at(tim, later(monday(), 5)), UnmergeTicket { ticket: two.id.into() }).unwrap();
        assert_eq!((apart.merged_into(), apart.phase), (None, two.phase));
        let hidden = fresh.desk.ask_now(at(ben, monday()), TicketDetail { ticket: one.id.into() });
        assert!(matches!(hidden, Err(Refused::NotFound(_))));
    }

    fn links_are_seen_from_both_ends(fresh) {
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        let tim = fresh.technician("Tim Okafor");
        let (one, two) = (raise(fresh, anna, "Switch is down"), raise(fresh, anna, "Phones are down"));
        let link = LinkTickets { from: one.id.into(), to: two.id.into(), kind: LinkKind::Blocks };
        fresh.desk.execute_now(at(tim, monday()), link.clone()).unwrap();
        fresh.desk.execute_now(at(tim, monday()), link).unwrap();
        let seen = fresh.desk.ask_now(at(tim, monday()), TicketDetail { ticket: two.id.into() }).unwrap();
        assert_eq!(seen.links.len(), 1);
        assert_eq!((seen.links[0].outward, seen.links[0].number), (false, one.number));
    }

    fn the_same_request_sent_twice_is_done_once(fresh) {
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        let send = |hash: u8| {
            let mut ctx = at(anna, monday());
            ctx.idempotency = Some(desk::Idempotency { key: "k-1".to_owned(), request_hash: [hash; 32] });
            fresh.desk.execute_now(ctx, RaiseTicket::of(Kind::ServiceRequest, Subject::new("A second screen").unwrap(), None))
        };
        let (first, again) = (send(1).unwrap(), send(1).unwrap());
        assert_eq!(first.id, again.id);
        assert!(matches!(send(2), Err(Refused::KeyReused)));
        assert_eq!(fresh.desk.ask_now(at(anna, monday()), MyTickets { before: None, limit: 50 }).unwrap().items.len(), 1);
    }

    fn priority_follows_impact_and_urgency(fresh) {
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        let tim = fresh.technician("Tim Okafor");
        let ticket = raise(fresh, anna, "Nobody can print");
        let change = ChangeTicket {
            ticket: ticket.id.into(),
            change: Change { impact: Some(Impact::High), urgency: Some(Urgency::High), ..Change::default() },
            if_version: None,
        };
        let changed = fresh.desk.execute_now(at(tim, monday()), change).unwrap();
        assert_eq!(changed.priority.number(), 1);
        assert!(changed.due_at < ticket.due_at, "a pressing ticket is due sooner");
    }

    fn every_act_is_in_the_audit_log_with_the_seat_it_consumed(fresh) {
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        let tim = fresh.technician("Tim Okafor");
        let ticket = raise(fresh, anna, "Badge printer jams");
        let note = AddNote { ticket: ticket.id.into(), body: text("On it."), if_version: None };
        fresh.desk.execute_now(at(tim, later(monday(), 5)), note).unwrap();
        let records = fresh.desk.database().read_now(|tx| store::audit::latest(tx, &Records::All, None, 10)).unwrap();
        let acts: Vec<_> = records.iter().map(|record| (record.action.as_str(), record.actor.as_str())).collect();
        let (anna, tim) = (anna.to_string(), tim.to_string());
        assert_eq!(acts, [("ticket.note", tim.as_str()), ("ticket.raise", anna.as_str())]);
        assert!(records[0].entry.contains("\"seat\":1"), "{}", records[0].entry);
    }
}
