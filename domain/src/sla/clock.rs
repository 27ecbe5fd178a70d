//! The clock of one promise on one ticket: how much time has counted, why, and when the rest runs out.

use jiff::SignedDuration;
use serde::Serialize;

use super::{Calendar, Policy, TargetKind};
use crate::{
    CalendarId, Timestamp,
    identity::named,
    ticket::{Phase, StateKey, Ticket, Workflow},
};

/// Running periods that hold more stretches of business hours than this are explained in one line, with their sum.
const STRETCHES_SHOWN: usize = 60;

named! {
    /// What a clock does.
    Hand {
        /// Business time counts.
        Running = "running",
        /// Nothing counts until somebody else moves.
        Paused = "paused",
        /// Nothing counts any more, unless the ticket is reopened.
        Stopped = "stopped",
    }
}

/// What a clock did from a moment on, until the next period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// When it began.
    pub since: Timestamp,
    /// What the clock did.
    pub hand: Hand,
    /// Why, as it is shown: the label of the ticket's state.
    pub why: String,
}

/// One promise on one ticket, with all that moved its hand.
#[derive(Debug, Clone)]
pub struct Clock<'a> {
    kind: TargetKind,
    target: SignedDuration,
    calendar: &'a Calendar,
    periods: Vec<Period>,
}

/// How a promise stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Status {
    /// Time counts, and there is some left.
    Running,
    /// Time does not count for now, and there is some left.
    Paused,
    /// Kept.
    Met {
        /// When the clock stopped.
        at: Timestamp,
    },
    /// Broken, whether the work is still going on or not.
    Breached {
        /// When the time ran out.
        at: Timestamp,
    },
}

/// What a clock shows at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// What is promised.
    pub kind: TargetKind,
    /// How much time was promised.
    #[serde(serialize_with = "seconds")]
    pub target: SignedDuration,
    /// When the time runs out, or ran out, if nothing pauses the clock: only while it runs.
    pub due_at: Option<Timestamp>,
    /// How much time has counted.
    #[serde(serialize_with = "seconds")]
    pub elapsed: SignedDuration,
    /// How much is left; less than nothing when overdue.
    #[serde(serialize_with = "seconds")]
    pub remaining: SignedDuration,
    /// What the clock does.
    pub hand: Hand,
    /// How the promise stands.
    #[serde(flatten)]
    pub status: Status,
}

/// One stretch of a ticket's life, and how much of it counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Segment {
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
    /// How much of it counted.
    #[serde(serialize_with = "seconds")]
    pub counted: SignedDuration,
    /// What the clock did.
    pub hand: Hand,
    /// Why, as one sentence.
    pub why: String,
}

impl<'a> Clock<'a> {
    /// The clock of the first answer: it runs, whatever the state, until an agent answers in public or the ticket
    /// ends without one. Reopening does not start it again.
    pub fn response(
        calendar: &'a Calendar,
        target: SignedDuration,
        ticket: &Ticket,
        history: &[(Timestamp, StateKey)],
        workflow: &Workflow,
    ) -> Self {
        let ended = history.iter().find(|(_, state)| !is_open(state, workflow));
        let stop = match (ticket.first_response_at, ended) {
            (Some(answered), Some((at, _))) if answered <= *at => {
                Some((answered, "First response".to_owned()))
            }
            (_, Some((at, state))) => Some((*at, workflow.label(state).to_owned())),
            (Some(answered), None) => Some((answered, "First response".to_owned())),
            (None, None) => None,
        };
        let why = "Not answered yet".to_owned();
        let mut periods = vec![Period { since: ticket.created_at, hand: Hand::Running, why }];
        if let Some((since, why)) = stop {
            periods.push(Period { since, hand: Hand::Stopped, why });
        }
        Self::new(TargetKind::Response, target, calendar, periods)
    }

    /// The clock of the solution: it pauses in states that pause it, stops when the ticket is resolved, closed or
    /// cancelled, and goes on where it stopped when the ticket is reopened.
    ///
    /// `history` is each state with the time it was entered, in order, the first being the one it was opened in: what
    /// [`Fact::state_change`](crate::ticket::Fact::state_change) gives.
    pub fn resolution(
        calendar: &'a Calendar,
        target: SignedDuration,
        history: &[(Timestamp, StateKey)],
        workflow: &Workflow,
    ) -> Self {
        let periods = history
            .iter()
            .map(|(since, state)| Period {
                since: *since,
                hand: match workflow.state(state) {
                    Some(known) if !known.phase.is_open() => Hand::Stopped,
                    Some(known) if known.pauses_sla => Hand::Paused,
                    // A state that was removed since counts: that is the reading that promises the requester more.
                    Some(_) | None => Hand::Running,
                },
                why: workflow.label(state).to_owned(),
            })
            .collect();
        Self::new(TargetKind::Resolution, target, calendar, periods)
    }

    /// A clock from its periods. They are put in order of time.
    pub fn new(
        kind: TargetKind,
        target: SignedDuration,
        calendar: &'a Calendar,
        mut periods: Vec<Period>,
    ) -> Self {
        periods.sort_by_key(|period| period.since);
        Self { kind, target, calendar, periods }
    }

    /// When the time runs out, or ran out, if nothing pauses the clock from here on: only while it runs.
    pub fn due_at(&self) -> Option<Timestamp> {
        self.due_in(self.periods.last()?)
    }

    /// What the clock shows at `now`.
    pub fn read(&self, now: Timestamp) -> Reading {
        let elapsed = self.elapsed(now);
        let current = self.periods.iter().rev().find(|period| period.since <= now).or(self.periods.first());
        let hand = current.map_or(Hand::Running, |period| period.hand);
        let status = match (self.ran_out(now), hand) {
            (Some(at), _) => Status::Breached { at },
            (None, Hand::Running) => Status::Running,
            (None, Hand::Paused) => Status::Paused,
            (None, Hand::Stopped) => Status::Met { at: self.stopped_at(now) },
        };
        Reading {
            kind: self.kind,
            target: self.target,
            due_at: current.and_then(|period| self.due_in(period)),
            elapsed,
            remaining: self.target - elapsed,
            hand,
            status,
        }
    }

    /// Every stretch until `now`, in order and without a hole: what counted, what did not, and why. Time outside
    /// business hours is a segment of its own, with the holidays in it by name.
    ///
    /// What counted in the segments adds up to [`Reading::elapsed`].
    pub fn explain(&self, now: Timestamp) -> Vec<Segment> {
        let mut segments = Vec::new();
        for (period, from, to) in self.spans(now) {
            match period.hand {
                Hand::Running => self.explain_running(period, from, to, &mut segments),
                Hand::Paused => segments.push(idle(period, from, to, "the clock is paused")),
                Hand::Stopped => segments.push(idle(period, from, to, "the clock has stopped")),
            }
        }
        segments
    }

    fn explain_running(&self, period: &Period, from: Timestamp, to: Timestamp, segments: &mut Vec<Segment>) {
        let name = self.calendar.name();
        let running = |from, to, counted, why| Segment { from, to, counted, hand: Hand::Running, why };
        let openings = self.calendar.openings_between(from, to);
        if openings.len() > STRETCHES_SHOWN {
            let counted = self.calendar.working_time_between(from, to);
            let why =
                format!("{}: only business hours count ({name}, {} stretches)", period.why, openings.len());
            segments.push(running(from, to, counted, why));
            return;
        }
        let mut at = from;
        let closed_until = |at: Timestamp, until: Timestamp, segments: &mut Vec<Segment>| {
            if at < until {
                let mut why = format!("{}: outside business hours ({name}", period.why);
                for holiday in self.calendar.holidays_between(at, until) {
                    why.push_str(", ");
                    why.push_str(holiday);
                }
                why.push(')');
                segments.push(running(at, until, SignedDuration::ZERO, why));
            }
        };
        for (opens, closes) in openings {
            closed_until(at, opens, segments);
            let why = format!("{}: counted ({name})", period.why);
            segments.push(running(opens, closes, opens.duration_until(closes), why));
            at = closes;
        }
        closed_until(at, to, segments);
    }

    /// Each period with its beginning and its end, as far as it began before `now`.
    fn spans(&self, now: Timestamp) -> impl Iterator<Item = (&Period, Timestamp, Timestamp)> {
        let ends = self.periods.iter().skip(1).map(|next| next.since).chain([Timestamp::MAX]);
        self.periods
            .iter()
            .zip(ends)
            .map(move |(period, end)| (period, period.since, end.min(now)))
            .filter(|(_, from, to)| from < to)
    }

    fn elapsed(&self, now: Timestamp) -> SignedDuration {
        self.spans(now)
            .filter(|(period, ..)| period.hand == Hand::Running)
            .map(|(_, from, to)| self.calendar.working_time_between(from, to))
            .sum()
    }

    fn due_in(&self, period: &Period) -> Option<Timestamp> {
        (period.hand == Hand::Running).then(|| {
            self.ran_out(period.since).unwrap_or_else(|| {
                self.calendar.add_working_time(period.since, self.target - self.elapsed(period.since))
            })
        })
    }

    /// When the time ran out, if it did before `now`. The moment it is due is the last in which it can be met; after
    /// it the promise is broken, also when the office was closed by then and no more business time had passed.
    fn ran_out(&self, now: Timestamp) -> Option<Timestamp> {
        let mut remaining = self.target;
        for (_, from, to) in self.spans(now).filter(|(period, ..)| period.hand == Hand::Running) {
            let counted = self.calendar.working_time_between(from, to);
            if counted >= remaining {
                let due = self.calendar.add_working_time(from, remaining);
                if due < to {
                    return Some(due);
                }
            }
            remaining -= counted;
        }
        None
    }

    /// The beginning of the unbroken run of stopped periods that `now` is in: resolved, then closed, is one.
    fn stopped_at(&self, now: Timestamp) -> Timestamp {
        self.periods
            .iter()
            .rev()
            .skip_while(|period| period.since > now)
            .take_while(|period| period.hand == Hand::Stopped)
            .last()
            .map_or(now, |period| period.since)
    }
}

/// Both clocks of a ticket; one is absent when nothing is promised.
#[derive(Debug, Clone)]
pub struct Clocks<'a> {
    /// The clock of the first answer.
    pub response: Option<Clock<'a>>,
    /// The clock of the solution.
    pub resolution: Option<Clock<'a>>,
}

impl<'a> Clocks<'a> {
    /// The clocks of `ticket` under what `policy` promises for its priority as it is now: a changed priority counts
    /// from the beginning. A promise in a calendar that `calendars` does not know is no promise, and
    /// problems have none.
    pub fn of(
        ticket: &Ticket,
        history: &[(Timestamp, StateKey)],
        policy: &Policy,
        calendars: impl FnOnce(CalendarId) -> Option<&'a Calendar>,
        workflow: &Workflow,
    ) -> Self {
        let promise = policy.promise(ticket.priority);
        let calendar = ticket.kind().is_promised().then(|| calendars(promise.calendar)).flatten();
        let Some(calendar) = calendar else {
            return Self { response: None, resolution: None };
        };
        Self {
            response: promise
                .target(TargetKind::Response)
                .map(|target| Clock::response(calendar, target, ticket, history, workflow)),
            resolution: promise
                .target(TargetKind::Resolution)
                .map(|target| Clock::resolution(calendar, target, history, workflow)),
        }
    }

    /// The earlier of what is due: [`Ticket::due_at`]. It does not depend on the time of day, so it need be computed
    /// only when the ticket changes.
    pub fn due_at(&self) -> Option<Timestamp> {
        [&self.response, &self.resolution].into_iter().flatten().filter_map(Clock::due_at).min()
    }
}

fn is_open(state: &StateKey, workflow: &Workflow) -> bool {
    workflow.state(state).map_or(Phase::Active, |state| state.phase).is_open()
}

fn idle(period: &Period, from: Timestamp, to: Timestamp, what: &str) -> Segment {
    let why = format!("{}: {what}", period.why);
    Segment { from, to, counted: SignedDuration::ZERO, hand: period.hand, why }
}

fn seconds<S: serde::Serializer>(duration: &SignedDuration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_i64(duration.as_secs())
}
