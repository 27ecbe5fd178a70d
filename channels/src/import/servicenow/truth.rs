//! The rebuilt history held against the source's own counts.
//!
//! `reassignment_count` and `reopen_count` are counted anew from the history. `made_sla` cannot be: the export carries
//! neither targets nor calendars. But a service level is a limit on a time, one for each priority; so the limit that
//! explains the column best is looked for, on our own times, and every incident that it does not explain is listed. If
//! our times were wrong, no limit would fit.

use std::collections::BTreeMap;

use domain::{
    import::{ImportedTicket, What},
    ticket::Priority,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{EventRow, rebuild::Rebuilt};

/// The comparison.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Truth {
    /// One row for each column compared.
    pub table: Vec<TruthRow>,
    /// Every incident on which the two differ, and why.
    pub disagreements: Vec<Disagreement>,
    /// Which time the source's service level measures, and its limits, as far as the data tells.
    pub sla_clock: Option<SlaClock>,
    /// The limit of each priority.
    pub sla_targets: Vec<SlaTarget>,
}

/// How one column compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TruthRow {
    /// Which.
    pub column: TruthColumn,
    /// Incidents that have a value for it.
    pub compared: u64,
    /// Incidents where both say the same.
    pub agree: u64,
}

/// A column of the source that says what the history says too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TruthColumn {
    /// How often the group changed.
    ReassignmentCount,
    /// How often it was reopened.
    ReopenCount,
    /// Whether the service level was met.
    MadeSla,
    /// When it was resolved last.
    ResolvedAt,
    /// When it was closed last.
    ClosedAt,
}

impl TruthColumn {
    /// The column's name at the source.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReassignmentCount => "reassignment_count",
            Self::ReopenCount => "reopen_count",
            Self::MadeSla => "made_sla",
            Self::ResolvedAt => "resolved_at",
            Self::ClosedAt => "closed_at",
        }
    }
}

/// One incident on which source and history differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disagreement {
    /// The incident.
    pub number: String,
    /// The column.
    pub column: TruthColumn,
    /// What the source says.
    pub source: String,
    /// What the history says.
    pub ours: String,
    /// Why, with the line of the file that shows it.
    pub why: String,
}

/// From opening until when a service level runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlaClock {
    /// Until the last resolution.
    ToResolution,
    /// Until it is closed.
    ToClosure,
}

/// The limit of one priority, as far as the data tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlaTarget {
    /// Which.
    pub priority: Priority,
    /// Incidents of it.
    pub incidents: u64,
    /// The longest time within the limit; none when even the shortest is beyond it.
    pub met_up_to: Option<SignedDuration>,
    /// The shortest time beyond the limit; none when even the longest is within it.
    pub missed_from: Option<SignedDuration>,
    /// Incidents whose `made_sla` the limit explains.
    pub explained: u64,
}

/// A comparison under way.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    rows: BTreeMap<TruthColumn, (u64, u64)>,
    disagreements: Vec<Disagreement>,
    levels: Vec<Level>,
}

#[derive(Debug)]
struct Level {
    number: String,
    priority: Priority,
    met: bool,
    to_resolution: Option<SignedDuration>,
    to_closure: Option<SignedDuration>,
}

impl Level {
    const fn time(&self, clock: SlaClock) -> Option<SignedDuration> {
        match clock {
            SlaClock::ToResolution => self.to_resolution,
            SlaClock::ToClosure => self.to_closure,
        }
    }
}

impl Comparison {
    /// Compares one incident.
    pub(super) fn add(&mut self, Rebuilt { ticket, rows }: &Rebuilt) {
        let Some(last) = rows.last() else { return };
        let count = |wanted: fn(&What) -> bool| {
            let count = ticket.history.iter().filter(|event| wanted(&event.what)).count();
            u32::try_from(count).unwrap_or(u32::MAX)
        };
        let reassigned =
            count(|what| matches!(what, What::Reassigned { from, to } if from.group != to.group));
        let reopened = count(|what| matches!(what, What::Reopened { .. }));
        self.compare(
            ticket,
            TruthColumn::ReassignmentCount,
            last.reassignment_count,
            Some(reassigned),
            || why_counter(rows, "assignment_group", |row| row.reassignment_count, |a, b| a.group != b.group),
        );
        self.compare(ticket, TruthColumn::ReopenCount, last.reopen_count, Some(reopened), || {
            why_counter(rows, "incident_state", |row| row.reopen_count, |a, b| a.state != b.state)
        });
        let why = |at, state| why_stamp(rows, at, state);
        self.compare(ticket, TruthColumn::ResolvedAt, last.resolved_at, ticket.resolved_at, || {
            why(last.resolved_at, "Resolved")
        });
        self.compare(ticket, TruthColumn::ClosedAt, last.closed_at, ticket.closed_at, || {
            why(last.closed_at, "Closed")
        });
        if let Some(met) = last.made_sla {
            let time = |end: Option<Timestamp>| end.map(|end| end.duration_since(ticket.opened_at));
            self.levels.push(Level {
                number: ticket.number.clone(),
                priority: ticket.ranking.priority,
                met,
                to_resolution: time(ticket.resolved_at),
                to_closure: time(ticket.closed_at),
            });
        }
    }

    /// The whole comparison.
    pub(super) fn finish(mut self) -> Truth {
        let fits =
            [SlaClock::ToResolution, SlaClock::ToClosure].map(|clock| (clock, fit(&self.levels, clock)));
        let explained = |targets: &[SlaTarget]| targets.iter().map(|target| target.explained).sum::<u64>();
        let [first, second] = fits;
        let best = if explained(&second.1) > explained(&first.1) { second } else { first };
        let (sla_clock, sla_targets) =
            if best.1.is_empty() { (None, Vec::new()) } else { (Some(best.0), best.1) };
        if let Some(clock) = sla_clock {
            self.rows.insert(
                TruthColumn::MadeSla,
                (sla_targets.iter().map(|t| t.incidents).sum(), explained(&sla_targets)),
            );
            let exceptions = self.levels.iter().filter_map(|level| exception(level, clock, &sla_targets));
            self.disagreements.extend(exceptions);
        }
        self.disagreements.sort_by(|a, b| (a.column, &a.number).cmp(&(b.column, &b.number)));
        let table = self
            .rows
            .into_iter()
            .map(|(column, (compared, agree))| TruthRow { column, compared, agree })
            .collect();
        Truth { table, disagreements: self.disagreements, sla_clock, sla_targets }
    }

    fn compare<V: PartialEq + ToString>(
        &mut self,
        ticket: &ImportedTicket,
        column: TruthColumn,
        source: Option<V>,
        ours: Option<V>,
        why: impl FnOnce() -> String,
    ) {
        let Some(value) = source else { return };
        let row = self.rows.entry(column).or_default();
        row.0 += 1;
        if ours.as_ref() == Some(&value) {
            row.1 += 1;
            return;
        }
        self.disagreements.push(Disagreement {
            number: ticket.number.clone(),
            column,
            source: value.to_string(),
            ours: ours.map_or_else(|| "never".to_owned(), |ours| ours.to_string()),
            why: why(),
        });
    }
}

/// The first row at which a counter and the column it counts part ways.
fn why_counter(
    rows: &[EventRow],
    column: &str,
    counter: fn(&EventRow) -> Option<u32>,
    changed: fn(&EventRow, &EventRow) -> bool,
) -> String {
    for pair in rows.windows(2) {
        let [a, b] = pair else { continue };
        let (Some(from), Some(to)) = (counter(a), counter(b)) else { continue };
        let line = b.line;
        match (to.saturating_sub(from), changed(a, b)) {
            (0 | 1, true) | (0, false) => {}
            (1, false) => {
                return format!(
                    "the count rose on line {line} while {column} stayed as it was: it changed and changed back between two exported rows"
                );
            }
            (steps, _) => {
                return format!(
                    "the count rose by {steps} on line {line}: rows in between were not exported"
                );
            }
        }
    }
    match rows.first().and_then(counter) {
        Some(0) | None => {
            format!("{column} changed in the export more or less often than the source counted")
        }
        Some(start) => {
            format!("the count is {start} on the first exported row: earlier rows were not exported")
        }
    }
}

/// A moment that the source moved when the incident was saved again in the same state.
fn why_stamp(rows: &[EventRow], stamp: Option<Timestamp>, state: &str) -> String {
    let again = rows.iter().find(|row| Some(row.updated_at) == stamp && row.state.as_deref() == Some(state));
    again.map_or_else(
        || format!("no exported row in the state `{state}` is of that time"),
        |row| {
            format!(
                "the source moved it on line {}, where the incident was saved again while `{state}`",
                row.line
            )
        },
    )
}

/// For each priority the limit that explains the most incidents; the widest of equally good ones.
fn fit(levels: &[Level], clock: SlaClock) -> Vec<SlaTarget> {
    let mut by_priority: BTreeMap<Priority, Vec<(SignedDuration, bool)>> = BTreeMap::new();
    for level in levels {
        if let Some(time) = level.time(clock) {
            by_priority.entry(level.priority).or_default().push((time, level.met));
        }
    }
    by_priority
        .into_iter()
        .map(|(priority, mut times)| {
            times.sort_unstable();
            let missed = times.iter().filter(|(_, met)| !met).count();
            // With no limit at all everything is missed; each time let in may turn out right or wrong.
            let (mut best, mut explained, mut within) = (missed, missed, None);
            for (index, (time, met)) in times.iter().enumerate() {
                explained = if *met { explained + 1 } else { explained - 1 };
                let last_of_its_length = times.get(index + 1).is_none_or(|(next, _)| next != time);
                if last_of_its_length && explained >= best {
                    (best, within) = (explained, Some(*time));
                }
            }
            SlaTarget {
                priority,
                incidents: times.len() as u64,
                met_up_to: within,
                missed_from: times
                    .iter()
                    .map(|(time, _)| *time)
                    .find(|time| within.is_none_or(|within| *time > within)),
                explained: best as u64,
            }
        })
        .collect()
}

fn exception(level: &Level, clock: SlaClock, targets: &[SlaTarget]) -> Option<Disagreement> {
    let time = level.time(clock)?;
    let target = targets.iter().find(|target| target.priority == level.priority)?;
    let within = target.met_up_to.is_some_and(|limit| time <= limit);
    let words = |met| if met { "met" } else { "missed" };
    (within != level.met).then(|| Disagreement {
        number: level.number.clone(),
        column: TruthColumn::MadeSla,
        source: words(level.met).to_owned(),
        ours: words(within).to_owned(),
        why: format!(
            "it took {time:#}, and the limit that explains most others of its priority says otherwise"
        ),
    })
}
