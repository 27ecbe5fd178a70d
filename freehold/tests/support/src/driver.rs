//! `chromedriver`: one process for each browser, on a port of its own choosing, gone with its owner.

use std::io::{BufRead as _, BufReader, Lines, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;

/// How often a driver is started anew. It finds a free port for one family of addresses and ends if the other
/// family has it taken, which happens when many tests start at once.
const STARTS: usize = 5;

/// The end of a session takes the browser a moment; longer than this, and it is killed.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Driver {
    process: Child,
    port: u16,
    /// Kept open: a driver that cannot say what it has to say ends.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Driver {
    pub(crate) fn start() -> anyhow::Result<Self> {
        let program = program("FREEHOLD_TEST_CHROMEDRIVER", "chromedriver");
        for _ in 0..STARTS {
            if let Some(driver) = Self::start_once(&program)? {
                return Ok(driver);
            }
        }
        anyhow::bail!("chromedriver ended {STARTS} times without naming its port")
    }

    /// `None` if the driver ended before it named a port.
    fn start_once(program: &Path) -> anyhow::Result<Option<Self>> {
        let mut process = Command::new(program)
            .args(["--port=0", "--log-level=SEVERE"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| {
                format!(
                    "cannot start {}: run through `cargo xtask test`, which provides it",
                    program.display()
                )
            })?;
        let mut output =
            BufReader::new(process.stdout.take().context("standard output was asked for")?).lines();
        // "ChromeDriver was started successfully on port 41229."
        let port = output
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok());
        let Some(port) = port else {
            process.wait()?;
            return Ok(None);
        };
        Ok(Some(Self { process, port, _output: output }))
    }

    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends the sessions, which closes their browsers: killing the driver alone would leave them running.
    fn shut_down(&self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(stream, "GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        stream.read_to_end(&mut Vec::new()).map(drop)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Best effort on the way out: the process may be gone already.
        let _ = self.shut_down();
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The program that the environment names, or the one of this name on `PATH`.
pub(crate) fn program(variable: &str, name: &str) -> PathBuf {
    std::env::var_os(variable).unwrap_or_else(|| name.into()).into()
}
