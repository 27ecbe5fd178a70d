//! The audit log: records, and the evidence that others check (c2sp.org/tlog-tiles, c2sp.org/tlog-checkpoint).

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use desk::{
    audit::{AuditDetail, AuditLine, AuditList, AuditProof, AuditRead, AuditTile, LatestCheckpoint},
    data::Records,
};
use domain::{
    AuditRecordId, Timestamp,
    audit::{AuditEntry, TilePath},
    identity::Capability,
};
use http::{HeaderValue, header};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    answer::Listed,
    body::{Asked, At},
    operation::{self, get},
    wire::{Document, wire},
};
use crate::{
    context::ApiCaller,
    problem::{Kind, Problem, Result},
    state::AppState,
};

pub(super) fn subject() -> operation::Subject {
    let text = || json!({ "type": "string" });
    operation::Subject {
        tag: "audit",
        about: "The tamper-evident log of every act, and the evidence that others check.",
        operations: vec![
            get("list_audit_events", "/audit/events", list)
                .says("Records of the log, latest first.")
                .needs(Capability::AuditRead)
                .asks("actor", text(), "Only those of this actor: a person's id, or `external`.")
                .asks("target", text(), "Only those about this: `ticket:ID`, `licence:ID`, `person:ID`.")
                .paged()
                .lists::<EventLine>(),
            get("read_audit_event", "/audit/events/{record}", read)
                .says("One record, with everything that is known of it.")
                .needs(Capability::AuditRead)
                .answers::<EventView>(),
            get("read_checkpoint", "/audit/checkpoint", checkpoint)
                .says("The latest signed checkpoint, as a note (c2sp.org/tlog-checkpoint).")
                .needs(Capability::AuditRead)
                .answers_other("text/plain"),
            get("prove_audit_event", "/audit/proof", proof)
                .says("The proof that a record is in the log (c2sp.org/tlog-proof). A record is under a signed checkpoint soon after the act, not at once; ask again then.")
                .needs(Capability::AuditRead)
                .must_ask("event", json!({ "type": "string", "format": "uuid" }), "The record's id.")
                .refuses(Kind::Conflict)
                .answers_other("text/plain"),
            get("read_log_key", "/audit/key", key)
                .says("The public key of the log, as a verifier key (c2sp.org/signed-note).")
                .needs(Capability::AuditRead)
                .answers_other("text/plain"),
            get("read_tile", "/audit/tile/{*path}", tile)
                .says("One tile of the tree, or the entries below one (c2sp.org/tlog-tiles).")
                .needs(Capability::AuditRead)
                .answers_other("application/octet-stream"),
        ],
    }
}

/// A record in a list.
#[derive(Debug, Serialize)]
struct EventLine {
    id: AuditRecordId,
    seq: Option<u64>,
    recorded_at: Timestamp,
    action: String,
    outcome: String,
    actor: String,
    actor_name: String,
    target: String,
    target_name: String,
}

/// A record in full.
#[derive(Debug, Serialize)]
struct EventView {
    #[serde(flatten)]
    line: EventLine,
    entry: AuditEntry,
    leaf: String,
    detail: Option<Value>,
    opens: Option<bool>,
    account_name: Option<String>,
}

wire! {
    /// A record in a list.
    EventLine as "AuditEventLine" {
        id: AuditRecordId,
        /// Its place in the tree, once it has one.
        seq: Option<u64>,
        recorded_at: Timestamp,
        action: String,
        /// `done`, `refused`, `queued` or `held`.
        outcome: String,
        actor: String,
        /// By their name today.
        actor_name: String,
        target: String,
        target_name: String,
    }
    /// A record.
    EventView as "AuditEvent" + EventLine {
        /// The leaf, read.
        entry: Document,
        /// The leaf, to the byte.
        leaf: String,
        /// What was recorded beside it, unless it was erased.
        detail: Option<Document>,
        /// Whether the detail is the one that was recorded; null where it was erased.
        opens: Option<bool>,
        account_name: Option<String>,
    }
}

impl From<AuditLine> for EventLine {
    fn from(AuditLine { record, actor_name, target_name }: AuditLine) -> Self {
        Self {
            id: record.id,
            seq: record.seq,
            recorded_at: record.recorded_at,
            action: record.action,
            outcome: record.outcome,
            actor: record.actor,
            actor_name,
            target: record.target,
            target_name,
        }
    }
}

async fn list(
    State(app): State<AppState>,
    caller: ApiCaller,
    asked: Asked,
) -> Result<Json<Listed<EventLine>>> {
    let (actor, target, page) = asked.read(|query| {
        let actor = query.optional::<String>("actor", "a person's id");
        Some((actor, query.optional::<String>("target", "such as ticket:ID"), query.paging()))
    })?;
    let filter = match (actor, target) {
        (None, None) => Records::All,
        (Some(actor), None) => Records::Actor(actor),
        (None, Some(target)) => Records::Target(target),
        (Some(_), Some(_)) => return Err(Problem::field("target", "name either an actor or a target")),
    };
    let query = AuditList { filter, before: page.place()?, limit: page.limit };
    let lines = app.desk.ask(caller.context(), query).await?;
    // The page after a full last one is empty: the log grows with every act, so an end is never for long.
    let full = u32::try_from(lines.len()).unwrap_or(u32::MAX) >= page.limit;
    let next = if full { lines.last().map(|line| line.record.id) } else { None };
    Ok(Listed::new(lines.into_iter().map(EventLine::from).collect(), next))
}

async fn read(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(id): At<AuditRecordId>,
) -> Result<Json<EventView>> {
    let AuditRead { line, entry, body, opens, account_name } =
        app.desk.ask(caller.context(), AuditDetail { id }).await?;
    let leaf = line.record.entry.clone();
    Ok(Json(EventView { line: line.into(), entry, leaf, detail: body, opens, account_name }))
}

fn note(text: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))], text).into_response()
}

async fn checkpoint(State(app): State<AppState>, caller: ApiCaller) -> Result<Response> {
    let found = app.desk.ask(caller.context(), LatestCheckpoint).await?;
    found.map(note).ok_or_else(|| Problem::not_found("checkpoint yet"))
}

async fn proof(State(app): State<AppState>, caller: ApiCaller, asked: Asked) -> Result<Response> {
    let id = asked.read(|query| query.required::<AuditRecordId>("event", "a record's id"))?;
    let key = app.config.log_key.clone().ok_or_else(|| Problem::not_found("key of the log"))?;
    let proof = app.desk.ask(caller.context(), AuditProof { id, key }).await?;
    Ok(note(proof.to_string()))
}

async fn key(State(app): State<AppState>, caller: ApiCaller) -> Result<Response> {
    // Whoever may not read the log does not learn that it has a key; the look is the check.
    app.desk.ask(caller.context(), LatestCheckpoint).await?;
    let key = app.config.log_key.as_ref().ok_or_else(|| Problem::not_found("key of the log"))?;
    Ok(note(format!("{key}\n")))
}

async fn tile(State(app): State<AppState>, caller: ApiCaller, At(path): At<String>) -> Result<Response> {
    let path: TilePath = format!("tile/{path}").parse().map_err(|_| Problem::not_found("tile"))?;
    let tile = app.desk.ask(caller.context(), AuditTile { path }).await?;
    let cache = if tile.full { "private, max-age=31536000, immutable" } else { "private, no-cache" };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
    ];
    Ok((headers, tile.bytes).into_response())
}
