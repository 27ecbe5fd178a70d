//! Commands that need no running desk.

use crate::support::{done, out, refused, run};

#[test]
fn the_action_map_is_as_published() {
    let folder = tempfile::tempdir().unwrap();
    let printed = done(&run(&folder.path().join("desk"), &["actions"]));
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
    let printed = done(&run(&folder.path().join("desk"), &["actions", "--json"]));
    let map: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(map["version"], 14);
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
        let sentence = refused(&run(&data, arguments), 2);
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
        let sentence = refused(&run(&data, arguments), 1);
        assert!(
            sentence.starts_with("there is no desk in") && sentence.contains("freehold serve"),
            "{sentence}"
        );
    }
    assert!(!data.exists());
}

#[test]
fn the_doctor_says_what_is_amiss_and_how_to_mend_it() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&folder.path().join("desk"), &["doctor", "--listen", ":0"]);
    assert_eq!(output.status.code(), Some(1));
    let said = out(&output);
    assert!(said.contains("ok    configuration"), "{said}");
    let amiss = said.lines().find(|line| line.starts_with("AMISS data folder")).unwrap();
    assert!(amiss.contains("To mend it: start a desk with `freehold serve`"), "{amiss}");
}
