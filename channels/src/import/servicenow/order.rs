//! The order of an incident's rows, when the source's own witnesses of it disagree.
//!
//! Two witnesses say which version came first: the version number `sys_mod_count` and the clock `sys_updated_at`. In
//! real exports either can be wrong for a row (a first version that carries the number of a later one; a clock that
//! runs ahead), so neither may simply win. Each order is held against everything that can only go one way, and the one
//! with the fewest contradictions is taken.

use jiff::Timestamp;

use super::{Finding, Outcome, row::EventRow, words};

/// Puts the rows in order, drops rows exported twice, and says what had to be decided.
pub(super) fn put_in_order(mut rows: Vec<EventRow>, on_finding: &mut dyn FnMut(Finding)) -> Ordered {
    rows.sort_by_key(|row| (row.mod_count, row.updated_at, row.line));
    let before = rows.len();
    rows.dedup_by(|later, earlier| {
        let line = std::mem::replace(&mut later.line, earlier.line);
        let same = later == earlier;
        later.line = line;
        same
    });
    let duplicates = before - rows.len();

    let by_version = contradictions(&rows);
    if by_version > 0 {
        let mut by_clock = rows.clone();
        by_clock.sort_by_key(|row| (row.updated_at, row.mod_count, row.line));
        let mut by_line = rows.clone();
        by_line.sort_by_key(|row| row.line);
        let orders = [
            (by_version, "sys_mod_count", rows),
            (contradictions(&by_clock), "sys_updated_at", by_clock),
            (contradictions(&by_line), "the order of the file", by_line),
        ];
        let best = orders.into_iter().min_by_key(|(count, ..)| *count);
        let (count, name, ordered) = best.unwrap_or_default();
        rows = ordered;
        if let Some(first) = rows.first() {
            on_finding(Finding {
                outcome: Outcome::Note,
                line: first.line,
                number: Some(first.number.to_string()),
                column: Some("sys_mod_count".to_owned()),
                value: rows
                    .iter()
                    .map(|row| row.mod_count.map_or("?".to_owned(), |count| count.to_string()))
                    .collect::<Vec<_>>()
                    .join(" "),
                why: format!(
                    "versions and times contradict each other; {name} was followed, which contradicts itself the least ({count} times)"
                ),
                mend: "nothing, unless the history looks wrong: then correct the two columns".to_owned(),
            });
        }
    }
    let times = times(&rows, on_finding);
    Ordered { rows, times, duplicates }
}

/// Rows in order.
pub(super) struct Ordered {
    /// The rows.
    pub(super) rows: Vec<EventRow>,
    /// The moment of each row, never earlier than the row before.
    pub(super) times: Vec<Timestamp>,
    /// How many rows were there twice.
    pub(super) duplicates: usize,
}

/// How often something goes back in this order that cannot: the clock, the version, a counter, or a resolved incident
/// that is worked again without having been reopened.
fn contradictions(rows: &[EventRow]) -> usize {
    let done = |row: &EventRow| {
        row.state.as_deref().and_then(words::state).is_some_and(domain::import::State::is_done)
    };
    rows.windows(2)
        .map(|pair| {
            let [a, b] = pair else { return 0 };
            usize::from(b.updated_at < a.updated_at)
                + usize::from(b.mod_count < a.mod_count)
                + usize::from(b.reassignment_count < a.reassignment_count)
                + usize::from(b.reopen_count < a.reopen_count)
                + usize::from(
                    done(a) && !done(b) && b.reopen_count.is_some() && b.reopen_count <= a.reopen_count,
                )
        })
        .sum()
}

/// A row that claims to be later than one after it is put at the moment of that one.
fn times(rows: &[EventRow], on_finding: &mut dyn FnMut(Finding)) -> Vec<Timestamp> {
    let mut times: Vec<Timestamp> = Vec::with_capacity(rows.len());
    for row in rows.iter().rev() {
        let next = times.last().copied().unwrap_or(row.updated_at);
        if next < row.updated_at {
            on_finding(Finding {
                outcome: Outcome::Mended,
                line: row.line,
                number: Some(row.number.to_string()),
                column: Some("sys_updated_at".to_owned()),
                value: row.updated_at.to_string(),
                why: format!("the next version is of {next}, earlier than this one; both were placed there"),
                mend: "correct the time at the source if it matters".to_owned(),
            });
        }
        times.push(next.min(row.updated_at));
    }
    times.reverse();
    times
}
