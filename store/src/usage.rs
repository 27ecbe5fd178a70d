//! What use is computed from: holds with their pauses, the number of tokens, and the sums of days that are over.

use std::{collections::HashMap, ops::Range};

use domain::{
    LeaseId, LicenceId, PersonId, Timestamp,
    licence::{
        PoolEvent,
        usage::{
            Capacity, CapacityChange, HeldTime, Holding, Pause, PauseKind, Slice, Tally, Tenure, day_of,
        },
    },
};
use jiff::SignedDuration;
use uuid::Uuid;

use crate::{ReadTx, Result, Row, StoreError, WriteTx, statement::statements};

statements! {
    PAUSED = "INSERT INTO lease_pause (licence_id, lease_id, kind, from_at, until_at)
        SELECT licence_id, id, $2, CASE WHEN borrowed_until > $3 THEN borrowed_until ELSE $3 END, CAST($4 AS BIGINT)
        FROM lease WHERE id = $1
        ON CONFLICT DO NOTHING";
    CAPACITY_CHANGED = "INSERT INTO licence_capacity (licence_id, at, from_quantity, to_quantity) VALUES ($1, $2, $3, $4)";
    CAPACITY = "SELECT at, from_quantity, to_quantity FROM licence_capacity
        WHERE licence_id = $1 AND at >= $2 ORDER BY at, seq";

    SPANS = "SELECT person_id, token, acquired_at, ended_at FROM lease
        WHERE licence_id = $1 AND acquired_at >= $2 AND acquired_at < $4 AND (ended_at IS NULL OR ended_at > $3)
        ORDER BY acquired_at";
    HOLDINGS = "SELECT person_id, token, acquired_at, ended_at, id, last_active_at, borrowed_until, lingering_since
        FROM lease
        WHERE licence_id = $1 AND acquired_at >= $2 AND acquired_at < $4 AND (ended_at IS NULL OR ended_at > $3)
        ORDER BY acquired_at";
    PAUSES = "SELECT lease_id, kind, from_at, until_at FROM lease_pause
        WHERE licence_id = $1 AND until_at > $2 AND until_at <= $3";
    PAUSES_AFTER = "SELECT p.lease_id, p.kind, p.from_at, p.until_at FROM lease l JOIN lease_pause p ON p.lease_id = l.id
        WHERE l.licence_id = $1 AND l.acquired_at >= $2 AND l.acquired_at < $3
            AND (l.ended_at IS NULL OR l.ended_at > $3) AND p.until_at > $3";
    REACH_OF_DAY = "SELECT reaches_back_to FROM licence_day WHERE licence_id = $1 AND day = $2";
    REACH_BEFORE = "SELECT reaches_back_to FROM licence_day WHERE licence_id = $1 AND day < $2
        ORDER BY day DESC LIMIT 1";
    REACH = "SELECT MIN(acquired_at) FROM lease
        WHERE licence_id = $1 AND acquired_at >= $2 AND acquired_at < $3 AND (ended_at IS NULL OR ended_at > $3)";
    FIRST_HOLD = "SELECT MIN(acquired_at) FROM lease WHERE licence_id = $1";

    FIRST_DAY = "SELECT MIN(day) FROM licence_day WHERE licence_id = $1";
    LAST_DAY = "SELECT MAX(day) FROM licence_day WHERE licence_id = $1";
    DAYS = "SELECT day, overdraft, levels, slices, people FROM licence_day
        WHERE licence_id = $1 AND day >= $2 AND day < $3 ORDER BY day";
    CLOSE_DAY = "INSERT INTO licence_day (licence_id, day, reaches_back_to, overdraft, levels, slices, people)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    REOPEN = "DELETE FROM licence_day WHERE licence_id = $1 AND day >= $2";
}

/// Bytes of a row of levels: the level, its time.
const LEVEL: usize = 4 + 8;
/// Bytes of a row of slices: held time, lowest and highest level, how long after its beginning that was first reached.
const SLICE: usize = 8 + 4 + 4 + 4;
/// Bytes of a row of people: the id, held, active and lingering time.
const PERSON: usize = 16 + 8 + 8 + 8;

/// Writes what a fact tells of use. The row of the lease is not changed yet.
pub(crate) fn learn(tx: &mut WriteTx<'_>, event: &PoolEvent) -> Result<()> {
    let pause = match *event {
        PoolEvent::Used { lease, idle_since: Some(since), at, .. } => (lease, PauseKind::Idle, since, at),
        PoolEvent::Resumed { lease, lingering_since, at, .. } => {
            (lease, PauseKind::Lingering, lingering_since, at)
        }
        PoolEvent::CapacityChanged { licence, at, from, to } => {
            let params = [licence.into(), at.into(), from.into(), to.into()];
            return tx.execute_later(CAPACITY_CHANGED, &params);
        }
        _ => return Ok(()),
    };
    let (lease, kind, since, until) = pause;
    tx.execute_later(PAUSED, &[lease.into(), kind.as_str().into(), since.into(), until.into()])
}

/// How many tokens there were since a moment, given how many there are.
pub fn capacity(
    tx: &mut ReadTx<'_>,
    licence: LicenceId,
    since: Timestamp,
    quantity: u32,
) -> Result<Capacity> {
    let changes = tx.rows(CAPACITY, &[licence.into(), since.into()], |row| {
        Ok(CapacityChange { at: row.get(0)?, from: row.get(1)?, to: row.get(2)? })
    })?;
    Ok(Capacity { changes, now: quantity })
}

/// The beginning of the longest hold that was running at `moment`, or an earlier moment; `moment` itself if there was none.
pub fn reach(tx: &mut ReadTx<'_>, licence: LicenceId, moment: Timestamp) -> Result<Timestamp> {
    let day = day_of(moment).start;
    if let Some(reach) = tx.row(REACH_OF_DAY, &[licence.into(), day.into()], |row| row.get(0))? {
        return Ok(moment.min(reach));
    }
    // What runs now began after the latest closed day did, or was running then: nothing older need be looked at.
    let before: Option<Timestamp> = tx.row(REACH_BEFORE, &[licence.into(), day.into()], |row| row.get(0))?;
    let since = before.unwrap_or(Timestamp::MIN);
    let params = [licence.into(), since.into(), moment.into()];
    let running: Option<Timestamp> = tx.row(REACH, &params, |row| row.get(0))?.flatten();
    Ok(running.unwrap_or(moment))
}

/// Who held tokens at any time in a range, in order of their beginning.
pub fn spans(tx: &mut ReadTx<'_>, licence: LicenceId, range: &Range<Timestamp>) -> Result<Vec<Tenure>> {
    let reach = reach(tx, licence, range.start)?;
    let params = [licence.into(), reach.into(), range.start.into(), range.end.into()];
    tx.rows(SPANS, &params, read_tenure)
}

fn read_tenure(row: &Row<'_>) -> Result<Tenure> {
    Ok(Tenure { person: row.get(0)?, token: row.get(1)?, from: row.get(2)?, until: row.get(3)? })
}

/// The holds of any time in a range, in order of their beginning, with what is known of their use in it.
pub fn holdings(
    tx: &mut ReadTx<'_>,
    licence: LicenceId,
    range: &Range<Timestamp>,
) -> Result<Vec<(LeaseId, Holding)>> {
    let reach_of_start = reach(tx, licence, range.start)?;
    let params = [licence.into(), reach_of_start.into(), range.start.into(), range.end.into()];
    let mut holdings = tx.rows(HOLDINGS, &params, |row| {
        let holding = Holding {
            tenure: read_tenure(row)?,
            last_active_at: row.get(5)?,
            borrowed_until: row.get(6)?,
            lingering_since: row.get(7)?,
            pauses: Vec::new(),
        };
        Ok((row.get(4)?, holding))
    })?;
    let reach_of_end = reach(tx, licence, range.end)?;
    let inside = [licence.into(), range.start.into(), range.end.into()];
    let mut pauses = tx.rows(PAUSES, &inside, read_pause)?;
    let after = [licence.into(), reach_of_end.into(), range.end.into()];
    pauses.extend(tx.rows(PAUSES_AFTER, &after, read_pause)?);
    if !pauses.is_empty() {
        let places: HashMap<LeaseId, usize> =
            holdings.iter().enumerate().map(|(place, (lease, _))| (*lease, place)).collect();
        for (lease, pause) in pauses {
            if let Some(place) = places.get(&lease) {
                holdings[*place].1.pauses.push(pause);
            }
        }
    }
    Ok(holdings)
}

fn read_pause(row: &Row<'_>) -> Result<(LeaseId, Pause)> {
    let pause = Pause { kind: row.parse(1, PauseKind::parse)?, from: row.get(2)?, until: row.get(3)? };
    Ok((row.get(0)?, pause))
}

/// When the first hold of a licence began.
pub fn first_hold(tx: &mut ReadTx<'_>, licence: LicenceId) -> Result<Option<Timestamp>> {
    Ok(tx.row(FIRST_HOLD, &[licence.into()], |row| row.get(0))?.flatten())
}

/// The days of a licence that have a sum, from the beginning of the first to the end of the last. There is no gap.
pub fn closed(tx: &mut ReadTx<'_>, licence: LicenceId) -> Result<Option<Range<Timestamp>>> {
    let first: Option<Timestamp> = tx.row(FIRST_DAY, &[licence.into()], |row| row.get(0))?.flatten();
    let last: Option<Timestamp> = tx.row(LAST_DAY, &[licence.into()], |row| row.get(0))?.flatten();
    Ok(first.zip(last).map(|(first, last)| first..day_of(last).end))
}

/// Adds the sums of the closed days in `range` to `tally`. The range begins and ends with a day.
pub fn add_days(
    tx: &mut ReadTx<'_>,
    licence: LicenceId,
    range: &Range<Timestamp>,
    tally: &mut Tally,
) -> Result<()> {
    tx.each(DAYS, &[licence.into(), range.start.into(), range.end.into()], |row| {
        let range = day_of(row.get(0)?);
        let [levels, slices, people]: [Vec<u8>; 3] = [row.get(2)?, row.get(3)?, row.get(4)?];
        let overdraft = SignedDuration::from_micros(row.get(1)?);
        let day = read_day(range, overdraft, &levels, &slices, &people);
        tally.add(day.ok_or_else(|| row.unexpected(3, "a day of another width"))?);
        Ok(())
    })
}

/// Writes the sum of a day that is over. The caller holds the lock of the pool.
pub fn close_day(
    tx: &mut WriteTx<'_>,
    licence: LicenceId,
    reaches_back_to: Timestamp,
    day: &Tally,
) -> Result<()> {
    let [levels, slices, people] = written(day);
    tx.execute(
        CLOSE_DAY,
        &[
            licence.into(),
            day.range.start.into(),
            reaches_back_to.into(),
            micros(day.overdraft).into(),
            levels.as_slice().into(),
            slices.as_slice().into(),
            people.as_slice().into(),
        ],
    )
    .map(drop)
}

/// Forgets the sums of the day of `moment` and of all later ones: something about them has come to light.
pub fn reopen(tx: &mut WriteTx<'_>, licence: LicenceId, moment: Timestamp) -> Result<()> {
    tx.execute(REOPEN, &[licence.into(), day_of(moment).start.into()]).map(drop)
}

/// The engine's plan for every statement that reads use: what a test of indexes looks at.
pub fn plans(tx: &mut ReadTx<'_>) -> Result<Vec<String>, StoreError> {
    let licence = LicenceId::from(Uuid::nil());
    let mut plans = Vec::new();
    let moments = [licence.into(), 1_i64.into(), 2_i64.into(), 3_i64.into()];
    for (statement, params) in [
        (CAPACITY, 2),
        (SPANS, 4),
        (HOLDINGS, 4),
        (PAUSES, 3),
        (PAUSES_AFTER, 3),
        (REACH_OF_DAY, 2),
        (REACH_BEFORE, 2),
        (REACH, 3),
        (FIRST_HOLD, 1),
        (FIRST_DAY, 1),
        (LAST_DAY, 1),
        (DAYS, 3),
    ] {
        plans.extend(tx.plan(statement, &moments[..params])?);
    }
    Ok(plans)
}

fn micros(span: SignedDuration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

/// Levels, slices and people of a day, as they are stored.
fn written(day: &Tally) -> [Vec<u8>; 3] {
    let mut levels = Vec::with_capacity(day.time_at_level.len() * LEVEL);
    for (level, time) in &day.time_at_level {
        levels.extend(level.to_le_bytes());
        levels.extend(micros(*time).to_le_bytes());
    }
    let mut slices = Vec::with_capacity(day.slices.len() * SLICE);
    for slice in &day.slices {
        let after = micros(slice.at.duration_until(slice.peak_at));
        slices.extend(micros(slice.held).to_le_bytes());
        slices.extend(slice.low.to_le_bytes());
        slices.extend(slice.peak.to_le_bytes());
        slices.extend(u32::try_from(after).unwrap_or(0).to_le_bytes());
    }
    let mut people = Vec::with_capacity(day.people.len() * PERSON);
    for (person, time) in &day.people {
        people.extend(person.uuid().as_bytes());
        for span in [time.held, time.active, time.lingering] {
            people.extend(micros(span).to_le_bytes());
        }
    }
    [levels, slices, people]
}

/// The day that was stored so; `None` if it was not.
fn read_day(
    range: Range<Timestamp>,
    overdraft: SignedDuration,
    levels: &[u8],
    slices: &[u8],
    people: &[u8],
) -> Option<Tally> {
    let mut day = Tally::nothing(range.start);
    day.overdraft = overdraft;
    for mut row in levels.chunks(LEVEL) {
        day.time_at_level.insert(take_level(&mut row)?, take_span(&mut row)?);
    }
    let width = domain::licence::usage::SLICE;
    let mut at = range.start;
    for mut row in slices.chunks(SLICE) {
        let held = take_span(&mut row)?;
        let (low, peak) = (take_level(&mut row)?, take_level(&mut row)?);
        let peak_at = at + SignedDuration::from_micros(take_level(&mut row)?.into());
        day.slices.push(Slice { at, lasted: width, low, peak, peak_at, held });
        at += width;
    }
    for mut row in people.chunks(PERSON) {
        let person = PersonId::from(Uuid::from_bytes(take(&mut row)?));
        let time = HeldTime {
            held: take_span(&mut row)?,
            active: take_span(&mut row)?,
            lingering: take_span(&mut row)?,
        };
        day.people.insert(person, time);
    }
    (at == range.end).then(|| {
        day.range = range;
        day
    })
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}

fn take_level(bytes: &mut &[u8]) -> Option<u32> {
    take(bytes).map(u32::from_le_bytes)
}

fn take_span(bytes: &mut &[u8]) -> Option<SignedDuration> {
    take(bytes).map(|micros| SignedDuration::from_micros(i64::from_le_bytes(micros)))
}
