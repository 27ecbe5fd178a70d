//! Where the contents of attached files are kept: outside the database, under what they contain.

use std::{future::Future, pin::Pin};

use bytes::Bytes;

/// What an [`AttachmentStore`] answers with, later.
pub type Kept<'a, T> = Pin<Box<dyn Future<Output = Result<T, AttachmentError>> + Send + 'a>>;

/// A folder or bucket of contents, each called by its SHA-256 (FIPS 180-4). Keeping the same content twice keeps it once.
pub trait AttachmentStore: Send + Sync + 'static {
    /// Keeps `content` and answers with its SHA-256 when it is durable.
    fn put(&self, content: Bytes) -> Kept<'_, [u8; 32]>;

    /// The content of that name.
    fn get(&self, sha256: [u8; 32]) -> Kept<'_, Bytes>;
}

/// Why a content could not be kept or found.
#[derive(Debug, thiserror::Error)]
pub enum AttachmentError {
    /// Nothing of that name is kept.
    #[error("the content of this file is missing; restore it from a backup")]
    Missing,
    /// The folder or bucket does not answer as it should.
    #[error("files cannot be kept or read now: {0}")]
    Unavailable(String),
}
