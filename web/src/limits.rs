//! How often somebody may ask: a leaky bucket for each caller, and one for each place that nobody good asks from.

use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use domain::{PersonId, TokenId};
use governor::{DefaultKeyedRateLimiter, Quota, clock::Clock as _};

use crate::problem::{Kind, Problem};

/// So many requests a second, and so many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests a second, for long.
    pub per_second: NonZeroU32,
    /// Requests at once, after a rest.
    pub burst: NonZeroU32,
}

impl Rate {
    /// A rate; 0 counts as 1.
    pub fn new(per_second: u32, burst: u32) -> Self {
        let least = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        Self { per_second: least(per_second), burst: least(burst) }
    }

    fn quota(self) -> Quota {
        Quota::per_second(self.per_second).allow_burst(self.burst)
    }
}

/// The limits; `None` is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimits {
    /// Of a person in a browser, and of each API token.
    pub caller: Option<Rate>,
    /// Of requests without good credentials, from one address (an IPv6 customer has a /64).
    pub place: Option<Rate>,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { caller: Some(Rate::new(100, 400)), place: Some(Rate::new(5, 60)) }
    }
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Caller {
    Person(PersonId),
    Token(TokenId),
}

/// From where somebody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    Unknown,
    V4(u32),
    V6([u16; 4]),
}

impl From<Option<IpAddr>> for Place {
    fn from(address: Option<IpAddr>) -> Self {
        match address.map(|address| address.to_canonical()) {
            None => Self::Unknown,
            Some(IpAddr::V4(address)) => Self::V4(address.to_bits()),
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                Self::V6([a, b, c, d])
            }
        }
    }
}

/// The buckets.
pub(crate) struct Limits {
    callers: Option<DefaultKeyedRateLimiter<Caller>>,
    places: Option<DefaultKeyedRateLimiter<Place>>,
    asked: AtomicU32,
}

/// After so many requests, buckets that are full again are forgotten.
const TIDY_EVERY: u32 = 1 << 14;

impl Limits {
    pub(crate) fn new(limits: RateLimits) -> Self {
        Self {
            callers: limits.caller.map(|rate| DefaultKeyedRateLimiter::keyed(rate.quota())),
            places: limits.place.map(|rate| DefaultKeyedRateLimiter::keyed(rate.quota())),
            asked: AtomicU32::new(1),
        }
    }

    /// Counts a request of somebody whose credentials are good.
    pub(crate) fn caller(&self, caller: Caller) -> Result<(), Problem> {
        self.tidy();
        take(self.callers.as_ref(), &caller)
    }

    /// Counts a request of nobody, or with credentials that are not good.
    pub(crate) fn place(&self, address: Option<IpAddr>) -> Result<(), Problem> {
        self.tidy();
        take(self.places.as_ref(), &Place::from(address))
    }

    fn tidy(&self) {
        if self.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(TIDY_EVERY) {
            self.callers.iter().for_each(DefaultKeyedRateLimiter::retain_recent);
            self.places.iter().for_each(DefaultKeyedRateLimiter::retain_recent);
        }
    }
}

fn take<K: std::hash::Hash + Eq + Clone>(
    limiter: Option<&DefaultKeyedRateLimiter<K>>,
    key: &K,
) -> Result<(), Problem> {
    let Some(limiter) = limiter else { return Ok(()) };
    limiter.check_key(key).map_err(|refused| {
        let wait = refused.wait_time_from(governor::clock::DefaultClock::default().now());
        let seconds = wait.saturating_add(Duration::from_millis(999)).as_secs().max(1);
        let detail = format!("You ask more often than this desk allows; try again in {seconds} s.");
        Problem::new(Kind::TooManyRequests, detail).after(seconds)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_too_often_is_told_when_to_come_back_and_others_are_not_held_up() {
        let limits = Limits::new(RateLimits { caller: None, place: Some(Rate::new(1, 2)) });
        let (here, there) = ("203.0.113.7".parse().ok(), "203.0.113.8".parse().ok());
        assert!(limits.place(here).is_ok());
        assert!(limits.place(here).is_ok());
        let refused = limits.place(here).unwrap_err();
        assert_eq!(refused.kind, Kind::TooManyRequests);
        assert!(refused.retry_after.is_some_and(|seconds| seconds >= 1));
        assert!(limits.place(there).is_ok());
    }

    #[test]
    fn one_customer_of_an_ipv6_network_is_one_place() {
        let limits = Limits::new(RateLimits { caller: None, place: Some(Rate::new(1, 1)) });
        assert!(limits.place("2001:db8:1:2::1".parse().ok()).is_ok());
        assert!(limits.place("2001:db8:1:2:ffff::9".parse().ok()).is_err());
        assert!(limits.place("2001:db8:1:3::1".parse().ok()).is_ok());
    }
}
