//! What runs in or beside the browser, from npm: fetched once, kept under `target`.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::Context as _;

use crate::process::{self, cannot_start, cargo, root};
use crate::tools;

/// axe-core's script, at the version of `xtask/browser/package-lock.json`.
pub(crate) fn axe() -> anyhow::Result<PathBuf> {
    Ok(fetched("browser", &[])?.join("node_modules/axe-core/axe.min.js"))
}

/// Measures the pages that people open most as Lighthouse does, on a small organisation of its own.
pub(crate) fn lighthouse() -> anyhow::Result<ExitCode> {
    const SCRIPT: &str = "measure.mjs";
    tools::ensure()?;
    let (chromium, _) = tools::chromium().context("Chromium is not installed")?;
    let folder = fetched("lighthouse", &[SCRIPT])?;
    let built = cargo(&["build", "--quiet", "--package", "freehold"]).status()?;
    anyhow::ensure!(built.success(), "freehold cannot be built");
    // Beside this program, in the build folder that cargo uses, wherever that is.
    let freehold = std::env::current_exe()?.with_file_name("freehold");
    let mut node = Command::new("node");
    node.arg(SCRIPT).arg(freehold).arg(chromium).current_dir(folder);
    process::exit_code(node)
}

/// The folder under `target` with what `xtask/NAME` asks of npm, and these files of it.
fn fetched(name: &str, files: &[&str]) -> anyhow::Result<PathBuf> {
    let wanted = root().join("xtask").join(name);
    let folder = root().join("target").join(name);
    std::fs::create_dir_all(&folder)?;
    let copy = |name: &str| {
        std::fs::copy(wanted.join(name), folder.join(name)).with_context(|| format!("cannot copy {name}"))
    };
    for file in files {
        copy(file)?;
    }
    if folder.join("node_modules").is_dir() && same(&wanted, &folder)? {
        return Ok(folder);
    }
    for name in ["package.json", LOCK, ".npmrc"] {
        copy(name)?;
    }
    let mut npm = Command::new("npm");
    let status = npm.args(["ci", "--silent"]).current_dir(&folder).status();
    let status = status.with_context(|| cannot_start(&npm))?;
    if !status.success() {
        // The lock that was copied must not be taken for the sign that all of it is there.
        std::fs::remove_file(folder.join(LOCK)).ok();
        anyhow::bail!("`npm ci` in {} failed", folder.display());
    }
    Ok(folder)
}

const LOCK: &str = "package-lock.json";

fn same(one: &Path, other: &Path) -> anyhow::Result<bool> {
    let other = other.join(LOCK);
    Ok(other.is_file() && std::fs::read(one.join(LOCK))? == std::fs::read(other)?)
}
