//! Groups: the teams that own queues.

use domain::{GroupId, PersonId, licence::Action};
use serde_json::json;
use store::{
    StoreError,
    person::{self, Person, Team},
};

use super::{Fields, people::may_look};
use crate::{Act, Command, Look, Query, Refused, Result, Threshold};

/// Adds a group.
#[derive(Debug, Clone)]
pub struct AddTeam {
    /// Its name; no other group has it.
    pub name: String,
}

impl Command for AddTeam {
    type Outcome = GroupId;

    fn action(&self, _: &mut Threshold<'_, '_>) -> Result<Action> {
        Ok(Action::GroupChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<GroupId> {
        let (id, now) = (act.new_id::<GroupId>(), act.now());
        let name = free_name(act, &self.name, None)?;
        act.target = id.into();
        act.detail = json!({ "name": name });
        person::insert_team(act.tx, &Team { id, name }, now).map_err(taken_meanwhile)?;
        act.announce("queue");
        Ok(id)
    }
}

/// Gives a group another name.
#[derive(Debug, Clone)]
pub struct RenameTeam {
    /// Which.
    pub team: GroupId,
    /// Its new name.
    pub name: String,
}

impl Command for RenameTeam {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.aim(self.team);
        Ok(Action::GroupChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let before = person::team(act.tx, self.team)?.ok_or(Refused::NotFound("group"))?;
        let name = free_name(act, &self.name, Some(self.team))?;
        person::rename_team(act.tx, self.team, &name).map_err(taken_meanwhile)?;
        act.detail = json!({ "name": { "before": before.name, "after": name } });
        act.announce("queue");
        Ok(())
    }
}

fn free_name(act: &mut Act<'_, '_>, name: &str, of: Option<GroupId>) -> Result<String> {
    let mut fields = Fields::default();
    let name = fields.line("name", name, 1..=80);
    fields.check()?;
    match person::team_by_name(act.tx, &name)? {
        Some(other) if Some(other.id) != of => Err(name_taken()),
        _ => Ok(name),
    }
}

fn name_taken() -> Refused {
    Refused::field("name", "is the name of a group already")
}

fn taken_meanwhile(error: StoreError) -> Refused {
    match error {
        StoreError::Duplicate { .. } => name_taken(),
        error => error.into(),
    }
}

/// Puts a person into a group.
#[derive(Debug, Clone, Copy)]
pub struct AddTeamMember {
    /// Which group.
    pub team: GroupId,
    /// Whom.
    pub person: PersonId,
}

impl Command for AddTeamMember {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.aim(self.person);
        Ok(Action::PersonChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let team = person::team(act.tx, self.team)?.ok_or(Refused::NotFound("group"))?;
        let known = person::by_id(act.tx, self.person)?.ok_or(Refused::NotFound("person"))?;
        let added = person::add_member(act.tx, self.team, self.person)?;
        act.detail = json!({ "joined": team.name, "name": known.name, "was_member": !added });
        act.announce("queue");
        Ok(())
    }
}

/// Takes a person out of a group.
#[derive(Debug, Clone, Copy)]
pub struct RemoveTeamMember {
    /// Which group.
    pub team: GroupId,
    /// Whom.
    pub person: PersonId,
}

impl Command for RemoveTeamMember {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.aim(self.person);
        Ok(Action::PersonChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let team = person::team(act.tx, self.team)?.ok_or(Refused::NotFound("group"))?;
        if !person::remove_member(act.tx, self.team, self.person)? {
            return Err(Refused::NotFound("member"));
        }
        act.detail = json!({ "left": team.name });
        act.announce("queue");
        Ok(())
    }
}

/// All groups by name, for who works here.
#[derive(Debug, Clone, Copy)]
pub struct Teams;

impl Query for Teams {
    type Answer = Vec<Team>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Vec<Team>> {
        may_look(look, "group")?;
        Ok(person::teams(look.tx)?)
    }
}

/// The members of a group by name, for who works here.
#[derive(Debug, Clone, Copy)]
pub struct TeamMembers {
    /// Which group.
    pub team: GroupId,
}

impl Query for TeamMembers {
    type Answer = Vec<Person>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Vec<Person>> {
        may_look(look, "group")?;
        person::team(look.tx, self.team)?.ok_or(Refused::NotFound("group"))?;
        Ok(person::members(look.tx, self.team)?)
    }
}
