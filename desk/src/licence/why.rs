//! "Why am I consuming this?": the answer for every person and every minute.

use std::collections::{BTreeSet, HashMap};

use domain::{
    LicenceId, PersonId, QueueEntryId, TicketId, Timestamp,
    identity::Capability,
    licence::{Explanation, Hold, LeaseEnd, PoolEvent, Record, Waited, explain},
};
use jiff::SignedDuration;
use serde::Serialize;
use store::{ReadTx, licence, person, ticket};

use super::{names::Names, view::zone_of};
use crate::{Look, Query, Refused, Result};

/// What a person held at a moment, and why. Everybody may ask about themselves.
#[derive(Debug, Clone, Copy)]
pub struct ExplainHolding {
    /// Who.
    pub person: PersonId,
    /// When; now, if `None`.
    pub at: Option<Timestamp>,
}

/// The answer to [`ExplainHolding`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HoldingExplained {
    /// Their name.
    pub name: String,
    /// The answer as a sentence, with names, by the reader's clock.
    pub sentence: String,
    /// What it is made of.
    #[serde(flatten)]
    pub explanation: Explanation,
}

/// How long before a person joined a line those before them may have joined it. They are all still there, and give a
/// sign of life every few minutes; nobody's page has been open for longer than this.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Query for ExplainHolding {
    type Answer = HoldingExplained;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<HoldingExplained> {
        let Self { person, at } = self;
        if look.person() != Some(person) {
            look.require(Capability::LicenceRead, "person")?;
        }
        let name = person::name(look.tx, person)?.ok_or(Refused::NotFound("person"))?;
        let now = look.ctx.now;
        let at = at.unwrap_or(now);
        if at > now {
            return Err(Refused::field("at", "nobody knows the future yet; choose a moment up to now"));
        }

        let licences = licence::all(look.tx)?;
        let assignments = licence::assignments_of(look.tx, person)?;
        let mut leases = licence::leases_of(look.tx, person, at)?;
        for lease in &mut leases {
            let licence = licences.iter().find(|licence| licence.id == lease.licence);
            if let (None, Some(licence)) = (lease.ended, licence) {
                // Run out, and nobody has written it down yet.
                let by_itself = lease.runs_out(&licence.rules);
                let over = licence.term.over_at().map(|end| (end, LeaseEnd::TermEnded));
                lease.ended = [Some(by_itself), over]
                    .into_iter()
                    .flatten()
                    .filter(|(end, _)| *end <= now)
                    .min_by_key(|(end, _)| *end);
            }
        }
        let waits = waits(look.tx, person, at)?;
        let last_act = last_act(look.tx, person, at)?;
        let record = Record {
            licences: &licences,
            assignments: &assignments,
            leases: &leases,
            waits: &waits,
            last_act,
        };
        let explanation = explain(person, at, &record);

        let names = Names::of(look.tx, people(&explanation))?;
        let zone = zone_of(look)?;
        let numbers = numbers(look, &explanation)?;
        let sentence = explanation.sentence(|id| names.text(id), |id| numbers.get(&id).cloned(), &zone);
        Ok(HoldingExplained { name, sentence, explanation })
    }
}

/// The numbers of the tickets that the sentence names. Who reads licences knows them, and so does whoever worked on them.
fn numbers(look: &mut Look<'_, '_>, explanation: &Explanation) -> Result<HashMap<TicketId, String>> {
    let tickets = explanation.holds.iter().filter_map(|hold| match hold {
        Hold::Token { taken_by, .. } => taken_by.ticket,
        Hold::Seat { .. } => None,
    });
    let mut numbers = HashMap::new();
    for id in tickets {
        if let Some(ticket) = ticket::by_id(look.tx, id)? {
            numbers.insert(id, ticket.number.to_string());
        }
    }
    Ok(numbers)
}

/// Everybody whom the sentence names.
fn people(explanation: &Explanation) -> Vec<PersonId> {
    let holds = explanation.holds.iter().filter_map(|hold| match hold {
        Hold::Seat { approver, .. } => *approver,
        Hold::Token { ended, .. } => ended.and_then(|(_, end)| end.by()),
    });
    holds.chain(explanation.last.as_ref().and_then(|last| last.end.by())).collect()
}

/// The person's waits up to a moment and, where they waited at it, those of everybody before them.
fn waits(tx: &mut ReadTx<'_>, person: PersonId, at: Timestamp) -> Result<Vec<Waited>> {
    let mut own = licence::events_of(tx, person, at)?;
    own.reverse();
    let own = told(&own);
    let open: BTreeSet<(LicenceId, Timestamp)> =
        own.iter().filter(|wait| wait.left.is_none()).map(|wait| (wait.licence, wait.joined_at)).collect();
    let mut all = own;
    for (licence, joined_at) in open {
        let since = joined_at.checked_sub(LONGEST_WAIT).unwrap_or(Timestamp::MIN);
        let until = at.checked_add(SignedDuration::from_micros(1)).unwrap_or(Timestamp::MAX);
        let events = licence::events(tx, licence, since, until)?;
        all.extend(told(&events).into_iter().filter(|wait| wait.person != person));
    }
    Ok(all)
}

/// The waits that facts in order tell of.
fn told(events: &[PoolEvent]) -> Vec<Waited> {
    let mut waits = Vec::new();
    let mut places: HashMap<QueueEntryId, usize> = HashMap::new();
    for event in events {
        match event {
            PoolEvent::Queued { entry } => {
                places.insert(entry.id, waits.len());
                waits.push(Waited {
                    entry: entry.id,
                    licence: entry.licence,
                    person: entry.person,
                    place: entry.place,
                    joined_at: entry.joined_at,
                    left: None,
                });
            }
            PoolEvent::LeftQueue { entry, at, how, .. } => {
                if let Some(place) = places.get(entry) {
                    waits[*place].left = Some((*at, *how));
                }
            }
            _ => {}
        }
    }
    waits
}

/// The last licensed act up to `at`, where a later fact tells it: whoever works again after a time of idleness leaves
/// behind since when they had been idle.
fn last_act(tx: &mut ReadTx<'_>, person: PersonId, at: Timestamp) -> Result<Option<Timestamp>> {
    let later = licence::events_of_after(tx, person, at)?;
    Ok(later.iter().find_map(|event| match event {
        PoolEvent::Used { idle_since: Some(since), .. } if *since <= at => Some(*since),
        PoolEvent::Ended { last_active_at, .. } if *last_active_at <= at => Some(*last_active_at),
        _ => None,
    }))
}
