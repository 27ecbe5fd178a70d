//! Several things done to a ticket at once, as one act: what a macro does, and what is done to many tickets together.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    Assignment, Category, Change, Changed, Given, Impact, Kind, Markdown, PriorityMatrix, ResolutionCode,
    StateKey, Ticket, TicketError, Urgency, Workflow,
};
use crate::{GroupId, InvalidId, PersonId, Timestamp, licence::Action};

/// Who is to have a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Assignee {
    /// Nobody.
    Nobody,
    /// Whoever does the work.
    Me,
    /// This person.
    Person(PersonId),
}

/// Which group is to have a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Group {
    /// None.
    None,
    /// This one.
    Is(GroupId),
}

impl fmt::Display for Assignee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("nobody"),
            Self::Me => f.write_str("me"),
            Self::Person(person) => person.fmt(f),
        }
    }
}

impl FromStr for Assignee {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text {
            "nobody" => Ok(Self::Nobody),
            "me" => Ok(Self::Me),
            id => id.parse().map(Self::Person),
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Is(group) => group.fmt(f),
        }
    }
}

impl FromStr for Group {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text {
            "none" => Ok(Self::None),
            id => id.parse().map(Self::Is),
        }
    }
}

macro_rules! as_text {
    ($($name:ty),+) => {$(
        impl From<$name> for String {
            fn from(it: $name) -> Self {
                it.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }
    )+};
}
as_text!(Assignee, Group);

/// What is said with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Saying {
    /// A public reply.
    Reply(Markdown),
    /// A work note.
    Note(Markdown),
}

impl Saying {
    /// The words.
    pub const fn body(&self) -> &Markdown {
        match self {
            Self::Reply(body) | Self::Note(body) => body,
        }
    }

    /// The same with other words.
    #[must_use]
    pub fn with(&self, body: Markdown) -> Self {
        match self {
            Self::Reply(_) => Self::Reply(body),
            Self::Note(_) => Self::Note(body),
        }
    }
}

/// What is to be done. A part that is left out leaves the ticket as it is.
///
/// In JSON: `{"say": {"reply": "I am on it."}, "assignee": "me", "to": "in_progress"}`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Work {
    /// What is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub say: Option<Saying>,
    /// Whose queue it goes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<Group>,
    /// Who takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<Assignee>,
    /// How much is hurt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impact: Option<Impact>,
    /// How soon it hurts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgency: Option<Urgency>,
    /// What it is filed under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// The state to go to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<StateKey>,
    /// How it was resolved, where the step asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution_code: Option<ResolutionCode>,
}

impl Work {
    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        let Self { say, group, assignee, impact, urgency, category, to, resolution_code: _ } = self;
        say.is_none()
            && group.is_none()
            && assignee.is_none()
            && impact.is_none()
            && urgency.is_none()
            && category.is_none()
            && to.is_none()
    }

    /// The row of the action map that it is on a ticket of `kind`: of its parts the one that steers most.
    pub fn action(&self, kind: Kind) -> Action {
        let action = if self.to.is_some() {
            Action::TicketTransition
        } else if self.impact.is_some() || self.urgency.is_some() || self.category.is_some() {
            Action::TicketUpdate
        } else if self.group.is_some() || self.assignee.is_some() {
            Action::TicketAssign
        } else if matches!(self.say, Some(Saying::Note(_))) {
            Action::TicketNote
        } else {
            Action::TicketReply
        };
        action.on(kind)
    }

    /// Whose task a ticket is afterwards, when `by` does the work.
    pub fn assignment(&self, ticket: &Ticket, by: PersonId) -> Assignment {
        let now = ticket.assignment();
        Assignment {
            group: match self.group {
                None => now.group,
                Some(Group::None) => None,
                Some(Group::Is(group)) => Some(group),
            },
            assignee: match self.assignee {
                None => now.assignee,
                Some(Assignee::Nobody) => None,
                Some(Assignee::Me) => Some(by),
                Some(Assignee::Person(person)) => Some(person),
            },
        }
    }

    /// The ticket after all of it: said first, so that a step finds the words that it asks for; moved last, so that a step
    /// finds the assignee that it asks for, and a ticket that ends takes its last changes before. A ticket that is where it
    /// is to go stays there.
    ///
    /// # Errors
    ///
    /// Where one part cannot be done; then none is.
    pub fn apply(
        &self,
        ticket: &Ticket,
        by: PersonId,
        matrix: &PriorityMatrix,
        workflow: &Workflow,
        now: Timestamp,
    ) -> Result<Changed, TicketError> {
        let mut after = ticket.clone();
        let mut facts = Vec::new();
        let mut take = |(changed, more): Changed| {
            facts.extend(more);
            changed
        };
        match &self.say {
            Some(Saying::Reply(_)) => after = take(after.reply(now)?),
            Some(Saying::Note(_)) => after = take(after.note(now)?),
            None => {}
        }
        let change = Change {
            impact: self.impact,
            urgency: self.urgency,
            category: self.category.clone().map(Some),
            ..Change::default()
        };
        if change != Change::default() {
            after = take(after.change(change, matrix, now)?);
        }
        if self.group.is_some() || self.assignee.is_some() {
            after = take(after.assign(self.assignment(&after, by), now)?);
        }
        if let Some(to) = self.to.as_ref().filter(|to| **to != after.state) {
            let given = Given { resolution_code: self.resolution_code.clone(), comment: self.say.is_some() };
            after = take(after.transition(to, given, workflow, now)?);
        }
        Ok((after, facts))
    }
}
