//! Contracts, order lines, their documents, and the true-up ledger.

use domain::{
    ContractDocumentId, ContractId, LicenceId, OrderLineId, PersonId, Timestamp, TrueUpId,
    contract::{
        Contract, Currency, Excess, Money, NewContract, NewOrderLine, Notice, OrderLine, RecurringTerm,
        TrueUpCause,
    },
};

use crate::{ReadTx, Result, Row, Value, WriteTx, statement::statements, ticket::json};

macro_rules! contract_columns {
    () => {
        "id, number, vendor, name, currency, zone, starts_on, ends_on, notice, renews_for, version"
    };
}

macro_rules! line_columns {
    () => {
        "id, contract_id, number, purchase_order, description, licence_id, packs, pack_size, term, unit_price, starts_on,
         ends_on, created_at"
    };
}

macro_rules! document_columns {
    () => {
        "id, contract_id, name, content_type, size, sha256, person_id, at"
    };
}

macro_rules! true_up_columns {
    () => {
        "t.id, t.licence_id, t.line_id, t.cause, t.quantity, t.from_on, t.until_on, t.currency, t.amount, t.sentence, t.note,
         t.reverses, t.person_id, t.at"
    };
}

statements! {
    INSERT = "INSERT INTO contract (id, number, vendor, name, currency, zone, starts_on, ends_on, notice, renews_for,
            version, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11)";
    UPDATE = "UPDATE contract SET number = $2, vendor = $3, name = $4, currency = $5, zone = $6, starts_on = $7,
            ends_on = $8, notice = $9, renews_for = $10, version = version + 1 WHERE id = $1";
    TOUCH = "UPDATE contract SET version = version + 1 WHERE id = $1";
    BY_ID = concat!("SELECT ", contract_columns!(), " FROM contract WHERE id = $1");
    LOCK = concat!("SELECT ", contract_columns!(), " FROM contract WHERE id = $1 FOR UPDATE");
    ALL_CONTRACTS = concat!("SELECT ", contract_columns!(), " FROM contract ORDER BY number, id");
    PAGE = concat!("SELECT ", contract_columns!(), " FROM contract WHERE number > $1 ORDER BY number LIMIT $2");

    LINE_INSERT = "INSERT INTO order_line (id, contract_id, number, purchase_order, description, licence_id, packs,
            pack_size, term, unit_price, starts_on, ends_on, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    LINE_UPDATE = "UPDATE order_line SET number = $2, purchase_order = $3, description = $4, licence_id = $5, packs = $6,
            pack_size = $7, term = $8, unit_price = $9, starts_on = $10, ends_on = $11 WHERE id = $1";
    LINES = concat!("SELECT ", line_columns!(), " FROM order_line WHERE contract_id = $1 ORDER BY number");
    ALL_LINES = concat!("SELECT ", line_columns!(), " FROM order_line ORDER BY contract_id, number");
    LINE_CONTRACT = "SELECT contract_id FROM order_line WHERE id = $1";

    DOCUMENT_INSERT = "INSERT INTO contract_document (id, contract_id, name, content_type, size, sha256, person_id, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    DOCUMENTS = concat!("SELECT ", document_columns!(), " FROM contract_document WHERE contract_id = $1 ORDER BY id");
    DOCUMENT = concat!("SELECT ", document_columns!(), " FROM contract_document WHERE id = $1");

    TRUE_UP_INSERT = "INSERT INTO true_up (id, licence_id, line_id, cause, quantity, from_on, until_on, currency, amount,
            sentence, note, reverses, person_id, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    TRUE_UPS = concat!(
        "SELECT ", true_up_columns!(), ", r.id FROM true_up t LEFT JOIN true_up r ON r.reverses = t.id
         WHERE t.id < $1 ORDER BY t.id DESC LIMIT $2"
    );
    TRUE_UPS_OF = concat!(
        "SELECT ", true_up_columns!(), ", r.id FROM true_up t LEFT JOIN true_up r ON r.reverses = t.id
         WHERE t.licence_id = $1 ORDER BY t.id DESC"
    );
    TRUE_UP = concat!(
        "SELECT ", true_up_columns!(), ", r.id FROM true_up t LEFT JOIN true_up r ON r.reverses = t.id WHERE t.id = $1"
    );
}

fn day(row: &Row<'_>, column: usize) -> Result<jiff::civil::Date> {
    row.parse(column, |text| text.parse().ok())
}

fn perhaps<T>(row: &Row<'_>, column: usize, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| parse(&text).ok_or_else(|| row.unexpected(column, &text))).transpose()
}

fn currency(row: &Row<'_>, column: usize) -> Result<Currency> {
    row.parse(column, |text| text.parse().ok())
}

fn read_contract(row: &Row<'_>) -> Result<(Contract, u64)> {
    let new = NewContract {
        number: row.get(1)?,
        vendor: row.get(2)?,
        name: row.get(3)?,
        currency: currency(row, 4)?,
        zone: row.get(5)?,
        starts_on: day(row, 6)?,
        ends_on: perhaps(row, 7, |text| text.parse().ok())?,
        notice: perhaps::<Notice>(row, 8, |text| serde_json::from_str(text).ok())?,
        renews_for: perhaps(row, 9, RecurringTerm::parse)?,
    };
    let contract = Contract::new(row.get(0)?, new).map_err(|error| row.unexpected(1, &error.to_string()))?;
    Ok((contract, row.get(10)?))
}

fn contract_values(contract: &Contract) -> [Value<'_>; 10] {
    [
        contract.id.into(),
        (&contract.number).into(),
        (&contract.vendor).into(),
        (&contract.name).into(),
        Value::name(contract.currency),
        (&contract.zone).into(),
        Value::name(contract.starts_on),
        contract.ends_on.map(|day| day.to_string()).into(),
        contract.notice.map(|notice| json(&notice)).into(),
        contract.renews_for.map(RecurringTerm::as_str).into(),
    ]
}

/// Writes a new contract.
pub fn insert(tx: &mut WriteTx<'_>, contract: &Contract, now: Timestamp) -> Result<()> {
    let mut values = contract_values(contract).to_vec();
    values.push(now.into());
    tx.execute(INSERT, &values).map(drop)
}

/// Writes what a contract has become; its version grows.
pub fn update(tx: &mut WriteTx<'_>, contract: &Contract) -> Result<()> {
    tx.execute(UPDATE, &contract_values(contract)).map(drop)
}

/// Something of a contract changed: its version grows.
pub fn touch(tx: &mut WriteTx<'_>, contract: ContractId) -> Result<()> {
    tx.execute(TOUCH, &[contract.into()]).map(drop)
}

/// A contract and its version.
pub fn by_id(tx: &mut ReadTx<'_>, id: ContractId) -> Result<Option<(Contract, u64)>> {
    tx.row(BY_ID, &[id.into()], read_contract)
}

/// The same, held against every other change.
pub fn lock(tx: &mut WriteTx<'_>, id: ContractId) -> Result<Option<(Contract, u64)>> {
    tx.row(LOCK, &[id.into()], read_contract)
}

/// All contracts by number, with their versions.
pub fn all(tx: &mut ReadTx<'_>) -> Result<Vec<(Contract, u64)>> {
    tx.rows(ALL_CONTRACTS, &[], read_contract)
}

/// Contracts by number, after one of them.
pub fn page(tx: &mut ReadTx<'_>, after: Option<&str>, limit: u32) -> Result<Vec<(Contract, u64)>> {
    tx.rows(PAGE, &[after.unwrap_or_default().into(), limit.into()], read_contract)
}

// Order lines.

/// An order line and when it was entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineRow {
    /// The line.
    pub line: OrderLine,
    /// When it was entered.
    pub created_at: Timestamp,
}

/// A line as it stands in its row, before it is held against its contract.
struct RawLine {
    id: OrderLineId,
    contract: ContractId,
    new: NewOrderLine,
    created_at: Timestamp,
}

fn read_line(row: &Row<'_>) -> Result<RawLine> {
    let new = NewOrderLine {
        number: row.get(2)?,
        purchase_order: row.get(3)?,
        description: row.get(4)?,
        licence: row.get(5)?,
        packs: row.get(6)?,
        pack_size: row.get(7)?,
        term: row.parse(8, RecurringTerm::parse)?,
        unit_price: row.get(9)?,
        starts_on: day(row, 10)?,
        ends_on: perhaps(row, 11, |text| text.parse().ok())?,
    };
    Ok(RawLine { id: row.get(0)?, contract: row.get(1)?, new, created_at: row.get(12)? })
}

impl RawLine {
    fn of(self, contract: &Contract) -> Result<LineRow> {
        let Self { id, new, created_at, .. } = self;
        let line = OrderLine::new(id, contract, new).map_err(|error| {
            crate::StoreError::Engine(format!(
                "order line {id} of contract {} cannot be: {error}",
                contract.number
            ))
        })?;
        Ok(LineRow { line, created_at })
    }
}

/// The order lines of a contract, by number.
pub fn lines(tx: &mut ReadTx<'_>, contract: &Contract) -> Result<Vec<LineRow>> {
    let rows = tx.rows(LINES, &[contract.id.into()], read_line)?;
    rows.into_iter().map(|row| row.of(contract)).collect()
}

/// All contracts by number, each with its version and its lines.
pub fn with_lines(tx: &mut ReadTx<'_>) -> Result<Vec<(Contract, u64, Vec<LineRow>)>> {
    let mut contracts: Vec<_> =
        all(tx)?.into_iter().map(|(contract, version)| (contract, version, Vec::new())).collect();
    let places: std::collections::HashMap<ContractId, usize> =
        contracts.iter().enumerate().map(|(place, (contract, ..))| (contract.id, place)).collect();
    for row in tx.rows(ALL_LINES, &[], read_line)? {
        if let Some(place) = places.get(&row.contract) {
            let (contract, _, lines) = &mut contracts[*place];
            lines.push(row.of(contract)?);
        }
    }
    Ok(contracts)
}

/// The contract that a line stands in.
pub fn contract_of(tx: &mut ReadTx<'_>, line: OrderLineId) -> Result<Option<ContractId>> {
    tx.row(LINE_CONTRACT, &[line.into()], |row| row.get(0))
}

/// Writes a new order line.
pub fn insert_line(tx: &mut WriteTx<'_>, line: &OrderLine, now: Timestamp) -> Result<()> {
    tx.execute(
        LINE_INSERT,
        &[
            line.id.into(),
            line.contract.into(),
            line.number.into(),
            (&line.purchase_order).into(),
            (&line.description).into(),
            line.licence.into(),
            line.packs.into(),
            line.pack_size.into(),
            line.term.as_str().into(),
            line.unit_price.into(),
            Value::name(line.starts_on),
            line.ends_on.map(|day| day.to_string()).into(),
            now.into(),
        ],
    )
    .map(drop)
}

/// Writes what an order line has become.
pub fn update_line(tx: &mut WriteTx<'_>, line: &OrderLine) -> Result<()> {
    tx.execute(
        LINE_UPDATE,
        &[
            line.id.into(),
            line.number.into(),
            (&line.purchase_order).into(),
            (&line.description).into(),
            line.licence.into(),
            line.packs.into(),
            line.pack_size.into(),
            line.term.as_str().into(),
            line.unit_price.into(),
            Value::name(line.starts_on),
            line.ends_on.map(|day| day.to_string()).into(),
        ],
    )
    .map(drop)
}

// Documents.

/// A file on a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Which one.
    pub id: ContractDocumentId,
    /// On which contract.
    pub contract: ContractId,
    /// The name it was sent with.
    pub name: String,
    /// The media type it was sent with.
    pub content_type: String,
    /// Its length in bytes.
    pub size: u64,
    /// What its content is called.
    pub sha256: [u8; 32],
    /// Who attached it.
    pub person: Option<PersonId>,
    /// When.
    pub at: Timestamp,
}

fn read_document(row: &Row<'_>) -> Result<Document> {
    Ok(Document {
        id: row.get(0)?,
        contract: row.get(1)?,
        name: row.get(2)?,
        content_type: row.get(3)?,
        size: row.get(4)?,
        sha256: row.get(5)?,
        person: row.get(6)?,
        at: row.get(7)?,
    })
}

/// Writes a document, whose content is kept already.
pub fn attach(tx: &mut WriteTx<'_>, document: &Document) -> Result<()> {
    tx.execute(
        DOCUMENT_INSERT,
        &[
            document.id.into(),
            document.contract.into(),
            (&document.name).into(),
            (&document.content_type).into(),
            document.size.into(),
            (&document.sha256).into(),
            document.person.into(),
            document.at.into(),
        ],
    )
    .map(drop)
}

/// The documents of a contract, in the order in which they were attached.
pub fn documents(tx: &mut ReadTx<'_>, contract: ContractId) -> Result<Vec<Document>> {
    tx.rows(DOCUMENTS, &[contract.into()], read_document)
}

/// One document.
pub fn document(tx: &mut ReadTx<'_>, id: ContractDocumentId) -> Result<Option<Document>> {
    tx.row(DOCUMENT, &[id.into()], read_document)
}

// The true-up ledger.

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrueUp {
    /// Which one.
    pub id: TrueUpId,
    /// Of which licence.
    pub licence: LicenceId,
    /// Priced by which order line.
    pub line: OrderLineId,
    /// What was used above what was bought.
    pub cause: TrueUpCause,
    /// How many, on which days.
    pub excess: Excess,
    /// How much; below zero where it takes another entry back.
    pub money: Money,
    /// The arithmetic.
    pub sentence: String,
    /// What was said to it; may be empty.
    pub note: String,
    /// The entry that it takes back.
    pub reverses: Option<TrueUpId>,
    /// Who wrote it.
    pub person: Option<PersonId>,
    /// When.
    pub at: Timestamp,
    /// The entry that takes it back.
    pub reversed_by: Option<TrueUpId>,
}

fn read_true_up(row: &Row<'_>) -> Result<TrueUp> {
    Ok(TrueUp {
        id: row.get(0)?,
        licence: row.get(1)?,
        line: row.get(2)?,
        cause: row.parse(3, TrueUpCause::parse)?,
        excess: Excess { quantity: row.get(4)?, from: day(row, 5)?, until: day(row, 6)? },
        money: Money::new(currency(row, 7)?, row.get(8)?),
        sentence: row.get(9)?,
        note: row.get(10)?,
        reverses: row.get(11)?,
        person: row.get(12)?,
        at: row.get(13)?,
        reversed_by: row.get(14)?,
    })
}

/// Writes an entry. There is no statement that changes one.
pub fn record_true_up(tx: &mut WriteTx<'_>, entry: &TrueUp) -> Result<()> {
    tx.execute(
        TRUE_UP_INSERT,
        &[
            entry.id.into(),
            entry.licence.into(),
            entry.line.into(),
            entry.cause.as_str().into(),
            entry.excess.quantity.into(),
            Value::name(entry.excess.from),
            Value::name(entry.excess.until),
            Value::name(entry.money.currency),
            entry.money.amount.into(),
            (&entry.sentence).into(),
            (&entry.note).into(),
            entry.reverses.into(),
            entry.person.into(),
            entry.at.into(),
        ],
    )
    .map(drop)
}

/// A page of the ledger, latest first.
pub fn true_ups(tx: &mut ReadTx<'_>, before: Option<TrueUpId>, limit: u32) -> Result<Vec<TrueUp>> {
    let before = before.map_or(Value::from(crate::value::AFTER_EVERY_ID), Value::from);
    tx.rows(TRUE_UPS, &[before, limit.into()], read_true_up)
}

/// All entries of a licence, latest first.
pub fn true_ups_of(tx: &mut ReadTx<'_>, licence: LicenceId) -> Result<Vec<TrueUp>> {
    tx.rows(TRUE_UPS_OF, &[licence.into()], read_true_up)
}

/// One entry.
pub fn true_up(tx: &mut ReadTx<'_>, id: TrueUpId) -> Result<Option<TrueUp>> {
    tx.row(TRUE_UP, &[id.into()], read_true_up)
}
