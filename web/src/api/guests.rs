//! Guests: who raised a ticket without an account, and the link by which they follow it.

use axum::{Json, extract::State};
use desk::{
    guest::{GuestLinkMade, GuestOf, GuestView, NewGuestLink, RevokeGuestLink},
    ticket::{NamedPerson, TicketRef},
};
use domain::{Timestamp, identity::Capability};
use http::{HeaderMap, StatusCode};

use super::{
    body::{At, Call},
    operation::{self, delete, get, post},
    wire::wire,
};
use crate::{
    context::{ApiCaller, origin},
    problem::{Problem, Result},
    state::{AppState, Arrival},
};

pub(super) fn subject() -> operation::Subject {
    operation::Subject {
        tag: "guests",
        about: "People without an account who raised a ticket. Nobody has made sure of their names and addresses.",
        operations: vec![
            get("read_ticket_guest", "/tickets/{ticket}/guest", show)
                .says("The guest who raised a ticket, and how their link stands.")
                .needs(Capability::TicketRead)
                .answers::<GuestView>(),
            post("new_guest_link", "/tickets/{ticket}/guest/link", renew)
                .says("Make a new link to a guest's ticket, which is shown once. The one before is no longer good.")
                .needs(Capability::TicketWork)
                .answers::<GuestLinkMade>(),
            delete("revoke_guest_link", "/tickets/{ticket}/guest/link", revoke)
                .says("Revoke the link: it leads nowhere until a new one is made.")
                .needs(Capability::TicketWork),
        ],
    }
}

wire! {
    /// A guest.
    GuestView as "Guest" {
        /// The name that was typed.
        name: String,
        /// The address that was typed. Nobody has made sure that it is theirs.
        email: String,
        /// Whoever of this desk has that address; whether they wrote, nobody knows.
        known: Option<NamedPerson>,
        link_made_at: Timestamp,
        revoked_at: Option<Timestamp>,
        /// Until when the link is good, once the ticket is solved or over.
        good_until: Option<Timestamp>,
    }
    /// A link that was made.
    GuestLinkMade as "GuestLink" {
        /// The link, shown once.
        link: String,
    }
}

async fn show(
    State(app): State<AppState>,
    At(ticket): At<TicketRef>,
    caller: ApiCaller,
) -> Result<Json<GuestView>> {
    let found = app.desk.ask(caller.context(), GuestOf { ticket }).await?;
    found.map(Json).ok_or_else(|| Problem::not_found("guest"))
}

async fn renew(
    State(app): State<AppState>,
    At(ticket): At<TicketRef>,
    arrival: Arrival,
    headers: HeaderMap,
    call: Call<()>,
) -> Result<Json<GuestLinkMade>> {
    let origin = origin(&app.config, &arrival, &headers);
    Ok(Json(app.desk.execute(call.ctx, NewGuestLink { ticket, origin }).await?))
}

async fn revoke(
    State(app): State<AppState>,
    At(ticket): At<TicketRef>,
    call: Call<()>,
) -> Result<StatusCode> {
    app.desk.execute(call.ctx, RevokeGuestLink { ticket }).await?;
    Ok(StatusCode::NO_CONTENT)
}
