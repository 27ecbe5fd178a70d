//! Use and denials of a licence, computed from what was recorded.

use std::ops::Range;

use domain::{
    DenialId, LicenceId, Timestamp,
    identity::Capability,
    licence::{
        Cause, DenialClass, DenialReason, Metric, PoolEvent, classify,
        usage::{Concurrency, Tenure, tenures},
    },
};
use jiff::SignedDuration;
use serde::Serialize;
use store::{ReadTx, licence};

use super::{
    decide::assemble,
    names::{Names, Page, PersonName, cursor},
};
use crate::{Look, Query, Refused, Result};

/// Within which time somebody must be served for their denial to count as a false one.
pub const DENIAL_TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

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
        let view = |row: licence::DenialRow| DenialView {
            id: row.denial.id,
            person: PersonName { id: row.denial.person, name: row.name },
            at: row.denial.at,
            reason: row.denial.reason,
            cause: row.denial.cause,
            served_at: row.served_at,
            class: classify(row.denial.at, row.served_at, DENIAL_TOLERANCE, now),
        };
        Ok(Page::of(rows.into_iter().map(view).collect(), self.limit, |denial| {
            format!("{} {}", denial.at.as_microsecond(), denial.id)
        }))
    }
}

/// How many tokens of a concurrent licence were held over a range of time, exactly.
#[derive(Debug, Clone, Copy)]
pub struct LicenceUsage {
    /// Which licence.
    pub licence: LicenceId,
    /// The first moment.
    pub from: Timestamp,
    /// The first moment after.
    pub until: Timestamp,
}

/// The answer to [`LicenceUsage`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UsageView {
    /// How many tokens there are now.
    pub quantity: u32,
    /// The level from each of its changes on. The first is the level at the beginning of the range.
    pub levels: Vec<LevelStep>,
    /// Changes of the number of tokens inside the range.
    pub capacity: Vec<CapacityChange>,
    /// The highest level.
    pub peak: Option<UsagePeak>,
}

/// The number of tokens held from a moment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LevelStep {
    /// From when.
    pub at: Timestamp,
    /// How many.
    pub level: u32,
}

/// More or fewer tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CapacityChange {
    /// When.
    pub at: Timestamp,
    /// From how many.
    pub from: u32,
    /// To how many.
    pub to: u32,
}

/// The highest level of a range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UsagePeak {
    /// How many tokens were held.
    pub level: u32,
    /// When that was first so.
    pub at: Timestamp,
    /// By whom.
    pub holders: Vec<PersonName>,
}

impl LicenceUsage {
    /// The longest range that is computed at once.
    const LONGEST: SignedDuration = SignedDuration::from_hours(400 * 24);
}

/// What has fallen due in a pool since it was last written.
fn settled_only(tx: &mut ReadTx<'_>, id: LicenceId, now: Timestamp) -> Result<Vec<PoolEvent>> {
    match licence::pool(tx, id)? {
        Some((licence, rows)) if licence.metric == Metric::Concurrent => {
            Ok(assemble(licence, rows)?.settle(now))
        }
        _ => Ok(Vec::new()),
    }
}

/// Who held tokens of a licence over a range of time, and what happened to it meanwhile, as it is known at `now`.
pub(crate) fn concurrency_between(
    tx: &mut ReadTx<'_>,
    id: LicenceId,
    range: Range<Timestamp>,
    now: Timestamp,
) -> Result<(Concurrency, Vec<PoolEvent>)> {
    let Range { start: from, end: until } = range;
    let mut events = licence::events(tx, id, from, until)?;
    let mut before = licence::leases_between(tx, id, from, from)?;
    // What has fallen due and is not written down yet has happened all the same.
    for event in settled_only(tx, id, now)? {
        if let PoolEvent::Ended { lease, at, end, .. } = event {
            let known = before.iter_mut().find(|held| held.id == lease);
            known.map_or_else(|| events.push(event), |held| held.ended = Some((at, end)));
        }
    }
    let held = before.iter().map(Tenure::from);
    Ok((Concurrency::of(held.chain(tenures(&events))), events))
}

impl Query for LicenceUsage {
    type Answer = UsageView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<UsageView> {
        look.require(Capability::LicenceRead, "licence")?;
        let Self { licence: id, from, until } = self;
        let licence = licence::by_id(look.tx, id)?.ok_or(Refused::NotFound("licence"))?;
        if until <= from || from.duration_until(until) > Self::LONGEST {
            return Err(Refused::field("until", "choose an end after the beginning, at most 400 days later"));
        }
        let (concurrency, events) = concurrency_between(look.tx, id, from..until, look.ctx.now)?;

        let mut levels = vec![LevelStep { at: from, level: concurrency.level_at(from) }];
        let inside = concurrency.levels().filter(|(at, _)| from < *at && *at < until);
        levels.extend(inside.map(|(at, level)| LevelStep { at, level }));
        // One holder after another at one moment is no change of the level.
        levels.dedup_by_key(|step| step.level);
        let capacity = events.iter().filter_map(|event| match *event {
            PoolEvent::CapacityChanged { at, from, to, .. } => Some(CapacityChange { at, from, to }),
            _ => None,
        });
        let capacity = capacity.collect();
        let peak = match concurrency.peak(from..until) {
            Some(peak) => {
                let names = Names::of(look.tx, peak.holders.iter().copied())?;
                Some(UsagePeak { level: peak.level, at: peak.at, holders: names.all(&peak.holders) })
            }
            None => None,
        };
        Ok(UsageView { quantity: licence.quantity, levels, capacity, peak })
    }
}
