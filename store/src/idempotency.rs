//! What a request with an `Idempotency-Key` led to, so that sending it again leads to the same
//! (draft-ietf-httpapi-idempotency-key-header).

use domain::Timestamp;

use crate::{Question, ReadTx, Result, Value, WriteTx, statement::statements};

statements! {
    GET = "SELECT request_hash, outcome FROM idempotency WHERE principal = $1 AND key = $2";
    PUT = "INSERT INTO idempotency (principal, key, request_hash, outcome, created_at) VALUES ($1, $2, $3, $4, $5)";
    FORGET = "DELETE FROM idempotency WHERE created_at < $1";
}

/// The hash of the request that a principal sent under this key, and what it led to.
pub fn get(tx: &mut ReadTx<'_>, principal: &str, key: &str) -> Result<Option<([u8; 32], String)>> {
    tx.row(GET, &[principal.into(), key.into()], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// What [`get`] will ask.
pub fn question(principal: &str, key: &str) -> Question {
    Question::new(GET, [Value::from(principal.to_owned()), key.to_owned().into()])
}

/// Notes it.
pub fn put(
    tx: &mut WriteTx<'_>,
    principal: &str,
    key: &str,
    request_hash: &[u8; 32],
    outcome: &str,
    now: Timestamp,
) -> Result<()> {
    tx.execute_later(PUT, &[principal.into(), key.into(), request_hash.into(), outcome.into(), now.into()])
}

/// Removes what is older than `before`.
pub fn forget(tx: &mut WriteTx<'_>, before: Timestamp) -> Result<u64> {
    tx.execute(FORGET, &[before.into()])
}
