//! People without an account: a former employee, a visitor, a supplier. They raise a ticket with a name and an address that
//! nobody has made sure of, and follow it by a link that leads to this ticket alone.
//!
//! Each ticket makes a guest of its own. Two tickets with the same address may be of two people, so nothing that one of them
//! is shown follows from the address, and neither is ever taken for a person of the desk who has it.

mod follow;
mod link;
mod open;
mod raise;

pub use follow::Follower;
pub use link::{GuestLinkMade, GuestOf, GuestView, NewGuestLink, RevokeGuestLink};
pub use open::{Guests, GuestsSetting, SetGuests};
pub use raise::{GuestRaised, GuestTicket, check_guest};

use domain::{
    GuestId, Timestamp,
    identity::{Account, Actor, Channel, ExternalIdentity, Principal},
    ticket::Ticket,
};
use jiff::SignedDuration;

/// Who vouches for guests: nobody but this desk, which believes them nothing. Programs may not speak for it.
pub(crate) const ISSUER: &str = "urn:freehold:guest";

/// The longest text of a guest, in characters.
pub const LONGEST: usize = 20_000;

/// A link leads to a ticket so long after that was solved or over.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

/// A guest, known by what they typed and the ticket that they raised.
fn principal(actor: Actor, guest: GuestId, name: &str, email: &str) -> Principal {
    Principal {
        actor,
        authenticated_as: Account::Guest { guest },
        external_identity: Some(ExternalIdentity {
            issuer: ISSUER.to_owned(),
            subject: guest.to_string(),
            name: called(name),
            email: Some(email.to_owned()),
        }),
        channel: Channel::Web,
    }
}

/// How a guest is called wherever names are read, so that nobody takes them for who they say they are.
fn called(name: &str) -> String {
    format!("{name} (guest)")
}

/// Until when the link to a ticket is good, once that is solved or over.
fn good_until(ticket: &Ticket) -> Option<Timestamp> {
    let over = ticket.closed_at.max(ticket.resolved_at)?;
    Some(over.checked_add(GOOD_FOR).unwrap_or(Timestamp::MAX))
}
