//! What is being written on a ticket: texts that are not sent yet, and who is there now.

use domain::{PersonId, TicketId, Timestamp, ticket::Doing};

use crate::{ReadTx, Result, WriteTx, statement::statements};

statements! {
    KEEP = "INSERT INTO ticket_draft (ticket_id, person_id, note, body, updated_at, sent_by)
        VALUES ($1, $2, $3, $4, $5, NULL)
        ON CONFLICT (ticket_id, person_id) DO UPDATE
        SET note = excluded.note, body = excluded.body, updated_at = excluded.updated_at, sent_by = NULL
        WHERE ticket_draft.sent_by IS NULL OR ticket_draft.sent_by <> $6";
    SENT = "INSERT INTO ticket_draft (ticket_id, person_id, note, body, updated_at, sent_by)
        VALUES ($1, $2, 0, '', $3, $4)
        ON CONFLICT (ticket_id, person_id) DO UPDATE
        SET body = '', updated_at = excluded.updated_at, sent_by = excluded.sent_by";
    DRAFTS = "SELECT d.person_id, p.name, d.note, d.body, d.updated_at
        FROM ticket_draft d JOIN person p ON p.id = d.person_id
        WHERE d.ticket_id = $1 ORDER BY d.updated_at DESC, d.person_id LIMIT 50";
    FORGET_DRAFTS = "DELETE FROM ticket_draft WHERE updated_at < $1";

    HERE = "INSERT INTO ticket_presence (ticket_id, person_id, doing, seen_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (ticket_id, person_id) DO UPDATE SET doing = excluded.doing, seen_at = excluded.seen_at";
    GONE = "DELETE FROM ticket_presence WHERE ticket_id = $1 AND person_id = $2";
    PRESENT = "SELECT h.person_id, p.name, h.doing, h.seen_at
        FROM ticket_presence h JOIN person p ON p.id = h.person_id
        WHERE h.ticket_id = $1 AND h.seen_at > $2 ORDER BY p.name, h.person_id LIMIT 50";
    FORGET_PRESENCE = "DELETE FROM ticket_presence WHERE seen_at < $1";
}

/// A text that its author has not sent yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Whose it is.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Whether it is to be a work note.
    pub note: bool,
    /// The text.
    pub body: String,
    /// When it was typed last.
    pub updated_at: Timestamp,
}

/// Somebody at a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presence {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// What they did there.
    pub doing: Doing,
    /// When they last gave a sign.
    pub seen_at: Timestamp,
}

/// Keeps what somebody types, unless `form` has sent it already: a keeping that was under way comes after the sending.
/// Says whether it was kept.
pub fn keep(
    tx: &mut WriteTx<'_>,
    ticket: TicketId,
    (person, form): (PersonId, &str),
    (note, body): (bool, &str),
    now: Timestamp,
) -> Result<bool> {
    let values = [ticket.into(), person.into(), note.into(), body.into(), now.into(), form.into()];
    Ok(tx.execute(KEEP, &values)? > 0)
}

/// Notes that `form` sent what somebody had typed.
pub fn sent(
    tx: &mut WriteTx<'_>,
    ticket: TicketId,
    person: PersonId,
    form: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    tx.execute_later(SENT, &[ticket.into(), person.into(), now.into(), form.into()])
}

/// What is written on a ticket and not sent, the newest first. Without text: it was sent, or removed.
pub fn drafts(tx: &mut ReadTx<'_>, ticket: TicketId) -> Result<Vec<Draft>> {
    tx.rows(DRAFTS, &[ticket.into()], |row| {
        Ok(Draft {
            person: row.get(0)?,
            name: row.get(1)?,
            note: row.get(2)?,
            body: row.get(3)?,
            updated_at: row.get(4)?,
        })
    })
}

/// Removes what nobody typed at since `before`, and what was sent before.
pub fn forget_drafts(tx: &mut WriteTx<'_>, before: Timestamp) -> Result<u64> {
    tx.execute(FORGET_DRAFTS, &[before.into()])
}

/// Notes that somebody is at a ticket.
pub fn here(
    tx: &mut WriteTx<'_>,
    ticket: TicketId,
    person: PersonId,
    doing: Doing,
    now: Timestamp,
) -> Result<()> {
    tx.execute(HERE, &[ticket.into(), person.into(), doing.as_str().into(), now.into()]).map(drop)
}

/// Notes that somebody left.
pub fn gone(tx: &mut WriteTx<'_>, ticket: TicketId, person: PersonId) -> Result<bool> {
    Ok(tx.execute(GONE, &[ticket.into(), person.into()])? > 0)
}

/// Who gave a sign at a ticket after `since`.
pub fn present(tx: &mut ReadTx<'_>, ticket: TicketId, since: Timestamp) -> Result<Vec<Presence>> {
    tx.rows(PRESENT, &[ticket.into(), since.into()], |row| {
        let doing: String = row.get(2)?;
        Ok(Presence {
            person: row.get(0)?,
            name: row.get(1)?,
            doing: Doing::parse(&doing).unwrap_or(Doing::Viewing),
            seen_at: row.get(3)?,
        })
    })
}

/// Removes signs older than `before`.
pub fn forget_presence(tx: &mut WriteTx<'_>, before: Timestamp) -> Result<u64> {
    tx.execute(FORGET_PRESENCE, &[before.into()])
}
