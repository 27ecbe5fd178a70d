//! Views: filtered lists that technicians come back to, each for themselves or for everybody.

use domain::{
    ViewId,
    identity::Capability,
    licence::Action,
    ticket::{Filter, UsedBy, ViewName},
};
use serde::{Deserialize, Serialize};

use super::kept::{Whose, changeable, keep, must_be_changeable, remove, usable};
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
            must_be_changeable(at, id, "view")?;
        }
        Ok(Action::ViewChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<ViewKept> {
        let written = (self.name.into(), self.filter.query(), self.used_by);
        Ok(ViewKept { id: keep(act, self.id, written, ("view", Whose::Author))? })
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
        must_be_changeable(at, self.id, "view")?;
        Ok(Action::ViewChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        remove(act, self.id, "view")
    }
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
        let views = usable::<ViewId>(look.tx, me, None)?;
        Ok(views
            .into_iter()
            .map(|it| ViewView {
                changeable: changeable(look, &it),
                id: it.id,
                name: it.name,
                query: it.content,
                used_by: it.used_by,
                author_name: it.author_name,
            })
            .collect())
    }
}
