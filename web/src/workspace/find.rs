//! What the palette finds beside the acts of a page: tickets, people, articles, places.

use axum::{
    extract::{Query, State},
    response::{Html, IntoResponse},
};
use desk::{
    knowledge::SearchArticles,
    ticket::{FindPeople, Search},
};
use domain::identity::Capability;
use maud::html;
use serde::Deserialize;

use crate::{
    AppState,
    page::{PageResult, Reader},
};

/// At most so many of each kind.
const EACH: u32 = 5;

/// What was typed; more than this is no name of anything.
const LONGEST: usize = 120;

/// Settings and rooms: words, address, who may go there.
const PLACES: [(&str, &str, Capability); 22] = [
    ("My settings", "/me", Capability::PortalUse),
    ("The portal", "/", Capability::PortalUse),
    ("Knowledge", "/knowledge", Capability::PortalUse),
    ("Searches that found nothing", "/knowledge/gaps", Capability::TicketRead),
    ("Known outages", "/outages", Capability::PortalUse),
    ("Views", "/desk/views", Capability::TicketWork),
    ("Text modules", "/desk/texts", Capability::TicketWork),
    ("Templates", "/desk/templates", Capability::TicketWork),
    ("Recurring tickets", "/desk/recurring", Capability::TicketWork),
    ("Macros", "/desk/macros", Capability::TicketWork),
    ("Modules", "/desk/modules", Capability::TicketRead),
    ("Effort", "/desk/effort", Capability::ReportRead),
    ("Licences", "/licences", Capability::LicenceRead),
    ("What needs which licence", "/licences/actions", Capability::LicenceRead),
    ("Contracts", "/licences/contracts", Capability::LicenceRead),
    ("Entitlement position", "/licences/position", Capability::LicenceRead),
    ("Audit log", "/audit", Capability::AuditRead),
    ("Administration", "/admin", Capability::Admin),
    ("People", "/admin/people", Capability::Admin),
    ("Groups", "/admin/groups", Capability::Admin),
    ("Service accounts", "/admin/accounts", Capability::Admin),
    ("Settings of the desk", "/admin/settings", Capability::Admin),
];

/// What is looked for.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
}

/// What some words find, as a list to be offered.
pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> PageResult {
    reader.require(Capability::TicketRead)?;
    let text: String = asked.q.trim().chars().take(LONGEST).collect();
    let ctx = || reader.ctx();
    let (tickets, people, articles) = if text.chars().count() < 2 {
        (Vec::new(), Vec::new(), Vec::new())
    } else {
        (
            app.desk.ask(ctx(), Search { text: text.clone(), own_only: false, limit: EACH }).await?,
            app.desk.ask(ctx(), FindPeople { text: text.clone(), limit: EACH }).await?,
            app.desk.ask(ctx(), SearchArticles { text: text.clone(), limit: EACH }).await?,
        )
    };
    let places = PLACES.iter().filter(|(_, _, capability)| reader.may(*capability));
    let list = html! {
        ul id="found" {
            @for hit in &tickets { li data-href={ "/desk/t/" (hit.number) "?q=open" } data-hint=(hit.state_label) { (hit.number) " " (hit.subject) } }
            @for person in &people { li data-href={ "/desk/q/all?state=any&requester=" (person.id) } data-hint="their tickets" { (person.name) } }
            @for hit in &articles { li data-href={ "/knowledge/" (hit.number) } data-hint="article" { (hit.title) } }
            @for (words, address, _) in places { li data-href=(address) data-hint="go to" data-place { (words) } }
        }
    };
    Ok(Html(list.into_string()).into_response())
}
