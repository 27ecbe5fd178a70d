//! The pages of people without an account: one to write to the service desk, and one for each ticket, which only whoever has
//! its link finds.

mod raise;
mod ticket;

use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::{
    AppState,
    page::{look_of, page},
    ui::{self, Clock},
    words::t,
};

/// The routes of guests.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/guest", get(raise::form).post(raise::send))
        .route("/guest/{secret}", get(ticket::show))
        .route("/guest/{secret}/answer", post(ticket::answer))
        .route("/guest/{secret}/reopen", post(ticket::reopen))
        .route("/guest/{secret}/withdraw", post(ticket::withdraw))
        .route("/guest/{secret}/rate", post(ticket::rate))
        .route("/guest/{secret}/files/{file}", get(ticket::file))
}

/// A page of a guest. Its address may be a secret: it goes to no other site, into no search engine and no shared cache. Without
/// any referrer, browsers do not say either from where a form is sent (Fetch, "append a request `Origin` header").
fn lone(headers: &HeaderMap, status: StatusCode, title: &str, main: &Markup) -> Response {
    let mut response = (status, page(look_of(headers), title, &ui::single(main))).into_response();
    keep_quiet(&mut response);
    response
}

fn keep_quiet(response: &mut Response) {
    const HEADERS: [(HeaderName, HeaderValue); 3] = [
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow")),
    ];
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, value);
    }
}

/// Nobody knows where a guest is.
fn clock(now: jiff::Timestamp) -> Clock<'static> {
    const ZONE: &TimeZone = &TimeZone::UTC;
    Clock { now, zone: ZONE }
}

/// What there is instead of a page that is not there for guests.
fn not_there(headers: &HeaderMap, what: &str, mend: &str) -> Response {
    let main = ui::error_page(StatusCode::NOT_FOUND.as_u16(), what, mend, &[("/sign-in", t!("Sign in"))]);
    lone(headers, StatusCode::NOT_FOUND, what, &html! { (main) })
}
