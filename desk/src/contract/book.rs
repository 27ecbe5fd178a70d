//! All contracts with their lines, and what the licences gave out: what positions and alerts are computed from.

use std::{collections::HashMap, ops::Range};

use domain::{
    LicenceId, PersonId, Timestamp,
    contract::{Bought, Contract, Use},
    licence::{
        DayPass, Licence, Metric,
        usage::{Concurrency, Tenure},
    },
};
use jiff::{civil::Date, tz::TimeZone};
use store::{ReadTx, contract, contract::LineRow, licence};

use crate::{Result, licence::concurrency_between};

/// All contracts with their lines.
pub(super) struct Book(pub(super) Vec<(Contract, u64, Vec<LineRow>)>);

impl Book {
    pub(super) fn read(tx: &mut ReadTx<'_>) -> Result<Self> {
        Ok(Self(contract::with_lines(tx)?))
    }

    pub(super) fn bought(&self) -> Vec<Bought<'_>> {
        let lines = |(contract, _, lines)| {
            let lines: &Vec<LineRow> = lines;
            lines.iter().map(move |row| Bought { contract, line: &row.line })
        };
        self.0.iter().map(|(contract, version, lines)| (contract, version, lines)).flat_map(lines).collect()
    }
}

/// The names of licences, for somebody who reads.
pub(super) fn licence_names(tx: &mut ReadTx<'_>) -> Result<HashMap<LicenceId, String>> {
    Ok(licence::all(tx)?.into_iter().map(|licence| (licence.id, licence.name)).collect())
}

/// A day of some zone, as moments.
pub(super) fn moments(day: Date, zone: &TimeZone) -> Option<Range<Timestamp>> {
    let from = day.to_zoned(zone.clone()).ok()?.timestamp();
    let until = day.tomorrow().ok()?.to_zoned(zone.clone()).ok()?.timestamp();
    Some(from..until)
}

/// Who held seats or tokens of a licence over a range of time.
pub(super) fn holds(
    tx: &mut ReadTx<'_>,
    licence: &Licence,
    range: Range<Timestamp>,
    now: Timestamp,
) -> Result<Concurrency> {
    Ok(match licence.metric {
        Metric::Exclusive => {
            Concurrency::of(licence::seated_between(tx, licence.id, range.start, range.end)?)
        }
        Metric::Concurrent => concurrency_between(tx, licence, &range, now)?,
        Metric::DayPass => Concurrency::of(passes(tx, licence)?),
        Metric::Requester => Concurrency::of([]),
    })
}

/// A pass that was taken is used up for good, so it counts from then on, each by itself whoever took it.
fn passes(tx: &mut ReadTx<'_>, licence: &Licence) -> Result<Vec<Tenure>> {
    let taken = licence::passes(tx, licence.id, None, Licence::QUANTITY_LIMIT)?;
    let tenure = |(pass, _): (DayPass, String)| Tenure {
        person: PersonId::from(pass.id.uuid()),
        token: pass.number,
        from: pass.from,
        until: None,
    };
    Ok(taken.into_iter().map(tenure).collect())
}

/// What a licence gave out over a range of time, at its busiest. The quantity is what the desk gives out at most now.
pub(super) fn used(licence: &Licence, holds: &Concurrency, range: Range<Timestamp>) -> Use {
    let peak = holds.peak(range).map_or(0, |peak| peak.level);
    let of = |metric| if licence.metric == metric { peak } else { 0 };
    Use {
        metric: licence.metric,
        quantity: licence.quantity,
        assigned: of(Metric::Exclusive),
        // A seat is in use by being somebody's.
        in_use: if licence.metric == Metric::Requester { 0 } else { peak },
    }
}
