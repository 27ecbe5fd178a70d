//! One incident from its rows: what differs from one saved version to the next is its history.

use std::sync::Arc;

use domain::{
    import::{
        Assignment, HistoryEvent, ImportedTicket, PersonKey, Ranking, SourceReference, SourceTruth, State,
        What,
    },
    ticket::{Impact, Kind, PriorityMatrix, Urgency},
};
use jiff::Timestamp;

use super::{
    Column, EventRow, Finding, Outcome, Report, SOURCE,
    order::{Ordered, put_in_order},
    people::key,
    words,
};

/// A ticket and the rows it was built from.
pub(super) struct Rebuilt {
    pub(super) ticket: ImportedTicket,
    pub(super) rows: Vec<EventRow>,
}

/// Whose trouble it is when the export does not say.
pub(super) const UNKNOWN_CALLER: &str = "Unknown caller";

/// What one row says, in our words.
#[derive(Clone, PartialEq)]
struct Snapshot {
    state: State,
    word: Option<Arc<str>>,
    assignment: Assignment,
    ranking: Ranking,
}

/// The incident whose rows these are; there is at least one.
pub(super) fn rebuild(rows: Vec<EventRow>, report: &mut Report) -> Rebuilt {
    let Ordered { rows, times, duplicates } = put_in_order(rows, &mut |finding| report.add(finding));
    report.counts.rows_twice += duplicates as u64;
    let first = rows.first().expect("incidents are made from rows, so there is one");
    let last = rows.last().unwrap_or(first);
    let begun = times.first().copied().unwrap_or(first.updated_at);
    let opened_at = opened_at(first, begun, report);
    let requester = requester(last, report);
    let snapshots = snapshots(&rows, report);

    let mut history = vec![HistoryEvent {
        at: opened_at,
        by: first
            .opened_by
            .as_deref()
            .or(first.created_by.as_deref())
            .or(first.caller.as_deref())
            .and_then(key),
        what: What::Opened { assignment: snapshots[0].assignment.clone(), ranking: snapshots[0].ranking },
    }];
    let as_opened = Snapshot { state: State::New, word: None, ..snapshots[0].clone() };
    history.extend(state_event(&as_opened, &snapshots[0]).map(|what| event(begun, first, what)));
    for (index, pair) in rows.windows(2).enumerate() {
        let (before, after) = (&snapshots[index], &snapshots[index + 1]);
        let at = times[index + 1];
        let length = history.len();
        let changes = changes(before, after, &pair[0], &pair[1]);
        history.extend(changes.into_iter().map(|what| event(at, &pair[1], what)));
        report.counts.rows_without_change += u64::from(history.len() == length);
        let (versions, next) = (pair[0].mod_count, pair[1].mod_count);
        let gap =
            next.zip(versions).map_or(0, |(next, version)| next.saturating_sub(version).saturating_sub(1));
        report.counts.versions_not_exported += u64::from(gap);
    }
    stamp_resolution(&mut history, last);

    let end = snapshots.last().unwrap_or(&as_opened).clone();
    let (resolved_at, closed_at) = ends(&history);
    let word = |column| last.field(column).map(str::to_owned);
    let ticket = ImportedTicket {
        source: SOURCE.to_owned(),
        number: last.number.to_string(),
        kind: Kind::Incident,
        subject: subject(last),
        description: String::new(),
        requester,
        opened_by: last.opened_by.as_deref().and_then(key),
        opened_at,
        contact: word(Column::ContactType),
        location: word(Column::Location),
        category: word(Column::Category),
        subcategory: word(Column::Subcategory),
        ranking: end.ranking,
        assignment: end.assignment,
        state: end.state,
        state_word: end.word.as_deref().map(str::to_owned),
        history,
        resolved_at,
        closed_at,
        closed_code: last.closed_code.as_deref().map(str::to_owned),
        references: references(last),
        source_truth: Some(SourceTruth {
            made_sla: last.made_sla,
            reassignment_count: last.reassignment_count,
            reopen_count: last.reopen_count,
            sys_mod_count: last.mod_count,
        }),
    };
    debug_assert_eq!(ticket.check_history(), Ok(()));
    Rebuilt { ticket, rows }
}

fn event(at: Timestamp, row: &EventRow, what: What) -> HistoryEvent {
    HistoryEvent { at, by: row.updated_by.as_deref().and_then(key), what }
}

/// The call began when the source says, unless the record is older than its call.
fn opened_at(first: &EventRow, begun: Timestamp, report: &mut Report) -> Timestamp {
    let opened = first.opened_at.unwrap_or(begun);
    if opened > begun {
        report.add(Finding {
            outcome: Outcome::Mended,
            line: first.line,
            number: Some(first.number.to_string()),
            column: Some(Column::OpenedAt.as_str().to_owned()),
            value: opened.to_string(),
            why: format!("its first version is of {begun}, before it was opened; it was opened then"),
            mend: "correct the time at the source if it matters".to_owned(),
        });
    }
    opened.min(begun)
}

fn requester(last: &EventRow, report: &mut Report) -> PersonKey {
    if let Some(caller) = last.caller.as_deref().and_then(key) {
        return caller;
    }
    report.add(Finding {
        outcome: Outcome::Mended,
        line: last.line,
        number: Some(last.number.to_string()),
        column: Some(Column::Caller.as_str().to_owned()),
        value: String::new(),
        why: "nobody knows whose trouble it is; whoever opened it stands in".to_owned(),
        mend: "fill in `caller_id`".to_owned(),
    });
    last.opened_by
        .as_deref()
        .and_then(key)
        .or_else(|| key(UNKNOWN_CALLER))
        .unwrap_or_else(|| PersonKey(UNKNOWN_CALLER.to_owned()))
}

fn snapshots(rows: &[EventRow], report: &mut Report) -> Vec<Snapshot> {
    let mut snapshots: Vec<Snapshot> = Vec::with_capacity(rows.len());
    for row in rows {
        let before = snapshots.last();
        let state = row.state.as_deref().and_then(words::state);
        if state.is_none() {
            report.add(Finding {
                outcome: Outcome::Mended,
                line: row.line,
                number: Some(row.number.to_string()),
                column: Some(Column::State.as_str().to_owned()),
                value: row.state.as_deref().unwrap_or_default().to_owned(),
                why: "this is no state we know; the incident stays in the state it was in".to_owned(),
                mend: "replace it by the state that was meant, for example `Active`".to_owned(),
            });
        }
        let word =
            if state.is_some() { row.state.clone() } else { before.and_then(|before| before.word.clone()) };
        let known = before.map(|before| before.ranking);
        let impact = row.impact.or(known.map(|r| r.impact)).unwrap_or(Impact::Medium);
        let urgency = row.urgency.or(known.map(|r| r.urgency)).unwrap_or(Urgency::Medium);
        let priority = row.priority.unwrap_or_else(|| PriorityMatrix::default().priority(impact, urgency));
        snapshots.push(Snapshot {
            state: state.or(before.map(|before| before.state)).unwrap_or(State::New),
            word,
            assignment: Assignment {
                group: row.group.as_deref().map(str::to_owned),
                assignee: row.assigned_to.as_deref().and_then(key),
            },
            ranking: Ranking { impact, urgency, priority },
        });
    }
    snapshots
}

/// What happened between two versions; the state last, so that who resolves it holds it already.
fn changes(before: &Snapshot, after: &Snapshot, row: &EventRow, next: &EventRow) -> Vec<What> {
    let mut changes = Vec::new();
    if before.assignment != after.assignment {
        changes.push(What::Reassigned { from: before.assignment.clone(), to: after.assignment.clone() });
    }
    if before.ranking != after.ranking {
        changes.push(What::PriorityChanged { from: before.ranking, to: after.ranking });
    }
    let mut field = |field: Column, from: Option<&str>, to: Option<&str>| {
        if from != to {
            let (from, to) = (from.map(str::to_owned), to.map(str::to_owned));
            changes.push(What::FieldChanged { field: field.as_str().to_owned(), from, to });
        }
    };
    field(Column::Caller, row.caller.as_deref(), next.caller.as_deref());
    for column in EventRow::FIELDS {
        field(column, row.field(column), next.field(column));
    }
    if before.state == after.state {
        // Two of the source's states can be one of ours: waiting for a problem, then for a change.
        field(Column::State, before.word.as_deref(), after.word.as_deref());
    }
    changes.extend(state_event(before, after));
    changes
}

fn state_event(before: &Snapshot, after: &Snapshot) -> Option<What> {
    let (from, to) = (before.state, after.state);
    let source_word = after.word.as_deref().map(str::to_owned);
    Some(match to {
        _ if from == to => return None,
        State::Resolved => What::Resolved { from, code: None },
        State::Closed => What::Closed { from },
        _ if from.is_done() && !to.is_done() => What::Reopened { from, to, source_word },
        _ => What::StateChanged { from, to, source_word },
    })
}

/// Code and resolver are those of the last resolution; earlier ones keep the author of their own row.
fn stamp_resolution(history: &mut [HistoryEvent], last: &EventRow) {
    let resolved = history.iter_mut().rev().find(|event| matches!(event.what, What::Resolved { .. }));
    if let Some(HistoryEvent { by, what: What::Resolved { code, .. }, .. }) = resolved {
        *code = last.closed_code.as_deref().map(str::to_owned);
        *by = last.resolved_by.as_deref().and_then(key).or_else(|| by.take());
    }
}

/// When it was resolved and closed last, unless it was reopened since.
fn ends(history: &[HistoryEvent]) -> (Option<Timestamp>, Option<Timestamp>) {
    history.iter().fold((None, None), |(resolved, closed), event| match event.what.transition() {
        Some((_, State::Resolved)) => (Some(event.at), None),
        Some((_, State::Closed)) => (resolved, Some(event.at)),
        None | Some((_, State::Cancelled)) => (resolved, closed),
        Some(_) => (None, None),
    })
}

/// The export carries no text, so the subject is made of what it does carry. At most 250 characters.
fn subject(last: &EventRow) -> String {
    let filed: Vec<_> =
        [Column::Category, Column::Subcategory].into_iter().filter_map(|column| last.field(column)).collect();
    let filed = filed.join(" / ");
    let subject = match (filed.is_empty(), last.field(Column::Symptom)) {
        (false, Some(symptom)) => format!("{filed}: {symptom}"),
        (false, None) => filed,
        (true, Some(symptom)) => symptom.to_owned(),
        (true, None) => format!("Incident {}", last.number),
    };
    subject.chars().take(250).collect()
}

fn references(last: &EventRow) -> Vec<SourceReference> {
    [
        (Column::Problem, "problem"),
        (Column::ChangeRequest, "change"),
        (Column::CausedBy, "caused_by"),
        (Column::Vendor, "vendor"),
    ]
    .into_iter()
    .filter_map(|(column, relation)| {
        let number = last.field(column)?.to_owned();
        Some(SourceReference { relation: relation.to_owned(), number })
    })
    .collect()
}
