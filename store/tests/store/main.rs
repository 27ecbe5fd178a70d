//! The store, on both engines: every test here runs on SQLite and on PostgreSQL.

mod engines;
mod support;
