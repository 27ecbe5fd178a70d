//! The events of an imported ticket, and what makes a list of them a history.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ImportedTicket, PersonKey};
use crate::{
    identity::named,
    ticket::{Impact, Priority, Urgency},
};

named! {
    /// A state of the default workflow, which every desk has or has mapped.
    State {
        /// Nobody has begun.
        New = "new",
        /// Somebody works on it.
        InProgress = "in_progress",
        /// The requester has to answer.
        WaitingForRequester = "waiting_for_requester",
        /// Somebody outside the desk has to act.
        WaitingForVendor = "waiting_for_vendor",
        /// The trouble is gone, as far as the desk knows.
        Resolved = "resolved",
        /// Finished.
        Closed = "closed",
        /// Withdrawn.
        Cancelled = "cancelled",
    }
}

impl State {
    /// Whether the ticket is out of the queue: resolved, closed or cancelled.
    pub const fn is_done(self) -> bool {
        matches!(self, Self::Resolved | Self::Closed | Self::Cancelled)
    }
}

/// Impact, urgency and priority together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ranking {
    /// How much is hurt.
    pub impact: Impact,
    /// How soon.
    pub urgency: Urgency,
    /// The order of work.
    pub priority: Priority,
}

/// Group and person, either of them open.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Assignment {
    /// The group, by name.
    pub group: Option<String>,
    /// The person.
    pub assignee: Option<PersonKey>,
}

/// One thing that happened to a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEvent {
    /// When.
    pub at: Timestamp,
    /// Who did it; nobody when the source's own program did.
    pub by: Option<PersonKey>,
    /// What.
    pub what: What,
}

/// What happened. Each change carries both ends, so that one event can be read without those before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    /// The ticket began, in the state `new`.
    Opened {
        /// Where it was put first. Being put there is no reassignment.
        assignment: Assignment,
        /// How it was ranked first.
        ranking: Ranking,
    },
    /// Another state, where no other event says so.
    StateChanged {
        /// The state before.
        from: State,
        /// The state after.
        to: State,
        /// The source's word for the state after, if its states are not ours.
        source_word: Option<String>,
    },
    /// Another group or person.
    Reassigned {
        /// Before.
        from: Assignment,
        /// After.
        to: Assignment,
    },
    /// Another impact, urgency or priority.
    PriorityChanged {
        /// Before.
        from: Ranking,
        /// After.
        to: Ranking,
    },
    /// Another value of a field that has no event of its own.
    FieldChanged {
        /// The field, in the source's words.
        field: String,
        /// Before.
        from: Option<String>,
        /// After.
        to: Option<String>,
    },
    /// An answer that the requester sees, in Markdown.
    Reply {
        /// The text.
        body: String,
    },
    /// A note that only agents see, in Markdown.
    Note {
        /// The text.
        body: String,
    },
    /// The trouble is gone.
    Resolved {
        /// The state before.
        from: State,
        /// The source's resolution code.
        code: Option<String>,
    },
    /// Finished.
    Closed {
        /// The state before.
        from: State,
    },
    /// The trouble came back.
    Reopened {
        /// The state before: resolved, closed or cancelled.
        from: State,
        /// The state after.
        to: State,
        /// The source's word for the state after, if its states are not ours.
        source_word: Option<String>,
    },
    /// Closed as a duplicate of another ticket of the same source.
    MergedInto {
        /// The state before.
        from: State,
        /// The number of the ticket that goes on.
        number: String,
    },
}

impl What {
    /// The states before and after, if the event changes the state.
    pub const fn transition(&self) -> Option<(State, State)> {
        Some(match *self {
            Self::StateChanged { from, to, .. } | Self::Reopened { from, to, .. } => (from, to),
            Self::Resolved { from, .. } => (from, State::Resolved),
            Self::Closed { from } | Self::MergedInto { from, .. } => (from, State::Closed),
            _ => return None,
        })
    }
}

/// Why a list of events is no history.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// It has to begin somewhere.
    #[error("{number}: the history must begin with its opening; put that event first, once")]
    NotOpenedFirst {
        /// The ticket's number at the source.
        number: String,
    },
    /// Time runs forward.
    #[error("{number}: event {index} is earlier than the one before it; sort the history by time")]
    BackInTime {
        /// The ticket's number at the source.
        number: String,
        /// The place of the event in the history, from 0.
        index: usize,
    },
    /// A change begins where the last one ended.
    #[error("{number}: event {index} does not start from what the events before it left; correct its `from`")]
    Disconnected {
        /// The ticket's number at the source.
        number: String,
        /// The place of the event in the history, from 0.
        index: usize,
    },
    /// The history and the ticket's own fields tell two stories.
    #[error(
        "{number}: the history does not end where the ticket stands; make `state`, `assignment`, `ranking`, `resolved_at` and `closed_at` agree with it"
    )]
    OtherEnd {
        /// The ticket's number at the source.
        number: String,
    },
}

pub(super) fn check(ticket: &ImportedTicket) -> Result<(), HistoryError> {
    let number = || ticket.number.clone();
    let not_opened = || HistoryError::NotOpenedFirst { number: number() };
    let Some((first, rest)) = ticket.history.split_first() else { return Err(not_opened()) };
    let What::Opened { assignment, ranking } = &first.what else { return Err(not_opened()) };
    if first.at != ticket.opened_at {
        return Err(not_opened());
    }
    let mut now = (State::New, assignment, *ranking);
    let (mut resolved_at, mut closed_at) = (None, None);
    let mut last = first.at;
    for (index, event) in rest.iter().enumerate().map(|(index, event)| (index + 1, event)) {
        if event.at < last {
            return Err(HistoryError::BackInTime { number: number(), index });
        }
        last = event.at;
        let follows = match &event.what {
            What::Opened { .. } => return Err(not_opened()),
            What::Reassigned { from, to } => std::mem::replace(&mut now.1, to) == from && from != to,
            What::PriorityChanged { from, to } => std::mem::replace(&mut now.2, *to) == *from && from != to,
            What::FieldChanged { from, to, .. } => from != to,
            What::Reply { .. } | What::Note { .. } => true,
            what => what.transition().is_none_or(|(from, to)| {
                match to {
                    State::Resolved => (resolved_at, closed_at) = (Some(event.at), None),
                    State::Closed => closed_at = Some(event.at),
                    State::Cancelled => {}
                    _ => (resolved_at, closed_at) = (None, None),
                }
                let reopens = matches!(what, What::Reopened { .. });
                std::mem::replace(&mut now.0, to) == from
                    && from != to
                    && reopens == (from.is_done() && !to.is_done())
            }),
        };
        if !follows {
            return Err(HistoryError::Disconnected { number: number(), index });
        }
    }
    let ends = (now.0, now.1, now.2, resolved_at, closed_at);
    let stands = (ticket.state, &ticket.assignment, ticket.ranking, ticket.resolved_at, ticket.closed_at);
    if ends == stands { Ok(()) } else { Err(HistoryError::OtherEnd { number: number() }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::Kind;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// Opened at 0, worked at 10, resolved at 20.
    fn resolved() -> ImportedTicket {
        let ranking = Ranking::new(Impact::Low, Urgency::Low, Priority::P5);
        let event = |second, what| HistoryEvent { at: at(second), by: None, what };
        let worked = What::StateChanged { from: State::New, to: State::InProgress, source_word: None };
        ImportedTicket {
            source: "elsewhere".to_owned(),
            number: "1".to_owned(),
            kind: Kind::Incident,
            subject: "Printer".to_owned(),
            description: String::new(),
            requester: PersonKey("anna".to_owned()),
            opened_by: None,
            opened_at: at(0),
            contact: None,
            location: None,
            category: None,
            subcategory: None,
            ranking,
            assignment: Assignment::default(),
            state: State::Resolved,
            state_word: None,
            history: vec![
                event(0, What::Opened { assignment: Assignment::default(), ranking }),
                event(10, worked),
                event(20, What::Resolved { from: State::InProgress, code: None }),
            ],
            resolved_at: Some(at(20)),
            closed_at: None,
            closed_code: None,
            references: Vec::new(),
            source_truth: None,
        }
    }

    #[test]
    fn a_history_that_hangs_together_is_one() {
        assert_eq!(resolved().check_history(), Ok(()));
    }

    #[test]
    fn a_history_that_does_not_is_refused_where_it_breaks() {
        let error = |spoil: fn(&mut ImportedTicket)| {
            let mut ticket = resolved();
            spoil(&mut ticket);
            ticket.check_history().unwrap_err()
        };
        let number = || "1".to_owned();
        let unopened = HistoryError::NotOpenedFirst { number: number() };
        assert_eq!(error(|t| t.history.clear()), unopened);
        assert_eq!(error(|t| t.opened_at = Timestamp::MIN), unopened);
        assert_eq!(
            error(|t| t.history[2] = t.history[0].clone()),
            HistoryError::BackInTime { number: number(), index: 2 }
        );
        assert_eq!(
            error(|t| drop(t.history.remove(1))),
            HistoryError::Disconnected { number: number(), index: 1 }
        );
        assert_eq!(error(|t| t.state = State::Closed), HistoryError::OtherEnd { number: number() });
        assert_eq!(error(|t| t.resolved_at = None), HistoryError::OtherEnd { number: number() });
    }

    #[test]
    fn work_after_a_resolution_is_a_reopening_and_nothing_else_is() {
        let mut ticket = resolved();
        let (from, to) = (State::Resolved, State::InProgress);
        let push = |what| HistoryEvent { at: at(30), by: None, what };
        ticket.history.push(push(What::StateChanged { from, to, source_word: None }));
        (ticket.state, ticket.resolved_at) = (to, None);
        assert_eq!(
            ticket.check_history(),
            Err(HistoryError::Disconnected { number: "1".to_owned(), index: 3 })
        );
        ticket.history[3] = push(What::Reopened { from, to, source_word: None });
        assert_eq!(ticket.check_history(), Ok(()));
    }
}
