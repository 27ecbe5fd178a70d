//! What the team's home shows: what presses now, and how the work of the last days stands.

use domain::{Timestamp, identity::Capability, ticket::Rating};
use jiff::{SignedDuration, ToSpan, civil::Date, tz::TimeZone};
use serde::Serialize;
use store::{
    figures::{self, Quarters},
    rating,
};

use crate::{Look, Query, Refused, Result};

/// So many days are compared, today among them.
const DAYS: i32 = 14;
/// So far back goes what requesters said.
const RATED_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A promise presses that is due within this.
const SOON: SignedDuration = SignedDuration::from_hours(1);

/// How many open tickets are of some age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OfAge {
    /// At least so many days old.
    pub from_days: u16,
    /// Younger than so many days; `None` for the oldest.
    pub to_days: Option<u16>,
    /// How many.
    pub tickets: u64,
}

/// What came on a day and what was solved on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OfDay {
    /// The day, in the reader's time zone.
    pub day: Date,
    /// Tickets raised.
    pub arrived: u64,
    /// Tickets solved, and not reopened since.
    pub solved: u64,
    /// Of them, those that were solved in the time promised.
    pub kept: u64,
    /// Of them, those that were solved later than promised. Those of which nothing was promised are in neither.
    pub missed: u64,
}

/// The figures of the desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FiguresView {
    /// Of the reader's open tickets, those whose promise was missed.
    pub mine_overdue: u64,
    /// Of the reader's open tickets, those with a promise that is due within the hour or was missed.
    pub mine_pressing: u64,
    /// Open tickets whose promise was missed.
    pub overdue: u64,
    /// Open tickets with a promise that is due within the hour.
    pub at_risk: u64,
    /// Open tickets by age, the youngest first.
    pub ages: Vec<OfAge>,
    /// The last fourteen days, today last.
    pub days: Vec<OfDay>,
    /// What requesters said in the last thirty days: the best first.
    pub ratings: Vec<(Rating, u64)>,
}

/// The figures of the desk, with days as they are in a time zone.
#[derive(Debug, Clone)]
pub struct Figures {
    /// The time zone.
    pub zone: TimeZone,
}

impl Query for Figures {
    type Answer = FiguresView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<FiguresView> {
        look.require(Capability::TicketRead, "queue")?;
        let me = look.person().ok_or(Refused::NotFound("queue"))?;
        let now = look.ctx.now;
        let edges = [0_u16, 1, 3, 7, 30];
        let mut ages = Vec::with_capacity(edges.len());
        for (nth, from_days) in edges.into_iter().enumerate() {
            let to_days = edges.get(nth + 1).copied();
            let since = to_days.map_or(Timestamp::MIN, |days| ago(now, days));
            let until = if from_days == 0 { Timestamp::MAX } else { ago(now, from_days) };
            ages.push(OfAge { from_days, to_days, tickets: figures::open_between(look.tx, since, until)? });
        }
        let today = now.to_zoned(self.zone.clone()).date();
        let first = today.saturating_sub((DAYS - 1).days());
        let since = first.to_zoned(self.zone.clone()).map_or(Timestamp::MIN, |midnight| midnight.timestamp());
        let mut days: Vec<OfDay> = (0..DAYS)
            .map(|nth| OfDay {
                day: first.saturating_add(nth.days()),
                arrived: 0,
                solved: 0,
                kept: 0,
                missed: 0,
            })
            .collect();
        let arrived = figures::arrived(look.tx, since)?;
        let solved = figures::solved(look.tx, since)?;
        count(&mut days, arrived, &self.zone, |day| &mut day.arrived);
        count(&mut days, solved, &self.zone, |day| &mut day.solved);
        let (kept, missed) =
            (figures::promises(look.tx, since, true)?, figures::promises(look.tx, since, false)?);
        count(&mut days, kept, &self.zone, |day| &mut day.kept);
        count(&mut days, missed, &self.zone, |day| &mut day.missed);
        let said = rating::since(look.tx, now - RATED_FOR)?;
        let said =
            |rating: Rating| said.iter().find(|(other, _)| *other == rating).map_or(0, |(_, count)| *count);
        Ok(FiguresView {
            mine_overdue: figures::mine_due_before(look.tx, me, now)?,
            mine_pressing: figures::mine_due_before(look.tx, me, now + SOON)?,
            overdue: figures::due_between(look.tx, Timestamp::MIN, now)?,
            at_risk: figures::due_between(look.tx, now, now + SOON)?,
            ages,
            days,
            ratings: Rating::ALL.iter().map(|rating| (*rating, said(*rating))).collect(),
        })
    }
}

fn ago(now: Timestamp, days: u16) -> Timestamp {
    now.saturating_sub(SignedDuration::from_hours(i64::from(days) * 24)).unwrap_or(Timestamp::MIN)
}

fn count(days: &mut [OfDay], quarters: Quarters, zone: &TimeZone, of: impl Fn(&mut OfDay) -> &mut u64) {
    for (at, tickets) in quarters {
        let date = at.to_zoned(zone.clone()).date();
        if let Some(day) = days.iter_mut().find(|day| day.day == date) {
            *of(day) += tickets;
        }
    }
}
