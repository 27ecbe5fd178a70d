//! What a requester does with their own ticket.

use axum::extract::{Path, State};
use desk::{
    Command, Context,
    ticket::{
        AddReply, Follow, RateTicket, ReopenTicket, TicketDetail, TicketOutcome, TicketRef, Unfollow,
        WithdrawTicket,
    },
};
use domain::ticket::{Markdown, Rating, RatingWords};
use serde::Deserialize;

use super::{
    ticket::{again, rated_again},
    upload::{self, Upload},
};
use crate::{
    AppState,
    page::{PageResult, Posted, Pressed, Reader, see, sentence},
    words::t,
    wrong::Wrong,
};

/// Words on a ticket.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct Words {
    body: String,
    key: String,
}

/// Does it, and shows the ticket; or shows the ticket with what was refused and what was typed.
async fn act<C>(
    app: &AppState,
    reader: &Reader,
    reference: &str,
    ctx: Context,
    command: C,
    text: &str,
) -> PageResult
where
    C: Command<Outcome = TicketOutcome> + Send + 'static,
{
    match app.desk.execute(ctx, command).await {
        Ok(_) => Ok(see(&format!("/tickets/{reference}"))),
        Err(refused) => again(app, reader, reference.parse()?, &Wrong::of(refused)?, text).await,
    }
}

fn markdown(text: &str) -> Result<Markdown, Wrong> {
    if text.trim().is_empty() {
        return Err(Wrong::field("", t!("Write something first.")));
    }
    Markdown::new(text).map_err(|error| Wrong::field("", sentence(&error.to_string())))
}

pub(super) async fn answer(
    State(app): State<AppState>,
    Path(reference): Path<String>,
    Posted { reader, form: words }: Posted<Words>,
) -> PageResult {
    let ticket: TicketRef = reference.parse()?;
    let body = match markdown(&words.body) {
        Ok(body) => body,
        Err(wrong) => return again(&app, &reader, ticket, &wrong, &words.body).await,
    };
    let ctx = reader.ctx_once(Some(&words.key), &["answer", &reference, &words.body]);
    let reply = AddReply { ticket, body, then: None, resolution_code: None, if_version: None };
    act(&app, &reader, &reference, ctx, reply, &words.body).await
}

pub(super) async fn reopen(
    State(app): State<AppState>,
    Path(reference): Path<String>,
    Posted { reader, form: words }: Posted<Words>,
) -> PageResult {
    let ticket: TicketRef = reference.parse()?;
    let because = match markdown(&words.body) {
        Ok(because) => Some(because),
        Err(wrong) => return again(&app, &reader, ticket, &wrong, &words.body).await,
    };
    let ctx = reader.ctx_once(Some(&words.key), &["reopen", &reference, &words.body]);
    act(&app, &reader, &reference, ctx, ReopenTicket { ticket, because }, &words.body).await
}

pub(super) async fn withdraw(
    State(app): State<AppState>,
    Path(reference): Path<String>,
    Posted { reader, form: Pressed {} }: Posted<Pressed>,
) -> PageResult {
    let ticket = reference.parse()?;
    act(&app, &reader, &reference, reader.ctx(), WithdrawTicket { ticket }, "").await
}

/// Follows it, or stops following it.
pub(super) async fn follow(
    State(app): State<AppState>,
    Path(reference): Path<String>,
    Posted { reader, form: Pressed {} }: Posted<Pressed>,
) -> PageResult {
    let ticket: TicketRef = reference.parse()?;
    let detail = app.desk.ask(reader.ctx(), TicketDetail { ticket }).await?;
    if !detail.follows {
        return act(&app, &reader, &reference, reader.ctx(), Follow { ticket }, "").await;
    }
    app.desk.execute(reader.ctx(), Unfollow { ticket }).await?;
    // Whoever neither owns nor follows it may not see it any more.
    Ok(see("/tickets"))
}

/// The key of the form; its files are beside it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Attached {
    key: String,
}

pub(super) async fn attach(
    State(app): State<AppState>,
    Path(reference): Path<String>,
    Upload { reader, form: Attached { key }, files }: Upload<Attached>,
) -> PageResult {
    let ticket: TicketRef = reference.parse()?;
    if files.is_empty() {
        let wrong = Wrong::field("", t!("Choose a file first."));
        return again(&app, &reader, ticket, &wrong, "").await;
    }
    let lost = upload::hang(&app, &reader, ticket, files, &key).await;
    if lost.is_empty() {
        return Ok(see(&format!("/tickets/{reference}?said=files")));
    }
    let wrong = Wrong::field("", t!("Not attached: {names}. Try these again.", names = lost.join(", ")));
    again(&app, &reader, ticket, &wrong, "").await
}

/// How it went, and more about it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Rated {
    rating: String,
    pub(crate) words: Option<String>,
}

pub(super) async fn rate(
    State(app): State<AppState>,
    Path(reference): Path<String>,
    Posted { reader, form }: Posted<Rated>,
) -> PageResult {
    let ticket: TicketRef = reference.parse()?;
    let refused = match rated(ticket, &form) {
        Err(wrong) => wrong,
        Ok(rate) => {
            let said = if matches!(rate.words, Some(Some(_))) { "?said=rated" } else { "" };
            match app.desk.execute(reader.ctx(), rate).await {
                Ok(()) => return Ok(see(&format!("/tickets/{reference}{said}"))),
                Err(refused) => Wrong::of(refused)?,
            }
        }
    };
    rated_again(&app, &reader, ticket, &refused, form.words.as_deref()).await
}

/// What a form says of how somebody was helped.
pub(crate) fn rated(ticket: TicketRef, form: &Rated) -> Result<RateTicket, Wrong> {
    let rating = Rating::parse(&form.rating).ok_or_else(|| Wrong::field("", t!("Choose how it went.")))?;
    let words = match form.words.as_deref().map(str::trim) {
        None => None,
        Some("") => Some(None),
        Some(text) => {
            let words = RatingWords::new(text);
            Some(Some(words.map_err(|error| Wrong::field("", sentence(&error.to_string())))?))
        }
    };
    Ok(RateTicket { ticket, rating, words })
}
