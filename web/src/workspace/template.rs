//! Templates: a page to keep them on. They are used where a ticket is raised, and by tickets that come back.

use axum::extract::{Path, State};
use desk::{
    Refused,
    ticket::{DeleteTemplate, TemplateView, Templates, WriteTemplate},
};
use domain::{
    TicketTemplateId,
    identity::Capability,
    ticket::{Template, TemplateName, UsedBy},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    blank::{Blank, Choices, FIELDS},
    queue::{alone, kept_one},
};
use crate::{
    AppState,
    page::{PageResult, Posted, Pressed, Reader, see, sentence},
    ui::{self, Field, Input},
    words::{t, th},
    wrong::Wrong,
};

const ADDRESS: &str = "/desk/templates";

/// What the form sends.
#[derive(Default, Deserialize)]
pub(super) struct Kept {
    #[serde(default)]
    name: String,
    #[serde(default)]
    used_by: String,
    #[serde(flatten)]
    blank: Blank,
}

impl Kept {
    fn read(&self, id: Option<TicketTemplateId>) -> Result<WriteTemplate, Wrong> {
        let (name, template) = (TemplateName::new(&self.name), self.blank.read());
        let mut wrong = template.as_ref().err().cloned().unwrap_or_default();
        if let Err(error) = &name {
            wrong.add("name", sentence(&error.to_string()));
        }
        let used_by = UsedBy::parse(&self.used_by).unwrap_or(UsedBy::Author);
        match (name, template) {
            (Ok(name), Ok(template)) => Ok(WriteTemplate { id, name, template, used_by }),
            _ => Err(wrong),
        }
    }
}

fn id_of(text: &str) -> PageResult<TicketTemplateId> {
    Ok(text.parse().map_err(|_| Refused::NotFound("template"))?)
}

pub(super) async fn list(State(app): State<AppState>, reader: Reader) -> PageResult {
    draw(&app, &reader, &Kept::default(), &Wrong::nothing()).await
}

async fn draw(app: &AppState, reader: &Reader, kept: &Kept, wrong: &Wrong) -> PageResult {
    reader.require(Capability::TicketWork)?;
    let templates = app.desk.ask(reader.ctx(), Templates::default()).await?;
    let choices = Choices::of(app, reader).await?;
    let (own, shared): (Vec<_>, Vec<_>) = templates.iter().partition(|it| it.used_by == UsedBy::Author);
    let part = |templates: &[&TemplateView], none: &str| part(templates, &choices, none);
    let body = html! {
        div.form-page.texts id="kept" {
            p.lead { (t!("What tickets begin with that you raise again and again: you choose one where you raise a ticket, and fill in the rest.")) " " (th!(
                "{recurring} begin with the same fields.",
                recurring = html! { a.link href="/desk/recurring" { (t!("Tickets that come back by the calendar")) } }
            )) }
            (ui::section(t!("Yours"), &part(&own, t!("None yet. Write the first one below; only you see it."))))
            (ui::section(t!("Everybody's"), &part(&shared, t!("None yet. A good one is worth sharing."))))
            (ui::section(t!("Write a new one"), &form(reader, ADDRESS, kept, wrong, &choices, t!("Keep it"))))
        }
    };
    alone(app, reader, wrong.status(), t!("Templates"), &body).await
}

/// What a ticket begins with, in words.
pub(super) fn told(template: &Template, choices: &Choices) -> Markup {
    html! {
        p { b dir="auto" { (template.subject) } }
        @if let Some(text) = &template.description { p.draft-text dir="auto" { (text) } }
        p.quiet {
            (t!(
                "{kind}, impact {impact}, urgency {urgency}",
                kind = crate::words::told(template.kind.words()),
                impact = crate::words::told(template.impact.as_str()),
                urgency = crate::words::told(template.urgency.as_str())
            ))
            @if let Some(category) = &template.category { ", " (t!("filed under {category}", category)) }
            @if let Some(group) = template.group { ", " (t!("to {group}", group = choices.group(group))) }
            @if let Some(person) = template.assignee { ", " (t!("for {name}", name = choices.technician(person))) }
        }
    }
}

fn part(templates: &[&TemplateView], choices: &Choices, none: &str) -> Markup {
    html! {
        @if templates.is_empty() { p.soft { (none) } }
        @for it in templates {
            details {
                summary { bdi { (it.name) } @if it.used_by == UsedBy::Everybody { " " span.quiet { (t!("by {name}", name = it.author_name)) } } }
                (told(&it.template, choices))
                p.inline {
                    a.button.main href={ "/desk/new?template=" (it.id) } { (t!("Raise a ticket with it")) }
                    a.button href={ "/desk/recurring?template=" (it.id) "#new" } { (t!("Have it come back")) }
                    @if it.changeable { a.button.bare href={ (ADDRESS) "/" (it.id) } { (t!("Change or remove it")) } }
                }
            }
        }
    }
}

fn form(
    reader: &Reader,
    action: &str,
    kept: &Kept,
    wrong: &Wrong,
    choices: &Choices,
    button: &str,
) -> Markup {
    let draft = format!("{}:template{}", reader.id(), action.trim_start_matches(ADDRESS));
    let live = if action == ADDRESS { "kept" } else { "changed" };
    let fields: Vec<_> = FIELDS.into_iter().chain(["name"]).collect();
    html! {
        form.form method="post" action=(action) data-live=(live) {
            (ui::csrf_field(reader.csrf()))
            (wrong.summary(&fields))
            (ui::field(&Field { value: &kept.name, draft: &format!("{draft}:name"), error: wrong.at("name"), hint: t!("Such as: New colleague."), ..Field::new("name", t!("Name of the template")) }))
            (ui::field(&Field { input: Input::Choice(&[("author", t!("Only I")), ("everybody", t!("Every technician"))]), value: &kept.used_by, ..Field::new("used_by", t!("Who uses it")) }))
            (kept.blank.fields(wrong, choices, &draft))
            div.inline {
                button.button.main { (button) }
                span.draft-status data-draft-status role="status" {}
            }
        }
    }
}

pub(super) async fn add(State(app): State<AppState>, Posted { reader, form }: Posted<Kept>) -> PageResult {
    let wrong = match form.read(None) {
        Err(wrong) => wrong,
        Ok(command) => match app.desk.execute(reader.ctx(), command).await {
            Ok(_) => return Ok(see(ADDRESS)),
            Err(refused) => Wrong::of(refused)?,
        },
    };
    draw(&app, &reader, &form, &wrong).await
}

pub(super) async fn show(State(app): State<AppState>, reader: Reader, Path(id): Path<String>) -> PageResult {
    let id = id_of(&id)?;
    let templates = app.desk.ask(reader.ctx(), Templates::default()).await?;
    let it = templates.iter().find(|it| it.id == id && it.changeable).ok_or(Refused::NotFound("template"))?;
    let kept =
        Kept { name: it.name.clone(), used_by: it.used_by.to_string(), blank: Blank::from(&it.template) };
    draw_one(&app, &reader, id, &kept, &Wrong::nothing()).await
}

async fn draw_one(
    app: &AppState,
    reader: &Reader,
    id: TicketTemplateId,
    kept: &Kept,
    wrong: &Wrong,
) -> PageResult {
    let action = format!("{ADDRESS}/{id}");
    let choices = Choices::of(app, reader).await?;
    let form = form(reader, &action, kept, wrong, &choices, t!("Keep the change"));
    let body = kept_one(reader, &action, (ADDRESS, t!("All templates")), &form);
    alone(app, reader, wrong.status(), t!("Change a template"), &body).await
}

pub(super) async fn change(
    State(app): State<AppState>,
    Path(id): Path<String>,
    Posted { reader, form }: Posted<Kept>,
) -> PageResult {
    let id = id_of(&id)?;
    let wrong = match form.read(Some(id)) {
        Err(wrong) => wrong,
        Ok(command) => match app.desk.execute(reader.ctx(), command).await {
            Ok(_) => return Ok(see(ADDRESS)),
            Err(refused) => Wrong::of(refused)?,
        },
    };
    draw_one(&app, &reader, id, &form, &wrong).await
}

pub(super) async fn remove(
    State(app): State<AppState>,
    Path(id): Path<String>,
    Posted { reader, form: Pressed {} }: Posted<Pressed>,
) -> PageResult {
    app.desk.execute(reader.ctx(), DeleteTemplate { id: id_of(&id)? }).await?;
    Ok(see(ADDRESS))
}
