//! `freehold doctor`: looks at everything a desk stands on; a line each, with the mend.

use crate::{cli::Outcome, config::Config};

pub(crate) fn run(_config: &Config) -> Outcome {
    Ok(())
}
