//! What was recorded about a pool, put together for a range of time: sums of closed days, and leases for the rest.

use std::{collections::HashMap, ops::Range};

use domain::{
    LeaseId, LicenceId, PersonId, Timestamp,
    licence::{
        Lease, Licence, Metric, PoolEvent,
        usage::{Capacity, Concurrency, Levels, Tally, Tenure, day_of},
    },
};
use store::{ReadTx, licence, usage};

use super::super::decide::assemble;
use crate::Result;

/// A pool as it is at a moment, to be asked about the time before.
pub(super) struct Facts<'l> {
    licence: &'l Licence,
    now: Timestamp,
    /// Holds that have run out and are not written down as ended yet: they have ended all the same.
    ended: HashMap<LeaseId, (PersonId, Timestamp)>,
}

impl<'l> Facts<'l> {
    pub(super) fn of(tx: &mut ReadTx<'_>, licence: &'l Licence, now: Timestamp) -> Result<Self> {
        let ended = due(tx, licence.id, now)?.into_iter().filter_map(|event| match event {
            PoolEvent::Ended { lease, person, at, .. } => Some((lease, (person, at))),
            _ => None,
        });
        Ok(Self { licence, now, ended: ended.collect() })
    }

    /// When a hold ended, written down or not.
    pub(super) fn end_of(&self, lease: &Lease) -> Option<Timestamp> {
        lease.ended_at().or_else(|| self.ended.get(&lease.id).map(|(_, at)| *at))
    }

    /// Nobody has held anything in the future.
    pub(super) fn past(&self, range: &Range<Timestamp>) -> Range<Timestamp> {
        range.start..range.end.min(self.now).max(range.start)
    }

    pub(super) fn capacity(&self, tx: &mut ReadTx<'_>, since: Timestamp) -> Result<Capacity> {
        Ok(usage::capacity(tx, self.licence.id, since, self.licence.quantity)?)
    }

    /// Who held tokens at any time in `range`.
    pub(super) fn tenures(&self, tx: &mut ReadTx<'_>, range: &Range<Timestamp>) -> Result<Vec<Tenure>> {
        let mut spans = usage::spans(tx, self.licence.id, range)?;
        for (person, at) in self.ended.values() {
            // A person holds one token at a time, so the hold that is written down as running is the one.
            let running = spans.iter_mut().find(|span| span.until.is_none() && span.person == *person);
            if let Some(running) = running {
                running.until = Some(*at);
            }
        }
        Ok(spans)
    }

    pub(super) fn levels(&self, tx: &mut ReadTx<'_>, range: &Range<Timestamp>) -> Result<Levels> {
        Ok(Levels::of(self.tenures(tx, range)?))
    }

    /// The sum of `range`, as far as it is past.
    pub(super) fn tally(&self, tx: &mut ReadTx<'_>, range: &Range<Timestamp>) -> Result<Tally> {
        let range = self.past(range);
        let id = self.licence.id;
        let capacity = self.capacity(tx, range.start)?;
        let mut tally = Tally::nothing(range.start);
        if let Some(closed) = usage::closed(tx, id)? {
            // Days are closed from the first hold on: before that, there was none.
            let before = range.start..range.end.min(closed.start);
            if !before.is_empty() {
                tally.add(Tally::of(before, &[], &capacity, self.licence.rules.idle_after));
            }
            let whole = whole_days(tally.range.end..range.end.min(closed.end));
            if !whole.is_empty() {
                self.add(tx, whole.start, &capacity, &mut tally)?;
                usage::add_days(tx, id, &whole, &mut tally)?;
            }
        }
        self.add(tx, range.end, &capacity, &mut tally)?;
        Ok(tally)
    }

    /// Adds what is between the end of `tally` and `until`, computed from leases.
    fn add(
        &self,
        tx: &mut ReadTx<'_>,
        until: Timestamp,
        capacity: &Capacity,
        tally: &mut Tally,
    ) -> Result<()> {
        let range = tally.range.end..until;
        if !range.is_empty() {
            tally.add(self.computed(tx, range, capacity)?);
        }
        Ok(())
    }

    /// The sum of `range`, computed from leases.
    pub(super) fn computed(
        &self,
        tx: &mut ReadTx<'_>,
        range: Range<Timestamp>,
        capacity: &Capacity,
    ) -> Result<Tally> {
        let holdings =
            usage::holdings(tx, self.licence.id, &range)?.into_iter().map(|(lease, mut holding)| {
                if let Some((_, at)) = self.ended.get(&lease) {
                    holding.tenure.until = Some(*at);
                }
                holding
            });
        let holdings: Vec<_> = holdings.collect();
        Ok(Tally::of(range, &holdings, capacity, self.licence.rules.idle_after))
    }
}

/// The days by UTC that lie in `range` from beginning to end.
fn whole_days(range: Range<Timestamp>) -> Range<Timestamp> {
    let first = day_of(range.start);
    let from = if first.start == range.start { first.start } else { first.end };
    from..day_of(range.end).start
}

/// What has fallen due in a pool since it was last written.
fn due(tx: &mut ReadTx<'_>, id: LicenceId, now: Timestamp) -> Result<Vec<PoolEvent>> {
    match licence::pool(tx, id)? {
        Some((licence, rows)) if licence.metric == Metric::Concurrent => {
            Ok(assemble(licence, rows)?.settle(now))
        }
        _ => Ok(Vec::new()),
    }
}

/// Who held tokens of a licence over a range of time, by name, as it is known at `now`.
pub(crate) fn concurrency_between(
    tx: &mut ReadTx<'_>,
    licence: &Licence,
    range: &Range<Timestamp>,
    now: Timestamp,
) -> Result<Concurrency> {
    let facts = Facts::of(tx, licence, now)?;
    Ok(Concurrency::of(facts.tenures(tx, range)?))
}
