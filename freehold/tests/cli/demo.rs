//! The sample organisation, started as its first visitor starts it.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader},
    path::Path,
    process::Stdio,
};

use serde::Deserialize;
use test_support::Server;

use crate::support::{freehold, run, said};

#[derive(Deserialize)]
struct Demo {
    url: String,
    people: Vec<Person>,
}

#[derive(Deserialize)]
struct Person {
    role: String,
    name: String,
    email: String,
    sign_in_url: String,
}

fn small() -> test_support::server::Plan {
    Server::of(env!("CARGO_BIN_EXE_freehold")).arg("demo").arg("--small")
}

fn demo_json(data: &Path) -> Demo {
    serde_json::from_slice(&std::fs::read(data.join("demo.json")).unwrap()).unwrap()
}

#[tokio::test]
async fn a_demo_has_a_way_in_for_each_role_and_serves() {
    let server = small().start().unwrap();
    let demo = demo_json(server.data());
    assert_eq!(demo.url, server.address());

    let mut roles: BTreeMap<&str, usize> = BTreeMap::new();
    for person in &demo.people {
        *roles.entry(&person.role).or_default() += 1;
        assert!(!person.name.is_empty() && person.email.ends_with("@marlow.example"));
        assert!(person.sign_in_url.starts_with(&demo.url), "{}", person.sign_in_url);
    }
    let sharing = roles.remove("agent_concurrent").unwrap();
    assert!(sharing >= 12, "{sharing} share ten tokens, so nobody would ever wait");
    let one_each = ["admin", "agent_exclusive", "auditor", "finance", "licence_manager", "requester"];
    assert_eq!(roles, one_each.map(|role| (role, 1)).into());
    let health = test_support::http().build().unwrap().get(server.at("/healthz")).send().await.unwrap();
    assert!(health.status().is_success());
}

#[test]
fn a_link_for_each_role_is_printed_before_it_says_that_it_serves() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = freehold(folder.path(), &["demo", "--small", "--listen", ":0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let printed: Vec<_> = lines.take_while(|line| !line.starts_with("serving on")).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    for Person { role, sign_in_url, .. } in demo_json(folder.path()).people {
        let row = printed.iter().find(|line| line.trim_start().starts_with(&role)).unwrap();
        let first_of_role = row.contains(&sign_in_url);
        assert!(first_of_role || role == "agent_concurrent", "{role}: {row}");
    }
}

#[cfg(unix)]
#[test]
fn the_links_are_for_the_owner_of_the_folder_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = small().start().unwrap();
    let mode = std::fs::metadata(server.data().join("demo.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_demo_begins_again_where_it_was_with_links_that_fit_its_new_address() {
    let mut server = small().start().unwrap();
    let before = demo_json(server.data());
    server.start_again().unwrap();
    let after = demo_json(server.data());
    assert_eq!(after.url, server.address());
    let names = |demo: &Demo| demo.people.iter().map(|person| person.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&before), names(&after));
    assert!(after.people.iter().all(|person| person.sign_in_url.starts_with(&after.url)));
}

#[test]
fn the_audit_log_of_a_demo_is_sound() {
    let mut server = small().start().unwrap();
    server.stop().unwrap();
    let said = said(server.data(), &["audit", "verify"]);
    assert!(said.contains("the audit log is sound"), "{said}");
    assert!(!said.contains("the clock went back"), "{said}");
}

#[test]
fn a_folder_that_holds_something_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("letter.txt"), "Dear Anna").unwrap();
    let output = run(folder.path(), &["demo", "--small", "--listen", ":0"]);
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("--data"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn another_seed_asks_for_another_folder() {
    let mut server = small().start().unwrap();
    server.stop().unwrap();
    let output = run(server.data(), &["demo", "--small", "--seed", "2", "--listen", ":0"]);
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("seed 1") && error.contains("--data"), "{error}");
}

#[tokio::test]
async fn a_sign_in_link_signs_its_person_in() {
    let server = small().start().unwrap();
    let demo = demo_json(server.data());
    let mut tried = Vec::new();
    for person in demo.people {
        if tried.contains(&person.role) {
            continue;
        }
        let browser = test_support::http().cookie_store(true).build().unwrap();
        let inside = browser.get(&person.sign_in_url).send().await.unwrap();
        assert!(!inside.url().path().starts_with("/sign-in"), "{} stays outside", person.role);
        let home = browser.get(server.at("/")).send().await.unwrap();
        assert!(home.text().await.unwrap().contains(&person.name), "{} is not greeted", person.role);
        tried.push(person.role);
    }
}
