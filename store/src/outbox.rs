//! What is to be said after the commit. Every process of a tenant reads the outbox for its own live pages.

use domain::Timestamp;

use crate::{ReadTx, Result, WriteTx, statement::statements};

statements! {
    PUT = "INSERT INTO outbox (topics, created_at) VALUES ($1, $2)";
    SINCE = "SELECT seq, topics FROM outbox WHERE seq > $1 ORDER BY seq LIMIT 500";
    LAST = "SELECT COALESCE(MAX(seq), 0) FROM outbox";
    FORGET = "DELETE FROM outbox WHERE created_at < $1";
}

/// Announces a change of the things that `topics` name (`ticket:ID`, `queue`, `licence:ID`), space-separated.
pub fn put(tx: &mut WriteTx<'_>, topics: &str, now: Timestamp) -> Result<()> {
    tx.execute_later(PUT, &[topics.into(), now.into()])?;
    tx.wake();
    Ok(())
}

/// Announcements after `seq`, at most 500. On PostgreSQL a lower number may commit after a higher one: read again from
/// some way back, and skip what was seen.
pub fn since(tx: &mut ReadTx<'_>, seq: i64) -> Result<Vec<(i64, String)>> {
    tx.rows(SINCE, &[seq.into()], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// The last number given out.
pub fn last(tx: &mut ReadTx<'_>) -> Result<i64> {
    Ok(tx.row(LAST, &[], |row| row.get(0))?.unwrap_or(0))
}

/// Removes what was announced before `before`.
pub fn forget(tx: &mut WriteTx<'_>, before: Timestamp) -> Result<u64> {
    tx.execute(FORGET, &[before.into()])
}
