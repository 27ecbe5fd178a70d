//! Views: filtered lists that technicians come back to.

use domain::{PersonId, Timestamp, ViewId, ticket::UsedBy};

use crate::{ReadTx, Result, Row, WriteTx, statement::statements};

statements! {
    PUT = "INSERT INTO list_view (id, author_id, shared, name, query, changed_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (id) DO UPDATE SET shared = excluded.shared, name = excluded.name, query = excluded.query,
            changed_at = excluded.changed_at";
    DELETE = "DELETE FROM list_view WHERE id = $1";
    BY_ID = "SELECT m.id, m.author_id, p.name, m.shared, m.name, m.query, m.changed_at
        FROM list_view m JOIN person p ON p.id = m.author_id WHERE m.id = $1";
    OWN = "SELECT m.id, m.author_id, p.name, m.shared, m.name, m.query, m.changed_at
        FROM list_view m JOIN person p ON p.id = m.author_id
        WHERE m.author_id = $1 AND m.shared = 0 ORDER BY m.name, m.id LIMIT $2";
    SHARED = "SELECT m.id, m.author_id, p.name, m.shared, m.name, m.query, m.changed_at
        FROM list_view m JOIN person p ON p.id = m.author_id
        WHERE m.shared = 1 ORDER BY m.name, m.id LIMIT $1";
    COUNT_OWN = "SELECT COUNT(*) FROM list_view WHERE author_id = $1 AND shared = 0";
    COUNT_SHARED = "SELECT COUNT(*) FROM list_view WHERE shared = 1";
}

/// A view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Which one.
    pub id: ViewId,
    /// Who wrote it.
    pub author: PersonId,
    /// Their name.
    pub author_name: String,
    /// Who may use it.
    pub used_by: UsedBy,
    /// What it is found by.
    pub name: String,
    /// What the list shows, as its address says it.
    pub query: String,
    /// When it was changed last.
    pub changed_at: Timestamp,
}

fn read(row: &Row<'_>) -> Result<View> {
    let used_by = if row.get(3)? { UsedBy::Everybody } else { UsedBy::Author };
    Ok(View {
        id: row.get(0)?,
        author: row.get(1)?,
        author_name: row.get(2)?,
        used_by,
        name: row.get(4)?,
        query: row.get(5)?,
        changed_at: row.get(6)?,
    })
}

/// Writes a view, new or changed.
pub fn put(tx: &mut WriteTx<'_>, kept: &View) -> Result<()> {
    let shared = kept.used_by == UsedBy::Everybody;
    let values = [
        kept.id.into(),
        kept.author.into(),
        shared.into(),
        kept.name.as_str().into(),
        kept.query.as_str().into(),
        kept.changed_at.into(),
    ];
    tx.execute(PUT, &values).map(drop)
}

/// Removes one.
pub fn delete(tx: &mut WriteTx<'_>, id: ViewId) -> Result<()> {
    tx.execute(DELETE, &[id.into()]).map(drop)
}

/// One of them.
pub fn by_id(tx: &mut ReadTx<'_>, id: ViewId) -> Result<Option<View>> {
    tx.row(BY_ID, &[id.into()], read)
}

/// Those that a person keeps for themselves, by name.
pub fn own(tx: &mut ReadTx<'_>, author: PersonId, limit: u32) -> Result<Vec<View>> {
    tx.rows(OWN, &[author.into(), limit.into()], read)
}

/// Those that everywork uses, by name.
pub fn shared(tx: &mut ReadTx<'_>, limit: u32) -> Result<Vec<View>> {
    tx.rows(SHARED, &[limit.into()], read)
}

/// How many a person keeps for themselves.
pub fn count_own(tx: &mut ReadTx<'_>, author: PersonId) -> Result<u32> {
    Ok(tx.row(COUNT_OWN, &[author.into()], |row| row.get(0))?.unwrap_or(0))
}

/// How many everywork uses.
pub fn count_shared(tx: &mut ReadTx<'_>) -> Result<u32> {
    Ok(tx.row(COUNT_SHARED, &[], |row| row.get(0))?.unwrap_or(0))
}
