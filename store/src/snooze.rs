//! Tickets that somebody has put off, each for themselves.

use domain::{PersonId, TicketId, Timestamp};

use crate::{ReadTx, Result, WriteTx, statement::statements};

statements! {
    PUT = "INSERT INTO ticket_snooze (person_id, ticket_id, until) VALUES ($1, $2, $3)
        ON CONFLICT (person_id, ticket_id) DO UPDATE SET until = excluded.until";
    WAKE = "DELETE FROM ticket_snooze WHERE person_id = $1 AND ticket_id = $2";
    WAKE_ALL = "DELETE FROM ticket_snooze WHERE ticket_id = $1";
    WAKE_DUE = "DELETE FROM ticket_snooze WHERE until <= $1";
    OF = "SELECT ticket_id, until FROM ticket_snooze WHERE person_id = $1 AND until > $2 ORDER BY until, ticket_id LIMIT $3";
    ONE = "SELECT until FROM ticket_snooze WHERE person_id = $1 AND ticket_id = $2 AND until > $3";
}

/// Puts a ticket off until a moment.
pub fn put(tx: &mut WriteTx<'_>, person: PersonId, ticket: TicketId, until: Timestamp) -> Result<()> {
    tx.execute(PUT, &[person.into(), ticket.into(), until.into()]).map(drop)
}

/// Takes that back for one person. Whether it was put off.
pub fn wake(tx: &mut WriteTx<'_>, person: PersonId, ticket: TicketId) -> Result<bool> {
    Ok(tx.execute(WAKE, &[person.into(), ticket.into()])? > 0)
}

/// Takes that back for everybody.
pub fn wake_all(tx: &mut WriteTx<'_>, ticket: TicketId) -> Result<()> {
    tx.execute(WAKE_ALL, &[ticket.into()]).map(drop)
}

/// Forgets what was put off until a moment that has come. How many there were.
pub fn wake_due(tx: &mut WriteTx<'_>, now: Timestamp) -> Result<u64> {
    tx.execute(WAKE_DUE, &[now.into()])
}

/// What a person has put off, the first to come back first.
pub fn of(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<(TicketId, Timestamp)>> {
    tx.rows(OF, &[person.into(), now.into(), limit.into()], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Until when a person has put a ticket off, if they have.
pub fn one(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    ticket: TicketId,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    tx.row(ONE, &[person.into(), ticket.into(), now.into()], |row| row.get(0))
}
