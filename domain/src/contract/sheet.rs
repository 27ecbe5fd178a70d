//! Contracts and their order lines as rows of a sheet: which columns there are, what their cells mean, and what is wrong
//! with a row. How a file becomes rows is its channel's business.
//!
//! `entId`, `entCreationDate` and `rightDescription` are named as ISO/IEC 19770-3 names them in what is public of it; see
//! `docs/contracts.md`. A row without `line_number` is a contract without lines.

use std::{collections::BTreeMap, fmt, str::FromStr};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{
    agreement::{Contract, ContractError, NewContract, Notice},
    line::{LineError, OrderLine},
    money::{Currency, Money},
    term::RecurringTerm,
};
use crate::{Timestamp, identity::named};

/// The columns, in the order in which they are written.
pub const COLUMNS: [&str; 22] = [
    "contract_number",
    "vendor",
    "contract_name",
    "currency",
    "time_zone",
    "contract_starts_on",
    "contract_ends_on",
    "notice_days",
    "notice_on",
    "renews_for",
    "line_number",
    "entId",
    "entCreationDate",
    "rightDescription",
    "purchase_order",
    "licence",
    "packs",
    "pack_size",
    "term",
    "unit_price",
    "line_starts_on",
    "line_ends_on",
];

/// Those that a file must have.
pub const REQUIRED: [&str; 6] =
    ["contract_number", "vendor", "contract_name", "currency", "time_zone", "contract_starts_on"];

/// The most rows of one file.
pub const ROWS_LIMIT: usize = 5_000;

/// A first row that names the wrong columns.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// A column that means nothing here.
    #[error("row 1: there is no column `{0}`; the columns are {columns}", columns = COLUMNS.join(", "))]
    Unknown(String),
    /// A column twice.
    #[error("row 1: the column `{0}` stands there twice; keep one of them")]
    Twice(String),
    /// A column that must be there.
    #[error("row 1: the column `{0}` is missing; export contracts once to see all of them")]
    Missing(&'static str),
}

/// Checks the names of the columns.
pub fn check_header<'h>(names: impl IntoIterator<Item = &'h str>) -> Result<(), HeaderError> {
    let shown = |name: &str| name.chars().take(60).collect::<String>();
    let mut seen = Vec::new();
    for name in names {
        if !COLUMNS.contains(&name) {
            return Err(HeaderError::Unknown(shown(name)));
        }
        if seen.contains(&name) {
            return Err(HeaderError::Twice(shown(name)));
        }
        seen.push(name);
    }
    match REQUIRED.into_iter().find(|name| !seen.contains(name)) {
        Some(missing) => Err(HeaderError::Missing(missing)),
        None => Ok(()),
    }
}

/// A row as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetRow {
    /// Its number, as a spreadsheet counts: the names of the columns are row 1.
    pub row: u32,
    /// Its cells by column, without the guards of [`guard`].
    pub cells: BTreeMap<String, String>,
}

/// What is wrong with one cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellError {
    /// In which row.
    pub row: u32,
    /// In which column.
    pub column: String,
    /// What to do about it.
    pub message: String,
}

impl fmt::Display for CellError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}, column {}: {}", self.row, self.column, self.message)
    }
}

named! {
    /// What becomes of a row.
    RowOutcome {
        /// It brings something new.
        Placed = "placed",
        /// It changes what is there.
        Changed = "changed",
        /// All of it is there already.
        Unchanged = "unchanged",
        /// It cannot be taken.
        Refused = "refused",
    }
}

/// A row that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadRow {
    /// The contract, as this row tells of it.
    pub contract: NewContract,
    /// The order line, if the row has one.
    pub line: Option<ReadLine>,
}

/// An order line as a row tells of it; its licence is called by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadLine {
    /// Its number within the contract.
    pub number: u32,
    /// The purchase order.
    pub purchase_order: String,
    /// What stands on the order.
    pub description: String,
    /// The name of the licence it feeds.
    pub licence: String,
    /// How many packs.
    pub packs: u32,
    /// Seats or tokens in each.
    pub pack_size: u32,
    /// For how long the price is paid at a time.
    pub term: RecurringTerm,
    /// Minor units for one seat or token and one term.
    pub unit_price: i64,
    /// Its first day.
    pub starts_on: Date,
    /// Its last day.
    pub ends_on: Option<Date>,
}

/// The column in which a field of a contract stands.
pub fn contract_column(error: &ContractError) -> &'static str {
    match error.field() {
        "number" => "contract_number",
        "vendor" => "vendor",
        "zone" => "time_zone",
        "starts_on" => "contract_starts_on",
        "ends_on" => "contract_ends_on",
        "notice" => "notice_on",
        "renews_for" => "renews_for",
        _ => "contract_name",
    }
}

/// The column in which a field of an order line stands.
pub fn line_column(error: &LineError) -> &'static str {
    match error.field() {
        "number" => "line_number",
        "purchase_order" => "purchase_order",
        "description" => "rightDescription",
        "packs" => "packs",
        "pack_size" => "pack_size",
        "unit_price" => "unit_price",
        "ends_on" => "line_ends_on",
        _ => "line_starts_on",
    }
}

impl SheetRow {
    /// What is wrong in a column of this row.
    #[expect(clippy::needless_pass_by_value, reason = "callers hand over an error or a literal alike")]
    pub fn wrong(&self, column: &str, message: impl ToString) -> CellError {
        CellError { row: self.row, column: column.to_owned(), message: message.to_string() }
    }

    /// The text of a cell; nothing where there is none.
    pub fn cell(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", |cell| cell.trim())
    }

    /// Reads the row, or says everything that is wrong with it.
    pub fn read(&self) -> Result<ReadRow, Vec<CellError>> {
        let mut reader = Reader { row: self, errors: Vec::new() };
        let contract = reader.contract();
        let line = if self.cell("line_number").is_empty() {
            reader.no_line();
            Some(None)
        } else {
            reader.line(contract.as_ref().map(|contract| contract.currency)).map(Some)
        };
        match (contract, line) {
            (Some(contract), Some(line)) if reader.errors.is_empty() => Ok(ReadRow { contract, line }),
            _ => Err(reader.errors),
        }
    }
}

struct Reader<'r> {
    row: &'r SheetRow,
    errors: Vec<CellError>,
}

const DAY: &str = "write a day such as 2026-12-31";
const NUMBER: &str = "write a whole number";

impl Reader<'_> {
    fn refuse(&mut self, column: &str, message: impl ToString) {
        self.errors.push(self.row.wrong(column, message));
    }

    fn required<T: FromStr>(&mut self, column: &'static str, shape: &str) -> Option<T> {
        let read = self.row.cell(column).parse().ok();
        if read.is_none() {
            self.refuse(column, shape);
        }
        read
    }

    fn optional<T: FromStr>(&mut self, column: &'static str, shape: &str) -> Option<T> {
        if self.row.cell(column).is_empty() { None } else { self.required(column, shape) }
    }

    fn term(&mut self, column: &'static str) -> Option<RecurringTerm> {
        let term = RecurringTerm::parse(self.row.cell(column));
        if term.is_none() {
            let known: Vec<_> = RecurringTerm::ALL.iter().map(|term| term.as_str()).collect();
            self.refuse(column, format!("write one of {}", known.join(", ")));
        }
        term
    }

    fn contract(&mut self) -> Option<NewContract> {
        let currency = match self.row.cell("currency").parse::<Currency>() {
            Ok(currency) => Some(currency),
            Err(error) => {
                self.refuse("currency", error);
                None
            }
        };
        let starts_on = self.required("contract_starts_on", DAY);
        let ends_on = self.optional("contract_ends_on", DAY);
        let days = self.optional::<u16>("notice_days", NUMBER).map(Notice::Days);
        let by = self.optional::<Date>("notice_on", DAY).map(Notice::By);
        if days.is_some() && by.is_some() {
            self.refuse("notice_on", "say the notice in days or as a day, not both");
        }
        let renews = !self.row.cell("renews_for").is_empty();
        let renews_for = if renews { self.term("renews_for") } else { None };
        Some(NewContract {
            number: self.row.cell("contract_number").to_owned(),
            vendor: self.row.cell("vendor").to_owned(),
            name: self.row.cell("contract_name").to_owned(),
            currency: currency?,
            zone: self.row.cell("time_zone").to_owned(),
            starts_on: starts_on?,
            ends_on,
            notice: days.or(by),
            renews_for,
        })
    }

    fn line(&mut self, currency: Option<Currency>) -> Option<ReadLine> {
        let number = self.required("line_number", NUMBER);
        let licence = self.row.cell("licence").to_owned();
        if licence.is_empty() {
            self.refuse("licence", "write the name of the licence that the line feeds");
        }
        let packs = self.required("packs", NUMBER);
        let pack_size = self.required("pack_size", NUMBER);
        let term = self.term("term");
        let unit_price = match currency.map(|currency| Money::parse(currency, self.row.cell("unit_price"))) {
            Some(Ok(price)) => Some(price.amount),
            Some(Err(error)) => {
                self.refuse("unit_price", error);
                None
            }
            None => None,
        };
        let starts_on = self.required("line_starts_on", DAY);
        let ends_on = self.optional("line_ends_on", DAY);
        Some(ReadLine {
            number: number?,
            purchase_order: self.row.cell("purchase_order").to_owned(),
            description: self.row.cell("rightDescription").to_owned(),
            licence,
            packs: packs?,
            pack_size: pack_size?,
            term: term?,
            unit_price: unit_price?,
            starts_on: starts_on?,
            ends_on,
        })
    }

    /// Cells of a line without its number would be lost without a word.
    fn no_line(&mut self) {
        let own = ["licence", "packs", "pack_size", "term", "unit_price", "line_starts_on", "line_ends_on"];
        if own.iter().any(|column| !self.row.cell(column).is_empty()) {
            self.refuse("line_number", "number the order line, or leave all of its cells empty");
        }
    }
}

/// The cells of a contract and, if it has one here, an order line with the name of its licence and when it was entered; in
/// the order of [`COLUMNS`].
pub fn cells(contract: &Contract, line: Option<(&OrderLine, &str, Timestamp)>) -> Vec<String> {
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let (days, by) = match contract.notice {
        Some(Notice::Days(days)) => (days.to_string(), String::new()),
        Some(Notice::By(by)) => (String::new(), by.to_string()),
        None => Default::default(),
    };
    let mut cells = vec![
        contract.number.clone(),
        contract.vendor.clone(),
        contract.name.clone(),
        contract.currency.to_string(),
        contract.zone.clone(),
        contract.starts_on.to_string(),
        day(contract.ends_on),
        days,
        by,
        contract.renews_for.map(|term| term.to_string()).unwrap_or_default(),
    ];
    if let Some((line, licence, entered_at)) = line {
        cells.extend([
            line.number.to_string(),
            line.id.to_string(),
            entered_at.to_string(),
            line.description.clone(),
            line.purchase_order.clone(),
            licence.to_owned(),
            line.packs.to_string(),
            line.pack_size.to_string(),
            line.term.to_string(),
            Money::new(contract.currency, line.unit_price).plain(),
            line.starts_on.to_string(),
            day(line.ends_on),
        ]);
    }
    cells.resize(COLUMNS.len(), String::new());
    cells
}

/// A mark that spreadsheets show as text.
const GUARD: char = '\'';

/// What a spreadsheet may take for a formula (OWASP, CSV Injection), and the guard itself.
fn is_guarded(first: char) -> bool {
    matches!(first, '=' | '+' | '-' | '@' | '\t' | '\r' | GUARD)
}

/// A cell that no spreadsheet takes for a formula: one that begins like one gets a mark before it.
pub fn guard(cell: &str) -> std::borrow::Cow<'_, str> {
    if cell.starts_with(is_guarded) { format!("{GUARD}{cell}").into() } else { cell.into() }
}

/// The cell that [`guard`] was given.
pub fn unguard(cell: &str) -> &str {
    cell.strip_prefix(GUARD).filter(|rest| rest.starts_with(is_guarded)).unwrap_or(cell)
}
