//! An export of another desk, brought in.

use std::{
    fmt::Write as _,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::Stdio,
};

use desk::{
    Context,
    ticket::{Search, SearchHit},
};
use domain::{Timestamp, identity::SystemActor};
use serde_json::Value;
use tempfile::TempDir;
use tenancy::{Tenant, TenantOptions};

use crate::support::{freehold, run, said};

const HEADINGS: &str = "number,incident_state,active,reassignment_count,reopen_count,sys_mod_count,made_sla,caller_id,\
    opened_by,opened_at,sys_created_by,sys_created_at,sys_updated_by,sys_updated_at,contact_type,location,category,\
    subcategory,u_symptom,cmdb_ci,impact,urgency,priority,assignment_group,assigned_to,knowledge,\
    u_priority_confirmation,notify,problem_id,rfc,vendor,caused_by,closed_code,resolved_by,resolved_at,closed_at";

/// An export of so many incidents: every third changes hands, every seventh is reopened, every fifth takes too long.
fn export(incidents: u32) -> String {
    let mut csv = format!("{HEADINGS}\n");
    for number in 1..=incidents {
        let (caller, group, resolver) = (number % 40, number % 5, number % 8);
        let (moved, reopened, late) = (number % 3 == 0, number % 7 == 0, number % 5 == 0);
        let at = |hour: u32| {
            format!(
                "{:02}-{:02}-2016 {:02}:{:02}",
                1 + number / 60 % 20,
                3 + hour / 24,
                hour % 24,
                number % 60
            )
        };
        let end = if late { 23 } else { 12 };
        let mut steps = vec![("New", 8, group, false), ("Active", 9, group, true)];
        if moved {
            steps.push(("Active", 10, group + 1, true));
        }
        if reopened {
            steps.push(("Resolved", 11, group + u32::from(moved), true));
            steps.push(("Active", 11, group + u32::from(moved), true));
        }
        steps.push(("Resolved", end, group + u32::from(moved), true));
        steps.push(("Closed", 24 + end, group + u32::from(moved), true));
        let mut done = 0;
        for (version, (state, hour, group, assigned)) in steps.into_iter().enumerate() {
            let reopenings = u32::from(state == "Active" && done > 0 || reopened && done > 1);
            done += u32::from(state == "Resolved");
            let assignee = if assigned { format!("Resolver {resolver}") } else { "?".to_owned() };
            writeln!(
                csv,
                "INC{:07},{state},{},{},{reopenings},{version},{},Caller {caller},Opened by {resolver},{},Created by 1,\
                 {},Updated by {resolver},{},Phone,Location 1,Category {group},Subcategory 2,Symptom 3,?,2 - Medium,\
                 2 - Medium,3 - Moderate,Group {group},{assignee},TRUE,FALSE,Do Not Notify,?,?,?,?,code 5,\
                 Resolver {resolver},{},{}",
                9_000_000 + number,
                if state == "Closed" { "FALSE" } else { "TRUE" },
                u32::from(moved && version > 1),
                if late { "FALSE" } else { "TRUE" },
                at(8),
                at(8),
                at(hour),
                at(end),
                at(24 + end),
            )
            .unwrap();
        }
    }
    csv
}

/// An export in a file, and a place for a desk beside it.
struct Desk {
    folder: TempDir,
    export: String,
}

impl Desk {
    fn with(incidents: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("export.csv");
        std::fs::write(&path, export(incidents)).unwrap();
        Self { export: path.to_str().unwrap().to_owned(), folder }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn import(&self) -> String {
        said(&self.data(), &["import", "servicenow", &self.export])
    }

    /// Imports, and gives the report.
    fn report(&self) -> Value {
        let path = self.folder.path().join("report.json");
        said(&self.data(), &["import", "servicenow", &self.export, "--report", path.to_str().unwrap()]);
        let mut reports: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        reports[0].take()
    }
}

fn found(data: &Path, text: &str) -> Vec<SearchHit> {
    let now: Timestamp = "2026-06-30T15:20:00Z".parse().unwrap();
    let tenant = Tenant::open(TenantOptions::new(data), now).unwrap();
    let search = Search { text: text.to_owned(), own_only: false, limit: 10 };
    tenant.desk.ask_now(Context::system(SystemActor::CommandLine, now, [7; 32]), search).unwrap()
}

#[test]
fn a_dry_run_reports_and_writes_nothing() {
    let desk = Desk::with(250);
    let said = said(&desk.data(), &["import", "servicenow", &desk.export, "--dry-run"]);
    assert!(said.contains("250 incidents from") && said.contains("nothing was written"), "{said}");
    assert!(!desk.data().exists());
}

#[test]
fn what_is_imported_agrees_with_the_source_and_importing_it_again_changes_nothing() {
    let desk = Desk::with(250);
    let first = desk.import();
    assert!(first.contains("Now at the desk: 0 known, 250 new"), "{first}");
    assert!(first.contains("reassignment_count       250 of     250 are at the desk"), "{first}");
    assert!(first.contains("reopen_count             250 of     250 are at the desk"), "{first}");
    assert!(first.contains("made_sla                 250 of     250 agree"), "{first}");

    let second = desk.report();
    let placed = &second["placed"];
    assert_eq!((placed["known"].as_u64(), placed["new"].as_u64()), (Some(250), Some(0)), "{placed}");
    assert_eq!((placed["new_people"].as_u64(), placed["new_groups"].as_u64()), (Some(0), Some(0)));
    assert_eq!(placed["unplaced"], Value::Array(Vec::new()));
    assert!(said(&desk.data(), &["audit", "verify"]).contains("the audit log is sound"));
}

#[test]
fn a_ticket_is_found_by_the_number_that_it_had_before() {
    let desk = Desk::with(250);
    desk.import();
    let hits = found(&desk.data(), "INC9000021");
    assert_eq!(hits.len(), 1, "{hits:?}");
    assert!(!hits[0].open && hits[0].subject.contains("Symptom 3"), "{hits:?}");
    assert!(found(&desk.data(), "INC9000251").is_empty());
}

#[test]
fn an_import_that_was_killed_goes_on_and_ends_as_if_it_had_not_been() {
    let desk = Desk::with(2_000);
    let mut child = freehold(&desk.data(), &["import", "servicenow", &desk.export])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let begun = begun.into_iter().any(|line| line.starts_with("tickets: "));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(begun, "it ended before it began");

    let resumed = desk.report();
    let count = |name: &str| resumed["placed"][name].as_u64().unwrap();
    assert!(count("known") > 0 && count("new") > 0, "{}", resumed["placed"]);
    assert_eq!(count("known") + count("new"), 2_000);

    let whole = Desk::with(2_000).report();
    for equal in ["people", "unplaced", "reassignment_count", "reopen_count"] {
        assert_eq!(resumed["placed"][equal], whole["placed"][equal], "{equal}");
    }
    assert_eq!(desk.report()["placed"]["known"], 2_000);
    assert!(said(&desk.data(), &["audit", "verify"]).contains("the audit log is sound"));
}

#[test]
fn a_row_that_cannot_be_placed_is_named_with_its_line_and_the_rest_comes_in() {
    let desk = Desk::with(20);
    let broken = format!("{}INC9000099,New,TRUE\n", export(20));
    std::fs::write(&desk.export, broken).unwrap();
    let said = desk.import();
    let line = export(20).lines().count() + 1;
    assert!(said.contains(&format!("line {line}: skipped")), "{said}");
    assert!(said.contains("0 known, 20 new"), "{said}");
}

#[test]
fn a_file_that_is_no_export_fails_with_what_to_do() {
    let desk = Desk::with(1);
    std::fs::write(&desk.export, "name,colour\nAnna,blue\n").unwrap();
    let output = run(&desk.data(), &["import", "servicenow", &desk.export]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("the column `number` is missing; add it"), "{error}");
    let output = run(&desk.data(), &["import", "servicenow", &desk.export, "--zone", "Mars/Olympus"]);
    assert_eq!(output.status.code(), Some(2));
}

/// The public export of a real desk, where it is beside the checkout; it is too large to be part of it.
#[test]
fn the_desk_counts_of_a_real_export_what_its_history_says() {
    let export =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/servicenow-incident-events.csv");
    if !export.exists() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (data, report) = (folder.path().join("data"), folder.path().join("report.json"));
    let (export, path) = (export.to_str().unwrap(), report.to_str().unwrap());
    said(&data, &["import", "servicenow", export, "--report", path]);
    let report: Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    let (read, placed) = (&report[0]["read"], &report[0]["placed"]);
    assert_eq!(placed["new"], read["counts"]["tickets"]);
    assert_eq!(placed["unplaced"], Value::Array(Vec::new()));
    for column in ["reassignment_count", "reopen_count"] {
        let rows = read["truth"]["table"].as_array().unwrap();
        let row = rows.iter().find(|row| row["column"] == column).unwrap();
        assert_eq!(placed[column]["agree"], row["agree"], "{column}: the replay counts something else");
    }
}

#[test]
fn contracts_come_in_row_by_row_and_only_once() {
    let desk = Desk::with(1);
    desk.import();
    let file = desk.folder.path().join("contracts.csv");
    let file = file.to_str().unwrap();
    let rows = "contract_number,vendor,contract_name,currency,time_zone,contract_starts_on,line_number,licence,packs,\
                pack_size,term,unit_price,line_starts_on\n\
                N-1,Northwind,Seats,EUR,Europe/Berlin,2026-01-01,,,,,,,\n\
                N-2,Northwind,Seats,Euro,Europe/Berlin,2026-01-01,1,Nobody's,1,1,yearly,10.00,2026-01-01\n";
    std::fs::write(file, rows).unwrap();
    let looked = said(&desk.data(), &["import", "contracts", file, "--dry-run"]);
    assert!(looked.contains("1 rows placed") && looked.contains("nothing was written"), "{looked}");
    let first = said(&desk.data(), &["import", "contracts", file]);
    assert!(first.contains("1 rows placed, 0 changed, 0 unchanged, 1 refused"), "{first}");
    assert!(first.contains("row 3, column currency: `Euro` is not a currency"), "{first}");
    let again = said(&desk.data(), &["import", "contracts", file]);
    assert!(again.contains("0 rows placed, 0 changed, 1 unchanged, 1 refused"), "{again}");
    let zone = run(&desk.data(), &["import", "contracts", file, "--zone", "UTC"]);
    assert_eq!(zone.status.code(), Some(2));
}

#[test]
fn trouble_comes_in_row_by_row_and_only_once() {
    let desk = Desk::with(1);
    desk.import();
    let file = desk.folder.path().join("trouble.csv");
    let file = file.to_str().unwrap();
    let rows = "department,month,per_hundred\nFinance,2026-10,12.5\nFinance,October,3\n";
    std::fs::write(file, rows).unwrap();
    let looked = said(&desk.data(), &["import", "trouble", file, "--dry-run"]);
    assert!(looked.contains("1 rows new") && looked.contains("nothing was written"), "{looked}");
    let first = said(&desk.data(), &["import", "trouble", file]);
    assert!(first.contains("1 rows new, 0 changed, 0 unchanged, 1 refused"), "{first}");
    assert!(first.contains("row 3: `month` is written as 2026-10"), "{first}");
    assert!(first.contains("nobody at the desk belongs to Finance"), "{first}");
    let again = said(&desk.data(), &["import", "trouble", file]);
    assert!(again.contains("0 rows new, 0 changed, 1 unchanged, 1 refused"), "{again}");
    std::fs::write(file, "department,month\nFinance,2026-10\n").unwrap();
    let other = run(&desk.data(), &["import", "trouble", file]);
    assert!(!other.status.success());
}
