//! Checking an export file with nothing but the file and the log's public key.

use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::{
    EXPORT_FORMAT, EXPORT_VERSION, LogCheck, NoteError, RecordFinding, Report, VerifierKey,
    export::{CLOSING_START, Closing, Header, RecordLine, seal_text},
};

/// What is wrong with an export file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// The line is not written as exports are.
    #[error("this is not a line of an export: {0}")]
    Malformed(String),
    /// The line says the right things in other bytes.
    #[error("the line is not in the exact form of exports; the file was edited")]
    NotCanonical,
    /// The file is something else, or of a later version.
    #[error(
        "the file is `{format}` version {version}; this program reads `{EXPORT_FORMAT}` version {EXPORT_VERSION}"
    )]
    Format {
        /// The format it names.
        format: String,
        /// The version it names.
        version: u8,
    },
    /// The file names another log or key.
    #[error("the file is of the log whose key is {found}; it was to be checked with {expected}")]
    Key {
        /// The key that was given.
        expected: String,
        /// The key that the file names.
        found: String,
    },
    /// The file names another log beside the right key.
    #[error("the file names the log {found} beside the key of {expected}; the file was edited")]
    Origin {
        /// The name of the key that was given.
        expected: String,
        /// The name in the file.
        found: String,
    },
    /// A record has a salt without detail, or a detail without salt.
    #[error("the record has half of its salt and detail; they are erased together or not at all")]
    HalfErased,
    /// A record, or all of them together, do not verify.
    #[error(transparent)]
    Record(#[from] RecordFinding),
    /// The checkpoint is not vouched for.
    #[error("the checkpoint: {0}")]
    Checkpoint(NoteError),
    /// The seal is not vouched for.
    #[error("the seal: {0}")]
    Seal(NoteError),
    /// The seal is over another file.
    #[error(
        "the file is not the one that was sealed: its header or details were changed, or details were taken out"
    )]
    SealedOther,
    /// There is no last line.
    #[error("the file ends without a checkpoint; it was cut off, or its export was interrupted")]
    Unfinished,
    /// There are lines after the last one.
    #[error("there is more after the checkpoint; it was added later")]
    AfterEnd,
}

/// The first thing found wrong in a file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {finding}")]
pub struct LineFinding {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub finding: Finding,
}

/// Reads an export line by line and says at the end what it found.
#[derive(Debug, Clone)]
pub struct Verifier {
    key: VerifierKey,
    lines: u64,
    read: Sha256,
    tenant: Option<String>,
    state: State,
}

#[derive(Debug, Clone)]
enum State {
    Header,
    Records(LogCheck),
    Ended(Report),
}

impl Verifier {
    /// A check with `key`, which must come from somewhere else than the file.
    pub fn new(key: VerifierKey) -> Self {
        Self { key, lines: 0, read: Sha256::new(), tenant: None, state: State::Header }
    }

    /// Takes the next line, without its newline. Split the file at `\n` only, so that every byte is looked at. After a
    /// finding there is nothing to add: stop.
    pub fn line(&mut self, line: &[u8]) -> Result<(), LineFinding> {
        self.lines += 1;
        let number = self.lines;
        self.take(line).map_err(|finding| LineFinding { line: number, finding })
    }

    /// What the file calls its tenant; nothing before the first line.
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// The verdict on the whole file.
    pub fn finish(self) -> Result<Report, LineFinding> {
        match self.state {
            State::Ended(report) => Ok(report),
            State::Header | State::Records(_) => {
                Err(LineFinding { line: self.lines + 1, finding: Finding::Unfinished })
            }
        }
    }

    fn take(&mut self, line: &[u8]) -> Result<(), Finding> {
        let text = str::from_utf8(line).map_err(|error| Finding::Malformed(error.to_string()))?;
        match &mut self.state {
            State::Header => {
                self.tenant = Some(header(text, &self.key)?.tenant);
                self.state = State::Records(LogCheck::default());
            }
            State::Records(check) if text.starts_with(CLOSING_START) => {
                let report = close(text, &self.key, std::mem::take(check), self.read.clone())?;
                self.state = State::Ended(report);
            }
            State::Records(check) => record(text, check)?,
            State::Ended(_) => return Err(Finding::AfterEnd),
        }
        self.read.update(line);
        self.read.update(b"\n");
        Ok(())
    }
}

fn header(text: &str, key: &VerifierKey) -> Result<Header, Finding> {
    let header: Header = exactly(text)?;
    if header.format != EXPORT_FORMAT || header.v != EXPORT_VERSION {
        return Err(Finding::Format { format: header.format, version: header.v });
    }
    if header.vkey != key.to_string() {
        return Err(Finding::Key { expected: key.to_string(), found: header.vkey });
    }
    if header.origin != key.origin().as_str() {
        return Err(Finding::Origin { expected: key.origin().to_string(), found: header.origin });
    }
    Ok(header)
}

fn record(text: &str, check: &mut LogCheck) -> Result<(), Finding> {
    let line: RecordLine = exactly(text)?;
    let detail = match (&line.salt, &line.body) {
        (Some(salt), Some(body)) => Some((salt, body.as_str())),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => return Err(Finding::HalfErased),
    };
    check.record(line.seq, &line.entry, detail)?;
    Ok(())
}

fn close(text: &str, key: &VerifierKey, check: LogCheck, read: Sha256) -> Result<Report, Finding> {
    let closing: Closing = exactly(text)?;
    let checkpoint = key.open(&closing.checkpoint).map_err(Finding::Checkpoint)?;
    let report = check.finish(&checkpoint)?;
    if key.open_note(&closing.seal).map_err(Finding::Seal)? != seal_text(read, &closing.checkpoint) {
        return Err(Finding::SealedOther);
    }
    Ok(report)
}

/// The line as data, if it is written in the one form that exports have.
fn exactly<T: Serialize + DeserializeOwned>(text: &str) -> Result<T, Finding> {
    let malformed = |error: serde_json::Error| Finding::Malformed(error.to_string());
    let line: T = serde_json::from_str(text).map_err(malformed)?;
    if serde_json::to_string(&line).map_err(malformed)? != text {
        return Err(Finding::NotCanonical);
    }
    Ok(line)
}
