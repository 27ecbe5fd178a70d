//! What the stories share: a command, run to its end.

use std::{
    path::Path,
    process::{Command, Output},
};

/// The program, and none of the environment that it reads.
pub(crate) fn freehold(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_freehold"));
    let inherited = std::env::vars_os().map(|(name, _)| name);
    for name in inherited.filter(|name| name.as_encoded_bytes().starts_with(b"FREEHOLD_")) {
        command.env_remove(name);
    }
    command.args(arguments).arg("--data").arg(data);
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
