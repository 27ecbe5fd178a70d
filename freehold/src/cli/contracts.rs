//! `freehold import contracts`: contracts and order lines out of CSV files. Run again, the same file changes nothing.

use std::path::PathBuf;

use anyhow::Context as _;
use channels::sheet;
use desk::contract::{ImportContracts, ImportReport, PreviewContracts};
use domain::{contract::sheet::RowOutcome, identity::SystemActor};

use super::Outcome;
use crate::{config::Config, edge};

/// How many refused rows of a file are printed.
const SHOWN: usize = 40;

/// Brings in files of contracts; with `dry_run`, says what would be done and writes nothing.
pub(super) fn run(files: &[PathBuf], dry_run: bool, config: &Config) -> Outcome {
    let tenant = super::open(config)?;
    for file in files {
        let unreadable = || format!("{} cannot be imported", file.display());
        let bytes = std::fs::read(file).with_context(unreadable)?;
        let rows = sheet::read(&bytes).with_context(unreadable)?;
        let context = edge::context(SystemActor::Import)?;
        let report = if dry_run {
            tenant.desk.ask_now(context, PreviewContracts { rows })?
        } else {
            tenant.desk.execute_now(context, ImportContracts { rows })?
        };
        println!("{}", file.display());
        print(&report);
    }
    if dry_run {
        println!("a dry run: nothing was written");
    } else {
        tenant.desk.sign_checkpoint(&tenant.log_key, edge::now())?;
    }
    Ok(())
}

fn print(report: &ImportReport) {
    let ImportReport { placed, changed, unchanged, refused, .. } = report;
    println!("  {placed} rows placed, {changed} changed, {unchanged} unchanged, {refused} refused");
    let sentences = report.rows.iter().filter(|row| row.outcome == RowOutcome::Refused);
    for row in sentences.clone().take(SHOWN) {
        println!("  {}", row.sentence);
    }
    let more = sentences.count().saturating_sub(SHOWN);
    if more > 0 {
        println!("  … and {more} more rows");
    }
}
