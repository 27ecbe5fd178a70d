//! Macros: work that technicians do again and again, kept under a name.

use std::collections::HashMap;

use domain::{
    GroupId, MacroId, PersonId,
    identity::Capability,
    licence::Action,
    ticket::{Assignee, Group, MacroName, Saying, UsedBy, Work, check_blanks},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    macros::{self, Macro},
    person,
};

use super::kept::{OWN, SHARED, must_be_changeable, must_have_room};
use crate::{Act, Command, Look, Query, Refused, Result, Threshold};

/// Which macro was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MacroWritten {
    /// Its id.
    pub id: MacroId,
}

/// Keeps work as a macro, or writes one anew.
#[derive(Debug, Clone)]
pub struct WriteMacro {
    /// The one that is there; without it, a new one.
    pub id: Option<MacroId>,
    /// What it is found by.
    pub name: MacroName,
    /// What it does.
    pub work: Work,
    /// Who may use it.
    pub used_by: UsedBy,
}

impl Command for WriteMacro {
    type Outcome = MacroWritten;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        if let Some(id) = self.id {
            changeable(at, id)?;
        }
        Ok(Action::MacroChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<MacroWritten> {
        if self.work.is_empty() {
            return Err(Refused::Rule(
                "a macro does something; choose at least one thing to change or to say".to_owned(),
            ));
        }
        if let Some(say) = &self.work.say {
            check_blanks(say.body()).map_err(|error| Refused::field("say", error))?;
        }
        let before = self.id.map(|id| macros::by_id(act.tx, id)).transpose()?.flatten();
        if self.id.is_some() && before.is_none() {
            return Err(Refused::NotFound("macro"));
        }
        let author = match &before {
            Some(before) => before.author,
            None => act.person().ok_or(Refused::NotFound("person"))?,
        };
        if before.as_ref().is_none_or(|before| before.used_by != self.used_by) {
            let count = match self.used_by {
                UsedBy::Author => macros::count_own(act.tx, author)?,
                UsedBy::Everybody => macros::count_shared(act.tx)?,
            };
            must_have_room(count, self.used_by)?;
        }
        let id = before.as_ref().map_or_else(|| act.new_id(), |before| before.id);
        let it = Macro {
            id,
            author,
            author_name: String::new(),
            used_by: self.used_by,
            name: self.name.into(),
            work: self.work,
            changed_at: act.now(),
        };
        macros::put(act.tx, &it)?;
        act.detail = json!({
            "macro": id, "name": it.name, "work": it.work, "used_by": it.used_by,
            "before": before.map(|before| json!({ "name": before.name, "work": before.work, "used_by": before.used_by })),
        });
        Ok(MacroWritten { id })
    }
}

/// Removes a macro.
#[derive(Debug, Clone, Copy)]
pub struct DeleteMacro {
    /// Which one.
    pub id: MacroId,
}

impl Command for DeleteMacro {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        changeable(at, self.id)?;
        Ok(Action::MacroChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let it = macros::by_id(act.tx, self.id)?.ok_or(Refused::NotFound("macro"))?;
        macros::delete(act.tx, self.id)?;
        act.detail = json!({ "macro": self.id, "name": it.name, "work": it.work, "removed": true });
        Ok(())
    }
}

fn changeable(at: &mut Threshold<'_, '_>, id: MacroId) -> Result<()> {
    let it = macros::by_id(at.tx, id)?.ok_or(Refused::NotFound("macro"))?;
    must_be_changeable(at, (it.author, &it.author_name), it.used_by, "macro")
}

/// A macro as technicians see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MacroView {
    /// Which one.
    pub id: MacroId,
    /// What it is found by.
    pub name: String,
    /// What it does.
    pub work: Work,
    /// The same in words: "replies", "takes it", "moves it to Waiting".
    pub does: Vec<String>,
    /// Who may use it.
    pub used_by: UsedBy,
    /// Who wrote it.
    pub author_name: String,
    /// Whether the caller may change it.
    pub changeable: bool,
}

/// The macros that the caller may use: their own, then everybody's, by name.
#[derive(Debug, Clone, Copy, Default)]
pub struct Macros {
    /// At most so many, where not all are wanted.
    pub most: Option<u32>,
}

impl Query for Macros {
    type Answer = Vec<MacroView>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::TicketWork, "macro")?;
        let me = look.person().ok_or(Refused::NotFound("macro"))?;
        let most = self.most.unwrap_or(SHARED);
        let mut found = macros::own(look.tx, me, OWN.min(most))?;
        let left = most.saturating_sub(u32::try_from(found.len()).unwrap_or(most));
        if self.most.is_none() || left > 0 {
            found.extend(macros::shared(look.tx, if self.most.is_none() { SHARED } else { left })?);
        }
        let people = found.iter().filter_map(|it| match it.work.assignee {
            Some(Assignee::Person(person)) => Some(person),
            Some(Assignee::Me | Assignee::Nobody) | None => None,
        });
        let people = person::names(look.tx, people)?;
        let groups: HashMap<GroupId, String> =
            person::teams(look.tx)?.into_iter().map(|team| (team.id, team.name)).collect();
        let admin = look.may(Capability::Admin);
        Ok(found
            .into_iter()
            .map(|it| MacroView {
                does: does(&it.work, look, &people, &groups),
                changeable: it.author == me || (it.used_by == UsedBy::Everybody && admin),
                id: it.id,
                name: it.name,
                work: it.work,
                used_by: it.used_by,
                author_name: it.author_name,
            })
            .collect())
    }
}

fn does(
    work: &Work,
    look: &Look<'_, '_>,
    people: &HashMap<PersonId, String>,
    groups: &HashMap<GroupId, String>,
) -> Vec<String> {
    let mut does = Vec::new();
    match work.say {
        Some(Saying::Reply(_)) => does.push("replies".to_owned()),
        Some(Saying::Note(_)) => does.push("writes a note".to_owned()),
        None => {}
    }
    match work.group {
        Some(Group::None) => does.push("takes it out of every group".to_owned()),
        Some(Group::Is(id)) => {
            let name = groups.get(&id).map_or("a group that is gone", String::as_str);
            does.push(format!("gives it to {name}"));
        }
        None => {}
    }
    match work.assignee {
        Some(Assignee::Nobody) => does.push("gives it back to the queue".to_owned()),
        Some(Assignee::Me) => does.push("takes it".to_owned()),
        Some(Assignee::Person(id)) => {
            let name = people.get(&id).map_or("somebody who is gone", String::as_str);
            does.push(format!("gives it to {name}"));
        }
        None => {}
    }
    does.extend(work.impact.map(|impact| format!("sets impact to {impact}")));
    does.extend(work.urgency.map(|urgency| format!("sets urgency to {urgency}")));
    does.extend(work.category.as_ref().map(|category| format!("files it under {category}")));
    does.extend(work.to.as_ref().map(|to| format!("moves it to {}", look.rules.workflow.label(to))));
    does
}
