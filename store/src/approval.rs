//! Who was asked whether a ticket may go on, and what they said.

use std::collections::HashMap;

use domain::{
    ApprovalId, PersonId, TicketId, Timestamp,
    ticket::{
        Answer, Approval, ApprovalEnd, ApprovalQuestion, ApprovalWords, Approver, Decision, Ended, Kind,
        Quorum, TicketNumber,
    },
};

use crate::{ReadTx, Result, Row, Value, WriteTx, statement::statements};

macro_rules! askings {
    ($where:literal) => {
        concat!(
            "SELECT a.id, a.ticket_id, a.question, a.quorum, a.asked_by, a.asked_at, a.ended, a.ended_at, a.version,
                t.kind, t.number, t.subject, r.name, b.name
             FROM approval a JOIN ticket t ON t.id = a.ticket_id JOIN person r ON r.id = t.requester_id
             JOIN person b ON b.id = a.asked_by WHERE ",
            $where
        )
    };
}

macro_rules! approvers {
    ($which:literal) => {
        concat!(
            "SELECT v.approval_id, v.person_id, p.name, v.decision, v.words, v.at
             FROM approver v JOIN person p ON p.id = v.person_id WHERE v.approval_id IN (",
            $which,
            ") ORDER BY v.approval_id, v.place"
        )
    };
}

statements! {
    PUT = "INSERT INTO approval (id, ticket_id, question, quorum, asked_by, asked_at, ended, ended_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (id) DO UPDATE SET ended = excluded.ended, ended_at = excluded.ended_at, version = excluded.version";
    PUT_APPROVER = "INSERT INTO approver (approval_id, place, person_id, decision, words, at, waiting)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (approval_id, place) DO UPDATE SET decision = excluded.decision, words = excluded.words,
            at = excluded.at, waiting = excluded.waiting";
    ONE = askings!("a.id = $1");
    ONE_APPROVERS = approvers!("$1");
    OPEN_OF = askings!("a.ticket_id = $1 AND a.ended_at IS NULL");
    OPEN_OF_APPROVERS = approvers!("SELECT id FROM approval WHERE ticket_id = $1 AND ended_at IS NULL");
    OF_TICKET = askings!("a.ticket_id = $1 ORDER BY a.asked_at DESC, a.id DESC LIMIT 50");
    OF_TICKET_APPROVERS = approvers!("SELECT id FROM approval WHERE ticket_id = $1");
    WAITING = askings!("a.id IN (SELECT w.approval_id FROM approver w WHERE w.person_id = $1 AND w.waiting = 1
        ORDER BY w.approval_id LIMIT $2) ORDER BY a.id");
    WAITING_APPROVERS = approvers!("SELECT w.approval_id FROM approver w WHERE w.person_id = $1 AND w.waiting = 1
        ORDER BY w.approval_id LIMIT $2");
    WAITING_COUNT = "SELECT COUNT(*) FROM approver WHERE person_id = $1 AND waiting = 1";
    ANSWERED = askings!("a.id IN (SELECT w.approval_id FROM approver w WHERE w.person_id = $1 AND w.at >= $2
        ORDER BY w.at DESC, w.approval_id DESC LIMIT $3) ORDER BY a.id DESC");
    ANSWERED_APPROVERS = approvers!("SELECT w.approval_id FROM approver w WHERE w.person_id = $1 AND w.at >= $2
        ORDER BY w.at DESC, w.approval_id DESC LIMIT $3");
}

/// An asking with the names that a page says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asking {
    /// The asking.
    pub approval: Approval,
    /// The number of its ticket.
    pub number: TicketNumber,
    /// What that is about.
    pub subject: String,
    /// Whose ticket it is.
    pub requester_name: String,
    /// Who asks.
    pub asked_by_name: String,
    /// The names of those who are asked, in their order.
    pub names: Vec<String>,
}

fn read(row: &Row<'_>) -> Result<Asking> {
    let ended: Option<String> = row.get(6)?;
    let ended = match (ended, row.get(7)?) {
        (Some(how), Some(at)) => {
            let how = ApprovalEnd::parse(&how).ok_or_else(|| row.unexpected(6, &how))?;
            Some(Ended { how, at })
        }
        _ => None,
    };
    Ok(Asking {
        approval: Approval {
            id: row.get(0)?,
            ticket: row.get(1)?,
            question: row.parse(2, |text| ApprovalQuestion::new(text).ok())?,
            quorum: row.parse(3, Quorum::parse)?,
            asked_by: row.get(4)?,
            asked_at: row.get(5)?,
            approvers: Vec::new(),
            ended,
            version: row.get(8)?,
        },
        number: TicketNumber::new(row.parse(9, Kind::parse)?, row.get(10)?),
        subject: row.get(11)?,
        requester_name: row.get(12)?,
        asked_by_name: row.get(13)?,
        names: Vec::new(),
    })
}

fn read_approver(row: &Row<'_>) -> Result<(ApprovalId, Approver, String)> {
    let decision: Option<String> = row.get(3)?;
    let words: Option<String> = row.get(4)?;
    let answer = match (decision, row.get(5)?) {
        (Some(decision), Some(at)) => Some(Answer {
            decision: Decision::parse(&decision).ok_or_else(|| row.unexpected(3, &decision))?,
            words: words
                .map(|words| ApprovalWords::new(&words).map_err(|_| row.unexpected(4, &words)))
                .transpose()?,
            at,
        }),
        _ => None,
    };
    Ok((row.get(0)?, Approver { person: row.get(1)?, answer }, row.get(2)?))
}

/// The askings that one statement finds, with those who are asked, whom the other finds.
fn all(
    tx: &mut ReadTx<'_>,
    askings: &'static str,
    approvers: &'static str,
    params: &[Value<'_>],
) -> Result<Vec<Asking>> {
    let mut found = tx.rows(askings, params, read)?;
    if found.is_empty() {
        return Ok(found);
    }
    let mut asked: HashMap<ApprovalId, Vec<(Approver, String)>> = HashMap::new();
    for (id, approver, name) in tx.rows(approvers, params, read_approver)? {
        asked.entry(id).or_default().push((approver, name));
    }
    for asking in &mut found {
        let of = asked.remove(&asking.approval.id).unwrap_or_default();
        (asking.approval.approvers, asking.names) = of.into_iter().unzip();
    }
    Ok(found)
}

/// Writes an asking, new or changed.
pub fn put(tx: &mut WriteTx<'_>, approval: &Approval) -> Result<()> {
    let values = [
        approval.id.into(),
        approval.ticket.into(),
        approval.question.as_str().into(),
        approval.quorum.as_str().into(),
        approval.asked_by.into(),
        approval.asked_at.into(),
        approval.ended.map(|ended| ended.how.as_str()).into(),
        approval.ended.map(|ended| ended.at).into(),
        approval.version.into(),
    ];
    tx.execute(PUT, &values)?;
    for (place, approver) in (0_u64..).zip(&approval.approvers) {
        let answer = approver.answer.as_ref();
        let values = [
            approval.id.into(),
            place.into(),
            approver.person.into(),
            answer.map(|answer| answer.decision.as_str()).into(),
            answer.and_then(|answer| answer.words.as_ref()).map(ApprovalWords::as_str).into(),
            answer.map(|answer| answer.at).into(),
            approval.waits_for(approver.person).into(),
        ];
        tx.execute(PUT_APPROVER, &values)?;
    }
    Ok(())
}

/// One asking.
pub fn by_id(tx: &mut ReadTx<'_>, id: ApprovalId) -> Result<Option<Asking>> {
    Ok(all(tx, ONE, ONE_APPROVERS, &[id.into()])?.pop())
}

/// What a ticket waits for, if it does.
pub fn open_of(tx: &mut ReadTx<'_>, ticket: TicketId) -> Result<Option<Asking>> {
    Ok(all(tx, OPEN_OF, OPEN_OF_APPROVERS, &[ticket.into()])?.pop())
}

/// What was asked about a ticket, the latest first.
pub fn of_ticket(tx: &mut ReadTx<'_>, ticket: TicketId) -> Result<Vec<Asking>> {
    all(tx, OF_TICKET, OF_TICKET_APPROVERS, &[ticket.into()])
}

/// What waits for somebody's answer, the oldest first.
pub fn waiting_for(tx: &mut ReadTx<'_>, person: PersonId, limit: u32) -> Result<Vec<Asking>> {
    all(tx, WAITING, WAITING_APPROVERS, &[person.into(), limit.into()])
}

/// How much waits for somebody's answer.
pub fn count_waiting_for(tx: &mut ReadTx<'_>, person: PersonId) -> Result<u32> {
    Ok(tx.row(WAITING_COUNT, &[person.into()], |row| row.get(0))?.unwrap_or_default())
}

/// What somebody has answered since a moment, the latest asking first.
pub fn answered_by(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    since: Timestamp,
    limit: u32,
) -> Result<Vec<Asking>> {
    all(tx, ANSWERED, ANSWERED_APPROVERS, &[person.into(), since.into(), limit.into()])
}
