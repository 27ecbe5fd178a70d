//! Alerts, the thresholds they go by, and the messages that tell people of them.

use domain::{
    AlertId, ContractId, LicenceId, NotificationId, PersonId, Timestamp,
    contract::alert::{AlertKind, DueAlert},
};

use crate::{ReadTx, Result, Row, Value, WriteTx, statement::statements};

macro_rules! alert_columns {
    () => {
        "a.id, a.kind, a.occasion, a.licence_id, a.contract_id, a.sentence, a.raised_at, a.acknowledged_at, a.acknowledged_by,
         a.cleared_at"
    };
}

statements! {
    THRESHOLDS = "SELECT licence_id, minimum_free FROM licence_threshold";
    THRESHOLD_SET = "INSERT INTO licence_threshold (licence_id, minimum_free) VALUES ($1, $2)
        ON CONFLICT (licence_id) DO UPDATE SET minimum_free = excluded.minimum_free";

    STANDING = concat!("SELECT ", alert_columns!(), " FROM alert a WHERE a.cleared_at IS NULL ORDER BY a.id DESC");
    PAGE = concat!("SELECT ", alert_columns!(), " FROM alert a WHERE a.id < $1 ORDER BY a.id DESC LIMIT $2");
    BY_ID = concat!("SELECT ", alert_columns!(), " FROM alert a WHERE a.id = $1");
    INSERT = "INSERT INTO alert (id, kind, occasion, licence_id, contract_id, sentence, raised_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    ACKNOWLEDGE = "UPDATE alert SET acknowledged_at = $2, acknowledged_by = $3 WHERE id = $1 AND acknowledged_at IS NULL";
    CLEAR = "UPDATE alert SET cleared_at = $2 WHERE id = $1 AND cleared_at IS NULL";

    NOTIFY = "INSERT INTO notification (id, alert_id, person_id, subject, body, created_at, attempts)
        VALUES ($1, $2, $3, $4, $5, $6, 0)";
    UNDELIVERED = "SELECT n.id, n.alert_id, n.person_id, p.name, p.email, n.subject, n.body, n.created_at, n.attempts
        FROM notification n JOIN person p ON p.id = n.person_id
        WHERE n.delivered_at IS NULL AND (n.claimed_until IS NULL OR n.claimed_until <= $1) ORDER BY n.id LIMIT $2";
    CLAIM = "UPDATE notification SET claimed_until = $3, attempts = attempts + 1
        WHERE id = $1 AND delivered_at IS NULL AND (claimed_until IS NULL OR claimed_until <= $2)";
    DELIVERED = "UPDATE notification SET delivered_at = $2 WHERE id = $1 AND delivered_at IS NULL";
}

/// How many of each licence somebody wants to keep free, where somebody said so.
pub fn thresholds(tx: &mut ReadTx<'_>) -> Result<Vec<(LicenceId, u32)>> {
    tx.rows(THRESHOLDS, &[], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Sets how many of a licence are to be kept free.
pub fn set_threshold(tx: &mut WriteTx<'_>, licence: LicenceId, minimum_free: u32) -> Result<()> {
    tx.execute(THRESHOLD_SET, &[licence.into(), minimum_free.into()]).map(drop)
}

/// An alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Which one.
    pub id: AlertId,
    /// What it is about.
    pub kind: AlertKind,
    /// Which occasion it is.
    pub occasion: String,
    /// The licence it is about, if it is one.
    pub licence: Option<LicenceId>,
    /// The contract it is about, if it is one.
    pub contract: Option<ContractId>,
    /// What it says.
    pub sentence: String,
    /// When it became true.
    pub raised_at: Timestamp,
    /// When somebody said that they had seen it, and who.
    pub acknowledged: Option<(Timestamp, Option<PersonId>)>,
    /// When it became untrue.
    pub cleared_at: Option<Timestamp>,
}

fn read_alert(row: &Row<'_>) -> Result<Alert> {
    let acknowledged_at: Option<Timestamp> = row.get(7)?;
    let by: Option<PersonId> = row.get(8)?;
    Ok(Alert {
        id: row.get(0)?,
        kind: row.parse(1, AlertKind::parse)?,
        occasion: row.get(2)?,
        licence: row.get(3)?,
        contract: row.get(4)?,
        sentence: row.get(5)?,
        raised_at: row.get(6)?,
        acknowledged: acknowledged_at.map(|at| (at, by)),
        cleared_at: row.get(9)?,
    })
}

/// The alerts that are true, latest first.
pub fn standing(tx: &mut ReadTx<'_>) -> Result<Vec<Alert>> {
    tx.rows(STANDING, &[], read_alert)
}

/// A page of all alerts there ever were, latest first.
pub fn page(tx: &mut ReadTx<'_>, before: Option<AlertId>, limit: u32) -> Result<Vec<Alert>> {
    let before = before.map_or(Value::from(crate::value::AFTER_EVERY_ID), Value::from);
    tx.rows(PAGE, &[before, limit.into()], read_alert)
}

/// One alert.
pub fn by_id(tx: &mut ReadTx<'_>, id: AlertId) -> Result<Option<Alert>> {
    tx.row(BY_ID, &[id.into()], read_alert)
}

/// Writes an alert that became true.
pub fn raise(tx: &mut WriteTx<'_>, id: AlertId, due: &DueAlert, now: Timestamp) -> Result<()> {
    tx.execute(
        INSERT,
        &[
            id.into(),
            due.kind.as_str().into(),
            (&due.occasion).into(),
            due.licence.into(),
            due.contract.into(),
            (&due.sentence).into(),
            now.into(),
        ],
    )
    .map(drop)
}

/// Notes that somebody has seen an alert; `false` where somebody had before.
pub fn acknowledge(tx: &mut WriteTx<'_>, id: AlertId, by: Option<PersonId>, now: Timestamp) -> Result<bool> {
    Ok(tx.execute(ACKNOWLEDGE, &[id.into(), now.into(), by.into()])? > 0)
}

/// Notes that an alert is no longer true.
pub fn clear(tx: &mut WriteTx<'_>, id: AlertId, now: Timestamp) -> Result<()> {
    tx.execute(CLEAR, &[id.into(), now.into()]).map(drop)
}

/// A message to be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Which one: what the other side tells a message sent again by.
    pub id: NotificationId,
    /// Of which alert.
    pub alert: AlertId,
    /// To whom.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Its first line.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// How often somebody began to deliver it.
    pub attempts: u32,
}

/// Writes a message, in the transaction of what it tells of.
pub fn notify(
    tx: &mut WriteTx<'_>,
    id: NotificationId,
    (alert, person): (AlertId, PersonId),
    (subject, body): (&str, &str),
    now: Timestamp,
) -> Result<()> {
    tx.execute(NOTIFY, &[id.into(), alert.into(), person.into(), subject.into(), body.into(), now.into()])
        .map(drop)
}

/// Messages that are neither delivered nor being delivered at `now`, oldest first.
pub fn undelivered(tx: &mut ReadTx<'_>, now: Timestamp, limit: u32) -> Result<Vec<Notification>> {
    tx.rows(UNDELIVERED, &[now.into(), limit.into()], |row| {
        Ok(Notification {
            id: row.get(0)?,
            alert: row.get(1)?,
            person: row.get(2)?,
            name: row.get(3)?,
            email: row.get(4)?,
            subject: row.get(5)?,
            body: row.get(6)?,
            created_at: row.get(7)?,
            attempts: row.get(8)?,
        })
    })
}

/// Takes a message to deliver it before `until`; `false` where another process has it.
pub fn claim(tx: &mut WriteTx<'_>, id: NotificationId, now: Timestamp, until: Timestamp) -> Result<bool> {
    Ok(tx.execute(CLAIM, &[id.into(), now.into(), until.into()])? > 0)
}

/// Notes that a message was delivered.
pub fn delivered(tx: &mut WriteTx<'_>, id: NotificationId, now: Timestamp) -> Result<()> {
    tx.execute(DELIVERED, &[id.into(), now.into()]).map(drop)
}
