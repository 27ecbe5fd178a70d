//! Use of a licence over time, computed from what was recorded.

mod close;
mod facts;

pub(crate) use facts::concurrency_between;

use std::{collections::HashMap, ops::Range};

use domain::{
    GroupId, LeaseId, LicenceId, PersonId, Timestamp,
    identity::Capability,
    licence::{
        Cause, LeaseEnd,
        usage::{CapacityChange, HeldTime, Levels, Resolution, Slice, Tally, by_group},
    },
};
use jiff::{SignedDuration, tz::TimeZone};
use serde::Serialize;
use store::{ReadTx, licence, person};

use self::facts::Facts;
use super::{
    names::{Names, PersonName},
    view::zone_of,
};
use crate::{Look, Query, Refused, Result};

/// How many tokens of a concurrent licence were held over a range of time, exactly.
#[derive(Debug, Clone, Copy)]
pub struct LicenceUsage {
    /// Which licence.
    pub licence: LicenceId,
    /// The first moment.
    pub from: Timestamp,
    /// The first moment after.
    pub until: Timestamp,
    /// How finely; as finely as the length of the range lets one, if `None`.
    pub resolution: Option<Resolution>,
}

/// The longest range that is told change by change.
const LONGEST_EXACT: SignedDuration = SignedDuration::from_hours(31 * 24);

/// The answer to [`LicenceUsage`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UsageView {
    /// How many tokens there are now.
    pub quantity: u32,
    /// How finely the levels are told.
    pub resolution: Resolution,
    /// The level from each of its changes on. The first is the level at the beginning of the range. Empty unless the
    /// resolution is exact.
    pub levels: Vec<LevelStep>,
    /// The levels of each stretch of the range. Empty if the resolution is exact.
    pub buckets: Vec<LevelBucket>,
    /// Changes of the number of tokens inside the range.
    pub capacity: Vec<CapacityChange>,
    /// The highest level.
    pub peak: Option<UsagePeak>,
    /// The lowest level that was not exceeded for 95 % of the time.
    pub level_95: Option<u32>,
    /// How long each level lasted.
    pub histogram: Vec<LevelTime>,
    /// All holds together.
    pub held_seconds: i64,
    /// How much of that was work: from each licensed act until the pool calls its holder idle.
    pub active_seconds: i64,
    /// How much of it tokens were kept for those who had given them back.
    pub lingering_seconds: i64,
    /// For how long more tokens were held than there were.
    pub overdraft_seconds: i64,
    /// How many people held a token.
    pub people: usize,
    /// Those who held the longest, at most 200, longest first.
    pub by_person: Vec<PersonUse>,
    /// The same by group, longest first. Who belongs to several counts in each, and groups are as they are now.
    pub by_group: Vec<GroupUse>,
    /// The hours of the week by the reader's clock, Monday's first.
    pub by_hour_of_week: Vec<HourUse>,
}

/// The number of tokens held from a moment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LevelStep {
    /// From when.
    pub at: Timestamp,
    /// How many.
    pub level: u32,
}

/// The levels of a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LevelBucket {
    /// From when.
    pub at: Timestamp,
    /// How long.
    pub seconds: i64,
    /// The lowest level.
    pub low: u32,
    /// The highest level.
    pub peak: u32,
    /// When that was first reached.
    pub peak_at: Timestamp,
    /// All holds in it together.
    pub held_seconds: i64,
}

/// How long a level lasted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LevelTime {
    /// The level.
    pub level: u32,
    /// How long.
    pub seconds: i64,
}

/// How long somebody held tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonUse {
    /// Who.
    pub person: PersonName,
    /// All their holds together.
    pub held_seconds: i64,
    /// How much of that was work.
    pub active_seconds: i64,
    /// How much of it was kept for them after they had given the token back.
    pub lingering_seconds: i64,
}

/// How long the members of a group held tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupUse {
    /// Which group.
    pub group: GroupId,
    /// Its name.
    pub name: String,
    /// How many of its members held a token.
    pub people: usize,
    /// All their holds together.
    pub held_seconds: i64,
    /// How much of that was work.
    pub active_seconds: i64,
    /// How much of it was kept for them after they had given the token back.
    pub lingering_seconds: i64,
}

/// The use of an hour of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct HourUse {
    /// The day, 1 for Monday to 7 for Sunday.
    pub day: u32,
    /// The hour, 0 to 23.
    pub hour: u32,
    /// How much time of the range fell into it.
    pub seconds: i64,
    /// All holds in it together.
    pub held_seconds: i64,
    /// The highest level.
    pub peak: u32,
}

/// The highest level of a range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UsagePeak {
    /// How many tokens were held.
    pub level: u32,
    /// When that was first so.
    pub at: Timestamp,
    /// By whom.
    pub holders: Vec<PersonName>,
}

impl LicenceUsage {
    /// The longest range that is computed at once.
    const LONGEST: SignedDuration = SignedDuration::from_hours(400 * 24);

    /// How many people are told of.
    const PEOPLE: usize = 200;

    fn resolution(&self) -> Result<Resolution> {
        let lasts = self.from.duration_until(self.until);
        if self.until <= self.from || lasts > Self::LONGEST {
            return Err(Refused::field("until", "choose an end after the beginning, at most 400 days later"));
        }
        match self.resolution {
            None if lasts <= LONGEST_EXACT => Ok(Resolution::Exact),
            None => Ok(Resolution::Day),
            Some(Resolution::Exact) if lasts > LONGEST_EXACT => Err(Refused::field(
                "resolution",
                "every change is told of at most 31 days; choose day or hour",
            )),
            Some(resolution) => Ok(resolution),
        }
    }
}

impl Query for LicenceUsage {
    type Answer = UsageView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<UsageView> {
        look.require(Capability::LicenceRead, "licence")?;
        let licence = licence::by_id(look.tx, self.licence)?.ok_or(Refused::NotFound("licence"))?;
        let resolution = self.resolution()?;
        let zone = zone_of(look)?;
        let range = self.from..self.until;
        let facts = Facts::of(look.tx, &licence, look.ctx.now)?;
        let tally = facts.tally(look.tx, &range)?;
        let levels = match resolution {
            Resolution::Exact => steps(&facts.levels(look.tx, &range)?, &range),
            _ => Vec::new(),
        };
        let buckets = resolution.width().map(|width| tally.buckets(width, &zone)).unwrap_or_default();
        let capacity = facts.capacity(look.tx, self.from)?.changes;
        let peak = match tally.peak() {
            Some((level, at)) => Some(peak(look.tx, &facts, level, at)?),
            None => None,
        };
        let total = tally.total();
        Ok(UsageView {
            quantity: licence.quantity,
            resolution,
            levels,
            buckets: buckets.iter().map(LevelBucket::from).collect(),
            capacity: capacity.into_iter().filter(|change| change.at < self.until).collect(),
            peak,
            level_95: tally.level_kept_for(95),
            histogram: histogram(&tally),
            held_seconds: total.held.as_secs(),
            active_seconds: total.active.as_secs(),
            lingering_seconds: total.lingering.as_secs(),
            overdraft_seconds: tally.overdraft.as_secs(),
            people: tally.people.len(),
            by_person: by_person(look.tx, &tally)?,
            by_group: groups(look.tx, &tally)?,
            by_hour_of_week: by_hour_of_week(&tally, &zone),
        })
    }
}

/// Every change of the level in a range, after the level at its beginning.
fn steps(levels: &Levels, range: &Range<Timestamp>) -> Vec<LevelStep> {
    levels.within(range).map(|(stretch, level)| LevelStep { at: stretch.start, level }).collect()
}

/// The holders of one moment, found by it.
fn peak(tx: &mut ReadTx<'_>, facts: &Facts<'_>, level: u32, at: Timestamp) -> Result<UsagePeak> {
    let moment = at..moment_after(at);
    let held = facts.tenures(tx, &moment)?.into_iter();
    let mut holders: Vec<PersonId> = held
        .filter(|tenure| tenure.until.is_none_or(|until| at < until))
        .map(|tenure| tenure.person)
        .collect();
    holders.sort_unstable();
    let names = Names::of(tx, holders.iter().copied())?;
    Ok(UsagePeak { level, at, holders: names.all(&holders) })
}

fn moment_after(at: Timestamp) -> Timestamp {
    at.checked_add(SignedDuration::from_micros(1)).unwrap_or(Timestamp::MAX)
}

fn histogram(tally: &Tally) -> Vec<LevelTime> {
    let times = tally.time_at_level.iter();
    times.map(|(level, time)| LevelTime { level: *level, seconds: time.as_secs() }).collect()
}

fn by_person(tx: &mut ReadTx<'_>, tally: &Tally) -> Result<Vec<PersonUse>> {
    let mut people: Vec<(PersonId, HeldTime)> =
        tally.people.iter().map(|(person, time)| (*person, *time)).collect();
    people.sort_by_key(|(person, time)| (std::cmp::Reverse(time.held), *person));
    people.truncate(LicenceUsage::PEOPLE);
    let names = Names::of(tx, people.iter().map(|(person, _)| *person))?;
    let told = people.into_iter().map(|(person, time)| PersonUse {
        person: names.name(person),
        held_seconds: time.held.as_secs(),
        active_seconds: time.active.as_secs(),
        lingering_seconds: time.lingering.as_secs(),
    });
    Ok(told.collect())
}

fn groups(tx: &mut ReadTx<'_>, tally: &Tally) -> Result<Vec<GroupUse>> {
    let mut groups_of: HashMap<PersonId, Vec<GroupId>> = HashMap::new();
    let mut people: HashMap<GroupId, usize> = HashMap::new();
    for (person, group) in person::memberships(tx)? {
        if tally.people.contains_key(&person) {
            groups_of.entry(person).or_default().push(group);
            *people.entry(group).or_default() += 1;
        }
    }
    let of = |person: PersonId| groups_of.get(&person).cloned().unwrap_or_default();
    let times = by_group(tally.people.iter(), of);
    let mut told: Vec<_> = person::teams(tx)?
        .into_iter()
        .filter_map(|team| {
            let time = times.get(&team.id)?;
            Some(GroupUse {
                group: team.id,
                name: team.name,
                people: people.get(&team.id).copied().unwrap_or_default(),
                held_seconds: time.held.as_secs(),
                active_seconds: time.active.as_secs(),
                lingering_seconds: time.lingering.as_secs(),
            })
        })
        .collect();
    told.sort_by_key(|group| std::cmp::Reverse(group.held_seconds));
    Ok(told)
}

fn by_hour_of_week(tally: &Tally, zone: &TimeZone) -> Vec<HourUse> {
    let hours = tally.by_hour_of_week(zone).into_iter();
    let places = (1..=7).flat_map(|day| (0..24).map(move |hour| (day, hour)));
    let told = places.zip(hours).map(|((day, hour), use_of)| HourUse {
        day,
        hour,
        seconds: use_of.lasted.as_secs(),
        held_seconds: use_of.held.as_secs(),
        peak: use_of.peak,
    });
    told.collect()
}

impl From<&Slice> for LevelBucket {
    fn from(slice: &Slice) -> Self {
        Self {
            at: slice.at,
            seconds: slice.lasted.as_secs(),
            low: slice.low,
            peak: slice.peak,
            peak_at: slice.peak_at,
            held_seconds: slice.held.as_secs(),
        }
    }
}

/// Who held tokens of a licence at one moment, and by which act.
#[derive(Debug, Clone, Copy)]
pub struct HoldersAt {
    /// Of which licence.
    pub licence: LicenceId,
    /// When.
    pub at: Timestamp,
}

/// A token that was held at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldAt {
    /// Its number.
    pub token: u32,
    /// By whom.
    pub person: PersonName,
    /// By which lease.
    pub lease: LeaseId,
    /// Since when.
    pub since: Timestamp,
    /// Taken by which act.
    pub taken_by: Cause,
    /// When and how it ended later, if it has.
    pub ended: Option<(Timestamp, LeaseEnd)>,
}

impl Query for HoldersAt {
    type Answer = Vec<HeldAt>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Vec<HeldAt>> {
        look.require(Capability::LicenceRead, "licence")?;
        let licence = licence::by_id(look.tx, self.licence)?.ok_or(Refused::NotFound("licence"))?;
        let facts = Facts::of(look.tx, &licence, look.ctx.now)?;
        let mut leases = licence::leases_between(look.tx, licence.id, self.at, moment_after(self.at))?;
        leases.retain(|lease| facts.end_of(lease).is_none_or(|end| self.at < end));
        leases.sort_by_key(|lease| lease.token);
        let names = Names::of(look.tx, leases.iter().map(|lease| lease.person))?;
        let held = leases.into_iter().map(|lease| HeldAt {
            token: lease.token,
            person: names.name(lease.person),
            lease: lease.id,
            since: lease.acquired_at,
            taken_by: lease.acquired_by,
            ended: lease.ended,
        });
        Ok(held.collect())
    }
}
