//! Filtered lists against the plainest reading of the same filter, over many tickets of every sort.

use desk::{
    Refused,
    ticket::{AddNote, AssignTicket, ChangeTicket, FilteredPage, RaiseTicket, TransitionTicket},
};
use domain::{
    GroupId, PersonId, Timestamp,
    identity::Role,
    ticket::{
        AT_RISK, AssigneeIs, Category, Change, Filter, Impact, Kind, Markdown, OrNone, Phase, PromiseAt,
        Scope, Sort, StateKey, Subject, Ticket, Urgency,
    },
};
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRng, TestRunner},
};

use crate::support::{Fresh, at, later, monday, on_both_engines};

/// Who and what the tickets are made of.
struct World {
    tim: PersonId,
    people: [PersonId; 2],
    technicians: [PersonId; 2],
    groups: [GroupId; 2],
    tickets: Vec<Ticket>,
}

/// One life of a ticket: when it was raised, and what was done to it.
type Life = (u32, u8, u8, u8, u8, u8, u8, u32);

fn life() -> impl Strategy<Value = Life> {
    (0..40_u32 * 24, 0..2_u8, 0..3_u8, 0..3_u8, 0..9_u8, 0..3_u8, 0..4_u8, 0..72_u32)
}

fn key(text: &str) -> StateKey {
    StateKey::new(text).unwrap()
}

fn world(fresh: &Fresh, mut lives: Vec<Life>) -> World {
    // The desk's time never goes back.
    lives.sort_unstable();
    let (tim, eva) = (fresh.technician("Tim Okafor"), fresh.technician("Eva Lind"));
    let people =
        [fresh.person("Anna Berg", &[Role::Requester]), fresh.person("Ben Danso", &[Role::Requester])];
    let groups = [fresh.group("Network", &[tim]), fresh.group("Devices", &[tim, eva])];
    let mut world = World { tim, people, technicians: [tim, eva], groups, tickets: Vec::new() };
    for life in lives {
        let ticket = live(fresh, &world, life);
        world.tickets.push(ticket);
    }
    world
}

fn live(
    fresh: &Fresh,
    world: &World,
    (hour, who, group, task, pressing, category, step, after): Life,
) -> Ticket {
    let raised = later(monday(), i64::from(hour) * 3_600);
    let kind = if pressing % 4 == 0 { Kind::ServiceRequest } else { Kind::Incident };
    let command = RaiseTicket::of(kind, Subject::new("Something is wrong").unwrap(), None);
    let person = world.people[usize::from(who)];
    let mut ticket = fresh.desk.execute_now(at(person, raised), command).unwrap();
    let tim = |seconds| at(world.tim, later(raised, seconds));
    let reference = ticket.id.into();
    let change = Change {
        impact: Some(Impact::ALL[usize::from(pressing % 3)]),
        urgency: Some(Urgency::ALL[usize::from(pressing / 3)]),
        category: Some(
            [None, Some("Printing"), Some("Network")][usize::from(category)]
                .map(|it| Category::new(it).unwrap()),
        ),
        ..Change::default()
    };
    ticket =
        fresh.desk.execute_now(tim(1), ChangeTicket { ticket: reference, change, if_version: None }).unwrap();
    if group + task > 0 {
        let assign = AssignTicket {
            ticket: reference,
            group: Some(group.checked_sub(1).map(|nth| world.groups[usize::from(nth)])),
            assignee: Some(task.checked_sub(1).map(|nth| world.technicians[usize::from(nth)])),
            if_version: None,
        };
        // Not everybody is of every group; then it stays nobody's.
        match fresh.desk.execute_now(tim(2), assign) {
            Ok(assigned) => ticket = assigned,
            Err(Refused::Invalid(_) | Refused::Rule(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
    let steps: &[&str] =
        [&[][..], &["in_progress"], &["in_progress", "resolved"], &["cancelled"]][usize::from(step)];
    for (nth, state) in (3..).zip(steps) {
        let step = TransitionTicket {
            ticket: reference,
            to: key(state),
            resolution_code: (*state == "resolved").then(|| "solved".parse().unwrap()),
            note: Some(Markdown::new("So be it.").unwrap()),
            if_version: None,
        };
        match fresh.desk.execute_now(tim(nth), step) {
            Ok(moved) => ticket = moved,
            Err(Refused::Rule(_) | Refused::Invalid(_)) => break,
            Err(other) => panic!("{other}"),
        }
    }
    if after > 36 {
        let note =
            AddNote { ticket: reference, body: Markdown::new("Looked again.").unwrap(), if_version: None };
        ticket = fresh.desk.execute_now(tim(i64::from(after) * 3_600), note).unwrap();
    }
    *ticket
}

fn any_filter(world: &World) -> impl Strategy<Value = Filter> + use<> {
    let groups = world.groups.map(OrNone::Is).into_iter().chain([OrNone::None]).collect::<Vec<_>>();
    let people = world.technicians.map(AssigneeIs::Person);
    let assignees = people.into_iter().chain([AssigneeIs::Me, AssigneeIs::Nobody]).collect::<Vec<_>>();
    let seldom = |part| prop::option::weighted(0.25, part);
    let one = (
        prop::sample::select(Scope::ALL),
        prop::option::weighted(0.2, prop::sample::select(Kind::ALL)),
        prop::option::weighted(0.3, prop::sample::select(groups)),
        prop::option::weighted(0.3, prop::sample::select(assignees)),
        prop::option::weighted(0.2, prop::sample::select(world.people.to_vec())),
    );
    let other = (
        prop::option::weighted(0.2, prop::sample::select(domain::ticket::Priority::ALL)),
        prop::option::weighted(0.2, prop::sample::select(vec!["Printing", "Network", "Nowhere"])),
        prop::option::weighted(0.2, prop::sample::select(PromiseAt::ALL)),
        seldom(1..45_u16),
        seldom(1..45_u16),
        prop::sample::select(Sort::ALL),
    );
    (one, other).prop_map(
        |((scope, kind, group, assignee, requester), (priority, category, sla, idle, age, sort))| Filter {
            scope,
            kind,
            group,
            assignee,
            requester,
            priority,
            category: category.map(|category| Category::new(category).unwrap()),
            sla,
            idle,
            age,
            sort,
            columns: None,
        },
    )
}

/// Whether a list shows a ticket, read part by part.
fn shows(filter: &Filter, ticket: &Ticket, me: PersonId, now: Timestamp) -> bool {
    let scope = match filter.scope {
        Scope::Any => true,
        Scope::Open => ticket.phase.is_open(),
        Scope::New => ticket.phase == Phase::New,
        Scope::Active => ticket.phase == Phase::Active,
        Scope::Waiting => ticket.phase == Phase::Waiting,
        Scope::Solved => ticket.phase == Phase::Resolved,
        Scope::Closed => ticket.phase == Phase::Closed || ticket.phase == Phase::Cancelled,
    };
    let days = |days: u16| later(now, -86_400 * i64::from(days));
    scope
        && filter.kind.is_none_or(|kind| ticket.kind() == kind)
        && match filter.group {
            None => true,
            Some(OrNone::None) => ticket.group.is_none(),
            Some(OrNone::Is(group)) => ticket.group == Some(group),
        }
        && match filter.assignee {
            None => true,
            Some(AssigneeIs::Nobody) => ticket.assignee.is_none(),
            Some(AssigneeIs::Me) => ticket.assignee == Some(me),
            Some(AssigneeIs::Person(person)) => ticket.assignee == Some(person),
        }
        && filter.requester.is_none_or(|person| ticket.requester == person)
        && filter.priority.is_none_or(|priority| ticket.priority == priority)
        && filter.category.as_ref().is_none_or(|category| ticket.category.as_ref() == Some(category))
        && match (filter.sla, ticket.due_at) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(PromiseAt::Breached), Some(due)) => due < now,
            (Some(PromiseAt::Risk), Some(due)) => due >= now && due < now + AT_RISK,
        }
        && filter.idle.is_none_or(|idle| ticket.updated_at < days(idle))
        && filter.age.is_none_or(|age| ticket.created_at < days(age))
}

/// The whole list, page by page.
fn pages(fresh: &Fresh, me: PersonId, now: Timestamp, filter: &Filter, limit: u32) -> Vec<String> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let ask = FilteredPage { filter: filter.clone(), after: after.take(), limit };
        let view = fresh.desk.ask_now(at(me, now), ask).unwrap();
        assert!(view.page.items.len() <= limit as usize);
        found.extend(view.page.items.iter().map(|row| row.number.to_string()));
        match view.page.next {
            Some(next) => after = Some(next),
            None => return found,
        }
    }
}

fn expected(world: &World, me: PersonId, now: Timestamp, filter: &Filter) -> Vec<String> {
    let mut shown: Vec<&Ticket> =
        world.tickets.iter().filter(|ticket| shows(filter, ticket, me, now)).collect();
    let undated = |ticket: &Ticket| {
        (
            ticket.due_at.is_none(),
            ticket.due_at,
            ticket.due_at.is_none().then_some(ticket.created_at),
            ticket.id,
        )
    };
    let over = !filter.scope.is_open();
    match filter.sort {
        Sort::Newest => shown.sort_by_key(|ticket| std::cmp::Reverse(ticket.id)),
        Sort::Due | Sort::Priority if over => shown.sort_by_key(|ticket| std::cmp::Reverse(ticket.id)),
        Sort::Oldest => shown.sort_by_key(|ticket| ticket.id),
        Sort::Updated => shown.sort_by_key(|ticket| std::cmp::Reverse((ticket.updated_at, ticket.id))),
        Sort::Due => shown.sort_by_key(|ticket| undated(ticket)),
        Sort::Priority => shown.sort_by_key(|ticket| (ticket.priority.number(), undated(ticket))),
    }
    shown.into_iter().map(|ticket| ticket.number.to_string()).collect()
}

on_both_engines! {
    fn a_filtered_list_shows_what_its_filter_says_and_paging_neither_loses_nor_repeats(fresh) {
        let config = Config::default();
        let mut runner = TestRunner::new_with_rng(config.clone(), TestRng::deterministic_rng(config.rng_algorithm));
        let lives = prop::collection::vec(life(), 70).new_tree(&mut runner).unwrap().current();
        let world = world(fresh, lives);
        let now = later(monday(), 41 * 86_400);
        let mut shown = 0;
        for nth in 0..160 {
            let filter = any_filter(&world).new_tree(&mut runner).unwrap().current();
            // The moment is within the life of the tickets for some, so that promises are at risk.
            let now = if nth % 4 == 0 { later(world.tickets[nth % 70].due_at.unwrap_or(now), -600) } else { now };
            let expected = expected(&world, world.tim, now, &filter);
            shown += expected.len();
            for limit in [7, 200] {
                assert_eq!(pages(fresh, world.tim, now, &filter, limit), expected, "{}", filter.query());
            }
        }
        assert!(shown > 300, "the filters let hardly anything through: {shown}");
        for sort in Sort::ALL {
            let filter = Filter { scope: Scope::Any, sort: *sort, ..Filter::default() };
            let all = pages(fresh, world.tim, now, &filter, 9);
            assert_eq!(all, expected(&world, world.tim, now, &filter), "{sort}");
            assert_eq!(all.len(), world.tickets.len());
        }
    }

    fn a_filtered_list_is_for_technicians(fresh) {
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        let ask = FilteredPage { filter: Filter::default(), after: None, limit: 10 };
        assert!(matches!(fresh.desk.ask_now(at(anna, monday()), ask), Err(Refused::NotFound("queue"))));
    }

    fn my_list_is_everybodys_own_and_takes_no_seat(fresh) {
        let (tim, eva) = (fresh.technician("Tim Okafor"), fresh.person("Eva Lind", &[Role::Agent]));
        let ticket = fresh.desk.execute_now(at(tim, monday()), RaiseTicket::of(Kind::Incident, Subject::new("Dark screen").unwrap(), None)).unwrap();
        let take = AssignTicket { ticket: ticket.id.into(), group: None, assignee: Some(Some(tim)), if_version: None };
        fresh.desk.execute_now(at(tim, monday()), take).unwrap();
        let mine = Filter { assignee: Some(AssigneeIs::Me), ..Filter::default() };
        assert_eq!(pages(fresh, tim, monday(), &mine, 10), [ticket.number.to_string()]);
        assert!(pages(fresh, eva, monday(), &mine, 10).is_empty(), "she has no seat and no ticket, and is refused nothing");
    }
}
