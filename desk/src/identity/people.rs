//! People: the administrator's commands, and who may look.

use domain::{
    GroupId, PersonId, Timestamp,
    identity::{Capabilities, Capability, Principal, Role},
    licence::Action,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    StoreError, WriteTx,
    person::{self, Person, Team},
    session,
};

use super::Fields;
use crate::{Act, Command, Look, Query, Refused, Result, Threshold, licence};

/// Adds a person. They have no password: an administrator hands them a sign-in link.
#[derive(Debug, Clone, Default)]
pub struct AddPerson {
    /// Their name.
    pub name: String,
    /// Their address; nobody else has it.
    pub email: String,
    /// Their job.
    pub title: String,
    /// Where in the organisation.
    pub department: String,
    /// Where in the world.
    pub location: String,
    /// Their time zone, an IANA name; UTC if nothing is said.
    pub zone: Option<String>,
    /// Their roles; everybody is a requester.
    pub roles: Vec<Role>,
    /// Their groups.
    pub teams: Vec<GroupId>,
}

impl Command for AddPerson {
    type Outcome = PersonId;

    fn action(&self, _: &mut Threshold<'_, '_>) -> Result<Action> {
        Ok(Action::PersonChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<PersonId> {
        let mut fields = Fields::default();
        let person = Person {
            id: act.new_id(),
            name: fields.line("name", &self.name, 1..=120),
            email: fields.email("email", &self.email),
            title: fields.line("title", &self.title, 0..=120),
            department: fields.line("department", &self.department, 0..=120),
            location: fields.line("location", &self.location, 0..=120),
            zone: fields.zone("zone", self.zone.as_deref().unwrap_or("UTC")),
            active: true,
            version: 1,
            created_at: act.now(),
            language: None,
        };
        for team in &self.teams {
            if person::team(act.tx, *team)?.is_none() {
                fields.refuse("teams", format_args!("there is no group {team}"));
            }
        }
        fields.check()?;
        let roles = distinct(self.roles);
        add(act.tx, &person, None, &roles, &self.teams)?;
        act.target = person.id.into();
        act.detail =
            json!({ "name": person.name, "email": person.email, "roles": roles, "groups": self.teams });
        Ok(person.id)
    }
}

/// Writes a new person down.
pub(super) fn add(
    tx: &mut WriteTx<'_>,
    person: &Person,
    external: Option<(&str, &str)>,
    roles: &[Role],
    teams: &[GroupId],
) -> Result<()> {
    if person::by_email(tx, &person.email)?.is_some() {
        return Err(address_taken());
    }
    person::insert(tx, person, external).map_err(taken_meanwhile)?;
    person::set_roles(tx, person.id, roles)?;
    for team in teams {
        person::add_member(tx, *team, person.id)?;
    }
    Ok(())
}

fn address_taken() -> Refused {
    Refused::field("email", "belongs to somebody at this desk already")
}

fn taken_meanwhile(error: StoreError) -> Refused {
    match error {
        StoreError::Duplicate { .. } => address_taken(),
        error => error.into(),
    }
}

fn distinct(mut roles: Vec<Role>) -> Vec<Role> {
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// What changes about a person; what is not named stays.
#[derive(Debug, Clone, Default)]
pub struct PersonChanges {
    /// Their name.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// Their job.
    pub title: Option<String>,
    /// Where in the organisation.
    pub department: Option<String>,
    /// Where in the world.
    pub location: Option<String>,
    /// Their time zone.
    pub zone: Option<String>,
    /// Whether they may sign in. Who may not any more is signed out, their tokens are revoked, and their seats are free.
    pub active: Option<bool>,
}

/// Changes a person.
#[derive(Debug, Clone)]
pub struct ChangePerson {
    /// Whom.
    pub person: PersonId,
    /// The version that was looked at.
    pub version: u64,
    /// What changes.
    pub changes: PersonChanges,
}

/// A person after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonChanged {
    /// Who.
    pub person: PersonId,
    /// Their version now.
    pub version: u64,
}

impl Command for ChangePerson {
    type Outcome = PersonChanged;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.aim(self.person);
        Ok(Action::PersonChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<PersonChanged> {
        let PersonChanges { name, email, title, department, location, zone, active } = self.changes;
        let leaves = active == Some(false);
        let seen = person::by_id(act.tx, self.person)?.ok_or(Refused::NotFound("person"))?;
        current(&seen, self.version)?;
        let mut ended = None;
        if leaves {
            // Before their row is locked: licences come first in the order of locks.
            ended = Some(licence::end_everything_of(act, self.person, "left")?);
            keep_an_administrator(act.tx, self.person)?;
        }
        let before = person::lock(act.tx, self.person)?.ok_or(Refused::NotFound("person"))?;
        current(&before, self.version)?;
        if leaves && licence::has_anything(act.tx, self.person)? {
            // Given to them between the two: sent again, this ends it with the rest.
            return Err(store::StoreError::Busy.into());
        }

        let mut fields = Fields::default();
        let mut line = |field: &str, new: Option<String>, old: &str, least: usize| match new {
            Some(new) => fields.line(field, &new, least..=120),
            None => old.to_owned(),
        };
        let mut after = Person {
            name: line("name", name, &before.name, 1),
            title: line("title", title, &before.title, 0),
            department: line("department", department, &before.department, 0),
            location: line("location", location, &before.location, 0),
            active: active.unwrap_or(before.active),
            version: before.version + 1,
            ..before.clone()
        };
        if let Some(email) = email {
            after.email = fields.email("email", &email);
        }
        if let Some(zone) = zone {
            after.zone = fields.zone("zone", &zone);
        }
        fields.check()?;
        if after.email != before.email && person::by_email(act.tx, &after.email)?.is_some() {
            return Err(address_taken());
        }
        person::update(act.tx, &after).map_err(taken_meanwhile)?;
        if leaves {
            let now = act.now();
            session::end_all(act.tx, self.person, now)?;
            session::revoke_tokens_of(act.tx, self.person, now)?;
            session::clear_links_of(act.tx, self.person)?;
            act.announce(format!("seat:{}", self.person));
        }
        act.detail = json!({ "changed": difference(&before, &after), "licences_ended": ended });
        Ok(PersonChanged { person: self.person, version: after.version })
    }
}

fn current(person: &Person, version: u64) -> Result<()> {
    if person.version == version { Ok(()) } else { Err(Refused::Stale { current: person.version }) }
}

fn difference(before: &Person, after: &Person) -> serde_json::Value {
    let mut changed = serde_json::Map::new();
    let active = |person: &Person| person.active.to_string();
    for (field, old, new) in [
        ("name", &before.name, &after.name),
        ("email", &before.email, &after.email),
        ("title", &before.title, &after.title),
        ("department", &before.department, &after.department),
        ("location", &before.location, &after.location),
        ("zone", &before.zone, &after.zone),
        ("active", &active(before), &active(after)),
    ] {
        if old != new {
            changed.insert(field.to_owned(), json!({ "before": old, "after": new }));
        }
    }
    changed.into()
}

/// Refuses to take away the last active administrator.
fn keep_an_administrator(tx: &mut WriteTx<'_>, person: PersonId) -> Result<()> {
    if person::lock_administrators(tx, Some(person))? == [person] {
        return Err(Refused::Rule(
            "they are the only administrator; make somebody else one first".to_owned(),
        ));
    }
    Ok(())
}

/// Gives a person these roles and no others.
#[derive(Debug, Clone)]
pub struct SetRoles {
    /// Whom.
    pub person: PersonId,
    /// Which; everybody is a requester.
    pub roles: Vec<Role>,
}

impl Command for SetRoles {
    type Outcome = PersonChanged;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.aim(self.person);
        Ok(Action::PersonChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<PersonChanged> {
        let roles = distinct(self.roles);
        if !roles.contains(&Role::Admin) {
            keep_an_administrator(act.tx, self.person)?;
        }
        let mut person = person::lock(act.tx, self.person)?.ok_or(Refused::NotFound("person"))?;
        let before = person::roles(act.tx, self.person)?;
        person::set_roles(act.tx, self.person, &roles)?;
        person.version += 1;
        person::update(act.tx, &person)?;
        act.detail = json!({ "roles": { "before": before, "after": roles } });
        act.announce(format!("seat:{}", self.person));
        Ok(PersonChanged { person: self.person, version: person.version })
    }
}

/// Refuses, as if there were nobody, who does not work here.
pub(super) fn may_look(look: &Look<'_, '_>, what: &'static str) -> Result<()> {
    let may = [Capability::TicketRead, Capability::LicenceRead, Capability::Admin];
    if may.into_iter().any(|capability| look.may(capability)) { Ok(()) } else { Err(Refused::NotFound(what)) }
}

/// A page of people by name, for who works here.
#[derive(Debug, Clone, Default)]
pub struct People {
    /// Only those whose name or address contains this.
    pub search: Option<String>,
    /// After whom.
    pub after: Option<PeopleCursor>,
    /// At most so many, 1 to 200.
    pub limit: u32,
}

/// Where a page of people ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeopleCursor {
    /// The last name on the page.
    pub name: String,
    /// The last person's id.
    pub id: PersonId,
}

/// A page of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeoplePage {
    /// The people, by name.
    pub people: Vec<(Person, Vec<Role>)>,
    /// Where the next page begins, if there is one.
    pub next: Option<PeopleCursor>,
}

impl Query for People {
    type Answer = PeoplePage;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<PeoplePage> {
        may_look(look, "person")?;
        let limit = self.limit.clamp(1, 200);
        let after = self.after.map(|cursor| (cursor.name.replace('\0', ""), cursor.id.to_string()));
        let after = after.as_ref().map(|(name, id)| (name.as_str(), id.as_str()));
        let search = self.search.map(|text| super::field::display(text.trim(), 120)).unwrap_or_default();
        let mut found = if search.is_empty() {
            person::all(look.tx, after, limit + 1)?
        } else {
            person::found(look.tx, &search, after, limit + 1)?
        };
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next =
            found.last().filter(|_| more).map(|last| PeopleCursor { name: last.name.clone(), id: last.id });
        let mut people = Vec::with_capacity(found.len());
        for person in found {
            let roles = person::roles(look.tx, person.id)?;
            people.push((person, roles));
        }
        Ok(PeoplePage { people, next })
    }
}

/// One person: oneself, or anybody for who works here.
#[derive(Debug, Clone, Copy)]
pub struct PersonDetail {
    /// Whom.
    pub person: PersonId,
}

/// A person in detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonInDetail {
    /// The person.
    pub person: Person,
    /// Their roles.
    pub roles: Vec<Role>,
    /// What the roles give.
    pub capabilities: Capabilities,
    /// Their groups.
    pub teams: Vec<Team>,
}

impl Query for PersonDetail {
    type Answer = PersonInDetail;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<PersonInDetail> {
        if look.person() != Some(self.person) {
            may_look(look, "person")?;
        }
        let person = person::by_id(look.tx, self.person)?.ok_or(Refused::NotFound("person"))?;
        let roles = person::roles(look.tx, self.person)?;
        let capabilities = if person.active {
            Capabilities::of_roles(roles.iter().copied())
        } else {
            Capabilities::default()
        };
        let teams = person::teams_of(look.tx, self.person)?;
        Ok(PersonInDetail { person, roles, capabilities, teams })
    }
}

/// Who the caller is.
#[derive(Debug, Clone, Copy)]
pub struct Me;

/// The caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MyStanding {
    /// Who acts, through which account, for whom.
    pub principal: Principal,
    /// The person, if the desk knows them.
    pub person: Option<PersonInDetail>,
    /// What they may do through these credentials.
    pub capabilities: Capabilities,
    /// When this was so.
    pub at: Timestamp,
}

impl Query for Me {
    type Answer = MyStanding;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<MyStanding> {
        let person = look.person().map(|person| PersonDetail { person }.answer(look)).transpose()?;
        Ok(MyStanding {
            principal: look.ctx.principal.clone(),
            person,
            capabilities: look.capabilities,
            at: look.ctx.now,
        })
    }
}
