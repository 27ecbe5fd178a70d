//! `freehold doctor`: looks at everything a desk stands on; a line each, with the mend.

use std::{fs::File, path::Path};

use anyhow::anyhow;
use desk::{audit::AuditList, data::Records};
use domain::identity::SystemActor;
use tenancy::{Folder, FolderError, Tenant};

use crate::{
    cli::{Failure, Outcome, open},
    config::Config,
    edge,
};

/// Audit records looked at; all of them is the work of `freehold audit verify`.
const RECORDS: u64 = 10_000;

/// Below this, the disk is full soon.
const SPACE: u64 = 1 << 30;

/// What was found of one thing.
enum Finding {
    /// As it should be.
    Fine(String),
    /// Not as it should be: what, and the mend.
    Amiss(String, String),
}

use Finding::{Amiss, Fine};

/// Prints a line for each thing; fails where one is amiss.
pub(crate) fn run(config: &Config) -> Outcome {
    let mut amiss = 0_u32;
    let mut say = |what: &str, finding: Finding| match finding {
        Fine(how) => println!("ok    {what:<14} {how}"),
        Amiss(how, mend) => {
            amiss += 1;
            println!("AMISS {what:<14} {how}. To mend it: {mend}");
        }
    };
    say("configuration", configuration(config));
    if let Some(tls) = &config.tls {
        say("certificate", pem(&tls.cert));
        say("its key", pem(&tls.key));
    }
    say("data folder", folder(&config.data));
    say("disk", disk(&config.data));
    match open(config) {
        Err(error) => say("desk", Amiss(format!("{error:#}"), "see the sentence before".to_owned())),
        Ok(tenant) => {
            say("desk", Fine(format!("tenant {}", tenant.id)));
            say("engine", engine(&tenant));
            say("audit key", secret(&tenant.folder.audit_key()));
            say("clock", clock(&tenant));
            say("audit log", audit(&tenant));
        }
    }
    say("listening", listening(config));
    if amiss == 0 {
        Ok(())
    } else {
        Err(Failure::Failed(anyhow!("{amiss} of these want mending; see the lines above")))
    }
}

fn configuration(config: &Config) -> Finding {
    match &config.file {
        Some(file) => Fine(format!("{} is understood", file.display())),
        None => Fine("no file; flags, environment and what is usual".to_owned()),
    }
}

fn pem(path: &Path) -> Finding {
    match std::fs::read_to_string(path) {
        Ok(text) if text.contains("-----BEGIN ") => Fine(format!("{} is PEM", path.display())),
        Ok(_) => Amiss(format!("{} is not PEM", path.display()), "name a file in PEM form".to_owned()),
        Err(error) => Amiss(
            format!("{} cannot be read: {error}", path.display()),
            "give this user the right to read it, or correct the path under [tls]".to_owned(),
        ),
    }
}

fn folder(data: &Path) -> Finding {
    if !data.is_dir() {
        return Amiss(
            format!("{} is not there", data.display()),
            "start a desk with `freehold serve`, or name its folder with --data".to_owned(),
        );
    }
    let probe = data.join(format!(".doctor.{}", std::process::id()));
    let written = File::create(&probe).and_then(|file| file.sync_all());
    drop(std::fs::remove_file(&probe));
    match written {
        Err(error) => Amiss(
            format!("{} cannot be written: {error}", data.display()),
            "give this user the right to write there".to_owned(),
        ),
        Ok(()) => private(data).unwrap_or_else(|| Fine(format!("{} is ours alone", data.display()))),
    }
}

fn secret(path: &Path) -> Finding {
    private(path).unwrap_or_else(|| Fine("it is the log's, and ours alone".to_owned()))
}

/// What is wrong with the rights of a file that nobody else may read.
fn private(path: &Path) -> Option<Finding> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let mode = path.metadata().ok()?.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Some(Amiss(
                format!("{} has the rights {mode:o}: others may look into it", path.display()),
                format!("chmod go= {}", path.display()),
            ));
        }
    }
    None
}

fn disk(data: &Path) -> Finding {
    let place = data.ancestors().find(|place| place.is_dir()).unwrap_or(Path::new("."));
    match rustix::fs::statvfs(place) {
        Err(error) => Amiss(
            format!("the free space of {} cannot be read: {error}", place.display()),
            "look at the disk with `df`".to_owned(),
        ),
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let sentence = format!("{} MiB free", free >> 20);
            if free < SPACE {
                Amiss(sentence, "make room, or move the data folder to a larger disk".to_owned())
            } else {
                Fine(sentence)
            }
        }
    }
}

fn engine(tenant: &Tenant) -> Finding {
    // Something small and useful, written and committed as everything is.
    match tenant.desk.tidy(edge::now()) {
        Ok(_) => Fine(format!("{} reads and writes", tenant.engine())),
        Err(error) => Amiss(
            format!("{} does not write: {error}", tenant.engine()),
            "look at the engine's own log, its disk and its rights".to_owned(),
        ),
    }
}

fn clock(tenant: &Tenant) -> Finding {
    let now = edge::now();
    let look = AuditList { filter: Records::All, before: None, limit: 1 };
    let last = edge::context(SystemActor::CommandLine).map(|ctx| tenant.desk.ask_now(ctx, look));
    match last {
        Ok(Ok(lines)) => match lines.first().map(|line| line.record.recorded_at) {
            Some(last) if last > now => Amiss(
                format!("it is {now} here, and the last audit record is of {last}"),
                "set this machine's clock by NTP".to_owned(),
            ),
            _ => Fine(format!("{now}, after the last audit record")),
        },
        Ok(Err(error)) => Amiss(error.to_string(), "run `freehold audit verify`".to_owned()),
        Err(error) => Amiss(error.to_string(), "look at /dev/urandom".to_owned()),
    }
}

fn audit(tenant: &Tenant) -> Finding {
    match tenant.desk.verify_audit_tail(tenant.log_key.verifier(), RECORDS) {
        Ok(records) => Fine(format!("the last {records} records verify")),
        Err(error) => Amiss(
            error.to_string(),
            "run `freehold audit verify` for all of it, keep the disk as it is, and restore a backup elsewhere".to_owned(),
        ),
    }
}

fn listening(config: &Config) -> Finding {
    let served = Folder::open(&config.data).and_then(|folder| folder.lock());
    if let Err(FolderError::Locked(_)) = served {
        return Fine(format!("a freehold serves from {}", config.data.display()));
    }
    match std::net::TcpListener::bind(config.listen) {
        Ok(_) => Fine(format!("{} is free; nothing serves now", config.listen)),
        Err(error) => Amiss(
            format!("{}: {error}", config.listen),
            "stop what listens there, or name another address with --listen".to_owned(),
        ),
    }
}
