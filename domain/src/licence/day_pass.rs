//! Day passes: a stock of calendar days, each of which lets one person work.

use jiff::{Timestamp, civil::Date, tz::TimeZoneDatabase};
use serde::{Deserialize, Serialize};

use super::{Cause, Licence, Refusal};
use crate::{DayPassId, LicenceId, PersonId};

/// A pass that was used up: one person's, for one calendar day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayPass {
    /// Which one.
    pub id: DayPassId,
    /// Of which licence.
    pub licence: LicenceId,
    /// Whose.
    pub person: PersonId,
    /// The how-manieth of the licence, from 1.
    pub number: u32,
    /// The day, by the calendar on the person's wall.
    pub day: Date,
    /// The zone of the wall. Who travels keeps the day they began.
    pub zone: String,
    /// When it was taken.
    pub from: Timestamp,
    /// The first moment of the next day there.
    pub until: Timestamp,
    /// By which act.
    pub cause: Cause,
}

impl DayPass {
    /// The pass that `person` takes at `now`, where `used` have been taken before. A day has as many hours as its calendar
    /// gives it: 23 when the clocks go forward, 25 when they go back. Passes do not carry over.
    pub fn take(
        licence: &Licence,
        used: u32,
        id: DayPassId,
        person: PersonId,
        zone: &str,
        now: Timestamp,
        cause: Cause,
    ) -> Result<Self, Refusal> {
        if let Some(refusal) = Refusal::of_term(licence, now) {
            return Err(refusal);
        }
        if used >= licence.quantity {
            return Err(Refusal::NoPassLeft { licence: licence.id, name: licence.name.clone() });
        }
        // A zone that this program does not know has no midnight; the world's then counts.
        let (zone, rules) = match TimeZoneDatabase::bundled().get(zone) {
            Ok(rules) => (zone, rules),
            Err(_) => ("UTC", jiff::tz::TimeZone::UTC),
        };
        let day = now.to_zoned(rules.clone()).date();
        let midnight = day.tomorrow().ok().and_then(|next| next.to_zoned(rules).ok());
        let until = midnight.map_or(Timestamp::MAX, |midnight| midnight.timestamp());
        let (zone, number) = (zone.to_owned(), used + 1);
        Ok(Self { id, licence: licence.id, person, number, day, zone, from: now, until, cause })
    }

    /// Whether it lets its person work at `moment`.
    pub fn covers(&self, moment: Timestamp) -> bool {
        self.from <= moment && moment < self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        identity::Channel,
        licence::{Action, Metric, NewLicence, PoolRules, Term},
    };

    fn stock(quantity: u32) -> Licence {
        let term = Term::new(Timestamp::UNIX_EPOCH, None).unwrap();
        let (name, product) = ("Day passes".to_owned(), "Freehold".to_owned());
        let rules = PoolRules::default();
        let new = NewLicence { name, product, module: None, metric: Metric::DayPass, quantity, term, rules };
        Licence::new(LicenceId::from(uuid::Uuid::from_u128(1)), new).unwrap()
    }

    fn pass(used: u32, zone: &str, now: &str) -> Result<DayPass, Refusal> {
        let cause = Cause { action: Action::TicketReply, ticket: None, channel: Channel::Web };
        let (id, person) = (DayPassId::from(uuid::Uuid::nil()), PersonId::from(uuid::Uuid::nil()));
        DayPass::take(&stock(2), used, id, person, zone, now.parse().unwrap(), cause)
    }

    #[test]
    fn a_pass_ends_at_midnight_on_the_persons_own_wall() {
        let pass = pass(0, "Pacific/Auckland", "2026-06-01T10:00:00Z").unwrap();
        assert_eq!((pass.number, pass.day.to_string()), (1, "2026-06-01".to_owned()));
        assert_eq!(pass.until, "2026-06-01T12:00:00Z".parse().unwrap());
        assert!(pass.covers("2026-06-01T11:59:59Z".parse().unwrap()));
        assert!(!pass.covers(pass.until));
    }

    #[test]
    fn a_day_has_the_hours_that_its_calendar_gives_it() {
        let spring = pass(0, "Europe/Berlin", "2026-03-28T23:00:00Z").unwrap();
        assert_eq!(spring.from.duration_until(spring.until).as_hours(), 23);
        let autumn = pass(0, "Europe/Berlin", "2026-10-24T22:00:00Z").unwrap();
        assert_eq!(autumn.from.duration_until(autumn.until).as_hours(), 25);
        let leap = pass(0, "UTC", "2028-02-29T00:00:00Z").unwrap();
        assert_eq!(leap.until, "2028-03-01T00:00:00Z".parse().unwrap());
    }

    #[test]
    fn the_stock_runs_out_and_an_unknown_zone_is_the_worlds() {
        assert!(matches!(pass(2, "UTC", "2026-06-01T10:00:00Z"), Err(Refusal::NoPassLeft { .. })));
        assert_eq!(pass(1, "Mars/Olympus", "2026-06-01T10:00:00Z").unwrap().zone, "UTC");
    }
}
