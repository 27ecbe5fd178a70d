//! "Why am I consuming this?": what a person held at any past minute, through which act, and since when.

use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use super::{Assignment, Lease, LeaseEnd, Licence, Origin, PoolRules, after, pool::WaitEnd};
use crate::{AssignmentId, LeaseId, LicenceId, PersonId, QueueEntryId, TicketId};

/// A wait in line, open or over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waited {
    /// Which entry.
    pub entry: QueueEntryId,
    /// For which licence.
    pub licence: LicenceId,
    /// Whose.
    pub person: PersonId,
    /// The order of the line.
    pub place: u64,
    /// Since when.
    pub joined_at: Timestamp,
    /// When and how it ended.
    pub left: Option<(Timestamp, WaitEnd)>,
}

impl Waited {
    fn at(&self, moment: Timestamp) -> bool {
        self.joined_at <= moment && self.left.is_none_or(|(end, _)| moment < end)
    }
}

/// The recorded facts an explanation is computed from: at least those that touch the person and the moment, and every
/// wait for the same licences at that moment.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// The licences that the others name.
    pub licences: &'a [Licence],
    /// Assignments, ended ones too.
    pub assignments: &'a [Assignment],
    /// Leases, ended ones too.
    pub leases: &'a [Lease],
    /// Waits, of everybody.
    pub waits: &'a [Waited],
    /// The person's last licensed act up to the moment, where the caller knows it from the audit log. A lease only
    /// remembers its very last one.
    pub last_act: Option<Timestamp>,
}

/// What a person held at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Who.
    pub person: PersonId,
    /// When.
    pub at: Timestamp,
    /// Seats and tokens held.
    pub holds: Vec<Hold>,
    /// Lines stood in.
    pub waits: Vec<Stay>,
    /// The end of the last token before the moment, if nothing was held.
    pub last: Option<LastHold>,
}

/// A seat or a token, held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "held", rename_all = "snake_case")]
pub enum Hold {
    /// A seat of an exclusive licence.
    Seat {
        /// Of which licence.
        licence: LicenceId,
        /// What people call it.
        name: String,
        /// By which assignment.
        assignment: AssignmentId,
        /// The seat's number.
        number: u32,
        /// Since when.
        since: Timestamp,
        /// How it came about.
        origin: Origin,
        /// Who approved it.
        approver: Option<PersonId>,
        /// Why.
        justification: String,
    },
    /// A token of a concurrent licence.
    Token {
        /// Of which licence.
        licence: LicenceId,
        /// What people call it.
        name: String,
        /// By which lease.
        lease: LeaseId,
        /// The token's number.
        token: u32,
        /// Since when.
        since: Timestamp,
        /// Taken by which act, on what, through which channel.
        taken_by: super::Cause,
        /// Idle since when, if they were.
        idle_since: Option<Timestamp>,
        /// When and how it ended later, if it has.
        ended: Option<(Timestamp, LeaseEnd)>,
    },
}

/// A place in line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stay {
    /// For which licence.
    pub licence: LicenceId,
    /// What people call it.
    pub name: String,
    /// The place at the moment, from 1.
    pub place: u32,
    /// Since when.
    pub since: Timestamp,
}

/// How the last token was lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LastHold {
    /// Of which licence.
    pub licence: LicenceId,
    /// What people call it.
    pub name: String,
    /// The token's number.
    pub token: u32,
    /// When it ended.
    pub at: Timestamp,
    /// How.
    pub end: LeaseEnd,
}

/// What `person` held at `at`, and why.
pub fn explain(person: PersonId, at: Timestamp, record: &Record<'_>) -> Explanation {
    let seats = record
        .assignments
        .iter()
        .filter(|assignment| assignment.person == person && assignment.held_at(at))
        .map(|assignment| Hold::Seat {
            licence: assignment.licence,
            name: record.name(assignment.licence),
            assignment: assignment.id,
            number: assignment.seat_number,
            since: assignment.assigned_at,
            origin: assignment.origin,
            approver: assignment.approver,
            justification: assignment.justification.to_string(),
        });
    let own = || record.leases.iter().filter(|lease| lease.person == person);
    let tokens = own().filter(|lease| lease.held_at(at)).map(|lease| Hold::Token {
        licence: lease.licence,
        name: record.name(lease.licence),
        lease: lease.id,
        token: lease.token,
        since: lease.acquired_at,
        taken_by: lease.acquired_by,
        idle_since: record.idle_since(lease, at),
        ended: lease.ended,
    });
    let holds: Vec<_> = seats.chain(tokens).collect();
    let waits = record.waits.iter().filter(|wait| wait.person == person && wait.at(at)).map(|wait| {
        let ahead =
            |other: &&Waited| other.licence == wait.licence && other.place < wait.place && other.at(at);
        Stay {
            licence: wait.licence,
            name: record.name(wait.licence),
            place: u32::try_from(record.waits.iter().filter(ahead).count() + 1).unwrap_or(u32::MAX),
            since: wait.joined_at,
        }
    });
    let last = || {
        let ended = own().filter_map(|lease| lease.ended.map(|(end, how)| (lease, end, how)));
        let latest = ended.filter(|(_, end, _)| *end <= at).max_by_key(|(_, end, _)| *end);
        latest.map(|(lease, end, how)| LastHold {
            licence: lease.licence,
            name: record.name(lease.licence),
            token: lease.token,
            at: end,
            end: how,
        })
    };
    let last = if holds.is_empty() { last() } else { None };
    Explanation { person, at, waits: waits.collect(), last, holds }
}

impl Record<'_> {
    fn licence(&self, id: LicenceId) -> Option<&Licence> {
        self.licences.iter().find(|licence| licence.id == id)
    }

    fn name(&self, id: LicenceId) -> String {
        self.licence(id).map_or_else(|| format!("licence {id}"), |licence| licence.name.clone())
    }

    /// Since when the holder of `lease` had been idle at `at`; `None` if they were not, or if nothing tells.
    fn idle_since(&self, lease: &Lease, at: Timestamp) -> Option<Timestamp> {
        let rules = self.licence(lease.licence).map_or_else(PoolRules::default, |licence| licence.rules);
        let told = self.last_act.filter(|act| *act <= at);
        let kept = Some(lease.last_active_at).filter(|act| *act <= at);
        let last = told.max(kept)?.max(lease.acquired_at);
        (after(last, rules.idle_after) <= at).then_some(last)
    }
}

impl Explanation {
    /// The explanation as a sentence. `name` gives the name of a person, `ticket` the number of a ticket that the reader
    /// may know of, `zone` the clock of the reader.
    pub fn sentence(
        &self,
        name: impl Fn(PersonId) -> String,
        ticket: impl Fn(TicketId) -> Option<String>,
        zone: &TimeZone,
    ) -> String {
        let time = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string();
        let mut parts: Vec<String> =
            self.holds.iter().map(|hold| hold.clause(&name, &ticket, &time)).collect();
        if parts.is_empty() {
            parts.push("held nothing".to_owned());
            if let Some(last) = &self.last {
                let LastHold { name: licence, token, at, end, .. } = last;
                parts.push(format!("token {token} of {licence} {}", ending(*end, &time(*at), &name)));
            }
        }
        for Stay { name: licence, place, since, .. } in &self.waits {
            parts.push(format!("waited for {licence} in place {place}, in line since {}", time(*since)));
        }
        parts.join("; ")
    }
}

impl Hold {
    fn clause(
        &self,
        name: &impl Fn(PersonId) -> String,
        ticket: &impl Fn(TicketId) -> Option<String>,
        time: &impl Fn(Timestamp) -> String,
    ) -> String {
        match self {
            Self::Seat { name: licence, number, since, origin, approver, justification, .. } => {
                let origin = match (origin, approver) {
                    (Origin::Request, Some(by)) => format!("on request, approved by {}", name(*by)),
                    (Origin::Request, None) => "on request".to_owned(),
                    (Origin::JobCodeRule, _) => "by job-code rule".to_owned(),
                    (Origin::Manual, Some(by)) => format!("by {}", name(*by)),
                    (Origin::Manual, None) => "by a licence manager".to_owned(),
                    (Origin::Import, _) => "on import".to_owned(),
                };
                let because = justification.trim_end_matches('.');
                format!(
                    "held exclusive seat {number} of {licence}, assigned {} {origin} because: {because}",
                    time(*since)
                )
            }
            Self::Token { name: licence, token, since, taken_by, idle_since, ended, .. } => {
                let number = taken_by.ticket.and_then(ticket);
                let taken = format!(
                    "took token {token} of {licence} (concurrent) at {} by {} {}",
                    time(*since),
                    taken_by.action.doing(number.as_deref()),
                    taken_by.channel.in_words()
                );
                let idle = idle_since.map(|since| format!("idle since {}", time(since)));
                let ended = ended.map(|(at, end)| ending(end, &time(at), name));
                [Some(taken), idle, ended].into_iter().flatten().collect::<Vec<_>>().join("; ")
            }
        }
    }
}

/// How a hold ended, `at` a time in words.
fn ending(end: LeaseEnd, at: &str, name: &impl Fn(PersonId) -> String) -> String {
    match end {
        LeaseEnd::Released => format!("given back at {at}"),
        LeaseEnd::Silent => format!("run out at {at} without a sign of life"),
        LeaseEnd::TermEnded => format!("ended with the licence at {at}"),
        LeaseEnd::Reclaimed { by } => format!("taken away at {at} by {}", name(by)),
        LeaseEnd::Yielded { to } => {
            format!("given back, kept for a while and passed on at {at} to {}", name(to))
        }
        LeaseEnd::Stolen { to } => format!("stolen at {at} for {}", name(to)),
        LeaseEnd::Recalled { to } => format!("lent, and recalled at {at} for {}", name(to)),
        LeaseEnd::IdleTooLong => format!("ended at {at} after being idle for too long"),
        LeaseEnd::Revoked { by: Some(by) } => format!("revoked at {at} by {}", name(by)),
        LeaseEnd::Revoked { by: None } => format!("revoked at {at}"),
    }
}
