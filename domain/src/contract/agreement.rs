//! The contract itself: with whom, from which day to which, and until when it can be ended.
//!
//! Its days are civil days in its own time zone: the last of them ends at midnight there.

use jiff::{ToSpan, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{
    money::Currency,
    term::{Days, RecurringTerm, before, days_between, plausible},
};
use crate::{ContractId, Timestamp, licence::TermPhase};

/// Until when somebody must say that they do not want it to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// So many days before its end.
    Days(u16),
    /// By this day; after a renewal, as many days before its end as it was before the first.
    By(Date),
}

/// A contract. Made by [`Contract::new`], so that one in hand is valid.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Contract {
    /// Which one.
    pub id: ContractId,
    /// What both sides call it; no two contracts have one number.
    pub number: String,
    /// With whom.
    pub vendor: String,
    /// What it is about.
    pub name: String,
    /// In what it is paid.
    pub currency: Currency,
    /// Where its days are counted, by IANA name.
    pub zone: String,
    /// Its first day.
    pub starts_on: Date,
    /// Its last day, before any renewal; without end if `None`.
    pub ends_on: Option<Date>,
    /// Until when it can be ended.
    pub notice: Option<Notice>,
    /// For how long it renews itself each time unless somebody gives notice; `None` if it just ends.
    pub renews_for: Option<RecurringTerm>,
}

/// What [`Contract::new`] checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewContract {
    /// What both sides call it.
    pub number: String,
    /// With whom.
    pub vendor: String,
    /// What it is about.
    pub name: String,
    /// In what it is paid.
    pub currency: Currency,
    /// Where its days are counted, by IANA name.
    pub zone: String,
    /// Its first day.
    pub starts_on: Date,
    /// Its last day.
    pub ends_on: Option<Date>,
    /// Until when it can be ended.
    pub notice: Option<Notice>,
    /// For how long it renews itself.
    pub renews_for: Option<RecurringTerm>,
}

/// A contract that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContractError {
    /// No number, or one too long.
    #[error("give the number that stands on the contract, in 1 to {} characters", Contract::NUMBER_LIMIT)]
    Number,
    /// No vendor, or a name too long.
    #[error("name the vendor in 1 to {} characters", Contract::NAME_LIMIT)]
    Vendor,
    /// No name, or one too long.
    #[error("say in 1 to {} characters what the contract is about", Contract::NAME_LIMIT)]
    Name,
    /// A zone that nobody knows.
    #[error("`{0}` is not a time zone; write one as in Europe/Berlin or Pacific/Auckland")]
    Zone(String),
    /// A year that nobody meant.
    #[error("{0} is too far away to be meant; look at the year")]
    Implausible(Date),
    /// It ends before it begins.
    #[error("it ends on {ends_on}, before it begins on {starts_on}; choose a later last day, or none")]
    EndsBeforeStart {
        /// The first day.
        starts_on: Date,
        /// The last day.
        ends_on: Date,
    },
    /// Notice of something that does not end.
    #[error("a contract without a last day needs no notice date; name its last day, or leave the notice out")]
    NoticeWithoutEnd,
    /// Notice outside of the contract.
    #[error("the notice must be given between the first and the last day of the contract")]
    NoticeOutside,
    /// A renewal of something that does not end.
    #[error("a contract without a last day cannot renew itself; name its last day, or leave the renewal out")]
    RenewsWithoutEnd,
}

impl ContractError {
    /// The field of the form or of the request that is wrong.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Vendor => "vendor",
            Self::Name => "name",
            Self::Zone(_) => "zone",
            Self::Implausible(_) => "starts_on",
            Self::EndsBeforeStart { .. } => "ends_on",
            Self::NoticeWithoutEnd | Self::NoticeOutside => "notice",
            Self::RenewsWithoutEnd => "renews_for",
        }
    }
}

impl Contract {
    /// The most characters of a number.
    pub const NUMBER_LIMIT: usize = 60;
    /// The most characters of a name.
    pub const NAME_LIMIT: usize = 120;

    /// The contract `new` describes, if it can be.
    pub fn new(id: ContractId, new: NewContract) -> Result<Self, ContractError> {
        let NewContract { number, vendor, name, currency, zone, starts_on, ends_on, notice, renews_for } =
            new;
        let number = short(&number, Self::NUMBER_LIMIT).ok_or(ContractError::Number)?;
        let vendor = short(&vendor, Self::NAME_LIMIT).ok_or(ContractError::Vendor)?;
        let name = short(&name, Self::NAME_LIMIT).ok_or(ContractError::Name)?;
        let zone = zone.trim().to_owned();
        if TimeZone::get(&zone).is_err() {
            return Err(ContractError::Zone(zone.chars().take(60).collect()));
        }
        for day in [Some(starts_on), ends_on].into_iter().flatten() {
            if !plausible(day) {
                return Err(ContractError::Implausible(day));
            }
        }
        match (ends_on, notice) {
            (Some(ends_on), _) if ends_on < starts_on => {
                return Err(ContractError::EndsBeforeStart { starts_on, ends_on });
            }
            (None, Some(_)) => return Err(ContractError::NoticeWithoutEnd),
            (Some(ends_on), Some(notice)) => {
                let by = notice_day(notice, ends_on);
                if by < starts_on || by > ends_on {
                    return Err(ContractError::NoticeOutside);
                }
            }
            _ => {}
        }
        if renews_for.is_some() && ends_on.is_none() {
            return Err(ContractError::RenewsWithoutEnd);
        }
        Ok(Self { id, number, vendor, name, currency, zone, starts_on, ends_on, notice, renews_for })
    }

    /// Whether it goes on by itself.
    pub const fn auto_renews(&self) -> bool {
        self.renews_for.is_some()
    }

    /// The day it is at `now` where the contract's days are counted.
    pub fn today(&self, now: Timestamp) -> Date {
        now.to_zoned(self.time_zone()).date()
    }

    fn time_zone(&self) -> TimeZone {
        TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC)
    }

    /// The days that the contract runs without anybody renewing it by hand.
    pub fn days(&self) -> Days {
        Days { first: self.starts_on, last: self.ends_on.filter(|_| self.renews_for.is_none()) }
    }

    /// Whether it is in force on `day`.
    pub fn in_force(&self, day: Date) -> bool {
        self.days().contain(day)
    }

    /// The days of the contract, or of the renewal, that `day` falls into. Before its first day: the first; after its
    /// last, where it does not renew itself: those that were.
    pub fn period(&self, day: Date) -> Days {
        let original = Days { first: self.starts_on, last: self.ends_on };
        let (Some(ends_on), Some(term)) = (self.ends_on, self.renews_for) else { return original };
        let Ok(anchor) = ends_on.tomorrow() else { return original };
        match term.on(anchor, day) {
            Some(renewal) => Days { first: renewal.first, last: Some(renewal.last) },
            None => original,
        }
    }

    /// The last day on which notice can be given against the end of the period that `day` falls into.
    pub fn notice_by(&self, day: Date) -> Option<Date> {
        let (notice, ends_on) = (self.notice?, self.ends_on?);
        let last = self.period(day).last?;
        let ahead = days_between(notice_day(notice, ends_on), ends_on);
        Some(last.checked_sub(ahead.days()).unwrap_or(last))
    }

    /// Where in its term it is.
    pub fn phase(&self, now: Timestamp) -> TermPhase {
        let (days, today) = (self.days(), self.today(now));
        if today < days.first {
            TermPhase::NotStarted
        } else if days.contain(today) {
            TermPhase::Running
        } else {
            TermPhase::Ended
        }
    }

    /// The first moment after the period that `day` falls into: midnight where the contract's days are counted.
    pub fn ends_at(&self, day: Date) -> Option<Timestamp> {
        let after = self.period(day).last?.tomorrow().ok()?;
        after.to_zoned(self.time_zone()).ok().map(|midnight| midnight.timestamp())
    }
}

/// The day that notice is due before the end of a period.
fn notice_day(notice: Notice, ends_on: Date) -> Date {
    match notice {
        Notice::Days(days) => ends_on.checked_sub(i64::from(days).days()).unwrap_or_else(|_| before(ends_on)),
        Notice::By(day) => day,
    }
}

pub(super) fn short(text: &str, limit: usize) -> Option<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= limit && !text.contains('\0');
    fits.then(|| text.to_owned())
}
