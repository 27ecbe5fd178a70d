//! Views: filtered lists that technicians come back to, each for themselves or for everybody.

use domain::{
    ViewId,
    identity::Capability,
    licence::Action,
    ticket::{Filter, UsedBy, ViewName},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    ReadTx,
    view::{self, View},
};

use super::kept::{OWN, SHARED, must_be_changeable, must_have_room};
use crate::{Act, Command, Look, Query, Refused, Result, Threshold};

/// Which view was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewKept {
    /// Its id.
    pub id: ViewId,
}

/// Keeps a filtered list as a view, or changes one.
#[derive(Debug, Clone)]
pub struct KeepView {
    /// The one that is there; without it, a new one.
    pub id: Option<ViewId>,
    /// What it is found by.
    pub name: ViewName,
    /// What it shows, and in which order.
    pub filter: Filter,
    /// Who may use it.
    pub used_by: UsedBy,
}

impl Command for KeepView {
    type Outcome = ViewKept;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        if let Some(id) = self.id {
            changeable(at, id)?;
        }
        Ok(Action::ViewChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<ViewKept> {
        let before = self.id.map(|id| view::by_id(act.tx, id)).transpose()?.flatten();
        if self.id.is_some() && before.is_none() {
            return Err(Refused::NotFound("view"));
        }
        let author = match &before {
            Some(before) => before.author,
            None => act.person().ok_or(Refused::NotFound("person"))?,
        };
        if before.as_ref().is_none_or(|before| before.used_by != self.used_by) {
            let count = match self.used_by {
                UsedBy::Author => view::count_own(act.tx, author)?,
                UsedBy::Everybody => view::count_shared(act.tx)?,
            };
            must_have_room(count, self.used_by)?;
        }
        let id = before.as_ref().map_or_else(|| act.new_id(), |before| before.id);
        let it = View {
            id,
            author,
            author_name: String::new(),
            used_by: self.used_by,
            name: self.name.into(),
            query: self.filter.query(),
            changed_at: act.now(),
        };
        view::put(act.tx, &it)?;
        act.detail = json!({
            "view": id, "name": it.name, "query": it.query, "used_by": it.used_by,
            "before": before.map(|before| json!({ "name": before.name, "query": before.query, "used_by": before.used_by })),
        });
        Ok(ViewKept { id })
    }
}

/// Removes a view.
#[derive(Debug, Clone, Copy)]
pub struct DeleteView {
    /// Which one.
    pub id: ViewId,
}

impl Command for DeleteView {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        changeable(at, self.id)?;
        Ok(Action::ViewChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let it = view::by_id(act.tx, self.id)?.ok_or(Refused::NotFound("view"))?;
        view::delete(act.tx, self.id)?;
        act.detail = json!({ "view": self.id, "name": it.name, "query": it.query, "removed": true });
        Ok(())
    }
}

fn changeable(at: &mut Threshold<'_, '_>, id: ViewId) -> Result<()> {
    let it = view::by_id(at.tx, id)?.ok_or(Refused::NotFound("view"))?;
    must_be_changeable(at, (it.author, &it.author_name), it.used_by, "view")
}

/// A view as technicians see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ViewView {
    /// Which one.
    pub id: ViewId,
    /// What it is found by.
    pub name: String,
    /// What the list shows, as its address says it.
    pub query: String,
    /// Who may use it.
    pub used_by: UsedBy,
    /// Who keeps it.
    pub author_name: String,
    /// Whether the caller may change it.
    pub changeable: bool,
}

/// The views that the caller may use: their own, then everybody's, by name.
#[derive(Debug, Clone, Copy)]
pub struct Views;

impl Query for Views {
    type Answer = Vec<ViewView>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::TicketRead, "view")?;
        let me = look.person().ok_or(Refused::NotFound("view"))?;
        let admin = look.may(Capability::Admin);
        Ok(usable(look.tx, me)?
            .into_iter()
            .map(|it| ViewView {
                changeable: it.author == me || (it.used_by == UsedBy::Everybody && admin),
                id: it.id,
                name: it.name,
                query: it.query,
                used_by: it.used_by,
                author_name: it.author_name,
            })
            .collect())
    }
}

/// The views that a person may use: their own, then everybody's, by name.
pub(super) fn usable(tx: &mut ReadTx<'_>, person: domain::PersonId) -> Result<Vec<View>> {
    let mut views = view::own(tx, person, OWN)?;
    views.extend(view::shared(tx, SHARED)?);
    Ok(views)
}
