//! What it takes to get help, measured by the desk itself: how it is counted, and what follows from the counts.
//!
//! Nothing here knows who somebody is or where they went: a count has a day and a measure, and no person.

use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::Serialize;

use crate::identity::named;

/// So many days are looked at, today among them.
pub const DAYS: u16 = 30;
/// A visit that took longer is no visit: somebody left the page open.
pub const LONGEST: u32 = 4 * 60 * 60;
/// Somebody who needed so many actions or more; they are counted together.
pub const MOST_ACTIONS: u32 = 20;
/// What is beyond this was not counted by a page of ours.
const INCREDIBLE_ACTIONS: u32 = 1_000;
/// How long after an answer a ticket about the same says that it did not help.
pub const COMES_BACK_WITHIN: SignedDuration = SignedDuration::from_hours(3 * 24);
/// Upper ends of the spans that times are counted in, in seconds; what is longer is in one more.
pub const SPANS: [u32; 9] = [30, 60, 120, 180, 300, 600, 1_200, 1_800, 3_600];
/// A department with fewer people is not shown: its figures would be somebody's.
pub const FEWEST_PEOPLE: u64 = 5;

named! {
    /// What is counted for each day.
    Measure {
        /// Tickets raised on a page of the portal.
        Raised = "raised",
        /// Those of them whose browser said how long it took, by span.
        Took = "took",
        /// Those of them whose browser said how many actions it took, by number.
        Actions = "actions",
        /// Forms for a new ticket that somebody began to fill in, by the day of the beginning.
        Begun = "begun",
        /// Those of them that were sent, by the day of the beginning.
        BegunAndSent = "begun_and_sent",
        /// Searches on the portal's home and among its answers.
        Searched = "searched",
        /// Those of them that found nothing.
        FoundNothing = "found_nothing",
        /// Those of them that found something, of which nothing was opened.
        OpenedNothing = "opened_nothing",
    }
}

/// A day by its number since 1970, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DayNumber(pub i64);

impl DayNumber {
    const SECONDS: i64 = 24 * 60 * 60;

    /// The day of a moment.
    pub fn of(moment: Timestamp) -> Self {
        Self(moment.as_second().div_euclid(Self::SECONDS))
    }

    /// So many days before.
    #[must_use]
    pub const fn before(self, days: u16) -> Self {
        Self(self.0.saturating_sub(days as i64))
    }

    /// The date, if there is one in the calendar.
    pub fn date(self) -> Option<Date> {
        let second = self.0.checked_mul(Self::SECONDS)?;
        Some(Timestamp::from_second(second).ok()?.to_zoned(jiff::tz::TimeZone::UTC).date())
    }
}

/// How long and how many actions it took from landing on the portal to a ticket. Browsers say it, so nothing relies on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visit {
    seconds: u32,
    actions: u32,
}

impl Visit {
    /// As a browser says it, unless no visit can have been so.
    pub const fn new(seconds: u32, actions: u32) -> Option<Self> {
        if seconds <= LONGEST && actions >= 1 && actions <= INCREDIBLE_ACTIONS {
            Some(Self { seconds, actions })
        } else {
            None
        }
    }

    /// The span that the time is counted in: the place of its upper end among [`SPANS`], or the one after them.
    pub fn span(self) -> usize {
        SPANS.iter().position(|end| self.seconds <= *end).unwrap_or(SPANS.len())
    }

    /// The number that the actions are counted under.
    pub fn actions(self) -> u32 {
        self.actions.min(MOST_ACTIONS)
    }
}

/// What a form for a new ticket says of the way to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effort {
    /// The visit, where the browser says it.
    pub visit: Option<Visit>,
    /// The day on which somebody began to fill the form in, where that was counted.
    pub begun: Option<DayNumber>,
}

impl Effort {
    /// What a form brings: numbers that anybody could have written. What cannot be is left out.
    pub fn said(took: &str, actions: &str, begun: &str, now: Timestamp) -> Self {
        let visit = match (took.parse(), actions.parse()) {
            (Ok(seconds), Ok(actions)) => Visit::new(seconds, actions),
            _ => None,
        };
        let begun = begun.parse().ok().map(DayNumber).filter(|day| day.is_recent(now, DAYS));
        Self { visit, begun }
    }
}

impl DayNumber {
    /// Whether it is today or at most so many days before.
    pub fn is_recent(self, now: Timestamp, days: u16) -> bool {
        let today = Self::of(now);
        self <= today && self >= today.before(days)
    }
}

/// The middle of counts: the first place up to which at least half of all are; `None` where there are none.
pub fn middle(counts: &[u64]) -> Option<usize> {
    let all: u64 = counts.iter().sum();
    let mut until = 0;
    counts.iter().position(|count| {
        until += count;
        all > 0 && until * 2 >= all
    })
}

/// A part of a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Part {
    /// How many.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// In hundredths, rounded; `None` where there is nothing to be a part of.
    pub percent: Option<u64>,
}

impl Part {
    /// So many of so many, and never more than all.
    pub fn of(count: u64, of: u64) -> Self {
        let count = count.min(of);
        let percent = (count.saturating_mul(200).saturating_add(of)).checked_div(of.saturating_mul(2));
        Self { count, of, percent }
    }
}

/// How much there was for every hundred people of a department, in tenths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PerHundred(pub u64);

impl PerHundred {
    /// So many for so many people; `None` without people.
    pub fn of(count: u64, people: u64) -> Option<Self> {
        let twice = count.saturating_mul(2_000).saturating_add(people);
        twice.checked_div(people.saturating_mul(2)).map(Self)
    }

    /// As a number of one decimal: `12.5`. Up to a hundred thousand, for people who count by hand.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, tenth) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(tenth) || whole.len() > 5 || tenth.len() > 20 {
            return None;
        }
        let whole: u64 = whole.parse().ok()?;
        let (first, rest) = tenth.split_at(1);
        let up = u64::from(rest.as_bytes().first().is_some_and(|digit| *digit >= b'5'));
        Some(Self(whole * 10 + first.parse::<u64>().ok()? + up))
    }

    /// By how many hundredths it is more than before, rounded; less is negative. `None` where there was nothing before.
    pub fn change_since(self, before: Self) -> Option<i64> {
        let (now, before) = (i64::try_from(self.0).ok()?, i64::try_from(before.0).ok()?);
        let twice = (now - before).checked_mul(200)?;
        (before > 0).then(|| (twice + before * twice.signum()) / (2 * before))
    }
}

impl std::fmt::Display for PerHundred {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0 / 10, self.0 % 10)
    }
}

impl Serialize for PerHundred {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// A rate of tickets that is less by so many hundredths has fallen.
const FELL: i64 = -20;
/// Trouble that is less by at most so many hundredths is as much as before.
const AS_MUCH: i64 = -5;

/// Whether a department says less of as much trouble: its people may have given up asking.
pub fn went_quiet(tickets: (PerHundred, PerHundred), trouble: (PerHundred, PerHundred)) -> bool {
    let ((before, now), (trouble_before, trouble_now)) = (tickets, trouble);
    let fell = now.change_since(before).is_some_and(|change| change <= FELL);
    let as_much = match trouble_now.change_since(trouble_before) {
        Some(change) => change >= AS_MUCH,
        None => trouble_now > trouble_before,
    };
    fell && as_much
}

/// What a search says: at most so many characters of it are kept.
const WORDS: usize = 200;
/// Less is the beginning of a word.
const FEWEST: usize = 3;

/// The words of a search as they are kept: in one line and one spelling, cut; `None` for what is too short to be one.
pub fn searched_words(text: &str) -> Option<String> {
    let plain: String = text.chars().take(500).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let words: String = words.chars().take(WORDS).collect();
    let words = words.trim_end();
    (words.chars().count() >= FEWEST).then(|| words.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_form_says_is_taken_only_where_it_can_be() {
        let now: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
        let today = DayNumber::of(now);
        let said =
            |took: &str, actions: &str, begun: i64| Effort::said(took, actions, &begun.to_string(), now);
        assert_eq!(said("95", "4", today.0).visit.map(|visit| (visit.span(), visit.actions())), Some((2, 4)));
        assert_eq!(said("95", "900", today.0).visit.map(Visit::actions), Some(MOST_ACTIONS));
        for (took, actions) in
            [("", ""), ("-1", "2"), ("95", "0"), ("1e9", "2"), ("14401", "2"), ("95", "1001")]
        {
            assert_eq!(said(took, actions, today.0).visit, None, "{took} {actions}");
        }
        assert_eq!(said("", "", today.0 - 30).begun, Some(today.before(30)));
        for begun in [today.0 + 1, today.0 - 31, i64::MAX, i64::MIN] {
            assert_eq!(said("", "", begun).begun, None, "{begun}");
        }
    }

    #[test]
    fn a_department_went_quiet_when_only_its_tickets_fell() {
        let rate = |text: &str| PerHundred::parse(text).unwrap();
        let quiet = |before, now, trouble_before, trouble_now| {
            went_quiet((rate(before), rate(now)), (rate(trouble_before), rate(trouble_now)))
        };
        assert!(quiet("10", "8", "4", "4"));
        assert!(quiet("10", "0", "0", "1.5"), "trouble began, and nobody says so");
        assert!(!quiet("10", "8.1", "4", "4"), "it fell too little");
        assert!(!quiet("10", "5", "4", "2"), "there is less trouble");
        assert!(!quiet("0", "0", "4", "9"), "nobody said anything before");
        assert!(!quiet("10", "5", "0", "0"), "there is no trouble");
    }

    #[test]
    fn rates_are_read_and_rounded() {
        let read = |text| PerHundred::parse(text).map(|rate| rate.to_string());
        assert_eq!(read("12.5").as_deref(), Some("12.5"));
        assert_eq!(read("12.55").as_deref(), Some("12.6"));
        assert_eq!(read("0.99").as_deref(), Some("1.0"));
        for wrong in ["", ".", "1.", ".5", "-1", "1e3", "1,5", "123456", "NaN", "٣"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(PerHundred::of(1, 0), None);
        assert_eq!(PerHundred(5).change_since(PerHundred(10)), Some(-50));
    }

    proptest! {
        #[test]
        fn half_of_all_are_within_the_middle(counts in prop::collection::vec(0_u64..1_000, 0..30)) {
            let all: u64 = counts.iter().sum();
            match middle(&counts) {
                None => prop_assert_eq!(all, 0),
                Some(place) => {
                    prop_assert!(counts[..=place].iter().sum::<u64>() * 2 >= all);
                    prop_assert!(counts[..place].iter().sum::<u64>() * 2 < all);
                }
            }
        }

        #[test]
        fn words_are_bounded_whatever_was_typed(text in ".{0,700}") {
            if let Some(words) = searched_words(&text) {
                prop_assert!((FEWEST..=WORDS).contains(&words.chars().count()));
                prop_assert!(!words.chars().any(char::is_control));
            }
        }

        #[test]
        fn a_part_is_never_more_than_all(count: u64, of: u64) {
            let part = Part::of(count, of);
            prop_assert!(part.count <= part.of);
        }
    }
}
