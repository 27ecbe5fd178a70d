//! The clock of a promise: what counts, what pauses it, when it is broken, and that it can say so.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be built is a failed test")]

use std::collections::BTreeMap;

use domain::{
    CalendarId, PersonId, TicketId, Timestamp,
    identity::Channel,
    sla::{
        Calendar, CalendarDefinition, Clock, Clocks, Hand, Opening, Period, Policy, Status, TargetKind, Week,
    },
    ticket::{
        Assignment, Fact, Given, Impact, Kind, NewTicket, PriorityMatrix, ResolutionCode, StateKey, Subject,
        Ticket, Urgency, Workflow,
    },
};
use jiff::{SignedDuration, civil::date};
use proptest::prelude::*;
use uuid::Uuid;

const OFFICE: u128 = 1;
const ALWAYS: u128 = 2;

fn office() -> Calendar {
    Calendar::new(CalendarDefinition {
        id: CalendarId::from(Uuid::from_u128(OFFICE)),
        name: "Office".to_owned(),
        zone: "UTC".to_owned(),
        week: Week::working_days(&["09:00-17:00".parse::<Opening>().unwrap()]),
        holidays: BTreeMap::from([(date(2024, 6, 5), "Founders’ Day".to_owned())]),
    })
    .unwrap()
}

/// A moment in the week of Monday, 3 June 2024; Wednesday the 5th is a holiday.
fn at(text: &str) -> Timestamp {
    format!("2024-06-{text}:00Z").parse().unwrap()
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn state(key: &str) -> StateKey {
    StateKey::new(key).unwrap()
}

fn history(states: &[(&str, &str)]) -> Vec<(Timestamp, StateKey)> {
    states.iter().map(|(when, key)| (at(when), state(key))).collect()
}

fn resolution<'a>(calendar: &'a Calendar, target: i64, states: &[(&str, &str)]) -> Clock<'a> {
    Clock::resolution(calendar, hours(target), &history(states), &Workflow::default())
}

fn ticket(now: Timestamp, impact: Impact, urgency: Urgency) -> Ticket {
    let new = NewTicket {
        kind: Kind::Incident,
        subject: Subject::new("Printer on fire").unwrap(),
        description: None,
        requester: PersonId::from(Uuid::from_u128(9)),
        opened_by: None,
        channel: Channel::Web,
        assignment: Assignment::default(),
        impact,
        urgency,
        category: None,
        external_reference: None,
    };
    let id = TicketId::from(Uuid::from_u128(10));
    Ticket::open(new, id, 1, &Workflow::default(), &PriorityMatrix::default(), now).0
}

#[test]
fn a_promise_is_due_after_its_time_in_business_hours() {
    let office = office();
    let clock = resolution(&office, 8, &[("04T13:00", "new")]);
    assert_eq!(
        clock.due_at(),
        Some(at("06T13:00")),
        "four hours on Tuesday, none on the holiday, four on Thursday"
    );
    let reading = clock.read(at("04T15:00"));
    assert_eq!(reading.status, Status::Running);
    assert_eq!((reading.elapsed, reading.remaining), (hours(2), hours(6)));
    assert_eq!(reading.due_at, clock.due_at(), "a due time does not move while the clock runs");
}

#[test]
fn waiting_for_the_requester_pauses_the_clock_and_moves_the_due_time() {
    let office = office();
    let states = [("03T09:00", "new"), ("03T11:00", "waiting_for_requester"), ("04T11:00", "in_progress")];
    let paused = resolution(&office, 8, &states[..2]);
    assert_eq!(paused.due_at(), None);
    let reading = paused.read(at("04T10:00"));
    assert_eq!((reading.status, reading.due_at, reading.remaining), (Status::Paused, None, hours(6)));
    let resumed = resolution(&office, 8, &states);
    assert_eq!(resumed.due_at(), Some(at("04T17:00")));
}

#[test]
fn a_promise_kept_stays_kept_and_one_broken_stays_broken() {
    let office = office();
    let states = [("03T09:00", "new"), ("03T12:00", "resolved"), ("06T12:00", "closed")];
    let kept = resolution(&office, 4, &states).read(at("20T09:00"));
    assert_eq!(kept.status, Status::Met { at: at("03T12:00") });
    assert_eq!((kept.elapsed, kept.due_at), (hours(3), None));
    let broken = resolution(&office, 2, &states).read(at("20T09:00"));
    assert_eq!(broken.status, Status::Breached { at: at("03T11:00") });
    assert_eq!(broken.remaining, hours(-1));
}

#[test]
fn a_ticket_resolved_in_its_last_moment_is_in_time() {
    let office = office();
    let clock = resolution(&office, 8, &[("03T09:00", "new"), ("03T17:00", "resolved")]);
    assert_eq!(clock.read(at("04T09:00")).status, Status::Met { at: at("03T17:00") });
}

#[test]
fn a_ticket_resolved_in_the_evening_after_it_was_due_is_late() {
    let office = office();
    let clock = resolution(&office, 8, &[("03T09:00", "new"), ("03T18:00", "resolved")]);
    assert_eq!(clock.read(at("03T17:00")).status, Status::Running);
    assert_eq!(clock.read(at("04T09:00")).status, Status::Breached { at: at("03T17:00") });
}

#[test]
fn reopening_goes_on_where_the_clock_stopped() {
    let office = office();
    let states = [("03T09:00", "new"), ("03T12:00", "resolved"), ("04T12:00", "in_progress")];
    let clock = resolution(&office, 4, &states);
    assert_eq!(clock.read(at("04T10:00")).status, Status::Met { at: at("03T12:00") });
    assert_eq!(clock.read(at("04T12:30")).status, Status::Running);
    assert_eq!(clock.due_at(), Some(at("04T13:00")));
}

#[test]
fn an_overdue_ticket_keeps_its_old_due_time_while_it_is_worked() {
    let office = office();
    let states = [("03T09:00", "new"), ("03T12:00", "waiting_for_vendor"), ("04T12:00", "in_progress")];
    let clock = resolution(&office, 2, &states);
    assert_eq!(clock.due_at(), Some(at("03T11:00")));
    assert_eq!(clock.read(at("04T09:00")).status, Status::Breached { at: at("03T11:00") });
}

#[test]
fn the_response_clock_runs_until_an_agent_answers_whatever_the_state() {
    let (office, workflow) = (office(), Workflow::default());
    let ticket = ticket(at("03T09:00"), Impact::Low, Urgency::Low);
    let states = history(&[("03T09:00", "new"), ("03T10:00", "waiting_for_vendor")]);
    let clock =
        |ticket: &Ticket| Clock::response(&office, hours(4), ticket, &states, &workflow).read(at("03T12:00"));
    assert_eq!(clock(&ticket).status, Status::Running);
    assert_eq!(clock(&ticket).elapsed, hours(3));
    let (answered, facts) = ticket.reply(at("03T11:00")).unwrap();
    assert_eq!(facts, [Fact::FirstResponse]);
    assert_eq!(clock(&answered).status, Status::Met { at: at("03T11:00") });
    let (again, facts) = answered.reply(at("03T11:30")).unwrap();
    assert_eq!(facts, []);
    assert_eq!(clock(&again).status, Status::Met { at: at("03T11:00") }, "only the first answer counts");
}

#[test]
fn a_ticket_resolved_without_an_answer_stops_the_response_clock_for_good() {
    let (office, workflow) = (office(), Workflow::default());
    let ticket = ticket(at("03T09:00"), Impact::Low, Urgency::Low);
    let states = history(&[("03T09:00", "new"), ("03T10:00", "resolved"), ("04T09:00", "in_progress")]);
    let clock = Clock::response(&office, hours(4), &ticket, &states, &workflow);
    assert_eq!(clock.read(at("04T12:00")).status, Status::Met { at: at("03T10:00") });
    assert_eq!(clock.due_at(), None);
}

#[test]
fn the_queue_sorts_by_the_earlier_promise_of_the_priority_in_its_own_calendar() {
    let (office, workflow) = (office(), Workflow::default());
    let always = Calendar::always(CalendarId::from(Uuid::from_u128(ALWAYS)));
    let policy = Policy::standard(always.id(), office.id());
    let due = |ticket: &Ticket| {
        let calendars = |id| [&always, &office].into_iter().find(|calendar| calendar.id() == id);
        Clocks::of(ticket, &history(&[("07T18:00", "new")]), &policy, calendars, &workflow).due_at()
    };
    let critical = ticket(at("07T18:00"), Impact::High, Urgency::High);
    assert_eq!(due(&critical), Some(at("07T18:15")), "Friday evening, around the clock");
    let moderate = ticket(at("07T18:00"), Impact::Medium, Urgency::Medium);
    assert_eq!(due(&moderate), Some(at("10T13:00")), "Monday, in business hours");
    let answered = moderate.reply(at("07T18:30")).unwrap().0;
    assert_eq!(due(&answered), Some(at("12T17:00")), "then the solution");
}

#[test]
fn every_stretch_of_the_clock_is_explained() {
    let office = office();
    let clock = resolution(
        &office,
        8,
        &[
            ("04T15:00", "new"),
            ("06T10:00", "waiting_for_requester"),
            ("06T12:00", "in_progress"),
            ("06T13:00", "resolved"),
        ],
    );
    let told: Vec<_> = clock
        .explain(at("06T14:00"))
        .into_iter()
        .map(|segment| (segment.from, segment.counted.as_hours(), segment.hand, segment.why))
        .collect();
    let line = |from, counted, hand, why: &str| (at(from), counted, hand, why.to_owned());
    assert_eq!(
        told,
        [
            line("04T15:00", 2, Hand::Running, "New: counted (Office)"),
            line("04T17:00", 0, Hand::Running, "New: outside business hours (Office, Founders’ Day)"),
            line("06T09:00", 1, Hand::Running, "New: counted (Office)"),
            line("06T10:00", 0, Hand::Paused, "Waiting for requester: the clock is paused"),
            line("06T12:00", 1, Hand::Running, "In progress: counted (Office)"),
            line("06T13:00", 0, Hand::Stopped, "Resolved: the clock has stopped"),
        ]
    );
}

#[test]
fn a_year_of_business_hours_is_explained_in_one_line() {
    let office = office();
    let clock = resolution(&office, 8, &[("03T09:00", "new")]);
    let now = at("03T09:00") + hours(24 * 365);
    let segments = clock.explain(now);
    assert_eq!(segments.len(), 1);
    assert_eq!(segments[0].counted, clock.read(now).elapsed);
    assert!(segments[0].why.contains("only business hours count"), "{}", segments[0].why);
}

#[test]
fn a_reading_is_flat_json_in_seconds() {
    let office = office();
    let reading = resolution(&office, 1, &[("03T09:00", "new")]).read(at("03T11:00"));
    let json = serde_json::to_value(&reading).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "kind": "resolution", "target": 3600, "elapsed": 7200, "remaining": -3600, "hand": "running",
            "due_at": "2024-06-03T10:00:00Z", "status": "breached", "at": "2024-06-03T10:00:00Z",
        })
    );
}

#[test]
fn the_facts_of_a_ticket_are_the_history_of_its_clock() {
    let (office, workflow) = (office(), Workflow::default());
    let mut ticket = ticket(at("03T09:00"), Impact::Low, Urgency::Low);
    let mut history = vec![(at("03T09:00"), ticket.state.clone())];
    for (when, key) in
        [("03T10:00", "waiting_for_requester"), ("03T11:00", "in_progress"), ("03T12:00", "resolved")]
    {
        let given = Given { resolution_code: ResolutionCode::new("Solved").ok(), comment: true };
        let (next, facts) = ticket.transition(&state(key), given, &workflow, at(when)).unwrap();
        history.extend(facts.iter().filter_map(Fact::state_change).map(|(_, to)| (at(when), to.clone())));
        ticket = next;
    }
    let reading = Clock::resolution(&office, hours(4), &history, &workflow).read(at("04T09:00"));
    assert_eq!((reading.elapsed, reading.status), (hours(2), Status::Met { at: at("03T12:00") }));
}

fn periods() -> impl Strategy<Value = Vec<Period>> {
    let hand = prop::sample::select(Hand::ALL.to_vec());
    proptest::collection::vec((1_i64..100 * 60, hand), 1..8).prop_map(|steps| {
        let mut since = at("03T09:00");
        let mut periods = Vec::new();
        for (minutes, hand) in steps {
            periods.push(Period { since, hand, why: "State".to_owned() });
            since += SignedDuration::from_mins(minutes);
        }
        periods
    })
}

proptest! {
    #[test]
    fn segments_leave_no_hole_and_add_up_to_what_the_clock_shows(
        periods in periods(),
        target in 1_i64..100,
        passed in 0_i64..800 * 60,
    ) {
        let office = office();
        let begin = periods[0].since;
        let now = begin + SignedDuration::from_mins(passed);
        let clock = Clock::new(TargetKind::Resolution, hours(target), &office, periods);
        let (reading, segments) = (clock.read(now), clock.explain(now));
        let counted: SignedDuration = segments.iter().map(|segment| segment.counted).sum();
        prop_assert_eq!(counted, reading.elapsed);
        prop_assert_eq!(reading.elapsed + reading.remaining, reading.target);
        let mut at = begin;
        for segment in &segments {
            prop_assert_eq!(segment.from, at);
            prop_assert!(segment.to > segment.from);
            at = segment.to;
        }
        prop_assert_eq!(at, now);
    }

    #[test]
    fn a_broken_promise_is_never_mended_and_breaks_when_it_was_due(
        periods in periods(),
        target in 1_i64..40,
        passed in 0_i64..800 * 60,
        more in 0_i64..200 * 60,
    ) {
        let office = office();
        let begin = periods[0].since;
        let now = begin + SignedDuration::from_mins(passed);
        let clock = Clock::new(TargetKind::Resolution, hours(target), &office, periods);
        let reading = clock.read(now);
        if let Some(due_at) = reading.due_at {
            let broken = matches!(reading.status, Status::Breached { .. });
            prop_assert_eq!(broken, now > due_at);
        }
        if let Status::Breached { at } = reading.status {
            prop_assert!(at < now);
            let later = clock.read(now + SignedDuration::from_mins(more)).status;
            prop_assert_eq!(later, Status::Breached { at });
        }
    }
}
