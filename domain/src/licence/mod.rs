//! Licences: what each action needs, who holds which seat or token, and why.

mod action_map;

pub use action_map::{ACTION_MAP_VERSION, Action, ActionRule, LicenceNeed, action_map};
