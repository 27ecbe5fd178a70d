//! The commands, what they print, and how they fail.

mod actions;
mod audit;
mod backup;
mod contracts;
mod demo;
mod import;
mod progress;
mod sheets;
mod token;
mod trouble;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tenancy::{Tenant, TenantOptions};

use crate::{
    config::{Common, Config},
    doctor, edge, serve,
};

/// A self-hosted IT service desk whose licences and tenancy are exclusive, and provably so.
#[derive(Debug, Parser)]
#[command(name = "freehold", version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes a sample organisation in a folder of its own, prints a sign-in link for each role, and serves it.
    Demo(demo::Demo),
    /// Serves one tenant.
    Serve,
    /// Prints the action map: which capability and which licence each action needs.
    Actions(actions::Actions),
    /// Checks the audit log, here or offline, or exports it.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// API tokens.
    #[command(subcommand)]
    Token(token::Token),
    /// Brings in people, groups and tickets with their history from another desk, or contracts or figures from a file.
    Import(import::Import),
    /// Writes the whole tenant to one file while it works.
    Backup(backup::Backup),
    /// Brings a backup back, on either engine.
    Restore(backup::Restore),
    /// Checks configuration, engine, disk, key and log, and says how to mend what is amiss.
    Doctor,
}

/// How a command fails.
pub(crate) enum Failure {
    /// It was asked for wrongly.
    Usage(anyhow::Error),
    /// It did not work out.
    Failed(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// What a command leads to.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Runs the command that the arguments ask for.
pub(crate) fn run() -> ExitCode {
    let cli = Cli::parse();
    let (error, code) = match perform(&cli) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Failed(error)) => (error, 1),
        Err(Failure::Usage(error)) => (error, 2),
    };
    eprintln!("error: {error:#}");
    ExitCode::from(code)
}

fn perform(cli: &Cli) -> Outcome {
    // What needs neither configuration nor desk.
    match &cli.command {
        Command::Actions(actions) => return actions.run(),
        Command::Audit(audit) if audit.is_offline() => return audit.run_offline(),
        _ => {}
    }
    let config = match &cli.command {
        Command::Demo(_) => cli.common.load_with(demo::FOLDER),
        _ => cli.common.load(),
    };
    let config = config.map_err(Failure::Usage)?;
    match &cli.command {
        Command::Demo(demo) => demo.run(config),
        Command::Serve => serve::run(&config),
        Command::Doctor => doctor::run(&config),
        Command::Audit(audit) => audit.run(&config),
        Command::Token(token) => token.run(&config),
        Command::Import(import) => import.run(&config),
        Command::Backup(backup) => backup.run(&config),
        Command::Restore(restore) => restore.run(&config),
        Command::Actions(_) => Ok(()),
    }
}

/// Opens the desk that is there. Only serving makes a new one.
pub(crate) fn open(config: &Config) -> anyhow::Result<Tenant> {
    let options = TenantOptions { database: config.database.clone(), ..TenantOptions::new(&config.data) };
    Ok(Tenant::open(options, edge::now())?)
}
