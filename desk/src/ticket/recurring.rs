//! Tickets that come back by the calendar. Writing one is raising tickets for other people, and takes the seat that this takes;
//! the desk then raises each when its moment comes, for as long as its author may work tickets.

use domain::{
    PersonId, RecurringTicketId, TicketId, Timestamp,
    identity::{Actor, Capability, Channel},
    licence::Action,
    ticket::{
        Assignment, Checklist, ChecklistItem, MOST_ITEMS, NewTicket, Recurring, RecurringName, Stopped,
        Template, Ticket, TicketNumber, UsedBy, tasks,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{checklist, kept, licence, person, recurring, recurring::Due, ticket};

use super::{
    kept::{Whose, changeable, keep, must_be_changeable, remove},
    raise::check_assignment,
    template::check_template,
};
use crate::{Act, Command, Context, Desk, Look, Query, Refused, Result, Threshold};

const WHAT: &str = "recurring ticket";

/// So many are shown, and so many there may be: the limit of what everybody uses.
const MOST: u32 = 500;

/// At most so many are raised at one look at the clock; the rest at the next.
const AT_ONCE: u32 = 100;

/// Which one was written, and when it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecurringWritten {
    /// Its id.
    pub id: RecurringTicketId,
    /// When it is raised next.
    pub next_at: Option<Timestamp>,
}

/// Writes a recurring ticket, or writes one anew. It begins from now on: what is past is not made up for.
#[derive(Debug, Clone)]
pub struct WriteRecurring {
    /// The one that is there; without it, a new one.
    pub id: Option<RecurringTicketId>,
    /// What it is found by.
    pub name: RecurringName,
    /// What comes back, and when.
    pub recurring: Recurring,
}

impl Command for WriteRecurring {
    type Outcome = RecurringWritten;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        if let Some(id) = self.id {
            must_be_changeable(at, id, WHAT)?;
        }
        Ok(Action::RecurringChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<RecurringWritten> {
        check_template(act, &self.recurring.template)?;
        if person::by_id(act.tx, self.recurring.requester)?.is_none_or(|person| !person.active) {
            return Err(Refused::field("requester", "there is no such active person; choose somebody else"));
        }
        let next_at = self.recurring.rule.next_after(act.now());
        if next_at.is_none() {
            return Err(Refused::field("from", "with this day it never comes; choose an earlier one"));
        }
        let id =
            keep(act, self.id, (self.name.into(), self.recurring, UsedBy::Everybody), (WHAT, Whose::Writer))?;
        let before = recurring::one(act.tx, id)?;
        // What somebody stopped goes on when somebody says so, not because a word of it was mended.
        let stopped =
            before.as_ref().and_then(|due| due.stopped).filter(|stopped| *stopped == Stopped::ByHand);
        let next_at = next_at.filter(|_| stopped.is_none());
        recurring::put(act.tx, &Due { id, next_at, stopped, last: before.and_then(|due| due.last) })?;
        Ok(RecurringWritten { id, next_at })
    }
}

/// Stops a recurring ticket, or lets it go on from now.
#[derive(Debug, Clone, Copy)]
pub struct StopRecurring {
    /// Which one.
    pub id: RecurringTicketId,
    /// Whether it shall be stopped.
    pub stop: bool,
}

impl Command for StopRecurring {
    type Outcome = RecurringWritten;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        must_be_changeable(at, self.id, WHAT)?;
        Ok(Action::RecurringChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<RecurringWritten> {
        let it = kept::by_id(act.tx, self.id)?.ok_or(Refused::NotFound(WHAT))?;
        let before = recurring::one(act.tx, self.id)?.ok_or(Refused::NotFound(WHAT))?;
        let next_at = if self.stop { None } else { it.content.rule.next_after(act.now()) };
        let stopped = self.stop.then_some(Stopped::ByHand);
        recurring::put(act.tx, &Due { next_at, stopped, ..before })?;
        act.detail =
            json!({ "recurring_ticket": self.id, "name": it.name, "stopped": stopped, "next_at": next_at });
        Ok(RecurringWritten { id: self.id, next_at })
    }
}

/// Removes a recurring ticket. The tickets that it was stay.
#[derive(Debug, Clone, Copy)]
pub struct DeleteRecurring {
    /// Which one.
    pub id: RecurringTicketId,
}

impl Command for DeleteRecurring {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        must_be_changeable(at, self.id, WHAT)?;
        Ok(Action::RecurringChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        recurring::delete(act.tx, self.id)?;
        remove(act, self.id, WHAT)
    }
}

/// A recurring ticket as technicians see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecurringView {
    /// Which one.
    pub id: RecurringTicketId,
    /// What it is found by.
    pub name: String,
    /// What comes back, and when.
    pub recurring: Recurring,
    /// When, as words.
    pub words: String,
    /// Whose ticket it is.
    pub requester_name: String,
    /// Who wrote it, and answers for it.
    pub author_name: String,
    /// When it is raised next; absent while it is stopped.
    pub next_at: Option<Timestamp>,
    /// The times after that: two.
    pub then: Vec<Timestamp>,
    /// Why it is not raised any more.
    pub stopped: Option<Stopped>,
    /// The last ticket that it was, and when that was raised.
    pub last: Option<(TicketNumber, Timestamp)>,
    /// Whether the caller may change it.
    pub changeable: bool,
}

/// All recurring tickets, by name.
#[derive(Debug, Clone, Copy)]
pub struct RecurringTickets;

impl Query for RecurringTickets {
    type Answer = Vec<RecurringView>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::TicketWork, WHAT)?;
        let all = kept::shared::<RecurringTicketId>(look.tx, MOST)?;
        let due = recurring::all(look.tx, MOST)?;
        let names = person::names(look.tx, all.iter().map(|it| it.content.requester))?;
        let last: Vec<TicketId> = due.iter().filter_map(|due| Some(due.last?.0)).collect();
        let last = ticket::queue_rows(look.tx, &last)?;
        let number = |id| last.iter().find(|row| row.id == id).map(|row| row.number);
        Ok(all
            .into_iter()
            .map(|it| {
                let due = due.iter().find(|due| due.id == it.id);
                let rule = &it.content.rule;
                let next_at = due.and_then(|due| due.next_at);
                let after = next_at.and_then(|next| rule.next_after(next));
                let third = after.and_then(|next| rule.next_after(next));
                RecurringView {
                    changeable: changeable(look, &it),
                    id: it.id,
                    words: rule.words(),
                    requester_name: names.get(&it.content.requester).cloned().unwrap_or_default(),
                    next_at,
                    then: after.into_iter().chain(third).collect(),
                    stopped: due.and_then(|due| due.stopped),
                    last: due.and_then(|due| due.last).and_then(|(id, at)| Some((number(id)?, at))),
                    name: it.name,
                    recurring: it.content,
                    author_name: it.author_name,
                }
            })
            .collect())
    }
}

/// What became of one whose moment had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recurred {
    /// A ticket was raised.
    Raised,
    /// None was, because the last one is still open.
    StillOpen,
    /// None will be any more: nobody answers for it, or something that it needs is gone.
    Stopped,
    /// Another process was first.
    Before,
}

impl Desk {
    /// The recurring tickets whose moment has come, at most a hundred. Waits on this thread.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub fn recurring_due(&self, now: Timestamp) -> Result<Vec<RecurringTicketId>> {
        Ok(self.database().read_now(move |tx| recurring::due(tx, now, AT_ONCE))?)
    }

    /// Raises one of them, by the program itself; any number of processes may try. After a pause it is raised once, however
    /// often it was missed. Waits on this thread.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub fn raise_recurring(&self, ctx: Context, id: RecurringTicketId) -> Result<Recurred> {
        match self.execute_now(ctx, RaiseRecurring { id }) {
            Err(Refused::Rule(sentence)) if sentence == RAISED_BEFORE => Ok(Recurred::Before),
            outcome => outcome,
        }
    }
}

/// Raises one whose moment has come. Only the program itself does this.
#[derive(Debug)]
struct RaiseRecurring {
    id: RecurringTicketId,
}

const RAISED_BEFORE: &str = "somebody else raised it first; there is nothing left to do";

impl Command for RaiseRecurring {
    type Outcome = Recurred;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        match at.ctx.principal.actor {
            Actor::System(_) => Ok(Action::RecurringRaise),
            Actor::Person(_) | Actor::External => Err(Refused::NotFound(WHAT)),
        }
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<Recurred> {
        let now = act.now();
        let due = recurring::one(act.tx, self.id)?.filter(|due| due.next_at.is_some_and(|next| next <= now));
        let Some(due) = due else { return Err(Refused::Rule(RAISED_BEFORE.to_owned())) };
        let it = kept::by_id(act.tx, self.id)?.ok_or(Refused::NotFound(WHAT))?;
        let next_at = it.content.rule.next_after(now);
        let mut told = json!({ "recurring_ticket": self.id, "name": it.name, "author": it.author, "was_due": due.next_at });
        if let Some(stopped) = cannot_go_on(act, it.author, &it.content)? {
            recurring::put(act.tx, &Due { next_at: None, stopped: Some(stopped), ..due })?;
            told["stopped"] = json!(stopped);
            act.detail = told;
            return Ok(Recurred::Stopped);
        }
        if it.content.unless_open
            && let Some((last, _)) = due.last
            && ticket::by_id(act.tx, last)?.is_some_and(|last| last.phase.is_open())
        {
            recurring::put(
                act.tx,
                &Due { next_at, stopped: next_at.is_none().then_some(Stopped::Over), ..due },
            )?;
            told["still_open"] = json!(last);
            act.detail = told;
            return Ok(Recurred::StillOpen);
        }
        let Recurring { template, requester, .. } = it.content;
        let raised = act.raise_from(template, requester)?;
        let last = Some((raised.id, now));
        recurring::put(
            act.tx,
            &Due { next_at, stopped: next_at.is_none().then_some(Stopped::Over), last, ..due },
        )?;
        act.target = raised.id.into();
        told["number"] = json!(raised.number);
        act.detail = told;
        Ok(Recurred::Raised)
    }
}

/// Why one is not raised any more, if so. Nobody acts through the desk who may not act themselves.
fn cannot_go_on(act: &mut Act<'_, '_>, author: PersonId, recurring: &Recurring) -> Result<Option<Stopped>> {
    let roles = person::active_roles(act.tx, author)?.unwrap_or_default();
    let works = roles.iter().flat_map(|role| role.capabilities()).any(|it| *it == Capability::TicketWork);
    if !works {
        return Ok(Some(Stopped::AuthorGone));
    }
    let now = act.now();
    let seats = licence::seats_of(act.tx, author, None)?;
    let seated = seats.iter().any(|(licence, seat)| licence.term.runs(now) && seat.held_at(now));
    let base = |licence: &domain::licence::Licence| licence.module.is_none() && licence.term.runs(now);
    if !seated && !licence::entitlements_of(act.tx, author)?.iter().any(base) {
        return Ok(Some(Stopped::AuthorUnlicensed));
    }
    if person::by_id(act.tx, recurring.requester)?.is_none_or(|person| !person.active) {
        return Ok(Some(Stopped::RequesterGone));
    }
    let Template { group, assignee, .. } = recurring.template;
    match check_assignment(act.tx, Assignment { group, assignee }) {
        Ok(()) => Ok(None),
        Err(Refused::Invalid(_)) => Ok(Some(Stopped::TargetGone)),
        Err(error) => Err(error),
    }
}

impl Act<'_, '_> {
    /// A ticket that nobody raised by hand.
    fn raise_from(&mut self, template: Template, requester: PersonId) -> Result<Ticket> {
        let new = NewTicket {
            kind: template.kind,
            subject: template.subject,
            description: template.description,
            requester,
            opened_by: None,
            channel: Channel::Timer,
            assignment: Assignment { group: template.group, assignee: template.assignee },
            impact: template.impact,
            urgency: template.urgency,
            category: template.category,
            external_reference: None,
        };
        let number = ticket::next_number(self.tx, new.kind)?;
        let id = self.new_id();
        let rules = self.rules()?;
        let (opened, facts) =
            Ticket::open(new, id, number.number, &rules.workflow, &rules.matrix, self.now());
        let saved = self.save_new(opened, &facts)?;
        self.list_tasks_of(&saved)?;
        Ok(saved)
    }

    /// The tasks that a ticket begins with are its checklist: nobody is there who would press for it.
    fn list_tasks_of(&mut self, ticket: &Ticket) -> Result<()> {
        let text = ticket.description.as_ref().map(ToString::to_string).unwrap_or_default();
        let items: Vec<_> = tasks(&text)
            .into_iter()
            .take(MOST_ITEMS)
            .map(|(words, _)| ChecklistItem { id: self.new_id(), words, ticked: None })
            .collect();
        if !items.is_empty() {
            let none = Checklist::new(Vec::new());
            let list = none.add(items)?;
            checklist::put(self.tx, ticket.id, &none, &list)?;
        }
        Ok(())
    }
}
