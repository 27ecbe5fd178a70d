//! `bench --licences`: what the licence engine costs. Checkout and release through the door on both engines, beside what
//! pgbench does with the same PostgreSQL in the same run; and what a verdict takes of the act that it decides about.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, ensure};
use desk::{
    Context, Desk,
    licence::{CheckOut, Checkout, ReturnCheckout},
    ticket::{AddNote, RaiseTicket},
};
use domain::{
    LicenceId, PersonId, SessionId, TicketId,
    identity::{Channel, Principal},
    licence::Metric,
    ticket::{Kind, Markdown, Subject},
};
use uuid::Uuid;

use super::{
    LONG, MANY, Options,
    measure::{Bounds, Measured, in_parallel},
};
use crate::{
    edge,
    organisation::{Maker, Wanted},
};

/// Threads that each check out and give back. A desk has more people than cores.
const THREADS: [u32; 2] = [MANY, 4 * MANY];

/// Scale of pgbench: rows enough that its clients do not meet.
const SCALE: &str = "20";

/// Runs it.
pub(super) fn run(options: &Options) -> anyhow::Result<()> {
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(edge::target()?)?;
    let bounds = Bounds::of(options.seconds);
    let postgres = options
        .postgres
        .as_deref()
        .context("no PostgreSQL to compare with: start this by `cargo xtask bench --licences`")?;

    println!("| | a second | p50 | p99 |\n|---|---:|---:|---:|");
    let own = folder.path().join("sqlite");
    measured("SQLite", &own, None, bounds)?;
    let url = format!("{postgres}?schema=bench_licences");
    measured("PostgreSQL", &folder.path().join("postgres"), Some(&url), bounds)?;

    let tps = pgbench(postgres, options)?;
    for (clients, rate) in tps {
        println!("| pgbench simple-update, {clients} clients | {rate:.0} | | |");
    }
    Ok(())
}

fn measured(engine: &str, data: &Path, database: Option<&str>, bounds: Bounds) -> anyhow::Result<()> {
    let most = THREADS.iter().copied().max().unwrap_or(MANY);
    let maker = Maker::open(data, database)?;
    let wanted = Wanted { requesters: 1, exclusive: MANY, concurrent: most, tokens: most, rules: LONG };
    let organisation = maker.organisation(wanted)?;
    let pools = (0..most)
        .map(|number| {
            let person = organisation.concurrent[number as usize].id;
            let pool = maker.licence(&format!("Pool {number}"), Metric::Concurrent, 1, LONG)?;
            maker.entitle(pool, &[person])?;
            Ok(pool)
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let desk = maker.desk();

    for threads in THREADS {
        let one_pool = in_parallel(threads, bounds, |thread| {
            turns(desk, organisation.concurrent[thread].id, organisation.pool)
        })?;
        line(&format!("{engine}: checkout and release, {threads} people, one pool"), one_pool);
        let own_pools = in_parallel(threads, bounds, |thread| {
            turns(desk, organisation.concurrent[thread].id, pools[thread])
        })?;
        line(&format!("{engine}: checkout and release, {threads} people, a pool each"), own_pools);
    }

    let raise = RaiseTicket::of(Kind::Incident, Subject::new("The VPN drops")?, None);
    let ticket = desk.execute_now(by(organisation.requesters[0].id)?, raise)?.id;
    for (words, people) in
        [("an exclusive seat", &organisation.exclusive), ("a shared token", &organisation.concurrent)]
    {
        let before = desk.door_times();
        let notes = in_parallel(1, bounds, |_| notes(desk, people[0].id, ticket))?;
        let spent = desk.door_times() - before;
        line(&format!("{engine}: a note on {words}, one after the other"), notes);
        let whole = notes.p50.as_secs_f64() * f64::from(u32::try_from(spent.acts).unwrap_or(u32::MAX));
        println!(
            "| {engine}: the verdict on {words} takes of that | {:.1} % | {:.0} µs | |",
            100.0 * spent.verdict.as_secs_f64() / whole,
            1e6 * spent.verdict.as_secs_f64()
                / f64::from(u32::try_from(spent.acts.max(1)).unwrap_or(u32::MAX)),
        );
    }
    Ok(())
}

fn line(what: &str, measured: Measured) {
    println!(
        "| {what} | {:.0} | {:.2} ms | {:.2} ms |",
        measured.rate,
        measured.p50.as_secs_f64() * 1e3,
        measured.p99.as_secs_f64() * 1e3,
    );
}

fn by(person: PersonId) -> anyhow::Result<Context> {
    let session = SessionId::from(Uuid::from_u128(7));
    Ok(Context::new(Principal::person(person, session, Channel::Api), edge::now(), edge::seed()?))
}

/// One checkout and its release, again and again.
fn turns(
    desk: &Desk,
    person: PersonId,
    licence: LicenceId,
) -> impl FnMut() -> anyhow::Result<Option<std::time::Duration>> {
    move || {
        let began = Instant::now();
        let checkout = CheckOut { licence, software: "bench".to_owned() };
        let Checkout::Granted(granted) = desk.execute_now(by(person)?, checkout)? else {
            anyhow::bail!("a checkout from a pool with enough tokens was not granted");
        };
        desk.execute_now(by(person)?, ReturnCheckout { licence, fence: granted.fence })?;
        Ok(Some(began.elapsed()))
    }
}

fn notes(
    desk: &Desk,
    person: PersonId,
    ticket: TicketId,
) -> impl FnMut() -> anyhow::Result<Option<std::time::Duration>> {
    move || {
        let note = AddNote { ticket: ticket.into(), body: Markdown::new("Looked at it.")?, if_version: None };
        let ctx = by(person)?;
        let began = Instant::now();
        desk.execute_now(ctx, note)?;
        Ok(Some(began.elapsed()))
    }
}

/// Transactions a second of pgbench's simple update, by clients.
fn pgbench(url: &str, options: &Options) -> anyhow::Result<Vec<(u32, f64)>> {
    let program = match &options.postgres_programs {
        Some(folder) => folder.join("pgbench"),
        None => PathBuf::from("pgbench"),
    };
    output(Command::new(&program).args(["--initialize", "--quiet", "--scale", SCALE]).arg(url))?;
    let seconds = options.seconds.get().to_string();
    THREADS
        .into_iter()
        .map(|clients| {
            let said = output(
                Command::new(&program)
                    .args(["--builtin=simple-update", "--no-vacuum", "--protocol=prepared", "--jobs=2"])
                    .args(["--client", &clients.to_string(), "--time", &seconds])
                    .arg(url),
            )?;
            let tps = said.lines().find_map(|line| line.strip_prefix("tps = "));
            let tps = tps.and_then(|rest| rest.split(' ').next()?.parse().ok());
            Ok((clients, tps.context("pgbench says how many transactions it did")?))
        })
        .collect()
}

fn output(command: &mut Command) -> anyhow::Result<String> {
    let answer = command.stdin(Stdio::null()).output().context("pgbench cannot be started")?;
    ensure!(answer.status.success(), "pgbench: {}", String::from_utf8_lossy(&answer.stderr).trim_end());
    Ok(String::from_utf8_lossy(&answer.stdout).into_owned())
}
