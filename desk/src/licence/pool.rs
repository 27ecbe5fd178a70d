//! What people do with tokens: give them back, wait for them, take or decline an offer; and what a licence manager does
//! when somebody will not.
//!
//! When a command is refused here, what fell due meanwhile is not written down with it. Nothing is lost: it falls due
//! again, at the same moments, for whoever looks at the pool next.

use domain::{
    LicenceId, PersonId, Timestamp,
    licence::{
        Action, Cause, LeaseEnd, Licence, Metric, Pool, PoolEvent, Verdict,
        pool::{Ids, PoolRows},
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{licence, person};

use super::{aim, decide, reason, standing::Standing};
use crate::{Act, Command, Refused, Result, Threshold};

/// Runs one operation on a pool, under its lock, and writes what it led to.
pub(super) fn operate<T>(
    act: &mut Act<'_, '_>,
    id: LicenceId,
    operation: impl FnOnce(&mut Pool, Timestamp, Ids<'_>) -> (T, Vec<PoolEvent>),
) -> Result<(T, Pool)> {
    let mut pool = hold(act, id)?;
    let now = act.now();
    let (outcome, events) = operation(&mut pool, now, &mut || act.new_id());
    write(act, id, &pool, &events)?;
    Ok((outcome, pool))
}

/// The pool, held against every other decision about it.
pub(super) fn hold(act: &mut Act<'_, '_>, id: LicenceId) -> Result<Pool> {
    let (licence, rows) = licence::lock_pool(act.tx, id)?.ok_or(Refused::NotFound("licence"))?;
    with_tokens(licence, rows)
}

/// [`hold`], and whether somebody is entitled to it, read under its lock: the right may have ended while this waited.
pub(super) fn hold_for(act: &mut Act<'_, '_>, id: LicenceId, person: PersonId) -> Result<(Pool, bool)> {
    let held = licence::lock_pool_for(act.tx, id, person)?;
    let (licence, rows, entitled) = held.ok_or(Refused::NotFound("licence"))?;
    Ok((with_tokens(licence, rows)?, entitled))
}

fn with_tokens(licence: Licence, rows: PoolRows) -> Result<Pool> {
    if licence.metric != Metric::Concurrent {
        return Err(Refused::Rule(format!("{} is {} and has no tokens", licence.name, licence.metric)));
    }
    decide::assemble(licence, rows)
}

/// Writes what an operation on a pool led to.
pub(super) fn write(act: &mut Act<'_, '_>, id: LicenceId, pool: &Pool, events: &[PoolEvent]) -> Result<()> {
    licence::record(act.tx, id, events, pool.counters())?;
    for topic in decide::topics(id, events) {
        act.announce(topic);
    }
    Ok(())
}

/// The acting person. Tokens are people's: the program itself holds none.
pub(super) fn oneself(act: &Act<'_, '_>) -> Result<PersonId> {
    act.person().ok_or_else(|| Refused::Rule("tokens are held by people; sign in as one".to_owned()))
}

/// One operation of the acting person on their own standing with a pool, and where they stand after it.
fn for_oneself<T, E: std::fmt::Display>(
    act: &mut Act<'_, '_>,
    id: LicenceId,
    operation: impl FnOnce(&mut Pool, Timestamp, PersonId, Ids<'_>) -> (Result<T, E>, Vec<PoolEvent>),
) -> Result<Standing> {
    let person = oneself(act)?;
    let (outcome, pool) = operate(act, id, |pool, now, ids| operation(pool, now, person, ids))?;
    outcome.map_err(|error| Refused::Rule(error.to_string()))?;
    act.detail = json!({ "licence": pool.licence().name });
    Standing::with(act.tx, &pool, act.ctx.now, person)
}

pub(super) fn cause(act: &Act<'_, '_>) -> Cause {
    Cause { action: act.action, ticket: None, channel: act.ctx.principal.channel }
}

macro_rules! own_commands {
    ($($(#[$doc:meta])* $name:ident as $action:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// Of which licence.
            pub licence: LicenceId,
        }

        impl Command for $name {
            /// Where the person stands now.
            type Outcome = Standing;

            fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
                aim(at, self.licence)?;
                Ok(Action::$action)
            }

            fn perform(self, act: &mut Act<'_, '_>) -> Result<Standing> {
                self.go(act)
            }
        }
    )+};
}

own_commands! {
    /// Gives one's own token back; it is offered to the line at once.
    ReleaseToken as LeaseRelease;
    /// Stands in line for a token without having tried anything. Whoever holds a token or waits keeps what they have.
    JoinQueue as QueueJoin;
    /// Leaves the line.
    LeaveQueue as QueueAnswer;
    /// Takes the token one is offered. Taking it twice is taking it once.
    TakeOffer as QueueAnswer;
    /// Declines the token one is offered, and leaves the line.
    DeclineOffer as QueueAnswer;
}

impl ReleaseToken {
    fn go(self, act: &mut Act<'_, '_>) -> Result<Standing> {
        for_oneself(act, self.licence, |pool, now, person, _| pool.release(now, person))
    }
}

impl JoinQueue {
    fn go(self, act: &mut Act<'_, '_>) -> Result<Standing> {
        let person = oneself(act)?;
        let (mut pool, entitled) = hold_for(act, self.licence, person)?;
        if !entitled {
            let sentence = "you are not entitled to this licence; ask your licence manager for it";
            return Err(Refused::Rule(sentence.to_owned()));
        }
        let cause = cause(act);
        let claimant = decide::claimant(act.tx, &pool, person, cause)?;
        let (joined, events) = pool.join(act.now(), claimant, cause, &mut || act.new_id());
        write(act, self.licence, &pool, &events)?;
        joined.map_err(|refusal| Refused::Licence(Box::new(Verdict::Refused(refusal))))?;
        act.detail = json!({ "licence": pool.licence().name });
        Standing::with(act.tx, &pool, act.ctx.now, person)
    }
}

impl LeaveQueue {
    fn go(self, act: &mut Act<'_, '_>) -> Result<Standing> {
        for_oneself(act, self.licence, |pool, now, person, _| pool.leave(now, person))
    }
}

impl TakeOffer {
    fn go(self, act: &mut Act<'_, '_>) -> Result<Standing> {
        let cause = cause(act);
        for_oneself(act, self.licence, |pool, now, person, ids| pool.take_offer(now, person, cause, ids))
    }
}

impl DeclineOffer {
    fn go(self, act: &mut Act<'_, '_>) -> Result<Standing> {
        for_oneself(act, self.licence, |pool, now, person, _| pool.decline_offer(now, person))
    }
}

/// Takes the token that one holds along, to work without a connection until a time. So long no sign of life is expected.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BorrowToken {
    /// Of which licence.
    pub licence: LicenceId,
    /// Until when.
    pub until: Timestamp,
}

impl Command for BorrowToken {
    /// Where the person stands now.
    type Outcome = Standing;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        aim(at, self.licence)?;
        Ok(Action::LeaseBorrow)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<Standing> {
        let Self { licence, until } = self;
        let standing = for_oneself(act, licence, |pool, now, person, _| pool.borrow(now, person, until))?;
        act.detail["until"] = json!(until);
        Ok(standing)
    }
}

/// A person loses a token by force at most once in a day, whatever the licence, as BMC's Release User has it: whoever
/// pushes others aside all day has too few tokens.
fn spare_for_a_day(act: &mut Act<'_, '_>, person: PersonId) -> Result<()> {
    const DAY: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);
    let since = act.now().checked_sub(DAY).unwrap_or(Timestamp::MIN);
    match licence::last_reclaimed(act.tx, person, since)? {
        None => Ok(()),
        Some(at) => Err(Refused::Rule(format!(
            "a token was taken from this person at {at}; that happens at most once a day. Ask them to give it back, or \
             raise the number of tokens"
        ))),
    }
}

/// Takes a token away from its holder, for those who wait. The holder may ask for another like anybody else.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForceRelease {
    /// Of which licence.
    pub licence: LicenceId,
    /// From whom.
    pub person: PersonId,
    /// Why, as a sentence.
    pub because: String,
}

impl Command for ForceRelease {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        aim(at, self.licence)?;
        Ok(Action::LeaseForceRelease)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let Self { licence, person, because } = self;
        let because = reason(&because)?;
        let by = oneself(act)?;
        spare_for_a_day(act, person)?;
        let (held, pool) = operate(act, licence, |pool, now, _| {
            let token = pool.lease_of(person).map(|lease| lease.token);
            let (lease, events) = pool.force_release(now, person, by);
            (lease.map(|lease| (lease, token)), events)
        })?;
        let (lease, token) = held.map_err(|cannot| Refused::Rule(cannot.to_string()))?;
        act.target = lease.into();
        act.detail = json!({
            "licence": pool.licence().name,
            "token": token,
            "person": person::name(act.tx, person)?,
            "how": LeaseEnd::Reclaimed { by }.as_str(),
            "because": because,
        });
        Ok(())
    }
}
