//! Templates: what a ticket begins with that technicians raise again and again.

use domain::{
    TicketTemplateId,
    identity::Capability,
    licence::Action,
    ticket::{Assignment, Template, TemplateName, UsedBy},
};
use serde::{Deserialize, Serialize};

use super::{
    kept::{Whose, changeable, keep, must_be_changeable, remove, usable},
    raise::check_assignment,
};
use crate::{Act, Command, Look, Query, Refused, Result, Threshold};

const WHAT: &str = "template";

/// Which template was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateWritten {
    /// Its id.
    pub id: TicketTemplateId,
}

/// Keeps what a ticket begins with, or writes it anew.
#[derive(Debug, Clone)]
pub struct WriteTemplate {
    /// The one that is there; without it, a new one.
    pub id: Option<TicketTemplateId>,
    /// What it is found by.
    pub name: TemplateName,
    /// What the ticket begins with.
    pub template: Template,
    /// Who may use it.
    pub used_by: UsedBy,
}

impl Command for WriteTemplate {
    type Outcome = TemplateWritten;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        if let Some(id) = self.id {
            must_be_changeable(at, id, WHAT)?;
        }
        Ok(Action::TemplateChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TemplateWritten> {
        check_template(act, &self.template)?;
        let written = (self.name.into(), self.template, self.used_by);
        Ok(TemplateWritten { id: keep(act, self.id, written, (WHAT, Whose::Author))? })
    }
}

/// What a ticket begins with must be there when it is written. Problems are opened from what they are the cause of.
pub(super) fn check_template(act: &mut Act<'_, '_>, template: &Template) -> Result<()> {
    if template.kind == domain::ticket::Kind::Problem {
        return Err(Refused::field(
            "kind",
            "must be incident or service_request; open a problem from an incident",
        ));
    }
    check_assignment(act.tx, Assignment { group: template.group, assignee: template.assignee })
}

/// Removes a template.
#[derive(Debug, Clone, Copy)]
pub struct DeleteTemplate {
    /// Which one.
    pub id: TicketTemplateId,
}

impl Command for DeleteTemplate {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        must_be_changeable(at, self.id, WHAT)?;
        Ok(Action::TemplateChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        remove(act, self.id, WHAT)
    }
}

/// A template as technicians see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TemplateView {
    /// Which one.
    pub id: TicketTemplateId,
    /// What it is found by.
    pub name: String,
    /// What the ticket begins with.
    pub template: Template,
    /// Who may use it.
    pub used_by: UsedBy,
    /// Who wrote it.
    pub author_name: String,
    /// Whether the caller may change it.
    pub changeable: bool,
}

/// The templates that the caller may use: their own, then everybody's, by name.
#[derive(Debug, Clone, Copy, Default)]
pub struct Templates {
    /// At most so many, where not all are wanted.
    pub most: Option<u32>,
}

impl Query for Templates {
    type Answer = Vec<TemplateView>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::TicketWork, WHAT)?;
        let me = look.person().ok_or(Refused::NotFound(WHAT))?;
        let found = usable::<TicketTemplateId>(look.tx, me, self.most)?;
        Ok(found
            .into_iter()
            .map(|it| TemplateView {
                changeable: changeable(look, &it),
                id: it.id,
                name: it.name,
                template: it.content,
                used_by: it.used_by,
                author_name: it.author_name,
            })
            .collect())
    }
}
