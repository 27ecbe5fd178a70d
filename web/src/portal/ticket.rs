//! One ticket as its requester reads it: where it stands, the conversation, and what they can do next.

use std::collections::BTreeSet;

use axum::extract::{Path, Query, State};
use desk::{
    catalogue::{DeviceOf, RequestOf},
    identity::ReadsAlong,
    ticket::{
        FileView, RatingOf, RatingView, SharedWithMe, TicketDetail, TicketDetailView, TicketRef,
        TimelineItem, WaitsForApprovalBy,
    },
};
use domain::{
    PersonId,
    ticket::{Fact, Markdown, Phase, Rating, TicketNumber},
};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use serde::Deserialize;

use super::{Here, card::steps, page};
use crate::{
    AppState,
    markdown::{self, For},
    page::{PageResult, Reader, see, sentence},
    ui::{self, Attachment, Clock, Comment, Entry, Event, Icon, Tone, Voice, icon},
    words::{dated, t, th, told, told_to_requester, told_word},
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
            &html! { b { (t!("We have it.")) } " " (t!("You hear from us here; nothing else is to be done now.")) },
            &html! {},
        ),
        "requested" => ui::notice(
            Tone::Ok,
            &html! { b { (t!("Requested.")) } " " (t!("You hear from us here; nothing else is to be done now.")) },
            &html! {},
        ),
        "without-files" => ui::notice(
            Tone::Warn,
            &html! { b { (t!("We have it, but not every file could be kept.")) } " " (t!("Attach the missing ones again below.")) },
            &html! {},
        ),
        "rated" => ui::notice(
            Tone::Ok,
            &html! { b { (t!("Thank you.")) } " " (t!("The technicians read it.")) },
            &html! {},
        ),
        "files" => ui::notice(Tone::Ok, &html! { (t!("Attached.")) }, &html! {}),
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
    let waits_for = if ticket.phase == Phase::Waiting {
        app.desk.ask(reader.ctx(), WaitsForApprovalBy { ticket: ticket.id.into() }).await?
    } else {
        Vec::new()
    };
    let reads_along = app.desk.ask(reader.ctx(), ReadsAlong { ticket: ticket.id.into() }).await?;
    let numbers = named_in(detail);
    let shared = if numbers.is_empty() {
        Vec::new()
    } else {
        app.desk.ask(reader.ctx(), SharedWithMe { numbers }).await?
    };
    let requested = app.desk.ask(reader.ctx(), RequestOf { ticket: ticket.id.into() }).await?;
    let device = app.desk.ask(reader.ctx(), DeviceOf { ticket: ticket.id.into() }).await?;
    let topic = format!("mine:{}", reader.id());
    let main = html! {
        a.back href="/tickets" { (icon(Icon::Left)) (t!("Your tickets")) }
        h1 dir="auto" { (ticket.subject) }
        div id="ticket-head" data-live-topic=(topic) {
            (steps(ticket.phase, &detail.progress, false))
            p.soft {
                (told(&detail.progress.sentence)) " "
                @if !waits_for.is_empty() { (t!("It is up to {whom}.", whom = waits_for.join(", "))) " " }
                @if ticket.phase.is_open() && let Some(usually) = requested.as_ref().and_then(|it| it.usually.as_ref()) { (sentence(usually)) " " }
                @if let Some(device) = &device { (th!("About: {device}.", device = device.name)) " " }
                span.quiet { (ticket.number) }
            }
        }
        div id="sheet" { (notice) }
        @let viewer = Viewer { me: reader.id(), clock: reader.clock(), files: "/attachments", shared: &shared };
        div.talk id="timeline" data-live-topic=(topic) { (talk(&viewer, detail)) }
        div id="next" data-live-topic=(topic) {
            @if detail.own && over {
                @let action = format!("/tickets/{}/rate", ticket.number);
                (rating(&action, reader.csrf(), &format!("{}:{action}", reader.id()), rated.as_ref(), typed.words))
            }
            (next(reader, detail, reads_along.as_deref(), typed.text))
        }
    };
    page(app, reader, Here::nowhere(ticket.subject.as_str()).with_status(status), &main).await
}

/// The other tickets that the conversation names.
fn named_in(detail: &TicketDetailView) -> Vec<TicketNumber> {
    let ticket = &detail.view.ticket;
    let said = detail.timeline.items.iter().filter(|item| item.public && item.fact.is_none());
    let texts = ticket.description.iter().map(Markdown::as_str).chain(said.map(|item| item.body.as_str()));
    let numbers: BTreeSet<_> =
        texts.flat_map(markdown::numbers_in).filter(|it| *it != ticket.number).collect();
    numbers.into_iter().collect()
}

/// Who reads a conversation.
pub(crate) struct Viewer<'a> {
    /// Whose words are their own.
    pub(crate) me: PersonId,
    /// When, and in which zone.
    pub(crate) clock: Clock<'a>,
    /// The address below which they find its files.
    pub(crate) files: &'a str,
    /// The tickets that are shared with them: their numbers lead there.
    pub(crate) shared: &'a [TicketNumber],
}

/// The conversation: what the requester wrote first, and every public word since.
pub(crate) fn talk(viewer: &Viewer<'_>, detail: &TicketDetailView) -> Markup {
    let ticket = &detail.view.ticket;
    let public: Vec<&TimelineItem> = detail.timeline.items.iter().filter(|item| item.public).collect();
    let files: Vec<(&FileView, String, String)> = detail
        .attachments
        .iter()
        .filter(|file| file.public)
        .map(|file| (file, format!("{}/{}", viewer.files, file.id), bytes(file.size)))
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
        |text| markdown::marked(text.as_str(), For::Requester, &[], viewer.shared),
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
        let mine = item.person.as_ref().is_some_and(|person| person.id == viewer.me);
        if let Some(fact) = &item.fact {
            // That it was raised, the first words say.
            if !matches!(fact, Fact::Opened { .. }) {
                let who = if mine { t!("You") } else { by };
                let did = if detail.own { told_to_requester(&item.body) } else { told(&item.body) };
                entries.push(Entry::Event(Event { text: html! { (who) " " (did) }, by: "", at: item.at }));
            }
            continue;
        }
        nth += 1;
        let named: Vec<_> = item.named.iter().map(|person| person.name.as_str()).collect();
        entries.push(Entry::Comment(Comment {
            id,
            voice: Voice::Public,
            by,
            via: item.byline.as_ref().and_then(|byline| byline.via.as_deref()),
            channel: "",
            at: item.at,
            body: markdown::marked(&item.body, For::Requester, &named, viewer.shared),
            attachments: &attachments[nth],
            mine,
        }));
    }
    let loose: Vec<_> = files.iter().filter(|(file, ..)| host(file).is_none()).collect();
    html! {
        (ui::timeline(&entries, viewer.clock))
        @if detail.timeline.next.is_some() {
            p.soft { (t!("This is a long conversation: only its first 200 entries are shown.")) }
        }
        @if !loose.is_empty() { ul.files aria-label=(t!("Files")) { @for file in loose { (draw(file)) } } }
    }
}

/// What can be done next, as the ticket stands.
fn next(reader: &Reader, detail: &TicketDetailView, reads_along: Option<&str>, text: &str) -> Markup {
    let readers = match reads_along {
        Some(leads) => t!("The service desk reads this, and {leads}, who leads you.", leads),
        None => t!("The service desk reads this.").to_owned(),
    };
    let ticket = &detail.view.ticket;
    let number = ticket.number;
    let again = html! { a.button href="/tickets/new" { (t!("Raise a new one")) } };
    if !detail.own && !detail.follows {
        return html! {
            (ui::notice(Tone::Plain, &th!("You read this because you lead {whom}. They answer, not you.", whom = detail.view.requester_name), &html! {}))
        };
    }
    if !detail.own {
        return html! {
            (ui::notice(Tone::Plain, &th!("You follow this ticket of {whom}.", whom = detail.view.requester_name), &verb(reader, detail, "follow", "", t!("Stop following"))))
        };
    }
    if let Some(merge) = &ticket.merged {
        let other = html! { a.button href={ "/tickets/" (merge.into_number) } { (th!("Open {number}", number = merge.into_number)) } };
        return ui::notice(Tone::Plain, &html! { (t!("It goes on together with another ticket.")) }, &other);
    }
    let say = |verb: &str, waits: &str, [placeholder, button, readers]: [&str; 3]| {
        let action = format!("/tickets/{number}/{verb}");
        words(&Saying {
            action: &action,
            csrf: reader.csrf(),
            key: &reader.form_key(),
            draft: &format!("{}:{action}", reader.id()),
            waits: Some(waits),
            placeholder,
            button,
            readers,
            text,
        })
    };
    match ticket.phase {
        Phase::Resolved if detail.progress.reopen_until.is_some_and(|until| reader.now() < until) => html! {
            (say("reopen", &t!("Reopening {number}", number), [t!("Still not right? Say what is wrong…"), t!("Reopen it"), t!("It is worked on again.")]))
            @if let Some(until) = detail.progress.reopen_until {
                p.soft { (t!("You can reopen it until {day}. After that it stays closed.", day = day(until, reader))) }
            }
        },
        Phase::Resolved | Phase::Closed => ui::notice(
            Tone::Plain,
            &html! { (t!("This ticket is closed. If it comes back, raise a new one.")) },
            &again,
        ),
        Phase::Cancelled => ui::notice(
            Tone::Plain,
            &html! { (t!("You do not need this any more. If you do after all, raise a new one.")) },
            &again,
        ),
        Phase::New | Phase::Active | Phase::Waiting => html! {
            (say("answer", &t!("Answer on {number}", number), [t!("Write an answer…"), t!("Send answer"), &readers]))
            (attach(reader, detail))
            div.acts {
                (verb(reader, detail, "withdraw", "bare", t!("I do not need it any more")))
            }
        },
    }
}

fn day(at: Timestamp, reader: &Reader) -> String {
    dated(&at.to_zoned(reader.clock().zone.clone()), t!("%A, %-d %B"))
}

/// One box for words, with one button.
pub(crate) struct Saying<'a> {
    /// Where they go.
    pub(crate) action: &'a str,
    /// The token of the reader's forms.
    pub(crate) csrf: &'a str,
    /// Sent twice, the same form does once what it does.
    pub(crate) key: &'a str,
    /// Under which the browser keeps them until they are sent.
    pub(crate) draft: &'a str,
    /// What they are called while they wait on a device without a connection, where they may.
    pub(crate) waits: Option<&'a str>,
    /// What stands in the box before.
    pub(crate) placeholder: &'a str,
    /// The act.
    pub(crate) button: &'a str,
    /// Who reads them.
    pub(crate) readers: &'a str,
    /// What was typed before.
    pub(crate) text: &'a str,
}

/// Draws the box.
pub(crate) fn words(saying: &Saying<'_>) -> Markup {
    html! {
        form.composer id="composer" method="post" action=(saying.action) data-live="ticket-head timeline sheet next" data-outbox=[saying.waits] {
            (ui::csrf_field(saying.csrf))
            input type="hidden" name="key" value=(saying.key);
            label.unseen for="composer-body" { (saying.placeholder.trim_end_matches('…')) }
            textarea dir="auto" id="composer-body" name="body" required placeholder=(saying.placeholder) data-draft=(saying.draft) { (saying.text) }
            div.composer-foot {
                span.readers { (icon(Icon::Eye)) span { (saying.readers) } }
                span.draft-status data-draft-status role="status" {}
                div.composer-acts { button.button.main id="composer-send" data-key="send" { (saying.button) } }
            }
        }
    }
}

fn attach(reader: &Reader, detail: &TicketDetailView) -> Markup {
    let number = detail.view.ticket.number;
    html! {
        details.more {
            summary { (icon(Icon::File)) (t!("Attach photos or files")) }
            form.form id="attach" method="post" action={ "/tickets/" (number) "/attach" } enctype="multipart/form-data"
                data-live="ticket-head timeline sheet next" data-outbox=(t!("Files for {number}", number)) {
                (ui::csrf_field(reader.csrf()))
                input type="hidden" name="key" value=(reader.form_key());
                (ui::field(&ui::Field {
                    input: ui::Input::Photos,
                    hint: t!("At most 10 files of 25 MB."),
                    ..ui::Field::new("files", t!("Photos or files"))
                }))
                div { button.button { (t!("Attach")) } }
            }
        }
    }
}

fn verb(reader: &Reader, detail: &TicketDetailView, verb: &str, class: &str, words: &str) -> Markup {
    let action = format!("/tickets/{}/{verb}", detail.view.ticket.number);
    ui::act(&action, reader.csrf(), &[], Some("ticket-head timeline sheet next"), class, words)
}

/// How one was helped: one tap, and more words for those who have them.
pub(crate) fn rating(
    action: &str,
    csrf: &str,
    draft: &str,
    rated: Option<&RatingView>,
    typed: Option<&str>,
) -> Markup {
    html! {
        form.rating method="post" action=(action) data-live="sheet timeline next" id="rating" {
            (ui::csrf_field(csrf))
            fieldset {
                legend { @if rated.is_some() { (t!("You said how it went")) } @else { (t!("How did it go?")) } }
                div.inline {
                    @for each in Rating::ALL {
                        @let chosen = rated.is_some_and(|rated| rated.rating == *each);
                        button.button.chosen[chosen] id={ "rate-" (each) } name="rating" value=(each) aria-pressed=(if chosen { "true" } else { "false" }) { (told_word(each.words())) }
                    }
                }
            }
            @if let Some(rated) = rated {
                details open[typed.is_some() || (rated.words.is_none() && rated.rating != Rating::Good)] {
                    summary { @if rated.words.is_some() { (t!("What you wrote")) } @else { (t!("Say more")) } }
                    label.unseen for="rating-words" { (t!("What should be different next time?")) }
                    textarea.input id="rating-words" name="words" rows="3" maxlength="2000" placeholder=(t!("What should be different next time?")) data-draft=(draft) { (typed.or(rated.words.as_deref()).unwrap_or_default()) }
                    div { button.button name="rating" value=(rated.rating) { (t!("Send")) } }
                }
            }
        }
    }
}
