//! Use, held against a naive count that looks at every second of random histories.

#![expect(clippy::unwrap_used, reason = "the lint knows tests by their attribute, not what they call")]

use std::collections::BTreeMap;

use domain::{
    GroupId, PersonId, Timestamp,
    licence::usage::{
        Capacity, CapacityChange, HeldTime, Holding, Pause, PauseKind, Tally, Tenure, by_group, day_of,
    },
};
use jiff::{SignedDuration, tz::TimeZone};
use proptest::prelude::*;
use uuid::Uuid;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + seconds).unwrap()
}

fn person(number: u32) -> PersonId {
    PersonId::from(Uuid::from_u128(0xA000 + u128::from(number)))
}

/// The stories last three hours and a bit.
const END: i64 = 11_000;

/// What somebody does with a token, so many seconds after the act before.
#[derive(Debug, Clone, Copy)]
enum Act {
    Work(i64),
    GiveBackAndResume(i64, i64),
}

/// One hold as it is told: who, from when, the acts, how long after the last of them it ends, and whether it lingers then.
#[derive(Debug, Clone)]
struct Told {
    who: u32,
    from: i64,
    acts: Vec<Act>,
    rest: i64,
    lingers: Option<i64>,
    runs: bool,
}

fn any_hold() -> impl Strategy<Value = Told> {
    let act = prop_oneof![
        3 => (1_i64..900).prop_map(Act::Work),
        1 => (1_i64..900, 1_i64..300).prop_map(|(wait, kept)| Act::GiveBackAndResume(wait, kept)),
    ];
    let acts = prop::collection::vec(act, 0..6);
    (0_u32..6, 0..END, acts, 0_i64..2_000, prop::option::of(0_i64..400), any::<bool>())
        .prop_map(|(who, from, acts, rest, lingers, runs)| Told { who, from, acts, rest, lingers, runs })
}

/// A hold with its acts and the stretches for which it was kept, in seconds.
#[derive(Debug)]
struct Lived {
    who: u32,
    from: i64,
    until: Option<i64>,
    acts: Vec<i64>,
    kept: Vec<(i64, Option<i64>)>,
}

impl Lived {
    fn of(told: &Told) -> Self {
        let (mut now, mut acts, mut kept) = (told.from, vec![told.from], Vec::new());
        for act in &told.acts {
            match *act {
                Act::Work(wait) => now += wait,
                Act::GiveBackAndResume(wait, stayed) => {
                    kept.push((now + wait, Some(now + wait + stayed)));
                    now += wait + stayed;
                }
            }
            acts.push(now);
        }
        let mut until = now + told.rest;
        if let Some(stays) = told.lingers {
            kept.push((until, None));
            until += stays;
        }
        Self { who: told.who, from: told.from, until: (!told.runs).then_some(until), acts, kept }
    }

    /// As the store keeps it.
    fn holding(&self, idle_after: i64) -> Holding {
        let gaps = self.acts.windows(2).filter(|pair| {
            let kept = self.kept.iter().any(|(_, until)| *until == Some(pair[1]));
            !kept && pair[0] + idle_after <= pair[1]
        });
        let idle = gaps.map(|pair| Pause { kind: PauseKind::Idle, from: at(pair[0]), until: at(pair[1]) });
        let over = self.kept.iter().filter_map(|(from, until)| {
            Some(Pause { kind: PauseKind::Lingering, from: at(*from), until: at((*until)?) })
        });
        // An act that ends a stay ends idleness too, where the holder was idle before they gave the token back.
        let both = self.kept.iter().filter_map(|(_, until)| {
            let until = (*until)?;
            let last = *self.acts.iter().rfind(|act| **act < until)?;
            (last + idle_after <= until).then_some(Pause {
                kind: PauseKind::Idle,
                from: at(last),
                until: at(until),
            })
        });
        Holding {
            tenure: Tenure {
                person: person(self.who),
                token: self.who + 1,
                from: at(self.from),
                until: self.until.map(at),
            },
            last_active_at: at(*self.acts.last().unwrap()),
            borrowed_until: None,
            lingering_since: self.kept.iter().find(|(_, until)| until.is_none()).map(|(from, _)| at(*from)),
            pauses: idle.chain(over).chain(both).collect(),
        }
    }

    fn held(&self, second: i64) -> bool {
        self.from <= second && self.until.is_none_or(|until| second < until)
    }

    fn lingering(&self, second: i64) -> bool {
        let within =
            |(from, until): &(i64, Option<i64>)| *from <= second && until.is_none_or(|until| second < until);
        self.held(second) && self.kept.iter().any(within)
    }

    fn active(&self, second: i64, idle_after: i64) -> bool {
        let lately = |act: &i64| *act <= second && second < act + idle_after;
        self.held(second) && !self.lingering(second) && self.acts.iter().any(lately)
    }
}

/// One hold after another for each person, as a pool has it.
fn lives(told: &[Told]) -> Vec<Lived> {
    let mut free: BTreeMap<u32, i64> = BTreeMap::new();
    let mut told = told.to_vec();
    told.sort_by_key(|hold| hold.from);
    let mut lives = Vec::new();
    for hold in told {
        let from = *free.get(&hold.who).unwrap_or(&0);
        if from <= hold.from {
            let lived = Lived::of(&hold);
            free.insert(hold.who, lived.until.unwrap_or(i64::MAX));
            lives.push(lived);
        }
    }
    lives
}

fn capacity(now: u32, changes: &[(i64, u32)]) -> Capacity {
    let mut changes = changes.to_vec();
    changes.sort_unstable();
    let mut before = now;
    let changes = changes.into_iter().map(|(second, to)| {
        let change = CapacityChange { at: at(second), from: before, to };
        before = to;
        change
    });
    let changes: Vec<_> = changes.collect();
    Capacity { changes, now: before }
}

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_is_what_a_look_at_every_second_says(
        told in prop::collection::vec(any_hold(), 0..25),
        idle_after in 1_i64..700,
        (from, lasts) in (0..END, 1..END),
        (tokens, changes) in (0_u32..5, prop::collection::vec((0..END, 0_u32..5), 0..4)),
    ) {
        let until = from + lasts;
        let lives = lives(&told);
        let holdings: Vec<_> = lives.iter().map(|lived| lived.holding(idle_after)).collect();
        let capacity = capacity(tokens, &changes);
        let tally = Tally::of(at(from)..at(until), &holdings, &capacity, seconds(idle_after));

        let mut time_at_level: BTreeMap<u32, SignedDuration> = BTreeMap::new();
        let mut people: BTreeMap<PersonId, HeldTime> = BTreeMap::new();
        let mut overdraft = 0;
        let mut peak: Option<(u32, Timestamp)> = None;
        let mut quarters: BTreeMap<i64, (i64, i64, u32, u32)> = BTreeMap::new();
        for second in from..until {
            let held: Vec<_> = lives.iter().filter(|lived| lived.held(second)).collect();
            let level = u32::try_from(held.len()).unwrap();
            *time_at_level.entry(level).or_default() += seconds(1);
            overdraft += i64::from(level > capacity.at(at(second)));
            if peak.is_none_or(|(highest, _)| level > highest) {
                peak = Some((level, at(second)));
            }
            let quarter = quarters.entry(second.div_euclid(900)).or_insert((0, 0, u32::MAX, 0));
            quarter.0 += 1;
            quarter.1 += i64::from(level);
            (quarter.2, quarter.3) = (quarter.2.min(level), quarter.3.max(level));
            for lived in held {
                let time = people.entry(person(lived.who)).or_default();
                time.held += seconds(1);
                time.active += seconds(lived.active(second, idle_after).into());
                time.lingering += seconds(lived.lingering(second).into());
            }
        }
        let longest = time_at_level.iter().scan(SignedDuration::ZERO, |so_far, (level, time)| {
            *so_far += *time;
            Some((*level, *so_far))
        });
        let kept = longest.into_iter().find(|(_, so_far)| *so_far * 100 >= seconds(lasts) * 95);
        prop_assert_eq!(tally.level_kept_for(95), kept.map(|(level, _)| level));
        prop_assert_eq!(&tally.time_at_level, &time_at_level);
        prop_assert_eq!(&tally.people, &people);
        prop_assert_eq!(tally.overdraft, seconds(overdraft));
        prop_assert_eq!(tally.peak(), peak);
        let slices: Vec<_> = tally
            .slices
            .iter()
            .map(|slice| (slice.lasted.as_secs(), slice.held.as_secs(), slice.low, slice.peak))
            .collect();
        prop_assert_eq!(slices, quarters.into_values().collect::<Vec<_>>());
    }

    #[test]
    fn sums_of_ranges_add_up_to_the_sum_of_the_whole(
        told in prop::collection::vec(any_hold(), 0..25),
        cuts in prop::collection::btree_set(0_i64..13, 2..6),
        idle_after in 1_i64..700,
    ) {
        let lives = lives(&told);
        let holdings: Vec<_> = lives.iter().map(|lived| lived.holding(idle_after)).collect();
        let capacity = capacity(3, &[(2_000, 1), (7_000, 4)]);
        let of = |from: i64, until: i64| {
            Tally::of(at(from * 900)..at(until * 900), &holdings, &capacity, seconds(idle_after))
        };
        let cuts: Vec<_> = cuts.into_iter().collect();
        let mut sum = Tally::nothing(at(cuts[0] * 900));
        for pair in cuts.windows(2) {
            sum.add(of(pair[0], pair[1]));
        }
        prop_assert_eq!(sum, of(cuts[0], *cuts.last().unwrap()));
    }
}

/// One person who holds a token over `range`.
fn held_over(from: &str, until: &str) -> Tally {
    let [from, until] = [from, until].map(|at| at.parse::<Timestamp>().unwrap());
    let holding = Holding {
        tenure: Tenure { person: person(1), token: 1, from, until: Some(until) },
        last_active_at: until,
        borrowed_until: None,
        lingering_since: None,
        pauses: Vec::new(),
    };
    Tally::of(from..until, &[holding], &Capacity::default(), seconds(900))
}

#[test]
fn an_hour_that_the_clock_shows_twice_counts_twice_and_one_it_leaves_out_not_at_all() {
    let zone = TimeZone::get("Europe/Stockholm").unwrap();
    let sunday_at = |hour: usize| 6 * 24 + hour;
    let autumn = held_over("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z").by_hour_of_week(&zone);
    assert_eq!(autumn[sunday_at(2)].lasted, seconds(7_200));
    assert_eq!(autumn[sunday_at(2)].held, seconds(7_200));
    assert_eq!(autumn[sunday_at(3)].lasted, seconds(3_600));
    let spring = held_over("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z").by_hour_of_week(&zone);
    assert_eq!(spring[sunday_at(2)].lasted, seconds(0));
    assert_eq!(spring.iter().map(|hour| hour.held).sum::<SignedDuration>(), seconds(23 * 3_600));
}

#[test]
fn hours_are_cut_by_the_clock_of_zones_that_are_off_by_a_part_of_an_hour() {
    let zone = TimeZone::get("Asia/Kathmandu").unwrap();
    // A Monday, 05:45 ahead: from 09:00 to 10:00.
    let week = held_over("2026-03-02T03:15:00Z", "2026-03-02T04:15:00Z").by_hour_of_week(&zone);
    assert_eq!(week[9].held, seconds(3_600));
    assert_eq!(week.iter().filter(|hour| hour.lasted > SignedDuration::ZERO).count(), 1);
}

#[test]
fn buckets_keep_the_highest_moment_of_what_they_are_made_of() {
    let tally = held_over("2026-03-02T03:10:00Z", "2026-03-03T04:15:00Z");
    let days = tally.buckets(SignedDuration::from_hours(24), &TimeZone::UTC);
    assert_eq!(days.len(), 2);
    assert_eq!(days[0].lasted, seconds(20 * 3_600 + 3_000));
    assert_eq!((days[1].low, days[1].peak, days[1].peak_at), (1, 1, day_of(days[1].at).start));
}

#[test]
fn who_belongs_to_two_groups_counts_in_both() {
    let group = |id: u128| GroupId::from(Uuid::from_u128(id));
    let time = HeldTime { held: seconds(9), active: seconds(5), lingering: seconds(1) };
    let people = BTreeMap::from([(person(1), time), (person(2), time)]);
    let groups =
        by_group(&people, |id| if id == person(1) { vec![group(1), group(2)] } else { vec![group(2)] });
    assert_eq!(groups[&group(1)].held, seconds(9));
    assert_eq!(groups[&group(2)].active, seconds(10));
}
