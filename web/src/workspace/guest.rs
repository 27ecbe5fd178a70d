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
        b { "Copy the link now; it is not shown again." }
        p { input.input.mono type="text" readonly value=(made.link) aria-label="The guest's link"; }
        p.quiet { "The one before does not work any more." }
    };
    ui::notice(Tone::Accent, &words, &html! {})
}

/// What the context of a ticket says of its guest; with `action` the reader may change the link.
pub(super) fn section(guest: &GuestView, reader: &Reader, action: Option<&str>, live: &str) -> Markup {
    let act = |value, class, words| {
        action.map(|action| ui::act(action, reader.csrf(), &[("link", value)], Some(live), class, words))
    };
    html! {
        p { (ui::chip(Tone::Warn, "unverified address")) " " (guest.email) }
        p.soft {
            "Nobody has made sure who wrote this. "
            @if let Some(known) = &guest.known {
                "The address is that of " b { (known.name) } ", who may or may not have written it: do nothing here that is for them alone."
            }
        }
        p.quiet {
            @match (guest.revoked_at, guest.good_until) {
                (Some(at), _) => { "Their link was revoked " (ui::time(at, reader.clock())) "." }
                (None, Some(until)) if until <= reader.now() => { "Their link is over." }
                (None, Some(until)) => { "Their link works until " (ui::exact(until, reader.clock().zone)) "." }
                (None, None) => { "They follow it by a link, made " (ui::time(guest.link_made_at, reader.clock())) "." }
            }
        }
        @if action.is_some() {
            details {
                summary { "Their link" }
                div.stack {
                    @if let Some(act) = act("show", "", "Make a new one to copy") { (act) }
                    @if guest.revoked_at.is_none() && let Some(act) = act("revoke", "bare", "Revoke it") { (act) }
                }
            }
        }
    }
}
