//! Pages and protocols: everything people and programs see of Freehold over HTTP.
//!
//! A handler parses, calls one command or query of the desk, and renders. [`router()`] is all of it; [`AppState`] is what
//! it needs.

pub mod api;
pub mod attachments;
pub mod context;
pub mod limits;
pub mod live;
pub mod metrics;
pub mod problem;
pub mod routes;
pub mod state;
pub mod ui;
pub mod words;

mod admin;
mod asset;
mod audit;
mod device;
mod guest;
mod knowledge;
mod licences;
mod markdown;
mod me;
mod page;
mod portal;
mod router;
mod sign_in;
mod workspace;
mod wrong;

pub use context::{ApiCaller, SignedIn};
pub use problem::Problem;
pub use router::router;
pub use state::{AppState, Arrival, Config, seed};

/// Every page. Each room of pages adds its routes here.
fn pages() -> axum::Router<AppState> {
    axum::Router::new()
        .merge(asset::routes())
        .merge(device::routes())
        .merge(sign_in::routes())
        .merge(portal::routes())
        .merge(guest::routes())
        .merge(knowledge::routes())
        .merge(workspace::routes())
        .merge(me::routes())
        .merge(licences::routes())
        .merge(audit::routes())
        .merge(admin::routes())
}
