//! Who is at a ticket and what they type, while they do: kept as it is typed, said to the others at once.

use axum::{
    extract::{Path, State},
    response::{Html, IntoResponse},
};
use desk::{
    Refused,
    ticket::{DraftText, TicketRef, Writing, WritingView},
};
use domain::{TicketId, ticket::Doing};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    AppState,
    page::{PageResult, Posted, Reader},
    ui,
};

/// The two pieces of the page that tell of the others: faces for the head, and what stands above the composer.
pub(super) fn pieces(
    reader: &Reader,
    ticket: TicketId,
    number: &str,
    view: &WritingView,
) -> (Markup, Markup) {
    let address = format!("/desk/t/{number}/here");
    let topic = format!("writing:{ticket}");
    let others: Vec<_> = view
        .others
        .iter()
        .map(|other| ui::Companion { name: &other.name, typing: other.doing == Doing::Typing })
        .collect();
    let drafts: Vec<_> = view
        .drafts
        .iter()
        .map(|draft| ui::OthersDraft { name: &draft.name, note: draft.note, text: &draft.text })
        .collect();
    let here = ui::Here { address: &address, csrf: reader.csrf(), topic: &topic, others: &others };
    (ui::here(&here), ui::being_written(&address, &topic, &others, &drafts))
}

/// The pieces alone, for a page that is open.
pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path(ticket): Path<String>,
) -> PageResult {
    let ticket: TicketRef = ticket.parse()?;
    let one = app.desk.ask(reader.ctx(), desk::ticket::OneTicket { ticket }).await?;
    let view = app.desk.ask(reader.ctx(), Writing { ticket }).await?;
    let number = one.ticket.number.to_string();
    let (here, written) = pieces(&reader, one.ticket.id, &number, &view);
    Ok(Html(html! { (here) (written) }.into_string()).into_response())
}

/// What the reader does at a ticket: `viewing`, `typing` or `gone`.
#[derive(Deserialize)]
pub(super) struct Sign {
    #[serde(default)]
    doing: String,
}

pub(super) async fn sign(
    State(app): State<AppState>,
    Path(ticket): Path<String>,
    Posted { reader, form }: Posted<Sign>,
) -> PageResult {
    let doing = match form.doing.as_str() {
        "gone" => None,
        said => Some(Doing::parse(said).ok_or(Refused::field("doing", "say viewing, typing or gone"))?),
    };
    app.desk.at_ticket(reader.ctx(), ticket.parse()?, doing).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What the composer holds.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    key: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    body: String,
}

pub(super) async fn keep(
    State(app): State<AppState>,
    Path(ticket): Path<String>,
    Posted { reader, form }: Posted<Typed>,
) -> PageResult {
    let Typed { key: form, kind, body } = form;
    let draft = DraftText { form, note: kind == "note", text: body.replace("\r\n", "\n") };
    app.desk.keep_draft(reader.ctx(), ticket.parse()?, draft).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
