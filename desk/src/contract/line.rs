//! Order lines: added, changed, ended.

use domain::{
    ContractId, LicenceId, OrderLineId,
    contract::{Contract, LineError, NewOrderLine, OrderLine, RecurringTerm},
    licence::{Action, Metric},
};
use jiff::civil::Date;
use serde_json::json;
use store::{ReadTx, contract, licence};

use super::{aim, change::ContractChanged, change::told, hold, number_taken};
use crate::{Act, Command, Refused, Result, Threshold, licence::reason};

impl From<LineError> for Refused {
    fn from(error: LineError) -> Self {
        Self::field(error.field(), &error)
    }
}

/// Adds an order line to a contract.
#[derive(Debug, Clone)]
pub struct AddOrderLine {
    /// To which contract.
    pub contract: ContractId,
    /// The line. Number 0 stands for the next one.
    pub new: NewOrderLine,
}

impl Command for AddOrderLine {
    type Outcome = ContractChanged;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        aim(at, self.contract)?;
        Ok(Action::ContractChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<ContractChanged> {
        let Self { contract: id, mut new } = self;
        let (contract, current) = hold(act.tx, id, None)?;
        if new.number == 0 {
            let lines = contract::lines(act.tx, &contract)?;
            new.number = lines.last().map_or(1, |row| row.line.number.saturating_add(1));
        }
        let licence = fed(act.tx, new.licence)?;
        let line = OrderLine::new(act.new_id(), &contract, new)?;
        contract::insert_line(act.tx, &line, act.ctx.now).map_err(number_taken)?;
        contract::touch(act.tx, id)?;
        act.detail = json!({ "contract": contract.number, "licence": licence, "line": &line });
        Ok(changed(act, &contract, &line, current))
    }
}

/// The name of a licence that an order line may feed.
pub(super) fn fed(tx: &mut ReadTx<'_>, licence: LicenceId) -> Result<String> {
    match licence::by_id(tx, licence)? {
        None => Err(Refused::field("licence", "there is no such licence; add it first")),
        Some(licence) if licence.metric == Metric::Requester => Err(Refused::field(
            "licence",
            format!("{} is free and unlimited; nobody needs to buy it", licence.name),
        )),
        Some(licence) => Ok(licence.name),
    }
}

fn changed(act: &mut Act<'_, '_>, contract: &Contract, line: &OrderLine, before: u64) -> ContractChanged {
    act.target = line.id.into();
    act.announce("contracts");
    act.announce(format!("licence:{}", line.licence));
    ContractChanged { contract: contract.id, version: before + 1, line: Some(line.id) }
}

/// Changes an order line; what is `None` stays as it is.
#[derive(Debug, Clone)]
pub struct ChangeOrderLine {
    /// Of which contract.
    pub contract: ContractId,
    /// Which line.
    pub line: OrderLineId,
    /// The version of the contract that the caller looked at, if they did.
    pub version: Option<u64>,
    /// Another number.
    pub number: Option<u32>,
    /// Another purchase order.
    pub purchase_order: Option<String>,
    /// Another description.
    pub description: Option<String>,
    /// Another licence.
    pub licence: Option<LicenceId>,
    /// Another number of packs.
    pub packs: Option<u32>,
    /// Another size of a pack.
    pub pack_size: Option<u32>,
    /// Another term.
    pub term: Option<RecurringTerm>,
    /// Another price.
    pub unit_price: Option<i64>,
    /// Another first day.
    pub starts_on: Option<Date>,
    /// Another last day, or none.
    pub ends_on: Option<Option<Date>>,
}

impl ChangeOrderLine {
    /// No change yet.
    pub fn of(contract: ContractId, line: OrderLineId, version: Option<u64>) -> Self {
        Self {
            contract,
            line,
            version,
            number: None,
            purchase_order: None,
            description: None,
            licence: None,
            packs: None,
            pack_size: None,
            term: None,
            unit_price: None,
            starts_on: None,
            ends_on: None,
        }
    }

    fn applied(self, before: &OrderLine) -> NewOrderLine {
        let mut new = told(before);
        new.number = self.number.unwrap_or(new.number);
        new.purchase_order = self.purchase_order.unwrap_or(new.purchase_order);
        new.description = self.description.unwrap_or(new.description);
        new.licence = self.licence.unwrap_or(new.licence);
        new.packs = self.packs.unwrap_or(new.packs);
        new.pack_size = self.pack_size.unwrap_or(new.pack_size);
        new.term = self.term.unwrap_or(new.term);
        new.unit_price = self.unit_price.unwrap_or(new.unit_price);
        new.starts_on = self.starts_on.unwrap_or(new.starts_on);
        new.ends_on = self.ends_on.unwrap_or(new.ends_on);
        new
    }
}

/// The line of a contract with this id.
fn line_of(tx: &mut ReadTx<'_>, contract: &Contract, id: OrderLineId) -> Result<OrderLine> {
    let found = contract::lines(tx, contract)?.into_iter().find(|row| row.line.id == id);
    found.map(|row| row.line).ok_or(Refused::NotFound("order line"))
}

impl Command for ChangeOrderLine {
    type Outcome = ContractChanged;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        aim(at, self.contract)?;
        Ok(Action::ContractChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<ContractChanged> {
        let (contract, current) = hold(act.tx, self.contract, self.version)?;
        let before = line_of(act.tx, &contract, self.line)?;
        let after = OrderLine::new(before.id, &contract, self.applied(&before))?;
        if after.licence != before.licence {
            fed(act.tx, after.licence)?;
        }
        contract::update_line(act.tx, &after).map_err(number_taken)?;
        contract::touch(act.tx, contract.id)?;
        act.detail = json!({ "contract": contract.number, "before": &before, "after": &after });
        act.announce(format!("licence:{}", before.licence));
        Ok(changed(act, &contract, &after, current))
    }
}

/// Ends an order line: from the day after on it gives nothing.
#[derive(Debug, Clone)]
pub struct EndOrderLine {
    /// Of which contract.
    pub contract: ContractId,
    /// Which line.
    pub line: OrderLineId,
    /// The version of the contract that the caller looked at, if they did.
    pub version: Option<u64>,
    /// Its last day.
    pub ends_on: Date,
    /// Why, as a sentence.
    pub because: String,
}

impl Command for EndOrderLine {
    type Outcome = ContractChanged;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        aim(at, self.contract)?;
        Ok(Action::ContractChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<ContractChanged> {
        let because = reason(&self.because)?.to_owned();
        let (contract, current) = hold(act.tx, self.contract, self.version)?;
        let before = line_of(act.tx, &contract, self.line)?;
        if let Some(ends_on) = before.ends_on.filter(|ends_on| *ends_on <= self.ends_on) {
            let message = format!("the line ends on {ends_on} already; choose an earlier day");
            return Err(Refused::field("ends_on", message));
        }
        let new = NewOrderLine { ends_on: Some(self.ends_on), ..told(&before) };
        let after = OrderLine::new(before.id, &contract, new)?;
        contract::update_line(act.tx, &after)?;
        contract::touch(act.tx, contract.id)?;
        act.detail = json!({
            "contract": contract.number, "line": after.number, "ends_on": after.ends_on, "because": because,
        });
        Ok(changed(act, &contract, &after, current))
    }
}
