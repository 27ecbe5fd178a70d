//! `days`: a month of work under a simulated clock, on both engines. Many people are entitled and few tokens are there;
//! they come in the morning and after lunch, work for a while, wait when the pool is full, and go home with or without a
//! word. Then the facts are replayed by rules that share no code with the desk's, as after `crowd`, and what the desk says
//! of each day, and its page of the month, must be what is counted.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::fmt;
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use desk::{
    Context, Desk, Refused,
    licence::{LeaveQueue, LicenceUsage, ReleaseToken, Resolution},
    ticket::{AddNote, RaiseTicket},
};
use domain::{
    PersonId, SessionId, TicketId, Timestamp,
    identity::{Channel, Principal, SystemActor},
    licence::PoolRules,
    ticket::{Kind, Markdown, Subject},
};
use jiff::SignedDuration;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use uuid::Uuid;

use super::{
    check::{self, Diaries, Remark, Told, Usage},
    history::{self, History},
};
use crate::{
    api, edge,
    faults::report,
    organisation::{Maker, Organisation, Wanted, Worker},
    server::Place,
};

/// What `days` is asked for.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// People who are entitled to the tokens
    #[arg(long, default_value_t = 2_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    people: u32,
    /// Tokens that they share
    #[arg(long, default_value_t = 200, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    tokens: u32,
    /// People with seats of their own
    #[arg(long, default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    exclusive: u32,
    /// Days, the last of which ends now
    #[arg(long, default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=30))]
    days: u32,
    /// Repeats an earlier run
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// A PostgreSQL server that this may use; `cargo xtask` lends one
    #[arg(long, env = "FREEHOLD_TEST_POSTGRES", value_name = "URL", hide_env_values = true)]
    postgres: Option<String>,
}

/// Signs of life are further apart than usual, so that a month of them can be simulated.
const RULES: PoolRules = PoolRules {
    ttl: SignedDuration::from_mins(25),
    idle_after: SignedDuration::from_mins(30),
    offer_window: SignedDuration::from_mins(12),
    ..PoolRules::USUAL
};

/// The longest time between two acts of somebody who is there: shorter than the time to live.
const PAUSE: std::ops::Range<i64> = 240..1_400;

/// How often who waits asks again: sooner than an offer lapses.
const ASKS: std::ops::Range<i64> = 180..600;

/// Between two sweeps of the program.
const SWEEP: i64 = 900;

/// Runs it on both engines.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let postgres = options.postgres.as_deref().context("no PostgreSQL: start this by `cargo xtask days`")?;
    for (engine, database) in [("SQLite", None), ("PostgreSQL", Some(format!("{postgres}?schema=days")))] {
        let began = Instant::now();
        let folder = tempfile::Builder::new().prefix("days-").tempdir_in(edge::target()?)?;
        let place = Place { program: edge::freehold()?, data: folder.path().join("desk"), database };
        match Month::begin(&place, options).and_then(|month| month.run(&place, options)) {
            Ok(tally) => {
                println!("days on {engine}: {tally}, {} s, seed {}", began.elapsed().as_secs(), options.seed);
            }
            Err(error) => {
                let kept = folder.keep();
                bail!("{engine}, seed {}: {error:#}\nthe folder is kept: {}", options.seed, kept.display());
            }
        }
    }
    Ok(())
}

/// What happens next, and to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    /// Somebody with a seat of their own works.
    Exclusive(usize),
    /// Somebody of the crowd works, or tries to.
    Crowd(usize),
    /// The program looks after what has fallen due.
    Sweep,
}

/// Where somebody of the crowd is on their day.
#[derive(Debug, Clone, Copy)]
struct Day {
    leaves: Timestamp,
    waits_since: Option<Timestamp>,
}

struct Month {
    desk: Desk,
    organisation: Organisation,
    /// The cookie of the manager's browser.
    manager: String,
    ticket: TicketId,
    from: Timestamp,
    until: Timestamp,
    agenda: BinaryHeap<Reverse<(Timestamp, Next)>>,
    about: BTreeMap<usize, Day>,
    diaries: Diaries,
    random: StdRng,
    tally: Tally,
}

/// What came of it.
#[derive(Debug, Default)]
struct Tally {
    acts: u64,
    waited: u64,
    exclusive: u64,
    holds: usize,
    waits: usize,
    peak: i64,
    longest: SignedDuration,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { acts, waited, exclusive, holds, waits, peak, longest } = self;
        write!(
            f,
            "{acts} acts on tokens and {waited} that had to wait, {exclusive} on seats of which none was refused; {holds} \
             holds and {waits} waits recounted, the longest {} min and served or given up by its person; at most {peak} \
             tokens at once, nothing granted twice, every day as the desk counts it",
            longest.as_mins()
        )
    }
}

impl Month {
    fn begin(place: &Place, options: &Options) -> anyhow::Result<Self> {
        let until = super::whole_millis(edge::now());
        let from = until - SignedDuration::from_hours(24 * i64::from(options.days));
        let wanted = Wanted {
            requesters: 1,
            exclusive: options.exclusive,
            concurrent: options.people,
            tokens: options.tokens,
            rules: RULES,
        };
        let maker =
            Maker::open(&place.data, place.database.as_deref())?.since(from - SignedDuration::from_hours(1));
        let organisation = maker.organisation(wanted)?;
        let desk = maker.desk().clone();
        let raise = RaiseTicket::of(Kind::Incident, Subject::new("The VPN drops")?, None);
        let ticket = desk.execute_now(by(&organisation.requesters[0], from)?, raise)?.id;
        let mut month = Self {
            desk,
            manager: maker.session(organisation.manager.id)?,
            organisation,
            ticket,
            from,
            until,
            agenda: BinaryHeap::new(),
            about: BTreeMap::new(),
            diaries: Diaries::new(),
            random: StdRng::seed_from_u64(options.seed),
            tally: Tally::default(),
        };
        month.plan(options);
        Ok(month)
    }

    /// When everybody comes and goes on each working day.
    fn plan(&mut self, options: &Options) {
        for day in 0..i64::from(options.days) {
            let midnight = self.from + SignedDuration::from_hours(24 * day);
            if day % 7 >= 5 {
                continue;
            }
            for person in 0..self.organisation.exclusive.len() {
                self.later(midnight, 8 * 3_600, Next::Exclusive(person));
            }
            for person in 0..self.organisation.concurrent.len() {
                if !self.random.random_bool(0.4) {
                    continue;
                }
                // Half of them come in the morning, many after lunch.
                let comes = match self.random.random_range(0..10) {
                    0..5 => self.random.random_range(8 * 3_600..9 * 3_600 + 1_800),
                    5..8 => self.random.random_range(13 * 3_600..14 * 3_600),
                    _ => self.random.random_range(7 * 3_600..17 * 3_600),
                };
                self.later(midnight, comes, Next::Crowd(person));
            }
            for sweep in 7 * 3_600 / SWEEP..20 * 3_600 / SWEEP {
                self.later(midnight, sweep * SWEEP, Next::Sweep);
            }
        }
    }

    fn later(&mut self, at: Timestamp, seconds: i64, next: Next) {
        let at = at + SignedDuration::from_secs(seconds);
        if at < self.until {
            self.agenda.push(Reverse((at, next)));
        }
    }

    fn run(mut self, place: &Place, options: &Options) -> anyhow::Result<Tally> {
        while let Some(Reverse((at, next))) = self.agenda.pop() {
            match next {
                Next::Exclusive(person) => self.exclusive(person, at)?,
                Next::Crowd(person) => self.crowd(person, at)?,
                Next::Sweep => self.sweep(at)?,
            }
        }
        // Whoever said nothing is gone by now.
        self.sweep(self.until)?;
        while self.desk.close_days(self.until)? > 0 {}
        self.look_back(place, options)
    }

    fn sweep(&self, at: Timestamp) -> anyhow::Result<()> {
        self.desk.sweep_now(Context::system(SystemActor::Timer, at, edge::seed()?))?;
        Ok(())
    }

    fn exclusive(&mut self, person: usize, at: Timestamp) -> anyhow::Result<()> {
        let note = self.note()?;
        let worker = &self.organisation.exclusive[person];
        self.desk.execute_now(by(worker, at)?, note).context("an exclusive holder is refused")?;
        self.tally.exclusive += 1;
        if self.random.random_bool(0.95) {
            let pause = self.random.random_range(600..3_600);
            self.later(at, pause, Next::Exclusive(person));
        }
        Ok(())
    }

    fn crowd(&mut self, person: usize, at: Timestamp) -> anyhow::Result<()> {
        let stays = SignedDuration::from_secs(self.random.random_range(1_800..10_800));
        let day = *self.about.entry(person).or_insert(Day { leaves: at + stays, waits_since: None });
        let worker = self.organisation.concurrent[person].clone();
        if at >= day.leaves {
            self.about.remove(&person);
            return self.go_home(&worker, at, day);
        }
        let note = self.note()?;
        let told = match self.desk.execute_now(by(&worker, at)?, note) {
            Ok(_) => Told::Worked,
            Err(Refused::Licence(verdict)) if verdict.waits() => Told::Waits,
            Err(other) => return Err(anyhow::Error::new(other).context("who is entitled is refused")),
        };
        self.diaries.entry(worker.id).or_default().push(Remark { from: at, until: at, told });
        let waits = told == Told::Waits;
        *if waits { &mut self.tally.waited } else { &mut self.tally.acts } += 1;
        let waits_since = waits.then(|| day.waits_since.unwrap_or(at));
        self.about.insert(person, Day { waits_since, ..day });
        let pause = self.random.random_range(if waits { ASKS } else { PAUSE });
        self.later(at, pause, Next::Crowd(person));
        Ok(())
    }

    /// With a word, or without.
    fn go_home(&mut self, worker: &Worker, at: Timestamp, day: Day) -> anyhow::Result<()> {
        let licence = self.organisation.pool;
        if day.waits_since.is_some() {
            // A place that an offer has ended meanwhile is none to leave.
            unless_over(self.desk.execute_now(by(worker, at)?, LeaveQueue { licence }))?;
        } else if self.random.random_bool(0.6) {
            unless_over(self.desk.execute_now(by(worker, at)?, ReleaseToken { licence }))?;
        }
        Ok(())
    }

    fn note(&self) -> anyhow::Result<AddNote> {
        Ok(AddNote { ticket: self.ticket.into(), body: Markdown::new("Looked at it.")?, if_version: None })
    }

    fn look_back(mut self, place: &Place, options: &Options) -> anyhow::Result<Tally> {
        let file = format!("sqlite:{}", place.data.join("freehold.db").display());
        let facts = history::recorded(place.database.as_deref().unwrap_or(&file), self.organisation.pool)?;
        let (history, faults) = History::replay(&facts, options.tokens);
        report("history", faults)?;
        ensure!(history.is_over(), "everybody has gone home, and it is never written down");
        report("count", check::counted(&history, options.tokens))?;
        report("what people were told", check::told(&history, &self.diaries))?;
        report("silence", check::alive(&history, &self.diaries, RULES.silence()))?;
        self.look_at_use(&history)?;
        self.look_at_page(place, &history, options)?;
        self.tally.holds = history.holds.len();
        self.tally.waits = history.waits.len();
        self.tally.longest = history
            .waits
            .iter()
            .filter_map(|wait| Some(wait.from.duration_until(wait.end?.0)))
            .max()
            .unwrap_or_default();
        self.tally.peak = check::peak(&history).map_or(0, |peak| peak.level);
        ensure!(self.tally.waited > 0, "nobody ever waited: the pool was never full");
        Ok(self.tally)
    }

    /// What the desk says of each day, and of all of them.
    fn look_at_use(&self, history: &History) -> anyhow::Result<()> {
        let names: BTreeMap<PersonId, String> =
            self.organisation.concurrent.iter().map(|worker| (worker.id, worker.name.clone())).collect();
        let day = SignedDuration::from_hours(24);
        let days =
            std::iter::successors(Some(self.from), |at| Some(*at + day)).take_while(|at| *at < self.until);
        let ranges = days.map(|at| at..(at + day).min(self.until)).filter(|range| {
            // Of a day without use there is no peak to speak of.
            history
                .holds
                .iter()
                .any(|hold| hold.from < range.end && hold.until.is_none_or(|end| range.start < end))
        });
        for range in ranges.chain([self.from..self.until]) {
            let query = LicenceUsage {
                licence: self.organisation.pool,
                from: range.start,
                until: range.end,
                resolution: Some(Resolution::Exact),
            };
            let said = self.desk.ask_now(by(&self.organisation.manager, self.until)?, query)?;
            let usage = Usage::read(serde_json::to_value(said)?)?;
            report("use", usage.differs(history, &range, &names))?;
        }
        Ok(())
    }

    /// The page of the licence, by a server over the same database.
    fn look_at_page(&self, place: &Place, history: &History, options: &Options) -> anyhow::Result<()> {
        let server = place.serve()?;
        let path = format!("/licences/{}?range=month", self.organisation.pool);
        let page = server.client().send(&api::page(&self.manager, path))?;
        ensure!(page.is_success(), "the page of the licence answers {}", page.describe());
        let peak = check::peak(history).context("nobody ever held a token")?;
        let holders = history.holders(peak.at);
        let page = String::from_utf8_lossy(&page.body).into_owned();
        let wanted = format!(", {} of {} tokens were held by ", peak.level, options.tokens);
        ensure!(page.contains(&wanted), "the page does not say “{wanted}…”");
        let missing =
            holders.iter().filter(|person| !page.contains(&format!("/licences/people/{person}?at="))).count();
        ensure!(missing == 0, "the page leaves {missing} of {} holders at the peak out", holders.len());
        server.stop()
    }
}

/// What ended by itself meanwhile is none to end.
fn unless_over<T>(ended: desk::Result<T>) -> anyhow::Result<()> {
    match ended {
        Ok(_) | Err(Refused::Rule(_)) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

fn by(worker: &Worker, at: Timestamp) -> anyhow::Result<Context> {
    let session = SessionId::from(Uuid::from_u128(7));
    Ok(Context::new(Principal::person(worker.id, session, Channel::Api), at, edge::seed()?))
}
