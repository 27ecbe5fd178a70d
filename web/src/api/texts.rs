//! Text modules.

use axum::{Json, extract::State, response::Response};
use desk::ticket::{
    DeleteTextModule, TextModuleView, TextModuleWritten, TextModules, TicketRef, WriteTextModule,
};
use domain::{
    TextModuleId, Timestamp,
    identity::Capability,
    ticket::{Markdown, TextModuleName, UsedBy},
};
use http::StatusCode;
use serde_json::json;

use super::{
    answer::{Listed, created},
    body::{Asked, At, Call, told},
    operation::{self, delete, get, post, put},
    wire::wire,
};
use crate::{context::ApiCaller, problem::Result, routes::API, state::AppState};

pub(super) fn subject() -> operation::Subject {
    let example = json!({ "name": "Restart it", "body": "Hello {{first_name}}, please restart it.", "used_by": "author" });
    operation::Subject {
        tag: "text modules",
        about: "What technicians write again and again, with blanks that are filled in where it is used.",
        operations: vec![
            get("list_text_modules", "/text-modules", list)
                .says("One's own text modules and everybody's, by name; filled in for a ticket where one is named.")
                .needs(Capability::TicketWork)
                .asks("ticket", json!({ "type": "string" }), "The ticket to fill them in for, by id or number.")
                .lists::<TextModuleView>(),
            post("add_text_module", "/text-modules", add)
                .says("Write a text module.")
                .needs(Capability::TicketWork)
                .takes::<TextModuleSent>(example.clone())
                .creates::<TextModuleWritten>(),
            put("change_text_module", "/text-modules/{text}", change)
                .says("Write a text module anew. Its author does, and of everybody's an administrator.")
                .needs(Capability::TicketWork)
                .takes::<TextModuleSent>(example)
                .answers::<TextModuleWritten>(),
            delete("remove_text_module", "/text-modules/{text}", remove)
                .says("Remove a text module.")
                .needs(Capability::TicketWork),
        ],
    }
}

wire! {
    /// A text module.
    TextModuleView as "TextModule" {
        id: TextModuleId,
        name: String,
        /// Markdown with its blanks, or filled in.
        body: String,
        used_by: UsedBy,
        author_name: String,
        changed_at: Timestamp,
        /// Whether the caller may change it.
        changeable: bool,
    }
    /// Which text module was written.
    TextModuleWritten as "TextModuleWritten" {
        id: TextModuleId,
    }
}

told! {
    /// A text module to write.
    TextModuleSent {
        /// What it is found by.
        required name: TextModuleName,
        /// Markdown, with blanks such as `{{first_name}}`.
        required body: Markdown,
        /// Who may use it.
        required used_by: UsedBy,
    }
}

async fn list(
    State(app): State<AppState>,
    caller: ApiCaller,
    asked: Asked,
) -> Result<Json<Listed<TextModuleView>>> {
    let ticket = asked.read(|query| Some(query.optional::<String>("ticket", "a ticket's id or number")))?;
    let filled_for = ticket.map(|ticket| ticket.parse::<TicketRef>()).transpose()?;
    Ok(Listed::whole(app.desk.ask(caller.context(), TextModules { filled_for }).await?))
}

async fn add(State(app): State<AppState>, call: Call<TextModuleSent>) -> Result<Response> {
    let TextModuleSent { name, body, used_by } = call.told;
    let written = app.desk.execute(call.ctx, WriteTextModule { id: None, name, body, used_by }).await?;
    Ok(created(&format!("{API}/text-modules/{}", written.id), written))
}

async fn change(
    State(app): State<AppState>,
    At(id): At<TextModuleId>,
    call: Call<TextModuleSent>,
) -> Result<Json<TextModuleWritten>> {
    let TextModuleSent { name, body, used_by } = call.told;
    let command = WriteTextModule { id: Some(id), name, body, used_by };
    Ok(Json(app.desk.execute(call.ctx, command).await?))
}

async fn remove(State(app): State<AppState>, At(id): At<TextModuleId>, call: Call<()>) -> Result<StatusCode> {
    app.desk.execute(call.ctx, DeleteTextModule { id }).await?;
    Ok(StatusCode::NO_CONTENT)
}
