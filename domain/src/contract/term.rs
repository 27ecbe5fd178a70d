//! Recurring terms, and where each of them begins and ends by the calendar.
//!
//! A term that begins on a day ends with the day before the corresponding day, months or years later. Where there is no
//! corresponding day, it ends with the last day of that month: a year from 29 February 2024 ends with 28 February 2025,
//! a month from 31 January ends with the last of February. Nobody gets less than they bought. Terms are counted from the
//! first of them, so that a short month moves none of those after it.

use jiff::{
    ToSpan,
    civil::{Date, date},
};
use serde::Serialize;

use crate::identity::named;

named! {
    /// For how long a price is paid at a time.
    RecurringTerm {
        /// A month.
        Monthly = "monthly",
        /// Three months.
        Quarterly = "quarterly",
        /// Six months.
        HalfYearly = "half_yearly",
        /// A year.
        Yearly = "yearly",
        /// Two years.
        TwoYears = "two_years",
        /// Three years.
        ThreeYears = "three_years",
        /// Four years.
        FourYears = "four_years",
        /// Five years.
        FiveYears = "five_years",
    }
}

/// Days in a row, both ends included; without end if there is no last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Days {
    /// The first day.
    pub first: Date,
    /// The last day.
    pub last: Option<Date>,
}

impl Days {
    /// Whether `day` is one of them.
    pub fn contain(&self, day: Date) -> bool {
        self.first <= day && self.last.is_none_or(|last| day <= last)
    }
}

/// One term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct TermDays {
    /// Its first day.
    pub first: Date,
    /// Its last day.
    pub last: Date,
}

impl TermDays {
    /// How many days it has.
    pub fn length(&self) -> i32 {
        days_between(self.first, self.last) + 1
    }
}

impl RecurringTerm {
    /// Its length in months.
    pub const fn months(self) -> i32 {
        match self {
            Self::Monthly => 1,
            Self::Quarterly => 3,
            Self::HalfYearly => 6,
            Self::Yearly => 12,
            Self::TwoYears => 24,
            Self::ThreeYears => 36,
            Self::FourYears => 48,
            Self::FiveYears => 60,
        }
    }

    /// As part of a sentence: "for a year", "for 2 years", without the "for".
    pub const fn spoken(self) -> &'static str {
        match self {
            Self::Monthly => "a month",
            Self::Quarterly => "a quarter",
            Self::HalfYearly => "half a year",
            Self::Yearly => "a year",
            Self::TwoYears => "2 years",
            Self::ThreeYears => "3 years",
            Self::FourYears => "4 years",
            Self::FiveYears => "5 years",
        }
    }

    /// As part of a sentence: "per year".
    pub const fn per(self) -> &'static str {
        match self {
            Self::Monthly => "per month",
            Self::Quarterly => "per quarter",
            Self::HalfYearly => "per half-year",
            Self::Yearly => "per year",
            Self::TwoYears => "per 2 years",
            Self::ThreeYears => "per 3 years",
            Self::FourYears => "per 4 years",
            Self::FiveYears => "per 5 years",
        }
    }

    /// The first day of the `nth` term, counted from 0 at `anchor`. `None` beyond the calendar.
    pub fn begins(self, anchor: Date, nth: i32) -> Option<Date> {
        let months = self.months().checked_mul(nth)?;
        let same = anchor.checked_add(months.months()).ok()?;
        // Without a corresponding day, the arithmetic gives the last day of the month, which still belongs to the term.
        if same.day() < anchor.day() { same.tomorrow().ok() } else { Some(same) }
    }

    /// The term that `day` falls into, of those that follow each other from `anchor` on; `None` before that.
    pub fn on(self, anchor: Date, day: Date) -> Option<TermDays> {
        if day < anchor {
            return None;
        }
        let months = (i32::from(day.year()) - i32::from(anchor.year())) * 12 + i32::from(day.month())
            - i32::from(anchor.month());
        let mut nth = (months / self.months()).max(0);
        let mut first = self.begins(anchor, nth)?;
        while day < first {
            nth -= 1;
            first = self.begins(anchor, nth)?;
        }
        let last = self.begins(anchor, nth + 1).map_or(Date::MAX, before);
        Some(TermDays { first, last })
    }
}

/// The day before; the first of the calendar has none.
pub(super) fn before(day: Date) -> Date {
    day.yesterday().unwrap_or(Date::MIN)
}

/// How many days lie from one to the other; negative where it is earlier.
pub(super) fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

/// A day as people write it: "31 December 2026".
pub fn written(day: Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}

/// The days that a contract may name. Whoever writes another year slipped on the keyboard.
pub(super) fn plausible(day: Date) -> bool {
    (date(1980, 1, 1)..date(2200, 1, 1)).contains(&day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn terms(term: RecurringTerm, anchor: Date, count: i32) -> Vec<String> {
        (0..count)
            .map(|nth| term.on(anchor, term.begins(anchor, nth).unwrap()).unwrap())
            .map(|days| format!("{} to {}", days.first, days.last))
            .collect()
    }

    #[test]
    fn a_year_from_a_leap_day_ends_with_the_last_of_february() {
        assert_eq!(
            terms(RecurringTerm::Yearly, date(2024, 2, 29), 5),
            [
                "2024-02-29 to 2025-02-28",
                "2025-03-01 to 2026-02-28",
                "2026-03-01 to 2027-02-28",
                "2027-03-01 to 2028-02-28",
                "2028-02-29 to 2029-02-28",
            ]
        );
        assert_eq!(RecurringTerm::FourYears.begins(date(2024, 2, 29), 1), Some(date(2028, 2, 29)));
    }

    #[test]
    fn a_short_month_moves_none_of_those_after_it() {
        assert_eq!(
            terms(RecurringTerm::Monthly, date(2026, 1, 31), 4),
            [
                "2026-01-31 to 2026-02-28",
                "2026-03-01 to 2026-03-30",
                "2026-03-31 to 2026-04-30",
                "2026-05-01 to 2026-05-30",
            ]
        );
    }

    #[test]
    fn a_year_from_the_first_of_january_is_that_year() {
        let year = RecurringTerm::Yearly.on(date(2026, 1, 1), date(2026, 12, 31)).unwrap();
        assert_eq!((year.first, year.last, year.length()), (date(2026, 1, 1), date(2026, 12, 31), 365));
    }

    fn any_day() -> impl Strategy<Value = Date> {
        (0_i32..40_000).prop_map(|day| date(1995, 1, 1) + day.days())
    }

    proptest! {
        /// Each day is in exactly one term, and terms follow each other without a gap.
        #[test]
        fn terms_follow_each_other_without_a_gap(anchor in any_day(), term in 0..RecurringTerm::ALL.len(), later in 0_i32..5_000) {
            let term = RecurringTerm::ALL[term];
            let day = anchor + later.days();
            let here = term.on(anchor, day).unwrap();
            prop_assert!(here.first <= day && day <= here.last);
            let next = term.on(anchor, here.last.tomorrow().unwrap()).unwrap();
            prop_assert_eq!(next.first, here.last.tomorrow().unwrap());
            let (least, most) = (term.months() * 28, term.months() * 31 + 1);
            prop_assert!((least..=most).contains(&here.length()), "{} days", here.length());
            prop_assert_eq!(term.on(anchor, before(anchor)), None);
        }
    }
}
