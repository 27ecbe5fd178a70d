//! The entitlement position of every licence, now or on a day.

use domain::{
    contract::{AsOf, Position, Totals, position},
    identity::Capability,
    licence::{Metric, Module},
};
use jiff::civil::Date;
use serde::Serialize;
use store::licence;

use super::{
    book::{Book, holds, moments, used},
    view::LicenceName,
};
use crate::{Look, Query, Refused, Result, licence::zone_of};

/// How every licence stands against what was bought.
#[derive(Debug, Clone, Copy)]
pub struct EntitlementPosition {
    /// On which day; now if `None`. A day that lies ahead is held against the use of today.
    pub at: Option<Date>,
}

/// The answer to [`EntitlementPosition`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PositionView {
    /// The day that was asked for, or the reader's today.
    pub at: Date,
    /// Whether the day lies ahead, so that the use is that of today.
    pub projected: bool,
    /// The licences, in order of preference; without those that are free.
    pub items: Vec<PositionRow>,
    /// What all lines in force cost in twelve months, by currency.
    pub annual_cost: Totals,
}

/// How a licence stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PositionRow {
    /// Its name.
    pub name: String,
    /// The feature set it unlocks; `None` is the base product.
    pub module: Option<Module>,
    /// Seats or tokens that somebody wants to keep free, if somebody said so.
    pub minimum_free: Option<u32>,
    /// Seats or tokens that are free of what the desk gives out.
    pub free: u32,
    /// The position.
    #[serde(flatten)]
    pub position: Position,
}

impl PositionRow {
    /// Which licence.
    pub fn licence(&self) -> LicenceName {
        LicenceName { id: self.position.licence, name: self.name.clone() }
    }
}

impl Query for EntitlementPosition {
    type Answer = PositionView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<PositionView> {
        look.require(Capability::LicenceRead, "licence")?;
        let (zone, now) = (zone_of(look)?, look.ctx.now);
        let today = now.to_zoned(zone.clone()).date();
        let at = self.at.unwrap_or(today);
        let projected = at > today;
        let days = moments(at.min(today), &zone);
        let range = days.ok_or_else(|| Refused::field("at", "this day is beyond the calendar"))?;
        let as_of = self.at.map_or(AsOf::Moment(now), AsOf::Day);

        let book = Book::read(look.tx)?;
        let bought = book.bought();
        let thresholds = store::alert::thresholds(look.tx)?;
        let mut items = Vec::new();
        for licence in licence::all(look.tx)? {
            if licence.metric == Metric::Requester {
                continue;
            }
            let holds = holds(look.tx, &licence, range.clone(), now)?;
            let used = used(&licence, &holds, range.clone());
            let minimum = thresholds.iter().find(|(id, _)| *id == licence.id).map(|(_, minimum)| *minimum);
            items.push(PositionRow {
                position: position(licence.id, used, &bought, as_of),
                free: used.free(),
                minimum_free: minimum,
                module: licence.module,
                name: licence.name,
            });
        }
        let running = bought.iter().filter(|bought| bought.in_force(as_of));
        let annual_cost = running.map(domain::contract::Bought::annual_cost).collect();
        Ok(PositionView { at, projected, items, annual_cost })
    }
}
