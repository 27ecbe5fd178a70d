//! The rows that the door writes for one new ticket, found by having it write one and looking at what is new; and copies
//! of them, as the next tickets would have.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use rand::rngs::StdRng;
use rusqlite::{Connection, OpenFlags, types::Value};
use uuid::Uuid;

/// Written by the clock, not by a new ticket.
const NOT_OF_A_TICKET: &[&str] = &["audit_checkpoint", "audit_subtree"];

/// The rows of one ticket.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) tables: Vec<Table>,
    /// The text that is searched.
    pub(super) text: String,
    /// The counters that the ticket moves.
    pub(super) counters: Vec<String>,
    /// The tree's right edge.
    pub(super) frontier: Vec<u8>,
    /// What only this ticket may have: its ids and its key.
    own: Vec<String>,
}

/// The rows of one table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) name: String,
    /// Without the numbers that the database gives.
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<Value>>,
}

/// The values of one ticket: for each table, for each row, each column.
pub(super) type Copied = Vec<Vec<Vec<Value>>>;

impl Sample {
    /// The rows that are there after `create` and were not before.
    pub(super) fn of(database: &Path, create: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(database, flags)?;
        let names = tables(&connection)?;
        let last = |name: &String| -> anyhow::Result<i64> {
            let sql = format!("SELECT COALESCE(MAX(rowid), 0) FROM {name}");
            Ok(connection.query_row(&sql, [], |row| row.get(0))?)
        };
        let counts = counters(&connection)?;
        let before: Vec<i64> = names.iter().map(last).collect::<anyhow::Result<_>>()?;
        create()?;

        let mut found = Vec::new();
        for (name, before) in names.into_iter().zip(before) {
            let table = Table::new_rows(&connection, name, before)?;
            if !table.rows.is_empty() {
                found.push(table);
            }
        }
        let moved =
            counters(&connection)?.into_iter().filter(|(name, count)| counts.get(name) != Some(count));
        let counters = moved.map(|(name, _)| name).collect();
        let frontier = connection.query_row("SELECT frontier FROM audit_tree", [], |row| row.get(0))?;
        Self::assemble(found, counters, frontier)
    }

    fn assemble(tables: Vec<Table>, counters: Vec<String>, frontier: Vec<u8>) -> anyhow::Result<Self> {
        let of = |table: &str, column: &str| -> Vec<String> {
            let Some(table) = tables.iter().find(|found| found.name == table) else { return Vec::new() };
            let Some(at) = table.columns.iter().position(|name| name == column) else { return Vec::new() };
            let text = |row: &Vec<Value>| match &row[at] {
                Value::Text(text) => Some(text.clone()),
                _ => None,
            };
            table.rows.iter().filter_map(text).collect()
        };
        let own =
            [("ticket", "id"), ("timeline_entry", "id"), ("audit_record", "id"), ("idempotency", "key")];
        let own: Vec<String> = own.into_iter().flat_map(|(table, column)| of(table, column)).collect();
        let words = [of("ticket", "subject"), of("ticket", "description")].concat();
        anyhow::ensure!(own.len() >= 3, "a new ticket wrote no ticket, no audit record or no key");
        Ok(Self { text: words.join("\n"), tables, counters, frontier, own })
    }

    /// The rows as the ticket `number` places later would have them.
    pub(super) fn copy(&self, number: i64, now: domain::Timestamp, random: &mut StdRng) -> Copied {
        let fresh: Vec<(&str, String)> =
            self.own.iter().map(|own| (&**own, domain::new_id::<Uuid>(now, random).to_string())).collect();
        let text =
            |text: &String| {
                fresh.iter().fold(text.clone(), |text, (own, fresh)| {
                    if text.contains(own) { text.replace(own, fresh) } else { text }
                })
            };
        let copy = |table: &Table| {
            let value = |(column, value): (&String, &Value)| match (value, &**column) {
                (Value::Integer(value), "number" | "seq") => Value::Integer(value + number),
                (Value::Text(value), _) => Value::Text(text(value)),
                (value, _) => value.clone(),
            };
            let row = |row: &Vec<Value>| table.columns.iter().zip(row).map(value).collect();
            table.rows.iter().map(row).collect()
        };
        self.tables.iter().map(copy).collect()
    }

    /// What is written, for the report.
    pub(super) fn describe(&self) -> String {
        let rows = self.tables.iter().map(|table| format!("{} {}", table.rows.len(), table.name));
        let rows: Vec<String> = rows.collect();
        format!("{}; {} counters; the text index", rows.join(", "), self.counters.len())
    }
}

impl Table {
    fn new_rows(connection: &Connection, name: String, after: i64) -> anyhow::Result<Self> {
        let mut columns = Vec::new();
        connection.pragma(None, "table_info", &name, |row| {
            let (column, kind, key): (String, String, i64) =
                (row.get("name")?, row.get("type")?, row.get("pk")?);
            // A rowid under another name.
            if !(key == 1 && kind.eq_ignore_ascii_case("integer")) {
                columns.push(column);
            }
            Ok(())
        })?;
        let sql = format!("SELECT {} FROM {name} WHERE rowid > ?1 ORDER BY rowid", columns.join(", "));
        let mut statement = connection.prepare(&sql)?;
        let rows = statement
            .query_map([after], |row| (0..columns.len()).map(|column| row.get(column)).collect())?
            .collect::<Result<_, _>>()?;
        Ok(Self { name, columns, rows })
    }
}

fn tables(connection: &Connection) -> anyhow::Result<Vec<String>> {
    let mut statement = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'
            AND name NOT LIKE 'search_text%' AND name NOT IN ('search_word', 'search_number')",
    )?;
    let names = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    Ok(names.into_iter().filter(|name| !NOT_OF_A_TICKET.contains(&&**name)).collect())
}

/// Each counter and where it stands.
fn counters(connection: &Connection) -> anyhow::Result<BTreeMap<String, i64>> {
    let mut statement = connection.prepare("SELECT queue, count FROM queue_count").context("no counters")?;
    Ok(statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
}
