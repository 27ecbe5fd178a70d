//! What the stories share: a command, run to its end.

use std::{
    path::Path,
    process::{Command, Output},
};

/// The program over this data folder, started beside it, with none of the environment that it reads.
pub(crate) fn freehold(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_freehold"));
    let inherited = std::env::vars_os().map(|(name, _)| name);
    for name in inherited.filter(|name| name.as_encoded_bytes().starts_with(b"FREEHOLD_")) {
        command.env_remove(name);
    }
    command.current_dir(data.parent().unwrap()).args(arguments).arg("--data").arg(data);
    command
}

/// Runs a command to its end.
pub(crate) fn run(data: &Path, arguments: &[&str]) -> Output {
    freehold(data, arguments).output().unwrap()
}

/// What a command prints that works out.
pub(crate) fn said(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What it printed, after it did what it was asked for.
pub(crate) fn done(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", err(output));
    out(output)
}

/// Its one sentence on standard error, after it ended with `code`.
pub(crate) fn refused(output: &Output, code: i32) -> String {
    let said = err(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    let sentence = said.lines().find_map(|line| line.strip_prefix("error: "));
    sentence.unwrap_or_else(|| panic!("no sentence in: {said}")).to_owned()
}
