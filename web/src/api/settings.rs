//! The rules that an administrator edits: workflow, priority matrix, service levels, calendars.

use axum::{extract::State, response::Response};
use desk::{
    guest::{Guests, GuestsSetting, SetGuests},
    settings::{SetCalendars, SetPriorityMatrix, SetServiceLevels, SetWorkflow, Settings, SettingsInForce},
};
use domain::{
    identity::Capability,
    sla::{Calendar, CalendarDefinition, Promises},
    ticket::{PriorityMatrix, WorkflowDefinition},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    answer::versioned,
    body::{Call, Fields, Told},
    operation::{self, Operation, get, put},
    wire::{Book, Wire, wire},
};
use crate::{context::ApiCaller, problem::Result, state::AppState};

pub(super) fn subject() -> operation::Subject {
    let defaults = desk::Rules::default();
    let calendars: Vec<_> = defaults.calendars.iter().map(Calendar::definition).collect();
    operation::Subject {
        tag: "settings",
        about: "The rules that an administrator edits. Each is one document with a version of its own.",
        operations: vec![
            reads("read_workflow", "/settings/workflow", workflow).says("States and steps of tickets."),
            sets::<_, _, WorkflowDefinition>(
                "set_workflow",
                "/settings/workflow",
                set_workflow,
                &json!(defaults.workflow),
            )
            .says("Replace the workflow. States that tickets are in stay."),
            reads("read_priority_matrix", "/settings/priority-matrix", matrix)
                .says("Impact × urgency → priority."),
            sets::<_, _, PriorityMatrix>(
                "set_priority_matrix",
                "/settings/priority-matrix",
                set_matrix,
                &json!(defaults.matrix),
            )
            .says("Replace the priority matrix. Tickets keep their priority until they are judged anew."),
            reads("read_service_levels", "/settings/service-levels", levels)
                .says("What is promised by priority."),
            sets::<_, _, Promises>(
                "set_service_levels",
                "/settings/service-levels",
                set_levels,
                &json!(defaults.policy),
            )
            .says("Replace what is promised for each priority."),
            reads("read_calendars", "/settings/calendars", calendars_now)
                .says("In which times promises are counted."),
            sets::<_, _, Vec<CalendarDefinition>>(
                "set_calendars",
                "/settings/calendars",
                set_calendars,
                &json!(calendars),
            )
            .says("Replace the calendars. Those that a promise is counted in stay."),
            reads("read_guests", "/settings/guests", guests_now)
                .says("Whether people without an account may raise tickets."),
            sets::<_, _, Guests>("set_guests", "/settings/guests", set_guests, &json!({ "open": true }))
                .says("Open the desk to guests, or close it. Who follows a ticket goes on following it."),
        ],
    }
}

fn reads<H, T>(id: &'static str, path: &'static str, handler: H) -> Operation
where
    H: axum::handler::Handler<T, AppState>,
    T: 'static,
{
    get(id, path, handler).needs(Capability::TicketRead).answers::<SettingView>()
}

fn sets<H, T, D: DeserializeOwned + Send>(
    id: &'static str,
    path: &'static str,
    handler: H,
    example: &Value,
) -> Operation
where
    H: axum::handler::Handler<T, AppState>,
    T: 'static,
{
    put(id, path, handler)
        .needs(Capability::Admin)
        .must_match()
        .takes::<NewSetting<D>>(json!({ "value": example }))
        .answers::<SettingView>()
}

/// A setting on the wire.
#[derive(Debug, Serialize)]
struct SettingView {
    value: Value,
    version: u64,
}

wire! {
    /// A setting.
    SettingView as "Setting" {
        /// The document itself.
        value: Value,
        /// Grows with every change, 0 before the first; the ETag.
        version: u64,
    }
}

/// A setting to put in place of the one there is.
struct NewSetting<D>(D);

impl<D> Wire for NewSetting<D> {
    const NAME: Option<&'static str> = Some("NewSetting");

    fn shape(_: &mut Book) -> Value {
        json!({
            "type": "object",
            "properties": { "value": {
                "type": ["object", "array"], "description": "The whole document, as it was read, changed.",
            } },
            "required": ["value"],
        })
    }
}

impl<D: DeserializeOwned + Send> Told for NewSetting<D> {
    fn read(fields: &mut Fields) -> Option<Self> {
        fields.required("value").map(Self)
    }
}

/// A document of the settings in force, with its version.
type Part = fn(&SettingsInForce) -> (Value, u64);

async fn show(app: &AppState, look: desk::Context, part: Part) -> Result<Response> {
    let settings = app.desk.ask(look, Settings).await?;
    let (value, version) = part(&settings);
    Ok(versioned(version, SettingView { value, version }))
}

fn workflow_of(settings: &SettingsInForce) -> (Value, u64) {
    (json!(settings.rules.workflow), settings.workflow_version)
}

fn matrix_of(settings: &SettingsInForce) -> (Value, u64) {
    (json!(settings.rules.matrix), settings.matrix_version)
}

fn levels_of(settings: &SettingsInForce) -> (Value, u64) {
    (json!(settings.rules.policy), settings.service_levels_version)
}

fn calendars_of(settings: &SettingsInForce) -> (Value, u64) {
    (json!(settings.rules.calendars), settings.calendars_version)
}

async fn workflow(State(app): State<AppState>, caller: ApiCaller) -> Result<Response> {
    show(&app, caller.context(), workflow_of).await
}

async fn matrix(State(app): State<AppState>, caller: ApiCaller) -> Result<Response> {
    show(&app, caller.context(), matrix_of).await
}

async fn levels(State(app): State<AppState>, caller: ApiCaller) -> Result<Response> {
    show(&app, caller.context(), levels_of).await
}

async fn calendars_now(State(app): State<AppState>, caller: ApiCaller) -> Result<Response> {
    show(&app, caller.context(), calendars_of).await
}

async fn shown_guests(app: &AppState, look: desk::Context) -> Result<Response> {
    let (guests, version) = app.desk.ask(look, GuestsSetting).await?;
    Ok(versioned(version, SettingView { value: json!(guests), version }))
}

async fn guests_now(State(app): State<AppState>, caller: ApiCaller) -> Result<Response> {
    shown_guests(&app, caller.context()).await
}

async fn set_guests(State(app): State<AppState>, call: Call<NewSetting<Guests>>) -> Result<Response> {
    let (look, version) = (call.look(), call.version()?);
    app.desk.execute(call.ctx, SetGuests { guests: call.told.0, version }).await?;
    shown_guests(&app, look).await
}

async fn set_workflow(
    State(app): State<AppState>,
    call: Call<NewSetting<WorkflowDefinition>>,
) -> Result<Response> {
    let (look, version) = (call.look(), call.version()?);
    app.desk.execute(call.ctx, SetWorkflow { workflow: call.told.0, version }).await?;
    show(&app, look, workflow_of).await
}

async fn set_matrix(State(app): State<AppState>, call: Call<NewSetting<PriorityMatrix>>) -> Result<Response> {
    let (look, version) = (call.look(), call.version()?);
    app.desk.execute(call.ctx, SetPriorityMatrix { matrix: call.told.0, version }).await?;
    show(&app, look, matrix_of).await
}

async fn set_levels(State(app): State<AppState>, call: Call<NewSetting<Promises>>) -> Result<Response> {
    let (look, version) = (call.look(), call.version()?);
    app.desk.execute(call.ctx, SetServiceLevels { policy: call.told.0, version }).await?;
    show(&app, look, levels_of).await
}

async fn set_calendars(
    State(app): State<AppState>,
    call: Call<NewSetting<Vec<CalendarDefinition>>>,
) -> Result<Response> {
    let (look, version) = (call.look(), call.version()?);
    app.desk.execute(call.ctx, SetCalendars { calendars: call.told.0, version }).await?;
    show(&app, look, calendars_of).await
}
