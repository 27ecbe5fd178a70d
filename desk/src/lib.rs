//! The desk: THE DOOR, and the only writer.
//!
//! Every change, from whichever channel, is a [`Command`] that [`Desk::execute`] takes through the door: who is it, may
//! they, change it, write it down, say so. Every look is a [`Query`]. Both take a [`Context`] first. A way around is a
//! defect; that is what makes attribution, exact concurrency and the audit log possible at all.

pub mod audit;
pub mod catalogue;
pub mod contract;
pub mod effort;
pub mod guest;
pub mod identity;
pub mod knowledge;
pub mod licence;
pub mod push;
pub mod settings;
pub mod ticket;

mod cache;
mod context;
mod door;
mod news;
mod refused;
mod rules;
mod upkeep;

pub(crate) use context::fork;
pub use context::{Context, Idempotency};
pub use door::{Act, Command, Desk, DeskOptions, DoorTimes, Look, Query, Threshold};
pub use news::{Announcement, NEWS_LIMIT};
pub use refused::{FieldError, Refused, Result};
pub use rules::Rules;
pub use upkeep::Tidied;

/// Data that the store reads and that nothing is done to on the way.
pub mod data {
    pub use store::{
        audit::{Records, StoredRecord},
        person::{Person, Team},
        session::{ServiceAccount, Session, Token},
        ticket::{Attachment, Entry, EntryKind, Link, Queue, QueueCounts, QueuePlace, QueueRow},
        ticket_list::ListPlace,
    };
}

/// The address of a database and the handle to it; only the wiring needs them.
pub use store::{Database, DatabaseUrl, StoreError};
