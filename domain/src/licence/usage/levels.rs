//! How many people held a token at every moment, without their names: what long ranges are computed from.

use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::Tenure;

/// The level as a step function, without names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Levels(Vec<(Timestamp, u32)>);

/// More or fewer tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CapacityChange {
    /// When.
    pub at: Timestamp,
    /// From how many.
    pub from: u32,
    /// To how many.
    pub to: u32,
}

/// How many tokens there were at every moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capacity {
    /// Every change since the moments that are asked about, in order.
    pub changes: Vec<CapacityChange>,
    /// How many there are after the last of them.
    pub now: u32,
}

impl Capacity {
    /// How many tokens there were at `moment`.
    pub fn at(&self, moment: Timestamp) -> u32 {
        self.after(moment).first().map_or(self.now, |next| next.from)
    }

    /// The stretches of `range` with an unchanged number of tokens.
    fn within(&self, range: &Range<Timestamp>) -> impl Iterator<Item = (Range<Timestamp>, u32)> {
        let first = (range.start, self.at(range.start));
        let changes = self.after(range.start).iter().map(|change| (change.at, change.to));
        stretches(first, changes, range.end)
    }

    fn after(&self, moment: Timestamp) -> &[CapacityChange] {
        &self.changes[self.changes.partition_point(|change| change.at <= moment)..]
    }
}

impl Levels {
    /// The levels of `tenures`: a person who holds twice at once is counted once, a hold without length not at all.
    pub fn of(tenures: impl IntoIterator<Item = Tenure>) -> Self {
        let end = |tenure: &Tenure| tenure.until.unwrap_or(Timestamp::MAX);
        let mut held: Vec<Tenure> = tenures.into_iter().filter(|tenure| tenure.from < end(tenure)).collect();
        held.sort_unstable_by_key(|tenure| (tenure.person, tenure.from));
        let mut moves: Vec<(Timestamp, i32)> = Vec::with_capacity(held.len() * 2);
        for own in held.chunk_by(|one, next| one.person == next.person) {
            let mut covered = Timestamp::MIN;
            for tenure in own {
                let (from, until) = (tenure.from.max(covered), end(tenure));
                if from < until {
                    moves.extend([(from, 1), (until, -1)]);
                    covered = until;
                }
            }
        }
        moves.sort_unstable();
        let mut steps: Vec<(Timestamp, u32)> = Vec::with_capacity(moves.len());
        let mut level = 0_u32;
        for at_once in moves.chunk_by(|one, next| one.0 == next.0) {
            let next = level.saturating_add_signed(at_once.iter().map(|(_, step)| step).sum());
            if next != level && at_once[0].0 < Timestamp::MAX {
                level = next;
                steps.push((at_once[0].0, level));
            }
        }
        Self(steps)
    }

    /// How many people held a token at `moment`.
    pub fn at(&self, moment: Timestamp) -> u32 {
        let before = self.0.partition_point(|(at, _)| *at <= moment);
        before.checked_sub(1).map_or(0, |last| self.0[last].1)
    }

    /// The stretches of `range` with an unchanged level, in order, without a gap.
    pub fn within(&self, range: &Range<Timestamp>) -> impl Iterator<Item = (Range<Timestamp>, u32)> {
        let first = (range.start, self.at(range.start));
        let rest = self.0.partition_point(|(at, _)| *at <= range.start);
        stretches(first, self.0[rest..].iter().copied(), range.end)
    }

    /// For how long more people held a token than there were tokens.
    pub fn time_above(&self, capacity: &Capacity, range: &Range<Timestamp>) -> SignedDuration {
        let mut above = SignedDuration::ZERO;
        for (stretch, tokens) in capacity.within(range) {
            for (piece, level) in self.within(&stretch) {
                if level > tokens {
                    above += piece.start.duration_until(piece.end);
                }
            }
        }
        above
    }
}

/// The stretches between `first`, the later `changes` and `end`.
fn stretches(
    first: (Timestamp, u32),
    changes: impl Iterator<Item = (Timestamp, u32)>,
    end: Timestamp,
) -> impl Iterator<Item = (Range<Timestamp>, u32)> {
    let mut open = (first.0 < end).then_some(first);
    let mut changes = changes.take_while(move |(at, _)| *at < end);
    std::iter::from_fn(move || {
        let (from, level) = open?;
        open = changes.next();
        Some((from..open.map_or(end, |(at, _)| at), level))
    })
}
