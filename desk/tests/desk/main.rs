//! The desk from outside, on both engines: commands and queries as a channel sends them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, and says where")]

mod approval;
mod catalogue;
mod contract;
mod effort;
mod figures;
mod filter;
mod guest;
mod identity;
mod identity_people;
mod knowledge;
mod licence;
mod macros;
mod notes;
mod outage;
mod problem;
mod push;
mod rating;
mod recurring;
mod snooze;
mod support;
mod team;
mod text_module;
mod ticket;
mod together;
mod view;
mod writing;
