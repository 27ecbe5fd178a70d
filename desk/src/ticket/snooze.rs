//! Putting a ticket off: it leaves one's own queue until a moment, or until its requester answers. It stays where it is for
//! everybody else, and its promises run on.

use domain::{Timestamp, identity::Capability, licence::Action};
use jiff::SignedDuration;
use serde_json::json;
use store::{
    snooze,
    ticket::{self, QueueRow},
};

use super::TicketRef;
use crate::{Act, Command, Look, Query, Refused, Result, Threshold};

/// The most that one person puts off at a time.
pub(super) const MOST: u32 = 100;
/// Longer is forgotten, not put off.
const LONGEST: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Put a ticket off for oneself.
#[derive(Debug, Clone, Copy)]
pub struct SnoozeTicket {
    /// The ticket.
    pub ticket: TicketRef,
    /// Until when.
    pub until: Timestamp,
}

impl Command for SnoozeTicket {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.work_on(self.ticket)?;
        Ok(Action::TicketSnooze)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let me = act.person().ok_or(Refused::NotFound("person"))?;
        let ticket = act.hold(self.ticket, None)?;
        let now = act.now();
        if self.until <= now || self.until.duration_since(now) > LONGEST {
            return Err(Refused::field("until", "choose a moment within the next 90 days"));
        }
        if !ticket.phase.is_open() {
            return Err(Refused::Rule(format!(
                "{} is in nobody's queue; there is nothing to put off",
                ticket.number
            )));
        }
        let others = snooze::of(act.tx, me, now, MOST)?;
        if others.len() >= MOST as usize && others.iter().all(|(other, _)| *other != ticket.id) {
            return Err(Refused::Rule(format!(
                "you have put off {MOST} tickets; take one of them up again first"
            )));
        }
        snooze::put(act.tx, me, ticket.id, self.until)?;
        act.detail = json!({ "number": ticket.number, "until": self.until });
        act.announce(format!("ticket:{}", ticket.id));
        act.announce("queue");
        Ok(())
    }
}

/// Take a ticket up again that one had put off.
#[derive(Debug, Clone, Copy)]
pub struct WakeTicket {
    /// The ticket.
    pub ticket: TicketRef,
}

impl Command for WakeTicket {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.work_on(self.ticket)?;
        Ok(Action::TicketSnooze)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let me = act.person().ok_or(Refused::NotFound("person"))?;
        let ticket = act.hold(self.ticket, None)?;
        snooze::wake(act.tx, me, ticket.id)?;
        act.detail = json!({ "number": ticket.number, "woken": true });
        act.announce(format!("ticket:{}", ticket.id));
        act.announce("queue");
        Ok(())
    }
}

/// What the caller has put off, the first to come back first.
#[derive(Debug, Clone, Copy)]
pub struct Snoozed;

impl Query for Snoozed {
    type Answer = Vec<(QueueRow, Timestamp)>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::TicketRead, "queue")?;
        let me = look.person().ok_or(Refused::NotFound("queue"))?;
        let off = snooze::of(look.tx, me, look.ctx.now, MOST)?;
        let ids: Vec<_> = off.iter().map(|(id, _)| *id).collect();
        let rows = ticket::queue_rows(look.tx, &ids)?;
        let until = |row: &QueueRow| off.iter().find(|(id, _)| *id == row.id).map(|(_, until)| *until);
        Ok(rows.into_iter().filter_map(|row| until(&row).map(|until| (row, until))).collect())
    }
}

/// Until when the caller has put a ticket off, if they have.
#[derive(Debug, Clone, Copy)]
pub struct SnoozeOf {
    /// The ticket.
    pub ticket: TicketRef,
}

impl Query for SnoozeOf {
    type Answer = Option<Timestamp>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::TicketRead, "ticket")?;
        let me = look.person().ok_or(Refused::NotFound("ticket"))?;
        let (ticket, _) = look.ticket(self.ticket)?;
        Ok(snooze::one(look.tx, me, ticket.id, look.ctx.now)?)
    }
}
