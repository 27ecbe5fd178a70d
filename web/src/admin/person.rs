//! One person: what is known of them, what they may do, and how they get in.

use axum::{
    extract::{Path, State},
    response::Response,
};
use desk::{
    Refused,
    identity::{
        ChangePerson, LinkPurpose, MakeSignInLink, PersonChanges, PersonDetail, PersonInDetail, SetRoles,
    },
};
use domain::{PersonId, identity::Capability};
use http::{HeaderMap, header};
use maud::{Markup, html};

use super::{Typed, form_of, people, room, typed};
use crate::{
    AppState,
    page::{PageResult, Posted, Reader, see},
    ui::{self, Icon, Tone, icon},
    wrong::Wrong,
};

/// How long a link to sign in lasts, in minutes.
const LINK_LASTS: u32 = 24 * 60;

fn id_of(text: &str) -> PageResult<PersonId> {
    Ok(text.parse().map_err(|_| Refused::NotFound("person"))?)
}

pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path(person): Path<String>,
) -> PageResult<Response> {
    reader.require(Capability::Admin)?;
    let detail = app.desk.ask(reader.ctx(), PersonDetail { person: id_of(&person)? }).await?;
    Ok(draw(&reader, &detail, &known(&detail), &Wrong::nothing(), &html! {}))
}

/// What is known, as the form shows it.
fn known(detail: &PersonInDetail) -> Typed {
    let person = &detail.person;
    [
        ("name", &person.name),
        ("email", &person.email),
        ("title", &person.title),
        ("department", &person.department),
        ("location", &person.location),
        ("zone", &person.zone),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.clone()))
    .collect()
}

fn draw(reader: &Reader, detail: &PersonInDetail, form: &Typed, wrong: &Wrong, notice: &Markup) -> Response {
    let person = &detail.person;
    let base = format!("/admin/people/{}", person.id);
    let main = html! {
        a.back href="/admin/people" { (icon(Icon::Left)) "People" }
        (ui::page_head(&person.name, &person.email, &html! {
            @if !person.active { (ui::chip(Tone::Warn, "left")) }
            @if reader.may(Capability::LicenceRead) { a.button href={ "/licences/people/" (person.id) } { "What they hold" } }
            @if reader.may(Capability::AuditRead) { a.button href={ "/audit?actor=" (person.id) } { "What they did" } }
        }))
        (notice)
        div.split {
            (ui::panel("Person", &html! {}, &html! { div.panel-body {
                (form_of(reader, &base, &html! {
                    input type="hidden" name="version" value=(person.version);
                    (people::fields(form, wrong))
                }, "main", "Save"))
            } }))
            div.stack {
                (ui::panel("May do", &html! {}, &html! { div.panel-body {
                    (form_of(reader, &format!("{base}/roles"), &people::roles_field(|role| detail.roles.contains(&role)), "", "Set the roles"))
                } }))
                (ui::panel("Groups", &html! {}, &html! { div.panel-body {
                    @if detail.teams.is_empty() { p.soft { "In no group." } }
                    ul { @for team in &detail.teams { li { a.link href={ "/admin/groups/" (team.id) } { (team.name) } } } }
                } }))
                (ui::panel("Getting in", &html! {}, &html! { div.panel-body.stack {
                    @if person.active {
                        p.soft { "A link signs them in once, within a day. With a new password, the old one is forgotten and their sessions end." }
                        div.inline {
                            (ui::act(&format!("{base}/link"), reader.csrf(), &[("purpose", "sign_in")], None, "", "Make a sign-in link"))
                            (ui::act(&format!("{base}/link"), reader.csrf(), &[("purpose", "new_password")], None, "", "Link for a new password"))
                        }
                        @let version = person.version.to_string();
                        details.more {
                            summary { "They leave" }
                            div.form {
                                p { "They cannot sign in any more, their sessions and tokens end, and their seats and places in line are free at once. What they did stays." }
                                (ui::act(&format!("{base}/active"), reader.csrf(), &[("active", "no"), ("version", &version)], None, "danger", "They left"))
                            }
                        }
                    } @else {
                        p.soft { "They left and cannot sign in." }
                        (ui::act(&format!("{base}/active"), reader.csrf(), &[("active", "yes"), ("version", &person.version.to_string())], None, "", "They are back"))
                    }
                } }))
            }
        }
    };
    reader.page_with(wrong.status(), &person.name, &room(reader, "/admin/people", &main))
}

/// The page again, with what is wrong.
async fn again(
    app: &AppState,
    reader: &Reader,
    person: PersonId,
    form: Option<Typed>,
    refused: Refused,
) -> PageResult {
    let wrong = Wrong::of(refused)?;
    let detail = app.desk.ask(reader.ctx(), PersonDetail { person }).await?;
    let form = form.unwrap_or_else(|| known(&detail));
    Ok(draw(reader, &detail, &form, &wrong, &html! {}))
}

pub(super) async fn change(
    State(app): State<AppState>,
    Path(person): Path<String>,
    Posted { reader, form }: Posted<Typed>,
) -> PageResult {
    let person = id_of(&person)?;
    let text = |name: &str| Some(typed(&form, name).to_owned());
    let changes = PersonChanges {
        name: text("name"),
        email: text("email"),
        title: text("title"),
        department: text("department"),
        location: text("location"),
        zone: text("zone"),
        active: None,
    };
    let version = typed(&form, "version").parse().unwrap_or_default();
    match app.desk.execute(reader.ctx(), ChangePerson { person, version, changes }).await {
        Ok(_) => Ok(see(&format!("/admin/people/{person}"))),
        Err(refused) => again(&app, &reader, person, Some(form), refused).await,
    }
}

pub(super) async fn active(
    State(app): State<AppState>,
    Path(person): Path<String>,
    Posted { reader, form }: Posted<Typed>,
) -> PageResult {
    let person = id_of(&person)?;
    let changes = PersonChanges { active: Some(typed(&form, "active") == "yes"), ..PersonChanges::default() };
    let version = typed(&form, "version").parse().unwrap_or_default();
    match app.desk.execute(reader.ctx(), ChangePerson { person, version, changes }).await {
        Ok(_) => Ok(see(&format!("/admin/people/{person}"))),
        Err(refused) => again(&app, &reader, person, None, refused).await,
    }
}

pub(super) async fn roles(
    State(app): State<AppState>,
    Path(person): Path<String>,
    Posted { reader, form }: Posted<Typed>,
) -> PageResult {
    let person = id_of(&person)?;
    match app.desk.execute(reader.ctx(), SetRoles { person, roles: people::roles_of(&form) }).await {
        Ok(_) => Ok(see(&format!("/admin/people/{person}"))),
        Err(refused) => again(&app, &reader, person, None, refused).await,
    }
}

/// Makes a link and shows it, once.
pub(super) async fn link(
    State(app): State<AppState>,
    Path(person): Path<String>,
    headers: HeaderMap,
    Posted { reader, form }: Posted<Typed>,
) -> PageResult {
    let person = id_of(&person)?;
    let purpose = match typed(&form, "purpose") {
        "new_password" => LinkPurpose::NewPassword,
        _ => LinkPurpose::SignIn,
    };
    let made =
        match app.desk.execute(reader.ctx(), MakeSignInLink { person, purpose, minutes: LINK_LASTS }).await {
            Ok(made) => made,
            Err(refused) => return again(&app, &reader, person, None, refused).await,
        };
    let detail = app.desk.ask(reader.ctx(), PersonDetail { person }).await?;
    let address = format!("{}/sign-in/{}", origin(&app, &reader, &headers), made.secret.reveal());
    let notice = ui::notice(
        Tone::Accent,
        &html! {
            b { "Copy the link now and send it to " (detail.person.name) "; it is not shown again." }
            p { input.input.mono type="text" readonly value=(address) aria-label="Sign-in link"; }
            p.quiet { "It works once, until " (ui::exact(made.expires_at, reader.clock().zone)) "." }
        },
        &html! {},
    );
    Ok(draw(&reader, &detail, &known(&detail), &Wrong::nothing(), &notice))
}

/// Where people reach this desk.
fn origin(app: &AppState, reader: &Reader, headers: &HeaderMap) -> String {
    app.config.base_url.clone().unwrap_or_else(|| {
        let scheme = if reader.signed_in().arrival.https { "https" } else { "http" };
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        format!("{scheme}://{host}")
    })
}
