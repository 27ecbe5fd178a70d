//! The habits of the house, one subcommand each: `cargo xtask test` is what a change must pass.

mod browser;
mod cluster;
mod environment;
mod load;
mod process;
mod screens;
mod suite;
mod tools;

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use anyhow::bail;
use clap::{Parser, Subcommand};

use crate::cluster::Durability;
use crate::environment::Environment;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "The habits of the house")]
struct Arguments {
    #[command(subcommand)]
    habit: Habit,
}

#[derive(Subcommand)]
enum Habit {
    /// Everything a change must pass: format, lints, tests on both engines and in a browser
    Test {
        /// Run only this step
        #[arg(long, value_name = "STEP", value_parser = suite::step_names())]
        only: Option<String>,
        /// Leave out format and lints
        #[arg(long, conflicts_with = "only")]
        no_lint: bool,
    },
    /// Run a command beside a private PostgreSQL, with everything the tests look for
    Env {
        /// Keep PostgreSQL's promises to the disk, as a test that kills processes needs
        #[arg(long)]
        durable: bool,
        /// The command, after `--`: `cargo xtask env -- cargo test -p freehold-store`
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
    /// Measure the release build over HTTP, beside the bare engines and a bare handler; `--help` says more
    Bench(load::Options),
    /// Kill the server under concurrent writers, and look whether it kept what it promised; `--help` says more
    Torture(load::Options),
    /// Have a crowd share a few tokens through two processes, kill one now and then, and recount who held what; `--help`
    /// says more
    Crowd(load::Options),
    /// Have people share tokens for a month under a simulated clock, on both engines, and recount who held what; `--help`
    /// says more
    Days(load::Options),
    /// Take a picture of every page in both sizes and both schemes, and lay them out on one sheet
    Screens,
    /// Measure the pages that people open most as Lighthouse does, and what their first load takes over the wire
    Lighthouse,
    /// Format the workspace
    Fmt,
    /// Clippy over everything, warnings being errors
    Lint,
    /// Advisories, licences, duplicates and sources of the dependencies
    Deny,
}

fn main() -> ExitCode {
    match run(Arguments::parse().habit) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(habit: Habit) -> anyhow::Result<ExitCode> {
    match habit {
        Habit::Test { only, no_lint } => suite::run(only.as_deref(), no_lint),
        Habit::Env { durable, command } => {
            let durability = if durable { Durability::Kept } else { Durability::Waived };
            beside_postgres(durability, &command)
        }
        Habit::Bench(options) => load::bench(&options),
        Habit::Torture(options) => load::torture(options),
        Habit::Crowd(options) => load::crowd(options),
        Habit::Days(options) => load::days(options),
        Habit::Screens => screens::run(),
        Habit::Lighthouse => browser::lighthouse(),
        Habit::Fmt => process::exit_code(process::cargo(&["fmt", "--all"])),
        Habit::Lint => process::exit_code(process::cargo(suite::CLIPPY)),
        Habit::Deny => deny(),
    }
}

fn beside_postgres(durability: Durability, command: &[OsString]) -> anyhow::Result<ExitCode> {
    let [program, arguments @ ..] = command else { bail!("name a command after `--`") };
    let environment = Environment::prepare(durability)?;
    let mut command = Command::new(program);
    command.args(arguments);
    environment.lend_to(&mut command);
    process::exit_code(command)
}

fn deny() -> anyhow::Result<ExitCode> {
    if !process::answers(&mut process::cargo(&["deny", "--version"])) {
        bail!("cargo-deny is not installed: `cargo install --locked cargo-deny`, then again");
    }
    process::exit_code(process::cargo(&["deny", "check"]))
}
