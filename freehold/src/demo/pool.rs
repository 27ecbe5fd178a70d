//! Ninety days of the concurrent pool: who held a token when, and who was refused because all were held.

use std::{cmp::Reverse, collections::BinaryHeap};

use domain::import::{PoolDenial, PoolDenialReason, PoolSession, PoolUse};
use jiff::{SignedDuration, Timestamp, civil::time};
use rand::{RngExt, rngs::StdRng};

use super::{Size, TOKENS, calendar::Calendar, people::Crowd};

/// How often somebody who was refused tries again before turning to something else.
const PATIENCE: u8 = 3;

/// Everybody who shares tokens comes and goes through their shift; a token is taken if one is free at that moment.
pub(super) fn history(
    crowd: &Crowd,
    size: Size,
    calendar: &Calendar,
    now: Timestamp,
    random: &mut StdRng,
) -> PoolUse {
    let sharing: Vec<_> =
        crowd.agents.iter().filter(|agent| agent.concurrent).map(|agent| &agent.key).collect();
    let mut wanted = BinaryHeap::new();
    for day in calendar.working_days(size.days, now, time(7, 30, 0, 0)) {
        for person in 0..sharing.len() {
            if random.random_bool(0.92) {
                let from = day + SignedDuration::from_secs(random.random_range(0..7_200));
                wanted.push(Reverse((from, person, PATIENCE, from + SignedDuration::from_mins(510))));
            }
        }
    }

    let mut pool_use = PoolUse::default();
    let mut held: Vec<Timestamp> = Vec::new();
    while let Some(Reverse((at, person, patience, shift_end))) = wanted.pop() {
        if at >= shift_end || at >= now {
            continue;
        }
        held.retain(|end| *end > at);
        if held.len() < TOKENS {
            let hold = SignedDuration::from_secs(480 + spread(random, 3_000));
            let to = (at + hold).min(shift_end).min(now);
            held.push(to);
            pool_use.sessions.push(PoolSession { person: sharing[person].clone(), from: at, to });
            let pause = SignedDuration::from_secs(420 + spread(random, 2_600));
            wanted.push(Reverse((to + pause, person, PATIENCE, shift_end)));
        } else {
            let reason = PoolDenialReason::PoolFull;
            pool_use.denials.push(PoolDenial { person: sharing[person].clone(), at, reason });
            let (minutes, patience) =
                if patience > 1 { (random.random_range(3..9), patience - 1) } else { (75, PATIENCE) };
            wanted.push(Reverse((at + SignedDuration::from_mins(minutes), person, patience, shift_end)));
        }
    }
    pool_use
}

/// Seconds around `mean`, mostly fewer, sometimes many more: the exponential distribution, cut at five times its mean.
fn spread(random: &mut StdRng, mean: i64) -> i64 {
    let thousandths = (-random.random_range(0.007_f64..1.0).ln() * 1_000.0).round();
    #[expect(clippy::cast_possible_truncation, reason = "between 0 and 5,000")]
    let thousandths = thousandths as i64;
    mean * thousandths / 1_000
}
