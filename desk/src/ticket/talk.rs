//! Talking on a ticket: replies, notes, and the requester's own verbs.

use domain::{
    licence::Action,
    ticket::{Given, Kind, Markdown, ResolutionCode, StateKey, Ticket},
};
use serde_json::json;
use store::{outage, snooze, ticket::EntryKind};

use super::{TicketOutcome, TicketRef, save::Comment};
use crate::{Act, Command, Refused, Result, Threshold};

/// Reply on a ticket: what its requester reads.
#[derive(Debug, Clone)]
pub struct AddReply {
    /// The ticket.
    pub ticket: TicketRef,
    /// What to say.
    pub body: Markdown,
    /// A step of the workflow to take with it ("send and solve"). Only a technician takes steps.
    pub then: Option<StateKey>,
    /// How it was resolved, where the step asks for it.
    pub resolution_code: Option<ResolutionCode>,
    /// The version that the caller looked at.
    pub if_version: Option<u64>,
}

impl Command for AddReply {
    type Outcome = TicketOutcome;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        let (ticket, relation) = at.ticket(self.ticket)?;
        let own = at.is_own(&ticket) && self.then.is_none();
        if relation.only_reads() {
            return Err(Refused::Rule(
                "you read this ticket but it is not yours; ask its requester, or raise your own".to_owned(),
            ));
        }
        Ok(match &self.then {
            Some(_) if ticket.kind() == Kind::Problem => Action::ProblemTransition,
            _ if own => Action::TicketReplyOwn.on(ticket.kind()),
            _ => Action::TicketReply,
        })
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TicketOutcome> {
        let before = act.hold(self.ticket, self.if_version)?;
        let (mut after, mut facts) = if act.action == Action::TicketReplyOwn {
            before.requester_reply(&act.rules()?.workflow, act.now())?
        } else {
            before.reply(act.now())?
        };
        if let Some(state) = &self.then {
            let given = Given { resolution_code: self.resolution_code, comment: true };
            let (moved, more) = after.transition(state, given, &act.rules()?.workflow, act.now())?;
            facts.extend(more);
            after = moved;
        }
        act.detail = json!({ "number": before.number, "reply": self.body, "then": self.then });
        let comment = Comment { kind: EntryKind::Reply, body: &self.body };
        if act.action == Action::TicketReplyOwn {
            // Whoever has put it off hears of the answer.
            snooze::wake_all(act.tx, before.id)?;
        } else {
            act.draft_sent(before.id)?;
        }
        act.save_with(&before, after, &facts, Some(comment)).map(Box::new)
    }
}

/// Write a work note: what only technicians read.
#[derive(Debug, Clone)]
pub struct AddNote {
    /// The ticket.
    pub ticket: TicketRef,
    /// What to note.
    pub body: Markdown,
    /// The version that the caller looked at.
    pub if_version: Option<u64>,
}

impl Command for AddNote {
    type Outcome = TicketOutcome;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.work_on(self.ticket)?;
        Ok(Action::TicketNote)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TicketOutcome> {
        let before = act.hold(self.ticket, self.if_version)?;
        let (after, facts) = before.note(act.now())?;
        act.detail = json!({ "number": before.number, "note": self.body });
        let comment = Comment { kind: EntryKind::Note, body: &self.body };
        act.draft_sent(before.id)?;
        act.save_with(&before, after, &facts, Some(comment)).map(Box::new)
    }
}

/// Withdraw one's own ticket.
#[derive(Debug, Clone)]
pub struct WithdrawTicket {
    /// The ticket.
    pub ticket: TicketRef,
}

impl Command for WithdrawTicket {
    type Outcome = TicketOutcome;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        let ticket =
            own(at, self.ticket, "only its requester withdraws a ticket; move it to Cancelled instead")?;
        Ok(Action::TicketWithdrawOwn.on(ticket.kind()))
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TicketOutcome> {
        let before = act.hold(self.ticket, None)?;
        if let Some(outage) = outage::going_of(act.tx, before.id)? {
            return Err(Refused::Rule(format!(
                "everybody was told of this as the outage “{}”, so it is worked on for others too; you need do no more, \
                 and are told when it is over",
                outage.title
            )));
        }
        let (after, facts) = before.withdraw(&act.rules()?.workflow, act.now())?;
        act.detail = json!({ "number": before.number });
        act.save(&before, after, &facts).map(Box::new)
    }
}

/// Reopen one's own ticket, with what is still wrong.
#[derive(Debug, Clone)]
pub struct ReopenTicket {
    /// The ticket.
    pub ticket: TicketRef,
    /// What is still wrong.
    pub because: Option<Markdown>,
}

impl Command for ReopenTicket {
    type Outcome = TicketOutcome;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        let ticket =
            own(at, self.ticket, "only its requester reopens a ticket here; move it to In progress instead")?;
        Ok(Action::TicketReopenOwn.on(ticket.kind()))
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TicketOutcome> {
        let before = act.hold(self.ticket, None)?;
        let (after, facts) = before.reopen(&act.rules()?.workflow, act.now())?;
        act.detail = json!({ "number": before.number, "because": self.because });
        let comment = self.because.as_ref().map(|body| Comment { kind: EntryKind::Reply, body });
        act.save_with(&before, after, &facts, comment).map(Box::new)
    }
}

fn own(at: &mut Threshold<'_, '_>, reference: TicketRef, otherwise: &str) -> Result<Ticket> {
    let (ticket, _) = at.ticket(reference)?;
    if at.is_own(&ticket) { Ok(ticket) } else { Err(Refused::Rule(otherwise.to_owned())) }
}
