//! The two engines and the one handle to either.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    str::FromStr,
    sync::{Arc, RwLock, mpsc},
};

use crate::{ReadTx, Result, StoreError, WriteTx};

/// Where the data is.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite:FILE`: the embedded engine.
    Sqlite(PathBuf),
    /// `postgres://USER@HOST/NAME?schema=SCHEMA`; the schema is `freehold` where none is named.
    Postgres {
        /// The address without our own `schema` parameter.
        url: String,
        /// The schema that holds this tenant's tables.
        schema: String,
    },
}

impl fmt::Debug for DatabaseUrl {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres { url, schema } => {
                let host = url.rsplit('@').next().unwrap_or_default();
                write!(f, "postgres://{}?schema={schema}", host.trim_start_matches("postgres://"))
            }
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if !path.is_empty() {
                return Ok(Self::Sqlite(path.into()));
            }
        } else if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            let (base, query) = text.split_once('?').unwrap_or((text, ""));
            let mut schema = "freehold".to_owned();
            let mut kept = Vec::new();
            for pair in query.split('&').filter(|pair| !pair.is_empty()) {
                match pair.strip_prefix("schema=") {
                    Some(name) => name.clone_into(&mut schema),
                    None => kept.push(pair),
                }
            }
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            if schema.is_empty() || schema.len() > 48 || !schema.chars().all(plain) {
                return Err(StoreError::Address(format!("…?schema={schema}")));
            }
            let url = if kept.is_empty() { base.to_owned() } else { format!("{base}?{}", kept.join("&")) };
            return Ok(Self::Postgres { url, schema });
        }
        Err(StoreError::Address(text.split('@').next_back().unwrap_or_default().to_owned()))
    }
}

/// Who is told that something was committed.
pub(crate) type Wakers = Arc<RwLock<Vec<Box<dyn Fn() + Send + Sync>>>>;

pub(crate) fn wake_all(wakers: &Wakers) {
    for waker in wakers.read().unwrap_or_else(std::sync::PoisonError::into_inner).iter() {
        waker();
    }
}

/// A handle to a tenant's database. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    engine: Arc<Engine>,
    wakers: Wakers,
}

enum Engine {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Pool),
}

/// Work that an engine runs in a transaction and answers after the commit.
pub(crate) trait WriteJob: Send {
    /// Does the work; `false` undoes it.
    fn run(&mut self, tx: &mut WriteTx<'_>) -> bool;

    /// Answers, with the fate of the commit.
    fn finish(self: Box<Self>, commit: Result<(), &StoreError>);
}

/// Work that an engine runs in a read transaction.
pub(crate) type ReadJob = Box<dyn FnOnce(Result<&mut ReadTx<'_>>) + Send>;

struct Job<F, T, E, D> {
    work: Option<F>,
    result: Option<Result<T, E>>,
    done: D,
}

impl<F, T, E, D> WriteJob for Job<F, T, E, D>
where
    F: FnOnce(&mut WriteTx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
    D: FnOnce(Result<T, E>) + Send,
{
    fn run(&mut self, tx: &mut WriteTx<'_>) -> bool {
        let Some(work) = self.work.take() else { return false };
        let result = catch_unwind(AssertUnwindSafe(|| work(tx)))
            .unwrap_or_else(|panic| Err(StoreError::Panicked(panic_text(panic.as_ref())).into()));
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn finish(self: Box<Self>, commit: Result<(), &StoreError>) {
        let result = match (self.result, commit) {
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (_, Err(StoreError::Busy)) => Err(StoreError::Busy.into()),
            (_, Err(error)) => Err(StoreError::Engine(error.to_string()).into()),
            (None, Ok(())) => Err(StoreError::Stopped.into()),
        };
        (self.done)(result);
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

impl Database {
    /// Opens the database, brings its schema up to date under a lock, and starts the engine's threads.
    pub fn open(url: &DatabaseUrl) -> Result<Self> {
        let wakers = Wakers::default();
        let engine = match url {
            DatabaseUrl::Sqlite(path) => Engine::Sqlite(sqlite::Sqlite::open(path, Arc::clone(&wakers))?),
            DatabaseUrl::Postgres { url, schema } => {
                Engine::Postgres(postgres::Pool::open(url, schema, Arc::clone(&wakers))?)
            }
        };
        Ok(Self { engine: Arc::new(engine), wakers })
    }

    /// Runs `work` in a read transaction and hands the answer to `done`: on this thread for SQLite, on one of the
    /// engine's threads for PostgreSQL.
    pub fn read<T, E>(
        &self,
        work: impl FnOnce(&mut ReadTx<'_>) -> Result<T, E> + Send + 'static,
        done: impl FnOnce(Result<T, E>) + Send + 'static,
    ) where
        E: From<StoreError>,
    {
        let job: ReadJob = Box::new(move |tx| match tx {
            Ok(tx) => {
                let result = catch_unwind(AssertUnwindSafe(|| work(tx)))
                    .unwrap_or_else(|panic| Err(StoreError::Panicked(panic_text(panic.as_ref())).into()));
                done(result);
            }
            Err(error) => done(Err(error.into())),
        });
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.read(job),
            Engine::Postgres(pool) => pool.submit(postgres::Work::Read(job)),
        }
    }

    /// Runs `work` in a write transaction and hands the answer to `done` after the commit is on disk. An error undoes
    /// everything that `work` did.
    pub fn write<T, E>(
        &self,
        work: impl FnOnce(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
        done: impl FnOnce(Result<T, E>) + Send + 'static,
    ) where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let job = Box::new(Job { work: Some(work), result: None, done });
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.write(job),
            Engine::Postgres(pool) => pool.submit(postgres::Work::Write(job)),
        }
    }

    /// [`Self::read`], waiting for the answer. Not for use on an asynchronous thread.
    pub fn read_now<T, E>(
        &self,
        work: impl FnOnce(&mut ReadTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (answer, wait) = mpsc::sync_channel(1);
        self.read(work, move |result| drop(answer.send(result)));
        wait.recv().unwrap_or_else(|_| Err(StoreError::Stopped.into()))
    }

    /// [`Self::write`], waiting for the answer. Not for use on an asynchronous thread.
    pub fn write_now<T, E>(
        &self,
        work: impl FnOnce(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (answer, wait) = mpsc::sync_channel(1);
        self.write(work, move |result| drop(answer.send(result)));
        wait.recv().unwrap_or_else(|_| Err(StoreError::Stopped.into()))
    }

    /// Calls `waker` after each commit that said [`WriteTx::wake`], in this process or another. It must not wait.
    pub fn on_wake(&self, waker: impl Fn() + Send + Sync + 'static) {
        self.wakers.write().unwrap_or_else(std::sync::PoisonError::into_inner).push(Box::new(waker));
    }

    /// The engine's name and version, for people.
    pub fn describe(&self) -> String {
        match &*self.engine {
            Engine::Sqlite(_) => format!("SQLite {}", rusqlite::version()),
            Engine::Postgres(pool) => pool.describe(),
        }
    }
}
