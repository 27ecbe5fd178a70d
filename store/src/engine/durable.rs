//! Commits of SQLite become durable while the commands that follow them run.
//!
//! With `synchronous = NORMAL` a commit is in the write-ahead log, whole or not at all, but not yet on disk
//! (<https://www.sqlite.org/pragma.html#pragma_synchronous>). The log is synced here, once for all commits that wait for it, and
//! nobody learns of a commit before: neither who asked for it, nor who reads what it wrote. So the disk and the processor work at the
//! same time, and what is promised is what `synchronous = FULL` promises.
//!
//! A disk that refuses to keep the log ends it: what is in memory and what is on disk may differ from then on, and only opening
//! the database anew tells (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020).

use std::{
    fs::File,
    io,
    path::PathBuf,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread::JoinHandle,
};

use super::{ReadAnswer, Wakers, WriteJob, wake_all};
use crate::{Result, StoreError};

/// Brings everything that was written to the log so far to the disk.
pub(super) type SyncLog = Box<dyn Fn() -> io::Result<()> + Send + Sync>;

/// The write-ahead log of the database at `path`. Its connections neither replace nor remove it while one of them is open.
pub(super) fn log_of(path: &std::path::Path) -> SyncLog {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    let name = PathBuf::from(name);
    let open = OnceLock::new();
    Box::new(move || {
        // No connection locks this file, so closing the handle takes nobody's lock away.
        let file: &File = if let Some(file) = open.get() {
            file
        } else {
            let file = File::options().write(true).open(&name)?;
            open.get_or_init(|| file)
        };
        file.sync_data()
    })
}

/// A commit that is not known to be on disk.
pub(super) struct Commit {
    /// Its number, from [`Durable::begin`].
    pub(super) number: u64,
    /// What SQLite said.
    pub(super) outcome: Result<()>,
    /// Whose it is.
    pub(super) jobs: Vec<Box<dyn WriteJob>>,
    /// Somebody else should be told, too.
    pub(super) wake: bool,
}

/// What is on disk, and who waits for what is not.
pub(super) struct Durable {
    sync: SyncLog,
    wakers: Wakers,
    /// Commits that were begun: whatever a reader can have seen.
    begun: AtomicU64,
    /// Commits that are on disk, each with all before it.
    synced: AtomicU64,
    failed: OnceLock<String>,
    readers: Mutex<Vec<(u64, ReadAnswer)>>,
}

impl Durable {
    pub(super) fn new(sync: SyncLog, wakers: Wakers) -> Self {
        Self {
            sync,
            wakers,
            begun: AtomicU64::new(0),
            synced: AtomicU64::new(0),
            failed: OnceLock::new(),
            readers: Mutex::default(),
        }
    }

    /// Before SQLite is told to commit: from now on readers may see it.
    pub(super) fn begin(&self) -> u64 {
        self.begun.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Why nothing can be written any more, if so.
    pub(super) fn failure(&self) -> Option<StoreError> {
        self.failed.get().map(|why| StoreError::Engine(why.clone()))
    }

    /// Answers a reader as soon as everything that it can have seen is on disk. To be called after it has read.
    pub(super) fn answer(&self, answer: ReadAnswer) {
        let seen = self.begun.load(Ordering::SeqCst);
        if self.failed.get().is_none() && seen > self.synced.load(Ordering::SeqCst) {
            let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
            // Whoever syncs looks for readers after it has said what is synced, and holds the lock for that.
            if self.failed.get().is_none() && seen > self.synced.load(Ordering::SeqCst) {
                return readers.push((seen, answer));
            }
        }
        match self.failure() {
            // What was on disk before the failure still is, but nobody can tell it from the rest.
            Some(error) => answer(Err(&error)),
            None => answer(Ok(())),
        }
    }

    /// Syncs once for these commits, and answers whoever waits for them.
    pub(super) fn settle(&self, commits: Vec<Commit>) {
        // Where a commit failed, one before it may still wait for the disk in another thread's hands.
        if self.failed.get().is_none()
            && let Err(error) = (self.sync)()
        {
            tracing::error!(%error, "the disk did not keep the log; the desk must be started again");
            let why =
                format!("the disk did not keep what was written, so the desk must be started again: {error}");
            // Only the first failure is told.
            drop(self.failed.set(why));
        }
        let failure = self.failure();
        if failure.is_none() {
            let last = commits.iter().map(|commit| commit.number).max().unwrap_or_default();
            self.synced.fetch_max(last, Ordering::SeqCst);
            if commits.iter().any(|commit| commit.wake && commit.outcome.is_ok()) {
                wake_all(&self.wakers);
            }
        }
        for Commit { outcome, jobs, .. } in commits {
            let fate = match (&outcome, &failure) {
                (Ok(()), Some(error)) => Err(error),
                (outcome, _) => outcome.as_ref().copied(),
            };
            for job in jobs {
                job.finish(fate);
            }
        }
        let synced = self.synced.load(Ordering::SeqCst);
        let ready: Vec<_> = {
            let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
            readers.extract_if(.., |(seen, _)| failure.is_some() || *seen <= synced).collect()
        };
        for (_, answer) in ready {
            answer(failure.as_ref().map_or(Ok(()), Err));
        }
    }
}

/// The thread that syncs, beside the one that writes.
pub(super) struct Syncer {
    pub(super) commits: mpsc::Sender<Commit>,
    pub(super) thread: JoinHandle<()>,
}

impl Syncer {
    pub(super) fn start(durable: Arc<Durable>) -> Result<Self> {
        let (commits, inbox) = mpsc::channel::<Commit>();
        let thread = std::thread::Builder::new()
            .name("sqlite syncer".to_owned())
            .spawn(move || {
                while let Ok(first) = inbox.recv() {
                    durable.settle(std::iter::once(first).chain(inbox.try_iter()).collect());
                }
            })
            .map_err(|error| StoreError::Engine(error.to_string()))?;
        Ok(Self { commits, thread })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, atomic::AtomicBool, mpsc};

    use super::*;
    use crate::WriteTx;

    /// A command that says when it is answered, and how.
    struct Told(mpsc::Sender<Result<(), String>>);

    impl WriteJob for Told {
        fn run(&mut self, _: &mut WriteTx<'_>) -> bool {
            true
        }

        fn finish(self: Box<Self>, commit: Result<(), &StoreError>) {
            self.0.send(commit.map_err(ToString::to_string)).unwrap();
        }
    }

    fn commit(number: u64) -> (Commit, mpsc::Receiver<Result<(), String>>) {
        let (tell, told) = mpsc::channel();
        (Commit { number, outcome: Ok(()), jobs: vec![Box::new(Told(tell))], wake: true }, told)
    }

    fn reader(durable: &Durable) -> mpsc::Receiver<Result<(), String>> {
        let (tell, told) = mpsc::channel();
        durable.answer(Box::new(move |lasts| tell.send(lasts.map_err(ToString::to_string)).unwrap()));
        told
    }

    fn durable(sync: impl Fn() -> io::Result<()> + Send + Sync + 'static) -> Arc<Durable> {
        Arc::new(Durable::new(Box::new(sync), Wakers::default()))
    }

    #[test]
    fn nobody_learns_of_a_commit_before_the_disk_has_it() {
        let (let_go, held) = mpsc::channel::<()>();
        let (tell_entered, entered) = mpsc::channel();
        let held = Mutex::new(held);
        let durable = durable(move || {
            tell_entered.send(()).unwrap();
            held.lock().unwrap().recv().unwrap();
            Ok(())
        });
        let woken = Arc::new(AtomicBool::new(false));
        let wake = Arc::clone(&woken);
        durable.wakers.write().unwrap().push(Box::new(move || wake.store(true, Ordering::SeqCst)));
        assert_eq!(reader(&durable).try_recv(), Ok(Ok(())), "what was there before is there");

        let (one, first) = commit(durable.begin());
        let syncer = Syncer::start(Arc::clone(&durable)).unwrap();
        syncer.commits.send(one).unwrap();
        entered.recv().unwrap();
        // Written while the disk is at work, and read.
        let (two, second) = commit(durable.begin());
        let read = reader(&durable);
        syncer.commits.send(two).unwrap();
        assert!(first.try_recv().is_err() && second.try_recv().is_err() && read.try_recv().is_err());
        assert!(!woken.load(Ordering::SeqCst));

        let_go.send(()).unwrap();
        assert_eq!(first.recv(), Ok(Ok(())));
        entered.recv().unwrap();
        // The first sync began before the second commit: it says nothing of it, nor of who may have read it.
        assert!(second.try_recv().is_err() && read.try_recv().is_err());
        let_go.send(()).unwrap();
        assert_eq!(second.recv(), Ok(Ok(())));
        assert_eq!(read.recv(), Ok(Ok(())));
        assert!(woken.load(Ordering::SeqCst));
        drop(syncer.commits);
        syncer.thread.join().unwrap();
    }

    #[test]
    fn a_disk_that_fails_ends_it_for_writers_and_readers() {
        let broken = Arc::new(AtomicBool::new(false));
        let fails = Arc::clone(&broken);
        let durable =
            durable(
                move || {
                    if fails.load(Ordering::SeqCst) { Err(io::Error::other("I/O error")) } else { Ok(()) }
                },
            );
        let (one, first) = commit(durable.begin());
        durable.settle(vec![one]);
        assert_eq!(first.recv(), Ok(Ok(())));

        broken.store(true, Ordering::SeqCst);
        let (two, second) = commit(durable.begin());
        let read = reader(&durable);
        durable.settle(vec![two]);
        assert!(second.recv().unwrap().unwrap_err().contains("the desk must be started again"));
        assert!(read.recv().unwrap().is_err());

        // It does not come back by itself: what it lost in between is nowhere noted.
        broken.store(false, Ordering::SeqCst);
        let (three, third) = commit(durable.begin());
        durable.settle(vec![three]);
        assert!(third.recv().unwrap().is_err() && reader(&durable).recv().unwrap().is_err());
        assert!(durable.failure().is_some());
    }

    #[test]
    fn a_commit_that_failed_holds_nobody_up() {
        let durable = durable(|| Ok(()));
        let (tell, told) = mpsc::channel();
        let outcome = Err(StoreError::Busy);
        let failed =
            Commit { number: durable.begin(), outcome, jobs: vec![Box::new(Told(tell))], wake: false };
        let read = reader(&durable);
        durable.settle(vec![failed]);
        assert!(told.recv().unwrap().is_err());
        assert_eq!(read.recv(), Ok(Ok(())));
    }
}
