//! Work for a running Freehold: how much it does a second (`bench`), and what it keeps when it is killed (`torture`).
//!
//! `cargo xtask bench` and `cargo xtask torture` build this beside the program and run it. It stands apart from xtask, so
//! that formatting the code does not need a database engine built first.

mod api;
mod bench;
mod edge;
mod http;
mod organisation;
mod server;
mod torture;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Work for a running Freehold")]
struct Arguments {
    #[command(subcommand)]
    work: Work,
}

#[derive(Subcommand)]
enum Work {
    /// Measures the server over HTTP, beside the bare engines and a bare handler
    Bench(bench::Options),
    /// Kills the server under concurrent writers, and looks whether it kept what it promised
    Torture(torture::Options),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().work {
        Work::Bench(options) => bench::run(&options),
        Work::Torture(options) => torture::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
