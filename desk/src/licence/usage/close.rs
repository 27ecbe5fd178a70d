//! Days that are over become sums, so that a year opens at once.
//!
//! A sum is no new fact: it can be computed again from leases and pauses at any time. So nobody decides anything here,
//! and it goes past the door like a heartbeat.

use domain::{
    Timestamp,
    licence::{Licence, Metric, usage::day_of},
};
use jiff::SignedDuration;
use store::{WriteTx, licence, usage};

use super::{super::decide::assemble, facts::Facts};
use crate::{Desk, Result};

/// How long after its end a day is closed: longer than the clocks of two processes differ.
const MARGIN: SignedDuration = SignedDuration::from_hours(1);

/// How many days are closed at once, so that others get to write in between.
const AT_ONCE: u32 = 100;

impl Desk {
    /// Closes days of pools that are over; says how many. To be called every few minutes, after a sweep; any number of
    /// processes may. Waits on this thread.
    pub fn close_days(&self, now: Timestamp) -> Result<u32> {
        let licences = self.database().read_now(licence::all)?;
        let mut closed = 0;
        for licence in licences.into_iter().filter(|licence| licence.metric == Metric::Concurrent) {
            while closed < AT_ONCE {
                let licence = licence.clone();
                if !self.database().write_now(move |tx| close_next(tx, &licence, now))? {
                    break;
                }
                closed += 1;
            }
        }
        Ok(closed)
    }
}

/// Closes the first day of a pool that has no sum; `false` if it is not over yet.
fn close_next(tx: &mut WriteTx<'_>, licence: &Licence, now: Timestamp) -> Result<bool> {
    let id = licence.id;
    let next = match usage::closed(tx, id)? {
        Some(closed) => Some(closed.end),
        None => usage::first_hold(tx, id)?,
    };
    let Some(day) = next.map(day_of) else { return Ok(false) };
    if now.checked_sub(MARGIN).is_ok_and(|latest| latest < day.end) {
        return Ok(false);
    }
    let Some((licence, rows)) = licence::lock_pool(tx, id)? else { return Ok(false) };
    // Somebody else may have closed it before the lock was theirs.
    if usage::closed(tx, id)?.is_some_and(|closed| closed.end != day.start) {
        return Ok(true);
    }
    // What has run out must be written down first, or a late sign of life could still change the day.
    if !assemble(licence.clone(), rows)?.settle(now).is_empty() {
        return Ok(false);
    }
    let facts = Facts::of(tx, &licence, now)?;
    let capacity = facts.capacity(tx, day.start)?;
    let reaches_back_to = usage::reach(tx, id, day.start)?;
    let sum = facts.computed(tx, day, &capacity)?;
    usage::close_day(tx, id, reaches_back_to, &sum)?;
    Ok(true)
}
