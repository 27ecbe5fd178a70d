//! Tickets and other tickets: links, merges, and the way back from a merge.

use domain::{
    licence::Action,
    ticket::{LinkKind, MergeReason},
};
use serde_json::json;
use store::ticket;

use super::{TicketOutcome, TicketRef};
use crate::{Act, Command, Refused, Result, Threshold};

/// Link two tickets.
#[derive(Debug, Clone)]
pub struct LinkTickets {
    /// The ticket that the link reads from.
    pub from: TicketRef,
    /// The ticket that it reads to.
    pub to: TicketRef,
    /// How the first stands to the second.
    pub kind: LinkKind,
}

impl Command for LinkTickets {
    type Outcome = TicketOutcome;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.work_on(self.to)?;
        at.work_on(self.from)?;
        Ok(Action::TicketLink)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TicketOutcome> {
        let (from, to) = act.hold_two((self.from, None), self.to)?;
        let (here, there) = from.link(self.kind, &to, act.now())?;
        if !ticket::link(act.tx, from.id, to.id, self.kind, act.now())? {
            return Ok(Box::new(from));
        }
        act.detail = json!({ "from": from.number, "kind": self.kind, "to": to.number });
        act.save(&to, there.0, &there.1)?;
        act.save(&from, here.0, &here.1).map(Box::new)
    }
}

/// Remove a link.
#[derive(Debug, Clone)]
pub struct UnlinkTickets {
    /// The ticket that the link reads from.
    pub from: TicketRef,
    /// The ticket that it reads to.
    pub to: TicketRef,
    /// How the first stands to the second.
    pub kind: LinkKind,
}

impl Command for UnlinkTickets {
    type Outcome = TicketOutcome;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.work_on(self.to)?;
        at.work_on(self.from)?;
        Ok(Action::TicketLink)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TicketOutcome> {
        let (from, to) = act.hold_two((self.from, None), self.to)?;
        if !ticket::unlink(act.tx, from.id, to.id, self.kind)? {
            return Err(Refused::NotFound("link"));
        }
        let (here, there) = from.unlink(self.kind, &to, act.now());
        act.detail = json!({ "from": from.number, "kind": self.kind, "to": to.number, "removed": true });
        act.save(&to, there.0, &there.1)?;
        act.save(&from, here.0, &here.1).map(Box::new)
    }
}

/// Merge a ticket into another that goes on for both.
#[derive(Debug, Clone)]
pub struct MergeTicket {
    /// The ticket that ends.
    pub ticket: TicketRef,
    /// The ticket that goes on.
    pub into: TicketRef,
    /// Why.
    pub reason: Option<MergeReason>,
    /// The version of the first that the caller looked at.
    pub if_version: Option<u64>,
}

impl Command for MergeTicket {
    type Outcome = TicketOutcome;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.work_on(self.into)?;
        let ticket = at.work_on(self.ticket)?;
        Ok(Action::TicketMerge.on(ticket.kind()))
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TicketOutcome> {
        let (ticket, into) = act.hold_two((self.ticket, self.if_version), self.into)?;
        let (here, there) = ticket.merge_into(&into, self.reason, &act.rules()?.workflow, act.now())?;
        // The requester of a duplicate follows the ticket that goes on, and the duplicate stays findable from it.
        ticket::link(act.tx, ticket.id, into.id, LinkKind::Duplicates, act.now())?;
        if ticket.requester != into.requester {
            ticket::watch(act.tx, into.id, ticket.requester)?;
        }
        act.detail = json!({ "ticket": ticket.number, "into": into.number });
        act.carry_outage(&ticket, &into)?;
        act.save(&into, there.0, &there.1)?;
        act.save(&ticket, here.0, &here.1).map(Box::new)
    }
}

/// Undo a merge: the ticket goes on by itself, in the state it was in.
#[derive(Debug, Clone)]
pub struct UnmergeTicket {
    /// The ticket that had ended.
    pub ticket: TicketRef,
}

impl Command for UnmergeTicket {
    type Outcome = TicketOutcome;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        let ticket = at.work_on(self.ticket)?;
        Ok(Action::TicketUnmerge.on(ticket.kind()))
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TicketOutcome> {
        let looked = super::access::find(act.tx, self.ticket)?.ok_or(Refused::NotFound("ticket"))?;
        let Some(into) = looked.merged_into() else {
            let error = domain::ticket::TicketError::NotMerged { number: looked.number };
            return Err(error.into());
        };
        let (ticket, into) = act.hold_two((self.ticket, None), into.into())?;
        let (here, there) = ticket.unmerge(&into, &act.rules()?.workflow, act.now())?;
        ticket::unlink(act.tx, ticket.id, into.id, LinkKind::Duplicates)?;
        if ticket.requester != into.requester {
            ticket::unwatch(act.tx, into.id, ticket.requester)?;
        }
        act.detail = json!({ "ticket": ticket.number, "out_of": into.number });
        act.save(&into, there.0, &there.1)?;
        let after = act.save(&ticket, here.0, &here.1)?;
        act.bring_outage_back(&after, &into)?;
        act.go_on_unasked(&after).map(Box::new)
    }
}
