//! Until when to decide: notice dates and ends that come near.

use jiff::civil::Date;
use serde::Serialize;

use super::{
    agreement::Contract,
    term::{RecurringTerm, days_between},
};
use crate::{ContractId, Timestamp, identity::named};

/// Days before a deadline at which a licence manager is told, the farthest first.
pub const RENEWAL_STAGES: [i32; 3] = [90, 60, 30];

named! {
    /// What a deadline is about.
    DeadlineKind {
        /// The last day to give notice.
        Notice = "notice",
        /// The last day of a contract that just ends.
        End = "end",
    }
}

/// A contract on which something must be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Renewal {
    /// Which contract.
    pub contract: ContractId,
    /// What the deadline is about.
    pub kind: DeadlineKind,
    /// The last day to decide.
    pub deadline: Date,
    /// How many days are left; 0 on the day itself.
    pub days_left: i32,
    /// The last day of what runs now.
    pub ends_on: Date,
    /// For how long it renews itself if nobody gives notice.
    pub renews_for: Option<RecurringTerm>,
}

impl Renewal {
    /// The stage of [`RENEWAL_STAGES`] that was reached, if one was.
    pub fn stage(&self) -> Option<i32> {
        RENEWAL_STAGES.into_iter().rev().find(|stage| self.days_left <= *stage)
    }
}

/// What has to be decided next about a contract, if anything ever has: notice while it can be given; then, if the contract
/// just ends, what comes after it. Once it has renewed itself for sure, the next renewal.
pub fn next_deadline(contract: &Contract, now: Timestamp) -> Option<Renewal> {
    let today = contract.today(now);
    let of = |day: Date| -> Option<Renewal> {
        let ends_on = contract.period(day).last?;
        let candidates = [
            contract.notice_by(day).map(|by| (DeadlineKind::Notice, by)),
            (!contract.auto_renews()).then_some((DeadlineKind::End, ends_on)),
            // Without a notice date a renewal can be stopped until it happens.
            (contract.auto_renews() && contract.notice.is_none()).then_some((DeadlineKind::Notice, ends_on)),
        ];
        let (kind, deadline) = candidates.into_iter().flatten().find(|(_, deadline)| today <= *deadline)?;
        Some(Renewal {
            contract: contract.id,
            kind,
            deadline,
            days_left: days_between(today, deadline),
            ends_on,
            renews_for: contract.renews_for,
        })
    };
    of(today).or_else(|| {
        let next = contract.auto_renews().then(|| contract.period(today).last)??;
        of(next.tomorrow().ok()?)
    })
}

/// The deadlines of the next `days` days, the nearest first.
pub fn renewals<'a>(
    contracts: impl IntoIterator<Item = &'a Contract>,
    days: i32,
    now: Timestamp,
) -> Vec<Renewal> {
    let mut due: Vec<_> = contracts
        .into_iter()
        .filter_map(|contract| next_deadline(contract, now))
        .filter(|renewal| renewal.days_left <= days)
        .collect();
    due.sort_by_key(|renewal| (renewal.deadline, renewal.contract));
    due
}
