//! The audit log seen from the desk: lists and records for people, proofs and tiles for auditors, the signing of
//! checkpoints, the check of the whole log and its export.

mod evidence;
mod export;
mod look;
mod sign;
mod verify;

pub use evidence::{AuditProof, AuditTile, LatestCheckpoint, TileBody};
pub use export::{AuditExport, AuditExportError};
pub use look::{AuditDetail, AuditLine, AuditList, AuditRead};
pub use sign::SignError;
pub use verify::{LogFinding, SoundLog, VerifyError};
