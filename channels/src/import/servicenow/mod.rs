//! ServiceNow incident *event* exports: CSV, one row for each saved version of an incident.
//!
//! [`parse`] reads rows one by one and holds none of them. [`import`] groups them by incident and rebuilds each
//! incident's history; it holds every row until the end, because nothing in the format says that an incident's rows
//! stand together. A row takes about half a kilobyte (its repeated words are shared), so [`Limits::rows`], half a
//! million unless told otherwise, bounds memory at about 250 MB.
//!
//! The export stamps final values (`resolved_at`, `closed_at`, `closed_code`, `resolved_by`) on *every* row, the first
//! included. A row's own moment is `sys_updated_at`, its own author `sys_updated_by`; only what differs from one row to
//! the next is history.

mod column;
mod order;
mod people;
mod read;
mod rebuild;
mod report;
mod row;
mod truth;
mod words;

use std::{
    collections::{BTreeSet, HashMap},
    io::Read,
    sync::Arc,
};

use domain::import::{ImportedPerson, ImportedTicket};
use jiff::tz::TimeZone;

pub use self::{
    column::Column,
    read::{ReadError, parse},
    report::{Counts, Finding, Outcome, Report},
    row::EventRow,
    truth::{Disagreement, SlaClock, SlaTarget, Truth, TruthColumn, TruthRow},
};

/// The name under which imported tickets keep their number.
pub const SOURCE: &str = "servicenow";

/// How to read an export.
#[derive(Debug, Clone)]
pub struct Options {
    /// The zone its local times are in; exports do not say. UTC unless told otherwise.
    pub zone: TimeZone,
    /// What is too much.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Self { zone: TimeZone::UTC, limits: Limits::default() }
    }
}

/// What is too much: an export is a file from outside and may be broken or hostile.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The most rows in one import.
    pub rows: u64,
    /// The most bytes in one record, so that an unclosed quote cannot swallow the file into memory.
    pub record_bytes: usize,
    /// The most bytes in one field.
    pub field_bytes: usize,
    /// The most findings kept; those beyond are counted.
    pub findings: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rows: 500_000, record_bytes: 1 << 20, field_bytes: 8 << 10, findings: 10_000 }
    }
}

/// What an export holds.
#[derive(Debug, Clone)]
pub struct Import {
    /// The tickets, oldest first, so that their numbers here rise as they did there.
    pub tickets: Vec<ImportedTicket>,
    /// Everybody the tickets name, by key.
    pub people: Vec<ImportedPerson>,
    /// Every group the tickets name, by name.
    pub groups: BTreeSet<String>,
    /// What was read, what could not be placed, and how it compares with the source's own counts.
    pub report: Report,
}

/// Reads a whole export and rebuilds its incidents.
///
/// # Errors
/// The file is not such an export at all, or is beyond [`Limits`]. A row or value that cannot be placed is no error; it
/// is a [`Finding`] of the report.
pub fn import(reader: impl Read, options: &Options) -> Result<Import, ReadError> {
    let mut report = Report::new(options.limits.findings);
    let mut incidents: HashMap<Arc<str>, Vec<EventRow>> = HashMap::new();
    let mut people = people::People::default();
    let read = parse(reader, options, &mut |finding| report.add(finding), |row| {
        people.see(&row);
        incidents.entry(row.number.clone()).or_default().push(row);
    })?;
    report.counts.rows = read.rows;
    report.counts.rows_used = read.used;

    let mut incidents: Vec<_> = incidents.into_values().collect();
    incidents.sort_unstable_by_key(|rows| rows.first().map(|row| row.line));
    let mut truth = truth::Comparison::default();
    let mut tickets = Vec::with_capacity(incidents.len());
    for rows in incidents {
        let rebuilt = rebuild::rebuild(rows, &mut report);
        truth.add(&rebuilt);
        tickets.push(rebuilt.ticket);
    }
    tickets.sort_by(|a, b| (a.opened_at, &a.number).cmp(&(b.opened_at, &b.number)));

    let groups = people.groups();
    let people = people.finish(&tickets);
    report.finish(&tickets, &people, groups.len(), truth.finish());
    Ok(Import { tickets, people, groups, report })
}
