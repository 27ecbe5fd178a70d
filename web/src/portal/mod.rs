//! The employee's side: search first, raise a ticket in seconds, see in plain words where one's own tickets stand.
//! Queues, groups and who gave what to whom stay out of it.

mod approval;
mod card;
mod catalogue;
mod chat;
mod effort;
pub(crate) mod file;
mod home;
mod outage;
mod raise;
mod team;
mod ticket;
pub(crate) mod upload;
mod verb;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    response::Response,
    routing::{get, post},
};
use domain::OutageId;
use http::StatusCode;
use maud::{Markup, html};

pub(crate) use approval::{quorum, voice, waits};
pub(crate) use card::steps;
pub(crate) use effort::nothing_found;
pub(crate) use home::send_as_it_is;
pub(crate) use raise::without_a_connection;
pub(crate) use ticket::{Saying, Viewer, rating as rating_form, talk, words as say_form};
pub(crate) use verb::{Rated, rated as rated_form};

use crate::{
    AppState,
    page::{PageResult, Reader, rooms},
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
        .route("/effort/search", post(effort::search))
        .route("/effort/begun", post(effort::begun))
        .route("/tickets/new", get(raise::form))
        .route("/tickets/team", get(team::list))
        .route("/tickets/{ticket}", get(ticket::show))
        .route("/tickets/{ticket}/answer", post(verb::answer))
        .route("/tickets/{ticket}/withdraw", post(verb::withdraw))
        .route("/tickets/{ticket}/reopen", post(verb::reopen))
        .route("/tickets/{ticket}/rate", post(verb::rate))
        .route("/tickets/{ticket}/follow", post(verb::follow))
        .route("/approvals", get(approval::list))
        .route("/approvals/{approval}", get(approval::show).post(approval::answer))
        .route("/catalogue", get(catalogue::list))
        .route("/catalogue/{item}", get(catalogue::show).post(catalogue::send))
        .route("/outages", get(outage::list))
        .route("/outages/{outage}", get(outage::show))
        .route("/outages/{outage}/join", post(outage::join))
        .route("/outages/{outage}/leave", post(outage::leave))
        .route("/outages/{outage}/seen", post(outage::seen))
        .route("/attachments/{file}", get(file::download))
        .merge(with_files)
}

/// Where on the employee's side a page is.
#[derive(Clone, Copy)]
pub(crate) struct Here<'a> {
    title: &'a str,
    tab: Option<EmployeeTab>,
    status: StatusCode,
    outages: Outages,
    approvals: bool,
}

/// What a page says about outages besides itself.
#[derive(Clone, Copy)]
enum Outages {
    All,
    AllBut(OutageId),
    Nothing,
}

impl<'a> Here<'a> {
    /// Under one of the tabs.
    pub(crate) const fn at(tab: EmployeeTab, title: &'a str) -> Self {
        Self { tab: Some(tab), ..Self::nowhere(title) }
    }

    /// Under none of them.
    pub(crate) const fn nowhere(title: &'a str) -> Self {
        Self { title, tab: None, status: StatusCode::OK, outages: Outages::All, approvals: true }
    }

    /// With the status of a form that was refused.
    pub(crate) const fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The page itself is about this outage.
    const fn about(self, outage: OutageId) -> Self {
        Self { outages: Outages::AllBut(outage), ..self }
    }

    /// The page itself is about approvals.
    const fn without_approvals(self) -> Self {
        Self { approvals: false, ..self }
    }

    /// The page itself shows every outage.
    const fn without_outages(self) -> Self {
        Self { outages: Outages::Nothing, ..self }
    }
}

/// A page of the employee's side: the shell, and what is out of order for everybody above what the page is about.
pub(crate) async fn page(
    app: &AppState,
    reader: &Reader,
    here: Here<'_>,
    main: &Markup,
) -> PageResult<Response> {
    let top = match here.outages {
        Outages::All => outage::banner(app, reader, None).await?,
        Outages::AllBut(id) => outage::banner(app, reader, Some(id)).await?,
        Outages::Nothing => html! {},
    };
    let top = if here.approvals {
        let waiting = approval::banner(app, reader).await?;
        html! { (top) (waiting) }
    } else {
        top
    };
    let rooms = rooms(reader);
    let shell = ui::Employee { tab: here.tab, person: reader.name(), rooms: &rooms, top: &top };
    Ok(reader.page_with(here.status, here.title, &ui::employee(&shell, main)))
}
