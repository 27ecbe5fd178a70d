//! May they? The licence verdict of an act, decided where the act is done.

use domain::{
    LicenceId, PersonId,
    identity::{Actor, Capabilities},
    licence::{
        Cause, Claimant, DayPass, Denial, Grant, Licence, LicenceNeed, Metric, Module, Pool, PoolEvent,
        Priority, Refusal, Route, Verdict, pool::PoolRows, route,
    },
    new_id,
    ticket::Priority as Urgency,
};
use jiff::SignedDuration;
use rand::rngs::StdRng;
use store::{ReadTx, StoreError, WriteTx, licence, person, ticket};

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

/// Decides whether the act may be done, and takes the seats, tokens or passes it needs. What the pools went through is
/// written even when the act is not granted.
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
    let rule = cause.action.rule();
    let needs_licence = rule.licence != LicenceNeed::Free && capabilities.has(rule.capability);
    let (Some(person), true) = (person, needs_licence) else {
        let Route::Decided(verdict) = route(cause.action, None, capabilities, &[], &[], ctx.now) else {
            return Err(StoreError::Engine("a verdict without pools asked for a pool".to_owned()).into());
        };
        return Ok(Decision::of(verdict));
    };

    let mut asked = Asked { ctx, capabilities, person, cause, options, random };
    let base = asked.part(tx, None)?;
    let LicenceNeed::Module(module) = rule.licence else { return Ok(base) };
    // Without the base product nobody is asked for the module: they would hold it for nothing.
    if !base.verdict.is_granted() {
        return Ok(base);
    }
    let by = asked.part(tx, Some(module))?;
    let verdict = Verdict::Module { base: Box::new(base.verdict), module, by: Box::new(by.verdict) };
    Ok(Decision { verdict, topics: base.topics.into_iter().chain(by.topics).collect() })
}

/// An act that needs a licence, and whose it is.
struct Asked<'a> {
    ctx: &'a Context,
    capabilities: Capabilities,
    person: PersonId,
    cause: Cause,
    options: &'a DeskOptions,
    random: &'a mut StdRng,
}

impl Asked<'_> {
    /// Decides about the base product, or about a module.
    fn part(&mut self, tx: &mut WriteTx<'_>, module: Option<Module>) -> Result<Decision> {
        tx.ask_ahead(|| licence::standing_questions(self.person, module))?;
        let seats = licence::seats_of(tx, self.person, module)?;
        let held: Vec<_> = seats.iter().map(|(licence, assignment)| (licence, assignment)).collect();
        let now = self.ctx.now;
        // An exclusive holder is decided without a look at any pool.
        let seated =
            held.iter().any(|(licence, assignment)| licence.term.runs(now) && assignment.held_at(now));
        let pools = if seated { Vec::new() } else { licence::pools_of(tx, self.person, module)? };
        let candidates: Vec<_> = pools.iter().collect();
        match route(self.cause.action, module, self.capabilities, &held, &candidates, now) {
            Route::Decided(verdict) => {
                if let Verdict::Refused(refusal) = &verdict {
                    self.deny(tx, refusal)?;
                }
                Ok(Decision::of(verdict))
            }
            Route::Pools(open) => {
                let open: Vec<_> = pools.into_iter().filter(|it| open.contains(&it.id)).collect();
                self.check_out(tx, &open)
            }
        }
    }

    fn deny(&mut self, tx: &mut WriteTx<'_>, refusal: &Refusal) -> Result<()> {
        let denial = Denial {
            id: new_id(self.ctx.now, self.random),
            licence: refusal.licence(),
            person: self.person,
            reason: refusal.reason(),
            cause: self.cause,
            at: self.ctx.now,
        };
        Ok(licence::insert_denial(tx, &denial)?)
    }

    /// Checks out from the first licence that serves; if none does, the person stands in line for the first that lets them.
    fn check_out(&mut self, tx: &mut WriteTx<'_>, open: &[Licence]) -> Result<Decision> {
        let (ctx, person, cause) = (self.ctx, self.person, self.cause);
        if let Some(decision) = self.keep_hold(tx, open)? {
            return Ok(decision);
        }
        let passes = if open.iter().any(|it| it.metric == Metric::DayPass) {
            licence::passes_of(tx, person, ctx.now)?
        } else {
            Vec::new()
        };
        if let Some(pass) = passes
            .iter()
            .find(|pass| pass.covers(ctx.now) && open.iter().any(|licence| licence.id == pass.licence))
        {
            return Ok(Decision::of(granted_by(pass)));
        }
        if open.len() > 1 {
            let mut several: Vec<_> = open.iter().collect();
            several.sort_by_key(|licence| lock_order(licence));
            for licence in several {
                licence::lock(tx, licence.id)?;
            }
        }
        let mut in_line: Option<(LicenceId, Pool, Verdict, Vec<PoolEvent>)> = None;
        let mut refused = None;
        for Licence { id, metric, .. } in open {
            if *metric == Metric::DayPass {
                match self.take_pass(tx, *id)? {
                    Ok(pass) => {
                        return Ok(Decision { topics: pass_topics(&pass), verdict: granted_by(&pass) });
                    }
                    Err(refusal) => refused = refused.or(Some(refusal)),
                }
                continue;
            }
            // The right is read again under the lock: it may have ended while this waited for it.
            let Some((terms, rows, true)) = licence::lock_pool_for(tx, *id, person)? else { continue };
            let mut tried = assemble(terms, rows)?;
            let claimant = claimant(tx, &tried, person, cause)?;
            let random = &mut *self.random;
            let (verdict, events) = tried.checkout(ctx.now, claimant, cause, &mut || new_id(ctx.now, random));
            match verdict {
                Verdict::Refused(refusal) => refused = refused.or(Some(refusal)),
                Verdict::Queued { .. } => {
                    in_line.get_or_insert((*id, tried, verdict, events));
                }
                granted => {
                    licence::record(tx, *id, &events, tried.counters())?;
                    return Ok(Decision { topics: topics(*id, &events), verdict: granted });
                }
            }
        }
        let Some((id, pool, verdict, events)) = in_line else {
            let refusal = refused.unwrap_or(Refusal::NoEntitlement { action: cause.action });
            self.deny(tx, &refusal)?;
            return Ok(Decision::of(Verdict::Refused(refusal)));
        };
        licence::record(tx, id, &events, pool.counters())?;
        Ok(Decision { topics: topics(id, &events), verdict })
    }

    /// Takes a pass for the person's day, under the licence's lock. The licence's counter of fences counts its passes.
    fn take_pass(
        &mut self,
        tx: &mut WriteTx<'_>,
        id: LicenceId,
    ) -> Result<std::result::Result<DayPass, Refusal>> {
        let (ctx, person, cause) = (self.ctx, self.person, self.cause);
        let locked = licence::lock_counted(tx, id)?;
        let Some((licence, mut counters)) = locked else {
            return Ok(Err(Refusal::NoEntitlement { action: cause.action }));
        };
        if !licence::is_entitled(tx, person, id)? {
            return Ok(Err(Refusal::NoEntitlement { action: cause.action }));
        }
        // Somebody else may have taken it for this person while this waited for the lock.
        let today = licence::passes_of(tx, person, ctx.now)?;
        if let Some(pass) = today.into_iter().find(|pass| pass.licence == id && pass.covers(ctx.now)) {
            return Ok(Ok(pass));
        }
        let zone = person::by_id(tx, person)?.map(|person| person.zone).unwrap_or_default();
        let used = u32::try_from(counters.next_fence.saturating_sub(1)).unwrap_or(u32::MAX);
        let pass = new_id(ctx.now, self.random);
        let taken = DayPass::take(&licence, used, pass, person, &zone, ctx.now, cause);
        if let Ok(pass) = &taken {
            counters.next_fence += 1;
            licence::insert_pass(tx, pass, counters)?;
        }
        Ok(taken)
    }

    /// The common case without the pool's lock: the person holds a token that is theirs beyond doubt. Nobody else may take
    /// it before `last_seen + ttl + drift` by any process's clock, so inside `last_seen + ttl` the row itself decides.
    fn keep_hold(&self, tx: &mut WriteTx<'_>, open: &[Licence]) -> Result<Option<Decision>> {
        let now = self.ctx.now;
        for lease in licence::live_leases_of(tx, self.person)? {
            let Some(terms) = open.iter().find(|licence| licence.id == lease.licence) else { continue };
            let idle = lease.idle_since(&terms.rules, now).is_some();
            if idle || !lease.is_plain() || now >= lease.protected_until(&terms.rules) {
                continue;
            }
            let untouched = lease.last_active_at.duration_until(now);
            let stale = untouched >= SignedDuration::from_millis(self.options.lease_touch_millis.into());
            // Taken away between the look and the touch: the pool decides.
            if stale && !licence::lease_surely_used(tx, lease.id, now.max(lease.last_seen_at))? {
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
}

/// The order in which an act locks licences that locks several: those of the base product, then those of modules, by id. By
/// what each person prefers, two who prefer otherwise would wait for each other.
pub(super) fn lock_order(licence: &Licence) -> (bool, LicenceId) {
    (licence.module.is_some(), licence.id)
}

fn granted_by(pass: &DayPass) -> Verdict {
    Verdict::DayPass { licence: pass.licence, pass: pass.id, number: pass.number, until: pass.until }
}

fn pass_topics(pass: &DayPass) -> Vec<String> {
    vec![format!("licence:{}", pass.licence), format!("seat:{}", pass.person)]
}

/// The person with the groups they belong to, and how pressing the act is: work on a ticket of the highest priority is.
/// Neither is looked up for a pool that serves anybody.
pub(super) fn claimant(tx: &mut ReadTx<'_>, pool: &Pool, person: PersonId, cause: Cause) -> Result<Claimant> {
    if pool.serves_anybody() {
        return Ok(Claimant { person, groups: Vec::new(), priority: Priority::Normal });
    }
    let groups = person::teams_of(tx, person)?.into_iter().map(|team| team.id).collect();
    let urgent = match cause.ticket {
        Some(id) => ticket::by_id(tx, id)?.is_some_and(|ticket| ticket.priority == Urgency::P1),
        None => false,
    };
    let priority = if urgent { Priority::Major } else { Priority::Normal };
    Ok(Claimant { person, groups, priority })
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
