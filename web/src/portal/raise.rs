//! Raising a ticket: a few words are enough.

use axum::extract::{Query, State};
use desk::{
    Refused,
    catalogue::{DeviceView, DevicesOf},
    ticket::RaiseTicket,
};
use domain::{
    effort::{DayNumber, Effort},
    ticket::{Kind, Markdown, Subject, Urgency},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    Here,
    effort::FIELDS as EFFORT,
    page,
    upload::{self, Upload},
};
use crate::{
    AppState,
    page::{PageResult, Reader, see, sentence},
    ui::{self, Field, Icon, Input, icon},
    words::{key, say, t},
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
    device: String,
    key: String,
    took: String,
    actions: String,
    begun: String,
}

const FIELDS: [&str; 5] = ["kind", "subject", "description", "urgency", "device"];

/// Urgency as somebody in trouble would say it.
const URGENCIES: [(&str, &str); 3] = [
    ("medium", key!("I can work, but badly")),
    ("high", key!("I cannot work")),
    ("low", key!("It can wait")),
];

/// What it is called while it waits on a device without a connection.
const WAITS: &str = key!("New ticket");

/// Without this nobody knows what a ticket is about.
const EMPTY: &str = key!("Say in a few words what it is about.");

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
    let devices = app.desk.ask(reader.ctx(), DevicesOf { person: reader.id() }).await?;
    let main = html! {
        a.back href="/" { (icon(Icon::Left)) (t!("Home")) }
        h1 { (t!("Tell us about it")) }
        div.stack {
        p.soft { (t!("Do you need something?")) " " a.link href="/catalogue" { (t!("See what you can request")) } }
        form.form id="raise" method="post" action="/tickets" enctype="multipart/form-data" data-live="raise" data-outbox=(say(WAITS)) data-begun=(DayNumber::of(reader.now()).0) {
            (ui::csrf_field(reader.csrf()))
            input type="hidden" name="key" value=(key);
            @for (name, value) in EFFORT { input type="hidden" name=(name) value=(value); }
            input type="hidden" name="begun";
            (wrong.summary(&FIELDS))
            @if !wrong.is_empty() { p.hint { (t!("If you chose files, choose them again.")) } }
            (fields(typed, wrong, &devices, &subject_draft, &draft))
        }
        }
    };
    page(app, reader, Here::nowhere(t!("New ticket")).with_status(wrong.status()), &main).await
}

/// The form as it stands on a page that is the same for everybody: the script gives it a key and, when it is sent, the
/// token of whoever wrote it.
pub(crate) fn without_a_connection() -> Markup {
    html! {
        form.form id="raise" method="post" action="/tickets" enctype="multipart/form-data" data-outbox=(say(WAITS)) {
            input type="hidden" name="key";
            (fields(&Typed::default(), &Wrong::nothing(), &[], "", ""))
        }
    }
}

fn fields(typed: &Typed, wrong: &Wrong, devices: &[DeviceView], subject_draft: &str, draft: &str) -> Markup {
    let urgencies = URGENCIES.map(|(value, words)| (value, say(words)));
    html! {
        (kinds(&typed.kind))
        (ui::field(&Field {
            value: &typed.subject,
            error: wrong.at("subject"),
            draft: subject_draft,
            hint: t!("As you would say it to a colleague."),
            ..Field::new("subject", t!("In a few words"))
        }))
        (ui::field(&Field {
            value: &typed.description,
            error: wrong.at("description"),
            input: Input::Area,
            required: false,
            draft,
            hint: t!("When did it start? What did you expect instead?"),
            ..Field::new("description", t!("More about it"))
        }))
        (ui::field(&Field {
            value: &typed.urgency,
            error: wrong.at("urgency"),
            input: Input::Choice(&urgencies),
            ..Field::new("urgency", t!("How much does it hinder you?"))
        }))
        (device(typed, wrong, devices))
        (ui::field(&Field {
            error: wrong.at("files"),
            input: Input::Photos,
            required: false,
            hint: t!("A photo often says it best. At most 10 files of 25 MB."),
            ..Field::new("files", t!("Photos or files"))
        }))
        div.inline {
            button.button.main.large { (t!("Send")) }
            span.draft-status data-draft-status role="status" {}
        }
    }
}

/// Which of their devices it is about, where any are known. A single one is chosen already.
fn device(typed: &Typed, wrong: &Wrong, devices: &[DeviceView]) -> Markup {
    let ids: Vec<String> = devices.iter().map(|device| device.id.to_string()).collect();
    let named = devices.iter().zip(&ids).map(|(device, id)| (id.as_str(), device.name.as_str()));
    let choices: Vec<_> = if ids.len() == 1 {
        named.chain([("", t!("Another one, or none"))]).collect()
    } else {
        std::iter::once(("", t!("Choose one, or leave it open"))).chain(named).collect()
    };
    // Shown for the first time, the form has no key; whoever chose "none" is not given it again when it comes back.
    let chosen = match (typed.key.is_empty(), ids.as_slice()) {
        (true, [only]) if typed.device.is_empty() => only,
        _ => &typed.device,
    };
    html! {
        @if !devices.is_empty() {
            (ui::field(&Field {
                value: chosen,
                error: wrong.at("device"),
                input: Input::Choice(&choices),
                required: false,
                ..Field::new("device", t!("Which device is it about?"))
            }))
        }
    }
}

fn kinds(chosen: &str) -> Markup {
    let request = chosen == Kind::ServiceRequest.as_str();
    html! {
        fieldset.field {
            legend { (t!("What is it?")) }
            div.choices {
                label.choice {
                    input type="radio" name="kind" value=(Kind::Incident.as_str()) checked[!request];
                    span { b { (t!("Something is broken")) } small { (t!("It worked, or it should.")) } }
                }
                label.choice {
                    input type="radio" name="kind" value=(Kind::ServiceRequest.as_str()) checked[request];
                    span { b { (t!("I need something")) } small { (t!("Access, a device, an answer.")) } }
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
        Ok(raise) => {
            let said = Effort::said(&typed.took, &typed.actions, &typed.begun, reader.now());
            RaiseTicket { effort: Some(said), ..raise }
        }
        Err(wrong) => return draw(&app, &reader, &typed, &wrong).await,
    };
    let request = ["raise", &typed.kind, &typed.subject, &typed.description, &typed.urgency, &typed.device];
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
                t!("This form was sent before, with other words. Send it again if it is another matter."),
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
        let words = if empty { say(EMPTY).to_owned() } else { sentence(&error.to_string()) };
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
        word => {
            Urgency::parse(word).ok_or_else(|| wrong.add("urgency", t!("Choose how much it hinders you.")))
        }
    };
    let kind = match typed.kind.as_str() {
        "" => Ok(Kind::Incident),
        word => Kind::parse(word).ok_or_else(|| wrong.add("kind", t!("Choose what it is."))),
    };
    let device = match typed.device.as_str() {
        "" => Ok(None),
        id => id.parse().map(Some).map_err(|_| wrong.add("device", t!("Choose one of the list."))),
    };
    match (subject, description, urgency, kind, device) {
        (Ok(subject), Ok(description), Ok(urgency), Ok(kind), Ok(device)) => {
            Ok(RaiseTicket { urgency, device, ..RaiseTicket::of(kind, subject, description) })
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
