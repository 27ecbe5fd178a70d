//! Tickets, their timelines, links, watchers, attachments and the counts that queues show.

use domain::{
    AttachmentId, CommentId, GroupId, PersonId, TicketId, Timestamp,
    ticket::{
        Category, ChecklistProgress, ExternalReference, Impact, Kind, LinkKind, Markdown, Phase, Priority,
        ReferenceNumber, ResolutionCode, SourceName, StateKey, Ticket, TicketNumber, Urgency,
    },
};

use crate::{Question, ReadTx, Result, Row, Value, WriteTx, statement::statements};

macro_rules! ticket_columns {
    () => {
        "t.id, t.kind, t.number, t.subject, t.description, t.requester_id, t.opened_by_id, t.channel, t.team_id,
         t.assignee_id, t.state, t.phase, t.impact, t.urgency, t.priority, t.category, t.resolution_code,
         t.external_source, t.external_number, t.created_at, t.updated_at, t.first_response_at, t.waiting_since,
         t.resolved_at, t.closed_at, t.due_at, t.reopen_count, t.reassignment_count, t.version, t.merged"
    };
}

macro_rules! queue {
    ($filter:literal) => {
        concat!(
            "SELECT t.id, t.kind, t.number, t.subject, t.state, t.phase, t.priority, t.category, t.due_at, t.created_at,
                    t.updated_at, t.rank, t.version, r.name, t.assignee_id, a.name, g.name,
                    t.checklist_done, t.checklist_items
             FROM ticket t
             JOIN person r ON r.id = t.requester_id
             LEFT JOIN person a ON a.id = t.assignee_id
             LEFT JOIN team g ON g.id = t.team_id
             WHERE t.open = 1 AND ",
            $filter,
            " AND (t.rank, t.id) > ($1, $2) ORDER BY t.rank, t.id LIMIT $3"
        )
    };
}

statements! {
    NEXT_NUMBER = "INSERT INTO ticket_counter (kind, last) VALUES ($1, 1)
        ON CONFLICT (kind) DO UPDATE SET last = ticket_counter.last + 1 RETURNING last";
    INSERT = "INSERT INTO ticket (id, kind, number, subject, description, requester_id, opened_by_id, channel,
            team_id, assignee_id, state, phase, impact, urgency, priority, category, resolution_code, external_source,
            external_number, created_at, updated_at, first_response_at, waiting_since, resolved_at, closed_at, due_at,
            reopen_count, reassignment_count, version, merged, open, rank)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
            $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)";
    UPDATE = "UPDATE ticket SET subject = $2, description = $3, requester_id = $4, team_id = $5, assignee_id = $6,
            state = $7, phase = $8, impact = $9, urgency = $10, priority = $11, category = $12, resolution_code = $13,
            updated_at = $14, first_response_at = $15, waiting_since = $16, resolved_at = $17, closed_at = $18,
            due_at = $19, reopen_count = $20, reassignment_count = $21, version = $22, merged = $23, open = $24,
            rank = $25
        WHERE id = $1";
    TOUCH = "UPDATE ticket SET updated_at = $2, version = $3 WHERE id = $1";
    BY_ID = concat!("SELECT ", ticket_columns!(), " FROM ticket t WHERE t.id = $1");
    LOCK = concat!("SELECT ", ticket_columns!(), " FROM ticket t WHERE t.id = $1 FOR UPDATE");
    ID_BY_NUMBER = "SELECT id FROM ticket WHERE kind = $1 AND number = $2";
    ID_BY_EXTERNAL = "SELECT id FROM ticket WHERE external_source = $1 AND external_number = $2";
    IDS_BY_EXTERNAL_NUMBER = "SELECT id FROM ticket WHERE external_number = $1 LIMIT 20";
    NEWEST = concat!("SELECT ", ticket_columns!(), " FROM ticket t WHERE t.id < $1 ORDER BY t.id DESC LIMIT $2");
    AFTER = concat!("SELECT ", ticket_columns!(), " FROM ticket t WHERE t.id > $1 ORDER BY t.id LIMIT $2");
    NEWEST_OF_REQUESTER = concat!(
        "SELECT ", ticket_columns!(), " FROM ticket t
         WHERE t.requester_id = $3 AND t.kind <> 'problem' AND t.id < $1 ORDER BY t.id DESC LIMIT $2"
    );
    NEWEST_OF_TEAM = concat!(
        "SELECT ", ticket_columns!(), " FROM person_manager m JOIN ticket t ON t.requester_id = m.person_id
         WHERE m.manager_id = $3 AND t.kind <> 'problem' AND t.id < $1 ORDER BY t.id DESC LIMIT $2"
    );
    MERGED_INTO = concat!(
        "SELECT ", ticket_columns!(), " FROM ticket_link l JOIN ticket t ON t.id = l.from_id
         WHERE l.to_id = $1 AND l.kind = 'duplicates' AND t.merged IS NOT NULL ORDER BY t.id LIMIT 200"
    );

    QUEUE_ALL = queue!("t.open = 1");
    QUEUE_UNASSIGNED = queue!("t.assignee_id IS NULL");
    QUEUE_TEAM = queue!("t.team_id = $4");
    QUEUE_ASSIGNEE = queue!("t.assignee_id = $4");
    QUEUE_PROBLEMS = queue!("t.kind = 'problem'");
    ROWS_BY_ID = "SELECT t.id, t.kind, t.number, t.subject, t.state, t.phase, t.priority, t.category, t.due_at,
            t.created_at, t.updated_at, t.rank, t.version, r.name, t.assignee_id, a.name, g.name,
                    t.checklist_done, t.checklist_items
        FROM ticket t
        JOIN person r ON r.id = t.requester_id
        LEFT JOIN person a ON a.id = t.assignee_id
        LEFT JOIN team g ON g.id = t.team_id
        WHERE t.id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
            $21, $22, $23, $24, $25)";

    COUNT_BUMP = "INSERT INTO queue_count (queue, count) VALUES ($1, $2)
        ON CONFLICT (queue) DO UPDATE SET count = queue_count.count + excluded.count";
    COUNTS = "SELECT queue, count FROM queue_count WHERE queue IN ('open', 'unassigned', 'problems', $1)
        UNION ALL SELECT queue, count FROM queue_count WHERE queue >= 'team:' AND queue < 'team;'";

    PERIOD_INSERT = "INSERT INTO ticket_period (ticket_id, seq, from_at, state)
        SELECT $1, COALESCE(MAX(seq), 0) + 1, $2, $3 FROM ticket_period WHERE ticket_id = $1";
    PERIODS = "SELECT from_at, state FROM ticket_period WHERE ticket_id = $1 ORDER BY seq";

    ENTRY_INSERT = "INSERT INTO timeline_entry (id, ticket_id, at, kind, person_id, byline, body, public)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    ENTRIES = "SELECT e.id, e.at, e.kind, e.person_id, p.name, e.byline, e.body, e.public
        FROM timeline_entry e LEFT JOIN person p ON p.id = e.person_id
        WHERE e.ticket_id = $1 AND e.public >= $2 AND (e.at, e.id) > ($3, $4) ORDER BY e.at, e.id LIMIT $5";

    WATCHER_ADD = "INSERT INTO ticket_watcher (ticket_id, person_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    WATCHER_REMOVE = "DELETE FROM ticket_watcher WHERE ticket_id = $1 AND person_id = $2";
    WATCHERS = "SELECT w.person_id, p.name FROM ticket_watcher w JOIN person p ON p.id = w.person_id
        WHERE w.ticket_id = $1 ORDER BY p.name, p.id LIMIT 500";
    WATCHES = "SELECT 1 FROM ticket_watcher WHERE ticket_id = $1 AND person_id = $2";

    LINK_ADD = "INSERT INTO ticket_link (from_id, to_id, kind, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING";
    LINK_REMOVE = "DELETE FROM ticket_link WHERE from_id = $1 AND to_id = $2 AND kind = $3";
    LINKS = "SELECT l.kind, 1, t.id, t.kind, t.number, t.subject, t.state,
                CASE t.kind WHEN 'problem' THEN t.description END
            FROM ticket_link l
            JOIN ticket t ON t.id = l.to_id WHERE l.from_id = $1
        UNION ALL
        SELECT l.kind, 0, t.id, t.kind, t.number, t.subject, t.state, NULL FROM ticket_link l
            JOIN ticket t ON t.id = l.from_id WHERE l.to_id = $1";

    ATTACHMENT_INSERT = "INSERT INTO attachment (id, ticket_id, name, content_type, size, sha256, person_id, at, public)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    ATTACHMENTS = "SELECT id, ticket_id, name, content_type, size, sha256, person_id, at, public FROM attachment
        WHERE ticket_id = $1 AND public >= $2 ORDER BY id LIMIT 500";
    ATTACHMENT = "SELECT id, ticket_id, name, content_type, size, sha256, person_id, at, public FROM attachment
        WHERE id = $1";
    ATTACHMENT_CONTENTS = "SELECT sha256 FROM attachment UNION SELECT sha256 FROM contract_document ORDER BY sha256";
}

/// The number that the next ticket of `kind` bears.
pub fn next_number(tx: &mut WriteTx<'_>, kind: Kind) -> Result<TicketNumber> {
    let last: Option<u64> = tx.row(NEXT_NUMBER, &[kind.as_str().into()], |row| row.get(0))?;
    Ok(TicketNumber::new(kind, last.unwrap_or(1)))
}

/// Where a ticket stands in its queue: by due time, those without one last, the longest waiting first.
pub fn rank(ticket: &Ticket) -> i64 {
    /// Far beyond any due time, in microseconds.
    const UNDATED: i64 = 1 << 60;
    ticket.due_at.map_or_else(|| UNDATED + ticket.created_at.as_microsecond(), Timestamp::as_microsecond)
}

fn ticket_params(ticket: &Ticket) -> [Value<'_>; 32] {
    let merged = ticket.merged.as_ref().map(json);
    [
        ticket.id.into(),
        ticket.number.kind.as_str().into(),
        ticket.number.number.into(),
        ticket.subject.as_str().into(),
        ticket.description.as_ref().map(Markdown::as_str).into(),
        ticket.requester.into(),
        ticket.opened_by.into(),
        ticket.channel.as_str().into(),
        ticket.group.into(),
        ticket.assignee.into(),
        ticket.state.as_str().into(),
        ticket.phase.as_str().into(),
        ticket.impact.as_str().into(),
        ticket.urgency.as_str().into(),
        ticket.priority.number().into(),
        ticket.category.as_ref().map(Category::as_str).into(),
        ticket.resolution_code.as_ref().map(ResolutionCode::as_str).into(),
        ticket.external_reference.as_ref().map(|reference| reference.source.as_str()).into(),
        ticket.external_reference.as_ref().map(|reference| reference.number.as_str()).into(),
        ticket.created_at.into(),
        ticket.updated_at.into(),
        ticket.first_response_at.into(),
        ticket.waiting_since.into(),
        ticket.resolved_at.into(),
        ticket.closed_at.into(),
        ticket.due_at.into(),
        ticket.reopen_count.into(),
        ticket.reassignment_count.into(),
        ticket.version.into(),
        merged.into(),
        ticket.phase.is_open().into(),
        rank(ticket).into(),
    ]
}

/// The JSON of a domain value whose serialisation cannot fail: it has string keys and no floats.
pub(crate) fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn read_ticket(row: &Row<'_>) -> Result<Ticket> {
    let number = TicketNumber::new(row.parse(1, Kind::parse)?, row.get(2)?);
    let source: Option<String> = row.get(17)?;
    let external_number: Option<String> = row.get(18)?;
    let external_reference = match (source, external_number) {
        (Some(source), Some(number)) => Some(ExternalReference {
            source: SourceName::new(&source).map_err(|_| row.unexpected(17, &source))?,
            number: ReferenceNumber::new(&number).map_err(|_| row.unexpected(18, &number))?,
        }),
        _ => None,
    };
    let merged: Option<String> = row.get(29)?;
    Ok(Ticket {
        id: row.get(0)?,
        number,
        subject: row.parse(3, |text| text.parse().ok())?,
        description: optional(row, 4)?,
        requester: row.get(5)?,
        opened_by: row.get(6)?,
        channel: row.parse(7, domain::identity::Channel::parse)?,
        group: row.get(8)?,
        assignee: row.get(9)?,
        state: row.parse(10, |text| StateKey::new(text).ok())?,
        phase: row.parse(11, Phase::parse)?,
        impact: row.parse(12, Impact::parse)?,
        urgency: row.parse(13, Urgency::parse)?,
        priority: read_priority(row, 14)?,
        category: optional(row, 15)?,
        resolution_code: optional(row, 16)?,
        external_reference,
        created_at: row.get(19)?,
        updated_at: row.get(20)?,
        first_response_at: row.get(21)?,
        waiting_since: row.get(22)?,
        resolved_at: row.get(23)?,
        closed_at: row.get(24)?,
        due_at: row.get(25)?,
        reopen_count: row.get(26)?,
        reassignment_count: row.get(27)?,
        version: row.get(28)?,
        merged: merged
            .map(|text| serde_json::from_str(&text).map_err(|_| row.unexpected(29, &text)))
            .transpose()?,
    })
}

fn optional<T: std::str::FromStr>(row: &Row<'_>, column: usize) -> Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| text.parse().map_err(|_| row.unexpected(column, &text))).transpose()
}

fn read_priority(row: &Row<'_>, column: usize) -> Result<Priority> {
    let number: u8 = row.get(column)?;
    Priority::ALL
        .iter()
        .copied()
        .find(|priority| priority.number() == number)
        .ok_or_else(|| row.unexpected(column, &number.to_string()))
}

/// Writes a new ticket.
pub fn insert(tx: &mut WriteTx<'_>, ticket: &Ticket) -> Result<()> {
    tx.execute(INSERT, &ticket_params(ticket)).map(drop)
}

/// Writes what a ticket has become. The caller holds its lock.
///
/// A comment changes nothing that a queue is sorted or filtered by, and comments are most of what is written: then no index
/// of queues is touched.
pub fn update(tx: &mut WriteTx<'_>, before: &Ticket, after: &Ticket) -> Result<()> {
    let touched = Ticket { updated_at: after.updated_at, version: after.version, ..before.clone() };
    if touched == *after {
        return tx.execute_later(TOUCH, &[after.id.into(), after.updated_at.into(), after.version.into()]);
    }
    let [id, _, _, subject, description, requester, _, _, changing @ ..] = ticket_params(after);
    let [team, assignee, state, phase, impact, urgency, priority, category, code, _, _, _, later @ ..] =
        changing;
    let params = [
        id,
        subject,
        description,
        requester,
        team,
        assignee,
        state,
        phase,
        impact,
        urgency,
        priority,
        category,
        code,
    ]
    .into_iter()
    .chain(later)
    .collect::<Vec<_>>();
    tx.execute_later(UPDATE, &params)
}

/// The ticket with this id.
pub fn by_id(tx: &mut ReadTx<'_>, id: TicketId) -> Result<Option<Ticket>> {
    tx.row(BY_ID, &[id.into()], read_ticket)
}

/// What [`by_id`] will ask.
pub fn question(id: TicketId) -> Question {
    Question::new(BY_ID, [id.into()])
}

/// The ticket with this id, held against other writers until the end of the transaction.
pub fn lock(tx: &mut WriteTx<'_>, id: TicketId) -> Result<Option<Ticket>> {
    tx.row(LOCK, &[id.into()], read_ticket)
}

/// The id of the ticket with this number.
pub fn id_by_number(tx: &mut ReadTx<'_>, number: TicketNumber) -> Result<Option<TicketId>> {
    tx.row(ID_BY_NUMBER, &[number.kind.as_str().into(), number.number.into()], |row| row.get(0))
}

/// What [`id_by_number`] will ask.
pub fn number_question(number: TicketNumber) -> Question {
    Question::new(ID_BY_NUMBER, [number.kind.as_str().into(), number.number.into()])
}

/// The id of the ticket that another desk calls so.
pub fn id_by_external(tx: &mut ReadTx<'_>, source: &str, number: &str) -> Result<Option<TicketId>> {
    tx.row(ID_BY_EXTERNAL, &[source.into(), number.into()], |row| row.get(0))
}

/// The ids of the tickets that any other desk calls so, at most 20.
pub fn ids_by_external_number(tx: &mut ReadTx<'_>, number: &str) -> Result<Vec<TicketId>> {
    tx.rows(IDS_BY_EXTERNAL_NUMBER, &[number.into()], |row| row.get(0))
}

/// Tickets in the order of their ids, after this one: for work that goes through all of them.
pub fn after(tx: &mut ReadTx<'_>, after: Option<TicketId>, limit: u32) -> Result<Vec<Ticket>> {
    let after = after.map_or(Value::from(""), Value::from);
    tx.rows(AFTER, &[after, limit.into()], read_ticket)
}

/// Tickets from the newest, starting below `before`; of one requester, or of all.
pub fn newest(
    tx: &mut ReadTx<'_>,
    requester: Option<PersonId>,
    before: Option<TicketId>,
    limit: u32,
) -> Result<Vec<Ticket>> {
    let before = before.map_or(Value::from(crate::value::AFTER_EVERY_ID), Value::from);
    match requester {
        None => tx.rows(NEWEST, &[before, limit.into()], read_ticket),
        Some(person) => tx.rows(NEWEST_OF_REQUESTER, &[before, limit.into(), person.into()], read_ticket),
    }
}

/// The tickets of those whom somebody leads, from the newest, starting below `before`.
pub fn newest_of_team(
    tx: &mut ReadTx<'_>,
    manager: PersonId,
    before: Option<TicketId>,
    limit: u32,
) -> Result<Vec<Ticket>> {
    let before = before.map_or(Value::from(crate::value::AFTER_EVERY_ID), Value::from);
    tx.rows(NEWEST_OF_TEAM, &[before, limit.into(), manager.into()], read_ticket)
}

/// The tickets that were merged into this one.
pub fn merged_into(tx: &mut ReadTx<'_>, into: TicketId) -> Result<Vec<Ticket>> {
    tx.rows(MERGED_INTO, &[into.into()], read_ticket)
}

/// Which open tickets a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// All of them.
    Open,
    /// Those that are nobody's task.
    Unassigned,
    /// Those of a group.
    Team(GroupId),
    /// Those of a person.
    Assignee(PersonId),
    /// Problems.
    Problems,
}

/// A place in a queue: where the next page starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuePlace {
    /// The rank of the last row shown.
    pub rank: i64,
    /// Its id.
    pub id: String,
}

/// One row of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueRow {
    /// The ticket.
    pub id: TicketId,
    /// Its number.
    pub number: TicketNumber,
    /// What it is about.
    pub subject: String,
    /// Where it is in its workflow.
    pub state: StateKey,
    /// What that means.
    pub phase: Phase,
    /// How pressing it is.
    pub priority: Priority,
    /// What it is filed under.
    pub category: Option<String>,
    /// When the next service-level target ends.
    pub due_at: Option<Timestamp>,
    /// When it was raised.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Its place in the order.
    pub rank: i64,
    /// Its version.
    pub version: u64,
    /// The requester's name.
    pub requester: String,
    /// Whose task it is.
    pub assignee_id: Option<PersonId>,
    /// Their name.
    pub assignee: Option<String>,
    /// The group's name.
    pub team: Option<String>,
    /// How far its checklist is, if it has one.
    pub checklist: Option<ChecklistProgress>,
}

impl QueueRow {
    /// Where the page after this row starts.
    pub fn place(&self) -> QueuePlace {
        QueuePlace { rank: self.rank, id: self.id.to_string() }
    }
}

pub(crate) fn read_queue_row(row: &Row<'_>) -> Result<QueueRow> {
    Ok(QueueRow {
        id: row.get(0)?,
        number: TicketNumber::new(row.parse(1, Kind::parse)?, row.get(2)?),
        subject: row.get(3)?,
        state: row.parse(4, |text| StateKey::new(text).ok())?,
        phase: row.parse(5, Phase::parse)?,
        priority: read_priority(row, 6)?,
        category: row.get(7)?,
        due_at: row.get(8)?,
        created_at: row.get(9)?,
        updated_at: row.get(10)?,
        rank: row.get(11)?,
        version: row.get(12)?,
        requester: row.get(13)?,
        assignee_id: row.get(14)?,
        assignee: row.get(15)?,
        team: row.get(16)?,
        checklist: Some(ChecklistProgress { done: row.get(17)?, items: row.get(18)? })
            .filter(|it| it.items > 0),
    })
}

/// A page of a queue, most pressing first.
pub fn queue(
    tx: &mut ReadTx<'_>,
    queue: Queue,
    after: Option<&QueuePlace>,
    limit: u32,
) -> Result<Vec<QueueRow>> {
    let (rank, id) = after.map_or((i64::MIN, ""), |place| (place.rank, place.id.as_str()));
    let params = |of: Value<'static>| [rank.into(), Value::Text(id.to_owned().into()), limit.into(), of];
    match queue {
        Queue::Open => tx.rows(QUEUE_ALL, &params(Value::Null)[..3], read_queue_row),
        Queue::Unassigned => tx.rows(QUEUE_UNASSIGNED, &params(Value::Null)[..3], read_queue_row),
        Queue::Team(team) => tx.rows(QUEUE_TEAM, &params(team.into()), read_queue_row),
        Queue::Assignee(person) => tx.rows(QUEUE_ASSIGNEE, &params(person.into()), read_queue_row),
        Queue::Problems => tx.rows(QUEUE_PROBLEMS, &params(Value::Null)[..3], read_queue_row),
    }
}

/// The engine's plan for a page of a queue.
pub fn queue_plan(tx: &mut ReadTx<'_>, queue: Queue) -> Result<Vec<String>> {
    let params = |of: Value<'static>| [0_i64.into(), "".into(), 50_u32.into(), of];
    match queue {
        Queue::Open => tx.plan(QUEUE_ALL, &params(Value::Null)[..3]),
        Queue::Unassigned => tx.plan(QUEUE_UNASSIGNED, &params(Value::Null)[..3]),
        Queue::Team(team) => tx.plan(QUEUE_TEAM, &params(team.into())),
        Queue::Assignee(person) => tx.plan(QUEUE_ASSIGNEE, &params(person.into())),
        Queue::Problems => tx.plan(QUEUE_PROBLEMS, &params(Value::Null)[..3]),
    }
}

/// These tickets as rows of a queue, whatever their phase, in this order.
pub fn queue_rows(tx: &mut ReadTx<'_>, ids: &[TicketId]) -> Result<Vec<QueueRow>> {
    /// As many as [`ROWS_BY_ID`] takes.
    const AT_ONCE: usize = 25;
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(AT_ONCE) {
        let mut params: Vec<Value<'_>> = ids.iter().map(|id| (*id).into()).collect();
        params.resize(AT_ONCE, Value::Null);
        found.extend(tx.rows(ROWS_BY_ID, &params, read_queue_row)?);
    }
    found.sort_by_key(|row| ids.iter().position(|id| *id == row.id));
    Ok(found)
}

/// The engine's plan for [`queue_rows`].
pub fn queue_rows_plan(tx: &mut ReadTx<'_>) -> Result<Vec<String>> {
    tx.plan(ROWS_BY_ID, &[const { Value::Null }; 25])
}

/// How many open tickets the queues hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueueCounts {
    /// All of them.
    pub open: u64,
    /// Those that are nobody's task.
    pub unassigned: u64,
    /// Those of the person asked for.
    pub mine: u64,
    /// Problems.
    pub problems: u64,
    /// Those of each group.
    pub teams: Vec<(GroupId, u64)>,
}

/// The counts for a person's sidebar.
pub fn counts(tx: &mut ReadTx<'_>, person: PersonId) -> Result<QueueCounts> {
    let mine = format!("assignee:{person}");
    let mut counts = QueueCounts::default();
    tx.each(COUNTS, &[(&mine).into()], |row| {
        let queue: String = row.get(0)?;
        let count: i64 = row.get(1)?;
        let count = u64::try_from(count).unwrap_or(0);
        match queue.as_str() {
            "open" => counts.open = count,
            "unassigned" => counts.unassigned = count,
            "problems" => counts.problems = count,
            _ if queue == mine => counts.mine = count,
            _ => {
                if let Some(team) = queue.strip_prefix("team:").and_then(|id| id.parse().ok()) {
                    counts.teams.push((team, count));
                }
            }
        }
        Ok(())
    })?;
    Ok(counts)
}

/// The queues that a ticket is counted in.
fn queues_of(ticket: &Ticket) -> Vec<String> {
    if !ticket.phase.is_open() {
        return Vec::new();
    }
    let mut queues = vec!["open".to_owned()];
    queues
        .push(ticket.assignee.map_or_else(|| "unassigned".to_owned(), |person| format!("assignee:{person}")));
    if ticket.kind() == Kind::Problem {
        queues.push("problems".to_owned());
    }
    queues.extend(ticket.group.map(|team| format!("team:{team}")));
    queues
}

/// Keeps the counts when a ticket changes from `before`, or is new.
pub fn count(tx: &mut WriteTx<'_>, before: Option<&Ticket>, after: &Ticket) -> Result<()> {
    let left = before.map(queues_of).unwrap_or_default();
    let entered = queues_of(after);
    let mut changes: Vec<(&String, i64)> =
        entered.iter().filter(|queue| !left.contains(queue)).map(|q| (q, 1)).collect();
    changes.extend(left.iter().filter(|queue| !entered.contains(queue)).map(|queue| (queue, -1)));
    // Always in the same order, so that two writers never wait for each other.
    changes.sort();
    for (queue, change) in changes {
        tx.execute_later(COUNT_BUMP, &[queue.into(), change.into()])?;
    }
    Ok(())
}

/// Notes that a ticket is in `state` from `at` on.
pub fn begin_period(tx: &mut WriteTx<'_>, ticket: TicketId, at: Timestamp, state: &StateKey) -> Result<()> {
    tx.execute_later(PERIOD_INSERT, &[ticket.into(), at.into(), state.as_str().into()])
}

/// Since when a ticket has been in which state, in order.
pub fn periods(tx: &mut ReadTx<'_>, ticket: TicketId) -> Result<Vec<(Timestamp, StateKey)>> {
    tx.rows(PERIODS, &[ticket.into()], |row| {
        Ok((row.get(0)?, row.parse(1, |text| StateKey::new(text).ok())?))
    })
}

/// What a timeline entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A public reply, in Markdown.
    Reply,
    /// A work note, in Markdown.
    Note,
    /// Something that happened: a `domain::ticket::Fact` in JSON.
    Fact,
}

impl EntryKind {
    /// The name in storage and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Note => "note",
            Self::Fact => "fact",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Reply, Self::Note, Self::Fact].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// One entry of a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: CommentId,
    /// When.
    pub at: Timestamp,
    /// What it is.
    pub kind: EntryKind,
    /// Whose act it is, where the desk knows them.
    pub person: Option<PersonId>,
    /// Their name today; filled when read.
    pub person_name: Option<String>,
    /// Through which account and channel, on which seat: JSON of the desk's byline.
    pub byline: String,
    /// Markdown, or the JSON of a fact.
    pub body: String,
    /// Whether the requester may read it.
    pub public: bool,
}

/// Adds an entry to a ticket's timeline.
pub fn add_entry(tx: &mut WriteTx<'_>, ticket: TicketId, entry: &Entry) -> Result<()> {
    tx.execute_later(
        ENTRY_INSERT,
        &[
            entry.id.into(),
            ticket.into(),
            entry.at.into(),
            entry.kind.as_str().into(),
            entry.person.into(),
            (&entry.byline).into(),
            (&entry.body).into(),
            entry.public.into(),
        ],
    )
}

/// A page of a timeline, oldest first; only what the requester may read, or all of it.
pub fn entries(
    tx: &mut ReadTx<'_>,
    ticket: TicketId,
    public_only: bool,
    after: Option<(Timestamp, CommentId)>,
    limit: u32,
) -> Result<Vec<Entry>> {
    let (at, id) = after.map_or((i64::MIN.into(), "".into()), |(at, id)| (at.into(), Value::from(id)));
    tx.rows(ENTRIES, &[ticket.into(), public_only.into(), at, id, limit.into()], |row| {
        Ok(Entry {
            id: row.get(0)?,
            at: row.get(1)?,
            kind: row.parse(2, EntryKind::parse)?,
            person: row.get(3)?,
            person_name: row.get(4)?,
            byline: row.get(5)?,
            body: row.get(6)?,
            public: row.get(7)?,
        })
    })
}

/// Lets a person follow a ticket.
pub fn watch(tx: &mut WriteTx<'_>, ticket: TicketId, person: PersonId) -> Result<bool> {
    Ok(tx.execute(WATCHER_ADD, &[ticket.into(), person.into()])? > 0)
}

/// Ends that.
pub fn unwatch(tx: &mut WriteTx<'_>, ticket: TicketId, person: PersonId) -> Result<bool> {
    Ok(tx.execute(WATCHER_REMOVE, &[ticket.into(), person.into()])? > 0)
}

/// Who follows a ticket.
pub fn watchers(tx: &mut ReadTx<'_>, ticket: TicketId) -> Result<Vec<(PersonId, String)>> {
    tx.rows(WATCHERS, &[ticket.into()], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Whether a person follows a ticket.
pub fn watches(tx: &mut ReadTx<'_>, ticket: TicketId, person: PersonId) -> Result<bool> {
    Ok(tx.row(WATCHES, &[ticket.into(), person.into()], |_| Ok(()))?.is_some())
}

/// A link as one of its ends sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its kind.
    pub kind: LinkKind,
    /// Whether it reads from this ticket to the other.
    pub outward: bool,
    /// The other ticket.
    pub other: TicketId,
    /// Its number.
    pub number: TicketNumber,
    /// What it is about.
    pub subject: String,
    /// Where it is in its workflow.
    pub state: StateKey,
    /// What is known of the cause, where this ticket reads to a problem.
    pub known: Option<String>,
}

/// Links two tickets; `false` where they were linked so already.
pub fn link(
    tx: &mut WriteTx<'_>,
    from: TicketId,
    to: TicketId,
    kind: LinkKind,
    at: Timestamp,
) -> Result<bool> {
    Ok(tx.execute(LINK_ADD, &[from.into(), to.into(), kind.as_str().into(), at.into()])? > 0)
}

/// Removes a link; `false` where there was none.
pub fn unlink(tx: &mut WriteTx<'_>, from: TicketId, to: TicketId, kind: LinkKind) -> Result<bool> {
    Ok(tx.execute(LINK_REMOVE, &[from.into(), to.into(), kind.as_str().into()])? > 0)
}

/// A ticket's links, in both directions.
pub fn links(tx: &mut ReadTx<'_>, ticket: TicketId) -> Result<Vec<Link>> {
    tx.rows(LINKS, &[ticket.into()], |row| {
        Ok(Link {
            kind: row.parse(0, LinkKind::parse)?,
            outward: row.get(1)?,
            other: row.get(2)?,
            number: TicketNumber::new(row.parse(3, Kind::parse)?, row.get(4)?),
            subject: row.get(5)?,
            state: row.parse(6, |text| StateKey::new(text).ok())?,
            known: row.get(7)?,
        })
    })
}

/// A file on a ticket. Its content lies in the attachment store under its SHA-256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// The ticket.
    pub ticket: TicketId,
    /// The name it was sent with.
    pub name: String,
    /// The media type it was sent with.
    pub content_type: String,
    /// Its length in bytes.
    pub size: u64,
    /// What its content is called.
    pub sha256: [u8; 32],
    /// Who sent it.
    pub person: Option<PersonId>,
    /// When.
    pub at: Timestamp,
    /// Whether the requester may read it.
    pub public: bool,
}

fn read_attachment(row: &Row<'_>) -> Result<Attachment> {
    Ok(Attachment {
        id: row.get(0)?,
        ticket: row.get(1)?,
        name: row.get(2)?,
        content_type: row.get(3)?,
        size: row.get(4)?,
        sha256: row.get(5)?,
        person: row.get(6)?,
        at: row.get(7)?,
        public: row.get(8)?,
    })
}

/// Adds a file.
pub fn attach(tx: &mut WriteTx<'_>, file: &Attachment) -> Result<()> {
    tx.execute_later(
        ATTACHMENT_INSERT,
        &[
            file.id.into(),
            file.ticket.into(),
            (&file.name).into(),
            (&file.content_type).into(),
            file.size.into(),
            (&file.sha256).into(),
            file.person.into(),
            file.at.into(),
            file.public.into(),
        ],
    )
}

/// A ticket's files; only what the requester may read, or all of them.
pub fn attachments(tx: &mut ReadTx<'_>, ticket: TicketId, public_only: bool) -> Result<Vec<Attachment>> {
    tx.rows(ATTACHMENTS, &[ticket.into(), public_only.into()], read_attachment)
}

/// One file.
pub fn attachment(tx: &mut ReadTx<'_>, id: AttachmentId) -> Result<Option<Attachment>> {
    tx.row(ATTACHMENT, &[id.into()], read_attachment)
}

/// What all contents are called: for backups and their check.
pub fn attachment_contents(tx: &mut ReadTx<'_>) -> Result<Vec<[u8; 32]>> {
    tx.rows(ATTACHMENT_CONTENTS, &[], |row| row.get(0))
}
