//! SQLite: one writer thread that commits in groups, and a pool of readers that never wait for it.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError, mpsc},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags, Statement, config::DbConfig};

use super::{ReadJob, Wakers, WriteJob, wake_all};
use crate::{ReadTx, Result, StoreError, Value, WriteTx, audit, migrate, search, tx};

/// At most so many commands share a commit, so that the first of them does not wait for long.
const GROUP_LIMIT: usize = 256;

/// How long an open group waits for the commands that probably come: as many as shared the last commit. Those who were
/// just answered ask again within this time, and a commit of eight costs little more than a commit of one. Somebody who
/// writes alone never waits. (PostgreSQL knows the idea as `commit_delay` and `commit_siblings`.)
const GATHERING: Duration = Duration::from_micros(600);

/// How long nobody has written before the text index is merged a little, and how long between one such step and the next.
/// Who comes meanwhile waits for one step: some milliseconds, a few times that on a busy disk.
const QUIET: Duration = Duration::from_millis(5);

/// Idle readers kept open.
const READERS_KEPT: usize = 8;

/// What the commands of one commit leave for its end.
#[derive(Default)]
pub(crate) struct Group {
    /// Somebody should be told after the commit.
    pub(crate) wake: bool,
    /// Audit records were written and wait for their place in the tree.
    pub(crate) audited: bool,
    /// Texts to index, by document. FTS5 writes a segment to disk at each savepoint that finds it dirty, so a group indexes once, at
    /// its end.
    pub(crate) documents: Vec<(i64, String)>,
}

pub(crate) struct Sqlite {
    path: PathBuf,
    jobs: Option<mpsc::Sender<Box<dyn WriteJob>>>,
    writer: Option<JoinHandle<()>>,
    readers: Mutex<Vec<Connection>>,
}

impl Sqlite {
    pub(crate) fn open(path: &Path, wakers: Wakers) -> Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| {
                StoreError::Engine(format!("the folder {} cannot be made: {error}", folder.display()))
            })?;
        }
        let mut writer = Connection::open(path)?;
        prepare_connection(&writer)?;
        writer.pragma_update(None, "journal_mode", "WAL")?;
        writer.pragma_update(None, "synchronous", "FULL")?;
        // 64 MiB: a page that many commits change is carried over once. Recovery after a crash reads as much.
        writer.pragma_update(None, "wal_autocheckpoint", 16_000)?;
        writer.pragma_update(None, "journal_size_limit", 128 << 20)?;
        writer.pragma_update(None, "cache_size", -24_000)?;
        writer.pragma_update(None, "foreign_keys", true)?;
        migrate::sqlite(&mut writer)?;

        let (jobs, inbox) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("sqlite writer".to_owned())
            .spawn(move || write_groups(&writer, &inbox, &wakers))
            .map_err(|error| StoreError::Engine(error.to_string()))?;
        Ok(Self { path: path.to_owned(), jobs: Some(jobs), writer: Some(thread), readers: Mutex::default() })
    }

    pub(crate) fn write(&self, job: Box<dyn WriteJob>) {
        let refused = match &self.jobs {
            Some(jobs) => jobs.send(job).err().map(|mpsc::SendError(job)| job),
            None => Some(job),
        };
        if let Some(job) = refused {
            job.finish(Err(&StoreError::Stopped));
        }
    }

    pub(crate) fn read(&self, job: ReadJob) {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle.map_or_else(|| self.reader(), Ok) {
            Ok(connection) => connection,
            Err(error) => return job(Err(error)),
        };
        if let Err(error) = connection.prepare_cached("BEGIN").and_then(|mut begin| begin.raw_execute()) {
            return job(Err(error.into()));
        }
        job(Ok(&mut ReadTx { connection: tx::Connection::Sqlite(&connection) }));
        if connection.prepare_cached("COMMIT").and_then(|mut commit| commit.raw_execute()).is_ok() {
            let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
            if readers.len() < READERS_KEPT {
                readers.push(connection);
            }
        }
    }

    fn reader(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        prepare_connection(&connection)?;
        connection.pragma_update(None, "cache_size", -4_000)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }
}

impl Drop for Sqlite {
    /// Lets the writer finish what was handed to it.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(writer) = self.writer.take() {
            drop(writer.join());
        }
    }
}

fn prepare_connection(connection: &Connection) -> Result<()> {
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.set_prepared_statement_cache_capacity(256);
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // Plans must not depend on the values that are bound: SQLite with STAT4 compiles a statement anew for each of them.
    // https://www.sqlite.org/queryplanner-ng.html#the_query_planner_stability_guarantee
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Binds by the number in a parameter's name: to SQLite `$4` is a *name*, numbered by its first appearance.
pub(crate) fn bind(statement: &mut Statement<'_>, params: &[Value<'_>]) -> Result<()> {
    for index in 1..=statement.parameter_count() {
        let number = statement
            .parameter_name(index)
            .and_then(|name| name[1..].parse::<usize>().ok())
            .ok_or_else(|| StoreError::Engine("a statement has a parameter without a number".to_owned()))?;
        let value = params.get(number.wrapping_sub(1)).ok_or_else(|| {
            StoreError::Engine(format!("a statement asks for parameter ${number}, which was not given"))
        })?;
        statement.raw_bind_parameter(index, value)?;
    }
    Ok(())
}

fn write_groups(connection: &Connection, inbox: &mpsc::Receiver<Box<dyn WriteJob>>, wakers: &Wakers) {
    let mut expected = 1;
    let mut unmerged = true;
    while let Some(first) = next_job(connection, inbox, &mut unmerged) {
        let began = Instant::now();
        let mut jobs = Vec::new();
        let mut group = Group::default();
        let commit = run(connection, "BEGIN IMMEDIATE").and_then(|()| {
            let mut next = Some(first);
            while let Some(mut job) = next {
                let outcome = run_one(connection, &mut group, job.as_mut());
                jobs.push(job);
                outcome?;
                next = match jobs.len() {
                    GROUP_LIMIT.. => None,
                    few if few < expected => {
                        inbox.recv_timeout(GATHERING.saturating_sub(began.elapsed())).ok()
                    }
                    _ => inbox.try_recv().ok(),
                };
            }
            unmerged |= !group.documents.is_empty();
            finish_group(connection, &mut group)?;
            run(connection, "COMMIT")
        });
        if commit.is_err() && !connection.is_autocommit() {
            drop(run(connection, "ROLLBACK"));
        }
        if commit.is_ok() && group.wake {
            wake_all(wakers);
        }
        expected = jobs.len();
        for job in jobs {
            job.finish(commit.as_ref().copied());
        }
    }
}

/// The next command. While none comes, the text index is merged.
fn next_job(
    connection: &Connection,
    inbox: &mpsc::Receiver<Box<dyn WriteJob>>,
    unmerged: &mut bool,
) -> Option<Box<dyn WriteJob>> {
    while *unmerged {
        match inbox.recv_timeout(QUIET) {
            Ok(job) => return Some(job),
            Err(mpsc::RecvTimeoutError::Disconnected) => return None,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                *unmerged = search::merge_sqlite(connection).unwrap_or_else(|error| {
                    tracing::warn!(%error, "the text index is merged after the next change");
                    false
                });
            }
        }
    }
    inbox.recv().ok()
}

/// One command in its own savepoint.
fn run_one(connection: &Connection, group: &mut Group, job: &mut dyn WriteJob) -> Result<()> {
    run(connection, "SAVEPOINT command")?;
    let documents = group.documents.len();
    let keep =
        job.run(&mut WriteTx { read: ReadTx { connection: tx::Connection::Sqlite(connection) }, group });
    if !keep {
        group.documents.truncate(documents);
        run(connection, "ROLLBACK TO command")?;
    }
    run(connection, "RELEASE command")
}

fn finish_group(connection: &Connection, group: &mut Group) -> Result<()> {
    let documents = std::mem::take(&mut group.documents);
    let audited = group.audited;
    let mut tx = WriteTx { read: ReadTx { connection: tx::Connection::Sqlite(connection) }, group };
    if audited {
        audit::sequence(&mut tx)?;
    }
    search::index_sqlite(connection, &documents)
}

/// The statement without its row lock: a single writer needs none.
pub(crate) fn unlocked(statement: &'static str) -> &'static str {
    statement.strip_suffix(" FOR UPDATE").unwrap_or(statement)
}

fn run(connection: &Connection, statement: &'static str) -> Result<()> {
    connection.prepare_cached(statement)?.raw_execute()?;
    Ok(())
}
