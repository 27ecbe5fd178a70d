//! Commands that need no running desk.

use crate::terminal::{done, freehold, out, refused};

const EXPORT: &str = "\
number,incident_state,active,reassignment_count,reopen_count,sys_mod_count,made_sla,caller_id,opened_by,opened_at,\
sys_created_by,sys_created_at,sys_updated_by,sys_updated_at,contact_type,location,category,subcategory,u_symptom,\
cmdb_ci,impact,urgency,priority,assignment_group,assigned_to,knowledge,u_priority_confirmation,notify,problem_id,rfc,\
vendor,caused_by,closed_code,resolved_by,resolved_at,closed_at\n";

#[test]
fn the_action_map_is_as_published() {
    let folder = tempfile::tempdir().unwrap();
    let printed = done(freehold(&folder.path().join("desk"), &["actions"]));
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/actions.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(golden, &printed).unwrap();
    }
    assert_eq!(
        printed,
        std::fs::read_to_string(golden).unwrap(),
        "run with UPDATE_GOLDEN=1 and review the difference"
    );
}

#[test]
fn the_action_map_is_printed_for_programs_too() {
    let folder = tempfile::tempdir().unwrap();
    let printed = done(freehold(&folder.path().join("desk"), &["actions", "--json"]));
    let map: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(map["version"], 1);
    let raise = &map["actions"][0];
    assert_eq!((&raise["action"], &raise["licence"]), (&"ticket.raise".into(), &"free".into()));
}

#[test]
fn what_was_asked_for_wrongly_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("desk");
    for arguments in [
        &["fly"][..],
        &["serve", "--listne", ":0"],
        &["serve", "--listen", "nowhere"],
        &["serve", "--database", "mysql://here"],
        &["serve", "--config", "missing.toml"],
        &["token", "create"],
        &["token", "create", "--for", "a@b.c", "--scope", "everything"],
        &["token", "create", "--for", "a@b.c", "--expires", "10y"],
        &["import", "servicenow", "x.csv", "--zone", "Mars"],
        &["audit", "verify", "--file", "x"],
    ] {
        let sentence = refused(freehold(&data, arguments), 2);
        assert!(sentence.len() > 20, "{arguments:?}: {sentence}");
    }
    assert!(!data.exists(), "nothing was made");
}

#[test]
fn a_desk_that_is_not_there_is_said_not_to_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("desk");
    for arguments in
        [&["audit", "verify"][..], &["backup", "x.tar.gz"], &["token", "create", "--service", "bot"]]
    {
        let sentence = refused(freehold(&data, arguments), 1);
        assert!(
            sentence.starts_with("there is no desk in") && sentence.contains("freehold serve"),
            "{sentence}"
        );
    }
    assert!(!data.exists());
}

#[test]
fn a_dry_run_reports_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("desk");
    std::fs::write(folder.path().join("export.csv"), EXPORT).unwrap();
    let output = freehold(&data, &["import", "servicenow", "export.csv", "--dry-run"]);
    assert!(done(output).contains("nothing was written"));
    assert!(!data.exists());
    let sentence = refused(freehold(&data, &["import", "servicenow", "missing.csv"]), 1);
    assert!(sentence.starts_with("missing.csv cannot be read"), "{sentence}");
}

#[test]
fn the_doctor_says_what_is_amiss_and_how_to_mend_it() {
    let folder = tempfile::tempdir().unwrap();
    let output = freehold(&folder.path().join("desk"), &["doctor", "--listen", ":0"]);
    assert_eq!(output.status.code(), Some(1));
    let said = out(&output);
    assert!(said.contains("ok    configuration"), "{said}");
    let amiss = said.lines().find(|line| line.starts_with("AMISS data folder")).unwrap();
    assert!(amiss.contains("To mend it: start a desk with `freehold serve`"), "{amiss}");
}
