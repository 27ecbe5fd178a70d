//! What can be changed of a ticket in one press, from wherever it is seen.

use domain::{
    GroupId, PersonId,
    identity::Capability,
    ticket::{Category, Impact, Priority, StateKey, TicketNumber, Urgency},
};

use super::{AllowedStep, TicketRef, detail::allowed_steps};
use crate::{Look, Query, Result};

/// What [`Ways`] shows.
#[derive(Debug, Clone)]
pub struct WaysView {
    /// The ticket's number.
    pub number: TicketNumber,
    /// In whose queue it is.
    pub group: Option<GroupId>,
    /// Whose task it is.
    pub assignee: Option<PersonId>,
    /// What it is filed under.
    pub category: Option<Category>,
    /// How much is hurt, and how soon.
    pub pressing: (Impact, Urgency),
    /// Each way in which it can be pressing, and what follows of it.
    pub priorities: Vec<(Impact, Urgency, Priority)>,
    /// The steps that it can take.
    pub steps: Vec<AllowedStep>,
    /// The version that was looked at.
    pub version: u64,
    /// Whether nothing of it can be changed any more.
    pub over: bool,
}

/// What a technician can change of a ticket in one press.
#[derive(Debug, Clone, Copy)]
pub struct Ways {
    /// Which ticket.
    pub ticket: TicketRef,
}

impl Query for Ways {
    type Answer = WaysView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<WaysView> {
        look.require(Capability::TicketWork, "ticket")?;
        let (ticket, _) = look.ticket(self.ticket)?;
        let priorities = Impact::ALL
            .iter()
            .flat_map(|impact| Urgency::ALL.iter().map(move |urgency| (*impact, *urgency)))
            .map(|(impact, urgency)| (impact, urgency, look.rules.matrix.priority(impact, urgency)))
            .collect();
        Ok(WaysView {
            steps: allowed_steps(&look.rules, &ticket),
            over: ticket.merged.is_some() || ticket.phase.is_final(),
            number: ticket.number,
            group: ticket.group,
            assignee: ticket.assignee,
            category: ticket.category,
            pressing: (ticket.impact, ticket.urgency),
            priorities,
            version: ticket.version,
        })
    }
}

/// What the states of the workflow are called.
#[derive(Debug, Clone, Copy)]
pub struct StateNames;

impl Query for StateNames {
    type Answer = Vec<(StateKey, String)>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        let states = look.rules.workflow.states();
        Ok(states.iter().map(|state| (state.key.clone(), state.label.clone())).collect())
    }
}
