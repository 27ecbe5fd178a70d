//! The audit log's secret key: 32 random bytes in a file of the data folder, made once.

use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

/// Why the key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error("the audit key {} cannot be used: {error}; give this user the right to read it, or restore it from a backup", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The file is not a key.
    #[error("the audit key {} holds {found} bytes where a key has 32; restore it from a backup", path.display())]
    Length {
        /// The file.
        path: PathBuf,
        /// Its length.
        found: usize,
    },
    /// The file is gone while the log it signed is there.
    #[error("the audit key {} is missing, and this desk's log was signed with it: copy it from the folder of another process of this desk, or from a backup", .0.display())]
    Missing(PathBuf),
    /// The file is another key than the one that signed this log.
    #[error("the audit key {} is not the one of this desk's log, whose public key is {expected}; put the right file there", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// The public key of the log.
        expected: String,
    },
    /// The system gives no randomness.
    #[error("the operating system gives no randomness: {0}")]
    Randomness(getrandom::Error),
}

/// The secret bytes in the file, if there is one.
pub(crate) fn read(path: &Path) -> Result<Option<[u8; 32]>, KeyError> {
    let unusable = |error| KeyError::Unusable { path: path.to_owned(), error };
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(64).read_to_end(&mut bytes).map_err(unusable)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(error)),
    };
    let found = bytes.len();
    bytes.try_into().map(Some).map_err(|_| KeyError::Length { path: path.to_owned(), found })
}

/// Writes a fresh key, on disk before it signs anything; returns the one that is there where another process was first.
pub(crate) fn create(path: &Path) -> Result<[u8; 32], KeyError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(KeyError::Randomness)?;
    match write(path, &seed) {
        Ok(()) => Ok(seed),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            read(path)?.ok_or_else(|| KeyError::Missing(path.to_owned()))
        }
        Err(error) => Err(KeyError::Unusable { path: path.to_owned(), error }),
    }
}

/// Writes a key to a file that is not there yet. It appears whole or not at all.
pub(crate) fn write(path: &Path, seed: &[u8; 32]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let partial = folder.join(format!("audit.key.{}", std::process::id()));
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&partial)?;
    file.write_all(seed)?;
    file.sync_all()?;
    // A link, unlike a rename, does not take the place of a key that is there.
    let linked = std::fs::hard_link(&partial, path);
    std::fs::remove_file(&partial)?;
    linked?;
    File::open(folder)?.sync_all()
}
