//! `freehold import`: people and tickets of another desk, with their history. Run again, it goes on where it was.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, anyhow};
use channels::import::servicenow;
use clap::{Args, ValueEnum};
use desk::{
    Desk, Refused,
    identity::{AddTeam, ImportPeople, SkippedPerson, Teams},
    ticket::{ImportOutcome, ImportTicket},
};
use domain::{
    GroupId, PersonId,
    identity::SystemActor,
    import::{ImportedPerson, ImportedTicket, PersonKey},
};
use jiff::tz::TimeZone;
use serde::Serialize;
use tenancy::{Tenant, TenantOptions};

use super::{Failure, Outcome, contracts::Contracts, progress::Progress, sheets, trouble::Trouble};
use crate::{bulk, config::Config, edge, serve};

/// Most people in one command, as the desk takes them.
const PEOPLE_AT_ONCE: usize = 5_000;

/// How many tickets that could not be placed are printed; the report has all of them.
const SHOWN: usize = 40;

/// Brings in what another desk exported.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The desk it comes from
    #[arg(value_enum)]
    source: Source,
    /// What it exported; of incidents, all rows of one in one file
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Reads and reports, and writes nothing
    #[arg(long)]
    dry_run: bool,
    /// The time zone of the times in the files, for example Europe/Lisbon [default: UTC]
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Writes the whole report, with every finding, to a file of JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// A desk that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Source {
    /// Incident events of `ServiceNow`, as CSV
    Servicenow,
    /// Contracts and order lines, as the desk exports them: CSV
    Contracts,
    /// Trouble with devices, as monitoring or a survey measured it: CSV of department, month, `per_hundred`
    Trouble,
}

/// What one file came to.
#[derive(Debug, Serialize)]
struct FileReport {
    file: PathBuf,
    read: servicenow::Report,
    /// Absent after a dry run.
    placed: Option<Placed>,
}

/// What the desk made of it.
#[derive(Debug, Default, Serialize)]
struct Placed {
    people: usize,
    new_people: u64,
    people_skipped: Vec<SkippedPerson>,
    new_groups: u64,
    known: u64,
    new: u64,
    /// Tickets, or parts of them, that found no place.
    unplaced: Vec<Unplaced>,
    reassignment_count: Agreement,
    reopen_count: Agreement,
}

/// A ticket, or a part of one, that found no place.
#[derive(Debug, Serialize)]
struct Unplaced {
    number: String,
    why: String,
}

/// How often the desk's own count, after the replay, is the source's.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Agreement {
    compared: u64,
    agree: u64,
}

impl Import {
    pub(super) fn run(&self, config: &Config) -> Outcome {
        let zone = self.zone.as_deref().map_or(Ok(TimeZone::UTC), TimeZone::get);
        let zone = zone.map_err(|error| {
            Failure::Usage(anyhow!("--zone: {error}; write it as in Europe/Lisbon or America/New_York"))
        })?;
        let options = servicenow::Options { zone, ..servicenow::Options::default() };
        if self.source != Source::Servicenow && (self.zone.is_some() || self.report.is_some()) {
            return Err(Failure::Usage(anyhow!(
                "--zone and --report are for other desks' incidents; leave them out: each contract names its own zone, and \
                 figures are of whole months"
            )));
        }
        match self.source {
            Source::Contracts => return sheets::run::<Contracts>(&self.files, self.dry_run, config),
            Source::Trouble => return sheets::run::<Trouble>(&self.files, self.dry_run, config),
            Source::Servicenow => {}
        }

        let mut reports = Vec::new();
        for file in &self.files {
            let read = read(file, &options)?;
            println!("{}\n{}", file.display(), read.report);
            let report = read.report.clone();
            let placed = if self.dry_run {
                println!("a dry run: nothing was written");
                None
            } else {
                let placed = place(config, read).with_context(|| {
                    format!(
                        "{} came in only in part; what is in stays, and the same command goes on",
                        file.display()
                    )
                })?;
                print!("{placed}");
                Some(placed)
            };
            reports.push(FileReport { file: file.clone(), read: report, placed });
        }
        if let Some(path) = &self.report {
            let unusable = || format!("the report {} cannot be written", path.display());
            let file = File::create(path).with_context(unusable)?;
            serde_json::to_writer_pretty(file, &reports).with_context(unusable)?;
        }
        Ok(())
    }
}

fn read(path: &Path, options: &servicenow::Options) -> anyhow::Result<servicenow::Import> {
    let unreadable = || format!("{} cannot be imported", path.display());
    let file = File::open(path).with_context(unreadable)?;
    servicenow::import(file, options).with_context(unreadable)
}

/// An import may be the first that happens to a desk: it is made if it is not there.
fn place(config: &Config, read: servicenow::Import) -> anyhow::Result<Placed> {
    let options =
        TenantOptions { database: config.database.clone(), create: true, ..TenantOptions::new(&config.data) };
    let tenant = Tenant::open(options, edge::now())?;
    let placed = serve::runtime()?.block_on(bring_in(&tenant.desk, read))?;
    tenant.desk.sign_checkpoint(&tenant.log_key, edge::now())?;
    Ok(placed)
}

async fn bring_in(desk: &Desk, read: servicenow::Import) -> anyhow::Result<Placed> {
    let mut placed = Placed::default();
    let people = Arc::new(people(desk, read.people, &mut placed).await?);
    let groups = Arc::new(groups(desk, read.groups, &mut placed).await?);

    let tickets = read.tickets;
    let total = tickets.len() as u64;
    let progress = Progress::of("tickets");
    let mut sources = tickets.iter();
    let commands = tickets.iter().map(|ticket| ImportTicket {
        ticket: Box::new(ticket.clone()),
        people: Arc::clone(&people),
        groups: Arc::clone(&groups),
    });
    let mut done = 0;
    let outcome = bulk::execute(desk, SystemActor::Import, commands, |answer| {
        if let Some(source) = sources.next() {
            placed.add(source, answer)?;
        }
        done += 1;
        progress.at(done, total);
        Ok(())
    })
    .await;
    progress.finish();
    outcome.map(|()| placed)
}

async fn people(
    desk: &Desk,
    people: Vec<ImportedPerson>,
    placed: &mut Placed,
) -> anyhow::Result<HashMap<PersonKey, PersonId>> {
    let mut known = HashMap::with_capacity(people.len());
    let parts = people
        .chunks(PEOPLE_AT_ONCE)
        .map(|part| ImportPeople { source: servicenow::SOURCE.to_owned(), people: part.to_vec() });
    bulk::execute(desk, SystemActor::Import, parts.collect::<Vec<_>>(), |answer| {
        let answer = answer?;
        placed.new_people += u64::from(answer.created);
        placed.people_skipped.extend(answer.skipped);
        known.extend(answer.people);
        Ok(())
    })
    .await?;
    placed.people = known.len();
    Ok(known)
}

/// The groups by name. Those that tickets name and nobody belongs to are added.
async fn groups(
    desk: &Desk,
    names: BTreeSet<String>,
    placed: &mut Placed,
) -> anyhow::Result<HashMap<String, GroupId>> {
    let teams = desk.ask(edge::context(SystemActor::Import)?, Teams).await?;
    let mut known: HashMap<_, _> = teams.into_iter().map(|team| (team.name, team.id)).collect();
    for name in names {
        if known.contains_key(&name) {
            continue;
        }
        match desk.execute(edge::context(SystemActor::Import)?, AddTeam { name: name.clone() }).await {
            Ok(id) => {
                placed.new_groups += 1;
                known.insert(name, id);
            }
            Err(Refused::Store(error)) => return Err(error.into()),
            // Each ticket that names it says so.
            Err(_) => {}
        }
    }
    Ok(known)
}

impl Placed {
    fn add(&mut self, source: &ImportedTicket, answer: desk::Result<ImportOutcome>) -> anyhow::Result<()> {
        let unplaced = |why| Unplaced { number: source.number.clone(), why };
        let outcome = match answer {
            Ok(outcome) => outcome,
            Err(Refused::Store(error)) => return Err(error.into()),
            Err(refused) => {
                self.unplaced.push(unplaced(refused.to_string()));
                return Ok(());
            }
        };
        if outcome.fresh {
            self.new += 1;
        } else {
            self.known += 1;
        }
        self.unplaced.extend(outcome.findings.into_iter().map(unplaced));
        let truth = source.source_truth.unwrap_or_default();
        self.reassignment_count.add(truth.reassignment_count, outcome.reassignment_count);
        self.reopen_count.add(truth.reopen_count, outcome.reopen_count);
        Ok(())
    }
}

impl Agreement {
    fn add(&mut self, source: Option<u32>, ours: u32) {
        if let Some(source) = source {
            self.compared += 1;
            self.agree += u64::from(source == ours);
        }
    }
}

impl fmt::Display for Placed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Now at the desk: {} known, {} new", self.known, self.new)?;
        writeln!(
            f,
            "  people: {} placed, {} of them new; {} new groups",
            self.people, self.new_people, self.new_groups
        )?;
        for (column, Agreement { compared, agree }) in
            [("reassignment_count", self.reassignment_count), ("reopen_count", self.reopen_count)]
        {
            writeln!(
                f,
                "  {column:<20} {agree:>7} of {compared:>7} are at the desk what the source counted"
            )?;
        }
        for SkippedPerson { key, why } in self.people_skipped.iter().take(SHOWN) {
            writeln!(f, "  {key} was not brought in: {why}")?;
        }
        for Unplaced { number, why } in self.unplaced.iter().take(SHOWN) {
            writeln!(f, "  {number}: {why}")?;
        }
        let more =
            self.people_skipped.len().saturating_sub(SHOWN) + self.unplaced.len().saturating_sub(SHOWN);
        if more > 0 {
            writeln!(f, "  … and {more} more; --report FILE has all of them")?;
        }
        Ok(())
    }
}
