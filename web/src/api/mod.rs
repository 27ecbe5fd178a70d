//! The HTTP API under `/api/v1`: a table of operations, each served and described from one line.

mod answer;
mod approvals;
mod attachments;
mod audit;
mod body;
mod catalogue;
mod checkouts;
mod contract_shapes;
pub(crate) mod contracts;
mod effort;
mod guests;
mod knowledge;
mod licences;
mod me;
mod modules;
mod notes;
mod operation;
mod outages;
mod people;
mod positions;
mod push;
mod settings;
mod talk;
mod templates;
mod texts;
mod tickets;
mod together;
mod views;
mod wire;

use axum::{Router, body::Bytes, routing::get};
use http::header;
use utoipa::openapi::OpenApi;

use crate::{routes::API, state::AppState};

/// The API's description, as `/api/v1/openapi.json` gives it.
pub fn description() -> OpenApi {
    assembled().1
}

pub(crate) fn router() -> Router<AppState> {
    let (router, description) = assembled();
    let text = serde_json::to_vec(&description).map(Bytes::from).unwrap_or_default();
    let headers =
        [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "public, max-age=300")];
    router.route(&format!("{API}/openapi.json"), get(move || std::future::ready((headers, text.clone()))))
}

fn assembled() -> (Router<AppState>, OpenApi) {
    let mut subjects = vec![
        tickets::subject(),
        talk::subject(),
        notes::subject(),
        attachments::subject(),
        people::subject(),
        licences::subject(),
        checkouts::subject(),
    ];
    subjects.extend([
        knowledge::subject(),
        texts::subject(),
        outages::subject(),
        approvals::subject(),
        together::subject(),
        templates::subject(),
        views::subject(),
        modules::subject(),
        effort::subject(),
        contracts::subject(),
        positions::subject(),
    ]);
    subjects.extend(catalogue::subjects());
    subjects.push(guests::subject());
    subjects.extend(me::subjects());
    subjects.extend([settings::subject(), audit::subject()]);
    operation::assemble(subjects)
}
