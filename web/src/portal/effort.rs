//! What the pages of the portal count: how a search ended, and that a form was begun. Without script nothing is counted,
//! and everything works.

use axum::{extract::State, response::IntoResponse};
use desk::{
    Refused,
    effort::{SearchEnd, SearchPlace},
};
use domain::effort::DayNumber;
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    AppState,
    page::{PageResult, Posted},
    words::t,
};

/// The fields in which a form that raises a ticket says what it took to get there; the script fills them in.
pub(super) const FIELDS: [(&str, &str); 2] = [("took", ""), ("actions", "")];

/// Said where a search finds nothing.
pub(crate) fn nothing_found() -> Markup {
    html! { p.soft { (t!("Nothing written down fits. What was looked for and not found is shown, without your name, to those who write the answers.")) } }
}

/// How a search ended.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Ended {
    place: String,
    q: String,
    opened: String,
}

pub(super) async fn search(
    State(app): State<AppState>,
    Posted { reader, form }: Posted<Ended>,
) -> PageResult {
    let place = match form.place.as_str() {
        "home" => SearchPlace::Home,
        "knowledge" => SearchPlace::Knowledge,
        _ => return Err(Refused::field("place", "say home or knowledge").into()),
    };
    let end = SearchEnd { place, text: form.q, opened: form.opened == "true" };
    app.desk.note_search(reader.ctx(), &end).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// That a form was begun, on the day that it was shown.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Begun {
    day: String,
}

pub(super) async fn begun(State(app): State<AppState>, Posted { reader, form }: Posted<Begun>) -> PageResult {
    let day = form.day.parse().map_err(|_| Refused::field("day", "say the day that the form names"))?;
    app.desk.note_begun(reader.ctx(), DayNumber(day)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
