//! `freehold import trouble`: what monitoring or a survey measured, out of CSV files. Run again, the same file changes
//! nothing.

use channels::trouble;
use desk::{
    Command, Query,
    effort::{ImportTrouble, PreviewTrouble, TroubleReport, TroubleRow},
};

use super::sheets::{SHOWN, Sheet};

/// A file of trouble by department and month.
pub(super) struct Trouble;

impl Sheet for Trouble {
    type Rows = Vec<TroubleRow>;
    type Report = TroubleReport;

    fn read(bytes: &[u8]) -> anyhow::Result<Self::Rows> {
        Ok(trouble::read(bytes)?)
    }

    fn preview(rows: Self::Rows) -> impl Query<Answer = TroubleReport> {
        PreviewTrouble { rows }
    }

    fn import(rows: Self::Rows) -> impl Command<Outcome = TroubleReport> {
        ImportTrouble { rows }
    }

    fn print(report: &TroubleReport) {
        let TroubleReport { new, changed, unchanged, refused, unknown } = report;
        println!("  {new} rows new, {changed} changed, {unchanged} unchanged, {} refused", refused.len());
        for (row, why) in refused.iter().take(SHOWN) {
            println!("  row {row}: {why}");
        }
        if refused.len() > SHOWN {
            println!("  … and {} more rows", refused.len() - SHOWN);
        }
        for department in unknown.iter().take(SHOWN) {
            println!(
                "  nobody at the desk belongs to {department}; write it as people's departments are written"
            );
        }
        if unknown.len() > SHOWN {
            println!("  … and {} more departments", unknown.len() - SHOWN);
        }
    }
}
