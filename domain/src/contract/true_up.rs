//! The true-up: what was used above what was bought, priced to the day by an order line, with its arithmetic in a
//! sentence. Entries are never changed; a wrong one is taken back by another.

use jiff::civil::Date;
use serde::Serialize;

use super::{
    line::{OrderLine, rounded},
    money::{Currency, Money},
    term::{days_between, written},
};
use crate::identity::named;

named! {
    /// What was used above what was bought.
    TrueUpCause {
        /// More seats or tokens than the order lines in force gave.
        OverEntitlement = "over_entitlement",
        /// Tokens that a pool lent above its quantity, for which the vendor bills afterwards.
        Overdraft = "overdraft",
    }
}

/// So many, on each of these days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Excess {
    /// How many.
    pub quantity: u32,
    /// From this day.
    pub from: Date,
    /// Up to and with this day.
    pub until: Date,
}

/// A true-up that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrueUpError {
    /// Nothing was used.
    #[error("say how many were used above what was bought, from 1 to {}", OrderLine::QUANTITY_LIMIT)]
    Quantity,
    /// It ends before it begins, or is longer than anybody settles.
    #[error("choose a last day that is not before the first and at most {} days later", Excess::LONGEST)]
    Days,
    /// The line had no price yet.
    #[error("the order line begins on {0}; it has no price before that day")]
    BeforeLine(Date),
}

impl TrueUpError {
    /// The field of the form or of the request that is wrong.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Quantity => "quantity",
            Self::Days => "until",
            Self::BeforeLine(_) => "from",
        }
    }
}

/// What an excess costs, and how that was computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Priced {
    /// How much.
    pub money: Money,
    /// The arithmetic.
    pub sentence: String,
}

impl Excess {
    /// The most days of one entry.
    pub const LONGEST: i32 = 5 * 366;

    /// The price by an order line, to the day: each day costs its share of the term it falls into. Each term's share is
    /// rounded to the nearest minor unit, halves upwards, so that the sentence adds up.
    pub fn price(&self, line: &OrderLine, currency: Currency) -> Result<Priced, TrueUpError> {
        if !(1..=OrderLine::QUANTITY_LIMIT).contains(&self.quantity) {
            return Err(TrueUpError::Quantity);
        }
        if self.until < self.from || days_between(self.from, self.until) >= Self::LONGEST {
            return Err(TrueUpError::Days);
        }
        let mut shares = Vec::new();
        let (mut sum, mut day) = (0_i64, self.from);
        while day <= self.until {
            let term = line.term.on(line.starts_on, day).ok_or(TrueUpError::BeforeLine(line.starts_on))?;
            let last = term.last.min(self.until);
            let (days, length) = (days_between(day, last) + 1, term.length());
            let whole = i128::from(line.unit_price) * i128::from(self.quantity) * i128::from(days);
            sum = sum.saturating_add(rounded(whole, i128::from(length)));
            shares.push(format!("{days} of {length} days"));
            match last.tomorrow() {
                Ok(next) => day = next,
                Err(_) => break,
            }
        }
        let money = Money::new(currency, sum);
        let price = Money::new(currency, line.unit_price);
        let sentence = format!(
            "{} above what was bought, {} to {}: {} × {price} {} × {} = {money}.",
            self.quantity,
            written(self.from),
            written(self.until),
            self.quantity,
            line.term.per(),
            if shares.len() == 1 { shares.concat() } else { format!("({})", shares.join(" + ")) },
        );
        Ok(Priced { money, sentence })
    }
}

/// Stretches of days on which the same number was over, from days in order with how many were over on each.
pub fn stretches(days: impl IntoIterator<Item = (Date, u32)>) -> Vec<Excess> {
    let mut found: Vec<Excess> = Vec::new();
    for (day, over) in days {
        if over == 0 {
            continue;
        }
        match found.last_mut() {
            Some(last) if last.quantity == over && last.until.tomorrow().ok() == Some(day) => {
                last.until = day;
            }
            _ => found.push(Excess { quantity: over, from: day, until: day }),
        }
    }
    found
}
