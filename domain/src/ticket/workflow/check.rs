//! What makes a workflow usable: its names exist, every state can be reached, and from every state an end can be.

use std::collections::{BTreeMap, BTreeSet};

use super::{Phase, StateKey, WorkflowDefinition};
use crate::ticket::Kind;

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

pub(super) fn check(definition: &WorkflowDefinition) -> Result<(), InvalidWorkflow> {
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
    for kind in [Kind::Incident, Kind::ServiceRequest] {
        if !definition.initial.contains_key(&kind) {
            return Err(InvalidWorkflow::NoInitial(kind));
        }
    }
    for initial in definition.initial.values() {
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

    // To ask for an approval leads here from wherever a ticket is, but is no way out of anywhere.
    let mut asking = Vec::new();
    for state in &definition.states {
        let Some(next) = &state.on_decision else { continue };
        expect("a state that waits for an approval", &state.key, Phase::Waiting)?;
        // An answer, also a "no", only lets somebody work on it: how it ends is for technicians to say.
        expect("where the end of an approval leads", next, Phase::Active)?;
        arrows.insert((&state.key, next));
        let open = definition.states.iter().filter(|from| from.phase.is_open() && from.key != state.key);
        asking.extend(open.map(|from| (&from.key, &state.key)));
    }

    let beginnings = definition.initial.values().chain([&definition.withdrawn, &definition.merged]);
    let reached =
        closure(beginnings, |at| arrows.iter().chain(&asking).filter(move |a| a.0 == at).map(|a| a.1));
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
