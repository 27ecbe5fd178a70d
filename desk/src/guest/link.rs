//! What technicians do with the link of a guest: make a new one, revoke it.

use domain::{Timestamp, identity::Capability, licence::Action};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{guest, person};

use super::good_until;
use crate::{
    Act, Command, Look, Query, Refused, Result, Threshold,
    identity::Secret,
    ticket::{NamedPerson, TicketRef},
};

const GUEST: &str = "guest";

/// Makes a new link to a guest's ticket. The one before is no longer good.
#[derive(Debug, Clone)]
pub struct NewGuestLink {
    /// The ticket.
    pub ticket: TicketRef,
    /// Where people reach this desk, such as `https://desk.example`; the link begins with it.
    pub origin: String,
}

/// A link that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestLinkMade {
    /// The link, shown once.
    pub link: String,
}

impl Command for NewGuestLink {
    type Outcome = GuestLinkMade;

    const KEEPS_OUTCOME: bool = false;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        of_a_guest(at, self.ticket)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<GuestLinkMade> {
        let ticket = act.hold(self.ticket, None)?;
        let guest = guest::of_ticket(act.tx, ticket.id)?.ok_or(Refused::NotFound(GUEST))?;
        if good_until(&ticket).is_some_and(|until| until <= act.now()) {
            return Err(Refused::Rule(format!(
                "{} was over more than 90 days ago; ask them to raise a new ticket",
                ticket.number
            )));
        }
        let secret = Secret::new(act.random());
        guest::new_link(act.tx, ticket.id, &secret.hash(), act.now())?;
        act.detail = json!({ "number": ticket.number, "guest": guest.id, "link": "new" });
        let link = format!("{}/guest/{}", self.origin, secret.reveal());
        act.announce_ticket(&ticket);
        Ok(GuestLinkMade { link })
    }
}

/// Revokes the link to a guest's ticket: it leads nowhere until a new one is made.
#[derive(Debug, Clone, Copy)]
pub struct RevokeGuestLink {
    /// The ticket.
    pub ticket: TicketRef,
}

impl Command for RevokeGuestLink {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        of_a_guest(at, self.ticket)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let ticket = act.hold(self.ticket, None)?;
        let guest = guest::of_ticket(act.tx, ticket.id)?.ok_or(Refused::NotFound(GUEST))?;
        if !guest::revoke(act.tx, ticket.id, act.now())? {
            return Err(Refused::Rule(
                "this link is revoked already; make a new one if they need it".to_owned(),
            ));
        }
        act.detail = json!({ "number": ticket.number, "guest": guest.id, "link": "revoked" });
        act.announce_ticket(&ticket);
        Ok(())
    }
}

fn of_a_guest(at: &mut Threshold<'_, '_>, ticket: TicketRef) -> Result<Action> {
    if !at.may(Capability::TicketRead) {
        return Err(Refused::NotFound(GUEST));
    }
    let ticket = at.work_on(ticket)?;
    guest::of_ticket(at.tx, ticket.id)?.ok_or(Refused::NotFound(GUEST))?;
    Ok(Action::GuestLink)
}

/// A guest as technicians see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GuestView {
    /// The name that was typed.
    pub name: String,
    /// The address that was typed. Nobody has made sure that it is theirs.
    pub email: String,
    /// Whoever of this desk has that address; whether they wrote, nobody knows.
    pub known: Option<NamedPerson>,
    /// When their link was made.
    pub link_made_at: Timestamp,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
    /// Until when it is good, once the ticket is solved or over.
    pub good_until: Option<Timestamp>,
}

/// The guest who raised a ticket, if one did: for technicians.
#[derive(Debug, Clone, Copy)]
pub struct GuestOf {
    /// The ticket.
    pub ticket: TicketRef,
}

impl Query for GuestOf {
    type Answer = Option<GuestView>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::TicketRead, GUEST)?;
        let (ticket, _) = look.ticket(self.ticket)?;
        let Some(guest) = guest::of_ticket(look.tx, ticket.id)? else { return Ok(None) };
        let known = person::by_email(look.tx, &guest.email)?;
        Ok(Some(GuestView {
            known: known.map(|person| NamedPerson { id: person.id, name: person.name }),
            name: guest.name,
            email: guest.email,
            link_made_at: guest.link_made_at,
            revoked_at: guest.revoked_at,
            good_until: good_until(&ticket),
        }))
    }
}
