//! What it takes to get help: counts of a day, searches that found nothing, answers that came back as tickets, and how much
//! the departments say.

use domain::{
    Timestamp,
    effort::{DayNumber, Measure, PerHundred},
};

use crate::{ReadTx, Result, Row, WriteTx, statement::statements};

/// An answer comes back within three days, in microseconds.
macro_rules! soon_after {
    ($at:literal) => {
        concat!("t.created_at > ", $at, " AND t.created_at <= ", $at, " + 259200000000")
    };
}

macro_rules! cited {
    ($what:literal, $with:expr) => {
        concat!(
            "SELECT ",
            $what,
            " FROM chat_line l
             JOIN chat c ON c.id = l.chat_id AND c.ticket_id IS NULL
             JOIN chat_line q ON q.chat_id = l.chat_id AND q.seq = l.seq - 1 AND q.speaker = 'person'",
            $with,
            " WHERE l.speaker = 'bot' AND l.cites <> '' AND l.cites LIKE '%KB-%' AND l.at >= $1 AND l.at < $2"
        )
    };
}

macro_rules! by_department {
    ($open:literal) => {
        concat!(
            "SELECT p.department, COUNT(*) FROM ticket t JOIN person p ON p.id = t.requester_id
             WHERE t.open = ",
            $open,
            " AND t.created_at >= $1 AND t.created_at < $2 AND t.kind <> 'problem' AND p.active = 1
                AND p.department <> ''
             GROUP BY p.department"
        )
    };
}

statements! {
    ADD = "INSERT INTO effort_count (day, measure, place, amount) VALUES ($1, $2, $3, 1)
        ON CONFLICT (day, measure, place) DO UPDATE SET amount = effort_count.amount + 1";
    COUNTS = "SELECT day, measure, place, amount FROM effort_count WHERE day >= $1 ORDER BY day, measure, place";
    FORGET_COUNTS = "DELETE FROM effort_count WHERE day < $1";

    SEARCHES_OF_DAY = "SELECT COUNT(*) FROM effort_search WHERE day = $1";
    SEARCH_ADD = "INSERT INTO effort_search (day, words, times) VALUES ($1, $2, 1)
        ON CONFLICT (day, words) DO UPDATE SET times = effort_search.times + 1";
    SEARCH_AGAIN = "UPDATE effort_search SET times = times + 1 WHERE day = $1 AND words = $2";
    SEARCHES = "SELECT words, CAST(SUM(times) AS BIGINT), MAX(day) FROM effort_search WHERE day >= $1
        GROUP BY words ORDER BY SUM(times) DESC, MAX(day) DESC, words LIMIT $2";
    FORGET_SEARCHES = "DELETE FROM effort_search WHERE day < $1";

    HELPED = "SELECT COUNT(*) FROM article_feedback f WHERE f.verdict = 'helped' AND f.at >= $1 AND f.at < $2";
    HELPED_AND_RAISED = concat!("SELECT f.person_id || f.article_id, a.number, t.subject
        FROM article_feedback f
        JOIN article a ON a.id = f.article_id
        JOIN ticket t ON t.requester_id = f.person_id AND ", soon_after!("f.at"), "
        WHERE f.verdict = 'helped' AND f.at >= $1 AND f.at < $2 ORDER BY f.at LIMIT $3");
    ANSWERED = cited!("COUNT(DISTINCT l.chat_id)", "");
    ANSWERED_AND_RAISED = concat!(
        cited!("l.chat_id, l.cites, t.subject",
            concat!(" JOIN ticket t ON t.requester_id = c.person_id AND ", soon_after!("l.at"))),
        " ORDER BY l.at LIMIT $3");

    PEOPLE = "SELECT department, COUNT(*) FROM person WHERE active = 1 AND department <> '' GROUP BY department";
    TICKETS_OPEN = by_department!("1");
    TICKETS_OVER = by_department!("0");
    TROUBLE_PUT = "INSERT INTO effort_trouble (department, month, per_hundred) VALUES ($1, $2, $3)
        ON CONFLICT (department, month) DO UPDATE SET per_hundred = excluded.per_hundred";
    TROUBLE = "SELECT department, per_hundred FROM effort_trouble WHERE month = $1";
    FORGET_TROUBLE = "DELETE FROM effort_trouble WHERE month < $1";
}

/// So many different searches of a day are kept by their words; what comes after them is only counted.
const SEARCHES_KEPT: u64 = 500;

/// One more of what is counted.
pub fn add(tx: &mut WriteTx<'_>, day: DayNumber, measure: Measure, place: u32) -> Result<()> {
    tx.execute_later(ADD, &[day.0.into(), measure.as_str().into(), place.into()])
}

/// A count of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The day.
    pub day: DayNumber,
    /// What was counted.
    pub measure: Measure,
    /// Under which number, where it is counted by number.
    pub place: u64,
    /// How many.
    pub amount: u64,
}

/// What was counted from this day on.
pub fn counts(tx: &mut ReadTx<'_>, since: DayNumber) -> Result<Vec<Count>> {
    tx.rows(COUNTS, &[since.0.into()], |row| {
        let name: String = row.get(1)?;
        let measure = Measure::parse(&name).ok_or_else(|| row.unexpected(1, &name))?;
        Ok(Count { day: DayNumber(row.get(0)?), measure, place: row.get(2)?, amount: row.get(3)? })
    })
}

/// Keeps the words of a search that found nothing, if there is room among those of the day.
pub fn add_search(tx: &mut WriteTx<'_>, day: DayNumber, words: &str) -> Result<()> {
    let kept: u64 = tx.row(SEARCHES_OF_DAY, &[day.0.into()], |row| row.get(0))?.unwrap_or(0);
    let statement = if kept < SEARCHES_KEPT { SEARCH_ADD } else { SEARCH_AGAIN };
    tx.execute(statement, &[day.0.into(), words.into()]).map(drop)
}

/// The searches that found nothing from this day on: words, how often, and the last day; the most frequent first.
pub fn searches(tx: &mut ReadTx<'_>, since: DayNumber, limit: u32) -> Result<Vec<(String, u64, DayNumber)>> {
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, DayNumber(row.get(2)?)));
    tx.rows(SEARCHES, &[since.0.into(), limit.into()], read)
}

/// Removes counts of before `counts`, words of before `words`, and trouble of before the month `trouble`.
pub fn forget(tx: &mut WriteTx<'_>, counts: DayNumber, words: DayNumber, trouble: i64) -> Result<u64> {
    Ok(tx.execute(FORGET_COUNTS, &[counts.0.into()])?
        + tx.execute(FORGET_SEARCHES, &[words.0.into()])?
        + tx.execute(FORGET_TROUBLE, &[trouble.into()])?)
}

/// A ticket that somebody raised soon after an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised {
    /// The answer: what is the same for every ticket after it.
    pub answer: String,
    /// The articles that answered, as they are kept: `KB-1.en KB-7.de`, or the number alone.
    pub articles: String,
    /// What the ticket is about.
    pub subject: String,
}

/// How many readers said from one moment until another that an article helped, and the tickets that they raised soon
/// after, at most so many.
pub fn helped(
    tx: &mut ReadTx<'_>,
    (from, until): (Timestamp, Timestamp),
    limit: u32,
) -> Result<(u64, Vec<Raised>)> {
    let all = tx.row(HELPED, &[from.into(), until.into()], |row| row.get(0))?.unwrap_or(0);
    let raised = tx.rows(HELPED_AND_RAISED, &[from.into(), until.into(), limit.into()], |row| {
        let number: u64 = row.get(1)?;
        Ok(Raised { answer: row.get(0)?, articles: format!("KB-{number}"), subject: row.get(2)? })
    })?;
    Ok((all, raised))
}

/// In how many conversations that nobody sent to people the bot quoted an article, and the tickets that were raised soon
/// after, at most so many.
pub fn answered(
    tx: &mut ReadTx<'_>,
    (from, until): (Timestamp, Timestamp),
    limit: u32,
) -> Result<(u64, Vec<Raised>)> {
    let all = tx.row(ANSWERED, &[from.into(), until.into()], |row| row.get(0))?.unwrap_or(0);
    let raised = tx.rows(ANSWERED_AND_RAISED, &[from.into(), until.into(), limit.into()], |row| {
        Ok(Raised { answer: row.get(0)?, articles: row.get(1)?, subject: row.get(2)? })
    })?;
    Ok((all, raised))
}

/// An amount for each department.
pub type ByDepartment<T = u64> = Vec<(String, T)>;

fn pair(row: &Row<'_>) -> Result<(String, u64)> {
    Ok((row.get(0)?, row.get(1)?))
}

/// The active people of each department.
pub fn people(tx: &mut ReadTx<'_>) -> Result<ByDepartment> {
    tx.rows(PEOPLE, &[], pair)
}

/// The tickets of each department's active people from one moment until another, problems aside. A department may be there
/// twice.
pub fn tickets(tx: &mut ReadTx<'_>, from: Timestamp, until: Timestamp) -> Result<ByDepartment> {
    let mut all = tx.rows(TICKETS_OPEN, &[from.into(), until.into()], pair)?;
    all.extend(tx.rows(TICKETS_OVER, &[from.into(), until.into()], pair)?);
    Ok(all)
}

/// Writes the trouble of a department in a month, in place of what was known.
pub fn put_trouble(tx: &mut WriteTx<'_>, department: &str, month: i64, rate: PerHundred) -> Result<()> {
    tx.execute(TROUBLE_PUT, &[department.into(), month.into(), rate.0.into()]).map(drop)
}

/// The trouble of each department in a month.
pub fn trouble(tx: &mut ReadTx<'_>, month: i64) -> Result<ByDepartment<PerHundred>> {
    tx.rows(TROUBLE, &[month.into()], |row| Ok((row.get(0)?, PerHundred(row.get(1)?))))
}
