//! What is one's own: name, seat, sessions, password, API tokens, theme.

mod browser;
mod password;
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
    identity::{Me, Sessions, SignOut, SignOutEverywhere, TokenOwner, Tokens},
    licence::{MySeat, Standing, StandingKind},
};
use domain::{SessionId, identity::Account};
use maud::{Markup, html};

use crate::{
    AppState,
    page::{PageResult, Posted, Reader, see, sentence},
    portal::{self, Here},
    ui::{self, EmployeeTab, Icon, icon},
    wrong::Wrong,
};

/// The routes of what is one's own.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/me", get(show))
        .route("/me/password", get(password::form).post(password::send))
        .route("/me/tokens", post(token::make))
        .route("/me/tokens/{token}/revoke", post(token::revoke))
        .route("/me/sessions/end", post(end_all))
        .route("/me/sessions/{session}/end", post(end))
}

/// What a form of this page brings.
type Typed = BTreeMap<String, String>;

async fn show(State(app): State<AppState>, reader: Reader) -> PageResult {
    draw(&app, &reader, &Typed::new(), &Wrong::nothing()).await
}

async fn draw(app: &AppState, reader: &Reader, typed: &Typed, wrong: &Wrong) -> PageResult {
    let me = app.desk.ask(reader.ctx(), Me).await?;
    let seats = app.desk.ask(reader.ctx(), MySeat).await?;
    let sessions = app.desk.ask(reader.ctx(), Sessions).await?;
    let tokens = app.desk.ask(reader.ctx(), Tokens { of: TokenOwner::Person(reader.id()) }).await?;
    let person = me.person.as_ref().ok_or(Refused::NotFound("person"))?;
    let (title, department) = (&person.person.title, &person.person.department);
    let place: Vec<&str> =
        [title.as_str(), department.as_str()].into_iter().filter(|word| !word.is_empty()).collect();
    let main = html! {
        h1 { "Me" }
        div.who {
            (ui::large_face(reader.name()))
            div { b { (reader.name()) } div.quiet { (person.person.email) } @if !place.is_empty() { div.quiet { (place.join(" · ")) } } }
        }
        @if !seats.all.is_empty() { (holdings(reader, &seats.all)) }
        section.group {
            h2 { "Look" }
            (ui::look_switch(reader.look(), reader.csrf(), "/me"))
        }
        (signed_in(reader, &sessions))
        section.group {
            h2 { "Password" }
            a.button href="/me/password" { "Change password" }
        }
        (token::section(reader, &tokens, typed, wrong))
    };
    portal::page(app, reader, Here::at(EmployeeTab::Me, "Me").with_status(wrong.status()), &main).await
}

/// Seats and tokens, each with what it means in words.
fn holdings(reader: &Reader, all: &[Standing]) -> Markup {
    html! {
        section.group id="seats" data-live-topic={ "seat:" (reader.id()) } {
            div.group-head {
                h2 { "Licences" }
                a.link href={ "/licences/people/" (reader.id()) } { "Why do I hold this?" }
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
                "Seat " (seat_number) " is yours alone since " (ui::time(*since, clock)) "; nobody else can take it."
            }
            StandingKind::Token {
                token, of, since, idle_since, borrowed_until, kept_until, recalled_at, recalled_for, overdrawn, ..
            } => {
                "Token " (token) " of " (of) ", held since " (ui::time(*since, clock))
                @if let Some(idle) = idle_since { ", without work since " (ui::time(*idle, clock)) } "."
                @if *overdrawn { " It is beyond the tokens that were bought." }
                @if let Some(until) = borrowed_until { " You borrowed it; it is due back " (ui::time(*until, clock)) "." }
                @if let Some(until) = kept_until {
                    " You gave it back; unless somebody needs it, it is kept for you. That ends "
                    (ui::time(*until, clock)) "."
                }
                @if let (Some(at), Some(whom)) = (recalled_at, recalled_for) {
                    " It goes to " (whom.name) " " (ui::time(*at, clock)) "; what you typed stays."
                }
            }
            StandingKind::DayPass { number, until } => {
                "Day pass " (number) " is yours; it ends " (ui::time(*until, clock)) "."
            }
            StandingKind::Offered { token, until } => {
                "Token " (token) " is kept for you; the offer ends " (ui::time(*until, clock)) ". "
                a.link href="/desk/seat" { "Take it" }
            }
            StandingKind::Waiting { place, .. } => { "You are number " (place) " in line." }
            StandingKind::Entitled { free, of } => {
                (free) " of " (of) " tokens are free. One is taken at your first licensed act, never by looking."
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
            h2 { "Signed in" }
            ul.list { @for session in sessions {
                li.item {
                    div {
                        b { (browser::called(&session.user_agent)) @if Some(session.id) == here { " · this one" } }
                        small { "Last seen " (ui::time(session.last_seen_at, reader.clock())) ", since " (ui::time(session.created_at, reader.clock())) }
                    }
                    @if Some(session.id) == here {
                        (ui::act("/sign-out", reader.csrf(), &[], None, "", "Sign out"))
                    } @else {
                        (ui::act(&format!("/me/sessions/{}/end", session.id), reader.csrf(), &[], None, "bare", "End it"))
                    }
                }
            } }
            @if sessions.len() > 1 {
                div.acts { (ui::act("/me/sessions/end", reader.csrf(), &[], None, "", "Sign out everywhere")) }
            }
        }
    }
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
    Ok(see("/sign-in"))
}
