//! Tickets of people without an account, and the links by which they follow them.

use domain::{GuestId, PersonId, TicketId, Timestamp};

use crate::{ReadTx, Result, Row, WriteTx, statement::statements};

macro_rules! guests {
    ($where:literal) => {
        concat!(
            "SELECT g.id, g.ticket_id, g.person_id, g.name, g.email, g.link_made_at, g.revoked_at FROM guest g WHERE ",
            $where
        )
    };
}

statements! {
    INSERT = "INSERT INTO guest (ticket_id, id, person_id, name, email, link_hash, link_made_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    OF_TICKET = guests!("g.ticket_id = $1");
    BY_LINK = guests!("g.link_hash = $1 AND g.revoked_at IS NULL");
    NEW_LINK = "UPDATE guest SET link_hash = $2, link_made_at = $3, revoked_at = NULL WHERE ticket_id = $1";
    IS_ONE = "SELECT 1 FROM person WHERE id = $1 AND external_source = 'urn:freehold:guest'";
    REVOKE = "UPDATE guest SET revoked_at = $2 WHERE ticket_id = $1 AND revoked_at IS NULL";
}

/// Whether the desk made this person of a guest.
pub fn is_one(tx: &mut ReadTx<'_>, person: PersonId) -> Result<bool> {
    Ok(tx.row(IS_ONE, &[person.into()], |_| Ok(()))?.is_some())
}

/// Somebody without an account, as of one ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// Which guest.
    pub id: GuestId,
    /// Their ticket.
    pub ticket: TicketId,
    /// The person that the desk made of them for this ticket alone.
    pub person: PersonId,
    /// The name that was typed.
    pub name: String,
    /// The address that was typed, in lower case; nobody has made sure that it is theirs.
    pub email: String,
    /// When the link was made that is good now.
    pub link_made_at: Timestamp,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}

fn read(row: &Row<'_>) -> Result<Guest> {
    Ok(Guest {
        id: row.get(0)?,
        ticket: row.get(1)?,
        person: row.get(2)?,
        name: row.get(3)?,
        email: row.get(4)?,
        link_made_at: row.get(5)?,
        revoked_at: row.get(6)?,
    })
}

/// Writes a guest with what is kept of their link.
pub fn insert(tx: &mut WriteTx<'_>, guest: &Guest, link_hash: &[u8; 32]) -> Result<()> {
    let values = [
        guest.ticket.into(),
        guest.id.into(),
        guest.person.into(),
        (&guest.name).into(),
        (&guest.email).into(),
        link_hash.into(),
        guest.link_made_at.into(),
    ];
    tx.execute(INSERT, &values).map(drop)
}

/// The guest whose ticket this is.
pub fn of_ticket(tx: &mut ReadTx<'_>, ticket: TicketId) -> Result<Option<Guest>> {
    tx.row(OF_TICKET, &[ticket.into()], read)
}

/// The guest whose link this is, unless it was revoked.
pub fn by_link(tx: &mut ReadTx<'_>, link_hash: &[u8; 32]) -> Result<Option<Guest>> {
    tx.row(BY_LINK, &[link_hash.into()], read)
}

/// Puts another link in place of the one there is.
pub fn new_link(tx: &mut WriteTx<'_>, ticket: TicketId, link_hash: &[u8; 32], at: Timestamp) -> Result<()> {
    tx.execute(NEW_LINK, &[ticket.into(), link_hash.into(), at.into()]).map(drop)
}

/// Revokes the link there is; `false` where none was good.
pub fn revoke(tx: &mut WriteTx<'_>, ticket: TicketId, at: Timestamp) -> Result<bool> {
    Ok(tx.execute(REVOKE, &[ticket.into(), at.into()])? > 0)
}
