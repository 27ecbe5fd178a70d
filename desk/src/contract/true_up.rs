//! The true-up ledger: what was used above what was bought, found day by day, priced by an order line, written once.

use std::ops::Range;

use domain::{
    LicenceId, OrderLineId, Timestamp, TrueUpId,
    contract::{AsOf, Bought, Contract, Excess, Money, TrueUpCause, TrueUpError, entitled, stretches},
    identity::Capability,
    licence::{
        Action, Licence, Metric,
        usage::{Concurrency, Tenure},
    },
};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::json;
use store::{ReadTx, StoreError, contract, contract::TrueUp, licence};

use super::{
    book::{Book, holds, licence_names, moments, used},
    view::LicenceName,
};
use crate::{
    Act, Command, Look, Query, Refused, Result, Threshold,
    licence::{Names, Page, PersonName, reason},
};

impl From<TrueUpError> for Refused {
    fn from(error: TrueUpError) -> Self {
        Self::field(error.field(), &error)
    }
}

/// Most days that are looked through at once.
const LOOKED_THROUGH: i64 = 400;

/// What of a licence was used above what was bought on a day, and is in no entry yet. Nothing is in both parts.
struct OpenDay {
    day: Date,
    /// Because more was given out than was bought.
    beyond: u32,
    /// Because the pool granted tokens beyond its number, as its overdraft let it.
    overdraft: u32,
}

impl OpenDay {
    fn of(&self, cause: TrueUpCause) -> (Date, u32) {
        let open = match cause {
            TrueUpCause::OverEntitlement => self.beyond,
            TrueUpCause::Overdraft => self.overdraft,
        };
        (self.day, open)
    }
}

/// What was used above what was bought, on each day of `first..=last` as `zone` counts them.
fn open_days(
    tx: &mut ReadTx<'_>,
    (licence, bought): (&Licence, &[Bought<'_>]),
    (first, last): (Date, Date),
    zone: &str,
    now: Timestamp,
) -> Result<Vec<OpenDay>> {
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let (Some(begin), Some(end)) = (moments(first, &zone), moments(last, &zone)) else {
        return Ok(Vec::new());
    };
    let holds = holds(tx, licence, begin.start..end.end, now)?;
    let overdrawn = overdrawn(tx, licence, begin.start..end.end, now)?;
    let settled = recorded(tx, licence.id, TrueUpCause::OverEntitlement)?;
    let settled_overdrafts = recorded(tx, licence.id, TrueUpCause::Overdraft)?;
    let mut days = Vec::new();
    let mut day = first;
    while day <= last {
        if let Some(range) = moments(day, &zone) {
            let consumed = used(licence, &holds, range.clone()).consumed();
            let over = consumed.saturating_sub(entitled(licence.id, bought, AsOf::Day(day)));
            let overdraft = over.min(overdrawn.peak(range).map_or(0, |peak| peak.level));
            days.push(OpenDay {
                day,
                beyond: (over - overdraft).saturating_sub(on(&settled, day)),
                overdraft: overdraft.saturating_sub(on(&settled_overdrafts, day)),
            });
        }
        match day.tomorrow() {
            Ok(next) => day = next,
            Err(_) => break,
        }
    }
    Ok(days)
}

/// Who held tokens beyond the number of a pool over a range of time.
fn overdrawn(
    tx: &mut ReadTx<'_>,
    licence: &Licence,
    range: Range<Timestamp>,
    now: Timestamp,
) -> Result<Concurrency> {
    if licence.metric != Metric::Concurrent {
        return Ok(Concurrency::of([]));
    }
    let leases = licence::leases_between(tx, licence.id, range.start, range.end)?;
    let overdrawn = leases.into_iter().filter(|lease| lease.claim.overdrawn).map(|lease| {
        // Who fell silent holds nothing any more, written down or not.
        let (silent, _) = lease.runs_out(&licence.rules);
        let ended = lease.ended.map_or(silent, |(at, _)| at);
        let until = (ended <= now).then_some(ended);
        Tenure { person: lease.person, token: lease.token, from: lease.acquired_at, until }
    });
    Ok(Concurrency::of(overdrawn))
}

/// The entries of a licence that stand.
fn recorded(tx: &mut ReadTx<'_>, licence: LicenceId, cause: TrueUpCause) -> Result<Vec<Excess>> {
    let entries = contract::true_ups_of(tx, licence)?;
    let standing = entries
        .into_iter()
        .filter(|entry| entry.cause == cause && entry.reverses.is_none() && entry.reversed_by.is_none());
    Ok(standing.map(|entry| entry.excess).collect())
}

fn on(entries: &[Excess], day: Date) -> u32 {
    let those = entries.iter().filter(|excess| excess.from <= day && day <= excess.until);
    those.fold(0, |sum, excess| sum.saturating_add(excess.quantity))
}

/// Use above what was bought that is in no entry yet.
#[derive(Debug, Clone, Copy)]
pub struct TrueUpProposals {
    /// From this day on.
    pub from: Date,
    /// Up to and with this day; days that are not over yet are left out.
    pub until: Date,
}

/// An entry that could be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrueUpProposal {
    /// Of which licence.
    pub licence: LicenceName,
    /// Priced by which order line: the latest that was in force on the first day, else the latest there is.
    pub line: OrderLineId,
    /// Its number within its contract.
    pub line_number: u32,
    /// What both sides call its contract.
    pub contract_number: String,
    /// What was used above what was bought.
    pub cause: TrueUpCause,
    /// How many, on which days.
    #[serde(flatten)]
    pub excess: Excess,
    /// How much that is.
    pub money: Money,
    /// The arithmetic.
    pub sentence: String,
}

impl Query for TrueUpProposals {
    type Answer = Vec<TrueUpProposal>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Vec<TrueUpProposal>> {
        look.require(Capability::LicenceRead, "contract")?;
        let span = self.from.until(self.until).map_or(0, |span| i64::from(span.get_days()));
        if !(0..LOOKED_THROUGH).contains(&span) {
            let message = format!(
                "choose a last day that is not before the first and less than {LOOKED_THROUGH} days later"
            );
            return Err(Refused::field("until", message));
        }
        let book = Book::read(look.tx)?;
        let bought = book.bought();
        let mut found = Vec::new();
        for licence in licence::all(look.tx)?.iter().filter(|licence| licence.metric != Metric::Requester) {
            let lines: Vec<_> =
                bought.iter().filter(|bought| bought.line.licence == licence.id).copied().collect();
            let Some(latest) = lines.iter().max_by_key(|bought| (bought.line.starts_on, bought.line.id))
            else {
                continue;
            };
            let yesterday = latest.contract.today(look.ctx.now).yesterday().unwrap_or(Date::MIN);
            let first_line = lines.iter().map(|bought| bought.line.starts_on).min().unwrap_or(self.from);
            let days = (self.from.max(first_line), self.until.min(yesterday));
            let open = open_days(look.tx, (licence, &lines), days, &latest.contract.zone, look.ctx.now)?;
            let stretches = TrueUpCause::ALL.iter().flat_map(|cause| {
                stretches(open.iter().map(|day| day.of(*cause))).into_iter().map(|excess| (*cause, excess))
            });
            for (cause, excess) in stretches {
                let priced_by = |bought: &&Bought<'_>| bought.in_force(AsOf::Day(excess.from));
                let newest = |bought: &&Bought<'_>| (bought.line.starts_on, bought.line.id);
                let started = |bought: &&Bought<'_>| bought.line.starts_on <= excess.from;
                let by = lines.iter().filter(priced_by).max_by_key(newest);
                let Some(by) = by.or_else(|| lines.iter().filter(started).max_by_key(newest)) else {
                    continue;
                };
                let priced = excess.price(by.line, by.contract.currency)?;
                found.push(TrueUpProposal {
                    licence: LicenceName { id: licence.id, name: licence.name.clone() },
                    line: by.line.id,
                    line_number: by.line.number,
                    contract_number: by.contract.number.clone(),
                    cause,
                    excess,
                    money: priced.money,
                    sentence: priced.sentence,
                });
            }
        }
        Ok(found)
    }
}

/// What an entry says.
#[derive(Debug, Clone)]
pub struct NewTrueUp {
    /// Priced by which order line; its licence is the one that was used.
    pub line: OrderLineId,
    /// What was used above what was bought.
    pub cause: TrueUpCause,
    /// How many, on which days.
    pub excess: Excess,
    /// What is to be said to it; may be empty.
    pub note: String,
}

/// Writes an entry into the ledger. It cannot be changed afterwards; [`ReverseTrueUp`] takes it back.
#[derive(Debug, Clone)]
pub struct RecordTrueUp {
    /// The entry.
    pub new: NewTrueUp,
}

impl Command for RecordTrueUp {
    type Outcome = TrueUpId;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        if !at.may(Capability::LicenceRead) || contract::contract_of(at.tx, self.new.line)?.is_none() {
            return Err(Refused::NotFound("order line"));
        }
        at.aim(self.new.line);
        Ok(Action::TrueUpRecord)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TrueUpId> {
        let NewTrueUp { line: id, cause, excess, note } = self.new;
        let note = note.trim().to_owned();
        if note.chars().count() > 2_000 {
            return Err(Refused::field("note", "write at most 2,000 characters"));
        }
        let contract = contract::contract_of(act.tx, id)?.ok_or(Refused::NotFound("order line"))?;
        let (contract, _) = contract::lock(act.tx, contract)?.ok_or(Refused::NotFound("order line"))?;
        let found = contract::lines(act.tx, &contract)?.into_iter().find(|row| row.line.id == id);
        let line = found.ok_or(Refused::NotFound("order line"))?.line;
        // One entry at a time for a licence, so that no day is settled twice.
        let licence = licence::lock(act.tx, line.licence)?.ok_or(Refused::NotFound("licence"))?;
        let priced = excess.price(&line, contract.currency)?;
        if excess.until >= contract.today(act.now()) {
            return Err(Refused::field(
                "until",
                "only days that are over can be settled; choose an earlier day",
            ));
        }
        check_use(act, cause, &excess, (&contract, &licence))?;
        let entry = TrueUp {
            id: act.new_id(),
            licence: licence.id,
            line: line.id,
            cause,
            excess,
            money: priced.money,
            sentence: priced.sentence,
            note,
            reverses: None,
            person: act.person(),
            at: act.now(),
            reversed_by: None,
        };
        contract::record_true_up(act.tx, &entry)?;
        act.target = entry.id.into();
        act.detail = json!({
            "contract": contract.number, "line": line.number, "licence": licence.name, "cause": cause,
            "sentence": entry.sentence, "money": entry.money, "note": entry.note,
        });
        act.announce("contracts");
        Ok(entry.id)
    }
}

/// Whether so many were really used above what was bought, and are in no entry yet.
fn check_use(
    act: &mut Act<'_, '_>,
    cause: TrueUpCause,
    excess: &Excess,
    (contract, licence): (&Contract, &Licence),
) -> Result<()> {
    let book = Book::read(act.tx)?;
    let days = (excess.from, excess.until);
    let days = open_days(act.tx, (licence, &book.bought()), days, &contract.zone, act.ctx.now)?;
    match days.iter().map(|day| day.of(cause)).find(|(_, open)| *open < excess.quantity) {
        Some((day, open)) => Err(Refused::field(
            "quantity",
            format!(
                "on {} {open} of {} were used {} and are not recorded yet, not {}",
                domain::contract::written(day),
                licence.name,
                match cause {
                    TrueUpCause::OverEntitlement => "above what was bought",
                    TrueUpCause::Overdraft => "as overdraft, above what was bought",
                },
                excess.quantity
            ),
        )),
        None => Ok(()),
    }
}

/// Takes an entry back, by another one.
#[derive(Debug, Clone)]
pub struct ReverseTrueUp {
    /// Which one.
    pub entry: TrueUpId,
    /// Why, as a sentence.
    pub because: String,
}

impl Command for ReverseTrueUp {
    type Outcome = TrueUpId;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        if !at.may(Capability::LicenceRead) || contract::true_up(at.tx, self.entry)?.is_none() {
            return Err(Refused::NotFound("true-up"));
        }
        at.aim(self.entry);
        Ok(Action::TrueUpRecord)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TrueUpId> {
        let because = reason(&self.because)?.to_owned();
        let entry = contract::true_up(act.tx, self.entry)?.ok_or(Refused::NotFound("true-up"))?;
        if entry.reverses.is_some() {
            return Err(Refused::Rule(
                "this entry takes another one back; record the use again instead".to_owned(),
            ));
        }
        let back = TrueUp {
            id: act.new_id(),
            money: Money::new(entry.money.currency, -entry.money.amount),
            sentence: format!("Takes back: {}", entry.sentence),
            note: because,
            reverses: Some(entry.id),
            person: act.person(),
            at: act.now(),
            ..entry
        };
        contract::record_true_up(act.tx, &back).map_err(|error| match error {
            StoreError::Duplicate { .. } => Refused::Rule("this entry was taken back already".to_owned()),
            error => error.into(),
        })?;
        act.detail = json!({ "reverses": self.entry, "money": back.money, "because": back.note });
        act.announce("contracts");
        Ok(back.id)
    }
}

/// A page of the ledger, latest first.
#[derive(Debug, Clone, Copy)]
pub struct TrueUps {
    /// The `next` of the page before.
    pub after: Option<TrueUpId>,
    /// At most how many, 1 to 200.
    pub limit: u32,
}

/// The answer to [`TrueUps`].
pub type TrueUpPage = Page<TrueUpView>;

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrueUpView {
    /// Which one.
    pub id: TrueUpId,
    /// Of which licence.
    pub licence: LicenceName,
    /// Priced by which order line.
    pub line: OrderLineId,
    /// What was used above what was bought.
    pub cause: TrueUpCause,
    /// How many, on which days.
    #[serde(flatten)]
    pub excess: Excess,
    /// How much; below zero where it takes another entry back.
    pub money: Money,
    /// The arithmetic.
    pub sentence: String,
    /// What was said to it.
    pub note: String,
    /// The entry that it takes back.
    pub reverses: Option<TrueUpId>,
    /// The entry that takes it back.
    pub reversed_by: Option<TrueUpId>,
    /// Who wrote it.
    pub person: Option<PersonName>,
    /// When.
    pub at: Timestamp,
}

impl Query for TrueUps {
    type Answer = TrueUpPage;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<TrueUpPage> {
        look.require(Capability::LicenceRead, "true-up")?;
        let rows = contract::true_ups(look.tx, self.after, TrueUpPage::rows(self.limit))?;
        let items = views(look.tx, rows)?;
        Ok(Page::of(items, self.limit, |entry| entry.id.to_string()))
    }
}

fn views(tx: &mut ReadTx<'_>, rows: Vec<TrueUp>) -> Result<Vec<TrueUpView>> {
    let licences = licence_names(tx)?;
    let people = Names::of(tx, rows.iter().filter_map(|row| row.person))?;
    let view = |row: TrueUp| TrueUpView {
        id: row.id,
        licence: LicenceName::of(&licences, row.licence),
        line: row.line,
        cause: row.cause,
        excess: row.excess,
        money: row.money,
        sentence: row.sentence,
        note: row.note,
        reverses: row.reverses,
        reversed_by: row.reversed_by,
        person: row.person.map(|person| people.name(person)),
        at: row.at,
    };
    Ok(rows.into_iter().map(view).collect())
}

/// One entry of the ledger.
#[derive(Debug, Clone, Copy)]
pub struct OneTrueUp {
    /// Which one.
    pub entry: TrueUpId,
}

impl Query for OneTrueUp {
    type Answer = TrueUpView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<TrueUpView> {
        look.require(Capability::LicenceRead, "true-up")?;
        let row = contract::true_up(look.tx, self.entry)?;
        let found = views(look.tx, row.into_iter().collect())?.pop();
        found.ok_or(Refused::NotFound("true-up"))
    }
}
