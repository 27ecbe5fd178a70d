//! Raising a ticket: a few words are enough.

use axum::extract::{Query, State};
use desk::{Refused, ticket::RaiseTicket};
use domain::ticket::{Kind, Markdown, Subject, Urgency};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    Here, page,
    upload::{self, Upload},
};
use crate::{
    AppState,
    page::{PageResult, Reader, see, sentence},
    ui::{self, Field, Icon, Input, icon},
    wrong::Wrong,
};

/// What was typed, or what a link begins with.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    kind: String,
    subject: String,
    description: String,
    urgency: String,
    key: String,
}

const FIELDS: [&str; 4] = ["kind", "subject", "description", "urgency"];

/// Urgency as somebody in trouble would say it.
const URGENCIES: [(&str, &str); 3] =
    [("medium", "I can work, but badly"), ("high", "I cannot work"), ("low", "It can wait")];

/// Without this nobody knows what a ticket is about.
const EMPTY: &str = "Say in a few words what it is about.";

pub(super) async fn form(
    State(app): State<AppState>,
    reader: Reader,
    Query(typed): Query<Typed>,
) -> PageResult {
    // The link from the search brings what was typed there, whatever its length.
    let subject = typed.subject.chars().take(Subject::LIMIT).collect();
    draw(&app, &reader, &Typed { subject, ..typed }, &Wrong::nothing()).await
}

async fn draw(app: &AppState, reader: &Reader, typed: &Typed, wrong: &Wrong) -> PageResult {
    let key = if typed.key.is_empty() { reader.form_key() } else { typed.key.clone() };
    let draft = format!("{}:new", reader.id());
    let subject_draft = format!("{draft}:subject");
    let main = html! {
        a.back href="/" { (icon(Icon::Left)) "Home" }
        h1 { "Tell us about it" }
        form.form id="raise" method="post" action="/tickets" enctype="multipart/form-data" data-live="raise" {
            (ui::csrf_field(reader.csrf()))
            input type="hidden" name="key" value=(key);
            (wrong.summary(&FIELDS))
            @if !wrong.is_empty() { p.hint { "If you chose files, choose them again." } }
            (kinds(&typed.kind))
            (ui::field(&Field {
                value: &typed.subject,
                error: wrong.at("subject"),
                draft: &subject_draft,
                hint: "As you would say it to a colleague.",
                ..Field::new("subject", "In a few words")
            }))
            (ui::field(&Field {
                value: &typed.description,
                error: wrong.at("description"),
                input: Input::Area,
                required: false,
                draft: &draft,
                hint: "When did it start? What did you expect instead?",
                ..Field::new("description", "More about it")
            }))
            (ui::field(&Field {
                value: &typed.urgency,
                error: wrong.at("urgency"),
                input: Input::Choice(&URGENCIES),
                ..Field::new("urgency", "How much does it hinder you?")
            }))
            (ui::field(&Field {
                error: wrong.at("files"),
                input: Input::Files,
                required: false,
                hint: "A photo often says it best. At most 10 files of 25 MB.",
                ..Field::new("files", "Photos or files")
            }))
            div.inline {
                button.button.main.large { "Send" }
                span.draft-status data-draft-status role="status" {}
            }
        }
    };
    page(app, reader, Here::nowhere("New ticket").with_status(wrong.status()), &main).await
}

fn kinds(chosen: &str) -> Markup {
    let request = chosen == Kind::ServiceRequest.as_str();
    html! {
        fieldset.field {
            legend { "What is it?" }
            div.choices {
                label.choice {
                    input type="radio" name="kind" value=(Kind::Incident.as_str()) checked[!request];
                    span { b { "Something is broken" } small { "It worked, or it should." } }
                }
                label.choice {
                    input type="radio" name="kind" value=(Kind::ServiceRequest.as_str()) checked[request];
                    span { b { "I need something" } small { "Access, a device, an answer." } }
                }
            }
        }
    }
}

pub(super) async fn send(
    State(app): State<AppState>,
    Upload { reader, form: typed, files }: Upload<Typed>,
) -> PageResult {
    let raise = match understood(&typed) {
        Ok(raise) => raise,
        Err(wrong) => return draw(&app, &reader, &typed, &wrong).await,
    };
    let request = ["raise", &typed.kind, &typed.subject, &typed.description, &typed.urgency];
    let ctx = reader.ctx_once(Some(&typed.key), &request);
    match app.desk.execute(ctx, raise).await {
        Ok(ticket) => {
            let lost = upload::hang(&app, &reader, ticket.id.into(), files, &typed.key).await;
            let said = if lost.is_empty() { "raised" } else { "without-files" };
            Ok(see(&format!("/tickets/{}?said={said}", ticket.number)))
        }
        // The key belongs to what was sent before; what was changed since is another ticket.
        Err(Refused::KeyReused) => {
            let wrong = Wrong::field(
                "",
                "This form was sent before, with other words. Send it again if it is another matter.",
            );
            draw(&app, &reader, &Typed { key: String::new(), ..typed }, &wrong).await
        }
        Err(refused) => draw(&app, &reader, &typed, &Wrong::of(refused)?).await,
    }
}

fn understood(typed: &Typed) -> Result<RaiseTicket, Wrong> {
    let mut wrong = Wrong::nothing();
    let subject = Subject::new(&typed.subject).map_err(|error| {
        // The field has no name here that the error could call it by.
        let empty = typed.subject.trim().is_empty();
        let words = if empty { EMPTY.to_owned() } else { sentence(&error.to_string()) };
        wrong.add("subject", words);
    });
    let description = match typed.description.trim() {
        "" => Ok(None),
        text => Markdown::new(text)
            .map(Some)
            .map_err(|error| wrong.add("description", sentence(&error.to_string()))),
    };
    let urgency = match typed.urgency.as_str() {
        "" => Ok(Urgency::Medium),
        word => Urgency::parse(word).ok_or_else(|| wrong.add("urgency", "Choose how much it hinders you.")),
    };
    let kind = match typed.kind.as_str() {
        "" => Ok(Kind::Incident),
        word => Kind::parse(word).ok_or_else(|| wrong.add("kind", "Choose what it is.")),
    };
    match (subject, description, urgency, kind) {
        (Ok(subject), Ok(description), Ok(urgency), Ok(kind)) => {
            Ok(RaiseTicket { urgency, ..RaiseTicket::of(kind, subject, description) })
        }
        _ => Err(wrong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(subject: &str) -> Typed {
        Typed { subject: subject.to_owned(), ..Typed::default() }
    }

    #[test]
    fn a_few_words_are_a_ticket() {
        let raise = understood(&typed("Printer jams")).unwrap();
        assert_eq!((raise.kind, raise.urgency), (Kind::Incident, Urgency::Medium));
        assert_eq!(raise.description, None);
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let wrong = understood(&Typed { urgency: "now".to_owned(), kind: "wish".to_owned(), ..typed(" ") });
        let wrong = wrong.unwrap_err();
        for field in ["subject", "urgency", "kind"] {
            assert!(wrong.at(field).is_some(), "{field}");
        }
    }
}
