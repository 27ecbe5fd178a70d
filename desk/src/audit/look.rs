//! Records for people: a page of them, and one with its detail opened.

use domain::{
    AuditRecordId,
    audit::{AuditEntry, Target, TargetKind},
    identity::{Account, Actor, Capability},
};
use serde_json::Value;
use store::{ReadTx, StoreError, audit, licence, person, session, ticket};

use crate::{
    Look, Query, Refused, Result,
    data::{Records, StoredRecord},
};

/// The most records on one page.
const PAGE: u32 = 200;

/// A page of records, latest first.
#[derive(Debug, Clone)]
pub struct AuditList {
    /// Which records.
    pub filter: Records,
    /// Only those before this one: the last of the page before.
    pub before: Option<AuditRecordId>,
    /// How many, at most 200.
    pub limit: u32,
}

/// A record as a list shows it.
#[derive(Debug, Clone)]
pub struct AuditLine {
    /// As stored.
    pub record: StoredRecord,
    /// Who acted, by their name today.
    pub actor_name: String,
    /// To what, by its name today.
    pub target_name: String,
}

/// One record with everything that is known of it.
#[derive(Debug, Clone)]
pub struct AuditDetail {
    /// Which one.
    pub id: AuditRecordId,
}

/// What [`AuditDetail`] sees.
#[derive(Debug, Clone)]
pub struct AuditRead {
    /// As stored, with names.
    pub line: AuditLine,
    /// The leaf, read.
    pub entry: AuditEntry,
    /// The detail, unless it was erased; `external` and `detail` are its fields.
    pub body: Option<Value>,
    /// Whether the stored detail is the one that was recorded; of an erased one there is nothing to compare.
    pub opens: Option<bool>,
    /// The account whose credentials were used, by its name today, where that is another than the actor.
    pub account_name: Option<String>,
}

impl Query for AuditList {
    type Answer = Vec<AuditLine>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Vec<AuditLine>> {
        look.require(Capability::AuditRead, "audit log")?;
        let records = audit::latest(look.tx, &self.filter, self.before, self.limit.clamp(1, PAGE))?;
        let mut lines: Vec<AuditLine> = Vec::with_capacity(records.len());
        for record in records {
            // Neighbours are often by the same hand and about the same thing.
            let known = |same: fn(&StoredRecord) -> &str, name: fn(&AuditLine) -> &str| {
                let line = lines.iter().rev().find(|line| same(&line.record) == same(&record));
                line.map(|line| name(line).to_owned())
            };
            let actor = known(|record| &record.actor, |line| &line.actor_name);
            let target = known(|record| &record.target, |line| &line.target_name);
            lines.push(line(look.tx, record, actor, target)?);
        }
        Ok(lines)
    }
}

impl Query for AuditDetail {
    type Answer = AuditRead;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<AuditRead> {
        look.require(Capability::AuditRead, "audit record")?;
        let record = audit::by_id(look.tx, self.id)?.ok_or(Refused::NotFound("audit record"))?;
        let entry = read_entry(&record)?;
        let body = record
            .body
            .as_deref()
            .map(serde_json::from_str)
            .transpose()
            .map_err(|error| StoreError::Engine(format!("the detail of an audit record: {error}")))?;
        let opens = record.salt.zip(record.body.as_deref()).map(|(salt, body)| entry.opens_to(&salt, body));
        let account_name = match entry.authenticated_as() {
            Account::ServiceAccount { account, .. } => session::account(look.tx, account)?.map(|it| it.name),
            Account::Session { .. } | Account::Token { .. } | Account::Guest { .. } | Account::System(_) => {
                None
            }
        };
        let line = line(look.tx, record, None, None)?;
        Ok(AuditRead { line, entry, body, opens, account_name })
    }
}

fn read_entry(record: &StoredRecord) -> Result<AuditEntry> {
    AuditEntry::parse(&record.entry)
        .map_err(|error| StoreError::Engine(format!("audit record {}: {error}", record.id)).into())
}

fn line(
    tx: &mut ReadTx<'_>,
    record: StoredRecord,
    actor: Option<String>,
    target: Option<String>,
) -> Result<AuditLine> {
    if let (Some(actor_name), Some(target_name)) = (&actor, &target) {
        return Ok(AuditLine { actor_name: actor_name.clone(), target_name: target_name.clone(), record });
    }
    let entry = read_entry(&record)?;
    let actor_name = match actor {
        Some(name) => name,
        None => name_of_actor(tx, entry.actor())?,
    };
    let target_name = match target {
        Some(name) => name,
        None => name_of_target(tx, entry.target())?,
    };
    Ok(AuditLine { record, actor_name, target_name })
}

fn name_of_actor(tx: &mut ReadTx<'_>, actor: Actor) -> Result<String> {
    Ok(match actor {
        Actor::Person(id) => person::name(tx, id)?.unwrap_or_else(|| "a person who is gone".to_owned()),
        Actor::External => "somebody from outside".to_owned(),
        Actor::System(system) => system.as_str().to_owned(),
    })
}

/// What a target is called today; its kind, where it has no name of its own.
fn name_of_target(tx: &mut ReadTx<'_>, target: Target) -> Result<String> {
    let Some(id) = target.id() else { return Ok("the desk".to_owned()) };
    let name = match target.kind() {
        TargetKind::Ticket => {
            ticket::by_id(tx, id.into())?.map(|it| format!("{} {}", it.number, it.subject.as_str()))
        }
        TargetKind::Person => person::name(tx, id.into())?,
        TargetKind::Group => person::team(tx, id.into())?.map(|team| team.name),
        TargetKind::Licence => licence::by_id(tx, id.into())?.map(|licence| licence.name),
        TargetKind::ServiceAccount => session::account(tx, id.into())?.map(|account| account.name),
        TargetKind::Assignment => {
            let assignment = licence::assignment(tx, id.into())?;
            match assignment {
                Some(it) => person::name(tx, it.person)?.map(|name| format!("seat of {name}")),
                None => None,
            }
        }
        TargetKind::Attachment => ticket::attachment(tx, id.into())?.map(|file| file.name),
        _ => None,
    };
    Ok(name.unwrap_or_else(|| target.kind().as_str().replace('_', " ")))
}
