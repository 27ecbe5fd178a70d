//! Several things done to a ticket as one act, and what they would do to many.

use axum::{Json, extract::State, response::Response};
use desk::{
    Refused,
    ticket::{
        DeleteMacro, Foreseen, MacroView, MacroWritten, Macros, Preview, PreviewWork, TicketRef, WorkTicket,
        WriteMacro,
    },
};
use domain::{
    MacroId,
    identity::Capability,
    ticket::{
        Category, Impact, MacroName, Markdown, ResolutionCode, StateKey, Ticket, TicketNumber, Urgency,
        UsedBy, Work,
    },
};
use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    answer::{Listed, created},
    body::{At, Call, told},
    operation::{self, delete, get, post, put},
    tickets::answer_change,
    wire::{Book, Wire, described, object, wire},
};
use crate::{context::ApiCaller, problem::Result, routes::API, state::AppState};

pub(super) fn subject() -> operation::Subject {
    let sample = json!({ "say": { "note": "Handed over." }, "assignee": "nobody", "impact": "low" });
    let example = json!({ "name": "Hand over", "used_by": "author", "work": sample });
    operation::Subject {
        tag: "work",
        about: "Several things done to tickets as one act each, and what of it is done again and again.",
        operations: vec![
            post("work_ticket", "/tickets/{ticket}/work", work)
                .says("Do several things to a ticket as one act: all of it or none.")
                .needs(Capability::TicketWork)
                .may_match()
                .takes::<WorkSent>(json!({ "work": sample }))
                .answers::<Ticket>(),
            post("preview_work", "/work-previews", preview)
                .says("What some work would do to each of some tickets, at most 100. Nothing is done, and no licence is taken.")
                .needs(Capability::TicketWork)
                .takes::<WorkPreviewed>(json!({ "tickets": ["INC-1"], "work": sample }))
                .lists::<WorkPreview>(),
            get("list_macros", "/macros", list)
                .says("Work that is done again and again: one's own and everybody's, by name.")
                .needs(Capability::TicketWork)
                .lists::<MacroView>(),
            post("add_macro", "/macros", add)
                .says("Keep work as a macro.")
                .needs(Capability::TicketWork)
                .takes::<MacroSent>(example.clone())
                .creates::<MacroWritten>(),
            put("change_macro", "/macros/{macro}", change)
                .says("Write a macro anew. Its author does, and of everybody's an administrator.")
                .needs(Capability::TicketWork)
                .takes::<MacroSent>(example)
                .answers::<MacroWritten>(),
            delete("remove_macro", "/macros/{macro}", remove)
                .says("Remove a macro.")
                .needs(Capability::TicketWork),
        ],
    }
}

/// What some work would do to one ticket.
#[derive(Debug, Serialize)]
struct WorkPreview {
    number: TicketNumber,
    subject: String,
    version: u64,
    says: Option<String>,
    facts: Vec<String>,
    refused: Option<String>,
}

impl From<Preview> for WorkPreview {
    fn from(preview: Preview) -> Self {
        let Preview { number, subject, version, says, foreseen } = preview;
        let (facts, refused) = match foreseen {
            Foreseen::Changes { facts } => (facts, None),
            Foreseen::Nothing => (Vec::new(), None),
            Foreseen::Refused { why } => (Vec::new(), Some(why)),
        };
        Self { number, subject, version, says, facts, refused }
    }
}

wire! {
    /// What some work would do to one ticket.
    WorkPreview as "WorkPreview" {
        number: TicketNumber,
        subject: String,
        /// The version that was looked at.
        version: u64,
        /// What would be said on it, with its blanks filled in.
        says: Option<String>,
        /// What its timeline would say; empty where it is so already, or cannot be.
        facts: Vec<String>,
        /// Why it cannot be done.
        refused: Option<String>,
    }
}

impl Wire for Work {
    const NAME: Option<&'static str> = Some("Work");

    fn shape(book: &mut Book) -> Value {
        let words = [("reply", Markdown::schema(book), false), ("note", Markdown::schema(book), false)];
        let parts = [
            ("say", object(None, words), "One of the two: a public reply, or a work note."),
            ("group", json!({ "type": "string" }), "Whose queue it goes to: a group's id, or `none`."),
            ("assignee", json!({ "type": "string" }), "Who takes it: a person's id, `me` or `nobody`."),
            ("impact", Impact::schema(book), "How much is hurt."),
            ("urgency", Urgency::schema(book), "How soon it hurts."),
            ("category", Category::schema(book), "What it is filed under."),
            ("to", StateKey::schema(book), "The state to go to."),
            (
                "resolution_code",
                ResolutionCode::schema(book),
                "How it was resolved, where the step asks for it.",
            ),
        ];
        let parts = parts.map(|(name, schema, says)| (name, described(schema, says), false));
        described(object(None, parts), "What is to be done to a ticket. What is left out stays as it is.")
    }
}

wire! {
    /// Which macro was written.
    MacroWritten as "MacroWritten" {
        id: MacroId,
    }
    /// A macro.
    MacroView as "Macro" {
        id: MacroId,
        name: String,
        work: Work,
        /// The same in words.
        does: Vec<String>,
        used_by: UsedBy,
        author_name: String,
        /// Whether the caller may change it.
        changeable: bool,
    }
}

told! {
    /// What is to be done to a ticket.
    WorkSent {
        /// What is to be done.
        required work: Work,
    }
    /// Some tickets, and what is to be done to them.
    WorkPreviewed {
        /// The tickets, at most 100.
        required tickets: Vec<TicketNumber>,
        /// What is to be done.
        required work: Work,
    }
    /// A macro to write.
    MacroSent {
        /// What it is found by.
        required name: MacroName,
        /// What it does. What it says may have blanks such as `{{first_name}}`.
        required work: Work,
        /// Who may use it.
        required used_by: UsedBy,
    }
}

fn something(work: Work) -> Result<Work> {
    if work.is_empty() {
        return Err(Refused::field(
            "work",
            "nothing is to be done; send at least one thing to change or to say",
        )
        .into());
    }
    Ok(work)
}

async fn list(State(app): State<AppState>, caller: ApiCaller) -> Result<Json<Listed<MacroView>>> {
    Ok(Listed::whole(app.desk.ask(caller.context(), Macros::default()).await?))
}

async fn add(State(app): State<AppState>, call: Call<MacroSent>) -> Result<Response> {
    let MacroSent { name, work, used_by } = call.told;
    let written = app.desk.execute(call.ctx, WriteMacro { id: None, name, work, used_by }).await?;
    Ok(created(&format!("{API}/macros/{}", written.id), written))
}

async fn change(
    State(app): State<AppState>,
    At(id): At<MacroId>,
    call: Call<MacroSent>,
) -> Result<Json<MacroWritten>> {
    let MacroSent { name, work, used_by } = call.told;
    Ok(Json(app.desk.execute(call.ctx, WriteMacro { id: Some(id), name, work, used_by }).await?))
}

async fn remove(State(app): State<AppState>, At(id): At<MacroId>, call: Call<()>) -> Result<StatusCode> {
    app.desk.execute(call.ctx, DeleteMacro { id }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn work(
    State(app): State<AppState>,
    At(ticket): At<TicketRef>,
    call: Call<WorkSent>,
) -> Result<Response> {
    let (look, if_version) = (call.look(), call.if_match);
    let work = something(call.told.work)?;
    let changed = app.desk.execute(call.ctx, WorkTicket { ticket, work, if_version }).await;
    answer_change(&app, ticket, look, changed).await
}

async fn preview(
    State(app): State<AppState>,
    call: Call<WorkPreviewed>,
) -> Result<Json<Listed<WorkPreview>>> {
    let WorkPreviewed { tickets, work } = call.told;
    let tickets = tickets.into_iter().map(TicketRef::Number).collect();
    let previews = app.desk.ask(call.ctx, PreviewWork { tickets, work: something(work)? }).await?;
    Ok(Listed::whole(previews.into_iter().map(WorkPreview::from).collect()))
}
