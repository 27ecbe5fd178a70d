//! A tenant in one file, and back: the same file whichever engine it comes from and goes to, so that a backup is also how
//! a tenant moves.
//!
//! The file is a gzipped tar of `database.sqlite`, `audit.key`, `attachments/SHA-256…` and, last, `manifest.json`, which
//! says what the others must be. The database in it is SQLite with the schema of every other; its search index is made
//! again when it is restored.

mod part;
mod restore;
mod write;

use std::{collections::BTreeMap, io, path::PathBuf};

use desk::{
    Refused,
    audit::{SignError, VerifyError},
};
use domain::{Timestamp, audit::Hash};
use serde::{Deserialize, Serialize};
use store::StoreError;
use uuid::Uuid;

use crate::{AttachmentError, FolderError, KeyError, TenantError};

pub use restore::restore;
pub use write::backup;

/// The format's name, in the manifest.
pub const FORMAT: &str = "freehold-backup";
/// Its version.
pub const VERSION: u32 = 1;

/// The names in the file.
const DATABASE: &str = "database.sqlite";
const KEY: &str = "audit.key";
const ATTACHMENTS: &str = "attachments/";
const MANIFEST: &str = "manifest.json";

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The version of the program that wrote it.
    pub program: String,
    /// The number of the last migration of the database.
    pub schema: u32,
    /// When it was begun.
    pub made_at: Timestamp,
    /// Which tenant it is.
    pub tenant: Uuid,
    /// The engine it comes from.
    pub engine: String,
    /// The audit log at that moment.
    pub audit: AuditState,
    /// The rows of each table.
    pub tables: BTreeMap<String, u64>,
    /// Attachments that the database names and the store did not have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_attachments: Vec<String>,
    /// The other files of the backup.
    pub parts: Vec<PartOf>,
}

/// The audit log at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditState {
    /// How many records have their place.
    pub size: u64,
    /// Their root.
    pub root: Hash,
    /// The public key that signs it.
    pub vkey: String,
}

/// One file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartOf {
    /// Its name.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// The SHA-256 of its content, in hexadecimal.
    pub sha256: String,
}

/// Who hears how far a backup or a restore has come: of what, how much of how much is done.
pub type Heard = Box<dyn Fn(&'static str, u64, u64) + Send + Sync>;

/// Why a backup was not made or not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file cannot be read or written.
    #[error("{} cannot be used: {error}; look at its rights and the disk's space", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The backup would replace a file.
    #[error("{} is there already; name another file, or remove that one first", .0.display())]
    Exists(PathBuf),
    /// The file is no backup.
    #[error("{} is not a backup of Freehold, or is cut off: {why}", path.display())]
    NotABackup {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The file is of a later program.
    #[error(
        "the backup is of format version {found}, this program reads {VERSION}; restore it with the newer program"
    )]
    Newer {
        /// The version it names.
        found: u32,
    },
    /// A part is not the one that the manifest names.
    #[error("the backup's {path} is not what was backed up: {why}; use another backup")]
    Damaged {
        /// The part.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// There is something where the backup is to go.
    #[error("{0} holds something already; restore into an empty folder and an empty database")]
    NotEmpty(String),
    /// What was restored is not what was backed up.
    #[error("what was restored is not what was backed up: {0}; nothing of it is kept")]
    Differs(String),
    /// The audit log in the backup, or the restored one, does not verify.
    #[error("the audit log does not verify: {0}")]
    Audit(#[from] VerifyError),
    /// The log's head cannot be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The attachments.
    #[error(transparent)]
    Attachments(#[from] AttachmentError),
    /// The tenant does not open.
    #[error(transparent)]
    Tenant(#[from] TenantError),
    /// The engine.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The desk.
    #[error(transparent)]
    Desk(#[from] Refused),
}

impl BackupError {
    fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::File { path, error }
    }
}

/// How many rows each table has.
fn counts(tx: &mut store::ReadTx<'_>) -> Result<BTreeMap<String, u64>, StoreError> {
    let mut counts = BTreeMap::new();
    for table in store::copy::tables()? {
        counts.insert(table.name.clone(), store::copy::count(tx, table)?);
    }
    Ok(counts)
}
