//! Choosing one's own password.

use axum::extract::State;
use http::HeaderMap;
use maud::html;
use serde::Deserialize;

use crate::{
    AppState,
    context::browser,
    page::{PageResult, Posted, Reader, see},
    portal::{self, Here},
    ui::{self, EmployeeTab, Field, Icon, Input, icon},
    words::t,
    wrong::Wrong,
};

/// The password until now and the one from now on.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Passwords {
    current: String,
    new: String,
}

pub(super) async fn form(State(app): State<AppState>, reader: Reader) -> PageResult {
    draw(&app, &reader, &Wrong::nothing()).await
}

async fn draw(app: &AppState, reader: &Reader, wrong: &Wrong) -> PageResult {
    let main = html! {
        a.back href="/me" { (icon(Icon::Left)) (t!("Me")) }
        h1 { (t!("Choose a password")) }
        form.form method="post" action="/me/password" {
            (ui::csrf_field(reader.csrf()))
            (wrong.summary(&["current", "new"]))
            (ui::field(&Field {
                input: Input::Line("password"),
                autocomplete: "current-password",
                required: false,
                hint: t!("Leave it empty if you have none yet, or came by a link for a new one."),
                error: wrong.at("current"),
                ..Field::new("current", t!("Your password until now"))
            }))
            (ui::field(&Field {
                input: Input::Line("password"),
                autocomplete: "new-password",
                hint: t!("At least 12 characters. A few words in a row are better than one with signs in it."),
                error: wrong.at("new"),
                ..Field::new("new", t!("Your new password"))
            }))
            p.hint { (t!("Your sessions in other browsers end.")) }
            div { button.button.main.large { (t!("Change password")) } }
        }
    };
    let here = Here::at(EmployeeTab::Me, t!("Choose a password")).with_status(wrong.status());
    portal::page(app, reader, here, &main).await
}

pub(super) async fn send(
    State(app): State<AppState>,
    headers: HeaderMap,
    Posted { reader, form: Passwords { current, new } }: Posted<Passwords>,
) -> PageResult {
    let browser = browser(&headers, &reader.signed_in().arrival);
    let current = Some(current).filter(|current| !current.is_empty());
    match app.desk.set_password(reader.ctx(), current, new, &browser).await {
        Ok(()) => Ok(see("/me")),
        Err(refused) => draw(&app, &reader, &Wrong::of(refused)?).await,
    }
}
