//! The same rows by the bare engines: no rules, no verdict, no HTTP; durable all the same.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, bail};
use bytes::BytesMut;
use desk::{Database, DatabaseUrl};
use postgres::{
    NoTls, Statement,
    types::{IsNull, ToSql, Type, to_sql_checked},
};
use rand::{SeedableRng as _, rngs::StdRng};
use rusqlite::{Connection, params_from_iter, types::Value};

use super::{
    measure::{Bounds, Measured, in_parallel},
    rows::{Copied, Sample, Table},
};
use crate::edge;

/// Copies made before the clock starts: making them is no engine's work.
const AHEAD: i64 = 24_000;

/// Commits of `group` tickets each: as the embedded writer at its best, when as many write at once.
pub(super) fn sqlite(file: &Path, sample: &Sample, group: u32, bounds: Bounds) -> anyhow::Result<Measured> {
    // With the schema and its indexes.
    drop(Database::open(&DatabaseUrl::Sqlite(file.to_owned()))?);
    let connection = open(file)?;
    let copies = copies(sample, 0, AHEAD);
    let (mut each, began) = (Vec::new(), Instant::now());
    for group in copies.chunks(group as usize) {
        if began.elapsed() > bounds.time {
            break;
        }
        let at = Instant::now();
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let mut documents = Vec::new();
        for ticket in group {
            documents.extend(insert(&connection, sample, ticket)?);
        }
        index(&connection, sample, &documents)?;
        connection
            .prepare_cached("UPDATE audit_tree SET size = size + 1, frontier = ?1")?
            .execute([&sample.frontier])?;
        connection.execute_batch("COMMIT")?;
        // Each is answered when the group is on disk.
        each.extend(std::iter::repeat_n(at.elapsed(), group.len()));
    }
    Measured::of(each, began.elapsed()).context("no group was committed")
}

fn open(file: &Path) -> anyhow::Result<Connection> {
    let connection = Connection::open(file)?;
    connection.set_prepared_statement_cache_capacity(64);
    // The settings of the desk's own writer.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 16_000)?;
    connection.pragma_update(None, "cache_size", -24_000)?;
    Ok(connection)
}

/// The rows of a ticket; returns the documents whose text is to be indexed.
fn insert(connection: &Connection, sample: &Sample, ticket: &Copied) -> anyhow::Result<Vec<i64>> {
    let mut documents = Vec::new();
    for (table, rows) in sample.tables.iter().zip(ticket) {
        let places: Vec<String> = (1..=table.columns.len()).map(|place| format!("?{place}")).collect();
        let mut statement = connection.prepare_cached(&table.insert(&places))?;
        for row in rows {
            statement.execute(params_from_iter(row))?;
        }
        if table.name == "search_document" {
            documents.push(connection.last_insert_rowid());
        }
    }
    let count = "INSERT INTO queue_count (queue, count) VALUES (?1, 1)
        ON CONFLICT (queue) DO UPDATE SET count = count + 1";
    for counter in &sample.counters {
        connection.prepare_cached(count)?.execute([counter])?;
    }
    let number = "INSERT INTO ticket_counter (kind, last) VALUES ('incident', 1)
        ON CONFLICT (kind) DO UPDATE SET last = last + 1";
    connection.prepare_cached(number)?.execute([])?;
    Ok(documents)
}

/// As the desk does: the newest has the least rowid, and goes first.
fn index(connection: &Connection, sample: &Sample, documents: &[i64]) -> anyhow::Result<()> {
    let mut text = connection.prepare_cached("INSERT INTO search_text (rowid, text) VALUES (-?1, ?2)")?;
    for document in documents.iter().rev() {
        text.execute((document, &sample.text))?;
    }
    let words = || sample.text.split(|c: char| !c.is_alphanumeric());
    let mut known = connection.prepare_cached("INSERT OR IGNORE INTO search_word (word) VALUES (?1)")?;
    for word in words().filter(|word| word.len() >= 4) {
        known.execute([word])?;
    }
    // Two bytes a word.
    let marks = vec![0_u8; words().count() * 2];
    let mut numbers = connection.prepare_cached(
        "INSERT OR IGNORE INTO search_number (number, document, words) VALUES (?1, -?2, ?3)",
    )?;
    for number in words().filter(|word| word.len() >= 3 && word.bytes().all(|byte| byte.is_ascii_digit())) {
        for document in documents {
            numbers.execute((number, document, &marks))?;
        }
    }
    Ok(())
}

/// A transaction for each ticket, over so many connections. Without the counters: their rows would make the writers wait
/// for each other, and that is our doing, not the engine's.
pub(super) fn postgres(
    base: &str,
    sample: &Sample,
    connections: u32,
    bounds: Bounds,
) -> anyhow::Result<Measured> {
    let sign = if base.contains('?') { '&' } else { '?' };
    let named: DatabaseUrl = format!("{base}{sign}schema=bench_{}", std::process::id()).parse()?;
    drop(Database::open(&named)?);
    let DatabaseUrl::Postgres { url, schema } = named else { bail!("{base} is no address of a PostgreSQL") };
    let connect = || -> anyhow::Result<postgres::Client> {
        let mut client = postgres::Client::connect(&url, NoTls)?;
        client.batch_execute(&format!("SET search_path TO {schema}"))?;
        Ok(client)
    };
    let share = AHEAD / i64::from(connections);
    let measured = in_parallel(connections, bounds, |thread| {
        let first = i64::try_from(thread).unwrap_or_default() * share;
        let mut copies = copies(sample, first, share).into_iter();
        let mut writer = connect().and_then(|mut client| Ok((prepare(&mut client, sample)?, client)));
        move || {
            let Some(ticket) = copies.next() else { return Ok(None) };
            let (statements, client) = writer.as_mut().map_err(|error| anyhow::anyhow!("{error:#}"))?;
            let at = Instant::now();
            let mut transaction = client.transaction()?;
            for (statement, rows) in statements.iter().zip(&ticket) {
                for row in rows {
                    let cells: Vec<Cell<'_>> = row.iter().map(Cell).collect();
                    let values: Vec<&(dyn ToSql + Sync)> =
                        cells.iter().map(|cell| cell as &(dyn ToSql + Sync)).collect();
                    transaction.execute(statement, &values)?;
                }
            }
            transaction.commit()?;
            Ok(Some(at.elapsed()))
        }
    });
    connect()?.batch_execute(&format!("DROP SCHEMA {schema} CASCADE"))?;
    measured
}

fn prepare(client: &mut postgres::Client, sample: &Sample) -> anyhow::Result<Vec<Statement>> {
    let prepare = |table: &Table| {
        let mut places: Vec<String> = (1..=table.columns.len()).map(|place| format!("${place}")).collect();
        let mut table = table.clone();
        // The words are what PostgreSQL indexes.
        let words = table.columns.iter().position(|column| column == "words");
        if let Some(words) = words.filter(|_| table.name == "search_document") {
            "text".clone_into(&mut table.columns[words]);
            places[words] = format!("to_tsvector('simple', {})", places[words]);
        }
        Ok(client.prepare(&table.insert(&places))?)
    };
    sample.tables.iter().map(prepare).collect()
}

impl Table {
    fn insert(&self, places: &[String]) -> String {
        format!("INSERT INTO {} ({}) VALUES ({})", self.name, self.columns.join(", "), places.join(", "))
    }
}

fn copies(sample: &Sample, first: i64, count: i64) -> Vec<Copied> {
    let (now, mut random) = (edge::now(), StdRng::seed_from_u64(first.unsigned_abs()));
    (first..first + count).map(|number| sample.copy(number, now, &mut random)).collect()
}

/// A value of the one engine for the other.
#[derive(Debug)]
struct Cell<'a>(&'a Value);

impl ToSql for Cell<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Integer(value) => value.to_sql(kind, out),
            Value::Real(value) => value.to_sql(kind, out),
            Value::Text(value) => value.to_sql(kind, out),
            Value::Blob(value) => value.to_sql(kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
