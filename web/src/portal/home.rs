//! Home: search first, then what is going on; and the list of one's own tickets.

use axum::{
    extract::{Query, State},
    response::Response,
};
use desk::{
    catalogue::{FindItems, ItemView},
    identity::LeadsAnybody,
    knowledge::{ArticleHit, SearchArticles},
    ticket::{KnownOutages, MyTickets, OutageView, Search, SearchHit, TicketView},
};
use domain::{TicketId, ticket::Progress};
use maud::{Markup, html};
use serde::Deserialize;

use super::{Here, card::card, catalogue, effort::nothing_found, outage, page};
use crate::{
    AppState,
    knowledge::hit_item,
    page::{PageResult, Reader, rooms},
    routes,
    ui::{self, EmployeeTab, Icon, icon},
    words::{plural, t, th, told_to_requester},
};

/// Open tickets shown at home; the list has all of them.
const AT_HOME: usize = 5;
/// Tickets of a page of the list.
pub(super) const ROWS: u32 = 50;
/// Answers to a search.
const ANSWERS: u32 = 6;
/// Articles among them.
const ARTICLES: u32 = 4;
/// Items of the catalogue among them.
const ITEMS: usize = 3;

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
    let found = if asked.is_empty() {
        Found::default()
    } else {
        let text: String = asked.chars().take(500).collect();
        let articles =
            app.desk.ask(reader.ctx(), SearchArticles { text: text.clone(), limit: ARTICLES }).await?;
        let outages = app.desk.ask(reader.ctx(), KnownOutages { about: Some(text.clone()) }).await?;
        let items = app.desk.ask(reader.ctx(), FindItems { text: text.clone(), limit: ITEMS }).await?;
        let hits = app.desk.ask(reader.ctx(), Search { text, own_only: true, limit: ANSWERS }).await?;
        Found { outages, items, articles, hits }
    };
    let mine = app.desk.ask(reader.ctx(), MyTickets { before: None, limit: ROWS }).await?;
    let open: Vec<_> = mine.items.iter().filter(|(view, _)| view.ticket.phase.is_open()).collect();
    let main = html! {
        p.soft { (greeting(&reader)) }
        h1 { (t!("What is in your way?")) }
        (ui::ask("/", asked, t!("Search, or say what is wrong"), Some("answers")))
        div.group id="answers" data-searched="home" data-csrf=(reader.csrf()) { @if !asked.is_empty() { (answers(asked, &found, &reader)) } }
        section.group id="mine" data-live-topic={ "mine:" (reader.id()) } {
            div.group-head {
                h2 { (t!("Your tickets")) }
                @if !mine.items.is_empty() { a.link href="/tickets" { (t!("All of them")) } }
            }
            @if open.is_empty() {
                ul.list { li { a.item href="/tickets/new" {
                    (icon(Icon::Plus))
                    div { b { (t!("Raise a ticket")) } small { (t!("Nothing of yours is open. Say what is wrong, and somebody looks at it.")) } }
                    (icon(Icon::Right))
                } } }
            } @else {
                ul { @for (view, progress) in open.iter().take(AT_HOME) { (card(view, progress, None, reader.clock())) } }
                @if open.len() > AT_HOME {
                    p.soft { a.link href="/tickets" { (plural!(open.len() - AT_HOME, "1 more is open", "{n} more are open")) } }
                }
            }
        }
        section.group {
            ul.list { li { a.item href="/catalogue" {
                (icon(Icon::Plus))
                div { b { (t!("Request something")) } small { (t!("Access, a device, a service: what you can have, and how long it takes.")) } }
                (icon(Icon::Right))
            } } }
        }
        (work(&reader))
    };
    page(&app, &reader, Here::at(EmployeeTab::Home, t!("Home")), &main).await
}

/// "Good morning, Åsa".
fn greeting(reader: &Reader) -> String {
    let clock = reader.clock();
    let first = reader.name().split_whitespace().next().unwrap_or_default();
    match clock.now.to_zoned(clock.zone.clone()).hour() {
        4..=10 => t!("Good morning, {first}", first),
        17..=22 => t!("Good evening, {first}", first),
        _ => t!("Hello, {first}", first),
    }
}

/// What a search found.
#[derive(Default)]
struct Found {
    outages: Vec<OutageView>,
    items: Vec<ItemView>,
    articles: Vec<ArticleHit>,
    hits: Vec<SearchHit>,
}

/// What was found, and at the end always the way to send it as it is.
fn answers(asked: &str, found: &Found, reader: &Reader) -> Markup {
    let Found { outages, items, articles, hits } = found;
    let nothing = outages.is_empty() && items.is_empty() && articles.is_empty() && hits.is_empty();
    html! {
        @if nothing { (nothing_found()) }
        div.list {
            @for found in outages { (outage::item(found, reader.clock())) }
            @for found in items { (catalogue::item(found)) }
            @for hit in articles { (hit_item(hit)) }
            @for hit in hits {
                a.item href={ "/tickets/" (hit.number) } {
                    (icon(if hit.open { Icon::Ticket } else { Icon::Check }))
                    div {
                        b { (hit.subject) }
                        small { (th!("Your ticket {number}", number = hit.number)) " · " (told_to_requester(&hit.state_label)) " · " (ui::time(hit.updated_at, reader.clock())) }
                    }
                    (icon(Icon::Right))
                }
            }
            (send_as_it_is(asked, if nothing { t!("Send it as it is") } else { t!("Nothing fits: send it as it is") }))
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
                h2 { (t!("Your work")) }
                ul.list { @for (href, word) in rooms {
                    li { a.item href=(href) {
                        (icon(match href { "/desk" => Icon::Inbox, "/licences" | "/desk/effort" => Icon::Chart, "/audit" => Icon::Shield, _ => Icon::Gear }))
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
    pub(super) fn before(&self) -> Option<TicketId> {
        self.before.as_deref()?.parse().ok()
    }
}

pub(super) async fn list(
    State(app): State<AppState>,
    reader: Reader,
    Query(place): Query<Place>,
) -> PageResult<Response> {
    let page = app.desk.ask(reader.ctx(), MyTickets { before: place.before(), limit: ROWS }).await?;
    let leads = app.desk.ask(reader.ctx(), LeadsAnybody).await?;
    let (open, over): (Vec<_>, Vec<_>) = page.items.iter().partition(|(view, _)| view.ticket.phase.is_open());
    let older = page.next.map(|next| format!("/tickets?before={next}"));
    let newer = place.before().map(|_| "/tickets");
    let main = html! {
        div.page-head {
            h1 { (t!("Your tickets")) }
            div.inline {
                @if leads { a.button href="/tickets/team" { (icon(Icon::People)) (t!("Your team's")) } }
                a.button.main href="/tickets/new" { (icon(Icon::Plus)) (t!("New ticket")) }
            }
        }
        div id="mine" data-live-topic={ "mine:" (reader.id()) } {
            @if page.items.is_empty() {
                (ui::empty(
                    Icon::Ticket,
                    t!("No tickets yet"),
                    t!("When something is in your way, say so in a few words. You follow here what becomes of it."),
                    &html! { a.button.main href="/" { (t!("Say what is wrong")) } },
                ))
            }
            (cards(t!("Open"), &open, &reader))
            (cards(t!("Over"), &over, &reader))
            @if older.is_some() || newer.is_some() { (ui::pager(newer, older.as_deref(), "")) }
        }
    };
    super::page(&app, &reader, Here::at(EmployeeTab::Tickets, t!("Your tickets")), &main).await
}

fn cards(title: &str, tickets: &[&(TicketView, Progress)], reader: &Reader) -> Markup {
    html! {
        @if !tickets.is_empty() {
            section.group {
                h2 { (title) }
                ul { @for (view, progress) in tickets { (card(view, progress, None, reader.clock())) } }
            }
        }
    }
}
