//! What is being written on a ticket, before it is said: drafts that outlive the browser and the server, and who else is
//! there.
//!
//! **Neither is an act.** A draft changes nothing that anybody relies on, takes no seat and is written past the door, as a
//! heartbeat is: an audit record for every pause in somebody's typing would bury those that count. What is *sent* goes
//! through the door, and the draft ends in that transaction.

use std::collections::BTreeSet;

use domain::{
    PersonId, TicketId, Timestamp,
    identity::{Account, Capability},
    ticket::{Doing, Markdown, PRESENCE_TTL},
};
use serde::Serialize;
use store::{StoreError, WriteTx, mention, writing};
use tokio::sync::oneshot;

use super::{TicketRef, access::find, mention::seen};
use crate::{Act, Context, Desk, Look, Query, Refused, Result, door::capabilities};

/// The longest name of a form.
const FORM: usize = 100;

/// What somebody typed so far.
#[derive(Debug, Clone)]
pub struct DraftText {
    /// The form it stands in, by its idempotency key: once that form is sent, it keeps nothing more.
    pub form: String,
    /// Whether it is to be a work note.
    pub note: bool,
    /// The text; empty ends the draft.
    pub text: String,
}

/// Somebody's text on a ticket, not sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DraftView {
    /// Who writes it.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Whether it is to be a work note.
    pub note: bool,
    /// The text.
    pub text: String,
    /// When it was typed last.
    pub updated_at: Timestamp,
}

/// Somebody at a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PresentView {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// What they do there.
    pub doing: Doing,
}

/// What is going on at a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct WritingView {
    /// The reader's own draft; without text if it was sent or removed, so that an older copy elsewhere gives way.
    pub own: Option<DraftView>,
    /// What others have written and not sent, the newest first.
    pub drafts: Vec<DraftView>,
    /// Who else is there, by name.
    pub others: Vec<PresentView>,
}

/// What is being written on a ticket, and by whom. For technicians: a requester is not told who writes, or what.
#[derive(Debug, Clone, Copy)]
pub struct Writing {
    /// The ticket.
    pub ticket: TicketRef,
}

impl Query for Writing {
    type Answer = WritingView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<WritingView> {
        look.require(Capability::TicketRead, "ticket")?;
        let ticket = find(look.tx, self.ticket)?.ok_or(Refused::NotFound("ticket"))?.id;
        let (me, now) = (look.person(), look.ctx.now);
        let mut view = WritingView::default();
        for draft in writing::drafts(look.tx, ticket)? {
            let writing::Draft { person, name, note, body: text, updated_at } = draft;
            let draft = DraftView { person, name, note, text, updated_at };
            if Some(person) == me {
                view.own = Some(draft);
            } else if !draft.text.is_empty() {
                view.drafts.push(draft);
            }
        }
        let since = now.checked_sub(PRESENCE_TTL).unwrap_or(Timestamp::MIN);
        for writing::Presence { person, name, doing, seen_at } in writing::present(look.tx, ticket, since)? {
            if let Some(doing) = doing.still(seen_at, now)
                && Some(person) != me
            {
                view.others.push(PresentView { person, name, doing });
            }
        }
        Ok(view)
    }
}

impl Desk {
    /// Keeps what the acting technician has typed on a ticket. Once this answers, the text outlives the process.
    pub async fn keep_draft(&self, ctx: Context, ticket: TicketRef, draft: DraftText) -> Result<()> {
        let (answer, wait) = oneshot::channel();
        self.keep(ctx, ticket, draft, move |result| drop(answer.send(result)));
        wait.await.unwrap_or(Err(Refused::Store(StoreError::Stopped)))
    }

    /// [`Self::keep_draft`] for tests and threads that may wait.
    pub fn keep_draft_now(&self, ctx: Context, ticket: TicketRef, draft: DraftText) -> Result<()> {
        let (answer, wait) = std::sync::mpsc::sync_channel(1);
        self.keep(ctx, ticket, draft, move |result| drop(answer.send(result)));
        wait.recv().unwrap_or(Err(Refused::Store(StoreError::Stopped)))
    }

    /// The acting technician is at a ticket; `None`: they left it.
    pub async fn at_ticket(&self, ctx: Context, ticket: TicketRef, doing: Option<Doing>) -> Result<()> {
        let (answer, wait) = oneshot::channel();
        self.sign(ctx, ticket, doing, move |result| drop(answer.send(result)));
        wait.await.unwrap_or(Err(Refused::Store(StoreError::Stopped)))
    }

    /// [`Self::at_ticket`] for tests and threads that may wait.
    pub fn at_ticket_now(&self, ctx: Context, ticket: TicketRef, doing: Option<Doing>) -> Result<()> {
        let (answer, wait) = std::sync::mpsc::sync_channel(1);
        self.sign(ctx, ticket, doing, move |result| drop(answer.send(result)));
        wait.recv().unwrap_or(Err(Refused::Store(StoreError::Stopped)))
    }

    fn keep(
        &self,
        ctx: Context,
        ticket: TicketRef,
        draft: DraftText,
        done: impl FnOnce(Result<()>) + Send + 'static,
    ) {
        let now = ctx.now;
        let work = move |tx: &mut WriteTx<'_>, topics: &mut BTreeSet<String>| {
            let (person, ticket) = technician_at(tx, &ctx, ticket)?;
            if draft.form.len() > FORM || draft.form.chars().any(char::is_control) {
                return Err(Refused::field(
                    "key",
                    "reload the page; this form has no name that the desk gave",
                ));
            }
            let text = if draft.text.trim().is_empty() {
                String::new()
            } else {
                Markdown::new(&draft.text).map_err(|error| Refused::field("body", error))?.into()
            };
            if writing::keep(tx, ticket, (person, &draft.form), (draft.note, &text), now)? {
                topics.insert(format!("writing:{ticket}"));
            }
            Ok(())
        };
        self.tend(now, work, done);
    }

    fn sign(
        &self,
        ctx: Context,
        ticket: TicketRef,
        doing: Option<Doing>,
        done: impl FnOnce(Result<()>) + Send + 'static,
    ) {
        let now = ctx.now;
        let work = move |tx: &mut WriteTx<'_>, topics: &mut BTreeSet<String>| {
            let (person, ticket) = technician_at(tx, &ctx, ticket)?;
            let since = now.checked_sub(PRESENCE_TTL).unwrap_or(Timestamp::MIN);
            let known = writing::present(tx, ticket, since)?;
            let before = known.iter().find(|known| known.person == person).map(|known| known.doing);
            match doing {
                Some(doing) => {
                    writing::here(tx, ticket, person, doing, now)?;
                    seen(tx, topics, person, ticket)?;
                    if before.is_none() {
                        mention::look(tx, person, ticket, now)?;
                    }
                }
                None => drop(writing::gone(tx, ticket, person)?),
            }
            // That nothing changed is no news.
            if before != doing {
                topics.insert(format!("writing:{ticket}"));
            }
            Ok(())
        };
        self.tend(now, work, done);
    }
}

pub(super) fn technician_at(
    tx: &mut WriteTx<'_>,
    ctx: &Context,
    ticket: TicketRef,
) -> Result<(PersonId, TicketId)> {
    let person = ctx.principal.person_id().ok_or(Refused::NotFound("ticket"))?;
    if !capabilities(tx, ctx)?.has(Capability::TicketRead) {
        return Err(Refused::NotFound("ticket"));
    }
    let ticket = find(tx, ticket)?.ok_or(Refused::NotFound("ticket"))?;
    Ok((person, ticket.id))
}

impl Act<'_, '_> {
    /// What its author had typed on a ticket was sent with this act.
    pub(crate) fn draft_sent(&mut self, ticket: TicketId) -> Result<()> {
        let Some(person) = self.person() else { return Ok(()) };
        let form = self.ctx.idempotency.as_ref().map(|idempotency| idempotency.key.as_str());
        // A program sends without having typed.
        let on_a_page = matches!(self.ctx.principal.authenticated_as, Account::Session { .. });
        if on_a_page && form.is_some_and(|form| form.len() <= FORM) {
            writing::sent(self.tx, ticket, person, form, self.now())?;
            self.announce(format!("writing:{ticket}"));
        }
        Ok(())
    }
}
