//! Opening a tenant: its folder, its engine, its key, and that they belong together.

use std::{path::PathBuf, sync::Arc};

use desk::{Desk, DeskOptions};
use domain::{Timestamp, audit::LogKey};
use store::{Database, DatabaseUrl, StoreError, setting};
use uuid::Uuid;

use crate::{AttachmentError, Attachments, Folder, FolderError, KeyError, Lock, key};

/// The fact that says which tenant a database belongs to.
pub(crate) const TENANT: &str = "tenant";
/// The fact that says which key signs its log.
pub(crate) const AUDIT_KEY: &str = "audit_key";

/// Where a tenant is.
#[derive(Debug, Clone)]
pub struct TenantOptions {
    /// Its folder.
    pub data: PathBuf,
    /// Its database; SQLite in the folder where none is named.
    pub database: Option<DatabaseUrl>,
    /// How its desk works.
    pub desk: DeskOptions,
    /// Whether this process serves from the folder. One does at a time; what else uses it, such as a backup, may beside.
    pub serve: bool,
    /// Whether a tenant that is not there is made.
    pub create: bool,
}

impl TenantOptions {
    /// The tenant in this folder.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self { data: data.into(), database: None, desk: DeskOptions::default(), serve: false, create: false }
    }
}

/// An open tenant. Cheap to clone.
#[derive(Clone)]
pub struct Tenant {
    /// Its desk: the door.
    pub desk: Desk,
    /// What people attached.
    pub attachments: Attachments,
    /// The key that signs its audit log.
    pub log_key: LogKey,
    /// Which tenant it is.
    pub id: Uuid,
    /// Its folder.
    pub folder: Folder,
    _lock: Option<Arc<Lock>>,
}

/// Why a tenant does not open.
#[derive(Debug, thiserror::Error)]
pub enum TenantError {
    /// Its folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Its key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Its attachments.
    #[error(transparent)]
    Attachments(#[from] AttachmentError),
    /// Its engine.
    #[error("the database cannot be used: {0}; check --database, and that the engine runs")]
    Store(#[from] StoreError),
    /// There is none.
    #[error("there is no desk in {}; start one with `freehold serve`, or name its folder with --data", .0.display())]
    NotThere(PathBuf),
    /// Its identity.
    #[error("the database says it is the tenant `{0}`, which is no id; restore a backup")]
    Id(String),
}

impl Tenant {
    /// Opens the tenant, and, where it may, makes what is missing of it: folder, schema, identity, key.
    pub fn open(options: TenantOptions, now: Timestamp) -> Result<Self, TenantError> {
        if !options.create && !options.data.is_dir() {
            return Err(TenantError::NotThere(options.data));
        }
        let folder = Folder::open(&options.data)?;
        let lock = if options.serve { Some(Arc::new(folder.lock()?)) } else { None };
        let url = options.database.unwrap_or_else(|| DatabaseUrl::Sqlite(folder.database()));
        if let (DatabaseUrl::Sqlite(file), false) = (&url, options.create)
            && !file.is_file()
        {
            return Err(TenantError::NotThere(options.data));
        }
        let db = Database::open(&url)?;
        let (id, known_key) = identity(&db, now)?;
        let log_key = log_key(&db, &folder, id, known_key)?;
        let attachments = Attachments::open(&folder.attachments())?;
        Ok(Self { desk: Desk::new(db, options.desk), attachments, log_key, id, folder, _lock: lock })
    }

    /// The engine, for people.
    pub fn engine(&self) -> String {
        self.desk.database().describe()
    }
}

/// Which tenant the database is, and the public key of its log if it was ever opened before.
fn identity(db: &Database, now: Timestamp) -> Result<(Uuid, Option<String>), TenantError> {
    let (tenant, key) =
        db.read_now(|tx| Ok::<_, StoreError>((setting::meta(tx, TENANT)?, setting::meta(tx, AUDIT_KEY)?)))?;
    let tenant = if let Some(tenant) = tenant {
        tenant
    } else {
        let mut random = [0; 10];
        getrandom::fill(&mut random).map_err(KeyError::Randomness)?;
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let fresh = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string();
        db.write_now(move |tx| setting::begin_meta(tx, TENANT, &fresh))?
    };
    let id = Uuid::try_parse(&tenant).map_err(|_| TenantError::Id(tenant))?;
    Ok((id, key))
}

/// The key of the tenant's log, made on first opening. A database remembers the public half, so that no second process
/// can begin to sign the same log with a key of its own.
fn log_key(
    db: &Database,
    folder: &Folder,
    tenant: Uuid,
    known: Option<String>,
) -> Result<LogKey, TenantError> {
    let path = folder.audit_key();
    let seed = match key::read(&path)? {
        Some(seed) => seed,
        None if known.is_some() => return Err(KeyError::Missing(path).into()),
        None => key::create(&path)?,
    };
    let log_key = named_key(tenant, &seed);
    let public = log_key.verifier().to_string();
    let expected = if let Some(known) = known {
        known
    } else {
        let public = public.clone();
        db.write_now(move |tx| setting::begin_meta(tx, AUDIT_KEY, &public))?
    };
    if expected == public { Ok(log_key) } else { Err(KeyError::Other { path, expected }.into()) }
}

/// A tenant's log is named after the tenant, not after its address, which may change.
pub(crate) fn named_key(tenant: Uuid, seed: &[u8; 32]) -> LogKey {
    let name = format!("freehold/{tenant}").parse().expect("hexadecimal digits and hyphens name a log");
    LogKey::from_seed(name, seed)
}
