//! What is said on a ticket, who follows it, and what it has to do with others.

use axum::{Json, extract::State, response::Response};
use desk::ticket::{
    AddNote, AddReply, AddWatcher, Byline, Follow, LinkTickets, LinkView, NamedPerson, RateTicket, RatingOf,
    RatingView, RemoveWatcher, ReopenTicket, TicketDetail, TicketRef, TimelineItem, TimelinePage, Unfollow,
    UnlinkTickets, WithTime, WithdrawTicket,
};
use domain::{
    CommentId, PersonId, TicketId, Timestamp,
    identity::{Capability, Channel, ExternalIdentity},
    ticket::{
        LinkKind, Markdown, Rating, RatingWords, ResolutionCode, Spent, StateKey, Ticket, TicketNumber,
    },
};
use http::StatusCode;
use serde_json::json;

use super::{
    answer::{Listed, created_version, versioned},
    body::{Asked, At, At2, Call, told},
    notes::time_with,
    operation::{self, delete, get, post, put},
    tickets::{answer_change, other_ticket},
    wire::{Document, Perhaps, wire},
};
use crate::{
    context::ApiCaller,
    problem::{Problem, Result},
    routes,
    state::AppState,
};

pub(super) fn subject() -> operation::Subject {
    operation::Subject {
        tag: "conversation",
        about: "What is said on a ticket, who follows it, and what it has to do with others.",
        operations: vec![
            get("read_timeline", "/tickets/{ticket}/timeline", timeline)
                .says("What happened to a ticket, oldest first; requesters see what is public.")
                .paged()
                .lists::<TimelineItem>(),
            post("reply_to_ticket", "/tickets/{ticket}/replies", reply)
                .says("Write a reply, which the requester reads. On one's own ticket it is free.")
                .may_match()
                .takes::<Reply>(json!({ "body": "It works again, thank you." }))
                .creates::<Ticket>(),
            post("note_on_ticket", "/tickets/{ticket}/notes", note)
                .says("Write a work note, which only technicians read.")
                .needs(Capability::TicketWork)
                .may_match()
                .takes::<Note>(json!({ "body": "The fuser is worn." }))
                .creates::<Ticket>(),
            post("withdraw_ticket", "/tickets/{ticket}/withdraw", withdraw)
                .says("Withdraw one's own ticket.")
                .takes::<()>(json!({}))
                .answers::<Ticket>(),
            post("reopen_ticket", "/tickets/{ticket}/reopen", reopen)
                .says("Reopen one's own resolved ticket, with what is still wrong.")
                .takes::<StillWrong>(json!({ "because": "It jams again." }))
                .answers::<Ticket>(),
            get("read_rating", "/tickets/{ticket}/rating", rating)
                .says("How its requester was helped, in their own judgement; for them and for technicians.")
                .answers::<RatingView>(),
            put("rate_ticket", "/tickets/{ticket}/rating", rate)
                .says("Say how one was helped with one's own ticket, once it is solved.")
                .takes::<RatingSent>(json!({ "rating": "good" })),
            get("list_watchers", "/tickets/{ticket}/watchers", watchers)
                .says("Who follows a ticket; none for who does not work it.")
                .lists::<NamedPerson>(),
            post("add_watcher", "/tickets/{ticket}/watchers", watch)
                .says("Let somebody follow a ticket. To follow it oneself is free.")
                .takes::<NewWatcher>(json!({ "person": "0190c7a2-7f3e-7cc1-9d3f-2b6a3c1d9e42" }))
                .answers::<Ticket>(),
            delete("remove_watcher", "/tickets/{ticket}/watchers/{person}", unwatch)
                .says("End that somebody follows a ticket.")
                .answers::<Ticket>(),
            get("list_links", "/tickets/{ticket}/links", links)
                .says("The tickets that a ticket has to do with; none for who does not work it.")
                .lists::<LinkView>(),
            post("link_tickets", "/tickets/{ticket}/links", link)
                .says("Link a ticket to another.")
                .needs(Capability::TicketWork)
                .takes::<NewLink>(json!({ "to": "INC-1", "kind": "relates_to" }))
                .answers::<Ticket>(),
            delete("unlink_tickets", "/tickets/{ticket}/links", unlink)
                .says("Remove a link.")
                .needs(Capability::TicketWork)
                .must_ask("to", json!({ "type": "string" }), "The other ticket, by id or number.")
                .must_ask("kind", json!({ "type": "string" }), "The link's kind.")
                .answers::<Ticket>(),
        ],
    }
}

wire! {
    /// How a requester was helped, in their own judgement.
    RatingView as "Rating" {
        rating: Rating,
        /// More about it.
        words: Option<String>,
        at: Timestamp,
    }
}

told! {
    /// How one was helped.
    RatingSent {
        /// How it went.
        required rating: Rating,
        /// More about it; without it, what was said before stays, and `null` takes it back.
        nullable words: RatingWords,
    }
}

async fn rating(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(ticket): At<TicketRef>,
) -> Result<Json<RatingView>> {
    let rated = app.desk.ask(caller.context(), RatingOf { ticket }).await?;
    Ok(Json(rated.ok_or(desk::Refused::NotFound("rating"))?))
}

async fn rate(
    State(app): State<AppState>,
    At(ticket): At<TicketRef>,
    call: Call<RatingSent>,
) -> Result<StatusCode> {
    let RatingSent { rating, words } = call.told;
    app.desk.execute(call.ctx, RateTicket { ticket, rating, words }).await?;
    Ok(StatusCode::NO_CONTENT)
}

wire! {
    /// A person as others see them.
    NamedPerson as "NamedPerson" {
        id: PersonId,
        name: String,
    }
    /// A person at another system.
    ExternalIdentity as "ExternalIdentity" {
        /// The system that vouches for the subject.
        issuer: String,
        /// The person's stable id there.
        subject: String,
        name: String,
        email: Option<String>,
    }
    /// Through which account and channel an entry came, and on which seat.
    Byline as "Byline" {
        channel: Channel,
        /// The service account that spoke for the person.
        via: Perhaps<String>,
        external: Perhaps<ExternalIdentity>,
        /// The seat or token that the act consumed: `seat 3`, `token 7`.
        seat: Perhaps<String>,
    }
    /// One entry of a timeline.
    TimelineItem as "TimelineItem" {
        id: CommentId,
        at: Timestamp,
        /// `reply`, `note` or `fact`.
        kind: String,
        person: Option<NamedPerson>,
        byline: Option<Byline>,
        /// Markdown of a reply or note; the sentence of a fact.
        body: String,
        /// A fact as data.
        fact: Perhaps<Document>,
        public: bool,
        /// Whom it names and told, each as the text calls them.
        named: Vec<NamedPerson>,
    }
    /// A link as a ticket sees it.
    LinkView as "Link" {
        kind: LinkKind,
        /// Whether it reads from this ticket to the other.
        outward: bool,
        words: String,
        other: TicketId,
        number: TicketNumber,
        subject: String,
        state_label: String,
        /// What is known of the cause, in Markdown, where this ticket reads to a problem.
        known: Option<String>,
    }
}

told! {
    /// A reply.
    Reply {
        /// What to say, in Markdown.
        required body: Markdown,
        /// A step of the workflow to take with it. Only a technician takes steps.
        optional then: StateKey,
        /// How it was resolved, where the step asks for it.
        optional resolution_code: ResolutionCode,
        /// The minutes that it took, recorded with it for today in UTC.
        optional minutes: Spent,
    }
    /// A work note.
    Note {
        /// What to note, in Markdown.
        required body: Markdown,
        /// The minutes that it took, recorded with it for today in UTC.
        optional minutes: Spent,
    }
    /// Why a ticket is reopened.
    StillWrong {
        /// What is still wrong, in Markdown.
        optional because: Markdown,
    }
    /// Somebody who shall follow a ticket.
    NewWatcher {
        /// Who.
        required person: PersonId,
    }
    /// A link to make.
    NewLink {
        /// The other ticket, by id or number.
        required to: String,
        /// How this one stands to it.
        required kind: LinkKind,
    }
}

async fn timeline(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(ticket): At<TicketRef>,
    asked: Asked,
) -> Result<Json<Listed<TimelineItem>>> {
    let page = asked.paging()?;
    let after = page.after.as_deref().map(|after| {
        let halves = after.split_once('~').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
        halves.ok_or_else(|| {
            Problem::field("after", "is no place in this list; use the `next` of the page before")
        })
    });
    let after: Option<(Timestamp, CommentId)> = after.transpose()?;
    let query = TimelinePage { ticket, after, limit: page.limit };
    let view = app.desk.ask(caller.context(), query).await?;
    Ok(Listed::new(view.items, view.next.map(|(at, id)| format!("{at}~{id}"))))
}

async fn reply(
    State(app): State<AppState>,
    At(ticket): At<TicketRef>,
    call: Call<Reply>,
) -> Result<Response> {
    let (look, if_version) = (call.look(), call.if_match);
    let Reply { body, then, resolution_code, minutes } = call.told;
    let say = AddReply { ticket, body, then, resolution_code, if_version };
    let command = WithTime { say, time: time_with(&call.ctx, minutes) };
    answer_comment(&app, ticket, look, app.desk.execute(call.ctx, command).await).await
}

async fn note(State(app): State<AppState>, At(ticket): At<TicketRef>, call: Call<Note>) -> Result<Response> {
    let (look, if_version) = (call.look(), call.if_match);
    let say = AddNote { ticket, body: call.told.body, if_version };
    let command = WithTime { say, time: time_with(&call.ctx, call.told.minutes) };
    answer_comment(&app, ticket, look, app.desk.execute(call.ctx, command).await).await
}

async fn answer_comment(
    app: &AppState,
    reference: TicketRef,
    look: desk::Context,
    changed: desk::Result<Box<Ticket>>,
) -> Result<Response> {
    match changed {
        Ok(ticket) => {
            let place = format!("{}/timeline", routes::api_ticket(ticket.id));
            Ok(created_version(&place, ticket.version, &ticket))
        }
        stale => answer_change(app, reference, look, stale).await,
    }
}

async fn withdraw(
    State(app): State<AppState>,
    At(ticket): At<TicketRef>,
    call: Call<()>,
) -> Result<Response> {
    let ticket = app.desk.execute(call.ctx, WithdrawTicket { ticket }).await?;
    Ok(versioned(ticket.version, &ticket))
}

async fn reopen(
    State(app): State<AppState>,
    At(ticket): At<TicketRef>,
    call: Call<StillWrong>,
) -> Result<Response> {
    let command = ReopenTicket { ticket, because: call.told.because };
    let ticket = app.desk.execute(call.ctx, command).await?;
    Ok(versioned(ticket.version, &ticket))
}

async fn watchers(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(ticket): At<TicketRef>,
) -> Result<Json<Listed<NamedPerson>>> {
    let detail = app.desk.ask(caller.context(), TicketDetail { ticket }).await?;
    Ok(Listed::whole(detail.watchers))
}

async fn watch(
    State(app): State<AppState>,
    At(ticket): At<TicketRef>,
    call: Call<NewWatcher>,
) -> Result<Response> {
    let person = call.told.person;
    let ticket = if call.ctx.principal.person_id() == Some(person) {
        app.desk.execute(call.ctx, Follow { ticket }).await?
    } else {
        app.desk.execute(call.ctx, AddWatcher { ticket, person }).await?
    };
    Ok(versioned(ticket.version, &ticket))
}

async fn unwatch(
    State(app): State<AppState>,
    At2(ticket, person): At2<TicketRef, PersonId>,
    call: Call<()>,
) -> Result<Response> {
    let ticket = if call.ctx.principal.person_id() == Some(person) {
        app.desk.execute(call.ctx, Unfollow { ticket }).await?
    } else {
        app.desk.execute(call.ctx, RemoveWatcher { ticket, person }).await?
    };
    Ok(versioned(ticket.version, &ticket))
}

async fn links(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(ticket): At<TicketRef>,
) -> Result<Json<Listed<LinkView>>> {
    let detail = app.desk.ask(caller.context(), TicketDetail { ticket }).await?;
    Ok(Listed::whole(detail.links))
}

async fn link(State(app): State<AppState>, At(from): At<TicketRef>, call: Call<NewLink>) -> Result<Response> {
    let to = other_ticket("to", &call.told.to)?;
    let command = LinkTickets { from, to, kind: call.told.kind };
    let ticket = app.desk.execute(call.ctx, command).await?;
    Ok(versioned(ticket.version, &ticket))
}

async fn unlink(
    State(app): State<AppState>,
    At(from): At<TicketRef>,
    asked: Asked,
    call: Call<()>,
) -> Result<Response> {
    let (to, kind) = asked.read(|query| {
        let to = query.required::<String>("to", "a ticket's id or number");
        let kind = query.required::<String>("kind", "the link's kind");
        Some((to?, kind?))
    })?;
    let to = other_ticket("to", &to)?;
    let kind = LinkKind::parse(&kind).ok_or_else(|| {
        let known: Vec<_> = LinkKind::ALL.iter().map(|kind| kind.as_str()).collect();
        Problem::field("kind", format!("must be one of {}", known.join(", ")))
    })?;
    let ticket = app.desk.execute(call.ctx, UnlinkTickets { from, to, kind }).await?;
    Ok(versioned(ticket.version, &ticket))
}
