//! The entitlement position: what was bought, what is given out, what is used, and what is used without having been
//! bought.

use jiff::civil::Date;
use serde::Serialize;

use super::{
    agreement::Contract,
    line::OrderLine,
    money::{Money, Totals},
};
use crate::{LicenceId, Timestamp, identity::named, licence::Metric};

/// When a position is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// On this day, as each contract counts days.
    Day(Date),
    /// At this moment: the day that it is where each contract counts its days.
    Moment(Timestamp),
}

impl AsOf {
    /// The day it is for a contract.
    pub fn day(self, contract: &Contract) -> Date {
        match self {
            Self::Day(day) => day,
            Self::Moment(now) => contract.today(now),
        }
    }
}

/// An order line with the contract it stands in.
#[derive(Debug, Clone, Copy)]
pub struct Bought<'a> {
    /// The contract.
    pub contract: &'a Contract,
    /// Its line.
    pub line: &'a OrderLine,
}

impl Bought<'_> {
    /// Whether it counts then.
    pub fn in_force(&self, at: AsOf) -> bool {
        self.line.in_force(self.contract, at.day(self.contract))
    }

    /// Its price for twelve months.
    pub fn annual_cost(&self) -> Money {
        self.line.annual_cost(self.contract.currency)
    }
}

/// How many seats or tokens of a licence the lines in force give.
pub fn entitled(licence: LicenceId, bought: &[Bought<'_>], at: AsOf) -> u32 {
    in_force(licence, bought, at).fold(0, |sum, bought| sum.saturating_add(bought.line.quantity()))
}

fn in_force<'b>(
    licence: LicenceId,
    bought: &'b [Bought<'b>],
    at: AsOf,
) -> impl Iterator<Item = &'b Bought<'b>> {
    bought.iter().filter(move |bought| bought.line.licence == licence && bought.in_force(at))
}

/// What a licence gave out on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Use {
    /// How it is counted.
    pub metric: Metric,
    /// Seats or tokens that the desk gives out at most.
    pub quantity: u32,
    /// Seats that were somebody's at one time that day; the most there were.
    pub assigned: u32,
    /// Tokens held at one time that day, the most there were; or passes used up by then.
    pub in_use: u32,
}

impl Use {
    /// What has to have been bought: a seat is used by being somebody's, a token by being held.
    pub const fn consumed(&self) -> u32 {
        match self.metric {
            Metric::Exclusive => self.assigned,
            Metric::Concurrent | Metric::DayPass => self.in_use,
            Metric::Requester => 0,
        }
    }

    /// What is left to give out.
    pub const fn free(&self) -> u32 {
        self.quantity.saturating_sub(self.consumed())
    }
}

named! {
    /// How a licence stands against what was bought.
    PositionStanding {
        /// No order line feeds it.
        NoContract = "no_contract",
        /// Whatever the desk gives out was bought.
        Covered = "covered",
        /// The desk would give out more than was bought, and has not yet.
        Uncovered = "uncovered",
        /// More is used than was bought.
        Over = "over",
    }
}

/// How a licence stands on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Position {
    /// Which licence.
    pub licence: LicenceId,
    /// What the order lines in force give.
    pub entitled: u32,
    /// What was given out and used.
    #[serde(flatten)]
    pub used: Use,
    /// How many more the desk would give out than were bought.
    pub uncovered: u32,
    /// How many more were used than were bought.
    pub over: u32,
    /// All of that in a word.
    pub standing: PositionStanding,
    /// What the lines in force cost in twelve months, by currency.
    pub annual_cost: Totals,
}

/// The position of a licence. Requesters are neither counted nor bought. A licence that no contract ever named is not
/// over: nobody said yet what was bought.
pub fn position(licence: LicenceId, used: Use, bought: &[Bought<'_>], at: AsOf) -> Position {
    let entitled = entitled(licence, bought, at);
    let named = bought.iter().any(|bought| bought.line.licence == licence);
    let beyond = |count: u32| if named { count.saturating_sub(entitled) } else { 0 };
    let (uncovered, over) = (beyond(used.quantity), beyond(used.consumed()));
    let standing = match (named, over, uncovered) {
        (false, ..) => PositionStanding::NoContract,
        (true, 0, 0) => PositionStanding::Covered,
        (true, 0, _) => PositionStanding::Uncovered,
        (true, ..) => PositionStanding::Over,
    };
    let annual_cost = in_force(licence, bought, at).map(Bought::annual_cost).collect();
    Position { licence, entitled, used, uncovered, over, standing, annual_cost }
}
