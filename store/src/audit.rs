//! The audit log's rows: records, the tree above them, checkpoints.
//!
//! A record is a row of the change's own transaction, without a place in the tree. [`sequence`] gives records their
//! places in batches: in the group commit on SQLite, under a lock of its own on PostgreSQL, so that writers never queue
//! for the log's sake.

use std::ops::{Range, RangeInclusive};

use domain::{
    AuditRecordId, Timestamp,
    audit::{AuditRecord, Frontier, Hash, Nodes, Salt},
};

use crate::{Question, ReadTx, Result, Row, StoreError, Value, WriteTx, statement::statements};

statements! {
    APPEND = "INSERT INTO audit_record (id, recorded_at, action, actor, target, outcome, entry, leaf, salt, body)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    PENDING = "SELECT id, leaf FROM audit_record WHERE seq IS NULL ORDER BY recorded_at, id LIMIT $1";
    PLACE = "UPDATE audit_record SET seq = $2 WHERE id = $1";
    TREE = "SELECT frontier FROM audit_tree WHERE id = 1 FOR UPDATE";
    TREE_NOW = "SELECT frontier FROM audit_tree WHERE id = 1";
    TREE_PUT = "INSERT INTO audit_tree (id, size, frontier) VALUES (1, $1, $2)
        ON CONFLICT (id) DO UPDATE SET size = excluded.size, frontier = excluded.frontier";
    SUBTREE_PUT = "INSERT INTO audit_subtree (level, position, hash) VALUES ($1, $2, $3)";
    SUBTREES = "SELECT hash FROM audit_subtree WHERE level = $1 AND position >= $2 AND position < $3 ORDER BY position";
    LEAVES = "SELECT leaf FROM audit_record WHERE seq >= $1 AND seq < $2 ORDER BY seq";
    CHECKPOINT_PUT = "INSERT INTO audit_checkpoint (size, note, signed_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    CHECKPOINT = "SELECT size, note FROM audit_checkpoint ORDER BY size DESC LIMIT 1";
    CHECKPOINTS = "SELECT size, note FROM audit_checkpoint WHERE size >= $1 AND size <= $2 ORDER BY size";
    CHECKPOINTS_THIN = "DELETE FROM audit_checkpoint WHERE signed_at < $1
        AND size NOT IN (SELECT MAX(size) FROM audit_checkpoint GROUP BY signed_at / 3600000000)";
    SUBTREE_COUNT = "SELECT COUNT(*) FROM audit_subtree";
    PENDING_COUNT = "SELECT COUNT(*) FROM audit_record WHERE seq IS NULL";
    BY_ID = "SELECT id, seq, recorded_at, action, actor, target, outcome, entry, salt, body FROM audit_record
        WHERE id = $1";
    BY_SEQ = "SELECT id, seq, recorded_at, action, actor, target, outcome, entry, salt, body FROM audit_record
        WHERE seq >= $1 AND seq < $2 ORDER BY seq";
    LATEST = "SELECT id, seq, recorded_at, action, actor, target, outcome, entry, salt, body FROM audit_record
        WHERE id < $1 ORDER BY id DESC LIMIT $2";
    LATEST_OF_ACTOR = "SELECT id, seq, recorded_at, action, actor, target, outcome, entry, salt, body FROM audit_record
        WHERE actor = $3 AND id < $1 ORDER BY id DESC LIMIT $2";
    ACTS_BETWEEN = "SELECT recorded_at, action FROM audit_record
        WHERE actor = $1 AND id >= $2 AND id < $3 AND outcome = 'done' ORDER BY id LIMIT 50";
    LATEST_OF_TARGET = "SELECT id, seq, recorded_at, action, actor, target, outcome, entry, salt, body FROM audit_record
        WHERE target = $3 AND id < $1 ORDER BY id DESC LIMIT $2";
}

/// Records that are given places at once.
const BATCH: u32 = 10_000;

/// Writes a record. It becomes durable with the change it records, or not at all.
///
/// `actor` and `target` are the columns that lists are filtered by.
pub fn append(tx: &mut WriteTx<'_>, record: &AuditRecord, actor: &str, target: &str) -> Result<()> {
    tx.group.audited = true;
    tx.execute_later(
        APPEND,
        &[
            record.entry.id().into(),
            record.entry.at().into(),
            record.entry.action_name().into(),
            actor.into(),
            target.into(),
            record.entry.outcome().as_str().into(),
            (&record.text).into(),
            record.leaf.as_bytes().into(),
            record.salt.0.as_slice().into(),
            (&record.body).into(),
        ],
    )
}

/// Gives every record that waits its place in the tree. One caller at a time.
pub(crate) fn sequence(tx: &mut WriteTx<'_>) -> Result<()> {
    loop {
        tx.ask_ahead(questions)?;
        let pending: Vec<(AuditRecordId, [u8; 32])> =
            tx.rows(PENDING, &[BATCH.into()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if pending.is_empty() {
            return Ok(());
        }
        let more = pending.len() >= BATCH as usize;
        let mut frontier = read_frontier(tx, TREE)?;
        for (id, leaf) in pending {
            tx.execute_later(PLACE, &[id.into(), frontier.size().into()])?;
            for subtree in frontier.append(Hash(leaf)) {
                tx.execute_later(
                    SUBTREE_PUT,
                    &[subtree.level.into(), subtree.index.into(), subtree.hash.as_bytes().into()],
                )?;
            }
        }
        tx.execute_later(TREE_PUT, &[frontier.size().into(), (&frontier.to_bytes()).into()])?;
        if !more {
            return Ok(());
        }
    }
}

/// What [`sequence`] asks first.
fn questions() -> [Question; 2] {
    [Question::new(PENDING, [BATCH.into()]), Question::new(TREE, [])]
}

fn read_frontier(tx: &mut ReadTx<'_>, statement: &'static str) -> Result<Frontier> {
    let bytes: Option<Vec<u8>> = tx.row(statement, &[], |row| row.get(0))?;
    match bytes {
        None => Ok(Frontier::default()),
        Some(bytes) => Frontier::from_bytes(&bytes).map_err(|error| StoreError::Engine(error.to_string())),
    }
}

/// The tree's right edge: its size and its root.
pub fn frontier(tx: &mut ReadTx<'_>) -> Result<Frontier> {
    read_frontier(tx, TREE_NOW)
}

/// Keeps a signed checkpoint; the first of its size is the one that counts.
pub fn put_checkpoint(tx: &mut WriteTx<'_>, size: u64, note: &str, at: Timestamp) -> Result<()> {
    tx.execute(CHECKPOINT_PUT, &[size.into(), note.into(), at.into()]).map(drop)
}

/// The latest signed checkpoint: its size and its note.
pub fn checkpoint(tx: &mut ReadTx<'_>) -> Result<Option<(u64, String)>> {
    tx.row(CHECKPOINT, &[], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// The signed checkpoints over so many records, smallest first.
pub fn checkpoints(tx: &mut ReadTx<'_>, sizes: RangeInclusive<u64>) -> Result<Vec<(u64, String)>> {
    let (from, to) = sizes.into_inner();
    tx.rows(CHECKPOINTS, &[from.into(), to.into()], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Of the checkpoints signed before `before`, keeps the last of each hour.
pub fn thin_checkpoints(tx: &mut WriteTx<'_>, before: Timestamp) -> Result<u64> {
    tx.execute(CHECKPOINTS_THIN, &[before.into()])
}

/// The stored hashes of the leaves in a range of places, in order.
pub fn leaves(tx: &mut ReadTx<'_>, range: Range<u64>) -> Result<Vec<Hash>> {
    tx.rows(LEAVES, &[range.start.into(), range.end.into()], |row| Ok(Hash(row.get(0)?)))
}

/// How many subtrees are stored.
pub fn subtree_count(tx: &mut ReadTx<'_>) -> Result<u64> {
    Ok(tx.row(SUBTREE_COUNT, &[], |row| row.get(0))?.unwrap_or(0))
}

/// When and what somebody did in a range of time, in order, at most 50.
pub fn acts_between(
    tx: &mut ReadTx<'_>,
    actor: &str,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<(Timestamp, String)>> {
    let params = [actor.into(), first_id(from).into(), first_id(until).into()];
    tx.rows(ACTS_BETWEEN, &params, |row| Ok((row.get(0)?, row.get(1)?)))
}

/// The id before every id that was made in the millisecond of `moment` or later.
fn first_id(moment: Timestamp) -> AuditRecordId {
    let millis = u64::try_from(moment.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid().into()
}

/// How many records wait for their place in the tree.
pub fn pending_count(tx: &mut ReadTx<'_>) -> Result<u64> {
    Ok(tx.row(PENDING_COUNT, &[], |row| row.get(0))?.unwrap_or(0))
}

/// The stored tree, as proofs read it.
pub struct StoredNodes<'a, 'c>(pub &'a mut ReadTx<'c>);

impl Nodes for StoredNodes<'_, '_> {
    type Error = StoreError;

    fn leaves(&mut self, range: Range<u64>) -> Result<Vec<Hash>> {
        leaves(self.0, range)
    }

    fn subtrees(&mut self, level: u8, range: Range<u64>) -> Result<Vec<Hash>> {
        self.0.rows(SUBTREES, &[level.into(), range.start.into(), range.end.into()], |row| {
            Ok(Hash(row.get(0)?))
        })
    }
}

/// A record as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// Its id.
    pub id: AuditRecordId,
    /// Its place in the tree, once it has one.
    pub seq: Option<u64>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// What was done.
    pub action: String,
    /// By whom.
    pub actor: String,
    /// To what.
    pub target: String,
    /// How it ended.
    pub outcome: String,
    /// The leaf, to the byte.
    pub entry: String,
    /// What the detail's commitment was salted with, unless erased.
    pub salt: Option<Salt>,
    /// The detail, unless erased.
    pub body: Option<String>,
}

fn read_record(row: &Row<'_>) -> Result<StoredRecord> {
    let salt: Option<Vec<u8>> = row.get(8)?;
    Ok(StoredRecord {
        id: row.get(0)?,
        seq: row.get(1)?,
        recorded_at: row.get(2)?,
        action: row.get(3)?,
        actor: row.get(4)?,
        target: row.get(5)?,
        outcome: row.get(6)?,
        entry: row.get(7)?,
        salt: salt
            .map(|salt| Salt::from_slice(&salt).ok_or_else(|| row.unexpected(8, "a salt of another length")))
            .transpose()?,
        body: row.get(9)?,
    })
}

/// One record.
pub fn by_id(tx: &mut ReadTx<'_>, id: AuditRecordId) -> Result<Option<StoredRecord>> {
    tx.row(BY_ID, &[id.into()], read_record)
}

/// The records in a range of places, in order.
pub fn by_seq(tx: &mut ReadTx<'_>, range: Range<u64>) -> Result<Vec<StoredRecord>> {
    tx.rows(BY_SEQ, &[range.start.into(), range.end.into()], read_record)
}

/// Which records a list shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Records {
    /// All of them.
    All,
    /// Those of an actor.
    Actor(String),
    /// Those about a target.
    Target(String),
}

/// A page of records, latest first.
pub fn latest(
    tx: &mut ReadTx<'_>,
    records: &Records,
    before: Option<AuditRecordId>,
    limit: u32,
) -> Result<Vec<StoredRecord>> {
    // A letter after `f` follows every id in every collation; punctuation does not.
    let before = before.map_or(Value::from("z"), Value::from);
    match records {
        Records::All => tx.rows(LATEST, &[before, limit.into()], read_record),
        Records::Actor(actor) => tx.rows(LATEST_OF_ACTOR, &[before, limit.into(), actor.into()], read_record),
        Records::Target(target) => {
            tx.rows(LATEST_OF_TARGET, &[before, limit.into(), target.into()], read_record)
        }
    }
}
