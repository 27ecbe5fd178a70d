//! Contracts at the door: what was bought, how it stands against what is used, until when to decide, and what is owed.
//!
//! Whoever reads licences reads contracts with their prices, and nobody else does: whoever may only read reports gets
//! figures that were published to them. Changing them is the licence manager's, and takes no seat.

mod alert;
mod book;
mod change;
mod document;
mod import;
mod line;
mod position;
mod true_up;
mod view;

pub use alert::{AcknowledgeAlert, AlertPage, AlertView, Alerts, Delivery, SetMinimumFree, Watched};
pub use change::{AddContract, ChangeContract, ContractChanged};
pub use document::{AttachContractDocument, ContractDocumentOf};
pub use import::{ExportContracts, ImportContracts, ImportReport, PreviewContracts, RowReport};
pub use line::{AddOrderLine, ChangeOrderLine, EndOrderLine};
pub use position::{EntitlementPosition, PositionRow, PositionView};
pub use true_up::{
    NewTrueUp, OneTrueUp, RecordTrueUp, ReverseTrueUp, TrueUpPage, TrueUpProposal, TrueUpProposals,
    TrueUpView, TrueUps,
};
pub use view::{
    ContractDetail, ContractDetailView, ContractList, ContractPage, ContractSummary, DocumentView,
    LicenceName, LineView, RenewalView, Renewals, RenewalsView,
};

use domain::{ContractId, contract::Contract, identity::Capability};
use store::{StoreError, WriteTx, contract};

use crate::{Refused, Result, Threshold};

/// The contract that a command is aimed at, if the caller may know of it.
fn aim(at: &mut Threshold<'_, '_>, id: ContractId) -> Result<()> {
    let known = at.may(Capability::LicenceRead) && contract::by_id(at.tx, id)?.is_some();
    if !known {
        return Err(Refused::NotFound("contract"));
    }
    at.aim(id);
    Ok(())
}

/// Holds a contract against every other change, at the version that the caller looked at.
fn hold(tx: &mut WriteTx<'_>, id: ContractId, version: Option<u64>) -> Result<(Contract, u64)> {
    let (contract, current) = contract::lock(tx, id)?.ok_or(Refused::NotFound("contract"))?;
    if version.is_some_and(|seen| seen != current) {
        return Err(Refused::Stale { current });
    }
    Ok((contract, current))
}

fn number_taken(error: StoreError) -> Refused {
    match error {
        StoreError::Duplicate { .. } => Refused::field(
            "number",
            "this number stands there already; change that one, or write another number",
        ),
        error => error.into(),
    }
}
