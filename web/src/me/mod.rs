//! What is one's own: name, seat, sessions, devices that are told, password, API tokens, theme.

mod browser;
mod password;
pub(crate) mod push;
pub(crate) mod token;

use std::collections::BTreeMap;

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{get, post},
};
use desk::{
    Refused,
    data::Session,
    identity::{ChooseLanguage, Me, Sessions, SignOut, SignOutEverywhere, TokenOwner, Tokens},
    licence::{MySeat, Standing, StandingKind},
};
use domain::{SessionId, identity::Account};
use maud::{Markup, html};
use serde::Deserialize;

use self::push::Push;

use crate::{
    AppState,
    page::{PageResult, Posted, Reader, see, sentence},
    portal::{self, Here},
    sign_in,
    ui::{self, EmployeeTab, Icon, icon},
    words::{LANGUAGE_COOKIE, Language, t, th},
    wrong::Wrong,
};

/// The routes of what is one's own.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/me", get(show))
        .route("/me/password", get(password::form).post(password::send))
        .route("/me/language", post(language))
        .route("/me/push", post(push::add))
        .route("/me/push/{subscription}/remove", post(push::remove))
        .route("/me/tokens", post(token::make))
        .route("/me/tokens/{token}/revoke", post(token::revoke))
        .route("/me/sessions/end", post(end_all))
        .route("/me/sessions/{session}/end", post(end))
}

/// What a form of this page brings.
type Typed = BTreeMap<String, String>;

async fn show(State(app): State<AppState>, reader: Reader) -> PageResult {
    draw(&app, &reader, &Typed::new(), [&Wrong::nothing(); 2]).await
}

/// `wrong` is what is wrong with the token and with the device to add.
async fn draw(
    app: &AppState,
    reader: &Reader,
    typed: &Typed,
    [wrong, wrong_device]: [&Wrong; 2],
) -> PageResult {
    let me = app.desk.ask(reader.ctx(), Me).await?;
    let seats = app.desk.ask(reader.ctx(), MySeat).await?;
    let sessions = app.desk.ask(reader.ctx(), Sessions).await?;
    let tokens = app.desk.ask(reader.ctx(), Tokens { of: TokenOwner::Person(reader.id()) }).await?;
    let push = Push::look(app, reader).await?;
    let person = me.person.as_ref().ok_or(Refused::NotFound("person"))?;
    let (title, department) = (&person.person.title, &person.person.department);
    let place: Vec<&str> =
        [title.as_str(), department.as_str()].into_iter().filter(|word| !word.is_empty()).collect();
    let main = html! {
        h1 { (t!("Me")) }
        div.who {
            (ui::large_face(reader.name()))
            div { b { (reader.name()) } div.quiet { (person.person.email) } @if !place.is_empty() { div.quiet { (place.join(" · ")) } } }
        }
        @if !seats.all.is_empty() { (holdings(reader, &seats.all)) }
        section.group {
            h2 { (t!("Look")) }
            (ui::look_switch(reader.look(), reader.csrf(), "/me"))
        }
        section.group {
            h2 { (t!("Language")) }
            (ui::own_language_switch(reader.csrf()))
        }
        (push.section(reader, wrong_device))
        (signed_in(reader, &sessions))
        section.group {
            h2 { (t!("Password")) }
            a.button href="/me/password" { (t!("Change password")) }
        }
        (token::section(reader, &tokens, typed, wrong))
    };
    portal::page(
        app,
        reader,
        Here::at(EmployeeTab::Me, t!("Me")).with_status(wrong.status().max(wrong_device.status())),
        &main,
    )
    .await
}

/// Seats and tokens, each with what it means in words.
fn holdings(reader: &Reader, all: &[Standing]) -> Markup {
    html! {
        section.group id="seats" data-live-topic={ "seat:" (reader.id()) } {
            div.group-head {
                h2 { (t!("Licences")) }
                a.link href={ "/licences/people/" (reader.id()) } { (t!("Why do I hold this?")) }
            }
            ul.list { @for standing in all {
                li.item {
                    (icon(match standing.kind {
                        StandingKind::Seat { .. } => Icon::Seat,
                        StandingKind::Token { .. } | StandingKind::DayPass { .. } | StandingKind::Offered { .. } => {
                            Icon::Token
                        }
                        StandingKind::Waiting { .. } => Icon::Clock,
                        StandingKind::Entitled { .. } | StandingKind::OutOfTerm { .. } => Icon::Eye,
                    }))
                    div { b { (standing.name) } small { (meaning(reader, &standing.kind)) } }
                }
            } }
        }
    }
}

fn meaning(reader: &Reader, kind: &StandingKind) -> Markup {
    let clock = reader.clock();
    html! {
        @match kind {
            StandingKind::Seat { seat_number, since } => {
                (th!("Seat {number} is yours alone since {when}; nobody else can take it.", number = seat_number, when = ui::time(*since, clock)))
            }
            StandingKind::Token {
                token, of, since, idle_since, borrowed_until, kept_until, recalled_at, recalled_for, overdrawn, ..
            } => {
                @match idle_since {
                    None => (th!("Token {token} of {of}, held since {when}.", token, of, when = ui::time(*since, clock))),
                    Some(idle) => (th!(
                        "Token {token} of {of}, held since {when}, without work since {idle}.",
                        token, of, when = ui::time(*since, clock), idle = ui::time(*idle, clock)
                    )),
                }
                @if *overdrawn { " " (t!("It is beyond the tokens that were bought.")) }
                @if let Some(until) = borrowed_until {
                    " " (th!("You borrowed it; it is due back {when}.", when = ui::time(*until, clock)))
                }
                @if let Some(until) = kept_until {
                    " " (th!("You gave it back; unless somebody needs it, it is kept for you. That ends {when}.", when = ui::time(*until, clock)))
                }
                @if let (Some(at), Some(whom)) = (recalled_at, recalled_for) {
                    " " (th!("It goes to {whom} {when}; what you typed stays.", whom = whom.name, when = ui::time(*at, clock)))
                }
            }
            StandingKind::DayPass { number, until } => {
                (th!("Day pass {number} is yours; it ends {when}.", number, when = ui::time(*until, clock)))
            }
            StandingKind::Offered { token, until } => {
                (th!("Token {token} is kept for you; the offer ends {when}.", token, when = ui::time(*until, clock))) " "
                a.link href="/desk/seat" { (t!("Take it")) }
            }
            StandingKind::Waiting { place, .. } => { (th!("You are number {place} in line.", place)) }
            StandingKind::Entitled { free, of } => {
                (th!("{free} of {of} tokens are free. One is taken at your first licensed act, never by looking.", free, of))
            }
            StandingKind::OutOfTerm { sentence: words } => { (sentence(words)) }
        }
    }
}

fn signed_in(reader: &Reader, sessions: &[Session]) -> Markup {
    let here = match reader.ctx().principal.authenticated_as {
        Account::Session { session, .. } => Some(session),
        _ => None,
    };
    html! {
        section.group {
            h2 { (t!("Signed in")) }
            ul.list { @for session in sessions {
                li.item {
                    div {
                        b { (browser::called(&session.user_agent)) @if Some(session.id) == here { " · " (t!("this one")) } }
                        small { (th!("Last seen {seen}, since {since}", seen = ui::time(session.last_seen_at, reader.clock()), since = ui::time(session.created_at, reader.clock()))) }
                    }
                    @if Some(session.id) == here {
                        (ui::act("/sign-out", reader.csrf(), &[], None, "", t!("Sign out")))
                    } @else {
                        (ui::act(&format!("/me/sessions/{}/end", session.id), reader.csrf(), &[], None, "bare", t!("End it")))
                    }
                }
            } }
            @if sessions.len() > 1 {
                div.acts { (ui::act("/me/sessions/end", reader.csrf(), &[], None, "", t!("Sign out everywhere"))) }
            }
        }
    }
}

/// The language that was pressed.
#[derive(Deserialize)]
struct Chosen {
    language: String,
}

async fn language(
    State(app): State<AppState>,
    Posted { reader, form: Chosen { language } }: Posted<Chosen>,
) -> PageResult<Response> {
    let language =
        Language::parse(&language).ok_or_else(|| Refused::field("language", "must be one of en, de"))?;
    app.desk.execute(reader.ctx(), ChooseLanguage { language }).await?;
    let mut response = see("/me");
    sign_in::remember(&mut response, &reader.signed_in().arrival, LANGUAGE_COOKIE, language.as_str());
    Ok(response)
}

async fn end(
    State(app): State<AppState>,
    Path(session): Path<String>,
    Posted { reader, .. }: Posted<Typed>,
) -> PageResult<Response> {
    let session: SessionId = session.parse().map_err(|_| Refused::NotFound("session"))?;
    app.desk.execute(reader.ctx(), SignOut { session }).await?;
    Ok(see("/me"))
}

async fn end_all(State(app): State<AppState>, Posted { reader, .. }: Posted<Typed>) -> PageResult<Response> {
    app.desk.execute(reader.ctx(), SignOutEverywhere).await?;
    Ok(sign_in::signed_out(&reader))
}
