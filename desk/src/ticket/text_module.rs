//! Text modules: written once, used with their blanks filled in.

use domain::{
    TextModuleId, Timestamp,
    identity::Capability,
    licence::Action,
    ticket::{Blanks, Markdown, TextModuleName, UsedBy, check_blanks},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    ReadTx, person,
    text_module::{self, TextModule},
};

use super::{
    TicketRef,
    access::find,
    detail::view,
    kept::{OWN, SHARED, must_be_changeable, must_have_room},
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
            changeable(at, id)?;
        }
        Ok(Action::TextModuleChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TextModuleWritten> {
        check_blanks(&self.body).map_err(|error| Refused::field("body", error))?;
        let before = self.id.map(|id| text_module::by_id(act.tx, id)).transpose()?.flatten();
        if self.id.is_some() && before.is_none() {
            return Err(Refused::NotFound("text module"));
        }
        let author = match &before {
            Some(before) => before.author,
            None => act.person().ok_or(Refused::NotFound("person"))?,
        };
        if before.as_ref().is_none_or(|before| before.used_by != self.used_by) {
            let count = match self.used_by {
                UsedBy::Author => text_module::count_own(act.tx, author)?,
                UsedBy::Everybody => text_module::count_shared(act.tx)?,
            };
            must_have_room(count, self.used_by)?;
        }
        let id = before.as_ref().map_or_else(|| act.new_id(), |before| before.id);
        let module = TextModule {
            id,
            author,
            author_name: String::new(),
            used_by: self.used_by,
            name: self.name.into(),
            body: self.body.into(),
            changed_at: act.now(),
        };
        text_module::put(act.tx, &module)?;
        act.detail = json!({
            "text_module": id, "name": module.name, "body": module.body, "used_by": module.used_by,
            "before": before.map(|before| json!({ "name": before.name, "body": before.body, "used_by": before.used_by })),
        });
        Ok(TextModuleWritten { id })
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
        changeable(at, self.id)?;
        Ok(Action::TextModuleChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let module = text_module::by_id(act.tx, self.id)?.ok_or(Refused::NotFound("text module"))?;
        text_module::delete(act.tx, self.id)?;
        act.detail =
            json!({ "text_module": self.id, "name": module.name, "body": module.body, "removed": true });
        Ok(())
    }
}

fn changeable(at: &mut Threshold<'_, '_>, id: TextModuleId) -> Result<()> {
    let it = text_module::by_id(at.tx, id)?.ok_or(Refused::NotFound("text module"))?;
    must_be_changeable(at, (it.author, &it.author_name), it.used_by, "text module")
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
        let mut modules = text_module::own(look.tx, me, OWN)?;
        modules.extend(text_module::shared(look.tx, SHARED)?);
        let rules = std::sync::Arc::clone(&look.rules);
        let mut fill: Box<dyn Fn(&str) -> String> = Box::new(str::to_owned);
        if let Some(ticket) = self.filled_for {
            // Its words show what only those may see who read every ticket.
            look.require(Capability::TicketRead, "ticket")?;
            let ticket = find(look.tx, ticket)?.ok_or(Refused::NotFound("ticket"))?;
            let view = view(look.tx, &rules, ticket)?;
            let my_name = name(look.tx, me)?;
            fill = Box::new(move |text| {
                let group = view.group_name.as_deref().unwrap_or_default();
                let blanks = Blanks {
                    requester: &view.requester_name,
                    number: view.ticket.number,
                    subject: &view.ticket.subject,
                    group,
                    me: &my_name,
                };
                blanks.fill(text)
            });
        }
        let admin = look.may(Capability::Admin);
        Ok(modules
            .into_iter()
            .map(|module| TextModuleView {
                changeable: module.author == me || admin,
                id: module.id,
                name: module.name,
                body: fill(&module.body),
                used_by: module.used_by,
                author_name: module.author_name,
                changed_at: module.changed_at,
            })
            .collect())
    }
}

fn name(tx: &mut ReadTx<'_>, id: domain::PersonId) -> Result<String> {
    Ok(person::by_id(tx, id)?.map(|person| person.name).unwrap_or_default())
}
