//! What comes in from outside: under a licence that `deny.toml` allows, from the public registry.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, and says where")]

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::process::Command;
use std::slice::Iter;

use serde_json::Value;

#[test]
fn every_dependency_is_under_an_allowed_licence() {
    let allowed = allowed();
    for package in dependencies() {
        let name = package["name"].as_str().unwrap();
        let Some(licence) = package["license"].as_str() else { panic!("{name} names no licence") };
        assert!(permits(licence, &allowed), "{name} is under {licence}, which deny.toml does not allow");
    }
}

#[test]
fn every_dependency_comes_from_one_registry() {
    let dependencies = dependencies();
    let source = |package: &Value| package["source"].as_str().unwrap().to_owned();
    let sources: BTreeSet<String> = dependencies.iter().map(source).collect();
    assert!(sources.iter().all(|source| source.starts_with("registry+")), "not from a registry: {sources:?}");
    assert_eq!(sources.len(), 1, "{sources:?}");
}

#[test]
fn a_licence_expression_is_read_as_spdx_has_it() {
    let allowed =
        BTreeSet::from(["MIT".to_owned(), "ISC".to_owned(), "Apache-2.0 WITH LLVM-exception".to_owned()]);
    for good in [
        "MIT",
        "GPL-2.0 OR MIT",
        "MIT/GPL-2.0",
        "MIT AND ISC",
        "(GPL-2.0 OR MIT) AND ISC",
        "GPL-2.0 AND X OR MIT",
    ] {
        assert!(permits(good, &allowed), "{good}");
    }
    assert!(permits("Apache-2.0 WITH LLVM-exception", &allowed));
    for bad in [
        "GPL-2.0",
        "MIT AND GPL-2.0",
        "Apache-2.0",
        "(GPL-2.0 OR X) AND MIT",
        "MIT WITH LLVM-exception",
        "MIT ISC",
        "",
    ] {
        assert!(!permits(bad, &allowed), "{bad}");
    }
}

/// The licences of `deny.toml`.
fn allowed() -> BTreeSet<String> {
    let text = std::fs::read_to_string("../deny.toml").unwrap();
    let rules: toml::Table = text.parse().unwrap();
    rules["licenses"]["allow"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

/// Every package of the lock file that is built on this platform and is not our own.
fn dependencies() -> Vec<Value> {
    let version = output(Command::new("rustc").arg("-vV"));
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    // Other platforms' packages need not be on this machine.
    let metadata = output(Command::new(env!("CARGO")).args([
        "metadata",
        "--format-version",
        "1",
        "--filter-platform",
        host,
    ]));
    let mut metadata: Value = serde_json::from_str(&metadata).unwrap();
    let Value::Array(packages) = metadata["packages"].take() else {
        panic!("cargo metadata lists no packages")
    };
    packages.into_iter().filter(|package| !package["source"].is_null()).collect()
}

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Whether an SPDX expression can be met with the allowed licences alone (SPDX 2.3, annex D; and the older `A/B`).
fn permits(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = tokens.iter().peekable();
    any_of(&mut rest, allowed) && rest.next().is_none()
}

fn any_of(rest: &mut Peekable<Iter<'_, &str>>, allowed: &BTreeSet<String>) -> bool {
    let mut met = all_of(rest, allowed);
    while rest.next_if(|token| **token == "OR").is_some() {
        met |= all_of(rest, allowed);
    }
    met
}

fn all_of(rest: &mut Peekable<Iter<'_, &str>>, allowed: &BTreeSet<String>) -> bool {
    let mut met = one(rest, allowed);
    while rest.next_if(|token| **token == "AND").is_some() {
        met &= one(rest, allowed);
    }
    met
}

fn one(rest: &mut Peekable<Iter<'_, &str>>, allowed: &BTreeSet<String>) -> bool {
    match rest.next() {
        Some(&"(") => any_of(rest, allowed) && rest.next() == Some(&")"),
        Some(name) => match rest.next_if(|token| **token == "WITH").and_then(|_| rest.next()) {
            Some(exception) => allowed.contains(&format!("{name} WITH {exception}")),
            None => allowed.contains(*name),
        },
        None => false,
    }
}
