//! Settings of the desk, a JSON document each, and facts about the database itself.

use domain::Timestamp;

use crate::{Question, ReadTx, Result, WriteTx, statement::statements};

statements! {
    GET = "SELECT value, version FROM setting WHERE key = $1";
    LOCK = "SELECT value, version FROM setting WHERE key = $1 FOR UPDATE";
    STATE_IN_USE = "SELECT 1 FROM ticket WHERE state = $1 LIMIT 1";
    PUT = "INSERT INTO setting (key, value, version, updated_at) VALUES ($1, $2, 1, $3)
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = setting.version + 1,
            updated_at = excluded.updated_at";
    VERSIONS = "SELECT CAST(COALESCE(SUM(version), 0) AS BIGINT) FROM setting";
    META_GET = "SELECT value FROM meta WHERE key = $1";
    META_PUT = "INSERT INTO meta (key, value) VALUES ($1, $2)
        ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    META_BEGIN = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
}

/// A setting's document and its version.
pub fn get(tx: &mut ReadTx<'_>, key: &str) -> Result<Option<(String, u64)>> {
    tx.row(GET, &[key.into()], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// A setting's document and its version, held against other writers.
pub fn lock(tx: &mut WriteTx<'_>, key: &str) -> Result<Option<(String, u64)>> {
    tx.row(LOCK, &[key.into()], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Whether any ticket is in this state.
pub fn state_in_use(tx: &mut ReadTx<'_>, state: &str) -> Result<bool> {
    Ok(tx.row(STATE_IN_USE, &[state.into()], |_| Ok(()))?.is_some())
}

/// Replaces a setting's document.
pub fn put(tx: &mut WriteTx<'_>, key: &str, value: &str, now: Timestamp) -> Result<()> {
    tx.execute(PUT, &[key.into(), value.into(), now.into()]).map(drop)
}

/// A number that grows whenever any setting changes: how a cache notices.
pub fn versions(tx: &mut ReadTx<'_>) -> Result<u64> {
    Ok(tx.row(VERSIONS, &[], |row| row.get(0))?.unwrap_or(0))
}

/// What [`versions`] will ask.
pub fn versions_question() -> Question {
    Question::new(VERSIONS, [])
}

/// A fact about the database, such as the tenant's id.
pub fn meta(tx: &mut ReadTx<'_>, key: &str) -> Result<Option<String>> {
    tx.row(META_GET, &[key.into()], |row| row.get(0))
}

/// Notes it.
pub fn set_meta(tx: &mut WriteTx<'_>, key: &str, value: &str) -> Result<()> {
    tx.execute(META_PUT, &[key.into(), value.into()]).map(drop)
}

/// Notes a fact that never changes, unless it is noted already; returns what holds.
pub fn begin_meta(tx: &mut WriteTx<'_>, key: &str, value: &str) -> Result<String> {
    tx.execute(META_BEGIN, &[key.into(), value.into()])?;
    Ok(meta(tx, key)?.unwrap_or_else(|| value.to_owned()))
}
