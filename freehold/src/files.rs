//! The tenant's attachments as the pages ask for them.

use bytes::Bytes;
use tenancy::{AttachmentError as Trouble, Attachments, ContentHash};
use web::attachments::{AttachmentError, AttachmentStore, Kept};

/// A tenant's attachments.
pub(crate) struct Files(pub(crate) Attachments);

impl AttachmentStore for Files {
    fn put(&self, content: Bytes) -> Kept<'_, [u8; 32]> {
        Box::pin(async move {
            let mut upload = self.0.begin(u64::MAX);
            upload.write(&content).await.map_err(unavailable)?;
            Ok(upload.finish().await.map_err(unavailable)?.hash.0)
        })
    }

    fn get(&self, sha256: [u8; 32]) -> Kept<'_, Bytes> {
        Box::pin(async move { self.0.read(ContentHash(sha256)).await.map_err(unavailable) })
    }
}

fn unavailable(trouble: Trouble) -> AttachmentError {
    match trouble {
        Trouble::Missing(_) => AttachmentError::Missing,
        other => AttachmentError::Unavailable(other.to_string()),
    }
}
