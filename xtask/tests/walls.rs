//! The walls between the rooms: who may stand on whom, read from the manifests.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, and says where")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Each room and the rooms it may name, whatever the kind of dependency.
///
/// `web` and `channels` are kept from `store`, so they cannot name a write transaction: what they change goes through
/// the desk.
const ROOMS: &[(&str, &[&str])] = &[
    ("freehold-domain", &[]),
    ("freehold-store", &["freehold-domain"]),
    ("freehold-desk", &["freehold-domain", "freehold-store"]),
    ("freehold-tenancy", &["freehold-domain", "freehold-store", "freehold-desk"]),
    ("freehold-channels", &["freehold-domain", "freehold-desk"]),
    ("freehold-web", &["freehold-domain", "freehold-desk", "freehold-tenancy", "freehold-channels"]),
    (
        "freehold",
        &[
            "freehold-domain",
            "freehold-desk",
            "freehold-tenancy",
            "freehold-channels",
            "freehold-web",
            "freehold-test-support",
        ],
    ),
];

/// Crates that speak to the world, and the only rooms that may name them.
const KEPT_APART: &[(&str, &[&str], &[&str])] = &[
    (
        "a database engine",
        &["rusqlite", "libsqlite3-sys", "postgres", "tokio-postgres", "postgres-types", "sqlx", "diesel"],
        &["freehold-store", "freehold-tenancy"],
    ),
    (
        "an HTTP server",
        &[
            "axum",
            "axum-extra",
            "axum-server",
            "hyper",
            "hyper-util",
            "tower",
            "tower-http",
            "maud",
            "utoipa",
        ],
        &["freehold-web", "freehold", "freehold-test-support"],
    ),
    (
        "an HTTP client",
        &["reqwest", "ureq", "isahc", "hyper-rustls"],
        // Beside `channels`, only tests.
        &["freehold-channels", "freehold-web", "freehold", "freehold-test-support"],
    ),
    (
        "an asynchronous runtime",
        &["tokio", "tokio-stream", "futures-util", "async-trait"],
        &[
            // One file of it: see `the_store_waits_in_one_place`.
            "freehold-store",
            "freehold-desk",
            "freehold-tenancy",
            "freehold-channels",
            "freehold-web",
            "freehold",
            "freehold-test-support",
        ],
    ),
    (
        "tracing",
        &["tracing", "log", "metrics"],
        &[
            "freehold-store",
            "freehold-desk",
            "freehold-tenancy",
            "freehold-channels",
            "freehold-web",
            "freehold",
        ],
    ),
];

/// The tools of the workshop, which stand outside the house.
const OUTSIDE: &[&str] = &["xtask", "freehold-load", "freehold-test-support"];

/// Those of them that speak to whatever they like: they are nowhere in the program.
const UNBOUND: &[&str] = &["xtask", "freehold-load"];

#[test]
fn every_member_of_the_workspace_is_a_room_or_a_tool() {
    let known: BTreeSet<&str> = ROOMS.iter().map(|(room, _)| *room).chain(OUTSIDE.iter().copied()).collect();
    for name in manifests().keys() {
        assert!(known.contains(name.as_str()), "{name} has no place in the house: give it a line in ROOMS");
    }
}

#[test]
fn a_room_stands_only_on_the_rooms_below_it() {
    let manifests = manifests();
    let rooms: BTreeSet<&str> = manifests.keys().map(String::as_str).collect();
    for (room, below) in ROOMS {
        for dependency in manifests[*room].iter().filter(|name| rooms.contains(name.as_str())) {
            assert!(below.contains(&dependency.as_str()), "{room} may not depend on {dependency}");
        }
    }
}

#[test]
fn what_serves_the_tests_is_not_in_the_program() {
    for package in packages() {
        for dependency in package["dependencies"].as_array().unwrap() {
            let serves_tests = dependency["name"] == "freehold-test-support";
            let in_the_program =
                dependency["kind"].is_null() && !UNBOUND.contains(&package["name"].as_str().unwrap());
            assert!(
                !(serves_tests && in_the_program),
                "{} depends on {}",
                package["name"],
                dependency["name"]
            );
        }
    }
}

#[test]
fn only_the_named_rooms_speak_to_the_world() {
    let manifests = manifests();
    for (what, crates, allowed) in KEPT_APART {
        for (room, dependencies) in manifests.iter().filter(|(name, _)| !UNBOUND.contains(&name.as_str())) {
            for dependency in dependencies.iter().filter(|name| crates.contains(&name.as_str())) {
                assert!(
                    allowed.contains(&room.as_str()),
                    "{room} may not depend on {dependency}: {what} belongs to {}",
                    allowed.join(", "),
                );
            }
        }
    }
}

/// The store is synchronous. Behind its connection to PostgreSQL requests overlap (decision 0007), and nobody sees it.
#[test]
fn the_store_waits_in_one_place() {
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("../store/src");
    let mut folders = vec![store.clone()];
    let mut asynchronous = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            if ["tokio", "futures", "async ", ".await"].iter().any(|word| text.contains(word)) {
                asynchronous.push(path.strip_prefix(&store).unwrap().to_owned());
            }
        }
    }
    assert_eq!(asynchronous, [Path::new("engine/postgres/connection.rs")]);
}

#[test]
fn no_wall_names_a_room_that_is_gone() {
    let manifests = manifests();
    for (room, below) in ROOMS {
        assert!(manifests.contains_key(*room), "there is no room {room}");
        for name in *below {
            assert!(manifests.contains_key(*name), "{room} is allowed {name}, which does not exist");
        }
    }
}

/// Every member of the workspace and the names of what it depends on, to build, to run or to test.
fn manifests() -> BTreeMap<String, BTreeSet<String>> {
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    packages()
        .iter()
        .map(|package| {
            (name(package), package["dependencies"].as_array().unwrap().iter().map(name).collect())
        })
        .collect()
}

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let mut metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let Value::Array(packages) = metadata["packages"].take() else {
        panic!("cargo metadata lists no packages")
    };
    packages
}
