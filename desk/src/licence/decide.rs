//! May they? The licence verdict of an act, decided where the act is done.

use domain::{
    LicenceId, PersonId,
    identity::{Actor, Capabilities},
    licence::{
        Cause, Denial, Grant, LicenceNeed, Pool, PoolEvent, Refusal, Route, Verdict, pool::PoolRows, route,
    },
    new_id,
};
use jiff::SignedDuration;
use rand::rngs::StdRng;
use store::{StoreError, WriteTx, licence};

use crate::{Context, DeskOptions, Result};

/// A verdict, and what to announce.
pub(crate) struct Decision {
    pub(crate) verdict: Verdict,
    pub(crate) topics: Vec<String>,
}

impl Decision {
    fn of(verdict: Verdict) -> Self {
        Self { verdict, topics: Vec::new() }
    }
}

/// Decides whether the act may be done, and takes the seat or token it needs. What the pools went through is written
/// even when the act is not granted.
pub(crate) fn decide(
    tx: &mut WriteTx<'_>,
    ctx: &Context,
    capabilities: Capabilities,
    cause: Cause,
    options: &DeskOptions,
    random: &mut StdRng,
) -> Result<Decision> {
    let person = match ctx.principal.actor {
        // The program's own upkeep holds no seat; it is not reachable from outside.
        Actor::System(_) => return Ok(Decision::of(Verdict::Free)),
        Actor::External => None,
        Actor::Person(person) => Some(person),
    };
    let needs_licence = cause.action.rule().licence != LicenceNeed::Free;
    let (Some(person), true) = (person, needs_licence && capabilities.has(cause.action.rule().capability))
    else {
        let Route::Decided(verdict) = route(cause.action, capabilities, &[], &[], ctx.now) else {
            return Err(StoreError::Engine("a verdict without pools asked for a pool".to_owned()).into());
        };
        return Ok(Decision::of(verdict));
    };

    let seats = licence::seats_of(tx, person)?;
    let held: Vec<_> = seats.iter().map(|(licence, assignment)| (licence, assignment)).collect();
    // An exclusive holder is decided without a look at any pool.
    let pools = if held.is_empty() { licence::pools_of(tx, person)? } else { Vec::new() };
    let mut candidates: Vec<_> = pools.iter().collect();
    let mut routed = route(cause.action, capabilities, &held, &candidates, ctx.now);
    let fallback;
    if let (Route::Decided(Verdict::Refused(_)), false) = (&routed, held.is_empty()) {
        fallback = licence::pools_of(tx, person)?;
        candidates = fallback.iter().collect();
        routed = route(cause.action, capabilities, &held, &candidates, ctx.now);
    }
    match routed {
        Route::Decided(verdict) => {
            if let Verdict::Refused(refusal) = &verdict {
                deny(tx, ctx, person, cause, refusal, random)?;
            }
            Ok(Decision::of(verdict))
        }
        Route::Pools(pools) => check_out(tx, ctx, person, &pools, cause, options, random),
    }
}

fn deny(
    tx: &mut WriteTx<'_>,
    ctx: &Context,
    person: PersonId,
    cause: Cause,
    refusal: &Refusal,
    random: &mut StdRng,
) -> Result<()> {
    let licence = match refusal {
        Refusal::LicenceNotStarted(lapse) | Refusal::LicenceExpired(lapse) => Some(lapse.licence),
        Refusal::CapabilityMissing { .. } | Refusal::NoEntitlement { .. } => None,
    };
    let denial =
        Denial { id: new_id(ctx.now, random), licence, person, reason: refusal.reason(), cause, at: ctx.now };
    Ok(licence::insert_denial(tx, &denial)?)
}

/// Checks out from the first pool that serves; if none does, the person stands in line for the first.
fn check_out(
    tx: &mut WriteTx<'_>,
    ctx: &Context,
    person: PersonId,
    pools: &[LicenceId],
    cause: Cause,
    options: &DeskOptions,
    random: &mut StdRng,
) -> Result<Decision> {
    if let Some(decision) = keep_hold(tx, ctx, person, pools, options)? {
        return Ok(decision);
    }
    let mut last_resort = None;
    for id in pools {
        let Some(pool) = lock(tx, *id)? else { continue };
        // Read again under the lock: the right may have ended while this waited for it.
        if !licence::is_entitled(tx, person, *id)? {
            continue;
        }
        let mut tried = pool.clone();
        let (verdict, events) = tried.checkout(ctx.now, person, cause, &mut || new_id(ctx.now, random));
        if verdict.is_granted() {
            licence::record(tx, *id, &events, tried.counters())?;
            return Ok(Decision { topics: topics(*id, &events), verdict });
        }
        if last_resort.is_none() {
            last_resort = Some((*id, tried, verdict, events));
        }
    }
    let Some((id, pool, verdict, events)) = last_resort else {
        let refusal = Refusal::NoEntitlement { action: cause.action };
        deny(tx, ctx, person, cause, &refusal, random)?;
        return Ok(Decision::of(Verdict::Refused(refusal)));
    };
    licence::record(tx, id, &events, pool.counters())?;
    Ok(Decision { topics: topics(id, &events), verdict })
}

/// The common case without the pool's lock: the person holds a token that is theirs beyond doubt. Nobody else may take
/// it before `last_seen + ttl + drift` by any process's clock, so inside `last_seen + ttl` the row itself decides.
fn keep_hold(
    tx: &mut WriteTx<'_>,
    ctx: &Context,
    person: PersonId,
    pools: &[LicenceId],
    options: &DeskOptions,
) -> Result<Option<Decision>> {
    for lease in licence::live_leases_of(tx, person)? {
        if !pools.contains(&lease.licence) {
            continue;
        }
        let Some(terms) = licence::by_id(tx, lease.licence)? else { continue };
        let running = terms.term.phase(ctx.now) == domain::licence::TermPhase::Running;
        let idle = lease.idle_since(&terms.rules, ctx.now).is_some();
        if !running || idle || ctx.now >= lease.protected_until(&terms.rules) {
            continue;
        }
        let untouched = lease.last_active_at.duration_until(ctx.now);
        let stale = untouched >= SignedDuration::from_millis(options.lease_touch_millis.into());
        // Taken away between the look and the touch: the pool decides.
        if stale && !licence::lease_used(tx, lease.id, ctx.now.max(lease.last_seen_at))? {
            continue;
        }
        let verdict = Verdict::Token {
            licence: lease.licence,
            lease: lease.id,
            token: lease.token,
            fence: lease.fence,
            how: Grant::Held,
        };
        return Ok(Some(Decision::of(verdict)));
    }
    Ok(None)
}

pub(super) fn lock(tx: &mut WriteTx<'_>, id: LicenceId) -> Result<Option<Pool>> {
    licence::lock_pool(tx, id)?.map(|(licence, rows)| assemble(licence, rows)).transpose()
}

pub(super) fn assemble(licence: domain::licence::Licence, rows: PoolRows) -> Result<Pool> {
    Pool::load(licence, rows).map_err(|broken| StoreError::Engine(broken.to_string()).into())
}

/// Who should look again: everybody who watches the licence, and each person whose standing changed.
pub(super) fn topics(licence: LicenceId, events: &[PoolEvent]) -> Vec<String> {
    let news: Vec<_> = events.iter().filter(|event| event.is_history()).collect();
    if news.is_empty() {
        return Vec::new();
    }
    let people = news.iter().filter_map(|event| event.person()).map(|person| format!("seat:{person}"));
    people.chain([format!("licence:{licence}")]).collect()
}
