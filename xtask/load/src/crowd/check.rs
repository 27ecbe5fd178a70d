//! What people were told, and what the desk says of the past, against what was recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use anyhow::Context as _;
use domain::{PersonId, Timestamp, licence::pool::WaitEnd};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::Value;

use super::history::{History, Hold};

/// An answer that somebody got. What it speaks of was so at some moment between the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Remark {
    /// When the request was first sent.
    pub(super) from: Timestamp,
    /// When the answer was there.
    pub(super) until: Timestamp,
    pub(super) told: Told,
}

/// What an answer said. All of them answer a sign of life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// The act was done, on a token.
    Worked,
    /// The act was not done; a place in line is theirs.
    Waits,
    /// The desk knows that they are there.
    Seen,
}

/// What everybody remembers, in the order in which it happened to them.
pub(super) type Diaries = BTreeMap<PersonId, Vec<Remark>>;

/// Who was told of a token held one, and who was told to wait stood in line.
pub(super) fn told(history: &History, diaries: &Diaries) -> Vec<String> {
    let holds = by_person(&history.holds, |hold| hold.person);
    let waits = by_person(&history.waits, |wait| wait.person);
    let mut faults = Vec::new();
    for (person, remarks) in diaries {
        for Remark { from, until, told } in remarks {
            let meets = |began: Timestamp, ended: Option<Timestamp>| {
                began <= *until && ended.is_none_or(|end| *from <= end)
            };
            let (so, what) = match told {
                Told::Worked => {
                    (of(&holds, person).any(|hold| meets(hold.from, hold.until)), "held no token")
                }
                Told::Waits => {
                    let mut waits = of(&waits, person);
                    (waits.any(|wait| meets(wait.from, wait.end.map(|(at, _)| at))), "did not stand in line")
                }
                Told::Seen => continue,
            };
            if !so {
                faults.push(format!("{person} was told so between {from} and {until}, and {what}"));
            }
        }
    }
    faults
}

/// At no moment are more tokens held than there are, one token by two people, or two tokens by one.
pub(super) fn counted(history: &History, tokens: u32) -> Vec<String> {
    let above = history.levels().into_iter().filter(|(_, level)| *level > i64::from(tokens));
    let mut faults: Vec<String> =
        above.map(|(at, level)| format!("at {at}, {level} of {tokens} tokens are held")).collect();
    faults.extend(overlaps(history, |hold| format!("token {}", hold.token)));
    faults.extend(overlaps(history, |hold| format!("{}", hold.person)));
    faults
}

/// Holds of one token, or of one person, that are not one after the other.
fn overlaps(history: &History, whose: impl Fn(&Hold) -> String) -> Vec<String> {
    let mut sorted: Vec<&Hold> = history.holds.iter().collect();
    sorted.sort_by_key(|hold| (hold.from, hold.until));
    let mut free: BTreeMap<String, Option<Timestamp>> = BTreeMap::new();
    let mut faults = Vec::new();
    for hold in sorted {
        let whose = whose(hold);
        if let Some(before) = free.insert(whose.clone(), hold.until)
            && before.is_none_or(|before| hold.from < before)
        {
            faults.push(format!("{whose} is counted twice at {}", hold.from));
        }
    }
    faults
}

/// Who gave signs of life lost neither token nor place by silence. `silence` is how long one must be silent for that, less
/// the time for which a sign may go unwritten because there was another just before.
pub(super) fn alive(history: &History, diaries: &Diaries, silence: SignedDuration) -> Vec<String> {
    let holds = history.holds.iter().filter(|hold| hold.silent);
    let holds = holds.filter_map(|hold| Some((hold.person, hold.from, hold.until?, "their token")));
    let waits = history.waits.iter().filter_map(|wait| match wait.end {
        Some((at, WaitEnd::Silent)) => Some((wait.person, wait.from, at, "their place in line")),
        _ => None,
    });
    let mut faults = Vec::new();
    for (person, began, ended, what) in holds.chain(waits) {
        let remarks = diaries.get(&person).map_or(&[][..], Vec::as_slice);
        let late = remarks.partition_point(|remark| remark.from <= ended - silence);
        let sign = remarks[late..].iter().find(|remark| began < remark.from && remark.until < ended);
        if let Some(sign) = sign {
            faults.push(format!(
                "{person} lost {what} by silence at {ended}, and gave a sign of life after {}",
                sign.from
            ));
        }
    }
    faults
}

/// The answer of `GET /licences/{id}/usage`, as far as it is compared.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Usage {
    pub(super) levels: Vec<Level>,
    pub(super) peak: Option<Peak>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct Level {
    pub(super) at: Timestamp,
    pub(super) level: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Peak {
    pub(super) level: i64,
    pub(super) at: Timestamp,
    pub(super) holders: Vec<Named>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Named {
    pub(super) id: PersonId,
    pub(super) name: String,
}

impl Usage {
    pub(super) fn read(answer: Value) -> anyhow::Result<Self> {
        serde_json::from_value(answer).context("the use of the licence is not as described")
    }

    /// How the answer about `range` differs from what was recorded, and from the names that people have.
    pub(super) fn differs(
        &self,
        history: &History,
        range: &Range<Timestamp>,
        names: &BTreeMap<PersonId, String>,
    ) -> Vec<String> {
        let levels = levels_within(history, range);
        let mut faults = Vec::new();
        if self.levels != levels {
            let first = self.levels.iter().zip(&levels).find(|(said, counted)| said != counted);
            faults.push(format!(
                "of {range:?} it says {} levels, and {} are counted; the first that differs: {first:?}",
                self.levels.len(),
                levels.len()
            ));
        }
        let highest = highest(&levels);
        let Some(Peak { level, at, holders }) = &self.peak else {
            faults.push(format!("of {range:?} it says no peak, and {highest:?} is counted"));
            return faults;
        };
        if highest != Some(Level { at: *at, level: *level }) {
            faults
                .push(format!("of {range:?} it says a peak of {level} at {at}, and {highest:?} is counted"));
        }
        if i64::try_from(holders.len()) != Ok(*level) {
            faults.push(format!("the peak of {level} at {at} names {} people", holders.len()));
        }
        let said: BTreeSet<PersonId> = holders.iter().map(|holder| holder.id).collect();
        let held = history.holders(*at);
        if said != held {
            faults.push(format!("the peak at {at} names {said:?}, and the holders were {held:?}"));
        }
        let wrong = holders.iter().filter(|holder| names.get(&holder.id) != Some(&holder.name));
        faults.extend(wrong.map(|holder| format!("{} is called {} at the peak", holder.id, holder.name)));
        faults
    }
}

/// The level at the beginning of the range, and each change inside it.
fn levels_within(history: &History, range: &Range<Timestamp>) -> Vec<Level> {
    let all = history.levels();
    let inside = all.partition_point(|(at, _)| *at <= range.start);
    let first = inside.checked_sub(1).map_or(0, |before| all[before].1);
    let mut levels = vec![Level { at: range.start, level: first }];
    let changes = all[inside..].iter().take_while(|(at, _)| *at < range.end);
    levels.extend(changes.map(|(at, level)| Level { at: *at, level: *level }));
    levels
}

/// The highest level, where it was first reached.
fn highest(levels: &[Level]) -> Option<Level> {
    levels.iter().copied().reduce(|best, level| if level.level > best.level { level } else { best })
}

/// The highest level of the whole history.
pub(super) fn peak(history: &History) -> Option<Level> {
    let levels: Vec<Level> = history.levels().into_iter().map(|(at, level)| Level { at, level }).collect();
    highest(&levels)
}

/// How the page of the licence differs from what the API says of the same time.
pub(super) fn page_differs(page: &str, peak: &Peak, tokens: u32) -> Vec<String> {
    let Some((_, sentence)) = page.split_once("At the peak, ") else {
        return vec!["the page names no peak".to_owned()];
    };
    let sentence = sentence.split_once("</p>").map_or(sentence, |(sentence, _)| sentence);
    let mut faults = Vec::new();
    let level = format!(", {} of {tokens} tokens were held by ", peak.level);
    if !sentence.contains(&level) {
        faults.push(format!("the page does not say “{level}…”: {sentence}"));
    }
    let links = sentence.split("/licences/people/").skip(1);
    let links = links.filter_map(|link| link.split_once('?')).filter_map(|(id, _)| id.parse().ok());
    let linked: Vec<PersonId> = links.collect();
    let said: Vec<PersonId> = peak.holders.iter().map(|holder| holder.id).collect();
    if linked != said {
        faults.push(format!("the page names {linked:?} at the peak, and the API {said:?}"));
    }
    faults
}

fn by_person<T>(all: &[T], person: impl Fn(&T) -> PersonId) -> BTreeMap<PersonId, Vec<&T>> {
    let mut sorted: BTreeMap<PersonId, Vec<&T>> = BTreeMap::new();
    for one in all {
        sorted.entry(person(one)).or_default().push(one);
    }
    sorted
}

fn of<'a, T>(sorted: &'a BTreeMap<PersonId, Vec<&'a T>>, person: &PersonId) -> impl Iterator<Item = &'a T> {
    sorted.get(person).into_iter().flatten().copied()
}

#[cfg(test)]
mod tests {
    use domain::licence::{Grant, PoolEvent};
    use serde_json::json;

    use super::*;
    use crate::crowd::forged::{acquired, fell_silent, left, person, queued, released, when};

    fn history(facts: &[PoolEvent]) -> History {
        History::replay(facts, 2).0
    }

    /// One person held a token from the beginning to the tenth second and waited from the twentieth to the thirtieth.
    fn one(end: PoolEvent, leave: WaitEnd) -> History {
        history(&[acquired(1, 1, 1, 0, Grant::Fresh), end, queued(1, 1, 20), left(1, 30, leave)])
    }

    fn diary(from: i64, until: i64, told: Told) -> Diaries {
        Diaries::from([(person(1), vec![Remark { from: when(from), until: when(until), told }])])
    }

    #[test]
    fn who_was_told_of_a_token_or_a_place_had_it() {
        let history = one(released(1, 1, 10), WaitEnd::Left);
        for (from, until, what) in [(4, 5, Told::Worked), (9, 11, Told::Worked), (29, 31, Told::Waits)] {
            assert_eq!(told(&history, &diary(from, until, what)), Vec::<String>::new());
        }
        for (from, until, what) in [(11, 12, Told::Worked), (31, 32, Told::Waits), (4, 5, Told::Waits)] {
            assert_eq!(told(&history, &diary(from, until, what)).len(), 1, "{what:?}");
        }
    }

    #[test]
    fn whatever_is_counted_twice_is_found() {
        let sound =
            [acquired(1, 1, 1, 0, Grant::Fresh), released(1, 1, 5), acquired(2, 1, 2, 5, Grant::Fresh)];
        assert_eq!(counted(&history(&sound), 1), Vec::<String>::new());
        let token = [acquired(1, 1, 1, 0, Grant::Fresh), acquired(2, 1, 2, 4, Grant::Fresh)];
        assert_eq!(counted(&history(&token), 2).len(), 1, "a token of two people");
        let person = [acquired(1, 1, 1, 0, Grant::Fresh), acquired(1, 2, 2, 4, Grant::Fresh)];
        assert_eq!(counted(&history(&person), 2).len(), 1, "a person with two tokens");
        let many = [acquired(1, 1, 1, 0, Grant::Fresh), acquired(2, 2, 2, 4, Grant::Fresh)];
        assert_eq!(counted(&history(&many), 1).len(), 1, "one too many");
    }

    #[test]
    fn who_gave_a_sign_of_life_lost_nothing_by_silence() {
        let silence = SignedDuration::from_secs(5);
        let history = one(fell_silent(1, 1, 10), WaitEnd::Silent);
        for from in [2, 5, 22, 25] {
            assert_eq!(alive(&history, &diary(from, from + 1, Told::Seen), silence), Vec::<String>::new());
        }
        for from in [6, 26] {
            assert_eq!(alive(&history, &diary(from, from + 1, Told::Seen), silence).len(), 1, "{from}");
        }
        let left = one(released(1, 1, 10), WaitEnd::Left);
        assert_eq!(alive(&left, &diary(6, 7, Told::Seen), silence), Vec::<String>::new());
    }

    /// Two people hold, then one, then two again.
    fn used() -> History {
        history(&[
            acquired(1, 1, 1, 0, Grant::Fresh),
            acquired(2, 2, 2, 4, Grant::Fresh),
            released(1, 1, 10),
            acquired(3, 1, 3, 20, Grant::Fresh),
        ])
    }

    fn names() -> BTreeMap<PersonId, String> {
        [1, 2, 3].map(|number| (person(number), format!("Person {number}"))).into()
    }

    /// What a sound desk says of the seconds from 5 to 30.
    fn said() -> Usage {
        let level = |second, level| Level { at: when(second), level };
        let holders = [1, 2].map(|number| Named { id: person(number), name: format!("Person {number}") });
        Usage {
            levels: vec![level(5, 2), level(10, 1), level(20, 2)],
            peak: Some(Peak { level: 2, at: when(5), holders: holders.into() }),
        }
    }

    fn differs(usage: &Usage) -> usize {
        usage.differs(&used(), &(when(5)..when(30)), &names()).len()
    }

    #[test]
    fn a_use_that_agrees_is_sound() {
        assert_eq!(differs(&said()), 0);
        assert_eq!(peak(&used()), Some(Level { at: when(4), level: 2 }));
    }

    #[test]
    fn every_difference_of_the_use_is_found() {
        let mut levels = said();
        levels.levels.pop();
        assert_eq!(differs(&levels), 1);
        assert_eq!(differs(&Usage { peak: None, ..said() }), 1);
        let with = |change: fn(&mut Peak)| {
            let mut usage = said();
            change(usage.peak.as_mut().expect("it has one"));
            differs(&usage)
        };
        assert_eq!(with(|peak| peak.holders[1].name = "Somebody".to_owned()), 1);
        assert_eq!(with(|peak| peak.holders[1] = peak.holders[0].clone()), 1, "one of them twice");
        assert_eq!(with(|peak| drop(peak.holders.pop())), 2, "one of them missing");
        assert_eq!(with(|peak| peak.at = when(20)), 2, "a later one of the same height");
        assert_eq!(with(|peak| peak.level = 3), 2);
    }

    #[test]
    fn a_use_is_read_as_the_api_writes_it() {
        let holder = json!({ "id": person(1), "name": "Person 1" });
        let answer = json!({
            "quantity": 2,
            "levels": [{ "at": when(5), "level": 2 }],
            "capacity": [],
            "peak": { "level": 2, "at": when(5), "holders": [holder] },
        });
        let usage = Usage::read(answer).unwrap();
        assert_eq!(usage.levels, [Level { at: when(5), level: 2 }]);
        assert_eq!(usage.peak.unwrap().holders[0].id, person(1));
        assert!(Usage::read(json!({ "levels": 3 })).is_err());
    }

    #[test]
    fn a_page_that_says_something_else_is_found() {
        let peak = said().peak.unwrap();
        let link = |number| format!("<a href=\"/licences/people/{}?at=x\">Person</a>", person(number));
        let page = |level: u32, links: &[String]| {
            let links = links.join(", ");
            format!(
                "<p>At the peak, <time>10:00</time>, {level} of 2 tokens were held by {links}.</p> {}",
                link(9)
            )
        };
        assert_eq!(page_differs(&page(2, &[link(1), link(2)]), &peak, 2), Vec::<String>::new());
        assert_eq!(page_differs(&page(1, &[link(1), link(2)]), &peak, 2).len(), 1);
        assert_eq!(page_differs(&page(2, &[link(1)]), &peak, 2).len(), 1);
        assert_eq!(page_differs("<p>No token was held in these hours.</p>", &peak, 2).len(), 1);
    }
}
