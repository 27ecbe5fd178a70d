//! Text modules: written once, used with their blanks filled in.

use domain::{
    TextModuleId, Timestamp,
    identity::Capability,
    licence::Action,
    ticket::{Markdown, TextModuleName, UsedBy, check_blanks},
};
use serde::{Deserialize, Serialize};

use super::{
    TicketRef,
    access::find,
    blanks::FilledFor,
    kept::{Whose, changeable, keep, must_be_changeable, remove, usable},
};
use crate::{Act, Command, Look, Query, Refused, Result, Threshold};

/// Which text module was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextModuleWritten {
    /// Its id.
    pub id: TextModuleId,
}

/// Writes a text module, or writes one anew.
#[derive(Debug, Clone)]
pub struct WriteTextModule {
    /// The one that is there; without it, a new one.
    pub id: Option<TextModuleId>,
    /// What it is found by.
    pub name: TextModuleName,
    /// The text with its blanks.
    pub body: Markdown,
    /// Who may use it.
    pub used_by: UsedBy,
}

impl Command for WriteTextModule {
    type Outcome = TextModuleWritten;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        if let Some(id) = self.id {
            must_be_changeable(at, id, "text module")?;
        }
        Ok(Action::TextModuleChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TextModuleWritten> {
        check_blanks(&self.body).map_err(|error| Refused::field("body", error))?;
        let written = (self.name.into(), self.body.into(), self.used_by);
        Ok(TextModuleWritten { id: keep(act, self.id, written, ("text module", Whose::Author))? })
    }
}

/// Removes a text module.
#[derive(Debug, Clone, Copy)]
pub struct DeleteTextModule {
    /// Which one.
    pub id: TextModuleId,
}

impl Command for DeleteTextModule {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        must_be_changeable(at, self.id, "text module")?;
        Ok(Action::TextModuleChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        remove(act, self.id, "text module")
    }
}

/// A text module as technicians see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TextModuleView {
    /// Which one.
    pub id: TextModuleId,
    /// What it is found by.
    pub name: String,
    /// The text: with its blanks, or filled in for a ticket.
    pub body: String,
    /// Who may use it.
    pub used_by: UsedBy,
    /// Who wrote it.
    pub author_name: String,
    /// When it was changed last.
    pub changed_at: Timestamp,
    /// Whether the caller may change it.
    pub changeable: bool,
}

/// The text modules that the caller may use: their own, then everybody's, by name.
#[derive(Debug, Clone, Copy, Default)]
pub struct TextModules {
    /// Filled in for this ticket.
    pub filled_for: Option<TicketRef>,
}

impl Query for TextModules {
    type Answer = Vec<TextModuleView>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::TicketWork, "text module")?;
        let me = look.person().ok_or(Refused::NotFound("text module"))?;
        let filled = match self.filled_for {
            // Its words show what only those may see who read every ticket.
            Some(ticket) => {
                look.require(Capability::TicketRead, "ticket")?;
                let ticket = find(look.tx, ticket)?.ok_or(Refused::NotFound("ticket"))?;
                Some(FilledFor::look_up(look.tx, &look.rules, ticket, me)?)
            }
            None => None,
        };
        let modules = usable::<TextModuleId>(look.tx, me, None)?;
        Ok(modules
            .into_iter()
            .map(|it| TextModuleView {
                changeable: changeable(look, &it),
                id: it.id,
                name: it.name,
                body: filled.as_ref().map_or_else(|| it.content.clone(), |filled| filled.fill(&it.content)),
                used_by: it.used_by,
                author_name: it.author_name,
                changed_at: it.changed_at,
            })
            .collect())
    }
}
