//! Seats of exclusive licences: who is put on one, who is taken off, and what becomes of everything a leaver held.

use std::collections::HashSet;

use domain::{
    AssignmentId, LicenceId, PersonId, Timestamp,
    licence::{Action, Assignment, AssignmentRequest, Justification, Metric, Origin, assign},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{licence, person};

use super::{
    aim, decide,
    manage::{goes_with, not_needed},
    pool::operate,
    reason,
};
use crate::{Act, Command, Refused, Result, Threshold};

/// Puts a person on a seat. Over-assignment is refused here, so that no holder is ever refused at work.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssignSeat {
    /// Of which licence.
    pub licence: LicenceId,
    /// Whom.
    pub person: PersonId,
    /// Why they need a seat of their own, as a sentence.
    pub justification: String,
    /// How it came about.
    pub origin: Origin,
    /// When it is looked at again.
    #[serde(default)]
    pub next_review_at: Option<Timestamp>,
}

/// The seat that a person was put on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatAssigned {
    /// By which assignment.
    pub assignment: AssignmentId,
    /// The number of the seat.
    pub seat_number: u32,
}

impl Command for AssignSeat {
    type Outcome = SeatAssigned;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        aim(at, self.licence)?;
        Ok(Action::SeatAssign)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<SeatAssigned> {
        let now = act.now();
        let justification = Justification::new(&self.justification)
            .map_err(|error| Refused::field("justification", error))?;
        if self.next_review_at.is_some_and(|review| review <= now) {
            return Err(Refused::field("next_review_at", "choose a day in the future for the next review"));
        }
        let licence = licence::lock(act.tx, self.licence)?.ok_or(Refused::NotFound("licence"))?;
        // Held, so that they do not leave at the same moment: a leaver has no seat.
        let holder = person::lock(act.tx, self.person)?.ok_or(Refused::NotFound("person"))?;
        if !holder.active {
            return Err(Refused::Rule(format!("{} has left; choose somebody who works here", holder.name)));
        }
        let request = AssignmentRequest {
            person: self.person,
            justification,
            origin: self.origin,
            approver: act.person(),
        };
        let seats = licence::seats(act.tx, licence.id)?;
        let choice = assign(&licence, &seats, &request, now)?;
        goes_with(act.tx, self.person, &licence)?;
        let assignment = choice.assignment(act.new_id(), licence.id, request, now, self.next_review_at);
        licence::assign(act.tx, &assignment)?;

        act.target = assignment.id.into();
        act.detail = json!({
            "licence": licence.name,
            "seat": choice.number,
            "person": { "id": holder.id, "name": holder.name },
            "justification": assignment.justification.as_str(),
            "origin": assignment.origin,
            "next_review_at": assignment.next_review_at,
        });
        announce(act, &assignment);
        Ok(SeatAssigned { assignment: assignment.id, seat_number: choice.number })
    }
}

/// Takes a person off a seat.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokeSeat {
    /// By which assignment they hold it.
    pub assignment: AssignmentId,
    /// Why, as a sentence.
    pub because: String,
}

impl Command for RevokeSeat {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        let assignment =
            licence::assignment(at.tx, self.assignment)?.ok_or(Refused::NotFound("assignment"))?;
        aim(at, assignment.licence).map_err(|refused| match refused {
            Refused::NotFound(_) => Refused::NotFound("assignment"),
            refused => refused,
        })?;
        at.aim(self.assignment);
        Ok(Action::SeatRevoke)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let because = reason(&self.because)?;
        let assignment =
            licence::assignment(act.tx, self.assignment)?.ok_or(Refused::NotFound("assignment"))?;
        let licence = licence::lock(act.tx, assignment.licence)?.ok_or(Refused::NotFound("licence"))?;
        not_needed(act.tx, assignment.person, &licence)?;
        if !licence::unassign(act.tx, assignment.id, act.ctx.now, because)? {
            return Err(Refused::Rule(
                "this assignment has ended already; there is nothing to revoke".to_owned(),
            ));
        }
        act.detail = json!({
            "licence": licence.name,
            "seat": assignment.seat_number,
            "person": { "id": assignment.person, "name": person::name(act.tx, assignment.person)? },
            "because": because,
        });
        announce(act, &assignment);
        Ok(())
    }
}

fn announce(act: &mut Act<'_, '_>, assignment: &Assignment) {
    act.announce(format!("licence:{}", assignment.licence));
    act.announce(format!("seat:{}", assignment.person));
}

/// What a leaver no longer has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EverythingEnded {
    /// The exclusive licences of which they had a seat, by name.
    pub seats: Vec<String>,
    /// The concurrent licences that they were entitled to, by name. Tokens held and places in line ended with them.
    pub entitlements: Vec<String>,
}

/// Whether a person has a seat or is entitled to anything.
pub(crate) fn has_anything(tx: &mut store::ReadTx<'_>, person: PersonId) -> Result<bool> {
    Ok(!licence::standing_of(tx, person)?.is_empty() || !licence::entitlements_of(tx, person)?.is_empty())
}

/// Ends every seat, entitlement, token and place in line of a person who leaves, as part of the act that says so.
pub(crate) fn end_everything_of(
    act: &mut Act<'_, '_>,
    person: PersonId,
    because: &str,
) -> Result<EverythingEnded> {
    let by = act.person();
    let seats = licence::standing_of(act.tx, person)?;
    let mut pools: HashSet<LicenceId> =
        licence::entitlements_of(act.tx, person)?.into_iter().map(|licence| licence.id).collect();
    pools.extend(licence::live_leases_of(act.tx, person)?.into_iter().map(|lease| lease.licence));
    pools.extend(licence::waits_of(act.tx, person)?.into_iter().map(|(licence, _)| licence));

    let mut ended = EverythingEnded::default();
    let mut all = licence::all(act.tx)?;
    all.sort_by_key(decide::lock_order);
    for licence in all {
        if let Some((_, assignment)) = seats.iter().find(|(held, _)| held.id == licence.id) {
            licence::lock(act.tx, licence.id)?;
            if licence::unassign(act.tx, assignment.id, act.ctx.now, because)? {
                announce(act, assignment);
                ended.seats.push(licence.name);
            }
        } else if pools.contains(&licence.id) && licence.metric == Metric::Concurrent {
            operate(act, licence.id, |pool, now, _| ((), pool.revoke(now, person, by)))?;
            licence::disentitle(act.tx, person, licence.id)?;
            act.announce(format!("licence:{}", licence.id));
            act.announce(format!("seat:{person}"));
            ended.entitlements.push(licence.name);
        }
    }
    licence::disentitle_all(act.tx, person)?;
    Ok(ended)
}
