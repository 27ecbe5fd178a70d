//! Outages that everybody is told of.

use domain::{
    OutageId, PersonId, TicketId, Timestamp,
    ticket::{Kind, Outage, OutageTitle, TicketNumber},
};

use crate::{ReadTx, Result, Row, WriteTx, statement::statements};

macro_rules! columns {
    () => {
        "o.id, o.ticket_id, o.title, o.expected_end, o.announced_by, o.announced_at, o.ended_at, o.version"
    };
}

macro_rules! standing {
    ($from_where:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            ", (SELECT t.number FROM ticket t WHERE t.id = o.ticket_id),
               (SELECT n.body FROM outage_news n WHERE n.outage_id = o.id ORDER BY n.version DESC LIMIT 1),
               (SELECT n.at FROM outage_news n WHERE n.outage_id = o.id ORDER BY n.version DESC LIMIT 1),
               (SELECT COUNT(*) FROM outage_affected c WHERE c.outage_id = o.id),
               (SELECT COUNT(*) FROM outage_affected m WHERE m.outage_id = o.id AND m.person_id = $1)
             FROM ",
            $from_where
        )
    };
}

statements! {
    PUT = "INSERT INTO outage (id, ticket_id, title, expected_end, announced_by, announced_at, ended_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (id) DO UPDATE SET ticket_id = excluded.ticket_id, title = excluded.title,
            expected_end = excluded.expected_end, ended_at = excluded.ended_at, version = excluded.version";
    ADD_NEWS = "INSERT INTO outage_news (outage_id, version, at, author_id, body) VALUES ($1, $2, $3, $4, $5)";
    BY_ID = concat!("SELECT ", columns!(), " FROM outage o WHERE o.id = $1");
    GOING_OF = concat!("SELECT ", columns!(), " FROM outage o WHERE o.ticket_id = $1 AND o.ended_at IS NULL");
    COUNT_GOING = "SELECT COUNT(*) FROM outage WHERE ended_at IS NULL";
    GOING = standing!("outage o WHERE o.ended_at IS NULL ORDER BY o.announced_at DESC, o.id DESC LIMIT $2");
    ENDED = standing!("outage o WHERE o.ended_at >= $2 ORDER BY o.ended_at DESC, o.id DESC LIMIT $3");
    TO_TELL = standing!("outage_affected a JOIN outage o ON o.id = a.outage_id
        WHERE a.person_id = $1 AND a.seen_end = 0 AND o.ended_at >= $2 ORDER BY o.ended_at DESC, o.id DESC LIMIT $3");
    ONE = standing!("outage o WHERE o.id = $2");
    LAST_OF = standing!("outage o WHERE o.ticket_id = $2
        ORDER BY CASE WHEN o.ended_at IS NULL THEN 0 ELSE 1 END, o.announced_at DESC, o.id DESC LIMIT 1");
    NEWS = "SELECT n.at, n.body, p.name FROM outage_news n JOIN person p ON p.id = n.author_id
        WHERE n.outage_id = $1 ORDER BY n.version DESC LIMIT 200";
    JOIN = "INSERT INTO outage_affected (outage_id, person_id, at, seen_end) VALUES ($1, $2, $3, 0)
        ON CONFLICT (outage_id, person_id) DO NOTHING";
    JOIN_ALL = "INSERT INTO outage_affected (outage_id, person_id, at, seen_end)
        SELECT $2, a.person_id, a.at, 0 FROM outage_affected a WHERE a.outage_id = $1
        ON CONFLICT (outage_id, person_id) DO NOTHING";
    SEE_END_ALL = "UPDATE outage_affected SET seen_end = 1 WHERE outage_id = $1 AND seen_end = 0";
    CARRY = "UPDATE outage SET carried_from = $2 WHERE id = $1";
    CARRIED_FROM = "SELECT carried_from FROM outage WHERE id = $1";
    LEAVE = "DELETE FROM outage_affected WHERE outage_id = $1 AND person_id = $2";
    SEE_END = "UPDATE outage_affected SET seen_end = 1 WHERE outage_id = $1 AND person_id = $2 AND seen_end = 0";
    AFFECTED = "SELECT p.name FROM outage_affected a JOIN person p ON p.id = a.person_id
        WHERE a.outage_id = $1 ORDER BY p.name, p.id LIMIT $2";
}

fn read(row: &Row<'_>) -> Result<Outage> {
    Ok(Outage {
        id: row.get(0)?,
        ticket: row.get(1)?,
        title: row.parse(2, |text| OutageTitle::new(text).ok())?,
        expected_end: row.get(3)?,
        announced_by: row.get(4)?,
        announced_at: row.get(5)?,
        ended_at: row.get(6)?,
        version: row.get(7)?,
    })
}

/// An outage as one person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The outage.
    pub outage: Outage,
    /// The number of the incident behind it.
    pub number: TicketNumber,
    /// What was told last, in Markdown.
    pub news: String,
    /// When.
    pub news_at: Timestamp,
    /// How many said that it hits them.
    pub affected: u32,
    /// Whether that person did.
    pub mine: bool,
}

fn standing(row: &Row<'_>) -> Result<Standing> {
    Ok(Standing {
        outage: read(row)?,
        number: TicketNumber::new(Kind::Incident, row.get(8)?),
        news: row.get(9)?,
        news_at: row.get(10)?,
        affected: row.get(11)?,
        mine: row.get(12)?,
    })
}

/// What was told at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// When.
    pub at: Timestamp,
    /// In Markdown.
    pub body: String,
    /// Who told it.
    pub author_name: String,
}

/// Writes an outage, new or changed.
pub fn put(tx: &mut WriteTx<'_>, outage: &Outage) -> Result<()> {
    let values = [
        outage.id.into(),
        outage.ticket.into(),
        outage.title.as_str().into(),
        outage.expected_end.into(),
        outage.announced_by.into(),
        outage.announced_at.into(),
        outage.ended_at.into(),
        outage.version.into(),
    ];
    tx.execute(PUT, &values).map(drop)
}

/// Writes down what everybody is told with this version of the outage.
pub fn add_news(
    tx: &mut WriteTx<'_>,
    outage: &Outage,
    at: Timestamp,
    by: PersonId,
    body: &str,
) -> Result<()> {
    let values = [outage.id.into(), outage.version.into(), at.into(), by.into(), body.into()];
    tx.execute(ADD_NEWS, &values).map(drop)
}

/// One of them.
pub fn by_id(tx: &mut ReadTx<'_>, id: OutageId) -> Result<Option<Outage>> {
    tx.row(BY_ID, &[id.into()], read)
}

/// The one that goes on because of an incident.
pub fn going_of(tx: &mut ReadTx<'_>, ticket: TicketId) -> Result<Option<Outage>> {
    tx.row(GOING_OF, &[ticket.into()], read)
}

/// How many go on.
pub fn count_going(tx: &mut ReadTx<'_>) -> Result<u32> {
    Ok(tx.row(COUNT_GOING, &[], |row| row.get(0))?.unwrap_or(0))
}

/// Those that go on, the latest first.
pub fn going(tx: &mut ReadTx<'_>, person: PersonId, limit: u32) -> Result<Vec<Standing>> {
    tx.rows(GOING, &[person.into(), limit.into()], standing)
}

/// Those that ended since a moment, the latest first.
pub fn ended(tx: &mut ReadTx<'_>, person: PersonId, since: Timestamp, limit: u32) -> Result<Vec<Standing>> {
    tx.rows(ENDED, &[person.into(), since.into(), limit.into()], standing)
}

/// Those that ended since a moment and had hit this person, who does not know yet that they are over.
pub fn to_tell(tx: &mut ReadTx<'_>, person: PersonId, since: Timestamp, limit: u32) -> Result<Vec<Standing>> {
    tx.rows(TO_TELL, &[person.into(), since.into(), limit.into()], standing)
}

/// How one of them stands.
pub fn one(tx: &mut ReadTx<'_>, person: PersonId, id: OutageId) -> Result<Option<Standing>> {
    tx.row(ONE, &[person.into(), id.into()], standing)
}

/// The latest that an incident was announced as.
pub fn last_of(tx: &mut ReadTx<'_>, person: PersonId, ticket: TicketId) -> Result<Option<Standing>> {
    tx.row(LAST_OF, &[person.into(), ticket.into()], standing)
}

/// What was told of one, the latest first.
pub fn news(tx: &mut ReadTx<'_>, id: OutageId) -> Result<Vec<News>> {
    tx.rows(NEWS, &[id.into()], |row| {
        Ok(News { at: row.get(0)?, body: row.get(1)?, author_name: row.get(2)? })
    })
}

/// Writes down that it hits a person. Whether that is new.
pub fn join(tx: &mut WriteTx<'_>, id: OutageId, person: PersonId, at: Timestamp) -> Result<bool> {
    Ok(tx.execute(JOIN, &[id.into(), person.into(), at.into()])? > 0)
}

/// Whoever one hits is hit by another, which goes on for both; that the first has ended is no news to them.
pub fn join_all(tx: &mut WriteTx<'_>, from: OutageId, into: OutageId) -> Result<()> {
    tx.execute(JOIN_ALL, &[from.into(), into.into()])?;
    tx.execute(SEE_END_ALL, &[from.into()]).map(drop)
}

/// Remembers from which incident a merge carried it.
pub fn carry(tx: &mut WriteTx<'_>, id: OutageId, from: Option<TicketId>) -> Result<()> {
    tx.execute(CARRY, &[id.into(), from.into()]).map(drop)
}

/// From which incident a merge carried it.
pub fn carried_from(tx: &mut ReadTx<'_>, id: OutageId) -> Result<Option<TicketId>> {
    Ok(tx.row(CARRIED_FROM, &[id.into()], |row| row.get(0))?.flatten())
}

/// Takes that back. Whether there was anything to take back.
pub fn leave(tx: &mut WriteTx<'_>, id: OutageId, person: PersonId) -> Result<bool> {
    Ok(tx.execute(LEAVE, &[id.into(), person.into()])? > 0)
}

/// Writes down that a person knows that it is over. Whether that is new.
pub fn see_end(tx: &mut WriteTx<'_>, id: OutageId, person: PersonId) -> Result<bool> {
    Ok(tx.execute(SEE_END, &[id.into(), person.into()])? > 0)
}

/// The names of those whom it hits.
pub fn affected(tx: &mut ReadTx<'_>, id: OutageId, limit: u32) -> Result<Vec<String>> {
    tx.rows(AFFECTED, &[id.into(), limit.into()], |row| row.get(0))
}
