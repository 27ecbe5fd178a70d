//! What technicians keep on a ticket beside its conversation: a checklist, the time it took, and whom they name.

use desk::{
    Refused,
    audit::AuditList,
    data::{Queue, Records},
    ticket::{
        AddNote, AddReply, ChangeChecklist, ChecklistEdit, ChecklistOf, ChecklistView, MergeTicket,
        MyMentions, Nameable, QueuePage, RecordTime, SharedWithMe, TakeTimeBack, TicketDetail, TicketsToName,
        TimeOf, TimeSpent, TimeTotalsOf, WithTime,
    },
};
use domain::{
    PersonId, Timestamp,
    identity::Role,
    ticket::{ChecklistWords, Doing, ItemChange, Kind, Markdown, Spent, Ticket},
};

use crate::support::{Fresh, at, later, monday, on_both_engines};

struct Cast {
    tim: PersonId,
    eva: PersonId,
    anna: PersonId,
    /// Works tickets, but has no seat.
    lea: PersonId,
    ticket: Ticket,
}

fn cast(fresh: &Fresh) -> Cast {
    let (tim, eva) = (fresh.technician("Tim Okafor"), fresh.technician("Eva Lund"));
    let anna = fresh.person("Anna Berg", &[Role::Requester]);
    let lea = fresh.person("Lea Roth", &[Role::Agent]);
    let ticket = fresh.raised(anna, Kind::Incident, "The printer hums", monday());
    Cast { tim, eva, anna, lea, ticket }
}

fn edit(ticket: &Ticket, edit: ChecklistEdit) -> ChangeChecklist {
    ChangeChecklist { ticket: ticket.id.into(), edit }
}

fn items(words: &[&str]) -> ChecklistEdit {
    ChecklistEdit::Add(words.iter().map(|words| ChecklistWords::new(words).unwrap()).collect())
}

fn list(fresh: &Fresh, by: PersonId, ticket: &Ticket) -> ChecklistView {
    fresh.desk.ask_now(at(by, monday()), ChecklistOf { ticket: ticket.id.into() }).unwrap()
}

fn words(view: &ChecklistView) -> Vec<&str> {
    view.items.iter().map(|item| item.words.as_str()).collect()
}

fn note(ticket: &Ticket, text: &str) -> AddNote {
    AddNote { ticket: ticket.id.into(), body: Markdown::new(text).unwrap(), if_version: None }
}

fn reply(ticket: &Ticket, text: &str) -> AddReply {
    let body = Markdown::new(text).unwrap();
    AddReply { ticket: ticket.id.into(), body, then: None, resolution_code: None, if_version: None }
}

fn time(text: &str, day: &str) -> TimeSpent {
    TimeSpent { spent: text.parse().unwrap(), day: day.parse().unwrap(), words: None }
}

/// The numbers of the tickets on which somebody was named, and by whom.
fn named(fresh: &Fresh, who: PersonId, now: Timestamp) -> Vec<(String, String)> {
    let all = fresh.desk.ask_now(at(who, now), MyMentions).unwrap();
    all.into_iter().map(|it| (it.ticket.to_string(), it.by.unwrap().name)).collect()
}

fn watchers(fresh: &Fresh, by: PersonId, ticket: &Ticket) -> Vec<PersonId> {
    let detail = fresh.desk.ask_now(at(by, monday()), TicketDetail { ticket: ticket.id.into() }).unwrap();
    detail.watchers.into_iter().map(|watcher| watcher.id).collect()
}

fn records(fresh: &Fresh) -> usize {
    let auditor = fresh.known("Ada Auditor", &[Role::Auditor]);
    let all = AuditList { filter: Records::All, before: None, limit: 200 };
    fresh.desk.ask_now(at(auditor, monday()), all).unwrap().len()
}

on_both_engines! {
    fn a_checklist_is_written_ticked_moved_and_shown_in_the_queue(fresh) {
        let Cast { tim, eva, ticket, .. } = cast(fresh);
        let made = fresh.desk.execute_now(at(tim, monday()), edit(&ticket, items(&["Order it", "Fit it", "Call her"]))).unwrap();
        assert_eq!(made.progress.unwrap().to_string(), "0 of 3");
        let change = |item: usize, change| edit(&ticket, ChecklistEdit::Change(made.added[item], change));
        let tick = ItemChange { done: Some(true), ..ItemChange::default() };
        let soon = later(monday(), 60);
        fresh.desk.execute_now(at(eva, soon), change(0, tick)).unwrap();
        let moved = ItemChange { words: Some(ChecklistWords::new("Call Anna").unwrap()), place: Some(1), ..ItemChange::default() };
        fresh.desk.execute_now(at(tim, soon), change(2, moved)).unwrap();
        let view = list(fresh, tim, &ticket);
        assert_eq!(words(&view), ["Call Anna", "Order it", "Fit it"]);
        let ticked = &view.items[1];
        assert_eq!((ticked.ticked_by.as_ref().unwrap().name.as_str(), ticked.ticked_at), ("Eva Lund", Some(soon)));
        let page = QueuePage { queue: Queue::Open, after: None, limit: 10 };
        let row = fresh.desk.ask_now(at(tim, soon), page).unwrap().items.remove(0);
        assert_eq!(row.checklist.unwrap().to_string(), "1 of 3");
        assert_eq!(row.version, ticket.version, "who edits its fields is in nobody's way");

        fresh.desk.execute_now(at(tim, soon), edit(&ticket, ChecklistEdit::Remove(made.added[0]))).unwrap();
        assert_eq!(list(fresh, tim, &ticket).progress.unwrap().to_string(), "0 of 2");
        let gone = fresh.desk.execute_now(at(tim, soon), edit(&ticket, ChecklistEdit::Remove(made.added[0])));
        assert!(matches!(gone, Err(Refused::NotFound(_))), "{gone:?}");
    }

    fn the_tasks_of_a_note_become_items_once(fresh) {
        let Cast { tim, ticket, .. } = cast(fresh);
        let text = "Plan:\n- [ ] Order it\n- [x] Ask Anna\n\nThat is all.";
        fresh.desk.execute_now(at(tim, monday()), note(&ticket, text)).unwrap();
        let detail = fresh.desk.ask_now(at(tim, monday()), TicketDetail { ticket: ticket.id.into() }).unwrap();
        let from = detail.timeline.items.iter().find(|item| item.kind == "note").unwrap().id;
        fresh.desk.execute_now(at(tim, monday()), edit(&ticket, ChecklistEdit::AddFrom(from))).unwrap();
        let view = list(fresh, tim, &ticket);
        assert_eq!(words(&view), ["Order it", "Ask Anna"]);
        assert_eq!(view.progress.unwrap().to_string(), "1 of 2");
        let again = fresh.desk.execute_now(at(tim, monday()), edit(&ticket, ChecklistEdit::AddFrom(from)));
        assert!(matches!(again, Err(Refused::Rule(_))), "{again:?}");
        let other = fresh.raised(tim, Kind::Incident, "Another", monday());
        let stray = fresh.desk.execute_now(at(tim, monday()), edit(&other, ChecklistEdit::AddFrom(from)));
        assert!(matches!(stray, Err(Refused::NotFound(_))), "a note of another ticket: {stray:?}");
    }

    fn a_checklist_is_a_technicians_work_and_has_a_hundred_items(fresh) {
        let Cast { tim, anna, lea, ticket, .. } = cast(fresh);
        let hundred: Vec<_> = (0..100).map(|nth| format!("Item {nth}")).collect();
        let hundred: Vec<_> = hundred.iter().map(String::as_str).collect();
        fresh.desk.execute_now(at(tim, monday()), edit(&ticket, items(&hundred))).unwrap();
        let full = fresh.desk.execute_now(at(tim, monday()), edit(&ticket, items(&["One more"])));
        assert!(matches!(full, Err(Refused::Rule(_))), "{full:?}");
        let nothing = fresh.desk.execute_now(at(tim, monday()), edit(&ticket, items(&[])));
        assert!(matches!(nothing, Err(Refused::Invalid(_))), "{nothing:?}");
        for who in [anna, lea] {
            let refused = fresh.desk.execute_now(at(who, monday()), edit(&ticket, items(&["Mine"])));
            assert!(matches!(refused, Err(Refused::Licence(_))), "{refused:?}");
        }
        let look = fresh.desk.ask_now(at(anna, monday()), ChecklistOf { ticket: ticket.id.into() });
        assert!(matches!(look, Err(Refused::NotFound(_))), "its requester does not see it: {look:?}");
        let other = fresh.raised(anna, Kind::Incident, "The same again", monday());
        let merge = MergeTicket { ticket: ticket.id.into(), into: other.id.into(), reason: None, if_version: None };
        fresh.desk.execute_now(at(tim, monday()), merge).unwrap();
        let merged = fresh.desk.execute_now(at(tim, monday()), edit(&ticket, items(&["Late"])));
        assert!(matches!(merged, Err(Refused::Rule(_))), "{merged:?}");
    }

    fn whoever_is_named_in_a_note_follows_it_and_is_told_until_they_look(fresh) {
        let Cast { tim, eva, lea, ticket, .. } = cast(fresh);
        let text = "@eva lund and @Lea Roth, please look; @Nobody Known and @Tim Okafor too.";
        fresh.desk.execute_now(at(tim, monday()), note(&ticket, text)).unwrap();
        let number = ticket.number.to_string();
        let told = [(number, "Tim Okafor".to_owned())];
        assert_eq!(named(fresh, eva, monday()), told);
        assert_eq!(named(fresh, lea, monday()), told, "to be told takes no seat");
        assert!(named(fresh, tim, monday()).is_empty(), "nobody tells themselves");
        let mut follow = watchers(fresh, tim, &ticket);
        follow.sort();
        let mut both = vec![eva, lea];
        both.sort();
        assert_eq!(follow, both);
        let detail = fresh.desk.ask_now(at(tim, monday()), TicketDetail { ticket: ticket.id.into() }).unwrap();
        let item = detail.timeline.items.iter().find(|item| item.kind == "note").unwrap();
        assert_eq!(item.named.len(), 2);

        // Named twice, they are told of the ticket once; who looks at it has seen it.
        fresh.desk.execute_now(at(tim, later(monday(), 60)), note(&ticket, "@Eva Lund?")).unwrap();
        let mine = fresh.desk.ask_now(at(eva, monday()), MyMentions).unwrap();
        assert_eq!((mine.len(), mine[0].times), (1, 2));
        fresh.desk.saw_ticket_now(at(eva, monday()), ticket.id.into()).unwrap();
        fresh.desk.at_ticket_now(at(lea, monday()), ticket.id.into(), Some(Doing::Viewing)).unwrap();
        assert!(named(fresh, eva, monday()).is_empty() && named(fresh, lea, monday()).is_empty());
    }

    fn a_name_that_two_have_stays_plain_text(fresh) {
        let Cast { tim, eva, ticket, .. } = cast(fresh);
        let other = fresh.person("Eva Lund 2", &[Role::Agent]);
        fresh.desk.database().write_now(move |tx| {
            let mut person = store::person::by_id(tx, other)?.unwrap();
            "Eva Lund".clone_into(&mut person.name);
            store::person::update(tx, &person)
        }).unwrap();
        fresh.desk.execute_now(at(tim, monday()), note(&ticket, "@Eva Lund, please look.")).unwrap();
        assert!(named(fresh, eva, monday()).is_empty() && named(fresh, other, monday()).is_empty());
        assert!(watchers(fresh, tim, &ticket).is_empty());
    }

    fn a_reply_names_only_whom_its_requester_sees_already(fresh) {
        let Cast { tim, eva, anna, lea, ticket } = cast(fresh);
        let offered = |public| {
            let query = Nameable { ticket: ticket.id.into(), public, text: String::new(), limit: 20 };
            let people = fresh.desk.ask_now(at(tim, monday()), query).unwrap();
            people.into_iter().map(|person| person.id).collect::<Vec<_>>()
        };
        assert_eq!(offered(false), [eva, lea]);
        assert!(offered(true).is_empty());
        fresh.desk.execute_now(at(tim, monday()), reply(&ticket, "@Eva Lund looks at it.")).unwrap();
        assert!(named(fresh, eva, monday()).is_empty(), "Anna has not seen Eva");
        fresh.desk.execute_now(at(eva, monday()), reply(&ticket, "I look at it.")).unwrap();
        assert_eq!(offered(true), [eva]);
        fresh.desk.execute_now(at(tim, later(monday(), 60)), reply(&ticket, "@Eva Lund and @Lea Roth know more.")).unwrap();
        assert_eq!(named(fresh, eva, monday()).len(), 1);
        assert!(named(fresh, lea, monday()).is_empty());
        // What a requester writes tells nobody in particular.
        fresh.desk.execute_now(at(anna, later(monday(), 90)), reply(&ticket, "@Tim Okafor, thank you!")).unwrap();
        assert!(named(fresh, tim, monday()).is_empty());
        let refused = Nameable { ticket: ticket.id.into(), public: true, text: String::new(), limit: 20 };
        assert!(fresh.desk.ask_now(at(anna, monday()), refused).is_err());
    }

    fn time_adds_up_by_person_and_is_taken_back_without_being_lost(fresh) {
        let Cast { tim, eva, anna, lea, ticket } = cast(fresh);
        let record = |time| RecordTime { ticket: ticket.id.into(), time };
        let first = fresh.desk.execute_now(at(tim, monday()), record(time("1h 20m", "2026-03-02"))).unwrap();
        fresh.desk.execute_now(at(tim, later(monday(), 1)), record(time("5", "2026-03-01"))).unwrap();
        fresh.desk.execute_now(at(eva, later(monday(), 2)), record(time("0:30", "2026-03-02"))).unwrap();
        let totals = || fresh.desk.ask_now(at(tim, monday()), TimeTotalsOf { ticket: ticket.id.into() }).unwrap();
        let by = |totals: &desk::ticket::TimeTotals| totals.people.iter().map(|it| it.minutes).collect::<Vec<_>>();
        assert_eq!((totals().minutes, by(&totals())), (115, vec![85, 30]));

        let back = TakeTimeBack { ticket: ticket.id.into(), entry: first.id };
        let others = fresh.desk.execute_now(at(eva, monday()), back);
        assert!(matches!(others, Err(Refused::Rule(_))), "{others:?}");
        fresh.desk.execute_now(at(tim, later(monday(), 3)), back).unwrap();
        let twice = fresh.desk.execute_now(at(tim, later(monday(), 4)), back);
        assert!(matches!(twice, Err(Refused::Rule(_))), "{twice:?}");
        assert_eq!((totals().minutes, by(&totals())), (35, vec![30, 5]));
        let page = |before| {
            let query = TimeOf { ticket: ticket.id.into(), before, limit: 2 };
            fresh.desk.ask_now(at(tim, monday()), query).unwrap()
        };
        let one = page(None);
        let two = page(one.next);
        assert_eq!((one.items.len(), two.items.len(), two.next), (2, 1, None));
        assert_eq!(two.items[0].taken_back_at, Some(later(monday(), 3)), "it stays on record");

        for day in ["2026-03-04", "2024-03-02"] {
            let refused = fresh.desk.execute_now(at(tim, monday()), record(time("5", day)));
            assert!(matches!(refused, Err(Refused::Invalid(_))), "{day}: {refused:?}");
        }
        for who in [anna, lea] {
            let refused = fresh.desk.execute_now(at(who, monday()), record(time("5", "2026-03-02")));
            assert!(matches!(refused, Err(Refused::Licence(_))), "{refused:?}");
        }
    }

    fn a_note_and_its_time_are_one_act(fresh) {
        let Cast { tim, anna, ticket, .. } = cast(fresh);
        let before = records(fresh);
        let say = WithTime { say: note(&ticket, "Looked at it."), time: Some(time("20", "2026-03-02")) };
        fresh.desk.execute_now(at(tim, monday()), say).unwrap();
        assert_eq!(records(fresh), before + 1);
        let late = WithTime { say: note(&ticket, "And again."), time: Some(time("20", "2026-03-09")) };
        assert!(matches!(fresh.desk.execute_now(at(tim, monday()), late), Err(Refused::Invalid(_))));
        let detail = fresh.desk.ask_now(at(tim, monday()), TicketDetail { ticket: ticket.id.into() }).unwrap();
        assert_eq!(detail.timeline.items.iter().filter(|item| item.kind == "note").count(), 1, "both or neither");
        let totals = fresh.desk.ask_now(at(tim, monday()), TimeTotalsOf { ticket: ticket.id.into() }).unwrap();
        assert_eq!(totals.minutes, u64::from(Spent::new(20).unwrap().minutes()));
        let own = WithTime { say: reply(&ticket, "It still hums."), time: Some(time("20", "2026-03-02")) };
        assert!(matches!(fresh.desk.execute_now(at(anna, monday()), own), Err(Refused::Invalid(_))));
    }

    fn tickets_are_offered_by_number_and_words_the_ones_looked_at_last_first(fresh) {
        let Cast { tim, anna, ticket, .. } = cast(fresh);
        let second = fresh.raised(anna, Kind::Incident, "The printer is loud", later(monday(), 60));
        let third = fresh.raised(anna, Kind::Incident, "A badge is lost", later(monday(), 120));
        let offered = |text: &str| {
            let query = TicketsToName { text: text.to_owned(), limit: 20 };
            let hits = fresh.desk.ask_now(at(tim, monday()), query).unwrap();
            hits.into_iter().map(|hit| hit.id).collect::<Vec<_>>()
        };
        assert!(offered("").is_empty());
        for (seconds, looked) in [(1, &ticket), (2, &third)] {
            fresh.desk.at_ticket_now(at(tim, later(monday(), seconds)), looked.id.into(), Some(Doing::Viewing)).unwrap();
        }
        assert_eq!(offered(""), [third.id, ticket.id]);
        assert_eq!(offered("printer"), [ticket.id, second.id], "the one looked at before the other");
        assert_eq!(offered("2")[0], second.id);
        // One that was looked at and mentions it does not come before it.
        let mentions = Markdown::new(&format!("As {}.", second.number)).unwrap();
        let note = AddNote { ticket: third.id.into(), body: mentions, if_version: None };
        fresh.desk.execute_now(at(tim, later(monday(), 200)), note).unwrap();
        assert_eq!(offered(&second.number.to_string()), [second.id, third.id]);
        // Two kinds of tickets have the same numbers.
        let request = fresh.raised(anna, Kind::ServiceRequest, "A lamp", later(monday(), 300));
        assert_eq!(offered("1"), [ticket.id, request.id]);
        fresh.desk.at_ticket_now(at(tim, later(monday(), 301)), request.id.into(), Some(Doing::Viewing)).unwrap();
        assert_eq!(offered("1"), [request.id, ticket.id]);
        let numbers = vec![ticket.number, second.number, fresh.raised(tim, Kind::Incident, "Mine", monday()).number];
        let shared = |who| fresh.desk.ask_now(at(who, monday()), SharedWithMe { numbers: numbers.clone() }).unwrap();
        assert_eq!(shared(anna), numbers[..2]);
        assert_eq!(shared(tim), numbers[2..], "what he reads as a technician is not shared with him");
        let requester = fresh.desk.ask_now(at(anna, monday()), TicketsToName { text: String::new(), limit: 20 });
        assert!(requester.is_err());
    }
}
