//! The verbs of a ticket, as forms: each is one command, and leads back to the ticket.

use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use desk::{
    Command, Refused,
    ticket::{
        AddNote, AddReply, AssignTicket, ChangeTicket, Follow, LinkTickets, MergeTicket, TicketOutcome,
        TicketRef, TransitionTicket, Unfollow, UnlinkTickets, UnmergeTicket, WithTime,
    },
};
use domain::ticket::{
    Category, Change, Impact, LinkKind, Markdown, MergeReason, ResolutionCode, StateKey, Urgency,
};
use maud::html;
use serde::Deserialize;

use super::{
    seat::sheet,
    ticket::{Extras, From, page},
    time,
};
use crate::{
    AppState,
    page::{PageResult, Posted, Reader, see, sentence},
    problem::Problem,
    ui::{self, Tone},
    words::t,
};

fn address(ticket: &TicketRef, from: &From) -> String {
    format!("/desk/t/{ticket}?q={}", from.queue().param())
}

/// Back to the ticket, as it is now.
pub(super) fn back(ticket: &TicketRef, from: &From) -> Response {
    see(&address(ticket, from))
}

/// What was typed with a form, so that a refusal can show it again.
#[derive(Default)]
struct Typed {
    text: String,
    note: bool,
    spent: String,
}

/// Leads to the ticket after a change; after a refusal, shows the ticket with what stood in the way and what was typed.
async fn finish(
    app: &AppState,
    reader: &Reader,
    ticket: TicketRef,
    from: &From,
    typed: Typed,
    outcome: desk::Result<TicketOutcome>,
) -> PageResult {
    let refused = match outcome {
        Ok(_) if from.listed => return Ok(see(&from.queue().href())),
        Ok(_) => return Ok(see(&address(&ticket, from))),
        Err(refused @ (Refused::NotFound(_) | Refused::Store(_))) => return Err(refused.into()),
        Err(refused) => refused,
    };
    if from.listed {
        return not_done(app, reader, &ticket, from, refused).await;
    }
    let Typed { text, note, spent } = typed;
    if let Refused::Licence(verdict) = &refused {
        let (status, notice) = sheet(app, reader, verdict, &text).await?;
        return page(app, reader, ticket, from, Extras { status, notice, text, note, spent, error: None })
            .await;
    }
    let error = match &refused {
        Refused::Invalid(fields) => {
            fields.iter().find(|field| field.field == "body").map(|field| sentence(&field.message))
        }
        _ => None,
    };
    let problem = Problem::from(refused);
    let notice = if error.is_some() {
        html! {}
    } else {
        ui::notice(Tone::Warn, &html! { (sentence(&problem.detail)) }, &html! {})
    };
    let status = problem.kind.status();
    page(app, reader, ticket, from, Extras { status, notice, text, note, spent, error }).await
}

/// What stood in the way of a change from a list: the list stays as it is, and this comes over it.
async fn not_done(
    app: &AppState,
    reader: &Reader,
    ticket: &TicketRef,
    from: &From,
    refused: Refused,
) -> PageResult {
    let (status, sheet) = match refused {
        Refused::Licence(verdict) => sheet(app, reader, &verdict, "").await?,
        refused => {
            let problem = Problem::from(refused);
            let words = sentence(&problem.detail);
            (problem.kind.status(), html! { p.bad data-toast { (ticket) ": " (words) } })
        }
    };
    let body = ui::single(&html! {
        div id="sheet" { (sheet) }
        p { a.button href=(from.queue().href()) { (t!("Back to the list")) } }
    });
    Ok(reader.page_with(status, t!("Not done"), &body))
}

/// Shows the ticket with what stood in the way.
pub(super) async fn refused(
    app: &AppState,
    reader: &Reader,
    ticket: TicketRef,
    from: &From,
    refused: Refused,
) -> PageResult {
    finish(app, reader, ticket, from, Typed::default(), Err(refused)).await
}

async fn run<C>(
    app: &AppState,
    reader: &Reader,
    ticket: TicketRef,
    from: &From,
    command: desk::Result<C>,
) -> PageResult
where
    C: Command<Outcome = TicketOutcome>,
{
    let outcome = match command {
        Ok(command) => app.desk.execute(reader.ctx(), command).await,
        Err(refused) => Err(refused),
    };
    finish(app, reader, ticket, from, Typed::default(), outcome).await
}

/// What the composer sends.
#[derive(Deserialize)]
pub(super) struct Said {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    then: String,
    #[serde(default)]
    key: String,
    /// The time that it took, in the author's words.
    #[serde(default)]
    spent: String,
    /// The ticket to open when this is said, if the author goes on to the next.
    #[serde(default)]
    advance: String,
}

/// A reply or a note.
pub(super) async fn say(
    State(app): State<AppState>,
    Path(ticket): Path<String>,
    Query(from): Query<From>,
    posted: Posted<Said>,
) -> PageResult {
    let Posted { reader, form } = posted;
    let ticket: TicketRef = ticket.parse()?;
    let note = form.kind == "note";
    // Browsers send line breaks as CRLF.
    let text = form.body.replace("\r\n", "\n");
    let typed = Typed { text: text.clone(), note, spent: form.spent.clone() };
    let body = match Markdown::new(&text) {
        Ok(body) => body,
        Err(error) => {
            let refused = Err(Refused::field("body", error));
            return finish(&app, &reader, ticket, &from, typed, refused).await;
        }
    };
    let time = match time::with_words(&reader, &form.spent) {
        Ok(time) => time,
        Err(refused) => return finish(&app, &reader, ticket, &from, typed, Err(refused)).await,
    };
    let ctx = reader.ctx_once(Some(&form.key), &[&form.kind, &text, &form.then, &form.spent]);
    let outcome = if note {
        let say = AddNote { ticket, body, if_version: None };
        app.desk.execute(ctx, WithTime { say, time }).await
    } else {
        let solve = form.then == "solve";
        let then = if solve { StateKey::new("resolved").ok() } else { None };
        let resolution_code = if solve { ResolutionCode::new("solved").ok() } else { None };
        let say = AddReply { ticket, body, then, resolution_code, if_version: None };
        app.desk.execute(ctx, WithTime { say, time }).await
    };
    if outcome.is_ok()
        && let Ok(next) = form.advance.parse::<TicketRef>()
    {
        return Ok(see(&address(&next, &from)));
    }
    finish(&app, &reader, ticket, &from, typed, outcome).await
}

/// A step of the workflow.
#[derive(Deserialize)]
pub(super) struct Step {
    #[serde(default)]
    to: String,
    #[serde(default)]
    resolution_code: String,
    #[serde(default)]
    note: String,
}

pub(super) async fn step(
    State(app): State<AppState>,
    Path(ticket): Path<String>,
    Query(from): Query<From>,
    Posted { reader, form }: Posted<Step>,
) -> PageResult {
    let ticket: TicketRef = ticket.parse()?;
    let command = (|| {
        Ok(TransitionTicket {
            ticket,
            to: StateKey::new(&form.to).map_err(|error| Refused::field("to", error))?,
            resolution_code: given(&form.resolution_code).map(ResolutionCode::new).transpose()?,
            note: given(&form.note).map(Markdown::new).transpose()?,
            if_version: None,
        })
    })();
    run(&app, &reader, ticket, &from, command).await
}

fn given(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty()).then_some(text)
}

/// Whose task a ticket shall be. "keep" leaves the one or the other.
#[derive(Deserialize)]
pub(super) struct Assign {
    #[serde(default)]
    group: String,
    #[serde(default)]
    assignee: String,
}

pub(super) async fn assign(
    State(app): State<AppState>,
    Path(ticket): Path<String>,
    Query(from): Query<From>,
    Posted { reader, form }: Posted<Assign>,
) -> PageResult {
    let ticket: TicketRef = ticket.parse()?;
    let command = (|| {
        let unknown = |field| Refused::field(field, t!("choose one of the list"));
        let group = match form.group.as_str() {
            "keep" => None,
            "" => Some(None),
            id => Some(Some(id.parse().map_err(|_| unknown("group"))?)),
        };
        let assignee = match form.assignee.as_str() {
            "keep" => None,
            "" => Some(None),
            id => Some(Some(id.parse().map_err(|_| unknown("assignee"))?)),
        };
        Ok(AssignTicket { ticket, group, assignee, if_version: None })
    })();
    run(&app, &reader, ticket, &from, command).await
}

/// New impact and urgency, or what it is filed under, for the version that was looked at.
#[derive(Deserialize)]
pub(super) struct Pressing {
    #[serde(default)]
    impact: String,
    #[serde(default)]
    urgency: String,
    category: Option<String>,
    version: Option<u64>,
}

pub(super) async fn change(
    State(app): State<AppState>,
    Path(ticket): Path<String>,
    Query(from): Query<From>,
    Posted { reader, form }: Posted<Pressing>,
) -> PageResult {
    let ticket: TicketRef = ticket.parse()?;
    let command = (|| {
        let category = form.category.as_deref().map(|text| given(text).map(Category::new).transpose());
        let change = Change {
            impact: Impact::parse(&form.impact),
            urgency: Urgency::parse(&form.urgency),
            category: category.transpose()?,
            ..Change::default()
        };
        Ok(ChangeTicket { ticket, change, if_version: form.version })
    })();
    run(&app, &reader, ticket, &from, command).await
}

/// Another ticket, and how this one stands to it.
#[derive(Deserialize)]
pub(super) struct Other {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    other: String,
}

pub(super) async fn link(
    State(app): State<AppState>,
    Path(ticket): Path<String>,
    Query(from): Query<From>,
    Posted { reader, form }: Posted<Other>,
) -> PageResult {
    let ticket: TicketRef = ticket.parse()?;
    let command = (|| Ok(LinkTickets { from: ticket, to: named(&form.other)?, kind: kind(&form.kind)? }))();
    run(&app, &reader, ticket, &from, command).await
}

/// The ticket that somebody typed, or a sentence that says how one is typed.
fn named(text: &str) -> desk::Result<TicketRef> {
    text.trim()
        .parse()
        .map_err(|_| Refused::field("ticket", t!("write a ticket's number, for example INC-1042")))
}

fn kind(text: &str) -> desk::Result<LinkKind> {
    LinkKind::parse(text).ok_or_else(|| Refused::field("kind", t!("choose one of the list")))
}

/// A link to remove.
#[derive(Deserialize)]
pub(super) struct Between {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    kind: String,
}

pub(super) async fn unlink(
    State(app): State<AppState>,
    Path(ticket): Path<String>,
    Query(from): Query<From>,
    Posted { reader, form }: Posted<Between>,
) -> PageResult {
    let ticket: TicketRef = ticket.parse()?;
    let command =
        (|| Ok(UnlinkTickets { from: named(&form.from)?, to: named(&form.to)?, kind: kind(&form.kind)? }))();
    run(&app, &reader, ticket, &from, command).await
}

/// The ticket that goes on.
#[derive(Deserialize)]
pub(super) struct Into {
    #[serde(default)]
    into: String,
    #[serde(default)]
    reason: String,
}

pub(super) async fn merge(
    State(app): State<AppState>,
    Path(ticket): Path<String>,
    Query(from): Query<From>,
    Posted { reader, form }: Posted<Into>,
) -> PageResult {
    let ticket: TicketRef = ticket.parse()?;
    let command = (|| {
        let reason = given(&form.reason).map(MergeReason::new).transpose()?;
        Ok(MergeTicket { ticket, into: named(&form.into)?, reason, if_version: None })
    })();
    run(&app, &reader, ticket, &from, command).await
}

pub(super) async fn unmerge(
    State(app): State<AppState>,
    Path(ticket): Path<String>,
    Query(from): Query<From>,
    Posted { reader, .. }: Posted<super::seat::Nothing>,
) -> PageResult {
    let ticket: TicketRef = ticket.parse()?;
    run(&app, &reader, ticket, &from, Ok(UnmergeTicket { ticket })).await
}

/// Whether to follow a ticket from now on.
#[derive(Deserialize)]
pub(super) struct Following {
    #[serde(default)]
    follow: String,
}

pub(super) async fn follow(
    State(app): State<AppState>,
    Path(ticket): Path<String>,
    Query(from): Query<From>,
    Posted { reader, form }: Posted<Following>,
) -> PageResult {
    let ticket: TicketRef = ticket.parse()?;
    if form.follow == "no" {
        run(&app, &reader, ticket, &from, Ok(Unfollow { ticket })).await
    } else {
        run(&app, &reader, ticket, &from, Ok(Follow { ticket })).await
    }
}
