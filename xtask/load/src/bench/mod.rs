//! `bench`: how much the running server does a second, beside the bare engines and a bare handler in the same run.
//!
//! Server, load and what they are compared with share the machine's cores, so a number alone says little; the ratios do.

mod bare;
mod licences;
mod machine;
mod measure;
mod raw;
mod report;
mod rows;
mod words;

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Args;
use domain::licence::PoolRules;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use self::{
    measure::{Bounds, Measured, measure},
    report::{Line, Report},
    words::Numbers,
};
use crate::{
    api, edge,
    http::Request,
    organisation::{Organisation, Wanted, Worker},
    server::{Place, Server},
};

/// What `bench` is asked for.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How many tickets there are before anything is measured
    #[arg(long, default_value_t = 20_000, value_name = "N")]
    tickets: u32,
    /// How long each thing is measured
    #[arg(long, default_value_t = NonZeroU32::new(5).expect("5 is not 0"), value_name = "S")]
    seconds: NonZeroU32,
    /// A durable PostgreSQL server to compare with; `cargo xtask` lends one
    #[arg(long, env = "FREEHOLD_TEST_POSTGRES", value_name = "URL", hide_env_values = true)]
    postgres: Option<String>,
    /// The folder of that server's programs; `cargo xtask` says it
    #[arg(long, env = "FREEHOLD_POSTGRES_PROGRAMS", value_name = "DIR")]
    postgres_programs: Option<std::path::PathBuf>,
    /// Measure what licences cost instead: checkout and release, and the verdict's share of an act
    #[arg(long)]
    licences: bool,
}

/// Connections at once, for what is measured under load.
const MANY: u32 = 8;

/// Connections at once while tickets are seeded: enough that each commit is shared by many.
const SEEDERS: u32 = 64;

/// Tickets that are read and worked on.
const KEPT: usize = 50_000;

/// Starts whose median is the cold start.
const STARTS: usize = 5;

const WANTED: Wanted =
    Wanted { requesters: SEEDERS, exclusive: MANY, concurrent: MANY, tokens: MANY, rules: LONG };

/// Nobody loses a token while others are measured.
const LONG: PoolRules = PoolRules {
    ttl: jiff::SignedDuration::from_hours(12),
    drift: jiff::SignedDuration::from_secs(30),
    revival_window: jiff::SignedDuration::from_mins(5),
    idle_after: jiff::SignedDuration::from_hours(12),
    offer_window: jiff::SignedDuration::from_mins(2),
    ..PoolRules::USUAL
};

/// Runs it.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    if options.licences {
        return licences::run(options);
    }
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(edge::target()?)?;
    let place = Place { program: edge::freehold()?, data: folder.path().join("desk"), database: None };
    let organisation = Organisation::make(&place.data, None, WANTED)?;
    let server = place.serve()?;

    let mut report = Report::begin(folder.path(), options)?;
    let numbers = Numbers::of(options.tickets);
    let tickets = seed(&server, &organisation, options.tickets, &mut report)?;
    let (bounds, keys) = (Bounds::of(options.seconds), AtomicU64::new(0));
    let desk = Desk { server, organisation, tickets, numbers, bounds, keys };

    desk.measure_all(&mut report)?;
    desk.compare(folder.path(), options, &mut report)?;
    report.resident_kib = desk.server.resident_kib();
    desk.server.stop()?;
    report.cold_starts = cold_starts(&place)?;

    println!("\n{report}");
    let file = report.write(&edge::target()?.join("bench"))?;
    println!("written to {}", file.display());
    Ok(())
}

/// Raises tickets over many connections; returns some of their ids.
fn seed(
    server: &Server,
    organisation: &Organisation,
    wanted: u32,
    report: &mut Report,
) -> anyhow::Result<Vec<String>> {
    let numbers = Numbers::of(wanted);
    let kept = Mutex::new(Vec::new());
    let keep_each = (wanted as usize / KEPT).max(1);
    let began = Instant::now();
    let share = wanted.div_ceil(SEEDERS);
    std::thread::scope(|scope| {
        let seeders: Vec<_> = (0..SEEDERS)
            .zip(&organisation.requesters)
            .map(|(seeder, by)| {
                let kept = &kept;
                scope.spawn(move || -> anyhow::Result<()> {
                    let mut client = server.client();
                    let mut random = StdRng::seed_from_u64(seeder.into());
                    let first = seeder * share;
                    for number in first..wanted.min(first + share) {
                        let answer =
                            client.send(&raise(by, &format!("seed-{number}"), numbers, &mut random))?;
                        ensure!(answer.is_success(), "raising a ticket answers {}", answer.describe());
                        if (number as usize).is_multiple_of(keep_each) {
                            let id = answer.json()["id"].as_str().context("a ticket has an id")?.to_owned();
                            kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(id);
                        }
                    }
                    Ok(())
                })
            })
            .collect();
        seeders.into_iter().try_for_each(|seeder| {
            seeder.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a seeder panicked; its message is above")))
        })
    })?;
    let took = began.elapsed();
    report.seeded_in = took;
    println!("{wanted} tickets seeded in {:.1} s", took.as_secs_f64());
    Ok(kept.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
}

fn raise(by: &Worker, key: &str, numbers: Numbers, random: &mut StdRng) -> Request {
    api::raise(by, key, &words::subject(numbers, random), &words::description(random))
}

/// The server at work, and who works at it.
struct Desk {
    server: Server,
    organisation: Organisation,
    tickets: Vec<String>,
    numbers: Numbers,
    bounds: Bounds,
    keys: AtomicU64,
}

impl Desk {
    fn measure_all(&self, report: &mut Report) -> anyhow::Result<()> {
        let Organisation { requesters, exclusive, concurrent, cookie, .. } = &self.organisation;
        let create = |connection: usize, random: &mut StdRng| {
            raise(&requesters[connection], &self.key(), self.numbers, random)
        };
        report.add(Line::Create1, self.work(1, create)?);
        report.add(Line::Create, self.work(MANY, create)?);
        report.add(
            Line::Read,
            self.work(MANY, |connection, random| api::ticket(&exclusive[connection], self.some(random)))?,
        );
        let queue = api::page(cookie, "/desk/q/open");
        self.must_show_rows(&queue)?;
        report.add(Line::Queue, self.work(MANY, |_, _| queue.clone())?);
        report.add(
            Line::Search,
            self.work(MANY, |connection, random| {
                api::search(&exclusive[connection], &words::query(self.numbers, random))
            })?,
        );
        for (line, workers) in [(Line::SeatNote, exclusive), (Line::TokenNote, concurrent)] {
            let note = |connection: usize, random: &mut StdRng| {
                let (key, text) = (self.key(), words::description(random));
                api::note(&workers[connection], &key, self.some(random), &text)
            };
            report.add(line, self.work(MANY, note)?);
        }
        Ok(())
    }

    fn work(
        &self,
        connections: u32,
        request: impl Fn(usize, &mut StdRng) -> Request + Sync,
    ) -> anyhow::Result<Measured> {
        measure(self.server.address(), connections, self.bounds, request)
    }

    /// A page without its rows would be quick.
    fn must_show_rows(&self, queue: &Request) -> anyhow::Result<()> {
        const ROWS: usize = 50;
        let page = self.server.client().send(queue)?;
        let rows = String::from_utf8_lossy(&page.body).matches("INC-").count();
        let wanted = ROWS.min(self.tickets.len());
        ensure!(page.is_success() && rows >= wanted, "the queue page shows {rows} rows, not {wanted}");
        Ok(())
    }

    /// A key that no request had: what is sent again is answered from memory, and that is not what is measured.
    fn key(&self) -> String {
        format!("bench-{}", self.keys.fetch_add(1, Ordering::Relaxed))
    }

    fn some(&self, random: &mut StdRng) -> &str {
        &self.tickets[random.random_range(0..self.tickets.len())]
    }

    /// The same rows into the bare engines, and an answer of the same size from a bare handler.
    fn compare(&self, folder: &Path, options: &Options, report: &mut Report) -> anyhow::Result<()> {
        let database = self.server.place().data.join("freehold.db");
        let mut random = StdRng::seed_from_u64(7);
        let request = raise(&self.organisation.requesters[0], "sample", self.numbers, &mut random);
        let mut answer = Vec::new();
        let sample = rows::Sample::of(&database, || {
            let created = self.server.client().send(&request)?;
            ensure!(created.is_success(), "raising a ticket answers {}", created.describe());
            answer = created.body;
            Ok(())
        })?;
        report.rows = sample.describe();

        for (line, group) in [(Line::RawSqlite1, 1), (Line::RawSqlite, MANY)] {
            let file = folder.join(format!("raw-{group}.db"));
            report.add(line, raw::sqlite(&file, &sample, group, self.bounds)?);
        }
        let postgres = options
            .postgres
            .as_deref()
            .context("no PostgreSQL to compare with: start this by `cargo xtask bench`")?;
        report.add(Line::RawPostgres, raw::postgres(postgres, &sample, MANY, self.bounds)?);

        let bare = bare::Bare::serve(answer)?;
        let ask = |_: usize, _: &mut StdRng| Request::get("/");
        report.add(Line::Bare, measure(bare.address(), MANY, self.bounds, ask)?);
        Ok(())
    }
}

/// From the start of the process to the first healthy answer.
fn cold_starts(place: &Place) -> anyhow::Result<Vec<Duration>> {
    let mut took = Vec::new();
    for _ in 0..STARTS {
        let began = Instant::now();
        let server = place.serve()?;
        server.wait_until_healthy()?;
        took.push(began.elapsed());
        server.stop()?;
    }
    took.sort();
    Ok(took)
}
