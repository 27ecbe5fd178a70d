//! Several things done to a ticket as one act, and what they would do to many before they are done.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    PersonId,
    identity::Capability,
    licence::Action,
    ticket::{Saying, StateKey, Ticket, TicketNumber, Work},
};
use serde::Serialize;
use store::ticket::EntryKind;

use super::{
    TicketOutcome, TicketRef,
    access::find,
    detail::sentences,
    save::{Comment, difference},
};
use crate::{Act, Command, Look, Query, Refused, Result, Threshold};

/// The most tickets that are looked at together.
pub const MOST_TOGETHER: usize = 100;

/// Do all of it to a ticket, or none.
#[derive(Debug, Clone)]
pub struct WorkTicket {
    /// The ticket.
    pub ticket: TicketRef,
    /// What is to be done.
    pub work: Work,
    /// The version that the caller looked at.
    pub if_version: Option<u64>,
}

impl Command for WorkTicket {
    type Outcome = TicketOutcome;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        let ticket = at.work_on(self.ticket)?;
        Ok(self.work.action(ticket.kind()))
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TicketOutcome> {
        let before = act.hold(self.ticket, self.if_version)?;
        let by = act.person().ok_or(Refused::NotFound("person"))?;
        let to = self.work.assignment(&before, by);
        if to != before.assignment() {
            act.check_assignment(to)?;
        }
        let rules = act.rules()?;
        let (after, facts) = self.work.apply(&before, by, &rules.matrix, &rules.workflow, act.now())?;
        act.detail = serde_json::json!({ "changed": difference(&before, &after), "work": self.work });
        let comment = match &self.work.say {
            Some(Saying::Reply(body)) => Some(Comment { kind: EntryKind::Reply, body }),
            Some(Saying::Note(body)) => Some(Comment { kind: EntryKind::Note, body }),
            None => None,
        };
        act.save_with(&before, after, &facts, comment).map(Box::new)
    }
}

/// What some work would do to a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Foreseen {
    /// What its timeline would say.
    Changes {
        /// Each a sentence without its subject: "moved it from New to In progress".
        facts: Vec<String>,
    },
    /// It is so already.
    Nothing,
    /// It cannot be done.
    Refused {
        /// Why, and what to do.
        why: String,
    },
}

/// A ticket, and what some work would do to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// Its number.
    pub number: TicketNumber,
    /// What it is about.
    pub subject: String,
    /// The version that was looked at.
    pub version: u64,
    /// What would become of it.
    pub foreseen: Foreseen,
}

/// What some work would do to each of some tickets, at most [`MOST_TOGETHER`]. Nothing is done, and no licence is taken.
#[derive(Debug, Clone)]
pub struct PreviewWork {
    /// The tickets.
    pub tickets: Vec<TicketRef>,
    /// What is to be done.
    pub work: Work,
}

impl Query for PreviewWork {
    type Answer = Vec<Preview>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::TicketWork, "ticket")?;
        let by = look.person().ok_or(Refused::NotFound("ticket"))?;
        if self.tickets.len() > MOST_TOGETHER {
            return Err(Refused::Rule(format!(
                "at most {MOST_TOGETHER} tickets are changed together; choose fewer, and the rest afterwards"
            )));
        }
        let mut previews: Vec<Preview> = Vec::with_capacity(self.tickets.len());
        for reference in self.tickets {
            let ticket = find(look.tx, reference)?.ok_or(Refused::NotFound("ticket"))?;
            if previews.iter().any(|known| known.number == ticket.number) {
                continue;
            }
            previews.push(Preview {
                foreseen: foresee(look, &self.work, &ticket, by)?,
                number: ticket.number,
                subject: ticket.subject.to_string(),
                version: ticket.version,
            });
        }
        Ok(previews)
    }
}

fn foresee(look: &mut Look<'_, '_>, work: &Work, ticket: &Ticket, by: PersonId) -> Result<Foreseen> {
    let rules = std::sync::Arc::clone(&look.rules);
    Ok(match work.apply(ticket, by, &rules.matrix, &rules.workflow, look.ctx.now) {
        Ok((after, _)) if after.version == ticket.version => Foreseen::Nothing,
        Ok((_, facts)) => {
            let mut said = match &work.say {
                Some(Saying::Reply(_)) => vec!["sent the reply".to_owned()],
                Some(Saying::Note(_)) => vec!["wrote the note".to_owned()],
                None => Vec::new(),
            };
            said.extend(sentences(look.tx, &rules, &facts)?);
            Foreseen::Changes { facts: said }
        }
        Err(error) => Foreseen::Refused { why: error.to_string() },
    })
}

/// A state that some of the tickets can go to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepTogether {
    /// The state.
    pub to: StateKey,
    /// What it is called.
    pub label: String,
    /// How many of the tickets can go there.
    pub tickets: usize,
}

/// The states that any of some tickets can go to, in the order of the workflow.
#[derive(Debug, Clone)]
pub struct StepsTogether {
    /// The tickets.
    pub tickets: Vec<TicketRef>,
}

impl Query for StepsTogether {
    type Answer = Vec<StepTogether>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::TicketWork, "ticket")?;
        let rules = std::sync::Arc::clone(&look.rules);
        let mut able: BTreeMap<StateKey, usize> = BTreeMap::new();
        for reference in self.tickets.into_iter().take(MOST_TOGETHER) {
            let ticket = find(look.tx, reference)?.ok_or(Refused::NotFound("ticket"))?;
            if ticket.merged.is_some() {
                continue;
            }
            let to: BTreeSet<_> = rules.workflow.allowed_from(&ticket.state).map(|step| &step.to).collect();
            for state in to {
                *able.entry(state.clone()).or_default() += 1;
            }
        }
        let states = rules.workflow.states().iter();
        Ok(states
            .filter_map(|state| {
                let tickets = *able.get(&state.key)?;
                Some(StepTogether { to: state.key.clone(), label: state.label.clone(), tickets })
            })
            .collect())
    }
}
