//! The licence protocol: other software in the organisation checks tokens out of the same pools as the desk does.
//!
//! A person holds one lease of a licence, whatever they open. Software knows its hold by the fencing number: what its
//! person came by anew since is not this hold, so an old program neither keeps nor gives back a new one.

use std::collections::BTreeSet;

use domain::{
    LeaseId, LicenceId, PersonId, QueueEntryId, Timestamp,
    audit::Outcome,
    identity::Capability,
    licence::{
        Action, Cause, Denial, DenialReason, Grant, Lease, LeaseEnd, LeaseState, PoolRules, RecallReason,
        Refusal, Verdict,
        pool::{FencedHold, Overtaken},
    },
};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{ReadTx, WriteTx, licence};
use tokio::sync::oneshot;

use super::{
    aim, decide,
    pool::{cause, hold_for, oneself, operate, write},
    upkeep::is_old,
};
use crate::{Act, Command, Context, Desk, Refused, Result, Threshold, door::capabilities};

/// Takes a token for other software. Whoever holds one already holds it; whoever is offered one takes it; whoever waits
/// keeps their place.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckOut {
    /// Of which licence.
    pub licence: LicenceId,
    /// What it is for.
    pub software: String,
}

/// What a checkout led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Checkout {
    /// A token is theirs.
    Granted(CheckedOut),
    /// They stand in line.
    Queued(InLine),
    /// Not granted.
    Refused {
        /// Of which licence.
        licence: LicenceId,
        /// Why, for programs.
        reason: DenialReason,
        /// Why, for people.
        detail: String,
    },
}

/// A token that was checked out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedOut {
    /// Of which licence.
    pub licence: LicenceId,
    /// By which lease.
    pub lease: LeaseId,
    /// The token's number.
    pub token: u32,
    /// The fencing number of the hold.
    pub fence: u64,
    /// Until when it is theirs without another sign of life.
    pub protected_until: Timestamp,
    /// How they came to it.
    #[serde(flatten)]
    pub how: Grant,
}

/// A place in the line that a checkout led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InLine {
    /// For which licence.
    pub licence: LicenceId,
    /// Which entry of the line.
    pub entry: QueueEntryId,
    /// The place, from 1.
    pub place: u32,
    /// How long it usually takes, where the pool's history says.
    pub expected_wait: Option<SignedDuration>,
    /// Why there is none for them.
    pub reason: DenialReason,
    /// How soon to ask again, so that neither the place nor an offer is lost.
    pub ask_again_in: SignedDuration,
}

impl Command for CheckOut {
    type Outcome = Checkout;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        aim(at, self.licence)?;
        Ok(Action::LeaseCheckout)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<Checkout> {
        let software = name_of(&self.software)?;
        let person = oneself(act)?;
        let (mut pool, entitled) = hold_for(act, self.licence, person)?;
        act.detail = json!({ "licence": pool.licence().name, "software": software });
        if !entitled {
            return refuse_unentitled(act, self.licence, person);
        }
        let (cause, now) = (cause(act), act.now());
        let claimant = decide::claimant(act.tx, &pool, person, cause)?;
        let (verdict, events) = pool.checkout(now, claimant, cause, &mut || act.new_id());
        write(act, self.licence, &pool, &events)?;
        act.outcome = Outcome::from(&verdict);
        act.detail["verdict"] = json!(verdict);
        match verdict {
            Verdict::Token { licence, lease, token, fence, how } => {
                act.target = lease.into();
                let held = pool.lease_of(person);
                let protected_until =
                    held.map_or(act.now(), |held| held.protected_until(&pool.licence().rules));
                Ok(Checkout::Granted(CheckedOut { licence, lease, token, fence, protected_until, how }))
            }
            Verdict::Queued { licence, entry, place, expected_wait, reason, .. } => {
                let ask_again_in = ask_again_in(&pool.licence().rules);
                Ok(Checkout::Queued(InLine { licence, entry, place, expected_wait, reason, ask_again_in }))
            }
            Verdict::Refused(refusal) => Ok(refused(self.licence, &refusal)),
            Verdict::Free | Verdict::Seat(_) | Verdict::DayPass { .. } | Verdict::Module { .. } => {
                Err(store::StoreError::Engine("a pool decided what is not a pool's".to_owned()).into())
            }
        }
    }
}

fn name_of(software: &str) -> Result<&str> {
    const LIMIT: usize = 120;
    let name = software.trim();
    if name.is_empty() || name.chars().count() > LIMIT {
        return Err(Refused::field(
            "software",
            format!("name what it is for, in at most {LIMIT} characters"),
        ));
    }
    Ok(name)
}

/// Who may know of the licence without being entitled to it, such as a licence manager, is told so.
fn refuse_unentitled(act: &mut Act<'_, '_>, licence: LicenceId, person: PersonId) -> Result<Checkout> {
    let refusal = Refusal::NoEntitlement { action: act.action };
    let denial = Denial {
        id: act.new_id(),
        licence: Some(licence),
        person,
        reason: refusal.reason(),
        cause: cause(act),
        at: act.now(),
    };
    licence::insert_denial(act.tx, &denial)?;
    act.outcome = Outcome::Refused(Some(refusal.reason()));
    act.detail["verdict"] = json!(Verdict::Refused(refusal.clone()));
    Ok(refused(licence, &refusal))
}

fn refused(licence: LicenceId, refusal: &Refusal) -> Checkout {
    Checkout::Refused { licence, reason: refusal.reason(), detail: refusal.to_string() }
}

/// A third of what may pass before the place or an offer is lost: two questions may go astray.
fn ask_again_in(rules: &PoolRules) -> SignedDuration {
    let longest = rules.ttl.min(rules.offer_window) / 3;
    longest.clamp(SignedDuration::from_secs(1), SignedDuration::from_secs(30))
}

/// Gives back what software checked out.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturnCheckout {
    /// Of which licence.
    pub licence: LicenceId,
    /// The fencing number of the hold.
    pub fence: u64,
}

impl Command for ReturnCheckout {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.person().ok_or(Refused::NotFound("licence"))?;
        at.aim(self.licence);
        Ok(Action::LeaseCheckout)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let hold = FencedHold { person: oneself(act)?, fence: self.fence };
        let operated = operate(act, self.licence, |pool, now, _| {
            let token = pool.lease_of(hold.person).map(|lease| lease.token);
            let (lease, events) = pool.give_back(now, hold);
            (lease.map(|lease| (lease, token)), events)
        });
        // That it has no tokens is said to nobody who may not know of it.
        if let Err(Refused::Rule(_)) = operated {
            may_know(act.tx, self.licence, hold)?;
        }
        let (given_back, pool) = operated?;
        let Ok((lease, token)) = given_back else {
            may_know(act.tx, self.licence, hold)?;
            return Err(lost(act.tx, self.licence, hold, act.ctx.now)?);
        };
        act.target = lease.into();
        act.detail = json!({ "licence": pool.licence().name, "token": token, "fence": self.fence });
        Ok(())
    }
}

/// A hold that goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptHold {
    /// Always: what is not held is [`Refused::LeaseLost`].
    pub held: bool,
    /// The token's number.
    pub token: u32,
    /// The fencing number of the hold.
    pub fence: u64,
    /// Until when it is theirs without another sign of life.
    pub protected_until: Timestamp,
    /// Active, idle or borrowed.
    pub state: LeaseState,
    /// Its announced end, if somebody else needs it.
    pub recall: Option<RecallNotice>,
}

/// The announced end of a hold, for its holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RecallNotice {
    /// When it ends.
    pub at: Timestamp,
    /// Why; work calls off what is announced to the idle.
    pub why: RecallReason,
}

impl KeptHold {
    fn of(lease: &Lease, rules: &PoolRules, now: Timestamp) -> Self {
        Self {
            held: true,
            token: lease.token,
            fence: lease.fence,
            protected_until: lease.protected_until(rules),
            state: lease.state(rules, now),
            recall: lease.recall.map(|recall| RecallNotice { at: recall.at, why: recall.why }),
        }
    }
}

/// A sign of life from software.
#[derive(Debug, Clone, Copy)]
struct Sign {
    licence: LicenceId,
    hold: FencedHold,
    now: Timestamp,
    /// What the person has done with it since, if anything.
    used: Option<Cause>,
}

/// What a first look at the rows says about a sign of life.
enum Look {
    /// There was one a moment ago; nothing needs to be written.
    Fresh(KeptHold),
    /// The hold is theirs beyond doubt: its row alone is moved, as [`decide`] does it.
    Plain(Box<Lease>, PoolRules),
    /// The pool decides.
    Pool,
}

impl Desk {
    /// Software of the acting person is still there: the hold stays theirs, if it still is. `active` says that they worked
    /// with it since. Like every heartbeat this is no act: nothing is decided by it, and nothing taken.
    pub async fn keep_checkout(
        &self,
        ctx: &Context,
        licence: LicenceId,
        fence: u64,
        active: bool,
    ) -> Result<KeptHold> {
        let Some(person) = ctx.principal.person_id() else { return Err(Refused::NotFound("licence")) };
        let channel = ctx.principal.channel;
        let used = active.then_some(Cause { action: Action::LeaseCheckout, ticket: None, channel });
        let sign = Sign { licence, hold: FencedHold { person, fence }, now: ctx.now, used };
        let ctx = ctx.clone();
        let look = self
            .read(move |tx| {
                if !capabilities(tx, &ctx)?.has(Capability::PortalUse) {
                    return Err(Refused::NotFound("licence"));
                }
                sign.look(tx)
            })
            .await?;
        if let Look::Fresh(kept) = look {
            return Ok(kept);
        }
        let (answer, wait) = oneshot::channel();
        self.tend(
            sign.now,
            move |tx, topics| sign.give(tx, topics, &look),
            move |result| drop(answer.send(result)),
        );
        wait.await.unwrap_or(Err(Refused::Store(store::StoreError::Stopped)))
    }
}

impl Sign {
    fn look(self, tx: &mut ReadTx<'_>) -> Result<Look> {
        may_know(tx, self.licence, self.hold)?;
        let leases = licence::live_leases_of(tx, self.hold.person)?;
        let held = leases.into_iter().find(|lease| lease.licence == self.licence && self.hold.is(lease));
        let (Some(lease), Some(terms)) = (held, licence::by_id(tx, self.licence)?) else {
            return Ok(Look::Pool);
        };
        let (rules, now) = (terms.rules, self.now);
        let wakes = self.used.is_some() && lease.idle_since(&rules, now).is_some();
        if wakes || !lease.is_plain() || !terms.term.runs(now) || now >= lease.protected_until(&rules) {
            return Ok(Look::Pool);
        }
        let said = if self.used.is_some() { lease.last_active_at } else { lease.last_seen_at };
        if is_old(said, &rules, now) {
            Ok(Look::Plain(Box::new(lease), rules))
        } else {
            Ok(Look::Fresh(KeptHold::of(&lease, &rules, now)))
        }
    }

    fn give(self, tx: &mut WriteTx<'_>, topics: &mut BTreeSet<String>, look: &Look) -> Result<KeptHold> {
        if let Look::Plain(lease, rules) = look
            && let Some(lease) = self.touch(tx, lease)?
        {
            return Ok(KeptHold::of(&lease, rules, self.now));
        }
        let mut pool = decide::lock(tx, self.licence)?.ok_or(Refused::NotFound("licence"))?;
        let rules = pool.licence().rules;
        let (kept, events) = pool.keep(self.now, self.hold, self.used);
        let kept = kept.map(|lease| KeptHold::of(lease, &rules, self.now));
        licence::record(tx, self.licence, &events, pool.counters())?;
        topics.extend(decide::topics(self.licence, &events));
        match kept {
            Ok(kept) => Ok(kept),
            Err(Overtaken) => Err(lost(tx, self.licence, self.hold, self.now)?),
        }
    }

    /// Moves the row; `None` where it has ended since the look.
    fn touch(self, tx: &mut WriteTx<'_>, lease: &Lease) -> Result<Option<Lease>> {
        let at = self.now.max(lease.last_seen_at);
        let (last_active_at, live) = match self.used {
            Some(_) => (at, licence::lease_used(tx, lease.id, at)?),
            None => (lease.last_active_at, licence::lease_seen(tx, lease.id, at)?),
        };
        Ok(live.then(|| Lease { last_seen_at: at, last_active_at, ..lease.clone() }))
    }
}

/// Whether somebody may know of the licence of a hold: who is entitled to it, and who held it before that ended.
fn may_know(tx: &mut ReadTx<'_>, id: LicenceId, hold: FencedHold) -> Result<()> {
    if licence::is_entitled(tx, hold.person, id)? || held_once(tx, id, hold, Timestamp::MAX)?.is_some() {
        Ok(())
    } else {
        Err(Refused::NotFound("licence"))
    }
}

fn held_once(tx: &mut ReadTx<'_>, id: LicenceId, hold: FencedHold, now: Timestamp) -> Result<Option<Lease>> {
    let leases = licence::leases_of(tx, hold.person, now)?;
    Ok(leases.into_iter().find(|lease| lease.licence == id && lease.fence == hold.fence))
}

/// The refusal of a hold that is over, with how it ended where that is known. What was given back is over from then on,
/// though it may be kept for its holder.
fn lost(tx: &mut ReadTx<'_>, id: LicenceId, hold: FencedHold, now: Timestamp) -> Result<Refused> {
    let lease = held_once(tx, id, hold, now)?;
    let given_back = |since| (since, LeaseEnd::Released);
    let ended = lease.and_then(|lease| lease.ended.or(lease.lingering_since.map(given_back)));
    let (at, how) = ended.unzip();
    Ok(Refused::LeaseLost { how: how.map(LeaseEnd::as_str), at })
}
