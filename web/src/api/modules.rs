//! Modules: what is licensed on top of the base product, and who has it.

use axum::{Json, extract::State};
use desk::{
    Refused,
    licence::{ModuleAccess, ModuleLicence, ModuleView, PersonName},
};
use domain::{
    LicenceId,
    identity::Capability,
    licence::{Metric, Module, TermPhase},
};

use super::{
    body::At,
    operation::{self, get},
    wire::wire,
};
use crate::{context::ApiCaller, problem::Result, state::AppState};

pub(super) fn subject() -> operation::Subject {
    operation::Subject {
        tag: "modules",
        about: "What is licensed on top of the base product, and who has it.",
        operations: vec![
            get("read_module", "/modules/{module}", read)
                .says("Which licences give a module, or with `base` the base product; who has them, and whether the caller does.")
                .needs(Capability::TicketRead)
                .answers::<ModuleView>(),
        ],
    }
}

wire! {
    /// A module, or the base product.
    ModuleView as "ModuleView" {
        /// Null is the base product.
        module: Option<Module>,
        /// The licence by which the caller has it; null if by none.
        mine: Option<LicenceId>,
        /// Everything that gives it, in order of preference.
        licences: Vec<ModuleLicence>,
    }
    /// A licence that gives a module.
    ModuleLicence as "ModuleLicence" {
        id: LicenceId,
        name: String,
        metric: Metric,
        /// Seats, tokens or passes.
        quantity: u32,
        phase: TermPhase,
        /// On its seats, or entitled to its tokens.
        holders: u64,
        /// Some of them.
        people: Vec<PersonName>,
    }
}

async fn read(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(name): At<String>,
) -> Result<Json<ModuleView>> {
    let module = match name.as_str() {
        "base" => None,
        name => Some(Module::parse(name).ok_or(Refused::NotFound("module"))?),
    };
    Ok(Json(app.desk.ask(caller.context(), ModuleAccess { module }).await?))
}
