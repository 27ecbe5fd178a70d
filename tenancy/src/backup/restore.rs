//! A backup brought back: into an empty folder, and an empty database of either engine.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use desk::{Desk, DeskOptions};
use domain::Timestamp;
use flate2::read::GzDecoder;
use store::{
    Database, DatabaseUrl, ReadTx, WriteTx, audit,
    copy::{self, Copy},
    search,
};
use tar::{Archive, EntryType};

use super::{
    ATTACHMENTS, BackupError, DATABASE, FORMAT, Heard, KEY, MANIFEST, Manifest, PartOf, VERSION,
    part::{Hashed, Scratch, runtime},
};
use crate::{Attachments, ContentHash, Folder, Tenant, TenantOptions, key, tenant::named_key};

/// A manifest is a few kilobytes and a line for each attachment.
const MANIFEST_LIMIT: u64 = 1 << 30;

/// Brings the backup in `file` back as the tenant that `options` name, which must not be there yet. What does not verify
/// is not kept. Returns the tenant, open. Waits on this thread, which must not be asynchronous.
pub fn restore(
    file: &Path,
    options: TenantOptions,
    now: Timestamp,
    heard: Heard,
) -> Result<(Tenant, Manifest), BackupError> {
    if options.data.read_dir().is_ok_and(|mut found| found.next().is_some()) {
        return Err(BackupError::NotEmpty(options.data.display().to_string()));
    }
    let existed = options.data.is_dir();
    let folder = Folder::open(&options.data)?;
    let restored = restore_into(file, &folder, &options, heard);
    match restored {
        Ok(manifest) => Ok((Tenant::open(options, now)?, manifest)),
        Err(error) => {
            // Half a desk is in the way of the next attempt.
            clear(folder.path(), existed);
            Err(error)
        }
    }
}

fn clear(folder: &Path, keep_folder: bool) {
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        let path = entry.path();
        drop(if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) });
    }
    if !keep_folder {
        drop(std::fs::remove_dir(folder));
    }
}

fn restore_into(
    file: &Path,
    folder: &Folder,
    options: &TenantOptions,
    heard: Heard,
) -> Result<Manifest, BackupError> {
    let _lock = folder.lock()?;
    let heard = Arc::new(heard);
    let scratch = Scratch::new(folder.path().join(".restore")).map_err(BackupError::file(folder.path()))?;
    let attachments = Attachments::open(&folder.attachments())?;
    let unpacked = Unpacker { file, scratch: &scratch, attachments: &attachments, heard: &heard }.unpack()?;
    let Unpacked { manifest, seed } = unpacked;

    let log_key = named_key(manifest.tenant, &seed);
    if log_key.verifier().to_string() != manifest.audit.vkey {
        return Err(damaged(KEY, "it is not the key of the log in the backup"));
    }
    let source = Database::open(&DatabaseUrl::Sqlite(scratch.join(DATABASE)))?;
    let backed_up = Desk::new(source.clone(), DeskOptions::default());
    let progress = Arc::clone(&heard);
    backed_up.verify_audit(log_key.verifier(), move |done, total| progress("audit records", done, total))?;

    let url = options.database.clone().unwrap_or_else(|| DatabaseUrl::Sqlite(folder.database()));
    let target = Database::open(&url)?;
    if !target.read_now(copy::is_empty)? {
        return Err(BackupError::NotEmpty(format!("the database {url:?}")));
    }
    let progress = Arc::clone(&heard);
    let expected = manifest.clone();
    copy::copy(
        &source,
        &target,
        Copy {
            progress: Box::new(move |done, total| progress("rows", done, total)),
            look: |_: &mut ReadTx<'_>| Ok::<(), BackupError>(()),
            close: move |tx: &mut WriteTx<'_>| {
                compare(tx, &expected)?;
                Ok(search::rebuild(tx)?)
            },
        },
    )?;
    key::write(&folder.audit_key(), &seed).map_err(BackupError::file(folder.audit_key()))?;
    Ok(manifest)
}

/// Before it is committed: what was restored is what was backed up.
fn compare(tx: &mut WriteTx<'_>, manifest: &Manifest) -> Result<(), BackupError> {
    let tables = super::counts(tx)?;
    for (table, expected) in &manifest.tables {
        let found = tables.get(table).copied().unwrap_or(0);
        if found != *expected {
            let sentence = format!("table {table} has {found} rows where the backup had {expected}");
            return Err(BackupError::Differs(sentence));
        }
    }
    let (size, root) = (manifest.audit.size, manifest.audit.root);
    let frontier = audit::frontier(tx)?;
    let computed = domain::audit::root_at(size, &mut audit::StoredNodes(tx))
        .map_err(|error| BackupError::Differs(error.to_string()))?;
    if frontier.size() != size || frontier.root() != root || computed != root {
        return Err(BackupError::Differs("the audit log has another root".to_owned()));
    }
    Ok(())
}

fn damaged(path: impl Into<String>, why: &str) -> BackupError {
    BackupError::Damaged { path: path.into(), why: why.to_owned() }
}

struct Unpacked {
    manifest: Manifest,
    seed: [u8; 32],
}

struct Unpacker<'a> {
    file: &'a Path,
    scratch: &'a Scratch,
    attachments: &'a Attachments,
    heard: &'a Heard,
}

impl Unpacker<'_> {
    /// Reads the file once, from its beginning to its end.
    fn unpack(&self) -> Result<Unpacked, BackupError> {
        let opened = File::open(self.file).map_err(BackupError::file(self.file))?;
        let total = opened.metadata().map_err(BackupError::file(self.file))?.len();
        let mut archive = Archive::new(GzDecoder::new(Counted {
            from: BufReader::new(opened),
            read: 0,
            total,
            heard: self.heard,
        }));
        let runtime = runtime().map_err(BackupError::file(self.file))?;
        let (mut parts, mut seed, mut manifest) = (BTreeMap::new(), None, None);
        for entry in archive.entries().map_err(|error| self.not_a_backup(&error))? {
            let entry = entry.map_err(|error| self.not_a_backup(&error))?;
            if entry.header().entry_type() != EntryType::Regular {
                return Err(self.not_a_backup(&"it holds something else than files"));
            }
            let path =
                entry.path().map_err(|error| self.not_a_backup(&error))?.to_string_lossy().into_owned();
            if manifest.is_some() {
                return Err(self.not_a_backup(&"there is more after its manifest"));
            }
            if path == MANIFEST {
                manifest = Some(self.manifest(entry)?);
                continue;
            }
            let mut content = Hashed::new(entry);
            match path.as_str() {
                DATABASE => self.database(&mut content)?,
                KEY => seed = Some(self.seed(&mut content)?),
                _ => match path.strip_prefix(ATTACHMENTS).and_then(|name| name.parse().ok()) {
                    Some(hash) => runtime.block_on(self.attachment(hash, &mut content))?,
                    None => return Err(self.not_a_backup(&format!("nothing in a backup is called {path}"))),
                },
            }
            parts.insert(path.clone(), content.part(path));
        }
        let manifest = manifest.ok_or_else(|| self.not_a_backup(&"it ends before its manifest"))?;
        let seed = seed.ok_or_else(|| damaged(KEY, "it is missing"))?;
        check_parts(&manifest, parts)?;
        Ok(Unpacked { manifest, seed })
    }

    fn not_a_backup(&self, why: &impl ToString) -> BackupError {
        BackupError::NotABackup { path: self.file.to_owned(), why: why.to_string() }
    }

    fn manifest(&self, entry: impl Read) -> Result<Manifest, BackupError> {
        #[derive(serde::Deserialize)]
        struct Versioned {
            format: String,
            version: u32,
        }
        let mut text = Vec::new();
        entry.take(MANIFEST_LIMIT).read_to_end(&mut text).map_err(|error| self.not_a_backup(&error))?;
        let Versioned { format, version } =
            serde_json::from_slice(&text).map_err(|error| self.not_a_backup(&error))?;
        if format != FORMAT {
            return Err(self.not_a_backup(&format!("its manifest is of `{format}`")));
        }
        if version > VERSION {
            return Err(BackupError::Newer { found: version });
        }
        serde_json::from_slice(&text).map_err(|error| self.not_a_backup(&error))
    }

    fn database(&self, content: &mut impl Read) -> Result<(), BackupError> {
        let path: PathBuf = self.scratch.join(DATABASE);
        let mut file = File::create_new(&path).map_err(BackupError::file(&path))?;
        io::copy(content, &mut file).map(drop).map_err(BackupError::file(&path))
    }

    fn seed(&self, content: &mut impl Read) -> Result<[u8; 32], BackupError> {
        let mut bytes = Vec::new();
        content.take(64).read_to_end(&mut bytes).map_err(|error| self.not_a_backup(&error))?;
        bytes.try_into().map_err(|_| damaged(KEY, "a key has 32 bytes"))
    }

    async fn attachment(&self, hash: ContentHash, content: &mut impl Read) -> Result<(), BackupError> {
        let mut upload = self.attachments.begin(u64::MAX);
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = content.read(&mut buffer).map_err(|error| self.not_a_backup(&error))?;
            if read == 0 {
                break;
            }
            upload.write(&buffer[..read]).await?;
        }
        let stored = upload.finish().await?;
        if stored.hash != hash {
            return Err(damaged(format!("{ATTACHMENTS}{hash}"), "its content is not what its name says"));
        }
        Ok(())
    }
}

fn check_parts(manifest: &Manifest, mut found: BTreeMap<String, PartOf>) -> Result<(), BackupError> {
    for part in &manifest.parts {
        match found.remove(&part.path) {
            None => return Err(damaged(&part.path, "it is missing")),
            Some(found) if found != *part => {
                return Err(damaged(&part.path, "its content has another hash"));
            }
            Some(_) => {}
        }
    }
    let known: BTreeSet<&str> = manifest.parts.iter().map(|part| part.path.as_str()).collect();
    if !known.contains(DATABASE) {
        return Err(damaged(DATABASE, "it is missing"));
    }
    match found.into_keys().next() {
        Some(path) => Err(damaged(path, "the manifest does not name it")),
        None => Ok(()),
    }
}

/// The file as it is read, with word of how far.
struct Counted<'a, R> {
    from: R,
    read: u64,
    total: u64,
    heard: &'a Heard,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(into)?;
        self.read += read as u64;
        (self.heard)("bytes", self.read, self.total);
        Ok(read)
    }
}
