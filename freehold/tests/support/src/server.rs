//! A running `freehold`, in a folder and on a port of its own.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

/// Long enough to make a sample organisation with a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_mins(3);

const ANY_PORT: &str = "127.0.0.1:0";

/// How to start one: `Server::of(env!("CARGO_BIN_EXE_freehold")).arg("demo").start()`.
pub struct Plan {
    program: PathBuf,
    arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    data: Option<PathBuf>,
}

/// A server that answers. Dropping it kills it and removes the folder made for it.
pub struct Server {
    plan: Plan,
    process: Child,
    address: String,
    output: Output,
    data: Folder,
}

type Output = Arc<Mutex<String>>;

enum Folder {
    /// Made for this server, and removed with it.
    Ours(TempDir),
    Theirs(PathBuf),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Ours(folder) => folder.path(),
            Self::Theirs(folder) => folder,
        }
    }
}

impl Plan {
    /// The command and its options, beyond `--data` and `--listen`.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// A variable of the environment. None that begins with `FREEHOLD_` is inherited.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Uses this folder and leaves it in place.
    #[must_use]
    pub fn data(mut self, folder: impl Into<PathBuf>) -> Self {
        self.data = Some(folder.into());
        self
    }

    /// Starts it and waits for the line with its address.
    pub fn start(self) -> anyhow::Result<Server> {
        let data = match &self.data {
            Some(folder) => Folder::Theirs(folder.clone()),
            None => Folder::Ours(tempfile::Builder::new().prefix("freehold-data-").tempdir()?),
        };
        let output = Output::default();
        let (process, address) = self.spawn(data.path(), ANY_PORT, &output)?;
        Ok(Server { plan: self, process, address, output, data })
    }

    fn spawn(&self, data: &Path, listen: &str, output: &Output) -> anyhow::Result<(Child, String)> {
        let mut command = Command::new(&self.program);
        let inherited = std::env::vars_os().map(|(name, _)| name);
        for name in inherited.filter(|name| name.as_encoded_bytes().starts_with(b"FREEHOLD_")) {
            command.env_remove(name);
        }
        command.args(&self.arguments).arg("--data").arg(data).args(["--listen", listen]);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let process = command.spawn().with_context(|| format!("cannot start {}", self.program.display()))?;

        let mut process = Killed(Some(process));
        let child = process.0.as_mut().context("just put there")?;
        let (found, addresses) = mpsc::channel();
        follow(child.stdout.take().context("standard output was asked for")?, output, found.clone());
        follow(child.stderr.take().context("standard error was asked for")?, output, found);
        let why = match addresses.recv_timeout(PATIENCE) {
            Ok(address) => return Ok((process.0.take().context("taken once")?, address)),
            Err(RecvTimeoutError::Timeout) => "says no address",
            Err(RecvTimeoutError::Disconnected) => "ended before it said its address",
        };
        bail!("{} {why}; it said:\n{}", self.program.display(), read(output))
    }
}

impl Server {
    /// Prepares a server of this program. In a test of the `freehold` package: `env!("CARGO_BIN_EXE_freehold")`.
    pub fn of(program: impl Into<PathBuf>) -> Plan {
        Plan { program: program.into(), arguments: Vec::new(), variables: Vec::new(), data: None }
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The address of a path that begins with a slash.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Its data folder.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Everything it has printed so far, on both streams, over all its starts.
    pub fn output(&self) -> String {
        read(&self.output)
    }

    /// The process, for measurements.
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Ends it as a loss of power would: no signal handler runs.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Asks it to stop (SIGTERM) and waits until it has.
    pub fn stop(&mut self) -> anyhow::Result<ExitStatus> {
        let asked = Command::new("kill").arg("-TERM").arg(self.process.id().to_string()).status()?;
        anyhow::ensure!(asked.success(), "cannot signal the server");
        Ok(self.process.wait()?)
    }

    /// Starts it again over the same data, on another port, and says how long that took: from the start of the
    /// process to the line with its address.
    pub fn start_again(&mut self) -> anyhow::Result<Duration> {
        self.kill()?;
        let started = Instant::now();
        (self.process, self.address) = self.plan.spawn(self.data.path(), ANY_PORT, &self.output)?;
        Ok(started.elapsed())
    }

    /// Starts it again where it was, so that pages that are open find it again.
    pub fn start_again_in_place(&mut self) -> anyhow::Result<()> {
        self.kill()?;
        let listen = self.address.trim_start_matches("http://").to_owned();
        (self.process, self.address) = self.plan.spawn(self.data.path(), &listen, &self.output)?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already, which is what we want.
        let _ = self.kill();
        if thread::panicking() {
            eprintln!("── the server said ──\n{}", read(&self.output));
        }
    }
}

/// A process that does not outlive a failed start.
struct Killed(Option<Child>);

impl Drop for Killed {
    fn drop(&mut self) {
        if let Some(mut process) = self.0.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Keeps what a stream says, so that the pipe never fills, and passes the first address on.
fn follow(stream: impl Read + Send + 'static, output: &Output, found: Sender<String>) {
    let output = Arc::clone(output);
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut said = output.lock().unwrap_or_else(PoisonError::into_inner);
            said.push_str(&line);
            said.push('\n');
            drop(said);
            if let Some(address) = address_in(&line) {
                // Nobody listens any more once a first address has come.
                let _ = found.send(address);
            }
        }
    });
}

fn read(output: &Output) -> String {
    output.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// `http://127.0.0.1:PORT`, wherever it is in the line and whatever path follows.
fn address_in(line: &str) -> Option<String> {
    let start = line.find("http://127.0.0.1:")?;
    let address = &line[start..];
    let port = &address["http://127.0.0.1:".len()..];
    let digits = port.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0).then(|| address[..address.len() - port.len() + digits].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_a_sentence() {
        let line = "Freehold serves http://127.0.0.1:40123/setup/abc — open it to begin";
        assert_eq!(address_in(line).as_deref(), Some("http://127.0.0.1:40123"));
        assert_eq!(address_in("listening on http://127.0.0.1:"), None);
        assert_eq!(address_in("listening on 127.0.0.1:8080"), None);
    }

    #[test]
    fn a_server_is_reached_at_the_address_it_prints() {
        let server = Server::of("/bin/sh")
            .arg("-c")
            .arg("echo starting; echo at http://127.0.0.1:4321/ >&2; exec sleep 60")
            .start()
            .unwrap();
        assert_eq!(server.at("/desk"), "http://127.0.0.1:4321/desk");
        assert!(server.output().contains("4321"), "what it said is kept: {}", server.output());
    }

    #[test]
    fn a_server_that_cannot_start_says_why() {
        let failed = Server::of("/bin/sh").arg("-c").arg("echo the port is taken >&2; exit 1").start();
        let Err(error) = failed else { panic!("it started") };
        assert!(error.to_string().contains("the port is taken"), "{error}");
    }

    #[test]
    fn the_folder_made_for_a_server_goes_with_it() {
        let server =
            Server::of("/bin/sh").arg("-c").arg("echo http://127.0.0.1:1; exec sleep 60").start().unwrap();
        let data = server.data().to_owned();
        assert!(data.is_dir());
        drop(server);
        assert!(!data.exists());
    }
}
