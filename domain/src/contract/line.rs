//! Order lines: what was bought at once, for which licence, at which price.

use jiff::civil::Date;
use serde::Serialize;

use super::{
    agreement::Contract,
    money::{Currency, Money},
    term::{RecurringTerm, plausible},
};
use crate::{ContractId, LicenceId, OrderLineId};

/// An order line. Made by [`OrderLine::new`], so that one in hand is valid.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct OrderLine {
    /// Which one.
    pub id: OrderLineId,
    /// Of which contract.
    pub contract: ContractId,
    /// Its number within the contract.
    pub number: u32,
    /// The purchase order it came with; may be empty.
    pub purchase_order: String,
    /// What stands on the order; may be empty.
    pub description: String,
    /// The licence it feeds.
    pub licence: LicenceId,
    /// How many packs.
    pub packs: u32,
    /// Seats or tokens in each.
    pub pack_size: u32,
    /// For how long the price is paid at a time.
    pub term: RecurringTerm,
    /// Minor units for one seat or token and one term.
    pub unit_price: i64,
    /// Its first day.
    pub starts_on: Date,
    /// Its last day; as long as the contract if `None`.
    pub ends_on: Option<Date>,
}

/// What [`OrderLine::new`] checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrderLine {
    /// Its number within the contract.
    pub number: u32,
    /// The purchase order it came with.
    pub purchase_order: String,
    /// What stands on the order.
    pub description: String,
    /// The licence it feeds.
    pub licence: LicenceId,
    /// How many packs.
    pub packs: u32,
    /// Seats or tokens in each.
    pub pack_size: u32,
    /// For how long the price is paid at a time.
    pub term: RecurringTerm,
    /// Minor units for one seat or token and one term.
    pub unit_price: i64,
    /// Its first day.
    pub starts_on: Date,
    /// Its last day.
    pub ends_on: Option<Date>,
}

/// An order line that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Numbers begin at 1.
    #[error("order lines are numbered from 1 to {}", OrderLine::NUMBER_LIMIT)]
    Number,
    /// A purchase order too long.
    #[error("write the purchase order's number in at most {} characters", OrderLine::ORDER_LIMIT)]
    PurchaseOrder,
    /// A description too long.
    #[error("describe the line in at most {} characters", OrderLine::DESCRIPTION_LIMIT)]
    Description,
    /// Nothing was bought.
    #[error("at least one pack was bought; leave the line out if none was")]
    Packs,
    /// An empty pack.
    #[error("a pack has at least one seat or token; write 1 if they were bought one by one")]
    PackSize,
    /// More than anybody owns; a slip of the keyboard.
    #[error("a line has at most {} seats or tokens; look at packs and pack size", OrderLine::QUANTITY_LIMIT)]
    Quantity,
    /// Money back, or more than anybody pays.
    #[error("the price is between 0 and {} minor units", OrderLine::PRICE_LIMIT)]
    Price,
    /// A year that nobody meant.
    #[error("{0} is too far away to be meant; look at the year")]
    Implausible(Date),
    /// It begins before the contract does.
    #[error("the contract begins on {0}; a line begins on that day or later")]
    BeforeContract(Date),
    /// It begins when the contract is over.
    #[error("the contract ends on {0}; a line begins on that day or earlier")]
    AfterContract(Date),
    /// It ends before it begins.
    #[error("it ends on {ends_on}, before it begins on {starts_on}; choose a later last day, or none")]
    EndsBeforeStart {
        /// The first day.
        starts_on: Date,
        /// The last day.
        ends_on: Date,
    },
}

impl LineError {
    /// The field of the form or of the request that is wrong.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::PurchaseOrder => "purchase_order",
            Self::Description => "description",
            Self::Packs => "packs",
            Self::PackSize | Self::Quantity => "pack_size",
            Self::Price => "unit_price",
            Self::Implausible(_) | Self::BeforeContract(_) | Self::AfterContract(_) => "starts_on",
            Self::EndsBeforeStart { .. } => "ends_on",
        }
    }
}

impl OrderLine {
    /// The highest number.
    pub const NUMBER_LIMIT: u32 = 9_999;
    /// The most characters of a purchase order's number.
    pub const ORDER_LIMIT: usize = 60;
    /// The most characters of a description.
    pub const DESCRIPTION_LIMIT: usize = 300;
    /// The most seats or tokens of one line.
    pub const QUANTITY_LIMIT: u32 = 1_000_000;
    /// The highest price of one seat or token for one term. Times the quantity and twelve months it stays an `i64`.
    pub const PRICE_LIMIT: i64 = 100_000_000_000;

    /// The order line `new` describes, if it can be one of `contract`.
    pub fn new(id: OrderLineId, contract: &Contract, new: NewOrderLine) -> Result<Self, LineError> {
        let NewOrderLine {
            number,
            purchase_order,
            description,
            licence,
            packs,
            pack_size,
            term,
            unit_price,
            starts_on,
            ends_on,
        } = new;
        if !(1..=Self::NUMBER_LIMIT).contains(&number) {
            return Err(LineError::Number);
        }
        let purchase_order = brief(&purchase_order, Self::ORDER_LIMIT).ok_or(LineError::PurchaseOrder)?;
        let description = brief(&description, Self::DESCRIPTION_LIMIT).ok_or(LineError::Description)?;
        if packs == 0 {
            return Err(LineError::Packs);
        }
        if pack_size == 0 {
            return Err(LineError::PackSize);
        }
        if packs.checked_mul(pack_size).is_none_or(|quantity| quantity > Self::QUANTITY_LIMIT) {
            return Err(LineError::Quantity);
        }
        if !(0..=Self::PRICE_LIMIT).contains(&unit_price) {
            return Err(LineError::Price);
        }
        for day in [Some(starts_on), ends_on].into_iter().flatten() {
            if !plausible(day) {
                return Err(LineError::Implausible(day));
            }
        }
        if let Some(ends_on) = ends_on.filter(|ends_on| *ends_on < starts_on) {
            return Err(LineError::EndsBeforeStart { starts_on, ends_on });
        }
        let days = contract.days();
        if starts_on < days.first {
            return Err(LineError::BeforeContract(days.first));
        }
        if let Some(last) = days.last.filter(|last| starts_on > *last) {
            return Err(LineError::AfterContract(last));
        }
        Ok(Self {
            id,
            contract: contract.id,
            number,
            purchase_order,
            description,
            licence,
            packs,
            pack_size,
            term,
            unit_price,
            starts_on,
            ends_on,
        })
    }

    /// Seats or tokens: packs times pack size.
    pub const fn quantity(&self) -> u32 {
        self.packs.saturating_mul(self.pack_size)
    }

    /// Whether it counts on `day`. It does not outlive its contract.
    pub fn in_force(&self, contract: &Contract, day: Date) -> bool {
        self.starts_on <= day && self.ends_on.is_none_or(|last| day <= last) && contract.in_force(day)
    }

    /// The price of all of it for one term.
    pub fn term_price(&self, currency: Currency) -> Money {
        Money::new(currency, self.unit_price.saturating_mul(i64::from(self.quantity())))
    }

    /// The price of all of it for twelve months, to the nearest minor unit.
    pub fn annual_cost(&self, currency: Currency) -> Money {
        let price = i128::from(self.term_price(currency).amount);
        Money::new(currency, rounded(price * 12, i128::from(self.term.months())))
    }
}

/// `number / by` to the nearest whole, halves upwards.
pub(super) fn rounded(number: i128, by: i128) -> i64 {
    let by = by.max(1);
    i64::try_from((2 * number + by).div_euclid(2 * by)).unwrap_or(i64::MAX)
}

fn brief(text: &str, limit: usize) -> Option<String> {
    let text = text.trim();
    (text.chars().count() <= limit && !text.contains('\0')).then(|| text.to_owned())
}
