//! What a test finds around it: a PostgreSQL of its own and a browser, under names that begin with
//! `FREEHOLD_TEST_`.

use std::ffi::OsString;
use std::process::Command;

use anyhow::Context as _;

use crate::browser;
use crate::cluster::{Cluster, Durability};
use crate::tools;

/// Made once for a run; lent to each command of it.
pub(crate) struct Environment {
    variables: Vec<(&'static str, OsString)>,
    _cluster: Cluster,
}

impl Environment {
    /// Sees that the needed programs are there, and starts what has to run.
    pub(crate) fn prepare(durability: Durability) -> anyhow::Result<Self> {
        tools::ensure()?;
        let axe = browser::axe()?;
        let (chromium, chromedriver) = tools::chromium().context("Chromium is not installed")?;
        let cluster = Cluster::start(durability)?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::iter::once(cluster.programs().to_owned()).chain(std::env::split_paths(&path));
        let variables = vec![
            ("FREEHOLD_TEST_POSTGRES", cluster.address().into()),
            ("FREEHOLD_TEST_CHROMIUM", chromium.into()),
            ("FREEHOLD_TEST_CHROMEDRIVER", chromedriver.into()),
            ("FREEHOLD_TEST_AXE", axe.into()),
            // A backup made by an older client than the server is refused, so its own tools come first.
            ("PATH", std::env::join_paths(path)?),
        ];
        Ok(Self { variables, _cluster: cluster })
    }

    /// Gives the command everything that was prepared.
    pub(crate) fn lend_to(&self, command: &mut Command) {
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
    }
}
