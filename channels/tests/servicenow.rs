//! ServiceNow exports become tickets with their history, and nothing of what could not be placed is passed over.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::fmt::Write as _;

use channels::import::servicenow::{
    Import, Limits, Options, Outcome, ReadError, Report, SlaClock, TruthColumn, import, parse,
};
use domain::import::{HistoryEvent, ImportedTicket, RoleHint, State, What};
use jiff::{Timestamp, tz::TimeZone};
use proptest::prelude::*;

const SAMPLE: &str = include_str!("../testdata/servicenow-sample.csv");

fn read(csv: &str) -> Import {
    import(csv.as_bytes(), &Options::default()).unwrap()
}

fn ticket<'a>(import: &'a Import, number: &str) -> &'a ImportedTicket {
    import.tickets.iter().find(|ticket| ticket.number == number).unwrap()
}

fn at(text: &str) -> Timestamp {
    format!("{text}:00Z").parse().unwrap()
}

/// A history as lines, so that a test reads like the ticket's timeline.
fn timeline(ticket: &ImportedTicket) -> Vec<String> {
    let line = |event: &HistoryEvent| {
        let by = event.by.as_ref().map_or("nobody", |by| by.as_str());
        let what = match &event.what {
            What::Opened { assignment, .. } => {
                format!("opened in {}", assignment.group.as_deref().unwrap_or("no group"))
            }
            What::StateChanged { to, source_word, .. } => {
                format!("{to} ({})", source_word.as_deref().unwrap_or("-"))
            }
            What::Reopened { to, .. } => format!("reopened, {to}"),
            What::Reassigned { to, .. } => format!(
                "to {} / {}",
                to.group.as_deref().unwrap_or("-"),
                to.assignee.as_ref().map_or("-", |assignee| assignee.as_str())
            ),
            What::PriorityChanged { to, .. } => format!("priority {}", to.priority),
            What::FieldChanged { field, to, .. } => format!("{field} = {}", to.as_deref().unwrap_or("-")),
            What::Resolved { code, .. } => format!("resolved, {}", code.as_deref().unwrap_or("-")),
            What::Closed { .. } => "closed".to_owned(),
            other => format!("{other:?}"),
        };
        format!("{} {by}: {what}", event.at.strftime("%d %H:%M"))
    };
    ticket.history.iter().map(line).collect()
}

#[test]
fn an_incident_keeps_its_history_at_its_own_times_and_final_values_at_its_end() {
    let import = read(SAMPLE);
    let ticket = ticket(&import, "INC9000001");
    assert_eq!(
        timeline(ticket),
        [
            "01 08:00 opened-by-1: opened in Group 1",
            "01 09:00 updated-by-2: to Group 1 / resolver-9",
            "01 09:00 updated-by-2: in_progress (Active)",
            "01 10:00 updated-by-1: waiting_for_requester (Awaiting User Info)",
            "01 12:00 resolver-9: resolved, code 5",
            "06 12:00 nobody: closed",
        ]
    );
    assert_eq!(ticket.subject, "Category 1 / Subcategory 2: Symptom 3");
    assert_eq!(ticket.resolved_at, Some(at("2016-02-01T12:00")));
    assert_eq!(ticket.closed_at, Some(at("2016-02-06T12:00")));
    assert_eq!((ticket.state, ticket.state_word.as_deref()), (State::Closed, Some("Closed")));
    assert_eq!(ticket.requester.as_str(), "caller-1");
}

#[test]
fn a_reopened_incident_keeps_both_resolutions_and_every_hand_it_went_through() {
    let import = read(SAMPLE);
    let ticket = ticket(&import, "INC9000002");
    assert_eq!(
        timeline(ticket),
        [
            "01 09:00 opened-by-1: opened in Group 1",
            "01 09:20 updated-by-1: to Group 2 / -",
            "01 09:20 updated-by-1: priority p2",
            "01 10:20 updated-by-1: to Group 1 / resolver-9",
            "01 10:20 updated-by-1: category = Category 4",
            "01 10:20 updated-by-1: problem_id = Problem ID 2",
            "01 10:20 updated-by-1: in_progress (Active)",
            "02 10:20 updated-by-1: resolved, -",
            "03 08:00 updated-by-1: reopened, in_progress",
            "03 16:00 resolver-9: resolved, code 5",
            "20 16:00 updated-by-1: closed",
        ]
    );
    assert_eq!(ticket.references[0].number, "Problem ID 2");
}

#[test]
fn when_versions_and_clock_disagree_the_order_with_fewer_contradictions_is_taken_and_said() {
    let import = read(SAMPLE);
    let wrong_version = ticket(&import, "INC9000003");
    assert_eq!(wrong_version.opened_at, at("2016-02-02T07:27"), "a record is no older than its ticket");
    assert_eq!(timeline(wrong_version)[1], "02 09:59 updated-by-1: to Group 73 / -");
    let wrong_clock = ticket(&import, "INC9000004");
    assert_eq!(
        timeline(wrong_clock),
        [
            "02 08:00 opened-by-1: opened in Group 1",
            "02 11:03 resolver-9: resolved, code 5",
            "07 12:00 updated-by-1: closed",
        ]
    );
    let said = |number: &str, column: &str| {
        import.report.findings.iter().any(|finding| {
            finding.number.as_deref() == Some(number) && finding.column.as_deref() == Some(column)
        })
    };
    assert!(said("INC9000003", "sys_mod_count") && said("INC9000003", "opened_at"));
    assert!(said("INC9000004", "sys_mod_count") && said("INC9000004", "sys_updated_at"));
}

#[test]
fn what_cannot_be_placed_is_reported_with_line_column_value_and_mend() {
    let import = read(SAMPLE);
    let found: Vec<_> = import
        .report
        .findings
        .iter()
        .filter(|finding| !matches!(finding.number.as_deref(), Some("INC9000003" | "INC9000004")))
        .map(|f| (f.line, f.outcome, f.column.as_deref().unwrap_or("-"), f.value.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (26, Outcome::Skipped, "sys_updated_at", "30-02-2016 10:00"),
            (27, Outcome::Mended, "reopen_count", "-1"),
            (27, Outcome::Mended, "made_sla", "maybe"),
            (27, Outcome::Mended, "opened_at", "2/13/2016 09:00"),
            (27, Outcome::Mended, "impact", "9 - Enormous"),
            (28, Outcome::Skipped, "number", ""),
            (24, Outcome::Mended, "caller_id", ""),
            (21, Outcome::Mended, "incident_state", "-100"),
        ]
    );
    assert!(import.report.findings.iter().all(|finding| !finding.why.is_empty() && !finding.mend.is_empty()));
    let counts = import.report.counts;
    assert_eq!((counts.rows, counts.rows_used, counts.rows_twice, counts.tickets), (27, 25, 1, 6));
    assert_eq!(counts.versions_not_exported, 2);
}

#[test]
fn a_disagreement_with_the_sources_counts_names_the_line_that_shows_why() {
    let import = read(SAMPLE);
    let found = &import.report.truth.disagreements;
    let differ: Vec<_> =
        found.iter().map(|d| (d.number.as_str(), d.column, d.source.as_str(), d.ours.as_str())).collect();
    assert_eq!(
        differ,
        [
            ("INC9000005", TruthColumn::ReassignmentCount, "1", "0"),
            ("INC9000005", TruthColumn::ResolvedAt, "2016-02-05T10:00:00Z", "2016-02-04T10:00:00Z"),
        ]
    );
    assert!(found[0].why.contains("line 22") && found[0].why.contains("changed back"), "{}", found[0].why);
    assert!(found[1].why.contains("line 24") && found[1].why.contains("saved again"), "{}", found[1].why);
}

#[test]
fn people_get_the_least_role_and_an_address_that_delivers_to_nobody() {
    let import = read(SAMPLE);
    let person = |key: &str| import.people.iter().find(|person| person.key.as_str() == key).unwrap();
    assert_eq!(person("caller-1").role, RoleHint::Requester);
    assert_eq!(person("resolver-9").role, RoleHint::Agent);
    assert_eq!(person("resolver-9").groups, ["Group 1"]);
    assert_eq!(person("opened-by-1").display_name, "Opened by 1");
    assert!(import.people.iter().all(|person| person.email.ends_with("@servicenow.invalid")));
    for ticket in &import.tickets {
        let authors = ticket.history.iter().filter_map(|event| event.by.as_ref());
        for named in authors.chain(&ticket.assignment.assignee).chain([&ticket.requester]) {
            person(named.as_str());
        }
    }
    let groups: Vec<_> = import.groups.iter().map(String::as_str).collect();
    assert_eq!(groups, ["Group 1", "Group 2", "Group 72", "Group 73"]);
}

#[test]
fn order_of_columns_and_rows_separator_line_ends_and_byte_order_mark_change_nothing() {
    let expected = read(SAMPLE);
    let mut rows: Vec<Vec<&str>> = SAMPLE.lines().map(|line| line.split(',').rev().collect()).collect();
    rows[1..].reverse();
    let lines: Vec<_> = rows.iter().map(|row| row.join(";")).collect();
    let other = format!("\u{feff}{}\r\n", lines.join("\r\n"));
    let import = read(&other);
    for finding in import.report.findings.iter().filter(|finding| finding.outcome == Outcome::Skipped) {
        let line = other.lines().nth(usize::try_from(finding.line).unwrap() - 1).unwrap();
        assert!(line.contains(&finding.value) && line.contains("Location 1"), "{finding}: {line}");
    }
    assert_eq!(import.tickets, expected.tickets);
    assert_eq!(import.people, expected.people);
    assert_eq!(import.report.truth.table, expected.report.truth.table);
}

#[test]
fn times_are_read_in_the_zone_that_was_given() {
    let zone = TimeZone::get("America/Sao_Paulo").unwrap();
    let import = import(SAMPLE.as_bytes(), &Options { zone, ..Options::default() }).unwrap();
    assert_eq!(ticket(&import, "INC9000001").opened_at, at("2016-02-01T10:00"));
}

#[test]
fn a_file_that_is_no_such_export_is_refused_with_what_to_do() {
    let refuse = |bytes: &[u8]| import(bytes, &Options::default()).unwrap_err();
    assert!(matches!(refuse(b""), ReadError::Empty));
    let missing = refuse(b"number,incident_state,category\nINC1,New,x\n").to_string();
    assert!(missing.contains("`sys_updated_at` is missing"), "{missing}");
    assert!(missing.contains("number, incident_state, category"), "{missing}");
    let twice = refuse(b"number,Number,incident_state,sys_updated_at\n").to_string();
    assert!(twice.contains("`number` is there twice"), "{twice}");
    let utf16: Vec<u8> = "\u{feff}number,state".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(refuse(&utf16).to_string().contains("CSV UTF-8"));
    assert!(refuse(b"n\xFFmber,incident_state\n").to_string().contains("UTF-8"));
}

#[test]
fn bytes_that_are_not_utf8_are_reported_with_their_line_and_the_row_is_kept() {
    let mut bytes = b"number,state,updated,category\nINC1,New,01-02-2016 08:00,Netz\n".to_vec();
    bytes.extend(b"INC1,Active,01-02-2016 09:00,B\xFCro\nINC1,Resolved,01-02-2016 10:00\n");
    let import = import(bytes.as_slice(), &Options::default()).unwrap();
    let findings: Vec<_> =
        import.report.findings.iter().map(|f| (f.line, f.outcome, f.why.as_str())).collect();
    assert_eq!(findings[0], (3, Outcome::Mended, "it is not UTF-8 text and was left out"));
    assert_eq!(findings[1], (4, Outcome::Skipped, "the headings promise 4 fields"));
    assert_eq!(ticket(&import, "INC1").state, State::InProgress);
}

#[test]
fn an_unclosed_quote_does_not_swallow_the_file() {
    let rows = "INC1,New,01-02-2016 08:00\nINC2,\"New,01-02-2016 08:00\n";
    let endless = format!("number,incident_state,sys_updated_at\n{rows}{}", "x".repeat(500_000));
    let limits = Limits { record_bytes: 10_000, ..Limits::default() };
    let error = import(endless.as_bytes(), &Options { limits, ..Options::default() }).unwrap_err();
    assert!(matches!(error, ReadError::RecordTooLong { line: 3, limit: 10_000 }), "{error}");
    assert!(error.to_string().contains("quotation mark"));
}

#[test]
fn a_file_without_end_stops_at_the_limit_of_rows_and_findings() {
    let csv = format!("number,incident_state,sys_updated_at\n{}", "INC1,New,never\n".repeat(50));
    let limits = Limits { rows: 20, ..Limits::default() };
    let error = import(csv.as_bytes(), &Options { limits, ..Options::default() }).unwrap_err();
    assert!(matches!(error, ReadError::TooManyRows { limit: 20 }));
    let limits = Limits { findings: 5, ..Limits::default() };
    let import = import(csv.as_bytes(), &Options { limits, ..Options::default() }).unwrap();
    assert_eq!((import.report.findings.len(), import.report.findings_not_kept), (5, 45));
    assert!(import.report.to_string().contains("Could not be placed as it stands: 50"));
}

/// A synthetic export with the habits of a real one: final values on every row, five-day closing, a service level that
/// runs until closure.
fn synthetic_export(incidents: usize) -> String {
    let mut csv = SAMPLE.lines().next().unwrap().to_owned() + "\n";
    for n in 0..incidents {
        let mut states = match n % 3 {
            0 => vec!["New", "Resolved"],
            1 => vec!["New", "Active", "Awaiting User Info", "Resolved"],
            _ => vec!["Active", "Active", "Awaiting Problem", "Active", "Resolved"],
        };
        let reopened = if n % 50 == 7 { states.len() } else { usize::MAX };
        if reopened != usize::MAX {
            states.extend(["Active", "Resolved"]);
        }
        states.push("Closed");
        let last = states.len() - 1;
        let closed_day = 6 + n % 20;
        for (version, state) in states.into_iter().enumerate() {
            let group = version.min(n % 4);
            let reopens = usize::from(version >= reopened);
            let closing = version == last;
            let met = if closing && closed_day > 15 { "FALSE" } else { "TRUE" };
            let (day, hour) = if closing { (closed_day, 9) } else { (2, 10 + version) };
            let (person, place, resolved) = (n % 25, n % 12, 9 + last);
            writeln!(
                csv,
                "INC{n:07},{state},TRUE,{group},{reopens},{version},{met},Caller {},Opened by  {},02-03-2016 09:00,\
                 ?,?,Updated by {},{day:02}-03-2016 {hour:02}:30,Phone,Location {place},Category {},Subcategory {},\
                 ?,?,2 - Medium,2 - Medium,3 - Moderate,Group {group},Resolver {person},true,FALSE,Do Not Notify,\
                 ?,?,?,?,code 6,Resolver {person},02-03-2016 {resolved:02}:30,{closed_day:02}-03-2016 09:30",
                n % 90,
                n % 9,
                n % 30,
                n % 20,
                n % 45,
            )
            .unwrap();
        }
    }
    csv
}

#[test]
fn a_full_size_export_agrees_with_the_sources_own_counts() {
    let import = read(&synthetic_export(250));
    let report = &import.report;
    assert_eq!((import.tickets.len(), report.counts.reopenings), (250, 5));
    assert!(report.findings.is_empty(), "{report}");
    assert!(report.truth.disagreements.is_empty(), "{report}");
    assert_eq!(report.truth.table.len(), 5);
    for row in &report.truth.table {
        assert_eq!((row.compared, row.agree), (250, 250), "{row:?}");
    }
    assert_eq!(report.truth.sla_clock, Some(SlaClock::ToClosure));
    for ticket in &import.tickets {
        ticket.check_history().unwrap();
    }
}

/// Runs on the real export where it is at hand, beside the repository; the test above stands in for it everywhere else.
#[test]
fn the_real_export_agrees_with_its_own_counts() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/servicenow-incident-events.csv");
    let Ok(file) = std::fs::File::open(path) else {
        println!("there is no real export at {path}; the synthetic one of the same size is tested instead");
        return;
    };
    let import = import(file, &Options::default()).unwrap();
    let report = &import.report;
    println!("{report}");
    assert_eq!((report.counts.rows, report.counts.rows_used, report.counts.tickets), (1646, 1646, 250));
    let agree = |column| {
        report.truth.table.iter().find(|row| row.column == column).map(|row| (row.agree, row.compared))
    };
    assert_eq!(agree(TruthColumn::ReassignmentCount), Some((249, 250)));
    assert_eq!(agree(TruthColumn::ReopenCount), Some((250, 250)));
    assert_eq!(agree(TruthColumn::MadeSla), Some((250, 250)));
    for ticket in &import.tickets {
        ticket.check_history().unwrap();
    }
    assert!(report.findings.iter().all(|finding| finding.outcome != Outcome::Skipped));
    assert!(
        report.truth.disagreements[0].why.contains("line 485"),
        "lines are counted as editors count them"
    );
}

#[test]
fn a_report_survives_its_own_json() {
    let json = serde_json::to_value(read(SAMPLE).report).unwrap();
    let back: Report = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&back).unwrap(), json);
}

#[test]
fn rows_are_handed_over_one_by_one() {
    let mut lines = Vec::new();
    let read =
        parse(SAMPLE.as_bytes(), &Options::default(), &mut |_| (), |row| lines.push(row.line)).unwrap();
    assert_eq!((read.rows, read.used), (27, 25));
    assert_eq!(lines.first(), Some(&2));
    assert!(lines.is_sorted());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = import(bytes.as_slice(), &Options::default());
    }

    #[test]
    fn a_damaged_export_still_gives_only_true_histories(
        damage in proptest::collection::vec((0..SAMPLE.len(), any::<u8>()), 1..60)
    ) {
        let mut bytes = SAMPLE.as_bytes().to_vec();
        for (place, byte) in damage {
            bytes[place] = byte;
        }
        if let Ok(import) = import(bytes.as_slice(), &Options::default()) {
            for ticket in &import.tickets {
                prop_assert_eq!(ticket.check_history(), Ok(()));
            }
            prop_assert_eq!(import.report.counts.tickets, import.tickets.len() as u64);
        }
    }

    #[test]
    fn the_order_of_rows_in_the_file_does_not_matter(seed in any::<u64>()) {
        let csv = synthetic_export(12);
        let (header, rows) = csv.split_once('\n').unwrap();
        let mut shuffled: Vec<_> = rows.lines().collect();
        let rank = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        shuffled.sort_by_key(|row| row.bytes().fold(seed, rank));
        let other = format!("{header}\n{}\n", shuffled.join("\n"));
        prop_assert_eq!(read(&other).tickets, read(&csv).tickets);
    }
}
