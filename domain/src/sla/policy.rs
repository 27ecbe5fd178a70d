//! What a desk promises: for each priority, how soon it answers and how soon it solves, in which calendar's time.

use std::num::NonZeroU32;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::{CalendarId, identity::named, ticket::Priority};

named! {
    /// What is promised.
    TargetKind {
        /// An agent answers.
        Response = "response",
        /// The ticket is resolved.
        Resolution = "resolution",
    }
}

/// A promise for each priority. Every priority has one; there is no way to leave one out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Promises", into = "Promises")]
pub struct Policy(Promises);

/// A policy before it is checked: what an administrator edits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promises {
    /// Its name, for example `Standard`.
    pub name: String,
    /// For critical tickets.
    pub p1: Promise,
    /// For high ones.
    pub p2: Promise,
    /// For moderate ones.
    pub p3: Promise,
    /// For low ones.
    pub p4: Promise,
    /// For planning.
    pub p5: Promise,
}

/// What is promised for one priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// Minutes until an agent answers; absent: nothing is promised.
    #[serde(default)]
    pub response_minutes: Option<NonZeroU32>,
    /// Minutes until the ticket is resolved; absent: nothing is promised.
    #[serde(default)]
    pub resolution_minutes: Option<NonZeroU32>,
    /// Whose minutes are counted.
    pub calendar: CalendarId,
}

/// Why a policy cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPolicy {
    /// No name.
    #[error("the service-level policy needs a name")]
    Unnamed,
    /// Solving is promised before answering.
    #[error(
        "{0} promises to solve sooner than to answer; make the resolution time at least the response time"
    )]
    SolvedBeforeAnswered(Priority),
}

impl Promise {
    /// How much time is promised, in the calendar's time.
    pub fn target(&self, kind: TargetKind) -> Option<SignedDuration> {
        let minutes = match kind {
            TargetKind::Response => self.response_minutes,
            TargetKind::Resolution => self.resolution_minutes,
        };
        minutes.map(|minutes| SignedDuration::from_mins(minutes.get().into()))
    }
}

impl Policy {
    /// Checks a definition.
    pub fn new(promises: Promises) -> Result<Self, InvalidPolicy> {
        if promises.name.trim().is_empty() {
            return Err(InvalidPolicy::Unnamed);
        }
        let policy = Self(promises);
        for priority in Priority::ALL {
            let promise = policy.promise(*priority);
            if let (Some(response), Some(resolution)) = (promise.response_minutes, promise.resolution_minutes)
                && resolution < response
            {
                return Err(InvalidPolicy::SolvedBeforeAnswered(*priority));
            }
        }
        Ok(policy)
    }

    /// A good start: critical tickets around the clock, the others in business hours.
    ///
    /// | priority | answer | solve | counted |
    /// |--|--|--|--|
    /// | 1 · critical | 15 min | 4 h | always |
    /// | 2 · high | 1 h | 8 h | business hours |
    /// | 3 · moderate | 4 h | 24 h | business hours |
    /// | 4 · low | 8 h | 40 h | business hours |
    /// | 5 · planning | 16 h | 80 h | business hours |
    pub fn standard(always: CalendarId, business_hours: CalendarId) -> Self {
        let promise = |response: u32, resolution: u32, calendar| Promise {
            response_minutes: NonZeroU32::new(response),
            resolution_minutes: NonZeroU32::new(resolution),
            calendar,
        };
        Self(Promises {
            name: "Standard".to_owned(),
            p1: promise(15, 4 * 60, always),
            p2: promise(60, 8 * 60, business_hours),
            p3: promise(4 * 60, 24 * 60, business_hours),
            p4: promise(8 * 60, 40 * 60, business_hours),
            p5: promise(16 * 60, 80 * 60, business_hours),
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// What an administrator edits.
    pub const fn promises(&self) -> &Promises {
        &self.0
    }

    /// What is promised for a priority.
    pub const fn promise(&self, priority: Priority) -> &Promise {
        match priority {
            Priority::P1 => &self.0.p1,
            Priority::P2 => &self.0.p2,
            Priority::P3 => &self.0.p3,
            Priority::P4 => &self.0.p4,
            Priority::P5 => &self.0.p5,
        }
    }
}

impl TryFrom<Promises> for Policy {
    type Error = InvalidPolicy;

    fn try_from(promises: Promises) -> Result<Self, InvalidPolicy> {
        Self::new(promises)
    }
}

impl From<Policy> for Promises {
    fn from(policy: Policy) -> Self {
        policy.0
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn standard() -> Policy {
        Policy::standard(CalendarId::from(Uuid::from_u128(1)), CalendarId::from(Uuid::from_u128(2)))
    }

    #[test]
    fn the_standard_promises_less_time_to_the_more_pressing() {
        let policy = standard();
        for pair in Priority::ALL.windows(2) {
            for kind in TargetKind::ALL {
                let (more, less) = (policy.promise(pair[0]), policy.promise(pair[1]));
                assert!(more.target(*kind) < less.target(*kind));
            }
        }
        assert_eq!(Policy::new(policy.promises().clone()), Ok(policy));
    }

    #[test]
    fn solving_before_answering_is_refused_in_json_too() {
        let mut promises = standard().promises().clone();
        promises.p3.resolution_minutes = NonZeroU32::new(1);
        let json = serde_json::to_string(&promises).unwrap();
        assert!(serde_json::from_str::<Policy>(&json).unwrap_err().to_string().contains("p3 promises"));
        let json = serde_json::to_string(&standard()).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&json).unwrap(), standard());
    }
}
