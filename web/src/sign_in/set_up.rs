//! Setting the desk up: its first administrator.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use desk::{
    Refused,
    identity::{FirstAdministrator, LinkPurpose},
};
use http::HeaderMap;
use maud::html;
use serde::Deserialize;

use super::{Sent, enter, link::over, lone_page, zone_field};
use crate::{
    AppState,
    context::browser,
    page::{PageResult, look_of, see},
    state::{Arrival, seed},
    ui::{self, Field, Input, Look},
    words::t,
    wrong::Wrong,
};

/// What the first administrator says of themselves.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct First {
    name: String,
    email: String,
    password: String,
    zone: String,
}

const FIELDS: [&str; 4] = ["name", "email", "password", "zone"];

pub(super) async fn form(
    State(app): State<AppState>,
    arrival: Arrival,
    headers: HeaderMap,
    Path(secret): Path<String>,
) -> PageResult {
    let look = look_of(&headers);
    match app.desk.look_at_link(&secret, arrival.now).await {
        Ok(seen) if seen.purpose == LinkPurpose::Setup => {
            Ok(draw(look, &secret, &First::default(), &Wrong::nothing()))
        }
        Ok(_) => Ok(see(&format!("/sign-in/{secret}"))),
        Err(refused) => over(look, refused),
    }
}

fn draw(look: Look, secret: &str, first: &First, wrong: &Wrong) -> Response {
    let main = html! {
        h1 { (t!("Set up Freehold")) }
        p.lead { (t!("You are the first here, and its administrator. Everybody else comes after you.")) }
        form.form method="post" action={ "/set-up/" (secret) } {
            (wrong.summary(&FIELDS))
            (ui::field(&Field {
                value: &first.name,
                error: wrong.at("name"),
                autocomplete: "name",
                ..Field::new("name", t!("Your name"))
            }))
            (ui::field(&Field {
                value: &first.email,
                error: wrong.at("email"),
                input: Input::Line("email"),
                autocomplete: "username",
                hint: t!("You sign in with it."),
                ..Field::new("email", t!("E-mail"))
            }))
            (ui::field(&Field {
                error: wrong.at("password"),
                input: Input::Line("password"),
                autocomplete: "new-password",
                hint: t!("At least 12 characters. A few words in a row are better than one with signs in it."),
                ..Field::new("password", t!("Password"))
            }))
            (zone_field(t!("Your time zone"), &first.zone, wrong.at("zone")))
            button.button.main.large.wide { (t!("Set it up")) }
        }
    };
    (wrong.status(), lone_page(look, t!("Set up"), &main)).into_response()
}

pub(super) async fn send(
    State(app): State<AppState>,
    arrival: Arrival,
    headers: HeaderMap,
    Path(secret): Path<String>,
    Sent(first): Sent<First>,
) -> PageResult {
    let look = look_of(&headers);
    let administrator = FirstAdministrator {
        name: first.name.clone(),
        email: first.email.clone(),
        password: first.password.clone(),
        zone: first.zone.clone(),
    };
    let made = app
        .desk
        .complete_set_up(&secret, administrator, browser(&headers, &arrival), arrival.now, seed())
        .await;
    match made {
        Ok(signed_in) => Ok(enter(&app, &arrival, &signed_in, Some("/admin")).await),
        Err(refused @ Refused::SignIn(_)) => over(look, refused),
        Err(refused) => Ok(draw(look, &secret, &first, &Wrong::of(refused)?)),
    }
}
