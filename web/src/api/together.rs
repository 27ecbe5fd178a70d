//! Several things done to a ticket as one act, and what they would do to many.

use axum::{Json, extract::State, response::Response};
use desk::{
    Refused,
    ticket::{Foreseen, Preview, PreviewWork, TicketRef, WorkTicket},
};
use domain::{
    GroupId, PersonId,
    identity::Capability,
    ticket::{
        Assignee, Category, Group, Impact, Markdown, ResolutionCode, Saying, StateKey, Ticket, TicketNumber,
        Urgency, Work,
    },
};
use serde::Serialize;
use serde_json::json;

use super::{
    answer::Listed,
    body::{At, Call, told},
    operation::{self, post},
    tickets::answer_change,
    wire::wire,
};
use crate::{problem::Result, state::AppState};

pub(super) fn subject() -> operation::Subject {
    operation::Subject {
        tag: "work",
        about: "Several things done to tickets as one act each.",
        operations: vec![
            post("work_ticket", "/tickets/{ticket}/work", work)
                .says("Do several things to a ticket as one act: all of it or none.")
                .needs(Capability::TicketWork)
                .may_match()
                .takes::<WorkSent>(json!({ "note": "Handed over.", "assignee": null, "impact": "low" }))
                .answers::<Ticket>(),
            post("preview_work", "/work-previews", preview)
                .says("What some work would do to each of some tickets, at most 100. Nothing is done, and no licence is taken.")
                .needs(Capability::TicketWork)
                .takes::<WorkPreviewed>(json!({ "tickets": ["INC-1"], "impact": "low" }))
                .lists::<WorkPreview>(),
        ],
    }
}

/// What some work would do to one ticket.
#[derive(Debug, Serialize)]
struct WorkPreview {
    number: TicketNumber,
    subject: String,
    version: u64,
    facts: Vec<String>,
    refused: Option<String>,
}

impl From<Preview> for WorkPreview {
    fn from(preview: Preview) -> Self {
        let Preview { number, subject, version, foreseen } = preview;
        let (facts, refused) = match foreseen {
            Foreseen::Changes { facts } => (facts, None),
            Foreseen::Nothing => (Vec::new(), None),
            Foreseen::Refused { why } => (Vec::new(), Some(why)),
        };
        Self { number, subject, version, facts, refused }
    }
}

wire! {
    /// What some work would do to one ticket.
    WorkPreview as "WorkPreview" {
        number: TicketNumber,
        subject: String,
        /// The version that was looked at.
        version: u64,
        /// What its timeline would say; empty where it is so already, or cannot be.
        facts: Vec<String>,
        /// Why it cannot be done.
        refused: Option<String>,
    }
}

told! {
    /// What is to be done to a ticket. What is left out stays as it is.
    WorkSent {
        /// A public reply.
        optional reply: Markdown,
        /// A work note, instead of a reply.
        optional note: Markdown,
        /// Whose queue it goes to; `null` for none.
        nullable group: GroupId,
        /// Who takes it; `null` for nobody.
        nullable assignee: PersonId,
        /// How much is hurt.
        optional impact: Impact,
        /// How soon it hurts.
        optional urgency: Urgency,
        /// What it is filed under.
        optional category: Category,
        /// The state to go to.
        optional to: StateKey,
        /// How it was resolved, where the step asks for it.
        optional resolution_code: ResolutionCode,
    }
    /// Some tickets, and what is to be done to them.
    WorkPreviewed {
        /// The tickets, at most 100.
        required tickets: Vec<TicketNumber>,
        /// A public reply.
        optional reply: Markdown,
        /// A work note, instead of a reply.
        optional note: Markdown,
        /// Whose queue they go to; `null` for none.
        nullable group: GroupId,
        /// Who takes them; `null` for nobody.
        nullable assignee: PersonId,
        /// How much is hurt.
        optional impact: Impact,
        /// How soon it hurts.
        optional urgency: Urgency,
        /// What they are filed under.
        optional category: Category,
        /// The state to go to.
        optional to: StateKey,
        /// How they were resolved, where the step asks for it.
        optional resolution_code: ResolutionCode,
    }
}

impl WorkSent {
    fn read(self) -> Result<Work> {
        let Self { reply, note, group, assignee, impact, urgency, category, to, resolution_code } = self;
        let say = match (reply, note) {
            (Some(_), Some(_)) => {
                return Err(Refused::field("note", "send a reply or a note, not both").into());
            }
            (Some(reply), None) => Some(Saying::Reply(reply)),
            (None, Some(note)) => Some(Saying::Note(note)),
            (None, None) => None,
        };
        let work = Work {
            say,
            group: group.map(|group| group.map_or(Group::None, Group::Is)),
            assignee: assignee.map(|person| person.map_or(Assignee::Nobody, Assignee::Person)),
            impact,
            urgency,
            category,
            to,
            resolution_code,
        };
        if work.is_empty() {
            return Err(Refused::Rule(
                "nothing is to be done; send at least one thing to change or to say".to_owned(),
            )
            .into());
        }
        Ok(work)
    }
}

async fn work(
    State(app): State<AppState>,
    At(ticket): At<TicketRef>,
    call: Call<WorkSent>,
) -> Result<Response> {
    let (look, if_version) = (call.look(), call.if_match);
    let changed =
        app.desk.execute(call.ctx, WorkTicket { ticket, work: call.told.read()?, if_version }).await;
    answer_change(&app, ticket, look, changed).await
}

async fn preview(
    State(app): State<AppState>,
    call: Call<WorkPreviewed>,
) -> Result<Json<Listed<WorkPreview>>> {
    let WorkPreviewed {
        tickets,
        reply,
        note,
        group,
        assignee,
        impact,
        urgency,
        category,
        to,
        resolution_code,
    } = call.told;
    let work =
        WorkSent { reply, note, group, assignee, impact, urgency, category, to, resolution_code }.read()?;
    let tickets = tickets.into_iter().map(TicketRef::Number).collect();
    let previews = app.desk.ask(call.ctx, PreviewWork { tickets, work }).await?;
    Ok(Listed::whole(previews.into_iter().map(WorkPreview::from).collect()))
}
