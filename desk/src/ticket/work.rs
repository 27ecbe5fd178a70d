//! Working a ticket: whose task it is, what it says, where it stands, who follows it.

use domain::{
    GroupId, PersonId,
    licence::Action,
    ticket::{Assignment, Change, Given, Markdown, ResolutionCode, StateKey},
};
use serde_json::json;
use store::{
    person,
    ticket::{self, EntryKind},
};

use super::{
    TicketOutcome, TicketRef,
    access::Relation,
    raise::check_assignment,
    save::{Comment, difference},
};
use crate::{Act, Command, Refused, Result, Threshold};

/// Give a ticket to a group, a person, both or nobody.
#[derive(Debug, Clone)]
pub struct AssignTicket {
    /// The ticket.
    pub ticket: TicketRef,
    /// The group; `None` leaves it as it is, `Some(None)` takes it away.
    pub group: Option<Option<GroupId>>,
    /// The person; `None` leaves them, `Some(None)` takes it from them.
    pub assignee: Option<Option<PersonId>>,
    /// The version that the caller looked at.
    pub if_version: Option<u64>,
}

impl Command for AssignTicket {
    type Outcome = TicketOutcome;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        let ticket = at.work_on(self.ticket)?;
        Ok(Action::TicketAssign.on(ticket.kind()))
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TicketOutcome> {
        let before = act.hold(self.ticket, self.if_version)?;
        let to = Assignment {
            group: self.group.unwrap_or(before.group),
            assignee: self.assignee.unwrap_or(before.assignee),
        };
        check_assignment(act.tx, to)?;
        let (after, facts) = before.assign(to, act.now())?;
        act.detail = difference(&before, &after);
        act.save(&before, after, &facts).map(Box::new)
    }
}

/// Change what a ticket says, how much it hurts, and whose task it is, in one act.
#[derive(Debug, Clone)]
pub struct ChangeTicket {
    /// The ticket.
    pub ticket: TicketRef,
    /// The new values.
    pub change: Change,
    /// The version that the caller looked at.
    pub if_version: Option<u64>,
}

impl Command for ChangeTicket {
    type Outcome = TicketOutcome;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        let ticket = at.work_on(self.ticket)?;
        Ok(Action::TicketUpdate.on(ticket.kind()))
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TicketOutcome> {
        let before = act.hold(self.ticket, self.if_version)?;
        let (after, facts) = before.change(self.change, &act.rules()?.matrix, act.now())?;
        act.detail = difference(&before, &after);
        act.save(&before, after, &facts).map(Box::new)
    }
}

/// Change what a ticket says, how much it hurts, and whose task it is, in one act.
#[derive(Debug, Clone)]
pub struct EditTicket {
    /// The ticket.
    pub ticket: TicketRef,
    /// The new values.
    pub change: Change,
    /// The group; `None` leaves it as it is, `Some(None)` takes it away.
    pub group: Option<Option<GroupId>>,
    /// The person; `None` leaves them, `Some(None)` takes it from them.
    pub assignee: Option<Option<PersonId>>,
    /// The version that the caller looked at.
    pub if_version: Option<u64>,
}

impl Command for EditTicket {
    type Outcome = TicketOutcome;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        let ticket = at.work_on(self.ticket)?;
        Ok(Action::TicketUpdate.on(ticket.kind()))
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TicketOutcome> {
        let before = act.hold(self.ticket, self.if_version)?;
        let to = Assignment {
            group: self.group.unwrap_or(before.group),
            assignee: self.assignee.unwrap_or(before.assignee),
        };
        if to != before.assignment() {
            check_assignment(act.tx, to)?;
        }
        let (changed, mut facts) = before.change(self.change, &act.rules()?.matrix, act.now())?;
        let (after, more) = changed.assign(to, act.now())?;
        facts.extend(more);
        act.detail = difference(&before, &after);
        act.save(&before, after, &facts).map(Box::new)
    }
}

/// Take a step of the workflow.
#[derive(Debug, Clone)]
pub struct TransitionTicket {
    /// The ticket.
    pub ticket: TicketRef,
    /// The state to go to.
    pub to: StateKey,
    /// How it was resolved, where the step asks for it.
    pub resolution_code: Option<ResolutionCode>,
    /// A work note that goes with the step.
    pub note: Option<Markdown>,
    /// The version that the caller looked at.
    pub if_version: Option<u64>,
}

impl Command for TransitionTicket {
    type Outcome = TicketOutcome;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        let ticket = at.work_on(self.ticket)?;
        Ok(Action::TicketTransition.on(ticket.kind()))
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TicketOutcome> {
        let before = act.hold(self.ticket, self.if_version)?;
        let given = Given { resolution_code: self.resolution_code, comment: self.note.is_some() };
        let (after, facts) = before.transition(&self.to, given, &act.rules()?.workflow, act.now())?;
        act.detail = difference(&before, &after);
        let comment = self.note.as_ref().map(|body| Comment { kind: EntryKind::Note, body });
        act.save_with(&before, after, &facts, comment).map(Box::new)
    }
}

/// Let another person follow a ticket.
#[derive(Debug, Clone)]
pub struct AddWatcher {
    /// The ticket.
    pub ticket: TicketRef,
    /// Who shall follow it.
    pub person: PersonId,
}

impl Command for AddWatcher {
    type Outcome = TicketOutcome;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.work_on(self.ticket)?;
        Ok(Action::TicketWatch)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TicketOutcome> {
        watch(act, self.ticket, self.person)
    }
}

/// End that another person follows a ticket.
#[derive(Debug, Clone)]
pub struct RemoveWatcher {
    /// The ticket.
    pub ticket: TicketRef,
    /// Who shall no longer follow it.
    pub person: PersonId,
}

impl Command for RemoveWatcher {
    type Outcome = TicketOutcome;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.work_on(self.ticket)?;
        Ok(Action::TicketWatch)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TicketOutcome> {
        unwatch(act, self.ticket, self.person)
    }
}

/// Follow a ticket that one may see.
#[derive(Debug, Clone)]
pub struct Follow {
    /// The ticket.
    pub ticket: TicketRef,
}

impl Command for Follow {
    type Outcome = TicketOutcome;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        let (_, relation) = at.ticket(self.ticket)?;
        if relation == Relation::Manager {
            return Err(Refused::Rule(
                "you read this ticket for as long as you lead its requester; to follow it, be added by a technician"
                    .to_owned(),
            ));
        }
        Ok(Action::TicketFollow)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TicketOutcome> {
        let person = act.person().ok_or(Refused::NotFound("person"))?;
        watch(act, self.ticket, person)
    }
}

/// Stop following a ticket.
#[derive(Debug, Clone)]
pub struct Unfollow {
    /// The ticket.
    pub ticket: TicketRef,
}

impl Command for Unfollow {
    type Outcome = TicketOutcome;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.ticket(self.ticket)?;
        Ok(Action::TicketFollow)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TicketOutcome> {
        let person = act.person().ok_or(Refused::NotFound("person"))?;
        unwatch(act, self.ticket, person)
    }
}

fn watch(act: &mut Act<'_, '_>, reference: TicketRef, person: PersonId) -> Result<TicketOutcome> {
    if person::by_id(act.tx, person)?.is_none() {
        return Err(Refused::field("person", "there is no such person; choose somebody else"));
    }
    let before = act.hold(reference, None)?;
    let (after, facts) = before.watch(person, act.now())?;
    if !ticket::watch(act.tx, before.id, person)? {
        return Ok(Box::new(before));
    }
    act.detail = json!({ "number": before.number, "watcher": person });
    act.save(&before, after, &facts).map(Box::new)
}

fn unwatch(act: &mut Act<'_, '_>, reference: TicketRef, person: PersonId) -> Result<TicketOutcome> {
    let before = act.hold(reference, None)?;
    let (after, facts) = before.unwatch(person, act.now());
    if !ticket::unwatch(act.tx, before.id, person)? {
        return Ok(Box::new(before));
    }
    act.detail = json!({ "number": before.number, "watcher_removed": person });
    act.save(&before, after, &facts).map(Box::new)
}
