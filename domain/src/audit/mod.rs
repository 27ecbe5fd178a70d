//! The audit log: a Merkle tree (RFC 6962) in C2SP `tlog-tiles` form, whose leaves say who did what with which seat, and
//! whose signed checkpoints let anybody who holds the public key find out whether a record was changed, dropped or added.
//!
//! A leaf never carries what a person may ask to be erased: names, texts and addresses stand in a *detail* beside it,
//! under a salted [`Commitment`]. Destroy the salt and the detail, and the log still verifies.
//!
//! From the leaf upward: [`AuditEntry`] is one record, [`Frontier`] the right edge of the tree that grows by it,
//! [`Checkpoint`] the signed head, [`TlogProof`] one record's evidence, [`Exporter`] and [`Verifier`] the whole log in a
//! file and its check with nothing but that file and a [`VerifierKey`].

mod checkpoint;
mod commitment;
mod entry;
mod evidence;
mod export;
mod key;
mod log_check;
mod proof;
mod tile;
mod tree;
mod verifier;

pub use checkpoint::{Checkpoint, CheckpointError, InvalidOrigin, Origin};
pub use commitment::{Commitment, Salt};
pub use entry::{
    Act, AuditEntry, AuditRecord, Consumed, ENTRY_VERSION, EntryError, MAX_ENTRY_BYTES, Outcome, Target,
    TargetKind,
};
pub use evidence::{EvidenceError, TlogProof, TlogProofError};
pub use export::{EXPORT_FORMAT, EXPORT_VERSION, ExportError, Exporter};
pub use key::{InvalidVerifierKey, LogKey, NoteError, VerifierKey};
pub use log_check::{ClockSteps, LogCheck, RecordFinding, Report};
pub use proof::{
    ConsistencyError, InclusionError, Nodes, ProofError, consistency_proof, inclusion_proof, root_at,
    verify_consistency, verify_inclusion,
};
pub use tile::{
    BundleError, InvalidTilePath, TILE_WIDTH, TileKind, TilePath, entry_bundle, split_bundle, tile_bytes,
};
pub use tree::{Frontier, Hash, InvalidFrontier, InvalidHash, Subtree, empty_root, leaf_hash, node_hash};
pub use verifier::{Finding, LineFinding, Verifier};
