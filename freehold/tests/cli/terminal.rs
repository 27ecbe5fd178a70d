//! The real program as a person at a terminal has it: what it prints, how it ends.

use std::{
    path::Path,
    process::{Command, Output},
};

/// The program with these arguments over this folder, with nothing of our own environment.
pub(crate) fn freehold(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_freehold"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"FREEHOLD_"))
    {
        command.env_remove(name);
    }
    let folder = data.parent().unwrap();
    command.current_dir(folder).args(arguments).arg("--data").arg(data).output().unwrap()
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What it printed, after it did what it was asked for.
pub(crate) fn done(output: Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    out(&output)
}

/// Its one sentence on standard error, after it ended with `code`.
pub(crate) fn refused(output: Output, code: i32) -> String {
    let said = err(&output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    let sentence = said.lines().find_map(|line| line.strip_prefix("error: "));
    sentence.unwrap_or_else(|| panic!("no sentence in: {said}")).to_owned()
}
