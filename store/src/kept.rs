//! What technicians keep under a name, each for themselves or for everybody: text modules, macros and views. Each has a table
//! of its own, all of one shape.

use domain::{
    MacroId, PersonId, RecurringTicketId, TextModuleId, TicketTemplateId, Timestamp, ViewId,
    ticket::{Recurring, Template, UsedBy, Work},
};
use serde::Serialize;

use crate::{FromColumn, ReadTx, Result, Row, StoreError, Value, WriteTx};

/// The statements of one table.
#[derive(Debug, Clone, Copy)]
pub struct Statements {
    put: &'static str,
    delete: &'static str,
    by_id: &'static str,
    own: &'static str,
    shared: &'static str,
    count_own: &'static str,
    count_shared: &'static str,
}

macro_rules! select {
    ($table:literal, $content:literal, $rest:literal) => {
        concat!(
            "SELECT k.id, k.author_id, p.name, k.shared, k.name, k.",
            $content,
            ", k.changed_at FROM ",
            $table,
            " k JOIN person p ON p.id = k.author_id WHERE ",
            $rest
        )
    };
}

macro_rules! statements_of {
    ($table:literal, $content:literal) => {
        Statements {
            put: concat!(
                "INSERT INTO ",
                $table,
                " (id, author_id, shared, name, ",
                $content,
                ", changed_at) VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (id) DO UPDATE SET author_id = excluded.author_id, shared = excluded.shared, name = excluded.name, ",
                $content,
                " = excluded.",
                $content,
                ", changed_at = excluded.changed_at"
            ),
            delete: concat!("DELETE FROM ", $table, " WHERE id = $1"),
            by_id: select!($table, $content, "k.id = $1"),
            own: select!(
                $table,
                $content,
                "k.author_id = $1 AND k.shared = 0 ORDER BY k.name, k.id LIMIT $2"
            ),
            shared: select!($table, $content, "k.shared = 1 ORDER BY k.name, k.id LIMIT $1"),
            count_own: concat!("SELECT COUNT(*) FROM ", $table, " WHERE author_id = $1 AND shared = 0"),
            count_shared: concat!("SELECT COUNT(*) FROM ", $table, " WHERE shared = 1"),
        }
    };
}

const TEXT_MODULE: Statements = statements_of!("text_module", "body");
const MACRO: Statements = statements_of!("macro", "work");
const VIEW: Statements = statements_of!("list_view", "query");
const TEMPLATE: Statements = statements_of!("ticket_template", "template");
const RECURRING: Statements = statements_of!("recurring_ticket", "recurring");

macro_rules! all {
    ($($of:ident),+) => {
        /// The statements of this subject.
        pub(crate) const ALL: &[(&str, &str)] = &[$(
            (concat!(stringify!($of), "_PUT"), $of.put),
            (concat!(stringify!($of), "_DELETE"), $of.delete),
            (concat!(stringify!($of), "_BY_ID"), $of.by_id),
            (concat!(stringify!($of), "_OWN"), $of.own),
            (concat!(stringify!($of), "_SHARED"), $of.shared),
            (concat!(stringify!($of), "_COUNT_OWN"), $of.count_own),
            (concat!(stringify!($of), "_COUNT_SHARED"), $of.count_shared),
        )+];
    };
}
all!(TEXT_MODULE, MACRO, VIEW, TEMPLATE, RECURRING);

/// The id of something that is kept says what of it is kept, and where.
pub trait Keeps: Copy + Into<Value<'static>> + FromColumn {
    /// What is kept.
    type Content: Serialize;

    /// Its statements.
    const STATEMENTS: Statements;

    /// What it is called in records: itself, and its content.
    const NAMES: (&'static str, &'static str);

    /// The content on its way into its column.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    fn written(content: &Self::Content) -> Result<Value<'_>>;

    /// The content out of a column.
    ///
    /// # Errors
    ///
    /// Where something else stands in it.
    fn read(row: &Row<'_>, column: usize) -> Result<Self::Content>;
}

impl Keeps for TextModuleId {
    type Content = String;

    const STATEMENTS: Statements = TEXT_MODULE;
    const NAMES: (&'static str, &'static str) = ("text_module", "body");

    fn written(body: &String) -> Result<Value<'_>> {
        Ok(body.into())
    }

    fn read(row: &Row<'_>, column: usize) -> Result<String> {
        row.get(column)
    }
}

/// What is kept as a document.
macro_rules! keeps {
    ($id:ident keeps $content:ident with $statements:ident as $names:expr) => {
        impl Keeps for $id {
            type Content = $content;

            const STATEMENTS: Statements = $statements;
            const NAMES: (&'static str, &'static str) = $names;

            fn written(content: &$content) -> Result<Value<'_>> {
                let refused =
                    |error| StoreError::Engine(format!("{} cannot be written: {error}", Self::NAMES.0));
                Ok(serde_json::to_string(content).map_err(refused)?.into())
            }

            fn read(row: &Row<'_>, column: usize) -> Result<$content> {
                row.parse(column, |text| serde_json::from_str(text).ok())
            }
        }
    };
}
keeps!(MacroId keeps Work with MACRO as ("macro", "work"));
keeps!(TicketTemplateId keeps Template with TEMPLATE as ("ticket_template", "template"));
keeps!(RecurringTicketId keeps Recurring with RECURRING as ("recurring_ticket", "recurring"));

impl Keeps for ViewId {
    /// What the list shows, as its address says it.
    type Content = String;

    const STATEMENTS: Statements = VIEW;
    const NAMES: (&'static str, &'static str) = ("view", "query");

    fn written(query: &String) -> Result<Value<'_>> {
        Ok(query.into())
    }

    fn read(row: &Row<'_>, column: usize) -> Result<String> {
        row.get(column)
    }
}

/// Something that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept<I: Keeps> {
    /// Which one.
    pub id: I,
    /// Who keeps it.
    pub author: PersonId,
    /// Their name.
    pub author_name: String,
    /// Who may use it.
    pub used_by: UsedBy,
    /// What it is found by.
    pub name: String,
    /// What is kept.
    pub content: I::Content,
    /// When it was changed last.
    pub changed_at: Timestamp,
}

fn read<I: Keeps>(row: &Row<'_>) -> Result<Kept<I>> {
    Ok(Kept {
        id: row.get(0)?,
        author: row.get(1)?,
        author_name: row.get(2)?,
        used_by: if row.get(3)? { UsedBy::Everybody } else { UsedBy::Author },
        name: row.get(4)?,
        content: I::read(row, 5)?,
        changed_at: row.get(6)?,
    })
}

/// Writes one, new or changed.
pub fn put<I: Keeps>(tx: &mut WriteTx<'_>, kept: &Kept<I>) -> Result<()> {
    let values = [
        kept.id.into(),
        kept.author.into(),
        (kept.used_by == UsedBy::Everybody).into(),
        kept.name.as_str().into(),
        I::written(&kept.content)?,
        kept.changed_at.into(),
    ];
    tx.execute(I::STATEMENTS.put, &values).map(drop)
}

/// Removes one.
pub fn delete<I: Keeps>(tx: &mut WriteTx<'_>, id: I) -> Result<()> {
    tx.execute(I::STATEMENTS.delete, &[id.into()]).map(drop)
}

/// One of them.
pub fn by_id<I: Keeps>(tx: &mut ReadTx<'_>, id: I) -> Result<Option<Kept<I>>> {
    tx.row(I::STATEMENTS.by_id, &[id.into()], read)
}

/// Those that a person keeps for themselves, by name.
pub fn own<I: Keeps>(tx: &mut ReadTx<'_>, author: PersonId, limit: u32) -> Result<Vec<Kept<I>>> {
    tx.rows(I::STATEMENTS.own, &[author.into(), limit.into()], read)
}

/// Those that everybody uses, by name.
pub fn shared<I: Keeps>(tx: &mut ReadTx<'_>, limit: u32) -> Result<Vec<Kept<I>>> {
    tx.rows(I::STATEMENTS.shared, &[limit.into()], read)
}

/// How many there are for the same people: those of their author, or everybody's.
pub fn count<I: Keeps>(tx: &mut ReadTx<'_>, used_by: UsedBy, author: PersonId) -> Result<u32> {
    let count = match used_by {
        UsedBy::Author => tx.row(I::STATEMENTS.count_own, &[author.into()], |row| row.get(0)),
        UsedBy::Everybody => tx.row(I::STATEMENTS.count_shared, &[], |row| row.get(0)),
    };
    Ok(count?.unwrap_or(0))
}
