//! Signing in by password or link, signing out, setting the desk up, and the theme of the pages.

mod link;
mod set_up;
mod zone;

pub(crate) use zone::zone_field;

use axum::{
    Form, Router,
    extract::{FromRequest, Query, Request, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use desk::identity::{self, SignOut};
use domain::identity::{Account, Capabilities, Capability, Channel};
use http::{HeaderMap, HeaderValue, header};
use maud::{Markup, html};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    AppState,
    context::{SignedIn, browser, forget_session_cookie, session_cookie},
    page::{PageProblem, PageResult, Posted, Reader, look_of, page, see},
    problem::{Kind, Problem},
    routes,
    state::{Arrival, seed},
    ui::{self, Contrast, Density, Field, Input, Look, Theme},
    words::{LANGUAGE_COOKIE, Language, t},
    wrong::Wrong,
};

/// The routes of everybody who is not signed in, and of signing out.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/sign-in", get(form).post(send))
        .route("/sign-in/{secret}", get(link::show).post(link::follow))
        .route("/set-up/{secret}", get(set_up::form).post(set_up::send))
        .route("/sign-out", post(out))
        .route("/theme", post(theme))
}

/// A form of somebody who is not signed in. That a page of ours sent it, the outermost layer has seen.
pub(crate) struct Sent<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<AppState> for Sent<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, Response> {
        Form::from_request(request, app).await.map(|Form(form)| Self(form)).map_err(|_| {
            let detail = t!("The form cannot be read. Go back, reload the page, and send it again.");
            PageProblem::from(Problem::new(Kind::Malformed, detail)).into_response()
        })
    }
}

/// Where to go from here.
#[derive(Deserialize)]
struct Way {
    #[serde(default)]
    next: String,
}

impl Way {
    fn on(&self) -> Option<&str> {
        Some(self.next.as_str()).filter(|next| *next != "/" && routes::is_here(next))
    }
}

/// What was typed into the sign-in form.
#[derive(Deserialize)]
struct Attempt {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(flatten)]
    way: Way,
}

async fn form(
    State(app): State<AppState>,
    headers: HeaderMap,
    signed_in: Result<SignedIn, Response>,
    Query(way): Query<Way>,
) -> PageResult {
    match signed_in {
        Ok(signed_in) => Ok(see(way.on().unwrap_or_else(|| room_of(signed_in.person.capabilities)))),
        Err(_) => draw(&app, look_of(&headers), "", &way, &Wrong::nothing()).await,
    }
}

async fn draw(app: &AppState, look: Look, email: &str, way: &Way, wrong: &Wrong) -> PageResult {
    let guests = app.desk.is_open_to_guests().await?;
    let main = html! {
        h1 { (t!("Sign in")) }
        p.lead { (t!("With the e-mail address that your service desk knows.")) }
        form.form method="post" action="/sign-in" {
            (wrong.summary(&["email", "password"]))
            @if let Some(next) = way.on() { input type="hidden" name="next" value=(next); }
            (ui::field(&Field {
                input: Input::Line("email"),
                autocomplete: "username",
                value: email,
                error: wrong.at("email"),
                ..Field::new("email", t!("E-mail"))
            }))
            (ui::field(&Field {
                input: Input::Line("password"),
                autocomplete: "current-password",
                error: wrong.at("password"),
                ..Field::new("password", t!("Password"))
            }))
            button.button.main.large.wide { (t!("Sign in")) }
        }
        p.hint { (t!("No password, or forgotten? Your administrator sends you a link that signs you in.")) }
        @if guests { p.hint { (t!("No account?")) " " a.link href="/guest" { (t!("Write to the service desk as a guest")) } } }
        (ui::language_switch(&routes::sign_in(way.on())))
    };
    Ok((wrong.status(), lone_page(look, t!("Sign in"), &main)).into_response())
}

/// A page in one narrow column, for people whom the desk does not know yet.
fn lone_page(look: Look, title: &str, main: &Markup) -> Response {
    page(look, title, &ui::single(main))
}

async fn send(
    State(app): State<AppState>,
    arrival: Arrival,
    headers: HeaderMap,
    Sent(attempt): Sent<Attempt>,
) -> PageResult {
    let look = look_of(&headers);
    let email = attempt.email.trim();
    let mut wrong = Wrong::nothing();
    if email.is_empty() {
        wrong.add("email", t!("Write your e-mail address."));
    }
    if attempt.password.is_empty() {
        wrong.add("password", t!("Write your password."));
    }
    if !wrong.is_empty() {
        return draw(&app, look, email, &attempt.way, &wrong).await;
    }
    let sign_in = identity::SignIn {
        email: email.to_owned(),
        password: attempt.password,
        browser: browser(&headers, &arrival),
    };
    match app.desk.sign_in(sign_in, arrival.now, seed()).await {
        Ok(signed_in) => Ok(enter(&app, &arrival, &signed_in, attempt.way.on()).await),
        Err(refused) => draw(&app, look, email, &attempt.way, &Wrong::of(refused)?).await,
    }
}

/// Into the desk with a new session: to where somebody was going, or to the room of their work.
async fn enter(
    app: &AppState,
    arrival: &Arrival,
    signed_in: &identity::SignedIn,
    next: Option<&str>,
) -> Response {
    let known = app.desk.authenticate_session(signed_in.secret.reveal(), Channel::Web, arrival.now).await;
    let person = known.ok().and_then(|known| known.person);
    let room = person.as_ref().map_or("/", |person| room_of(person.capabilities));
    let mut response = see(next.unwrap_or(room));
    response.headers_mut().insert(header::SET_COOKIE, session_cookie(signed_in, arrival));
    if let Some(language) = person.and_then(|person| person.language) {
        remember(&mut response, arrival, LANGUAGE_COOKIE, language.as_str());
    }
    response
}

/// Where somebody's day begins.
fn room_of(may: Capabilities) -> &'static str {
    [
        (Capability::LicenceManage, "/licences"),
        (Capability::TicketWork, "/desk"),
        (Capability::AuditRead, "/audit"),
    ]
    .into_iter()
    .find(|(capability, _)| may.has(*capability))
    .map_or("/", |(_, room)| room)
}

/// A form without fields.
#[derive(Deserialize)]
struct Nothing {}

async fn out(
    State(app): State<AppState>,
    Posted { reader, form: Nothing {} }: Posted<Nothing>,
) -> PageResult {
    let ctx = reader.ctx();
    if let Account::Session { session, .. } = ctx.principal.authenticated_as {
        app.desk.execute(ctx, SignOut { session }).await?;
    }
    Ok(signed_out(&reader))
}

/// To the sign-in page, from a browser that forgets whom it knew.
pub(crate) fn signed_out(reader: &Reader) -> Response {
    let mut response = see("/sign-in");
    let forget = forget_session_cookie(&reader.signed_in().arrival);
    response.headers_mut().insert(header::SET_COOKIE, forget);
    // Pages, drafts, and what waits to be sent live in the browser; nothing stays behind on a shared computer.
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\", \"storage\""));
    response
}

/// What of the look somebody chose, and the page they were on.
#[derive(Deserialize)]
struct Chosen {
    theme: Option<String>,
    contrast: Option<String>,
    density: Option<String>,
    language: Option<String>,
    #[serde(flatten)]
    way: Way,
}

async fn theme(arrival: Arrival, Sent(chosen): Sent<Chosen>) -> Response {
    let choices = [
        chosen.theme.map(|value| (Theme::COOKIE, Theme::from_cookie(Some(&value)).name())),
        chosen.contrast.map(|value| (Contrast::COOKIE, Contrast::from_cookie(Some(&value)).name())),
        chosen.density.map(|value| (Density::COOKIE, Density::from_cookie(Some(&value)).name())),
        chosen.language.and_then(|value| Some((LANGUAGE_COOKIE, Language::of_tag(&value)?.as_str()))),
    ];
    let mut response = see(chosen.way.on().unwrap_or("/"));
    for (name, value) in choices.into_iter().flatten() {
        remember(&mut response, &arrival, name, value);
    }
    response
}

/// Has the browser remember for a year what somebody chose.
pub(crate) fn remember(response: &mut Response, arrival: &Arrival, name: &str, value: &str) {
    let secure = if arrival.https { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax{secure}");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests {
    use domain::identity::Role;

    use super::*;

    #[test]
    fn everybody_begins_in_the_room_of_their_work() {
        for (role, room) in [
            (Role::Requester, "/"),
            (Role::Finance, "/"),
            (Role::Agent, "/desk"),
            (Role::Admin, "/desk"),
            (Role::LicenceManager, "/licences"),
            (Role::Auditor, "/audit"),
        ] {
            assert_eq!(room_of(Capabilities::of_roles([role])), room, "{role}");
        }
    }

    #[test]
    fn the_way_on_leads_nowhere_else() {
        let way = |next: &str| Way { next: next.to_owned() };
        assert_eq!(way("/desk?x=1").on(), Some("/desk?x=1"));
        for elsewhere in ["", "/", "https://evil.example", "//evil.example"] {
            assert_eq!(way(elsewhere).on(), None, "{elsewhere}");
        }
    }
}
