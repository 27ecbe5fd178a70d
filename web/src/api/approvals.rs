//! Approvals.

use axum::{Json, extract::State, response::Response};
use desk::ticket::{
    AnswerApproval, ApprovalDetail, ApprovalDetailView, ApprovalView, ApprovalWritten, ApprovalsOf,
    ApproverView, AskApproval, MyApprovals, NamedPerson, TicketRef, WithdrawApproval,
};
use domain::{
    ApprovalId, PersonId, Timestamp,
    identity::Capability,
    ticket::{ApprovalEnd, ApprovalQuestion, ApprovalWords, Decision, Ended, Quorum, TicketNumber},
};
use serde_json::json;

use super::{
    answer::{Listed, created},
    body::{Asked, At, Call, told},
    operation::{self, delete, get, post},
    wire::wire,
};
use crate::{context::ApiCaller, problem::Result, routes::API, state::AppState};

pub(super) fn subject() -> operation::Subject {
    operation::Subject {
        tag: "approvals",
        about: "Who is asked whether a ticket may go on, and what they say. Answering needs no seat.",
        operations: vec![
            get("list_my_approvals", "/approvals", mine)
                .says("What waits for the caller's answer, the oldest first; with `answered=true` what they answered in the last 30 days, the latest first. At most fifty of either.")
                .needs(Capability::PortalUse)
                .asks("answered", json!({ "type": "boolean" }), "What the caller has answered instead.")
                .lists::<ApprovalView>(),
            get("get_approval", "/approvals/{approval}", show)
                .says("An asking with what the requester wrote, for those who are asked and for technicians.")
                .needs(Capability::PortalUse)
                .answers::<ApprovalDetailView>(),
            get("list_ticket_approvals", "/tickets/{ticket}/approvals", of_ticket)
                .says("What was asked about a ticket, the latest first.")
                .needs(Capability::TicketRead)
                .lists::<ApprovalView>(),
            post("ask_approval", "/tickets/{ticket}/approvals", ask)
                .says("Ask people whether a ticket may go on. It waits until they have decided.")
                .needs(Capability::TicketWork)
                .may_match()
                .takes::<ApprovalSent>(json!({
                    "question": "A second screen for Anna Berg, 240 EUR.",
                    "people": ["01941f29-7c00-7000-8000-000000000001"]
                }))
                .creates::<ApprovalWritten>(),
            post("answer_approval", "/approvals/{approval}/answer", answer)
                .says("Say yes or no. Until it is decided one may think again; a no says why.")
                .needs(Capability::PortalUse)
                .takes::<AnswerSent>(json!({ "decision": "approved" }))
                .answers::<ApprovalWritten>(),
            delete("withdraw_approval", "/approvals/{approval}", withdraw)
                .says("Take the question back.")
                .needs(Capability::TicketWork)
                .answers::<ApprovalWritten>(),
        ],
    }
}

wire! {
    /// One of those who are asked, and what they said.
    ApproverView as "Approver" {
        person: NamedPerson,
        /// Nothing until they answer.
        decision: Option<Decision>,
        words: Option<ApprovalWords>,
        at: Option<Timestamp>,
    }
    /// How and when an asking ended.
    Ended as "ApprovalEnded" {
        how: ApprovalEnd,
        at: Timestamp,
    }
    /// An asking.
    ApprovalView as "Approval" {
        id: ApprovalId,
        /// The number of the ticket.
        ticket: TicketNumber,
        subject: String,
        requester_name: String,
        /// What is to be approved, in Markdown.
        question: ApprovalQuestion,
        quorum: Quorum,
        asked_by: NamedPerson,
        asked_at: Timestamp,
        approvers: Vec<ApproverView>,
        ended: Option<Ended>,
        /// Whether it waits for the caller.
        waits_for_me: bool,
        /// What the caller has answered.
        my_decision: Option<Decision>,
        /// Grows with every change.
        version: u64,
    }
    /// An asking with what its ticket says.
    ApprovalDetailView as "ApprovalDetail" + ApprovalView {
        /// What the requester wrote, in Markdown.
        description: Option<String>,
        raised_at: Timestamp,
    }
    /// Which asking was written.
    ApprovalWritten as "ApprovalWritten" {
        id: ApprovalId,
        version: u64,
        ended: Option<ApprovalEnd>,
    }
}

told! {
    /// People to ask.
    ApprovalSent {
        /// What is to be approved, in Markdown.
        required question: ApprovalQuestion,
        /// One to ten people. Neither the requester nor the caller.
        required people: Vec<PersonId>,
        /// Whose answers are needed: `all`, unless it says `any`.
        optional quorum: Quorum,
    }
    /// A yes or a no.
    AnswerSent {
        /// Yes or no.
        required decision: Decision,
        /// What there is to say with it; a no says why.
        optional words: ApprovalWords,
    }
}

async fn mine(
    State(app): State<AppState>,
    caller: ApiCaller,
    asked: Asked,
) -> Result<Json<Listed<ApprovalView>>> {
    let answered = asked.read(|query| Some(query.optional::<bool>("answered", "true or false")))?;
    let mine = app.desk.ask(caller.context(), MyApprovals).await?;
    Ok(Listed::whole(if answered == Some(true) { mine.answered } else { mine.waiting }))
}

async fn show(
    State(app): State<AppState>,
    At(approval): At<ApprovalId>,
    caller: ApiCaller,
) -> Result<Json<ApprovalDetailView>> {
    Ok(Json(app.desk.ask(caller.context(), ApprovalDetail { approval }).await?))
}

async fn of_ticket(
    State(app): State<AppState>,
    At(ticket): At<TicketRef>,
    caller: ApiCaller,
) -> Result<Json<Listed<ApprovalView>>> {
    Ok(Listed::whole(app.desk.ask(caller.context(), ApprovalsOf { ticket }).await?))
}

async fn ask(
    State(app): State<AppState>,
    At(ticket): At<TicketRef>,
    call: Call<ApprovalSent>,
) -> Result<Response> {
    let ApprovalSent { question, people, quorum } = call.told;
    let quorum = quorum.unwrap_or(Quorum::All);
    let command = AskApproval { ticket, question, quorum, people, if_version: call.if_match };
    let written = app.desk.execute(call.ctx, command).await?;
    Ok(created(&format!("{API}/approvals/{}", written.id), written))
}

async fn answer(
    State(app): State<AppState>,
    At(approval): At<ApprovalId>,
    call: Call<AnswerSent>,
) -> Result<Json<ApprovalWritten>> {
    let AnswerSent { decision, words } = call.told;
    Ok(Json(app.desk.execute(call.ctx, AnswerApproval { approval, decision, words }).await?))
}

async fn withdraw(
    State(app): State<AppState>,
    At(approval): At<ApprovalId>,
    call: Call<()>,
) -> Result<Json<ApprovalWritten>> {
    Ok(Json(app.desk.execute(call.ctx, WithdrawApproval { approval }).await?))
}
