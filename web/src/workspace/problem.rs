//! Opening a problem: the cause behind incidents, from one of them or by itself.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use desk::{
    Refused,
    licence::ModuleAccess,
    ticket::{RaiseTicket, Sidebar, TicketDetail, TicketRef},
};
use domain::{
    identity::Capability,
    licence::Module,
    ticket::{Category, Impact, Kind, Markdown, Subject, Urgency},
};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;

use super::{module, queue::alone, seat};
use crate::{
    AppState,
    page::{PageResult, Posted, Reader, see, sentence},
    ui::{self, Field, Input},
    words::{t, told_word},
    wrong::Wrong,
};

/// What was typed, or what a link begins with.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    /// The incident that it was found behind.
    cause_of: String,
    subject: String,
    description: String,
    category: String,
    impact: String,
    urgency: String,
    group: String,
    key: String,
}

const FIELDS: [&str; 7] = ["cause_of", "subject", "description", "category", "impact", "urgency", "group"];

pub(super) async fn form(
    State(app): State<AppState>,
    reader: Reader,
    Query(mut typed): Query<Typed>,
) -> PageResult {
    reader.require(Capability::TicketRead)?;
    let module = Some(Module::Problem);
    // Nobody fills in a form that cannot be sent.
    if app.desk.ask(reader.ctx(), ModuleAccess { module }).await?.mine.is_none() {
        return Ok(Redirect::to(&module::address(module)).into_response());
    }
    if !typed.cause_of.is_empty() && typed.subject.is_empty() {
        let ticket: TicketRef = typed.cause_of.parse()?;
        let found = app.desk.ask(reader.ctx(), TicketDetail { ticket }).await?.view.ticket;
        found.subject.as_str().clone_into(&mut typed.subject);
        typed.category = found.category.as_ref().map_or_else(String::new, |it| it.as_str().to_owned());
        found.impact.as_str().clone_into(&mut typed.impact);
        typed.group = found.group.map_or_else(String::new, |group| group.to_string());
    }
    show(&app, &reader, &typed, &Wrong::nothing(), None).await
}

async fn show(
    app: &AppState,
    reader: &Reader,
    typed: &Typed,
    wrong: &Wrong,
    refused: Option<(StatusCode, Markup)>,
) -> PageResult {
    reader.require(Capability::TicketRead)?;
    let side = app.desk.ask(reader.ctx(), Sidebar).await?;
    let groups: Vec<_> = std::iter::once((String::new(), t!("No group yet").to_owned()))
        .chain(side.groups.iter().map(|group| (group.id.to_string(), group.name.clone())))
        .collect();
    let groups: Vec<_> = groups.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect();
    let levels = ["low", "medium", "high"].map(|level| (level, told_word(level)));
    let line = |name, label, value| Field { value, error: wrong.at(name), ..Field::new(name, label) };
    let level =
        |text: &str, usual: &'static str| if text.is_empty() { usual.to_owned() } else { text.to_owned() };
    let (impact, urgency) = (level(&typed.impact, "low"), level(&typed.urgency, "medium"));
    let draft = format!("{}:problem:{}", reader.id(), typed.cause_of);
    let subject_draft = format!("{draft}:subject");
    let key = if typed.key.is_empty() { reader.form_key() } else { typed.key.clone() };
    let (status, notice) = refused.unwrap_or_else(|| (wrong.status(), html! {}));
    let body = html! {
        div.form-page id="raise" {
            (notice)
            p.soft { (t!("A problem is the cause behind incidents. Link every incident that it causes; its workaround is read by whoever works one of them.")) }
            form.form method="post" action="/desk/problems/new" data-live="raise" {
                (ui::csrf_field(reader.csrf()))
                input type="hidden" name="key" value=(key);
                (wrong.summary(&FIELDS))
                (ui::field(&Field { required: false, hint: t!("The number of an incident; the two are linked."), ..line("cause_of", t!("Found behind"), &typed.cause_of) }))
                (ui::field(&Field { draft: &subject_draft, hint: t!("What goes wrong, not what is to be done."), ..line("subject", t!("Subject"), &typed.subject) }))
                (ui::field(&Field { input: Input::Area, required: false, draft: &draft, hint: t!("What is known of the cause, and how to work around it meanwhile."), ..line("description", t!("Cause and workaround"), &typed.description) }))
                (ui::field(&Field { required: false, ..line("category", t!("Category"), &typed.category) }))
                (ui::field(&Field { input: Input::Choice(&levels), ..line("impact", t!("Impact"), &impact) }))
                (ui::field(&Field { input: Input::Choice(&levels), ..line("urgency", t!("Urgency"), &urgency) }))
                (ui::field(&Field { input: Input::Choice(&groups), required: false, ..line("group", t!("Group"), &typed.group) }))
                div.inline {
                    button.button.main { (t!("Open the problem")) }
                    span.draft-status data-draft-status role="status" {}
                }
            }
        }
    };
    alone(app, reader, status, t!("New problem"), &body).await
}

pub(super) async fn send(
    State(app): State<AppState>,
    Posted { reader, form: typed }: Posted<Typed>,
) -> PageResult {
    let raise = match understood(&typed) {
        Ok(raise) => raise,
        Err(wrong) => return show(&app, &reader, &typed, &wrong, None).await,
    };
    let Typed { cause_of, subject, description, category, impact, urgency, group, key } = &typed;
    let request = [cause_of, subject, description, category, impact, urgency, group].map(String::as_str);
    let ctx = reader.ctx_once(Some(key), &request);
    match app.desk.execute(ctx, raise).await {
        Ok(ticket) => Ok(see(&format!("/desk/t/{}?q=problems", ticket.number))),
        Err(Refused::Licence(verdict)) => {
            let sheet = seat::sheet(&app, &reader, &verdict, &typed.subject).await?;
            show(&app, &reader, &typed, &Wrong::nothing(), Some(sheet)).await
        }
        Err(refused) => show(&app, &reader, &typed, &Wrong::of(refused)?, None).await,
    }
}

fn understood(typed: &Typed) -> Result<RaiseTicket, Wrong> {
    let mut wrong = Wrong::nothing();
    let subject =
        Subject::new(&typed.subject).map_err(|error| wrong.add("subject", sentence(&error.to_string())));
    let text = typed.description.replace("\r\n", "\n");
    let description = match text.trim() {
        "" => Ok(None),
        _ => Markdown::new(&text)
            .map(Some)
            .map_err(|error| wrong.add("description", sentence(&error.to_string()))),
    };
    let category = match typed.category.trim() {
        "" => Ok(None),
        text => {
            Category::new(text).map(Some).map_err(|error| wrong.add("category", sentence(&error.to_string())))
        }
    };
    let cause_of = match typed.cause_of.trim() {
        "" => Ok(None),
        text => text
            .parse::<TicketRef>()
            .map(Some)
            .map_err(|_| wrong.add("cause_of", t!("Names no ticket; a number looks like INC-1042."))),
    };
    let group = match typed.group.as_str() {
        "" => Ok(None),
        id => id.parse().map(Some).map_err(|_| wrong.add("group", t!("Choose one of the list."))),
    };
    let impact = match typed.impact.as_str() {
        "" => Ok(Impact::Low),
        word => Impact::parse(word).ok_or_else(|| wrong.add("impact", t!("Choose one of the list."))),
    };
    let urgency = match typed.urgency.as_str() {
        "" => Ok(Urgency::Medium),
        word => Urgency::parse(word).ok_or_else(|| wrong.add("urgency", t!("Choose one of the list."))),
    };
    match (subject, description, category, cause_of, group, impact, urgency) {
        (Ok(subject), Ok(description), Ok(category), Ok(cause_of), Ok(group), Ok(impact), Ok(urgency)) => {
            Ok(RaiseTicket {
                impact,
                urgency,
                category,
                group,
                cause_of,
                ..RaiseTicket::of(Kind::Problem, subject, description)
            })
        }
        _ => Err(wrong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_wrong_is_said_at_once() {
        let typed = Typed {
            cause_of: "the printer".to_owned(),
            group: "service desk".to_owned(),
            category: "x".repeat(500),
            impact: "enormous".to_owned(),
            urgency: "now".to_owned(),
            ..Typed::default()
        };
        let wrong = understood(&typed).unwrap_err();
        for field in ["cause_of", "subject", "category", "group", "impact", "urgency"] {
            assert!(wrong.at(field).is_some(), "{field}");
        }
    }

    #[test]
    fn a_problem_says_what_it_is_the_cause_of() {
        let typed = Typed {
            cause_of: "INC-12".to_owned(),
            subject: "The spooler dies at night".to_owned(),
            ..Typed::default()
        };
        let raise = understood(&typed).unwrap();
        assert_eq!(raise.kind, Kind::Problem);
        assert_eq!(raise.cause_of, Some("INC-12".parse().unwrap()));
    }
}
