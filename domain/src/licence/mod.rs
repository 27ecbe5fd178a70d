//! Licences: what each action needs, who holds which seat or token, and why.
//!
//! An **exclusive** licence is a set of seats, each assigned to one person ([`assign`]). A **concurrent** licence is a
//! [`Pool`] of tokens, leased to whoever works, with a line for those who wait. [`route`] says which of them decides an
//! action; the answer is a [`Verdict`]. Who held what at any past minute is computed from the recorded facts
//! ([`usage`], [`explain()`]), never sampled.

mod access;
mod action_map;
mod day_pass;
mod denial;
mod entitlement;
mod explain;
mod lease;
pub mod pool;
mod relation;
mod seat;
pub mod usage;
mod verdict;

pub use access::{AccessError, Claimant, GroupLimit, PoolAccess, Priority, Reservation, Shift};
pub use action_map::{ACTION_MAP_VERSION, Action, ActionRule, LicenceNeed, action_map, needing};
pub use day_pass::DayPass;
pub use denial::{Denial, DenialClass, DenialReason, classify};
pub use entitlement::{
    Licence, LicenceError, Metric, Module, NewLicence, PoolRules, Term, TermError, TermPhase,
};
pub use explain::{Explanation, Hold, LastHold, Record, Stay, Waited, explain};
pub use lease::{Cause, Claim, Lease, LeaseEnd, LeaseState, Recall, RecallReason, Share};
pub use pool::{Pool, PoolEvent};
pub use relation::{RelationError, Relations};
pub use seat::{
    AssignError, Assignment, AssignmentRequest, BlankJustification, Justification, Origin, Seat, SeatChoice,
    SeatState, assign, missing_seats,
};
pub use verdict::{Grant, HeldSeat, Refusal, Route, TermLapse, Verdict, route};

use jiff::{SignedDuration, Timestamp};

/// `moment` and `span` later; the end of time rather than a panic.
fn after(moment: Timestamp, span: SignedDuration) -> Timestamp {
    moment.checked_add(span).unwrap_or(Timestamp::MAX)
}
