//! Evidence as plain text, for those who check it without us.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use desk::{
    Refused,
    audit::{AuditDetail, AuditProof, LatestCheckpoint},
};
use domain::{AuditRecordId, identity::Capability};
use http::{HeaderValue, header};

use crate::{
    AppState,
    page::{PageResult, Reader},
};

fn text(body: String, name: &str) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    if let Ok(name) = HeaderValue::from_str(&format!("inline; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

fn id(text: &str) -> PageResult<AuditRecordId> {
    Ok(text.parse().map_err(|_| Refused::NotFound("audit record"))?)
}

/// The leaf, to the byte: without even a line break at its end.
pub(super) async fn entry(
    State(app): State<AppState>,
    reader: Reader,
    Path(record): Path<String>,
) -> PageResult {
    let id = id(&record)?;
    let read = app.desk.ask(reader.ctx(), AuditDetail { id }).await?;
    Ok(text(read.line.record.entry, &format!("record-{id}.json")))
}

pub(super) async fn proof(
    State(app): State<AppState>,
    reader: Reader,
    Path(record): Path<String>,
) -> PageResult {
    let id = id(&record)?;
    let key = app.config.log_key.clone().ok_or(Refused::NotFound("key of the log"))?;
    let proof = app.desk.ask(reader.ctx(), AuditProof { id, key }).await?;
    Ok(text(proof.to_string(), &format!("record-{id}.tlog-proof")))
}

pub(super) async fn checkpoint(State(app): State<AppState>, reader: Reader) -> PageResult {
    let note = app.desk.ask(reader.ctx(), LatestCheckpoint).await?;
    Ok(text(note.ok_or(Refused::NotFound("checkpoint yet"))?, "checkpoint.txt"))
}

pub(super) async fn key(State(app): State<AppState>, reader: Reader) -> PageResult {
    reader.require(Capability::AuditRead)?;
    let key = app.config.log_key.as_ref().ok_or(Refused::NotFound("key of the log"))?;
    Ok(text(format!("{key}\n"), "log.vkey"))
}
