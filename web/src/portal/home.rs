//! Home: search first, then what is going on; and the list of one's own tickets.

use axum::{
    extract::{Query, State},
    response::Response,
};
use desk::{
    knowledge::{ArticleHit, SearchArticles},
    ticket::{KnownOutages, MyTickets, OutageView, Search, SearchHit, TicketView},
};
use domain::{TicketId, ticket::Progress};
use maud::{Markup, html};
use serde::Deserialize;

use super::{Here, card::card, outage, page};
use crate::{
    AppState,
    knowledge::hit_item,
    page::{PageResult, Reader, rooms},
    routes,
    ui::{self, EmployeeTab, Icon, icon},
};

/// Open tickets shown at home; the list has all of them.
const AT_HOME: usize = 5;
/// Tickets of a page of the list.
const ROWS: u32 = 50;
/// Answers to a search.
const ANSWERS: u32 = 6;
/// Articles among them.
const ARTICLES: u32 = 4;

/// What is searched for.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
}

pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> PageResult {
    let asked = asked.q.trim();
    let (outages, articles, hits) = if asked.is_empty() {
        (Vec::new(), Vec::new(), Vec::new())
    } else {
        let text: String = asked.chars().take(500).collect();
        let articles =
            app.desk.ask(reader.ctx(), SearchArticles { text: text.clone(), limit: ARTICLES }).await?;
        let outages = app.desk.ask(reader.ctx(), KnownOutages { about: Some(text.clone()) }).await?;
        let hits = app.desk.ask(reader.ctx(), Search { text, own_only: true, limit: ANSWERS }).await?;
        (outages, articles, hits)
    };
    let mine = app.desk.ask(reader.ctx(), MyTickets { before: None, limit: ROWS }).await?;
    let open: Vec<_> = mine.items.iter().filter(|(view, _)| view.ticket.phase.is_open()).collect();
    let main = html! {
        p.soft { (greeting(&reader)) }
        h1 { "What is in your way?" }
        (ui::ask("/", asked, "Search, or say what is wrong", Some("answers")))
        div.group id="answers" { @if !asked.is_empty() { (answers(asked, &outages, &articles, &hits, &reader)) } }
        section.group id="mine" data-live-topic={ "mine:" (reader.id()) } {
            div.group-head {
                h2 { "Your tickets" }
                @if !mine.items.is_empty() { a.link href="/tickets" { "All of them" } }
            }
            @if open.is_empty() {
                ul.list { li { a.item href="/tickets/new" {
                    (icon(Icon::Plus))
                    div { b { "Raise a ticket" } small { "Nothing of yours is open. Say what is wrong, and somebody looks at it." } }
                    (icon(Icon::Right))
                } } }
            } @else {
                ul { @for (view, progress) in open.iter().take(AT_HOME) { (card(view, progress, reader.clock())) } }
                @if open.len() > AT_HOME {
                    p.soft { a.link href="/tickets" { (open.len() - AT_HOME) " more are open" } }
                }
            }
        }
        (work(&reader))
    };
    page(&app, &reader, Here::at(EmployeeTab::Home, "Home"), &main).await
}

/// "Good morning, Åsa".
fn greeting(reader: &Reader) -> String {
    let clock = reader.clock();
    let part = match clock.now.to_zoned(clock.zone.clone()).hour() {
        4..=10 => "Good morning",
        17..=22 => "Good evening",
        _ => "Hello",
    };
    let first = reader.name().split_whitespace().next().unwrap_or_default();
    format!("{part}, {first}")
}

/// What was found, and at the end always the way to send it as it is.
fn answers(
    asked: &str,
    outages: &[OutageView],
    articles: &[ArticleHit],
    hits: &[SearchHit],
    reader: &Reader,
) -> Markup {
    let nothing = outages.is_empty() && articles.is_empty() && hits.is_empty();
    html! {
        div.list {
            @for found in outages { (outage::item(found, reader.clock())) }
            @for hit in articles { (hit_item(hit)) }
            @for hit in hits {
                a.item href={ "/tickets/" (hit.number) } {
                    (icon(if hit.open { Icon::Ticket } else { Icon::Check }))
                    div {
                        b { (hit.subject) }
                        small { "Your ticket " (hit.number) " · " (hit.state_label) " · " (ui::time(hit.updated_at, reader.clock())) }
                    }
                    (icon(Icon::Right))
                }
            }
            (send_as_it_is(asked, if nothing { "Send it as it is" } else { "Nothing fits: send it as it is" }))
        }
    }
}

/// The way on when nothing that was found fits: what was looked for becomes a ticket.
pub(crate) fn send_as_it_is(asked: &str, words: &str) -> Markup {
    html! {
        a.item.send href={ "/tickets/new?subject=" (routes::query_value(asked)) } {
            (icon(Icon::Plus))
            div { (words) }
            (icon(Icon::Right))
        }
    }
}

/// The rooms of those who do more here than ask.
fn work(reader: &Reader) -> Markup {
    let rooms = rooms(reader);
    html! {
        @if !rooms.is_empty() {
            section.group {
                h2 { "Your work" }
                ul.list { @for (href, word) in rooms {
                    li { a.item href=(href) {
                        (icon(match href { "/desk" => Icon::Inbox, "/licences" => Icon::Chart, "/audit" => Icon::Shield, _ => Icon::Gear }))
                        div { b { (word) } }
                        (icon(Icon::Right))
                    } }
                } }
            }
        }
    }
}

/// Where in the list of one's own tickets.
#[derive(Deserialize)]
pub(super) struct Place {
    before: Option<String>,
}

impl Place {
    /// The ticket before the first one shown. An address that somebody cut short shows the beginning.
    fn before(&self) -> Option<TicketId> {
        self.before.as_deref()?.parse().ok()
    }
}

pub(super) async fn list(
    State(app): State<AppState>,
    reader: Reader,
    Query(place): Query<Place>,
) -> PageResult<Response> {
    let page = app.desk.ask(reader.ctx(), MyTickets { before: place.before(), limit: ROWS }).await?;
    let (open, over): (Vec<_>, Vec<_>) = page.items.iter().partition(|(view, _)| view.ticket.phase.is_open());
    let older = page.next.map(|next| format!("/tickets?before={next}"));
    let newer = place.before().map(|_| "/tickets");
    let main = html! {
        div.page-head {
            h1 { "Your tickets" }
            div.inline { a.button.main href="/tickets/new" { (icon(Icon::Plus)) "New ticket" } }
        }
        div id="mine" data-live-topic={ "mine:" (reader.id()) } {
            @if page.items.is_empty() {
                (ui::empty(
                    Icon::Ticket,
                    "No tickets yet",
                    "When something is in your way, say so in a few words. You follow here what becomes of it.",
                    &html! { a.button.main href="/" { "Say what is wrong" } },
                ))
            }
            (cards("Open", &open, &reader))
            (cards("Over", &over, &reader))
            @if older.is_some() || newer.is_some() { (ui::pager(newer, older.as_deref(), "")) }
        }
    };
    super::page(&app, &reader, Here::at(EmployeeTab::Tickets, "Your tickets"), &main).await
}

fn cards(title: &str, tickets: &[&(TicketView, Progress)], reader: &Reader) -> Markup {
    html! {
        @if !tickets.is_empty() {
            section.group {
                h2 { (title) }
                ul { @for (view, progress) in tickets { (card(view, progress, reader.clock())) } }
            }
        }
    }
}
