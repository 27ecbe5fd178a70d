//! Views: filtered lists that one comes back to, in the sidebar and under a link that can be sent to others.

use axum::extract::{Path, State};
use desk::{
    Refused,
    ticket::{DeleteView, KeepView, SidebarLink, ViewView, Views},
};
use domain::{
    ViewId,
    identity::Capability,
    ticket::{UsedBy, ViewName},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{filter, queue::alone};
use crate::{
    AppState,
    page::{PageResult, Posted, Pressed, Reader, see, sentence},
    ui::{self, Field, Icon, Input},
    words::t,
    wrong::Wrong,
};

/// What the form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Kept {
    name: String,
    query: String,
    used_by: String,
}

impl Kept {
    fn read(&self, id: Option<ViewId>) -> PageResult<Result<KeepView, Wrong>> {
        let filter = filter::read(&self.query)?;
        let used_by = UsedBy::parse(&self.used_by).unwrap_or(UsedBy::Author);
        Ok(ViewName::new(&self.name)
            .map(|name| KeepView { id, name, filter, used_by })
            .map_err(|error| Wrong::field("name", sentence(&error.to_string()))))
    }
}

fn id_of(text: &str) -> PageResult<ViewId> {
    Ok(text.parse().map_err(|_| Refused::NotFound("view"))?)
}

/// Below the chips of a list: under which name it is kept, or the form that keeps it.
pub(super) fn form(reader: &Reader, query: &str, known: &[SidebarLink]) -> Markup {
    html! {
        @if let Some(view) = known.iter().find(|view| view.query == query) {
            p.keep-view.quiet { (t!("Kept as “{name}”.", name = view.name)) " " a.link href="/desk/views" { (t!("Views")) } }
        } @else {
            details.keep-view {
                summary.button.bare { (ui::icon(Icon::Plus)) (t!("Keep this view")) }
                (fields(reader, ("/desk/views", "list side"), &Kept { query: query.to_owned(), ..Kept::default() }, &Wrong::nothing(), t!("Keep it")))
            }
        }
    }
}

fn fields(reader: &Reader, (action, live): (&str, &str), kept: &Kept, wrong: &Wrong, button: &str) -> Markup {
    html! {
        form.form.compact method="post" action=(action) data-live=(live) {
            (ui::csrf_field(reader.csrf()))
            input type="hidden" name="query" value=(kept.query);
            (wrong.summary(&["name"]))
            (ui::field(&Field { value: &kept.name, error: wrong.at("name"), hint: t!("Such as: Waiting for more than a week."), ..Field::new("name", t!("Name of the view")) }))
            (ui::field(&Field { input: Input::Choice(&[("author", t!("Only I")), ("everybody", t!("Every technician"))]), value: &kept.used_by, ..Field::new("used_by", t!("In whose sidebar")) }))
            div { button.button.main { (button) } }
        }
    }
}

pub(super) async fn list(State(app): State<AppState>, reader: Reader) -> PageResult {
    reader.require(Capability::TicketWork)?;
    let views = app.desk.ask(reader.ctx(), Views).await?;
    let (own, shared): (Vec<_>, Vec<_>) = views.iter().partition(|view| view.used_by == UsedBy::Author);
    let body = html! {
        div.form-page.texts {
            p.lead { (t!("Lists that you come back to. Filter any list and press “Keep this view”: it stands in the sidebar, and its address shows the same to whoever you send it to.")) }
            p { a.button href=(filter::ADDRESS) { (t!("Filter the tickets")) } }
            (ui::section(t!("Yours"), &part(&reader, &own, t!("None yet."))))
            (ui::section(t!("Everybody's"), &part(&reader, &shared, t!("None yet. A good one is worth sharing."))))
        }
    };
    alone(&app, &reader, http::StatusCode::OK, t!("Views"), &body).await
}

fn part(reader: &Reader, views: &[&ViewView], none: &str) -> Markup {
    html! {
        @if views.is_empty() { p.soft { (none) } }
        ul.plain { @for view in views {
            li {
                a.link.tall href={ (filter::ADDRESS) "?" (view.query) } { bdi { (view.name) } }
                @if view.used_by == UsedBy::Everybody { " " span.quiet { (t!("by {name}", name = view.author_name)) } }
                @if view.changeable {
                    div.inline {
                        a.button.bare href={ "/desk/views/" (view.id) } aria-label=(t!("Rename or share {name}", name = view.name)) { (t!("Rename or share")) }
                        form method="post" action={ "/desk/views/" (view.id) "/remove" } {
                            (ui::csrf_field(reader.csrf()))
                            button.button.bare aria-label=(t!("Remove {name}", name = view.name)) { (t!("Remove")) }
                        }
                    }
                }
            }
        } }
    }
}

async fn draw_one(
    app: &AppState,
    reader: &Reader,
    (title, action, button): (&str, &str, &str),
    kept: &Kept,
    wrong: &Wrong,
) -> PageResult {
    reader.require(Capability::TicketWork)?;
    let body = html! {
        div.form-page.texts id="changed" {
            p { a.link href={ (filter::ADDRESS) "?" (kept.query) } { (t!("Back to the list")) } }
            (fields(reader, (action, "changed"), kept, wrong, button))
        }
    };
    alone(app, reader, wrong.status(), title, &body).await
}

pub(super) async fn keep(State(app): State<AppState>, Posted { reader, form }: Posted<Kept>) -> PageResult {
    let page = (t!("Keep this view"), "/desk/views", t!("Keep it"));
    let command = match form.read(None)? {
        Ok(command) => command,
        Err(wrong) => return draw_one(&app, &reader, page, &form, &wrong).await,
    };
    let address = filter::address(&command.filter);
    match app.desk.execute(reader.ctx(), command).await {
        Ok(_) => Ok(see(&address)),
        Err(refused) => draw_one(&app, &reader, page, &form, &Wrong::of(refused)?).await,
    }
}

pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path(view): Path<String>,
) -> PageResult {
    let id = id_of(&view)?;
    let views = app.desk.ask(reader.ctx(), Views).await?;
    let view = views.into_iter().find(|view| view.id == id && view.changeable);
    let view = view.ok_or(Refused::NotFound("view"))?;
    let kept = Kept { name: view.name, query: view.query, used_by: view.used_by.to_string() };
    let action = format!("/desk/views/{id}");
    draw_one(&app, &reader, (t!("Change a view"), &action, t!("Keep the change")), &kept, &Wrong::nothing())
        .await
}

pub(super) async fn change(
    State(app): State<AppState>,
    Path(view): Path<String>,
    Posted { reader, form }: Posted<Kept>,
) -> PageResult {
    let id = id_of(&view)?;
    let action = format!("/desk/views/{id}");
    let page = (t!("Change a view"), action.as_str(), t!("Keep the change"));
    let command = match form.read(Some(id))? {
        Ok(command) => command,
        Err(wrong) => return draw_one(&app, &reader, page, &form, &wrong).await,
    };
    match app.desk.execute(reader.ctx(), command).await {
        Ok(_) => Ok(see("/desk/views")),
        Err(refused) => draw_one(&app, &reader, page, &form, &Wrong::of(refused)?).await,
    }
}

pub(super) async fn remove(
    State(app): State<AppState>,
    Path(view): Path<String>,
    Posted { reader, form: Pressed {} }: Posted<Pressed>,
) -> PageResult {
    app.desk.execute(reader.ctx(), DeleteView { id: id_of(&view)? }).await?;
    Ok(see("/desk/views"))
}
