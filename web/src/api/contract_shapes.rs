//! What contracts, positions, alerts and true-ups look like on the wire.

use desk::contract::{
    AlertView, ContractDetailView, ContractSummary, DocumentView, ImportReport, LicenceName, LineView,
    PositionRow, PositionView, RenewalView, RowReport, TrueUpProposal, TrueUpView,
};
use desk::licence::PersonName;
use domain::{
    AlertId, ContractDocumentId, ContractId, LicenceId, OrderLineId, Timestamp, TrueUpId,
    contract::{
        Currency, DeadlineKind, Money, Notice, PositionStanding, RecurringTerm, Renewal, Totals, TrueUpCause,
        alert::AlertKind, sheet::RowOutcome,
    },
    licence::{Metric, Module, TermPhase},
};
use jiff::civil::Date;
use serde_json::{Value, json};

use super::wire::{Book, Wire, wire};

impl Wire for Notice {
    const NAME: Option<&'static str> = Some("Notice");

    fn shape(_: &mut Book) -> Value {
        let one = |name: &str, schema: Value| {
            json!({
                "type": "object", "properties": { name: schema }, "required": [name],
            })
        };
        let days = one("days", json!({ "type": "integer", "minimum": 0, "maximum": 65_535 }));
        let by = one("by", json!({ "type": "string", "format": "date" }));
        json!({ "oneOf": [days, by], "description": "Until when a contract can be ended." })
    }
}

impl Wire for Currency {
    fn shape(_: &mut Book) -> Value {
        json!({ "type": "string", "pattern": "^[A-Z]{3}$", "example": "EUR", "description": "A code of ISO 4217." })
    }
}

impl Wire for Totals {
    fn shape(book: &mut Book) -> Value {
        json!({ "type": "array", "items": Money::schema(book) })
    }
}

wire! {
    /// An amount.
    Money as "Money" {
        currency: Currency,
        /// In minor units of the currency.
        amount: i64,
    }
    /// A licence by name.
    LicenceName as "LicenceName" {
        id: LicenceId,
        name: String,
    }
    /// What has to be decided about a contract, by when.
    Renewal as "Deadline" {
        contract: ContractId,
        kind: DeadlineKind,
        /// The last day to decide.
        deadline: Date,
        /// 0 on the day itself.
        days_left: i64,
        /// The last day of what runs now.
        ends_on: Date,
        /// For how long it renews itself if nobody gives notice.
        renews_for: Option<RecurringTerm>,
    }
    /// A deadline with its contract and money.
    RenewalView as "Renewal" + Renewal {
        number: String,
        vendor: String,
        name: String,
        /// What its lines in force cost in twelve months.
        annual_cost: Money,
    }
    /// A contract in a list.
    ContractSummary as "ContractSummary" {
        id: ContractId,
        number: String,
        vendor: String,
        name: String,
        currency: Currency,
        /// Where its days are counted, by IANA name.
        zone: String,
        starts_on: Date,
        /// Its last day, before any renewal.
        ends_on: Option<Date>,
        notice: Option<Notice>,
        renews_for: Option<RecurringTerm>,
        auto_renews: bool,
        phase: TermPhase,
        /// The last day of what runs now: of the contract, or of its renewal.
        runs_until: Option<Date>,
        /// What has to be decided next.
        deadline: Option<Renewal>,
        line_count: u32,
        /// Seats and tokens that it gives now.
        quantity: u64,
        /// What the lines in force cost in twelve months.
        annual_cost: Money,
    }
    /// A contract with its order lines and documents.
    ContractDetailView as "Contract" + ContractSummary {
        /// Grows with every change of the contract, its lines and its documents; the ETag.
        version: u64,
        lines: Vec<LineView>,
        documents: Vec<DocumentView>,
    }
    /// An order line.
    LineView as "OrderLine" {
        id: OrderLineId,
        number: u32,
        purchase_order: String,
        description: String,
        licence: LicenceName,
        packs: u32,
        pack_size: u32,
        /// Packs times pack size.
        quantity: u32,
        term: RecurringTerm,
        /// For one seat or token and one term.
        unit_price: Money,
        /// For all of it and one term.
        term_price: Money,
        /// For all of it and twelve months.
        annual_cost: Money,
        starts_on: Date,
        /// As long as the contract if null.
        ends_on: Option<Date>,
        /// Whether it counts now.
        in_force: bool,
        entered_at: Timestamp,
    }
    /// A document of a contract.
    DocumentView as "ContractDocument" {
        id: ContractDocumentId,
        name: String,
        content_type: String,
        size: u64,
        person: Option<PersonName>,
        at: Timestamp,
    }
    /// What became of a file of contracts, or would.
    ImportReport as "ContractImport" {
        /// Whether nothing was written.
        dry_run: bool,
        placed: u32,
        changed: u32,
        unchanged: u32,
        refused: u32,
        rows: Vec<RowReport>,
    }
    /// What became of a row, or would.
    RowReport as "ContractImportRow" {
        /// As a spreadsheet counts: the names of the columns are row 1.
        row: u32,
        contract_number: String,
        line_number: String,
        outcome: RowOutcome,
        /// Why it was refused, with row and column.
        sentence: String,
    }
    /// How every licence stands against what was bought.
    PositionView as "Position" {
        at: Date,
        /// Whether the day lies ahead, so that the use is that of today.
        projected: bool,
        items: Vec<PositionRow>,
        /// What all lines in force cost in twelve months, by currency.
        annual_cost: Totals,
    }
    /// How a licence stands.
    PositionRow as "LicencePosition" {
        licence: LicenceId,
        name: String,
        module: Option<Module>,
        metric: Metric,
        /// What the order lines in force give.
        entitled: u32,
        /// Seats or tokens that the desk gives out at most.
        quantity: u32,
        /// Seats that were somebody's at one time that day; the most there were.
        assigned: u32,
        /// Seats that were somebody's, or tokens that were held, at one time that day; the most there were.
        in_use: u32,
        /// How many more the desk would give out than were bought.
        uncovered: u32,
        /// How many more were used than were bought.
        over: u32,
        standing: PositionStanding,
        /// What is left to give out.
        free: u32,
        /// How many are to be kept free.
        minimum_free: Option<u32>,
        annual_cost: Totals,
    }
    /// Something that a licence manager is told, once.
    AlertView as "Alert" {
        id: AlertId,
        kind: AlertKind,
        licence: Option<LicenceName>,
        contract: Option<ContractId>,
        sentence: String,
        raised_at: Timestamp,
        acknowledged_at: Option<Timestamp>,
        acknowledged_by: Option<PersonName>,
        /// When it became untrue.
        cleared_at: Option<Timestamp>,
    }
    /// An entry that could be written.
    TrueUpProposal as "TrueUpProposal" {
        licence: LicenceName,
        /// The order line that it is priced by.
        line: OrderLineId,
        line_number: u32,
        contract_number: String,
        /// What was used above what was bought; nothing is proposed twice.
        cause: TrueUpCause,
        quantity: u32,
        from: Date,
        /// This day is part of it.
        until: Date,
        money: Money,
        /// The arithmetic.
        sentence: String,
    }
    /// An entry of the true-up ledger.
    TrueUpView as "TrueUp" {
        id: TrueUpId,
        licence: LicenceName,
        line: OrderLineId,
        cause: TrueUpCause,
        quantity: u32,
        from: Date,
        until: Date,
        /// Below zero where it takes another entry back.
        money: Money,
        /// The arithmetic.
        sentence: String,
        note: String,
        reverses: Option<TrueUpId>,
        reversed_by: Option<TrueUpId>,
        person: Option<PersonName>,
        at: Timestamp,
    }
}
