//! Somebody without an account writes to the service desk.

use axum::{extract::State, response::Response};
use desk::{
    Refused,
    guest::{GuestTicket, check_guest},
};
use domain::ticket::{Markdown, Subject};
use http::HeaderMap;
use maud::html;
use serde::Deserialize;

use super::{lone, not_there};
use crate::{
    AppState,
    page::{PageResult, see, sentence},
    sign_in::Sent,
    state::{Arrival, seed},
    ui::{self, Field, Input},
    words::t,
    wrong::Wrong,
};

/// What was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    name: String,
    email: String,
    subject: String,
    description: String,
    form: String,
    website: String,
}

const FIELDS: [&str; 5] = ["name", "email", "subject", "description", "website"];

pub(super) async fn form(State(app): State<AppState>, headers: HeaderMap) -> PageResult {
    let open = app.desk.is_open_to_guests().await?;
    Ok(if open { draw(&headers, &Typed::default(), &Wrong::nothing()) } else { closed(&headers) })
}

fn closed(headers: &HeaderMap) -> Response {
    not_there(
        headers,
        t!("This desk takes no tickets without an account"),
        t!("Sign in, or call the service desk. A link to a ticket that you have goes on working."),
    )
}

fn draw(headers: &HeaderMap, typed: &Typed, wrong: &Wrong) -> Response {
    let form = if typed.form.is_empty() { GuestTicket::form_of(seed()) } else { typed.form.clone() };
    let main = html! {
        h1 { (t!("Write to the service desk")) }
        p.lead { (t!("Without an account. You get a link by which you follow what becomes of it.")) }
        div.stack {
        form.form id="guest" method="post" action="/guest" data-live="guest" {
            input type="hidden" name="form" value=(form);
            (wrong.summary(&FIELDS))
            (ui::field(&Field { value: &typed.name, error: wrong.at("name"), autocomplete: "name", draft: "guest:name", ..Field::new("name", t!("Your name")) }))
            (ui::field(&Field { value: &typed.email, error: wrong.at("email"), input: Input::Line("email"), autocomplete: "email", draft: "guest:email", hint: t!("Where the service desk reaches you."), ..Field::new("email", t!("Your e-mail address")) }))
            (ui::field(&Field { value: &typed.subject, error: wrong.at("subject"), draft: "guest:subject", hint: t!("As you would say it to a colleague."), ..Field::new("subject", t!("In a few words: what is wrong?")) }))
            (ui::field(&Field { value: &typed.description, error: wrong.at("description"), input: Input::Area, required: false, draft: "guest:description", hint: t!("Do not write passwords, or what nobody else may know."), ..Field::new("description", t!("More about it")) }))
            // Programs fill in what people do not see.
            div.field.unseen[wrong.at("website").is_none()] {
                label for="field-website" { (t!("Leave this empty")) }
                input.input id="field-website" name="website" value=(typed.website) autocomplete="off" tabindex=[wrong.at("website").is_none().then_some("-1")];
            }
            div.inline {
                button.button.main.large { (t!("Send")) }
                span.draft-status data-draft-status role="status" {}
            }
        }
        p.hint { a.link.tall href="/sign-in" { (t!("I have an account")) } }
        }
    };
    lone(headers, wrong.status(), t!("Write to the service desk"), &main)
}

pub(super) async fn send(
    State(app): State<AppState>,
    arrival: Arrival,
    headers: HeaderMap,
    Sent(typed): Sent<Typed>,
) -> PageResult {
    app.limits.place(arrival.remote)?;
    let mut wrong = Wrong::nothing();
    let subject = Subject::new(&typed.subject);
    match &subject {
        Err(_) if typed.subject.trim().is_empty() => {
            wrong.add("subject", t!("Say in a few words what is wrong."));
        }
        Err(error) => wrong.add("subject", sentence(&error.to_string())),
        Ok(_) => {}
    }
    let description = match typed.description.trim() {
        "" => Ok(None),
        text => Markdown::new(text).map(Some),
    };
    if let Err(error) = &description {
        wrong.add("description", sentence(&error.to_string()));
    }
    if let Err(refused) = check_guest(&typed.name, &typed.email) {
        wrong.join(Wrong::of(refused)?);
    }
    if !typed.website.trim().is_empty() {
        // A browser may have filled it in by itself: whoever is no program sees it now.
        wrong.add("website", t!("Empty the field “Leave this empty”, and send it again."));
    }
    let (Ok(subject), Ok(description), true) = (subject, description, wrong.is_empty()) else {
        return Ok(draw(&headers, &typed, &wrong));
    };
    let ticket = GuestTicket {
        name: typed.name.clone(),
        email: typed.email.clone(),
        subject,
        description,
        form: typed.form.clone(),
        remote: arrival.remote,
    };
    match app.desk.raise_as_guest(ticket, arrival.now, seed()).await {
        Ok(raised) => {
            let mut response = see(&format!("/guest/{}?said=raised", raised.secret.reveal()));
            super::keep_quiet(&mut response);
            Ok(response)
        }
        Err(Refused::NotFound(_)) => Ok(closed(&headers)),
        // The key belongs to what was sent before; what was changed since is another ticket.
        Err(Refused::KeyReused) => {
            let words =
                t!("This form was sent before, with other words. Send it again if it is another matter.");
            Ok(draw(&headers, &Typed { form: String::new(), ..typed }, &Wrong::field("", words)))
        }
        Err(refused @ Refused::Rule(_)) => {
            Ok(draw(&headers, &Typed { form: String::new(), ..typed }, &Wrong::of(refused)?))
        }
        Err(refused) => Ok(draw(&headers, &typed, &Wrong::of(refused)?)),
    }
}
