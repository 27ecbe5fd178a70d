//! `freehold`: the command line, the configuration and the wiring of the rooms.

mod cli;
mod config;
// Its only callers are its tests until the `demo` command is there.
#[cfg(test)]
mod demo;
mod doctor;
mod edge;
mod files;
mod serve;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
