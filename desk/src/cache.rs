//! What is read once and again when it changed, in whichever process.

use std::sync::{Arc, PoisonError, RwLock};

use store::{ReadTx, StoreError};

/// A thing as last read, with the version that it had.
#[derive(Debug)]
pub(crate) struct Cache<T>(RwLock<Option<(u64, Arc<T>)>>);

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<T> Cache<T> {
    /// The thing at this version: as last read, or read now.
    pub(crate) fn get(
        &self,
        tx: &mut ReadTx<'_>,
        version: u64,
        read: impl FnOnce(&mut ReadTx<'_>) -> Result<T, StoreError>,
    ) -> Result<Arc<T>, StoreError> {
        if let Some((known, thing)) = &*self.0.read().unwrap_or_else(PoisonError::into_inner)
            && *known == version
        {
            return Ok(Arc::clone(thing));
        }
        let thing = Arc::new(read(tx)?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some((version, Arc::clone(&thing)));
        Ok(thing)
    }
}
