//! Writing down what a ticket has become: the row, its periods, its timeline, its counts, and who should look again.

use domain::{
    CommentId,
    sla::Status,
    ticket::{Fact, Kind, Markdown, StateKey, Ticket},
};
use jiff::Timestamp;
use serde::Serialize;
use store::{
    figures, search,
    ticket::{self, Entry, EntryKind},
};

use crate::{Act, Result, ticket::Byline};

/// A comment that goes with a change.
pub(crate) struct Comment<'a> {
    pub(crate) kind: EntryKind,
    pub(crate) body: &'a Markdown,
}

impl Act<'_, '_> {
    /// Writes a new ticket with the facts of its opening.
    pub(crate) fn save_new(&mut self, mut ticket: Ticket, facts: &[Fact]) -> Result<Ticket> {
        let history = [(ticket.created_at, ticket.state.clone())];
        ticket.due_at = self.rules()?.clocks(&ticket, &history).due_at();
        ticket::insert(self.tx, &ticket)?;
        ticket::begin_period(self.tx, ticket.id, ticket.created_at, &ticket.state)?;
        search::add_ticket(self.tx, &ticket)?;
        self.write_facts(&ticket, facts, ticket.created_at)?;
        ticket::count(self.tx, None, &ticket)?;
        self.announce_ticket(&ticket);
        Ok(ticket)
    }

    /// Writes what a ticket has become. A verb that changed nothing writes nothing.
    pub(crate) fn save(&mut self, before: &Ticket, after: Ticket, facts: &[Fact]) -> Result<Ticket> {
        self.save_with(before, after, facts, None)
    }

    /// The same, with a comment before the facts.
    pub(crate) fn save_with(
        &mut self,
        before: &Ticket,
        mut after: Ticket,
        facts: &[Fact],
        comment: Option<Comment<'_>>,
    ) -> Result<Ticket> {
        if after.version == before.version {
            return Ok(after);
        }
        let now = after.updated_at;
        if after.state != before.state {
            ticket::begin_period(self.tx, after.id, now, &after.state)?;
        }
        if clocks_may_differ(before, &after) {
            let history = ticket::periods(self.tx, after.id)?;
            after.due_at = self.rules()?.clocks(&after, &history).due_at();
            if after.resolved_at != before.resolved_at {
                note_promise(self, &after, &history)?;
            }
        }
        ticket::update(self.tx, before, &after)?;
        let over = before.phase.is_open() && !after.phase.is_open();
        let answered = comment.as_ref().is_some_and(|comment| comment.kind == EntryKind::Reply);
        self.push_to_requester(before, &after, answered)?;
        if let Some(comment) = comment {
            let id = self.write_comment(&after, &comment, now)?;
            self.tell_named(&after, id, &comment, now)?;
        }
        self.write_facts(&after, facts, now)?;
        if over {
            self.end_approval_of(&after)?;
        }
        if over && after.kind() == Kind::Incident {
            self.end_outage_of(&after)?;
        }
        ticket::count(self.tx, Some(before), &after)?;
        self.announce_ticket(&after);
        Ok(after)
    }

    pub(crate) fn write_comment(
        &mut self,
        ticket: &Ticket,
        comment: &Comment<'_>,
        at: Timestamp,
    ) -> Result<CommentId> {
        let byline = self.byline()?;
        let public = comment.kind == EntryKind::Reply;
        let id = self.write_entry(ticket, comment.kind, at, &byline, comment.body.as_str(), public)?;
        search::add(self.tx, ticket.id, ticket.requester, public, comment.body.as_str())?;
        Ok(id)
    }

    pub(crate) fn write_facts(&mut self, ticket: &Ticket, facts: &[Fact], at: Timestamp) -> Result<()> {
        if facts.is_empty() {
            return Ok(());
        }
        let byline = self.byline()?;
        for fact in facts {
            let body = serde_json::to_string(fact)
                .map_err(|error| store::StoreError::Engine(format!("a fact cannot be written: {error}")))?;
            self.write_entry(ticket, EntryKind::Fact, at, &byline, &body, is_public(fact))?;
        }
        Ok(())
    }

    fn write_entry(
        &mut self,
        ticket: &Ticket,
        kind: EntryKind,
        at: Timestamp,
        byline: &Byline,
        body: &str,
        public: bool,
    ) -> Result<CommentId> {
        let id = self.new_id();
        let byline = serde_json::to_string(byline)
            .map_err(|error| store::StoreError::Engine(format!("a byline cannot be written: {error}")))?;
        let person = self.person();
        let entry = Entry { id, at, kind, person, person_name: None, byline, body: body.to_owned(), public };
        ticket::add_entry(self.tx, ticket.id, &entry)?;
        Ok(id)
    }

    pub(crate) fn announce_ticket(&mut self, ticket: &Ticket) {
        self.announce(format!("ticket:{}", ticket.id));
        self.announce(format!("mine:{}", ticket.requester));
        self.announce("queue");
    }
}

/// Notes whether the promise of a ticket was kept when it was solved, or that it is not solved any more.
pub(super) fn note_promise(
    act: &mut Act<'_, '_>,
    ticket: &Ticket,
    history: &[(Timestamp, StateKey)],
) -> Result<()> {
    let Some(at) = ticket.resolved_at else { return Ok(figures::no_promise(act.tx, ticket.id)?) };
    let clock = act.rules()?.clocks(ticket, history).resolution.map(|clock| clock.read(at).status);
    match clock {
        Some(Status::Met { .. }) => figures::promise(act.tx, ticket.id, at, true)?,
        Some(Status::Breached { .. }) => figures::promise(act.tx, ticket.id, at, false)?,
        // Nothing was promised, or what counts as solved here does not stop the clock.
        Some(Status::Running | Status::Paused) | None => figures::no_promise(act.tx, ticket.id)?,
    }
    Ok(())
}

/// A due time follows from these alone.
fn clocks_may_differ(before: &Ticket, after: &Ticket) -> bool {
    before.state != after.state
        || before.priority != after.priority
        || before.first_response_at != after.first_response_at
}

/// What a requester reads in the timeline of their own ticket: where it stands, not who shuffled it around.
fn is_public(fact: &Fact) -> bool {
    fact.state_change().is_some()
}

/// The field's name in the detail of an audit record: before and after, where they differ.
pub(crate) fn difference(before: &Ticket, after: &Ticket) -> serde_json::Value {
    difference_of(before, after)
}

/// The same of anything that is written as an object.
pub(crate) fn difference_of(before: &impl Serialize, after: &impl Serialize) -> serde_json::Value {
    let (Ok(serde_json::Value::Object(before)), Ok(serde_json::Value::Object(after))) =
        (serde_json::to_value(before), serde_json::to_value(after))
    else {
        return serde_json::Value::Null;
    };
    let mut changed = serde_json::Map::new();
    for (field, now) in after {
        let then = before.get(&field).cloned().unwrap_or_default();
        if then != now && !matches!(field.as_str(), "updated_at" | "version") {
            changed.insert(field, serde_json::json!({ "before": then, "after": now }));
        }
    }
    serde_json::Value::Object(changed)
}
