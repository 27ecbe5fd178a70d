//! The life of a ticket: what each verb does, what it refuses and how it says so, and what holds whatever is done.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be built is a failed test")]

use domain::{
    GroupId, PersonId, TicketId, Timestamp,
    identity::Channel,
    ticket::{
        Assignment, Category, Change, Fact, Given, Impact, InvalidWorkflow, Kind, LinkKind, MergeReason,
        Names, NewTicket, Phase, Priority, PriorityMatrix, ResolutionCode, StateKey, Step, Subject, Ticket,
        TicketError, Urgency, Workflow, progress,
    },
};
use jiff::SignedDuration;
use proptest::prelude::*;
use uuid::Uuid;

fn person(n: u128) -> PersonId {
    PersonId::from(Uuid::from_u128(n))
}

fn group(n: u128) -> GroupId {
    GroupId::from(Uuid::from_u128(n))
}

fn state(key: &str) -> StateKey {
    StateKey::new(key).unwrap()
}

fn at(minutes: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

fn raised(number: u64) -> Ticket {
    let new = NewTicket {
        kind: Kind::Incident,
        subject: Subject::new("Printer on fire").unwrap(),
        description: None,
        requester: person(1),
        opened_by: Some(person(1)),
        channel: Channel::Web,
        assignment: Assignment::default(),
        impact: Impact::Medium,
        urgency: Urgency::High,
        category: None,
        external_reference: None,
    };
    let id = TicketId::from(Uuid::from_u128(number.into()));
    Ticket::open(new, id, number, &Workflow::default(), &PriorityMatrix::default(), at(0)).0
}

fn given() -> Given {
    Given { resolution_code: ResolutionCode::new("Solved").ok(), comment: true }
}

fn moved(ticket: &Ticket, to: &str, now: Timestamp) -> Ticket {
    ticket.transition(&state(to), given(), &Workflow::default(), now).unwrap().0
}

struct Plain;

impl Names for Plain {
    fn person(&self, _: PersonId) -> String {
        "Ada".to_owned()
    }
    fn group(&self, _: GroupId) -> String {
        "Network".to_owned()
    }
    fn ticket(&self, _: TicketId) -> String {
        "INC-2".to_owned()
    }
    fn state(&self, key: &StateKey) -> String {
        Workflow::default().label(key).to_owned()
    }
}

#[test]
fn a_ticket_is_raised_new_with_its_priority_and_the_reason() {
    let ticket = raised(7);
    assert_eq!((ticket.number.to_string().as_str(), ticket.version), ("INC-7", 1));
    assert_eq!((ticket.state.as_str(), ticket.phase, ticket.priority), ("new", Phase::New, Priority::P2));
}

#[test]
fn a_step_that_is_not_there_lists_those_that_are() {
    let error = raised(1).transition(&state("closed"), given(), &Workflow::default(), at(1)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a ticket that is New cannot become Closed; from there you can Start work (In progress), Ask requester \
         (Waiting for requester), Solve (Resolved), Cancel (Cancelled)"
    );
    let error = raised(1).transition(&state("asleep"), given(), &Workflow::default(), at(1)).unwrap_err();
    assert!(
        error.to_string().starts_with("there is no state `asleep`; states are new, in_progress"),
        "{error}"
    );
}

#[test]
fn solving_needs_a_resolution_code_and_remembers_it() {
    let workflow = Workflow::default();
    let ticket = raised(1);
    let error = ticket.transition(&state("resolved"), Given::default(), &workflow, at(1)).unwrap_err();
    assert_eq!(error.to_string(), "Solve needs a resolution code; add it and try again");
    let (solved, facts) = ticket.transition(&state("resolved"), given(), &workflow, at(1)).unwrap();
    assert_eq!(solved.resolution_code, ResolutionCode::new("Solved").ok());
    assert_eq!(solved.resolved_at, Some(at(1)));
    assert_eq!(facts[0].sentence(&Plain), "moved it from New to Resolved: Solved");
}

#[test]
fn an_agents_step_back_from_resolved_is_a_reopening() {
    let solved = moved(&raised(1), "resolved", at(1));
    let (again, facts) =
        solved.transition(&state("in_progress"), Given::default(), &Workflow::default(), at(2)).unwrap();
    assert!(matches!(facts[..], [Fact::Reopened { .. }]));
    assert_eq!((again.reopen_count, again.resolved_at, again.resolution_code), (1, None, None));
}

#[test]
fn a_requester_reopens_within_the_days_and_not_after() {
    let workflow = Workflow::default();
    let solved = moved(&raised(1), "resolved", at(0));
    assert_eq!(solved.reopen_until(&workflow), Some(at(0) + days(14)));
    let (again, _) = solved.reopen(&workflow, at(0) + days(14)).unwrap();
    assert_eq!((again.state.as_str(), again.reopen_count), ("in_progress", 1));
    let error = solved.reopen(&workflow, at(1) + days(14)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "INC-1 was resolved more than 14 days ago; raise a new ticket and mention INC-1 in it"
    );
    let closed = moved(&solved, "closed", at(2));
    assert!(matches!(closed.reopen(&workflow, at(3)), Err(TicketError::Final { .. })));
    assert!(matches!(raised(1).reopen(&workflow, at(3)), Err(TicketError::NotResolved { .. })));
}

#[test]
fn a_requesters_reply_resumes_what_waited_for_them_and_nothing_else() {
    let workflow = Workflow::default();
    let asked = moved(&raised(1), "waiting_for_requester", at(1));
    assert_eq!(asked.waiting_since, Some(at(1)));
    let (resumed, facts) = asked.requester_reply(&workflow, at(2)).unwrap();
    assert_eq!((resumed.state.as_str(), resumed.waiting_since), ("in_progress", None));
    assert_eq!(facts[0].sentence(&Plain), "answered, so it is In progress again");
    for untouched in ["waiting_for_vendor", "resolved"] {
        let ticket = moved(&moved(&raised(1), "in_progress", at(1)), untouched, at(2));
        let (after, facts) = ticket.requester_reply(&workflow, at(3)).unwrap();
        assert_eq!((&after.state, facts.len()), (&ticket.state, 0));
        assert_eq!(after.version, ticket.version + 1, "a reply is news all the same");
    }
}

#[test]
fn a_requester_withdraws_what_is_still_open() {
    let workflow = Workflow::default();
    let (withdrawn, _) = raised(1).withdraw(&workflow, at(1)).unwrap();
    assert_eq!((withdrawn.phase, withdrawn.closed_at), (Phase::Cancelled, Some(at(1))));
    let solved = moved(&raised(1), "resolved", at(1));
    let error = solved.withdraw(&workflow, at(2)).unwrap_err();
    assert_eq!(error.to_string(), "INC-1 is already resolved; there is nothing left to withdraw");
}

#[test]
fn a_reassignment_is_a_change_of_group_as_servicenow_counts_it() {
    let to = |group_: Option<u128>, person_: Option<u128>| Assignment {
        group: group_.map(group),
        assignee: person_.map(person),
    };
    let mut ticket = raised(1);
    for (assignment, count) in [
        (to(Some(1), None), 1),
        (to(Some(1), Some(5)), 1),
        (to(Some(1), Some(6)), 1),
        (to(Some(2), Some(6)), 2),
        (to(None, None), 3),
    ] {
        ticket = ticket.assign(assignment, at(1)).unwrap().0;
        assert_eq!(ticket.reassignment_count, count, "{assignment:?}");
    }
    let (same, facts) = ticket.assign(to(None, None), at(2)).unwrap();
    assert_eq!((same, facts), (ticket, vec![]), "nothing changed, so nothing is told");
}

#[test]
fn priority_follows_impact_and_says_why() {
    let change = Change { impact: Some(Impact::High), ..Change::default() };
    let (ticket, facts) = raised(1).change(change, &PriorityMatrix::default(), at(1)).unwrap();
    assert_eq!(ticket.priority, Priority::P1);
    let told: Vec<_> = facts.iter().map(|fact| fact.sentence(&Plain)).collect();
    assert_eq!(
        told,
        [
            "changed impact from medium to high",
            "changed priority from 2 · high to 1 · critical because impact is high and urgency is high",
        ]
    );
}

#[test]
fn a_field_set_to_what_it_was_is_no_change() {
    let ticket = raised(1);
    let change = Change {
        subject: Some(ticket.subject.clone()),
        urgency: Some(ticket.urgency),
        category: Some(None),
        ..Change::default()
    };
    assert_eq!(ticket.change(change, &PriorityMatrix::default(), at(1)), Ok((ticket.clone(), vec![])));
    let filed = Change { category: Some(Category::new("Network").ok()), ..Change::default() };
    let (filed, facts) = ticket.change(filed, &PriorityMatrix::default(), at(1)).unwrap();
    assert_eq!(filed.version, 2);
    assert_eq!(facts[0].sentence(&Plain), "filed it under Network");
}

#[test]
fn a_closed_ticket_takes_notes_and_nothing_else() {
    let closed = moved(&moved(&raised(1), "resolved", at(1)), "closed", at(2));
    assert_eq!((closed.resolved_at, closed.closed_at), (Some(at(1)), Some(at(2))));
    assert!(closed.note(at(3)).is_ok());
    let assignment = Assignment { group: Some(group(1)), assignee: None };
    for refused in [
        closed.reply(at(3)),
        closed.assign(assignment, at(3)),
        closed.change(Change::default(), &PriorityMatrix::default(), at(3)),
        closed.requester_reply(&Workflow::default(), at(3)),
    ] {
        assert_eq!(
            refused.unwrap_err().to_string(),
            "INC-1 is closed and takes no more changes; raise a new ticket and link it to this one"
        );
    }
}

#[test]
fn a_merged_ticket_sends_people_to_the_one_that_goes_on() {
    let workflow = Workflow::default();
    let (one, two) = (raised(1), raised(2));
    let reason = MergeReason::new("the same fire").ok();
    let ((one, facts), (two, of_two)) = one.merge_into(&two, reason, &workflow, at(1)).unwrap();
    assert_eq!((one.phase, one.merged_into(), one.resolved_at), (Phase::Closed, Some(two.id), None));
    assert_eq!(facts[0].sentence(&Plain), "merged it into INC-2: the same fire");
    assert_eq!(of_two, [Fact::Absorbed { other: one.id }]);
    let error = one.note(at(2)).unwrap_err();
    assert_eq!(error.to_string(), "INC-1 was merged into INC-2; go on there, or un-merge it first");
    assert_eq!(progress(&one, &workflow).sentence, "It goes on together with INC-2.");
    assert!(matches!(two.merge_into(&one, None, &workflow, at(2)), Err(TicketError::Merged { .. })));
    assert!(matches!(two.merge_into(&two, None, &workflow, at(2)), Err(TicketError::MergeIntoItself { .. })));
    assert!(matches!(two.unmerge(&one, &workflow, at(2)), Err(TicketError::NotMerged { .. })));
    assert!(matches!(one.unmerge(&raised(3), &workflow, at(2)), Err(TicketError::MergedElsewhere { .. })));
}

#[test]
fn unmerging_survives_a_state_that_was_removed_in_between() {
    let (one, two) =
        (moved(&moved(&raised(1), "in_progress", at(1)), "waiting_for_vendor", at(2)), raised(2));
    let ((one, _), (two, _)) = one.merge_into(&two, None, &Workflow::default(), at(3)).unwrap();
    let mut definition = Workflow::default().definition().clone();
    definition.states.retain(|known| known.key != state("waiting_for_vendor"));
    definition
        .transitions
        .retain(|step| step.from != state("waiting_for_vendor") && step.to != state("waiting_for_vendor"));
    let ((one, _), _) = one.unmerge(&two, &Workflow::new(definition).unwrap(), at(4)).unwrap();
    assert_eq!((one.state.as_str(), one.phase, one.closed_at), ("in_progress", Phase::Active, None));
}

#[test]
fn a_link_is_told_from_both_ends() {
    let (one, two) = (raised(1), raised(2));
    let ((_, here), (_, there)) = one.link(LinkKind::CausedBy, &two, at(1)).unwrap();
    assert_eq!(here[0].sentence(&Plain), "linked it: it is caused by INC-2");
    assert_eq!(there[0].sentence(&Plain), "linked it: it caused INC-2");
    assert!(matches!(one.link(LinkKind::Blocks, &one, at(1)), Err(TicketError::LinkToItself { .. })));
}

#[test]
fn progress_is_told_in_plain_words() {
    let workflow = Workflow::default();
    let told = |ticket: &Ticket| {
        let progress = progress(ticket, &workflow);
        (progress.step, progress.sentence)
    };
    let new = raised(1);
    assert_eq!(told(&new), (Step::Received, "We have received it.".to_owned()));
    let working = moved(&new, "in_progress", at(1));
    assert_eq!(told(&working), (Step::InProgress, "We are working on it.".to_owned()));
    let asked = moved(&working, "waiting_for_requester", at(2));
    let words = "We need an answer from you. It goes on as soon as you reply.";
    assert_eq!(told(&asked), (Step::InProgress, words.to_owned()));
    assert!(progress(&asked, &workflow).waits_for_requester);
    let solved = moved(&asked, "resolved", at(3));
    let words = "It should be solved. If it is not, reopen it and say what is still wrong.";
    assert_eq!(told(&solved), (Step::Solved, words.to_owned()));
    assert_eq!(told(&moved(&solved, "closed", at(4))), (Step::Closed, "It is closed.".to_owned()));
    assert_eq!(Step::Closed.number(), 4);
}

#[test]
fn facts_are_tagged_json_that_is_read_back() {
    let (one, two) = (raised(1), raised(2));
    let ((_, merged), _) = one.merge_into(&two, None, &Workflow::default(), at(1)).unwrap();
    let assigned = Fact::Assigned {
        from: Assignment::default(),
        to: Assignment { group: Some(group(1)), assignee: Some(person(2)) },
    };
    let subject = Fact::SubjectChanged { from: one.subject.clone(), to: Subject::new("Fire out").unwrap() };
    for fact in [merged[0].clone(), assigned, subject, Fact::FirstResponse, Fact::DescriptionChanged] {
        let json = serde_json::to_value(&fact).unwrap();
        assert_eq!(json["fact"], fact.tag());
        assert_eq!(serde_json::from_value::<Fact>(json).unwrap(), fact);
    }
}

#[test]
fn a_ticket_survives_json() {
    let ((merged, _), _) = raised(1).merge_into(&raised(2), None, &Workflow::default(), at(1)).unwrap();
    let json = serde_json::to_string(&merged).unwrap();
    assert_eq!(serde_json::from_str::<Ticket>(&json).unwrap(), merged);
}

#[test]
fn a_workflow_survives_json_and_refuses_what_it_does_not_know() {
    let workflow = Workflow::default();
    let json = serde_json::to_string(&workflow).unwrap();
    assert_eq!(serde_json::from_str::<Workflow>(&json).unwrap(), workflow);
    let misspelt = json.replacen("pauses_sla", "pause_sla", 1);
    assert!(serde_json::from_str::<Workflow>(&misspelt).unwrap_err().to_string().contains("unknown field"));
}

#[test]
fn a_workflow_that_cannot_work_says_why() {
    let refused = |edit: fn(&mut domain::ticket::WorkflowDefinition)| {
        let mut definition = Workflow::default().definition().clone();
        edit(&mut definition);
        Workflow::new(definition).unwrap_err()
    };
    let error = refused(|it| it.states[1].key = state("new"));
    assert_eq!(error, InvalidWorkflow::DuplicateState(state("new")));
    let error = refused(|it| it.states[1].label.clear());
    assert_eq!(error, InvalidWorkflow::Unnamed(state("in_progress")));
    let error = refused(|it| it.reopened = state("asleep"));
    assert!(matches!(error, InvalidWorkflow::UnknownState { .. }), "{error}");
    let error = refused(|it| drop(it.initial.remove(&Kind::ServiceRequest)));
    assert_eq!(error, InvalidWorkflow::NoInitial(Kind::ServiceRequest));
    // Problems came later: a workflow that does not name them has them begin where incidents do.
    let mut old = Workflow::default().definition().clone();
    old.initial.remove(&Kind::Problem);
    let workflow = Workflow::new(old).unwrap();
    assert_eq!(workflow.initial(Kind::Problem), workflow.initial(Kind::Incident));
    let error = refused(|it| it.withdrawn = state("closed"));
    assert!(error.to_string().contains("must be cancelled, not closed"), "{error}");
    let error = refused(|it| it.transitions.push(it.transitions[0].clone()));
    assert!(matches!(error, InvalidWorkflow::DuplicateTransition { .. }), "{error}");
    let error = refused(|it| it.transitions[0].label = " ".to_owned());
    assert!(matches!(error, InvalidWorkflow::UnnamedTransition { .. }), "{error}");
    let error = refused(|it| it.transitions[0].from = state("closed"));
    assert_eq!(error, InvalidWorkflow::FinalState(state("closed")));
    let error = refused(|it| it.transitions.retain(|step| step.to != state("waiting_for_vendor")));
    assert_eq!(error, InvalidWorkflow::Unreachable(state("waiting_for_vendor")));
    let error = refused(|it| it.transitions.retain(|step| step.from != state("waiting_for_vendor")));
    assert_eq!(
        error,
        InvalidWorkflow::Endless(state("waiting_for_vendor")),
        "to ask for an approval is no way out"
    );
    let error = refused(|it| decided(it).on_decision = Some(state("resolved")));
    assert!(error.to_string().contains("must be active, not resolved"), "an answer solves nothing: {error}");
    let error = refused(|it| decided(it).phase = Phase::Active);
    assert!(error.to_string().contains("must be waiting, not active"), "{error}");
    // A desk may do without.
    let mut without = Workflow::default().definition().clone();
    without.transitions.retain(|step| step.from != state("waiting_for_approval"));
    without.states.retain(|it| it.on_decision.is_none());
    assert_eq!(Workflow::new(without).unwrap().waiting_for_approval(), None);
}

/// The state in which a ticket waits for an approval.
fn decided(definition: &mut domain::ticket::WorkflowDefinition) -> &mut domain::ticket::State {
    definition.states.iter_mut().find(|state| state.on_decision.is_some()).unwrap()
}

/// Anything somebody may try.
#[derive(Debug, Clone)]
enum Verb {
    Transition(usize, bool),
    Assign(Option<u128>, Option<u128>),
    Judge(usize, usize),
    Reply,
    Note,
    RequesterReply,
    Withdraw,
    Reopen,
    Merge,
    Unmerge,
}

fn verb() -> impl Strategy<Value = Verb> {
    prop_oneof![
        6 => (0_usize..7, any::<bool>()).prop_map(|(state, given)| Verb::Transition(state, given)),
        1 => (proptest::option::of(1_u128..3), proptest::option::of(1_u128..3))
            .prop_map(|(group, person)| Verb::Assign(group, person)),
        1 => (0_usize..3, 0_usize..3).prop_map(|(impact, urgency)| Verb::Judge(impact, urgency)),
        1 => Just(Verb::Reply),
        1 => Just(Verb::Note),
        1 => Just(Verb::RequesterReply),
        1 => Just(Verb::Withdraw),
        1 => Just(Verb::Reopen),
        1 => Just(Verb::Merge),
        1 => Just(Verb::Unmerge),
    ]
}

fn attempt(ticket: &Ticket, verb: &Verb, now: Timestamp) -> Result<(Ticket, Vec<Fact>), TicketError> {
    let (workflow, matrix) = (Workflow::default(), PriorityMatrix::default());
    match verb {
        Verb::Transition(to, with) => {
            let given = if *with { given() } else { Given::default() };
            ticket.transition(&workflow.states()[*to].key, given, &workflow, now)
        }
        Verb::Assign(to, assignee) => {
            ticket.assign(Assignment { group: to.map(group), assignee: assignee.map(person) }, now)
        }
        Verb::Judge(impact, urgency) => {
            let (impact, urgency) = (Some(Impact::ALL[*impact]), Some(Urgency::ALL[*urgency]));
            ticket.change(Change { impact, urgency, ..Change::default() }, &matrix, now)
        }
        Verb::Reply => ticket.reply(now),
        Verb::Note => ticket.note(now),
        Verb::RequesterReply => ticket.requester_reply(&workflow, now),
        Verb::Withdraw => ticket.withdraw(&workflow, now),
        Verb::Reopen => ticket.reopen(&workflow, now),
        Verb::Merge => ticket.merge_into(&raised(99), None, &workflow, now).map(|(this, _)| this),
        Verb::Unmerge => ticket.unmerge(&raised(99), &workflow, now).map(|(this, _)| this),
    }
}

proptest! {
    #[test]
    fn whatever_is_done_a_ticket_stays_sound(verbs in proptest::collection::vec(verb(), 0..40)) {
        let (workflow, matrix) = (Workflow::default(), PriorityMatrix::default());
        let mut ticket = raised(1);
        for (verb, minute) in verbs.iter().zip(1..) {
            let Ok((next, facts)) = attempt(&ticket, verb, at(minute)) else { continue };
            let known = workflow.state(&next.state);
            prop_assert_eq!(known.map(|state| state.phase), Some(next.phase), "the state and its phase are known");
            if next == ticket {
                prop_assert!(facts.is_empty(), "no change, no facts");
            } else {
                prop_assert_eq!(next.version, ticket.version + 1);
            }
            prop_assert!(next.updated_at >= ticket.updated_at);
            prop_assert_eq!(next.priority, matrix.priority(next.impact, next.urgency));
            prop_assert_eq!(next.closed_at.is_some(), next.phase.is_final());
            prop_assert_eq!(next.waiting_since.is_some(), next.phase == Phase::Waiting);
            if next.phase.is_open() {
                prop_assert_eq!((&next.resolved_at, &next.resolution_code), (&None, &None));
            }
            let changes: Vec<_> = facts.iter().filter_map(Fact::state_change).collect();
            if next.state == ticket.state {
                prop_assert_eq!(&changes, &[]);
            } else {
                prop_assert_eq!(&changes, &[(Some(&ticket.state), &next.state)], "a moved ticket says so, once");
            }
            ticket = next;
        }
    }

    #[test]
    fn unmerging_restores_what_merging_ended(verbs in proptest::collection::vec(verb(), 0..20)) {
        let workflow = Workflow::default();
        let mut before = raised(1);
        for (verb, minute) in verbs.iter().zip(1..) {
            if let Ok((next, _)) = attempt(&before, verb, at(minute)) {
                before = next;
            }
        }
        prop_assume!(before.merged.is_none());
        let ((merged, _), (other, _)) = before.merge_into(&raised(2), None, &workflow, at(100)).unwrap();
        let ((after, _), _) = merged.unmerge(&other, &workflow, at(200)).unwrap();
        let expected = Ticket { version: before.version + 2, updated_at: at(200), ..before };
        prop_assert_eq!(after, expected);
    }
}
