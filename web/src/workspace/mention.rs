//! Naming people and tickets: what the composer offers behind `@` and `#`, and that one was named.

use axum::{
    extract::{Path, Query, State},
    response::{Html, IntoResponse, Response},
};
use desk::ticket::{MentionView, MyMentions, Nameable, OneTicket, TicketRef, TicketsToName};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    AppState,
    page::{PageResult, Posted, Pressed, Reader, see},
    ui::{self, Tone},
    words::{t, th, told},
};

/// So many stand on the technician's home; the rest follows when these are gone.
const FIRST: usize = 5;
/// So many are offered at once; more letters find the rest.
const OFFERED: u32 = 20;

/// What was typed behind the sign, and what is being written.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    q: String,
    kind: String,
}

/// Who can be named.
pub(super) async fn people(
    State(app): State<AppState>,
    reader: Reader,
    Path(ticket): Path<String>,
    Query(typed): Query<Typed>,
) -> PageResult<Response> {
    let public = typed.kind != "note";
    let query = Nameable { ticket: ticket.parse()?, public, text: typed.q, limit: OFFERED };
    let people = app.desk.ask(reader.ctx(), query).await?;
    let none = if public {
        t!("Nobody whom the requester knows already has this name. A work note can name everybody.")
    } else {
        t!("No technician has this name.")
    };
    let list = html! {
        ul id="texts-offered" data-none=(none) {
            @for person in &people { li data-text={ "@" (person.name) " " } { b { (person.name) } } }
        }
    };
    Ok(Html(list.into_string()).into_response())
}

/// Which tickets can be named.
pub(super) async fn tickets(
    State(app): State<AppState>,
    reader: Reader,
    Path(_): Path<String>,
    Query(typed): Query<Typed>,
) -> PageResult<Response> {
    let found = app.desk.ask(reader.ctx(), TicketsToName { text: typed.q, limit: OFFERED }).await?;
    let list = html! {
        ul id="texts-offered" data-none=(t!("No ticket has this number or these words.")) {
            @for hit in &found {
                li data-text={ (hit.number) " " } { b { (hit.number) " " bdi { (hit.subject) } } span { (told(&hit.state_label)) ", " (hit.requester) } }
            }
        }
    };
    Ok(Html(list.into_string()).into_response())
}

/// On the technician's home: who named them, and where.
pub(super) async fn named(app: &AppState, reader: &Reader) -> PageResult<Markup> {
    let all = app.desk.ask(reader.ctx(), MyMentions).await?;
    Ok(html! {
        div.named id="named" data-live-topic={ "named:" (reader.id()) } {
            @for mention in all.iter().take(FIRST) { (notice(reader, mention)) }
            @if all.len() > FIRST { p.soft { (t!("You were named on {n} more.", n = all.len() - FIRST)) } }
        }
    })
}

fn notice(reader: &Reader, mention: &MentionView) -> Markup {
    let by = mention.by.as_ref().map_or(t!("Somebody"), |by| by.name.as_str());
    let href = format!("/desk/t/{}#entry-{}", mention.ticket, mention.comment);
    ui::notice(
        Tone::Accent,
        &html! {
            (th!("{name} named you on {ticket}", name = by, ticket = html! { a.link href=(href) { (mention.ticket) } }))
            @if mention.times > 1 { " " (t!("and in {n} more places there", n = mention.times - 1)) }
            div.quiet { bdi { (mention.subject) } ", " (ui::time(mention.at, reader.clock())) }
        },
        &html! {
            a.button href=(href) { (t!("Open it")) }
            (ui::act(&format!("/desk/named/{}", mention.ticket), reader.csrf(), &[], Some("named"), "bare", t!("Dismiss")))
        },
    )
}

/// Says that one has seen it.
pub(super) async fn dismiss(
    State(app): State<AppState>,
    Path(ticket): Path<String>,
    Posted { reader, .. }: Posted<Pressed>,
) -> PageResult {
    app.desk.saw_ticket(reader.ctx(), ticket.parse()?).await?;
    Ok(see("/desk"))
}

/// The reader opens a ticket. What a page that is open already fetches again is no opening: its script says that somebody
/// looks at it.
pub(super) async fn opened(
    app: &AppState,
    reader: &Reader,
    ticket: &str,
    mode: Option<&str>,
) -> PageResult<()> {
    if mode.is_some_and(|mode| mode != "navigate") {
        return Ok(());
    }
    let mine = app.desk.ask(reader.ctx(), MyMentions).await?;
    if mine.is_empty() {
        return Ok(());
    }
    let ticket: TicketRef = ticket.parse()?;
    let one = app.desk.ask(reader.ctx(), OneTicket { ticket }).await?;
    if mine.iter().any(|mention| mention.ticket == one.ticket.number) {
        app.desk.saw_ticket(reader.ctx(), ticket).await?;
    }
    Ok(())
}
