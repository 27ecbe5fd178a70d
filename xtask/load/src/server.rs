//! A `freehold serve` to work against: started, watched, killed, started again.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

use crate::http::{Client, Request};

/// Longer than any start takes, recovery of the database included.
const PATIENCE: Duration = Duration::from_mins(2);

/// Where a desk is: its program, folder and database.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) program: PathBuf,
    pub(crate) data: PathBuf,
    /// SQLite in the folder where none is named.
    pub(crate) database: Option<String>,
}

/// A running server. Dropping it kills it.
pub(crate) struct Server {
    place: Place,
    process: Child,
    address: SocketAddr,
}

/// The limiter would measure itself.
const CONFIGURATION: &str = "log_level = \"warn\"\n[limits]\nper_second = 0\n";

impl Place {
    /// A command of the program at this place.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"FREEHOLD_") {
                command.env_remove(name);
            }
        }
        command.args(arguments).arg("--data").arg(&self.data);
        if let Some(database) = &self.database {
            // By the environment: a password is nothing for the list of processes.
            command.env("FREEHOLD_DATABASE", database);
        }
        command
    }

    /// Where the server's standard error goes.
    pub(crate) fn log(&self) -> PathBuf {
        self.data.with_extension("log")
    }

    /// What the server said last.
    pub(crate) fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// Starts a server and waits for the line with its address.
    pub(crate) fn serve(&self) -> anyhow::Result<Server> {
        let configuration = self.data.with_extension("toml");
        std::fs::write(&configuration, CONFIGURATION)?;
        let log = File::options().create(true).append(true).open(self.log())?;
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.arg("--config").arg(configuration).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut process =
            command.spawn().with_context(|| format!("cannot start {}", self.program.display()))?;
        let output = process.stdout.take().context("standard output was asked for")?;
        let (found, address) = mpsc::channel();
        // Read to its end, so that the server never waits for somebody to listen.
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if let Some(address) =
                    line.strip_prefix("serving on http://").and_then(|rest| rest.parse().ok())
                {
                    // Nobody listens any more once the first address has come.
                    let _ = found.send(address);
                }
            }
        });
        // Made before the wait, so that a server that says nothing is killed too.
        let unspecified = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Server { place: self.clone(), process, address: unspecified };
        match address.recv_timeout(PATIENCE) {
            Ok(address) => server.address = address,
            Err(_) => bail!("the server does not start; it said:\n{}", self.last_words()),
        }
        Ok(server)
    }
}

impl Server {
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// Ends it as a loss of power would: no signal handler runs (SIGKILL).
    pub(crate) fn kill(mut self) -> anyhow::Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Asks it to stop and waits until it has.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        let id = self.process.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status()?;
        ensure!(asked.success(), "cannot signal the server");
        let status = self.process.wait()?;
        ensure!(status.success(), "the server stopped with {status}; it said:\n{}", self.place.last_words());
        Ok(())
    }

    /// Waits for the first healthy answer.
    pub(crate) fn wait_until_healthy(&self) -> anyhow::Result<()> {
        let (began, mut client) = (Instant::now(), self.client());
        while began.elapsed() < PATIENCE {
            if client.send(&Request::get("/healthz")).is_ok_and(|answer| answer.is_success()) {
                return Ok(());
            }
        }
        bail!("the server never becomes healthy; it said:\n{}", self.place.last_words())
    }

    /// Its resident memory in KiB (`VmRSS` in proc(5)).
    pub(crate) fn resident_kib(&self) -> Option<u64> {
        let status =
            std::fs::read_to_string(Path::new("/proc").join(self.process.id().to_string()).join("status"));
        let status = status.ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().strip_suffix("kB")?.trim().parse().ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already, which is what we want.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
