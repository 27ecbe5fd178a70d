//! Loading a pool from its rows, and refusing rows that cannot be.

use std::{cmp::Reverse, collections::HashSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Pool, QueueEntry};
use crate::{
    PersonId,
    licence::{Lease, LeaseEnd, Licence, Metric},
};

/// The counters of a pool: one small row, locked by whoever changes the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Counters {
    /// The fencing number of the next lease.
    pub next_fence: u64,
    /// The place of the next person in line.
    pub next_place: u64,
    /// The pool's time: the latest that any process has brought to it.
    pub clock: Timestamp,
}

impl Default for Counters {
    fn default() -> Self {
        Self { next_fence: 1, next_place: 1, clock: Timestamp::UNIX_EPOCH }
    }
}

/// The rows of a pool.
#[derive(Debug, Clone, Default)]
pub struct PoolRows {
    /// Every live lease, and every one that ended by silence inside the revival window and was its person's latest; in
    /// any order.
    pub leases: Vec<Lease>,
    /// Everybody in line; in any order.
    pub queue: Vec<QueueEntry>,
    /// The counters.
    pub counters: Counters,
    /// How long a token was held on average of late, to estimate waits; `None` if not known.
    pub mean_hold: Option<SignedDuration>,
}

/// Rows that contradict each other, or a licence that has no pool. Never seen unless somebody wrote around the door.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenPool {
    /// Only concurrent licences have pools.
    #[error("{name} is {metric}; only a concurrent licence has a pool")]
    NotConcurrent {
        /// The licence's name.
        name: String,
        /// How it is counted.
        metric: Metric,
    },
    /// A row of another licence.
    #[error("the rows of {name} include those of another licence; restore the last backup")]
    Foreign {
        /// The licence's name.
        name: String,
    },
    /// A token with two holders, or one kept for two.
    #[error("token {token} is held or offered twice; restore the last backup")]
    TokenTwice {
        /// The token's number.
        token: u32,
    },
    /// A person with two holds or places.
    #[error("person {person} has two leases or places; restore the last backup")]
    PersonTwice {
        /// Who.
        person: PersonId,
    },
    /// A number that was given out, but that the counter would give out again.
    #[error("the counters are behind the rows they count; restore the last backup")]
    CountersBehind,
}

impl Pool {
    /// The pool of a `licence` that nobody has used yet.
    pub fn new(licence: Licence) -> Result<Self, BrokenPool> {
        Self::load(licence, PoolRows::default())
    }

    /// The pool of `licence` as stored.
    pub fn load(licence: Licence, rows: PoolRows) -> Result<Self, BrokenPool> {
        let PoolRows { mut leases, mut queue, counters, mean_hold } = rows;
        if licence.metric != Metric::Concurrent {
            return Err(BrokenPool::NotConcurrent { name: licence.name, metric: licence.metric });
        }
        leases.sort_unstable_by_key(|lease| Reverse(lease.fence));
        let (mut live, mut revivable, mut met) = (Vec::new(), Vec::new(), HashSet::new());
        for lease in leases {
            let latest_of_its_person = met.insert(lease.person);
            match lease.ended {
                None => live.push(lease),
                Some((_, LeaseEnd::Silent)) if latest_of_its_person => revivable.push(lease),
                Some(_) => {}
            }
        }
        revivable.reverse();
        live.sort_unstable_by_key(|lease| lease.token);
        queue.sort_unstable_by_key(|entry| entry.place);
        let mut pool = Self { licence, live, revivable, queue, counters, mean_hold };
        pool.check()?;
        let ends = pool.revivable.iter().filter_map(Lease::ended_at);
        let times = ends.chain(pool.live.iter().map(|lease| lease.last_seen_at));
        pool.counters.clock = times.fold(counters.clock, Timestamp::max);
        Ok(pool)
    }

    /// Whether the rows agree with each other.
    fn check(&self) -> Result<(), BrokenPool> {
        let licences = self.live.iter().map(|l| l.licence).chain(self.queue.iter().map(|e| e.licence));
        if licences.into_iter().any(|licence| licence != self.licence.id) {
            return Err(BrokenPool::Foreign { name: self.licence.name.clone() });
        }
        let mut tokens = HashSet::new();
        if let Some(token) = self.taken().find(|token| !tokens.insert(*token)) {
            return Err(BrokenPool::TokenTwice { token });
        }
        let mut people = HashSet::new();
        let persons = self.live.iter().map(|l| l.person).chain(self.queue.iter().map(|e| e.person));
        if let Some(person) = persons.into_iter().find(|person| !people.insert(*person)) {
            return Err(BrokenPool::PersonTwice { person });
        }
        let counted = self.live.iter().all(|lease| lease.fence < self.counters.next_fence)
            && self.queue.iter().all(|entry| entry.place < self.counters.next_place);
        if counted { Ok(()) } else { Err(BrokenPool::CountersBehind) }
    }
}
