//! Everybody who works here, and somebody new.

use axum::{
    extract::{Query, State},
    response::Response,
};
use desk::identity::{AddPerson, People, PeopleCursor, PeoplePage};
use domain::{
    PersonId,
    identity::{Capability, Role},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{Typed, form_of, room, typed};
use crate::{
    AppState,
    page::{PageResult, Posted, Reader, see},
    routes::query_value,
    sign_in::zone_field,
    ui::{self, Field, Icon, Input, Tone, icon},
    words::t,
    wrong::Wrong,
};

/// People of a page.
const ROWS: u32 = 50;

/// Whom to show, and after whom.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    name: Option<String>,
    after: Option<String>,
}

pub(super) async fn list(
    State(app): State<AppState>,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> PageResult<Response> {
    reader.require(Capability::Admin)?;
    let after = asked
        .name
        .clone()
        .zip(asked.after.as_deref().and_then(|id| id.parse::<PersonId>().ok()))
        .map(|(name, id)| PeopleCursor { name, id });
    let search = Some(asked.q.trim().to_owned()).filter(|search| !search.is_empty());
    let page = app.desk.ask(reader.ctx(), People { search, after, limit: ROWS }).await?;
    let main = html! {
        (ui::page_head(t!("People"), "", &html! { a.button.main href="/admin/people/new" { (icon(Icon::Plus)) (t!("Add a person")) } }))
        (ui::panel(t!("Everybody"), &html! { div.end { (ui::search_box("/admin/people", &asked.q, t!("Name or e-mail"), Some("people"))) } }, &html! {
            div id="people" { (table(&page)) (pager(&asked, &page)) }
        }))
    };
    Ok(reader.page(t!("People"), &room(&reader, "/admin/people", &main)))
}

fn table(page: &PeoplePage) -> Markup {
    if page.people.is_empty() {
        return ui::empty(
            Icon::People,
            t!("Nobody found"),
            t!("Try the beginning of a name, or part of an address."),
            &html! {},
        );
    }
    html! {
        div.table-scroll { table.table.fold-phone {
            thead { tr { th scope="col" { (t!("Who")) } th scope="col" { (t!("Job")) } th scope="col" { (t!("Department")) } th scope="col" { (t!("Roles")) } } }
            tbody { @for (person, roles) in &page.people {
                tr {
                    td.lead { a href={ "/admin/people/" (person.id) } { (ui::who(&person.name, &person.email)) } }
                    td data-label=(t!("Job")) { (person.title) }
                    td data-label=(t!("Department")) { (person.department) }
                    td data-label=(t!("Roles")) { @if !person.active || roles.iter().any(|role| *role != Role::Requester) {
                        span.inline {
                            @if !person.active { (ui::chip(Tone::Warn, t!("left"))) }
                            @for role in roles.iter().filter(|role| **role != Role::Requester) { (ui::chip(Tone::Plain, role_words(*role))) }
                        }
                    } }
                }
            } }
        } }
    }
}

fn pager(asked: &Asked, page: &PeoplePage) -> Markup {
    let q = query_value(&asked.q);
    let next = page
        .next
        .as_ref()
        .map(|next| format!("/admin/people?q={q}&name={}&after={}", query_value(&next.name), next.id));
    let first = asked.after.as_ref().map(|_| format!("/admin/people?q={q}"));
    html! {
        @if next.is_some() || first.is_some() {
            nav.pager aria-label=(t!("Pages")) {
                @match &first { Some(href) => a.button.bare href=(href) { (icon(Icon::Left)) (t!("First")) }, None => span {} }
                span { (t!("by name")) }
                @match &next { Some(href) => a.button.bare href=(href) rel="next" { (t!("Next")) (icon(Icon::Right)) }, None => span {} }
            }
        }
    }
}

/// A role as people say it.
pub(super) fn role_words(role: Role) -> &'static str {
    match role {
        Role::Requester => t!("requester"),
        Role::Agent => t!("technician"),
        Role::LicenceManager => t!("licence manager"),
        Role::Finance => t!("finance"),
        Role::Auditor => t!("auditor"),
        Role::Admin => t!("administrator"),
    }
}

/// What a role lets its holder do, for the form that gives it.
fn role_means(role: Role) -> &'static str {
    match role {
        Role::Requester => t!("Raises and follows their own tickets; everybody has it."),
        Role::Agent => t!("Reads every ticket, and works them with a seat or a token."),
        Role::LicenceManager => t!("Looks after licences, seats and pools."),
        Role::Finance => t!("Reads published reports."),
        Role::Auditor => t!("Reads the audit log and its proofs, and licences."),
        Role::Admin => t!("Runs the desk: people, groups, accounts, rules."),
    }
}

/// A mark for each role that is given.
pub(super) fn roles_field(has: impl Fn(Role) -> bool) -> Markup {
    html! {
        fieldset.field {
            legend { (t!("Roles")) }
            @for role in Role::ALL.iter().filter(|role| **role != Role::Requester) {
                label.check {
                    input type="checkbox" name={ "role " (role) } checked[has(*role)];
                    span { (role_words(*role)) span.quiet { " · " (role_means(*role)) } }
                }
            }
        }
    }
}

/// The roles that a form gives.
pub(super) fn roles_of(form: &Typed) -> Vec<Role> {
    form.keys().filter_map(|name| Role::parse(name.strip_prefix("role ")?)).collect()
}

const FIELDS: [&str; 6] = ["name", "email", "title", "department", "location", "zone"];

/// What is known of a person.
pub(super) fn fields(form: &Typed, wrong: &Wrong) -> Markup {
    let field = |name: &'static str, label: &'static str| Field {
        value: typed(form, name),
        error: wrong.at(name),
        ..Field::new(name, label)
    };
    html! {
        (wrong.summary(&FIELDS))
        (ui::field(&field("name", t!("Name"))))
        (ui::field(&Field { input: Input::Line("email"), hint: t!("They sign in with it."), ..field("email", "E-mail") }))
        (ui::field(&Field { required: false, ..field("title", t!("Job")) }))
        (ui::field(&Field { required: false, ..field("department", t!("Department")) }))
        (ui::field(&Field { required: false, ..field("location", t!("Location")) }))
        (zone_field(t!("Time zone"), typed(form, "zone"), wrong.at("zone")))
    }
}

pub(super) async fn form(reader: Reader) -> PageResult<Response> {
    reader.require(Capability::Admin)?;
    Ok(draw(&reader, &Typed::new(), &Wrong::nothing()))
}

fn draw(reader: &Reader, form: &Typed, wrong: &Wrong) -> Response {
    let main = html! {
        a.back href="/admin/people" { (icon(Icon::Left)) (t!("People")) }
        (ui::page_head(t!("Add a person"), t!("They sign in by a link that you send them, and choose a password then."), &html! {}))
        (ui::panel(t!("Person"), &html! {}, &html! { div.panel-body {
            (form_of(reader, "/admin/people", &html! {
                (fields(form, wrong))
                (roles_field(|role| form.contains_key(&format!("role {role}"))))
            }, "main", t!("Add them")))
        } }))
    };
    reader.page_with(wrong.status(), t!("Add a person"), &room(reader, "/admin/people", &main))
}

pub(super) async fn add(State(app): State<AppState>, Posted { reader, form }: Posted<Typed>) -> PageResult {
    let text = |name: &str| typed(&form, name).to_owned();
    let add = AddPerson {
        name: text("name"),
        email: text("email"),
        title: text("title"),
        department: text("department"),
        location: text("location"),
        zone: Some(text("zone")).filter(|zone| !zone.is_empty()),
        roles: roles_of(&form),
        teams: Vec::new(),
    };
    match app.desk.execute(reader.ctx(), add).await {
        Ok(id) => Ok(see(&format!("/admin/people/{id}"))),
        Err(refused) => Ok(draw(&reader, &form, &Wrong::of(refused)?)),
    }
}
