//! What a licence manager does to licences: add, change, entitle.

use std::collections::BTreeSet;

use domain::{
    LicenceId, PersonId, Timestamp,
    identity::Capability,
    licence::{
        Action, Licence, Metric, Module, NewLicence, PoolAccess, PoolRules, Relations, Term, missing_seats,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{ReadTx, StoreError, licence, person};

use super::{aim, pool::operate};
use crate::{Act, Command, Refused, Result, Threshold};

/// From when until when, as a command says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermDates {
    /// The first moment of use.
    pub starts_at: Timestamp,
    /// The first moment after use; without end if `None`.
    pub ends_at: Option<Timestamp>,
}

impl TermDates {
    fn term(self) -> Result<Term> {
        Term::new(self.starts_at, self.ends_at).map_err(|error| Refused::field("ends_at", error))
    }
}

/// Adds a licence. An exclusive one gets its seats at once.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddLicence {
    /// What people call it; no two licences have one name.
    pub name: String,
    /// The product that was bought.
    pub product: String,
    /// The feature set it unlocks; `None` is the base product.
    #[serde(default)]
    pub module: Option<Module>,
    /// How it is counted.
    pub metric: Metric,
    /// Seats or tokens; 0 for requesters.
    #[serde(default)]
    pub quantity: u32,
    /// From when until when.
    pub term: TermDates,
    /// How its tokens behave.
    #[serde(default)]
    pub rules: PoolRules,
}

impl Command for AddLicence {
    type Outcome = LicenceId;

    fn action(&self, _: &mut Threshold<'_, '_>) -> Result<Action> {
        Ok(Action::LicenceChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<LicenceId> {
        let Self { name, product, module, metric, quantity, term, rules } = self;
        let term = term.term()?;
        let new = NewLicence { name, product, module, metric, quantity, term, rules };
        let licence = Licence::new(act.new_id(), new)?;
        licence::insert(act.tx, &licence, act.ctx.now).map_err(name_taken)?;
        make_seats(act, &licence)?;
        act.target = licence.id.into();
        act.detail = json!({ "licence": &licence });
        act.announce(format!("licence:{}", licence.id));
        Ok(licence.id)
    }
}

/// Changes a licence; what is `None` stays as it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeLicence {
    /// Which one.
    pub licence: LicenceId,
    /// The version that the caller looked at, if they did.
    #[serde(default)]
    pub version: Option<u64>,
    /// Another name.
    #[serde(default)]
    pub name: Option<String>,
    /// Another number of seats or tokens. Seats never fall below those assigned; tokens may, and run out with their
    /// holders.
    #[serde(default)]
    pub quantity: Option<u32>,
    /// Another term.
    #[serde(default)]
    pub term: Option<TermDates>,
    /// Other rules of its tokens.
    #[serde(default)]
    pub rules: Option<PoolRules>,
}

impl Command for ChangeLicence {
    /// Its new version.
    type Outcome = u64;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        aim(at, self.licence)?;
        Ok(Action::LicenceChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<u64> {
        let id = self.licence;
        let before = licence::lock(act.tx, id)?.ok_or(Refused::NotFound("licence"))?;
        let current = licence::version(act.tx, id)?.unwrap_or_default();
        if self.version.is_some_and(|seen| seen != current) {
            return Err(Refused::Stale { current });
        }
        let new = NewLicence {
            name: self.name.unwrap_or_else(|| before.name.clone()),
            product: before.product.clone(),
            module: before.module,
            metric: before.metric,
            quantity: self.quantity.unwrap_or(before.quantity),
            term: self.term.map_or(Ok(before.term), TermDates::term)?,
            rules: self.rules.unwrap_or(before.rules),
        };
        let mut after = Licence::new(id, new)?.with_access(before.access.clone())?;
        after.term = after.term.with_grace(before.term.grace());
        match after.metric {
            Metric::Exclusive => {
                let assigned = licence::assignments(act.tx, id)?.len();
                if (after.quantity as usize) < assigned && after.quantity < before.quantity {
                    let message = format!(
                        "{assigned} seats are assigned; end assignments first, or keep at least {assigned} seats"
                    );
                    return Err(Refused::field("quantity", message));
                }
            }
            // Up to this moment the pool went by its old term and rules.
            Metric::Concurrent => {
                reconfigure(act, &after)?;
            }
            Metric::DayPass => passes_stay(act, &after)?,
            Metric::Requester => {}
        }
        licence::update(act.tx, &after).map_err(name_taken)?;
        match after.metric {
            Metric::Exclusive => make_seats(act, &after)?,
            Metric::Concurrent => drop(operate(act, id, |pool, now, _| ((), pool.settle(now)))?),
            Metric::DayPass | Metric::Requester => {}
        }
        act.detail = json!({ "before": before, "after": after });
        act.announce(format!("licence:{id}"));
        Ok(current + 1)
    }
}

/// Brings a pool to what its licence has become.
fn reconfigure(act: &mut Act<'_, '_>, after: &Licence) -> Result<()> {
    let Licence { id, quantity, rules, ref access, .. } = *after;
    operate(act, id, |pool, now, _| ((), pool.reconfigure(now, quantity, rules, access.clone())))?;
    Ok(())
}

/// A stock never falls below what was taken from it.
fn passes_stay(act: &mut Act<'_, '_>, after: &Licence) -> Result<()> {
    let taken = licence::lock_counted(act.tx, after.id)?.map_or(0, |(_, counters)| counters.next_fence - 1);
    if u64::from(after.quantity) < taken {
        let message = format!("{taken} passes have been used; keep at least so many");
        return Err(Refused::field("quantity", message));
    }
    Ok(())
}

/// Says who may take the tokens of a pool: what is kept for groups, what limits them, who is left out, at which hours.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShareOut {
    /// Which licence.
    pub licence: LicenceId,
    /// The version that the caller looked at, if they did.
    #[serde(default)]
    pub version: Option<u64>,
    /// The new rules, which take the place of the old ones.
    pub access: PoolAccess,
}

impl Command for ShareOut {
    /// The licence's new version.
    type Outcome = u64;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        aim(at, self.licence)?;
        Ok(Action::LicenceChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<u64> {
        let Self { licence: id, version, access } = self;
        let (before, current) = locked(act, id, version)?;
        if before.metric != Metric::Concurrent {
            return Err(Refused::Rule(format!("{} is {} and has no tokens", before.name, before.metric)));
        }
        let after = before.clone().with_access(access)?;
        let known: BTreeSet<_> = person::teams(act.tx)?.into_iter().map(|team| team.id).collect();
        let PoolAccess { reservations, limits, include, exclude, .. } = &after.access;
        let named = reservations
            .iter()
            .map(|it| ("reservations", it.group))
            .chain(limits.iter().map(|it| ("limits", it.group)))
            .chain(include.iter().map(|it| ("include", *it)))
            .chain(exclude.iter().map(|it| ("exclude", *it)));
        for (field, group) in named {
            if !known.contains(&group) {
                return Err(Refused::field(field, format!("{group} is no group of this desk; leave it out")));
            }
        }
        reconfigure(act, &after)?;
        licence::update(act.tx, &after)?;
        act.detail = json!({ "before": before, "after": after });
        act.announce(format!("licence:{id}"));
        Ok(current + 1)
    }
}

/// Lets a licence go on for a while after its term, so that a renewal that comes late stops nobody.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantGrace {
    /// Which licence.
    pub licence: LicenceId,
    /// The version that the caller looked at, if they did.
    #[serde(default)]
    pub version: Option<u64>,
    /// For how many days of 24 hours; 0 for none, at most 92.
    pub days: u32,
}

impl Command for GrantGrace {
    /// The licence's new version.
    type Outcome = u64;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        aim(at, self.licence)?;
        Ok(Action::LicenceChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<u64> {
        let Self { licence: id, version, days } = self;
        let (before, current) = locked(act, id, version)?;
        let grace = jiff::SignedDuration::from_hours(i64::from(days) * 24);
        if grace > Term::GRACE_LIMIT {
            return Err(Refused::field("days", "grace lasts at most 92 days; renew the licence instead"));
        }
        if before.metric == Metric::Concurrent {
            // Up to this moment the pool went by its old term.
            operate(act, id, |pool, now, _| ((), pool.settle(now)))?;
        }
        let mut after = before.clone();
        after.term = before.term.with_grace(grace);
        licence::update(act.tx, &after)?;
        act.detail = json!({ "before": before, "after": after });
        act.announce(format!("licence:{id}"));
        Ok(current + 1)
    }
}

/// Says which other licences the holders of this one must have, and must not.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelateLicence {
    /// Which licence.
    pub licence: LicenceId,
    /// The version that the caller looked at, if they did.
    #[serde(default)]
    pub version: Option<u64>,
    /// What it asks, in place of what it asked before. Who holds it already keeps it.
    pub relations: Relations,
}

impl Command for RelateLicence {
    /// The licence's new version.
    type Outcome = u64;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        aim(at, self.licence)?;
        Ok(Action::LicenceChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<u64> {
        let Self { licence: id, version, relations } = self;
        let (before, current) = locked(act, id, version)?;
        let known: BTreeSet<_> = licence::all(act.tx)?.into_iter().map(|licence| licence.id).collect();
        for (field, others) in [("requires", &relations.requires), ("conflicts", &relations.conflicts)] {
            if others.len() > Relations::MOST {
                return Err(Refused::field(field, format!("name at most {} licences", Relations::MOST)));
            }
            if let Some(other) = others.iter().find(|other| **other == id || !known.contains(other)) {
                return Err(Refused::field(field, format!("{other} is no other licence of this desk")));
            }
        }
        licence::relate(act.tx, id, &relations)?;
        act.detail = json!({ "licence": before.name, "relations": relations });
        act.announce(format!("licence:{id}"));
        Ok(current + 1)
    }
}

/// A licence under its lock, if it is as the caller saw it, and its version.
fn locked(act: &mut Act<'_, '_>, id: LicenceId, seen: Option<u64>) -> Result<(Licence, u64)> {
    let licence = licence::lock(act.tx, id)?.ok_or(Refused::NotFound("licence"))?;
    let current = licence::version(act.tx, id)?.unwrap_or_default();
    match seen {
        Some(seen) if seen != current => Err(Refused::Stale { current }),
        _ => Ok((licence, current)),
    }
}

/// Refuses to give a person a licence that does not go with those they have.
pub(super) fn goes_with(tx: &mut ReadTx<'_>, person: PersonId, licence: &Licence) -> Result<()> {
    let relations = licence::relations(tx)?;
    if relations.is_empty() {
        return Ok(());
    }
    let none = Relations::default();
    let of = |id: LicenceId| relations.get(&id).unwrap_or(&none);
    let has = has(tx, person)?;
    let held: Vec<_> = has.iter().map(|other| (other, of(other.id))).collect();
    let all = licence::all(tx)?;
    Relations::may_join(licence, of(licence.id), &held, &all)
        .map_err(|error| Refused::Rule(error.to_string()))
}

/// Refuses to take a licence from a person on which others of theirs stand.
pub(super) fn not_needed(tx: &mut ReadTx<'_>, person: PersonId, licence: &Licence) -> Result<()> {
    let relations = licence::relations(tx)?;
    if relations.is_empty() {
        return Ok(());
    }
    let none = Relations::default();
    let rest: Vec<_> = has(tx, person)?.into_iter().filter(|other| other.id != licence.id).collect();
    let rest: Vec<_> = rest.iter().map(|other| (other, relations.get(&other.id).unwrap_or(&none))).collect();
    Relations::may_leave(licence, &rest).map_err(|error| Refused::Rule(error.to_string()))
}

/// Every licence that a person has a seat of or may take from.
fn has(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<Licence>> {
    let mut has: Vec<_> = licence::standing_of(tx, person)?.into_iter().map(|(licence, _)| licence).collect();
    has.extend(licence::entitlements_of(tx, person)?);
    Ok(has)
}

/// Puts what a person is entitled to in the order in which the door tries it: a team's pool before the general one, day
/// passes last. A seat of their own always comes first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreferLicences {
    /// Whose.
    pub person: PersonId,
    /// The licences in order, each once; what is left out comes after them.
    pub order: Vec<LicenceId>,
}

impl Command for PreferLicences {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        if !at.may(Capability::LicenceRead) {
            return Err(Refused::NotFound("person"));
        }
        at.aim(self.person);
        Ok(Action::LicenceEntitle)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let Self { person, order } = self;
        let entitled = licence::entitlements_of(act.tx, person)?;
        let once: BTreeSet<_> = order.iter().copied().collect();
        if once.len() < order.len() {
            return Err(Refused::field("order", "name each licence once"));
        }
        if let Some(other) = order.iter().find(|id| entitled.iter().all(|licence| licence.id != **id)) {
            return Err(Refused::field("order", format!("{other} is nothing this person is entitled to")));
        }
        licence::prefer(act.tx, person, &order)?;
        let names = order.iter().filter_map(|id| entitled.iter().find(|licence| licence.id == *id));
        let names: Vec<_> = names.map(|licence| licence.name.clone()).collect();
        act.detail = json!({ "person": person::name(act.tx, person)?, "order": names });
        act.announce(format!("seat:{person}"));
        Ok(())
    }
}

fn make_seats(act: &mut Act<'_, '_>, licence: &Licence) -> Result<()> {
    let seats = licence::seats(act.tx, licence.id)?;
    for number in missing_seats(licence, &seats) {
        let seat = act.new_id();
        licence::insert_seat(act.tx, seat, licence.id, number)?;
    }
    Ok(())
}

fn name_taken(error: StoreError) -> Refused {
    match error {
        StoreError::Duplicate { .. } => {
            Refused::field("name", "another licence has this name; give this one a name of its own")
        }
        error => error.into(),
    }
}

/// Lets people take tokens of a concurrent licence.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entitle {
    /// Which licence.
    pub licence: LicenceId,
    /// Whom; at most 1,000 at once.
    pub people: Vec<PersonId>,
}

/// Whom [`Entitle`] entitled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entitled {
    /// How many were not entitled before.
    pub added: u32,
}

impl Entitle {
    const LIMIT: usize = 1_000;
}

impl Command for Entitle {
    type Outcome = Entitled;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        aim(at, self.licence)?;
        Ok(Action::LicenceEntitle)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<Entitled> {
        let licence = licence::by_id(act.tx, self.licence)?.ok_or(Refused::NotFound("licence"))?;
        match licence.metric {
            Metric::Concurrent | Metric::DayPass => {}
            Metric::Exclusive => {
                return Err(Refused::Rule(format!(
                    "{} is exclusive and has no tokens; assign its seats instead",
                    licence.name
                )));
            }
            Metric::Requester => {
                return Err(Refused::Rule(format!(
                    "{} is free for everybody; nobody needs to be entitled to it",
                    licence.name
                )));
            }
        }
        let people: BTreeSet<_> = self.people.into_iter().collect();
        if people.is_empty() || people.len() > Self::LIMIT {
            return Err(Refused::field("people", format!("name 1 to {} people at once", Self::LIMIT)));
        }
        let mut added = Vec::new();
        for id in people {
            // Held, so that they do not leave at the same moment.
            let person = person::lock(act.tx, id)?.filter(|person| person.active);
            let Some(person) = person else {
                return Err(Refused::field(
                    "people",
                    format!("{id} is nobody who works here; leave them out"),
                ));
            };
            goes_with(act.tx, id, &licence)?;
            if licence::entitle(act.tx, id, licence.id, act.ctx.now)? {
                act.announce(format!("seat:{id}"));
                added.push(json!({ "id": id, "name": person.name }));
            }
        }
        act.announce(format!("licence:{}", licence.id));
        let count = u32::try_from(added.len()).unwrap_or(u32::MAX);
        act.detail = json!({ "licence": licence.name, "entitled": added });
        Ok(Entitled { added: count })
    }
}

/// Ends a person's right to tokens of a licence; the token they hold, or their place in line, ends with it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndEntitlement {
    /// Which licence.
    pub licence: LicenceId,
    /// Whose.
    pub person: PersonId,
}

impl Command for EndEntitlement {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        aim(at, self.licence)?;
        Ok(Action::LicenceEntitle)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let Self { licence, person } = self;
        let by = act.person();
        let ended = licence::lock(act.tx, licence)?.ok_or(Refused::NotFound("licence"))?;
        not_needed(act.tx, person, &ended)?;
        if ended.metric == Metric::Concurrent {
            // Under the pool's lock, so that nobody checks out by the right that is just ending.
            operate(act, licence, |pool, now, _| ((), pool.revoke(now, person, by)))?;
        }
        if !licence::disentitle(act.tx, person, licence)? {
            return Err(Refused::Rule(
                "this person is not entitled to the licence; nothing is to be ended".to_owned(),
            ));
        }
        let name = person::name(act.tx, person)?;
        act.detail = json!({ "licence": ended.name, "person": name });
        act.announce(format!("licence:{licence}"));
        act.announce(format!("seat:{person}"));
        Ok(())
    }
}
