//! `freehold import`: people, groups and tickets with their history from another desk.
//!
//! A ticket is known again by its source and number, so an import that broke off is simply run again.

use std::{collections::HashMap, fs::File, io::BufReader, path::PathBuf, sync::Arc};

use anyhow::{Context as _, anyhow};
use channels::import::servicenow::{self, Import as Read, Options};
use clap::{Args, ValueEnum};
use desk::{
    Desk, Refused,
    identity::{AddTeam, ImportPeople, Teams},
    ticket::{ImportOutcome, ImportTicket},
};
use domain::{
    GroupId, PersonId,
    identity::SystemActor,
    import::{ImportedTicket, PersonKey},
};
use jiff::tz::TimeZone;
use tenancy::{Tenant, TenantOptions};

use super::{Failure, Outcome, progress::Progress};
use crate::{config::Config, edge};

/// People in one command.
const PEOPLE_AT_ONCE: usize = 5_000;

/// Tickets on their way at once: what shares a commit.
const TICKETS_AT_ONCE: usize = 64;

/// Imports from another desk.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Where the files come from
    source: Source,
    /// The exported files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Reads and reports, and writes nothing
    #[arg(long)]
    dry_run: bool,
    /// The time zone of the files' times, such as Europe/Berlin
    #[arg(long, default_value = "UTC", value_name = "ZONE")]
    zone: String,
}

/// A desk that we read the exports of.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Source {
    /// `ServiceNow` incident event exports, CSV
    Servicenow,
}

impl Import {
    pub(super) fn run(&self, config: &Config) -> Outcome {
        let Source::Servicenow = self.source;
        let zone = TimeZone::get(&self.zone).map_err(|_| {
            Failure::Usage(anyhow!("`{}` is no time zone; write it as Europe/Berlin", self.zone))
        })?;
        let options = Options { zone, ..Options::default() };
        let mut read = Vec::new();
        for path in &self.files {
            let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
            let import = servicenow::import(BufReader::new(file), &options)
                .with_context(|| format!("{} cannot be imported", path.display()))?;
            println!("{}\n\n{}", path.display(), import.report);
            read.push(import);
        }
        if self.dry_run {
            println!("nothing was written");
            return Ok(());
        }
        let tenant = Tenant::open(
            TenantOptions {
                database: config.database.clone(),
                create: true,
                ..TenantOptions::new(&config.data)
            },
            edge::now(),
        )?;
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        for import in read {
            let tally = bring_in(&runtime, &tenant.desk, import)?;
            tally.print();
        }
        tenant.desk.sign_checkpoint(&tenant.log_key, edge::now())?;
        Ok(())
    }
}

/// What was brought in, and how it compares with what the source counted.
#[derive(Default)]
struct Tally {
    people: usize,
    people_new: u32,
    tickets_new: u64,
    tickets_known: u64,
    reassignments: Agreement,
    reopenings: Agreement,
    findings: Vec<String>,
}

/// How many of how many say the same.
#[derive(Default)]
struct Agreement {
    agree: u64,
    compared: u64,
}

impl Agreement {
    fn compare(&mut self, source: Option<u32>, ours: u32) {
        if let Some(source) = source {
            self.compared += 1;
            self.agree += u64::from(source == ours);
        }
    }
}

fn bring_in(runtime: &tokio::runtime::Runtime, desk: &Desk, import: Read) -> Outcome<Tally> {
    let mut tally = Tally { people: import.people.len(), ..Tally::default() };
    let (mut people, mut groups): (HashMap<PersonKey, PersonId>, HashMap<String, GroupId>) =
        Default::default();
    for some in import.people.chunks(PEOPLE_AT_ONCE) {
        let command = ImportPeople { source: servicenow::SOURCE.to_owned(), people: some.to_vec() };
        let placed = desk.execute_now(edge::context(SystemActor::Import)?, command)?;
        tally.people_new += placed.created;
        tally
            .findings
            .extend(placed.skipped.into_iter().map(|skipped| format!("{}: {}", skipped.key, skipped.why)));
        people.extend(placed.people);
        groups.extend(placed.teams);
    }
    // Groups that nobody was seen working in, but that a ticket once lay with.
    let here = desk.ask_now(edge::context(SystemActor::Import)?, Teams)?;
    for name in import.groups {
        if groups.contains_key(&name) {
            continue;
        }
        let id = match here.iter().find(|team| team.name == name) {
            Some(team) => team.id,
            None => {
                match desk.execute_now(edge::context(SystemActor::Import)?, AddTeam { name: name.clone() }) {
                    Ok(id) => id,
                    Err(refused) => {
                        tally.findings.push(format!("the group {name}: {refused}"));
                        continue;
                    }
                }
            }
        };
        groups.insert(name, id);
    }
    let (people, groups) = (Arc::new(people), Arc::new(groups));
    let total = import.tickets.len() as u64;
    let progress = Progress::of("tickets");
    let mut tickets = import.tickets.into_iter().peekable();
    let mut done = 0;
    progress.at(done, total);
    while tickets.peek().is_some() {
        let some: Vec<_> = tickets.by_ref().take(TICKETS_AT_ONCE).collect();
        let replayed = runtime.block_on(replay(desk, some, &people, &groups))?;
        for (ticket, outcome) in replayed {
            done += 1;
            tally.add(&ticket, outcome)?;
        }
        progress.at(done, total);
    }
    progress.finish();
    Ok(tally)
}

/// Sends some tickets through the door, in order, without waiting for one before the next.
async fn replay(
    desk: &Desk,
    tickets: Vec<ImportedTicket>,
    people: &Arc<HashMap<PersonKey, PersonId>>,
    groups: &Arc<HashMap<String, GroupId>>,
) -> anyhow::Result<Vec<(ImportedTicket, Result<ImportOutcome, Refused>)>> {
    let mut under_way = Vec::new();
    for ticket in tickets {
        let ctx = edge::context(SystemActor::Import)?;
        let command = ImportTicket {
            ticket: Box::new(ticket.clone()),
            people: Arc::clone(people),
            groups: Arc::clone(groups),
        };
        let desk = desk.clone();
        under_way.push((ticket, tokio::spawn(async move { desk.execute(ctx, command).await })));
    }
    let mut replayed = Vec::new();
    for (ticket, outcome) in under_way {
        replayed.push((ticket, outcome.await?));
    }
    Ok(replayed)
}

impl Tally {
    fn add(&mut self, ticket: &ImportedTicket, outcome: Result<ImportOutcome, Refused>) -> Outcome {
        match outcome {
            Ok(outcome) => {
                if outcome.fresh {
                    self.tickets_new += 1;
                } else {
                    self.tickets_known += 1;
                }
                if let Some(truth) = ticket.source_truth {
                    self.reassignments.compare(truth.reassignment_count, outcome.reassignment_count);
                    self.reopenings.compare(truth.reopen_count, outcome.reopen_count);
                }
                let findings = outcome.findings.into_iter();
                self.findings.extend(findings.map(|finding| format!("{}: {finding}", ticket.number)));
            }
            // What the engine says concerns the rest too.
            Err(Refused::Store(error)) => {
                return Err(anyhow!(error).context("the import stopped; run it again to go on").into());
            }
            Err(refused) => self.findings.push(format!("{}: not brought in: {refused}", ticket.number)),
        }
        Ok(())
    }

    fn print(&self) {
        println!("{} people, {} of them new here", self.people, self.people_new);
        println!("{} tickets brought in, {} were here already", self.tickets_new, self.tickets_known);
        println!("Replayed in this desk, compared with the source's own columns:");
        for (column, it) in [("reassignment_count", &self.reassignments), ("reopen_count", &self.reopenings)]
        {
            println!("  {column:<20} {:>7} of {:>7} agree", it.agree, it.compared);
        }
        println!("Not placed as it stood: {}", self.findings.len());
        for finding in self.findings.iter().take(40) {
            println!("  {finding}");
        }
        if let Some(more) = self.findings.len().checked_sub(40).filter(|more| *more > 0) {
            println!("  … and {more} more");
        }
    }
}
