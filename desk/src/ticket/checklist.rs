//! What is still to be done on a ticket, item by item.

use domain::{
    ChecklistItemId, CommentId, Timestamp,
    identity::Capability,
    licence::Action,
    ticket::{
        Checklist, ChecklistError, ChecklistItem, ChecklistProgress, ChecklistWords, ItemChange, Ticked,
        tasks,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::checklist;

use super::{NamedPerson, TicketRef};
use crate::{Act, Command, Look, Query, Refused, Result, Threshold};

const ITEM: &str = "checklist item";

/// What is done to a checklist.
#[derive(Debug, Clone)]
pub enum ChecklistEdit {
    /// Adds items at its end.
    Add(Vec<ChecklistWords>),
    /// Adds the tasks that a reply or note lists as `- [ ] …`, without those that it has already.
    AddFrom(CommentId),
    /// The same of what the ticket began with.
    AddFromDescription,
    /// Changes an item: its words, whether it is done, its place.
    Change(ChecklistItemId, ItemChange),
    /// Removes an item.
    Remove(ChecklistItemId),
}

/// Change the checklist of a ticket.
///
/// The ticket's own version stays: who edits its fields meanwhile is in nobody's way.
#[derive(Debug, Clone)]
pub struct ChangeChecklist {
    /// The ticket.
    pub ticket: TicketRef,
    /// What is done.
    pub edit: ChecklistEdit,
}

/// What became of a checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecklistChanged {
    /// The new items.
    pub added: Vec<ChecklistItemId>,
    /// How far it is; nothing of a checklist without items.
    pub progress: Option<ChecklistProgress>,
}

impl Command for ChangeChecklist {
    type Outcome = ChecklistChanged;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.work_on(self.ticket)?;
        Ok(Action::ChecklistChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<ChecklistChanged> {
        let ticket = act.hold(self.ticket, None)?;
        ticket.takes_checklist()?;
        let by = act.person().ok_or(Refused::NotFound("person"))?;
        let ticked = Ticked { by, at: act.now() };
        let (before, _) = checklist::of(act.tx, ticket.id)?;
        let mut added = Vec::new();
        let after = match self.edit {
            ChecklistEdit::Add(words) => {
                let new = words.into_iter().map(|words| (words, false)).collect();
                add(act, &before, new, ticked, &mut added)?
            }
            ChecklistEdit::AddFrom(_) | ChecklistEdit::AddFromDescription => {
                let text = match self.edit {
                    ChecklistEdit::AddFrom(comment) => checklist::words_of(act.tx, ticket.id, comment)?,
                    _ => ticket.description.as_ref().map(ToString::to_string),
                };
                let text = text.ok_or(Refused::NotFound("comment"))?;
                let known = |words: &ChecklistWords| before.items().iter().any(|item| item.words == *words);
                let new: Vec<_> = tasks(&text).into_iter().filter(|(words, _)| !known(words)).collect();
                if new.is_empty() {
                    return Err(Refused::Rule("every task that it lists is on the checklist".to_owned()));
                }
                add(act, &before, new, ticked, &mut added)?
            }
            ChecklistEdit::Change(item, change) => before.change(item, change, ticked)?,
            ChecklistEdit::Remove(item) => before.remove(item)?,
        };
        let progress = after.progress();
        if after != before {
            checklist::put(act.tx, ticket.id, &before, &after)?;
            act.announce(format!("ticket:{}", ticket.id));
            act.announce("queue");
        }
        act.detail = json!({ "number": ticket.number, "changed": changed(&before, &after) });
        Ok(ChecklistChanged { added, progress })
    }
}

fn add(
    act: &mut Act<'_, '_>,
    before: &Checklist,
    new: Vec<(ChecklistWords, bool)>,
    ticked: Ticked,
    added: &mut Vec<ChecklistItemId>,
) -> Result<Checklist> {
    let new: Vec<_> = new
        .into_iter()
        .map(|(words, done)| ChecklistItem { id: act.new_id(), words, ticked: done.then_some(ticked) })
        .collect();
    added.extend(new.iter().map(|item| item.id));
    Ok(before.add(new)?)
}

/// The items that differ, each before and after with its place, for the audit record.
fn changed(before: &Checklist, after: &Checklist) -> Vec<serde_json::Value> {
    let at = |list: &Checklist, id| {
        let place = list.items().iter().position(|item| item.id == id)?;
        Some(
            json!({ "place": place + 1, "words": list.items()[place].words, "ticked": list.items()[place].ticked }),
        )
    };
    let gone = before.items().iter().filter(|item| after.items().iter().all(|it| it.id != item.id));
    let all = gone.chain(after.items());
    all.map(|item| (item.id, at(before, item.id), at(after, item.id)))
        .filter(|(_, then, now)| then != now)
        .map(|(id, then, now)| json!({ "item": id, "before": then, "after": now }))
        .collect()
}

impl From<ChecklistError> for Refused {
    fn from(error: ChecklistError) -> Self {
        match error {
            ChecklistError::Gone => Self::NotFound(ITEM),
            ChecklistError::Nothing => Self::field("items", error),
            ChecklistError::NoPlace => Self::field("place", error),
            ChecklistError::TooMany => Self::Rule(error.to_string()),
        }
    }
}

/// An item as technicians see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChecklistItemView {
    /// Its id.
    pub id: ChecklistItemId,
    /// What is to be done.
    pub words: ChecklistWords,
    /// Whether it is done.
    pub done: bool,
    /// Who ticked it.
    pub ticked_by: Option<NamedPerson>,
    /// When.
    pub ticked_at: Option<Timestamp>,
}

/// A checklist as technicians see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChecklistView {
    /// Its items, in their order.
    pub items: Vec<ChecklistItemView>,
    /// How far it is; nothing of a checklist without items.
    pub progress: Option<ChecklistProgress>,
}

/// The checklist of a ticket: for technicians.
#[derive(Debug, Clone, Copy)]
pub struct ChecklistOf {
    /// The ticket.
    pub ticket: TicketRef,
}

impl Query for ChecklistOf {
    type Answer = ChecklistView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<ChecklistView> {
        look.require(Capability::TicketRead, "ticket")?;
        let (ticket, _) = look.ticket(self.ticket)?;
        let (list, names) = checklist::of(look.tx, ticket.id)?;
        let items = list.items().iter().zip(names).map(|(item, name)| ChecklistItemView {
            id: item.id,
            words: item.words.clone(),
            done: item.ticked.is_some(),
            ticked_by: item.ticked.map(|it| NamedPerson { id: it.by, name: name.unwrap_or_default() }),
            ticked_at: item.ticked.map(|it| it.at),
        });
        Ok(ChecklistView { items: items.collect(), progress: list.progress() })
    }
}
