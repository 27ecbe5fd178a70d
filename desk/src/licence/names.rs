//! People's names and pages of lists, as every answer about licences shows them.

use std::collections::HashMap;

use domain::PersonId;
use serde::{Deserialize, Serialize};
use store::{ReadTx, person};

use crate::{Refused, Result};

/// A person, for somebody who reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PersonName {
    /// Who.
    pub id: PersonId,
    /// Their name.
    pub name: String,
}

/// The names of the people of one answer, read together.
pub(crate) struct Names(HashMap<PersonId, String>);

impl Names {
    pub(crate) fn of(tx: &mut ReadTx<'_>, people: impl IntoIterator<Item = PersonId>) -> Result<Self> {
        Ok(Self(person::names(tx, people)?))
    }

    pub(crate) fn text(&self, id: PersonId) -> String {
        self.0.get(&id).cloned().unwrap_or_else(|| "somebody no longer known".to_owned())
    }

    pub(crate) fn name(&self, id: PersonId) -> PersonName {
        PersonName { id, name: self.text(id) }
    }

    pub(crate) fn all<'a>(&self, ids: impl IntoIterator<Item = &'a PersonId>) -> Vec<PersonName> {
        ids.into_iter().map(|id| self.name(*id)).collect()
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next page begins, if there is one: the `after` of the same question.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The most that one page holds.
    const LIMIT: u32 = 200;

    /// How many rows to read for a page of `limit`: one more than are shown tells whether there is a next page.
    pub(crate) fn rows(limit: u32) -> u32 {
        limit.clamp(1, Self::LIMIT) + 1
    }

    /// The page of `limit` from the rows that [`Self::rows`] asked for; `cursor` is the place of its last item.
    pub(crate) fn of(mut items: Vec<T>, limit: u32, cursor: impl FnOnce(&T) -> String) -> Self {
        let limit = limit.clamp(1, Self::LIMIT) as usize;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(cursor) } else { None };
        Self { items, next }
    }
}

/// The two halves of a cursor of a page.
pub(super) fn cursor<A: std::str::FromStr, B: std::str::FromStr>(
    text: Option<&str>,
) -> Result<Option<(A, B)>> {
    let Some(text) = text else { return Ok(None) };
    let halves = text.split_once(' ').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    halves.map(Some).ok_or_else(|| Refused::field("after", "this is no place in the list; start without it"))
}
