//! The check of the whole log, from the first record on: every leaf, every detail, every hash stored above them, every
//! checkpoint signed since.

use domain::audit::{
    AuditEntry, Frontier, LogCheck, Nodes as _, NoteError, ProofError, RecordFinding, Report, VerifierKey,
    leaf_hash, root_at,
};
use store::{
    ReadTx, StoreError,
    audit::{self, StoredNodes, StoredRecord},
};

use crate::{
    Desk, Refused,
    door::{actor_key, target_key},
};

/// Records read at a time.
const BATCH: u64 = 2_048;

/// A log in which everything fits together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundLog {
    /// What it holds.
    pub report: Report,
    /// How many signed checkpoints were compared with it.
    pub checkpoints: u64,
    /// How many records the last checkpoint covers.
    pub signed: u64,
    /// How many records wait for their place; they are covered within a second.
    pub pending: u64,
}

/// What does not fit.
#[derive(Debug, thiserror::Error)]
pub enum LogFinding {
    /// A record, or all of them together.
    #[error(transparent)]
    Record(#[from] RecordFinding),
    /// A record's salt or detail is missing without the other.
    #[error("record {0} has half of its salt and detail; they are erased together or not at all")]
    HalfErased(u64),
    /// The hash beside a record is another.
    #[error("record {0}: the stored hash is not the record's; one of them was changed")]
    Leaf(u64),
    /// A column beside a record says something else than the record.
    #[error("record {seq}: the column `{column}` does not say what the record says; it was changed")]
    Column {
        /// The record.
        seq: u64,
        /// The column.
        column: &'static str,
    },
    /// A stored subtree is missing or another.
    #[error("the stored tree does not fit the records at level {level}, place {place}; it was changed")]
    Subtree {
        /// Its level.
        level: u8,
        /// Its place in the level.
        place: u64,
    },
    /// There are subtrees that no record asked for.
    #[error("the stored tree holds {found} subtrees where the records make {expected}; it was changed")]
    Subtrees {
        /// How many the records make.
        expected: u64,
        /// How many are stored.
        found: u64,
    },
    /// A checkpoint is not signed by the key.
    #[error("the checkpoint over {size} records: {error}")]
    Checkpoint {
        /// Its size.
        size: u64,
        /// What is wrong with it.
        error: NoteError,
    },
    /// A checkpoint is of another log.
    #[error(
        "the checkpoint over {0} records does not fit the records: what was signed then is not what stands here"
    )]
    CheckpointRoot(u64),
    /// A checkpoint is over more records than there are.
    #[error("a checkpoint was signed over {size} records, here are {found}: the last ones were taken away")]
    CheckpointAhead {
        /// Its size.
        size: u64,
        /// The records found.
        found: u64,
    },
}

/// Why a log was not found sound.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// Something does not fit.
    #[error(transparent)]
    Finding(#[from] LogFinding),
    /// The log could not be read.
    #[error(transparent)]
    Desk(#[from] Refused),
}

impl From<RecordFinding> for VerifyError {
    fn from(finding: RecordFinding) -> Self {
        Self::Finding(finding.into())
    }
}

impl From<StoreError> for VerifyError {
    fn from(error: StoreError) -> Self {
        Self::Desk(error.into())
    }
}

impl Desk {
    /// Checks the whole log with the public key. `progress` hears how many of how many records were looked at. Waits on
    /// this thread.
    pub fn verify_audit(
        &self,
        key: &VerifierKey,
        progress: impl FnMut(u64, u64) + Send + 'static,
    ) -> Result<SoundLog, VerifyError> {
        let key = key.clone();
        self.database().read_now(move |tx| verify(tx, &key, progress))
    }

    /// Checks the last `records` of the log: leaves, details, columns and their inclusion under the last checkpoint, but
    /// nothing before them. For a quick look at start or by the doctor.
    pub fn verify_audit_tail(&self, key: &VerifierKey, records: u64) -> Result<u64, VerifyError> {
        let key = key.clone();
        self.database().read_now(move |tx| verify_tail(tx, &key, records))
    }
}

fn verify(
    tx: &mut ReadTx<'_>,
    key: &VerifierKey,
    mut progress: impl FnMut(u64, u64),
) -> Result<SoundLog, VerifyError> {
    let tree = audit::frontier(tx)?;
    let size = tree.size();
    let mut walk = Walk {
        check: LogCheck::default(),
        tree: Frontier::default(),
        subtrees: 0,
        checkpoints: 0,
        signed: 0,
    };
    progress(0, size);
    for (_, note) in audit::checkpoints(tx, 0..=0)? {
        walk.checkpoint(key, 0, &note)?;
    }
    while walk.check.size() < size {
        let from = walk.check.size();
        let to = size.min(from + BATCH);
        walk.records(tx, key, from, to)?;
        progress(walk.check.size(), size);
    }
    if let Some((last, _)) = audit::checkpoint(tx)?
        && last > size
    {
        return Err(LogFinding::CheckpointAhead { size: last, found: size }.into());
    }
    let found = audit::subtree_count(tx)?;
    if found != walk.subtrees {
        return Err(LogFinding::Subtrees { expected: walk.subtrees, found }.into());
    }
    // Records beyond the stored tree's edge would be a longer log than the one that is signed next.
    if let Some(surplus) = audit::by_seq(tx, size..size + 1)?.first() {
        let found = surplus.seq.unwrap_or(size) + 1;
        return Err(RecordFinding::Surplus { size, found }.into());
    }
    let head = domain::audit::Checkpoint { origin: key.origin().clone(), size, root: tree.root() };
    let report = walk.check.finish(&head)?;
    let pending = audit::pending_count(tx)?;
    Ok(SoundLog { report, checkpoints: walk.checkpoints, signed: walk.signed, pending })
}

/// A walk through the log.
struct Walk {
    check: LogCheck,
    /// The same tree again, for the subtrees that it completes.
    tree: Frontier,
    subtrees: u64,
    checkpoints: u64,
    signed: u64,
}

impl Walk {
    fn records(
        &mut self,
        tx: &mut ReadTx<'_>,
        key: &VerifierKey,
        from: u64,
        to: u64,
    ) -> Result<(), VerifyError> {
        let records = audit::by_seq(tx, from..to)?;
        let leaves = audit::leaves(tx, from..to)?;
        if records.is_empty() {
            return Err(RecordFinding::Truncated { size: to, found: from }.into());
        }
        let notes = audit::checkpoints(tx, from + 1..=to)?;
        let mut notes = notes.into_iter().peekable();
        for (record, stored) in records.iter().zip(leaves) {
            let seq = record.seq.unwrap_or(u64::MAX);
            let leaf = self.check.record(seq, &record.entry, detail(record, seq)?)?;
            columns(record, seq)?;
            if leaf != stored {
                return Err(LogFinding::Leaf(seq).into());
            }
            for made in self.tree.append(leaf) {
                self.subtrees += 1;
                let kept = StoredNodes(tx).subtrees(made.level, made.index..made.index + 1)?;
                if kept != [made.hash] {
                    return Err(LogFinding::Subtree { level: made.level, place: made.index }.into());
                }
            }
            while let Some((size, note)) = notes.next_if(|(size, _)| *size == self.check.size()) {
                self.checkpoint(key, size, &note)?;
            }
        }
        Ok(())
    }

    fn checkpoint(&mut self, key: &VerifierKey, size: u64, note: &str) -> Result<(), LogFinding> {
        let signed = key.open(note).map_err(|error| LogFinding::Checkpoint { size, error })?;
        if signed.size != size || signed.root != self.check.root() {
            return Err(LogFinding::CheckpointRoot(size));
        }
        self.checkpoints += 1;
        self.signed = size;
        Ok(())
    }
}

fn detail(record: &StoredRecord, seq: u64) -> Result<Option<(&domain::audit::Salt, &str)>, LogFinding> {
    match (&record.salt, &record.body) {
        (Some(salt), Some(body)) => Ok(Some((salt, body))),
        (None, None) => Ok(None),
        (Some(_), None) | (None, Some(_)) => Err(LogFinding::HalfErased(seq)),
    }
}

/// Lists are read from the columns, so the columns must say what the leaf says.
fn columns(record: &StoredRecord, seq: u64) -> Result<AuditEntry, LogFinding> {
    let entry = AuditEntry::parse(&record.entry)
        .map_err(|error| LogFinding::Record(RecordFinding::Entry { seq, error }))?;
    let said = [
        ("id", record.id == entry.id()),
        ("recorded_at", record.recorded_at == entry.at()),
        ("action", record.action == entry.action_name()),
        ("actor", record.actor == actor_key(entry.actor())),
        ("target", record.target == target_key(entry.target())),
        ("outcome", record.outcome == entry.outcome().as_str()),
    ];
    match said.into_iter().find(|(_, same)| !same) {
        Some((column, _)) => Err(LogFinding::Column { seq, column }),
        None => Ok(entry),
    }
}

fn verify_tail(tx: &mut ReadTx<'_>, key: &VerifierKey, records: u64) -> Result<u64, VerifyError> {
    let tree = audit::frontier(tx)?;
    let size = tree.size();
    let from = size.saturating_sub(records);
    let tail = audit::by_seq(tx, from..size)?;
    let leaves = audit::leaves(tx, from..size)?;
    for (seq, (record, stored)) in (from..).zip(tail.iter().zip(leaves)) {
        let found = record.seq.unwrap_or(u64::MAX);
        if found != seq {
            return Err(RecordFinding::Gap { expected: seq, found }.into());
        }
        if leaf_hash(record.entry.as_bytes()) != stored {
            return Err(LogFinding::Leaf(seq).into());
        }
        let entry = columns(record, seq)?;
        if let Some((salt, body)) = detail(record, seq)?
            && !entry.opens_to(salt, body)
        {
            return Err(RecordFinding::Detail { seq }.into());
        }
    }
    let looked_at = tail.len() as u64;
    if looked_at != size - from {
        return Err(RecordFinding::Truncated { size, found: from + looked_at }.into());
    }
    let root_of = |tx: &mut ReadTx<'_>, size| match root_at(size, &mut StoredNodes(tx)) {
        Ok(root) => Ok(root),
        Err(ProofError::Read(error)) => Err(VerifyError::from(error)),
        Err(ProofError::Missing { level, range, .. }) => {
            Err(LogFinding::Subtree { level, place: range.start }.into())
        }
        Err(error) => Err(StoreError::Engine(error.to_string()).into()),
    };
    let computed = root_of(tx, size)?;
    if computed != tree.root() {
        return Err(RecordFinding::Root { expected: tree.root(), computed }.into());
    }
    if let Some((size, note)) = audit::checkpoint(tx)? {
        let signed = key.open(&note).map_err(|error| LogFinding::Checkpoint { size, error })?;
        if signed.size > tree.size() {
            return Err(LogFinding::CheckpointAhead { size, found: tree.size() }.into());
        }
        if signed.size != size || signed.root != root_of(tx, size)? {
            return Err(LogFinding::CheckpointRoot(size).into());
        }
    }
    Ok(looked_at)
}
