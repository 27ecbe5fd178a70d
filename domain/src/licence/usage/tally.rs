//! What a range of time comes to: a sum that can be kept, and added to the sum of the range after it.

use std::{collections::BTreeMap, ops::Range};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::Serialize;

use super::{Capacity, HeldTime, Holding, Levels};
use crate::{PersonId, identity::named};

/// The width of a slice. Every zone in use keeps to quarters of an hour, so that hours of any of them are made of slices.
pub const SLICE: SignedDuration = SignedDuration::from_mins(15);

/// The hours of a week.
pub const HOURS_OF_WEEK: usize = 168;

named! {
    /// How finely the levels of a range are told.
    Resolution {
        /// Every change, in ranges of up to 31 days.
        Exact = "exact",
        /// Lowest and highest level of each quarter of an hour.
        QuarterHour = "quarter_hour",
        /// Lowest and highest level of each hour, by the reader's clock.
        Hour = "hour",
        /// Lowest and highest level of each day, by the reader's clock.
        Day = "day",
    }
}

impl std::str::FromStr for Resolution {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::parse(text).ok_or(())
    }
}

impl Resolution {
    /// How long its stretches are.
    pub const fn width(self) -> Option<SignedDuration> {
        match self {
            Self::Exact => None,
            Self::QuarterHour => Some(SLICE),
            Self::Hour => Some(SignedDuration::from_hours(1)),
            Self::Day => Some(SignedDuration::from_hours(24)),
        }
    }
}

/// The use of a pool over a range of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// From when until when.
    pub range: Range<Timestamp>,
    /// How long each level lasted.
    pub time_at_level: BTreeMap<u32, SignedDuration>,
    /// For how long more people held a token than there were tokens.
    pub overdraft: SignedDuration,
    /// Each holder's time.
    pub people: BTreeMap<PersonId, HeldTime>,
    /// Its quarters of an hour, in order; the first and the last may be shorter.
    pub slices: Vec<Slice>,
}

/// A short while, or several of them together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Slice {
    /// From when.
    pub at: Timestamp,
    /// How long.
    pub lasted: SignedDuration,
    /// The lowest level.
    pub low: u32,
    /// The highest level.
    pub peak: u32,
    /// When it was first reached.
    pub peak_at: Timestamp,
    /// The sum of all holds: the mean level times the length.
    pub held: SignedDuration,
}

/// One hour of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct WeekHour {
    /// How much time fell into it.
    pub lasted: SignedDuration,
    /// The sum of all holds in it.
    pub held: SignedDuration,
    /// The highest level.
    pub peak: u32,
}

impl Tally {
    /// The sum of nothing, at `moment`.
    pub const fn nothing(moment: Timestamp) -> Self {
        Self {
            range: moment..moment,
            time_at_level: BTreeMap::new(),
            overdraft: SignedDuration::ZERO,
            people: BTreeMap::new(),
            slices: Vec::new(),
        }
    }

    /// The sum of `range`, from every hold that touches it.
    pub fn of(
        range: Range<Timestamp>,
        holdings: &[Holding],
        capacity: &Capacity,
        idle_after: SignedDuration,
    ) -> Self {
        let levels = Levels::of(holdings.iter().map(|holding| holding.tenure));
        let mut tally = Self::nothing(range.start);
        for holding in holdings {
            let time = holding.time_within(&range, idle_after);
            if time.held > SignedDuration::ZERO {
                *tally.people.entry(holding.tenure.person).or_default() += time;
            }
        }
        for (stretch, level) in levels.within(&range) {
            *tally.time_at_level.entry(level).or_default() += stretch.start.duration_until(stretch.end);
            for piece in quarters(stretch) {
                let slice = Slice::of(piece, level);
                match tally.slices.last_mut() {
                    Some(last) if quarter(last.at) == quarter(slice.at) => last.add(&slice),
                    _ => tally.slices.push(slice),
                }
            }
        }
        tally.overdraft = levels.time_above(capacity, &range);
        tally.range = range;
        tally
    }

    /// Adds the sum of the range that follows.
    pub fn add(&mut self, next: Self) {
        debug_assert!(self.range.end == next.range.start, "sums are added in order, without a gap");
        self.range.end = next.range.end;
        for (level, time) in next.time_at_level {
            *self.time_at_level.entry(level).or_default() += time;
        }
        self.overdraft += next.overdraft;
        for (person, time) in next.people {
            *self.people.entry(person).or_default() += time;
        }
        self.slices.extend(next.slices);
    }

    /// The highest level and when it was first reached.
    pub fn peak(&self) -> Option<(u32, Timestamp)> {
        let higher = |best: Slice, next: &Slice| if next.peak > best.peak { *next } else { best };
        let first = *self.slices.first()?;
        let best = self.slices.iter().fold(first, higher);
        Some((best.peak, best.peak_at))
    }

    /// The lowest level that was not exceeded for at least `percent` of the time.
    pub fn level_kept_for(&self, percent: i32) -> Option<u32> {
        let whole: SignedDuration = self.time_at_level.values().sum();
        let needed = whole.as_micros() * i128::from(percent);
        let mut so_far = 0_i128;
        self.time_at_level
            .iter()
            .find(|(_, time)| {
                so_far += time.as_micros() * 100;
                so_far >= needed
            })
            .map(|(level, _)| *level)
    }

    /// Everybody's time together.
    pub fn total(&self) -> HeldTime {
        self.people.values().fold(HeldTime::default(), |mut sum, time| {
            sum += *time;
            sum
        })
    }

    /// The slices put together to stretches of `width`, which begin with multiples of it by the clock of `zone`.
    pub fn buckets(&self, width: SignedDuration, zone: &TimeZone) -> Vec<Slice> {
        let place = |at: Timestamp| {
            let ahead = i64::from(zone.to_offset(at).seconds()) * 1_000_000;
            (at.as_microsecond() + ahead).div_euclid(micros(width).max(1))
        };
        let mut buckets: Vec<Slice> = Vec::new();
        for slice in &self.slices {
            match buckets.last_mut() {
                Some(last) if place(last.at) == place(slice.at) => last.add(slice),
                _ => buckets.push(*slice),
            }
        }
        buckets
    }

    /// The hours of the week by the clock of `zone`, Monday's first. An hour that the clock shows twice counts twice, one
    /// that it leaves out not at all.
    pub fn by_hour_of_week(&self, zone: &TimeZone) -> Vec<WeekHour> {
        let mut week = vec![WeekHour::default(); HOURS_OF_WEEK];
        for slice in &self.slices {
            let clock = slice.at.to_zoned(zone.clone());
            let day = usize::from(clock.weekday().to_monday_zero_offset().unsigned_abs());
            let hour = &mut week[day * 24 + usize::from(clock.hour().unsigned_abs())];
            hour.lasted += slice.lasted;
            hour.held += slice.held;
            hour.peak = hour.peak.max(slice.peak);
        }
        week
    }
}

impl Slice {
    fn of(range: Range<Timestamp>, level: u32) -> Self {
        let lasted = range.start.duration_until(range.end);
        Self {
            at: range.start,
            lasted,
            low: level,
            peak: level,
            peak_at: range.start,
            held: SignedDuration::from_micros(micros(lasted).saturating_mul(i64::from(level))),
        }
    }

    fn add(&mut self, next: &Self) {
        self.lasted += next.lasted;
        self.held += next.held;
        self.low = self.low.min(next.low);
        if next.peak > self.peak {
            (self.peak, self.peak_at) = (next.peak, next.peak_at);
        }
    }
}

/// The day by UTC that `moment` falls into: what sums are kept for.
pub fn day_of(moment: Timestamp) -> Range<Timestamp> {
    const DAY: i64 = 86_400_000_000;
    let start = moment.as_microsecond().div_euclid(DAY) * DAY;
    let at = |micros: i64| Timestamp::from_microsecond(micros).unwrap_or(moment);
    at(start)..at(start + DAY)
}

fn micros(span: SignedDuration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

/// The number of the quarter of an hour that `moment` falls into.
fn quarter(moment: Timestamp) -> i64 {
    moment.as_microsecond().div_euclid(micros(SLICE))
}

/// `range`, cut at every quarter of an hour.
fn quarters(range: Range<Timestamp>) -> impl Iterator<Item = Range<Timestamp>> {
    let mut from = range.start;
    std::iter::from_fn(move || {
        let next = (quarter(from) + 1) * micros(SLICE);
        let until = Timestamp::from_microsecond(next).unwrap_or(range.end).min(range.end);
        let piece = from..until;
        from = until;
        (!piece.is_empty()).then_some(piece)
    })
}
