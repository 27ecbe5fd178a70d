//! Commands beside a desk that serves.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;
use test_support::Server;

use crate::support::{done, err, refused, run};

/// A desk that serves, in a folder that the other commands use too.
fn serving() -> (TempDir, PathBuf, Server) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("desk");
    let server = Server::of(env!("CARGO_BIN_EXE_freehold")).arg("serve").data(&data).start().unwrap();
    (folder, data, server)
}

fn line<'a>(text: &'a str, start: &str) -> &'a str {
    text.lines()
        .find(|line| line.starts_with(start))
        .unwrap_or_else(|| panic!("no line `{start}` in: {text}"))
}

fn status(url: &str) -> u16 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        test_support::http().build().unwrap().get(url).send().await.unwrap().status().as_u16()
    })
}

#[test]
fn the_first_start_prints_a_set_up_link_and_the_desk_answers() {
    let (_folder, _, mut server) = serving();
    assert_eq!(status(&server.at("/healthz")), 200);
    assert!(server.stop().unwrap().success());
    let said = server.output();
    assert!(said.contains(&format!("serving on {}", server.address())), "{said}");
    assert!(said.contains("/set-up/"), "{said}");
}

#[test]
fn a_desk_whose_log_nobody_reads_any_more_serves_and_stops() {
    let (_folder, data, mut server) = serving();
    server.kill().unwrap();
    let mut desk = Command::new(env!("CARGO_BIN_EXE_freehold"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(&data)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(desk.stderr.take());
    let mut said = BufReader::new(desk.stdout.take().unwrap()).lines().map(Result::unwrap);
    let address = said.find_map(|line| line.split_once("serving on ").map(|(_, at)| at.trim().to_owned()));
    let address = address.expect("it says where it serves");
    assert_eq!(status(&format!("{address}/healthz")), 200);
    done(&Command::new("kill").args(["-TERM", &desk.id().to_string()]).output().unwrap());
    let (ended, end) = std::sync::mpsc::channel();
    std::thread::spawn(move || ended.send(desk.wait()));
    let end = end.recv_timeout(std::time::Duration::from_mins(1)).expect("it stops when it is asked to");
    assert!(end.unwrap().success());
}

#[test]
fn a_second_server_over_one_folder_is_refused() {
    let (_folder, data, _server) = serving();
    let sentence = refused(&run(&data, &["serve", "--listen", ":0"]), 1);
    assert!(sentence.starts_with("another freehold serves from"), "{sentence}");
}

#[test]
fn a_token_is_printed_alone_and_its_making_is_on_record() {
    let (_folder, data, _server) = serving();
    let output = run(&data, &["token", "create", "--service", "chat hub", "--expires", "1d"]);
    assert!(err(&output).contains("it is not shown again"));
    let printed = done(&output);
    let token = printed.strip_suffix('\n').unwrap();
    assert!(token.starts_with("fh_") && !token.contains(char::is_whitespace), "{token}");

    done(&run(&data, &["audit", "export", "log.jsonl"]));
    let log = std::fs::read_to_string(data.with_file_name("log.jsonl")).unwrap();
    assert_eq!(log.matches("service_account.change").count(), 2, "the account, then its token");
    assert!(!log.contains(token), "the token itself is nowhere");

    let sentence = refused(&run(&data, &["token", "create", "--for", "nobody@example.org"]), 1);
    assert!(sentence.contains("nobody@example.org"), "{sentence}");
}

#[test]
fn the_log_of_a_running_desk_is_verified_exported_and_checked_offline() {
    let (folder, data, _server) = serving();
    done(&run(&data, &["token", "create", "--service", "chat hub"]));
    let verified = done(&run(&data, &["audit", "verify"]));
    assert!(verified.contains("the audit log is sound"), "{verified}");

    let exported = done(&run(&data, &["audit", "export", "log.jsonl"]));
    let key = line(&exported, "to check it:").rsplit(' ').next().unwrap();
    let elsewhere = folder.path().join("elsewhere");
    let checked = done(&run(&elsewhere, &["audit", "verify", "--file", "log.jsonl", "--key", key]));
    assert_eq!(line(&checked, "root "), line(&done(&run(&data, &["audit", "verify"])), "root "));
    assert!(!elsewhere.exists(), "checking a file makes no desk");

    let file = folder.path().join("log.jsonl");
    let changed = std::fs::read_to_string(&file).unwrap().replacen("chat hub", "chat hob", 1);
    std::fs::write(&file, changed).unwrap();
    let sentence = refused(&run(&elsewhere, &["audit", "verify", "--file", "log.jsonl", "--key", key]), 1);
    assert!(sentence.contains("does not verify: line "), "{sentence}");
    assert!(refused(&run(&data, &["audit", "export", "log.jsonl"]), 1).contains("log.jsonl"));
}

#[test]
fn a_running_desk_is_backed_up_and_the_restored_one_has_the_same_root() {
    let (folder, data, _server) = serving();
    done(&run(&data, &["token", "create", "--service", "chat hub"]));
    let backed_up = done(&run(&data, &["backup", "desk.tar.gz"]));
    let restored = folder.path().join("restored");
    let said = done(&run(&restored, &["restore", "desk.tar.gz"]));
    assert_eq!(line(&said, "audit root "), line(&backed_up, "audit root "));
    let root = line(&said, "audit root ").trim_start_matches("audit ").to_owned();
    assert_eq!(line(&done(&run(&restored, &["audit", "verify"])), "root "), root);
    assert!(refused(&run(&restored, &["restore", "desk.tar.gz"]), 1).contains("holds something already"));
    well(&restored);
}

fn well(data: &Path) {
    let said = done(&run(data, &["doctor", "--listen", ":0"]));
    assert!(!said.contains("AMISS"), "{said}");
}

#[test]
fn the_doctor_finds_a_healthy_running_desk_healthy() {
    let (_folder, data, _server) = serving();
    well(&data);
}

#[test]
fn a_record_edited_behind_the_desks_back_is_found() {
    let (_folder, data, mut server) = serving();
    server.stop().unwrap();
    // Found in the file as text: no record of the log is stored in any other form.
    let file = data.join("freehold.db");
    let bytes = std::fs::read(&file).unwrap();
    let needle = b"\"outcome\":\"done\"";
    let place = bytes.windows(needle.len()).position(|window| window == needle).unwrap();
    let mut changed = bytes;
    changed[place + needle.len() - 2] = b'3';
    std::fs::write(&file, changed).unwrap();
    let output = run(&data, &["audit", "verify"]);
    let said = err(&output);
    assert!(refused(&output, 1).starts_with("the audit log does not verify: record 0"), "{said}");
}
