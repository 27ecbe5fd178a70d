//! Held time against used time: what a hold was good for.

use std::{
    collections::{BTreeMap, HashMap},
    ops::{AddAssign, Range},
};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::Tenure;
use crate::{
    GroupId, LeaseId, PersonId,
    identity::named,
    licence::{Lease, PoolEvent, after},
};

named! {
    /// Why a hold was not used for a while.
    PauseKind {
        /// No licensed act.
        Idle = "idle",
        /// Given back, and kept for its holder.
        Lingering = "lingering",
    }
}

/// A while in which a hold was not used, and after which it was used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pause {
    /// Of which kind.
    pub kind: PauseKind,
    /// The last act before it; when it was given back, if it lingered.
    pub from: Timestamp,
    /// The act that ended it.
    pub until: Timestamp,
}

/// A hold with what is known of its use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Who held what, and how long.
    pub tenure: Tenure,
    /// The last licensed act.
    pub last_active_at: Timestamp,
    /// Until when it was borrowed: so long, nobody counts as idle.
    pub borrowed_until: Option<Timestamp>,
    /// Since when it is, or was to its end, kept for its holder.
    pub lingering_since: Option<Timestamp>,
    /// The pauses before that.
    pub pauses: Vec<Pause>,
}

/// How long tokens were held, and how much of that was work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct HeldTime {
    /// All of it.
    pub held: SignedDuration,
    /// From each licensed act until the pool calls its holder idle, or the hold ends or lingers.
    pub active: SignedDuration,
    /// Given back, and kept for its holder.
    pub lingering: SignedDuration,
}

impl AddAssign for HeldTime {
    fn add_assign(&mut self, other: Self) {
        self.held += other.held;
        self.active += other.active;
        self.lingering += other.lingering;
    }
}

impl From<&Lease> for Holding {
    fn from(lease: &Lease) -> Self {
        Self {
            tenure: Tenure::from(lease),
            last_active_at: lease.last_active_at,
            borrowed_until: lease.borrowed_until,
            lingering_since: lease.lingering_since,
            pauses: Vec::new(),
        }
    }
}

impl Holding {
    /// What of `range` it was held for, and how, in a pool that calls its holders idle after `idle_after`.
    pub fn time_within(&self, range: &Range<Timestamp>, idle_after: SignedDuration) -> HeldTime {
        let from = self.tenure.from.max(range.start);
        let until = self.tenure.until.unwrap_or(range.end).min(range.end);
        if until <= from {
            return HeldTime::default();
        }
        let lingering = || {
            let before = self.pauses.iter().filter(|pause| pause.kind == PauseKind::Lingering);
            let last = self.lingering_since.map(|since| (since, Timestamp::MAX));
            before.map(|pause| (pause.from, pause.until)).chain(last)
        };
        let idle = self.pauses.iter().filter(|pause| pause.kind == PauseKind::Idle);
        let worked_until =
            self.borrowed_until.map_or(self.last_active_at, |out| out.max(self.last_active_at));
        let idle = idle.map(|pause| (after(pause.from, idle_after), pause.until));
        let idle = idle.chain([(after(worked_until, idle_after), Timestamp::MAX)]);
        let held = from.duration_until(until);
        HeldTime {
            held,
            active: held - covered(idle.chain(lingering()), &(from..until)),
            lingering: covered(lingering(), &(from..until)),
        }
    }
}

/// How much of `range` the stretches cover together.
fn covered(
    stretches: impl Iterator<Item = (Timestamp, Timestamp)>,
    range: &Range<Timestamp>,
) -> SignedDuration {
    let mut stretches: Vec<_> = stretches.collect();
    stretches.sort_unstable();
    let (mut sum, mut done) = (SignedDuration::ZERO, range.start);
    for (from, until) in stretches {
        let (from, until) = (from.max(done), until.min(range.end));
        if from < until {
            sum += from.duration_until(until);
            done = until;
        }
    }
    sum
}

/// The holds that `events` tell of, in order of their beginning.
pub fn holdings<'a>(events: impl IntoIterator<Item = &'a PoolEvent>) -> Vec<Holding> {
    let mut holdings: Vec<Holding> = Vec::new();
    let mut running: HashMap<LeaseId, usize> = HashMap::new();
    for event in events {
        if let PoolEvent::Acquired { lease, .. } = event {
            running.insert(lease.id, holdings.len());
            holdings.push(Holding::from(lease));
            continue;
        }
        let Some(holding) = event.lease().and_then(|lease| running.get(&lease)) else { continue };
        holdings[*holding].learn(event);
    }
    holdings.sort_by_key(|holding| holding.tenure.from);
    holdings
}

impl Holding {
    fn learn(&mut self, event: &PoolEvent) {
        match *event {
            PoolEvent::Used { at, idle_since, .. } => {
                let out = self.borrowed_until;
                self.pauses.extend(idle_since.map(|since| Pause {
                    kind: PauseKind::Idle,
                    from: out.map_or(since, |out| out.max(since)),
                    until: at,
                }));
                self.last_active_at = at;
            }
            PoolEvent::Lingering { at, .. } => {
                (self.lingering_since, self.borrowed_until) = (Some(at), None);
            }
            PoolEvent::Resumed { at, lingering_since, .. } => {
                self.lingering_since = None;
                self.pauses.push(Pause { kind: PauseKind::Lingering, from: lingering_since, until: at });
            }
            PoolEvent::Borrowed { until, .. } => self.borrowed_until = Some(until),
            PoolEvent::Ended { at, last_active_at, .. } => {
                self.tenure.until = Some(at);
                self.last_active_at = last_active_at;
            }
            _ => {}
        }
    }
}

/// The time of people as the time of their groups. Who belongs to several counts in each.
pub fn by_group<'a>(
    people: impl IntoIterator<Item = (&'a PersonId, &'a HeldTime)>,
    groups_of: impl Fn(PersonId) -> Vec<GroupId>,
) -> BTreeMap<GroupId, HeldTime> {
    let mut groups: BTreeMap<GroupId, HeldTime> = BTreeMap::new();
    for (person, time) in people {
        for group in groups_of(*person) {
            *groups.entry(group).or_default() += *time;
        }
    }
    groups
}
