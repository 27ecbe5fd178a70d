//! SQLite and PostgreSQL behind one face.
//!
//! `store` speaks SQL and returns domain types; it has no opinions. One statement text and one control flow serve both
//! engines: they differ only inside [`engine`], in the full-text index and in a few words of DDL. Read and write
//! transactions are different types, and only the crate above opens the second.

pub mod alert;
pub mod approval;
pub mod audit;
pub mod catalogue;
pub mod checklist;
pub mod contract;
pub mod copy;
pub mod device;
pub mod effort;
pub mod engine;
pub mod figures;
pub mod guest;
pub mod idempotency;
pub mod kept;
pub mod knowledge;
pub mod licence;
pub mod manager;
pub mod mention;
pub mod outage;
pub mod outbox;
pub mod person;
pub mod push;
pub mod rating;
pub mod recurring;
pub mod search;
pub mod session;
pub mod setting;
pub mod snooze;
pub mod spent;
pub mod statement;
pub mod ticket;
pub mod ticket_list;
pub mod usage;
pub mod writing;

mod error;
mod migrate;
mod tx;
mod value;

pub use engine::{Database, DatabaseUrl};
pub use error::{Result, StoreError};
pub use migrate::{MIGRATIONS, Migration};
pub use tx::{Question, ReadTx, Row, WriteTx};
pub use value::{FromColumn, Value};
