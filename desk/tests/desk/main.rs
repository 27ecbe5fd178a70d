//! The desk from outside, on both engines: commands and queries as a channel sends them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, and says where")]

mod contract;
mod figures;
mod filter;
mod identity;
mod identity_people;
mod knowledge;
mod licence;
mod macros;
mod outage;
mod problem;
mod rating;
mod snooze;
mod support;
mod text_module;
mod ticket;
mod together;
mod view;
mod writing;
