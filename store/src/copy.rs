//! The whole database from one engine into the other, or into the same: how a tenant is backed up and moved.
//!
//! Which tables there are, their columns, keys and order is not written down here but read from the migrations
//! themselves, applied to an empty database in memory: a column that a later migration adds cannot be forgotten.

use std::{
    collections::BTreeSet,
    sync::{LazyLock, mpsc},
};

use crate::{Database, ReadTx, Result, StoreError, Value, WriteTx, migrate, tx::Connection};

/// What each engine makes for itself: the ledger of migrations, and everything of the search index.
fn is_own(table: &str) -> bool {
    table == "schema_migration" || table.starts_with("search_")
}

/// Rows read at a time.
const BATCH: usize = 1_000;

/// Rows written by one statement. Both engines take more parameters than this many rows of the widest table have.
const ROWS: usize = 40;

/// Batches read ahead of the writer.
const AHEAD: usize = 4;

/// A table that is copied, and the statements that do it.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<String>,
    key: Vec<usize>,
    count: String,
    first: String,
    next: String,
    insert_one: String,
    insert_many: String,
    /// PostgreSQL gives no number out twice only if its sequence knows the last one.
    set_sequence: Option<String>,
}

static TABLES: LazyLock<Result<Vec<Table>, String>> =
    LazyLock::new(|| read_schema().map_err(|error| error.to_string()));

/// Every table that is copied, each after those it refers to.
pub fn tables() -> Result<&'static [Table]> {
    match &*TABLES {
        Ok(tables) => Ok(tables),
        Err(error) => Err(StoreError::Engine(error.clone())),
    }
}

/// How many rows a table has.
pub fn count(tx: &mut ReadTx<'_>, table: &'static Table) -> Result<u64> {
    Ok(tx.row(&table.count, &[], |row| row.get(0))?.unwrap_or(0))
}

/// Whether the database holds nothing yet but its schema.
pub fn is_empty(tx: &mut ReadTx<'_>) -> Result<bool> {
    for table in tables()? {
        if count(tx, table)? > 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// One row, column by column.
type Record = Vec<Value<'static>>;

/// What the reader hands to the writer. Without the last one, the writer undoes everything.
enum Part {
    Rows(&'static Table, Vec<Record>),
    End,
}

/// What a copy is told of, and asks.
pub struct Copy<R, W> {
    /// Hears how many rows of how many were read.
    pub progress: Box<dyn FnMut(u64, u64) + Send>,
    /// Reads what else is wanted of the same moment.
    pub look: R,
    /// Checks, and adds what is wanted in the same transaction.
    pub close: W,
}

/// Copies every row of `from`, as it is at one moment, into `to` in one transaction: all of it or nothing. Others go on
/// writing to `from` meanwhile. Waits on this thread. What is searched in `to` wants [`crate::search::rebuild`] in `close`.
pub fn copy<A, B, E>(
    from: &Database,
    to: &Database,
    copy: Copy<
        impl FnOnce(&mut ReadTx<'_>) -> Result<A, E> + Send + 'static,
        impl FnOnce(&mut WriteTx<'_>) -> Result<B, E> + Send + 'static,
    >,
) -> Result<(A, B), E>
where
    A: Send + 'static,
    B: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let Copy { progress, look, close } = copy;
    let (parts, inbox) = mpsc::sync_channel(AHEAD);
    let (done, wait) = mpsc::sync_channel(1);
    to.write(
        move |tx| {
            write_all(tx, &inbox)?;
            close(tx)
        },
        move |result: Result<B, E>| drop(done.send(result)),
    );
    let read = from.read_now(move |tx| -> Result<A, E> {
        read_all(tx, &parts, progress)?;
        let seen = look(tx)?;
        // The writer that is gone says itself why.
        drop(parts.send(Part::End));
        Ok(seen)
    });
    let written = wait.recv().unwrap_or_else(|_| Err(StoreError::Stopped.into()));
    // Where both failed, the reader began it: a reader that nobody listens to stops without an error.
    let seen = read?;
    Ok((seen, written?))
}

fn read_all(
    tx: &mut ReadTx<'_>,
    parts: &mpsc::SyncSender<Part>,
    mut progress: impl FnMut(u64, u64),
) -> Result<()> {
    let mut total = 0;
    for table in tables()? {
        total += count(tx, table)?;
    }
    let mut done = 0;
    progress(done, total);
    for table in tables()? {
        let mut last: Option<Record> = None;
        loop {
            let width = table.columns.len();
            let read =
                |row: &crate::Row<'_>| (0..width).map(|column| row.get(column)).collect::<Result<Record>>();
            let rows = match last.take() {
                None => tx.rows(&table.first, &[], read)?,
                Some(row) => {
                    let key: Vec<_> = table.key.iter().map(|column| row[*column].clone()).collect();
                    tx.rows(&table.next, &key, read)?
                }
            };
            let full = rows.len() == BATCH;
            last = rows.last().cloned();
            done += rows.len() as u64;
            if !rows.is_empty() && parts.send(Part::Rows(table, rows)).is_err() {
                return Ok(());
            }
            progress(done, total.max(done));
            if !full {
                break;
            }
        }
    }
    Ok(())
}

fn write_all(tx: &mut WriteTx<'_>, inbox: &mpsc::Receiver<Part>) -> Result<()> {
    loop {
        match inbox.recv() {
            Ok(Part::Rows(table, rows)) => {
                let (many, rest) = rows.as_chunks::<ROWS>();
                for rows in many {
                    let values: Vec<_> = rows.iter().flatten().cloned().collect();
                    tx.execute(&table.insert_many, &values)?;
                }
                for row in rest {
                    tx.execute(&table.insert_one, row)?;
                }
            }
            Ok(Part::End) => break,
            Err(mpsc::RecvError) => {
                return Err(StoreError::Engine("the copy was broken off; nothing of it is kept".to_owned()));
            }
        }
    }
    for table in tables()? {
        if let (Some(set_sequence), Connection::Postgres(_)) = (&table.set_sequence, &tx.read.connection) {
            tx.row(set_sequence, &[], |_| Ok(()))?;
        }
    }
    Ok(())
}

/// The tables of a database as its engine names them, with their columns: what the copy's own list is compared with.
pub fn schema(tx: &mut ReadTx<'_>) -> Result<Vec<(String, Vec<String>)>> {
    const SQLITE: &str = "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
        WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid";
    const POSTGRES: &str = "SELECT table_name::text, column_name::text FROM information_schema.columns
        WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position";
    let statement = match tx.connection {
        Connection::Sqlite(_) => SQLITE,
        Connection::Postgres(_) => POSTGRES,
    };
    let mut schema: Vec<(String, Vec<String>)> = Vec::new();
    tx.each(statement, &[], |row| {
        let (table, column) = (row.get(0)?, row.get(1)?);
        match schema.last_mut().filter(|(name, _)| *name == table) {
            Some((_, columns)) => columns.push(column),
            None => schema.push((table, vec![column])),
        }
        Ok(())
    })?;
    schema.retain(|(table, _)| !is_own(table));
    Ok(schema)
}

/// A table as the pragmas of SQLite describe it.
struct Described {
    name: String,
    columns: Vec<String>,
    key: Vec<usize>,
    numbered: bool,
    refers_to: BTreeSet<String>,
}

fn read_schema() -> Result<Vec<Table>> {
    let mut connection = rusqlite::Connection::open_in_memory()?;
    migrate::sqlite(&mut connection)?;
    let names = connection
        .prepare("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid")?
        .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    let mut waiting = Vec::new();
    for (name, sql) in names {
        if is_own(&name) {
            continue;
        }
        let described = connection
            .prepare("SELECT name, pk FROM pragma_table_info(?1) ORDER BY cid")?
            .query_map([&name], |row| Ok((row.get::<_, String>(0)?, row.get::<_, u32>(1)?)))?
            .collect::<Result<Vec<_>, _>>()?;
        let mut key: Vec<(u32, usize)> = described
            .iter()
            .enumerate()
            .filter(|(_, (_, place))| *place > 0)
            .map(|(column, (_, place))| (*place, column))
            .collect();
        key.sort_unstable();
        let refers_to = connection
            .prepare("SELECT \"table\" FROM pragma_foreign_key_list(?1)")?
            .query_map([&name], |row| row.get(0))?
            .collect::<Result<BTreeSet<String>, _>>()?;
        waiting.push(Described {
            columns: described.into_iter().map(|(column, _)| column).collect(),
            key: key.into_iter().map(|(_, column)| column).collect(),
            numbered: sql.contains("AUTOINCREMENT"),
            refers_to,
            name,
        });
    }
    in_order(waiting).map(|tables| tables.into_iter().map(Table::of).collect())
}

/// Each table after those it refers to.
fn in_order(mut waiting: Vec<Described>) -> Result<Vec<Described>> {
    let mut placed: Vec<Described> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let ready = |table: &Described| {
            table
                .refers_to
                .iter()
                .all(|other| *other == table.name || placed.iter().any(|it| it.name == *other))
        };
        let Some(next) = waiting.iter().position(ready) else {
            let names: Vec<_> = waiting.iter().map(|table| table.name.as_str()).collect();
            return Err(StoreError::Engine(format!("the tables {} refer to each other", names.join(", "))));
        };
        placed.push(waiting.remove(next));
    }
    Ok(placed)
}

impl Table {
    fn of(described: Described) -> Self {
        let Described { name, columns, key, numbered, refers_to: _ } = described;
        let list = columns.join(", ");
        let keys: Vec<&str> = key.iter().map(|column| columns[*column].as_str()).collect();
        let keys = keys.join(", ");
        let places = |from: usize, many: usize| {
            (from..from + many).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
        };
        let row = |number: usize| format!("({})", places(number * columns.len() + 1, columns.len()));
        let rows: Vec<_> = (0..ROWS).map(row).collect();
        let numbered = numbered.then(|| keys.clone());
        Self {
            count: format!("SELECT COUNT(*) FROM {name}"),
            first: format!("SELECT {list} FROM {name} ORDER BY {keys} LIMIT {BATCH}"),
            next: format!(
                "SELECT {list} FROM {name} WHERE ({keys}) > ({}) ORDER BY {keys} LIMIT {BATCH}",
                places(1, key.len())
            ),
            insert_one: format!("INSERT INTO {name} ({list}) VALUES {}", rows[0]),
            insert_many: format!("INSERT INTO {name} ({list}) VALUES {}", rows.join(", ")),
            set_sequence: numbered.map(|column| {
                format!(
                    "SELECT setval(pg_get_serial_sequence('{name}', '{column}'),
                        GREATEST((SELECT COALESCE(MAX({column}), 0) FROM {name}), 1),
                        (SELECT COUNT(*) > 0 FROM {name}))"
                )
            }),
            name,
            columns,
            key,
        }
    }
}
