//! The workflow a desk begins with.

use super::{Phase, Requirement, State, StateKey, Transition, WorkflowDefinition};
use crate::ticket::Kind;

/// The life of an incident or a service request in ITIL 4, with one waiting state for each side waited for.
pub(super) fn definition() -> WorkflowDefinition {
    let key = |text: &str| StateKey(text.to_owned());
    let state = |name: &str, label: &str, phase, pauses_sla, words: &str| State {
        key: key(name),
        label: label.to_owned(),
        phase,
        pauses_sla,
        requester_words: words.to_owned(),
        on_requester_reply: None,
        on_decision: None,
    };
    let step = |from: &str, to: &str, label: &str, requires: &[Requirement]| Transition {
        from: key(from),
        to: key(to),
        label: label.to_owned(),
        requires: requires.to_vec(),
    };
    let waiting_for_requester = State {
        on_requester_reply: Some(key("in_progress")),
        ..state(
            "waiting_for_requester",
            "Waiting for requester",
            Phase::Waiting,
            true,
            "We need an answer from you",
        )
    };
    let waiting_for_approval = State {
        on_decision: Some(key("in_progress")),
        ..state(
            "waiting_for_approval",
            "Waiting for approval",
            Phase::Waiting,
            true,
            "We are waiting until somebody has approved it",
        )
    };
    let code = &[Requirement::ResolutionCode];
    let comment = &[Requirement::Comment];
    WorkflowDefinition {
        initial: Kind::ALL.iter().map(|kind| (*kind, key("new"))).collect(),
        states: vec![
            state("new", "New", Phase::New, false, "We have received it"),
            state("in_progress", "In progress", Phase::Active, false, "We are working on it"),
            waiting_for_requester,
            waiting_for_approval,
            state(
                "waiting_for_vendor",
                "Waiting for vendor",
                Phase::Waiting,
                true,
                "We are waiting for one of our suppliers",
            ),
            state("resolved", "Resolved", Phase::Resolved, true, "It should be solved"),
            state("closed", "Closed", Phase::Closed, true, "It is closed"),
            state("cancelled", "Cancelled", Phase::Cancelled, true, "It was withdrawn"),
        ],
        transitions: vec![
            step("new", "in_progress", "Start work", &[]),
            step("new", "waiting_for_requester", "Ask requester", comment),
            step("new", "resolved", "Solve", code),
            step("new", "cancelled", "Cancel", comment),
            step("in_progress", "waiting_for_requester", "Ask requester", comment),
            step("in_progress", "waiting_for_vendor", "Wait for vendor", &[]),
            step("in_progress", "resolved", "Solve", code),
            step("in_progress", "cancelled", "Cancel", comment),
            step("waiting_for_requester", "in_progress", "Resume", &[]),
            step("waiting_for_requester", "waiting_for_vendor", "Wait for vendor", &[]),
            step("waiting_for_requester", "resolved", "Solve", code),
            step("waiting_for_requester", "cancelled", "Cancel", comment),
            step("waiting_for_approval", "in_progress", "Resume", &[]),
            step("waiting_for_approval", "resolved", "Solve", code),
            step("waiting_for_approval", "cancelled", "Cancel", comment),
            step("waiting_for_vendor", "in_progress", "Resume", &[]),
            step("waiting_for_vendor", "waiting_for_requester", "Ask requester", comment),
            step("waiting_for_vendor", "resolved", "Solve", code),
            step("waiting_for_vendor", "cancelled", "Cancel", comment),
            step("resolved", "in_progress", "Reopen", &[]),
            step("resolved", "closed", "Close", &[]),
        ],
        reopened: key("in_progress"),
        withdrawn: key("cancelled"),
        merged: key("closed"),
        reopen_days: 14,
    }
}
