//! What was read, what could not be placed and why, and how the result compares with the source's own counts.

use std::fmt;

use domain::import::{ImportedPerson, ImportedTicket, RoleHint, What};
use serde::{Deserialize, Serialize};

use super::{Disagreement, SlaClock, Truth};

/// The report of one import, for people (its `Display`) and for programs (its JSON).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Report {
    /// How much of everything.
    pub counts: Counts,
    /// What could not be placed as it stands, in the order in which it was found.
    pub findings: Vec<Finding>,
    /// Findings beyond the limit: counted, not kept.
    pub findings_not_kept: u64,
    /// The comparison with the source's own counts.
    pub truth: Truth,
    #[serde(skip)]
    limit: usize,
}

/// How much of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Rows below the headings.
    pub rows: u64,
    /// Rows that found their incident.
    pub rows_used: u64,
    /// Rows that are in the file twice; the second is dropped.
    pub rows_twice: u64,
    /// Rows that were saved without any visible change: comments, which the export leaves out.
    pub rows_without_change: u64,
    /// Versions that the source saved but did not export, by the gaps in their numbers.
    pub versions_not_exported: u64,
    /// Incidents.
    pub tickets: u64,
    /// Events of their histories.
    pub events: u64,
    /// Changes of the group.
    pub group_changes: u64,
    /// Reopenings.
    pub reopenings: u64,
    /// People who only raise tickets.
    pub requesters: u64,
    /// People who work them.
    pub agents: u64,
    /// Groups.
    pub groups: u64,
}

/// One thing that could not be placed as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What became of it.
    pub outcome: Outcome,
    /// The line of the file, from 1.
    pub line: u64,
    /// The incident, if known.
    pub number: Option<String>,
    /// The column, if it is about one.
    pub column: Option<String>,
    /// The value, at most 80 characters of it.
    pub value: String,
    /// Why it could not be placed.
    pub why: String,
    /// What to do about it.
    pub mend: String,
}

/// What became of something that could not be placed as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The row is not imported.
    Skipped,
    /// The row is imported, with one value left out or moved.
    Mended,
    /// Imported as it is; a decision was needed that somebody may want to know of.
    Note,
}

impl Outcome {
    /// The word people read.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Mended => "mended",
            Self::Note => "note",
        }
    }
}

impl Report {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    pub(super) fn add(&mut self, finding: Finding) {
        if self.findings.len() < self.limit {
            self.findings.push(finding);
        } else {
            self.findings_not_kept += 1;
        }
    }

    pub(super) fn finish(
        &mut self,
        tickets: &[ImportedTicket],
        people: &[ImportedPerson],
        groups: usize,
        truth: Truth,
    ) {
        let events = || tickets.iter().flat_map(|ticket| &ticket.history).map(|event| &event.what);
        let counts = &mut self.counts;
        counts.tickets = tickets.len() as u64;
        counts.events = events().count() as u64;
        counts.group_changes = events()
            .filter(|what| matches!(what, What::Reassigned { from, to } if from.group != to.group))
            .count() as u64;
        counts.reopenings = events().filter(|what| matches!(what, What::Reopened { .. })).count() as u64;
        counts.agents = people.iter().filter(|person| person.role == RoleHint::Agent).count() as u64;
        counts.requesters = people.len() as u64 - counts.agents;
        counts.groups = groups as u64;
        self.truth = truth;
    }
}

/// How many findings and disagreements people are shown; the JSON has all of them.
const SHOWN: usize = 40;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = &self.counts;
        writeln!(
            f,
            "{} incidents from {} of {} rows: {} events, {} group changes, {} reopenings",
            c.tickets, c.rows_used, c.rows, c.events, c.group_changes, c.reopenings
        )?;
        writeln!(f, "{} requesters, {} agents, {} groups", c.requesters, c.agents, c.groups)?;
        if c.rows_twice > 0 {
            writeln!(f, "{} rows were in the file twice", c.rows_twice)?;
        }
        writeln!(
            f,
            "{} rows changed nothing that the export shows; {} versions were not exported",
            c.rows_without_change, c.versions_not_exported
        )?;

        let found = self.findings.len() as u64 + self.findings_not_kept;
        writeln!(f, "\nCould not be placed as it stands: {found}")?;
        for finding in self.findings.iter().take(SHOWN) {
            writeln!(f, "  {finding}")?;
        }
        if found > SHOWN as u64 {
            writeln!(f, "  … and {} more", found - SHOWN.min(self.findings.len()) as u64)?;
        }
        write!(f, "\n{}", self.truth)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.outcome.as_str())?;
        if let Some(number) = &self.number {
            write!(f, " {number}")?;
        }
        if let Some(column) = &self.column {
            write!(f, " {column}")?;
        }
        if !self.value.is_empty() {
            write!(f, " `{}`", self.value)?;
        }
        write!(f, ": {}. To mend it: {}.", self.why, self.mend)
    }
}

impl fmt::Display for Truth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Compared with the source's own columns:")?;
        for row in &self.table {
            writeln!(f, "  {:<20} {:>7} of {:>7} agree", row.column.as_str(), row.agree, row.compared)?;
        }
        if let Some(clock) = self.sla_clock {
            let until = match clock {
                SlaClock::ToResolution => "resolution",
                SlaClock::ToClosure => "closure",
            };
            writeln!(
                f,
                "  The export has no service level targets. These limits from opening to {until} explain `made_sla` best:"
            )?;
            for target in &self.sla_targets {
                write!(f, "    {}: ", target.priority)?;
                let limit = match (target.met_up_to, target.missed_from) {
                    (Some(met), Some(missed)) => {
                        format!("met up to {:.1} h, missed from {:.1} h", hours(met), hours(missed))
                    }
                    (Some(met), None) => format!("always met, up to {:.1} h", hours(met)),
                    (None, Some(missed)) => format!("always missed, from {:.1} h", hours(missed)),
                    (None, None) => "no incident was finished".to_owned(),
                };
                write!(f, "{limit}")?;
                writeln!(f, "; {} of {} explained", target.explained, target.incidents)?;
            }
        }
        for Disagreement { number, column, source, ours, why } in self.disagreements.iter().take(SHOWN) {
            let column = column.as_str();
            writeln!(f, "  {number} {column}: the source says {source}, the history says {ours}; {why}")?;
        }
        if self.disagreements.len() > SHOWN {
            writeln!(f, "  … and {} more", self.disagreements.len() - SHOWN)?;
        }
        Ok(())
    }
}

fn hours(time: jiff::SignedDuration) -> f64 {
    time.as_secs_f64() / 3600.0
}
