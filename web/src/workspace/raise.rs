//! Raising a ticket at the desk, for somebody who called.

use axum::extract::State;
use desk::{
    Refused,
    ticket::{RaiseTicket, Sidebar},
};
use domain::{
    identity::Capability,
    ticket::{Category, Impact, Kind, Markdown, Subject, Urgency},
};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;

use super::{queue::alone, seat};
use crate::{
    AppState,
    page::{PageResult, Posted, Reader, see, sentence},
    problem::Problem,
    ui::{self, Field, Input, Tone},
};

/// What the form sends.
#[derive(Default, Deserialize)]
pub(super) struct Raised {
    #[serde(default)]
    requester: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    impact: String,
    #[serde(default)]
    urgency: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    key: String,
}

pub(super) async fn form(State(app): State<AppState>, reader: Reader) -> PageResult {
    show(&app, &reader, &Raised::default(), StatusCode::OK, &[], &html! {}).await
}

async fn show(
    app: &AppState,
    reader: &Reader,
    raised: &Raised,
    status: StatusCode,
    errors: &[(String, String)],
    notice: &Markup,
) -> PageResult {
    reader.require(Capability::TicketRead)?;
    let side = app.desk.ask(reader.ctx(), Sidebar).await?;
    let error = |name: &str| errors.iter().find(|(field, _)| field == name).map(|(_, words)| words.as_str());
    let groups: Vec<_> = std::iter::once((String::new(), "No group yet".to_owned()))
        .chain(side.groups.iter().map(|group| (group.id.to_string(), group.name.clone())))
        .collect();
    let groups: Vec<_> = groups.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect();
    let draft = format!("{}:desk-new", reader.id());
    let subject_draft = format!("{draft}:subject");
    let listed: Vec<_> = errors.iter().map(|(field, words)| (field.as_str(), words.as_str())).collect();
    let line = |name, label, value| Field { value, error: error(name), ..Field::new(name, label) };
    let choice =
        |name, label, value, choices| Field { input: Input::Choice(choices), ..line(name, label, value) };
    let levels = [("low", "low"), ("medium", "medium"), ("high", "high")];
    let or =
        |value: &'static str, text: &str| if text.is_empty() { value.to_owned() } else { text.to_owned() };
    let (impact, urgency, kind) =
        (or("low", &raised.impact), or("medium", &raised.urgency), or("incident", &raised.kind));
    let body = html! {
        div.form-page id="raise" {
            (notice)
            form.form method="post" action="/desk/new" data-live="raise" {
                (ui::csrf_field(reader.csrf()))
                input type="hidden" name="key" value=(reader.form_key());
                (ui::error_summary(&listed))
                (ui::field(&Field { hint: "Their e-mail address.", input: Input::Line("email"), ..line("requester", "Who has the trouble", &raised.requester) }))
                (ui::field(&choice("kind", "What is it", &kind, &[("incident", "Something is broken"), ("service_request", "Something is wanted")])))
                (ui::field(&Field { draft: &subject_draft, ..line("subject", "Subject", &raised.subject) }))
                (ui::field(&Field { input: Input::Area, required: false, draft: &draft, ..line("description", "Description", &raised.description) }))
                (ui::field(&Field { required: false, ..line("category", "Category", &raised.category) }))
                (ui::field(&choice("impact", "Impact", &impact, &levels)))
                (ui::field(&choice("urgency", "Urgency", &urgency, &levels)))
                (ui::field(&Field { required: false, ..choice("group", "Group", &raised.group, &groups) }))
                div.inline {
                    button.button.main { "Raise the ticket" }
                    span.draft-status data-draft-status role="status" {}
                }
            }
        }
    };
    alone(app, reader, status, "New ticket", &body).await
}

pub(super) async fn send(State(app): State<AppState>, Posted { reader, form }: Posted<Raised>) -> PageResult {
    let mut errors: Vec<(String, String)> = Vec::new();
    let mut wrong = |field: &str, words: String| errors.push((field.to_owned(), sentence(&words)));
    let subject = Subject::new(&form.subject).map_err(|error| wrong("subject", error.to_string())).ok();
    let text = form.description.replace("\r\n", "\n");
    let description = if text.trim().is_empty() {
        None
    } else {
        Markdown::new(&text).map_err(|error| wrong("description", error.to_string())).ok()
    };
    let category = if form.category.trim().is_empty() {
        None
    } else {
        Category::new(&form.category).map_err(|error| wrong("category", error.to_string())).ok()
    };
    let requester =
        match app.desk.ask(reader.ctx(), desk::ticket::Requester { email: form.requester.clone() }).await {
            Ok(found) => Some(found.id),
            Err(Refused::NotFound(_)) => {
                wrong(
                    "requester",
                    "nobody with this address is known; ask an administrator to add them".to_owned(),
                );
                None
            }
            Err(other) => return Err(other.into()),
        };
    let (Some(subject), true) = (subject, errors.is_empty()) else {
        return show(&app, &reader, &form, StatusCode::UNPROCESSABLE_ENTITY, &errors, &html! {}).await;
    };
    let command = RaiseTicket {
        kind: Kind::parse(&form.kind).unwrap_or(Kind::Incident),
        subject,
        description,
        requester,
        impact: Impact::parse(&form.impact).unwrap_or(Impact::Low),
        urgency: Urgency::parse(&form.urgency).unwrap_or(Urgency::Medium),
        category,
        group: form.group.parse().ok(),
        assignee: None,
        external_reference: None,
        cause_of: None,
    };
    let ctx = reader.ctx_once(Some(&form.key), &[&form.requester, &form.subject, &text]);
    match app.desk.execute(ctx, command).await {
        Ok(ticket) => Ok(see(&format!("/desk/t/{}?q=open", ticket.number))),
        Err(Refused::Licence(verdict)) => {
            let (status, notice) = seat::sheet(&app, &reader, &verdict, &form.subject).await?;
            show(&app, &reader, &form, status, &[], &notice).await
        }
        Err(refused @ (Refused::NotFound(_) | Refused::Store(_))) => Err(refused.into()),
        Err(refused) => {
            let problem = Problem::from(refused);
            let notice = ui::notice(Tone::Warn, &html! { (sentence(&problem.detail)) }, &html! {});
            show(&app, &reader, &form, problem.kind.status(), &[], &notice).await
        }
    }
}
