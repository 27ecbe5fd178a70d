//! Who was named on a ticket, and which tickets somebody looked at last.

use domain::{
    CommentId, PersonId, TicketId, Timestamp,
    ticket::{Kind, TicketNumber},
};

use crate::{ReadTx, Result, WriteTx, statement::statements};

statements! {
    ADD = "INSERT INTO mention (comment_id, person_id, ticket_id, name, by_id, at, unseen)
        VALUES ($1, $2, $3, $4, $5, $6, 1) ON CONFLICT DO NOTHING";
    OF_TICKET = "SELECT comment_id, person_id, name FROM mention WHERE ticket_id = $1 ORDER BY at DESC, comment_id, name LIMIT $2";
    UNSEEN = "SELECT m.ticket_id, t.kind, t.number, t.subject, m.by_id, b.name, m.at, m.comment_id
        FROM mention m JOIN ticket t ON t.id = m.ticket_id LEFT JOIN person b ON b.id = m.by_id
        WHERE m.person_id = $1 AND m.unseen = 1 ORDER BY m.at DESC, m.comment_id DESC LIMIT $2";
    SEEN = "UPDATE mention SET unseen = 0 WHERE person_id = $1 AND ticket_id = $2 AND unseen = 1";
    SPEAKERS = "SELECT DISTINCT person_id FROM timeline_entry
        WHERE ticket_id = $1 AND public = 1 AND person_id IS NOT NULL LIMIT 500";

    LOOK = "INSERT INTO ticket_look (person_id, ticket_id, at) VALUES ($1, $2, $3)
        ON CONFLICT (person_id, ticket_id) DO UPDATE SET at = excluded.at";
    FORGET_LOOKS = "DELETE FROM ticket_look WHERE person_id = $1 AND at < (
            SELECT MIN(kept.at) FROM (SELECT at FROM ticket_look WHERE person_id = $1 ORDER BY at DESC LIMIT 50) kept)";
    LOOKED_AT = "SELECT ticket_id FROM ticket_look WHERE person_id = $1 ORDER BY at DESC, ticket_id LIMIT $2";
}

/// A person named in a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The comment.
    pub comment: CommentId,
    /// Who is named.
    pub person: PersonId,
    /// The name, as the text has it.
    pub name: String,
}

/// That somebody was named and has not looked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// The ticket.
    pub ticket: TicketId,
    /// Its number.
    pub number: TicketNumber,
    /// What it is about.
    pub subject: String,
    /// Who named them, and that person's name.
    pub by: Option<(PersonId, String)>,
    /// When.
    pub at: Timestamp,
    /// Where.
    pub comment: CommentId,
}

/// Writes down that somebody was named.
pub fn add(
    tx: &mut WriteTx<'_>,
    ticket: TicketId,
    mention: &Mention,
    by: Option<PersonId>,
    at: Timestamp,
) -> Result<()> {
    let Mention { comment, person, name } = mention;
    let values = [(*comment).into(), (*person).into(), ticket.into(), name.into(), by.into(), at.into()];
    tx.execute(ADD, &values).map(drop)
}

/// Who was named in the comments of a ticket, in the latest comments first.
pub fn of_ticket(tx: &mut ReadTx<'_>, ticket: TicketId, limit: u32) -> Result<Vec<Mention>> {
    tx.rows(OF_TICKET, &[ticket.into(), limit.into()], |row| {
        Ok(Mention { comment: row.get(0)?, person: row.get(1)?, name: row.get(2)? })
    })
}

/// Where somebody was named and has not looked yet, the latest first.
pub fn unseen(tx: &mut ReadTx<'_>, person: PersonId, limit: u32) -> Result<Vec<Unseen>> {
    tx.rows(UNSEEN, &[person.into(), limit.into()], |row| {
        let (by, name): (Option<PersonId>, Option<String>) = (row.get(4)?, row.get(5)?);
        Ok(Unseen {
            ticket: row.get(0)?,
            number: TicketNumber::new(row.parse(1, Kind::parse)?, row.get(2)?),
            subject: row.get(3)?,
            by: by.zip(name),
            at: row.get(6)?,
            comment: row.get(7)?,
        })
    })
}

/// Somebody has seen that they were named on a ticket. Whether that was news.
pub fn seen(tx: &mut WriteTx<'_>, person: PersonId, ticket: TicketId) -> Result<bool> {
    Ok(tx.execute(SEEN, &[person.into(), ticket.into()])? > 0)
}

/// Everybody whose acts the requester of a ticket reads.
pub fn speakers(tx: &mut ReadTx<'_>, ticket: TicketId) -> Result<Vec<PersonId>> {
    tx.rows(SPEAKERS, &[ticket.into()], |row| row.get(0))
}

/// Somebody looks at a ticket. The last fifty are remembered.
pub fn look(tx: &mut WriteTx<'_>, person: PersonId, ticket: TicketId, at: Timestamp) -> Result<()> {
    tx.execute(LOOK, &[person.into(), ticket.into(), at.into()])?;
    tx.execute(FORGET_LOOKS, &[person.into()]).map(drop)
}

/// The tickets that somebody looked at last, the latest first.
pub fn looked_at(tx: &mut ReadTx<'_>, person: PersonId, limit: u32) -> Result<Vec<TicketId>> {
    tx.rows(LOOKED_AT, &[person.into(), limit.into()], |row| row.get(0))
}
