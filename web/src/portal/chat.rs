//! The bot, and behind it people: one thread.

use axum::{extract::State, response::Response};
use channels::phrasing::{self, Phraser};
use desk::{
    Refused,
    knowledge::{ChatLineView, ChatView, FileChat, MyChat, StartAnew},
    ticket::{AddReply, TicketDetail, TicketDetailView},
};
use domain::{
    OutageId,
    effort::Effort,
    ticket::{InvalidText, Markdown, Said, TicketNumber},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{Here, effort::FIELDS as EFFORT, outage, page};
use crate::{
    AppState,
    markdown::{self, For},
    page::{PageResult, Posted, Pressed, Reader, see, sentence},
    ui::{self, Comment, EmployeeTab, Icon, Tone, Voice, icon},
    words::{t, th, told},
    wrong::Wrong,
};

/// What the bot is called.
fn bot() -> &'static str {
    t!("Freehold bot")
}

/// What an act in the conversation changes on the page.
const LIVE: &str = "talk chat-sheet say";

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
        Some(detail) => format!("ticket:{} mine:{} outages", detail.view.ticket.id, reader.id()),
        None => format!("mine:{} outages", reader.id()),
    };
    let main = html! {
        h1 { (t!("Ask")) }
        // This part is also what the panel on other pages shows, so nothing in it has the name of anything there.
        div.chat id="chat" {
            p.soft { (t!("The bot answers only from what is written down, tells what is known to be out of order, and how your own tickets stand. It can do nothing else. People answer when you send this to them; a question that nothing answers is shown, without your name, to those who write the answers.")) }
            div id="chat-sheet" { (summary(wrong)) }
            div.talk id="talk" data-follow data-live-topic=(topic) data-live-src="/chat" role="log" aria-label=(t!("Conversation")) {
                @if chat.lines.is_empty() { (opening(reader)) }
                @for (nth, line) in chat.lines.iter().enumerate() { (said(nth, line, &chat.lines[nth + 1..], reader)) }
                @if let Some(detail) = &ticket { (people(detail, reader)) }
            }
            div.say id="say" { (say_form(reader, &chat, ticket.as_deref(), app.config.phraser.as_deref(), typed)) }
        }
    };
    page(app, reader, Here::at(EmployeeTab::Chat, t!("Ask")).with_status(wrong.status()), &main).await
}

/// What is wrong, under a name of its own: the page beside it may have a summary too.
fn summary(wrong: &Wrong) -> Markup {
    let other = wrong.at("").or_else(|| wrong.at("said"));
    html! {
        @if !wrong.is_empty() {
            div.errors id="chat-errors" role="alert" tabindex="-1" data-focus-first {
                @if let Some(words) = wrong.at("body") {
                    p { a href="#chat-body" { (words) } }
                } @else {
                    h2 { (icon(Icon::Wrong)) span { (other.unwrap_or(t!("That did not work. Nothing was changed; try again."))) } }
                }
            }
        }
    }
}

fn opening(reader: &Reader) -> Markup {
    let first = reader.name().split_whitespace().next().unwrap_or_default();
    ui::comment(
        &Comment {
            id: "line-hello",
            voice: Voice::Public,
            by: bot(),
            via: None,
            channel: "",
            at: reader.now(),
            body: html! { p { (th!("Hello {first}. What is in your way? Say it as you would to a colleague, or name a ticket, such as INC-12.", first)) } },
            attachments: &[],
            mine: false,
        },
        reader.clock(),
    )
}

/// A line of the conversation, and what was said after it.
fn said(nth: usize, line: &ChatLineView, after: &[ChatLineView], reader: &Reader) -> Markup {
    let told_again =
        |id: OutageId| after.iter().any(|line| line.outages.iter().any(|outage| outage.id == id));
    let id = format!("line-{nth}");
    // What a person typed is shown as it was typed; what the bot says is Markdown of articles and its own.
    let body = if line.bot {
        html! {
            (markdown::html(&in_their_words(&line.body), For::Requester))
            @for one in &line.outages { (outage::told(one, reader, !told_again(one.id))) }
            @for hit in &line.cites {
                    p { a.link href={ "/knowledge/" (hit.number) "?language=" (hit.language) } lang=(hit.language) { (hit.number) " " (hit.title) } }
                }
        }
    } else {
        html! { @for part in line.body.lines().filter(|part| !part.trim().is_empty()) { p { (part) } } }
    };
    let by = if line.bot { bot() } else { reader.name() };
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

/// What the bot says itself, in the reader's language; what it quotes stays as it was written.
fn in_their_words(body: &str) -> String {
    let lines = body.split('\n').map(|line| match line.strip_prefix("- ") {
        Some(item) => format!("- {}", told(item)),
        None => told(line).into_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What was said since people have it.
fn people(detail: &TicketDetailView, reader: &Reader) -> Markup {
    let number = detail.view.ticket.number;
    html! {
        div.event { span { (th!("It is with the service desk as {number}", number = html! { a.link href={ "/tickets/" (number) } { (number) } })) ": " (told(&detail.progress.sentence)) } }
        @for item in detail.timeline.items.iter().filter(|item| item.public && item.fact.is_none()) {
            @let mine = item.person.as_ref().is_some_and(|person| person.id == reader.id());
            @let by = item.person.as_ref().map_or("Freehold", |person| person.name.as_str());
            (ui::comment(&Comment {
                id: &format!("talk-c-{}", item.id),
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

fn say_form(
    reader: &Reader,
    chat: &ChatView,
    ticket: Option<&TicketDetailView>,
    phraser: Option<&Phraser>,
    typed: &str,
) -> Markup {
    // People are told nothing over that service.
    let phraser = phraser.filter(|_| ticket.is_none());
    let over = ticket.is_some_and(|detail| detail.view.ticket.phase.is_final());
    let (placeholder, button, readers) = match ticket {
        Some(_) => (t!("Write to the service desk…"), t!("Send"), t!("The service desk reads this.")),
        None => (
            t!("Ask, or say what is wrong…"),
            t!("Ask"),
            t!("The bot answers. People do when you send it to them."),
        ),
    };
    html! {
        @if over {
            (ui::notice(Tone::Plain, &html! { (t!("This conversation is over.")) }, &html! {}))
        } @else {
            form.composer id="chat-composer" method="post" action="/chat" data-live=(LIVE) {
                (ui::csrf_field(reader.csrf()))
                input type="hidden" name="key" value=(reader.form_key());
                input type="hidden" name="ticket" value=[ticket.map(|detail| detail.view.ticket.number)];
                label.unseen for="chat-body" { (placeholder.trim_end_matches('…')) }
                textarea dir="auto" id="chat-body" name="body" required placeholder=(placeholder) data-draft={ (reader.id()) ":chat" } aria-describedby=[phraser.map(|_| "chat-worded")] { (typed) }
                div.composer-foot {
                    span.readers { (icon(Icon::Eye)) span { (readers) } }
                    span.draft-status data-draft-status role="status" {}
                    div.composer-acts { button.button.main id="chat-send" data-key="send" { (button) } }
                }
            }
            @if let Some(phraser) = phraser {
                p.soft.worded id="chat-worded" { (th!("Your question and the passages go to {whom} to be worded.", whom = phraser.name())) }
            }
        }
        @if !chat.lines.is_empty() {
            div.acts {
                @if chat.can_be_sent { (ui::act("/chat/ticket", reader.csrf(), &EFFORT, Some(LIVE), "main", t!("Send it to the service desk"))) }
                (ui::act("/chat/new", reader.csrf(), &[], Some(LIVE), "bare", t!("Begin anew")))
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
                InvalidText::Empty { .. } => t!("Write something first.").to_owned(),
                InvalidText::TooLong { limit, .. } => {
                    t!("This is too much at once; shorten it to about {limit} characters.", limit)
                }
                error => sentence(&error.to_string()),
            };
            return draw(&app, &reader, &Wrong::field("body", words), &form.body).await;
        }
    };
    let chat = app.desk.ask(reader.ctx(), MyChat).await?;
    // What was meant for the bot does not go to people unasked, nor the other way round.
    if chat.ticket.map(|ticket| ticket.to_string()).unwrap_or_default() != form.ticket {
        let wrong = Wrong::conflict(t!(
            "This conversation changed in another window. Look at it, and send your words again."
        ));
        return draw(&app, &reader, &wrong, &form.body).await;
    }
    let done = match chat.ticket {
        Some(ticket) => reply(&app, ctx, ticket, said.as_str()).await,
        None => phrasing::say(&app.desk, app.config.phraser.as_deref(), ctx, said).await.map(drop),
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

/// What it took to get here.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Took {
    took: String,
    actions: String,
}

pub(super) async fn file(State(app): State<AppState>, Posted { reader, form }: Posted<Took>) -> PageResult {
    // Pressed twice it is sent once.
    if app.desk.ask(reader.ctx(), MyChat).await?.ticket.is_some() {
        return Ok(see("/chat#say"));
    }
    let effort = Some(Effort::said(&form.took, &form.actions, "", reader.now()));
    match app.desk.execute(reader.ctx(), FileChat { effort }).await {
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
