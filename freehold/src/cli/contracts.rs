//! `freehold import contracts`: contracts and order lines out of CSV files. Run again, the same file changes nothing.

use channels::sheet;
use desk::{
    Command, Query,
    contract::{ImportContracts, ImportReport, PreviewContracts},
};
use domain::contract::sheet::{RowOutcome, SheetRow};

use super::sheets::{SHOWN, Sheet};

/// A file of contracts.
pub(super) struct Contracts;

impl Sheet for Contracts {
    type Rows = Vec<SheetRow>;
    type Report = ImportReport;

    fn read(bytes: &[u8]) -> anyhow::Result<Self::Rows> {
        Ok(sheet::read(bytes)?)
    }

    fn preview(rows: Self::Rows) -> impl Query<Answer = ImportReport> {
        PreviewContracts { rows }
    }

    fn import(rows: Self::Rows) -> impl Command<Outcome = ImportReport> {
        ImportContracts { rows }
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
}
