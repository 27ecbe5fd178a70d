//! When people report trouble and when technicians work on it.

use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Time, Weekday},
    tz::TimeZone,
};
use rand::{RngExt, rngs::StdRng};

/// How many of a day's tickets come in each hour. A hospital never sleeps, but it reports in the morning.
const BY_HOUR: [u32; 24] =
    [2, 1, 1, 1, 1, 2, 8, 18, 36, 44, 40, 33, 24, 30, 35, 31, 24, 13, 8, 6, 5, 4, 3, 2];

/// The organisation's local time.
pub(super) struct Calendar {
    zone: TimeZone,
}

impl Calendar {
    pub(super) fn new() -> Self {
        Self { zone: TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC) }
    }

    /// `count` moments of the `days` before `now`, in order, as busy as the hours and days are.
    pub(super) fn arrivals(
        &self,
        days: i64,
        now: Timestamp,
        count: usize,
        random: &mut StdRng,
    ) -> Vec<Timestamp> {
        let mut hours: Vec<(u32, Timestamp)> = Vec::new();
        let mut total = 0;
        for back in 1..=days * 24 {
            let start = now - SignedDuration::from_hours(back);
            let local = start.to_zoned(self.zone.clone());
            let by_day = match local.weekday() {
                Weekday::Monday => 25,
                Weekday::Tuesday => 22,
                Weekday::Wednesday => 21,
                Weekday::Thursday => 20,
                Weekday::Friday => 18,
                Weekday::Saturday => 4,
                Weekday::Sunday => 3,
            };
            total += by_day * usize::try_from(local.hour()).map_or(1, |hour| BY_HOUR[hour % 24]);
            hours.push((total, start));
        }
        let mut arrivals: Vec<_> = (0..count)
            .map(|_| {
                let place = random.random_range(0..total);
                let hour = hours.partition_point(|(up_to, _)| *up_to <= place);
                hours[hour].1 + SignedDuration::from_secs(random.random_range(0..3600))
            })
            .collect();
        arrivals.sort_unstable();
        arrivals
    }

    /// `minutes` of working time after `from`: Monday to Friday, 8 to 18.
    pub(super) fn work(&self, from: Timestamp, minutes: i64) -> Timestamp {
        let mut local = from.to_zoned(self.zone.clone()).datetime();
        let mut left = minutes.max(0);
        loop {
            let weekend = matches!(local.weekday(), Weekday::Saturday | Weekday::Sunday);
            if weekend || local.hour() >= 18 {
                local = local.date().saturating_add(1.day()).at(8, 0, 0, 0);
                continue;
            }
            if local.hour() < 8 {
                local = local.date().at(8, 0, local.second(), 0);
            }
            let done = i64::from(local.hour() - 8) * 60 + i64::from(local.minute());
            if done + left < 600 {
                local = local.saturating_add(left.minutes());
                return self.zone.to_ambiguous_timestamp(local).compatible().unwrap_or(from).max(from);
            }
            left -= 600 - done;
            local = local.date().saturating_add(1.day()).at(8, 0, 0, 0);
        }
    }

    /// Every working day of the `days` before `now`, as the moment of its `time`.
    pub(super) fn working_days(&self, days: i64, now: Timestamp, time: Time) -> Vec<Timestamp> {
        let today = now.to_zoned(self.zone.clone()).date();
        (0..days)
            .rev()
            .map(|back| today.saturating_sub(back.days()))
            .filter(|date| !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday))
            .filter_map(|date| self.zone.to_ambiguous_timestamp(date.to_datetime(time)).compatible().ok())
            .filter(|start| *start < now)
            .collect()
    }

    /// A time of day for a text: a little before `at`.
    pub(super) fn clock(&self, at: Timestamp, random: &mut StdRng) -> String {
        let earlier = at - SignedDuration::from_mins(random.random_range(5..55));
        earlier.to_zoned(self.zone.clone()).strftime("%H:%M").to_string()
    }
}
