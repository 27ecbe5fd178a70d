//! What was measured, as a table in Markdown and as a file.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use super::{MANY, Options, machine::Machine, measure::Measured};
use crate::edge;

/// What is measured. In this order it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Line {
    Create1,
    Create,
    Read,
    Queue,
    Search,
    SeatNote,
    TokenNote,
    RawSqlite1,
    RawSqlite,
    RawPostgres,
    Bare,
}

/// The results so far.
pub(super) struct Report {
    tickets: u32,
    seconds: u32,
    machine: Machine,
    pub(super) seeded_in: Duration,
    results: BTreeMap<Line, Measured>,
    /// What one ticket writes.
    pub(super) rows: String,
    pub(super) resident_kib: Option<u64>,
    /// In order of length.
    pub(super) cold_starts: Vec<Duration>,
}

impl Line {
    fn name(self) -> String {
        match self {
            Self::Create1 => "create a ticket, 1 connection".to_owned(),
            Self::Create => format!("create a ticket, {MANY} connections"),
            Self::Read => "read a ticket".to_owned(),
            Self::Queue => "queue page, HTML, 50 rows".to_owned(),
            Self::Search => "search".to_owned(),
            Self::SeatNote => "note, verdict on an exclusive seat".to_owned(),
            Self::TokenNote => "note, verdict on a shared token".to_owned(),
            Self::RawSqlite1 => "raw SQLite, the same rows, 1 ticket a commit".to_owned(),
            Self::RawSqlite => format!("raw SQLite, the same rows, {MANY} tickets a commit"),
            Self::RawPostgres => format!("raw PostgreSQL, the same rows, {MANY} connections"),
            Self::Bare => "bare axum handler, an answer of the same size".to_owned(),
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Create1 => "create_1",
            Self::Create => "create",
            Self::Read => "read",
            Self::Queue => "queue_page",
            Self::Search => "search",
            Self::SeatNote => "note_seat",
            Self::TokenNote => "note_token",
            Self::RawSqlite1 => "raw_sqlite_1",
            Self::RawSqlite => "raw_sqlite",
            Self::RawPostgres => "raw_postgres",
            Self::Bare => "bare_handler",
        }
    }

    /// What it is held against.
    const fn beside(self) -> Option<(Self, &'static str)> {
        match self {
            Self::Create1 => Some((Self::RawSqlite1, "raw SQLite")),
            Self::Create => Some((Self::RawSqlite, "raw SQLite")),
            Self::Read | Self::Queue | Self::Search => Some((Self::Bare, "bare handler")),
            // A note writes other rows than the ticket that the engines are given.
            Self::SeatNote
            | Self::TokenNote
            | Self::RawSqlite1
            | Self::RawSqlite
            | Self::RawPostgres
            | Self::Bare => None,
        }
    }
}

impl Report {
    pub(super) fn begin(folder: &Path, options: &Options) -> anyhow::Result<Self> {
        Ok(Self {
            tickets: options.tickets,
            seconds: options.seconds.get(),
            machine: Machine::here(folder)?,
            seeded_in: Duration::ZERO,
            results: BTreeMap::new(),
            rows: String::new(),
            resident_kib: None,
            cold_starts: Vec::new(),
        })
    }

    pub(super) fn add(&mut self, line: Line, measured: Measured) {
        println!("{}: {:.0}/s", line.name(), measured.rate);
        self.results.insert(line, measured);
    }

    fn ratio(&self, line: Line) -> Option<(f64, &'static str)> {
        let (beside, name) = line.beside()?;
        Some((self.results.get(&line)?.rate / self.results.get(&beside)?.rate, name))
    }

    fn cold_start(&self) -> Option<Duration> {
        self.cold_starts.get(self.cold_starts.len() / 2).copied()
    }

    /// Writes `FOLDER/TIME.json`.
    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<PathBuf> {
        std::fs::create_dir_all(folder)?;
        let at = edge::now();
        let results: BTreeMap<&str, _> = self
            .results
            .iter()
            .map(|(line, measured)| {
                let ratio = self.ratio(*line).map(|(ratio, beside)| json!({ "of": beside, "is": ratio }));
                let result = json!({
                    "per_second": measured.rate,
                    "p50_us": micros(measured.p50),
                    "p99_us": micros(measured.p99),
                    "ratio": ratio,
                });
                (line.key(), result)
            })
            .collect();
        let report = json!({
            "at": at,
            "machine": self.machine,
            "tickets": self.tickets,
            "seconds_each": self.seconds,
            "seeded_in_s": self.seeded_in.as_secs_f64(),
            "rows_of_a_ticket": self.rows,
            "results": results,
            "resident_kib": self.resident_kib,
            "cold_start_us": self.cold_start().map(micros),
        });
        let file = folder.join(at.strftime("%Y-%m-%dT%H%M%S.json").to_string());
        std::fs::write(&file, serde_json::to_string_pretty(&report)?)?;
        Ok(file)
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}.\n", self.machine)?;
        writeln!(f, "| at {} tickets | a second | p50 | p99 | ratio |", self.tickets)?;
        writeln!(f, "|---|---:|---:|---:|---|")?;
        for (line, Measured { rate, p50, p99 }) in &self.results {
            let millis = |duration: &Duration| duration.as_secs_f64() * 1e3;
            let (p50, p99) = (millis(p50), millis(p99));
            write!(f, "| {} | {rate:.0} | {p50:.2} ms | {p99:.2} ms |", line.name())?;
            match self.ratio(*line) {
                Some((ratio, beside)) => writeln!(f, " {ratio:.2} of {beside} |")?,
                None => writeln!(f, " |")?,
            }
        }
        writeln!(f)?;
        let seeded = f64::from(self.tickets) / self.seeded_in.as_secs_f64();
        writeln!(f, "Seeded over HTTP at {seeded:.0} tickets a second. A ticket writes {}.", self.rows)?;
        if let Some(kib) = self.resident_kib {
            writeln!(f, "Resident memory after all of it: {} MiB.", kib / 1024)?;
        }
        if let Some(start) = self.cold_start() {
            let millis = start.as_secs_f64() * 1e3;
            writeln!(f, "Cold start, from the process's start to the first healthy answer: {millis:.0} ms.")?;
        }
        Ok(())
    }
}
