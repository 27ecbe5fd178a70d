//! What the tests need from the machine: found, installed where that is possible, or named.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::process::{answers, cargo, on_path};

/// One thing the tests cannot do without.
struct Need {
    /// What a person would call it.
    name: &'static str,
    met: fn() -> bool,
    from: Source,
}

/// Who has it.
enum Source {
    /// Packages of Debian; other systems have them under like names.
    Debian(&'static [&'static str]),
    /// A component of the Rust toolchain.
    Rust(&'static str),
}

/// In order of use. A new kind of test that needs a new program adds its line here.
const NEEDS: &[Need] = &[
    Need {
        name: "rustfmt",
        met: || answers(&mut cargo(&["fmt", "--version"])),
        from: Source::Rust("rustfmt"),
    },
    Need {
        name: "clippy",
        met: || answers(&mut cargo(&["clippy", "--version"])),
        from: Source::Rust("clippy"),
    },
    Need {
        name: "the PostgreSQL server (initdb, pg_ctl)",
        met: || postgres_programs().is_some(),
        from: Source::Debian(&["postgresql"]),
    },
    Need {
        name: "Chromium and its driver",
        met: || chromium().is_some(),
        // Without fonts a page's text is a row of boxes.
        from: Source::Debian(&["chromium", "chromium-driver", "fonts-liberation"]),
    },
    Need {
        name: "npm, which fetches the accessibility rules",
        met: || on_path(&["node"]).is_some() && on_path(&["npm"]).is_some(),
        from: Source::Debian(&["nodejs", "npm"]),
    },
];

/// Sees that every need is met, installing what it may.
///
/// Debian's packages are installed when running as root with `apt-get` at hand; toolchain components when rustup
/// manages the toolchain. What is still missing then is an error that names it: a test is never left out in silence.
pub(crate) fn ensure() -> anyhow::Result<()> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !(need.met)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut packages = Vec::new();
    let mut components = Vec::new();
    for need in &missing {
        match need.from {
            Source::Debian(names) => packages.extend(names),
            Source::Rust(name) => components.push(name),
        }
    }
    if !packages.is_empty() && is_root() && on_path(&["apt-get"]).is_some() {
        println!("installing {}", packages.join(" "));
        install(&packages)?;
    }
    if !components.is_empty() && on_path(&["rustup"]).is_some() {
        println!("adding {}", components.join(" "));
        run(Command::new("rustup").args(["component", "add"]).args(&components))?;
    }

    let missing: Vec<&Need> = missing.into_iter().filter(|need| !(need.met)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = missing.iter().map(|need| format!("  {}: {}", need.name, need.from)).collect();
    bail!("the tests need what this machine does not have; install it and run again\n{}", list.join("\n"))
}

/// The newest folder that holds PostgreSQL's server programs.
pub(crate) fn postgres_programs() -> Option<PathBuf> {
    let complete =
        |folder: &Path| ["initdb", "pg_ctl", "postgres"].iter().all(|name| folder.join(name).is_file());
    // Debian keeps the programs of each major version apart and out of PATH.
    let mut versioned: Vec<(Reverse<u32>, PathBuf)> = Path::new("/usr/lib/postgresql")
        .read_dir()
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            Some((Reverse(entry.file_name().to_str()?.parse().ok()?), entry.path().join("bin")))
        })
        .filter(|(_, folder)| complete(folder))
        .collect();
    versioned.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    versioned
        .into_iter()
        .map(|(_, folder)| folder)
        .chain(std::env::split_paths(&path).filter(|folder| complete(folder)))
        .next()
}

/// Chromium, or a browser of its family, and the driver that belongs to it.
pub(crate) fn chromium() -> Option<(PathBuf, PathBuf)> {
    let browser = on_path(&["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"])?;
    Some((browser, on_path(&["chromedriver"])?))
}

/// Whether this process may do anything: PostgreSQL refuses to run so, and Debian's packages install only so.
pub(crate) fn is_root() -> bool {
    crate::process::output(Command::new("id").arg("-u")).is_ok_and(|id| id == "0")
}

fn install(packages: &[&str]) -> anyhow::Result<()> {
    run(apt_get().arg("update"))?;
    run(apt_get().args(["install", "--yes", "--no-install-recommends"]).args(packages))
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.arg("--quiet").env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| crate::process::cannot_start(command))?;
    anyhow::ensure!(status.success(), "{} failed; its messages are above", command.get_program().display());
    Ok(())
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Debian(packages) => write!(f, "apt-get install {}", packages.join(" ")),
            Self::Rust(component) => write!(f, "rustup component add {component}"),
        }
    }
}
