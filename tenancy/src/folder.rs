//! The data folder: readable by its owner alone, served by one process at a time.

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// Where a tenant keeps what is not in its database, and the database itself where that is SQLite.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It cannot be made or written.
    #[error("the data folder {} cannot be used: {error}; give this user the right to write there, or name another with --data", folder.display())]
    Unusable {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Another process serves from it.
    #[error("another freehold serves from {}; stop it first, or name another folder with --data", .0.display())]
    Locked(PathBuf),
}

/// Held by the one process that serves from a folder; the system takes it back when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "open, it is the lock")] File);

impl Folder {
    /// The folder at `path`, made if it is not there.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let unusable = |error| FolderError::Unusable { folder: path.to_owned(), error };
        make(path).map_err(unusable)?;
        Ok(Self(path.to_owned()))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The audit log's secret key.
    pub fn audit_key(&self) -> PathBuf {
        self.0.join("audit.key")
    }

    /// The embedded database.
    pub fn database(&self) -> PathBuf {
        self.0.join("freehold.db")
    }

    /// What people attached.
    pub fn attachments(&self) -> PathBuf {
        self.0.join("attachments")
    }

    /// Takes the folder for this process.
    pub fn lock(&self) -> Result<Lock, FolderError> {
        let unusable = |error| FolderError::Unusable { folder: self.0.clone(), error };
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.0.join("lock"))
            .map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => Ok(Lock(file)),
            Err(TryLockError::WouldBlock) => Err(FolderError::Locked(self.0.clone())),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }
}

/// Makes a folder that only its owner may enter.
fn make(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path)
}
