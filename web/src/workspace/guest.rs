//! Who raised a ticket without an account, and the link by which they follow it.

use axum::extract::{Path, Query, State};
use desk::{
    guest::{GuestLinkMade, GuestView, NewGuestLink, RevokeGuestLink},
    ticket::TicketRef,
};
use http::HeaderMap;
use maud::{Markup, html};
use serde::Deserialize;

use super::ticket::{Extras, From, page};
use crate::{
    AppState,
    context::origin,
    page::{PageResult, Posted, Reader, see},
    ui::{self, Tone},
    words::{t, th},
};

/// What becomes of the link.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    link: String,
}

pub(super) async fn link(
    State(app): State<AppState>,
    Path(ticket): Path<String>,
    Query(from): Query<From>,
    headers: HeaderMap,
    Posted { reader, form: asked }: Posted<Asked>,
) -> PageResult {
    let ticket: TicketRef = ticket.parse()?;
    if asked.link == "revoke" {
        return match app.desk.execute(reader.ctx(), RevokeGuestLink { ticket }).await {
            Ok(()) => Ok(see(&format!("/desk/t/{ticket}?q={}", from.queue().param()))),
            Err(refused) => super::work::refused(&app, &reader, ticket, &from, refused).await,
        };
    }
    let origin = origin(&app.config, &reader.signed_in().arrival, &headers);
    let new = NewGuestLink { ticket, origin };
    match app.desk.execute(reader.ctx(), new).await {
        Ok(made) => {
            let notice = said(&made);
            page(&app, &reader, ticket, &from, Extras { notice, ..Extras::default() }).await
        }
        Err(refused) => super::work::refused(&app, &reader, ticket, &from, refused).await,
    }
}

fn said(made: &GuestLinkMade) -> Markup {
    let words = html! {
        b { (t!("Copy the link now; it is not shown again.")) }
        p { input.input.mono type="text" readonly value=(made.link) aria-label=(t!("The guest's link")); }
        p.quiet { (t!("The one before does not work any more.")) }
    };
    ui::notice(Tone::Accent, &words, &html! {})
}

/// What the context of a ticket says of its guest; with `action` the reader may change the link.
pub(super) fn section(guest: &GuestView, reader: &Reader, action: Option<&str>, live: &str) -> Markup {
    let act = |value, class, words| {
        action.map(|action| ui::act(action, reader.csrf(), &[("link", value)], Some(live), class, words))
    };
    html! {
        p { (ui::chip(Tone::Warn, t!("unverified address"))) " " (guest.email) }
        p.soft {
            (t!("Nobody has made sure who wrote this.")) " "
            @if let Some(known) = &guest.known {
                (th!("The address is that of {name}, who may or may not have written it: do nothing here that is for them alone.", name = html! { b { (known.name) } }))
            }
        }
        p.quiet {
            @match (guest.revoked_at, guest.good_until) {
                (Some(at), _) => { (th!("Their link was revoked {when}.", when = ui::time(at, reader.clock()))) }
                (None, Some(until)) if until <= reader.now() => { (t!("Their link is over.")) }
                (None, Some(until)) => { (t!("Their link works until {when}.", when = ui::exact(until, reader.clock().zone))) }
                (None, None) => { (th!("They follow it by a link, made {when}.", when = ui::time(guest.link_made_at, reader.clock()))) }
            }
        }
        @if action.is_some() {
            details {
                summary { (t!("Their link")) }
                div.stack {
                    @if let Some(act) = act("show", "", t!("Make a new one to copy")) { (act) }
                    @if guest.revoked_at.is_none() && let Some(act) = act("revoke", "bare", t!("Revoke it")) { (act) }
                }
            }
        }
    }
}
