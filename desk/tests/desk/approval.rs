//! Approvals: asked by technicians, answered without a seat, and on record.

use desk::{
    Refused,
    ticket::{
        AnswerApproval, ApprovalDetail, ApprovalView, ApprovalWritten, ApprovalsOf, AskApproval,
        CountMyApprovals, MergeTicket, MyApprovals, OneTicket, SnoozeOf, SnoozeTicket, TicketDetail,
        TransitionTicket, UnmergeTicket, WaitsForApprovalBy, WithdrawApproval, WithdrawTicket,
    },
};
use domain::{
    ApprovalId, PersonId,
    identity::Role,
    ticket::{
        ApprovalEnd, ApprovalQuestion, ApprovalWords, Decision, Kind, Markdown, Quorum, StateKey, Ticket,
    },
};

use crate::support::{Fresh, at, later, monday, on_both_engines};

fn ask(ticket: &Ticket, quorum: Quorum, people: &[PersonId]) -> AskApproval {
    AskApproval {
        ticket: ticket.id.into(),
        question: ApprovalQuestion::new("A second screen, 240 EUR.").unwrap(),
        quorum,
        people: people.to_vec(),
        if_version: None,
    }
}

fn say(approval: ApprovalId, decision: Decision, words: Option<&str>) -> AnswerApproval {
    AnswerApproval { approval, decision, words: words.map(|words| ApprovalWords::new(words).unwrap()) }
}

fn state(fresh: &Fresh, by: PersonId, ticket: &Ticket) -> String {
    let view = fresh.desk.ask_now(at(by, monday()), OneTicket { ticket: ticket.id.into() }).unwrap();
    view.ticket.state.as_str().to_owned()
}

fn of(fresh: &Fresh, by: PersonId, ticket: &Ticket) -> Vec<ApprovalView> {
    fresh.desk.ask_now(at(by, monday()), ApprovalsOf { ticket: ticket.id.into() }).unwrap()
}

struct Cast {
    tim: PersonId,
    anna: PersonId,
    boss: PersonId,
    money: PersonId,
    ticket: Ticket,
}

fn cast(fresh: &Fresh) -> Cast {
    let tim = fresh.technician("Tim Okafor");
    let anna = fresh.person("Anna Berg", &[Role::Requester]);
    let boss = fresh.person("Bea Holm", &[Role::Requester]);
    let money = fresh.person("Carl Friis", &[Role::Finance]);
    let ticket = fresh.raised(anna, Kind::ServiceRequest, "A second screen", monday());
    Cast { tim, anna, boss, money, ticket }
}

on_both_engines! {
    fn a_ticket_waits_until_all_who_are_asked_agree_and_then_goes_on(fresh) {
        let Cast { tim, anna, boss, money, ticket } = cast(fresh);
        let asked = fresh.desk.execute_now(at(tim, monday()), ask(&ticket, Quorum::All, &[boss, money, boss])).unwrap();
        assert_eq!(state(fresh, tim, &ticket), "waiting_for_approval");
        let waits = WaitsForApprovalBy { ticket: ticket.id.into() };
        assert_eq!(fresh.desk.ask_now(at(anna, monday()), waits).unwrap(), ["Bea Holm", "Carl Friis"], "asked once each");
        let mine = fresh.desk.ask_now(at(money, monday()), MyApprovals).unwrap();
        assert!(mine.waiting[0].waits_for_me && mine.answered.is_empty());
        assert_eq!(mine.waiting[0].requester_name, "Anna Berg");

        let soon = later(monday(), 60);
        let first = fresh.desk.execute_now(at(boss, soon), say(asked.id, Decision::Approved, None)).unwrap();
        assert_eq!(first, ApprovalWritten { id: asked.id, version: 2, ended: None });
        assert_eq!(state(fresh, tim, &ticket), "waiting_for_approval", "one of two is not enough");
        let count = |who| fresh.desk.ask_now(at(who, soon), CountMyApprovals).unwrap();
        assert_eq!((count(boss), count(money)), (0, 1));

        let last = say(asked.id, Decision::Approved, Some("From the budget of the ward."));
        assert_eq!(fresh.desk.execute_now(at(money, soon), last).unwrap().ended, Some(ApprovalEnd::Approved));
        assert_eq!(state(fresh, tim, &ticket), "in_progress", "it goes on by itself");
        let detail = fresh.desk.ask_now(at(tim, soon), TicketDetail { ticket: ticket.id.into() }).unwrap();
        let said: Vec<_> = detail.timeline.items.iter().map(|item| item.body.as_str()).collect();
        assert!(said.contains(&"asked Bea Holm and Carl Friis for approval"), "{said:?}");
        assert!(said.contains(&"approved it: From the budget of the ward."), "{said:?}");
        let late = fresh.desk.execute_now(at(money, soon), say(asked.id, Decision::Declined, Some("No.")));
        assert!(matches!(late, Err(Refused::Rule(_))), "what is decided is decided: {late:?}");
        let mine = fresh.desk.ask_now(at(money, soon), MyApprovals).unwrap();
        assert_eq!((mine.waiting.len(), mine.answered[0].my_decision), (0, Some(Decision::Approved)));
    }

    fn one_no_ends_it_and_says_why(fresh) {
        let Cast { tim, boss, money, ticket, .. } = cast(fresh);
        let asked = fresh.desk.execute_now(at(tim, monday()), ask(&ticket, Quorum::All, &[boss, money])).unwrap();
        let silent = fresh.desk.execute_now(at(boss, monday()), say(asked.id, Decision::Declined, None));
        assert!(matches!(silent, Err(Refused::Invalid(_))), "{silent:?}");
        // A yes may become a no while others are asked.
        fresh.desk.execute_now(at(boss, monday()), say(asked.id, Decision::Approved, None)).unwrap();
        let no = say(asked.id, Decision::Declined, Some("One screen is enough."));
        let ended = fresh.desk.execute_now(at(boss, monday()), no).unwrap();
        assert_eq!(ended.ended, Some(ApprovalEnd::Declined));
        assert_eq!(state(fresh, tim, &ticket), "in_progress", "a technician says what becomes of it");
        assert_eq!(fresh.desk.ask_now(at(money, monday()), CountMyApprovals).unwrap(), 0, "nobody else is asked any more");
        // Another question may follow.
        fresh.desk.execute_now(at(tim, monday()), ask(&ticket, Quorum::Any, &[boss, money])).unwrap();
        let all = of(fresh, tim, &ticket);
        assert_eq!(all.len(), 2);
        assert_eq!(all.iter().filter(|it| it.ended.is_none()).count(), 1);
        let again = fresh.desk.execute_now(at(tim, monday()), ask(&ticket, Quorum::Any, &[boss]));
        assert!(matches!(again, Err(Refused::Rule(_))), "one question at a time: {again:?}");
    }

    fn the_first_yes_is_enough_where_any_may_agree(fresh) {
        let Cast { tim, boss, money, ticket, .. } = cast(fresh);
        let asked = fresh.desk.execute_now(at(tim, monday()), ask(&ticket, Quorum::Any, &[boss, money])).unwrap();
        let ended = fresh.desk.execute_now(at(money, monday()), say(asked.id, Decision::Approved, None)).unwrap();
        assert_eq!(ended.ended, Some(ApprovalEnd::Approved));
    }

    fn nobody_approves_their_own_and_nobody_else_answers(fresh) {
        let Cast { tim, anna, boss, money, ticket } = cast(fresh);
        for people in [vec![anna], vec![tim], vec![], vec![boss, anna]] {
            let refused = fresh.desk.execute_now(at(tim, monday()), ask(&ticket, Quorum::All, &people));
            assert!(matches!(refused, Err(Refused::Invalid(_))), "{people:?}: {refused:?}");
        }
        let stranger = fresh.desk.execute_now(at(anna, monday()), ask(&ticket, Quorum::All, &[boss]));
        assert!(stranger.is_err(), "a requester asks nobody");
        assert_eq!(state(fresh, tim, &ticket), "new", "nothing was half done");

        let asked = fresh.desk.execute_now(at(tim, monday()), ask(&ticket, Quorum::All, &[boss])).unwrap();
        for other in [anna, money, tim] {
            let refused = fresh.desk.execute_now(at(other, monday()), say(asked.id, Decision::Approved, None));
            assert!(matches!(refused, Err(Refused::NotFound(_))), "{refused:?}");
        }
        let look = |who| fresh.desk.ask_now(at(who, monday()), ApprovalDetail { approval: asked.id });
        assert!(look(boss).is_ok() && look(tim).is_ok());
        assert!(matches!(look(anna), Err(Refused::NotFound(_))), "what is asked about her is not for her");
        assert!(matches!(look(money), Err(Refused::NotFound(_))));
    }

    fn a_question_is_taken_back_by_hand_or_with_its_ticket(fresh) {
        let Cast { tim, anna, boss, ticket, .. } = cast(fresh);
        let asked = fresh.desk.execute_now(at(tim, monday()), ask(&ticket, Quorum::All, &[boss])).unwrap();
        let taken = fresh.desk.execute_now(at(tim, monday()), WithdrawApproval { approval: asked.id }).unwrap();
        assert_eq!(taken.ended, Some(ApprovalEnd::Withdrawn));
        assert_eq!(state(fresh, tim, &ticket), "in_progress");

        fresh.desk.execute_now(at(tim, monday()), ask(&ticket, Quorum::All, &[boss])).unwrap();
        fresh.desk.execute_now(at(anna, later(monday(), 60)), WithdrawTicket { ticket: ticket.id.into() }).unwrap();
        assert_eq!(fresh.desk.ask_now(at(boss, monday()), CountMyApprovals).unwrap(), 0);
        let all = of(fresh, tim, &ticket);
        assert!(all.iter().all(|it| it.ended.is_some_and(|ended| ended.how == ApprovalEnd::Withdrawn)));
        let late = fresh.desk.execute_now(at(tim, later(monday(), 120)), ask(&ticket, Quorum::All, &[boss]));
        assert!(matches!(late, Err(Refused::Rule(_))), "{late:?}");
    }

    fn a_merge_ends_the_question_and_what_comes_back_waits_for_nobody(fresh) {
        let Cast { tim, anna, boss, ticket, .. } = cast(fresh);
        let other = fresh.raised(anna, Kind::ServiceRequest, "Another screen", monday());
        fresh.desk.execute_now(at(tim, monday()), ask(&ticket, Quorum::All, &[boss])).unwrap();
        let merge = MergeTicket { ticket: ticket.id.into(), into: other.id.into(), reason: None, if_version: None };
        fresh.desk.execute_now(at(tim, later(monday(), 60)), merge).unwrap();
        assert_eq!(fresh.desk.ask_now(at(boss, monday()), CountMyApprovals).unwrap(), 0);
        fresh.desk.execute_now(at(tim, later(monday(), 120)), UnmergeTicket { ticket: ticket.id.into() }).unwrap();
        assert_eq!(state(fresh, tim, &ticket), "in_progress", "nobody is asked any more");
    }

    fn a_ticket_waits_from_wherever_it_is_and_who_put_it_off_hears_the_answer(fresh) {
        let Cast { tim, anna, boss, ticket, .. } = cast(fresh);
        let to = StateKey::new("waiting_for_requester").unwrap();
        let step = TransitionTicket {
            ticket: ticket.id.into(), to, resolution_code: None, note: Some(Markdown::new("Which one?").unwrap()), if_version: None,
        };
        fresh.desk.execute_now(at(tim, monday()), step).unwrap();
        let asked = fresh.desk.execute_now(at(tim, monday()), ask(&ticket, Quorum::All, &[boss])).unwrap();
        assert_eq!(state(fresh, tim, &ticket), "waiting_for_approval");
        let waits = WaitsForApprovalBy { ticket: ticket.id.into() };
        assert_eq!(fresh.desk.ask_now(at(anna, monday()), waits).unwrap(), ["Bea Holm"]);
        let off = SnoozeTicket { ticket: ticket.id.into(), until: later(monday(), 86_400) };
        fresh.desk.execute_now(at(tim, later(monday(), 60)), off).unwrap();
        fresh.desk.execute_now(at(boss, later(monday(), 120)), say(asked.id, Decision::Approved, None)).unwrap();
        let off = fresh.desk.ask_now(at(tim, later(monday(), 180)), SnoozeOf { ticket: ticket.id.into() }).unwrap();
        assert_eq!(off, None);
    }

    fn whoever_left_cannot_be_asked(fresh) {
        let Cast { tim, ticket, .. } = cast(fresh);
        let gone = fresh.known("Gone Girl", &[]);
        let refused = fresh.desk.execute_now(at(tim, monday()), ask(&ticket, Quorum::All, &[gone]));
        assert!(matches!(refused, Err(Refused::Invalid(_))), "{refused:?}");
        assert!(of(fresh, tim, &ticket).is_empty(), "nobody is asked by half");
    }
}
