//! The time that tickets took.

use domain::{
    PersonId, TicketId, TimeEntryId, Timestamp,
    ticket::{Spent, TimeWords},
};
use jiff::civil::Date;

use crate::{ReadTx, Result, Row, WriteTx, statement::statements, value::AFTER_EVERY_ID};

macro_rules! entries {
    ($where:literal) => {
        concat!(
            "SELECT e.id, e.ticket_id, e.person_id, p.name, e.day, e.minutes, e.words, e.recorded_at, e.taken_back_at
             FROM time_entry e JOIN person p ON p.id = e.person_id WHERE ",
            $where
        )
    };
}

statements! {
    ADD = "INSERT INTO time_entry (id, ticket_id, person_id, day, minutes, words, recorded_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    TAKE_BACK = "UPDATE time_entry SET taken_back_at = $2 WHERE id = $1 AND taken_back_at IS NULL";
    ONE = entries!("e.id = $1");
    OF = entries!("e.ticket_id = $1 AND e.id < $2 ORDER BY e.id DESC LIMIT $3");
    TOTALS = "SELECT e.person_id, p.name, CAST(SUM(e.minutes) AS BIGINT) FROM time_entry e
        JOIN person p ON p.id = e.person_id
        WHERE e.ticket_id = $1 AND e.taken_back_at IS NULL GROUP BY e.person_id, p.name
        ORDER BY 3 DESC, p.name, e.person_id";
}

/// Time that somebody spent on a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeEntry {
    /// Its id.
    pub id: TimeEntryId,
    /// The ticket.
    pub ticket: TicketId,
    /// Whose time it is.
    pub person: PersonId,
    /// Their name; nobody reads it when an entry is written.
    pub person_name: String,
    /// The day of the work.
    pub day: Date,
    /// How long it took.
    pub spent: Spent,
    /// What it was spent on.
    pub words: Option<TimeWords>,
    /// When it was written down.
    pub recorded_at: Timestamp,
    /// When it was taken back, if it was.
    pub taken_back_at: Option<Timestamp>,
}

fn read(row: &Row<'_>) -> Result<TimeEntry> {
    let minutes: u32 = row.get(5)?;
    let words: Option<String> = row.get(6)?;
    Ok(TimeEntry {
        id: row.get(0)?,
        ticket: row.get(1)?,
        person: row.get(2)?,
        person_name: row.get(3)?,
        day: row.parse(4, |text| text.parse().ok())?,
        spent: Spent::new(minutes).map_err(|_| row.unexpected(5, &minutes.to_string()))?,
        words: words.map(|text| TimeWords::new(&text).map_err(|_| row.unexpected(6, &text))).transpose()?,
        recorded_at: row.get(7)?,
        taken_back_at: row.get(8)?,
    })
}

/// Writes an entry down.
pub fn add(tx: &mut WriteTx<'_>, entry: &TimeEntry) -> Result<()> {
    let values = [
        entry.id.into(),
        entry.ticket.into(),
        entry.person.into(),
        entry.day.to_string().into(),
        entry.spent.minutes().into(),
        entry.words.as_ref().map(TimeWords::as_str).into(),
        entry.recorded_at.into(),
    ];
    tx.execute(ADD, &values).map(drop)
}

/// Marks an entry as taken back. Whether it counted until now.
pub fn take_back(tx: &mut WriteTx<'_>, id: TimeEntryId, at: Timestamp) -> Result<bool> {
    Ok(tx.execute(TAKE_BACK, &[id.into(), at.into()])? > 0)
}

/// One entry.
pub fn by_id(tx: &mut ReadTx<'_>, id: TimeEntryId) -> Result<Option<TimeEntry>> {
    tx.row(ONE, &[id.into()], read)
}

/// A page of what was recorded on a ticket, the latest first, what was taken back with it.
pub fn of(
    tx: &mut ReadTx<'_>,
    ticket: TicketId,
    before: Option<TimeEntryId>,
    limit: u32,
) -> Result<Vec<TimeEntry>> {
    let before = before.map_or_else(|| AFTER_EVERY_ID.into(), Into::into);
    tx.rows(OF, &[ticket.into(), before, limit.into()], read)
}

/// How many minutes each person spent on a ticket, the most first, without what was taken back.
pub fn totals(tx: &mut ReadTx<'_>, ticket: TicketId) -> Result<Vec<(PersonId, String, u64)>> {
    tx.rows(TOTALS, &[ticket.into()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}
