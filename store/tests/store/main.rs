//! The store, on both engines: every test here runs on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "the lint knows tests by their attribute, not what they call")]

mod copy;
mod engines;
mod plans;
mod search;
mod support;
