//! When tickets come back that the desk raises by the calendar. What they are is kept with [`crate::kept`].

use domain::{RecurringTicketId, TicketId, Timestamp, ticket::Stopped};

use crate::{ReadTx, Result, Row, WriteTx, statement::statements};

statements! {
    PUT = "INSERT INTO recurring_due (recurring_id, next_at, stopped, last_ticket_id, last_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (recurring_id) DO UPDATE SET next_at = excluded.next_at, stopped = excluded.stopped,
            last_ticket_id = excluded.last_ticket_id, last_at = excluded.last_at";
    DELETE = "DELETE FROM recurring_due WHERE recurring_id = $1";
    ONE = "SELECT recurring_id, next_at, stopped, last_ticket_id, last_at
        FROM recurring_due WHERE recurring_id = $1 FOR UPDATE";
    ALL_OF = "SELECT d.recurring_id, d.next_at, d.stopped, d.last_ticket_id, d.last_at
        FROM recurring_ticket k JOIN recurring_due d ON d.recurring_id = k.id
        WHERE k.shared = 1 ORDER BY k.name, k.id LIMIT $1";
    DUE = "SELECT recurring_id FROM recurring_due WHERE next_at <= $1 ORDER BY next_at, recurring_id LIMIT $2";
}

/// How a recurring ticket stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Which one.
    pub id: RecurringTicketId,
    /// When it is raised next; not while it is stopped.
    pub next_at: Option<Timestamp>,
    /// Why it is not raised any more.
    pub stopped: Option<Stopped>,
    /// The last ticket that it was, and when that was raised.
    pub last: Option<(TicketId, Timestamp)>,
}

fn read(row: &Row<'_>) -> Result<Due> {
    let (ticket, at): (Option<TicketId>, Option<Timestamp>) = (row.get(3)?, row.get(4)?);
    let stopped: Option<String> = row.get(2)?;
    Ok(Due {
        id: row.get(0)?,
        next_at: row.get(1)?,
        stopped: stopped.map(|text| Stopped::parse(&text).unwrap_or(Stopped::ByHand)),
        last: ticket.zip(at),
    })
}

/// Writes down how one stands.
pub fn put(tx: &mut WriteTx<'_>, due: &Due) -> Result<()> {
    let values = [
        due.id.into(),
        due.next_at.into(),
        due.stopped.map(Stopped::as_str).into(),
        due.last.map(|(ticket, _)| ticket).into(),
        due.last.map(|(_, at)| at).into(),
    ];
    tx.execute(PUT, &values).map(drop)
}

/// Forgets when one comes back.
pub fn delete(tx: &mut WriteTx<'_>, id: RecurringTicketId) -> Result<()> {
    tx.execute(DELETE, &[id.into()]).map(drop)
}

/// How one stands. Whoever writes holds it until the commit: of two processes one raises it.
pub fn one(tx: &mut WriteTx<'_>, id: RecurringTicketId) -> Result<Option<Due>> {
    tx.row(ONE, &[id.into()], read)
}

/// How all of them stand, by name.
pub fn all(tx: &mut ReadTx<'_>, limit: u32) -> Result<Vec<Due>> {
    tx.rows(ALL_OF, &[limit.into()], read)
}

/// Those whose moment has come, the earliest first.
pub fn due(tx: &mut ReadTx<'_>, now: Timestamp, limit: u32) -> Result<Vec<RecurringTicketId>> {
    tx.rows(DUE, &[now.into(), limit.into()], |row| row.get(0))
}
