//! The audit log as anybody may have it: checked and exported by the command line, and read from the file.

use std::collections::BTreeMap;
use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use super::promise::marks_in;
use crate::server::Place;

/// What the log said when it was last looked at.
#[derive(Debug, Default)]
pub(super) struct AuditLog {
    /// A hash of each leaf, in order: what was there once stays in its place.
    leaves: Vec<u64>,
    /// Each request, and whether what it asked for was done.
    pub(super) requests: BTreeMap<String, bool>,
    /// How often each mark is recorded as done.
    pub(super) marks: BTreeMap<String, u32>,
}

#[derive(Deserialize)]
struct Line {
    entry: String,
    #[serde(default)]
    body: String,
}

#[derive(Deserialize)]
struct Entry {
    request: String,
    outcome: String,
}

impl AuditLog {
    /// How many records there are.
    pub(super) fn len(&self) -> usize {
        self.leaves.len()
    }

    /// Has the program check the log beside the running server, and reads it anew.
    pub(super) fn read_again(&mut self, place: &Place) -> anyhow::Result<()> {
        succeed(&mut place.command(&["audit", "verify"])).context("`freehold audit verify`")?;
        let file = place.data.with_extension("audit");
        if file.exists() {
            std::fs::remove_file(&file)?;
        }
        succeed(place.command(&["audit", "export"]).arg(&file)).context("`freehold audit export`")?;

        let before = std::mem::take(self);
        for line in BufReader::new(File::open(&file)?).lines() {
            self.line(&line?)?;
        }
        let kept = self.leaves.get(..before.leaves.len()) == Some(&before.leaves);
        ensure!(kept, "the audit log does not begin with the {} records that it had", before.leaves.len());
        Ok(())
    }

    fn line(&mut self, line: &str) -> anyhow::Result<()> {
        // Header and seal are no records.
        if !line.starts_with(r#"{"seq":"#) {
            return Ok(());
        }
        let Line { entry, body } = serde_json::from_str(line)?;
        let mut hasher = DefaultHasher::new();
        entry.hash(&mut hasher);
        self.leaves.push(hasher.finish());
        let Entry { request, outcome } = serde_json::from_str(&entry)?;
        let done = outcome == "done";
        if done {
            for mark in marks_in(&body) {
                *self.marks.entry(mark.to_owned()).or_default() += 1;
            }
        }
        self.requests.insert(request, done);
        Ok(())
    }
}

fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {}", output.status, said.trim_end());
    Ok(())
}
