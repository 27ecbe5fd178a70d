//! Who may see a ticket, and how a ticket is named.

use std::{fmt, str::FromStr};

use domain::{
    PersonId, TicketId,
    identity::{Capabilities, Capability},
    ticket::{Kind, Ticket, TicketNumber},
};
use store::{ReadTx, licence, manager, ticket};

use crate::{Act, Look, Refused, Result, Threshold};

/// A ticket by its id or its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TicketRef {
    /// Its id.
    Id(TicketId),
    /// Its number: `INC-1042`.
    Number(TicketNumber),
}

impl From<TicketId> for TicketRef {
    fn from(id: TicketId) -> Self {
        Self::Id(id)
    }
}

impl From<TicketNumber> for TicketRef {
    fn from(number: TicketNumber) -> Self {
        Self::Number(number)
    }
}

impl FromStr for TicketRef {
    type Err = Refused;

    /// Text that names no ticket is treated like a ticket that does not exist.
    fn from_str(text: &str) -> Result<Self> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        text.parse().map(Self::Number).map_err(|_| Refused::NotFound("ticket"))
    }
}

impl fmt::Display for TicketRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Number(number) => number.fmt(f),
        }
    }
}

/// How somebody stands to a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    /// It is theirs.
    Requester,
    /// They read every ticket.
    Agent,
    /// They follow it.
    Watcher,
    /// They lead its requester.
    Manager,
}

impl Relation {
    /// Whether they read work notes and who works on it.
    pub(crate) const fn sees_everything(self) -> bool {
        matches!(self, Self::Agent)
    }

    /// Whether they read along and do nothing else to it.
    pub(crate) const fn only_reads(self) -> bool {
        matches!(self, Self::Watcher | Self::Manager)
    }
}

pub(super) fn relation(
    tx: &mut ReadTx<'_>,
    capabilities: Capabilities,
    person: Option<PersonId>,
    ticket: &Ticket,
) -> Result<Option<Relation>> {
    if capabilities.has(Capability::TicketRead) {
        return Ok(Some(Relation::Agent));
    }
    let Some(person) = person else { return Ok(None) };
    if !capabilities.has(Capability::PortalUse) {
        return Ok(None);
    }
    if ticket.requester == person {
        return Ok(Some(Relation::Requester));
    }
    if ticket::watches(tx, ticket.id, person)? {
        return Ok(Some(Relation::Watcher));
    }
    let leads = manager::of(tx, ticket.requester)? == Some(person) && ticket.kind() != Kind::Problem;
    Ok(leads.then_some(Relation::Manager))
}

/// The ticket, if there is one, whoever asks.
pub(crate) fn find(tx: &mut ReadTx<'_>, reference: TicketRef) -> Result<Option<Ticket>> {
    let id = match reference {
        TicketRef::Id(id) => Some(id),
        TicketRef::Number(number) => ticket::id_by_number(tx, number)?,
    };
    Ok(id.map(|id| ticket::by_id(tx, id)).transpose()?.flatten())
}

impl Threshold<'_, '_> {
    /// The ticket that the act is about, if its actor may see it. Whether it is *theirs* decides which action it is.
    pub(crate) fn ticket(&mut self, reference: TicketRef) -> Result<(Ticket, Relation)> {
        let person = self.person();
        if let Some(person) = person.filter(|_| self.may(Capability::TicketRead)) {
            // What technicians do is decided by their seats and tokens.
            self.tx.ask_ahead(|| {
                let ticket = match reference {
                    TicketRef::Id(id) => ticket::question(id),
                    TicketRef::Number(number) => ticket::number_question(number),
                };
                let [seats, pools, leases] = licence::standing_questions(person, None);
                [ticket, seats, pools, leases]
            })?;
        }
        let found = find(self.tx, reference)?.ok_or(Refused::NotFound("ticket"))?;
        let relation =
            relation(self.tx, self.capabilities, person, &found)?.ok_or(Refused::NotFound("ticket"))?;
        self.aim(found.id);
        self.ticket = Some(found.id);
        Ok((found, relation))
    }

    /// The ticket, for an act that only its technicians do.
    pub(crate) fn work_on(&mut self, reference: TicketRef) -> Result<Ticket> {
        self.ticket(reference).map(|(ticket, _)| ticket)
    }

    /// Whether the ticket is the actor's own.
    pub(crate) fn is_own(&self, ticket: &Ticket) -> bool {
        self.person() == Some(ticket.requester)
    }
}

impl Look<'_, '_> {
    /// The ticket, if the caller may see it.
    pub(crate) fn ticket(&mut self, reference: TicketRef) -> Result<(Ticket, Relation)> {
        let person = self.person();
        if let Some(person) = person.filter(|_| self.may(Capability::TicketRead)) {
            // What technicians do is decided by their seats and tokens.
            self.tx.ask_ahead(|| {
                let ticket = match reference {
                    TicketRef::Id(id) => ticket::question(id),
                    TicketRef::Number(number) => ticket::number_question(number),
                };
                let [seats, pools, leases] = licence::standing_questions(person, None);
                [ticket, seats, pools, leases]
            })?;
        }
        let found = find(self.tx, reference)?.ok_or(Refused::NotFound("ticket"))?;
        let relation =
            relation(self.tx, self.capabilities, person, &found)?.ok_or(Refused::NotFound("ticket"))?;
        Ok((found, relation))
    }
}

impl Act<'_, '_> {
    /// The ticket, held against other writers, and at the version that the caller looked at, if they said one.
    pub(crate) fn hold(&mut self, reference: TicketRef, if_version: Option<u64>) -> Result<Ticket> {
        let id = match reference {
            TicketRef::Id(id) => id,
            TicketRef::Number(number) => {
                ticket::id_by_number(self.tx, number)?.ok_or(Refused::NotFound("ticket"))?
            }
        };
        let held = ticket::lock(self.tx, id)?.ok_or(Refused::NotFound("ticket"))?;
        match if_version {
            Some(version) if version != held.version => Err(Refused::Stale { current: held.version }),
            _ => Ok(held),
        }
    }

    /// Two tickets, held in the order of their ids, so that two acts never wait for each other.
    pub(crate) fn hold_two(
        &mut self,
        first: (TicketRef, Option<u64>),
        second: TicketRef,
    ) -> Result<(Ticket, Ticket)> {
        let one = find(self.tx, first.0)?.ok_or(Refused::NotFound("ticket"))?.id;
        let other = find(self.tx, second)?.ok_or(Refused::NotFound("ticket"))?.id;
        if other < one {
            let other = self.hold(other.into(), None)?;
            return Ok((self.hold(one.into(), first.1)?, other));
        }
        let one = self.hold(one.into(), first.1)?;
        Ok((one, self.hold(other.into(), None)?))
    }
}
