//! One tenant: one engine, one key, one folder. How it is opened, backed up and brought back.

pub mod attachment;
pub mod backup;

mod folder;
mod key;
mod tenant;

pub use attachment::{AttachmentError, Attachments, ContentHash, Stored, Upload};
pub use folder::{Folder, FolderError, Lock};
pub use key::KeyError;
pub use tenant::{Tenant, TenantError, TenantOptions};
