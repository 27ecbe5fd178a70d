//! Documents of a contract. Their content is stored before the command, under its SHA-256, as that of files on tickets.

use domain::{ContractDocumentId, ContractId, identity::Capability, licence::Action};
use serde_json::json;
use store::contract::{self, Document};

use super::{aim, change::ContractChanged, hold};
use crate::{
    Act, Command, Look, Query, Refused, Result, Threshold,
    ticket::{file_name, media_type},
};

/// Attaches a document whose content is stored already.
#[derive(Debug, Clone)]
pub struct AttachContractDocument {
    /// To which contract.
    pub contract: ContractId,
    /// The name it was sent with; only its last part is kept.
    pub name: String,
    /// The media type it was sent with.
    pub content_type: String,
    /// Its length in bytes.
    pub size: u64,
    /// What its content is called.
    pub sha256: [u8; 32],
}

impl Command for AttachContractDocument {
    type Outcome = ContractChanged;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        aim(at, self.contract)?;
        Ok(Action::ContractChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<ContractChanged> {
        let (contract, current) = hold(act.tx, self.contract, None)?;
        let document = Document {
            id: act.new_id(),
            contract: contract.id,
            name: file_name(&self.name),
            content_type: media_type(&self.content_type),
            size: self.size,
            sha256: self.sha256,
            person: act.person(),
            at: act.now(),
        };
        contract::attach(act.tx, &document)?;
        contract::touch(act.tx, contract.id)?;
        act.detail = json!({
            "contract": contract.number, "document": document.id, "name": document.name, "size": document.size,
        });
        act.announce("contracts");
        Ok(ContractChanged { contract: contract.id, version: current + 1, line: None })
    }
}

/// One document of a contract.
#[derive(Debug, Clone, Copy)]
pub struct ContractDocumentOf {
    /// Of which contract.
    pub contract: ContractId,
    /// Which one.
    pub id: ContractDocumentId,
}

impl Query for ContractDocumentOf {
    type Answer = Document;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Document> {
        look.require(Capability::LicenceRead, "document")?;
        let found = contract::document(look.tx, self.id)?;
        found.filter(|document| document.contract == self.contract).ok_or(Refused::NotFound("document"))
    }
}
