//! The bot, and behind it people: one thread.

use axum::{extract::State, response::Response};
use desk::{
    Refused,
    knowledge::{ChatLineView, ChatView, FileChat, MyChat, StartAnew},
    ticket::{AddReply, TicketDetail, TicketDetailView},
};
use domain::ticket::{InvalidText, Markdown, Said, TicketNumber};
use maud::{Markup, html};
use serde::Deserialize;

use super::{Here, page};
use crate::{
    AppState,
    markdown::{self, For},
    page::{PageResult, Posted, Pressed, Reader, see, sentence},
    ui::{self, Comment, EmployeeTab, Icon, Tone, Voice, icon},
    wrong::Wrong,
};

/// What the bot is called.
const BOT: &str = "Freehold bot";

/// What is said.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Words {
    body: String,
    key: String,
    /// The ticket that the page showed the conversation as.
    ticket: String,
}

pub(super) async fn show(State(app): State<AppState>, reader: Reader) -> PageResult {
    draw(&app, &reader, &Wrong::nothing(), "").await
}

async fn draw(app: &AppState, reader: &Reader, wrong: &Wrong, typed: &str) -> PageResult<Response> {
    let chat = app.desk.ask(reader.ctx(), MyChat).await?;
    let ticket = match chat.ticket {
        Some(number) => Some(app.desk.ask(reader.ctx(), TicketDetail { ticket: number.into() }).await?),
        None => None,
    };
    let topic = match &ticket {
        Some(detail) => format!("ticket:{} mine:{}", detail.view.ticket.id, reader.id()),
        None => format!("mine:{}", reader.id()),
    };
    let main = html! {
        h1 { "Ask" }
        p.soft { "The bot answers only from what is written down, and tells how your own tickets stand. It can do nothing else. People answer when you send this to them; a question that nothing answers is shown, without your name, to those who write the answers." }
        div id="sheet" { (wrong.summary(&["body"])) }
        div.talk id="talk" data-follow data-live-topic=(topic) role="log" aria-label="Conversation" {
            @if chat.lines.is_empty() { (opening(reader)) }
            @for (nth, line) in chat.lines.iter().enumerate() { (said(nth, line, reader)) }
            @if let Some(detail) = &ticket { (people(detail, reader)) }
        }
        div id="say" { (say_form(reader, &chat, ticket.as_deref(), typed)) }
    };
    page(app, reader, Here::at(EmployeeTab::Chat, "Ask").with_status(wrong.status()), &main).await
}

fn opening(reader: &Reader) -> Markup {
    let first = reader.name().split_whitespace().next().unwrap_or_default();
    ui::comment(
        &Comment {
            id: "line-hello",
            voice: Voice::Public,
            by: BOT,
            via: None,
            channel: "",
            at: reader.now(),
            body: html! { p { "Hello " (first) ". What is in your way? Say it as you would to a colleague, or name a ticket, such as INC-12." } },
            attachments: &[],
            mine: false,
        },
        reader.clock(),
    )
}

fn said(nth: usize, line: &ChatLineView, reader: &Reader) -> Markup {
    let id = format!("line-{nth}");
    // What a person typed is shown as it was typed; what the bot says is Markdown of articles and its own.
    let body = if line.bot {
        html! {
            (markdown::html(&line.body, For::Requester))
            @for hit in &line.cites {
                    p { a.link href={ "/knowledge/" (hit.number) "?language=" (hit.language) } lang=(hit.language) { (hit.number) " " (hit.title) } }
                }
        }
    } else {
        html! { @for part in line.body.lines().filter(|part| !part.trim().is_empty()) { p { (part) } } }
    };
    let by = if line.bot { BOT } else { reader.name() };
    ui::comment(
        &Comment {
            id: &id,
            voice: Voice::Public,
            by,
            via: None,
            channel: "",
            at: line.at,
            body,
            attachments: &[],
            mine: !line.bot,
        },
        reader.clock(),
    )
}

/// What was said since people have it.
fn people(detail: &TicketDetailView, reader: &Reader) -> Markup {
    let number = detail.view.ticket.number;
    html! {
        div.event { span { "It is with the service desk as " a.link href={ "/tickets/" (number) } { (number) } ": " (detail.progress.sentence) } }
        @for item in detail.timeline.items.iter().filter(|item| item.public && item.fact.is_none()) {
            @let mine = item.person.as_ref().is_some_and(|person| person.id == reader.id());
            @let by = item.person.as_ref().map_or("Freehold", |person| person.name.as_str());
            (ui::comment(&Comment {
                id: &format!("c-{}", item.id),
                voice: Voice::Public,
                by,
                via: None,
                channel: "",
                at: item.at,
                body: markdown::html(&item.body, For::Requester),
                attachments: &[],
                mine,
            }, reader.clock()))
        }
    }
}

fn say_form(reader: &Reader, chat: &ChatView, ticket: Option<&TicketDetailView>, typed: &str) -> Markup {
    let over = ticket.is_some_and(|detail| detail.view.ticket.phase.is_final());
    let (placeholder, button, readers) = match ticket {
        Some(_) => ("Write to the service desk…", "Send", "The service desk reads this."),
        None => ("Ask, or say what is wrong…", "Ask", "The bot answers. People do when you send it to them."),
    };
    html! {
        @if over {
            (ui::notice(Tone::Plain, &html! { "This conversation is over." }, &html! {}))
        } @else {
            form.composer id="composer" method="post" action="/chat" data-live="talk sheet say" {
                (ui::csrf_field(reader.csrf()))
                input type="hidden" name="key" value=(reader.form_key());
                input type="hidden" name="ticket" value=[ticket.map(|detail| detail.view.ticket.number)];
                label.unseen for="composer-body" { (placeholder.trim_end_matches('…')) }
                textarea id="composer-body" name="body" required placeholder=(placeholder) data-draft={ (reader.id()) ":chat" } { (typed) }
                div.composer-foot {
                    span.readers { (icon(Icon::Eye)) span { (readers) } }
                    span.draft-status data-draft-status role="status" {}
                    div.composer-acts { button.button.main id="composer-send" data-key="send" { (button) } }
                }
            }
        }
        @if !chat.lines.is_empty() {
            div.acts {
                @if chat.can_be_sent { (ui::act("/chat/ticket", reader.csrf(), &[], Some("talk sheet say"), "main", "Send it to the service desk")) }
                (ui::act("/chat/new", reader.csrf(), &[], Some("talk sheet say"), "bare", "Begin a new conversation"))
            }
        }
    }
}

pub(super) async fn say(State(app): State<AppState>, Posted { reader, form }: Posted<Words>) -> PageResult {
    let ctx = reader.ctx_once(Some(&form.key), &["chat", &form.ticket, &form.body]);
    let said = match Said::new(&form.body) {
        Ok(said) => said,
        Err(error) => {
            let words = match error {
                InvalidText::Empty { .. } => "Write something first.".to_owned(),
                InvalidText::TooLong { limit, .. } => {
                    format!("This is too much at once; shorten it to about {limit} characters.")
                }
                error => sentence(&error.to_string()),
            };
            return draw(&app, &reader, &Wrong::field("", words), &form.body).await;
        }
    };
    let chat = app.desk.ask(reader.ctx(), MyChat).await?;
    // What was meant for the bot does not go to people unasked, nor the other way round.
    if chat.ticket.map(|ticket| ticket.to_string()).unwrap_or_default() != form.ticket {
        let wrong = Wrong::conflict(
            "This conversation changed in another window. Look at it, and send your words again.",
        );
        return draw(&app, &reader, &wrong, &form.body).await;
    }
    let done = match chat.ticket {
        Some(ticket) => reply(&app, ctx, ticket, said.as_str()).await,
        None => app.desk.say(ctx, said).await.map(drop),
    };
    match done {
        Ok(()) => Ok(see("/chat#say")),
        Err(refused) => draw(&app, &reader, &Wrong::of(refused)?, &form.body).await,
    }
}

async fn reply(app: &AppState, ctx: desk::Context, ticket: TicketNumber, text: &str) -> desk::Result<()> {
    let body = Markdown::new(text).map_err(|error| Refused::field("body", error))?;
    let reply = AddReply { ticket: ticket.into(), body, then: None, resolution_code: None, if_version: None };
    app.desk.execute(ctx, reply).await.map(drop)
}

pub(super) async fn file(State(app): State<AppState>, Posted { reader, .. }: Posted<Pressed>) -> PageResult {
    // Pressed twice it is sent once.
    if app.desk.ask(reader.ctx(), MyChat).await?.ticket.is_some() {
        return Ok(see("/chat#say"));
    }
    match app.desk.execute(reader.ctx(), FileChat).await {
        Ok(_) => Ok(see("/chat#say")),
        Err(refused) => draw(&app, &reader, &Wrong::of(refused)?, "").await,
    }
}

pub(super) async fn anew(State(app): State<AppState>, Posted { reader, .. }: Posted<Pressed>) -> PageResult {
    match app.desk.execute(reader.ctx(), StartAnew).await {
        Ok(()) => Ok(see("/chat")),
        Err(refused) => draw(&app, &reader, &Wrong::of(refused)?, "").await,
    }
}
