//! Contracts as somebody reads them: all of them with their money and deadlines, one with everything in it.

use std::collections::HashMap;

use domain::{
    ContractDocumentId, ContractId, LicenceId, OrderLineId, Timestamp,
    contract::{Contract, Currency, Money, Notice, RecurringTerm, Renewal, Totals, next_deadline, renewals},
    identity::Capability,
    licence::TermPhase,
};
use jiff::civil::Date;
use serde::Serialize;
use store::{contract, contract::LineRow};

use super::book::{Book, licence_names};
use crate::{
    Look, Query, Refused, Result,
    licence::{Names, Page, PersonName},
};

/// A licence, for somebody who reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct LicenceName {
    /// Which one.
    pub id: LicenceId,
    /// Its name.
    pub name: String,
}

impl LicenceName {
    pub(super) fn of(names: &HashMap<LicenceId, String>, id: LicenceId) -> Self {
        Self { id, name: names.get(&id).cloned().unwrap_or_default() }
    }
}

/// A contract in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContractSummary {
    /// Which one.
    pub id: ContractId,
    /// What both sides call it.
    pub number: String,
    /// With whom.
    pub vendor: String,
    /// What it is about.
    pub name: String,
    /// In what it is paid.
    pub currency: Currency,
    /// Where its days are counted.
    pub zone: String,
    /// Its first day.
    pub starts_on: Date,
    /// Its last day, before any renewal.
    pub ends_on: Option<Date>,
    /// Until when it can be ended, as it was told.
    pub notice: Option<Notice>,
    /// For how long it renews itself.
    pub renews_for: Option<RecurringTerm>,
    /// Whether it goes on by itself.
    pub auto_renews: bool,
    /// Where in its term it is.
    pub phase: TermPhase,
    /// The last day of what runs now: of the contract, or of its renewal.
    pub runs_until: Option<Date>,
    /// What has to be decided next.
    pub deadline: Option<Renewal>,
    /// How many order lines it has.
    pub line_count: u32,
    /// Seats and tokens that it gives now.
    pub quantity: u64,
    /// What the lines in force cost in twelve months.
    pub annual_cost: Money,
}

fn summary(contract: &Contract, lines: &[LineRow], now: Timestamp) -> ContractSummary {
    let today = contract.today(now);
    let running = lines.iter().map(|row| &row.line).filter(|line| line.in_force(contract, today));
    let costs: Totals = running.clone().map(|line| line.annual_cost(contract.currency)).collect();
    ContractSummary {
        id: contract.id,
        number: contract.number.clone(),
        vendor: contract.vendor.clone(),
        name: contract.name.clone(),
        currency: contract.currency,
        zone: contract.zone.clone(),
        starts_on: contract.starts_on,
        ends_on: contract.ends_on,
        notice: contract.notice,
        renews_for: contract.renews_for,
        auto_renews: contract.auto_renews(),
        phase: contract.phase(now),
        runs_until: contract.period(today).last,
        deadline: next_deadline(contract, now),
        line_count: u32::try_from(lines.len()).unwrap_or(u32::MAX),
        quantity: running.map(|line| u64::from(line.quantity())).sum(),
        annual_cost: costs.of(contract.currency),
    }
}

/// A page of contracts, by number.
#[derive(Debug, Clone)]
pub struct ContractList {
    /// The `next` of the page before.
    pub after: Option<String>,
    /// At most how many, 1 to 200.
    pub limit: u32,
}

/// The answer to [`ContractList`].
pub type ContractPage = Page<ContractSummary>;

impl Query for ContractList {
    type Answer = ContractPage;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<ContractPage> {
        look.require(Capability::LicenceRead, "contract")?;
        let rows = contract::page(look.tx, self.after.as_deref(), ContractPage::rows(self.limit))?;
        let mut items = Vec::with_capacity(rows.len());
        for (contract, _) in rows {
            let lines = contract::lines(look.tx, &contract)?;
            items.push(summary(&contract, &lines, look.ctx.now));
        }
        Ok(Page::of(items, self.limit, |contract| contract.number.clone()))
    }
}

/// One contract with everything in it.
#[derive(Debug, Clone, Copy)]
pub struct ContractDetail {
    /// Which one.
    pub contract: ContractId,
}

/// The answer to [`ContractDetail`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContractDetailView {
    /// The contract and its counts.
    #[serde(flatten)]
    pub summary: ContractSummary,
    /// Grows with every change of the contract, its lines and its documents.
    pub version: u64,
    /// Its order lines, by number.
    pub lines: Vec<LineView>,
    /// Its documents, as they were attached.
    pub documents: Vec<DocumentView>,
}

/// An order line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineView {
    /// Which one.
    pub id: OrderLineId,
    /// Its number within the contract.
    pub number: u32,
    /// The purchase order it came with.
    pub purchase_order: String,
    /// What stands on the order.
    pub description: String,
    /// The licence it feeds.
    pub licence: LicenceName,
    /// How many packs.
    pub packs: u32,
    /// Seats or tokens in each.
    pub pack_size: u32,
    /// Seats or tokens.
    pub quantity: u32,
    /// For how long the price is paid at a time.
    pub term: RecurringTerm,
    /// For one seat or token and one term.
    pub unit_price: Money,
    /// For all of it and one term.
    pub term_price: Money,
    /// For all of it and twelve months.
    pub annual_cost: Money,
    /// Its first day.
    pub starts_on: Date,
    /// Its last day; as long as the contract if `None`.
    pub ends_on: Option<Date>,
    /// Whether it counts now.
    pub in_force: bool,
    /// When it was entered.
    pub entered_at: Timestamp,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DocumentView {
    /// Which one.
    pub id: ContractDocumentId,
    /// Its name.
    pub name: String,
    /// Its media type as sent.
    pub content_type: String,
    /// Its length in bytes.
    pub size: u64,
    /// Who attached it.
    pub person: Option<PersonName>,
    /// When.
    pub at: Timestamp,
}

impl Query for ContractDetail {
    type Answer = ContractDetailView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<ContractDetailView> {
        look.require(Capability::LicenceRead, "contract")?;
        let found = contract::by_id(look.tx, self.contract)?;
        let (contract, version) = found.ok_or(Refused::NotFound("contract"))?;
        let rows = contract::lines(look.tx, &contract)?;
        let licences = licence_names(look.tx)?;
        let documents = contract::documents(look.tx, contract.id)?;
        let people = Names::of(look.tx, documents.iter().filter_map(|document| document.person))?;
        let summary = summary(&contract, &rows, look.ctx.now);
        let today = contract.today(look.ctx.now);
        let lines = rows.iter().map(|row| line(&contract, row, &licences, today)).collect();
        let documents = documents.into_iter().map(|document| DocumentView {
            id: document.id,
            name: document.name,
            content_type: document.content_type,
            size: document.size,
            person: document.person.map(|person| people.name(person)),
            at: document.at,
        });
        Ok(ContractDetailView { summary, version, lines, documents: documents.collect() })
    }
}

fn line(contract: &Contract, row: &LineRow, licences: &HashMap<LicenceId, String>, today: Date) -> LineView {
    let LineRow { line, created_at } = row;
    LineView {
        id: line.id,
        number: line.number,
        purchase_order: line.purchase_order.clone(),
        description: line.description.clone(),
        licence: LicenceName::of(licences, line.licence),
        packs: line.packs,
        pack_size: line.pack_size,
        quantity: line.quantity(),
        term: line.term,
        unit_price: Money::new(contract.currency, line.unit_price),
        term_price: line.term_price(contract.currency),
        annual_cost: line.annual_cost(contract.currency),
        starts_on: line.starts_on,
        ends_on: line.ends_on,
        in_force: line.in_force(contract, today),
        entered_at: *created_at,
    }
}

/// The deadlines of the next days, the nearest first.
#[derive(Debug, Clone, Copy)]
pub struct Renewals {
    /// How many days ahead, 1 to 3,650.
    pub days: i32,
}

/// The answer to [`Renewals`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RenewalsView {
    /// The deadlines, the nearest first.
    pub items: Vec<RenewalView>,
}

/// A contract on which something must be decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RenewalView {
    /// The deadline.
    #[serde(flatten)]
    pub renewal: Renewal,
    /// What both sides call the contract.
    pub number: String,
    /// With whom.
    pub vendor: String,
    /// What it is about.
    pub name: String,
    /// What its lines in force cost in twelve months.
    pub annual_cost: Money,
}

impl Query for Renewals {
    type Answer = RenewalsView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<RenewalsView> {
        look.require(Capability::LicenceRead, "contract")?;
        if !(1..=3_650).contains(&self.days) {
            return Err(Refused::field("days", "choose 1 to 3650 days"));
        }
        let (book, now) = (Book::read(look.tx)?, look.ctx.now);
        let due = renewals(book.0.iter().map(|(contract, ..)| contract), self.days, now);
        let view = |renewal: Renewal| {
            let (contract, _, lines) =
                book.0.iter().find(|(contract, ..)| contract.id == renewal.contract)?;
            let ContractSummary { number, vendor, name, annual_cost, .. } = summary(contract, lines, now);
            Some(RenewalView { renewal, number, vendor, name, annual_cost })
        };
        Ok(RenewalsView { items: due.into_iter().filter_map(view).collect() })
    }
}
