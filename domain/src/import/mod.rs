//! What another desk hands over, in neutral words: people, and tickets with their history at its own times.
//!
//! An importer produces these values and writes nothing; the desk replays them. A ticket is found again by its source
//! and number, which makes the replay idempotent and lets it be resumed.

mod history;
mod usage;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ticket::{Impact, Kind, Priority, Urgency};

pub use history::{Assignment, HistoryError, HistoryEvent, Ranking, State, What};
pub use usage::{PoolDenial, PoolDenialReason, PoolSession, PoolUse};

/// How an imported record names a person: stable within one source, and the same for every spelling that differs only
/// in case and white space.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonKey(pub String);

impl PersonKey {
    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for PersonKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a person was seen doing at the source, and so the least they need here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleHint {
    /// Only raised tickets.
    Requester,
    /// Worked tickets: was assigned to, resolved or recorded one.
    Agent,
}

/// A person as the source knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedPerson {
    /// How the source's tickets name them.
    pub key: PersonKey,
    /// The name people read.
    pub display_name: String,
    /// The address; under `.invalid` (RFC 2606 §2) when the source gives none, so that nothing is ever delivered.
    pub email: String,
    /// The least they need.
    pub role: RoleHint,
    /// Where they belong in the organisation, if known.
    pub department: Option<String>,
    /// Their job title, if known.
    pub title: Option<String>,
    /// Where they work, if known.
    pub location: Option<String>,
    /// The groups whose queue they work, by name.
    pub groups: Vec<String>,
}

/// A ticket with everything the source knows about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedTicket {
    /// The desk it comes from, for example `servicenow`.
    pub source: String,
    /// Its number there; with [`source`](Self::source) the key under which it is found again.
    pub number: String,
    /// Incident or service request.
    pub kind: Kind,
    /// One line.
    pub subject: String,
    /// What the requester wrote, in Markdown; empty when the source exports no text.
    pub description: String,
    /// Whose trouble it is.
    pub requester: PersonKey,
    /// Who recorded it, if somebody else did.
    pub opened_by: Option<PersonKey>,
    /// When it began. Nothing in the history is earlier.
    pub opened_at: Timestamp,
    /// The way it came in, in the source's words.
    pub contact: Option<String>,
    /// Where the trouble is.
    pub location: Option<String>,
    /// The source's category.
    pub category: Option<String>,
    /// The source's subcategory.
    pub subcategory: Option<String>,
    /// Impact, urgency and priority at the end of the history.
    pub ranking: Ranking,
    /// Group and assignee at the end of the history.
    pub assignment: Assignment,
    /// The state at the end of the history.
    pub state: State,
    /// The source's own word for that state, if its states are not ours.
    pub state_word: Option<String>,
    /// What happened, in order of time; the first event is [`What::Opened`].
    pub history: Vec<HistoryEvent>,
    /// When it was last resolved, unless it was reopened since.
    pub resolved_at: Option<Timestamp>,
    /// When it was last closed, unless it was reopened since.
    pub closed_at: Option<Timestamp>,
    /// The source's resolution code.
    pub closed_code: Option<String>,
    /// Records at the source that it refers to.
    pub references: Vec<SourceReference>,
    /// The source's own counts, to check the import against.
    pub source_truth: Option<SourceTruth>,
}

impl ImportedTicket {
    /// Checks that the history is one: opened first, in order of time, each change starting where the last one ended.
    ///
    /// # Errors
    /// The first event that does not follow from those before it.
    pub fn check_history(&self) -> Result<(), HistoryError> {
        history::check(self)
    }
}

/// A record at the source that a ticket refers to: a problem, a change.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SourceReference {
    /// What it is to the ticket, for example `problem` or `caused_by`.
    pub relation: String,
    /// Its number at the source.
    pub number: String,
}

/// What the source itself counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SourceTruth {
    /// Whether the source says that its service level was met.
    pub made_sla: Option<bool>,
    /// How often the source says that the group changed.
    pub reassignment_count: Option<u32>,
    /// How often the source says that it was reopened.
    pub reopen_count: Option<u32>,
    /// The source's last version number.
    pub sys_mod_count: Option<u32>,
}

impl Ranking {
    /// Impact and urgency, with the priority that the source or the matrix gives them.
    pub const fn new(impact: Impact, urgency: Urgency, priority: Priority) -> Self {
        Self { impact, urgency, priority }
    }
}
