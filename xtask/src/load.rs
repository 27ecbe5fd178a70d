//! Work for a running server: `freehold-load` is built beside the program and does it.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::Context as _;

use crate::cluster::{Cluster, Durability};
use crate::process::{self, cannot_start, cargo};

/// Where tests, torture and crowd look for PostgreSQL.
const POSTGRES: &str = "FREEHOLD_TEST_POSTGRES";

/// What was asked for, as it was written: `freehold-load` understands it and explains itself.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Options {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    arguments: Vec<OsString>,
}

/// Measures the release build, which alone is worth measuring.
pub(crate) fn bench(options: &Options) -> anyhow::Result<ExitCode> {
    let measured = run("bench", true, &options.arguments)?;
    if measured != ExitCode::SUCCESS || explains(&options.arguments) {
        return Ok(measured);
    }
    println!();
    let score = "questions_in_five_styles_are_answered_with_the_right_article_or_not_at_all";
    process::exit_code(cargo(&[
        "test",
        "--quiet",
        "--package",
        "freehold-domain",
        "--test",
        "knowledge_answers",
        score,
        "--",
        "--nocapture",
    ]))
}

fn explains(arguments: &[OsString]) -> bool {
    arguments.iter().any(|argument| argument == "--help" || argument == "-h")
}

/// Tortures the debug build, or with `--release` the other one.
pub(crate) fn torture(options: Options) -> anyhow::Result<ExitCode> {
    on_either_build("torture", options)
}

/// Lets a crowd at the debug build, or with `--release` at the other one.
pub(crate) fn crowd(options: Options) -> anyhow::Result<ExitCode> {
    on_either_build("crowd", options)
}

/// Simulates a month at the debug build, or with `--release` at the other one.
pub(crate) fn days(options: Options) -> anyhow::Result<ExitCode> {
    on_either_build("days", options)
}

fn on_either_build(work: &str, options: Options) -> anyhow::Result<ExitCode> {
    let mut arguments = options.arguments;
    let all = arguments.len();
    arguments.retain(|argument| argument != "--release");
    let release = arguments.len() < all;
    run(work, release, &arguments)
}

fn run(work: &str, release: bool, arguments: &[OsString]) -> anyhow::Result<ExitCode> {
    let mut build = cargo(&["build", "--quiet", "--package", "freehold", "--package", "freehold-load"]);
    if release {
        build.arg("--release");
    }
    let built = build.status().with_context(|| cannot_start(&build))?;
    anyhow::ensure!(built.success(), "`{work}` needs a program that builds; its messages are above");

    // Beside this program, in the build folder that cargo uses, wherever that is.
    let program = std::env::current_exe()?;
    let target = program.parent().and_then(Path::parent).context("xtask runs from a build folder")?;
    let profile = if release { "release" } else { "debug" };
    let mut load = Command::new(target.join(profile).join("freehold-load"));
    load.arg(work).args(arguments);

    let explains = explains(arguments);
    let lent = work != "bench" && std::env::var_os(POSTGRES).is_some();
    // One that keeps its promises: durability is what is measured, and what is tortured.
    let cluster = if explains || lent { None } else { Some(Cluster::start(Durability::Kept)?) };
    if let Some(cluster) = &cluster {
        load.env(POSTGRES, cluster.address());
        load.env("FREEHOLD_POSTGRES_PROGRAMS", cluster.programs());
    }
    process::exit_code(load)
}
