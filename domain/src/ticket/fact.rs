//! What happened to a ticket: the grey lines of its timeline.

use serde::{Deserialize, Serialize};

use super::{
    ApprovalQuestion, ApprovalWords, Assignment, Category, Decision, Impact, ItemName, LinkKind, MergeReason,
    OutageTitle, Priority, Rating, ResolutionCode, StateKey, Subject, TicketNumber, Urgency,
};
use crate::{CatalogueItemId, GroupId, PersonId, TicketId};

/// One thing that happened to a ticket. Who did it, and when, is beside it in the timeline.
///
/// Stored as JSON under the tag `fact`; a variant or a field once stored is never renamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// It was raised.
    Opened {
        /// Its number.
        number: TicketNumber,
        /// The state it began in.
        state: StateKey,
        /// The priority it began with.
        priority: Priority,
        /// Why that priority.
        because: String,
    },
    /// An agent took a step, or an import replayed one.
    StateChanged {
        /// The state before.
        from: StateKey,
        /// The state after.
        to: StateKey,
        /// How it was resolved, when the step says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resolution_code: Option<ResolutionCode>,
    },
    /// The requester's reply moved it.
    Resumed {
        /// The state before.
        from: StateKey,
        /// The state after.
        to: StateKey,
    },
    /// Its requester withdrew it.
    Withdrawn {
        /// The state before.
        from: StateKey,
        /// The state after.
        to: StateKey,
    },
    /// It was resolved, and is not.
    Reopened {
        /// The state before.
        from: StateKey,
        /// The state after.
        to: StateKey,
    },
    /// It went to another group or person.
    Assigned {
        /// Whose it was.
        from: Assignment,
        /// Whose it is.
        to: Assignment,
    },
    /// An agent answered the requester for the first time.
    FirstResponse,
    /// Its impact was judged anew.
    ImpactChanged {
        /// Before.
        from: Impact,
        /// After.
        to: Impact,
    },
    /// Its urgency was judged anew.
    UrgencyChanged {
        /// Before.
        from: Urgency,
        /// After.
        to: Urgency,
    },
    /// Its priority followed.
    PriorityChanged {
        /// Before.
        from: Priority,
        /// After.
        to: Priority,
        /// Why.
        because: String,
    },
    /// Its subject was reworded.
    SubjectChanged {
        /// Before.
        from: Subject,
        /// After.
        to: Subject,
    },
    /// Its description was edited.
    DescriptionChanged,
    /// It was filed elsewhere.
    CategoryChanged {
        /// Before.
        from: Option<Category>,
        /// After.
        to: Option<Category>,
    },
    /// It was linked to another ticket.
    Linked {
        /// How.
        kind: LinkKind,
        /// The other ticket.
        other: TicketId,
        /// Whether this ticket is the second of the link.
        inverse: bool,
    },
    /// A link was removed.
    Unlinked {
        /// Which kind.
        kind: LinkKind,
        /// The other ticket.
        other: TicketId,
        /// Whether this ticket was the second of the link.
        inverse: bool,
    },
    /// It was merged into another ticket.
    Merged {
        /// Which.
        into: TicketId,
        /// The state before.
        from: StateKey,
        /// The state after.
        to: StateKey,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<MergeReason>,
    },
    /// It was taken out of the ticket it had been merged into.
    Unmerged {
        /// Which.
        out_of: TicketId,
        /// The state before.
        from: StateKey,
        /// The state after.
        to: StateKey,
    },
    /// Another ticket was merged into this one.
    Absorbed {
        /// Which.
        other: TicketId,
    },
    /// A ticket that had been merged into this one was taken out again.
    Released {
        /// Which.
        other: TicketId,
    },
    /// A file was attached.
    Attached {
        /// Its name.
        name: String,
    },
    /// Somebody follows it.
    WatcherAdded {
        /// Who.
        person: PersonId,
    },
    /// Somebody no longer follows it.
    WatcherRemoved {
        /// Who.
        person: PersonId,
    },
    /// Its requester said how they were helped.
    Rated {
        /// How.
        rating: Rating,
    },
    /// Everybody was told that it is an outage.
    OutageAnnounced {
        /// What they read.
        title: OutageTitle,
    },
    /// Everybody was told how the outage stands.
    OutageUpdated {
        /// What they read.
        title: OutageTitle,
    },
    /// The outage is over.
    OutageEnded {
        /// What they read.
        title: OutageTitle,
    },
    /// People were asked whether it may go on.
    ApprovalAsked {
        /// What they read.
        question: ApprovalQuestion,
        /// Who.
        people: Vec<PersonId>,
    },
    /// One of them answered.
    ApprovalAnswered {
        /// Yes or no.
        decision: Decision,
        /// What they said with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<ApprovalWords>,
    },
    /// The question was taken back.
    ApprovalWithdrawn,
    /// It is a request of something in the catalogue.
    Requested {
        /// Of what.
        item: CatalogueItemId,
        /// What that was called.
        name: ItemName,
        /// Which version of its form was answered.
        version: u64,
    },
    /// The catalogue wants it approved, and there was nobody who could be asked.
    ApprovalUnasked,
}

/// The names of what facts refer to by id.
pub trait Names {
    /// A person's name.
    fn person(&self, id: PersonId) -> String;
    /// A group's name.
    fn group(&self, id: GroupId) -> String;
    /// A ticket's number.
    fn ticket(&self, id: TicketId) -> String;
    /// A state's label.
    fn state(&self, key: &StateKey) -> String;
}

impl Fact {
    /// The states before and after, when the fact changed the state: what a service-level clock is computed from.
    /// Merging what is closed already changes no state.
    pub fn state_change(&self) -> Option<(Option<&StateKey>, &StateKey)> {
        match self {
            Self::Opened { state, .. } => Some((None, state)),
            Self::StateChanged { from, to, .. }
            | Self::Resumed { from, to }
            | Self::Withdrawn { from, to }
            | Self::Reopened { from, to }
            | Self::Merged { from, to, .. }
            | Self::Unmerged { from, to, .. } => (from != to).then_some((Some(from), to)),
            _ => None,
        }
    }

    /// The name of its variant in storage.
    pub const fn tag(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::StateChanged { .. } => "state_changed",
            Self::Resumed { .. } => "resumed",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Reopened { .. } => "reopened",
            Self::Assigned { .. } => "assigned",
            Self::FirstResponse => "first_response",
            Self::ImpactChanged { .. } => "impact_changed",
            Self::UrgencyChanged { .. } => "urgency_changed",
            Self::PriorityChanged { .. } => "priority_changed",
            Self::SubjectChanged { .. } => "subject_changed",
            Self::DescriptionChanged => "description_changed",
            Self::CategoryChanged { .. } => "category_changed",
            Self::Linked { .. } => "linked",
            Self::Unlinked { .. } => "unlinked",
            Self::Merged { .. } => "merged",
            Self::Unmerged { .. } => "unmerged",
            Self::Absorbed { .. } => "absorbed",
            Self::Released { .. } => "released",
            Self::Attached { .. } => "attached",
            Self::WatcherAdded { .. } => "watcher_added",
            Self::WatcherRemoved { .. } => "watcher_removed",
            Self::Rated { .. } => "rated",
            Self::OutageAnnounced { .. } => "outage_announced",
            Self::OutageUpdated { .. } => "outage_updated",
            Self::OutageEnded { .. } => "outage_ended",
            Self::ApprovalAsked { .. } => "approval_asked",
            Self::ApprovalAnswered { .. } => "approval_answered",
            Self::ApprovalWithdrawn => "approval_withdrawn",
            Self::Requested { .. } => "requested",
            Self::ApprovalUnasked => "approval_unasked",
        }
    }

    /// What happened, to be read after the name of who did it: `raised it as INC-7, priority 3 · moderate`.
    pub fn sentence(&self, names: &impl Names) -> String {
        match self {
            Self::Opened { number, priority, .. } => {
                format!("raised {number}, priority {} · {}", priority.number(), priority.label())
            }
            Self::StateChanged { from, to, resolution_code } => {
                let step = format!("moved it from {} to {}", names.state(from), names.state(to));
                match resolution_code {
                    Some(code) => format!("{step}: {code}"),
                    None => step,
                }
            }
            Self::Resumed { to, .. } => format!("answered, so it is {} again", names.state(to)),
            Self::Withdrawn { .. } => "withdrew it".to_owned(),
            Self::Reopened { .. } => "reopened it".to_owned(),
            Self::Assigned { from, to } => assigned(*from, *to, names),
            Self::FirstResponse => "gave the first response".to_owned(),
            Self::ImpactChanged { from, to } => format!("changed impact from {from} to {to}"),
            Self::UrgencyChanged { from, to } => format!("changed urgency from {from} to {to}"),
            Self::PriorityChanged { from, because, .. } => {
                format!("changed priority from {} · {} to {because}", from.number(), from.label())
            }
            Self::SubjectChanged { from, to } => format!("changed the subject from “{from}” to “{to}”"),
            Self::DescriptionChanged => "edited the description".to_owned(),
            Self::CategoryChanged { from, to } => match (from, to) {
                (_, None) => "removed the category".to_owned(),
                (None, Some(to)) => format!("filed it under {to}"),
                (Some(from), Some(to)) => format!("moved it from {from} to {to}"),
            },
            Self::Linked { kind, other, inverse } => {
                format!("linked it: it {} {}", words(*kind, *inverse), names.ticket(*other))
            }
            Self::Unlinked { kind, other, inverse } => {
                format!("removed the link: it {} {}", words(*kind, *inverse), names.ticket(*other))
            }
            Self::Merged { into, reason, .. } => match reason {
                Some(reason) => format!("merged it into {}: {reason}", names.ticket(*into)),
                None => format!("merged it into {}", names.ticket(*into)),
            },
            Self::Unmerged { out_of, to, .. } => {
                format!("took it out of {} again; it is {} as before", names.ticket(*out_of), names.state(to))
            }
            Self::Absorbed { other } => format!("merged {} into it", names.ticket(*other)),
            Self::Released { other } => format!("took {} out of it again", names.ticket(*other)),
            Self::Attached { name } => format!("attached {name}"),
            Self::WatcherAdded { person } => format!("added {} as a watcher", names.person(*person)),
            Self::WatcherRemoved { person } => format!("removed {} as a watcher", names.person(*person)),
            Self::Rated { rating } => format!("rated the help: {}", rating.words()),
            Self::OutageAnnounced { title } => format!("told everybody of the outage “{title}”"),
            Self::OutageUpdated { title } => format!("told everybody how the outage “{title}” stands"),
            Self::OutageEnded { title } => format!("ended the outage “{title}”"),
            Self::ApprovalAsked { people, .. } => {
                let people: Vec<_> = people.iter().map(|person| names.person(*person)).collect();
                format!("asked {} for approval", listed(&people))
            }
            Self::ApprovalAnswered { decision, words } => {
                let did = match decision {
                    Decision::Approved => "approved it",
                    Decision::Declined => "declined it",
                };
                words.as_ref().map_or_else(|| did.to_owned(), |words| format!("{did}: {words}"))
            }
            Self::ApprovalWithdrawn => "took the question for approval back".to_owned(),
            Self::Requested { name, version, .. } => {
                format!("requested “{name}” from the catalogue, form version {version}")
            }
            Self::ApprovalUnasked => {
                "needs an approval for this, and the desk knows nobody to ask: ask somebody before going on"
                    .to_owned()
            }
        }
    }
}

/// "Ada", "Ada and Ben", "Ada, Ben and Cleo".
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

fn words(kind: LinkKind, inverse: bool) -> &'static str {
    if inverse { kind.inverse_words() } else { kind.words() }
}

fn assigned(from: Assignment, to: Assignment, names: &impl Names) -> String {
    let group = (to.group != from.group).then_some(to.group);
    match (group, to.assignee) {
        (Some(Some(group)), Some(person)) => {
            format!("assigned it to {} in {}", names.person(person), names.group(group))
        }
        (Some(Some(group)), None) => format!("assigned it to {}", names.group(group)),
        (_, Some(person)) => format!("assigned it to {}", names.person(person)),
        (_, None) => match to.group {
            Some(group) => format!("returned it to the queue of {}", names.group(group)),
            None => "took it out of every queue".to_owned(),
        },
    }
}
