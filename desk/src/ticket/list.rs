//! Lists of tickets: queues, one's own, everything, and what a search finds.

use domain::{
    GroupId, PersonId, TicketId, Timestamp, ViewId,
    identity::{Capability, Role},
    ticket::{Progress, Ticket, TicketNumber, progress},
};
use serde::Serialize;
use store::{
    person, search, snooze,
    ticket::{self, Queue, QueueCounts, QueuePlace, QueueRow},
};

use super::{
    TicketRef,
    detail::{TicketView, views},
    kept::usable,
    snooze::MOST as MOST_PUT_OFF,
};
use crate::{Look, Query, Refused, Result, identity::display};

/// A page of a list, and where the next one starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TicketPage<T, P> {
    /// What it shows.
    pub items: Vec<T>,
    /// Where the next page starts, if there is one.
    pub next: Option<P>,
}

fn page<T, P>(mut items: Vec<T>, limit: u32, place: impl FnOnce(&T) -> P) -> TicketPage<T, P> {
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = if more { items.last().map(place) } else { None };
    TicketPage { items, next }
}

/// A page of a queue, most pressing first.
#[derive(Debug, Clone)]
pub struct QueuePage {
    /// Which queue.
    pub queue: Queue,
    /// Where the page before ended.
    pub after: Option<QueuePlace>,
    /// At most so many rows, and at most 200.
    pub limit: u32,
}

impl Query for QueuePage {
    type Answer = TicketPage<QueueRow, QueuePlace>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::TicketRead, "queue")?;
        let limit = self.limit.clamp(1, 200);
        // One's own queue is without what one has put off.
        let own = look.person().filter(|me| self.queue == Queue::Assignee(*me));
        let off = own.map(|me| snooze::of(look.tx, me, look.ctx.now, MOST_PUT_OFF)).transpose()?;
        let off = off.unwrap_or_default();
        let most = limit + 1 + u32::try_from(off.len()).unwrap_or(0);
        let mut rows = ticket::queue(look.tx, self.queue, self.after.as_ref(), most)?;
        rows.retain(|row| off.iter().all(|(ticket, _)| *ticket != row.id));
        Ok(page(rows, limit, QueueRow::place))
    }
}

/// So many views stand in a sidebar.
const IN_THE_SIDEBAR: u32 = 40;

/// The queues beside the list, with their counts.
#[derive(Debug, Clone, Copy)]
pub struct Sidebar;

/// What [`Sidebar`] shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SidebarView {
    /// Open tickets that are the caller's task.
    pub mine: u64,
    /// Open tickets that are nobody's task.
    pub unassigned: u64,
    /// All open tickets.
    pub open: u64,
    /// Open problems.
    pub problems: u64,
    /// The groups with their open tickets, by name; the caller's own first.
    pub groups: Vec<SidebarGroup>,
    /// The views that the caller comes back to: their own, then everybody's, by name.
    pub views: Vec<SidebarLink>,
}

/// A view in the sidebar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SidebarLink {
    /// What it is found by.
    pub name: String,
    /// What the list shows, as its address says it.
    pub query: String,
}

/// A group in the sidebar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SidebarGroup {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// Its open tickets.
    pub count: u64,
    /// Whether the caller is a member.
    pub own: bool,
}

impl Query for Sidebar {
    type Answer = SidebarView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<SidebarView> {
        look.require(Capability::TicketRead, "queue")?;
        let person = look.person().ok_or(Refused::NotFound("queue"))?;
        let QueueCounts { open, unassigned, mine, problems, teams } = ticket::counts(look.tx, person)?;
        let own: Vec<GroupId> = person::teams_of(look.tx, person)?.into_iter().map(|team| team.id).collect();
        let count = |id| teams.iter().find(|(team, _)| *team == id).map_or(0, |(_, count)| *count);
        let mut groups: Vec<_> = person::teams(look.tx)?
            .into_iter()
            .map(|team| SidebarGroup {
                own: own.contains(&team.id),
                count: count(team.id),
                id: team.id,
                name: team.name,
            })
            .collect();
        groups.sort_by_key(|group| !group.own);
        let views = usable::<ViewId>(look.tx, person, Some(IN_THE_SIDEBAR))?
            .into_iter()
            .map(|view| SidebarLink { name: view.name, query: view.content })
            .collect();
        Ok(SidebarView { mine, unassigned, open, problems, groups, views })
    }
}

/// A page of tickets, each with where it stands in plain words.
fn in_plain_words(
    look: &mut Look<'_, '_>,
    tickets: Vec<Ticket>,
    limit: u32,
) -> Result<TicketPage<(TicketView, Progress), TicketId>> {
    let TicketPage { items, next } = page(tickets, limit, |ticket| ticket.id);
    let rules = std::sync::Arc::clone(&look.rules);
    let items = views(look.tx, &rules, items)?
        .into_iter()
        .map(|view| {
            let progress = progress(&view.ticket, &rules.workflow);
            (view, progress)
        })
        .collect();
    Ok(TicketPage { items, next })
}

/// The caller's own tickets, newest first, with their progress in plain words.
#[derive(Debug, Clone, Copy)]
pub struct MyTickets {
    /// Where the page before ended.
    pub before: Option<TicketId>,
    /// At most so many, and at most 200.
    pub limit: u32,
}

impl Query for MyTickets {
    type Answer = TicketPage<(TicketView, Progress), TicketId>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        let person = look.person().ok_or(Refused::NotFound("person"))?;
        let limit = self.limit.clamp(1, 200);
        let tickets = ticket::newest(look.tx, Some(person), self.before, limit + 1)?;
        in_plain_words(look, tickets, limit)
    }
}

/// The tickets of those whom the caller leads, newest first, with where each stands in plain words.
#[derive(Debug, Clone, Copy)]
pub struct TeamTickets {
    /// Where the page before ended.
    pub before: Option<TicketId>,
    /// At most so many, and at most 200.
    pub limit: u32,
}

impl Query for TeamTickets {
    type Answer = TicketPage<(TicketView, Progress), TicketId>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::PortalUse, "ticket")?;
        let person = look.person().ok_or(Refused::NotFound("person"))?;
        let limit = self.limit.clamp(1, 200);
        let tickets = ticket::newest_of_team(look.tx, person, self.before, limit + 1)?;
        in_plain_words(look, tickets, limit)
    }
}

/// Every ticket that the caller may read, newest first.
#[derive(Debug, Clone, Copy)]
pub struct Tickets {
    /// Where the page before ended.
    pub before: Option<TicketId>,
    /// At most so many, and at most 200.
    pub limit: u32,
}

impl Query for Tickets {
    type Answer = TicketPage<TicketView, TicketId>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        let limit = self.limit.clamp(1, 200);
        let requester = if look.may(Capability::TicketRead) {
            None
        } else {
            Some(look.person().ok_or(Refused::NotFound("ticket"))?)
        };
        let tickets = ticket::newest(look.tx, requester, self.before, limit + 1)?;
        let TicketPage { items, next } = page(tickets, limit, |ticket| ticket.id);
        let rules = std::sync::Arc::clone(&look.rules);
        Ok(TicketPage { items: views(look.tx, &rules, items)?, next })
    }
}

/// Tickets that words, a number or another desk's number find.
#[derive(Debug, Clone)]
pub struct Search {
    /// What was typed.
    pub text: String,
    /// Only the caller's own tickets, even if they may read others.
    pub own_only: bool,
    /// At most so many, and at most 100.
    pub limit: u32,
}

/// A ticket that a search found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SearchHit {
    /// Its id.
    pub id: TicketId,
    /// Its number.
    pub number: TicketNumber,
    /// What it is about.
    pub subject: String,
    /// What its state is called.
    pub state_label: String,
    /// Whether work is left to do.
    pub open: bool,
    /// The requester's name.
    pub requester: String,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Query for Search {
    type Answer = Vec<SearchHit>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Vec<SearchHit>> {
        let limit = self.limit.clamp(1, 100) as usize;
        let own = if look.may(Capability::TicketRead) && !self.own_only {
            None
        } else {
            Some(look.person().ok_or(Refused::NotFound("ticket"))?)
        };
        let text = self.text.trim();
        let mut found: Vec<TicketId> = Vec::new();
        // A number names a ticket: it comes before everything that merely mentions it.
        if let Ok(reference) = text.parse::<TicketRef>()
            && let Ok((ticket, _)) = look.ticket(reference)
        {
            found.push(ticket.id);
        }
        if !text.is_empty() && text.len() <= 100 {
            for id in ticket::ids_by_external_number(look.tx, text)? {
                if !found.contains(&id) && look.ticket(id.into()).is_ok() {
                    found.push(id);
                }
            }
        }
        for id in search::search(look.tx, text, own, limit)? {
            if found.len() < limit && !found.contains(&id) {
                found.push(id);
            }
        }
        hits(look, &found)
    }
}

/// These tickets, in this order.
pub(super) fn hits(look: &mut Look<'_, '_>, found: &[TicketId]) -> Result<Vec<SearchHit>> {
    let rules = std::sync::Arc::clone(&look.rules);
    let rows = ticket::queue_rows(look.tx, found)?.into_iter();
    Ok(rows
        .map(|row| SearchHit {
            id: row.id,
            number: row.number,
            subject: row.subject,
            state_label: rules.workflow.label(&row.state).to_owned(),
            open: row.phase.is_open(),
            requester: row.requester,
            updated_at: row.updated_at,
        })
        .collect())
}

/// Everybody who works tickets, by name: whom a ticket can be given to.
#[derive(Debug, Clone, Copy)]
pub struct Technicians;

impl Query for Technicians {
    type Answer = Vec<person::Person>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Vec<person::Person>> {
        look.require(Capability::TicketRead, "queue")?;
        Ok(person::with_role(look.tx, Role::Agent)?)
    }
}

/// The person with this address, for a technician who raises a ticket for them.
#[derive(Debug, Clone)]
pub struct Requester {
    /// Their address.
    pub email: String,
}

impl Query for Requester {
    type Answer = person::Person;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<person::Person> {
        look.require(Capability::TicketRead, "person")?;
        let found = person::by_email(look.tx, &self.email)?.filter(|person| person.active);
        found.ok_or(Refused::NotFound("person"))
    }
}

/// The address under which a technician finds somebody.
#[derive(Debug, Clone, Copy)]
pub struct AddressOf {
    /// Whom.
    pub person: PersonId,
}

impl Query for AddressOf {
    type Answer = String;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<String> {
        look.require(Capability::TicketRead, "person")?;
        Ok(person::by_id(look.tx, self.person)?.ok_or(Refused::NotFound("person"))?.email)
    }
}

/// Active people whose name or address contains some words, by name: for a technician who asks or names them.
#[derive(Debug, Clone)]
pub struct FindPeople {
    /// Part of a name or address.
    pub text: String,
    /// At most so many, and at most 50.
    pub limit: u32,
}

impl Query for FindPeople {
    type Answer = Vec<person::Person>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::TicketRead, "person")?;
        let text = display(self.text.trim(), 120);
        if text.is_empty() {
            return Ok(Vec::new());
        }
        // Whoever is meant by their address is meant alone, however many addresses contain it.
        if let Some(one) = person::by_email(look.tx, &text)?.filter(|person| person.active) {
            return Ok(vec![one]);
        }
        // Those who left are among those found, and count against nobody.
        let mut found = person::found(look.tx, &text, None, 200)?;
        found.retain(|person| person.active);
        found.truncate(self.limit.clamp(1, 50) as usize);
        Ok(found)
    }
}
