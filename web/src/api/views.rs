//! Views: filtered lists that technicians come back to.

use axum::{Json, extract::State, response::Response};
use desk::ticket::{DeleteView, KeepView, ViewKept, ViewView, Views};
use domain::{
    ViewId,
    identity::Capability,
    ticket::{UsedBy, ViewName},
};
use http::StatusCode;
use serde_json::json;

use super::{
    answer::{Listed, created},
    body::{At, Call, told},
    operation::{self, delete, get, post, put},
    wire::wire,
};
use crate::{context::ApiCaller, problem::Result, routes::API, state::AppState, workspace::list_filter};

pub(super) fn subject() -> operation::Subject {
    let example = json!({ "name": "Long unchanged", "query": "idle=7&sort=oldest", "used_by": "author" });
    operation::Subject {
        tag: "views",
        about: "Filtered lists that technicians come back to.",
        operations: vec![
            get("list_views", "/views", list)
                .says("One's own views and everybody's, by name.")
                .needs(Capability::TicketRead)
                .lists::<ViewView>(),
            post("keep_view", "/views", keep)
                .says("Keep a filtered list as a view.")
                .needs(Capability::TicketWork)
                .takes::<ViewSent>(example.clone())
                .creates::<ViewKept>(),
            put("change_view", "/views/{view}", change)
                .says("Change a view. Who keeps it does, and of everybody's an administrator.")
                .needs(Capability::TicketWork)
                .takes::<ViewSent>(example)
                .answers::<ViewKept>(),
            delete("remove_view", "/views/{view}", remove)
                .says("Remove a view.")
                .needs(Capability::TicketWork),
        ],
    }
}

wire! {
    /// A view.
    ViewView as "View" {
        id: ViewId,
        name: String,
        /// What the list shows, as the address of `/desk/q/all` says it.
        query: String,
        used_by: UsedBy,
        author_name: String,
        /// Whether the caller may change it.
        changeable: bool,
    }
    /// Which view was kept.
    ViewKept as "ViewKept" {
        id: ViewId,
    }
}

told! {
    /// A view to keep.
    ViewSent {
        /// What it is found by.
        required name: ViewName,
        /// What the list shows, as the address of `/desk/q/all` says it.
        required query: String,
        /// Who may use it.
        required used_by: UsedBy,
    }
}

async fn list(State(app): State<AppState>, caller: ApiCaller) -> Result<Json<Listed<ViewView>>> {
    Ok(Listed::whole(app.desk.ask(caller.context(), Views).await?))
}

async fn keep(State(app): State<AppState>, call: Call<ViewSent>) -> Result<Response> {
    let ViewSent { name, query, used_by } = call.told;
    let command = KeepView { id: None, name, filter: list_filter(&query)?, used_by };
    let kept = app.desk.execute(call.ctx, command).await?;
    Ok(created(&format!("{API}/views/{}", kept.id), kept))
}

async fn change(
    State(app): State<AppState>,
    At(id): At<ViewId>,
    call: Call<ViewSent>,
) -> Result<Json<ViewKept>> {
    let ViewSent { name, query, used_by } = call.told;
    let command = KeepView { id: Some(id), name, filter: list_filter(&query)?, used_by };
    Ok(Json(app.desk.execute(call.ctx, command).await?))
}

async fn remove(State(app): State<AppState>, At(id): At<ViewId>, call: Call<()>) -> Result<StatusCode> {
    app.desk.execute(call.ctx, DeleteView { id }).await?;
    Ok(StatusCode::NO_CONTENT)
}
