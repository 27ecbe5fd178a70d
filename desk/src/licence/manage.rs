//! What a licence manager does to licences: add, change, entitle.

use std::collections::BTreeSet;

use domain::{
    LicenceId, PersonId, Timestamp,
    licence::{Action, Licence, Metric, Module, NewLicence, PoolRules, Term, missing_seats},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{StoreError, licence, person};

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
        let after = Licence::new(id, new)?;
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
                operate(act, id, |pool, now, _| ((), pool.set_quantity(now, after.quantity)))?;
            }
            Metric::Requester => {}
        }
        licence::update(act.tx, &after).map_err(name_taken)?;
        match after.metric {
            Metric::Exclusive => make_seats(act, &after)?,
            Metric::Concurrent => drop(operate(act, id, |pool, now, _| ((), pool.settle(now)))?),
            Metric::Requester => {}
        }
        act.detail = json!({ "before": before, "after": after });
        act.announce(format!("licence:{id}"));
        Ok(current + 1)
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
            Metric::Concurrent => {}
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
            let person = person::by_id(act.tx, id)?.filter(|person| person.active);
            let Some(person) = person else {
                return Err(Refused::field(
                    "people",
                    format!("{id} is nobody who works here; leave them out"),
                ));
            };
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
        // Under the pool's lock, so that nobody checks out by the right that is just ending.
        let ((), pool) = operate(act, licence, |pool, now, _| ((), pool.revoke(now, person, by)))?;
        if !licence::disentitle(act.tx, person, licence)? {
            return Err(Refused::Rule(
                "this person is not entitled to the licence; nothing is to be ended".to_owned(),
            ));
        }
        let name = person::name(act.tx, person)?;
        act.detail = json!({ "licence": pool.licence().name, "person": name });
        act.announce(format!("licence:{licence}"));
        act.announce(format!("seat:{person}"));
        Ok(())
    }
}
