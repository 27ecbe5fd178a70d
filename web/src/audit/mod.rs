//! The auditor's room: what was done, by whom, on which seat, and the proof that nobody rewrote it.

mod list;
mod proof;
mod record;
mod words;

use axum::{Router, routing::get};
use maud::Markup;

use crate::{
    AppState,
    page::{Reader, manager},
};

/// The routes below `/audit`.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/audit", get(list::show))
        .route("/audit/checkpoint", get(proof::checkpoint))
        .route("/audit/key", get(proof::key))
        .route("/audit/{record}", get(record::show))
        .route("/audit/{record}/entry", get(proof::entry))
        .route("/audit/{record}/proof", get(proof::proof))
}

fn room(reader: &Reader, main: &Markup) -> Markup {
    manager(reader, "/audit", main)
}
