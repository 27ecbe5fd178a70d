//! People brought in from another desk.

use std::collections::BTreeMap;

use domain::{
    GroupId, PersonId,
    identity::Role,
    import::{ImportedPerson, PersonKey, RoleHint},
    licence::Action,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::person::{self, Person, Team};

use super::{Fields, people};
use crate::{Act, Command, Result, Threshold};

/// Most people in one command: what one transaction should hold.
const AT_ONCE: usize = 5_000;

/// Brings in people with their groups and least roles. Who is here already, by the source's key or by address, stays as
/// they are and gains what they lack; bringing in the same people again changes nothing.
#[derive(Debug, Clone)]
pub struct ImportPeople {
    /// The desk they come from, for example `servicenow`.
    pub source: String,
    /// The people, at most 5,000.
    pub people: Vec<ImportedPerson>,
}

/// Where the people of the source are found here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ImportedPeople {
    /// Each person who was placed.
    pub people: BTreeMap<PersonKey, PersonId>,
    /// Each group that they name.
    pub teams: BTreeMap<String, GroupId>,
    /// How many were not here before.
    pub created: u32,
    /// Who could not be placed, and why.
    pub skipped: Vec<SkippedPerson>,
}

/// Somebody who could not be placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedPerson {
    /// What the source calls them.
    pub key: PersonKey,
    /// Why, and what to do about it.
    pub why: String,
}

impl Command for ImportPeople {
    type Outcome = ImportedPeople;

    fn action(&self, _: &mut Threshold<'_, '_>) -> Result<Action> {
        Ok(Action::ImportRun)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<ImportedPeople> {
        let mut fields = Fields::default();
        let source = fields.line("source", &self.source, 1..=60);
        if self.people.len() > AT_ONCE {
            fields.refuse("people", format_args!("bring in at most {AT_ONCE} at a time"));
        }
        fields.check()?;
        let mut placed = ImportedPeople::default();
        for imported in self.people {
            match checked(&imported) {
                Ok(clean) => place(act, &source, imported, clean, &mut placed)?,
                Err(refused) => {
                    placed.skipped.push(SkippedPerson { key: imported.key, why: refused.to_string() });
                }
            }
        }
        act.detail = json!({
            "source": source, "people": placed.people.len(), "created": placed.created,
            "groups": placed.teams.keys().collect::<Vec<_>>(), "skipped": placed.skipped.len(),
        });
        act.announce("queue");
        Ok(placed)
    }
}

/// What of an imported person can be used as it is.
struct Clean {
    name: String,
    email: String,
    title: String,
    department: String,
    location: String,
    groups: Vec<String>,
}

fn checked(imported: &ImportedPerson) -> Result<Clean> {
    let mut fields = Fields::default();
    fields.line("key", imported.key.as_str(), 1..=200);
    let mut optional =
        |field: &str, text: &Option<String>| fields.line(field, text.as_deref().unwrap_or_default(), 0..=120);
    let (title, department, location) = (
        optional("title", &imported.title),
        optional("department", &imported.department),
        optional("location", &imported.location),
    );
    let name = fields.line("display_name", &imported.display_name, 1..=120);
    let email = fields.email("email", &imported.email);
    let groups = imported.groups.iter().map(|group| fields.line("groups", group, 1..=80)).collect();
    fields.check()?;
    Ok(Clean { name, email, title, department, location, groups })
}

fn place(
    act: &mut Act<'_, '_>,
    source: &str,
    imported: ImportedPerson,
    clean: Clean,
    placed: &mut ImportedPeople,
) -> Result<()> {
    let role = match imported.role {
        RoleHint::Requester => Role::Requester,
        RoleHint::Agent => Role::Agent,
    };
    let key = imported.key.as_str();
    let mut known = person::id_by_external(act.tx, source, key)?;
    if known.is_none()
        && let Some(person) = person::by_email(act.tx, &clean.email)?
    {
        person::set_external(act.tx, person.id, source, key)?;
        known = Some(person.id);
    }
    let mut teams = Vec::with_capacity(clean.groups.len());
    for group in clean.groups {
        teams.push(team(act, group, placed)?);
    }
    let id = if let Some(id) = known {
        let mut roles = person::roles(act.tx, id)?;
        if role == Role::Agent && !roles.contains(&Role::Agent) {
            roles.push(Role::Agent);
            person::set_roles(act.tx, id, &roles)?;
        }
        for team in teams {
            person::add_member(act.tx, team, id)?;
        }
        id
    } else {
        let person = Person {
            id: act.new_id(),
            name: clean.name,
            email: clean.email,
            title: clean.title,
            department: clean.department,
            location: clean.location,
            zone: "UTC".to_owned(),
            active: true,
            version: 1,
            created_at: act.now(),
            language: None,
        };
        people::add(act.tx, &person, Some((source, key)), &[role], &teams)?;
        placed.created += 1;
        person.id
    };
    placed.people.insert(imported.key, id);
    Ok(())
}

/// The group of this name, made if there is none.
fn team(act: &mut Act<'_, '_>, name: String, placed: &mut ImportedPeople) -> Result<GroupId> {
    if let Some(id) = placed.teams.get(&name) {
        return Ok(*id);
    }
    let id = if let Some(team) = person::team_by_name(act.tx, &name)? {
        team.id
    } else {
        let (id, now) = (act.new_id(), act.now());
        person::insert_team(act.tx, &Team { id, name: name.clone() }, now)?;
        id
    };
    placed.teams.insert(name, id);
    Ok(id)
}
