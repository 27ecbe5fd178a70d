//! The whole log into one file that anybody checks with nothing but the public key.

use std::io::{self, Write};

use domain::audit::{ExportError, Exporter, LogKey};
use store::{ReadTx, StoreError, audit};

use crate::{Desk, Refused};

/// Records read at a time.
const BATCH: u64 = 2_048;

/// What was exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditExport {
    /// How many records.
    pub records: u64,
    /// The signed checkpoint over them.
    pub checkpoint: String,
}

/// Why the log was not exported.
#[derive(Debug, thiserror::Error)]
pub enum AuditExportError {
    /// Nothing was ever signed.
    #[error("there is no signed checkpoint yet; sign one first")]
    Unsigned,
    /// The log does not verify.
    #[error(transparent)]
    Log(#[from] ExportError),
    /// A record has its salt or its detail, not both.
    #[error("record {0} has half of its salt and detail; run `freehold audit verify`")]
    HalfErased(u64),
    /// The file cannot be written.
    #[error("the export cannot be written: {0}")]
    Write(#[from] io::Error),
    /// The log could not be read.
    #[error(transparent)]
    Desk(#[from] Refused),
}

impl From<StoreError> for AuditExportError {
    fn from(error: StoreError) -> Self {
        Self::Desk(error.into())
    }
}

impl Desk {
    /// Writes everything under the latest checkpoint to `out`, in the form of [`Exporter`], checking it on the way.
    /// `progress` hears how many of how many records were written. Waits on this thread.
    pub fn export_audit(
        &self,
        key: &LogKey,
        tenant: &str,
        out: impl Write + Send + 'static,
        progress: impl FnMut(u64, u64) + Send + 'static,
    ) -> Result<AuditExport, AuditExportError> {
        let (key, tenant) = (key.clone(), tenant.to_owned());
        self.database().read_now(move |tx| export(tx, &key, &tenant, out, progress))
    }
}

fn export(
    tx: &mut ReadTx<'_>,
    key: &LogKey,
    tenant: &str,
    mut out: impl Write,
    mut progress: impl FnMut(u64, u64),
) -> Result<AuditExport, AuditExportError> {
    let (size, checkpoint) = audit::checkpoint(tx)?.ok_or(AuditExportError::Unsigned)?;
    let (mut exporter, header) = Exporter::begin(key.verifier(), tenant)?;
    out.write_all(header.as_bytes())?;
    let mut done = 0;
    while done < size {
        let records = audit::by_seq(tx, done..size.min(done + BATCH))?;
        if records.is_empty() {
            break; // The exporter misses them in `finish`.
        }
        for record in &records {
            let seq = record.seq.unwrap_or(done);
            let detail = match (&record.salt, &record.body) {
                (Some(salt), Some(body)) => Some((salt, body.as_str())),
                (None, None) => None,
                (Some(_), None) | (None, Some(_)) => return Err(AuditExportError::HalfErased(seq)),
            };
            out.write_all(exporter.record(seq, &record.entry, detail)?.as_bytes())?;
            done += 1;
        }
        progress(done, size);
    }
    let closing = exporter.finish(&checkpoint, key)?;
    out.write_all(closing.as_bytes())?;
    out.flush()?;
    Ok(AuditExport { records: done, checkpoint })
}
