//! Several things done to a ticket as one act, and what they would do to many before they are done.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use domain::{
    PersonId,
    identity::Capability,
    licence::Action,
    ticket::{Markdown, Saying, StateKey, Ticket, TicketNumber, Work, check_blanks},
};
use serde::Serialize;
use store::{ReadTx, ticket::EntryKind};

use super::{
    TicketOutcome, TicketRef,
    access::find,
    blanks::FilledFor,
    detail::sentences,
    raise::check_assignment,
    save::{Comment, difference},
};
use crate::{Act, Command, Look, Query, Refused, Result, Threshold, rules::Rules};

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
        let rules = act.rules()?;
        let work = filled(act.tx, &rules, &self.work, &before, by)?;
        let to = work.assignment(&before, by);
        if to != before.assignment() {
            check_assignment(act.tx, to)?;
        }
        let (after, facts) = work.apply(&before, by, &rules.matrix, &rules.workflow, act.now())?;
        act.detail = serde_json::json!({ "changed": difference(&before, &after), "work": work });
        let comment = match &work.say {
            Some(Saying::Reply(body)) => Some(Comment { kind: EntryKind::Reply, body }),
            Some(Saying::Note(body)) => Some(Comment { kind: EntryKind::Note, body }),
            None => None,
        };
        act.save_with(&before, after, &facts, comment).map(Box::new)
    }
}

/// What is said, with its blanks filled in for this ticket.
fn filled(tx: &mut ReadTx<'_>, rules: &Rules, work: &Work, ticket: &Ticket, by: PersonId) -> Result<Work> {
    let Some(say) = work.say.as_ref().filter(|say| say.body().as_str().contains("{{")) else {
        return Ok(work.clone());
    };
    check_blanks(say.body()).map_err(|error| Refused::field("say", error))?;
    let filled = FilledFor::look_up(tx, rules, ticket.clone(), by)?.fill(say.body().as_str());
    let body = Markdown::new(&filled).map_err(|error| Refused::field("say", error))?;
    Ok(Work { say: Some(say.with(body)), ..work.clone() })
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
    /// What would be said on it, with its blanks filled in.
    pub says: Option<String>,
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
        // It shows what only those may see who read every ticket.
        look.require(Capability::TicketRead, "ticket")?;
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
            let rules = Arc::clone(&look.rules);
            let work = filled(look.tx, &rules, &self.work, &ticket, by)?;
            previews.push(Preview {
                foreseen: foresee(look, &work, &ticket, by)?,
                says: work.say.map(|say| say.body().to_string()),
                number: ticket.number,
                subject: ticket.subject.to_string(),
                version: ticket.version,
            });
        }
        Ok(previews)
    }
}

fn foresee(look: &mut Look<'_, '_>, work: &Work, ticket: &Ticket, by: PersonId) -> Result<Foreseen> {
    let rules = Arc::clone(&look.rules);
    let to = work.assignment(ticket, by);
    if to != ticket.assignment() {
        match check_assignment(look.tx, to) {
            Ok(()) => {}
            Err(Refused::Invalid(fields)) => {
                let why: Vec<_> = fields.into_iter().map(|field| field.message).collect();
                return Ok(Foreseen::Refused { why: why.join("; ") });
            }
            Err(other) => return Err(other),
        }
    }
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

/// The states that any of some tickets can go to, in the order of the workflow; without tickets, all there are.
#[derive(Debug, Clone)]
pub struct StepsTogether {
    /// The tickets.
    pub tickets: Vec<TicketRef>,
}

impl Query for StepsTogether {
    type Answer = Vec<StepTogether>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::TicketRead, "ticket")?;
        look.require(Capability::TicketWork, "ticket")?;
        let rules = Arc::clone(&look.rules);
        let mut able: BTreeMap<StateKey, usize> = BTreeMap::new();
        if self.tickets.is_empty() {
            able.extend(rules.workflow.states().iter().map(|state| (state.key.clone(), 0)));
        }
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
