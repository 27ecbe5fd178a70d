//! A backup, made while the desk works.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use domain::{Timestamp, audit::Hash};
use flate2::{Compression, write::GzEncoder};
use store::{
    Database, DatabaseUrl, ReadTx, StoreError, WriteTx, audit,
    copy::{self, Copy},
    ticket,
};
use tar::{Builder, EntryType, Header};

use super::{
    ATTACHMENTS, AuditState, BackupError, DATABASE, FORMAT, Heard, KEY, MANIFEST, Manifest, PartOf, VERSION,
    part::{Hashed, Scratch, Streamed, runtime},
};
use crate::{ContentHash, KeyError, Tenant, key};

/// Writes a backup of the tenant as it is at this moment to `file`, which must not be there. Others go on working. The
/// file appears whole, on disk, or not at all. Waits on this thread, which must not be asynchronous.
pub fn backup(tenant: &Tenant, file: &Path, now: Timestamp, heard: Heard) -> Result<Manifest, BackupError> {
    if file.exists() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let heard = Arc::new(heard);
    // Beside the file, so that there is room for both or for neither, and the last step is a rename.
    let scratch = Scratch::new(beside(file)).map_err(BackupError::file(file))?;
    let database = scratch.join(DATABASE);
    let snapshot = snapshot(tenant, &database, &heard)?;

    let partial = scratch.join("backup.tar.gz");
    let mut archive = Archive::create(&partial).map_err(BackupError::file(&partial))?;
    let mut parts = Vec::new();
    let size = database.metadata().map_err(BackupError::file(&database))?.len();
    let content = File::open(&database).map_err(BackupError::file(&database))?;
    parts.push(archive.add(DATABASE, size, now, content).map_err(BackupError::file(&partial))?);
    let path = tenant.folder.audit_key();
    let seed = key::read(&path)?.ok_or(KeyError::Missing(path))?;
    parts.push(archive.add(KEY, 32, now, &seed[..]).map_err(BackupError::file(&partial))?);

    let runtime = runtime().map_err(BackupError::file(file))?;
    let (mut missing, total) = (Vec::new(), snapshot.attachments.len() as u64);
    for (done, hash) in (1..).zip(snapshot.attachments.iter().copied().map(ContentHash)) {
        match runtime.block_on(tenant.attachments.size(hash))? {
            // A backup without one file is worth more than none at all; the manifest says which.
            None => missing.push(hash.to_string()),
            Some(size) => {
                let stream = runtime.block_on(tenant.attachments.get(hash))?;
                let content = Streamed::new(&runtime, stream);
                let path = format!("{ATTACHMENTS}{hash}");
                parts.push(archive.add(&path, size, now, content).map_err(BackupError::file(&partial))?);
            }
        }
        heard("attachments", done, total);
    }

    let manifest = Manifest {
        format: FORMAT.to_owned(),
        version: VERSION,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        schema: u32::try_from(store::MIGRATIONS.len()).unwrap_or(u32::MAX),
        made_at: now,
        tenant: tenant.id,
        engine: tenant.engine(),
        audit: AuditState {
            size: snapshot.size,
            root: snapshot.root,
            vkey: tenant.log_key.verifier().to_string(),
        },
        tables: snapshot.tables,
        missing_attachments: missing,
        parts,
    };
    let text = serde_json::to_vec_pretty(&manifest)
        .map_err(|error| BackupError::file(&partial)(io::Error::other(error)))?;
    archive.add(MANIFEST, text.len() as u64, now, &text[..]).map_err(BackupError::file(&partial))?;
    archive.finish().map_err(BackupError::file(&partial))?;
    publish(&partial, file)?;
    Ok(manifest)
}

/// What the copy saw of its moment.
struct Snapshot {
    size: u64,
    root: Hash,
    tables: BTreeMap<String, u64>,
    attachments: Vec<[u8; 32]>,
}

fn snapshot(tenant: &Tenant, to: &Path, heard: &Arc<Heard>) -> Result<Snapshot, BackupError> {
    let database = Database::open(&DatabaseUrl::Sqlite(to.to_owned()))?;
    let heard = Arc::clone(heard);
    let (seen, ()) = copy::copy(
        tenant.desk.database(),
        &database,
        Copy {
            progress: Box::new(move |done, total| heard("rows", done, total)),
            look,
            // The file is read by table when it comes back; an index in it would only make it larger.
            close: |_: &mut WriteTx<'_>| Ok::<(), StoreError>(()),
        },
    )?;
    // The last handle: closing it writes everything into the one file.
    drop(database);
    Ok(seen)
}

fn look(tx: &mut ReadTx<'_>) -> Result<Snapshot, StoreError> {
    let frontier = audit::frontier(tx)?;
    let tables = super::counts(tx)?;
    let attachments = ticket::attachment_contents(tx)?;
    Ok(Snapshot { size: frontier.size(), root: frontier.root(), tables, attachments })
}

struct Archive {
    tar: Builder<GzEncoder<File>>,
}

impl Archive {
    fn create(path: &Path) -> io::Result<Self> {
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let file = options.open(path)?;
        Ok(Self { tar: Builder::new(GzEncoder::new(file, Compression::fast())) })
    }

    fn add(&mut self, path: &str, size: u64, now: Timestamp, content: impl Read) -> io::Result<PartOf> {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_size(size);
        header.set_mode(0o600);
        header.set_mtime(u64::try_from(now.as_second()).unwrap_or(0));
        let mut content = Hashed::new(content);
        self.tar.append_data(&mut header, path, &mut content)?;
        let part = content.part(path);
        if part.size != size {
            return Err(io::Error::other(format!("{path} had {size} bytes and gave {}", part.size)));
        }
        Ok(part)
    }

    fn finish(self) -> io::Result<()> {
        let mut file = self.tar.into_inner()?.finish()?;
        file.flush()?;
        file.sync_all()
    }
}

/// A name beside `file` that a second backup to the same place would take too.
fn beside(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!(".{name}.partial"))
}

fn publish(partial: &Path, file: &Path) -> Result<(), BackupError> {
    // A link, unlike a rename, replaces nothing that came meanwhile.
    std::fs::hard_link(partial, file).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => BackupError::Exists(file.to_owned()),
        _ => BackupError::file(file)(error),
    })?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(BackupError::file(folder))
}
