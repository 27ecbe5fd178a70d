//! Checking a log record by record, wherever the records come from: the running desk's tables or an export file.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use super::{AuditEntry, Checkpoint, EntryError, Frontier, Hash, Salt, leaf_hash};
use crate::AuditRecordId;

/// What is wrong with a record, or with all of them together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordFinding {
    /// A record is missing, repeated or out of place.
    #[error("record {expected} must come here, not {found}: records were dropped, repeated or moved")]
    Gap {
        /// The number that comes next.
        expected: u64,
        /// The number that stands there.
        found: u64,
    },
    /// A record's text is not an entry.
    #[error("record {seq}: {error}")]
    Entry {
        /// The record.
        seq: u64,
        /// What is wrong with it.
        error: EntryError,
    },
    /// Two records have one id.
    #[error("record {seq} has the id {id} of an earlier one: a record was copied")]
    DuplicateId {
        /// The later record.
        seq: u64,
        /// The id of both.
        id: AuditRecordId,
    },
    /// The detail is not the one that was recorded.
    #[error("record {seq}: its detail is not the one that was recorded; it was changed afterwards")]
    Detail {
        /// The record.
        seq: u64,
    },
    /// The log ends before its checkpoint.
    #[error("the checkpoint is over {size} records, here are {found}: the last ones were cut off")]
    Truncated {
        /// The size of the checkpoint.
        size: u64,
        /// The records found.
        found: u64,
    },
    /// The log goes on after its checkpoint.
    #[error("the checkpoint is over {size} records, here are {found}: records were added")]
    Surplus {
        /// The size of the checkpoint.
        size: u64,
        /// The records found.
        found: u64,
    },
    /// The records do not hash to the checkpoint's root.
    #[error("the records hash to {computed}, the checkpoint says {expected}: a record was changed")]
    Root {
        /// The root of the checkpoint.
        expected: Hash,
        /// The root of the records.
        computed: Hash,
    },
}

/// Where the times of records go backwards. That is a warning and no finding: the processes that share a log have clocks
/// of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClockSteps {
    /// How many records are earlier than the one before them.
    pub count: u64,
    /// The first of them.
    pub first: Option<u64>,
    /// By how much the earliest of them is early.
    pub largest: SignedDuration,
}

/// What a whole log was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How many records.
    pub records: u64,
    /// Their root, which is the checkpoint's.
    pub root: Hash,
    /// How many of them came without their detail: erased since.
    pub erased: u64,
    /// When the first record was written; nothing in an empty log.
    pub first_at: Option<Timestamp>,
    /// When the last record was written.
    pub last_at: Option<Timestamp>,
    /// Where the clock went backwards.
    pub clock: ClockSteps,
}

/// A log being checked from its first record on. Its memory grows by some 20 bytes a record, for the ids.
#[derive(Debug, Clone, Default)]
pub struct LogCheck {
    frontier: Frontier,
    ids: HashSet<AuditRecordId>,
    erased: u64,
    first_at: Option<Timestamp>,
    last_at: Option<Timestamp>,
    clock: ClockSteps,
}

impl LogCheck {
    /// Takes the next record: its number, its leaf, and its salt and detail unless they were erased. Returns the leaf's
    /// hash, to be compared with a stored one.
    pub fn record(
        &mut self,
        seq: u64,
        entry: &str,
        detail: Option<(&Salt, &str)>,
    ) -> Result<Hash, RecordFinding> {
        if seq != self.frontier.size() {
            return Err(RecordFinding::Gap { expected: self.frontier.size(), found: seq });
        }
        let parsed = AuditEntry::parse(entry).map_err(|error| RecordFinding::Entry { seq, error })?;
        match detail {
            Some((salt, body)) if !parsed.opens_to(salt, body) => return Err(RecordFinding::Detail { seq }),
            Some(_) => {}
            None => self.erased += 1,
        }
        if !self.ids.insert(parsed.id()) {
            return Err(RecordFinding::DuplicateId { seq, id: parsed.id() });
        }
        self.note_time(seq, parsed.at());
        let leaf = leaf_hash(entry.as_bytes());
        self.frontier.append(leaf);
        Ok(leaf)
    }

    /// How many records were taken.
    pub const fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root over the records taken so far, to be compared with a checkpoint of that size.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Compares what was taken with the checkpoint over it.
    pub fn finish(self, checkpoint: &Checkpoint) -> Result<Report, RecordFinding> {
        let (size, found) = (checkpoint.size, self.size());
        if found < size {
            return Err(RecordFinding::Truncated { size, found });
        }
        if found > size {
            return Err(RecordFinding::Surplus { size, found });
        }
        let root = self.root();
        if root != checkpoint.root {
            return Err(RecordFinding::Root { expected: checkpoint.root, computed: root });
        }
        Ok(Report {
            records: found,
            root,
            erased: self.erased,
            first_at: self.first_at,
            last_at: self.last_at,
            clock: self.clock,
        })
    }

    fn note_time(&mut self, seq: u64, at: Timestamp) {
        if let Some(before) = self.last_at
            && at < before
        {
            self.clock.count += 1;
            self.clock.first.get_or_insert(seq);
            self.clock.largest = self.clock.largest.max(before.duration_since(at));
        }
        self.first_at.get_or_insert(at);
        self.last_at = Some(at);
    }
}
