//! Denials: checkouts that were refused, and whether the refusal hurt.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Cause, after};
use crate::{DenialId, LicenceId, PersonId, identity::named};

named! {
    /// Why somebody was not granted a licence. The names are stable.
    DenialReason {
        /// Their roles do not let them do this.
        CapabilityMissing = "capability_missing",
        /// No seat is theirs and no pool includes them.
        NoEntitlement = "no_entitlement",
        /// The licence has not started.
        LicenceNotStarted = "licence_not_started",
        /// The licence has ended.
        LicenceExpired = "licence_expired",
        /// All tokens are held or offered; they wait in line.
        NoFreeToken = "no_free_token",
        /// Tokens are free, but kept for groups they do not belong to; they wait in line.
        ReservedForOthers = "reserved_for_others",
        /// Their group holds as many tokens as it may; they wait in line.
        GroupLimit = "group_limit",
        /// The pool excludes them, or includes only others.
        Excluded = "excluded",
        /// The pool is open at other hours.
        OutsideShift = "outside_shift",
        /// All day passes are used up.
        NoPassLeft = "no_pass_left",
        /// The module needs another licence that they do not have.
        ModuleMissing = "module_missing",
    }
}

/// A refused checkout.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Denial {
    /// Which one.
    pub id: DenialId,
    /// The licence that was asked for; `None` if the person has none to ask.
    pub licence: Option<LicenceId>,
    /// Who was refused.
    pub person: PersonId,
    /// Why.
    pub reason: DenialReason,
    /// For which act.
    pub cause: Cause,
    /// When.
    pub at: Timestamp,
}

named! {
    /// Whether a denial kept somebody from working.
    DenialClass {
        /// Not served within the tolerance: it did.
        True = "true",
        /// Served within the tolerance: it did not.
        False = "false",
        /// The tolerance has not passed yet.
        Open = "open",
    }
}

/// Whether the denial at `denied_at` was true, given when the same person was `served` next (a token of the same product
/// from any pool). The tolerance is the "licence pull tolerance" of usage monitors: being served within it, boundary
/// included, makes the denial a false one.
pub fn classify(
    denied_at: Timestamp,
    served: Option<Timestamp>,
    tolerance: SignedDuration,
    now: Timestamp,
) -> DenialClass {
    let limit = after(denied_at, tolerance);
    match served {
        Some(at) if denied_at <= at && at <= limit => DenialClass::False,
        _ if now <= limit => DenialClass::Open,
        _ => DenialClass::True,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_denial_is_true_unless_the_same_person_is_served_within_the_tolerance() {
        let tolerance = SignedDuration::from_secs(60);
        let class =
            |served: Option<i64>, now| classify(second(100), served.map(second), tolerance, second(now));
        assert_eq!(class(None, 161), DenialClass::True);
        assert_eq!(class(Some(160), 161), DenialClass::False);
        assert_eq!(class(Some(161), 200), DenialClass::True);
        assert_eq!(class(Some(99), 200), DenialClass::True, "served before is not served");
        assert_eq!(class(None, 160), DenialClass::Open);
    }
}
