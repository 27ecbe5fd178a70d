//! The clock and the randomness of this program, and where its parts are.

use std::path::PathBuf;

use anyhow::Context as _;
use desk::Context;
use domain::{Timestamp, identity::SystemActor};

/// The moment.
#[expect(clippy::disallowed_methods, reason = "the edge reads the clock for everybody behind it")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// 32 bytes of the operating system's randomness.
pub(crate) fn seed() -> anyhow::Result<[u8; 32]> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).context("the operating system gives no randomness")?;
    Ok(seed)
}

/// The command line's own context, now.
pub(crate) fn context() -> anyhow::Result<Context> {
    Ok(Context::system(SystemActor::CommandLine, now(), seed()?))
}

/// The `freehold` of the same build as this program.
pub(crate) fn freehold() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name("freehold");
    anyhow::ensure!(program.is_file(), "{} is not built; start this by `cargo xtask`", program.display());
    Ok(program)
}

/// The build folder: what is measured is on its disk.
pub(crate) fn target() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program.parent().and_then(|profile| profile.parent());
    Ok(target.context("this program is not in a build folder; start it by `cargo xtask`")?.to_owned())
}
