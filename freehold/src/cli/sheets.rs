//! Importing CSV files that are brought in row by row: all are read before the first one is written, and a dry run writes
//! nothing.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use desk::{Command, Query};
use domain::identity::SystemActor;

use super::Outcome;
use crate::{config::Config, edge};

/// How many refused rows of a file are printed.
pub(super) const SHOWN: usize = 40;

/// A kind of file, and what becomes of its rows.
pub(super) trait Sheet {
    /// The rows of a file.
    type Rows;
    /// What the desk says of them.
    type Report;

    /// Reads a file, or says why it is none of this kind.
    fn read(bytes: &[u8]) -> anyhow::Result<Self::Rows>;
    /// Says what would be done.
    fn preview(rows: Self::Rows) -> impl Query<Answer = Self::Report>;
    /// Does it.
    fn import(rows: Self::Rows) -> impl Command<Outcome = Self::Report>;
    /// Prints what was done, or would be.
    fn print(report: &Self::Report);
}

fn read<S: Sheet>(file: &Path) -> anyhow::Result<S::Rows> {
    let unreadable = || format!("{} cannot be imported", file.display());
    let bytes = std::fs::read(file).with_context(unreadable)?;
    S::read(&bytes).with_context(unreadable)
}

/// Brings in files; with `dry_run`, says what would be done and writes nothing.
pub(super) fn run<S: Sheet>(files: &[PathBuf], dry_run: bool, config: &Config) -> Outcome {
    let tenant = super::open(config)?;
    let read: Vec<_> = files.iter().map(|file| read::<S>(file)).collect::<anyhow::Result<_>>()?;
    for (file, rows) in files.iter().zip(read) {
        let context = edge::context(SystemActor::Import)?;
        let report = if dry_run {
            tenant.desk.ask_now(context, S::preview(rows))?
        } else {
            tenant.desk.execute_now(context, S::import(rows))?
        };
        println!("{}", file.display());
        S::print(&report);
    }
    if dry_run {
        println!("a dry run: nothing was written");
    } else {
        tenant.desk.sign_checkpoint(&tenant.log_key, edge::now())?;
    }
    Ok(())
}
