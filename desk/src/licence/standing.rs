//! Where a person stands: the seat or token they work on, the offer they have, whom they wait behind.

use domain::{
    LicenceId, PersonId, Timestamp,
    licence::{LeaseState, Licence, Module, Pool, Refusal, pool},
};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use store::{ReadTx, licence};

use super::{
    decide,
    names::{Names, PersonName},
};
use crate::{Look, Query, Result};

/// Where the acting person stands, for the head of every page. It is one's own: no capability is needed.
#[derive(Debug, Clone, Copy)]
pub struct MySeat;

/// The answer to [`MySeat`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct MySeatView {
    /// What they work the base product with, or would; nothing if they are a requester and no more.
    pub headline: Option<Standing>,
    /// Everything they have, modules included.
    pub all: Vec<Standing>,
    /// The token they lost last without wanting to, if that was lately and they have had none of the licence since.
    pub lost: Option<Lost>,
}

/// A token that somebody lost without giving it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// Of which licence.
    pub licence: LicenceId,
    /// What people call it.
    pub name: String,
    /// Its number.
    pub token: u32,
    /// When.
    pub at: Timestamp,
    /// How: the name of the end in storage.
    pub how: String,
    /// To whom, or by whom.
    pub to: Option<PersonName>,
}

/// For how long somebody is told what became of their token.
const NEWS: SignedDuration = SignedDuration::from_hours(8);

/// What became of the last token that a person held, where it is news to them.
fn lost(tx: &mut ReadTx<'_>, person: PersonId, now: Timestamp) -> Result<Option<Lost>> {
    let Some(lease) = licence::leases_of(tx, person, now)?.into_iter().next() else { return Ok(None) };
    let Some(terms) = licence::by_id(tx, lease.licence)? else { return Ok(None) };
    // What ran out by its recall and is not written down yet has happened all the same.
    let ended = lease.ended.or_else(|| Some(lease.runs_out(&terms.rules)).filter(|(at, _)| *at <= now));
    let Some((at, end)) =
        ended.filter(|(at, end)| end.is_news_to_the_holder() && at.duration_until(now) < NEWS)
    else {
        return Ok(None);
    };
    let names = Names::of(tx, end.by())?;
    let to = end.by().map(|person| names.name(person));
    let how = end.as_str().to_owned();
    Ok(Some(Lost { licence: terms.id, name: terms.name, token: lease.token, at, how, to }))
}

/// Where a person stands with one licence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Which licence.
    pub licence: LicenceId,
    /// What people call it.
    pub name: String,
    /// The feature set it unlocks; `None` is the base product.
    pub module: Option<Module>,
    /// Where they stand.
    #[serde(flatten)]
    pub kind: StandingKind,
}

/// How a person stands with a licence, the best first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum StandingKind {
    /// An exclusive seat is theirs.
    Seat {
        /// Its number.
        seat_number: u32,
        /// Since when.
        since: Timestamp,
    },
    /// They hold a token.
    Token {
        /// Its number.
        token: u32,
        /// How many tokens there are.
        of: u32,
        /// Since when they hold it.
        since: Timestamp,
        /// Active or idle.
        state: LeaseState,
        /// Since when they are idle, if they are.
        idle_since: Option<Timestamp>,
        /// Until when it is theirs without another sign of life.
        protected_until: Timestamp,
        /// Until when it is borrowed, if it is.
        borrowed_until: Option<Timestamp>,
        /// Until when it is kept, if it was given back.
        kept_until: Option<Timestamp>,
        /// When it goes to somebody else, if that was announced.
        recalled_at: Option<Timestamp>,
        /// For whom, and whether an act of work calls it off.
        recalled_for: Option<PersonName>,
        /// Beyond the number of tokens.
        overdrawn: bool,
    },
    /// They took a pass for the day.
    DayPass {
        /// The how-manieth of the licence.
        number: u32,
        /// Until when.
        until: Timestamp,
    },
    /// A token is kept for them.
    Offered {
        /// Its number.
        token: u32,
        /// How long it is kept.
        until: Timestamp,
    },
    /// They wait in line.
    Waiting {
        /// Their place, from 1.
        place: u32,
        /// Who waits before them, first first.
        ahead: Vec<PersonName>,
        /// Who holds the tokens, by number of token.
        holders: Vec<PersonName>,
        /// How long it usually takes, where the pool's history says.
        expected_wait: Option<SignedDuration>,
    },
    /// They are entitled and hold nothing; the next licensed act takes a token.
    Entitled {
        /// How many tokens are free.
        free: u32,
        /// How many there are.
        of: u32,
    },
    /// It is theirs, but the licence has not started, or is over.
    OutOfTerm {
        /// What that means for them, as a sentence.
        sentence: String,
    },
}

impl StandingKind {
    const fn rank(&self) -> u8 {
        match self {
            Self::Seat { .. } => 0,
            Self::Token { .. } => 1,
            Self::DayPass { .. } => 2,
            Self::Offered { .. } => 3,
            Self::Waiting { .. } => 4,
            Self::Entitled { .. } => 5,
            Self::OutOfTerm { .. } => 6,
        }
    }
}

impl Standing {
    fn of(licence: &Licence, kind: StandingKind) -> Self {
        Self { licence: licence.id, name: licence.name.clone(), module: licence.module, kind }
    }

    /// Where `person` stands with `pool`, which has been brought to `now`.
    pub(super) fn with(tx: &mut ReadTx<'_>, pool: &Pool, now: Timestamp, person: PersonId) -> Result<Self> {
        let licence = pool.licence();
        let kind = match pool.standing(now, person) {
            pool::Standing::Holding { token, since, state, protected_until, recall, .. } => {
                let lease = pool.lease_of(person);
                let recalled_for = recall.map(|recall| recall.for_person);
                let names = Names::of(tx, recalled_for)?;
                StandingKind::Token {
                    token,
                    of: licence.quantity,
                    since,
                    state,
                    idle_since: lease.and_then(|lease| lease.idle_since(&licence.rules, now)),
                    protected_until,
                    borrowed_until: lease.and_then(|lease| lease.borrowed_until).filter(|until| now < *until),
                    kept_until: lease
                        .filter(|lease| lease.lingering_since.is_some())
                        .map(|lease| lease.runs_out(&licence.rules).0),
                    recalled_at: recall.map(|recall| recall.at),
                    recalled_for: recalled_for.map(|person| names.name(person)),
                    overdrawn: lease.is_some_and(|lease| lease.claim.overdrawn),
                }
            }
            pool::Standing::Offered { token, until, .. } => StandingKind::Offered { token, until },
            pool::Standing::Waiting { place, ahead, expected_wait, .. } => {
                let holders: Vec<_> = pool.leases().iter().map(|lease| lease.person).collect();
                let names = Names::of(tx, ahead.iter().chain(&holders).copied())?;
                StandingKind::Waiting {
                    place,
                    ahead: names.all(&ahead),
                    holders: names.all(&holders),
                    expected_wait,
                }
            }
            pool::Standing::Nothing => match Refusal::of_term(licence, now) {
                Some(refusal) => StandingKind::OutOfTerm { sentence: refusal.to_string() },
                None => StandingKind::Entitled { free: free(pool), of: licence.quantity },
            },
        };
        Ok(Self::of(licence, kind))
    }
}

/// Tokens that are neither held nor on offer.
pub(super) fn free(pool: &Pool) -> u32 {
    let offered = pool.queue().iter().filter(|entry| entry.offer.is_some()).count();
    let taken = u32::try_from(pool.leases().len() + offered).unwrap_or(u32::MAX);
    pool.licence().quantity.saturating_sub(taken)
}

/// The pool as it is at `now`: what fell due since it was last written is settled in the answer, and left to the next
/// act to write down. A licence that has no pool is `None`.
pub(super) fn pool_at(tx: &mut ReadTx<'_>, id: LicenceId, now: Timestamp) -> Result<Option<Pool>> {
    let Some((licence, rows)) = licence::pool(tx, id)? else { return Ok(None) };
    if licence.metric != domain::licence::Metric::Concurrent {
        return Ok(None);
    }
    let mut pool = decide::assemble(licence, rows)?;
    pool.settle(now);
    Ok(Some(pool))
}

impl Query for MySeat {
    type Answer = MySeatView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<MySeatView> {
        let Some(person) = look.person() else { return Ok(MySeatView::default()) };
        let now = look.ctx.now;
        let mut all = Vec::new();
        let mut seated = false;
        for (licence, assignment) in licence::standing_of(look.tx, person)? {
            let kind = match Refusal::of_term(&licence, now) {
                Some(refusal) => StandingKind::OutOfTerm { sentence: refusal.to_string() },
                None => {
                    StandingKind::Seat { seat_number: assignment.seat_number, since: assignment.assigned_at }
                }
            };
            seated |= licence.module.is_none() && licence.term.runs(now);
            all.push(Standing::of(&licence, kind));
        }
        let passes = licence::passes_of(look.tx, person, now)?;
        for licence in licence::entitlements_of(look.tx, person)? {
            // Who has a seat of their own needs no token, so the pool is not looked at.
            if seated && licence.module.is_none() {
                continue;
            }
            if let Some(pass) = passes.iter().find(|pass| pass.licence == licence.id && pass.covers(now)) {
                let kind = StandingKind::DayPass { number: pass.number, until: pass.until };
                all.push(Standing::of(&licence, kind));
            } else if let Some(pool) = pool_at(look.tx, licence.id, now)? {
                all.push(Standing::with(look.tx, &pool, now, person)?);
            }
        }
        let base = all.iter().filter(|standing| standing.module.is_none());
        let headline = base.min_by_key(|standing| standing.kind.rank()).cloned();
        let lost = lost(look.tx, person, now)?;
        Ok(MySeatView { headline, all, lost })
    }
}
