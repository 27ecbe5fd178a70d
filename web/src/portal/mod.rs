//! The employee's side: search first, raise a ticket in seconds, see in plain words where one's own tickets stand.
//! Queues, groups and who gave what to whom stay out of it.

mod card;
mod chat;
pub(crate) mod file;
mod home;
mod raise;
mod ticket;
pub(crate) mod upload;
mod verb;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use maud::Markup;

pub(crate) use home::send_as_it_is;

use crate::{
    AppState,
    page::{Reader, rooms},
    ui::{self, EmployeeTab},
};

/// The routes of the employee's side.
pub(crate) fn routes() -> Router<AppState> {
    let with_files = Router::new()
        .route("/tickets", get(home::list).post(raise::send))
        .route("/tickets/{ticket}/attach", post(verb::attach))
        .layer(DefaultBodyLimit::max(upload::BODY_LIMIT));
    Router::new()
        .route("/", get(home::show))
        .route("/chat", get(chat::show).post(chat::say))
        .route("/chat/ticket", post(chat::file))
        .route("/chat/new", post(chat::anew))
        .route("/tickets/new", get(raise::form))
        .route("/tickets/{ticket}", get(ticket::show))
        .route("/tickets/{ticket}/answer", post(verb::answer))
        .route("/tickets/{ticket}/withdraw", post(verb::withdraw))
        .route("/tickets/{ticket}/reopen", post(verb::reopen))
        .route("/tickets/{ticket}/follow", post(verb::follow))
        .route("/attachments/{file}", get(file::download))
        .merge(with_files)
}

/// The shell around a page of the employee's side.
pub(crate) fn employee(reader: &Reader, tab: Option<EmployeeTab>, main: &Markup) -> Markup {
    ui::employee(&ui::Employee { tab, person: reader.name(), rooms: &rooms(reader) }, main)
}
