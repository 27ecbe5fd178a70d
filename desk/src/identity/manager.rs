//! Who leads whom: whoever leads somebody sees where that person's tickets stand.

use domain::{PersonId, identity::Capability, licence::Action, ticket::Kind};
use serde_json::json;
use store::{
    manager,
    person::{self, Person},
};

use crate::{Act, Command, Look, Query, Refused, Result, Threshold, ticket::TicketRef};

/// No organisation is deeper; a longer line goes in a circle.
const DEEPEST: usize = 64;

/// Says who leads a person.
#[derive(Debug, Clone, Copy)]
pub struct SetManager {
    /// Whom.
    pub person: PersonId,
    /// Who leads them; nobody, if `None`.
    pub manager: Option<PersonId>,
}

impl Command for SetManager {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.aim(self.person);
        Ok(Action::PersonChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let person = person::lock(act.tx, self.person)?.ok_or(Refused::NotFound("person"))?;
        let before = manager::of(act.tx, self.person)?;
        if let Some(leads) = self.manager {
            let leads = person::by_id(act.tx, leads)?.filter(|leads| leads.active);
            let Some(leads) = leads else {
                return Err(Refused::field(
                    "manager",
                    "there is no such person; choose somebody who works here",
                ));
            };
            if leads.id == self.person {
                return Err(Refused::field("manager", "nobody leads themselves; leave it empty"));
            }
            // Who is led by somebody, directly or not, does not lead them.
            let mut above = Some(leads.id);
            for _ in 0..DEEPEST {
                let Some(at) = above else { break };
                if at == self.person {
                    let words =
                        format!("{} is led by {} already; nobody leads in a circle", leads.name, person.name);
                    return Err(Refused::field("manager", words));
                }
                above = manager::of(act.tx, at)?;
            }
        }
        manager::set(act.tx, self.person, self.manager)?;
        act.detail = json!({ "manager": { "before": before, "after": self.manager } });
        Ok(())
    }
}

/// Who leads a person: for themselves, and for who works here.
#[derive(Debug, Clone, Copy)]
pub struct ManagerOf {
    /// Whom.
    pub person: PersonId,
}

impl Query for ManagerOf {
    type Answer = Option<Person>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        if look.person() != Some(self.person) {
            super::people::may_look(look, "person")?;
        }
        person::by_id(look.tx, self.person)?.ok_or(Refused::NotFound("person"))?;
        let leads = manager::of(look.tx, self.person)?;
        Ok(leads.map(|leads| person::by_id(look.tx, leads)).transpose()?.flatten())
    }
}

/// Who leads the requester of a ticket and so reads it too, by name: for its requester and for technicians.
#[derive(Debug, Clone, Copy)]
pub struct ReadsAlong {
    /// The ticket.
    pub ticket: TicketRef,
}

impl Query for ReadsAlong {
    type Answer = Option<String>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        let (ticket, relation) = look.ticket(self.ticket)?;
        if relation.only_reads() || ticket.kind() == Kind::Problem {
            return Ok(None);
        }
        let leads = manager::of(look.tx, ticket.requester)?;
        let leads = leads.map(|leads| person::by_id(look.tx, leads)).transpose()?.flatten();
        Ok(leads.filter(|leads| leads.active).map(|leads| leads.name))
    }
}

/// Whether the caller leads anybody.
#[derive(Debug, Clone, Copy)]
pub struct LeadsAnybody;

impl Query for LeadsAnybody {
    type Answer = bool;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<bool> {
        look.require(Capability::PortalUse, "person")?;
        let me = look.person().ok_or(Refused::NotFound("person"))?;
        Ok(manager::leads(look.tx, me)? > 0)
    }
}
