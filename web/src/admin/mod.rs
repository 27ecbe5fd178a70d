//! Administration: people and their roles, groups, service accounts, and the rules that the desk works by.

mod accounts;
mod catalogue;
mod devices;
mod groups;
mod people;
mod person;
mod settings;

use std::collections::BTreeMap;

use axum::{
    Router,
    routing::{get, post},
};
use maud::{Markup, html};

use crate::{
    AppState,
    page::{Reader, manager},
    ui,
    words::{key, said, t},
};

pub(crate) use devices::line as device_line;

/// The routes below `/admin`.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/admin", get(people::list))
        .route("/admin/people", get(people::list).post(people::add))
        .route("/admin/people/new", get(people::form))
        .route("/admin/people/{person}", get(person::show).post(person::change))
        .route("/admin/people/{person}/roles", post(person::roles))
        .route("/admin/people/{person}/manager", post(person::manager))
        .route("/admin/people/{person}/active", post(person::active))
        .route("/admin/people/{person}/link", post(person::link))
        .route("/admin/people/{person}/devices", post(devices::add))
        .route("/admin/people/{person}/devices/{device}/remove", post(devices::remove))
        .route("/admin/groups", get(groups::list).post(groups::add))
        .route("/admin/groups/{group}", get(groups::show).post(groups::rename))
        .route("/admin/groups/{group}/members", post(groups::join))
        .route("/admin/groups/{group}/leave", post(groups::leave))
        .route("/admin/accounts", get(accounts::list).post(accounts::add))
        .route("/admin/accounts/{account}/tokens", post(accounts::make_token))
        .route("/admin/accounts/{account}/end", post(accounts::end))
        .route("/admin/tokens/{token}/revoke", post(accounts::revoke_token))
        .route("/admin/catalogue", get(catalogue::list).post(catalogue::add))
        .route("/admin/catalogue/new", get(catalogue::form))
        .route("/admin/catalogue/{item}", get(catalogue::show).post(catalogue::change))
        .route("/admin/settings", get(settings::show).post(settings::change_matrix))
        .route("/admin/settings/guests", post(settings::change_guests))
}

/// The fields of a form, by name.
type Typed = BTreeMap<String, String>;

fn typed<'t>(form: &'t Typed, name: &str) -> &'t str {
    form.get(name).map_or("", String::as_str)
}

/// The corners of this room.
const CORNERS: [(&str, &str); 5] = [
    ("/admin/people", key!("People")),
    ("/admin/groups", key!("Groups")),
    ("/admin/accounts", key!("Service accounts")),
    ("/admin/catalogue", key!("Catalogue")),
    ("/admin/settings", key!("Rules")),
];

/// A page of this room; `here` is the address of its corner.
fn room(reader: &Reader, here: &str, main: &Markup) -> Markup {
    manager(
        reader,
        "/admin",
        &html! {
            nav.corners aria-label=(t!("Administration")) {
                @for (href, word) in said(CORNERS) {
                    a href=(href) aria-current=[(href == here).then_some("page")] { (word) }
                }
            }
            (main)
        },
    )
}

/// A form of this room: its fields and one button.
fn form_of(reader: &Reader, action: &str, fields: &Markup, class: &str, words: &str) -> Markup {
    html! {
        form.form method="post" action=(action) {
            (ui::csrf_field(reader.csrf()))
            (fields)
            div { button class={ "button " (class) } { (words) } }
        }
    }
}
