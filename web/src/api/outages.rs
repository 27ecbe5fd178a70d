//! Known outages.

use axum::{Json, extract::State, response::Response};
use desk::ticket::{
    AnnounceOutage, EndOutage, JoinOutage, KnownOutages, LeaveOutage, NewsView, OutageDetail,
    OutageDetailView, OutageView, OutageWritten, OutagesOver, SeeOutageEnd, TicketRef, UpdateOutage,
};
use domain::{
    OutageId, Timestamp,
    identity::Capability,
    ticket::{OutageNews, OutageTitle, TicketNumber},
};
use http::StatusCode;
use serde_json::json;

use super::{
    answer::{Listed, created, versioned},
    body::{Asked, At, Call, told},
    operation::{self, delete, get, post, put},
    wire::wire,
};
use crate::{context::ApiCaller, problem::Result, routes::API, state::AppState};

pub(super) fn subject() -> operation::Subject {
    let example = json!({
        "title": "E-mail does not arrive", "news": "We know of it. Chat and telephone work.", "expected_end": null
    });
    operation::Subject {
        tag: "outages",
        about: "What everybody is told of incidents that hit many, and whom they hit.",
        operations: vec![
            get("list_outages", "/outages", list)
                .says("The outages that go on, the latest first; with `over=true` those that ended in the last 30 days.")
                .needs(Capability::PortalUse)
                .asks("about", json!({ "type": "string" }), "Only those that go on and that these words are about.")
                .asks("over", json!({ "type": "boolean" }), "Those that are over instead.")
                .lists::<OutageView>(),
            get("get_outage", "/outages/{outage}", show)
                .says("An outage with all that was told of it, and its version as ETag.")
                .needs(Capability::PortalUse)
                .answers::<OutageDetailView>(),
            post("announce_outage", "/tickets/{ticket}/outage", announce)
                .says("Tell everybody that an incident is an outage.")
                .needs(Capability::TicketWork)
                .takes::<OutageSent>(example.clone())
                .creates::<OutageWritten>(),
            put("update_outage", "/outages/{outage}", update)
                .says("Tell everybody how an outage stands.")
                .needs(Capability::TicketWork)
                .may_match()
                .takes::<OutageUpdateSent>(example)
                .answers::<OutageWritten>(),
            post("end_outage", "/outages/{outage}/end", end)
                .says("Say that an outage is over. It ends by itself when its incident is resolved.")
                .needs(Capability::TicketWork)
                .may_match()
                .takes::<OutageEndSent>(json!({ "news": "Mail arrives again." }))
                .answers::<OutageWritten>(),
            post("join_outage", "/outages/{outage}/affected", join)
                .says("Say that an outage hits one too.")
                .needs(Capability::PortalUse),
            delete("leave_outage", "/outages/{outage}/affected", leave)
                .says("Say that it does not after all.")
                .needs(Capability::PortalUse),
            post("see_outage_end", "/outages/{outage}/seen", seen)
                .says("Take note that an outage that had hit one is over.")
                .needs(Capability::PortalUse),
        ],
    }
}

wire! {
    /// An outage as everybody sees it.
    OutageView as "Outage" {
        id: OutageId,
        title: OutageTitle,
        /// What was told last, in Markdown.
        news: String,
        news_at: Timestamp,
        announced_at: Timestamp,
        expected_end: Option<Timestamp>,
        ended_at: Option<Timestamp>,
        /// How many said that it hits them.
        affected: u32,
        /// Whether the caller did.
        mine: bool,
        /// The incident behind it, for technicians.
        ticket: Option<TicketNumber>,
        /// Grows with every change; the ETag.
        version: u64,
    }
    /// What everybody was told at one time.
    NewsView as "OutageNews" {
        at: Timestamp,
        /// In Markdown.
        body: String,
        /// Who told it, for technicians.
        author_name: Option<String>,
    }
    /// An outage with all that was told of it.
    OutageDetailView as "OutageDetail" + OutageView {
        /// The latest first.
        story: Vec<NewsView>,
        /// The first hundred of those whom it hits, by name, for technicians.
        people: Vec<String>,
    }
    /// Which outage was written.
    OutageWritten as "OutageWritten" {
        id: OutageId,
        version: u64,
    }
}

told! {
    /// An outage to announce.
    OutageSent {
        /// What is out of order, as everybody reads it.
        required title: OutageTitle,
        /// What is known, and what to do meanwhile, in Markdown.
        required news: OutageNews,
        /// When it is expected to be over.
        optional expected_end: Timestamp,
    }
    /// How an outage stands.
    OutageUpdateSent {
        /// What is out of order, as everybody reads it.
        required title: OutageTitle,
        /// What there is to tell, in Markdown; without it only title and expected end change.
        optional news: OutageNews,
        /// When it is expected to be over.
        optional expected_end: Timestamp,
    }
    /// The end of an outage.
    OutageEndSent {
        /// What there is to tell at its end, in Markdown.
        optional news: OutageNews,
    }
}

async fn list(
    State(app): State<AppState>,
    caller: ApiCaller,
    asked: Asked,
) -> Result<Json<Listed<OutageView>>> {
    let (about, over) = asked.read(|query| {
        Some((
            query.optional::<String>("about", "some words"),
            query.optional::<bool>("over", "true or false"),
        ))
    })?;
    Ok(Listed::whole(if over == Some(true) {
        app.desk.ask(caller.context(), OutagesOver).await?
    } else {
        app.desk.ask(caller.context(), KnownOutages { about }).await?
    }))
}

async fn show(State(app): State<AppState>, At(outage): At<OutageId>, caller: ApiCaller) -> Result<Response> {
    let detail = app.desk.ask(caller.context(), OutageDetail { outage }).await?;
    Ok(versioned(detail.outage.version, detail))
}

async fn announce(
    State(app): State<AppState>,
    At(ticket): At<TicketRef>,
    call: Call<OutageSent>,
) -> Result<Response> {
    let OutageSent { title, news, expected_end } = call.told;
    let written = app.desk.execute(call.ctx, AnnounceOutage { ticket, title, news, expected_end }).await?;
    Ok(created(&format!("{API}/outages/{}", written.id), written))
}

async fn update(
    State(app): State<AppState>,
    At(outage): At<OutageId>,
    call: Call<OutageUpdateSent>,
) -> Result<Json<OutageWritten>> {
    let OutageUpdateSent { title, news, expected_end } = call.told;
    let command = UpdateOutage { outage, title, news, expected_end, if_version: call.if_match };
    Ok(Json(app.desk.execute(call.ctx, command).await?))
}

async fn end(
    State(app): State<AppState>,
    At(outage): At<OutageId>,
    call: Call<OutageEndSent>,
) -> Result<Json<OutageWritten>> {
    let command = EndOutage { outage, news: call.told.news, if_version: call.if_match };
    Ok(Json(app.desk.execute(call.ctx, command).await?))
}

async fn join(State(app): State<AppState>, At(outage): At<OutageId>, call: Call<()>) -> Result<StatusCode> {
    app.desk.execute(call.ctx, JoinOutage { outage }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn leave(State(app): State<AppState>, At(outage): At<OutageId>, call: Call<()>) -> Result<StatusCode> {
    app.desk.execute(call.ctx, LeaveOutage { outage }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn seen(State(app): State<AppState>, At(outage): At<OutageId>, call: Call<()>) -> Result<StatusCode> {
    app.desk.execute(call.ctx, SeeOutageEnd { outage }).await?;
    Ok(StatusCode::NO_CONTENT)
}
