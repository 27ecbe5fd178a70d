//! Refused checkouts: whether they hurt, and what people did next.

use domain::{
    DenialId, LicenceId, PersonId, Timestamp,
    identity::{Actor, Capability},
    licence::{Action, Cause, DenialClass, DenialReason, LicenceNeed, PoolEvent, classify, pool::WaitEnd},
};
use jiff::SignedDuration;
use serde::Serialize;
use store::{ReadTx, audit, licence};

use super::names::{Page, PersonName, cursor};
use crate::{Look, Query, Refused, Result, door::actor_key};

/// Within which time somebody must be served for their denial to count as a false one.
pub const DENIAL_TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

/// Within which time an act that needs no licence counts as done instead.
const INSTEAD: SignedDuration = SignedDuration::from_mins(15);

/// A page of a licence's denials, latest first.
#[derive(Debug, Clone)]
pub struct Denials {
    /// Which licence.
    pub licence: LicenceId,
    /// Since when.
    pub since: Timestamp,
    /// The `next` of the page before.
    pub after: Option<String>,
    /// At most how many, 1 to 200.
    pub limit: u32,
}

/// A refused checkout, judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DenialView {
    /// Which one.
    pub id: DenialId,
    /// Who was refused.
    pub person: PersonName,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: DenialReason,
    /// For which act.
    pub cause: Cause,
    /// When they got a token of the same product next.
    pub served_at: Option<Timestamp>,
    /// Whether it kept them from working.
    pub class: DenialClass,
    /// What they did next.
    pub next: DenialNext,
}

/// What somebody did after they were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum DenialNext {
    /// They got a token of the same product.
    Served {
        /// When.
        at: Timestamp,
    },
    /// They are still in line.
    Waiting {
        /// Since when.
        since: Timestamp,
    },
    /// They left the line, or lost their place in it, without a token.
    GaveUp {
        /// When.
        at: Timestamp,
        /// How.
        how: WaitEnd,
    },
    /// They did something that needs no licence.
    Instead {
        /// When.
        at: Timestamp,
        /// What.
        action: Action,
    },
    /// Nothing of that.
    Nothing,
}

impl Query for Denials {
    type Answer = Page<DenialView>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Page<DenialView>> {
        look.require(Capability::LicenceRead, "licence")?;
        if licence::by_id(look.tx, self.licence)?.is_none() {
            return Err(Refused::NotFound("licence"));
        }
        let before: Option<(i64, DenialId)> = cursor(self.after.as_deref())?;
        let before = before.and_then(|(at, id)| Some((Timestamp::from_microsecond(at).ok()?, id)));
        let rows = Page::<DenialView>::rows(self.limit);
        let rows = licence::denials(look.tx, self.licence, self.since, before, rows)?;
        let now = look.ctx.now;
        let mut views = Vec::with_capacity(rows.len());
        for row in rows {
            views.push(DenialView {
                next: next(look.tx, self.licence, &row)?,
                id: row.denial.id,
                person: PersonName { id: row.denial.person, name: row.name },
                at: row.denial.at,
                reason: row.denial.reason,
                cause: row.denial.cause,
                served_at: row.served_at,
                class: classify(row.denial.at, row.served_at, DENIAL_TOLERANCE, now),
            });
        }
        Ok(Page::of(views, self.limit, |denial| format!("{} {}", denial.at.as_microsecond(), denial.id)))
    }
}

/// What came first of what they can have done; something free counts only where no wait tells more.
fn next(tx: &mut ReadTx<'_>, licence: LicenceId, row: &licence::DenialRow) -> Result<DenialNext> {
    let (person, denied_at) = (row.denial.person, row.denial.at);
    let served = row.served_at.map(|at| DenialNext::Served { at });
    let wait = wait(tx, licence, person, denied_at)?;
    match wait {
        Some(DenialNext::GaveUp { at, .. }) if row.served_at.is_none_or(|served| at < served) => {
            return Ok(wait.unwrap_or(DenialNext::Nothing));
        }
        _ => {}
    }
    if let Some(told) = served.or(wait) {
        return Ok(told);
    }
    let until = denied_at.checked_add(INSTEAD).unwrap_or(Timestamp::MAX);
    let acts = audit::acts_between(tx, &actor_key(Actor::Person(person)), denied_at, until)?;
    let free = acts.into_iter().find_map(|(at, name)| {
        let action = Action::parse(&name)?;
        let of_tickets = name.starts_with("ticket.") && action.rule().licence == LicenceNeed::Free;
        of_tickets.then_some(DenialNext::Instead { at, action })
    });
    Ok(free.unwrap_or(DenialNext::Nothing))
}

/// How the wait went that began with a denial or went on at it.
fn wait(
    tx: &mut ReadTx<'_>,
    licence: LicenceId,
    person: PersonId,
    denied_at: Timestamp,
) -> Result<Option<DenialNext>> {
    let just_before = denied_at.checked_sub(SignedDuration::from_micros(1)).unwrap_or(Timestamp::MIN);
    let later = licence::events_of_after(tx, person, just_before)?;
    let left = later.iter().find_map(|event| match *event {
        PoolEvent::LeftQueue { licence: of, at, how, .. } if of == licence => Some((at, how)),
        _ => None,
    });
    match left {
        Some((_, WaitEnd::Taken)) => Ok(None),
        Some((at, how)) => Ok(Some(DenialNext::GaveUp { at, how })),
        None => {
            let waits = licence::waiting_since(tx, licence, person)?;
            Ok(waits.map(|since| DenialNext::Waiting { since }))
        }
    }
}
