//! A private PostgreSQL for one run: made in a temporary folder, gone with the run however the run ends.

use std::fs::File;
use std::io::Read as _;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, bail};

use crate::process::{cannot_start, output};
use crate::tools;

/// What a commit is worth.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// On disk before it is acknowledged, as in production.
    Kept,
    /// Lost if the machine stops: right for tests, which outlive no crash, and several times faster.
    Waived,
}

/// A running server. Dropping it stops the server and removes its folder; so does the end of this process by any
/// means, a signal included.
pub(crate) struct Cluster {
    address: String,
    programs: PathBuf,
    warden: Child,
}

/// Waits for the end of its standard input, which comes when the process that holds the other end lets go or dies.
const WARDEN: &str = r#"trap '' HUP INT TERM
read -r _
"$1/pg_ctl" stop --pgdata="$2/data" --mode=immediate --silent
rm -rf "$2""#;

/// Somebody else may take the free port between our looking and the server's binding.
const PORTS_TO_TRY: u32 = 5;

impl Cluster {
    /// Makes a cluster and waits until it answers.
    pub(crate) fn start(durability: Durability) -> anyhow::Result<Self> {
        let programs =
            tools::postgres_programs().context("PostgreSQL's server programs are not installed")?;
        let owner = Owner::choose()?;
        let folder = tempfile::Builder::new().prefix("freehold-postgres-").tempdir()?.keep();
        owner.give(&folder)?;
        let mut warden = owner.command("sh", &folder);
        warden.args(["-c", WARDEN, "warden"]).args([&programs, &folder]);
        warden.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let warden = warden.spawn().with_context(|| cannot_start(&warden))?;
        // From here on the folder is the warden's to remove.
        let mut cluster = Self { address: String::new(), programs, warden };

        let password = random_word()?;
        let password_file = folder.join("password");
        std::fs::write(&password_file, &password)?;
        owner.give(&password_file)?;
        output(
            cluster
                .program(&owner, &folder, "initdb")
                .args(["--username=freehold", "--auth-local=trust", "--auth-host=scram-sha-256"])
                .args(["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"])
                .arg("--pgdata=data")
                .arg("--pwfile=password"),
        )?;
        let port = cluster.listen(&owner, &folder, durability)?;
        output(cluster.program(&owner, &folder, "createdb").arg("--host").arg(&folder).args([
            "--port",
            &port.to_string(),
            "--username=freehold",
            "freehold",
        ]))?;
        cluster.address = format!("postgres://freehold:{password}@127.0.0.1:{port}/freehold");
        Ok(cluster)
    }

    /// `postgres://…` of a database that is empty at the start of the run and whose owner may do anything.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The folder of the programs that belong to this server: a client's tools must not be older than the server.
    pub(crate) fn programs(&self) -> &Path {
        &self.programs
    }

    fn listen(&self, owner: &Owner, folder: &Path, durability: Durability) -> anyhow::Result<u16> {
        let speed = match durability {
            Durability::Kept => "",
            Durability::Waived => "-c fsync=off -c synchronous_commit=off -c full_page_writes=off",
        };
        for _ in 0..PORTS_TO_TRY {
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
            let options = format!(
                "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={} -c max_connections=300 \
                 -c log_min_messages=fatal {speed}",
                folder.display()
            );
            let started = self
                .program(owner, folder, "pg_ctl")
                .args(["start", "--wait", "--silent", "--pgdata=data", "--log=log", "--options", &options])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()?;
            if started.success() {
                return Ok(port);
            }
        }
        let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        bail!("the private PostgreSQL does not start: {}", log.trim_end())
    }

    fn program(&self, owner: &Owner, folder: &Path, name: &str) -> Command {
        owner.command(self.programs.join(name), folder)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.warden.stdin.take());
        if let Err(error) = self.warden.wait() {
            eprintln!("cannot wait for PostgreSQL to stop: {error}");
        }
    }
}

/// Who runs the server: PostgreSQL refuses to run as root.
enum Owner {
    Ourselves,
    Other { user: u32, group: u32 },
}

impl Owner {
    fn choose() -> anyhow::Result<Self> {
        if !tools::is_root() {
            return Ok(Self::Ourselves);
        }
        let id = |option: &str, name: &str| -> anyhow::Result<u32> {
            Ok(output(Command::new("id").args([option, name]))?.parse()?)
        };
        for name in ["postgres", "nobody"] {
            if let (Ok(user), Ok(group)) = (id("-u", name), id("-g", name)) {
                return Ok(Self::Other { user, group });
            }
        }
        bail!("PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as")
    }

    fn give(&self, path: &Path) -> anyhow::Result<()> {
        let private = if path.is_dir() { 0o700 } else { 0o600 };
        std::fs::set_permissions(path, PermissionsExt::from_mode(private))?;
        match *self {
            Self::Ourselves => Ok(()),
            Self::Other { user, group } => Ok(chown(path, Some(user), Some(group))?),
        }
    }

    fn command(&self, program: impl AsRef<Path>, folder: &Path) -> Command {
        let mut command = match *self {
            Self::Ourselves => Command::new(program.as_ref()),
            Self::Other { user, group } => {
                let mut command = Command::new("setpriv");
                command.arg(format!("--reuid={user}")).arg(format!("--regid={group}")).arg("--clear-groups");
                command.arg("--").arg(program.as_ref());
                command
            }
        };
        command.current_dir(folder);
        command
    }
}

fn random_word() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context("no random source")?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}
