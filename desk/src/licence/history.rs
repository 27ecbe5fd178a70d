//! Past use of a pool, brought in from another desk or from the sample organisation.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
};

use domain::{
    LeaseId, LicenceId, PersonId, Timestamp,
    identity::{Actor, SystemActor},
    import::{PersonKey, PoolDenial, PoolDenialReason, PoolSession, PoolUse},
    licence::{
        Action, Cause, Denial, DenialReason, Grant, Lease, LeaseEnd, Metric, PoolEvent, pool::Counters,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{ReadTx, licence, person, usage};

use super::aim;
use crate::{Act, Command, Refused, Result, Threshold};

/// Writes the past use of a pool: its leases, all of them ended, its denials, and the facts that concurrency is computed
/// from. The pool must not have been used since the history begins.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImportPoolHistory {
    /// Of which licence.
    pub licence: LicenceId,
    /// The system whose names of people the history uses.
    pub source: String,
    /// The history.
    pub history: PoolUse,
}

/// What became of a history.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HistoryPlaced {
    /// Leases written.
    pub sessions: u32,
    /// Denials written.
    pub denials: u32,
    /// What could not be placed, and why.
    pub unplaced: Vec<Unplaced>,
}

/// A part of a history that could not be placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unplaced {
    /// Whose.
    pub person: PersonKey,
    /// From when.
    pub at: Timestamp,
    /// Why, as a sentence.
    pub because: String,
}

impl Command for ImportPoolHistory {
    type Outcome = HistoryPlaced;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        match at.ctx.principal.actor {
            Actor::System(SystemActor::Import | SystemActor::CommandLine) => {}
            _ => return Err(Refused::NotFound("licence")),
        }
        aim(at, self.licence)?;
        Ok(Action::ImportRun)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<HistoryPlaced> {
        let Self { licence: id, source, history } = self;
        let (licence, rows) = licence::lock_pool(act.tx, id)?.ok_or(Refused::NotFound("licence"))?;
        if licence.metric != Metric::Concurrent {
            return Err(Refused::Rule(format!(
                "{} is {} and has no tokens; bring the history to a concurrent licence",
                licence.name, licence.metric
            )));
        }
        if rows.leases.iter().any(|lease| lease.ended.is_none()) || !rows.queue.is_empty() {
            return Err(Refused::Rule(format!(
                "{} is in use; bring its history while nobody holds a token or waits",
                licence.name
            )));
        }
        let mut writer = Writer {
            licence: id,
            cause: Cause { action: act.action, ticket: None, channel: act.ctx.principal.channel },
            used_until: rows.counters.clock,
            counters: rows.counters,
            free: (1..=licence.quantity).map(Reverse).collect(),
            running: BinaryHeap::new(),
            holds_until: HashMap::new(),
            events: Vec::new(),
        };
        let mut people = People { source, known: HashMap::new() };
        let mut placed = HistoryPlaced::default();

        let PoolUse { mut sessions, mut denials } = history;
        sessions.sort_by_key(|session| session.from);
        denials.sort_by_key(|denial| denial.at);
        for PoolSession { person, from, to } in sessions {
            let who = people.find(act.tx, &person)?;
            let written = who.and_then(|who| writer.session(who, from..to, act.ctx.now, act.new_id()));
            match written {
                Ok(()) => placed.sessions += 1,
                Err(because) => placed.unplaced.push(Unplaced { person, at: from, because }),
            }
        }
        for PoolDenial { person, at, reason } in denials {
            let reason = match reason {
                PoolDenialReason::PoolFull => DenialReason::NoFreeToken,
            };
            let who = people.find(act.tx, &person)?;
            let written = who.and_then(|who| {
                let id = act.new_id();
                writer.denial(
                    Denial {
                        id,
                        licence: Some(writer.licence),
                        person: who,
                        reason,
                        cause: writer.cause,
                        at,
                    },
                    act.ctx.now,
                )
            });
            match written {
                Ok(()) => placed.denials += 1,
                Err(because) => placed.unplaced.push(Unplaced { person, at, because }),
            }
        }

        let Writer { mut events, counters, .. } = writer;
        // At one moment ends come first, as everywhere; otherwise in order of writing.
        events.sort_by_key(|event| (event.at(), !matches!(event, PoolEvent::Ended { .. })));
        if let Some(first) = events.first() {
            usage::reopen(act.tx, id, first.at())?;
        }
        licence::record(act.tx, id, &events, counters)?;
        act.detail = json!({
            "licence": licence.name,
            "sessions": placed.sessions,
            "denials": placed.denials,
            "unplaced": placed.unplaced.len(),
        });
        act.announce(format!("licence:{id}"));
        Ok(placed)
    }
}

/// Turns sessions, in order of their beginning, into leases with token and fencing number.
struct Writer {
    licence: LicenceId,
    cause: Cause,
    counters: Counters,
    /// The pool's time before the import; history goes on from there.
    used_until: Timestamp,
    free: BinaryHeap<Reverse<u32>>,
    running: BinaryHeap<Reverse<(Timestamp, u32)>>,
    holds_until: HashMap<PersonId, Timestamp>,
    events: Vec<PoolEvent>,
}

impl Writer {
    fn session(
        &mut self,
        person: PersonId,
        held: std::ops::Range<Timestamp>,
        now: Timestamp,
        id: LeaseId,
    ) -> Result<(), String> {
        if held.is_empty() {
            return Err("it ends before it begins; correct its times".to_owned());
        }
        if held.end > now {
            return Err("it ends in the future; bring only what is over".to_owned());
        }
        if held.start < self.used_until {
            return Err("the pool was used after this began; bring history to an unused pool".to_owned());
        }
        if self.holds_until.get(&person).is_some_and(|until| held.start < *until) {
            return Err("the same person holds another token at that time; one person holds one".to_owned());
        }
        while let Some(Reverse((until, token))) = self.running.peek().copied() {
            if until > held.start {
                break;
            }
            self.running.pop();
            self.free.push(Reverse(token));
        }
        let Some(Reverse(token)) = self.free.pop() else {
            return Err("all tokens are held at that time; raise the quantity first".to_owned());
        };
        self.running.push(Reverse((held.end, token)));
        self.holds_until.insert(person, held.end);
        let lease = Lease {
            id,
            licence: self.licence,
            person,
            token,
            fence: self.counters.next_fence,
            acquired_at: held.start,
            acquired_by: self.cause,
            last_seen_at: held.end,
            last_active_at: held.end,
            ended: None,
            claim: domain::licence::Claim::default(),
            lingering_since: None,
            borrowed_until: None,
            recall: None,
        };
        self.counters.next_fence += 1;
        self.events.push(PoolEvent::Ended {
            licence: self.licence,
            lease: id,
            person,
            token,
            fence: lease.fence,
            at: held.end,
            end: LeaseEnd::Released,
            last_active_at: held.end,
        });
        self.events.push(PoolEvent::Acquired { lease, how: Grant::Fresh });
        self.counters.clock = self.counters.clock.max(held.end);
        Ok(())
    }

    fn denial(&mut self, denial: Denial, now: Timestamp) -> Result<(), String> {
        if denial.at > now {
            return Err("it is in the future; bring only what is over".to_owned());
        }
        self.events.push(PoolEvent::Denied { denial });
        Ok(())
    }
}

/// The people of a source, each looked up once.
struct People {
    source: String,
    known: HashMap<PersonKey, Option<PersonId>>,
}

impl People {
    /// The person, or why there is none.
    fn find(&mut self, tx: &mut ReadTx<'_>, key: &PersonKey) -> Result<Result<PersonId, String>> {
        if !self.known.contains_key(key) {
            let found = person::id_by_external(tx, &self.source, key.as_str())?;
            self.known.insert(key.clone(), found);
        }
        let found = self.known.get(key).copied().flatten();
        Ok(found.ok_or_else(|| format!("{} knows nobody by this name; bring the people first", self.source)))
    }
}
