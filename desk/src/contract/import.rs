//! Contracts out of a sheet, and into one. A row is known by its contract's number and its line's number, so that the same
//! file brought in twice changes nothing the second time.

use std::collections::{BTreeMap, HashMap};

use domain::{
    contract::{
        Contract, NewOrderLine, OrderLine,
        sheet::{self, CellError, ReadLine, ReadRow, RowOutcome, SheetRow},
    },
    identity::Capability,
    licence::{Action, Licence, Metric},
    new_id,
};
use rand::{SeedableRng as _, rngs::StdRng};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{WriteTx, contract, licence};
use uuid::Uuid;

use super::{
    book::{Book, licence_names},
    change::check_lines,
};
use crate::{Act, Command, Look, Query, Refused, Result, Threshold};

/// What became of a file, or would.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReport {
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Rows that brought something new.
    pub placed: u32,
    /// Rows that changed what was there.
    pub changed: u32,
    /// Rows of which all was there already.
    pub unchanged: u32,
    /// Rows that could not be taken.
    pub refused: u32,
    /// Each row.
    pub rows: Vec<RowReport>,
}

/// What became of a row, or would.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowReport {
    /// Its number, as a spreadsheet counts.
    pub row: u32,
    /// Its contract's number, as it stands there.
    pub contract_number: String,
    /// Its line's number, as it stands there.
    pub line_number: String,
    /// What became of it.
    pub outcome: RowOutcome,
    /// Why it was refused, with row and column; empty otherwise.
    pub sentence: String,
}

/// How something of the desk stands against the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Same,
    Changed,
    Fresh,
}

/// A contract on its way.
#[derive(Clone)]
struct Draft {
    contract: Contract,
    state: State,
    /// The row that told of it first.
    told_in: Option<u32>,
    lines: BTreeMap<u32, DraftLine>,
}

#[derive(Clone)]
struct DraftLine {
    line: OrderLine,
    state: State,
    told_in: Option<u32>,
}

/// All contracts, by number, and what the rows make of them.
struct Plan<'n> {
    drafts: BTreeMap<String, Draft>,
    licences: HashMap<String, Licence>,
    next_id: &'n mut dyn FnMut() -> Uuid,
}

impl<'n> Plan<'n> {
    fn new(book: Book, licences: Vec<Licence>, next_id: &'n mut dyn FnMut() -> Uuid) -> Self {
        let draft = |(contract, _, rows): (Contract, u64, Vec<contract::LineRow>)| {
            let lines = rows.into_iter().map(|row| {
                (row.line.number, DraftLine { line: row.line, state: State::Same, told_in: None })
            });
            let lines = lines.collect();
            (contract.number.clone(), Draft { contract, state: State::Same, told_in: None, lines })
        };
        Self {
            drafts: book.0.into_iter().map(draft).collect(),
            licences: licences.into_iter().map(|licence| (licence.name.clone(), licence)).collect(),
            next_id,
        }
    }

    fn take(&mut self, rows: &[SheetRow]) -> ImportReport {
        let mut report = ImportReport {
            dry_run: false,
            placed: 0,
            changed: 0,
            unchanged: 0,
            refused: 0,
            rows: Vec::new(),
        };
        for row in rows {
            let (outcome, sentence) = match self.row(row) {
                Ok(State::Fresh) => (RowOutcome::Placed, String::new()),
                Ok(State::Changed) => (RowOutcome::Changed, String::new()),
                Ok(State::Same) => (RowOutcome::Unchanged, String::new()),
                Err(errors) => {
                    let sentences: Vec<_> = errors.iter().map(ToString::to_string).collect();
                    (RowOutcome::Refused, sentences.join("; "))
                }
            };
            *match outcome {
                RowOutcome::Placed => &mut report.placed,
                RowOutcome::Changed => &mut report.changed,
                RowOutcome::Unchanged => &mut report.unchanged,
                RowOutcome::Refused => &mut report.refused,
            } += 1;
            report.rows.push(RowReport {
                row: row.row,
                contract_number: row.cell("contract_number").to_owned(),
                line_number: row.cell("line_number").to_owned(),
                outcome,
                sentence,
            });
        }
        report
    }

    /// Takes a row as a whole: a line that cannot be brings no contract with it.
    fn row(&mut self, row: &SheetRow) -> Result<State, Vec<CellError>> {
        let ReadRow { contract, line } = row.read()?;
        let number = contract.number.trim().to_owned();
        let before = self.drafts.get(&number).cloned();
        let id = before.as_ref().map_or_else(|| (self.next_id)().into(), |draft| draft.contract.id);
        let told = Contract::new(id, contract)
            .map_err(|error| vec![row.wrong(sheet::contract_column(&error), &error)])?;
        let mut draft = match before {
            None => Draft { contract: told, state: State::Fresh, told_in: None, lines: BTreeMap::new() },
            Some(draft) => retold(row, draft, told)?,
        };
        let mut state = if draft.told_in.is_none() { draft.state } else { State::Same };
        draft.told_in.get_or_insert(row.row);
        if let Some(line) = line {
            state = state.max(self.line(row, &mut draft, line).map_err(|error| vec![error])?);
        }
        self.drafts.insert(number, draft);
        Ok(state)
    }

    fn line(&mut self, row: &SheetRow, draft: &mut Draft, told: ReadLine) -> Result<State, CellError> {
        let before = draft.lines.get(&told.number);
        if let Some(earlier) = before.and_then(|line| line.told_in) {
            let message = format!("row {earlier} tells of this line already; keep one of them");
            return Err(row.wrong("line_number", message));
        }
        let licence = self.licences.get(&told.licence).ok_or_else(|| {
            let message =
                format!("there is no licence `{}`; add it first, or correct the name", told.licence);
            row.wrong("licence", message)
        })?;
        if licence.metric == Metric::Requester {
            let message = format!("{} is free and unlimited; nobody needs to buy it", licence.name);
            return Err(row.wrong("licence", message));
        }
        let id = before.map_or_else(|| (self.next_id)().into(), |line| line.line.id);
        let new = NewOrderLine {
            number: told.number,
            purchase_order: told.purchase_order,
            description: told.description,
            licence: licence.id,
            packs: told.packs,
            pack_size: told.pack_size,
            term: told.term,
            unit_price: told.unit_price,
            starts_on: told.starts_on,
            ends_on: told.ends_on,
        };
        let line = OrderLine::new(id, &draft.contract, new)
            .map_err(|error| row.wrong(sheet::line_column(&error), &error))?;
        let state = match before {
            None => State::Fresh,
            Some(before) if before.line == line => State::Same,
            Some(_) => State::Changed,
        };
        draft.lines.insert(line.number, DraftLine { line, state, told_in: Some(row.row) });
        Ok(state)
    }

    /// Writes what is new and what changed.
    fn write(self, tx: &mut WriteTx<'_>, now: domain::Timestamp) -> Result<()> {
        for draft in self.drafts.into_values() {
            match draft.state {
                State::Fresh => contract::insert(tx, &draft.contract, now)?,
                State::Changed => contract::update(tx, &draft.contract)?,
                State::Same if draft.lines.values().any(|line| line.state != State::Same) => {
                    contract::touch(tx, draft.contract.id)?;
                }
                State::Same => {}
            }
            for DraftLine { line, state, .. } in draft.lines.into_values() {
                match state {
                    State::Fresh => contract::insert_line(tx, &line, now)?,
                    State::Changed => contract::update_line(tx, &line)?,
                    State::Same => {}
                }
            }
        }
        Ok(())
    }
}

/// A contract that is known, as a row tells of it.
fn retold(row: &SheetRow, mut draft: Draft, told: Contract) -> Result<Draft, Vec<CellError>> {
    if draft.contract == told {
        return Ok(draft);
    }
    if let Some(earlier) = draft.told_in {
        let (here, there) = (sheet::cells(&told, None), sheet::cells(&draft.contract, None));
        let differs = here.iter().zip(&there).position(|(here, there)| here != there).unwrap_or_default();
        let message =
            format!("row {earlier} says something else of contract {}; make them agree", told.number);
        return Err(vec![row.wrong(sheet::COLUMNS[differs], message)]);
    }
    let lines: Vec<_> = draft.lines.values().map(|line| line.line.clone()).collect();
    if let Err(Refused::Invalid(fields)) = check_lines(&draft.contract, &told, &lines) {
        let wrong = |field: crate::FieldError| match field.field.as_str() {
            "starts_on" => row.wrong("contract_starts_on", field.message),
            "ends_on" => row.wrong("contract_ends_on", field.message),
            column => row.wrong(column, field.message),
        };
        return Err(fields.into_iter().map(wrong).collect());
    }
    draft.contract = told;
    draft.state = State::Changed;
    Ok(draft)
}

fn check_size(rows: &[SheetRow]) -> Result<()> {
    if rows.is_empty() || rows.len() > sheet::ROWS_LIMIT {
        let message = format!("send 1 to {} rows below the names of the columns", sheet::ROWS_LIMIT);
        return Err(Refused::field("rows", message));
    }
    Ok(())
}

/// What an import would do. It writes nothing.
#[derive(Debug, Clone)]
pub struct PreviewContracts {
    /// The rows.
    pub rows: Vec<SheetRow>,
}

impl Query for PreviewContracts {
    type Answer = ImportReport;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<ImportReport> {
        look.require(Capability::LicenceManage, "contract")?;
        check_size(&self.rows)?;
        let (book, licences) = (Book::read(look.tx)?, licence::all(look.tx)?);
        let mut number = 0;
        let mut next_id = || {
            number += 1;
            Uuid::from_u128(number)
        };
        let report = Plan::new(book, licences, &mut next_id).take(&self.rows);
        Ok(ImportReport { dry_run: true, ..report })
    }
}

/// Brings in contracts and order lines. Rows that cannot be taken are refused each by itself; all others are written in
/// one transaction.
#[derive(Debug, Clone)]
pub struct ImportContracts {
    /// The rows.
    pub rows: Vec<SheetRow>,
}

/// Contracts named in the audit record; of a longer file, the first.
const NAMED: usize = 100;

impl Command for ImportContracts {
    type Outcome = ImportReport;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        if at.may(Capability::LicenceRead) {
            Ok(Action::ContractImport)
        } else {
            Err(Refused::NotFound("contract"))
        }
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<ImportReport> {
        check_size(&self.rows)?;
        // Each contract of the file is held, in one order, before it is read for good.
        for (known, ..) in &Book::read(act.tx)?.0 {
            if self.rows.iter().any(|row| row.cell("contract_number") == known.number) {
                contract::lock(act.tx, known.id)?;
            }
        }
        let (book, licences) = (Book::read(act.tx)?, licence::all(act.tx)?);
        let now = act.now();
        let mut random = StdRng::from_seed(act.ctx.fork());
        let mut next_id = || new_id::<Uuid>(now, &mut random);
        let mut plan = Plan::new(book, licences, &mut next_id);
        let report = plan.take(&self.rows);
        plan.write(act.tx, now)?;
        let written =
            report.rows.iter().filter(|row| matches!(row.outcome, RowOutcome::Placed | RowOutcome::Changed));
        let written: Vec<_> = written
            .take(NAMED)
            .map(|row| json!([row.contract_number, row.line_number, row.outcome]))
            .collect();
        act.detail = json!({
            "placed": report.placed, "changed": report.changed, "unchanged": report.unchanged,
            "refused": report.refused, "rows": written,
        });
        act.announce("contracts");
        Ok(report)
    }
}

/// All contracts and order lines as rows of a sheet, in the order of [`sheet::COLUMNS`].
#[derive(Debug, Clone, Copy)]
pub struct ExportContracts;

impl Query for ExportContracts {
    type Answer = Vec<Vec<String>>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Vec<Vec<String>>> {
        look.require(Capability::LicenceRead, "contract")?;
        let licences = licence_names(look.tx)?;
        let mut rows = Vec::new();
        for (contract, _, lines) in &Book::read(look.tx)?.0 {
            if lines.is_empty() {
                rows.push(sheet::cells(contract, None));
            }
            rows.extend(lines.iter().map(|row| {
                let name = licences.get(&row.line.licence).map_or("", String::as_str);
                sheet::cells(contract, Some((&row.line, name, row.created_at)))
            }));
        }
        Ok(rows)
    }
}
