//! The opening hours of a week, by the clock on the wall.

use std::{fmt, str::FromStr};

use jiff::civil::Weekday;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

pub(super) const DAY: u16 = 24 * 60;

/// One stretch of a day that counts, in minutes from midnight: `09:00-17:00`. It may end at `24:00`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Opening {
    opens: u16,
    closes: u16,
}

/// Text that is not a stretch of a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a stretch of a day; write it like 09:00-17:00, the end after the start and at most 24:00"
)]
pub struct InvalidOpening(pub String);

impl Opening {
    /// From one minute of the day up to another, when the second is later and at most 1440.
    pub const fn new(opens: u16, closes: u16) -> Option<Self> {
        if opens < closes && closes <= DAY { Some(Self { opens, closes }) } else { None }
    }

    /// The whole day.
    pub const WHOLE_DAY: Self = Self { opens: 0, closes: DAY };

    /// The minute it begins.
    pub const fn opens(self) -> u16 {
        self.opens
    }

    /// The minute it ends; not part of it.
    pub const fn closes(self) -> u16 {
        self.closes
    }

    const fn minutes(self) -> u16 {
        self.closes - self.opens
    }
}

impl fmt::Display for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (opens, closes) = (self.opens, self.closes);
        write!(f, "{:02}:{:02}-{:02}:{:02}", opens / 60, opens % 60, closes / 60, closes % 60)
    }
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Opening {
    type Err = InvalidOpening;

    fn from_str(text: &str) -> Result<Self, InvalidOpening> {
        let minute = |text: &str| -> Option<u16> {
            let (hour, minute) = text.trim().split_once(':')?;
            let digits = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
            if !digits(hour) || !digits(minute) {
                return None;
            }
            let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
            (minute < 60).then_some(hour * 60 + minute)
        };
        text.split_once('-')
            .and_then(|(opens, closes)| Self::new(minute(opens)?, minute(closes)?))
            .ok_or_else(|| InvalidOpening(text.chars().take(60).collect()))
    }
}

impl Serialize for Opening {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Opening {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// The opening hours of each weekday, in order; a day left out is closed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Week {
    /// Monday's.
    pub monday: Vec<Opening>,
    /// Tuesday's.
    pub tuesday: Vec<Opening>,
    /// Wednesday's.
    pub wednesday: Vec<Opening>,
    /// Thursday's.
    pub thursday: Vec<Opening>,
    /// Friday's.
    pub friday: Vec<Opening>,
    /// Saturday's.
    pub saturday: Vec<Opening>,
    /// Sunday's.
    pub sunday: Vec<Opening>,
}

impl Week {
    /// The same hours from Monday to Friday.
    pub fn working_days(openings: &[Opening]) -> Self {
        let day = || openings.to_vec();
        Self {
            monday: day(),
            tuesday: day(),
            wednesday: day(),
            thursday: day(),
            friday: day(),
            saturday: Vec::new(),
            sunday: Vec::new(),
        }
    }

    /// Every hour of every day.
    pub fn always() -> Self {
        let day = || vec![Opening::WHOLE_DAY];
        Self { saturday: day(), sunday: day(), ..Self::working_days(&[Opening::WHOLE_DAY]) }
    }

    /// Whether no day has any hours.
    pub fn is_never_open(&self) -> bool {
        WEEKDAYS.into_iter().all(|day| self.day(day).is_empty())
    }

    /// The hours of one weekday.
    pub fn day(&self, weekday: Weekday) -> &[Opening] {
        match weekday {
            Weekday::Monday => &self.monday,
            Weekday::Tuesday => &self.tuesday,
            Weekday::Wednesday => &self.wednesday,
            Weekday::Thursday => &self.thursday,
            Weekday::Friday => &self.friday,
            Weekday::Saturday => &self.saturday,
            Weekday::Sunday => &self.sunday,
        }
    }
}

pub(super) const WEEKDAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

pub(super) const fn day_name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

/// By the clock on the wall, when it does not change.
pub(super) fn nominal_minutes(openings: &[Opening]) -> u32 {
    openings.iter().map(|opening| u32::from(opening.minutes())).sum()
}
