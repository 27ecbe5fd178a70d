//! Where a ticket stands, in the requester's words.

use super::{Phase, Ticket, Workflow};
use crate::{Timestamp, identity::named};

named! {
    /// The four steps a requester sees.
    Step {
        /// It arrived.
        Received = "received",
        /// Somebody is on it, or waits for somebody.
        InProgress = "in_progress",
        /// It should be solved.
        Solved = "solved",
        /// It is over.
        Closed = "closed",
    }
}

impl Step {
    /// Its place, from 1 to 4.
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// Its name under the dot.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Received => "Received",
            Self::InProgress => "In progress",
            Self::Solved => "Solved",
            Self::Closed => "Closed",
        }
    }
}

/// A requester's progress line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// How far it is.
    pub step: Step,
    /// What that means, as one sentence.
    pub sentence: String,
    /// Whether it stands still until the requester answers.
    pub waits_for_requester: bool,
    /// Until when the requester may say that it is not solved.
    pub reopen_until: Option<Timestamp>,
}

/// Where `ticket` stands, in plain words.
pub fn progress(ticket: &Ticket, workflow: &Workflow) -> Progress {
    let step = match ticket.phase {
        Phase::New => Step::Received,
        Phase::Active | Phase::Waiting => Step::InProgress,
        Phase::Resolved => Step::Solved,
        Phase::Closed | Phase::Cancelled => Step::Closed,
    };
    let waits_for_requester =
        ticket.phase == Phase::Waiting && workflow.on_requester_reply(&ticket.state).is_some();
    let words = workflow.state(&ticket.state).map_or_else(|| plain(ticket.phase), |s| &s.requester_words);
    let words = words.trim_end_matches('.');
    let sentence = match (&ticket.merged, ticket.phase) {
        (Some(merge), _) => format!("It goes on together with {}.", merge.into_number),
        (None, Phase::New) if ticket.assignee.is_some() => format!("{words}, and somebody is looking at it."),
        (None, Phase::Resolved) => format!("{words}. If it is not, reopen it and say what is still wrong."),
        (None, _) if waits_for_requester => format!("{words}. It goes on as soon as you reply."),
        (None, _) if ticket.reopen_count > 0 && ticket.phase == Phase::Active => {
            format!("{words} again, since it was reopened.")
        }
        (None, _) => format!("{words}."),
    };
    Progress { step, sentence, waits_for_requester, reopen_until: ticket.reopen_until(workflow) }
}

/// For a ticket whose state was removed from the workflow.
const fn plain(phase: Phase) -> &'static str {
    match phase {
        Phase::New => "We have received it",
        Phase::Active => "We are working on it",
        Phase::Waiting => "We are waiting for an answer",
        Phase::Resolved => "It should be solved",
        Phase::Closed => "It is closed",
        Phase::Cancelled => "It was withdrawn",
    }
}
