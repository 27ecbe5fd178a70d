//! The whole log in one file, for whoever checks it without us.
//!
//! The file is UTF-8 text of one JSON object a line, each line ended by a newline and written in exactly the form below:
//!
//! ```text
//! {"format":"freehold-audit-export","v":1,"origin":"…","vkey":"…","tenant":"…"}
//! {"seq":0,"entry":"…","salt":"…","body":"…"}
//! {"seq":1,"entry":"…"}
//! {"checkpoint":"…","seal":"…"}
//! ```
//!
//! `entry` is the leaf, to the byte; `salt` and `body` are absent once they were erased. `checkpoint` is the signed note
//! over all records. `seal` is a signed note by the same key over the SHA-256 of every byte before the last line and then
//! of the checkpoint: that vouches for the leaves only, the seal also for the header, for which details were erased, and
//! for the witnesses whose cosignatures the checkpoint carried.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Hash, LogCheck, LogKey, NoteError, RecordFinding, Salt, VerifierKey};

/// The name of the format, in the file's first line.
pub const EXPORT_FORMAT: &str = "freehold-audit-export";

/// The version of the format, in the file's first line.
pub const EXPORT_VERSION: u8 = 1;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub(super) format: String,
    pub(super) v: u8,
    pub(super) origin: String,
    pub(super) vkey: String,
    pub(super) tenant: String,
}

/// A line for each record.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordLine {
    pub(super) seq: u64,
    pub(super) entry: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) salt: Option<Salt>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<String>,
}

/// The last line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Closing {
    pub(super) checkpoint: String,
    pub(super) seal: String,
}

/// How the last line begins, and no record.
pub(super) const CLOSING_START: &str = r#"{"checkpoint":"#;

/// Why a log is not exported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// A record, or the log as a whole, does not verify.
    #[error("the log does not verify, so it is not exported as evidence. {0}")]
    Record(#[from] RecordFinding),
    /// The checkpoint is not one of this log.
    #[error("the stored checkpoint cannot be used: {0}")]
    Note(#[from] NoteError),
    /// A line could not be written as JSON.
    #[error("a line cannot be written as JSON: {0}")]
    Json(String),
}

/// Writes an export line by line, each ended by a newline. It checks what it writes: a log that does not verify is not
/// sealed.
#[derive(Debug, Clone)]
pub struct Exporter {
    check: LogCheck,
    written: Sha256,
}

impl Exporter {
    /// Begins an export of the log that `key` vouches for, and returns its first line. `tenant` is whatever the
    /// installation calls its tenant.
    pub fn begin(key: &VerifierKey, tenant: &str) -> Result<(Self, String), ExportError> {
        let header = Header {
            format: EXPORT_FORMAT.to_owned(),
            v: EXPORT_VERSION,
            origin: key.origin().to_string(),
            vkey: key.to_string(),
            tenant: tenant.to_owned(),
        };
        let mut exporter = Self { check: LogCheck::default(), written: Sha256::new() };
        let line = exporter.write(&header)?;
        Ok((exporter, line))
    }

    /// The line of the next record: its number, its leaf, and its salt and detail unless they were erased.
    pub fn record(
        &mut self,
        seq: u64,
        entry: &str,
        detail: Option<(&Salt, &str)>,
    ) -> Result<String, ExportError> {
        self.check.record(seq, entry, detail)?;
        let (salt, body) = detail.map(|(salt, body)| (*salt, body.to_owned())).unzip();
        self.write(&RecordLine { seq, entry: entry.to_owned(), salt, body })
    }

    /// The last line: the checkpoint over exactly these records, as it was signed, and the seal.
    pub fn finish(self, checkpoint: &str, key: &LogKey) -> Result<String, ExportError> {
        self.check.finish(&key.verifier().open(checkpoint)?)?;
        let closing = Closing {
            checkpoint: checkpoint.to_owned(),
            seal: key.sign_note(seal_text(self.written, checkpoint)),
        };
        json_line(&closing)
    }

    fn write(&mut self, line: &impl Serialize) -> Result<String, ExportError> {
        let line = json_line(line)?;
        self.written.update(&line);
        Ok(line)
    }
}

/// What the seal signs. Its first line holds spaces, so it can never pass for a checkpoint of any log.
pub(super) fn seal_text(written: Sha256, checkpoint: &str) -> String {
    let hash = Hash(written.chain_update(checkpoint).finalize().into());
    format!("Freehold audit export {EXPORT_VERSION}\nsha256 {hash}\n")
}

fn json_line(line: &impl Serialize) -> Result<String, ExportError> {
    let mut text = serde_json::to_string(line).map_err(|error| ExportError::Json(error.to_string()))?;
    text.push('\n');
    Ok(text)
}
