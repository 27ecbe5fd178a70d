//! Five thousand tickets and how each went: asked, answered, handed over, solved, and sometimes not for good.

mod life;
mod wording;

use std::collections::HashMap;

use domain::import::{ImportedTicket, PersonKey, PoolUse};
use jiff::{SignedDuration, Timestamp};
use rand::{RngExt, rngs::StdRng, seq::IndexedRandom};

use super::{
    Size,
    calendar::Calendar,
    people::{Crowd, GERMAN_SITE, GROUPS},
    problems::{Problem, problems},
};
use wording::Slots;

/// Moments at which one cause makes many people write: a place in the ninety days, in percent, and how many write.
const WAVES: [(&str, usize, usize); 5] = [
    ("Outage", 12, 14),
    ("CareRecord down", 31, 18),
    ("Phishing", 48, 16),
    ("Lab results", 66, 11),
    ("Slow", 88, 12),
];

/// Of a thousand tickets, how many are written twice by the same person.
const TWICE: u32 = 20;

/// A ticket before anything happens to it.
struct Plan {
    at: Timestamp,
    problem: usize,
    requester: usize,
    slots: Slots,
    /// The cause shared with other tickets, of which the first goes on and the others are merged into it.
    cause: Option<usize>,
}

/// What every ticket's life is played on.
struct Stage<'a> {
    crowd: &'a Crowd,
    calendar: &'a Calendar,
    problems: Vec<Problem>,
    /// For those who share tokens, when they held one.
    holds: HashMap<&'a PersonKey, Vec<(Timestamp, Timestamp)>>,
    now: Timestamp,
}

impl Stage<'_> {
    /// When this technician can next act, from `at` on; whoever shares tokens acts only while holding one.
    fn next_act(&self, agent: usize, at: Timestamp) -> Option<Timestamp> {
        let agent = &self.crowd.agents[agent];
        if !agent.concurrent {
            return Some(at);
        }
        let holds = self.holds.get(&agent.key)?;
        let (from, _) = holds.get(holds.partition_point(|(_, to)| *to <= at))?;
        Some(at.max(*from))
    }

    /// Somebody of the group who can act at `at`.
    fn somebody(&self, group: usize, at: Timestamp, random: &mut StdRng) -> usize {
        let able: Vec<_> = (0..self.crowd.agents.len())
            .filter(|agent| self.crowd.agents[*agent].group == group && self.next_act(*agent, at) == Some(at))
            .collect();
        able.choose(random).copied().unwrap_or_default()
    }
}

pub(super) fn history(
    crowd: &Crowd,
    pool_use: &PoolUse,
    size: Size,
    calendar: &Calendar,
    now: Timestamp,
    random: &mut StdRng,
) -> Vec<ImportedTicket> {
    let mut holds: HashMap<_, Vec<_>> = HashMap::new();
    for session in &pool_use.sessions {
        holds.entry(&session.person).or_default().push((session.from, session.to));
    }
    let stage = Stage { crowd, calendar, problems: problems(), holds, now };
    let mut first_of_cause: HashMap<usize, String> = HashMap::new();
    let mut tickets = Vec::with_capacity(size.tickets);
    for (place, plan) in plans(&stage, size, random).into_iter().enumerate() {
        let number = format!("{:05}", place + 1);
        let original = plan.cause.and_then(|cause| first_of_cause.get(&cause).cloned());
        if let (Some(cause), None) = (plan.cause, &original) {
            first_of_cause.insert(cause, number.clone());
        }
        tickets.push(life::live(&stage, plan, number, original, random));
    }
    tickets
}

/// What will be reported, by whom and when, in order of time.
fn plans(stage: &Stage<'_>, size: Size, random: &mut StdRng) -> Vec<Plan> {
    let mut plans = Vec::with_capacity(size.tickets);
    let mut causes = 0;
    let in_waves: usize = WAVES.iter().map(|(_, _, count)| count).sum();
    let arrivals =
        stage.calendar.arrivals(size.days, stage.now, size.tickets.saturating_sub(in_waves), random);
    for (name, percent, count) in WAVES {
        let Some(problem) = stage.problems.iter().position(|problem| problem.subcategory == name) else {
            continue;
        };
        let begin = arrivals[arrivals.len() * percent / 100];
        let site = stage.requester_at(None, random);
        let site = stage.crowd.people[site].location.clone().unwrap_or_default();
        for _ in 0..count {
            let at = (begin + SignedDuration::from_secs(random.random_range(0..2_400))).min(stage.now);
            let requester = stage.requester_at(Some(&site), random);
            let slots = stage.slots(requester, at, random);
            plans.push(Plan { at, problem, requester, slots, cause: Some(causes) });
        }
        causes += 1;
    }
    let weights: Vec<u32> = stage
        .problems
        .iter()
        .scan(0, |total, problem| {
            *total += problem.weight;
            Some(*total)
        })
        .collect();
    let total = weights.last().copied().unwrap_or(1);
    for at in arrivals {
        if plans.len() == size.tickets {
            break;
        }
        let place = random.random_range(0..total);
        let problem = weights.partition_point(|up_to| *up_to <= place);
        let site = stage.problems[problem].german.then_some(GERMAN_SITE);
        let requester = stage.requester_at(site, random);
        let slots = stage.slots(requester, at, random);
        let twice = random.random_range(0..1_000) < TWICE && plans.len() + 1 < size.tickets;
        let cause = twice.then_some(causes);
        if twice {
            let again = (at + SignedDuration::from_secs(random.random_range(600..7_200))).min(stage.now);
            plans.push(Plan { at: again, problem, requester, slots: slots.clone(), cause });
            causes += 1;
        }
        plans.push(Plan { at, problem, requester, slots, cause });
    }
    plans.sort_by_key(|plan| plan.at);
    plans
}

impl Stage<'_> {
    /// Somebody who is no technician, at this site if one is named and somebody is there.
    fn requester_at(&self, site: Option<&str>, random: &mut StdRng) -> usize {
        self.somebody_else(site, None, random)
    }

    fn somebody_else(&self, site: Option<&str>, not: Option<usize>, random: &mut StdRng) -> usize {
        let everybody = self.crowd.agents.len()..self.crowd.people.len();
        let near = everybody
            .clone()
            .filter(|person| Some(*person) != not && self.crowd.people[*person].location.as_deref() == site);
        let near: Vec<_> = if site.is_some() { near.collect() } else { Vec::new() };
        near.choose(random).copied().unwrap_or_else(|| random.random_range(everybody))
    }

    fn slots(&self, requester: usize, at: Timestamp, random: &mut StdRng) -> Slots {
        let people = &self.crowd.people;
        let site = people[requester].location.clone();
        let colleague = self.somebody_else(site.as_deref(), Some(requester), random);
        Slots::new(&people[requester], &people[colleague], self.calendar.clock(at, random), random)
    }
}

/// The place of the group with this name.
fn group_named(name: &str) -> usize {
    GROUPS.iter().position(|group| group.name == name).unwrap_or_default()
}
