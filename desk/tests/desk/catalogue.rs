//! The catalogue: kept in versions by administrators, requested by anybody, approved where it says so; and devices.

use desk::{
    Refused,
    catalogue::{
        AddDevice, Catalogue, ChangeDevice, DeviceFields, DeviceOf, DevicesOf, FindItems, OneItem,
        RemoveDevice, RequestItem, RequestOf, Said, WriteItem,
    },
    identity::SetManager,
    ticket::{MyApprovals, RaiseTicket, TicketDetail},
};
use domain::{
    CatalogueItemId, GroupId, PersonId,
    catalogue::{ApprovalBy, CatalogueItem, DeviceKind, Question, QuestionKind},
    identity::Role,
    ticket::{
        Category, ChoiceWords, DeviceName, ItemAbout, ItemName, Keywords, Kind, Markdown, QuestionLabel,
        Subject, Ticket,
    },
};

use crate::support::{Fresh, at, later, monday, on_both_engines};

fn question(label: &str, kind: QuestionKind, required: bool, choices: &[&str]) -> Question {
    let choices = choices.iter().map(|words| ChoiceWords::new(words).unwrap()).collect();
    Question { label: QuestionLabel::new(label).unwrap(), kind, required, choices }
}

fn screen(group: Option<GroupId>, approval: ApprovalBy, approvers: Vec<PersonId>) -> CatalogueItem {
    CatalogueItem {
        name: ItemName::new("A second screen").unwrap(),
        about: ItemAbout::new("With an arm and a cable.").unwrap(),
        keywords: Some(Keywords::new("monitor, display").unwrap()),
        category: Category::new("Workplace").unwrap(),
        group,
        questions: vec![
            question("Which size?", QuestionKind::Choice, true, &["24 inch", "27 inch"]),
            question("From when?", QuestionKind::Date, false, &[]),
            question("For whom?", QuestionKind::Person, false, &[]),
        ],
        working_days: Some(3),
        approval,
        approvers,
        offered: true,
    }
}

struct Cast {
    ada: PersonId,
    tim: PersonId,
    anna: PersonId,
    boss: PersonId,
    group: GroupId,
}

fn cast(fresh: &Fresh) -> Cast {
    let ada = fresh.person("Ada Admin", &[Role::Admin]);
    let tim = fresh.technician("Tim Okafor");
    let anna = fresh.person("Anna Berg", &[Role::Requester]);
    let boss = fresh.person("Bea Holm", &[Role::Requester]);
    let group = fresh.group("Workplace", &[tim]);
    fresh.desk.execute_now(at(ada, monday()), SetManager { person: anna, manager: Some(boss) }).unwrap();
    Cast { ada, tim, anna, boss, group }
}

fn write(fresh: &Fresh, by: PersonId, item: CatalogueItem) -> CatalogueItemId {
    fresh.desk.execute_now(at(by, monday()), WriteItem { id: None, item, if_version: None }).unwrap().id
}

fn wants(item: CatalogueItemId, answers: &[(&str, &str)]) -> RequestItem {
    let said = |(question, answer): &(&str, &str)| Said {
        question: (*question).to_owned(),
        answer: (*answer).to_owned(),
    };
    RequestItem {
        item,
        answers: answers.iter().map(said).collect(),
        more: None,
        effort: None,
        if_version: None,
    }
}

fn timeline(fresh: &Fresh, by: PersonId, ticket: &Ticket) -> Vec<String> {
    let detail = fresh.desk.ask_now(at(by, monday()), TicketDetail { ticket: ticket.id.into() }).unwrap();
    detail.timeline.items.into_iter().map(|item| item.body).collect()
}

on_both_engines! {
    fn a_request_goes_to_its_group_with_the_answers_and_waits_for_the_manager(fresh) {
        let Cast { ada, tim, anna, boss, group } = cast(fresh);
        let item = write(fresh, ada, screen(Some(group), ApprovalBy::Manager, Vec::new()));
        let more = Some(Markdown::new("By Friday, if you can.").unwrap());
        let answers = [("Which size?", "27 inch"), ("From when?", "2026-03-09"), ("For whom?", "bea.holm@example.org")];
        let request = RequestItem { more, ..wants(item, &answers) };
        let ticket = fresh.desk.execute_now(at(anna, monday()), request).unwrap();
        assert_eq!((ticket.kind(), ticket.group, ticket.subject.as_str()), (Kind::ServiceRequest, Some(group), "A second screen"));
        assert_eq!(ticket.state.as_str(), "waiting_for_approval");
        let description = ticket.description.as_ref().unwrap().as_str();
        assert!(description.contains("**Which size?**\n27 inch") && description.ends_with("By Friday, if you can."), "{description}");
        let waiting = fresh.desk.ask_now(at(boss, monday()), MyApprovals).unwrap().waiting;
        assert_eq!((waiting[0].question.as_str(), waiting[0].asked_by.name.as_str()), ("A second screen", "Anna Berg"));

        // The form changes; what was asked and answered does not.
        let shorter = CatalogueItem { questions: Vec::new(), ..screen(Some(group), ApprovalBy::Nobody, Vec::new()) };
        let change = WriteItem { id: Some(item), item: shorter, if_version: Some(1) };
        assert_eq!(fresh.desk.execute_now(at(ada, later(monday(), 60)), change.clone()).unwrap().version, 2);
        assert!(matches!(fresh.desk.execute_now(at(ada, later(monday(), 61)), change), Err(Refused::Stale { current: 2 })));
        let kept = fresh.desk.ask_now(at(tim, monday()), RequestOf { ticket: ticket.id.into() }).unwrap().unwrap();
        let said: Vec<_> = kept.answers.iter().map(|it| (it.question.as_str(), it.answer.as_str())).collect();
        assert_eq!(said, [("Which size?", "27 inch"), ("From when?", "2026-03-09"), ("For whom?", "Bea Holm")]);
        assert_eq!((kept.version, kept.unapproved, kept.answers[2].person), (1, false, Some(boss)));
        let facts = timeline(fresh, tim, &ticket);
        assert!(facts.iter().any(|fact| fact == "requested “A second screen” from the catalogue, form version 1"), "{facts:?}");
    }

    fn what_cannot_be_an_answer_is_refused_with_everything_that_is_wrong(fresh) {
        let Cast { ada, anna, .. } = cast(fresh);
        let item = write(fresh, ada, screen(None, ApprovalBy::Nobody, Vec::new()));
        let answers = [("Which size?", "32 inch"), ("From when?", "soon"), ("For whom?", "nobody@example.org"), ("Why?", "x")];
        let Err(Refused::Invalid(errors)) = fresh.desk.execute_now(at(anna, monday()), wants(item, &answers)) else {
            panic!("these are no answers");
        };
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["answers", "answers[0]", "answers[1]", "answers[2]"]);
        let old = RequestItem { if_version: Some(7), ..wants(item, &[("Which size?", "24 inch")]) };
        assert!(matches!(fresh.desk.execute_now(at(anna, monday()), old), Err(Refused::Stale { current: 1 })));
        assert!(fresh.desk.execute_now(at(anna, monday()), wants(item, &[("Which size?", "24 inch")])).is_ok());
    }

    fn nobody_approves_their_own_request_and_that_nobody_could_be_asked_is_said(fresh) {
        let Cast { ada, tim, anna, boss, .. } = cast(fresh);
        let item = write(fresh, ada, screen(None, ApprovalBy::People, vec![anna, boss]));
        let yes = wants(item, &[("Which size?", "24 inch")]);
        fresh.desk.execute_now(at(anna, monday()), yes.clone()).unwrap();
        let asked = |who| fresh.desk.ask_now(at(who, monday()), MyApprovals).unwrap().waiting.len();
        assert_eq!((asked(anna), asked(boss)), (0, 1), "only the other one is asked");
        let manager = CatalogueItem { name: ItemName::new("A third screen").unwrap(), ..screen(None, ApprovalBy::Manager, Vec::new()) };
        let other = write(fresh, ada, manager);
        let ticket = fresh.desk.execute_now(at(boss, monday()), RequestItem { item: other, ..yes }).unwrap();
        assert_eq!(ticket.state.as_str(), "new", "it is in the queue");
        let facts = timeline(fresh, tim, &ticket);
        assert!(facts.iter().any(|fact| fact.contains("the desk knows nobody to ask")), "{facts:?}");
        assert!(fresh.desk.ask_now(at(tim, monday()), RequestOf { ticket: ticket.id.into() }).unwrap().unwrap().unapproved);
    }

    fn only_an_administrator_keeps_it_and_what_is_not_offered_is_not_there(fresh) {
        let Cast { ada, tim, anna, .. } = cast(fresh);
        let item = screen(None, ApprovalBy::Nobody, Vec::new());
        for who in [tim, anna] {
            let write = WriteItem { id: None, item: item.clone(), if_version: None };
            assert!(fresh.desk.execute_now(at(who, monday()), write).is_err());
        }
        let id = write(fresh, ada, item.clone());
        let same = WriteItem { id: None, item: item.clone(), if_version: None };
        let Err(Refused::Invalid(errors)) = fresh.desk.execute_now(at(ada, monday()), same) else { panic!("two of one name") };
        assert_eq!(errors[0].field, "name");
        let found = |words: &str| fresh.desk.ask_now(at(anna, monday()), FindItems { text: words.to_owned(), limit: 5 }).unwrap().len();
        assert_eq!((found("screen"), found("monitor"), found("second scren"), found("vpn")), (1, 1, 1, 0));

        let retired = CatalogueItem { offered: false, ..item };
        fresh.desk.execute_now(at(ada, monday()), WriteItem { id: Some(id), item: retired, if_version: None }).unwrap();
        assert_eq!(found("screen"), 0);
        assert!(matches!(fresh.desk.ask_now(at(anna, monday()), OneItem { item: id }), Err(Refused::NotFound(_))));
        assert!(matches!(fresh.desk.execute_now(at(anna, monday()), wants(id, &[])), Err(Refused::NotFound(_))));
        let all = |who| fresh.desk.ask_now(at(who, monday()), Catalogue { all: true }).unwrap().len();
        assert_eq!((all(anna), all(ada)), (0, 1));
    }

    fn a_ticket_says_which_device_of_its_requester_it_is_about(fresh) {
        let Cast { ada, tim, anna, boss, .. } = cast(fresh);
        let fields = |name: &str| DeviceFields { name: DeviceName::new(name).unwrap(), kind: DeviceKind::Computer, serial: None, tag: None };
        let add = |person, name: &str| fresh.desk.execute_now(at(ada, monday()), AddDevice { person, device: fields(name) }).unwrap().id;
        let (own, other) = (add(anna, "Notebook 14"), add(boss, "Notebook 15"));
        assert!(fresh.desk.execute_now(at(tim, monday()), AddDevice { person: anna, device: fields("x") }).is_err());
        let raise = |device| RaiseTicket { device: Some(device), ..RaiseTicket::of(Kind::Incident, Subject::new("It is dark").unwrap(), None) };
        let Err(Refused::Invalid(errors)) = fresh.desk.execute_now(at(anna, monday()), raise(other)) else { panic!("it is not hers") };
        assert_eq!(errors[0].field, "device");
        let ticket = fresh.desk.execute_now(at(anna, monday()), raise(own)).unwrap();
        let seen = |who| fresh.desk.ask_now(at(who, monday()), DevicesOf { person: anna });
        assert_eq!(seen(anna).unwrap()[0].name.as_str(), "Notebook 14");
        assert!(seen(tim).is_ok() && matches!(seen(boss), Err(Refused::NotFound(_))));

        fresh.desk.execute_now(at(ada, monday()), ChangeDevice { id: own, device: fields("Notebook 16") }).unwrap();
        fresh.desk.execute_now(at(ada, monday()), RemoveDevice { id: own }).unwrap();
        let about = fresh.desk.ask_now(at(tim, monday()), DeviceOf { ticket: ticket.id.into() }).unwrap().unwrap();
        assert_eq!(about.name.as_str(), "Notebook 14", "the ticket says what it was");
    }
}
