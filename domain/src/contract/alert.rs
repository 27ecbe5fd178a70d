//! Alerts: what a licence manager is told without asking. Each is raised once, when it becomes true, and not again until
//! it was untrue in between: an alert that comes every day is read by nobody.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{
    agreement::Contract,
    position::Position,
    renewal::{DeadlineKind, Renewal},
    term::written,
};
use crate::{AlertId, ContractId, LicenceId, identity::named, licence::Metric};

named! {
    /// What an alert is about.
    AlertKind {
        /// Fewer seats or tokens are free than somebody wants to keep.
        LowStock = "low_stock",
        /// Notice is due, or a contract ends.
        Renewal = "renewal",
        /// More is used than was bought.
        Over = "over_entitlement",
    }
}

/// Something that should be told.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct DueAlert {
    /// What it is about.
    pub kind: AlertKind,
    /// Which occasion it is: the same occasion is told once.
    pub occasion: String,
    /// The licence it is about, if it is one.
    pub licence: Option<LicenceId>,
    /// The contract it is about, if it is one.
    pub contract: Option<ContractId>,
    /// A sentence that stays true.
    pub sentence: String,
}

/// Low stock: fewer free than `minimum`. `used` is the most of the last weeks, so that a quiet night does not end what the
/// next morning begins again.
pub fn low_stock(name: &str, position: &Position, minimum: u32) -> Option<DueAlert> {
    let free = position.used.free();
    if position.used.metric == Metric::Requester || free >= minimum {
        return None;
    }
    let units = units(position.used.metric, free);
    let sentence = match position.used.metric {
        Metric::Concurrent => format!(
            "{name}: at the busiest moment of the last 28 days {free} {units} of {} {} free; you want to keep {minimum}. \
             Buy more, or entitle fewer people.",
            position.used.quantity,
            if free == 1 { "was" } else { "were" },
        ),
        Metric::DayPass => format!(
            "{name} has {free} {units} left of {}; you want to keep {minimum}. Buy more.",
            position.used.quantity
        ),
        Metric::Exclusive | Metric::Requester => format!(
            "{name} has {free} vacant {units} of {}; you want to keep {minimum}. Buy more, or take back seats that \
             nobody uses.",
            position.used.quantity
        ),
    };
    Some(DueAlert {
        kind: AlertKind::LowStock,
        occasion: format!("{}:{}", AlertKind::LowStock, position.licence),
        licence: Some(position.licence),
        contract: None,
        sentence,
    })
}

/// Use above what was bought.
pub fn over_entitlement(name: &str, position: &Position) -> Option<DueAlert> {
    if position.over == 0 {
        return None;
    }
    let sentence = format!(
        "{name}: {} {} in use, {} bought, {} too many. Order what is missing, or take it back; what was used goes \
         into the true-up ledger.",
        position.used.consumed(),
        units(position.used.metric, position.used.consumed()),
        position.entitled,
        position.over,
    );
    Some(DueAlert {
        kind: AlertKind::Over,
        occasion: format!("{}:{}", AlertKind::Over, position.licence),
        licence: Some(position.licence),
        contract: None,
        sentence,
    })
}

/// A deadline that came within one of the stages. Each stage of each deadline is an occasion of its own.
pub fn renewal(contract: &Contract, renewal: &Renewal) -> Option<DueAlert> {
    let stage = renewal.stage()?;
    let (number, vendor) = (&contract.number, &contract.vendor);
    let (ends, deadline) = (written(renewal.ends_on), written(renewal.deadline));
    let sentence = match (renewal.kind, renewal.renews_for) {
        (DeadlineKind::Notice, Some(term)) => format!(
            "Contract {number} with {vendor} renews itself for {} after {ends} unless notice is given by {deadline}.",
            term.spoken()
        ),
        (DeadlineKind::Notice, None) => format!(
            "Contract {number} with {vendor} ends on {ends}; notice, if it is needed, is due by {deadline}."
        ),
        (DeadlineKind::End, _) => {
            format!("Contract {number} with {vendor} ends on {ends}. Renew it, or plan what comes after it.")
        }
    };
    Some(DueAlert {
        kind: AlertKind::Renewal,
        occasion: format!("{}:{}:{}:{stage}", AlertKind::Renewal, contract.id, renewal.deadline),
        licence: None,
        contract: Some(contract.id),
        sentence,
    })
}

/// What to write down.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reconciled {
    /// Told for the first time.
    pub raise: Vec<DueAlert>,
    /// No longer true.
    pub clear: Vec<AlertId>,
}

impl Reconciled {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.raise.is_empty() && self.clear.is_empty()
    }
}

/// Compares what is due with what stands: (alert, occasion) of those that were raised and not cleared.
pub fn reconcile<'a>(
    standing: impl IntoIterator<Item = (AlertId, &'a str)>,
    due: Vec<DueAlert>,
) -> Reconciled {
    let occasions: BTreeSet<String> = due.iter().map(|alert| alert.occasion.clone()).collect();
    let mut known = BTreeSet::new();
    let mut clear = Vec::new();
    for (alert, occasion) in standing {
        if occasions.contains(occasion) {
            known.insert(occasion.to_owned());
        } else {
            clear.push(alert);
        }
    }
    let mut raise = due;
    raise.retain(|alert| known.insert(alert.occasion.clone()));
    Reconciled { raise, clear }
}

fn units(metric: Metric, count: u32) -> &'static str {
    match (metric, count) {
        (Metric::Concurrent, 1) => "token",
        (Metric::Concurrent, _) => "tokens",
        (Metric::DayPass, 1) => "pass",
        (Metric::DayPass, _) => "passes",
        (_, 1) => "seat",
        _ => "seats",
    }
}
