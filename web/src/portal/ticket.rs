//! One ticket as its requester reads it: where it stands, the conversation, and what they can do next.

use axum::extract::{Path, Query, State};
use desk::ticket::{FileView, RatingOf, RatingView, TicketDetail, TicketDetailView, TicketRef, TimelineItem};
use domain::ticket::{Fact, Phase, Rating};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use serde::Deserialize;

use super::{Here, card::steps, page};
use crate::{
    AppState,
    markdown::{self, For},
    page::{PageResult, Reader, see},
    ui::{self, Attachment, Comment, Entry, Event, Icon, Tone, Voice, icon},
    workspace::bytes,
    wrong::Wrong,
};

/// A file that came so soon after somebody's words belongs to them.
const WITH_THE_WORDS: SignedDuration = SignedDuration::from_mins(10);

/// What an act before says on this page.
#[derive(Deserialize)]
pub(super) struct Said {
    #[serde(default)]
    said: String,
}

pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path(ticket): Path<String>,
    Query(said): Query<Said>,
) -> PageResult {
    let detail = app.desk.ask(reader.ctx(), TicketDetail { ticket: ticket.parse()? }).await?;
    if detail.sees_everything && !detail.own && !detail.follows {
        return Ok(see(&format!("/desk/t/{}", detail.view.ticket.number)));
    }
    let notice = match said.said.as_str() {
        "raised" => ui::notice(
            Tone::Ok,
            &html! { b { "We have it." } " You hear from us here and by e-mail; nothing else is to be done now." },
            &html! {},
        ),
        "without-files" => ui::notice(
            Tone::Warn,
            &html! { b { "We have it, but not every file could be kept." } " Attach the missing ones again below." },
            &html! {},
        ),
        "rated" => ui::notice(Tone::Ok, &html! { b { "Thank you." } " The technicians read it." }, &html! {}),
        "files" => ui::notice(Tone::Ok, &html! { "Attached." }, &html! {}),
        _ => html! {},
    };
    draw(&app, &reader, &detail, &notice, Typed::default(), StatusCode::OK).await
}

/// The same page after an act was refused: why, and what was typed.
pub(super) async fn again(
    app: &AppState,
    reader: &Reader,
    ticket: TicketRef,
    wrong: &Wrong,
    text: &str,
) -> PageResult {
    let detail = app.desk.ask(reader.ctx(), TicketDetail { ticket }).await?;
    let typed = Typed { text, ..Typed::default() };
    draw(app, reader, &detail, &wrong.summary(&[]), typed, wrong.status()).await
}

/// The same after what was said of the help was refused.
pub(super) async fn rated_again(
    app: &AppState,
    reader: &Reader,
    ticket: TicketRef,
    wrong: &Wrong,
    words: Option<&str>,
) -> PageResult {
    let detail = app.desk.ask(reader.ctx(), TicketDetail { ticket }).await?;
    let typed = Typed { words, ..Typed::default() };
    draw(app, reader, &detail, &wrong.summary(&[]), typed, wrong.status()).await
}

/// What was typed and refused.
#[derive(Clone, Copy, Default)]
struct Typed<'a> {
    /// To the technicians.
    text: &'a str,
    /// Of how one was helped.
    words: Option<&'a str>,
}

async fn draw(
    app: &AppState,
    reader: &Reader,
    detail: &TicketDetailView,
    notice: &Markup,
    typed: Typed<'_>,
    status: StatusCode,
) -> PageResult {
    let ticket = &detail.view.ticket;
    let over = matches!(ticket.phase, Phase::Resolved | Phase::Closed) && ticket.merged.is_none();
    let rated = if detail.own && over {
        app.desk.ask(reader.ctx(), RatingOf { ticket: ticket.id.into() }).await?
    } else {
        None
    };
    let topic = format!("mine:{}", reader.id());
    let main = html! {
        a.back href="/tickets" { (icon(Icon::Left)) "Your tickets" }
        h1 { (ticket.subject) }
        div id="ticket-head" data-live-topic=(topic) {
            (steps(ticket.phase, &detail.progress, false))
            p.soft { (detail.progress.sentence) " " span.quiet { (ticket.number) } }
        }
        div id="sheet" { (notice) }
        div.talk id="timeline" data-live-topic=(topic) { (talk(reader, detail)) }
        div id="next" data-live-topic=(topic) {
            @if detail.own && over { (rating(reader, detail, rated.as_ref(), typed.words)) }
            (next(reader, detail, typed.text))
        }
    };
    page(app, reader, Here::nowhere(ticket.subject.as_str()).with_status(status), &main).await
}

/// The conversation: what the requester wrote first, and every public word since.
fn talk(reader: &Reader, detail: &TicketDetailView) -> Markup {
    let ticket = &detail.view.ticket;
    let public: Vec<&TimelineItem> = detail.timeline.items.iter().filter(|item| item.public).collect();
    let files: Vec<(&FileView, String, String)> = detail
        .attachments
        .iter()
        .filter(|file| file.public)
        .map(|file| (file, format!("/attachments/{}", file.id), bytes(file.size)))
        .collect();
    let spoken: Vec<Timestamp> = std::iter::once(ticket.created_at)
        .chain(public.iter().filter(|item| item.fact.is_none()).map(|item| item.at))
        .collect();
    let host = |file: &FileView| {
        spoken.iter().rposition(|at| *at <= file.at && at.duration_until(file.at) < WITH_THE_WORDS)
    };
    let draw = |(file, href, size): &'_ (&'_ FileView, String, String)| {
        html! { li { a.file href=(href) { (icon(Icon::File)) span.cut { (file.name) } span.quiet { (size) } } } }
    };
    let of = |nth: usize| -> Vec<Attachment<'_>> {
        files
            .iter()
            .filter(|(file, ..)| host(file) == Some(nth))
            .map(|(file, href, size)| Attachment { href, name: &file.name, size })
            .collect()
    };
    let attachments: Vec<Vec<Attachment<'_>>> = (0..spoken.len()).map(of).collect();
    let ids: Vec<String> = public.iter().map(|item| format!("c-{}", item.id)).collect();

    let body = ticket.description.as_ref().map_or_else(
        || html! { p { (ticket.subject) } },
        |text| markdown::html(text.as_str(), For::Requester),
    );
    let mut entries = vec![Entry::Comment(Comment {
        id: "c-0",
        voice: Voice::Public,
        by: &detail.view.requester_name,
        via: None,
        channel: "",
        at: ticket.created_at,
        body,
        attachments: &attachments[0],
        mine: detail.own,
    })];
    let mut nth = 0;
    for (item, id) in public.iter().zip(&ids) {
        let by = item.person.as_ref().map_or("Freehold", |person| person.name.as_str());
        let mine = item.person.as_ref().is_some_and(|person| person.id == reader.id());
        if let Some(fact) = &item.fact {
            // That it was raised, the first words say.
            if !matches!(fact, Fact::Opened { .. }) {
                let who = if mine { "You" } else { by };
                entries.push(Entry::Event(Event {
                    text: html! { (who) " " (item.body) },
                    by: "",
                    at: item.at,
                }));
            }
            continue;
        }
        nth += 1;
        entries.push(Entry::Comment(Comment {
            id,
            voice: Voice::Public,
            by,
            via: item.byline.as_ref().and_then(|byline| byline.via.as_deref()),
            channel: "",
            at: item.at,
            body: markdown::html(&item.body, For::Requester),
            attachments: &attachments[nth],
            mine,
        }));
    }
    let loose: Vec<_> = files.iter().filter(|(file, ..)| host(file).is_none()).collect();
    html! {
        (ui::timeline(&entries, reader.clock()))
        @if detail.timeline.next.is_some() {
            p.soft { "This is a long conversation: only its first 200 entries are shown." }
        }
        @if !loose.is_empty() { ul.files aria-label="Files" { @for file in loose { (draw(file)) } } }
    }
}

/// What can be done next, as the ticket stands.
fn next(reader: &Reader, detail: &TicketDetailView, text: &str) -> Markup {
    let ticket = &detail.view.ticket;
    let number = ticket.number;
    let again = html! { a.button href="/tickets/new" { "Raise a new one" } };
    if !detail.own {
        return html! {
            (ui::notice(Tone::Plain, &html! { "You follow this ticket of " (detail.view.requester_name) "." }, &verb(reader, detail, "follow", "", "Stop following")))
        };
    }
    if let Some(merge) = &ticket.merged {
        let other =
            html! { a.button href={ "/tickets/" (merge.into_number) } { "Open " (merge.into_number) } };
        return ui::notice(Tone::Plain, &html! { "It goes on together with another ticket." }, &other);
    }
    match ticket.phase {
        Phase::Resolved if detail.progress.reopen_until.is_some_and(|until| reader.now() < until) => html! {
            (words(reader, &format!("/tickets/{number}/reopen"), "Still not right? Say what is wrong…", "Reopen it", "It is worked on again.", text))
            @if let Some(until) = detail.progress.reopen_until {
                p.soft { "You can reopen it until " (day(until, reader)) ". After that it stays closed." }
            }
        },
        Phase::Resolved | Phase::Closed => ui::notice(
            Tone::Plain,
            &html! { "This ticket is closed. If it comes back, raise a new one." },
            &again,
        ),
        Phase::Cancelled => ui::notice(
            Tone::Plain,
            &html! { "You do not need this any more. If you do after all, raise a new one." },
            &again,
        ),
        Phase::New | Phase::Active | Phase::Waiting => html! {
            (words(reader, &format!("/tickets/{number}/answer"), "Write an answer…", "Send answer", "The service desk reads this.", text))
            (attach(reader, detail))
            div.acts {
                (verb(reader, detail, "withdraw", "bare", "I do not need it any more"))
            }
        },
    }
}

fn day(at: Timestamp, reader: &Reader) -> String {
    at.to_zoned(reader.clock().zone.clone()).strftime("%A, %-d %B").to_string()
}

/// One box for words, with one button.
fn words(
    reader: &Reader,
    action: &str,
    placeholder: &str,
    button: &str,
    readers: &str,
    text: &str,
) -> Markup {
    let key = reader.form_key();
    html! {
        form.composer id="composer" method="post" action=(action) data-live="ticket-head timeline sheet next" {
            (ui::csrf_field(reader.csrf()))
            input type="hidden" name="key" value=(key);
            label.unseen for="composer-body" { (placeholder.trim_end_matches('…')) }
            textarea id="composer-body" name="body" required placeholder=(placeholder)
                data-draft={ (reader.id()) ":" (action) } { (text) }
            div.composer-foot {
                span.readers { (icon(Icon::Eye)) span { (readers) } }
                span.draft-status data-draft-status role="status" {}
                div.composer-acts { button.button.main id="composer-send" data-key="send" { (button) } }
            }
        }
    }
}

fn attach(reader: &Reader, detail: &TicketDetailView) -> Markup {
    html! {
        details.more {
            summary { (icon(Icon::File)) "Attach photos or files" }
            form.form method="post" action={ "/tickets/" (detail.view.ticket.number) "/attach" } enctype="multipart/form-data" {
                (ui::csrf_field(reader.csrf()))
                input type="hidden" name="key" value=(reader.form_key());
                (ui::field(&ui::Field {
                    input: ui::Input::Files,
                    hint: "At most 10 files of 25 MB.",
                    ..ui::Field::new("files", "Photos or files")
                }))
                div { button.button { "Attach" } }
            }
        }
    }
}

fn verb(reader: &Reader, detail: &TicketDetailView, verb: &str, class: &str, words: &str) -> Markup {
    let action = format!("/tickets/{}/{verb}", detail.view.ticket.number);
    ui::act(&action, reader.csrf(), &[], Some("ticket-head timeline sheet next"), class, words)
}

/// How one was helped: one tap, and more words for those who have them.
fn rating(
    reader: &Reader,
    detail: &TicketDetailView,
    rated: Option<&RatingView>,
    typed: Option<&str>,
) -> Markup {
    let action = format!("/tickets/{}/rate", detail.view.ticket.number);
    let draft = format!("{}:{action}", reader.id());
    html! {
        form.rating method="post" action=(action) data-live="sheet timeline next" id="rating" {
            (ui::csrf_field(reader.csrf()))
            fieldset {
                legend { @if rated.is_some() { "You said how it went" } @else { "How did it go?" } }
                div.inline {
                    @for each in Rating::ALL {
                        @let chosen = rated.is_some_and(|rated| rated.rating == *each);
                        button.button.chosen[chosen] id={ "rate-" (each) } name="rating" value=(each) aria-pressed=(if chosen { "true" } else { "false" }) { (each.words()) }
                    }
                }
            }
            @if let Some(rated) = rated {
                details open[typed.is_some() || (rated.words.is_none() && rated.rating != Rating::Good)] {
                    summary { @if rated.words.is_some() { "What you wrote" } @else { "Say more" } }
                    label.unseen for="rating-words" { "What should be different next time?" }
                    textarea.input id="rating-words" name="words" rows="3" maxlength="2000" placeholder="What should be different next time?" data-draft=(draft) { (typed.or(rated.words.as_deref()).unwrap_or_default()) }
                    div { button.button name="rating" value=(rated.rating) { "Send" } }
                }
            }
        }
    }
}
