//! `freehold actions`: the action map, as the door reads it.

use clap::Args;
use domain::licence::{ACTION_MAP_VERSION, LicenceNeed, action_map};
use serde_json::json;

use super::Outcome;

/// Prints the action map.
#[derive(Debug, Args)]
pub(crate) struct Actions {
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Actions {
    pub(super) fn run(&self) -> Outcome {
        if self.json {
            let actions: Vec<_> = action_map().collect();
            let map = json!({ "version": ACTION_MAP_VERSION, "actions": actions });
            println!("{}", serde_json::to_string_pretty(&map)?);
            return Ok(());
        }
        println!("Action map, version {ACTION_MAP_VERSION}\n");
        println!("{:<22} {:<16} {:<8} WHO", "ACTION", "CAPABILITY", "LICENCE");
        for rule in action_map() {
            let licence = match rule.licence {
                LicenceNeed::Free => "free",
                LicenceNeed::Base => "base",
                LicenceNeed::Module(module) => module.as_str(),
            };
            println!(
                "{:<22} {:<16} {licence:<8} {}",
                rule.action.as_str(),
                rule.capability.as_str(),
                rule.sentence
            );
        }
        Ok(())
    }
}
