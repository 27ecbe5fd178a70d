//! Business time: against a model that walks the clock in five-minute steps, and on the nights the clocks change.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be built is a failed test")]

use std::collections::BTreeMap;

use domain::{
    CalendarId, Timestamp,
    sla::{Calendar, CalendarDefinition, InvalidCalendar, Opening, Week},
};
use jiff::{
    SignedDuration, ToSpan,
    civil::{Date, DateTime, date},
    tz::{TimeZone, TimeZoneDatabase},
};
use proptest::prelude::*;
use uuid::Uuid;

const STEP: i64 = 5 * 60;

fn id() -> CalendarId {
    CalendarId::from(Uuid::from_u128(1))
}

fn opening(text: &str) -> Opening {
    text.parse().unwrap()
}

fn calendar(zone: &str, week: Week, holidays: &[Date]) -> Calendar {
    let holidays = holidays.iter().map(|date| (*date, "a holiday".to_owned())).collect();
    let (id, name, zone) = (id(), "Office".to_owned(), zone.to_owned());
    Calendar::new(CalendarDefinition { id, name, zone, week, holidays }).unwrap()
}

fn office(zone: &str) -> Calendar {
    calendar(zone, Week::working_days(&[opening("09:00-17:00")]), &[])
}

fn at(zone: &str, text: &str) -> Timestamp {
    let civil: DateTime = text.parse().unwrap();
    civil.to_zoned(TimeZoneDatabase::bundled().get(zone).unwrap()).unwrap().timestamp()
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// What the rule says, as slowly as it can be said: each five minutes count when the clock on the wall shows business
/// hours. True as long as no hours begin or end while the clocks change.
fn walked(calendar: &Calendar, from: Timestamp, to: Timestamp) -> SignedDuration {
    let definition = calendar.definition();
    let mut counted = 0;
    let mut at = from;
    while at < to {
        let wall = calendar.zone().to_datetime(at);
        let minute = u16::try_from(i32::from(wall.hour()) * 60 + i32::from(wall.minute())).unwrap();
        let hours = definition.week.day(wall.date().weekday());
        let open = hours.iter().any(|opening| opening.opens() <= minute && minute < opening.closes());
        if open && !definition.holidays.contains_key(&wall.date()) {
            counted += STEP;
        }
        at += SignedDuration::from_secs(STEP);
    }
    SignedDuration::from_secs(counted)
}

/// Hours that never begin or end between midnight and five, when clocks change, but at midnight itself.
fn day() -> impl Strategy<Value = Vec<Opening>> {
    let minute = || (60_u16..=288).prop_map(|step| step * 5);
    prop_oneof![
        2 => Just(vec![]),
        1 => Just(vec![Opening::WHOLE_DAY]),
        1 => Just(vec![opening("00:00-06:00"), opening("22:00-24:00")]),
        3 => (minute(), minute()).prop_map(|(a, b)| Opening::new(a, b).into_iter().collect()),
        1 => Just(vec![opening("08:00-12:00"), opening("12:00-13:00"), opening("14:05-18:30")]),
    ]
}

fn week() -> impl Strategy<Value = Week> {
    proptest::array::uniform7(day())
        .prop_map(|[monday, tuesday, wednesday, thursday, friday, saturday, sunday]| Week {
            monday,
            tuesday,
            wednesday,
            thursday,
            friday,
            saturday,
            sunday,
        })
        .prop_filter("never open", |week| *week != Week::default())
}

fn any_calendar() -> impl Strategy<Value = Calendar> {
    let zone = prop::sample::select(vec![
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Pacific/Auckland",
        "Asia/Kolkata",
    ]);
    let holiday = (0_i64..366).prop_map(|day| date(2024, 1, 1).saturating_add(day.days()));
    (zone, week(), proptest::collection::vec(holiday, 0..12))
        .prop_map(|(zone, week, holidays)| calendar(zone, week, &holidays))
}

/// A moment of 2024, a leap year, on a five-minute step.
fn moment() -> impl Strategy<Value = Timestamp> {
    let begin = at("UTC", "2024-01-01T00:00");
    (0_i64..366 * 288).prop_map(move |step| begin + SignedDuration::from_secs(step * STEP))
}

fn duration() -> impl Strategy<Value = SignedDuration> {
    (0_i64..400 * 3600).prop_map(SignedDuration::from_secs)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn counting_agrees_with_walking_the_clock(
        calendar in any_calendar(),
        from in moment(),
        steps in 0_i64..60 * 288,
    ) {
        let to = from + SignedDuration::from_secs(steps * STEP);
        prop_assert_eq!(calendar.working_time_between(from, to), walked(&calendar, from, to));
    }

    #[test]
    fn what_is_added_is_found_between(calendar in any_calendar(), from in moment(), more in duration()) {
        let due = calendar.add_working_time(from, more);
        prop_assert_eq!(calendar.working_time_between(from, due), more);
    }

    #[test]
    fn a_due_moment_is_the_first_possible(calendar in any_calendar(), from in moment(), more in duration()) {
        prop_assume!(more > SignedDuration::ZERO);
        let due = calendar.add_working_time(from, more);
        let sooner = due - SignedDuration::from_secs(1);
        prop_assert!(calendar.working_time_between(from, sooner) < more);
    }

    #[test]
    fn adding_twice_is_adding_once(
        calendar in any_calendar(),
        from in moment(),
        first in duration(),
        second in duration(),
    ) {
        let twice = calendar.add_working_time(calendar.add_working_time(from, first), second);
        prop_assert_eq!(twice, calendar.add_working_time(from, first + second));
    }

    #[test]
    fn time_between_adds_up_and_never_runs_back(
        calendar in any_calendar(),
        mut moments in proptest::array::uniform3(moment()),
    ) {
        moments.sort();
        let [a, b, c] = moments;
        let whole = calendar.working_time_between(a, c);
        prop_assert_eq!(calendar.working_time_between(a, b) + calendar.working_time_between(b, c), whole);
        prop_assert!(whole >= SignedDuration::ZERO);
        prop_assert!(whole <= a.duration_until(c));
        if a < c {
            prop_assert_eq!(calendar.working_time_between(c, a), SignedDuration::ZERO);
        }
    }

    #[test]
    fn later_or_longer_is_never_due_sooner(
        calendar in any_calendar(),
        mut moments in proptest::array::uniform2(moment()),
        some in duration(),
        more in duration(),
    ) {
        moments.sort();
        let due = calendar.add_working_time(moments[0], some);
        prop_assert!(due <= calendar.add_working_time(moments[1], some));
        prop_assert!(due <= calendar.add_working_time(moments[0], some + more));
    }

    #[test]
    fn stretches_hold_what_was_counted(calendar in any_calendar(), from in moment(), days in 0_i64..40) {
        let to = from + hours(24 * days);
        let openings = calendar.openings_between(from, to);
        let sum: SignedDuration = openings.iter().map(|(opens, closes)| opens.duration_until(*closes)).sum();
        prop_assert_eq!(sum, calendar.working_time_between(from, to));
        for pair in openings.windows(2) {
            prop_assert!(pair[0].1 < pair[1].0, "stretches are apart and in order");
        }
    }
}

#[test]
fn a_night_shift_loses_an_hour_in_spring_and_gains_one_in_autumn() {
    let nights = Week {
        saturday: vec![opening("22:00-24:00")],
        sunday: vec![opening("00:00-06:00")],
        ..Week::default()
    };
    for (zone, spring, autumn) in [
        ("Europe/Berlin", ("2024-03-30", "2024-03-31"), ("2024-10-26", "2024-10-27")),
        ("America/New_York", ("2024-03-09", "2024-03-10"), ("2024-11-02", "2024-11-03")),
        ("Pacific/Auckland", ("2024-09-28", "2024-09-29"), ("2024-04-06", "2024-04-07")),
    ] {
        let calendar = calendar(zone, nights.clone(), &[]);
        for ((eve, day), expected) in [(spring, 7), (autumn, 9)] {
            let from = at(zone, &format!("{eve}T12:00"));
            let to = at(zone, &format!("{day}T12:00"));
            assert_eq!(calendar.working_time_between(from, to), hours(expected), "{zone} {day}");
            let due = calendar.add_working_time(from, hours(expected));
            assert_eq!(due, at(zone, &format!("{day}T06:00")), "{zone} {day}");
        }
        let (from, to) = (at(zone, "2024-06-15T12:00"), at(zone, "2024-06-16T12:00"));
        assert_eq!(calendar.working_time_between(from, to), hours(8), "{zone}");
    }
}

#[test]
fn office_hours_keep_their_place_on_the_wall_when_the_clocks_change() {
    let berlin = office("Europe/Berlin");
    for (friday, monday) in [("2024-03-29", "2024-04-01"), ("2024-10-25", "2024-10-28")] {
        let from = at("Europe/Berlin", &format!("{friday}T16:00"));
        let due = at("Europe/Berlin", &format!("{monday}T10:00"));
        assert_eq!(berlin.add_working_time(from, hours(2)), due);
    }
}

#[test]
fn opening_at_a_time_the_clocks_skip_means_the_moment_they_change() {
    let sundays = Week { sunday: vec![opening("02:30-04:00")], ..Week::default() };
    let berlin = calendar("Europe/Berlin", sundays, &[]);
    let (from, to) = (at("Europe/Berlin", "2024-03-31T00:00"), at("Europe/Berlin", "2024-03-31T12:00"));
    assert_eq!(berlin.working_time_between(from, to), hours(1));
    assert_eq!(berlin.openings_between(from, to)[0].0, at("Europe/Berlin", "2024-03-31T03:00"));
}

#[test]
fn an_hour_that_happens_twice_is_not_counted_three_times() {
    let sundays = Week { sunday: vec![opening("00:00-02:30"), opening("02:30-24:00")], ..Week::default() };
    let berlin = calendar("Europe/Berlin", sundays, &[]);
    let (from, to) = (at("Europe/Berlin", "2024-10-27T00:00"), at("Europe/Berlin", "2024-10-28T00:00"));
    assert_eq!(berlin.working_time_between(from, to), hours(25));
}

#[test]
fn clocks_set_back_across_midnight_count_every_hour_once() {
    // In November 2010, St. John's set its clocks back at 00:01 on Sunday, to 23:01 on Saturday.
    let johns = calendar("America/St_Johns", Week { friday: vec![], ..Week::always() }, &[]);
    let (from, to) = (at("America/St_Johns", "2010-11-06T00:00"), at("America/St_Johns", "2010-11-09T00:00"));
    assert_eq!(johns.working_time_between(from, to), hours(3 * 24 + 1));
    for half_hours in 0..=2 * 73 {
        let passed = SignedDuration::from_mins(30 * half_hours);
        assert_eq!(johns.add_working_time(from, passed), from + passed);
        assert_eq!(johns.working_time_between(from, from + passed), passed);
        assert_eq!(johns.working_time_between(from + passed, to), hours(73) - passed);
    }
}

#[test]
fn a_date_that_a_country_skipped_holds_no_time() {
    // Samoa went from Thursday, 29 December 2011, to Saturday, 31 December.
    let apia = office("Pacific/Apia");
    let (from, to) = (at("Pacific/Apia", "2011-12-29T00:00"), at("Pacific/Apia", "2012-01-01T00:00"));
    assert_eq!(apia.working_time_between(from, to), hours(8));
    let (from, to) = (at("Pacific/Apia", "2011-01-03T00:00"), at("Pacific/Apia", "2012-01-02T00:00"));
    assert_eq!(apia.working_time_between(from, to), hours(8 * (52 * 5 - 1)));
}

#[test]
fn a_leap_day_is_a_day() {
    let utc = office("UTC");
    let (from, to) = (at("UTC", "2024-02-28T17:00"), at("UTC", "2024-03-01T09:00"));
    assert_eq!(utc.working_time_between(from, to), hours(8));
    let (from, to) = (at("UTC", "2023-02-28T17:00"), at("UTC", "2023-03-01T09:00"));
    assert_eq!(utc.working_time_between(from, to), hours(0));
}

#[test]
fn a_holiday_does_not_count_and_is_named() {
    let holidays = [date(2024, 12, 25), date(2024, 12, 26)];
    let berlin = calendar("Europe/Berlin", Week::working_days(&[opening("09:00-17:00")]), &holidays);
    let eve = at("Europe/Berlin", "2024-12-24T16:00");
    let due = berlin.add_working_time(eve, hours(2));
    assert_eq!(due, at("Europe/Berlin", "2024-12-27T10:00"));
    assert_eq!(berlin.holidays_between(eve, due).count(), 2);
    let midnight = at("Europe/Berlin", "2024-12-25T00:00");
    assert_eq!(berlin.holidays_between(eve, midnight).count(), 0, "the holiday has not begun");
}

#[test]
fn a_whole_day_of_work_is_due_when_the_day_closes_and_not_when_the_next_opens() {
    let due = office("Europe/Berlin").add_working_time(at("Europe/Berlin", "2024-06-07T09:00"), hours(8));
    assert_eq!(due, at("Europe/Berlin", "2024-06-07T17:00"));
}

#[test]
fn a_calendar_that_never_closes_counts_time_as_it_passes() {
    let always = Calendar::always(id());
    let from = at("UTC", "2024-03-30T12:34:56.789");
    assert_eq!(always.add_working_time(from, hours(100)), from + hours(100));
    assert_eq!(always.working_time_between(from, from + hours(100)), hours(100));
    assert!(calendar("Europe/Berlin", Week::always(), &[]).is_always());
    assert!(!calendar("Europe/Berlin", Week::always(), &[date(2024, 12, 25)]).is_always());
}

#[test]
fn the_end_of_time_is_an_answer() {
    let auckland = office("Pacific/Auckland");
    assert_eq!(auckland.add_working_time(Timestamp::UNIX_EPOCH, SignedDuration::MAX), Timestamp::MAX);
    assert_eq!(auckland.add_working_time(Timestamp::MAX, hours(1)), Timestamp::MAX);
    assert_eq!(Calendar::always(id()).add_working_time(Timestamp::MAX, hours(1)), Timestamp::MAX);
    let a_millennium = (at("UTC", "2000-01-01T00:00"), at("UTC", "3000-01-01T00:00"));
    let counted = auckland.working_time_between(a_millennium.0, a_millennium.1);
    assert!(counted > hours(8 * 5 * 52 * 1000) && counted < hours(8 * 5 * 53 * 1000));
    assert!(auckland.working_time_between(Timestamp::MIN, Timestamp::MAX) > counted);
}

#[test]
fn a_calendar_survives_json_and_refuses_what_it_does_not_know() {
    let week = Week::working_days(&[opening("09:00-12:00"), opening("13:00-17:30")]);
    let before = calendar("Europe/Berlin", week, &[date(2024, 12, 25)]);
    let json = serde_json::to_string(&before).unwrap();
    assert!(json.contains(r#""monday":["09:00-12:00","13:00-17:30"]"#), "{json}");
    assert_eq!(serde_json::from_str::<Calendar>(&json).unwrap(), before);
    assert!(serde_json::from_str::<Calendar>(&json.replace("\"zone\"", "\"time_zone\"")).is_err());
}

#[test]
fn a_calendar_that_cannot_work_says_why() {
    let refused = |zone: &str, week: Week| {
        let (id, name, zone) = (id(), "Office".to_owned(), zone.to_owned());
        Calendar::new(CalendarDefinition { id, name, zone, week, holidays: BTreeMap::new() }).unwrap_err()
    };
    assert_eq!(refused("UTC", Week::default()), InvalidCalendar::NeverOpen);
    assert_eq!(
        refused("Europe/Atlantis", Week::always()).to_string(),
        "`Europe/Atlantis` is not a time zone; use an IANA name such as Europe/Berlin, or UTC"
    );
    let monday = vec![opening("09:00-13:00"), opening("12:00-17:00")];
    let overlap = refused("UTC", Week { monday, ..Week::default() });
    assert!(overlap.to_string().starts_with("on Monday, 09:00-13:00 and 12:00-17:00 overlap"), "{overlap}");
}

#[test]
fn hours_that_are_none_are_refused() {
    for text in
        ["17:00-09:00", "09:00-09:00", "9:00-17:00", "09:00-24:01", "09:60-10:00", "09:00", "", "+9:00-10:00"]
    {
        assert!(text.parse::<Opening>().is_err(), "{text}");
    }
    assert_eq!(opening("00:00-24:00"), Opening::WHOLE_DAY);
    assert_eq!(TimeZone::UTC, *Calendar::always(id()).zone());
}
