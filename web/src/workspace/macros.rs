//! Macros: a page to keep them on. They are used where tickets are changed together, on one ticket as on many.

use axum::extract::{Path, State};
use desk::{
    Refused,
    ticket::{DeleteMacro, MacroView, Macros, Sidebar, StepsTogether, Technicians, WriteMacro},
};
use domain::{
    MacroId,
    identity::Capability,
    ticket::{MacroName, UsedBy, Work},
};
use maud::{Markup, html};

use super::{
    queue::{alone, kept_one},
    together::{self, Chosen},
};
use crate::{
    AppState,
    page::{PageResult, Posted, Pressed, Reader, see, sentence},
    ui,
    words::{t, told},
    wrong::Wrong,
};

type Pairs = Vec<(String, String)>;

fn id_of(text: &str) -> PageResult<MacroId> {
    Ok(text.parse().map_err(|_| Refused::NotFound("macro"))?)
}

fn read(chosen: &Chosen) -> Result<(MacroName, Work, UsedBy), Wrong> {
    let (name, work) = (MacroName::new(chosen.at("name")), chosen.work());
    let mut wrong = work.as_ref().err().cloned().unwrap_or_default();
    if let Err(error) = &name {
        wrong.add("name", sentence(&error.to_string()));
    }
    match (name, work) {
        (Ok(name), Ok(work)) => {
            Ok((name, work, UsedBy::parse(chosen.at("used_by")).unwrap_or(UsedBy::Author)))
        }
        _ => Err(wrong),
    }
}

pub(super) async fn list(State(app): State<AppState>, reader: Reader) -> PageResult {
    draw(&app, &reader, &Chosen::default(), &Wrong::nothing()).await
}

async fn draw(app: &AppState, reader: &Reader, chosen: &Chosen, wrong: &Wrong) -> PageResult {
    reader.require(Capability::TicketWork)?;
    let macros = app.desk.ask(reader.ctx(), Macros::default()).await?;
    let (own, shared): (Vec<_>, Vec<_>) = macros.iter().partition(|it| it.used_by == UsedBy::Author);
    let body = html! {
        div.form-page.texts id="kept" {
            p.lead { (t!("What you do again and again, in one press: words, group, assignee and state together, as one act with one record. You see what will change before it does, on one ticket as on many.")) }
            (ui::section(t!("Yours"), &part(&own, t!("None yet. Write the first one below; only you see it."))))
            (ui::section(t!("Everybody's"), &part(&shared, t!("None yet. A good one is worth sharing."))))
            (ui::section(t!("Write a new one"), &form(app, reader, "/desk/macros", chosen, wrong, t!("Keep it")).await?))
        }
    };
    alone(app, reader, wrong.status(), t!("Macros"), &body).await
}

fn part(macros: &[&MacroView], none: &str) -> Markup {
    html! {
        @if macros.is_empty() { p.soft { (none) } }
        @for it in macros {
            details {
                summary { bdi { (it.name) } " " span.quiet { (does(&it.does)) @if it.used_by == UsedBy::Everybody { ", " (t!("by {name}", name = it.author_name)) } } }
                @if let Some(say) = &it.work.say { p.draft-text { (say.body()) } }
                @if it.changeable { p { a.button href={ "/desk/macros/" (it.id) } { (t!("Change or remove it")) } } }
            }
        }
    }
}

async fn form(
    app: &AppState,
    reader: &Reader,
    action: &str,
    chosen: &Chosen,
    wrong: &Wrong,
    button: &str,
) -> PageResult<Markup> {
    let side = app.desk.ask(reader.ctx(), Sidebar).await?;
    let technicians = app.desk.ask(reader.ctx(), Technicians).await?;
    let draft = format!("{}:macro{}", reader.id(), action.trim_start_matches("/desk/macros"));
    let live = if action == "/desk/macros" { "kept" } else { "changed" };
    let states = app.desk.ask(reader.ctx(), StepsTogether { tickets: Vec::new() }).await?;
    Ok(html! {
        form.form method="post" action=(action) data-live=(live) {
            (ui::csrf_field(reader.csrf()))
            (wrong.summary(&["name", "group", "assignee", "impact", "urgency", "category", "to", "resolution_code", "say"]))
            (together::kept(chosen, wrong, true, &draft))
            (together::fields(chosen, wrong, &states, &side, &technicians, &draft))
            div.inline {
                button.button.main { (button) }
                span.draft-status data-draft-status role="status" {}
            }
        }
    })
}

/// Keeps what the form says, from this page or from where tickets are changed together.
pub(super) async fn add(
    State(app): State<AppState>,
    Posted { reader, form: pairs }: Posted<Pairs>,
) -> PageResult {
    let chosen = Chosen::read(&pairs);
    let refused = match read(&chosen) {
        Err(wrong) => wrong,
        Ok((name, work, used_by)) => {
            match app.desk.execute(reader.ctx(), WriteMacro { id: None, name, work, used_by }).await {
                Ok(_) if chosen.tickets.is_empty() => return Ok(see("/desk/macros")),
                Ok(written) => return Ok(see(&format!("{}&macro={}", chosen.address(), written.id))),
                Err(refused) => Wrong::of(refused)?,
            }
        }
    };
    if chosen.tickets.is_empty() {
        draw(&app, &reader, &chosen, &refused).await
    } else {
        together::draw(&app, &reader, &chosen, &refused, None).await
    }
}

pub(super) async fn show(State(app): State<AppState>, reader: Reader, Path(id): Path<String>) -> PageResult {
    let id = id_of(&id)?;
    let macros = app.desk.ask(reader.ctx(), Macros::default()).await?;
    let it = macros.into_iter().find(|it| it.id == id && it.changeable).ok_or(Refused::NotFound("macro"))?;
    let named = [("name".to_owned(), it.name), ("used_by".to_owned(), it.used_by.to_string())];
    draw_one(&app, &reader, id, &Chosen::read(&named).with(&it.work), &Wrong::nothing()).await
}

async fn draw_one(
    app: &AppState,
    reader: &Reader,
    id: MacroId,
    chosen: &Chosen,
    wrong: &Wrong,
) -> PageResult {
    let action = format!("/desk/macros/{id}");
    let form = form(app, reader, &action, chosen, wrong, t!("Keep the change")).await?;
    let body = kept_one(reader, &action, ("/desk/macros", t!("All macros")), &form);
    alone(app, reader, wrong.status(), t!("Change a macro"), &body).await
}

pub(super) async fn change(
    State(app): State<AppState>,
    Path(id): Path<String>,
    Posted { reader, form: pairs }: Posted<Pairs>,
) -> PageResult {
    let id = id_of(&id)?;
    let chosen = Chosen::read(&pairs);
    let (name, work, used_by) = match read(&chosen) {
        Ok(read) => read,
        Err(wrong) => return draw_one(&app, &reader, id, &chosen, &wrong).await,
    };
    match app.desk.execute(reader.ctx(), WriteMacro { id: Some(id), name, work, used_by }).await {
        Ok(_) => Ok(see("/desk/macros")),
        Err(refused) => draw_one(&app, &reader, id, &chosen, &Wrong::of(refused)?).await,
    }
}

pub(super) async fn remove(
    State(app): State<AppState>,
    Path(id): Path<String>,
    Posted { reader, form: Pressed {} }: Posted<Pressed>,
) -> PageResult {
    app.desk.execute(reader.ctx(), DeleteMacro { id: id_of(&id)? }).await?;
    Ok(see("/desk/macros"))
}

/// What a macro does, in the reader's language.
pub(super) fn does(parts: &[String]) -> String {
    parts.iter().map(|part| told(part)).collect::<Vec<_>>().join(", ")
}
