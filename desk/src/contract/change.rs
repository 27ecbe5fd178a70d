//! Adding a contract, and changing one.

use domain::{
    ContractId, OrderLineId,
    contract::{
        Contract, ContractError, Currency, NewContract, NewOrderLine, Notice, OrderLine, RecurringTerm,
    },
    licence::Action,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::contract;

use super::{aim, hold, number_taken};
use crate::{Act, Command, Refused, Result, Threshold};

impl From<ContractError> for Refused {
    fn from(error: ContractError) -> Self {
        Self::field(error.field(), &error)
    }
}

/// Adds a contract, without lines yet.
#[derive(Debug, Clone)]
pub struct AddContract {
    /// The contract.
    pub new: NewContract,
}

/// A contract after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractChanged {
    /// Which one.
    pub contract: ContractId,
    /// Its version now: it grows with every change of the contract, its lines and its documents.
    pub version: u64,
    /// The line that was added or changed, if one was.
    pub line: Option<OrderLineId>,
}

impl Command for AddContract {
    type Outcome = ContractChanged;

    fn action(&self, _: &mut Threshold<'_, '_>) -> Result<Action> {
        Ok(Action::ContractChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<ContractChanged> {
        let contract = Contract::new(act.new_id(), self.new)?;
        contract::insert(act.tx, &contract, act.ctx.now).map_err(number_taken)?;
        act.target = contract.id.into();
        act.detail = json!({ "contract": &contract });
        act.announce("contracts");
        Ok(ContractChanged { contract: contract.id, version: 1, line: None })
    }
}

/// Changes a contract; what is `None` stays as it is.
#[derive(Debug, Clone)]
pub struct ChangeContract {
    /// Which one.
    pub contract: ContractId,
    /// The version that the caller looked at, if they did.
    pub version: Option<u64>,
    /// Another number.
    pub number: Option<String>,
    /// Another vendor.
    pub vendor: Option<String>,
    /// Another name.
    pub name: Option<String>,
    /// Another currency. Only while it has no lines: their prices would come to mean something else.
    pub currency: Option<Currency>,
    /// Another time zone.
    pub zone: Option<String>,
    /// Another first day.
    pub starts_on: Option<Date>,
    /// Another last day, or none.
    pub ends_on: Option<Option<Date>>,
    /// Another notice, or none.
    pub notice: Option<Option<Notice>>,
    /// Another renewal, or none.
    pub renews_for: Option<Option<RecurringTerm>>,
}

impl ChangeContract {
    /// No change yet.
    pub fn of(contract: ContractId, version: Option<u64>) -> Self {
        Self {
            contract,
            version,
            number: None,
            vendor: None,
            name: None,
            currency: None,
            zone: None,
            starts_on: None,
            ends_on: None,
            notice: None,
            renews_for: None,
        }
    }

    fn applied(self, before: &Contract) -> NewContract {
        NewContract {
            number: self.number.unwrap_or_else(|| before.number.clone()),
            vendor: self.vendor.unwrap_or_else(|| before.vendor.clone()),
            name: self.name.unwrap_or_else(|| before.name.clone()),
            currency: self.currency.unwrap_or(before.currency),
            zone: self.zone.unwrap_or_else(|| before.zone.clone()),
            starts_on: self.starts_on.unwrap_or(before.starts_on),
            ends_on: self.ends_on.unwrap_or(before.ends_on),
            notice: self.notice.unwrap_or(before.notice),
            renews_for: self.renews_for.unwrap_or(before.renews_for),
        }
    }
}

impl Command for ChangeContract {
    type Outcome = ContractChanged;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        aim(at, self.contract)?;
        Ok(Action::ContractChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<ContractChanged> {
        let id = self.contract;
        let (before, current) = hold(act.tx, id, self.version)?;
        let after = Contract::new(id, self.applied(&before))?;
        let lines = contract::lines(act.tx, &before)?;
        let lines: Vec<_> = lines.into_iter().map(|row| row.line).collect();
        check_lines(&before, &after, &lines)?;
        contract::update(act.tx, &after).map_err(number_taken)?;
        act.detail = json!({ "before": before, "after": after });
        act.announce("contracts");
        Ok(ContractChanged { contract: id, version: current + 1, line: None })
    }
}

/// Whether the lines of a contract can still be lines of what it becomes.
pub(super) fn check_lines(before: &Contract, after: &Contract, lines: &[OrderLine]) -> Result<()> {
    if before.currency != after.currency && !lines.is_empty() {
        let message = format!(
            "the order lines are priced in {}; add another contract for what is paid in {}",
            before.currency, after.currency
        );
        return Err(Refused::field("currency", message));
    }
    for line in lines {
        if let Err(error) = OrderLine::new(line.id, after, told(line)) {
            let field = if line.starts_on < after.starts_on { "starts_on" } else { "ends_on" };
            return Err(Refused::field(
                field,
                format!("order line {} would no longer fit: {error}", line.number),
            ));
        }
    }
    Ok(())
}

/// An order line as it was told.
pub(super) fn told(line: &OrderLine) -> NewOrderLine {
    NewOrderLine {
        number: line.number,
        purchase_order: line.purchase_order.clone(),
        description: line.description.clone(),
        licence: line.licence,
        packs: line.packs,
        pack_size: line.pack_size,
        term: line.term,
        unit_price: line.unit_price,
        starts_on: line.starts_on,
        ends_on: line.ends_on,
    }
}
