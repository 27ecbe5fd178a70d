//! The states a ticket goes through and the steps between them, as data that every desk may edit.

mod check;
mod itil;

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

pub use check::InvalidWorkflow;

use super::Kind;
use crate::identity::named;

named! {
    /// What a state means, whatever a desk calls it. Queues, progress and service levels go by phase.
    Phase {
        /// Nobody has begun.
        New = "new",
        /// Somebody is on it.
        Active = "active",
        /// It stands still until somebody else moves.
        Waiting = "waiting",
        /// Done, in the desk's opinion.
        Resolved = "resolved",
        /// Done and final.
        Closed = "closed",
        /// Given up, and final.
        Cancelled = "cancelled",
    }
}

impl Phase {
    /// Whether nothing more is expected to happen: closed or cancelled.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Closed | Self::Cancelled)
    }

    /// Whether the ticket still needs work: neither resolved nor final.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::New | Self::Active | Self::Waiting)
    }
}

named! {
    /// What a step asks for before it is taken.
    Requirement {
        /// How it was resolved.
        ResolutionCode = "resolution_code",
        /// A reply or a note that goes with the step.
        Comment = "comment",
        /// Somebody whose task it is.
        Assignee = "assignee",
    }
}

impl Requirement {
    const fn words(self) -> &'static str {
        match self {
            Self::ResolutionCode => "a resolution code",
            Self::Comment => "a reply or a note",
            Self::Assignee => "an assignee",
        }
    }
}

/// The name of a state in storage and on the wire: `in_progress`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StateKey(String);

/// Text that cannot name a state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot name a state; use 1 to 40 lower-case letters, digits and underscores, starting with a letter"
)]
pub struct InvalidStateKey(pub String);

impl StateKey {
    /// Checks untrusted text.
    pub fn new(text: &str) -> Result<Self, InvalidStateKey> {
        let shaped = text.len() <= 40
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if shaped { Ok(Self(text.to_owned())) } else { Err(InvalidStateKey(text.chars().take(60).collect())) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for StateKey {
    type Err = InvalidStateKey;

    fn from_str(text: &str) -> Result<Self, InvalidStateKey> {
        Self::new(text)
    }
}

impl fmt::Display for StateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for StateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for StateKey {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for StateKey {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        Self::new(&text).map_err(D::Error::custom)
    }
}

/// One state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Its name in storage.
    pub key: StateKey,
    /// Its name on agents' pages.
    pub label: String,
    /// What it means.
    pub phase: Phase,
    /// Whether the resolution clock stands still in it.
    #[serde(default)]
    pub pauses_sla: bool,
    /// Its name on the requester's pages, in plain words.
    pub requester_words: String,
    /// Where a reply by the requester moves the ticket, if anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_requester_reply: Option<StateKey>,
    /// Where the end of an approval moves the ticket, if anywhere. To ask for an approval moves an open ticket into the first
    /// such state, from wherever it is: a step to it would let it wait for an answer that nobody was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_decision: Option<StateKey>,
}

/// One step an agent may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// The state it starts in.
    pub from: StateKey,
    /// The state it leads to.
    pub to: StateKey,
    /// The verb on the button: `Solve`.
    pub label: String,
    /// What it asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<Requirement>,
}

/// A workflow before it is checked: what an administrator edits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkflowDefinition {
    /// The state a ticket of each kind begins in. Problems begin where incidents do, unless they are named.
    pub initial: BTreeMap<Kind, StateKey>,
    /// The states, in the order pages show them.
    pub states: Vec<State>,
    /// The steps, in the order pages show their buttons.
    pub transitions: Vec<Transition>,
    /// Where a ticket goes that is reopened.
    pub reopened: StateKey,
    /// Where a ticket goes that its requester withdraws.
    pub withdrawn: StateKey,
    /// Where a ticket goes that is merged into another.
    pub merged: StateKey,
    /// For how many days after its resolution a requester may reopen a ticket.
    pub reopen_days: u16,
}

/// A checked workflow: every state can be reached, and from every state an end can be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WorkflowDefinition", into = "WorkflowDefinition")]
pub struct Workflow(WorkflowDefinition);

/// Why a step cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// The workflow has no such state.
    #[error("there is no state `{state}`; states are {known}")]
    UnknownState {
        /// What was asked for.
        state: StateKey,
        /// The states there are.
        known: String,
    },
    /// The workflow has no such step.
    #[error("a ticket that is {from} cannot become {to}; {allowed}")]
    NotAllowed {
        /// The label of the state it is in.
        from: String,
        /// The label of the state asked for.
        to: String,
        /// A sentence that lists the steps there are.
        allowed: String,
    },
    /// The step asks for something that is missing.
    #[error("{step} needs {}; add it and try again", .missing.words())]
    Missing {
        /// The verb on the button.
        step: String,
        /// What is missing.
        missing: Requirement,
    },
}

impl Workflow {
    /// Checks a definition.
    pub fn new(definition: WorkflowDefinition) -> Result<Self, InvalidWorkflow> {
        check::check(&definition)?;
        Ok(Self(definition))
    }

    /// What an administrator edits.
    pub fn definition(&self) -> &WorkflowDefinition {
        &self.0
    }

    /// The states, in the order pages show them.
    pub fn states(&self) -> &[State] {
        &self.0.states
    }

    /// The state of this name.
    pub fn state(&self, key: &StateKey) -> Option<&State> {
        self.0.states.iter().find(|state| state.key == *key)
    }

    /// The state's name on agents' pages; a state that was removed since shows its key.
    pub fn label<'a>(&'a self, key: &'a StateKey) -> &'a str {
        self.state(key).map_or(key.as_str(), |state| &state.label)
    }

    /// The state a ticket of `kind` begins in.
    pub fn initial(&self, kind: Kind) -> &State {
        let initial = &self.0.initial;
        self.checked(initial.get(&kind).unwrap_or_else(|| &initial[&Kind::Incident]))
    }

    /// Where a ticket goes that is reopened.
    pub fn reopened(&self) -> &State {
        self.checked(&self.0.reopened)
    }

    /// Where a ticket goes that its requester withdraws.
    pub fn withdrawn(&self) -> &State {
        self.checked(&self.0.withdrawn)
    }

    /// Where a ticket goes that is merged into another.
    pub fn merged(&self) -> &State {
        self.checked(&self.0.merged)
    }

    /// For how many days after its resolution a requester may reopen a ticket.
    pub fn reopen_days(&self) -> u16 {
        self.0.reopen_days
    }

    /// Where a reply by the requester moves a ticket in `state`, if anywhere.
    pub fn on_requester_reply(&self, state: &StateKey) -> Option<&State> {
        self.state(state)?.on_requester_reply.as_ref().map(|key| self.checked(key))
    }

    /// Where the end of an approval moves a ticket in `state`, if anywhere.
    pub fn on_decision(&self, state: &StateKey) -> Option<&State> {
        self.state(state)?.on_decision.as_ref().map(|key| self.checked(key))
    }

    /// Where a ticket waits for an approval, if the workflow has a state for that.
    pub fn waiting_for_approval(&self) -> Option<&State> {
        self.0.states.iter().find(|state| state.on_decision.is_some())
    }

    /// The steps an agent may take from `state`: the buttons on the page.
    pub fn allowed_from<'a>(&'a self, state: &'a StateKey) -> impl Iterator<Item = &'a Transition> {
        self.0.transitions.iter().filter(move |transition| transition.from == *state)
    }

    /// The step from one state to another, when there is one and `given` holds all it asks for.
    pub fn transition(
        &self,
        from: &StateKey,
        to: &StateKey,
        given: &[Requirement],
    ) -> Result<&Transition, TransitionError> {
        self.known(to)?;
        let step =
            self.0.transitions.iter().find(|step| step.from == *from && step.to == *to).ok_or_else(|| {
                TransitionError::NotAllowed {
                    from: self.label(from).to_owned(),
                    to: self.label(to).to_owned(),
                    allowed: self.allowed_words(from),
                }
            })?;
        match step.requires.iter().find(|requirement| !given.contains(requirement)) {
            Some(missing) => Err(TransitionError::Missing { step: step.label.clone(), missing: *missing }),
            None => Ok(step),
        }
    }

    /// The state of this name, or an error that lists the names there are.
    pub fn known(&self, key: &StateKey) -> Result<&State, TransitionError> {
        self.state(key).ok_or_else(|| {
            let known: Vec<_> = self.0.states.iter().map(|state| state.key.as_str()).collect();
            TransitionError::UnknownState { state: key.clone(), known: known.join(", ") }
        })
    }

    fn allowed_words(&self, from: &StateKey) -> String {
        let steps: Vec<_> = self
            .allowed_from(from)
            .map(|step| format!("{} ({})", step.label, self.label(&step.to)))
            .collect();
        if steps.is_empty() {
            "nothing leads on from there".to_owned()
        } else {
            format!("from there you can {}", steps.join(", "))
        }
    }

    fn checked(&self, key: &StateKey) -> &State {
        self.state(key).expect("a checked workflow names only states it has")
    }
}

impl TryFrom<WorkflowDefinition> for Workflow {
    type Error = InvalidWorkflow;

    fn try_from(definition: WorkflowDefinition) -> Result<Self, InvalidWorkflow> {
        Self::new(definition)
    }
}

impl From<Workflow> for WorkflowDefinition {
    fn from(workflow: Workflow) -> Self {
        workflow.0
    }
}

impl Default for Workflow {
    /// The life of an incident or a service request in ITIL 4, with one waiting state for each side waited for.
    fn default() -> Self {
        Self::new(itil::definition()).expect("the workflow we ship is checked by a test")
    }
}
