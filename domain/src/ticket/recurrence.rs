//! When something comes back: a small part of RFC 5545 (recurrence rules), in a time zone, by the calendar and the clock on
//! the wall.

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Time, Weekday},
    tz::{TimeZone, TimeZoneDatabase},
};
use serde::{Deserialize, Serialize};

use crate::identity::named;

/// The longest interval: every 366 days, weeks, months or years.
const LONGEST: u16 = 366;

named! {
    /// What an interval counts (RFC 5545 §3.3.10, `FREQ`).
    Frequency {
        /// Days.
        Daily = "daily",
        /// Weeks, which begin on Monday.
        Weekly = "weekly",
        /// Months, on the day of the month on which it began.
        Monthly = "monthly",
        /// Years, on the day of the year on which it began.
        Yearly = "yearly",
    }
}

impl Frequency {
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Daily => ("day", "days"),
            Self::Weekly => ("week", "weeks"),
            Self::Monthly => ("month", "months"),
            Self::Yearly => ("year", "years"),
        }
    }
}

/// Days of a week, as `BYDAY` names them (RFC 5545 §3.3.10).
const DAYS: [(&str, &str, Weekday); 7] = [
    ("mo", "Monday", Weekday::Monday),
    ("tu", "Tuesday", Weekday::Tuesday),
    ("we", "Wednesday", Weekday::Wednesday),
    ("th", "Thursday", Weekday::Thursday),
    ("fr", "Friday", Weekday::Friday),
    ("sa", "Saturday", Weekday::Saturday),
    ("su", "Sunday", Weekday::Sunday),
];

/// Name, word and day of each day of a week, Monday first.
pub const WEEKDAYS: &[(&str, &str, Weekday)] = &DAYS;

/// A recurrence rule that cannot be; the sentence says what may be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct InvalidRecurrence {
    /// Which part.
    pub part: &'static str,
    /// What may stand there.
    pub sentence: String,
}

impl InvalidRecurrence {
    fn of(part: &'static str, sentence: impl Into<String>) -> Self {
        Self { part, sentence: sentence.into() }
    }
}

/// When something comes back. A day that a month does not have is its last; an hour that the clocks skip is the one after,
/// and of one that comes twice it is the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RecurrenceText", into = "RecurrenceText")]
pub struct Recurrence {
    frequency: Frequency,
    interval: u16,
    /// For [`Frequency::Weekly`] alone, and then at least one; by offset from Monday.
    on: [bool; 7],
    from: Date,
    at: Time,
    zone: TimeZone,
}

/// A rule as it is stored, sent and typed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RecurrenceText {
    /// `daily`, `weekly`, `monthly`, `yearly`.
    pub frequency: String,
    /// Each, each second, each third: 1 to 366.
    pub interval: u16,
    /// `mo` to `su`, for weeks; without any, the day of the week of `from`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<String>,
    /// The first day on which it may be: `2026-12-01`.
    pub from: String,
    /// The hour on the wall: `09:00`.
    pub at: String,
    /// The wall's time zone: `Europe/Berlin`.
    pub zone: String,
}

impl TryFrom<RecurrenceText> for Recurrence {
    type Error = InvalidRecurrence;

    fn try_from(written: RecurrenceText) -> Result<Self, InvalidRecurrence> {
        let frequency = Frequency::parse(&written.frequency)
            .ok_or_else(|| InvalidRecurrence::of("frequency", "must be daily, weekly, monthly or yearly"))?;
        if !(1..=LONGEST).contains(&written.interval) {
            return Err(InvalidRecurrence::of("interval", format!("must be a number from 1 to {LONGEST}")));
        }
        let from: Date = written
            .from
            .parse()
            .ok()
            .filter(|from: &Date| (1970..=2200).contains(&from.year()))
            .ok_or_else(|| InvalidRecurrence::of("from", "must be a day, written as 2026-12-01"))?;
        let at = Time::strptime("%H:%M", &written.at)
            .map_err(|_| InvalidRecurrence::of("at", "must be an hour of the day, written as 09:00"))?;
        let zone = TimeZoneDatabase::bundled()
            .get(&written.zone)
            .ok()
            .filter(|zone| zone.iana_name().is_some())
            .ok_or_else(|| InvalidRecurrence::of("zone", "must be a time zone such as Europe/Berlin"))?;
        let mut on = [false; 7];
        if frequency == Frequency::Weekly {
            for name in &written.on {
                let known = DAYS.iter().position(|(short, ..)| short == name);
                let nth = known
                    .ok_or_else(|| InvalidRecurrence::of("on", "must be of mo, tu, we, th, fr, sa, su"))?;
                on[nth] = true;
            }
            if on == [false; 7] {
                on[offset(from)] = true;
            }
        }
        Ok(Self { frequency, interval: written.interval, on, from, at, zone })
    }
}

impl From<Recurrence> for RecurrenceText {
    fn from(rule: Recurrence) -> Self {
        Self {
            frequency: rule.frequency.to_string(),
            interval: rule.interval,
            on: rule.days().map(|(short, ..)| (*short).to_owned()).collect(),
            from: rule.from.to_string(),
            at: rule.at.strftime("%H:%M").to_string(),
            zone: rule.zone.iana_name().unwrap_or("UTC").to_owned(),
        }
    }
}

/// How many days after Monday.
fn offset(day: Date) -> usize {
    usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0)
}

impl Recurrence {
    fn days(&self) -> impl Iterator<Item = &'static (&'static str, &'static str, Weekday)> {
        DAYS.iter().zip(self.on).filter(|(_, on)| *on).map(|(day, _)| day)
    }

    /// Its time zone's name.
    pub fn zone(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// The first moment after `after` at which it comes back; `None` at the end of the calendar.
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let day = after.to_zoned(self.zone.clone()).date();
        // The period before the one of that day may reach into it where clocks were moved; two after, it has come.
        let begun = self.periods_until(day) - 1;
        (begun..begun + 4)
            .flat_map(|nth| self.period(nth.max(0)))
            .filter(|date| *date >= self.from)
            .filter_map(|date| Some(date.to_datetime(self.at).to_zoned(self.zone.clone()).ok()?.timestamp()))
            .find(|moment| *moment > after)
    }

    /// How many of its intervals are over when `day` comes; not below nought.
    fn periods_until(&self, day: Date) -> i64 {
        let months = |date: Date| i64::from(date.year()) * 12 + i64::from(date.month());
        let days = |one: Date, other: Date| i64::from((other - one).get_days());
        let units = match self.frequency {
            Frequency::Daily => days(self.from, day),
            Frequency::Weekly => days(self.monday(), day).div_euclid(7),
            Frequency::Monthly => months(day) - months(self.from),
            Frequency::Yearly => i64::from(day.year()) - i64::from(self.from.year()),
        };
        units.div_euclid(i64::from(self.interval)).max(0)
    }

    /// The Monday of the week in which it begins.
    fn monday(&self) -> Date {
        self.from.saturating_sub(i64::from(self.from.weekday().to_monday_zero_offset()).days())
    }

    /// The days of its `nth` interval, in order.
    fn period(&self, nth: i64) -> Vec<Date> {
        let units = nth * i64::from(self.interval);
        let after =
            |from: Date, span: jiff::Span| from.checked_add(span).ok().into_iter().collect::<Vec<_>>();
        match self.frequency {
            Frequency::Daily => after(self.from, units.days()),
            Frequency::Weekly => {
                let monday = self.monday().checked_add(units.weeks()).ok();
                (0..7_i64)
                    .zip(self.on)
                    .filter(|(_, on)| *on)
                    .filter_map(|(offset, _)| monday?.checked_add(offset.days()).ok())
                    .collect()
            }
            // Where a month is too short, the last of its days.
            Frequency::Monthly => after(self.from, units.months()),
            Frequency::Yearly => after(self.from, units.years()),
        }
    }

    /// The rule as words: "every 2 weeks on Monday and Thursday at 09:00, Europe/Berlin".
    pub fn words(&self) -> String {
        let (one, many) = self.frequency.words();
        let every = if self.interval == 1 {
            format!("every {one}")
        } else {
            format!("every {} {many}", self.interval)
        };
        let on = match self.frequency {
            Frequency::Daily => String::new(),
            Frequency::Weekly => {
                let days: Vec<_> = self.days().map(|(_, word, _)| *word).collect();
                match days.split_last() {
                    Some((last, [])) => format!(" on {last}"),
                    Some((last, rest)) => format!(" on {} and {last}", rest.join(", ")),
                    None => String::new(),
                }
            }
            Frequency::Monthly => format!(" on day {}", self.from.day()),
            Frequency::Yearly => format!(" on {}", self.from.strftime("%-d %B")),
        };
        format!("{every}{on} at {}, {}", self.at.strftime("%H:%M"), self.zone())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(frequency: &str, interval: u16, from: &str) -> RecurrenceText {
        RecurrenceText {
            frequency: frequency.to_owned(),
            interval,
            on: Vec::new(),
            from: from.to_owned(),
            at: "09:00".to_owned(),
            zone: "Europe/Berlin".to_owned(),
        }
    }

    fn rule(written: RecurrenceText) -> Recurrence {
        Recurrence::try_from(written).unwrap()
    }

    fn coming(rule: &Recurrence, after: &str, count: usize) -> Vec<String> {
        let mut after: Timestamp = after.parse().unwrap();
        (0..count)
            .map(|_| {
                after = rule.next_after(after).unwrap();
                after.to_string()
            })
            .collect()
    }

    #[test]
    fn the_last_of_a_month_stays_the_last_of_a_month() {
        let rule = rule(written("monthly", 1, "2027-01-31"));
        assert_eq!(
            coming(&rule, "2027-01-01T00:00:00Z", 4),
            ["2027-01-31T08:00:00Z", "2027-02-28T08:00:00Z", "2027-03-31T07:00:00Z", "2027-04-30T07:00:00Z"]
        );
    }

    #[test]
    fn a_leap_day_comes_each_year() {
        let rule = rule(written("yearly", 1, "2024-02-29"));
        assert_eq!(
            coming(&rule, "2026-11-30T00:00:00Z", 2),
            ["2027-02-28T08:00:00Z", "2028-02-29T08:00:00Z"]
        );
    }

    #[test]
    fn an_hour_that_is_skipped_is_the_one_after_and_one_that_comes_twice_is_the_first() {
        let at = |from: &str| rule(RecurrenceText { at: "02:30".to_owned(), ..written("daily", 1, from) });
        // Clocks go from 02:00 to 03:00 on 28 March, and from 03:00 to 02:00 on 31 October.
        assert_eq!(
            coming(&at("2027-03-27"), "2027-03-27T00:00:00Z", 3),
            ["2027-03-27T01:30:00Z", "2027-03-28T01:30:00Z", "2027-03-29T00:30:00Z"]
        );
        assert_eq!(
            coming(&at("2027-10-30"), "2027-10-30T00:00:00Z", 3),
            ["2027-10-30T00:30:00Z", "2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"]
        );
    }

    #[test]
    fn weeks_begin_on_monday_and_only_every_second_counts() {
        let on = vec!["su".to_owned(), "mo".to_owned()];
        // A Wednesday: the Monday before is over.
        let rule = rule(RecurrenceText { on, ..written("weekly", 2, "2026-12-02") });
        assert_eq!(rule.words(), "every 2 weeks on Monday and Sunday at 09:00, Europe/Berlin");
        assert_eq!(
            coming(&rule, "2026-11-30T00:00:00Z", 3),
            ["2026-12-06T08:00:00Z", "2026-12-14T08:00:00Z", "2026-12-20T08:00:00Z"]
        );
    }

    #[test]
    fn what_cannot_be_says_what_may() {
        let usual = || written("daily", 1, "2026-12-01");
        for (written, part) in [
            (RecurrenceText { frequency: "hourly".to_owned(), ..usual() }, "frequency"),
            (RecurrenceText { interval: 0, ..usual() }, "interval"),
            (RecurrenceText { interval: 367, ..usual() }, "interval"),
            (RecurrenceText { from: "2026-02-30".to_owned(), ..usual() }, "from"),
            (RecurrenceText { from: "9999-12-31".to_owned(), ..usual() }, "from"),
            (RecurrenceText { at: "25:00".to_owned(), ..usual() }, "at"),
            (RecurrenceText { zone: "Mars/Olympus".to_owned(), ..usual() }, "zone"),
            (
                RecurrenceText { frequency: "weekly".to_owned(), on: vec!["monday".to_owned()], ..usual() },
                "on",
            ),
        ] {
            assert_eq!(Recurrence::try_from(written).unwrap_err().part, part);
        }
    }

    fn any_rule() -> impl Strategy<Value = Recurrence> {
        let days = prop::sample::subsequence(DAYS.map(|(short, ..)| short.to_owned()).to_vec(), 0..=7);
        let zone = prop::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland"]);
        let frequency = prop::sample::select(Frequency::ALL);
        (frequency, 1..=5_u16, days, 0..1_500_i64, 0..24_u8, zone).prop_map(
            |(frequency, interval, on, from, hour, zone)| {
                let from = Date::constant(2026, 1, 1).checked_add(from.days()).unwrap();
                rule(RecurrenceText {
                    on,
                    at: format!("{hour:02}:30"),
                    zone: zone.to_owned(),
                    ..written(frequency.as_str(), interval, &from.to_string())
                })
            },
        )
    }

    /// Whether the rule means this day, judged for each day by itself.
    fn means(rule: &Recurrence, day: Date) -> bool {
        let interval = i32::from(rule.interval);
        let last = |day: Date| day.day() == day.last_of_month().day();
        let same_day = day.day() == rule.from.day() || (last(day) && day.day() < rule.from.day());
        let months = |date: Date| i32::from(date.year()) * 12 + i32::from(date.month());
        day >= rule.from
            && match rule.frequency {
                Frequency::Daily => (day - rule.from).get_days() % interval == 0,
                Frequency::Weekly => {
                    let weeks = (day - rule.monday()).get_days().div_euclid(7);
                    weeks % interval == 0 && rule.on[offset(day)]
                }
                Frequency::Monthly => (months(day) - months(rule.from)) % interval == 0 && same_day,
                Frequency::Yearly => {
                    i32::from(day.year() - rule.from.year()) % interval == 0
                        && day.month() == rule.from.month()
                        && same_day
                }
            }
    }

    proptest! {
        #[test]
        fn it_comes_back_on_each_day_that_the_rule_means_and_on_no_other(
            rule in any_rule(),
            after in 0..1_800_i64,
        ) {
            let start = Date::constant(2026, 1, 1).checked_add(after.days()).unwrap();
            let after = start.to_datetime(Time::midnight()).to_zoned(rule.zone.clone()).unwrap().timestamp();
            let next = rule.next_after(after).unwrap();
            prop_assert!(next > after);
            let there = next.to_zoned(rule.zone.clone()).date();
            prop_assert!(means(&rule, there), "{} means {there}", rule.words());
            let mut day = start;
            while day < there {
                prop_assert!(!means(&rule, day), "{} leaves {day} out", rule.words());
                day = day.tomorrow().unwrap();
            }
        }

        #[test]
        fn a_rule_reads_back_as_it_is_written(rule in any_rule()) {
            let text = serde_json::to_string(&rule).unwrap();
            prop_assert_eq!(serde_json::from_str::<Recurrence>(&text).unwrap(), rule);
        }
    }
}
