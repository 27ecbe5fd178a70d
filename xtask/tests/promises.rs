//! What the documentation says is tested, is.

#![expect(clippy::unwrap_used, reason = "the lint knows tests by their attribute, not what they call")]

use std::{collections::BTreeSet, fs, path::Path};

/// The names of all functions in tests below `folder`, build folders left out.
fn functions(folder: &Path, into: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                functions(&path, into);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            for rest in text.split("fn ").skip(1) {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                into.insert(rest[..end].to_owned());
            }
        }
    }
}

#[test]
fn every_promise_about_licences_names_tests_that_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut known = BTreeSet::new();
    functions(root, &mut known);
    let text = fs::read_to_string(root.join("docs/licences.md")).unwrap();
    let (_, promised) = text.split_once("## What is promised").unwrap();
    let rows: Vec<_> =
        promised.lines().filter(|line| line.starts_with("| ") && line.contains("| `")).collect();
    assert_eq!(rows.len(), 19, "nine promises and ten complaints");
    for row in rows {
        let names = row.rsplit("| ").next().unwrap();
        for name in names.split('`').skip(1).step_by(2) {
            assert!(known.contains(name), "{name} is no test:\n{row}");
        }
    }
}
