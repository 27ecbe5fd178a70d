//! Evidence that others check: checkpoints, proofs and tiles (c2sp.org/tlog-tiles).

use domain::{
    AuditRecordId,
    audit::{
        ProofError, TileKind, TilePath, TlogProof, VerifierKey, entry_bundle, inclusion_proof, tile_bytes,
    },
    identity::Capability,
};
use store::{StoreError, audit};

use crate::{Look, Query, Refused, Result};

/// The latest signed checkpoint, as a note; nothing before the first was signed.
#[derive(Debug, Clone, Copy)]
pub struct LatestCheckpoint;

/// The proof that a record is in the log, against the latest checkpoint. It is made of stored hashes; whoever receives it
/// checks it with [`TlogProof::verify`].
#[derive(Debug, Clone)]
pub struct AuditProof {
    /// Which record.
    pub id: AuditRecordId,
    /// The log's public key: a proof against a checkpoint that it did not sign is none.
    pub key: VerifierKey,
}

/// One tile of the tree, or the entries below one.
#[derive(Debug, Clone, Copy)]
pub struct AuditTile {
    /// Its address.
    pub path: TilePath,
}

/// The bytes of a tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TileBody {
    /// As they are served.
    pub bytes: Vec<u8>,
    /// Whether they can never change again: the tile is full.
    pub full: bool,
}

impl Query for LatestCheckpoint {
    type Answer = Option<String>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Option<String>> {
        look.require(Capability::AuditRead, "checkpoint")?;
        Ok(audit::checkpoint(look.tx)?.map(|(_, note)| note))
    }
}

impl Query for AuditProof {
    type Answer = TlogProof;

    /// A record that no checkpoint covers yet is [`Refused::Rule`]: within a second it will be.
    fn answer(self, look: &mut Look<'_, '_>) -> Result<TlogProof> {
        look.require(Capability::AuditRead, "audit record")?;
        let record = audit::by_id(look.tx, self.id)?.ok_or(Refused::NotFound("audit record"))?;
        let (index, checkpoint) = match (record.seq, audit::checkpoint(look.tx)?) {
            (Some(index), Some((size, note))) if index < size => (index, note),
            _ => {
                let sentence = "the record is not under a signed checkpoint yet; ask again in a second";
                return Err(Refused::Rule(sentence.to_owned()));
            }
        };
        let signed = self.key.open(&checkpoint).map_err(|error| broken(&error))?;
        let hashes = inclusion_proof(index, signed.size, &mut audit::StoredNodes(look.tx)).map_err(
            |error: ProofError<StoreError>| match error {
                ProofError::Read(error) => Refused::Store(error),
                other => broken(&other),
            },
        )?;
        Ok(TlogProof { index, hashes, checkpoint, extra: None })
    }
}

impl Query for AuditTile {
    type Answer = TileBody;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<TileBody> {
        look.require(Capability::AuditRead, "tile")?;
        // Only what a checkpoint covers: the rest has no signature to be checked against.
        let size = audit::checkpoint(look.tx)?.map_or(0, |(size, _)| size);
        if !self.path.is_within(size) {
            return Err(Refused::NotFound("tile"));
        }
        let range = self.path.range();
        let full = range.end - range.start == domain::audit::TILE_WIDTH;
        let bytes = match self.path.kind() {
            TileKind::Entries => {
                let records = audit::by_seq(look.tx, range)?;
                entry_bundle(records.iter().map(|record| record.entry.as_bytes()))
                    .map_err(|error| broken(&error))?
            }
            TileKind::Hashes(0) => tile_bytes(&audit::leaves(look.tx, range)?),
            TileKind::Hashes(level) => {
                use domain::audit::Nodes as _;
                tile_bytes(&audit::StoredNodes(look.tx).subtrees(level, range)?)
            }
        };
        Ok(TileBody { bytes, full })
    }
}

fn broken(error: &impl std::fmt::Display) -> Refused {
    StoreError::Engine(format!("the audit log: {error}")).into()
}
