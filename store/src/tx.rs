//! Transactions: one type to read, another to write.

use std::ops::{Deref, DerefMut};

use crate::{
    Result, StoreError, Value,
    engine::{postgres::Connection as Postgres, sqlite::Group},
    value::{Column, FromColumn},
};

/// A consistent look at the database. Nothing can be written through it.
pub struct ReadTx<'c> {
    pub(crate) connection: Connection<'c>,
}

pub(crate) enum Connection<'c> {
    Sqlite(&'c rusqlite::Connection),
    Postgres(&'c mut Postgres),
}

/// One unit of change: all of it becomes durable, or none of it.
pub struct WriteTx<'c> {
    pub(crate) read: ReadTx<'c>,
    pub(crate) group: &'c mut Group,
}

impl<'c> Deref for WriteTx<'c> {
    type Target = ReadTx<'c>;

    fn deref(&self) -> &Self::Target {
        &self.read
    }
}

impl DerefMut for WriteTx<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.read
    }
}

/// Something that will be asked.
#[derive(Debug)]
pub struct Question {
    pub(crate) statement: &'static str,
    pub(crate) params: Vec<Value<'static>>,
}

impl Question {
    pub(crate) fn new(statement: &'static str, params: impl Into<Vec<Value<'static>>>) -> Self {
        Self { statement, params: params.into() }
    }
}

/// One row of an answer.
pub struct Row<'r> {
    statement: &'static str,
    cells: Cells<'r>,
}

enum Cells<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r postgres::Row),
}

impl Row<'_> {
    /// The value in place `column`, from 0.
    pub fn get<T: FromColumn>(&self, column: usize) -> Result<T> {
        let cell = match self.cells {
            Cells::Sqlite(row) => {
                use rusqlite::types::ValueRef;
                match row.get_ref(column)? {
                    ValueRef::Null => Column::Null,
                    ValueRef::Integer(int) => Column::Int(int),
                    ValueRef::Text(text) => std::str::from_utf8(text)
                        .map(Column::Text)
                        .map_err(|_| self.unexpected(column, "text that is not UTF-8"))?,
                    ValueRef::Blob(bytes) => Column::Blob(bytes),
                    ValueRef::Real(real) => return Err(self.unexpected(column, &real.to_string())),
                }
            }
            Cells::Postgres(row) => {
                use postgres::types::Type;
                match *row.columns()[column].type_() {
                    Type::INT8 => row.try_get::<_, Option<i64>>(column)?.map_or(Column::Null, Column::Int),
                    Type::INT4 => row
                        .try_get::<_, Option<i32>>(column)?
                        .map_or(Column::Null, |int| Column::Int(int.into())),
                    Type::BYTEA => {
                        row.try_get::<_, Option<&[u8]>>(column)?.map_or(Column::Null, Column::Blob)
                    }
                    _ => row.try_get::<_, Option<&str>>(column)?.map_or(Column::Null, Column::Text),
                }
            }
        };
        T::from_column(cell).ok_or_else(|| self.unexpected(column, &format!("{cell:?}")))
    }

    /// The value in place `column`, made from its stored text by `parse`.
    pub fn parse<T>(&self, column: usize, parse: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        let text: String = self.get(column)?;
        parse(&text).ok_or_else(|| self.unexpected(column, &text))
    }

    /// An error that says that `column` holds `found`.
    pub fn unexpected(&self, column: usize, found: &str) -> StoreError {
        StoreError::Column { column, statement: self.statement, found: found.chars().take(80).collect() }
    }
}

impl ReadTx<'_> {
    /// Hands each row of the answer to `each`.
    pub fn each(
        &mut self,
        statement: &'static str,
        params: &[Value<'_>],
        mut each: impl FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        match &mut self.connection {
            Connection::Sqlite(connection) => {
                let mut prepared = connection.prepare_cached(crate::engine::sqlite::unlocked(statement))?;
                crate::engine::sqlite::bind(&mut prepared, params)?;
                let mut rows = prepared.raw_query();
                while let Some(row) = rows.next()? {
                    each(&Row { statement, cells: Cells::Sqlite(row) })?;
                }
            }
            Connection::Postgres(connection) => {
                for row in connection.query(statement, params)? {
                    each(&Row { statement, cells: Cells::Postgres(&row) })?;
                }
            }
        }
        Ok(())
    }

    /// All rows of the answer.
    pub fn rows<T>(
        &mut self,
        statement: &'static str,
        params: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut all = Vec::new();
        self.each(statement, params, |row| {
            all.push(read(row)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// The first row of the answer, if there is one.
    pub fn row<T>(
        &mut self,
        statement: &'static str,
        params: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut first = None;
        self.each(statement, params, |row| {
            if first.is_none() {
                first = Some(read(row)?);
            }
            Ok(())
        })?;
        Ok(first)
    }

    /// Asks together what will be asked one after the other before anything is written: one way to PostgreSQL and back
    /// instead of many. SQLite is in the same process.
    pub fn ask_ahead<const N: usize>(&mut self, questions: impl FnOnce() -> [Question; N]) -> Result<()> {
        match &mut self.connection {
            Connection::Sqlite(_) => Ok(()),
            Connection::Postgres(connection) => connection.ask_ahead(questions()),
        }
    }

    /// The engine's own plan for a statement, a line each: what a test of indexes looks at.
    pub fn plan(&mut self, statement: &'static str, params: &[Value<'_>]) -> Result<Vec<String>> {
        match &mut self.connection {
            Connection::Sqlite(connection) => {
                let mut prepared = connection
                    .prepare(&format!("EXPLAIN QUERY PLAN {}", crate::engine::sqlite::unlocked(statement)))?;
                crate::engine::sqlite::bind(&mut prepared, params)?;
                let mut rows = prepared.raw_query();
                let mut plan = Vec::new();
                while let Some(row) = rows.next()? {
                    plan.push(row.get(3)?);
                }
                Ok(plan)
            }
            Connection::Postgres(connection) => connection.plan(statement, params),
        }
    }
}

impl WriteTx<'_> {
    /// Runs a statement that changes rows; returns how many.
    pub fn execute(&mut self, statement: &'static str, params: &[Value<'_>]) -> Result<u64> {
        match &mut self.read.connection {
            Connection::Sqlite(connection) => {
                let mut prepared = connection.prepare_cached(crate::engine::sqlite::unlocked(statement))?;
                crate::engine::sqlite::bind(&mut prepared, params)?;
                Ok(prepared.raw_execute()? as u64)
            }
            Connection::Postgres(connection) => connection.execute(statement, params),
        }
    }

    pub(crate) const fn is_postgres(&self) -> bool {
        matches!(self.read.connection, Connection::Postgres(_))
    }

    /// Runs a statement of which nobody asks how many rows it changed. PostgreSQL is sent it with the next one, or with
    /// the commit, and only then says if it refuses; somebody else's equal row is [`StoreError::Busy`] then.
    pub(crate) fn execute_later(&mut self, statement: &'static str, params: &[Value<'_>]) -> Result<()> {
        match &mut self.read.connection {
            Connection::Sqlite(_) => self.execute(statement, params).map(drop),
            Connection::Postgres(connection) => connection.execute_later(statement, params),
        }
    }

    /// Wakes whoever waits for news, in every process, once this change is durable.
    pub fn wake(&mut self) {
        self.group.wake = true;
    }
}
