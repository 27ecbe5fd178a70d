//! A guest follows their ticket by its link.

use domain::{
    GuestId, PersonId, TicketId, Timestamp,
    identity::{Actor, Capabilities, Capability, Principal},
};
use store::{guest, ticket};

use super::{good_until, principal};
use crate::{Context, Desk, Refused, Result, identity::secret_hash};

/// Whoever holds the link to a ticket that a guest raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follower {
    /// Which guest.
    pub guest: GuestId,
    /// The one ticket that the link leads to.
    pub ticket: TicketId,
    /// The person that the desk made of them for this ticket alone.
    pub person: PersonId,
    principal: Principal,
}

impl Follower {
    /// The context of one command or query. What it may is what the requester of that one ticket may, and no more.
    pub fn context(&self, now: Timestamp, seed: [u8; 32]) -> Context {
        let mut ctx = Context::new(self.principal.clone(), now, seed);
        ctx.scopes = Capabilities::default().with(Capability::PortalUse);
        ctx
    }
}

impl Desk {
    /// Who follows by the link with this secret. Links that there never was, that were revoked and that are over are not told
    /// apart.
    pub async fn follow_as_guest(&self, presented: &str, now: Timestamp) -> Result<Follower> {
        let hash = secret_hash(presented);
        self.read(move |tx| {
            let none = || Refused::NotFound("link");
            let found = guest::by_link(tx, &hash)?.ok_or_else(none)?;
            let ticket = ticket::by_id(tx, found.ticket)?.ok_or_else(none)?;
            if good_until(&ticket).is_some_and(|until| until <= now) {
                return Err(none());
            }
            let principal = principal(Actor::Person(found.person), found.id, &found.name, &found.email);
            Ok(Follower { guest: found.id, ticket: found.ticket, person: found.person, principal })
        })
        .await
    }
}
