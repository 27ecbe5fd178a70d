//! PostgreSQL: worker threads with a connection each, a steward that sequences the audit log and sends word of news, and
//! a listener that receives it.

mod connection;

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError, mpsc},
    time::Duration,
};

use postgres::{Client, NoTls, fallible_iterator::FallibleIterator};

pub(crate) use self::connection::Connection;

use super::{ReadJob, Wakers, WriteJob, sqlite::Group, wake_all};
use crate::{ReadTx, Result, StoreError, WriteTx, audit, migrate, tx};

/// Connections that work; two more stand beside them.
const WORKERS: usize = 8;

/// How long news may wait when the word of it was lost with a connection.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long the steward rests after its work, so that what is committed meanwhile shares the next. Nobody waits for it but
/// live pages.
const GATHERING: Duration = Duration::from_millis(3);

/// The channel of NOTIFY.
const CHANNEL: &str = "freehold";

/// Held until the commit by whoever gives audit records their places.
const ONE_SEQUENCER: &str = "SELECT pg_advisory_xact_lock(hashtext('freehold audit ' || current_schema()))";

pub(crate) enum Work {
    Read(ReadJob),
    Write(Box<dyn WriteJob>),
}

pub(crate) struct Pool {
    jobs: mpsc::Sender<Work>,
    version: String,
}

/// What the workers ask of the steward.
#[derive(Default)]
struct Chores {
    state: Mutex<ChoreState>,
    changed: Condvar,
}

#[derive(Default)]
struct ChoreState {
    sequence: bool,
    notify: bool,
    stop: bool,
}

impl Chores {
    fn ask(&self, group: &Group) {
        if group.audited || group.wake {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.sequence |= group.audited;
            state.notify |= group.wake;
            self.changed.notify_one();
        }
    }
}

impl Pool {
    pub(crate) fn open(url: &str, schema: &str, wakers: Wakers) -> Result<Self> {
        let mut first = Client::connect(url, NoTls)?;
        let version: String = first.query_one("SHOW server_version", &[])?.get(0);
        migrate::postgres(&mut first, schema)?;
        drop(first);

        let (jobs, inbox) = mpsc::channel();
        let inbox = Arc::new(Mutex::new(inbox));
        let chores = Arc::new(Chores::default());
        for number in 0..WORKERS {
            let worker = Worker {
                url: url.to_owned(),
                schema: schema.to_owned(),
                inbox: Arc::clone(&inbox),
                chores: Arc::clone(&chores),
            };
            spawn(format!("postgres worker {number}"), move || worker.work())?;
        }
        let (steward_url, steward_schema, steward_chores) =
            (url.to_owned(), schema.to_owned(), Arc::clone(&chores));
        spawn("postgres steward".to_owned(), move || {
            steward(&steward_url, &steward_schema, &steward_chores);
        })?;
        let (listener_url, stop) = (url.to_owned(), Arc::downgrade(&chores));
        let name = schema.to_owned();
        spawn("postgres listener".to_owned(), move || {
            while stop.strong_count() > 0 {
                if listen(&listener_url, &name, &wakers, || stop.strong_count() > 0).is_err() {
                    std::thread::sleep(PATIENCE);
                }
            }
        })?;
        Ok(Self { jobs, version: format!("PostgreSQL {version}") })
    }

    pub(crate) fn submit(&self, work: Work) {
        if let Err(mpsc::SendError(work)) = self.jobs.send(work) {
            refuse(work, &StoreError::Stopped);
        }
    }

    pub(crate) fn describe(&self) -> String {
        self.version.clone()
    }
}

fn spawn(name: String, body: impl FnOnce() + Send + 'static) -> Result<()> {
    std::thread::Builder::new()
        .name(name)
        .spawn(body)
        .map(drop)
        .map_err(|error| StoreError::Engine(error.to_string()))
}

fn refuse(work: Work, error: &StoreError) {
    match work {
        Work::Read(job) => job(Err(StoreError::Engine(error.to_string()))),
        Work::Write(job) => job.finish(Err(error)),
    }
}

struct Worker {
    url: String,
    schema: String,
    inbox: Arc<Mutex<mpsc::Receiver<Work>>>,
    chores: Arc<Chores>,
}

impl Worker {
    fn work(self) {
        let mut connection = None;
        loop {
            let next = self.inbox.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(work) = next else { break };
            let open = match connection.take() {
                Some(open) => Ok(open),
                None => Connection::open(&self.url, &self.schema),
            };
            match open {
                Err(error) => refuse(work, &error),
                Ok(mut open) => {
                    match work {
                        Work::Read(job) => read(&mut open, job),
                        Work::Write(job) => self.write(&mut open, job),
                    }
                    if !open.is_closed() {
                        connection = Some(open);
                    }
                }
            }
        }
        self.chores.state.lock().unwrap_or_else(PoisonError::into_inner).stop = true;
        self.chores.changed.notify_all();
    }

    fn write(&self, connection: &mut Connection, mut job: Box<dyn WriteJob>) {
        let mut group = Group::default();
        let commit = transaction(connection, |tx_connection| {
            let read = ReadTx { connection: tx::Connection::Postgres(tx_connection) };
            job.run(&mut WriteTx { read, group: &mut group })
        });
        if commit.is_ok() {
            self.chores.ask(&group);
        }
        job.finish(commit.as_ref().copied());
    }
}

fn read(connection: &mut Connection, job: ReadJob) {
    connection.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    job(Ok(&mut ReadTx { connection: tx::Connection::Postgres(connection) }));
    // A read that failed leaves nothing behind; a connection that failed is replaced.
    drop(connection.roll_back());
}

fn transaction(connection: &mut Connection, work: impl FnOnce(&mut Connection) -> bool) -> Result<()> {
    connection.begin("BEGIN");
    if !work(connection) {
        return connection.roll_back();
    }
    let commit = connection.commit();
    if commit.is_err() {
        // Where the commit itself was never sent, what it would have ended goes on.
        drop(connection.roll_back());
    }
    commit
}

/// Gives audit records their place in the tree and sends word of news, after the commits that asked for it and beside
/// them: neither the log's lock nor NOTIFY's, which is one for the whole cluster, is ever held by a command.
fn steward(url: &str, schema: &str, chores: &Chores) {
    let mut connection = None;
    loop {
        let (sequence, notify) = {
            let state = chores.state.lock().unwrap_or_else(PoisonError::into_inner);
            let (mut state, waited) = chores
                .changed
                .wait_timeout_while(state, PATIENCE, |state| !(state.sequence || state.notify || state.stop))
                .unwrap_or_else(PoisonError::into_inner);
            if state.stop && !state.sequence {
                return;
            }
            // After a quiet second, look for what a process left behind that was killed between commit and sequencing.
            let sequence = std::mem::take(&mut state.sequence) || waited.timed_out();
            (sequence, std::mem::take(&mut state.notify))
        };
        let done = match connection.take().map_or_else(|| Connection::open(url, schema), Ok) {
            Err(error) => Err(error),
            Ok(mut open) => {
                let outcome = chore(&mut open, schema, sequence, notify);
                connection = (!open.is_closed()).then_some(open);
                outcome
            }
        };
        if done.is_ok() {
            std::thread::sleep(GATHERING);
        }
        if let Err(error) = done {
            tracing::warn!(%error, "the audit log's sequencer will try again");
            let mut state = chores.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.sequence |= sequence && !state.stop;
            state.notify |= notify;
            drop(state);
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

fn chore(connection: &mut Connection, schema: &str, sequence: bool, notify: bool) -> Result<()> {
    let mut outcome = Ok(());
    let work = |open: &mut Connection| -> Result<()> {
        if sequence {
            open.execute_later(ONE_SEQUENCER, &[])?;
            let read = ReadTx { connection: tx::Connection::Postgres(&mut *open) };
            audit::sequence(&mut WriteTx { read, group: &mut Group::default() })?;
        }
        if notify {
            open.execute_later("SELECT pg_notify($1, $2)", &[CHANNEL.into(), schema.into()])?;
        }
        Ok(())
    };
    let commit = transaction(connection, |open| {
        outcome = work(open);
        outcome.is_ok()
    });
    outcome.and(commit)
}

fn listen(url: &str, schema: &str, wakers: &Wakers, go_on: impl Fn() -> bool) -> Result<()> {
    let mut client = Client::connect(url, NoTls)?;
    client.batch_execute(&format!("LISTEN {CHANNEL}"))?;
    // Whatever was announced while nobody listened.
    wake_all(wakers);
    while go_on() {
        let mut notifications = client.notifications();
        let mut iter = notifications.timeout_iter(PATIENCE);
        while let Some(notification) = iter.next()? {
            if notification.payload() == schema {
                wake_all(wakers);
            }
        }
        drop(iter);
        drop(notifications);
        client.is_valid(PATIENCE)?;
    }
    Ok(())
}
