//! The verdict: the typed answer to "may this person do this now, and on which seat?"

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{Action, Assignment, DenialReason, Licence, LicenceNeed, Module, TermPhase};
use crate::{
    AssignmentId, DayPassId, GroupId, LeaseId, LicenceId, PersonId, QueueEntryId,
    identity::{Capabilities, Capability},
};

/// What the licence engine decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// The act needs no licence.
    Free,
    /// Granted by the person's exclusive seat.
    Seat(HeldSeat),
    /// Granted by a token.
    Token {
        /// Of which licence.
        licence: LicenceId,
        /// By which lease.
        lease: LeaseId,
        /// The number of the token.
        token: u32,
        /// The fencing number of the lease.
        fence: u64,
        /// How they came to it.
        #[serde(flatten)]
        how: Grant,
    },
    /// Granted by a pass for the day.
    DayPass {
        /// Of which licence.
        licence: LicenceId,
        /// Which pass.
        pass: DayPassId,
        /// The how-manieth of the licence.
        number: u32,
        /// Until when.
        until: Timestamp,
    },
    /// A module's act: granted by what the person works with, and by what they have of the module.
    Module {
        /// What decides about the base product.
        base: Box<Self>,
        /// Which module.
        module: Module,
        /// What decides about the module.
        by: Box<Self>,
    },
    /// No token is free; the person stands in line, and keeps everything a requester can do.
    Queued {
        /// For which licence.
        licence: LicenceId,
        /// Which entry of the line is theirs.
        entry: QueueEntryId,
        /// Their place, from 1.
        place: u32,
        /// Who waits before them, first first.
        ahead: Vec<PersonId>,
        /// Who holds the tokens, by number of token.
        holders: Vec<PersonId>,
        /// How long it usually takes, where the pool's history says.
        expected_wait: Option<SignedDuration>,
        /// Why there is none for them.
        reason: DenialReason,
    },
    /// Not granted.
    Refused(Refusal),
}

impl Verdict {
    /// The part that decides: of an act that needs a module, the base product where that already stands in the way.
    pub fn deciding(&self) -> &Self {
        match self {
            Self::Module { base, by, .. } => {
                if base.is_granted() {
                    by
                } else {
                    base
                }
            }
            whole => whole,
        }
    }

    /// Whether the act may be done.
    pub fn is_granted(&self) -> bool {
        match self {
            Self::Free | Self::Seat(_) | Self::Token { .. } | Self::DayPass { .. } => true,
            Self::Module { base, by, .. } => base.is_granted() && by.is_granted(),
            Self::Queued { .. } | Self::Refused(_) => false,
        }
    }

    /// Whether the person stands in line for what is missing.
    pub fn waits(&self) -> bool {
        matches!(self.deciding(), Self::Queued { .. })
    }

    /// Why it may not, if it may not.
    pub fn denial(&self) -> Option<DenialReason> {
        match self.deciding() {
            Self::Free | Self::Seat(_) | Self::Token { .. } | Self::DayPass { .. } | Self::Module { .. } => {
                None
            }
            Self::Queued { reason, .. } => Some(*reason),
            Self::Refused(refusal) => Some(refusal.reason()),
        }
    }
}

/// An exclusive seat, as a verdict names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct HeldSeat {
    /// Of which licence.
    pub licence: LicenceId,
    /// By which assignment.
    pub assignment: AssignmentId,
    /// The number of the seat.
    pub seat_number: u32,
}

/// How a person came to the token that a verdict names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum Grant {
    /// It was free.
    Fresh,
    /// They held it already.
    Held,
    /// It was theirs until they fell silent, and still free.
    Revived {
        /// The lease that ended.
        from: LeaseId,
    },
    /// It was offered to them at the head of the line.
    OfferTaken {
        /// Their entry in the line.
        entry: QueueEntryId,
    },
}

/// Why an act is refused, with what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// Their roles do not let them.
    #[error("your roles do not include {capability}, which {action} needs; ask an administrator for it")]
    CapabilityMissing {
        /// What they tried.
        action: Action,
        /// What it needs.
        capability: Capability,
    },
    /// Nothing is theirs.
    #[error(
        "{} needs a seat or a token, and you have neither; request one from your licence manager. You can \
         still raise, follow and answer your own tickets",
        .action.doing(None)
    )]
    NoEntitlement {
        /// What they tried.
        action: Action,
    },
    /// The licence starts later.
    #[error("{} starts at {}; until then you can raise, follow and answer your own tickets", .0.name, .0.at)]
    LicenceNotStarted(TermLapse),
    /// The licence is over.
    #[error(
        "{} ended at {}; ask your licence manager to renew it. You can still raise, follow and answer your own tickets",
        .0.name, .0.at
    )]
    LicenceExpired(TermLapse),
    /// The pool is not for them.
    #[error("the tokens of {name} are for other groups; ask your licence manager which licence is for you")]
    Excluded {
        /// Which licence.
        licence: LicenceId,
        /// What people call it.
        name: String,
    },
    /// All passes are used up.
    #[error("all day passes of {name} are used up; ask your licence manager for more")]
    NoPassLeft {
        /// Which licence.
        licence: LicenceId,
        /// What people call it.
        name: String,
    },
    /// They may work, but not with this module.
    #[error(
        "{} needs {}, and you have no seat or token of it; request one from your licence manager. Everything else you \
         can do as before", .action.doing(None), .module.title()
    )]
    ModuleMissing {
        /// What they tried.
        action: Action,
        /// What it needs.
        module: Module,
    },
    /// The pool grants tokens at other hours.
    #[error("{} grants tokens at other hours; the next time is {}", .0.name, .0.at)]
    OutsideShift(TermLapse),
}

/// A licence outside its term.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct TermLapse {
    /// Which licence.
    pub licence: LicenceId,
    /// What people call it.
    pub name: String,
    /// When it starts, or ended.
    pub at: Timestamp,
}

impl Refusal {
    /// The stable code.
    pub const fn reason(&self) -> DenialReason {
        match self {
            Self::CapabilityMissing { .. } => DenialReason::CapabilityMissing,
            Self::NoEntitlement { .. } => DenialReason::NoEntitlement,
            Self::LicenceNotStarted(_) => DenialReason::LicenceNotStarted,
            Self::LicenceExpired(_) => DenialReason::LicenceExpired,
            Self::Excluded { .. } => DenialReason::Excluded,
            Self::NoPassLeft { .. } => DenialReason::NoPassLeft,
            Self::ModuleMissing { .. } => DenialReason::ModuleMissing,
            Self::OutsideShift(_) => DenialReason::OutsideShift,
        }
    }

    /// The licence that refuses, where one does.
    pub const fn licence(&self) -> Option<LicenceId> {
        match self {
            Self::LicenceNotStarted(lapse) | Self::LicenceExpired(lapse) | Self::OutsideShift(lapse) => {
                Some(lapse.licence)
            }
            Self::Excluded { licence, .. } | Self::NoPassLeft { licence, .. } => Some(*licence),
            Self::CapabilityMissing { .. } | Self::NoEntitlement { .. } | Self::ModuleMissing { .. } => None,
        }
    }

    /// The refusal of `licence` to grant tokens to members of `groups` at `now`, if it does refuse.
    pub fn of_access(licence: &Licence, groups: &[GroupId], now: Timestamp) -> Option<Self> {
        let Licence { id, name, access, .. } = licence;
        if !access.admits(groups) {
            return Some(Self::Excluded { licence: *id, name: name.clone() });
        }
        if access.is_open(now) {
            return None;
        }
        // A shift that is not open now opens within a week, or its zone has no such day: then say "now" rather than lie.
        let at = access.opens_at(now).unwrap_or(now);
        Some(Self::OutsideShift(TermLapse { licence: *id, name: name.clone(), at }))
    }

    /// The refusal of `licence` for being outside its term at `now`, if it is.
    pub fn of_term(licence: &Licence, now: Timestamp) -> Option<Self> {
        let lapse = |at| TermLapse { licence: licence.id, name: licence.name.clone(), at };
        match licence.term.phase(now) {
            TermPhase::Running | TermPhase::Grace => None,
            TermPhase::NotStarted => Some(Self::LicenceNotStarted(lapse(licence.term.starts_at()))),
            TermPhase::Ended => {
                Some(Self::LicenceExpired(lapse(licence.term.over_at().unwrap_or(licence.term.starts_at()))))
            }
        }
    }
}

impl Serialize for Refusal {
    /// `{"reason": code, "detail": sentence, …}`, so that a program and a person can both read it.
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut refusal = to.serialize_struct("Refusal", 3)?;
        refusal.serialize_field("reason", &self.reason())?;
        refusal.serialize_field("detail", &self.to_string())?;
        refusal.serialize_field("licence", &self.licence())?;
        refusal.end()
    }
}

/// Who decides an act: nobody needs to, a seat does, or a pool must be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// Decided without a pool.
    Decided(Verdict),
    /// Check out from the first of these pools that serves; never empty. One in which the person already holds a token
    /// comes before the others.
    Pools(Vec<LicenceId>),
}

/// Decides `action` as far as it can be decided without a pool. `seats` are the person's standing assignments with their
/// licences, `pools` the licences with tokens or passes that they are entitled to, in order of preference; both for `module`
/// (the base product, if `None`).
///
/// An exclusive seat inside its term always grants, whatever the pools look like.
pub fn route(
    action: Action,
    module: Option<Module>,
    capabilities: Capabilities,
    seats: &[(&Licence, &Assignment)],
    pools: &[&Licence],
    now: Timestamp,
) -> Route {
    let rule = action.rule();
    if !capabilities.has(rule.capability) {
        let capability = rule.capability;
        return Route::Decided(Verdict::Refused(Refusal::CapabilityMissing { action, capability }));
    }
    if rule.licence == LicenceNeed::Free {
        return Route::Decided(Verdict::Free);
    }
    let running = |licence: &Licence| licence.term.runs(now);
    let seat = seats.iter().find(|(licence, assignment)| running(licence) && assignment.held_at(now));
    if let Some((licence, assignment)) = seat {
        return Route::Decided(Verdict::Seat(HeldSeat {
            licence: licence.id,
            assignment: assignment.id,
            seat_number: assignment.seat_number,
        }));
    }
    let open: Vec<_> = pools.iter().filter(|licence| running(licence)).map(|licence| licence.id).collect();
    if !open.is_empty() {
        return Route::Pools(open);
    }
    let mut lapsed = seats.iter().map(|(licence, _)| *licence).chain(pools.iter().copied());
    let refusal = lapsed.find_map(|licence| Refusal::of_term(licence, now));
    let nothing = match module {
        None => Refusal::NoEntitlement { action },
        Some(module) => Refusal::ModuleMissing { action, module },
    };
    Route::Decided(Verdict::Refused(refusal.unwrap_or(nothing)))
}
