//! The licence manager's room: pools as bars, one licence with everybody on it, what needs what, and why.

mod act;
mod add;
mod contracts;
mod denials;
mod detail;
mod map;
mod overview;
mod passes;
mod person;
pub(crate) mod picker;
mod pools;
mod rules;
mod seats;
mod tokens;
mod usage;
mod words;

use std::collections::BTreeMap;

use axum::{
    Router,
    routing::{get, post},
};
use maud::{Markup, html};

use crate::{
    AppState,
    page::{Reader, manager},
    words::{key, said, t},
};

/// The routes below `/licences`.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/licences", get(overview::show).post(add::send))
        .route("/licences/new", get(add::form))
        .route("/licences/actions", get(map::show))
        .route("/licences/people/{person}", get(person::show))
        .route("/licences/{licence}", get(detail::show))
        .route("/licences/{licence}/rules", get(rules::show).post(rules::set_rules))
        .route("/licences/{licence}/shares", post(rules::share_out))
        .route("/licences/{licence}/grace", post(rules::set_grace))
        .route("/licences/{licence}/change", post(act::change))
        .route("/licences/{licence}/assign", post(act::assign))
        .route("/licences/{licence}/revoke", post(act::revoke))
        .route("/licences/{licence}/entitle", post(act::entitle))
        .route("/licences/{licence}/end", post(act::end))
        .route("/licences/{licence}/release", post(act::release))
        .merge(contracts::routes())
}

/// The fields of a form, by name.
type Typed = BTreeMap<String, String>;

/// What was typed into a field; nothing where there is no such field.
fn typed<'t>(form: &'t Typed, name: &str) -> &'t str {
    form.get(name).map_or("", String::as_str)
}

/// The corners of this room.
const CORNERS: [(&str, &str); 4] = [
    ("/licences", key!("Licences")),
    ("/licences/contracts", key!("Contracts")),
    ("/licences/position", key!("Position")),
    ("/licences/true-ups", key!("True-ups")),
];

fn room(reader: &Reader, main: &Markup) -> Markup {
    corner(reader, "/licences", main)
}

/// A page of this room; `here` is the address of its corner.
fn corner(reader: &Reader, here: &str, main: &Markup) -> Markup {
    manager(
        reader,
        "/licences",
        &html! {
            nav.corners aria-label=(t!("Licences")) {
                @for (href, word) in said(CORNERS) {
                    a href=(href) aria-current=[(href == here).then_some("page")] { (word) }
                }
            }
            (main)
        },
    )
}
