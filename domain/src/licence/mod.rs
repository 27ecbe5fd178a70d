//! Licences: what each action needs, who holds which seat or token, and why.
//!
//! An **exclusive** licence is a set of seats, each assigned to one person ([`assign`]). A **concurrent** licence is a
//! [`Pool`] of tokens, leased to whoever works, with a line for those who wait. [`route`] says which of them decides an
//! action; the answer is a [`Verdict`]. Who held what at any past minute is computed from the recorded facts
//! ([`usage`], [`explain()`]), never sampled.

mod action_map;
mod denial;
mod entitlement;
mod explain;
mod lease;
pub mod pool;
mod seat;
pub mod usage;
mod verdict;

pub use action_map::{ACTION_MAP_VERSION, Action, ActionRule, LicenceNeed, action_map};
pub use denial::{Denial, DenialClass, DenialReason, classify};
pub use entitlement::{
    Licence, LicenceError, Metric, Module, NewLicence, PoolRules, Term, TermError, TermPhase,
};
pub use explain::{Explanation, Hold, LastHold, Record, Stay, Waited, explain};
pub use lease::{Cause, Lease, LeaseEnd, LeaseState};
pub use pool::{Pool, PoolEvent};
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
