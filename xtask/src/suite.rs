//! `cargo xtask test`: the steps a change must pass, and the one line that sums them up.

use std::fmt;
use std::io::{BufRead as _, BufReader, Write};
use std::iter::Sum;
use std::ops::Add;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::cluster::Durability;
use crate::environment::Environment;
use crate::process::{cannot_start, cargo};

/// One thing to pass.
struct Step {
    name: &'static str,
    kind: Kind,
    /// Arguments of cargo.
    arguments: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Looks at the source; needs nothing but the toolchain.
    Lint,
    /// Runs what was built, in the tests' environment.
    Test,
}

pub(crate) const CLIPPY: &[&str] =
    &["clippy", "--workspace", "--all-targets", "--keep-going", "--", "--deny", "warnings"];

/// In order, the quick to fail first. A new step is a new line.
const STEPS: &[Step] = &[
    Step { name: "format", kind: Kind::Lint, arguments: &["fmt", "--all", "--check"] },
    Step { name: "clippy", kind: Kind::Lint, arguments: CLIPPY },
    Step { name: "tests", kind: Kind::Test, arguments: &["test", "--workspace", "--no-fail-fast"] },
    Step { name: "torture", kind: Kind::Test, arguments: &["xtask", "torture", "--kills", "20"] },
    Step {
        name: "crowd",
        kind: Kind::Test,
        arguments: &["xtask", "crowd", "--people", "100", "--tokens", "10"],
    },
    Step {
        name: "days",
        kind: Kind::Test,
        arguments: &["xtask", "days", "--people", "120", "--tokens", "10", "--days", "8"],
    },
];

/// What `--only` accepts.
pub(crate) fn step_names() -> Vec<&'static str> {
    STEPS.iter().map(|step| step.name).collect()
}

/// Runs the steps, all of them even after one fails, and prints how each went and the closing line.
pub(crate) fn run(only: Option<&str>, no_lint: bool) -> anyhow::Result<ExitCode> {
    let chosen: Vec<&Step> = STEPS
        .iter()
        .filter(|step| only.is_none_or(|name| name == step.name))
        .filter(|step| !(no_lint && step.kind == Kind::Lint))
        .collect();
    let tests = chosen.iter().any(|step| step.kind == Kind::Test);
    let environment = tests.then(|| Environment::prepare(Durability::Waived)).transpose()?;

    let mut results = Vec::new();
    for step in chosen {
        println!("\n── {} ──", step.name);
        let mut command = cargo(step.arguments);
        if let Some(environment) = &environment {
            environment.lend_to(&mut command);
        }
        let started = Instant::now();
        let (tally, faults) = counting(command, &mut std::io::stdout().lock())?;
        results.push((step.name, tally, faults, started.elapsed()));
    }
    // PostgreSQL stops here, so that nothing it has to say comes after the closing line.
    drop(environment);

    println!();
    for (name, tally, faults, elapsed) in &results {
        println!("{name:<10} {:>8}  {tally}", minutes(*elapsed));
        for fault in faults {
            println!("{:21}{fault}", "");
        }
    }
    let total: Tally = results.iter().map(|(_, tally, ..)| *tally).sum();
    println!("\n{} passed, {} failed", total.passed, total.failed);
    Ok(if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs the command, showing what it prints; counts the test results in it and keeps the lines of those that did not
/// pass, which are far up by the time the run ends.
fn counting(mut command: Command, screen: &mut impl Write) -> anyhow::Result<(Tally, Vec<String>)> {
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| cannot_start(&command))?;
    let mut tally = Tally::default();
    let mut faults = Vec::new();
    let mut output = BufReader::new(child.stdout.take().context("standard output was asked for")?);
    let mut line = Vec::new();
    while output.read_until(b'\n', &mut line)? > 0 {
        screen.write_all(&line)?;
        screen.flush()?;
        let text = String::from_utf8_lossy(&line);
        if let Some(result) = Tally::read(&text) {
            tally = tally + result;
        } else if did_not_pass(&text) {
            faults.push(text.trim_end().to_owned());
        }
        line.clear();
    }
    let succeeded = child.wait()?.success();
    // A lint, a build error or a crash has no test to blame, and must still not look like a success.
    if !succeeded && tally.failed == 0 {
        tally.failed = 1;
    }
    Ok((tally, faults))
}

/// Whether this is libtest's line for one test that failed or was ignored: `test clock::stops ... FAILED`.
fn did_not_pass(line: &str) -> bool {
    let outcome = line.strip_prefix("test ").and_then(|rest| rest.split_once(" ... "));
    outcome.is_some_and(|(_, outcome)| outcome.starts_with("FAILED") || outcome.starts_with("ignored"))
}

fn minutes(elapsed: Duration) -> String {
    let tenths = elapsed.as_millis() / 100;
    format!("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10)
}

/// Tests that ran and how they ended.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
struct Tally {
    passed: u64,
    failed: u64,
}

impl Tally {
    /// Reads libtest's closing line: `test result: ok. 3 passed; 0 failed; 0 ignored; …`.
    ///
    /// An ignored test counts as failed: what did not run did not pass.
    fn read(line: &str) -> Option<Self> {
        let counts = line.trim().strip_prefix("test result: ")?;
        let count = |what: &str| -> Option<u64> {
            counts.split([';', '.']).find_map(|part| part.trim().strip_suffix(what)?.trim().parse().ok())
        };
        Some(Self { passed: count("passed")?, failed: count("failed")? + count("ignored")? })
    }
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), Add::add)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.passed, self.failed) {
            (0, 0) => f.write_str("passed"),
            (0, 1) => f.write_str("failed"),
            (passed, failed) => write!(f, "{passed} passed, {failed} failed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::sink;

    use super::*;

    #[test]
    fn the_closing_line_of_libtest_is_counted() {
        let line = "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 1 filtered out; finished in 0.02s\n";
        assert_eq!(Tally::read(line), Some(Tally { passed: 12, failed: 3 }));
    }

    #[test]
    fn an_ignored_test_has_not_passed() {
        let line =
            "test result: ok. 5 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.02s";
        assert_eq!(Tally::read(line), Some(Tally { passed: 5, failed: 2 }));
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(Tally::read("test suite::passes ... ok"), None);
        assert_eq!(Tally::read("said `test result: ok. 9 passed; 0 failed; 0 ignored`"), None);
    }

    #[test]
    fn a_command_that_fails_without_a_test_counts_as_one_failure() {
        assert_eq!(counting(Command::new("false"), &mut sink()).unwrap().0, Tally { passed: 0, failed: 1 });
        assert_eq!(counting(Command::new("true"), &mut sink()).unwrap().0, Tally::default());
    }

    #[test]
    fn what_did_not_pass_is_named_again() {
        let lines =
            ["test a::holds ... ok", "test b::breaks ... FAILED", "test c::waits ... ignored, too slow"];
        let mut command = Command::new("printf");
        command.args(["%s\\n"]).args(lines);
        let mut screen = Vec::new();
        assert_eq!(counting(command, &mut screen).unwrap().1, lines[1..]);
        assert_eq!(String::from_utf8(screen).unwrap(), lines.map(|line| format!("{line}\n")).concat());
    }

    #[test]
    fn every_step_has_a_name_of_its_own() {
        let mut names = step_names();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), STEPS.len());
    }
}
