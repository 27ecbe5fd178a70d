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
    words::{key, say, t, told},
};

/// At most so many of each kind.
const EACH: u32 = 5;

/// What was typed; more than this is no name of anything.
const LONGEST: usize = 120;

/// Settings and rooms: words, address, who may go there.
const PLACES: [(&str, &str, Capability); 22] = [
    (key!("My settings"), "/me", Capability::PortalUse),
    (key!("The portal"), "/", Capability::PortalUse),
    (key!("Knowledge"), "/knowledge", Capability::PortalUse),
    (key!("Searches that found nothing"), "/knowledge/gaps", Capability::TicketRead),
    (key!("Known outages"), "/outages", Capability::PortalUse),
    (key!("Views"), "/desk/views", Capability::TicketWork),
    (key!("Text modules"), "/desk/texts", Capability::TicketWork),
    (key!("Templates"), "/desk/templates", Capability::TicketWork),
    (key!("Recurring tickets"), "/desk/recurring", Capability::TicketWork),
    (key!("Macros"), "/desk/macros", Capability::TicketWork),
    (key!("Modules"), "/desk/modules", Capability::TicketRead),
    (key!("Effort"), "/desk/effort", Capability::ReportRead),
    (key!("Licences"), "/licences", Capability::LicenceRead),
    (key!("What needs which licence"), "/licences/actions", Capability::LicenceRead),
    (key!("Contracts"), "/licences/contracts", Capability::LicenceRead),
    (key!("Entitlement position"), "/licences/position", Capability::LicenceRead),
    (key!("Audit log"), "/audit", Capability::AuditRead),
    (key!("Administration"), "/admin", Capability::Admin),
    (key!("People"), "/admin/people", Capability::Admin),
    (key!("Groups"), "/admin/groups", Capability::Admin),
    (key!("Service accounts"), "/admin/accounts", Capability::Admin),
    (key!("Settings of the desk"), "/admin/settings", Capability::Admin),
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
            @for hit in &tickets { li data-href={ "/desk/t/" (hit.number) "?q=open" } data-hint=(told(&hit.state_label)) { (hit.number) " " bdi { (hit.subject) } } }
            @for person in &people { li data-href={ "/desk/q/all?state=any&requester=" (person.id) } data-hint=(t!("their tickets")) { (person.name) } }
            @for hit in &articles { li data-href={ "/knowledge/" (hit.number) } data-hint=(t!("article")) { bdi { (hit.title) } } }
            @for (words, address, _) in places { li data-href=(address) data-hint=(t!("go to")) data-place { (say(words)) } }
        }
    };
    Ok(Html(list.into_string()).into_response())
}
