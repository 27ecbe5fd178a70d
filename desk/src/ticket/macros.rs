//! Macros: work that technicians do again and again, kept under a name.

use std::collections::HashMap;

use domain::{
    GroupId, MacroId, PersonId,
    identity::Capability,
    licence::Action,
    ticket::{Assignee, Group, MacroName, Saying, UsedBy, Work, check_blanks},
};
use serde::{Deserialize, Serialize};
use store::person;

use super::kept::{Whose, changeable, keep, must_be_changeable, remove, usable};
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
            must_be_changeable(at, id, "macro")?;
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
        let written = (self.name.into(), self.work, self.used_by);
        Ok(MacroWritten { id: keep(act, self.id, written, ("macro", Whose::Author))? })
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
        must_be_changeable(at, self.id, "macro")?;
        Ok(Action::MacroChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        remove(act, self.id, "macro")
    }
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
        let found = usable::<MacroId>(look.tx, me, self.most)?;
        let people = found.iter().filter_map(|it| match it.content.assignee {
            Some(Assignee::Person(person)) => Some(person),
            Some(Assignee::Me | Assignee::Nobody) | None => None,
        });
        let people = person::names(look.tx, people)?;
        let groups: HashMap<GroupId, String> =
            person::teams(look.tx)?.into_iter().map(|team| (team.id, team.name)).collect();
        Ok(found
            .into_iter()
            .map(|it| MacroView {
                does: does(&it.content, look, &people, &groups),
                changeable: changeable(look, &it),
                id: it.id,
                name: it.name,
                work: it.content,
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
