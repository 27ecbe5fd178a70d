//! The time that somebody spent on a ticket: minutes of a day.

use std::{fmt, str::FromStr};

use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Minutes of work: 1 to 1,440, as a day has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Spent(u32);

/// A time that cannot be recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSpent {
    /// It cannot be read.
    #[error("`{0}` is no time; write minutes or hours and minutes, such as 45, 1:30 or 1h 20m")]
    Unreadable(String),
    /// Nothing, or more than a day has.
    #[error("an entry is from 1 minute to 24 hours; write a longer time as one entry for each day")]
    OutOfBounds,
}

impl Spent {
    /// The most that one entry holds, in minutes.
    pub const MOST: u32 = 24 * 60;

    /// So many minutes.
    pub fn new(minutes: u32) -> Result<Self, InvalidSpent> {
        if (1..=Self::MOST).contains(&minutes) { Ok(Self(minutes)) } else { Err(InvalidSpent::OutOfBounds) }
    }

    /// How many minutes.
    pub const fn minutes(self) -> u32 {
        self.0
    }

    /// How people say so many minutes: `1h 20m`. Sums may be longer than a day.
    pub fn words(minutes: u64) -> String {
        match (minutes / 60, minutes % 60) {
            (0, minutes) => format!("{minutes}m"),
            (hours, 0) => format!("{hours}h"),
            (hours, minutes) => format!("{hours}h {minutes}m"),
        }
    }
}

impl fmt::Display for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Self::words(self.0.into()))
    }
}

impl TryFrom<u32> for Spent {
    type Error = InvalidSpent;

    fn try_from(minutes: u32) -> Result<Self, InvalidSpent> {
        Self::new(minutes)
    }
}

impl From<Spent> for u32 {
    fn from(spent: Spent) -> Self {
        spent.0
    }
}

impl FromStr for Spent {
    type Err = InvalidSpent;

    /// `45` and `45m` are minutes, `2h`, `1:30`, `1h 20m` and `1h20` hours and minutes.
    fn from_str(text: &str) -> Result<Self, InvalidSpent> {
        let unreadable = || InvalidSpent::Unreadable(text.trim().chars().take(40).collect());
        let compact: String =
            text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
        let number = |digits: &str| -> Result<u32, InvalidSpent> {
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(unreadable());
            }
            digits.parse().map_err(|_| InvalidSpent::OutOfBounds)
        };
        let rest_of_an_hour =
            |digits: &str| number(digits).and_then(|m| if m < 60 { Ok(m) } else { Err(unreadable()) });
        let (hours, minutes) = if let Some((hours, minutes)) = compact.split_once(':') {
            (number(hours)?, rest_of_an_hour(minutes)?)
        } else if let Some((hours, rest)) = compact.split_once('h') {
            let rest = rest.trim_end_matches("min").trim_end_matches('m');
            (number(hours)?, if rest.is_empty() { 0 } else { rest_of_an_hour(rest)? })
        } else {
            (0, number(compact.trim_end_matches("min").trim_end_matches('m'))?)
        };
        let minutes = hours.checked_mul(60).and_then(|whole| whole.checked_add(minutes));
        Self::new(minutes.ok_or(InvalidSpent::OutOfBounds)?)
    }
}

/// The day that somebody worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkDay(Date);

/// A day that no work is recorded for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("choose a day of the last year, not one that is yet to come")]
pub struct WorkDayError;

impl WorkDay {
    /// A day of the last year. Somewhere it is tomorrow already.
    pub fn new(day: Date, now: Timestamp) -> Result<Self, WorkDayError> {
        let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        let (Ok(first), Ok(last)) = (today.checked_sub(366.days()), today.checked_add(1.day())) else {
            return Err(WorkDayError);
        };
        if (first..=last).contains(&day) { Ok(Self(day)) } else { Err(WorkDayError) }
    }

    /// The day.
    pub const fn date(self) -> Date {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_understood_as_people_write_it() {
        for (text, minutes) in [
            ("45", 45),
            (" 45 m ", 45),
            ("45min", 45),
            ("1:30", 90),
            ("0:05", 5),
            ("1h 20m", 80),
            ("1H20", 80),
            ("2h", 120),
            ("24h", 1440),
            ("1", 1),
            ("90m", 90),
        ] {
            assert_eq!(text.parse::<Spent>().map(Spent::minutes), Ok(minutes), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_or_too_much_of_it_says_so() {
        for text in ["", "h", "soon", "1:75", "1h75", "-5", "1.5", "1:2:3", "m", "١"] {
            assert!(matches!(text.parse::<Spent>(), Err(InvalidSpent::Unreadable(_))), "{text}");
        }
        for text in ["0", "1441", "24h 1m", "99999999999", "99999999h"] {
            assert_eq!(text.parse::<Spent>(), Err(InvalidSpent::OutOfBounds), "{text}");
        }
    }

    #[test]
    fn minutes_are_said_in_hours_and_minutes() {
        assert_eq!([5, 60, 80, 3000].map(Spent::words), ["5m", "1h", "1h 20m", "50h"]);
    }

    #[test]
    fn a_day_of_work_is_within_the_last_year() {
        let now: Timestamp = "2026-03-02T23:00:00Z".parse().unwrap();
        for (day, right) in [
            ("2026-03-02", true),
            ("2026-03-03", true),
            ("2026-03-04", false),
            ("2025-03-02", true),
            ("2025-02-28", false),
        ] {
            assert_eq!(WorkDay::new(day.parse().unwrap(), now).is_ok(), right, "{day}");
        }
    }
}
