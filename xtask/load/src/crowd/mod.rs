//! `crowd`: many people, few tokens, several processes on one PostgreSQL, and one of them killed now and then.
//!
//! People do random things over HTTP, each request through a process chosen by chance: they write notes, send the
//! heartbeats of an open page, give tokens back, join and leave the line, take and decline offers, and fall silent. Some
//! have seats of their own and must never be refused. What a dead process did not answer is sent again under its key.
//! At the end everybody goes home, and the history is recounted from the recorded facts: against the rules, against what
//! people were told, and against what the API and the page of the licence say of it.

mod check;
pub(crate) mod days;
#[cfg(test)]
mod forged;
mod history;
mod person;
mod processes;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use domain::{PersonId, Timestamp, licence::PoolRules};
use jiff::SignedDuration;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use self::{
    check::{Diaries, Usage},
    history::History,
    person::{Act, Person},
    processes::{Doors, Messenger, Processes},
};
use crate::{
    api, edge,
    faults::report,
    http::{Answer, Request},
    organisation::{Organisation, Wanted, Worker},
    server::Place,
};

/// What `crowd` is asked for.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// People who share the tokens
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    people: u32,
    /// Tokens that they share
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    tokens: u32,
    /// People with seats of their own, who work all the time
    #[arg(long, default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    exclusive: u32,
    /// Processes that serve one database
    #[arg(long, default_value_t = 2, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=8))]
    processes: u8,
    /// How much those who share tokens do
    #[arg(long, default_value_t = 2_000, value_name = "N", conflicts_with_all = ["seconds", "kill_every"])]
    acts: u64,
    /// How often a process is killed while they do it
    #[arg(long, default_value_t = 3, value_name = "K", conflicts_with_all = ["seconds", "kill_every"])]
    kills: u32,
    /// Work for so long instead
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<u64>,
    /// Kill one process after another, each after so long; never, if nothing is said
    #[arg(long, value_name = "SECONDS", requires = "seconds", value_parser = clap::value_parser!(u64).range(1..))]
    kill_every: Option<u64>,
    /// Repeats the choices of an earlier run, as far as the processes let it
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// A PostgreSQL server that this may use; `cargo xtask` lends one
    #[arg(long, env = "FREEHOLD_TEST_POSTGRES", value_name = "URL", hide_env_values = true)]
    postgres: Option<String>,
}

/// As short as [`PoolRules`] allows, so that people lose by silence while the run looks on.
const RULES: PoolRules = PoolRules {
    ttl: SignedDuration::from_secs(10),
    drift: SignedDuration::from_secs(1),
    revival_window: SignedDuration::from_secs(5),
    idle_after: SignedDuration::from_secs(30),
    offer_window: SignedDuration::from_secs(5),
    // Who does not work is told, and makes room for who waits.
    steal_notice: Some(SignedDuration::from_secs(5)),
    ..PoolRules::USUAL
};

/// A sign of life may stay unwritten for so long after another: a quarter of the time to live, and a busy machine.
const UNWRITTEN: SignedDuration = SignedDuration::from_secs(3);

/// How long it may take until everybody has gone home, on a slow machine too: those who fell silent lose their places and
/// tokens, and those whom they were before are served.
const HOMEWARD: Duration = Duration::from_mins(5);

/// Threads on which the crowd acts. A person acts on one of them.
const THREADS: u8 = 8;

/// Threads on which those with seats of their own act.
const EXCLUSIVE_THREADS: usize = 2;

/// For each token, so many people are about at once; the rest have gone, with or without a word.
const ABOUT: usize = 3;

/// Ranges of time of which the use is asked for at the end, beside the whole.
const SLICES: i32 = 20;

const TICKETS: u32 = 40;

/// How often the main thread looks around.
const LOOK: Duration = Duration::from_millis(20);

/// Between two looks at who holds what, so many looks around.
const SELDOM: u32 = 10;

/// Runs it.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let seed = match options.seed {
        Some(seed) => seed,
        None => u64::from_le_bytes(*edge::seed()?.first_chunk().context("32 bytes begin with 8")?),
    };
    let began = Instant::now();
    let folder = tempfile::Builder::new().prefix("crowd-").tempdir_in(edge::target()?)?;
    match Gathering::begin(folder.path(), options, seed).and_then(|gathering| gathering.run(options)) {
        Ok(tally) => {
            println!("crowd: {tally}, {} s, seed {seed}", began.elapsed().as_secs());
            Ok(())
        }
        Err(error) => {
            let kept = folder.keep();
            bail!("seed {seed}: {error:#}\nfolder and logs are kept in {}", kept.display());
        }
    }
}

/// Everybody and everything, before the work.
struct Gathering {
    places: Vec<Place>,
    database: String,
    organisation: Organisation,
    people: Vec<Person>,
    /// The cookie of the manager's browser.
    manager: String,
    random: StdRng,
}

/// What all threads share.
struct World<'a> {
    doors: &'a Doors,
    tickets: &'a [String],
    /// What the crowd has done.
    acts: AtomicU64,
    /// What those with seats of their own have done.
    exclusive: AtomicU64,
    /// Requests that were sent again.
    again: AtomicU64,
    over: AtomicBool,
}

impl Gathering {
    fn begin(folder: &Path, options: &Options, seed: u64) -> anyhow::Result<Self> {
        let mut random = StdRng::seed_from_u64(seed);
        let base = options.postgres.as_deref().context(
            "there is no PostgreSQL to use; start this by `cargo xtask crowd`, or name one with --postgres",
        )?;
        let schema: u64 = random.random();
        let sign = if base.contains('?') { '&' } else { '?' };
        let database = format!("{base}{sign}schema=crowd_{}_{schema:016x}", std::process::id());
        let program = edge::freehold()?;
        let place = |number: u8| Place {
            program: program.clone(),
            data: folder.join(format!("desk-{number}")),
            database: Some(database.clone()),
        };
        let places: Vec<Place> = (1..=options.processes).map(place).collect();
        let wanted = Wanted {
            requesters: 1,
            exclusive: options.exclusive,
            concurrent: options.people,
            tokens: options.tokens,
            rules: RULES,
        };
        let (organisation, mut sessions) =
            Organisation::make_with_browsers(&places[0].data, Some(&database), wanted)?;
        for other in &places[1..] {
            // One tenant, one key: every process signs the same log.
            std::fs::create_dir_all(&other.data)?;
            std::fs::copy(places[0].data.join("audit.key"), other.data.join("audit.key"))?;
        }
        let mut session = |person: PersonId| sessions.remove(&person).context("everybody has a browser");
        let manager = session(organisation.manager.id)?;
        let pool = organisation.pool;
        let people = organisation.concurrent.iter();
        let people = people.map(|worker| Ok(Person::new(worker.clone(), pool, session(worker.id)?)));
        let people = people.collect::<anyhow::Result<_>>()?;
        Ok(Self { places, database, organisation, people, manager, random })
    }

    fn run(mut self, options: &Options) -> anyhow::Result<Tally> {
        let doors = Doors::new(self.places.len());
        let mut processes = Processes::start(std::mem::take(&mut self.places), &doors)?;
        let mut messenger = Messenger::new(&doors);
        let tickets = self.raise(&mut messenger)?;
        let world = World {
            doors: &doors,
            tickets: &tickets,
            acts: AtomicU64::new(0),
            exclusive: AtomicU64::new(0),
            again: AtomicU64::new(0),
            over: AtomicBool::new(false),
        };
        let began = whole_millis(edge::now());
        let kills = self.work(&world, &mut processes, &mut messenger, options)?;
        let mut tally = Tally {
            people: options.people,
            tokens: options.tokens,
            processes: options.processes,
            acts: world.acts.into_inner(),
            exclusive: world.exclusive.into_inner(),
            again: world.again.into_inner(),
            kills,
            ..Tally::default()
        };
        self.look_back(began, &mut messenger, options, &mut tally)?;
        processes.stop()?;
        Ok(tally)
    }

    fn raise(&mut self, messenger: &mut Messenger<'_>) -> anyhow::Result<Vec<String>> {
        let requester = self.organisation.requesters.first().context("somebody raises tickets")?;
        let tickets = (0..TICKETS).map(|number| {
            let key = format!("ticket-{number}");
            let raise = api::raise(requester, &key, "The printer is out of paper", "In room 4, since noon.");
            let answer = messenger.send(&raise, &mut self.random)?;
            let id = answer.json()["id"].as_str().map(str::to_owned);
            id.with_context(|| format!("no ticket can be raised: {}", answer.describe()))
        });
        tickets.collect()
    }

    /// Has everybody act while processes die, and sees everybody home. Says how many died.
    fn work(
        &mut self,
        world: &World<'_>,
        processes: &mut Processes<'_>,
        messenger: &mut Messenger<'_>,
        options: &Options,
    ) -> anyhow::Result<u32> {
        let about = (options.tokens as usize * ABOUT).div_ceil(usize::from(THREADS)).max(2);
        let mut threads: Vec<Vec<Person>> = (0..THREADS).map(|_| Vec::new()).collect();
        for (number, person) in self.people.drain(..).enumerate() {
            threads[number % usize::from(THREADS)].push(person);
        }
        let seats = self.organisation.exclusive.clone();
        let (kills, people) = std::thread::scope(|scope| {
            let mut crowd = Vec::new();
            for people in threads {
                let random = StdRng::seed_from_u64(self.random.random());
                crowd.push(scope.spawn(move || world.ending(|| crowd_on(world, people, about, random))));
            }
            let mut seated = Vec::new();
            for some in seats.chunks(seats.len().div_ceil(EXCLUSIVE_THREADS)) {
                let random = StdRng::seed_from_u64(self.random.random());
                seated.push(scope.spawn(move || world.ending(|| work_all_the_time(world, some, random))));
            }
            let kills = world.ending(|| self.watch(world, processes, messenger, options));
            let mut people = Vec::new();
            let mut failed = None;
            for thread in crowd {
                match joined(thread.join()) {
                    Ok(some) => people.extend(some),
                    // The first to fail is the reason why the others stopped.
                    Err(error) => failed = failed.or(Some(error)),
                }
            }
            let seated: anyhow::Result<()> = seated.into_iter().try_for_each(|thread| joined(thread.join()));
            match failed {
                Some(error) => Err(error),
                None => seated.and(kills).map(|kills| (kills, people)),
            }
        })?;
        self.people = people;
        Ok(kills)
    }

    /// Kills when it is time, and looks meanwhile who holds what. Says how many were killed.
    fn watch(
        &mut self,
        world: &World<'_>,
        processes: &mut Processes<'_>,
        messenger: &mut Messenger<'_>,
        options: &Options,
    ) -> anyhow::Result<u32> {
        let began = Instant::now();
        let (mut kills, mut looks) = (0, 0);
        while !world.over.load(Ordering::Relaxed) {
            let acts = world.acts.load(Ordering::Relaxed);
            let (over, due) = match options.seconds {
                Some(seconds) => {
                    let passed = began.elapsed().as_secs();
                    (passed >= seconds, options.kill_every.map_or(0, |every| passed / every))
                }
                // Evenly, and none at the very end.
                None => (acts >= options.acts, acts * u64::from(options.kills + 1) / options.acts.max(1)),
            };
            if over {
                break;
            }
            if due > u64::from(kills) {
                processes.kill(kills as usize % usize::from(options.processes))?;
                kills += 1;
                println!("kill {kills:>3}: {acts} acts so far");
            }
            if looks % SELDOM == 0 {
                self.look_at_leases(messenger, options)?;
            }
            looks += 1;
            std::thread::sleep(LOOK);
        }
        Ok(kills)
    }

    /// At this moment, no token is held twice and nobody holds two.
    fn look_at_leases(&mut self, messenger: &mut Messenger<'_>, options: &Options) -> anyhow::Result<()> {
        let leases = self.ask("leases", messenger)?.json();
        let leases = leases["items"].as_array().context("the leases are a list")?;
        let all = |what: fn(&serde_json::Value) -> String| -> BTreeSet<String> {
            leases.iter().map(what).collect()
        };
        let tokens = all(|lease| lease["token"].to_string()).len();
        let people = all(|lease| lease["holder"]["id"].to_string()).len();
        let most = options.tokens as usize;
        ensure!(
            tokens == leases.len() && people == leases.len() && tokens <= most,
            "{} leases are of {tokens} tokens and {people} people, and there are {most} tokens",
            leases.len()
        );
        Ok(())
    }

    /// What the manager is told about the pool.
    fn ask(&mut self, what: &str, messenger: &mut Messenger<'_>) -> anyhow::Result<Answer> {
        let Organisation { manager, pool, .. } = &self.organisation;
        let request = Request::get(format!("/api/v1/licences/{pool}/{what}")).token(&manager.token);
        let answer = messenger.send(&request, &mut self.random)?;
        ensure!(answer.is_success(), "GET {} answers {}", request.path, answer.describe());
        Ok(answer)
    }

    /// Recounts everything.
    fn look_back(
        &mut self,
        began: Timestamp,
        messenger: &mut Messenger<'_>,
        options: &Options,
        tally: &mut Tally,
    ) -> anyhow::Result<()> {
        let history = self.settled(options)?;
        for what in ["leases", "queue"] {
            let items = self.ask(what, messenger)?.json();
            let items = items["items"].as_array().map(Vec::len);
            ensure!(items == Some(0), "everybody has gone home, and yet there are {what}: {items:?}");
        }
        let names: BTreeMap<PersonId, String> =
            self.people.iter().map(|person| (person.id(), person.name().to_owned())).collect();
        let diaries: Diaries =
            self.people.iter_mut().map(|person| (person.id(), std::mem::take(&mut person.diary))).collect();
        report("count", check::counted(&history, options.tokens))?;
        report("what people were told", check::told(&history, &diaries))?;
        report("silence", check::alive(&history, &diaries, RULES.silence() - UNWRITTEN))?;
        let peak = self.look_at_use(began, messenger, options, &history, &names)?;
        tally.recounted(&history, peak);
        Ok(())
    }

    /// The history, once the last of it is written down.
    fn settled(&self, options: &Options) -> anyhow::Result<History> {
        let began = Instant::now();
        loop {
            let facts = history::recorded(&self.database, self.organisation.pool)?;
            let (history, faults) = History::replay(&facts, options.tokens);
            report("history", faults)?;
            if history.is_over() {
                return Ok(history);
            }
            ensure!(began.elapsed() < HOMEWARD, "everybody has gone home, and it is never written down");
            std::thread::sleep(LOOK);
        }
    }

    /// What API and page say of the whole time and of parts of it. Says what the highest level was.
    fn look_at_use(
        &mut self,
        began: Timestamp,
        messenger: &mut Messenger<'_>,
        options: &Options,
        history: &History,
        names: &BTreeMap<PersonId, String>,
    ) -> anyhow::Result<i64> {
        let ended = whole_millis(edge::now());
        let mut whole = None;
        for range in slices(began, ended).chain([began..ended]) {
            let answer = self.ask(&format!("usage?from={}&until={}", range.start, range.end), messenger)?;
            let usage = Usage::read(answer.json())?;
            report("use", usage.differs(history, &range, names))?;
            whole = usage.peak;
        }
        let said = whole.context("the whole time has a peak")?;
        let counted = check::peak(history).context("nobody ever held a token")?;
        ensure!(
            (counted.at, counted.level) == (said.at, said.level),
            "the use says a peak of {} at {}, and {} at {} is counted",
            said.level,
            said.at,
            counted.level,
            counted.at
        );
        let page = api::page(&self.manager, format!("/licences/{}", self.organisation.pool));
        let page = messenger.send(&page, &mut self.random)?;
        report("page", check::page_differs(&String::from_utf8_lossy(&page.body), &said, options.tokens))?;
        Ok(counted.level)
    }
}

impl World<'_> {
    /// Whoever fails ends the work for all.
    fn ending<T>(&self, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
        let done = work();
        self.over.store(true, Ordering::Relaxed);
        done
    }
}

fn joined<T>(thread: std::thread::Result<anyhow::Result<T>>) -> anyhow::Result<T> {
    thread.unwrap_or_else(|_| bail!("a thread of the crowd panicked; what it said is above"))
}

/// Equal parts of a stretch of time.
fn slices(began: Timestamp, ended: Timestamp) -> impl Iterator<Item = Range<Timestamp>> {
    let part = began.duration_until(ended) / SLICES;
    (0..SLICES)
        .map(move |number| whole_millis(began + part * number)..whole_millis(began + part * (number + 1)))
}

/// The desk keeps microseconds, so what lies between two of them may be on either side of an edge.
fn whole_millis(moment: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(moment.as_millisecond()).unwrap_or(moment)
}

/// A part of the crowd acts until the work is over, and then goes home.
fn crowd_on(
    world: &World<'_>,
    mut people: Vec<Person>,
    about: usize,
    mut random: StdRng,
) -> anyhow::Result<Vec<Person>> {
    let mut messenger = Messenger::new(world.doors);
    // Those about come first; the rest have gone.
    let about = about.min(people.len());
    while about > 0 && !world.over.load(Ordering::Relaxed) {
        let one = random.random_range(0..about);
        let person = &mut people[one];
        let act = person.stands.any_act(&mut random);
        person.act(act, world.tickets, &mut messenger, &mut random)?;
        world.acts.fetch_add(1, Ordering::Relaxed);
        let gone = act == Act::FallSilent || (act == Act::Release && random.random());
        if gone {
            let next = random.random_range(about - 1..people.len());
            people.swap(one, next);
        }
    }
    let (present, _) = people.split_at_mut(about);
    go_home(world, present, &mut messenger, &mut random)?;
    world.again.fetch_add(messenger.again, Ordering::Relaxed);
    Ok(people)
}

/// Whoever holds a token gives it back; whoever waits gives signs of life until they are served, and then gives it back.
fn go_home(
    world: &World<'_>,
    people: &mut [Person],
    messenger: &mut Messenger<'_>,
    random: &mut StdRng,
) -> anyhow::Result<()> {
    let began = Instant::now();
    // What they believe may be old.
    for person in &mut *people {
        person.act(Act::Heartbeat, world.tickets, messenger, random)?;
    }
    loop {
        let mut left = 0_u32;
        for person in &mut *people {
            if let Some(act) = person.stands.way_home() {
                left += 1;
                person.act(act, world.tickets, messenger, random)?;
            }
        }
        if left == 0 {
            return Ok(());
        }
        ensure!(began.elapsed() < HOMEWARD, "{left} wait with signs of life and are not served");
    }
}

/// People with seats of their own write notes. A refusal is a fault.
fn work_all_the_time(world: &World<'_>, people: &[Worker], mut random: StdRng) -> anyhow::Result<()> {
    let mut messenger = Messenger::new(world.doors);
    let mut number = 0_u64;
    while !world.over.load(Ordering::Relaxed) {
        for person in people {
            number += 1;
            let key = format!("{}-{number}", person.id);
            let ticket = &world.tickets[random.random_range(0..world.tickets.len())];
            let answer = messenger.send(&api::note(person, &key, ticket, &key), &mut random)?;
            ensure!(answer.is_success(), "{} has a seat and is refused: {}", person.name, answer.describe());
            world.exclusive.fetch_add(1, Ordering::Relaxed);
        }
    }
    world.again.fetch_add(messenger.again, Ordering::Relaxed);
    Ok(())
}

/// What was done and found.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    people: u32,
    tokens: u32,
    processes: u8,
    acts: u64,
    exclusive: u64,
    again: u64,
    kills: u32,
    grants: usize,
    revived: u32,
    silent: usize,
    queued: usize,
    offers: u32,
    peak: i64,
}

impl Tally {
    fn recounted(&mut self, history: &History, peak: i64) {
        self.grants = history.holds.len();
        self.revived = history.revived;
        self.silent = history.holds.iter().filter(|hold| hold.silent).count();
        self.queued = history.waits.len();
        self.offers = history.offers;
        self.peak = peak;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { people, tokens, processes, acts, exclusive, again, kills, .. } = self;
        let Self { grants, revived, silent, queued, offers, peak, .. } = self;
        write!(
            f,
            "{people} people, {tokens} tokens, {processes} processes; {acts} acts, {grants} grants ({revived} revived, \
             {silent} ended in silence), {queued} queued, {offers} offers; {exclusive} acts on seats, none refused; \
             {kills} kills, {again} requests sent again; peak {peak} of {tokens}, recounted; nothing granted twice, \
             nobody starved"
        )
    }
}
