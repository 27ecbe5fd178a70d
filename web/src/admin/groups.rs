//! Groups and who is in them: each has a queue of its own.

use axum::{
    extract::{Path, State},
    response::Response,
};
use desk::{
    Refused,
    identity::{AddTeam, AddTeamMember, RemoveTeamMember, RenameTeam, TeamMembers, Teams},
};
use domain::{GroupId, identity::Capability};
use maud::html;

use super::{Typed, form_of, room, typed};
use crate::{
    AppState,
    licences::picker,
    page::{PageResult, Posted, Reader, see},
    ui::{self, Field, Icon, Tone, icon},
    words::t,
    wrong::Wrong,
};

fn id_of(text: &str) -> PageResult<GroupId> {
    Ok(text.parse().map_err(|_| Refused::NotFound("group"))?)
}

pub(super) async fn list(State(app): State<AppState>, reader: Reader) -> PageResult<Response> {
    reader.require(Capability::Admin)?;
    draw_list(&app, &reader, "", &Wrong::nothing()).await
}

async fn draw_list(app: &AppState, reader: &Reader, name: &str, wrong: &Wrong) -> PageResult {
    let groups = app.desk.ask(reader.ctx(), Teams).await?;
    let main = html! {
        (ui::page_head(t!("Groups"), t!("Each group has a queue. Technicians see all queues; their own come first."), &html! {}))
        (ui::panel(t!("All groups"), &html! { (ui::chip(Tone::Plain, &groups.len().to_string())) }, &html! {
            @if groups.is_empty() {
                p.panel-body.soft { (t!("No group yet. Tickets wait in one queue until there is one.")) }
            } @else {
                table.table { tbody { @for group in &groups { tr { td { a.link href={ "/admin/groups/" (group.id) } { bdi { (group.name) } } } } } } }
            }
        }))
        (ui::panel(t!("Add a group"), &html! {}, &html! { div.panel-body {
            (form_of(reader, "/admin/groups", &html! {
                (wrong.summary(&["name"]))
                (ui::field(&Field { value: name, error: wrong.at("name"), ..Field::new("name", t!("Name")) }))
            }, "main", t!("Add the group")))
        } }))
    };
    Ok(reader.page_with(wrong.status(), t!("Groups"), &room(reader, "/admin/groups", &main)))
}

pub(super) async fn add(State(app): State<AppState>, Posted { reader, form }: Posted<Typed>) -> PageResult {
    let name = typed(&form, "name");
    match app.desk.execute(reader.ctx(), AddTeam { name: name.to_owned() }).await {
        Ok(id) => Ok(see(&format!("/admin/groups/{id}"))),
        Err(refused) => draw_list(&app, &reader, name, &Wrong::of(refused)?).await,
    }
}

pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path(group): Path<String>,
) -> PageResult<Response> {
    reader.require(Capability::Admin)?;
    draw(&app, &reader, id_of(&group)?, &Typed::new(), &Wrong::nothing()).await
}

async fn draw(app: &AppState, reader: &Reader, id: GroupId, form: &Typed, wrong: &Wrong) -> PageResult {
    let groups = app.desk.ask(reader.ctx(), Teams).await?;
    let group = groups.into_iter().find(|group| group.id == id).ok_or(Refused::NotFound("group"))?;
    let members = app.desk.ask(reader.ctx(), TeamMembers { team: id }).await?;
    let people = picker::offered(app, reader).await?;
    let base = format!("/admin/groups/{id}");
    let name = form.get("name").unwrap_or(&group.name);
    let main = html! {
        a.back href="/admin/groups" { (icon(Icon::Left)) (t!("Groups")) }
        (ui::page_head(&group.name, "", &html! {
            @if reader.may(Capability::TicketRead) { a.button href={ "/desk/q/" (id) } { (t!("Open its queue")) } }
        }))
        (ui::panel(t!("Members"), &html! { (ui::chip(Tone::Plain, &members.len().to_string())) }, &html! {
            @if members.is_empty() { p.panel-body.soft { (t!("Nobody is in it yet.")) } }
            @else { table.table.fold-phone {
                thead { tr { th scope="col" { (t!("Who")) } th scope="col" { (t!("Job")) } th scope="col" { span.unseen { (t!("Acts")) } } } }
                tbody { @for member in &members { tr {
                    td.lead { a href={ "/admin/people/" (member.id) } { (ui::who(&member.name, &member.email)) } }
                    td data-label=(t!("Job")) { (member.title) }
                    td data-label="" { (ui::act(&format!("{base}/leave"), reader.csrf(), &[("person", &member.id.to_string())], None, "bare", t!("Take out"))) }
                } } }
            } }
        }))
        div.split {
            (ui::panel(t!("Add a member"), &html! {}, &html! { div.panel-body {
                (form_of(reader, &format!("{base}/members"), &html! {
                    @if wrong.at("person").is_some() { (wrong.summary(&["person"])) }
                    (picker::field("person", t!("Whom"), typed(form, "person"), wrong.at("person"), &people))
                }, "main", t!("Add them")))
            } }))
            (ui::panel(t!("Rename"), &html! {}, &html! { div.panel-body {
                (form_of(reader, &base, &html! {
                    @if wrong.at("person").is_none() { (wrong.summary(&["name"])) }
                    (ui::field(&Field { value: name, error: wrong.at("name"), ..Field::new("name", t!("Name")) }))
                }, "", t!("Rename it")))
            } }))
        }
    };
    Ok(reader.page_with(wrong.status(), &group.name, &room(reader, "/admin/groups", &main)))
}

pub(super) async fn rename(
    State(app): State<AppState>,
    Path(group): Path<String>,
    Posted { reader, form }: Posted<Typed>,
) -> PageResult {
    let team = id_of(&group)?;
    match app.desk.execute(reader.ctx(), RenameTeam { team, name: typed(&form, "name").to_owned() }).await {
        Ok(()) => Ok(see(&format!("/admin/groups/{team}"))),
        Err(refused) => draw(&app, &reader, team, &form, &Wrong::of(refused)?).await,
    }
}

pub(super) async fn join(
    State(app): State<AppState>,
    Path(group): Path<String>,
    Posted { reader, form }: Posted<Typed>,
) -> PageResult {
    reader.require(Capability::Admin)?;
    let team = id_of(&group)?;
    let person = match picker::find(&app, &reader, typed(&form, "person")).await? {
        Ok(person) => person,
        Err(words) => return draw(&app, &reader, team, &form, &Wrong::field("person", words)).await,
    };
    match app.desk.execute(reader.ctx(), AddTeamMember { team, person }).await {
        Ok(()) => Ok(see(&format!("/admin/groups/{team}"))),
        Err(refused) => draw(&app, &reader, team, &form, &Wrong::of(refused)?).await,
    }
}

pub(super) async fn leave(
    State(app): State<AppState>,
    Path(group): Path<String>,
    Posted { reader, form }: Posted<Typed>,
) -> PageResult {
    let team = id_of(&group)?;
    let person = typed(&form, "person").parse().map_err(|_| Refused::NotFound("person"))?;
    match app.desk.execute(reader.ctx(), RemoveTeamMember { team, person }).await {
        Ok(()) => Ok(see(&format!("/admin/groups/{team}"))),
        Err(refused) => draw(&app, &reader, team, &Typed::new(), &Wrong::of(refused)?).await,
    }
}
