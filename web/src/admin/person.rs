//! One person: what is known of them, what they may do, and how they get in.

use axum::{
    extract::{Path, State},
    response::Response,
};
use desk::{
    Refused,
    catalogue::{DeviceView, DevicesOf},
    identity::{
        ChangePerson, LinkPurpose, MakeSignInLink, ManagerOf, PersonChanges, PersonDetail, PersonInDetail,
        SetManager, SetRoles,
    },
};
use domain::{PersonId, identity::Capability};
use http::HeaderMap;
use maud::{Markup, html};

use super::{Typed, devices, form_of, people, room, typed};
use crate::{
    AppState,
    context::origin,
    page::{PageResult, Posted, Reader, see},
    ui::{self, Field, Icon, Input, Tone, icon},
    words::t,
    wrong::Wrong,
};

/// How long a link to sign in lasts, in minutes.
const LINK_LASTS: u32 = 24 * 60;

pub(super) fn id_of(text: &str) -> PageResult<PersonId> {
    Ok(text.parse().map_err(|_| Refused::NotFound("person"))?)
}

pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path(person): Path<String>,
) -> PageResult<Response> {
    reader.require(Capability::Admin)?;
    let (seen, known) = look(&app, &reader, id_of(&person)?).await?;
    Ok(draw(&reader, &seen, &known, &Wrong::nothing(), &html! {}))
}

/// Somebody, and what is known of them as the forms show it.
async fn look(app: &AppState, reader: &Reader, person: PersonId) -> PageResult<(Seen, Typed)> {
    let detail = app.desk.ask(reader.ctx(), PersonDetail { person }).await?;
    let devices = app.desk.ask(reader.ctx(), DevicesOf { person }).await?;
    let manager = app.desk.ask(reader.ctx(), ManagerOf { person }).await?;
    let known = known(&detail, manager.as_ref().map_or("", |manager| manager.email.as_str()));
    Ok((Seen { detail, devices }, known))
}

/// Somebody, and what they work with.
struct Seen {
    detail: PersonInDetail,
    devices: Vec<DeviceView>,
}

fn known(detail: &PersonInDetail, manager: &str) -> Typed {
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
    .chain([("manager".to_owned(), manager.to_owned())])
    .collect()
}

fn draw(reader: &Reader, seen: &Seen, form: &Typed, wrong: &Wrong, notice: &Markup) -> Response {
    let Seen { detail, devices } = seen;
    let person = &detail.person;
    let base = format!("/admin/people/{}", person.id);
    let main = html! {
        a.back href="/admin/people" { (icon(Icon::Left)) (t!("People")) }
        (ui::page_head(&person.name, &person.email, &html! {
            @if !person.active { (ui::chip(Tone::Warn, t!("left"))) }
            @if reader.may(Capability::LicenceRead) { a.button href={ "/licences/people/" (person.id) } { (t!("What they hold")) } }
            @if reader.may(Capability::AuditRead) { a.button href={ "/audit?actor=" (person.id) } { (t!("What they did")) } }
        }))
        (notice)
        div.split {
            (ui::panel(t!("Person"), &html! {}, &html! { div.panel-body {
                (form_of(reader, &base, &html! {
                    input type="hidden" name="version" value=(person.version);
                    (people::fields(form, wrong))
                }, "main", t!("Save")))
            } }))
            div.stack {
                (ui::panel(t!("May do"), &html! {}, &html! { div.panel-body {
                    (form_of(reader, &format!("{base}/roles"), &people::roles_field(|role| detail.roles.contains(&role)), "", t!("Set the roles")))
                } }))
                (ui::panel(t!("Led by"), &html! {}, &html! { div.panel-body.stack {
                    p.soft { (t!("Whoever leads them sees where their tickets stand.")) }
                    (form_of(reader, &format!("{base}/manager"), &html! {
                        (ui::field(&Field {
                            input: Input::Line("email"), required: false, error: wrong.at("manager"), value: typed(form, "manager"),
                            hint: t!("Their e-mail address; empty for nobody."), ..Field::new("manager", t!("Manager"))
                        }))
                    }, "", t!("Set the manager")))
                } }))
                (devices::panel(reader, &base, devices, form, wrong))
                (ui::panel(t!("Groups"), &html! {}, &html! { div.panel-body {
                    @if detail.teams.is_empty() { p.soft { (t!("In no group.")) } }
                    ul { @for team in &detail.teams { li { a.link href={ "/admin/groups/" (team.id) } { bdi { (team.name) } } } } }
                } }))
                (ui::panel(t!("Getting in"), &html! {}, &html! { div.panel-body.stack {
                    @if person.active {
                        p.soft { (t!("A link signs them in once, within a day. With a new password, the old one is forgotten and their sessions end.")) }
                        div.inline {
                            (ui::act(&format!("{base}/link"), reader.csrf(), &[("purpose", "sign_in")], None, "", t!("Make a sign-in link")))
                            (ui::act(&format!("{base}/link"), reader.csrf(), &[("purpose", "new_password")], None, "", t!("Link for a new password")))
                        }
                        @let version = person.version.to_string();
                        details.more {
                            summary { (t!("They leave")) }
                            div.form {
                                p { (t!("They cannot sign in any more, their sessions and tokens end, and their seats and places in line are free at once. What they did stays.")) }
                                (ui::act(&format!("{base}/active"), reader.csrf(), &[("active", "no"), ("version", &version)], None, "danger", t!("They left")))
                            }
                        }
                    } @else {
                        p.soft { (t!("They left and cannot sign in.")) }
                        (ui::act(&format!("{base}/active"), reader.csrf(), &[("active", "yes"), ("version", &person.version.to_string())], None, "", t!("They are back")))
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
    draw_again(app, reader, person, form.unwrap_or_default(), &Wrong::of(refused)?).await
}

/// The same, with what is known to be wrong.
pub(super) async fn draw_again(
    app: &AppState,
    reader: &Reader,
    person: PersonId,
    mut form: Typed,
    wrong: &Wrong,
) -> PageResult {
    let (seen, known) = look(app, reader, person).await?;
    // The forms of the page show what they showed before, but for what was sent.
    for (name, value) in known {
        form.entry(name).or_insert(value);
    }
    Ok(draw(reader, &seen, &form, wrong, &html! {}))
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

/// Says who leads them, by address.
pub(super) async fn manager(
    State(app): State<AppState>,
    Path(person): Path<String>,
    Posted { reader, form }: Posted<Typed>,
) -> PageResult {
    reader.require(Capability::Admin)?;
    let person = id_of(&person)?;
    let email = typed(&form, "manager").trim();
    let found = if email.is_empty() {
        Ok(None)
    } else {
        let people =
            desk::identity::People { search: Some(email.to_owned()), limit: 200, ..Default::default() };
        let found = app.desk.ask(reader.ctx(), people).await?.people;
        let found = found.into_iter().find(|(found, _)| found.email.eq_ignore_ascii_case(email));
        found
            .map(|(found, _)| Some(found.id))
            .ok_or_else(|| Refused::field("manager", t!("nobody has this address; look it up under People")))
    };
    let set = match found {
        Ok(manager) => app.desk.execute(reader.ctx(), SetManager { person, manager }).await,
        Err(refused) => Err(refused),
    };
    match set {
        Ok(()) => Ok(see(&format!("/admin/people/{person}"))),
        Err(refused) => {
            let wrong = Wrong::of(refused)?;
            let (seen, mut known) = look(&app, &reader, person).await?;
            known.insert("manager".to_owned(), email.to_owned());
            Ok(draw(&reader, &seen, &known, &wrong, &html! {}))
        }
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
    let (seen, known) = look(&app, &reader, person).await?;
    let address = format!(
        "{}/sign-in/{}",
        origin(&app.config, &reader.signed_in().arrival, &headers),
        made.secret.reveal()
    );
    let notice = ui::notice(
        Tone::Accent,
        &html! {
            b { (t!("Copy the link now and send it to {name}; it is not shown again.", name = seen.detail.person.name)) }
            p { input.input.mono type="text" readonly value=(address) aria-label=(t!("Sign-in link")); }
            p.quiet { (t!("It works once, until {when}.", when = ui::exact(made.expires_at, reader.clock().zone))) }
        },
        &html! {},
    );
    Ok(draw(&reader, &seen, &known, &Wrong::nothing(), &notice))
}
