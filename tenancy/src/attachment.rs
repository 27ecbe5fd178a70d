//! What people attached: files named by the SHA-256 of what they hold, so that the same file is kept once and a changed
//! one is noticed.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use object_store::{
    MultipartUpload, ObjectStore, ObjectStoreExt as _, local::LocalFileSystem, path::Path as Location,
};
use sha2::{Digest as _, Sha256};

/// The SHA-256 of a file's content: its name in the store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash(pub [u8; 32]);

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentHash({self})")
    }
}

impl FromStr for ContentHash {
    type Err = io::Error;

    fn from_str(text: &str) -> io::Result<Self> {
        let invalid = || io::Error::other("a content hash is 64 lower-case hexadecimal digits");
        let digits = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| invalid());
        if !digits {
            return Err(invalid());
        }
        let mut hash = [0; 32];
        for (place, value) in hash.iter_mut().enumerate() {
            *value = byte(2 * place)?;
        }
        Ok(Self(hash))
    }
}

/// A stored file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Its name.
    pub hash: ContentHash,
    /// Its size in bytes.
    pub size: u64,
}

/// Why a file is not stored, or not found.
#[derive(Debug, thiserror::Error)]
pub enum AttachmentError {
    /// It is larger than files may be.
    #[error("the file is larger than {limit} bytes; attach a smaller one, or a link to it")]
    TooLarge {
        /// The most bytes.
        limit: u64,
    },
    /// It is not there.
    #[error("the attachment {0} is not in the store; bring it back from a backup")]
    Missing(ContentHash),
    /// The upload broke off.
    #[error("the upload broke off: {0}; send the file again")]
    Upload(String),
    /// The folder cannot be read or written.
    #[error("attachments cannot be kept in {}: {error}; look at the disk's space and rights", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The store says something else.
    #[error("the attachment store says: {0}")]
    Store(#[from] object_store::Error),
}

/// A tenant's attachments. Cheap to clone.
///
/// The local store syncs each file and the folders it stands in before it answers (`with_fsync`; off unless asked for):
/// otherwise a file could be acknowledged, listed in the database, and empty after a power cut.
#[derive(Clone)]
pub struct Attachments {
    store: Arc<dyn ObjectStore>,
}

/// Uploads under way that do not fit in memory. What a crash leaves there is nobody's.
const INCOMING: &str = "incoming";

/// What is kept in memory of an upload; also the size of a part, of which object stores want at least 5 MiB.
const PART: usize = 6 << 20;

impl Attachments {
    /// The attachments in this folder, made if it is not there.
    pub fn open(folder: &Path) -> Result<Self, AttachmentError> {
        let unusable = |error| AttachmentError::Folder { folder: folder.to_owned(), error };
        std::fs::create_dir_all(folder).map_err(unusable)?;
        let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self { store: Arc::new(store) })
    }

    /// Begins an upload of at most `limit` bytes.
    pub fn begin(&self, limit: u64) -> Upload {
        Upload {
            store: Arc::clone(&self.store),
            limit,
            size: 0,
            hash: Sha256::new(),
            held: Vec::new(),
            large: None,
        }
    }

    /// Stores what `parts` bring, at most `limit` bytes; on disk when this returns.
    pub async fn put<E: fmt::Display>(
        &self,
        parts: impl Stream<Item = Result<Bytes, E>>,
        limit: u64,
    ) -> Result<Stored, AttachmentError> {
        let mut upload = self.begin(limit);
        let mut parts = std::pin::pin!(parts);
        while let Some(part) = parts.next().await {
            let written = match part {
                Ok(part) => upload.write(&part).await,
                Err(error) => Err(AttachmentError::Upload(error.to_string())),
            };
            if let Err(error) = written {
                upload.abort().await;
                return Err(error);
            }
        }
        upload.finish().await
    }

    /// The content of a file, as a stream.
    pub async fn get(
        &self,
        hash: ContentHash,
    ) -> Result<impl Stream<Item = Result<Bytes, AttachmentError>> + Send + use<>, AttachmentError> {
        match self.store.get(&location(hash)).await {
            Ok(found) => Ok(found.into_stream().map(|part| part.map_err(AttachmentError::from))),
            Err(object_store::Error::NotFound { .. }) => Err(AttachmentError::Missing(hash)),
            Err(error) => Err(error.into()),
        }
    }

    /// The whole content of a file.
    pub async fn read(&self, hash: ContentHash) -> Result<Bytes, AttachmentError> {
        match self.store.get(&location(hash)).await {
            Ok(found) => Ok(found.bytes().await?),
            Err(object_store::Error::NotFound { .. }) => Err(AttachmentError::Missing(hash)),
            Err(error) => Err(error.into()),
        }
    }

    /// The size of a file, if it is there.
    pub async fn size(&self, hash: ContentHash) -> Result<Option<u64>, AttachmentError> {
        match self.store.head(&location(hash)).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Where a file is: in one of 256 folders, so that none of them grows long.
fn location(hash: ContentHash) -> Location {
    let name = hash.to_string();
    Location::from(format!("{}/{name}", &name[..2]))
}

/// A file on its way in.
pub struct Upload {
    store: Arc<dyn ObjectStore>,
    limit: u64,
    size: u64,
    hash: Sha256,
    held: Vec<u8>,
    large: Option<(Location, Box<dyn MultipartUpload>)>,
}

impl Upload {
    /// Takes the next bytes. After an error, [`abort`](Self::abort).
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), AttachmentError> {
        self.size += bytes.len() as u64;
        if self.size > self.limit {
            return Err(AttachmentError::TooLarge { limit: self.limit });
        }
        self.hash.update(bytes);
        self.held.extend_from_slice(bytes);
        if self.held.len() >= PART { self.send_part().await } else { Ok(()) }
    }

    /// Keeps the file; it is on disk when this returns.
    pub async fn finish(mut self) -> Result<Stored, AttachmentError> {
        let stored =
            Stored { hash: ContentHash(std::mem::take(&mut self.hash).finalize().into()), size: self.size };
        let target = location(stored.hash);
        // The same content, kept before.
        if self.store.head(&target).await.is_ok_and(|known| known.size == stored.size) {
            self.abort().await;
            return Ok(stored);
        }
        if self.large.is_none() {
            self.store.put(&target, std::mem::take(&mut self.held).into()).await?;
            return Ok(stored);
        }
        if !self.held.is_empty() {
            self.send_part().await?;
        }
        if let Some((incoming, mut upload)) = self.large.take() {
            upload.complete().await?;
            self.store.rename(&incoming, &target).await?;
        }
        Ok(stored)
    }

    /// Throws away what was received.
    pub async fn abort(mut self) {
        if let Some((_, mut upload)) = self.large.take() {
            // What cannot be removed now is in the way of nothing.
            drop(upload.abort().await);
        }
    }

    async fn send_part(&mut self) -> Result<(), AttachmentError> {
        let part = std::mem::take(&mut self.held);
        if self.large.is_none() {
            let mut name = [0; 16];
            getrandom::fill(&mut name).map_err(|error| AttachmentError::Upload(error.to_string()))?;
            let incoming = Location::from(format!("{INCOMING}/{}", hex(&name)));
            let upload = self.store.put_multipart(&incoming).await?;
            self.large = Some((incoming, upload));
        }
        if let Some((_, upload)) = &mut self.large {
            upload.put_part(part.into()).await?;
        }
        Ok(())
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_hash_has_one_spelling_only() {
        let hash = ContentHash([0xab; 32]);
        assert_eq!(hash.to_string().parse::<ContentHash>().unwrap(), hash);
        for text in ["", "ab", &"AB".repeat(32), &"ä".repeat(32), &"zz".repeat(32)] {
            assert!(text.parse::<ContentHash>().is_err(), "{text}");
        }
    }
}
