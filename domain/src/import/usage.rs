//! Past use of a concurrent pool: who held a token from when to when, and who was refused.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::PersonKey;

/// The use of one pool over some time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PoolUse {
    /// Holds, in order of their beginning.
    pub sessions: Vec<PoolSession>,
    /// Refusals, in order of time.
    pub denials: Vec<PoolDenial>,
}

impl PoolUse {
    /// The most tokens held at one moment. A token given back at a moment is free at that moment.
    pub fn peak(&self) -> usize {
        let mut edges: Vec<(Timestamp, bool)> =
            self.sessions.iter().flat_map(|s| [(s.from, true), (s.to, false)]).collect();
        edges.sort_unstable();
        let (mut held, mut peak) = (0_usize, 0_usize);
        for (_, taken) in edges {
            held = if taken { held + 1 } else { held.saturating_sub(1) };
            peak = peak.max(held);
        }
        peak
    }

    /// How many tokens are held at `at`.
    pub fn held_at(&self, at: Timestamp) -> usize {
        self.sessions.iter().filter(|s| s.from <= at && at < s.to).count()
    }
}

/// One hold on a token: from, inclusive, to, exclusive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolSession {
    /// The holder.
    pub person: PersonKey,
    /// The moment of the first licensed action.
    pub from: Timestamp,
    /// The moment the token was free again.
    pub to: Timestamp,
}

/// Somebody wanted a token and did not get one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolDenial {
    /// Who was refused.
    pub person: PersonKey,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: PoolDenialReason,
}

/// Why no token was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolDenialReason {
    /// Every token was held.
    PoolFull,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_given_back_at_a_moment_is_free_at_that_moment() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let hold = |from, to| PoolSession { person: PersonKey("a".to_owned()), from: at(from), to: at(to) };
        let mut pool_use = PoolUse { sessions: vec![hold(0, 10), hold(10, 20)], denials: Vec::new() };
        assert_eq!((pool_use.peak(), pool_use.held_at(at(10)), pool_use.held_at(at(20))), (1, 1, 0));
        pool_use.sessions.push(hold(9, 11));
        assert_eq!((pool_use.peak(), pool_use.held_at(at(10))), (2, 2));
    }
}
