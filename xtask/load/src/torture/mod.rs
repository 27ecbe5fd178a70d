//! `torture`: `kill -9` under concurrent writers, and then a look whether everything acknowledged is there.
//!
//! Writers raise tickets, write notes on an exclusive seat or a shared token, and give tokens back, over the API, each
//! with an idempotency key. Every acknowledged answer is a *promise* kept in the memory of this process, which nobody
//! kills. At a random moment, counted in acknowledgements so that it falls into the middle of work on a slow machine as on a fast one, the server dies.
//! It starts again; what was not answered is sent again under its old key; then the promises are held against what the
//! API and the audit log say. On PostgreSQL two processes serve one database and one of them dies.

mod log;
mod promise;
mod verify;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use clap::{Args, ValueEnum};
use domain::licence::PoolRules;
use jiff::SignedDuration;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};

use crate::{
    edge,
    organisation::{Organisation, Wanted},
    server::{Place, Server},
};

use self::{
    promise::Ledger,
    writer::{Round, Trade, Writer},
};

/// What `torture` is asked for.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How many times a server is killed; shared by the engines
    #[arg(long, default_value_t = 20, value_name = "K")]
    kills: u32,
    /// On which engine
    #[arg(long, value_enum, default_value_t = Choice::Both)]
    engine: Choice,
    /// Repeats the moments and choices of an earlier run
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// A PostgreSQL server that this may use; `cargo xtask` lends one
    #[arg(long, env = "FREEHOLD_TEST_POSTGRES", value_name = "URL", hide_env_values = true)]
    postgres: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Choice {
    Sqlite,
    Postgres,
    Both,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    Sqlite,
    Postgres,
}

/// Short, so that leases end while the run looks on. [`PoolRules`] allows no less.
const TTL: SignedDuration = SignedDuration::from_secs(10);
const DRIFT: SignedDuration = SignedDuration::from_secs(1);
const OFFER: SignedDuration = SignedDuration::from_secs(5);

/// How long the program may take over what falls due: the server's tick, and a busy machine.
const SLACK: Duration = Duration::from_secs(4);

/// After so long without an acknowledgement, the server counts as stuck.
const STUCK: Duration = Duration::from_mins(1);

/// Most acknowledgements between two kills. None at all is a kill during recovery.
const MOST: u32 = 160;

const WANTED: Wanted = Wanted {
    requesters: 3,
    exclusive: 2,
    concurrent: 6,
    tokens: 3,
    rules: PoolRules {
        ttl: TTL,
        drift: DRIFT,
        revival_window: SignedDuration::from_secs(5),
        idle_after: SignedDuration::from_secs(30),
        offer_window: OFFER,
        ..PoolRules::USUAL
    },
};

/// Runs it.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let seed = match options.seed {
        Some(seed) => seed,
        None => u64::from_le_bytes(*edge::seed()?.first_chunk().context("32 bytes begin with 8")?),
    };
    let engines: &[Engine] = match options.engine {
        Choice::Sqlite => &[Engine::Sqlite],
        Choice::Postgres => &[Engine::Postgres],
        Choice::Both => &[Engine::Sqlite, Engine::Postgres],
    };
    let began = Instant::now();
    let mut total = Tally::default();
    for (index, engine) in (0..).zip(engines) {
        let count = u32::try_from(engines.len()).unwrap_or(1);
        // The first takes what does not divide.
        let kills = options.kills / count + u32::from(index < options.kills % count);
        let folder = tempfile::Builder::new().prefix("torture-").tempdir_in(edge::target()?)?;
        let run = Campaign::begin(*engine, folder.path(), options, seed ^ u64::from(index))
            .and_then(|campaign| campaign.run(kills));
        match run {
            Ok(tally) => {
                println!("{engine}: {tally}");
                total = total.plus(tally);
            }
            Err(error) => {
                let kept = folder.keep();
                bail!("on {engine}, seed {seed}: {error:#}\nfolder and logs are kept in {}", kept.display());
            }
        }
    }
    println!("torture: {total}, nothing lost, {} s, seed {seed}", began.elapsed().as_secs());
    Ok(())
}

/// A run on one engine.
struct Campaign {
    places: Vec<Place>,
    servers: Vec<Server>,
    organisation: Organisation,
    writers: Vec<Writer>,
    ledger: Ledger,
    log: log::AuditLog,
    random: StdRng,
    tally: Tally,
}

impl Campaign {
    fn begin(engine: Engine, folder: &Path, options: &Options, seed: u64) -> anyhow::Result<Self> {
        let mut random = StdRng::seed_from_u64(seed);
        let program = edge::freehold()?;
        let place = |name: &str, database: Option<String>| Place {
            program: program.clone(),
            data: folder.join(name),
            database,
        };
        let places = match engine {
            Engine::Sqlite => vec![place("desk", None)],
            Engine::Postgres => {
                let base = options.postgres.as_deref().context(
                    "there is no PostgreSQL to use; start this by `cargo xtask torture`, or name one with --postgres",
                )?;
                let schema: u64 = random.random();
                let sign = if base.contains('?') { '&' } else { '?' };
                let database =
                    Some(format!("{base}{sign}schema=torture_{}_{schema:016x}", std::process::id()));
                vec![place("desk", database.clone()), place("other", database)]
            }
        };
        let first = &places[0];
        let organisation = Organisation::make(&first.data, first.database.as_deref(), WANTED)?;
        for other in &places[1..] {
            // One tenant, one key: the second process signs the same log.
            std::fs::create_dir_all(&other.data)?;
            std::fs::copy(first.data.join("audit.key"), other.data.join("audit.key"))?;
        }
        let servers = places.iter().map(Place::serve).collect::<anyhow::Result<_>>()?;
        let mut writers = Vec::new();
        for (trade, workers) in [
            (Trade::Requester, &organisation.requesters),
            (Trade::Exclusive, &organisation.exclusive),
            (Trade::Concurrent, &organisation.concurrent),
        ] {
            for worker in workers {
                let number = writers.len();
                writers.push(Writer::new(number, trade, worker.clone(), organisation.pool, random.random()));
            }
        }
        Ok(Self {
            places,
            servers,
            organisation,
            writers,
            ledger: Ledger::default(),
            log: log::AuditLog::default(),
            random,
            tally: Tally::default(),
        })
    }

    fn run(mut self, kills: u32) -> anyhow::Result<Tally> {
        for kill in 1..=kills {
            self.kill_once().with_context(|| format!("kill {kill} of {kills}"))?;
            println!("kill {kill:>3} of {kills}: {} promises kept", self.ledger.len());
        }
        self.last_look().context("the last look")?;
        for server in self.servers {
            server.stop()?;
        }
        Ok(self.tally)
    }

    /// Work, a kill, a new start, and the look at what is there.
    fn kill_once(&mut self) -> anyhow::Result<()> {
        let victim = self.random.random_range(0..self.servers.len());
        self.work_until_killed(victim)?;
        // Survivors answer what the dead process did not, before it is back or after.
        let early = !self.servers.is_empty() && self.random.random();
        if early {
            self.look_at_leases()?;
            self.send_again()?;
        }
        let server = self.places[victim].serve()?;
        self.servers.insert(victim, server);
        if !early {
            self.look_at_leases()?;
            self.send_again()?;
        }
        self.verify(verify::Depth::Recent)
    }

    fn work_until_killed(&mut self, victim: usize) -> anyhow::Result<()> {
        // Half of those who share tokens rest, so that leases of people who fell silent are always about.
        let (mut awake, resting): (Vec<_>, Vec<_>) = {
            let mut shared: Vec<&mut Writer> = Vec::new();
            let mut others: Vec<&mut Writer> = Vec::new();
            for writer in &mut self.writers {
                if writer.trade() == Trade::Concurrent { shared.push(writer) } else { others.push(writer) }
            }
            shared.shuffle(&mut self.random);
            let resting = shared.split_off(shared.len() / 2);
            others.extend(shared);
            (others, resting)
        };
        drop(resting);

        let wanted = self.random.random_range(0..=MOST);
        let addresses: Vec<_> = self.servers.iter().map(Server::address).collect();
        let (acknowledged, acknowledgements) = mpsc::channel();
        let over = AtomicBool::new(false);
        let tickets = self.ledger.tickets();
        let dying = self.servers.remove(victim);
        let killed = std::thread::scope(|scope| -> anyhow::Result<()> {
            for (index, writer) in awake.iter_mut().enumerate() {
                let round = Round {
                    address: addresses[index % addresses.len()],
                    acknowledged: acknowledged.clone(),
                    over: &over,
                    tickets: &tickets,
                };
                scope.spawn(move || writer.work(&round));
            }
            drop(acknowledged);
            let mut waited = Ok(());
            for _ in 0..wanted {
                // All writers gone is a fault that they tell of themselves.
                match acknowledgements.recv_timeout(STUCK) {
                    Ok(()) => {}
                    Err(mpsc::RecvTimeoutError::Disconnected) => break,
                    Err(mpsc::RecvTimeoutError::Timeout) => {
                        waited = Err(anyhow::anyhow!("nothing was acknowledged for {} s", STUCK.as_secs()));
                        break;
                    }
                }
            }
            let killed = dying.kill();
            over.store(true, std::sync::atomic::Ordering::Relaxed);
            waited.and(killed)
        });
        self.tally.kills += 1;
        self.collect()?;
        killed
    }

    /// Takes over what the writers were promised.
    fn collect(&mut self) -> anyhow::Result<()> {
        for writer in &mut self.writers {
            self.ledger.extend(writer.take_promises());
        }
        let faults: Vec<String> = self.writers.iter_mut().filter_map(Writer::take_fault).collect();
        ensure!(faults.is_empty(), "{}", faults.join("\n"));
        Ok(())
    }

    /// Before anything is sent again: that would take anew the token that was lost.
    fn look_at_leases(&mut self) -> anyhow::Result<()> {
        self.tally.leases += verify::look_at_leases(&self.servers[0], &self.organisation, &self.writers)?;
        Ok(())
    }

    /// Sends again what was not answered, twice: the second answer must be the first.
    fn send_again(&mut self) -> anyhow::Result<()> {
        for (index, writer) in self.writers.iter_mut().enumerate() {
            let server = &self.servers[index % self.servers.len()];
            self.tally.sent_again += u32::from(writer.send_again(server.address())?);
        }
        self.collect()
    }

    fn verify(&mut self, depth: verify::Depth) -> anyhow::Result<()> {
        let server = &self.servers[self.random.random_range(0..self.servers.len())];
        let looked = verify::Look {
            server,
            organisation: &self.organisation,
            writers: &self.writers,
            ledger: &mut self.ledger,
            log: &mut self.log,
        }
        .at_everything(depth)?;
        self.tally.verified(looked);
        Ok(())
    }

    /// Everything once more; then silence, until the tokens are free and others get them.
    fn last_look(&mut self) -> anyhow::Result<()> {
        self.verify(verify::Depth::Whole)?;
        verify::wait_for_free_tokens(&self.servers[0], &self.organisation, &self.writers)?;
        let address = self.servers[0].address();
        let mut shared: Vec<&mut Writer> =
            self.writers.iter_mut().filter(|writer| writer.trade() == Trade::Concurrent).collect();
        shared.shuffle(&mut self.random);
        let tickets = self.ledger.tickets();
        for writer in shared.into_iter().take(WANTED.tokens as usize) {
            writer.must_get_a_token(address, &tickets)?;
        }
        self.collect()?;
        self.verify(verify::Depth::Recent)
    }
}

/// What was done and looked at.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    kills: u32,
    sent_again: u32,
    tickets: usize,
    notes: usize,
    leases: usize,
    records: usize,
}

impl Tally {
    fn verified(&mut self, looked: verify::Looked) {
        self.tickets = looked.tickets;
        self.notes = looked.notes;
        self.records = looked.records;
        self.leases += looked.leases;
    }

    fn plus(self, other: Self) -> Self {
        Self {
            kills: self.kills + other.kills,
            sent_again: self.sent_again + other.sent_again,
            tickets: self.tickets + other.tickets,
            notes: self.notes + other.notes,
            leases: self.leases + other.leases,
            records: self.records + other.records,
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, sent_again, tickets, notes, leases, records } = self;
        write!(
            f,
            "{kills} kills, {tickets} tickets, {notes} notes, {leases} leases checked, {records} audit records, \
             {sent_again} requests sent again"
        )
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}
