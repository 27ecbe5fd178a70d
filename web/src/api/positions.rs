//! How licences stand against what was bought: positions, renewals, alerts, and the true-up ledger.

use axum::{Json, extract::State, response::Response};
use desk::contract::{
    AcknowledgeAlert, AlertPage, AlertView, Alerts, EntitlementPosition, NewTrueUp, OneTrueUp, PositionView,
    RecordTrueUp, RenewalView, Renewals, ReverseTrueUp, SetMinimumFree, TrueUpPage, TrueUpProposal,
    TrueUpProposals, TrueUpView, TrueUps,
};
use domain::{
    AlertId, LicenceId, OrderLineId, TrueUpId,
    contract::{Excess, TrueUpCause},
    identity::Capability,
};
use http::StatusCode;
use jiff::civil::Date;
use serde_json::json;

use super::{
    answer::{Listed, created},
    body::{Asked, At, Call, told},
    operation::{self, get, post, put},
};
use crate::{context::ApiCaller, problem::Result, routes::API, state::AppState};

pub(super) fn subject() -> operation::Subject {
    const LINE: &str = "0190c7a2-7f3e-7cc1-9d3f-2b6a3c1d9e43";
    let day = || json!({ "type": "string", "format": "date" });
    operation::Subject {
        tag: "positions",
        about: "How licences stand against what was bought: positions, renewals, alerts, true-ups.",
        operations: vec![
            get("read_position", "/position", position)
                .says("How every licence stands: entitled, assigned, in use, over.")
                .needs(Capability::LicenceRead)
                .asks("at", day(), "On which day; now, if nothing is said.")
                .answers::<PositionView>(),
            get("list_renewals", "/renewals", renewals)
                .says("Contracts on which something must be decided, the nearest deadline first.")
                .needs(Capability::LicenceRead)
                .asks("days", json!({ "type": "integer", "minimum": 1, "maximum": 3650, "default": 90 }), "Within how many days.")
                .lists::<RenewalView>(),
            get("list_alerts", "/alerts", alerts)
                .says("Alerts, latest first. Each is raised once, when it becomes true.")
                .needs(Capability::LicenceRead)
                .asks("all", json!({ "type": "boolean" }), "Whether those that are no longer true are wanted too.")
                .paged()
                .lists::<AlertView>(),
            post("acknowledge_alert", "/alerts/{alert}/acknowledgement", acknowledge)
                .says("Say that somebody has seen an alert. It stays until it is no longer true.")
                .needs(Capability::LicenceManage),
            put("set_minimum_free", "/licences/{licence}/minimum-free", minimum_free)
                .says("Set how many seats or tokens of a licence are to be kept free. 0 ends that.")
                .needs(Capability::LicenceManage)
                .takes::<MinimumFree>(json!({ "minimum_free": 2 })),
            get("list_true_ups", "/true-ups", true_ups)
                .says("The true-up ledger, latest first. Entries are never changed.")
                .needs(Capability::LicenceRead)
                .paged()
                .lists::<TrueUpView>(),
            get("propose_true_ups", "/true-ups/proposals", proposals)
                .says("Use above what was bought that is in no entry yet, found day by day, with its price.")
                .needs(Capability::LicenceRead)
                .asks("from", day(), "From this day on; 90 days before `until`, if nothing is said.")
                .asks("until", day(), "Up to and with this day; yesterday, if nothing is said.")
                .lists::<TrueUpProposal>(),
            post("record_true_up", "/true-ups", record)
                .says("Write an entry into the ledger, priced to the day by an order line.")
                .needs(Capability::LicenceManage)
                .takes::<TrueUpSent>(json!({
                    "line": LINE, "cause": "over_entitlement", "quantity": 2, "from": "2026-03-01", "until": "2026-03-31",
                }))
                .creates::<TrueUpView>(),
            post("reverse_true_up", "/true-ups/{entry}/reversal", reverse)
                .says("Take an entry back, by another one.")
                .needs(Capability::LicenceManage)
                .takes::<Reversal>(json!({ "because": "The vendor had counted the test system." }))
                .creates::<TrueUpView>(),
        ],
    }
}

told! {
    /// How many are to be kept free.
    MinimumFree {
        /// Seats or tokens; 0 ends that.
        required minimum_free: u32,
    }
    /// An entry of the true-up ledger.
    TrueUpSent {
        /// The order line that it is priced by; its licence is the one that was used.
        required line: OrderLineId,
        /// What was used above what was bought.
        required cause: TrueUpCause,
        /// How many.
        required quantity: u32,
        /// From this day on.
        required from: Date,
        /// Up to and with this day.
        required until: Date,
        /// What is to be said to it.
        optional note: String,
    }
    /// Why an entry is taken back.
    Reversal {
        /// As a sentence; it is kept with the record.
        required because: String,
    }
}

const DAY: &str = "a day such as 2026-12-31";

async fn position(
    State(app): State<AppState>,
    caller: ApiCaller,
    asked: Asked,
) -> Result<Json<PositionView>> {
    let at = asked.read(|query| Some(query.optional::<Date>("at", DAY)))?;
    Ok(Json(app.desk.ask(caller.context(), EntitlementPosition { at }).await?))
}

async fn renewals(
    State(app): State<AppState>,
    caller: ApiCaller,
    asked: Asked,
) -> Result<Json<Listed<RenewalView>>> {
    let days = asked.read(|query| Some(query.optional::<i32>("days", "a number from 1 to 3650")))?;
    let found = app.desk.ask(caller.context(), Renewals { days: days.unwrap_or(90) }).await?;
    Ok(Listed::whole(found.items))
}

async fn alerts(State(app): State<AppState>, caller: ApiCaller, asked: Asked) -> Result<Json<AlertPage>> {
    let (all, page) =
        asked.read(|query| Some((query.optional::<bool>("all", "true or false"), query.paging())))?;
    let query = Alerts { all: all.unwrap_or_default(), after: page.place()?, limit: page.limit };
    Ok(Json(app.desk.ask(caller.context(), query).await?))
}

async fn acknowledge(
    State(app): State<AppState>,
    At(alert): At<AlertId>,
    call: Call<()>,
) -> Result<StatusCode> {
    app.desk.execute(call.ctx, AcknowledgeAlert { alert }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn minimum_free(
    State(app): State<AppState>,
    At(licence): At<LicenceId>,
    call: Call<MinimumFree>,
) -> Result<StatusCode> {
    let minimum_free = call.told.minimum_free;
    app.desk.execute(call.ctx, SetMinimumFree { licence, minimum_free }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn true_ups(State(app): State<AppState>, caller: ApiCaller, asked: Asked) -> Result<Json<TrueUpPage>> {
    let page = asked.paging()?;
    let query = TrueUps { after: page.place()?, limit: page.limit };
    Ok(Json(app.desk.ask(caller.context(), query).await?))
}

async fn proposals(
    State(app): State<AppState>,
    caller: ApiCaller,
    asked: Asked,
) -> Result<Json<Listed<TrueUpProposal>>> {
    let (from, until) = asked
        .read(|query| Some((query.optional::<Date>("from", DAY), query.optional::<Date>("until", DAY))))?;
    let today = app.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let until = until.unwrap_or_else(|| today.yesterday().unwrap_or(today));
    let from = from.unwrap_or_else(|| until.checked_sub(jiff::ToSpan::days(90_i32)).unwrap_or(until));
    Ok(Listed::whole(app.desk.ask(caller.context(), TrueUpProposals { from, until }).await?))
}

async fn record(State(app): State<AppState>, call: Call<TrueUpSent>) -> Result<Response> {
    let look = call.look();
    let TrueUpSent { line, cause, quantity, from, until, note } = call.told;
    let excess = Excess { quantity, from, until };
    let new = NewTrueUp { line, cause, excess, note: note.unwrap_or_default() };
    let entry = app.desk.execute(call.ctx, RecordTrueUp { new }).await?;
    created_entry(&app, look, entry).await
}

async fn reverse(
    State(app): State<AppState>,
    At(entry): At<TrueUpId>,
    call: Call<Reversal>,
) -> Result<Response> {
    let look = call.look();
    let back = app.desk.execute(call.ctx, ReverseTrueUp { entry, because: call.told.because }).await?;
    created_entry(&app, look, back).await
}

async fn created_entry(app: &AppState, look: desk::Context, entry: TrueUpId) -> Result<Response> {
    let found = app.desk.ask(look, OneTrueUp { entry }).await?;
    Ok(created(&format!("{API}/true-ups"), found))
}
