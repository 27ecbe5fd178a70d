//! Work for a running Freehold: what it keeps when it is killed (`torture`).
//!
//! `cargo xtask torture` builds this beside the program and runs it. It stands apart from xtask, so
//! that formatting the code does not need a database engine built first.

mod api;
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
    /// Kills the server under concurrent writers, and looks whether it kept what it promised
    Torture(torture::Options),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().work {
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
