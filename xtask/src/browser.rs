//! What the browser tests run inside a page, from npm: fetched once, kept under `target`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::process::{cannot_start, root};

/// axe-core's script, at the version of `xtask/browser/package-lock.json`.
pub(crate) fn axe() -> anyhow::Result<PathBuf> {
    let wanted = root().join("xtask/browser");
    let folder = root().join("target/browser");
    let axe = folder.join("node_modules/axe-core/axe.min.js");
    if axe.is_file() && same(&wanted, &folder)? {
        return Ok(axe);
    }
    std::fs::create_dir_all(&folder)?;
    for name in ["package.json", LOCK, ".npmrc"] {
        std::fs::copy(wanted.join(name), folder.join(name)).with_context(|| format!("cannot copy {name}"))?;
    }
    let mut npm = Command::new("npm");
    let status = npm.args(["ci", "--silent"]).current_dir(&folder).status();
    let status = status.with_context(|| cannot_start(&npm))?;
    anyhow::ensure!(status.success() && axe.is_file(), "`npm ci` in {} failed", folder.display());
    Ok(axe)
}

const LOCK: &str = "package-lock.json";

fn same(one: &Path, other: &Path) -> anyhow::Result<bool> {
    let other = other.join(LOCK);
    Ok(other.is_file() && std::fs::read(one.join(LOCK))? == std::fs::read(other)?)
}
