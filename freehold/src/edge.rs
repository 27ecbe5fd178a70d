//! The edge of the program: the one place where its own clock is read and its own randomness drawn.

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

/// The program's own context, now.
pub(crate) fn context(actor: SystemActor) -> anyhow::Result<Context> {
    Ok(Context::system(actor, now(), seed()?))
}
