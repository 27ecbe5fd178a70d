//! Filtered lists: any tickets, in any order, each list with its own link.

use domain::{
    PersonId,
    identity::Capability,
    ticket::{AssigneeIs, Filter},
};
use store::{
    ReadTx, person,
    ticket::QueueRow,
    ticket_list::{self, ListPlace, Reading},
};

use crate::{Look, Query, Result, ticket::TicketPage};

/// A page of the tickets that a filter lets through, in its order.
#[derive(Debug, Clone)]
pub struct FilteredPage {
    /// Which tickets, and in which order.
    pub filter: Filter,
    /// Where the page before ended.
    pub after: Option<ListPlace>,
    /// At most so many rows, and at most 200.
    pub limit: u32,
}

/// A page of a filtered list, with the names that its filter speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilteredView {
    /// Its tickets.
    pub page: TicketPage<QueueRow, ListPlace>,
    /// The name of the person whose task they shall be.
    pub assignee: Option<String>,
    /// The name of the person whose tickets they shall be.
    pub requester: Option<String>,
}

impl Query for FilteredPage {
    type Answer = FilteredView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<FilteredView> {
        look.require(Capability::TicketRead, "queue")?;
        let limit = self.limit.clamp(1, 200);
        let reading = Reading { me: look.person(), now: look.ctx.now };
        let mut items = ticket_list::page(look.tx, &self.filter, reading, self.after.as_ref(), limit + 1)?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let order = self.filter.order();
        let next = items.last().filter(|_| more).map(|row| ListPlace::of(row, order));
        let assignee = match self.filter.assignee {
            Some(AssigneeIs::Person(person)) => name(look.tx, person)?,
            Some(AssigneeIs::Me | AssigneeIs::Nobody) | None => None,
        };
        let requester = match self.filter.requester {
            Some(person) => name(look.tx, person)?,
            None => None,
        };
        Ok(FilteredView { page: TicketPage { items, next }, assignee, requester })
    }
}

fn name(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Option<String>> {
    Ok(person::by_id(tx, person)?.map(|person| person.name))
}
