//! Filtered lists of tickets: a statement of fixed shape for each order, in which a part that says nothing is null.

use domain::{
    GroupId, PersonId, Timestamp,
    ticket::{AssigneeIs, Category, Filter, Kind, OrNone, Priority, Sort},
};

use crate::{
    ReadTx, Result, Value,
    statement::statements,
    ticket::{QueueRow, read_queue_row},
};

macro_rules! list {
    ($which:literal, $order:literal) => {
        concat!(
            "SELECT t.id, t.kind, t.number, t.subject, t.state, t.phase, t.priority, t.category, t.due_at, t.created_at,
                    t.updated_at, t.rank, t.version, r.name, t.assignee_id, a.name, g.name,
                    t.checklist_done, t.checklist_items
             FROM ticket t
             JOIN person r ON r.id = t.requester_id
             LEFT JOIN person a ON a.id = t.assignee_id
             LEFT JOIN team g ON g.id = t.team_id
             WHERE ", $which, "
               AND (CAST($1 AS TEXT) IS NULL OR t.phase = $1 OR t.phase = CAST($2 AS TEXT))
               AND (CAST($3 AS TEXT) IS NULL OR t.kind = $3)
               AND (CAST($4 AS TEXT) IS NULL OR t.team_id = $4)
               AND (CAST($5 AS BIGINT) = 0 OR t.team_id IS NULL)
               AND (CAST($6 AS TEXT) IS NULL OR t.assignee_id = $6)
               AND (CAST($7 AS BIGINT) = 0 OR t.assignee_id IS NULL)
               AND (CAST($8 AS TEXT) IS NULL OR t.requester_id = $8)
               AND (CAST($9 AS BIGINT) IS NULL OR t.priority = $9)
               AND (CAST($10 AS TEXT) IS NULL OR t.category = $10)
               AND (CAST($11 AS BIGINT) IS NULL OR t.due_at >= $11)
               AND (CAST($12 AS BIGINT) IS NULL OR t.due_at < $12)
               AND (CAST($13 AS BIGINT) IS NULL OR t.updated_at < $13)
               AND (CAST($14 AS BIGINT) IS NULL OR t.created_at < $14)
               AND ", $order, " LIMIT $15"
        )
    };
}

statements! {
    OPEN_DUE = list!("t.open = 1", "(t.rank, t.id) > ($16, $17) ORDER BY t.rank, t.id");
    TEAM_DUE = list!("t.open = 1 AND t.team_id = $4", "(t.rank, t.id) > ($16, $17) ORDER BY t.rank, t.id");
    ASSIGNEE_DUE = list!("t.open = 1 AND t.assignee_id = $6", "(t.rank, t.id) > ($16, $17) ORDER BY t.rank, t.id");
    UNASSIGNED_DUE = list!("t.open = 1 AND t.assignee_id IS NULL", "(t.rank, t.id) > ($16, $17) ORDER BY t.rank, t.id");
    OPEN_PRIORITY = list!("t.open = 1",
        "(t.priority, t.rank, t.id) > ($18, $16, $17) ORDER BY t.priority, t.rank, t.id");
    OPEN_UPDATED = list!("t.open = 1", "(t.updated_at, t.id) < ($16, $17) ORDER BY t.updated_at DESC, t.id DESC");
    OPEN_NEWEST = list!("t.open = 1", "t.id < $16 ORDER BY t.id DESC");
    OPEN_OLDEST = list!("t.open = 1", "t.id > $16 ORDER BY t.id");
    ANY_UPDATED = list!("t.open >= 0", "(t.updated_at, t.id) < ($16, $17) ORDER BY t.updated_at DESC, t.id DESC");
    ANY_NEWEST = list!("t.open >= 0", "t.id < $16 ORDER BY t.id DESC");
    ANY_OLDEST = list!("t.open >= 0", "t.id > $16 ORDER BY t.id");
}

/// A place in a filtered list: the row after which the next page starts, by everything that lists are sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPlace {
    /// The number of its priority.
    pub priority: i64,
    /// Its rank, or when it last changed in the order of changes.
    pub key: i64,
    /// Its id.
    pub id: String,
}

impl ListPlace {
    /// The place of a row in a list of this order.
    pub fn of(row: &QueueRow, order: Sort) -> Self {
        let key = if order == Sort::Updated { row.updated_at.as_microsecond() } else { row.rank };
        Self { priority: row.priority.number().into(), key, id: row.id.to_string() }
    }
}

/// Whose list it is, and at which moment it is read.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// Who "me" is; without one, nobody's tickets are mine.
    pub me: Option<PersonId>,
    /// Now.
    pub now: Timestamp,
}

/// A page of a filtered list.
pub fn page(
    tx: &mut ReadTx<'_>,
    filter: &Filter,
    reading: Reading,
    after: Option<&ListPlace>,
    limit: u32,
) -> Result<Vec<QueueRow>> {
    let (statement, params) = asked(filter, reading, after, limit);
    tx.rows(statement, &params, read_queue_row)
}

/// The engine's plan for a page of a filtered list.
pub fn plan(tx: &mut ReadTx<'_>, filter: &Filter, reading: Reading) -> Result<Vec<String>> {
    let (statement, params) = asked(filter, reading, None, 50);
    tx.plan(statement, &params)
}

fn asked<'a>(
    filter: &'a Filter,
    reading: Reading,
    after: Option<&'a ListPlace>,
    limit: u32,
) -> (&'static str, Vec<Value<'a>>) {
    let phases = filter.scope.phases();
    let group: Option<GroupId> = match filter.group {
        Some(OrNone::Is(group)) => Some(group),
        Some(OrNone::None) | None => None,
    };
    let no_group = filter.group == Some(OrNone::None);
    let (assignee, nobody): (Option<Value<'a>>, bool) = match filter.assignee {
        None => (None, false),
        Some(AssigneeIs::Nobody) => (None, true),
        Some(AssigneeIs::Person(person)) => (Some(person.into()), false),
        // The empty text is nobody's id.
        Some(AssigneeIs::Me) => (Some(reading.me.map_or_else(|| "".into(), Into::into)), false),
    };
    let (due_from, due_before) = filter.due(reading.now);
    let order = filter.order();
    let statement = match (order, filter.scope.is_open()) {
        (Sort::Due, _) if assignee.is_some() => ASSIGNEE_DUE,
        (Sort::Due, _) if nobody => UNASSIGNED_DUE,
        (Sort::Due, _) if group.is_some() => TEAM_DUE,
        (Sort::Due, _) => OPEN_DUE,
        (Sort::Priority, _) => OPEN_PRIORITY,
        (Sort::Updated, true) => OPEN_UPDATED,
        (Sort::Updated, false) => ANY_UPDATED,
        (Sort::Newest, true) => OPEN_NEWEST,
        (Sort::Newest, false) => ANY_NEWEST,
        (Sort::Oldest, true) => OPEN_OLDEST,
        (Sort::Oldest, false) => ANY_OLDEST,
    };
    let mut params = vec![
        phases.map(|(one, _)| one.as_str()).into(),
        phases.map(|(_, other)| other.as_str()).into(),
        filter.kind.map(Kind::as_str).into(),
        group.into(),
        no_group.into(),
        assignee.unwrap_or(Value::Null),
        nobody.into(),
        filter.requester.into(),
        filter.priority.map(Priority::number).into(),
        filter.category.as_ref().map(Category::as_str).into(),
        due_from.into(),
        due_before.into(),
        filter.unchanged_since(reading.now).into(),
        filter.raised_before(reading.now).into(),
        limit.into(),
    ];
    let id = |otherwise: &'static str| after.map_or(Value::from(otherwise), |place| place.id.as_str().into());
    let key = |otherwise: i64| after.map_or(otherwise, |place| place.key).into();
    match order {
        Sort::Due => params.extend([key(i64::MIN), id("")]),
        Sort::Priority => {
            let priority = after.map_or(i64::MIN, |place| place.priority);
            params.extend([key(i64::MIN), id(""), priority.into()]);
        }
        Sort::Updated => params.extend([key(i64::MAX), id(crate::value::AFTER_EVERY_ID)]),
        Sort::Newest => params.push(id(crate::value::AFTER_EVERY_ID)),
        Sort::Oldest => params.push(id("")),
    }
    (statement, params)
}
