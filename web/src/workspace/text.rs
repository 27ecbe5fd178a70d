//! Text modules: a page to keep them on, and the list that the composer offers.

use axum::{
    extract::{Path, State},
    response::{Html, IntoResponse, Response},
};
use desk::{
    Refused,
    ticket::{DeleteTextModule, TextModuleView, TextModules, WriteTextModule},
};
use domain::{
    TextModuleId,
    identity::Capability,
    ticket::{BLANKS, Markdown, TextModuleName, UsedBy},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::queue::{alone, kept_one};
use crate::{
    AppState,
    page::{PageResult, Posted, Reader, see, sentence},
    ui::{self, Field, Input},
    words::{t, told_word},
    wrong::Wrong,
};

/// What the form sends.
#[derive(Default, Deserialize)]
pub(super) struct Written {
    #[serde(default)]
    name: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    used_by: String,
}

impl Written {
    fn read(&self) -> Result<(TextModuleName, Markdown, UsedBy), Wrong> {
        let mut wrong = Wrong::nothing();
        let name =
            TextModuleName::new(&self.name).map_err(|error| wrong.add("name", sentence(&error.to_string())));
        let body = Markdown::new(&self.body.replace("\r\n", "\n"))
            .map_err(|error| wrong.add("body", sentence(&error.to_string())));
        let used_by = UsedBy::parse(&self.used_by).unwrap_or(UsedBy::Author);
        match (name, body) {
            (Ok(name), Ok(body)) => Ok((name, body, used_by)),
            _ => Err(wrong),
        }
    }
}

fn id_of(text: &str) -> PageResult<TextModuleId> {
    Ok(text.parse().map_err(|_| Refused::NotFound("text module"))?)
}

pub(super) async fn list(State(app): State<AppState>, reader: Reader) -> PageResult {
    draw(&app, &reader, &Written::default(), &Wrong::nothing()).await
}

async fn draw(app: &AppState, reader: &Reader, written: &Written, wrong: &Wrong) -> PageResult {
    reader.require(Capability::TicketWork)?;
    let modules = app.desk.ask(reader.ctx(), TextModules::default()).await?;
    let (own, shared): (Vec<_>, Vec<_>) = modules.iter().partition(|module| module.used_by == UsedBy::Author);
    let body = html! {
        div.form-page.texts id="kept" {
            p.lead { (t!("What you write again and again. In the composer, type / at the start of a line, or press Insert text.")) }
            (ui::section(t!("Yours"), &part(&own, t!("None yet. Write the first one below; only you see it."))))
            (ui::section(t!("Everybody's"), &part(&shared, t!("None yet. A good one is worth sharing."))))
            (ui::section(t!("Write a new one"), &form(reader, "/desk/texts", written, wrong, t!("Keep it"))))
        }
    };
    alone(app, reader, wrong.status(), t!("Text modules"), &body).await
}

fn part(modules: &[&TextModuleView], none: &str) -> Markup {
    html! {
        @if modules.is_empty() { p.soft { (none) } }
        @for module in modules {
            details {
                summary { bdi { (module.name) } @if module.used_by == UsedBy::Everybody { " " span.quiet { (t!("by {name}", name = module.author_name)) } } }
                p.draft-text { (module.body) }
                @if module.changeable { p { a.button href={ "/desk/texts/" (module.id) } { (t!("Change or remove it")) } } }
            }
        }
    }
}

fn form(reader: &Reader, action: &str, written: &Written, wrong: &Wrong, button: &str) -> Markup {
    let blanks: Vec<_> =
        BLANKS.iter().map(|(name, words)| format!("{{{{{name}}}}} {}", told_word(words))).collect();
    let hint = t!("Filled in where it is used: {blanks}.", blanks = blanks.join(", "));
    let draft = format!("{}:text-module{}", reader.id(), action.trim_start_matches("/desk/texts"));
    let name_draft = format!("{draft}:name");
    let live = if action == "/desk/texts" { "kept" } else { "changed" };
    html! {
        form.form method="post" action=(action) data-live=(live) {
            (ui::csrf_field(reader.csrf()))
            (wrong.summary(&["name", "body"]))
            (ui::field(&Field { value: &written.name, error: wrong.at("name"), draft: &name_draft, ..Field::new("name", t!("Name")) }))
            (ui::field(&Field { input: Input::Area, hint: &hint, value: &written.body, error: wrong.at("body"), draft: &draft, ..Field::new("body", t!("Text")) }))
            (ui::field(&Field { input: Input::Choice(&[("author", t!("Only I")), ("everybody", t!("Every technician"))]), value: &written.used_by, ..Field::new("used_by", t!("Who may use it")) }))
            div.inline {
                button.button.main { (button) }
                span.draft-status data-draft-status role="status" {}
            }
        }
    }
}

pub(super) async fn add(State(app): State<AppState>, Posted { reader, form }: Posted<Written>) -> PageResult {
    let (name, body, used_by) = match form.read() {
        Ok(read) => read,
        Err(wrong) => return draw(&app, &reader, &form, &wrong).await,
    };
    let command = WriteTextModule { id: None, name, body, used_by };
    match app.desk.execute(reader.ctx(), command).await {
        Ok(_) => Ok(see("/desk/texts")),
        Err(refused) => draw(&app, &reader, &form, &Wrong::of(refused)?).await,
    }
}

pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path(text): Path<String>,
) -> PageResult {
    let id = id_of(&text)?;
    let modules = app.desk.ask(reader.ctx(), TextModules::default()).await?;
    let found = modules.into_iter().find(|module| module.id == id && module.changeable);
    let module = found.ok_or(Refused::NotFound("text module"))?;
    let used_by = module.used_by.as_str().to_owned();
    let written = Written { name: module.name, body: module.body, used_by };
    draw_one(&app, &reader, id, &written, &Wrong::nothing()).await
}

async fn draw_one(
    app: &AppState,
    reader: &Reader,
    id: TextModuleId,
    written: &Written,
    wrong: &Wrong,
) -> PageResult {
    let action = format!("/desk/texts/{id}");
    let form = form(reader, &action, written, wrong, t!("Keep the change"));
    let body = kept_one(reader, &action, ("/desk/texts", t!("All text modules")), &form);
    alone(app, reader, wrong.status(), t!("Change a text module"), &body).await
}

pub(super) async fn change(
    State(app): State<AppState>,
    Path(text): Path<String>,
    Posted { reader, form }: Posted<Written>,
) -> PageResult {
    let id = id_of(&text)?;
    let (name, body, used_by) = match form.read() {
        Ok(read) => read,
        Err(wrong) => return draw_one(&app, &reader, id, &form, &wrong).await,
    };
    let command = WriteTextModule { id: Some(id), name, body, used_by };
    match app.desk.execute(reader.ctx(), command).await {
        Ok(_) => Ok(see("/desk/texts")),
        Err(refused) => draw_one(&app, &reader, id, &form, &Wrong::of(refused)?).await,
    }
}

pub(super) async fn remove(
    State(app): State<AppState>,
    Path(text): Path<String>,
    Posted { reader, .. }: Posted<super::seat::Nothing>,
) -> PageResult {
    app.desk.execute(reader.ctx(), DeleteTextModule { id: id_of(&text)? }).await?;
    Ok(see("/desk/texts"))
}

/// What the composer of a ticket offers, filled in for it.
pub(super) async fn offered(
    State(app): State<AppState>,
    reader: Reader,
    Path(ticket): Path<String>,
) -> PageResult<Response> {
    let filled_for = Some(ticket.parse()?);
    let modules = app.desk.ask(reader.ctx(), TextModules { filled_for }).await?;
    let list = html! {
        ul id="texts-offered" {
            @for module in &modules {
                li data-text=(module.body) {
                    b dir="auto" { (module.name) }
                    span { (module.body.lines().find(|line| !line.trim().is_empty()).unwrap_or_default()) }
                }
            }
        }
    };
    Ok(Html(list.into_string()).into_response())
}
