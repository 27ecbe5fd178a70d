//! Concurrency computed from the recorded facts, exactly: every change of every level, with the holders by name.

mod held;
mod levels;
mod tally;

pub use held::{HeldTime, Holding, Pause, PauseKind, by_group, holdings};
pub use levels::{Capacity, CapacityChange, Levels};
pub use tally::{HOURS_OF_WEEK, Resolution, SLICE, Slice, Tally, WeekHour, day_of};

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{Lease, PoolEvent};
use crate::{LeaseId, PersonId};

/// One hold of one token: `[from, until)`, still running if `until` is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Tenure {
    /// Whose.
    pub person: PersonId,
    /// The token's number.
    pub token: u32,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Option<Timestamp>,
}

impl From<&Lease> for Tenure {
    fn from(lease: &Lease) -> Self {
        Self { person: lease.person, token: lease.token, from: lease.acquired_at, until: lease.ended_at() }
    }
}

/// The tenures that `events` tell of, in order of their beginning.
pub fn tenures<'a>(events: impl IntoIterator<Item = &'a PoolEvent>) -> Vec<Tenure> {
    let mut tenures: Vec<Tenure> = Vec::new();
    let mut running: HashMap<LeaseId, usize> = HashMap::new();
    for event in events {
        match event {
            PoolEvent::Acquired { lease, .. } => {
                running.insert(lease.id, tenures.len());
                tenures.push(Tenure::from(lease));
            }
            PoolEvent::Ended { lease, at, .. } => {
                if let Some(tenure) = running.remove(lease) {
                    tenures[tenure].until = Some(*at);
                }
            }
            _ => {}
        }
    }
    tenures.sort_by_key(|tenure| tenure.from);
    tenures
}

/// The concurrency that `events` tell of.
pub fn concurrency<'a>(events: impl IntoIterator<Item = &'a PoolEvent>) -> Concurrency {
    Concurrency::of(tenures(events))
}

/// How many people held a token at every moment, as a step function.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Concurrency {
    changes: Vec<Change>,
}

/// People began or ceased to hold at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Change {
    at: Timestamp,
    began: Vec<PersonId>,
    ceased: Vec<PersonId>,
    /// The level from this moment on.
    level: u32,
}

/// A stretch of time with unchanged holders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// From when.
    pub at: Timestamp,
    /// How many people.
    pub level: u32,
    /// Who, in order of their ids.
    pub holders: Vec<PersonId>,
}

/// The highest level of a range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Peak {
    /// How many people.
    pub level: u32,
    /// When it was first reached inside the range.
    pub at: Timestamp,
    /// Who they were at that moment.
    pub holders: Vec<PersonId>,
}

impl Concurrency {
    /// The step function of `tenures`. A person who holds twice at once is counted once; a hold without length counts
    /// nothing; at one moment, ends come before beginnings.
    pub fn of(tenures: impl IntoIterator<Item = Tenure>) -> Self {
        let mut moments: BTreeMap<Timestamp, Vec<(PersonId, i32)>> = BTreeMap::new();
        for Tenure { person, from, until, .. } in tenures {
            if until.is_some_and(|until| until <= from) {
                continue;
            }
            moments.entry(from).or_default().push((person, 1));
            if let Some(until) = until {
                moments.entry(until).or_default().push((person, -1));
            }
        }
        let mut depth: HashMap<PersonId, i32> = HashMap::new();
        let mut level = 0_u32;
        let mut changes = Vec::with_capacity(moments.len());
        for (at, moves) in moments {
            let mut before: BTreeMap<PersonId, i32> = BTreeMap::new();
            for (person, step) in moves {
                let holds = depth.entry(person).or_default();
                before.entry(person).or_insert(*holds);
                *holds += step;
            }
            let (mut began, mut ceased) = (Vec::new(), Vec::new());
            for (person, before) in before {
                let now = depth[&person];
                if now == 0 {
                    depth.remove(&person);
                }
                match (before > 0, now > 0) {
                    (false, true) => began.push(person),
                    (true, false) => ceased.push(person),
                    _ => {}
                }
            }
            if began.is_empty() && ceased.is_empty() {
                continue;
            }
            level = level.saturating_add_signed(net(&began, &ceased));
            changes.push(Change { at, began, ceased, level });
        }
        Self { changes }
    }

    /// How many people held a token at `moment`.
    pub fn level_at(&self, moment: Timestamp) -> u32 {
        self.until(moment).last().map_or(0, |change| change.level)
    }

    /// Who held a token at `moment`, in order of their ids.
    pub fn holders_at(&self, moment: Timestamp) -> Vec<PersonId> {
        let mut holders = std::collections::BTreeSet::new();
        for change in self.until(moment) {
            change.apply(&mut holders);
        }
        holders.into_iter().collect()
    }

    /// Every stretch with its holders, in order. The last one has no end.
    pub fn steps(&self) -> impl Iterator<Item = Step> {
        self.changes.iter().scan(std::collections::BTreeSet::new(), |holders, change| {
            change.apply(holders);
            Some(Step { at: change.at, level: change.level, holders: holders.iter().copied().collect() })
        })
    }

    /// Every change of the level as `(from when, level)`: what a chart draws.
    pub fn levels(&self) -> impl Iterator<Item = (Timestamp, u32)> {
        self.changes.iter().map(|change| (change.at, change.level))
    }

    /// The highest level inside `range`, with when it was first reached there and who they were.
    pub fn peak(&self, range: Range<Timestamp>) -> Option<Peak> {
        if range.is_empty() {
            return None;
        }
        let inside = self.changes.iter().filter(|change| range.contains(&change.at));
        let first = (range.start, self.level_at(range.start));
        let (at, level) = inside
            .map(|change| (change.at, change.level))
            .fold(first, |best, here| if here.1 > best.1 { here } else { best });
        Some(Peak { level, at, holders: self.holders_at(at) })
    }

    /// How long each level lasted inside `range`, by level.
    pub fn time_at_level(&self, range: Range<Timestamp>) -> BTreeMap<u32, SignedDuration> {
        let mut time: BTreeMap<u32, SignedDuration> = BTreeMap::new();
        if range.is_empty() {
            return time;
        }
        let (mut from, mut level) = (range.start, self.level_at(range.start));
        let inside = self.changes.iter().filter(|change| range.start < change.at && change.at < range.end);
        for (at, next) in inside.map(|change| (change.at, change.level)).chain([(range.end, 0)]) {
            let lasted = time.entry(level).or_default();
            *lasted = lasted.saturating_add(at.duration_since(from));
            (from, level) = (at, next);
        }
        time
    }

    fn until(&self, moment: Timestamp) -> &[Change] {
        &self.changes[..self.changes.partition_point(|change| change.at <= moment)]
    }
}

impl Change {
    fn apply(&self, holders: &mut std::collections::BTreeSet<PersonId>) {
        for person in &self.ceased {
            holders.remove(person);
        }
        holders.extend(&self.began);
    }
}

fn net(began: &[PersonId], ceased: &[PersonId]) -> i32 {
    let count = |people: &[PersonId]| i32::try_from(people.len()).unwrap_or(i32::MAX);
    count(began) - count(ceased)
}
