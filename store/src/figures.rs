//! The figures of the desk: how old its open tickets are, how they stand to their promises, what came and what was solved.

use domain::{PersonId, TicketId, Timestamp};

use crate::{ReadTx, Result, WriteTx, statement::statements};

/// Arrivals and solutions are counted in quarters of an hour: every time zone's days consist of whole ones.
const QUARTER: i64 = 900_000_000;

statements! {
    OPEN_BETWEEN = "SELECT COUNT(*) FROM ticket WHERE open = 1 AND created_at >= $1 AND created_at < $2";
    DUE_BETWEEN = "SELECT COUNT(*) FROM ticket WHERE open = 1 AND rank >= $1 AND rank < $2";
    MINE_DUE_BEFORE = "SELECT COUNT(*) FROM ticket WHERE open = 1 AND assignee_id = $1 AND rank < $2";
    ARRIVED_OPEN = "SELECT created_at / 900000000, COUNT(*) FROM ticket WHERE open = 1 AND created_at >= $1
        GROUP BY created_at / 900000000";
    ARRIVED_OVER = "SELECT created_at / 900000000, COUNT(*) FROM ticket WHERE open = 0 AND created_at >= $1
        GROUP BY created_at / 900000000";
    SOLVED = "SELECT resolved_at / 900000000, COUNT(*) FROM ticket WHERE resolved_at >= $1
        GROUP BY resolved_at / 900000000";
    PROMISE = "INSERT INTO ticket_promise (ticket_id, resolved_at, kept) VALUES ($1, $2, $3)
        ON CONFLICT (ticket_id) DO UPDATE SET resolved_at = excluded.resolved_at, kept = excluded.kept";
    NO_PROMISE = "DELETE FROM ticket_promise WHERE ticket_id = $1";
    PROMISES = "SELECT resolved_at / 900000000, COUNT(*) FROM ticket_promise WHERE resolved_at >= $1 AND kept = $2
        GROUP BY resolved_at / 900000000";
}

/// How many tickets fell into which quarter of an hour.
pub type Quarters = Vec<(Timestamp, u64)>;

/// How many open tickets were raised from one moment until another.
pub fn open_between(tx: &mut ReadTx<'_>, from: Timestamp, until: Timestamp) -> Result<u64> {
    Ok(tx.row(OPEN_BETWEEN, &[from.into(), until.into()], |row| row.get(0))?.unwrap_or(0))
}

/// The next promise of how many open tickets is due from one moment until another.
pub fn due_between(tx: &mut ReadTx<'_>, from: Timestamp, until: Timestamp) -> Result<u64> {
    Ok(tx.row(DUE_BETWEEN, &[from.into(), until.into()], |row| row.get(0))?.unwrap_or(0))
}

/// The next promise of how many of a person's open tickets is due before a moment.
pub fn mine_due_before(tx: &mut ReadTx<'_>, person: PersonId, moment: Timestamp) -> Result<u64> {
    Ok(tx.row(MINE_DUE_BEFORE, &[person.into(), moment.into()], |row| row.get(0))?.unwrap_or(0))
}

/// The tickets raised since a moment.
pub fn arrived(tx: &mut ReadTx<'_>, since: Timestamp) -> Result<Quarters> {
    let mut all = tx.rows(ARRIVED_OPEN, &[since.into()], quarter)?;
    all.extend(tx.rows(ARRIVED_OVER, &[since.into()], quarter)?);
    Ok(all)
}

/// The tickets solved since a moment, and not reopened.
pub fn solved(tx: &mut ReadTx<'_>, since: Timestamp) -> Result<Quarters> {
    tx.rows(SOLVED, &[since.into()], quarter)
}

/// Writes down whether the promise of a ticket was kept when it was solved.
pub fn promise(tx: &mut WriteTx<'_>, ticket: TicketId, resolved_at: Timestamp, kept: bool) -> Result<()> {
    tx.execute_later(PROMISE, &[ticket.into(), resolved_at.into(), kept.into()])
}

/// Takes that back: the ticket is not solved any more.
pub fn no_promise(tx: &mut WriteTx<'_>, ticket: TicketId) -> Result<()> {
    tx.execute_later(NO_PROMISE, &[ticket.into()])
}

/// The tickets solved since a moment whose promise was kept, or was not.
pub fn promises(tx: &mut ReadTx<'_>, since: Timestamp, kept: bool) -> Result<Quarters> {
    tx.rows(PROMISES, &[since.into(), kept.into()], quarter)
}

fn quarter(row: &crate::Row<'_>) -> Result<(Timestamp, u64)> {
    let nth: i64 = row.get(0)?;
    let at = nth.checked_mul(QUARTER).and_then(|micros| Timestamp::from_microsecond(micros).ok());
    Ok((at.ok_or_else(|| row.unexpected(0, &nth.to_string()))?, row.get(1)?))
}

/// The engine's plans for all of them.
pub fn plans(tx: &mut ReadTx<'_>) -> Result<Vec<String>> {
    let mut plans = tx.plan(OPEN_BETWEEN, &[0_i64.into(), 0_i64.into()])?;
    plans.extend(tx.plan(DUE_BETWEEN, &[0_i64.into(), 0_i64.into()])?);
    plans.extend(tx.plan(MINE_DUE_BEFORE, &["p".into(), 0_i64.into()])?);
    plans.extend(tx.plan(ARRIVED_OPEN, &[0_i64.into()])?);
    plans.extend(tx.plan(ARRIVED_OVER, &[0_i64.into()])?);
    plans.extend(tx.plan(SOLVED, &[0_i64.into()])?);
    plans.extend(tx.plan(PROMISES, &[0_i64.into(), true.into()])?);
    Ok(plans)
}
