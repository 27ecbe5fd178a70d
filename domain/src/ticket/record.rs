//! The ticket itself, and what is asked of it.

use serde::{Deserialize, Serialize};

use super::{
    Category, Impact, Kind, Markdown, MergeReason, Phase, Priority, ReferenceNumber, ResolutionCode,
    SourceName, StateKey, Subject, TicketNumber, TransitionError, Urgency,
};
use crate::{GroupId, PersonId, TicketId, Timestamp, identity::Channel};

/// An incident, a service request or a problem as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Its id, which never changes.
    pub id: TicketId,
    /// Its kind and number.
    pub number: TicketNumber,
    /// What it is about.
    pub subject: Subject,
    /// What the requester wrote, if more than the subject.
    pub description: Option<Markdown>,
    /// Whose ticket it is.
    pub requester: PersonId,
    /// Who raised it, on their own behalf or the requester's; absent when nobody known to the desk did.
    pub opened_by: Option<PersonId>,
    /// How it came in.
    pub channel: Channel,
    /// The group whose queue it is in.
    pub group: Option<GroupId>,
    /// Whose task it is.
    pub assignee: Option<PersonId>,
    /// Where it is in its workflow.
    pub state: StateKey,
    /// What that state means.
    pub phase: Phase,
    /// How much is hurt.
    pub impact: Impact,
    /// How soon it hurts.
    pub urgency: Urgency,
    /// What follows from both by the matrix.
    pub priority: Priority,
    /// What it is filed under.
    pub category: Option<Category>,
    /// How it was resolved, while it is.
    pub resolution_code: Option<ResolutionCode>,
    /// What another desk calls it.
    pub external_reference: Option<ExternalReference>,
    /// When it was raised.
    pub created_at: Timestamp,
    /// When it last changed, comments included.
    pub updated_at: Timestamp,
    /// When an agent first answered the requester: the end of the response clock.
    pub first_response_at: Option<Timestamp>,
    /// Since when it has been waiting, while it is.
    pub waiting_since: Option<Timestamp>,
    /// When it was resolved, unless it was reopened since.
    pub resolved_at: Option<Timestamp>,
    /// When it was closed or cancelled.
    pub closed_at: Option<Timestamp>,
    /// The earlier of the open service-level targets, as computed by [`crate::sla`]: what queues sort by.
    pub due_at: Option<Timestamp>,
    /// How often it was reopened.
    pub reopen_count: u32,
    /// How often it went from one group or assignee to another.
    pub reassignment_count: u32,
    /// Grows by one with every change, comments included: the `ETag`.
    pub version: u64,
    /// The ticket it was merged into, and the way back.
    pub merged: Option<Merge>,
}

/// A ticket's name at another desk.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalReference {
    /// The other desk.
    pub source: SourceName,
    /// The number there.
    pub number: ReferenceNumber,
}

/// Whose task a ticket is: nobody's, a group's, a person's, or a person's in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// The group whose queue it is in.
    pub group: Option<GroupId>,
    /// The person whose task it is.
    pub assignee: Option<PersonId>,
}

/// A merge, with what it takes to undo it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merge {
    /// The ticket that goes on.
    pub into: TicketId,
    /// Its number, for sentences.
    pub into_number: TicketNumber,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: Option<MergeReason>,
    /// The state before.
    pub state_before: StateKey,
    /// Its phase.
    pub phase_before: Phase,
    /// `waiting_since` before.
    pub waiting_since_before: Option<Timestamp>,
    /// `closed_at` before.
    pub closed_at_before: Option<Timestamp>,
}

/// A ticket about to be raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTicket {
    /// Incident, service request or problem.
    pub kind: Kind,
    /// What it is about.
    pub subject: Subject,
    /// More about it.
    pub description: Option<Markdown>,
    /// Whose ticket it is.
    pub requester: PersonId,
    /// Who raises it.
    pub opened_by: Option<PersonId>,
    /// How it comes in.
    pub channel: Channel,
    /// Whose task it is from the start.
    pub assignment: Assignment,
    /// How much is hurt.
    pub impact: Impact,
    /// How soon it hurts.
    pub urgency: Urgency,
    /// What it is filed under.
    pub category: Option<Category>,
    /// What another desk calls it.
    pub external_reference: Option<ExternalReference>,
}

/// New values for some fields; `None` leaves a field as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// What it is about.
    pub subject: Option<Subject>,
    /// More about it; `Some(None)` removes it.
    pub description: Option<Option<Markdown>>,
    /// How much is hurt.
    pub impact: Option<Impact>,
    /// How soon it hurts.
    pub urgency: Option<Urgency>,
    /// What it is filed under; `Some(None)` removes it.
    pub category: Option<Option<Category>>,
}

/// Why a ticket does not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// The workflow does not allow the step.
    #[error(transparent)]
    Transition(#[from] TransitionError),
    /// It was merged into another ticket, which goes on for both.
    #[error("{number} was merged into {into}; go on there, or un-merge it first")]
    Merged {
        /// This ticket.
        number: TicketNumber,
        /// The other.
        into: TicketNumber,
    },
    /// It is closed or cancelled.
    #[error("{number} is {phase} and takes no more changes; raise a new ticket and link it to this one")]
    Final {
        /// This ticket.
        number: TicketNumber,
        /// Closed or cancelled.
        phase: Phase,
    },
    /// There is nothing to reopen.
    #[error("{number} is {phase}, not resolved, so there is nothing to reopen; write a reply instead")]
    NotResolved {
        /// This ticket.
        number: TicketNumber,
        /// Its phase.
        phase: Phase,
    },
    /// The requester's days for reopening are over.
    #[error("{number} was resolved more than {days} days ago; raise a new ticket and mention {number} in it")]
    TooLate {
        /// This ticket.
        number: TicketNumber,
        /// The days there were.
        days: u16,
    },
    /// A requester withdraws what is already resolved.
    #[error("{number} is already {phase}; there is nothing left to withdraw")]
    NothingToWithdraw {
        /// This ticket.
        number: TicketNumber,
        /// Its phase.
        phase: Phase,
    },
    /// A merge into itself.
    #[error("{number} cannot be merged into itself; name the ticket that goes on")]
    MergeIntoItself {
        /// This ticket.
        number: TicketNumber,
    },
    /// A merge of an incident and its cause.
    #[error(
        "only one of {number} and {into} is a problem, and a cause goes on by itself; link {number} to {into} instead"
    )]
    MergeWithProblem {
        /// This ticket.
        number: TicketNumber,
        /// The other ticket.
        into: TicketNumber,
    },
    /// A merge into a ticket that takes no more work.
    #[error("{into} is {phase}; merge into a ticket that is still open")]
    MergeIntoFinal {
        /// The other ticket.
        into: TicketNumber,
        /// Its phase.
        phase: Phase,
    },
    /// A link to itself.
    #[error("{number} cannot be linked to itself; name another ticket")]
    LinkToItself {
        /// This ticket.
        number: TicketNumber,
    },
    /// There is no merge to undo.
    #[error("{number} was not merged into another ticket, so there is nothing to un-merge")]
    NotMerged {
        /// This ticket.
        number: TicketNumber,
    },
    /// Un-merge names the wrong other ticket.
    #[error("{number} was merged into {into}, not into {named}; un-merge it from {into}")]
    MergedElsewhere {
        /// This ticket.
        number: TicketNumber,
        /// Where it was merged into.
        into: TicketNumber,
        /// What was named.
        named: TicketNumber,
    },
}

impl Ticket {
    /// Incident, service request or problem.
    pub const fn kind(&self) -> Kind {
        self.number.kind
    }

    /// Whose task it is.
    pub const fn assignment(&self) -> Assignment {
        Assignment { group: self.group, assignee: self.assignee }
    }

    /// The ticket it was merged into.
    pub fn merged_into(&self) -> Option<TicketId> {
        self.merged.as_ref().map(|merge| merge.into)
    }
}
