//! Licences that need each other, or must not meet in one person's hands.

use serde::{Deserialize, Serialize};

use super::Licence;
use crate::LicenceId;

/// What a licence asks of the others that its holder has.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Relations {
    /// Its holder also has one of these; nothing is asked if there are none.
    pub requires: Vec<LicenceId>,
    /// Its holder has none of these. It holds in both directions, whichever of the two says it.
    pub conflicts: Vec<LicenceId>,
}

/// Why somebody cannot be given a licence beside those they have (`DependencyViolation` and `MutuallyExclusiveViolation` of
/// Entra's group licensing).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RelationError {
    /// It stands on another licence that they do not have.
    #[error("{licence} needs one of {needs}; give them that first")]
    Missing {
        /// The licence.
        licence: String,
        /// What it needs, by name.
        needs: String,
    },
    /// Two that exclude each other.
    #[error("{licence} and {other} exclude each other; take {other} away first")]
    Conflict {
        /// The licence.
        licence: String,
        /// The one they have.
        other: String,
    },
    /// Others that they have stand on it.
    #[error("{other} needs {licence}; take {other} away first")]
    Needed {
        /// The licence to be taken away.
        licence: String,
        /// What would be left without it.
        other: String,
    },
}

impl Relations {
    /// The most that a licence names of each kind.
    pub const MOST: usize = 20;

    /// Whether `licence` may be given to somebody who has `held`. `all` gives names to what is missing.
    pub fn may_join(
        licence: &Licence,
        relations: &Self,
        held: &[(&Licence, &Self)],
        all: &[Licence],
    ) -> Result<(), RelationError> {
        let name = || licence.name.clone();
        let excludes = |(other, theirs): &&(&Licence, &Self)| {
            relations.conflicts.contains(&other.id) || theirs.conflicts.contains(&licence.id)
        };
        if let Some((other, _)) = held.iter().find(excludes) {
            return Err(RelationError::Conflict { licence: name(), other: other.name.clone() });
        }
        let met = held.iter().any(|(other, _)| relations.requires.contains(&other.id));
        if relations.requires.is_empty() || met {
            return Ok(());
        }
        let needs = all.iter().filter(|other| relations.requires.contains(&other.id));
        let needs: Vec<_> = needs.map(|other| other.name.as_str()).collect();
        Err(RelationError::Missing { licence: name(), needs: needs.join(", ") })
    }

    /// Whether `licence` may be taken from somebody who keeps `rest`.
    pub fn may_leave(licence: &Licence, rest: &[(&Licence, &Self)]) -> Result<(), RelationError> {
        let stands = |(_, theirs): &&(&Licence, &Self)| {
            let met = |id: &LicenceId| rest.iter().any(|(other, _)| other.id == *id);
            theirs.requires.contains(&licence.id) && !theirs.requires.iter().any(met)
        };
        match rest.iter().find(stands) {
            Some((other, _)) => {
                Err(RelationError::Needed { licence: licence.name.clone(), other: other.name.clone() })
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::licence::{Metric, NewLicence, PoolRules, Term};

    fn licence(id: u128) -> Licence {
        let term = Term::new(jiff::Timestamp::UNIX_EPOCH, None).unwrap();
        let (name, product) = (format!("L{id}"), "Freehold".to_owned());
        let (metric, rules) = (Metric::Exclusive, PoolRules::default());
        let new = NewLicence { name, product, module: None, metric, quantity: 1, term, rules };
        Licence::new(LicenceId::from(uuid::Uuid::from_u128(id)), new).unwrap()
    }

    #[test]
    fn what_needs_another_licence_comes_after_it_and_goes_before_it() {
        let (base, module) = (licence(1), licence(2));
        let needs = Relations { requires: vec![base.id], ..Relations::default() };
        let none = Relations::default();
        let all = [base.clone(), module.clone()];
        let missing = Relations::may_join(&module, &needs, &[], &all).unwrap_err();
        assert_eq!(missing.to_string(), "L2 needs one of L1; give them that first");
        assert_eq!(Relations::may_join(&module, &needs, &[(&base, &none)], &all), Ok(()));
        let needed = Relations::may_leave(&base, &[(&module, &needs)]).unwrap_err();
        assert_eq!(needed.to_string(), "L2 needs L1; take L2 away first");
        assert_eq!(Relations::may_leave(&module, &[(&base, &none)]), Ok(()));
    }

    #[test]
    fn two_that_exclude_each_other_never_meet_whoever_says_so() {
        let (one, other) = (licence(1), licence(2));
        let excludes = Relations { conflicts: vec![other.id], ..Relations::default() };
        let none = Relations::default();
        assert!(Relations::may_join(&one, &excludes, &[(&other, &none)], &[]).is_err());
        assert!(Relations::may_join(&other, &none, &[(&one, &excludes)], &[]).is_err());
        assert_eq!(Relations::may_join(&one, &excludes, &[], &[]), Ok(()));
    }
}
