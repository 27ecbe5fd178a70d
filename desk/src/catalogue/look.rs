//! What people see of the catalogue.

use domain::{
    CatalogueItemId, GroupId, Timestamp,
    catalogue::{Answered, ApprovalBy, Question},
    identity::Capability,
    ticket::{ApprovalEnd, Category, ItemAbout, ItemName, Keywords},
};
use serde::Serialize;
use store::{
    approval,
    catalogue::{self, Listed},
    person,
};

use super::keep::{ITEM, MOST};
use crate::{
    Look, Query, Refused, Result,
    ticket::{NamedPerson, TicketRef},
};

/// An item of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ItemView {
    /// Which one.
    pub id: CatalogueItemId,
    /// What it is found by.
    pub name: ItemName,
    /// What one gets, in Markdown.
    pub about: ItemAbout,
    /// Other words it is found by.
    pub keywords: Option<Keywords>,
    /// What it stands under.
    pub category: Category,
    /// What is asked of whoever requests it.
    pub questions: Vec<Question>,
    /// How many working days it usually takes.
    pub working_days: Option<u16>,
    /// The same in words: `usually within 3 working days`.
    pub usually: Option<String>,
    /// Whose approval it needs.
    pub approval: ApprovalBy,
    /// Whether it can be requested now.
    pub offered: bool,
    /// Its version.
    pub version: u64,
    /// Since when it stands so.
    pub changed_at: Timestamp,
    /// The group whose queue its requests go to, for administrators.
    pub group: Option<GroupId>,
    /// Who approves, for administrators.
    pub approvers: Vec<NamedPerson>,
}

fn view(look: &mut Look<'_, '_>, listed: Listed) -> Result<ItemView> {
    let Listed { id, version, item, changed_at } = listed;
    let administers = look.may(Capability::Admin);
    let usually = item.usually();
    let (group, approvers) = if administers {
        let mut names = person::names(look.tx, item.approvers.iter().copied())?;
        let named = |id| NamedPerson { id, name: names.remove(&id).unwrap_or_default() };
        (item.group, item.approvers.iter().copied().map(named).collect())
    } else {
        (None, Vec::new())
    };
    Ok(ItemView {
        id,
        name: item.name,
        about: item.about,
        keywords: item.keywords,
        category: item.category,
        questions: item.questions,
        working_days: item.working_days,
        usually,
        approval: item.approval,
        offered: item.offered,
        version,
        changed_at,
        group,
        approvers,
    })
}

/// What can be requested, by name.
#[derive(Debug, Clone, Copy, Default)]
pub struct Catalogue {
    /// What cannot be requested too, for administrators.
    pub all: bool,
}

impl Query for Catalogue {
    type Answer = Vec<ItemView>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::PortalUse, ITEM)?;
        let all = self.all && look.may(Capability::Admin);
        let found = catalogue::all(look.tx, !all, MOST)?;
        found.into_iter().map(|listed| view(look, listed)).collect()
    }
}

/// What can be requested and fits some words, what is called so first.
#[derive(Debug, Clone)]
pub struct FindItems {
    /// The words; while somebody types, the last may be the beginning of one.
    pub text: String,
    /// At most so many.
    pub limit: usize,
}

impl Query for FindItems {
    type Answer = Vec<ItemView>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::PortalUse, ITEM)?;
        let offered = catalogue::all(look.tx, true, MOST)?;
        if offered.is_empty() || self.text.trim().is_empty() {
            return Ok(Vec::new());
        }
        let library = look.library.get(look.tx)?;
        let mut found: Vec<(bool, Listed)> = Vec::new();
        for listed in offered {
            let item = &listed.item;
            let keywords = item.keywords.as_ref().map_or("", Keywords::as_str);
            let called = format!("{} {keywords}", item.name);
            if library.concerns(&self.text, &format!("{called} {} {}", item.category, item.about)) {
                found.push((!library.concerns(&self.text, &called), listed));
            }
        }
        found.sort_by_key(|(beside, _)| *beside);
        found.into_iter().take(self.limit).map(|(_, listed)| view(look, listed)).collect()
    }
}

/// One item.
#[derive(Debug, Clone, Copy)]
pub struct OneItem {
    /// Which.
    pub item: CatalogueItemId,
}

impl Query for OneItem {
    type Answer = ItemView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::PortalUse, ITEM)?;
        let listed = catalogue::by_id(look.tx, self.item)?.ok_or(Refused::NotFound(ITEM))?;
        if !listed.item.offered && !look.may(Capability::Admin) {
            return Err(Refused::NotFound(ITEM));
        }
        view(look, listed)
    }
}

/// What was requested, and what was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequestView {
    /// Of what.
    pub item: CatalogueItemId,
    /// What that was called.
    pub name: ItemName,
    /// Which version of it.
    pub version: u64,
    /// How long it was said to take.
    pub usually: Option<String>,
    /// The questions as they were asked, with what was answered.
    pub answers: Vec<Answered>,
    /// Whether it wants an approval that it does not have, and nobody is asked for.
    pub unapproved: bool,
}

/// What a ticket requests, if it came from the catalogue: for everybody who reads the ticket.
#[derive(Debug, Clone, Copy)]
pub struct RequestOf {
    /// The ticket.
    pub ticket: TicketRef,
}

impl Query for RequestOf {
    type Answer = Option<RequestView>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        let (ticket, _) = look.ticket(self.ticket)?;
        let Some(request) = catalogue::request(look.tx, ticket.id)? else { return Ok(None) };
        let open_or_approved = |asking: &approval::Asking| {
            asking.approval.ended.as_ref().is_none_or(|ended| ended.how == ApprovalEnd::Approved)
        };
        let unapproved = request.item.approval != ApprovalBy::Nobody
            && !approval::of_ticket(look.tx, ticket.id)?.iter().any(open_or_approved);
        Ok(Some(RequestView {
            item: request.id,
            usually: request.item.usually(),
            name: request.item.name,
            version: request.version,
            answers: request.answers,
            unapproved,
        }))
    }
}
