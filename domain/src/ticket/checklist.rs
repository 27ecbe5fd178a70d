//! A ticket's checklist: what is still to be done, item by item.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ChecklistWords;
use crate::{ChecklistItemId, PersonId, Timestamp};

/// The most items on one checklist.
pub const MOST_ITEMS: usize = 100;

/// Who ticked an item, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticked {
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecklistItem {
    /// Its id.
    pub id: ChecklistItemId,
    /// What is to be done.
    pub words: ChecklistWords,
    /// Who did it and when, once it is done.
    pub ticked: Option<Ticked>,
}

/// How far a checklist is: "3 of 7".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecklistProgress {
    /// How many items are ticked.
    pub done: u32,
    /// How many there are; at least one.
    pub items: u32,
}

impl fmt::Display for ChecklistProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.done, self.items)
    }
}

/// What an item shall be; `None` leaves it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ItemChange {
    /// What is to be done.
    pub words: Option<ChecklistWords>,
    /// Whether it is done.
    pub done: Option<bool>,
    /// Its place, from 1; a place beyond the end is the end.
    pub place: Option<usize>,
}

/// Why a checklist does not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChecklistError {
    /// It would be too long.
    #[error("a checklist has at most {MOST_ITEMS} items; remove some, or open another ticket for the rest")]
    TooMany,
    /// There is nothing to add.
    #[error("write at least one item")]
    Nothing,
    /// Somebody removed it meanwhile.
    #[error("the item is not on the checklist any more; look at the list again")]
    Gone,
    /// Places count from 1.
    #[error("places count from 1")]
    NoPlace,
}

/// The items of a ticket, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Checklist(Vec<ChecklistItem>);

impl Checklist {
    /// The checklist of these items.
    pub fn new(items: Vec<ChecklistItem>) -> Self {
        Self(items)
    }

    /// Its items, in their order.
    pub fn items(&self) -> &[ChecklistItem] {
        &self.0
    }

    /// How far it is; nothing of a checklist without items.
    pub fn progress(&self) -> Option<ChecklistProgress> {
        let count = |all: usize| u32::try_from(all).unwrap_or(u32::MAX);
        let done = count(self.0.iter().filter(|item| item.ticked.is_some()).count());
        (!self.0.is_empty()).then(|| ChecklistProgress { done, items: count(self.0.len()) })
    }

    /// More items, at its end.
    pub fn add(&self, more: Vec<ChecklistItem>) -> Result<Self, ChecklistError> {
        if more.is_empty() {
            return Err(ChecklistError::Nothing);
        }
        if self.0.len() + more.len() > MOST_ITEMS {
            return Err(ChecklistError::TooMany);
        }
        let mut items = self.0.clone();
        items.extend(more);
        Ok(Self(items))
    }

    /// Changes an item. What is ticked already stays whoever ticked it.
    pub fn change(
        &self,
        id: ChecklistItemId,
        change: ItemChange,
        ticked: Ticked,
    ) -> Result<Self, ChecklistError> {
        let mut items = self.0.clone();
        let at = self.find(id)?;
        let mut item = items.remove(at);
        if let Some(words) = change.words {
            item.words = words;
        }
        match change.done {
            Some(true) => item.ticked = item.ticked.or(Some(ticked)),
            Some(false) => item.ticked = None,
            None => {}
        }
        let to = match change.place {
            Some(place) => place.checked_sub(1).ok_or(ChecklistError::NoPlace)?.min(items.len()),
            None => at,
        };
        items.insert(to, item);
        Ok(Self(items))
    }

    /// Without an item.
    pub fn remove(&self, id: ChecklistItemId) -> Result<Self, ChecklistError> {
        let at = self.find(id)?;
        let mut items = self.0.clone();
        items.remove(at);
        Ok(Self(items))
    }

    fn find(&self, id: ChecklistItemId) -> Result<usize, ChecklistError> {
        self.0.iter().position(|item| item.id == id).ok_or(ChecklistError::Gone)
    }
}

/// The tasks in a text, as people write them in Markdown, each with whether it is ticked: `- [ ] call back`. What is longer
/// than an item can be is cut; at most [`MOST_ITEMS`].
pub fn tasks(text: &str) -> Vec<(ChecklistWords, bool)> {
    text.lines().filter_map(task).take(MOST_ITEMS).collect()
}

fn task(line: &str) -> Option<(ChecklistWords, bool)> {
    let rest = line.trim_start().strip_prefix(['-', '*', '+'])?.trim_start().strip_prefix('[')?;
    let (mark, words) = rest.split_once("] ")?;
    let done = match mark {
        " " | "" => false,
        "x" | "X" => true,
        _ => return None,
    };
    let words: String = words.trim().chars().take(ChecklistWords::LIMIT).collect();
    ChecklistWords::new(&words).ok().map(|words| (words, done))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn id(number: u128) -> ChecklistItemId {
        Uuid::from_u128(number).into()
    }

    fn item(number: u128) -> ChecklistItem {
        ChecklistItem {
            id: id(number),
            words: ChecklistWords::new(&format!("Do {number}")).unwrap(),
            ticked: None,
        }
    }

    fn by(number: u128) -> Ticked {
        Ticked { by: Uuid::from_u128(number).into(), at: Timestamp::UNIX_EPOCH }
    }

    fn order(list: &Checklist) -> Vec<u128> {
        list.items().iter().map(|item| item.id.uuid().as_u128()).collect()
    }

    #[test]
    fn what_is_ticked_stays_with_whoever_ticked_it_first() {
        let list = Checklist::default().add(vec![item(1), item(2)]).unwrap();
        let tick = |done| ItemChange { done: Some(done), ..ItemChange::default() };
        let once = list.change(id(1), tick(true), by(7)).unwrap();
        let twice = once.change(id(1), tick(true), by(8)).unwrap();
        assert_eq!(twice.items()[0].ticked, Some(by(7)));
        assert_eq!(twice.progress().unwrap().to_string(), "1 of 2");
        assert_eq!(twice.change(id(1), tick(false), by(8)).unwrap(), list);
        assert_eq!(list.change(id(3), tick(true), by(7)), Err(ChecklistError::Gone));
    }

    #[test]
    fn a_hundred_items_are_a_checklist_and_one_more_is_too_many() {
        let full = Checklist::default().add((0..100).map(item).collect()).unwrap();
        assert_eq!(full.add(vec![item(100)]), Err(ChecklistError::TooMany));
        assert_eq!(full.add(Vec::new()), Err(ChecklistError::Nothing));
    }

    #[test]
    fn tasks_are_found_where_they_stand_as_tasks() {
        let text = "Plan:\n- [ ] Call the vendor\n  * [x]  Order it \n- [X] Sign\n- [?] no\n- [link](x) no\n- plain\n- [ ]  \n+ [] Fit it";
        let found: Vec<_> = tasks(text).into_iter().map(|(words, done)| (words.to_string(), done)).collect();
        let expected = [("Call the vendor", false), ("Order it", true), ("Sign", true), ("Fit it", false)];
        assert_eq!(found, expected.map(|(words, done)| (words.to_owned(), done)));
        assert_eq!(tasks(&"- [ ] x\n".repeat(200)).len(), MOST_ITEMS);
        assert_eq!(tasks(&format!("- [ ] {}", "ü".repeat(300)))[0].0.as_str().chars().count(), 200);
    }

    proptest! {
        #[test]
        fn moving_keeps_every_item_and_the_order_of_the_others(count in 1_usize..12, from in 0_usize..12, place in 1_usize..20) {
            let from = from % count;
            let list = Checklist::new((0..count as u128).map(item).collect());
            let moving = from as u128;
            let moved = list.change(id(moving), ItemChange { place: Some(place), ..ItemChange::default() }, by(1)).unwrap();
            let after = order(&moved);
            prop_assert_eq!(after.iter().position(|it| *it == moving), Some((place - 1).min(count - 1)));
            let without = |all: Vec<u128>| -> Vec<u128> { all.into_iter().filter(|it| *it != moving).collect() };
            prop_assert_eq!(without(after), without(order(&list)));
        }
    }
}
