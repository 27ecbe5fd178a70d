//! Raising a ticket at the desk, for somebody who called; from a template, where there is one for it.

use axum::extract::{Query, State};
use desk::{
    Refused,
    ticket::{RaiseTicket, TemplateView, Templates},
};
use domain::identity::Capability;
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    blank::{Blank, Choices, FIELDS},
    queue::alone,
    seat,
};
use crate::{
    AppState,
    page::{PageResult, Posted, Reader, see},
    ui::{self, Field, Input},
    words::t,
    wrong::Wrong,
};

/// So many templates stand above the form.
const TEMPLATES: u32 = 12;

/// What the form sends.
#[derive(Default, Deserialize)]
pub(super) struct Raised {
    #[serde(default)]
    requester: String,
    #[serde(flatten)]
    blank: Blank,
    /// The template that it began with: its draft is another than that of an empty form.
    #[serde(default)]
    template: String,
    #[serde(default)]
    key: String,
}

/// What it begins with.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Begin {
    #[serde(default)]
    template: String,
}

pub(super) async fn form(
    State(app): State<AppState>,
    reader: Reader,
    Query(begin): Query<Begin>,
) -> PageResult {
    let templates = templates(&app, &reader).await;
    let chosen = templates.iter().find(|it| it.id.to_string() == begin.template);
    let raised = Raised {
        blank: chosen.map(|it| Blank::from(&it.template)).unwrap_or_default(),
        template: chosen.map(|it| it.id.to_string()).unwrap_or_default(),
        ..Raised::default()
    };
    show(&app, &reader, &raised, &Wrong::nothing(), &html! {}).await
}

/// Who reads and does not work has no templates.
async fn templates(app: &AppState, reader: &Reader) -> Vec<TemplateView> {
    app.desk.ask(reader.ctx(), Templates::default()).await.unwrap_or_default()
}

/// The templates that there are, to begin with another.
fn offered(templates: &[TemplateView], chosen: &str) -> Markup {
    let most = TEMPLATES as usize;
    html! {
        @if !templates.is_empty() {
            nav.inline.templates aria-label=(t!("Templates")) {
                @for it in templates.iter().take(most) {
                    a.button.bare href={ "/desk/new?template=" (it.id) } aria-current=[(it.id.to_string() == chosen).then_some("true")]
                        data-command=(t!("New ticket: {name}", name = it.name)) { (it.name) }
                }
                a.link href="/desk/templates" { @if templates.len() > most { (t!("All templates")) } @else { (t!("Templates")) } }
            }
        }
    }
}

async fn show(
    app: &AppState,
    reader: &Reader,
    raised: &Raised,
    wrong: &Wrong,
    notice: &Markup,
) -> PageResult {
    reader.require(Capability::TicketRead)?;
    let choices = Choices::of(app, reader).await?;
    let draft = format!("{}:desk-new{}", reader.id(), raised.template);
    let templates = templates(app, reader).await;
    let fields: Vec<_> = FIELDS.into_iter().chain(["requester"]).collect();
    let body = html! {
        div.form-page id="raise" {
            (notice)
            (offered(&templates, &raised.template))
            form.form method="post" action="/desk/new" data-live="raise" {
                (ui::csrf_field(reader.csrf()))
                input type="hidden" name="key" value=(reader.form_key());
                @if !raised.template.is_empty() { input type="hidden" name="template" value=(raised.template); }
                (wrong.summary(&fields))
                (ui::field(&Field {
                    hint: t!("Their e-mail address."), input: Input::Line("email"), value: &raised.requester,
                    error: wrong.at("requester"), ..Field::new("requester", t!("Who has the trouble"))
                }))
                (raised.blank.fields(wrong, &choices, &draft))
                div.inline {
                    button.button.main { (t!("Raise the ticket")) }
                    span.draft-status data-draft-status role="status" {}
                }
            }
        }
    };
    alone(app, reader, wrong.status(), t!("New ticket"), &body).await
}

/// The person with this address, or what is wrong with it.
pub(super) async fn person_at(
    app: &AppState,
    reader: &Reader,
    email: &str,
) -> PageResult<Result<domain::PersonId, &'static str>> {
    match app.desk.ask(reader.ctx(), desk::ticket::Requester { email: email.trim().to_owned() }).await {
        Ok(found) => Ok(Ok(found.id)),
        Err(Refused::NotFound(_)) => {
            Ok(Err(t!("Nobody with this address is known; ask an administrator to add them.")))
        }
        Err(other) => Err(other.into()),
    }
}

pub(super) async fn send(State(app): State<AppState>, Posted { reader, form }: Posted<Raised>) -> PageResult {
    let mut read = form.blank.read();
    let requester = person_at(&app, &reader, &form.requester).await?;
    if let Err(words) = requester {
        let mut wrong = read.as_ref().err().cloned().unwrap_or_default();
        wrong.add("requester", words);
        read = Err(wrong);
    }
    let template = match read {
        Ok(template) => template,
        Err(wrong) => return show(&app, &reader, &form, &wrong, &html! {}).await,
    };
    let ctx = reader.ctx_once(Some(&form.key), &[&form.requester, &form.blank.subject, &form.blank.text()]);
    let command = RaiseTicket {
        requester: requester.ok(),
        impact: template.impact,
        urgency: template.urgency,
        category: template.category,
        group: template.group,
        assignee: template.assignee,
        ..RaiseTicket::of(template.kind, template.subject, template.description)
    };
    match app.desk.execute(ctx, command).await {
        Ok(ticket) => Ok(see(&format!("/desk/t/{}?q=open", ticket.number))),
        Err(Refused::Licence(verdict)) => {
            let (status, notice) = seat::sheet(&app, &reader, &verdict, &form.blank.subject).await?;
            show(&app, &reader, &form, &Wrong::seat(status), &notice).await
        }
        Err(refused) => show(&app, &reader, &form, &Wrong::of(refused)?, &html! {}).await,
    }
}
