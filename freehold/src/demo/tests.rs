use std::collections::{HashMap, HashSet};

use domain::{
    import::{RoleHint, State, What},
    ticket::{Kind, Markdown, Priority, StateKey, Subject, Workflow},
};

use super::{problems::problems, *};

fn organisation() -> Organisation {
    generate(7, Size::FULL, now())
}

fn now() -> Timestamp {
    "2026-06-30T15:20:00Z".parse().unwrap()
}

#[test]
fn the_same_seed_gives_the_same_organisation_and_another_seed_another() {
    let one = organisation();
    assert_eq!(one, organisation());
    assert_ne!(one, generate(8, Size::FULL, now()));
}

#[test]
fn it_has_the_people_licences_and_tickets_that_were_promised() {
    let demo = organisation();
    assert_eq!((demo.people.len(), demo.tickets.len(), demo.groups.len()), (600, 5_000, 6));
    let technicians = demo.people.iter().filter(|person| person.role == RoleHint::Agent);
    assert_eq!(technicians.count(), 40);
    let keys: HashSet<_> = demo.people.iter().map(|person| &person.key).collect();
    let addresses: HashSet<_> = demo.people.iter().map(|person| &person.email).collect();
    assert_eq!((keys.len(), addresses.len()), (600, 600));
    assert!(addresses.iter().all(|address| address.is_ascii() && address.ends_with("@marlow.example")));
    let Terms::Exclusive { seats, holders } = &demo.licences[0].terms else { panic!("seats come first") };
    assert!(*seats == 30 && holders.len() <= *seats);
    let Terms::Concurrent { tokens, entitled } = &demo.licences[1].terms else { panic!("then tokens") };
    assert!(*tokens == 10 && entitled.len() > *tokens);
    assert!(holders.contains(&demo.staff.exclusive_agent) && entitled.contains(&demo.staff.concurrent_agent));
    assert!(holders.iter().chain(entitled).all(|holder| keys.contains(holder)));
}

#[test]
fn a_small_one_is_made_from_any_seed() {
    for seed in 0..6 {
        let demo = generate(seed, Size::SMALL, now());
        assert_eq!((demo.people.len(), demo.tickets.len()), (100, 300));
        assert!(demo.tickets.iter().all(|ticket| ticket.check_history().is_ok()));
        assert!(demo.tickets.iter().any(|ticket| ticket.requester == demo.staff.requester));
        assert!(!demo.pool_use.denials.is_empty());
    }
}

#[test]
fn the_texts_are_many_and_every_slot_is_filled() {
    let problems = problems();
    assert!(problems.len() >= 120, "{}", problems.len());
    assert!(problems.iter().filter(|problem| problem.german).count() >= 5);
    for problem in &problems {
        let name = format!("{} / {}", problem.category, problem.subcategory);
        assert!(people::GROUPS.iter().any(|group| group.name == problem.group), "{name}: {}", problem.group);
        assert_eq!(problem.questions.len(), problem.answers.len(), "{name}");
        for texts in [&problem.subjects, &problem.descriptions, &problem.notes, &problem.solutions] {
            assert!(!texts.is_empty(), "{name} lacks a text");
        }
    }
    let demo = organisation();
    let descriptions: HashSet<_> = demo.tickets.iter().map(|ticket| &ticket.description).collect();
    assert!(descriptions.len() > 4_500, "{}", descriptions.len());
    for ticket in &demo.tickets {
        Subject::new(&ticket.subject).unwrap();
        let bodies = ticket.history.iter().filter_map(|event| match &event.what {
            What::Reply { body } | What::Note { body } => Some(body),
            _ => None,
        });
        for text in bodies.chain([&ticket.description, &ticket.subject]) {
            Markdown::new(text).unwrap();
            assert!(!text.contains(['{', '}']), "{text}");
        }
    }
}

#[test]
fn every_history_is_in_order_takes_allowed_steps_and_ends_where_the_ticket_stands() {
    let workflow = Workflow::default();
    let key = |state: State| StateKey::new(state.as_str()).unwrap();
    for ticket in &organisation().tickets {
        ticket.check_history().unwrap();
        assert!(ticket.history.iter().all(|event| event.at < now()), "{}", ticket.number);
        for event in &ticket.history {
            let Some((from, to)) = event.what.transition() else { continue };
            let merged = matches!(event.what, What::MergedInto { .. });
            let allowed = workflow.allowed_from(&key(from)).any(|step| step.to == key(to));
            assert!(allowed || merged, "{}: {from} to {to}", ticket.number);
        }
    }
}

#[test]
fn everybody_named_is_one_of_the_people_and_requesters_never_work_the_queue() {
    let demo = organisation();
    let roles: HashMap<_, _> = demo.people.iter().map(|person| (&person.key, person.role)).collect();
    for ticket in &demo.tickets {
        assert_eq!(roles[&ticket.requester], RoleHint::Requester);
        for event in &ticket.history {
            let Some(by) = &event.by else { continue };
            if matches!(event.what, What::Note { .. } | What::Resolved { .. } | What::Reassigned { .. }) {
                assert_eq!(roles[by], RoleHint::Agent, "{} {:?}", ticket.number, event.what);
            } else {
                assert!(*by == ticket.requester || roles[by] == RoleHint::Agent);
            }
        }
        if let Some(named) = &ticket.assignment.assignee {
            assert_eq!(roles[named], RoleHint::Agent);
        }
    }
}

#[test]
fn the_tickets_are_as_mixed_as_those_of_a_real_desk() {
    let demo = organisation();
    let share = |wanted: &dyn Fn(&ImportedTicket) -> bool| {
        let count = demo.tickets.iter().filter(|ticket| wanted(ticket)).count();
        count * 1_000 / demo.tickets.len()
    };
    let has =
        |wanted: fn(&What) -> bool| share(&|ticket| ticket.history.iter().any(|event| wanted(&event.what)));
    let shares = [
        ("open", share(&|ticket| !ticket.state.is_done()), 20..200),
        ("new", share(&|ticket| ticket.state == State::New), 1..60),
        ("waiting", share(&|ticket| ticket.state == State::WaitingForRequester), 1..60),
        ("requests", share(&|ticket| ticket.kind == Kind::ServiceRequest), 200..600),
        ("critical", share(&|ticket| ticket.ranking.priority == Priority::P1), 5..100),
        ("reopened", has(|what| matches!(what, What::Reopened { .. })), 20..70),
        ("merged", has(|what| matches!(what, What::MergedInto { .. })), 15..80),
        ("withdrawn", share(&|ticket| ticket.state == State::Cancelled), 5..50),
        ("noted", has(|what| matches!(what, What::Note { .. })), 600..980),
        (
            "late",
            share(&|t| t.resolved_at.is_some_and(|end| end.duration_since(t.opened_at).as_hours() > 120)),
            20..300,
        ),
    ];
    for (name, share, expected) in shares {
        assert!(expected.contains(&share), "{name}: {share} of 1000, expected {expected:?}");
    }
    let oldest = demo.tickets[0].opened_at;
    assert!(now().duration_since(oldest).as_hours() / 24 >= 85);
    assert!(demo.tickets.is_sorted_by_key(|ticket| ticket.opened_at));
}

#[test]
fn what_is_merged_goes_into_a_ticket_that_is_there_and_was_not_merged_itself() {
    let demo = organisation();
    let merged = |ticket: &ImportedTicket| {
        ticket.history.iter().find_map(|event| match &event.what {
            What::MergedInto { number, .. } => Some(number.clone()),
            _ => None,
        })
    };
    let by_number: HashMap<_, _> = demo.tickets.iter().map(|ticket| (&ticket.number, ticket)).collect();
    for ticket in &demo.tickets {
        if let Some(number) = merged(ticket) {
            let original = by_number[&number];
            assert!(original.opened_at <= ticket.opened_at && merged(original).is_none());
            assert_eq!(original.subcategory, ticket.subcategory);
        }
    }
}

#[test]
fn nobody_holds_two_tokens_and_no_more_are_held_than_there_are() {
    let demo = organisation();
    assert_eq!(demo.pool_use.peak(), TOKENS, "a pool that never fills shows nothing");
    let mut last: HashMap<&PersonKey, Timestamp> = HashMap::new();
    for session in &demo.pool_use.sessions {
        assert!(session.from < session.to && session.to <= now());
        if let Some(end) = last.insert(&session.person, session.to) {
            assert!(end <= session.from, "{} holds two tokens", session.person);
        }
    }
    assert!(demo.pool_use.sessions.is_sorted_by_key(|session| session.from));
    assert!(demo.pool_use.sessions.len() > 2_000);
}

#[test]
fn somebody_is_refused_only_while_every_token_is_held_by_others() {
    let PoolUse { sessions, denials } = organisation().pool_use;
    assert!((50..1_500).contains(&denials.len()), "{}", denials.len());
    assert!(denials.is_sorted_by_key(|denial| denial.at));
    for denial in &denials {
        let holders: Vec<_> = sessions.iter().filter(|s| s.from <= denial.at && denial.at < s.to).collect();
        assert_eq!(holders.len(), TOKENS);
        assert!(holders.iter().all(|session| session.person != denial.person));
    }
}

#[test]
fn whoever_shares_tokens_acts_only_while_holding_one() {
    let demo = organisation();
    let Terms::Concurrent { entitled, .. } = &demo.licences[1].terms else { panic!("tokens come second") };
    let mut acts = 0;
    for event in demo.tickets.iter().flat_map(|ticket| &ticket.history) {
        let Some(by) = event.by.as_ref().filter(|by| entitled.contains(by)) else { continue };
        acts += 1;
        let held =
            demo.pool_use.sessions.iter().any(|s| s.person == *by && s.from <= event.at && event.at < s.to);
        assert!(held, "{by} acted at {} without a token", event.at);
    }
    assert!(acts > 1_000, "{acts}");
}
