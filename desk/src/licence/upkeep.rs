//! Signs of life, and what falls due by itself.
//!
//! **A heartbeat is not an act.** An open page says every few seconds that its person is still there. Nobody decides
//! anything by that, nothing is taken by it, and it would bury the audit log; so it goes past the door, moves one time on
//! one row, and writes no audit record. What it brings about for others — a lease that ran out, an offer — is in the
//! licence's own history like everything else that happens to a pool.
//!
//! **What falls due** is settled by whoever touches the pool next, at the moment it fell due. The sweep touches those that
//! nobody touches; it goes through the door, and only when there is something to write.

use std::collections::BTreeSet;

use domain::{
    LeaseId, LicenceId, PersonId, Timestamp,
    identity::Actor,
    licence::{Action, Licence, PoolEvent, PoolRules},
};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{ReadTx, WriteTx, licence};
use tokio::sync::oneshot;

use super::{decide, pool::operate};
use crate::{Act, Command, Context, Desk, Refused, Result, Threshold};

/// How old a sign of life must be before another is written down; less where the time to live is short.
const SIGN_AGE: SignedDuration = SignedDuration::from_secs(20);

/// Whether a sign of life given at `seen` is old enough to be renewed.
pub(super) fn is_old(seen: Timestamp, rules: &PoolRules, now: Timestamp) -> bool {
    seen.duration_until(now) >= SIGN_AGE.min(rules.ttl / 4)
}

/// A sign of life that is to be written down.
enum Sign {
    /// The person holds this token beyond doubt: its row alone is moved, as [`decide`] does it.
    Lease(LeaseId),
    /// The pool decides.
    Pool(LicenceId),
}

/// What a sweep settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Settled {
    /// Leases that ended.
    pub ended: u32,
    /// Tokens that were offered.
    pub offered: u32,
    /// Waits that ended.
    pub left: u32,
}

impl Desk {
    /// The acting person is still there: what they hold or wait for, of whatever licence, stays theirs.
    pub async fn heartbeat(&self, ctx: &Context) -> Result<()> {
        let (Some(person), now) = (ctx.principal.person_id(), ctx.now) else { return Ok(()) };
        let signs = self.read(move |tx| signs(tx, person, now)).await?;
        if signs.is_empty() {
            return Ok(());
        }
        let (answer, wait) = oneshot::channel();
        self.tend(
            now,
            move |tx, topics| give(tx, topics, person, now, &signs),
            move |result| drop(answer.send(result)),
        );
        wait.await.unwrap_or(Err(Refused::Store(store::StoreError::Stopped)))
    }

    /// [`Self::heartbeat`] for tests and threads that may wait.
    pub fn heartbeat_now(&self, ctx: &Context) -> Result<()> {
        let (Some(person), now) = (ctx.principal.person_id(), ctx.now) else { return Ok(()) };
        let signs = self.database().read_now(move |tx| signs(tx, person, now))?;
        if signs.is_empty() {
            return Ok(());
        }
        let (answer, wait) = std::sync::mpsc::sync_channel(1);
        self.tend(
            now,
            move |tx, topics| give(tx, topics, person, now, &signs),
            move |result| drop(answer.send(result)),
        );
        wait.recv().unwrap_or(Err(Refused::Store(store::StoreError::Stopped)))
    }

    /// Settles every pool in which something has fallen due. The context is the program's own.
    pub async fn sweep(&self, ctx: Context) -> Result<Settled> {
        let now = ctx.now;
        let due = self.read(move |tx| due(tx, now)).await?;
        if due.is_empty() {
            return Ok(Settled::default());
        }
        unless_settled(self.execute(ctx, SettlePools { licences: due }).await)
    }

    /// [`Self::sweep`] for tests and threads that may wait.
    pub fn sweep_now(&self, ctx: Context) -> Result<Settled> {
        let now = ctx.now;
        let due = self.database().read_now(move |tx| due(tx, now))?;
        if due.is_empty() {
            return Ok(Settled::default());
        }
        unless_settled(self.execute_now(ctx, SettlePools { licences: due }))
    }
}

/// Which signs of life are old enough to be renewed.
fn signs(tx: &mut ReadTx<'_>, person: PersonId, now: Timestamp) -> Result<Vec<Sign>> {
    let leases = licence::live_leases_of(tx, person)?;
    let waits = licence::waits_of(tx, person)?;
    if leases.is_empty() && waits.is_empty() {
        return Ok(Vec::new());
    }
    // Who has been given a seat of their own needs their token no longer: it runs out.
    let seated = licence::seats_of(tx, person, None)?.iter().any(|(licence, _)| runs(licence, now));
    let mut signs = Vec::new();
    let mut entitled = licence::entitlements_of(tx, person)?;
    entitled.sort_by_key(decide::lock_order);
    for licence in entitled {
        if seated && licence.module.is_none() {
            continue;
        }
        let old = |seen: Timestamp| is_old(seen, &licence.rules, now);
        if let Some(lease) = leases.iter().find(|lease| lease.licence == licence.id) {
            if old(lease.last_seen_at) {
                let beyond_doubt =
                    lease.is_plain() && runs(&licence, now) && now < lease.protected_until(&licence.rules);
                signs.push(if beyond_doubt { Sign::Lease(lease.id) } else { Sign::Pool(licence.id) });
            }
        } else if waits.iter().any(|(waited, seen)| *waited == licence.id && old(*seen)) {
            signs.push(Sign::Pool(licence.id));
        }
    }
    // A pool is locked before the rows of leases: whoever decides about it comes to them after it, too.
    signs.sort_by_key(|sign| matches!(sign, Sign::Lease(_)));
    Ok(signs)
}

fn runs(licence: &Licence, now: Timestamp) -> bool {
    licence.term.runs(now)
}

fn give(
    tx: &mut WriteTx<'_>,
    topics: &mut BTreeSet<String>,
    person: PersonId,
    now: Timestamp,
    signs: &[Sign],
) -> Result<()> {
    for sign in signs {
        match sign {
            Sign::Lease(lease) => {
                // One that has ended in between is nobody's to keep.
                licence::lease_seen(tx, *lease, now)?;
            }
            Sign::Pool(id) => {
                let Some(mut pool) = decide::lock(tx, *id)? else { continue };
                let (_, events) = pool.heartbeat(now, person);
                licence::record(tx, *id, &events, pool.counters())?;
                topics.extend(decide::topics(*id, &events));
            }
        }
    }
    Ok(())
}

/// The pools in which something has fallen due, in the order in which they are locked.
fn due(tx: &mut ReadTx<'_>, now: Timestamp) -> Result<Vec<LicenceId>> {
    let mut due = Vec::new();
    for id in licence::busy(tx)? {
        let Some((licence, rows)) = licence::pool(tx, id)? else { continue };
        let order = decide::lock_order(&licence);
        if !decide::assemble(licence, rows)?.settle(now).is_empty() {
            due.push(order);
        }
    }
    due.sort_unstable();
    Ok(due.into_iter().map(|(_, id)| id).collect())
}

/// Writes down what fell due. Only the program itself does this.
#[derive(Debug)]
struct SettlePools {
    licences: Vec<LicenceId>,
}

const SETTLED_BEFORE: &str = "somebody else settled it first; there is nothing left to do";

fn unless_settled(result: Result<Settled>) -> Result<Settled> {
    match result {
        Err(Refused::Rule(sentence)) if sentence == SETTLED_BEFORE => Ok(Settled::default()),
        result => result,
    }
}

impl Command for SettlePools {
    type Outcome = Settled;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        match at.ctx.principal.actor {
            Actor::System(_) => Ok(Action::Upkeep),
            Actor::Person(_) | Actor::External => Err(Refused::NotFound("upkeep")),
        }
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<Settled> {
        let mut settled = Settled::default();
        let mut detail = Vec::new();
        for id in self.licences {
            let (events, pool) = operate(act, id, |pool, now, _| {
                let events = pool.settle(now);
                (events.clone(), events)
            })?;
            if !events.is_empty() {
                let kinds: Vec<_> =
                    events.iter().map(|event| json!([event.kind(), event.person()])).collect();
                detail.push(json!({ "licence": pool.licence().name, "events": kinds }));
            }
            let count = |which: fn(&PoolEvent) -> bool| {
                u32::try_from(events.iter().filter(|event| which(event)).count()).unwrap_or(u32::MAX)
            };
            settled.ended += count(|event| matches!(event, PoolEvent::Ended { .. }));
            settled.offered += count(|event| matches!(event, PoolEvent::Offered { .. }));
            settled.left += count(|event| matches!(event, PoolEvent::LeftQueue { .. }));
        }
        if detail.is_empty() {
            return Err(Refused::Rule(SETTLED_BEFORE.to_owned()));
        }
        act.detail = json!({ "pools": detail });
        Ok(settled)
    }
}
