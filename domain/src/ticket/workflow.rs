//! The states a ticket goes through and the steps between them, as data that every desk may edit.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

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
    /// The state a ticket of each kind begins in.
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

/// Why a workflow cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWorkflow {
    /// Two states of one name.
    #[error("the state `{0}` appears twice; rename one of them")]
    DuplicateState(StateKey),
    /// A state without a name for people.
    #[error("the state `{0}` needs a label and words for requesters")]
    Unnamed(StateKey),
    /// Something names a state that is not there.
    #[error("{by} names the state `{state}`, which does not exist; add it or name another")]
    UnknownState {
        /// What names it.
        by: String,
        /// The missing state.
        state: StateKey,
    },
    /// A kind without a beginning.
    #[error("tickets of the kind {0} have no initial state; name one under `initial`")]
    NoInitial(Kind),
    /// A state of the wrong phase for its part.
    #[error("`{state}` is {by}, so its phase must be {expected}, not {found}")]
    WrongPhase {
        /// Its part.
        by: &'static str,
        /// The state.
        state: StateKey,
        /// Its phase.
        found: Phase,
        /// The phase it must have.
        expected: Phase,
    },
    /// The same step twice, or a step from a state to itself.
    #[error("there is more than one step from `{from}` to `{to}`, or they are the same state; keep one step")]
    DuplicateTransition {
        /// Where it starts.
        from: StateKey,
        /// Where it leads.
        to: StateKey,
    },
    /// A step without a verb.
    #[error("the step from `{from}` to `{to}` needs a label: the verb on its button")]
    UnnamedTransition {
        /// Where it starts.
        from: StateKey,
        /// Where it leads.
        to: StateKey,
    },
    /// A step out of a final state.
    #[error("`{0}` is final, so no step may lead out of it; give it another phase or remove the step")]
    FinalState(StateKey),
    /// A state nothing leads to.
    #[error("nothing leads to the state `{0}`; add a step to it or remove it")]
    Unreachable(StateKey),
    /// A state from which a ticket never ends.
    #[error("a ticket in `{0}` could never be closed or cancelled; add a step that leads on")]
    Endless(StateKey),
}

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
        check(&definition)?;
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
        self.checked(&self.0.initial[&kind])
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
        Self::new(itil()).expect("the workflow we ship is checked by a test")
    }
}

fn itil() -> WorkflowDefinition {
    let key = |text: &str| StateKey(text.to_owned());
    let state = |name: &str, label: &str, phase, pauses_sla, words: &str| State {
        key: key(name),
        label: label.to_owned(),
        phase,
        pauses_sla,
        requester_words: words.to_owned(),
        on_requester_reply: None,
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
    let code = &[Requirement::ResolutionCode];
    let comment = &[Requirement::Comment];
    WorkflowDefinition {
        initial: Kind::ALL.iter().map(|kind| (*kind, key("new"))).collect(),
        states: vec![
            state("new", "New", Phase::New, false, "We have received it"),
            state("in_progress", "In progress", Phase::Active, false, "We are working on it"),
            waiting_for_requester,
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

fn check(definition: &WorkflowDefinition) -> Result<(), InvalidWorkflow> {
    let mut phases = BTreeMap::new();
    for state in &definition.states {
        if phases.insert(&state.key, state.phase).is_some() {
            return Err(InvalidWorkflow::DuplicateState(state.key.clone()));
        }
        if state.label.trim().is_empty() || state.requester_words.trim().is_empty() {
            return Err(InvalidWorkflow::Unnamed(state.key.clone()));
        }
    }
    let phase = |by: String, key: &StateKey| {
        phases.get(key).copied().ok_or_else(|| InvalidWorkflow::UnknownState { by, state: key.clone() })
    };
    let expect = |by: &'static str, key: &StateKey, expected: Phase| match phase(by.to_owned(), key)? {
        found if found == expected => Ok(()),
        found => Err(InvalidWorkflow::WrongPhase { by, state: key.clone(), found, expected }),
    };
    for kind in Kind::ALL {
        let initial = definition.initial.get(kind).ok_or(InvalidWorkflow::NoInitial(*kind))?;
        expect("an initial state", initial, Phase::New)?;
    }
    expect("the state of reopened tickets", &definition.reopened, Phase::Active)?;
    expect("the state of withdrawn tickets", &definition.withdrawn, Phase::Cancelled)?;
    expect("the state of merged tickets", &definition.merged, Phase::Closed)?;

    let mut arrows = BTreeSet::new();
    for step in &definition.transitions {
        let by = || format!("the step `{}`", step.label);
        let from = phase(by(), &step.from)?;
        phase(by(), &step.to)?;
        if step.label.trim().is_empty() {
            return Err(InvalidWorkflow::UnnamedTransition { from: step.from.clone(), to: step.to.clone() });
        }
        if from.is_final() {
            return Err(InvalidWorkflow::FinalState(step.from.clone()));
        }
        if step.from == step.to || !arrows.insert((&step.from, &step.to)) {
            return Err(InvalidWorkflow::DuplicateTransition {
                from: step.from.clone(),
                to: step.to.clone(),
            });
        }
    }
    for state in &definition.states {
        if let Some(next) = &state.on_requester_reply {
            phase(format!("a requester's reply in `{}`", state.key), next)?;
            if state.phase.is_final() {
                return Err(InvalidWorkflow::FinalState(state.key.clone()));
            }
            arrows.insert((&state.key, next));
        }
    }

    let beginnings = definition.initial.values().chain([&definition.withdrawn, &definition.merged]);
    let reached = closure(beginnings, |at| arrows.iter().filter(move |a| a.0 == at).map(|a| a.1));
    let ends = phases.iter().filter(|(_, phase)| phase.is_final()).map(|(key, _)| *key);
    let ending = closure(ends, |at| arrows.iter().filter(move |a| a.1 == at).map(|a| a.0));
    for key in phases.keys().copied() {
        if !reached.contains(key) {
            return Err(InvalidWorkflow::Unreachable(key.clone()));
        }
        if !ending.contains(key) {
            return Err(InvalidWorkflow::Endless(key.clone()));
        }
    }
    Ok(())
}

fn closure<'a, I: Iterator<Item = &'a StateKey>>(
    from: impl Iterator<Item = &'a StateKey>,
    next: impl Fn(&'a StateKey) -> I,
) -> BTreeSet<&'a StateKey> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<_> = from.collect();
    while let Some(key) = open.pop() {
        if seen.insert(key) {
            open.extend(next(key));
        }
    }
    seen
}
