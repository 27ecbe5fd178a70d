//! Business hours in a time zone, and arithmetic that counts only them.
//!
//! A day's opening hours are civil times. They become instants by the zone's rules, so a night shift across a change
//! of the clocks counts the hours that really passed: 23:00 to 07:00 is seven hours when the clocks go forward and nine
//! when they go back. A time that the clocks skip means the moment of the change; a time that happens twice means its
//! first occurrence.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{
    SignedDuration, ToSpan,
    civil::{Date, Time},
    tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase},
};
use serde::{Deserialize, Serialize};

use super::week::{DAY, Opening, WEEKDAYS, Week, day_name, nominal_minutes};
use crate::{CalendarId, Timestamp};

/// A calendar before it is checked: what an administrator edits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarDefinition {
    /// Its id.
    pub id: CalendarId,
    /// Its name, for example `Berlin office`.
    pub name: String,
    /// Its time zone by IANA name, for example `Europe/Berlin`.
    pub zone: String,
    /// Its opening hours.
    pub week: Week,
    /// The dates on which it is closed all day, with their names.
    #[serde(default)]
    pub holidays: BTreeMap<Date, String>,
}

/// Business hours: a week of opening hours in a time zone, less holidays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "CalendarDefinition", into = "CalendarDefinition")]
pub struct Calendar {
    definition: CalendarDefinition,
    zone: TimeZone,
    /// Never closed: business time is time.
    always: bool,
}

/// Why a calendar cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCalendar {
    /// No name.
    #[error("the calendar needs a name")]
    Unnamed,
    /// No such time zone.
    #[error("`{0}` is not a time zone; use an IANA name such as Europe/Berlin, or UTC")]
    UnknownZone(String),
    /// Two stretches of a day overlap or stand in the wrong order.
    #[error(
        "on {day}, {first} and {second} overlap or are out of order; list a day's hours from morning to evening"
    )]
    Overlap {
        /// The weekday.
        day: &'static str,
        /// The stretch listed first.
        first: Opening,
        /// The stretch listed next.
        second: Opening,
    },
    /// Never open, so nothing would ever be due.
    #[error("the calendar is never open; give at least one weekday opening hours")]
    NeverOpen,
}

impl TryFrom<CalendarDefinition> for Calendar {
    type Error = InvalidCalendar;

    fn try_from(definition: CalendarDefinition) -> Result<Self, InvalidCalendar> {
        Self::new(definition)
    }
}

impl From<Calendar> for CalendarDefinition {
    fn from(calendar: Calendar) -> Self {
        calendar.definition
    }
}

impl Calendar {
    /// Checks a definition. Time-zone rules are those compiled into the program, so that no two servers disagree.
    pub fn new(definition: CalendarDefinition) -> Result<Self, InvalidCalendar> {
        if definition.name.trim().is_empty() {
            return Err(InvalidCalendar::Unnamed);
        }
        let zone = TimeZoneDatabase::bundled()
            .get(&definition.zone)
            .map_err(|_| InvalidCalendar::UnknownZone(definition.zone.chars().take(60).collect()))?;
        for weekday in WEEKDAYS {
            for pair in definition.week.day(weekday).windows(2) {
                if pair[0].closes() > pair[1].opens() {
                    let (day, first, second) = (day_name(weekday), pair[0], pair[1]);
                    return Err(InvalidCalendar::Overlap { day, first, second });
                }
            }
        }
        let minutes: u32 = WEEKDAYS.iter().map(|day| nominal_minutes(definition.week.day(*day))).sum();
        if minutes == 0 {
            return Err(InvalidCalendar::NeverOpen);
        }
        let always = minutes == 7 * u32::from(DAY) && definition.holidays.is_empty();
        Ok(Self { definition, zone, always })
    }

    /// A calendar that never closes.
    pub fn always(id: CalendarId) -> Self {
        Self {
            definition: CalendarDefinition {
                id,
                name: "24 × 7".to_owned(),
                zone: "UTC".to_owned(),
                week: Week::always(),
                holidays: BTreeMap::new(),
            },
            zone: TimeZone::UTC,
            always: true,
        }
    }

    /// Its id.
    pub const fn id(&self) -> CalendarId {
        self.definition.id
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.definition.name
    }

    /// Its time zone: what dates in sentences about it are in.
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Whether it never closes.
    pub const fn is_always(&self) -> bool {
        self.always
    }

    /// What an administrator edits.
    pub const fn definition(&self) -> &CalendarDefinition {
        &self.definition
    }

    /// How much business time lies between two moments; none when the second is not later.
    ///
    /// Takes time in proportion to the holidays and clock changes between them, not to the days.
    pub fn working_time_between(&self, from: Timestamp, to: Timestamp) -> SignedDuration {
        if to <= from {
            return SignedDuration::ZERO;
        }
        if self.always {
            return from.duration_until(to);
        }
        // A clock set back across midnight (St. John's, 00:01) repeats part of yesterday, so a moment's hours may be
        // those of the civil day before or after its own: two days at either end are cut to size one by one.
        let (first, last) = (plus_days(self.date(from), -1), plus_days(self.date(to), 1));
        let (inner_first, inner_last) = (plus_days(first, 3), plus_days(last, -3));
        if inner_first > inner_last {
            return days(first, last).map(|date| self.clipped(date, from, to)).sum();
        }
        let head: SignedDuration =
            days(first, plus_days(inner_first, -1)).map(|date| self.clipped(date, from, to)).sum();
        let tail: SignedDuration =
            days(plus_days(inner_last, 1), last).map(|date| self.clipped(date, from, to)).sum();
        head + self.whole_days(inner_first, inner_last) + tail
    }

    /// The first moment by which `duration` of business time has passed since `start`; `start` itself when the
    /// duration is not positive, and the end of time when there is not enough of it.
    pub fn add_working_time(&self, start: Timestamp, duration: SignedDuration) -> Timestamp {
        if duration <= SignedDuration::ZERO {
            return start;
        }
        if self.always {
            return later(start, duration);
        }
        let mut remaining = duration;
        let mut day = plus_days(self.date(start), -1);
        for _ in 0..4 {
            match self.spend(day, start, remaining) {
                Ok(due) => return due,
                Err(rest) => remaining = rest,
            }
            day = plus_days(day, 1);
        }
        // Leap over ever more days while they hold too little; then come back by halves.
        let (mut leap, mut growing) = (1_i64, true);
        while leap > 0 {
            let Ok(next) = day.checked_add(leap.days()) else { return Timestamp::MAX };
            let held = self.whole_days(day, plus_days(next, -1));
            if held < remaining {
                remaining -= held;
                day = next;
            } else {
                growing = false;
            }
            leap = if growing { leap * 2 } else { leap / 2 };
        }
        self.spend(day, start, remaining).unwrap_or(Timestamp::MAX)
    }

    /// The stretches of business time between two moments, in order; stretches that touch are one.
    pub fn openings_between(&self, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        if to <= from {
            return Vec::new();
        }
        if self.always {
            return vec![(from, to)];
        }
        let mut openings: Vec<(Timestamp, Timestamp)> = Vec::new();
        for date in days(plus_days(self.date(from), -1), plus_days(self.date(to), 1)) {
            for (opens, closes) in self.openings(date) {
                let (opens, closes) = (opens.max(from), closes.min(to));
                if closes <= opens {
                    continue;
                }
                match openings.last_mut() {
                    Some(last) if last.1 == opens => last.1 = closes,
                    _ => openings.push((opens, closes)),
                }
            }
        }
        openings
    }

    /// The names of the holidays between two moments, in order.
    pub fn holidays_between(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = &str> {
        let (first, last) = (self.date(from), self.date(to.max(from)));
        // Up to, not including, `to`: a stretch that ends at midnight does not touch the next day.
        let ends_at_midnight = to > from && self.instant(last, 0) >= to;
        let last = if ends_at_midnight { plus_days(last, -1).max(first) } else { last };
        self.definition.holidays.range(first..=last).map(|(_, name)| name.as_str())
    }

    fn date(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    /// The opening hours of a date as moments, in order. An opening that the clocks skip is empty.
    fn openings(&self, date: Date) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        self.hours(date)
            .iter()
            .map(move |opening| (self.instant(date, opening.opens()), self.instant(date, opening.closes())))
    }

    fn hours(&self, date: Date) -> &[Opening] {
        if self.definition.holidays.contains_key(&date) {
            &[]
        } else {
            self.definition.week.day(date.weekday())
        }
    }

    /// The moment of a minute of a date. Never earlier for a later minute, whatever the clocks do in between.
    fn instant(&self, date: Date, minute: u16) -> Timestamp {
        let (date, minute) = if minute >= DAY { (plus_days(date, 1), 0) } else { (date, minute) };
        let civil = date.to_datetime(Time::midnight()).saturating_add(i64::from(minute).minutes());
        let moment = match self.zone.to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(civil),
            // Twice: the first of the two.
            AmbiguousOffset::Fold { before, .. } => before.to_timestamp(civil),
            // Never: the moment the clocks skipped it. With the offset after the change, the civil time falls shortly
            // before the change, which is then the next.
            AmbiguousOffset::Gap { after, .. } => after.to_timestamp(civil).map(|shortly_before| {
                self.zone.following(shortly_before).next().map_or(shortly_before, |change| change.timestamp())
            }),
        };
        moment.unwrap_or(if date.year() > 0 { Timestamp::MAX } else { Timestamp::MIN })
    }

    fn clipped(&self, date: Date, from: Timestamp, to: Timestamp) -> SignedDuration {
        self.openings(date)
            .map(|(opens, closes)| opens.max(from).duration_until(closes.min(to)).max(SignedDuration::ZERO))
            .sum()
    }

    /// The moment in `date` at which `duration` is used up, counting from `start`; or what is left of it.
    fn spend(
        &self,
        date: Date,
        start: Timestamp,
        duration: SignedDuration,
    ) -> Result<Timestamp, SignedDuration> {
        let mut remaining = duration;
        for (opens, closes) in self.openings(date) {
            let opens = opens.max(start);
            let held = opens.duration_until(closes);
            if held <= SignedDuration::ZERO {
                continue;
            }
            if remaining <= held {
                return Ok(later(opens, remaining));
            }
            remaining -= held;
        }
        Err(remaining)
    }

    /// The business time of the dates from `first` to `last`: whole weeks at a time, then corrected for holidays and
    /// for the dates on which the clocks change.
    fn whole_days(&self, first: Date, last: Date) -> SignedDuration {
        if first > last {
            return SignedDuration::ZERO;
        }
        let week = &self.definition.week;
        let count = i64::from(days_between(first, last)) + 1;
        let per_week: i64 = WEEKDAYS.iter().map(|day| i64::from(nominal_minutes(week.day(*day)))).sum();
        let rest = plus_days(last, 1 - count % 7);
        let mut minutes = per_week * (count / 7);
        minutes +=
            days(rest, last).map(|date| i64::from(nominal_minutes(week.day(date.weekday())))).sum::<i64>();
        for date in self.definition.holidays.range(first..=last).map(|(date, _)| *date) {
            minutes -= i64::from(nominal_minutes(week.day(date.weekday())));
        }
        let mut total = SignedDuration::from_mins(minutes);
        for date in self.dates_of_clock_changes(first, last) {
            let real: SignedDuration =
                self.openings(date).map(|(opens, closes)| opens.duration_until(closes)).sum();
            total += real - SignedDuration::from_mins(nominal_minutes(self.hours(date)).into());
        }
        total
    }

    fn dates_of_clock_changes(&self, first: Date, last: Date) -> BTreeSet<Date> {
        let (begin, end) = (self.instant(plus_days(first, -1), 0), self.instant(plus_days(last, 1), DAY));
        let changes = self.zone.following(begin).take_while(|change| change.timestamp() <= end);
        changes
            .flat_map(|change| {
                let before = change.timestamp() - SignedDuration::from_nanos(1);
                let (left, arrived) = (self.date(before), self.date(change.timestamp()));
                days(left.min(arrived), left.max(arrived))
            })
            .filter(|date| (first..=last).contains(date))
            .collect()
    }
}

fn days(first: Date, last: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(first), |date| date.tomorrow().ok()).take_while(move |date| *date <= last)
}

fn plus_days(date: Date, count: i64) -> Date {
    date.saturating_add(count.days())
}

/// Fits: a civil calendar has under four million days.
fn days_between(first: Date, last: Date) -> i32 {
    first.until(last).map_or(0, |span| span.get_days())
}

fn later(start: Timestamp, duration: SignedDuration) -> Timestamp {
    start.checked_add(duration).unwrap_or(Timestamp::MAX)
}
