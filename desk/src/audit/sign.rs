//! Checkpoints: the log's key vouches for the tree as it grew, and for no other.

use domain::{
    Timestamp,
    audit::{
        Checkpoint, ConsistencyError, LogKey, NoteError, ProofError, consistency_proof, verify_consistency,
    },
};
use store::{ReadTx, StoreError, audit};

use crate::{Desk, Refused};

/// Why the log's head was not signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The last checkpoint is not by this key.
    #[error("the last checkpoint is not one of this key, so none is added to it: {0}")]
    LastCheckpoint(#[from] NoteError),
    /// The tree does not hold what it held.
    #[error(
        "the audit log is not the one that was signed last, so it is not signed again: {0}. Run `freehold audit verify`, and restore a backup"
    )]
    Rewritten(#[from] ConsistencyError),
    /// The tree misses hashes.
    #[error("the audit log cannot be signed: {0}")]
    Tree(ProofError<StoreError>),
    /// The engine.
    #[error(transparent)]
    Desk(#[from] Refused),
}

impl From<StoreError> for SignError {
    fn from(error: StoreError) -> Self {
        Self::Desk(error.into())
    }
}

impl Desk {
    /// Signs the log's head where it grew since the last checkpoint; returns the checkpoint that is the last now. A tree
    /// that does not begin with the one signed last is never signed. To be called about once a second.
    pub fn sign_checkpoint(&self, key: &LogKey, now: Timestamp) -> Result<Checkpoint, SignError> {
        let signer = key.clone();
        let head = self.database().read_now(move |tx| head(tx, &signer))?;
        let Head::Grown(checkpoint) = head else { return Ok(head.checkpoint()) };
        let note = key.sign(&checkpoint);
        let size = checkpoint.size;
        self.database().write_now(move |tx| audit::put_checkpoint(tx, size, &note, now))?;
        Ok(checkpoint)
    }
}

enum Head {
    Signed(Checkpoint),
    Grown(Checkpoint),
}

impl Head {
    fn checkpoint(self) -> Checkpoint {
        match self {
            Self::Signed(checkpoint) | Self::Grown(checkpoint) => checkpoint,
        }
    }
}

fn head(tx: &mut ReadTx<'_>, key: &LogKey) -> Result<Head, SignError> {
    let tree = audit::frontier(tx)?;
    let grown = key.checkpoint(tree.size(), tree.root());
    let Some((_, note)) = audit::checkpoint(tx)? else { return Ok(Head::Grown(grown)) };
    let signed = key.verifier().open(&note)?;
    if signed == grown {
        return Ok(Head::Signed(signed));
    }
    let proof = match consistency_proof(signed.size, grown.size, &mut audit::StoredNodes(tx)) {
        // The check below says what that means.
        Err(ProofError::Shrinking { .. }) => Vec::new(),
        proof => proof.map_err(SignError::Tree)?,
    };
    verify_consistency(signed.size, signed.root, grown.size, grown.root, &proof)?;
    Ok(Head::Grown(grown))
}
