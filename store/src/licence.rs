//! Licences, seats, assignments, entitlements, pools, denials, and the facts that every count is computed from.

use std::{cell::RefCell, collections::HashMap};

use domain::{
    AssignmentId, DenialId, GroupId, LicenceId, PersonId, SeatId, Timestamp,
    licence::{
        Assignment, Claim, DayPass, Denial, DenialReason, Justification, Lease, LeaseEnd, Licence, Metric,
        Module, NewLicence, Origin, PoolAccess, PoolEvent, PoolRules, Priority, Relations, Seat, SeatState,
        Term,
        pool::{Counters, Offer, PoolRows, QueueEntry},
        usage::Tenure,
    },
};
use serde::de::DeserializeOwned;

use crate::{Question, ReadTx, Result, Row, Value, WriteTx, statement::statements, ticket::json, usage};

macro_rules! licence_columns {
    () => {
        "l.id, l.name, l.product, l.module, l.metric, l.quantity, l.starts_at, l.ends_at, l.rules, l.access, l.grace"
    };
}

macro_rules! lease_columns {
    () => {
        "id, licence_id, person_id, token, fence, acquired_at, acquired_by, last_seen_at, last_active_at, ended_at,
         ended_how, ended_by, claim, lingering_since, borrowed_until, recall"
    };
}

macro_rules! assignment_columns {
    () => {
        "a.id, a.licence_id, a.seat_id, a.seat_number, a.person_id, a.justification, a.origin, a.approver,
         a.assigned_at, a.next_review_at, a.ended_at"
    };
}

/// Only this engine understands it. It divides by the number of rows that were changed: none is an error.
const LEASE_SURELY_USED_POSTGRES: &str = "WITH used AS (
        UPDATE lease SET last_seen_at = CASE WHEN last_seen_at > $2 THEN last_seen_at ELSE $2 END,
            last_active_at = CASE WHEN last_active_at > $2 THEN last_active_at ELSE $2 END
        WHERE id = $1 AND ended_at IS NULL RETURNING 1
    ) SELECT 1 / COUNT(*) FROM used";

statements! {
    INSERT = "INSERT INTO licence (id, name, product, module, metric, quantity, starts_at, ends_at, rules, rank,
            next_fence, next_place, clock, version, created_at, access, grace)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $15, $16)";
    UPDATE = "UPDATE licence SET name = $2, quantity = $3, starts_at = $4, ends_at = $5, rules = $6,
            access = $7, grace = $8, version = version + 1 WHERE id = $1";
    RELATIONS = "SELECT id, relations FROM licence WHERE relations <> '{}'";
    RELATE = "UPDATE licence SET relations = $2, version = version + 1 WHERE id = $1";
    ALL_LICENCES = concat!("SELECT ", licence_columns!(), " FROM licence l ORDER BY l.rank, l.name");
    BY_ID = concat!("SELECT ", licence_columns!(), " FROM licence l WHERE l.id = $1");
    LOCK = concat!(
        "SELECT ", licence_columns!(), ", l.next_fence, l.next_place, l.clock FROM licence l WHERE l.id = $1 FOR UPDATE"
    );
    POOL = concat!(
        "SELECT ", licence_columns!(), ", l.next_fence, l.next_place, l.clock FROM licence l WHERE l.id = $1"
    );
    COUNTERS = "UPDATE licence SET next_fence = $2, next_place = $3, clock = $4 WHERE id = $1";
    VERSION = "SELECT version FROM licence WHERE id = $1";
    NEXT_RANK = "SELECT COALESCE(MAX(rank), 0) + 1 FROM licence";

    SEATS = "SELECT s.id, s.licence_id, s.number, a.id, a.person_id FROM seat s
        LEFT JOIN assignment a ON a.seat_id = s.id AND a.ended_at IS NULL
        WHERE s.licence_id = $1 ORDER BY s.number";
    SEAT_INSERT = "INSERT INTO seat (id, licence_id, number) VALUES ($1, $2, $3)";
    SEATS_HELD = "SELECT s.id, s.number, a.id, a.person_id, p.name, a.justification, a.origin, a.approver, c.name,
            a.assigned_at, a.next_review_at
        FROM seat s
        LEFT JOIN assignment a ON a.seat_id = s.id AND a.ended_at IS NULL
        LEFT JOIN person p ON p.id = a.person_id
        LEFT JOIN person c ON c.id = a.approver
        WHERE s.licence_id = $1 AND s.number > $2 ORDER BY s.number LIMIT $3";
    STANDING_OF_PERSON = concat!(
        "SELECT ", licence_columns!(), ", ", assignment_columns!(),
        " FROM assignment a JOIN licence l ON l.id = a.licence_id
         WHERE a.person_id = $1 AND a.ended_at IS NULL ORDER BY l.rank"
    );
    SEATS_OF_PERSON = concat!(
        "SELECT ", licence_columns!(), ", ", assignment_columns!(),
        " FROM assignment a JOIN licence l ON l.id = a.licence_id
         WHERE a.person_id = $1 AND a.ended_at IS NULL AND COALESCE(l.module, '') = $2 ORDER BY l.rank"
    );
    ASSIGN = "INSERT INTO assignment (id, licence_id, seat_id, seat_number, person_id, justification, origin, approver,
            assigned_at, next_review_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    UNASSIGN = "UPDATE assignment SET ended_at = $2, ended_because = $3 WHERE id = $1 AND ended_at IS NULL";
    ASSIGNMENT = concat!("SELECT ", assignment_columns!(), " FROM assignment a WHERE a.id = $1");
    ASSIGNMENTS_OF_LICENCE = concat!(
        "SELECT ", assignment_columns!(), " FROM assignment a
         WHERE a.licence_id = $1 AND a.ended_at IS NULL ORDER BY a.seat_number"
    );
    SEATED_BETWEEN = "SELECT person_id, seat_number, assigned_at, ended_at FROM assignment
        WHERE licence_id = $1 AND assigned_at < $3 AND (ended_at IS NULL OR ended_at > $2) ORDER BY assigned_at";
    ASSIGNMENTS_OF_PERSON = concat!(
        "SELECT ", assignment_columns!(), " FROM assignment a WHERE a.person_id = $1 ORDER BY a.assigned_at"
    );

    ENTITLE = "INSERT INTO entitlement (person_id, licence_id, created_at) VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING";
    DISENTITLE = "DELETE FROM entitlement WHERE person_id = $1 AND licence_id = $2";
    DISENTITLE_ALL = "DELETE FROM entitlement WHERE person_id = $1";
    IS_ENTITLED = "SELECT 1 FROM entitlement WHERE person_id = $1 AND licence_id = $2";
    ENTITLEMENTS_OF_PERSON = concat!(
        "SELECT ", licence_columns!(), " FROM entitlement e JOIN licence l ON l.id = e.licence_id
         WHERE e.person_id = $1 ORDER BY COALESCE(e.rank, l.rank + 1000000), l.rank"
    );
    ENTITLEMENT_RANK = "UPDATE entitlement SET rank = $3 WHERE person_id = $1 AND licence_id = $2";
    ENTITLED_BY_NAME = "SELECT p.id, p.name, p.email, p.title, p.active, e.created_at
        FROM entitlement e JOIN person p ON p.id = e.person_id
        WHERE e.licence_id = $1 AND (p.name, p.id) > ($2, $3) ORDER BY p.name, p.id LIMIT $4";
    ENTITLED_COUNT = "SELECT COUNT(*) FROM entitlement WHERE licence_id = $1";
    POOLS_OF_PERSON = concat!(
        "SELECT ", licence_columns!(), " FROM entitlement e JOIN licence l ON l.id = e.licence_id
         WHERE e.person_id = $1 AND COALESCE(l.module, '') = $2
         ORDER BY COALESCE(e.rank, l.rank + 1000000), l.rank"
    );

    LEASES_LIVE = concat!("SELECT ", lease_columns!(), " FROM lease WHERE licence_id = $1 AND ended_at IS NULL");
    SIGNS_OF_HOLDERS = "SELECT licence_id, last_seen_at FROM lease WHERE ended_at IS NULL";
    // Whoever held a token since has nothing to have back.
    LEASES_REVIVABLE = concat!(
        "SELECT ", lease_columns!(), " FROM lease l
         WHERE licence_id = $1 AND ended_how = 'silent' AND ended_at > $2 AND NOT EXISTS (
            SELECT 1 FROM lease n WHERE n.person_id = l.person_id AND n.acquired_at >= l.ended_at
                AND n.licence_id = l.licence_id AND n.fence > l.fence)"
    );
    LEASES_OF_PERSON = concat!(
        "SELECT ", lease_columns!(), " FROM lease WHERE person_id = $1 AND acquired_at <= $2
         ORDER BY acquired_at DESC LIMIT 200"
    );
    // That every licence has an id is said for SQLite, which else walks through all that the person ever held.
    LIVE_OF_PERSON = concat!(
        "SELECT ", lease_columns!(), " FROM lease WHERE person_id = $1 AND licence_id > '' AND ended_at IS NULL"
    );
    LEASES_BETWEEN = concat!(
        "SELECT ", lease_columns!(), " FROM lease
         WHERE licence_id = $1 AND acquired_at >= $2 AND acquired_at < $4 AND (ended_at IS NULL OR ended_at > $3)
         ORDER BY acquired_at"
    );
    LEASE_INSERT = "INSERT INTO lease (id, licence_id, person_id, token, fence, acquired_at, acquired_by, last_seen_at,
            last_active_at, ended_at, ended_how, ended_by, claim)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    LEASE_LINGERS = "UPDATE lease SET lingering_since = $2, borrowed_until = NULL WHERE id = $1 AND ended_at IS NULL";
    LEASE_RESUMED = "UPDATE lease SET lingering_since = NULL WHERE id = $1 AND ended_at IS NULL";
    LEASE_RECALL = "UPDATE lease SET recall = $2 WHERE id = $1 AND ended_at IS NULL";
    LEASE_BORROWED = "UPDATE lease SET borrowed_until = $3, last_seen_at = $2 WHERE id = $1 AND ended_at IS NULL";
    LAST_RECLAIMED = "SELECT MAX(ended_at) FROM lease WHERE person_id = $1 AND ended_how = 'reclaimed' AND ended_at > $2";
    // Clocks of two processes differ: a sign of life never takes an earlier one's place.
    LEASE_USED = "UPDATE lease SET last_seen_at = CASE WHEN last_seen_at > $2 THEN last_seen_at ELSE $2 END,
            last_active_at = CASE WHEN last_active_at > $2 THEN last_active_at ELSE $2 END
        WHERE id = $1 AND ended_at IS NULL";
    LEASE_SEEN = "UPDATE lease SET last_seen_at = CASE WHEN last_seen_at > $2 THEN last_seen_at ELSE $2 END
        WHERE id = $1 AND ended_at IS NULL";
    LEASE_END = "UPDATE lease SET ended_at = $2, ended_how = $3, ended_by = $4 WHERE id = $1 AND ended_at IS NULL";
    MEAN_HOLD = "SELECT CAST(SUM(held) AS BIGINT), COUNT(*) FROM (
            SELECT ended_at - acquired_at AS held FROM lease WHERE licence_id = $1 AND ended_at > $2
            ORDER BY ended_at DESC LIMIT 200
        ) AS latest";

    QUEUE = "SELECT id, licence_id, person_id, place, joined_at, wanted_for, last_seen_at, offer, groups,
            priority
        FROM queue_entry WHERE licence_id = $1 ORDER BY place";
    QUEUE_INSERT = "INSERT INTO queue_entry (id, licence_id, person_id, place, joined_at, wanted_for, last_seen_at,
            groups, priority)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    QUEUE_PRIORITISE = "UPDATE queue_entry SET priority = 'major' WHERE id = $1";
    PASS_INSERT = "INSERT INTO day_pass (id, licence_id, person_id, number, day, zone, from_at, until_at, cause)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    PASSES_OF_PERSON = "SELECT id, licence_id, person_id, number, day, zone, from_at, until_at, cause FROM day_pass
        WHERE person_id = $1 AND until_at > $2 ORDER BY from_at";
    PASSES_OF_LICENCE = "SELECT d.id, d.licence_id, d.person_id, d.number, d.day, d.zone, d.from_at, d.until_at, d.cause,
            p.name
        FROM day_pass d JOIN person p ON p.id = d.person_id
        WHERE d.licence_id = $1 AND d.number < $2 ORDER BY d.number DESC LIMIT $3";
    QUEUE_SEEN = "UPDATE queue_entry SET last_seen_at = $2 WHERE id = $1";
    QUEUE_OFFER = "UPDATE queue_entry SET offer = $2 WHERE id = $1";
    QUEUE_WITHDRAW = "UPDATE queue_entry SET offer = NULL, last_seen_at = $2 WHERE id = $1";
    QUEUE_LEAVE = "DELETE FROM queue_entry WHERE id = $1";
    WAITS_OF_PERSON = "SELECT licence_id, last_seen_at FROM queue_entry WHERE person_id = $1";
    WAITING_SINCE = "SELECT joined_at FROM queue_entry WHERE licence_id = $1 AND person_id = $2";
    SIGNS_OF_WAITERS = "SELECT licence_id, last_seen_at, offer FROM queue_entry";
    BUSY = "SELECT l.id FROM licence l WHERE l.metric = 'concurrent' AND (
            EXISTS (SELECT 1 FROM lease WHERE lease.licence_id = l.id AND lease.ended_at IS NULL)
            OR EXISTS (SELECT 1 FROM queue_entry q WHERE q.licence_id = l.id)) ORDER BY l.rank";

    DENIAL_INSERT = "INSERT INTO denial (id, licence_id, person_id, at, reason, cause) VALUES ($1, $2, $3, $4, $5, $6)";
    DENIALS = "SELECT d.id, d.licence_id, d.person_id, d.at, d.reason, d.cause, p.name,
            (SELECT MIN(served.acquired_at) FROM lease served JOIN licence other ON other.id = served.licence_id
                WHERE served.person_id = d.person_id AND served.acquired_at >= d.at AND other.product = l.product
                AND COALESCE(other.module, '') = COALESCE(l.module, ''))
        FROM denial d JOIN licence l ON l.id = d.licence_id LEFT JOIN person p ON p.id = d.person_id
        WHERE d.licence_id = $1 AND d.at >= $2 AND (d.at, d.id) < ($3, $4) ORDER BY d.at DESC, d.id DESC LIMIT $5";
    COUNTS = "SELECT l.id,
            (SELECT COUNT(*) FROM entitlement e WHERE e.licence_id = l.id),
            (SELECT COUNT(*) FROM assignment a WHERE a.licence_id = l.id AND a.ended_at IS NULL),
            (SELECT COUNT(*) FROM denial d WHERE d.licence_id = l.id AND d.at >= $1)
        FROM licence l";
    DENIALS_COUNT = "SELECT COUNT(*) FROM denial WHERE licence_id = $1 AND at >= $2";
    EVENT_INSERT = "INSERT INTO licence_event (licence_id, person_id, at, event) VALUES ($1, $2, $3, $4)";
    EVENTS = "SELECT event FROM licence_event WHERE licence_id = $1 AND at >= $2 AND at < $3 ORDER BY at, seq";
    EVENTS_OF_PERSON = "SELECT event FROM licence_event WHERE person_id = $1 AND at <= $2
        ORDER BY at DESC, seq DESC LIMIT 500";
    EVENTS_OF_PERSON_AFTER = "SELECT event FROM licence_event WHERE person_id = $1 AND at > $2
        ORDER BY at, seq LIMIT 100";
    GROUP_OF = "SELECT team_id FROM team_member WHERE person_id = $1 ORDER BY team_id LIMIT 1";
}

/// Columns in [`licence_columns`].
const LICENCE_COLUMNS: usize = 11;

fn read_json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T> {
    row.parse(column, |text| serde_json::from_str(text).ok())
}

fn read_optional<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| serde_json::from_str(&text).map_err(|_| row.unexpected(column, &text))).transpose()
}

/// The rules of a pool. They are read with every decision and hardly ever change, so the latest are kept as read.
fn read_rules(row: &Row<'_>, column: usize) -> Result<PoolRules> {
    thread_local! {
        static LATEST: RefCell<Vec<(String, PoolRules)>> = const { RefCell::new(Vec::new()) };
    }
    /// As many texts are remembered by a thread.
    const KEPT: usize = 16;
    let text: String = row.get(column)?;
    LATEST.with_borrow_mut(|latest| {
        if let Some((_, rules)) = latest.iter().find(|(known, _)| *known == text) {
            return Ok(*rules);
        }
        let rules = serde_json::from_str(&text).map_err(|_| row.unexpected(column, &text))?;
        if latest.len() == KEPT {
            latest.remove(0);
        }
        latest.push((text, rules));
        Ok(rules)
    })
}

fn read_licence(row: &Row<'_>) -> Result<Licence> {
    let module: Option<String> = row.get(3)?;
    let (starts_at, ends_at) = (row.get(6)?, row.get(7)?);
    let term = Term::new(starts_at, ends_at).map_err(|error| row.unexpected(7, &error.to_string()))?;
    let grace = jiff::SignedDuration::from_micros(row.get(10)?);
    let new = NewLicence {
        name: row.get(1)?,
        product: row.get(2)?,
        module: module
            .map(|module| Module::parse(&module).ok_or_else(|| row.unexpected(3, &module)))
            .transpose()?,
        metric: row.parse(4, Metric::parse)?,
        quantity: row.get(5)?,
        term: term.with_grace(grace),
        rules: read_rules(row, 8)?,
    };
    let licence = Licence::new(row.get(0)?, new).map_err(|error| row.unexpected(1, &error.to_string()))?;
    let access: String = row.get(9)?;
    if access == "{}" {
        return Ok(licence);
    }
    licence.with_access(read_json(row, 9)?).map_err(|error| row.unexpected(9, &error.to_string()))
}

fn read_counters(row: &Row<'_>) -> Result<Counters> {
    Ok(Counters {
        next_fence: row.get(LICENCE_COLUMNS)?,
        next_place: row.get(LICENCE_COLUMNS + 1)?,
        clock: row.get(LICENCE_COLUMNS + 2)?,
    })
}

fn read_lease(row: &Row<'_>) -> Result<Lease> {
    let ended_at: Option<Timestamp> = row.get(9)?;
    let how: Option<String> = row.get(10)?;
    let by: Option<PersonId> = row.get(11)?;
    let ended = match (ended_at, how) {
        (Some(at), Some(how)) => {
            Some((at, LeaseEnd::parse(&how, by).ok_or_else(|| row.unexpected(10, &how))?))
        }
        _ => None,
    };
    Ok(Lease {
        id: row.get(0)?,
        licence: row.get(1)?,
        person: row.get(2)?,
        token: row.get(3)?,
        fence: row.get(4)?,
        acquired_at: row.get(5)?,
        acquired_by: read_json(row, 6)?,
        last_seen_at: row.get(7)?,
        last_active_at: row.get(8)?,
        ended,
        claim: read_optional(row, 12)?.unwrap_or_default(),
        lingering_since: row.get(13)?,
        borrowed_until: row.get(14)?,
        recall: read_optional(row, 15)?,
    })
}

fn read_assignment(row: &Row<'_>, from: usize) -> Result<Assignment> {
    Ok(Assignment {
        id: row.get(from)?,
        licence: row.get(from + 1)?,
        seat: row.get(from + 2)?,
        seat_number: row.get(from + 3)?,
        person: row.get(from + 4)?,
        justification: row.parse(from + 5, |text| Justification::new(text).ok())?,
        origin: row.parse(from + 6, Origin::parse)?,
        approver: row.get(from + 7)?,
        assigned_at: row.get(from + 8)?,
        next_review_at: row.get(from + 9)?,
        ended_at: row.get(from + 10)?,
    })
}

/// Writes a new licence, after all others in order of preference.
pub fn insert(tx: &mut WriteTx<'_>, licence: &Licence, now: Timestamp) -> Result<()> {
    let rank: i64 = tx.row(NEXT_RANK, &[], |row| row.get(0))?.unwrap_or(1);
    let counters = Counters::default();
    tx.execute(
        INSERT,
        &[
            licence.id.into(),
            (&licence.name).into(),
            (&licence.product).into(),
            licence.module.map(Module::as_str).into(),
            licence.metric.as_str().into(),
            licence.quantity.into(),
            licence.term.starts_at().into(),
            licence.term.ends_at().into(),
            json(&licence.rules).into(),
            rank.into(),
            counters.next_fence.into(),
            counters.next_place.into(),
            counters.clock.into(),
            now.into(),
            access_text(&licence.access).into(),
            micros(licence.term.grace()).into(),
        ],
    )
    .map(drop)
}

/// Writes what a licence has become: its name, quantity, term and rules.
pub fn update(tx: &mut WriteTx<'_>, licence: &Licence) -> Result<()> {
    tx.execute(
        UPDATE,
        &[
            licence.id.into(),
            (&licence.name).into(),
            licence.quantity.into(),
            licence.term.starts_at().into(),
            licence.term.ends_at().into(),
            json(&licence.rules).into(),
            access_text(&licence.access).into(),
            micros(licence.term.grace()).into(),
        ],
    )
    .map(drop)
}

fn access_text(access: &PoolAccess) -> String {
    if *access == PoolAccess::default() { "{}".to_owned() } else { json(access) }
}

fn micros(span: jiff::SignedDuration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

/// What licences ask of each other: those that ask anything.
pub fn relations(tx: &mut ReadTx<'_>) -> Result<HashMap<LicenceId, Relations>> {
    let rows = tx.rows(RELATIONS, &[], |row| Ok((row.get(0)?, read_json(row, 1)?)))?;
    Ok(rows.into_iter().collect())
}

/// Writes what a licence asks of others.
pub fn relate(tx: &mut WriteTx<'_>, id: LicenceId, relations: &Relations) -> Result<()> {
    tx.execute(RELATE, &[id.into(), json(relations).into()]).map(drop)
}

/// All licences, in order of preference.
pub fn all(tx: &mut ReadTx<'_>) -> Result<Vec<Licence>> {
    tx.rows(ALL_LICENCES, &[], read_licence)
}

/// The licence with this id.
pub fn by_id(tx: &mut ReadTx<'_>, id: LicenceId) -> Result<Option<Licence>> {
    tx.row(BY_ID, &[id.into()], read_licence)
}

/// The licence with this id, held against every other decision about it.
pub fn lock(tx: &mut WriteTx<'_>, id: LicenceId) -> Result<Option<Licence>> {
    tx.row(LOCK, &[id.into()], read_licence)
}

/// The version of a licence: it grows with every change of its name, quantity, term or rules.
pub fn version(tx: &mut ReadTx<'_>, id: LicenceId) -> Result<Option<u64>> {
    tx.row(VERSION, &[id.into()], |row| row.get(0))
}

/// How many people a licence concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// People who may take its tokens.
    pub entitled: u64,
    /// Its seats that are somebody's.
    pub assigned: u64,
    /// Its denials since the moment that was asked for.
    pub denials: u64,
}

/// The counts of every licence.
pub fn counts(tx: &mut ReadTx<'_>, denials_since: Timestamp) -> Result<HashMap<LicenceId, Counts>> {
    let rows = tx.rows(COUNTS, &[denials_since.into()], |row| {
        Ok((row.get(0)?, Counts { entitled: row.get(1)?, assigned: row.get(2)?, denials: row.get(3)? }))
    })?;
    Ok(rows.into_iter().collect())
}

// Seats.

/// The seats of an exclusive licence, by number.
pub fn seats(tx: &mut ReadTx<'_>, licence: LicenceId) -> Result<Vec<Seat>> {
    tx.rows(SEATS, &[licence.into()], |row| {
        let assignment: Option<AssignmentId> = row.get(3)?;
        let person: Option<PersonId> = row.get(4)?;
        let state = match (assignment, person) {
            (Some(assignment), Some(person)) => SeatState::Assigned { person, assignment },
            _ => SeatState::Vacant,
        };
        Ok(Seat { id: row.get(0)?, licence: row.get(1)?, number: row.get(2)?, state })
    })
}

/// A seat with the names of those it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatRow {
    /// Which seat.
    pub id: SeatId,
    /// Its number.
    pub number: u32,
    /// Whose it is; `None` while it is vacant.
    pub held: Option<SeatHolder>,
}

/// Who is on a seat, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatHolder {
    /// By which assignment.
    pub assignment: AssignmentId,
    /// Whose.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Why they need it.
    pub justification: String,
    /// How it came about.
    pub origin: Origin,
    /// Who approved it, with their name.
    pub approver: Option<(PersonId, String)>,
    /// Since when.
    pub assigned_at: Timestamp,
    /// When it is looked at again.
    pub next_review_at: Option<Timestamp>,
}

/// A page of the seats of an exclusive licence, by number, with their holders.
pub fn seats_held(tx: &mut ReadTx<'_>, licence: LicenceId, after: u32, limit: u32) -> Result<Vec<SeatRow>> {
    tx.rows(SEATS_HELD, &[licence.into(), after.into(), limit.into()], |row| {
        let assignment: Option<AssignmentId> = row.get(2)?;
        let held = assignment.map(|assignment| -> Result<_> {
            let approver: Option<PersonId> = row.get(7)?;
            let approver_name: Option<String> = row.get(8)?;
            Ok(SeatHolder {
                assignment,
                person: row.get(3)?,
                name: row.get(4)?,
                justification: row.get(5)?,
                origin: row.parse(6, Origin::parse)?,
                approver: approver.map(|id| (id, approver_name.unwrap_or_default())),
                assigned_at: row.get(9)?,
                next_review_at: row.get(10)?,
            })
        });
        Ok(SeatRow { id: row.get(0)?, number: row.get(1)?, held: held.transpose()? })
    })
}

/// Every seat that a person holds now, of modules too, with its licence.
pub fn standing_of(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<(Licence, Assignment)>> {
    tx.rows(STANDING_OF_PERSON, &[person.into()], |row| {
        Ok((read_licence(row)?, read_assignment(row, LICENCE_COLUMNS)?))
    })
}

/// Writes a new, vacant seat.
pub fn insert_seat(tx: &mut WriteTx<'_>, id: SeatId, licence: LicenceId, number: u32) -> Result<()> {
    tx.execute(SEAT_INSERT, &[id.into(), licence.into(), number.into()]).map(drop)
}

/// The seats of a module, or of the base product, that a person holds, with their licences, in order of preference.
pub fn seats_of(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    module: Option<Module>,
) -> Result<Vec<(Licence, Assignment)>> {
    tx.rows(SEATS_OF_PERSON, &[person.into(), module_text(module).into()], |row| {
        Ok((read_licence(row)?, read_assignment(row, LICENCE_COLUMNS)?))
    })
}

/// Puts a person on a seat.
pub fn assign(tx: &mut WriteTx<'_>, assignment: &Assignment) -> Result<()> {
    tx.execute(
        ASSIGN,
        &[
            assignment.id.into(),
            assignment.licence.into(),
            assignment.seat.into(),
            assignment.seat_number.into(),
            assignment.person.into(),
            assignment.justification.as_str().into(),
            assignment.origin.as_str().into(),
            assignment.approver.into(),
            assignment.assigned_at.into(),
            assignment.next_review_at.into(),
        ],
    )
    .map(drop)
}

/// Takes a person off a seat; `false` where that was done before.
pub fn unassign(tx: &mut WriteTx<'_>, id: AssignmentId, at: Timestamp, because: &str) -> Result<bool> {
    Ok(tx.execute(UNASSIGN, &[id.into(), at.into(), because.into()])? > 0)
}

/// One assignment.
pub fn assignment(tx: &mut ReadTx<'_>, id: AssignmentId) -> Result<Option<Assignment>> {
    tx.row(ASSIGNMENT, &[id.into()], |row| read_assignment(row, 0))
}

/// Who is on which seat of a licence now.
pub fn assignments(tx: &mut ReadTx<'_>, licence: LicenceId) -> Result<Vec<Assignment>> {
    tx.rows(ASSIGNMENTS_OF_LICENCE, &[licence.into()], |row| read_assignment(row, 0))
}

/// Who was on a seat of a licence at any time in the range, by when they came to it.
pub fn seated_between(
    tx: &mut ReadTx<'_>,
    licence: LicenceId,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Tenure>> {
    tx.rows(SEATED_BETWEEN, &[licence.into(), from.into(), until.into()], |row| {
        Ok(Tenure { person: row.get(0)?, token: row.get(1)?, from: row.get(2)?, until: row.get(3)? })
    })
}

/// Every seat that a person ever held.
pub fn assignments_of(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<Assignment>> {
    tx.rows(ASSIGNMENTS_OF_PERSON, &[person.into()], |row| read_assignment(row, 0))
}

// Entitlements.

/// Lets a person take tokens of a licence.
pub fn entitle(tx: &mut WriteTx<'_>, person: PersonId, licence: LicenceId, now: Timestamp) -> Result<bool> {
    Ok(tx.execute(ENTITLE, &[person.into(), licence.into(), now.into()])? > 0)
}

/// Ends that.
pub fn disentitle(tx: &mut WriteTx<'_>, person: PersonId, licence: LicenceId) -> Result<bool> {
    Ok(tx.execute(DISENTITLE, &[person.into(), licence.into()])? > 0)
}

/// Ends all that a person was entitled to.
pub fn disentitle_all(tx: &mut WriteTx<'_>, person: PersonId) -> Result<u64> {
    tx.execute(DISENTITLE_ALL, &[person.into()])
}

/// Whether a person may take tokens of a licence.
pub fn is_entitled(tx: &mut ReadTx<'_>, person: PersonId, licence: LicenceId) -> Result<bool> {
    Ok(tx.row(IS_ENTITLED, &[person.into(), licence.into()], |_| Ok(()))?.is_some())
}

/// The licences whose tokens a person may take, of modules too, in order of preference.
pub fn entitlements_of(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<Licence>> {
    tx.rows(ENTITLEMENTS_OF_PERSON, &[person.into()], read_licence)
}

/// How many people may take tokens of a licence.
pub fn entitled_count(tx: &mut ReadTx<'_>, licence: LicenceId) -> Result<u64> {
    Ok(tx.row(ENTITLED_COUNT, &[licence.into()], |row| row.get(0))?.unwrap_or(0))
}

/// Somebody who may take tokens of a licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntitledRow {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their job.
    pub title: String,
    /// Whether they may sign in.
    pub active: bool,
    /// Since when they are entitled.
    pub since: Timestamp,
}

/// A page of them, by name.
pub fn entitled(
    tx: &mut ReadTx<'_>,
    licence: LicenceId,
    after: Option<(&str, PersonId)>,
    limit: u32,
) -> Result<Vec<EntitledRow>> {
    let (name, id) = after.map_or((Value::from(""), Value::from("")), |(name, id)| (name.into(), id.into()));
    tx.rows(ENTITLED_BY_NAME, &[licence.into(), name, id, limit.into()], |row| {
        Ok(EntitledRow {
            person: row.get(0)?,
            name: row.get(1)?,
            email: row.get(2)?,
            title: row.get(3)?,
            active: row.get(4)?,
            since: row.get(5)?,
        })
    })
}

/// The licences of a module, or of the base product, whose tokens or passes a person may take, in the order in which they
/// try them.
pub fn pools_of(tx: &mut ReadTx<'_>, person: PersonId, module: Option<Module>) -> Result<Vec<Licence>> {
    tx.rows(POOLS_OF_PERSON, &[person.into(), module_text(module).into()], read_licence)
}

fn module_text(module: Option<Module>) -> &'static str {
    module.map_or("", Module::as_str)
}

/// What a decision about a person will ask: [`seats_of`], [`pools_of`] and [`live_leases_of`].
pub fn standing_questions(person: PersonId, module: Option<Module>) -> [Question; 3] {
    let of = |statement| Question::new(statement, [person.into(), module_text(module).into()]);
    [of(SEATS_OF_PERSON), of(POOLS_OF_PERSON), Question::new(LIVE_OF_PERSON, [person.into()])]
}

/// Puts what a person is entitled to in the order in which they try it.
pub fn prefer(tx: &mut WriteTx<'_>, person: PersonId, order: &[LicenceId]) -> Result<()> {
    for (rank, licence) in (1_i64..).zip(order) {
        tx.execute(ENTITLEMENT_RANK, &[person.into(), (*licence).into(), rank.into()])?;
    }
    Ok(())
}

// Day passes.

fn read_pass(row: &Row<'_>) -> Result<DayPass> {
    Ok(DayPass {
        id: row.get(0)?,
        licence: row.get(1)?,
        person: row.get(2)?,
        number: row.get(3)?,
        day: row.parse(4, |text| text.parse().ok())?,
        zone: row.get(5)?,
        from: row.get(6)?,
        until: row.get(7)?,
        cause: read_json(row, 8)?,
    })
}

/// The passes of a person that end after `now`.
pub fn passes_of(tx: &mut ReadTx<'_>, person: PersonId, now: Timestamp) -> Result<Vec<DayPass>> {
    tx.rows(PASSES_OF_PERSON, &[person.into(), now.into()], read_pass)
}

/// A page of a licence's passes with the names of those who took them, latest first, before a number.
pub fn passes(
    tx: &mut ReadTx<'_>,
    licence: LicenceId,
    before: Option<u32>,
    limit: u32,
) -> Result<Vec<(DayPass, String)>> {
    let before = before.map_or(i64::MAX, i64::from);
    tx.rows(PASSES_OF_LICENCE, &[licence.into(), before.into(), limit.into()], |row| {
        Ok((read_pass(row)?, row.get(9)?))
    })
}

/// Writes a pass that was taken, and the counter of its licence. The caller holds the licence's lock.
pub fn insert_pass(tx: &mut WriteTx<'_>, pass: &DayPass, counters: Counters) -> Result<()> {
    tx.execute(
        PASS_INSERT,
        &[
            pass.id.into(),
            pass.licence.into(),
            pass.person.into(),
            pass.number.into(),
            pass.day.to_string().into(),
            (&pass.zone).into(),
            pass.from.into(),
            pass.until.into(),
            json(&pass.cause).into(),
        ],
    )?;
    set_counters(tx, pass.licence, counters)
}

/// A licence and its counters, held against every other decision about it.
pub fn lock_counted(tx: &mut WriteTx<'_>, id: LicenceId) -> Result<Option<(Licence, Counters)>> {
    tx.row(LOCK, &[id.into()], |row| Ok((read_licence(row)?, read_counters(row)?)))
}

/// When a token was last taken from a person by force, after `since`.
pub fn last_reclaimed(tx: &mut ReadTx<'_>, person: PersonId, since: Timestamp) -> Result<Option<Timestamp>> {
    Ok(tx.row(LAST_RECLAIMED, &[person.into(), since.into()], |row| row.get(0))?.flatten())
}

// Pools.

/// A pool's licence and rows, held against every other decision about it.
pub fn lock_pool(tx: &mut WriteTx<'_>, id: LicenceId) -> Result<Option<(Licence, PoolRows)>> {
    tx.ask_ahead(|| pool_questions(LOCK, id))?;
    let Some(read) = PoolRead::begin(tx, LOCK, id)? else { return Ok(None) };
    read.end(tx).map(Some)
}

/// [`lock_pool`], and whether a person is entitled to it while it is held.
pub fn lock_pool_for(
    tx: &mut WriteTx<'_>,
    id: LicenceId,
    person: PersonId,
) -> Result<Option<(Licence, PoolRows, bool)>> {
    tx.ask_ahead(|| {
        let [lock, live, queue] = pool_questions(LOCK, id);
        [lock, live, queue, Question::new(IS_ENTITLED, [person.into(), id.into()])]
    })?;
    let Some(read) = PoolRead::begin(tx, LOCK, id)? else { return Ok(None) };
    let entitled = is_entitled(tx, person, id)?;
    let (licence, rows) = read.end(tx)?;
    Ok(Some((licence, rows, entitled)))
}

/// A pool's licence and rows, to look at.
pub fn pool(tx: &mut ReadTx<'_>, id: LicenceId) -> Result<Option<(Licence, PoolRows)>> {
    tx.ask_ahead(|| pool_questions(POOL, id))?;
    let Some(read) = PoolRead::begin(tx, POOL, id)? else { return Ok(None) };
    read.end(tx).map(Some)
}

/// The lock comes first: what is asked after it is asked while it is held.
fn pool_questions(head: &'static str, id: LicenceId) -> [Question; 3] {
    [head, LEASES_LIVE, QUEUE].map(|statement| Question::new(statement, [id.into()]))
}

/// A pool of which the rows are read that its id is enough to ask for.
struct PoolRead {
    licence: Licence,
    counters: Counters,
    leases: Vec<Lease>,
    queue: Vec<QueueEntry>,
}

impl PoolRead {
    fn begin(tx: &mut ReadTx<'_>, head: &'static str, id: LicenceId) -> Result<Option<Self>> {
        let found = tx.row(head, &[id.into()], |row| Ok((read_licence(row)?, read_counters(row)?)))?;
        let Some((licence, counters)) = found else { return Ok(None) };
        let leases = tx.rows(LEASES_LIVE, &[id.into()], read_lease)?;
        let queue = tx.rows(QUEUE, &[id.into()], read_queue_entry)?;
        Ok(Some(Self { licence, counters, leases, queue }))
    }

    fn end(self, tx: &mut ReadTx<'_>) -> Result<(Licence, PoolRows)> {
        let Self { licence, counters, mut leases, queue } = self;
        let id = licence.id;
        let window = licence.rules.revival_window.saturating_add(licence.rules.drift);
        let revivable_since = counters.clock.checked_sub(window).unwrap_or(Timestamp::MIN);
        leases.extend(tx.rows(LEASES_REVIVABLE, &[id.into(), revivable_since.into()], read_lease)?);
        let mean_hold = if queue.is_empty() { None } else { mean_hold(tx, id, counters.clock)? };
        Ok((licence, PoolRows { leases, queue, counters, mean_hold }))
    }
}

/// The engine's plan for what every decision about a pool reads: what a test of indexes looks at.
pub fn plans(tx: &mut ReadTx<'_>) -> Result<Vec<String>> {
    let id = LicenceId::from(uuid::Uuid::nil());
    let mut plans = Vec::new();
    for (statement, params) in
        [(LEASES_LIVE, 1), (LEASES_REVIVABLE, 2), (LIVE_OF_PERSON, 1), (MEAN_HOLD, 2), (QUEUE, 1)]
    {
        plans.extend(tx.plan(statement, &[id.into(), 1_i64.into()][..params])?);
    }
    Ok(plans)
}

fn read_queue_entry(row: &Row<'_>) -> Result<QueueEntry> {
    Ok(QueueEntry {
        id: row.get(0)?,
        licence: row.get(1)?,
        person: row.get(2)?,
        place: row.get(3)?,
        joined_at: row.get(4)?,
        wanted_for: read_json(row, 5)?,
        last_seen_at: row.get(6)?,
        offer: read_offer(row, 7)?,
        groups: read_optional(row, 8)?.unwrap_or_default(),
        priority: row.parse(9, Priority::parse)?,
    })
}

fn read_offer(row: &Row<'_>, column: usize) -> Result<Option<Offer>> {
    read_optional(row, column)
}

/// How long a token was held on average: the latest 200 holds of the last four hours.
fn mean_hold(
    tx: &mut ReadTx<'_>,
    licence: LicenceId,
    now: Timestamp,
) -> Result<Option<jiff::SignedDuration>> {
    let since = now.checked_sub(jiff::SignedDuration::from_hours(4)).unwrap_or(Timestamp::MIN);
    let held = tx.row(MEAN_HOLD, &[licence.into(), since.into()], |row| {
        let total: Option<i64> = row.get(0)?;
        let count: i64 = row.get(1)?;
        Ok(total.zip((count > 0).then_some(count)))
    })?;
    Ok(held.flatten().map(|(total, count)| jiff::SignedDuration::from_micros(total / count)))
}

/// Writes what happened to a pool, and its counters. The caller holds its lock.
pub fn record(
    tx: &mut WriteTx<'_>,
    licence: LicenceId,
    events: &[PoolEvent],
    counters: Counters,
) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    for event in events {
        usage::learn(tx, event)?;
        apply(tx, event)?;
        if event.is_history() {
            tx.execute_later(
                EVENT_INSERT,
                &[licence.into(), event.person().into(), event.at().into(), json(event).into()],
            )?;
        }
    }
    set_counters(tx, licence, counters)
}

/// The rows that a fact changes.
fn apply(tx: &mut WriteTx<'_>, event: &PoolEvent) -> Result<()> {
    match event {
        PoolEvent::Acquired { lease, .. } => insert_lease(tx, lease),
        PoolEvent::Used { lease, at, .. } => tx.execute_later(LEASE_USED, &[(*lease).into(), (*at).into()]),
        PoolEvent::Seen { lease, at, .. } => tx.execute_later(LEASE_SEEN, &[(*lease).into(), (*at).into()]),
        PoolEvent::Ended { lease, at, end, .. } => tx
            .execute_later(LEASE_END, &[(*lease).into(), (*at).into(), end.as_str().into(), end.by().into()]),
        PoolEvent::Queued { entry } => tx.execute_later(
            QUEUE_INSERT,
            &[
                entry.id.into(),
                entry.licence.into(),
                entry.person.into(),
                entry.place.into(),
                entry.joined_at.into(),
                json(&entry.wanted_for).into(),
                entry.last_seen_at.into(),
                (!entry.groups.is_empty()).then(|| json(&entry.groups)).into(),
                entry.priority.as_str().into(),
            ],
        ),
        PoolEvent::Lingering { lease, at, .. } => {
            tx.execute_later(LEASE_LINGERS, &[(*lease).into(), (*at).into()])
        }
        PoolEvent::Resumed { lease, .. } => tx.execute_later(LEASE_RESUMED, &[(*lease).into()]),
        PoolEvent::RecallAnnounced { lease, recall, .. } => {
            tx.execute_later(LEASE_RECALL, &[(*lease).into(), json(recall).into()])
        }
        PoolEvent::RecallCancelled { lease, .. } => {
            tx.execute_later(LEASE_RECALL, &[(*lease).into(), Value::Null])
        }
        PoolEvent::Borrowed { lease, at, until, .. } => {
            tx.execute_later(LEASE_BORROWED, &[(*lease).into(), (*at).into(), (*until).into()])
        }
        PoolEvent::Prioritised { entry, .. } => tx.execute_later(QUEUE_PRIORITISE, &[(*entry).into()]),
        PoolEvent::WaiterSeen { entry, at, .. } => {
            tx.execute_later(QUEUE_SEEN, &[(*entry).into(), (*at).into()])
        }
        PoolEvent::Offered { entry, offer, .. } => {
            tx.execute_later(QUEUE_OFFER, &[(*entry).into(), json(offer).into()])
        }
        PoolEvent::OfferWithdrawn { entry, at, .. } => {
            tx.execute_later(QUEUE_WITHDRAW, &[(*entry).into(), (*at).into()])
        }
        PoolEvent::LeftQueue { entry, .. } => tx.execute_later(QUEUE_LEAVE, &[(*entry).into()]),
        PoolEvent::Denied { denial } => insert_denial(tx, denial),
        // The quantity is written by `update`, with the licence.
        PoolEvent::CapacityChanged { .. } => Ok(()),
    }
}

/// Writes a lease: of a pool's event, or of imported history.
pub fn insert_lease(tx: &mut WriteTx<'_>, lease: &Lease) -> Result<()> {
    tx.execute_later(
        LEASE_INSERT,
        &[
            lease.id.into(),
            lease.licence.into(),
            lease.person.into(),
            lease.token.into(),
            lease.fence.into(),
            lease.acquired_at.into(),
            json(&lease.acquired_by).into(),
            lease.last_seen_at.into(),
            lease.last_active_at.into(),
            lease.ended.map(|(at, _)| at).into(),
            lease.ended.map(|(_, end)| end.as_str()).into(),
            lease.ended.and_then(|(_, end)| end.by()).into(),
            (lease.claim != Claim::default()).then(|| json(&lease.claim)).into(),
        ],
    )
}

/// Moves the time of a lease's last sign of life; `false` where it has ended.
pub fn lease_seen(tx: &mut WriteTx<'_>, lease: domain::LeaseId, at: Timestamp) -> Result<bool> {
    Ok(tx.execute(LEASE_SEEN, &[lease.into(), at.into()])? > 0)
}

/// Moves both times of a lease; `false` where it has ended.
pub fn lease_used(tx: &mut WriteTx<'_>, lease: domain::LeaseId, at: Timestamp) -> Result<bool> {
    Ok(tx.execute(LEASE_USED, &[lease.into(), at.into()])? > 0)
}

/// [`lease_used`] for an act that goes on only if it is `true`. PostgreSQL may say `true` at once: if the lease has ended by
/// the time of the commit, nothing of the command is done, and it is [`crate::StoreError::Busy`].
pub fn lease_surely_used(tx: &mut WriteTx<'_>, lease: domain::LeaseId, at: Timestamp) -> Result<bool> {
    if tx.is_postgres() {
        tx.execute_later(LEASE_SURELY_USED_POSTGRES, &[lease.into(), at.into()])?;
        return Ok(true);
    }
    lease_used(tx, lease, at)
}

/// Writes a denial.
pub fn insert_denial(tx: &mut WriteTx<'_>, denial: &Denial) -> Result<()> {
    tx.execute_later(
        DENIAL_INSERT,
        &[
            denial.id.into(),
            denial.licence.into(),
            denial.person.into(),
            denial.at.into(),
            denial.reason.as_str().into(),
            json(&denial.cause).into(),
        ],
    )
}

/// The live leases of a person.
pub fn live_leases_of(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<Lease>> {
    tx.rows(LIVE_OF_PERSON, &[person.into()], read_lease)
}

/// The leases of a person that began by `until`, latest first, at most 200.
pub fn leases_of(tx: &mut ReadTx<'_>, person: PersonId, until: Timestamp) -> Result<Vec<Lease>> {
    tx.rows(LEASES_OF_PERSON, &[person.into(), until.into()], read_lease)
}

/// The leases of a licence that were held at any time in the range, by their beginning.
pub fn leases_between(
    tx: &mut ReadTx<'_>,
    licence: LicenceId,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Lease>> {
    let reach = usage::reach(tx, licence, from)?;
    tx.rows(LEASES_BETWEEN, &[licence.into(), reach.into(), from.into(), until.into()], read_lease)
}

/// The licences that a person waits for, each with their last sign of life in its line.
pub fn waits_of(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<(LicenceId, Timestamp)>> {
    tx.rows(WAITS_OF_PERSON, &[person.into()], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Since when a person waits for a licence, if they do.
pub fn waiting_since(tx: &mut ReadTx<'_>, licence: LicenceId, person: PersonId) -> Result<Option<Timestamp>> {
    tx.row(WAITING_SINCE, &[licence.into(), person.into()], |row| row.get(0))
}

/// The last sign of life of every holder of a token, with the licence.
pub fn signs_of_holders(tx: &mut ReadTx<'_>) -> Result<Vec<(LicenceId, Timestamp)>> {
    tx.rows(SIGNS_OF_HOLDERS, &[], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Everybody in any line: the licence, their last sign of life, and the offer they have.
pub fn signs_of_waiters(tx: &mut ReadTx<'_>) -> Result<Vec<(LicenceId, Timestamp, Option<Offer>)>> {
    tx.rows(SIGNS_OF_WAITERS, &[], |row| Ok((row.get(0)?, row.get(1)?, read_offer(row, 2)?)))
}

/// The pools in which something may fall due, in order of preference: a lease is live or somebody waits.
pub fn busy(tx: &mut ReadTx<'_>) -> Result<Vec<LicenceId>> {
    tx.rows(BUSY, &[], |row| row.get(0))
}

/// A denial with what is needed to judge and to show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DenialRow {
    /// The denial.
    pub denial: Denial,
    /// The person's name.
    pub name: String,
    /// When they were served next: a token of the same product from any pool.
    pub served_at: Option<Timestamp>,
}

/// A page of a licence's denials since a moment, latest first.
pub fn denials(
    tx: &mut ReadTx<'_>,
    licence: LicenceId,
    since: Timestamp,
    before: Option<(Timestamp, DenialId)>,
    limit: u32,
) -> Result<Vec<DenialRow>> {
    let (at, id) = before
        .map_or((Value::Int(i64::MAX), Value::from(crate::value::AFTER_EVERY_ID)), |(at, id)| {
            (at.into(), id.into())
        });
    tx.rows(DENIALS, &[licence.into(), since.into(), at, id, limit.into()], |row| {
        let denial = Denial {
            id: row.get(0)?,
            licence: row.get(1)?,
            person: row.get(2)?,
            at: row.get(3)?,
            reason: row.parse(4, DenialReason::parse)?,
            cause: read_json(row, 5)?,
        };
        let name: Option<String> = row.get(6)?;
        Ok(DenialRow { denial, name: name.unwrap_or_default(), served_at: row.get(7)? })
    })
}

/// How many denials a licence had since a moment.
pub fn denials_count(tx: &mut ReadTx<'_>, licence: LicenceId, since: Timestamp) -> Result<u64> {
    Ok(tx.row(DENIALS_COUNT, &[licence.into(), since.into()], |row| row.get(0))?.unwrap_or(0))
}

/// The recorded facts of a licence in a range, in order.
pub fn events(
    tx: &mut ReadTx<'_>,
    licence: LicenceId,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<PoolEvent>> {
    tx.rows(EVENTS, &[licence.into(), from.into(), until.into()], |row| read_json(row, 0))
}

/// The recorded facts about a person up to a moment, latest first, at most 500.
pub fn events_of(tx: &mut ReadTx<'_>, person: PersonId, until: Timestamp) -> Result<Vec<PoolEvent>> {
    tx.rows(EVENTS_OF_PERSON, &[person.into(), until.into()], |row| read_json(row, 0))
}

/// Writes a fact of imported history.
pub fn insert_event(tx: &mut WriteTx<'_>, licence: LicenceId, event: &PoolEvent) -> Result<()> {
    tx.execute_later(
        EVENT_INSERT,
        &[licence.into(), event.person().into(), event.at().into(), json(event).into()],
    )
}

/// The recorded facts about a person after a moment, in order, at most 100.
pub fn events_of_after(tx: &mut ReadTx<'_>, person: PersonId, after: Timestamp) -> Result<Vec<PoolEvent>> {
    tx.rows(EVENTS_OF_PERSON_AFTER, &[person.into(), after.into()], |row| read_json(row, 0))
}

/// Writes the counters of a pool. The caller holds its lock.
pub fn set_counters(tx: &mut WriteTx<'_>, licence: LicenceId, counters: Counters) -> Result<()> {
    tx.execute_later(
        COUNTERS,
        &[licence.into(), counters.next_fence.into(), counters.next_place.into(), counters.clock.into()],
    )
}

/// The group that a person belongs to first.
pub fn group_of(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Option<GroupId>> {
    tx.row(GROUP_OF, &[person.into()], |row| row.get(0))
}
