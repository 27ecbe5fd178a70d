//! `freehold`: the command line, the configuration and the wiring of the rooms.

mod bulk;
mod cli;
mod config;
mod demo;
mod doctor;
mod edge;
mod files;
mod serve;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
