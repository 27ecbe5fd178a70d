//! Seats of exclusive licences, and the one rule that puts a person on one. Over-assignment is refused here, at
//! assignment, so that no holder is ever refused at work.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Licence, Metric, TermPhase, after};
use crate::{AssignmentId, LicenceId, PersonId, SeatId, identity::named};

/// One unit of an exclusive licence.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Seat {
    /// Which seat.
    pub id: SeatId,
    /// Of which licence.
    pub licence: LicenceId,
    /// Its number, from 1.
    pub number: u32,
    /// Whose it is.
    pub state: SeatState,
}

/// Whose a seat is: `vacant → reserved → assigned → (cooling) → vacant`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SeatState {
    /// Nobody's.
    Vacant,
    /// Kept for somebody whose request is under way.
    Reserved {
        /// For whom.
        person: PersonId,
        /// How long.
        until: Timestamp,
    },
    /// Somebody's.
    Assigned {
        /// Whose.
        person: PersonId,
        /// By which assignment.
        assignment: AssignmentId,
    },
    /// Just left; not given to another yet.
    Cooling {
        /// How long.
        until: Timestamp,
    },
}

impl SeatState {
    /// The name in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vacant => "vacant",
            Self::Reserved { .. } => "reserved",
            Self::Assigned { .. } => "assigned",
            Self::Cooling { .. } => "cooling",
        }
    }
}

impl Seat {
    /// The state at `now`: reservations and cooling end by themselves.
    pub fn state_at(&self, now: Timestamp) -> SeatState {
        match self.state {
            SeatState::Reserved { until, .. } | SeatState::Cooling { until } if until <= now => {
                SeatState::Vacant
            }
            state => state,
        }
    }

    /// The state of a seat whose assignment ends at `now`, given how long the licence lets seats cool.
    pub fn vacated(now: Timestamp, cooling: SignedDuration) -> SeatState {
        if cooling.is_positive() {
            SeatState::Cooling { until: after(now, cooling) }
        } else {
            SeatState::Vacant
        }
    }
}

/// The numbers of the seats that `licence` owns but that do not exist yet among `seats`: what to make when the licence
/// is created or grows.
pub fn missing_seats(licence: &Licence, seats: &[Seat]) -> Vec<u32> {
    if licence.metric != Metric::Exclusive {
        return Vec::new();
    }
    let known: std::collections::HashSet<u32> = seats.iter().map(|seat| seat.number).collect();
    (1..=licence.quantity).filter(|number| !known.contains(number)).collect()
}

/// A person on a seat, and why.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Assignment {
    /// Which assignment.
    pub id: AssignmentId,
    /// Of which licence.
    pub licence: LicenceId,
    /// Which seat.
    pub seat: SeatId,
    /// Its number.
    pub seat_number: u32,
    /// Whose.
    pub person: PersonId,
    /// Why they need it.
    pub justification: Justification,
    /// How it came about.
    pub origin: Origin,
    /// Who approved it.
    pub approver: Option<PersonId>,
    /// Since when.
    pub assigned_at: Timestamp,
    /// When it is looked at again.
    pub next_review_at: Option<Timestamp>,
    /// When it ended; `None` while it stands.
    pub ended_at: Option<Timestamp>,
}

impl Assignment {
    /// Whether the seat was the person's at `moment`.
    pub fn held_at(&self, moment: Timestamp) -> bool {
        self.assigned_at <= moment && self.ended_at.is_none_or(|end| moment < end)
    }
}

named! {
    /// How an assignment came about.
    Origin {
        /// The person asked, somebody approved.
        Request = "request",
        /// A rule on the person's job code.
        JobCodeRule = "job_code_rule",
        /// A licence manager decided.
        Manual = "manual",
        /// Taken over from another desk, or from the sample organisation.
        Import = "import",
    }
}

/// Why a person needs a seat of their own: a sentence, never blank.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Justification(String);

/// A justification that says nothing, or too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "say in a sentence why this person needs a seat of their own (at most {} characters)",
    Justification::LIMIT
)]
pub struct BlankJustification;

impl Justification {
    /// The most characters.
    pub const LIMIT: usize = 2_000;

    /// The sentence `text`, trimmed.
    pub fn new(text: &str) -> Result<Self, BlankJustification> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > Self::LIMIT {
            return Err(BlankJustification);
        }
        Ok(Self(text.to_owned()))
    }

    /// The sentence.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Justification {
    type Error = BlankJustification;

    fn try_from(text: String) -> Result<Self, BlankJustification> {
        Self::new(&text)
    }
}

impl std::fmt::Display for Justification {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who should get a seat, and on whose word. The justification is checked by its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignmentRequest {
    /// For whom.
    pub person: PersonId,
    /// Why.
    pub justification: Justification,
    /// How it came about.
    pub origin: Origin,
    /// Who approved it.
    pub approver: Option<PersonId>,
}

/// The seat that [`assign`] chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SeatChoice {
    /// Which seat.
    pub seat: SeatId,
    /// Its number.
    pub number: u32,
}

impl SeatChoice {
    /// The assignment that puts the person of `request` on this seat of `licence`.
    pub fn assignment(
        self,
        id: AssignmentId,
        licence: LicenceId,
        request: AssignmentRequest,
        now: Timestamp,
        next_review_at: Option<Timestamp>,
    ) -> Assignment {
        let AssignmentRequest { person, justification, origin, approver } = request;
        Assignment {
            id,
            licence,
            seat: self.seat,
            seat_number: self.number,
            person,
            justification,
            origin,
            approver,
            assigned_at: now,
            next_review_at,
            ended_at: None,
        }
    }
}

/// Why a person gets no seat.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssignError {
    /// The licence has tokens, or is free.
    #[error("{licence} is {metric} and has no seats; entitle the person to it instead")]
    NotExclusive {
        /// The licence's name.
        licence: String,
        /// How it is counted.
        metric: Metric,
    },
    /// The licence is over.
    #[error("{licence} ended at {ended_at}; renew it before assigning its seats")]
    LicenceExpired {
        /// The licence's name.
        licence: String,
        /// When it ended.
        ended_at: Timestamp,
    },
    /// One person, one seat.
    #[error("this person already holds seat {number} of {licence}; one person holds one seat of a licence")]
    AlreadySeated {
        /// The licence's name.
        licence: String,
        /// The seat they have.
        number: u32,
    },
    /// Over-assignment.
    #[error(
        "all {quantity} seats of {licence} are taken ({assigned} assigned, {kept} reserved or cooling); end an \
         assignment or buy a seat first"
    )]
    NoVacantSeat {
        /// The licence's name.
        licence: String,
        /// Seats bought.
        quantity: u32,
        /// Seats that are somebody's.
        assigned: u32,
        /// Seats reserved for somebody else, or cooling.
        kept: u32,
    },
    /// Nobody approves their own seat.
    #[error("nobody approves their own seat; ask another licence manager to approve it")]
    SelfApproved,
}

impl AssignError {
    /// The stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotExclusive { .. } => "not_exclusive",
            Self::LicenceExpired { .. } => "licence_expired",
            Self::AlreadySeated { .. } => "already_seated",
            Self::NoVacantSeat { .. } => "no_vacant_seat",
            Self::SelfApproved => "self_approved",
        }
    }
}

/// Chooses the seat of `licence` for the person of `request`: the one reserved for them, else the lowest vacant one.
/// `seats` are all seats of the licence. After the licence shrank below its use nobody loses a seat, and nobody gets one
/// until fewer are in use than were bought.
pub fn assign(
    licence: &Licence,
    seats: &[Seat],
    request: &AssignmentRequest,
    now: Timestamp,
) -> Result<SeatChoice, AssignError> {
    let name = || licence.name.clone();
    if licence.metric != Metric::Exclusive {
        return Err(AssignError::NotExclusive { licence: name(), metric: licence.metric });
    }
    if let (TermPhase::Ended, Some(ended_at)) = (licence.term.phase(now), licence.term.ends_at()) {
        return Err(AssignError::LicenceExpired { licence: name(), ended_at });
    }
    if request.origin == Origin::Request && request.approver == Some(request.person) {
        return Err(AssignError::SelfApproved);
    }
    let (mut assigned, mut kept) = (0, 0);
    let mut own: Option<&Seat> = None;
    let mut vacant: Option<&Seat> = None;
    for seat in seats.iter().filter(|seat| seat.licence == licence.id) {
        match seat.state_at(now) {
            SeatState::Assigned { person, .. } if person == request.person => {
                return Err(AssignError::AlreadySeated { licence: name(), number: seat.number });
            }
            SeatState::Assigned { .. } => assigned += 1,
            _ if seat.number > licence.quantity => {}
            SeatState::Reserved { person, .. } if person == request.person => own = Some(seat),
            SeatState::Reserved { .. } | SeatState::Cooling { .. } => kept += 1,
            SeatState::Vacant => {
                if vacant.is_none_or(|lowest| seat.number < lowest.number) {
                    vacant = Some(seat);
                }
            }
        }
    }
    own.or(vacant)
        .filter(|_| assigned + kept < licence.quantity)
        .map(|seat| SeatChoice { seat: seat.id, number: seat.number })
        .ok_or_else(|| AssignError::NoVacantSeat {
            licence: name(),
            quantity: licence.quantity,
            assigned,
            kept,
        })
}
