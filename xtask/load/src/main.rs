//! Work for a running Freehold: how much it does a second (`bench`), what it keeps when it is killed (`torture`), and
//! whether a crowd is ever given more tokens than there are (`crowd`).
//!
//! `cargo xtask` builds this beside the program and runs it. It stands apart from xtask, so that formatting the code does
//! not need a database engine built first.

mod api;
mod bench;
mod crowd;
mod edge;
mod faults;
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
    /// Has a crowd share a few tokens through several processes, and recounts who held what
    Crowd(crowd::Options),
    /// Has many people share tokens for a month under a simulated clock, on both engines, and recounts who held what
    Days(crowd::days::Options),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().work {
        Work::Bench(options) => bench::run(&options),
        Work::Torture(options) => torture::run(&options),
        Work::Crowd(options) => crowd::run(&options),
        Work::Days(options) => crowd::days::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
