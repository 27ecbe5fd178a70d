//! What people can request, and what they answered when they did.

use domain::{
    CatalogueItemId, PersonId, TicketId, Timestamp,
    catalogue::{Answered, CatalogueItem},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{ReadTx, Result, Row, StoreError, WriteTx, statement::statements};

macro_rules! items {
    ($rest:literal) => {
        concat!(
            "SELECT i.id, i.version, v.definition, v.at FROM catalogue_item i
             JOIN catalogue_version v ON v.item_id = i.id AND v.version = i.version ",
            $rest
        )
    };
}

statements! {
    PUT = "INSERT INTO catalogue_item (id, name, offered, version) VALUES ($1, $2, $3, $4)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, offered = excluded.offered, version = excluded.version";
    ADD_VERSION = "INSERT INTO catalogue_version (item_id, version, at, author_id, definition) VALUES ($1, $2, $3, $4, $5)";
    LOCK = "SELECT version FROM catalogue_item WHERE id = $1 FOR UPDATE";
    ONE = items!("WHERE i.id = $1");
    BY_NAME = "SELECT id FROM catalogue_item WHERE name = $1";
    ALL_ITEMS = items!("ORDER BY i.name, i.id LIMIT $1");
    OFFERED = items!("WHERE i.offered = 1 ORDER BY i.name, i.id LIMIT $1");
    COUNT = "SELECT COUNT(*) FROM catalogue_item";
    ADD_REQUEST = "INSERT INTO catalogue_request (ticket_id, item_id, version, answers) VALUES ($1, $2, $3, $4)";
    REQUEST = "SELECT r.item_id, r.version, r.answers, v.definition FROM catalogue_request r
        JOIN catalogue_version v ON v.item_id = r.item_id AND v.version = r.version WHERE r.ticket_id = $1";
}

/// An item as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: CatalogueItemId,
    /// Its version.
    pub version: u64,
    /// The item.
    pub item: CatalogueItem,
    /// Since when it stands so.
    pub changed_at: Timestamp,
}

/// What was answered in a request, and of which version of the item it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Of what.
    pub id: CatalogueItemId,
    /// Which version of it.
    pub version: u64,
    /// What was answered.
    pub answers: Vec<Answered>,
    /// The item as it was then.
    pub item: CatalogueItem,
}

fn document<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|_| row.unexpected(column, &text))
}

fn written(document: &impl Serialize) -> Result<String> {
    serde_json::to_string(document)
        .map_err(|error| StoreError::Engine(format!("an item of the catalogue cannot be written: {error}")))
}

fn read(row: &Row<'_>) -> Result<Listed> {
    Ok(Listed { id: row.get(0)?, version: row.get(1)?, item: document(row, 2)?, changed_at: row.get(3)? })
}

/// Writes a version of an item.
pub fn put(
    tx: &mut WriteTx<'_>,
    id: CatalogueItemId,
    version: u64,
    item: &CatalogueItem,
    by: Option<PersonId>,
    at: Timestamp,
) -> Result<()> {
    let values = [id.into(), item.name.as_str().into(), item.offered.into(), version.into()];
    tx.execute(PUT, &values)?;
    let definition = written(item)?;
    tx.execute(ADD_VERSION, &[id.into(), version.into(), at.into(), by.into(), definition.into()]).map(drop)
}

/// The version that an item is at, held against other writers.
pub fn lock(tx: &mut WriteTx<'_>, id: CatalogueItemId) -> Result<Option<u64>> {
    tx.row(LOCK, &[id.into()], |row| row.get(0))
}

/// One item.
pub fn by_id(tx: &mut ReadTx<'_>, id: CatalogueItemId) -> Result<Option<Listed>> {
    tx.row(ONE, &[id.into()], read)
}

/// The item of this name.
pub fn id_by_name(tx: &mut ReadTx<'_>, name: &str) -> Result<Option<CatalogueItemId>> {
    tx.row(BY_NAME, &[name.into()], |row| row.get(0))
}

/// All items by name, or only those that can be requested.
pub fn all(tx: &mut ReadTx<'_>, offered_only: bool, limit: u32) -> Result<Vec<Listed>> {
    tx.rows(if offered_only { OFFERED } else { ALL_ITEMS }, &[limit.into()], read)
}

/// How many there are.
pub fn count(tx: &mut ReadTx<'_>) -> Result<u32> {
    Ok(tx.row(COUNT, &[], |row| row.get(0))?.unwrap_or(0))
}

/// Keeps what was answered in a request.
pub fn add_request(
    tx: &mut WriteTx<'_>,
    ticket: TicketId,
    (id, version): (CatalogueItemId, u64),
    answers: &[Answered],
) -> Result<()> {
    let answers = written(&answers)?;
    tx.execute(ADD_REQUEST, &[ticket.into(), id.into(), version.into(), answers.into()]).map(drop)
}

/// What was answered in a request, if the ticket is one.
pub fn request(tx: &mut ReadTx<'_>, ticket: TicketId) -> Result<Option<Request>> {
    tx.row(REQUEST, &[ticket.into()], |row| {
        Ok(Request {
            id: row.get(0)?,
            version: row.get(1)?,
            answers: document(row, 2)?,
            item: document(row, 3)?,
        })
    })
}
