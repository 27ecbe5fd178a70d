//! A licence as a bar: every seat and token a cell, with the face of its holder.

use desk::licence::LicenceDetailView;
use domain::licence::{LeaseState, Metric};
use maud::Markup;

use super::words;
use crate::{
    page::Reader,
    ui::{self, CellKind, Pool, PoolCell, Tone},
    words::t,
};

/// The most cells that are made for a bar; larger pools are drawn in proportion.
const CELLS: u64 = 2_000;

/// Draws a licence.
pub(super) fn pool(reader: &Reader, detail: &LicenceDetailView) -> Markup {
    let summary = &detail.summary;
    let href = format!("/licences/{}", summary.id);
    let metric = words::metric(summary.metric, summary.module);
    let quantity = summary.quantity;
    let (terms, sum) = match summary.metric {
        Metric::Exclusive => (
            t!("never refused · {quantity} seats", quantity),
            t!(
                "{assigned} assigned, {vacant} vacant",
                assigned = summary.assigned,
                vacant = u64::from(quantity).saturating_sub(summary.assigned)
            ),
        ),
        Metric::Concurrent => {
            let idle = detail.tokens.iter().filter(|token| token.state == LeaseState::Idle).count();
            (
                words::rules(&detail.rules),
                t!(
                    "{active} active, {idle} idle, {free} free",
                    active = detail.tokens.len() - idle,
                    idle,
                    free = detail.free
                ),
            )
        }
        Metric::DayPass => (
            t!("one calendar day each").to_owned(),
            t!(
                "{used} used, {left} left",
                used = summary.in_use,
                left = u64::from(quantity).saturating_sub(summary.in_use)
            ),
        ),
        Metric::Requester => (t!("free and unlimited").to_owned(), t!("everybody").to_owned()),
    };
    let (tone, more) = remark(reader, detail);
    ui::pool(&Pool {
        name: &summary.name,
        href: &href,
        metric: &metric,
        terms: &terms,
        cells: &cells(detail),
        sum: &sum,
        more: &more,
        tone,
    })
}

/// The second line: what is worth knowing now.
fn remark(reader: &Reader, detail: &LicenceDetailView) -> (Tone, String) {
    let clock = reader.clock();
    if let Some(term) = words::term(&detail.summary, clock) {
        return term;
    }
    let offer = detail.queue.iter().find_map(|entry| entry.offer);
    match (detail.queue.len(), offer) {
        (0, _) => (Tone::Plain, String::new()),
        (waiting, Some(offer)) => {
            let left = words::lasting(clock.now.duration_until(offer.until));
            (Tone::Bad, t!("{waiting} in line · offer open {left}", waiting, left))
        }
        (waiting, None) => (Tone::Bad, t!("{waiting} in line", waiting)),
    }
}

fn cells(detail: &LicenceDetailView) -> Vec<PoolCell<'_>> {
    let summary = &detail.summary;
    let nameless = |kind, count: u64| (0..count).map(move |_| PoolCell { kind, name: "" });
    let quantity = u64::from(summary.quantity);
    match summary.metric {
        Metric::Exclusive if quantity > CELLS => {
            let assigned = CELLS * summary.assigned / quantity;
            nameless(CellKind::Assigned, assigned).chain(nameless(CellKind::Free, CELLS - assigned)).collect()
        }
        Metric::Exclusive => {
            let holders = detail.seats.items.iter().filter_map(|seat| seat.holder.as_ref());
            let named: Vec<_> = holders
                .map(|holder| PoolCell { kind: CellKind::Assigned, name: &holder.person.name })
                .collect();
            let unnamed = summary.assigned.saturating_sub(named.len() as u64);
            let vacant = quantity.saturating_sub(summary.assigned);
            named
                .into_iter()
                .chain(nameless(CellKind::Assigned, unnamed))
                .chain(nameless(CellKind::Free, vacant))
                .collect()
        }
        Metric::Concurrent => {
            let state = |state: LeaseState, kind: CellKind| {
                let tokens = detail
                    .tokens
                    .iter()
                    .filter(move |token| (token.state == LeaseState::Idle) == (state == LeaseState::Idle));
                tokens.map(move |token| PoolCell { kind, name: &token.holder.name })
            };
            state(LeaseState::Active, CellKind::Active)
                .chain(state(LeaseState::Idle, CellKind::Idle))
                .chain(nameless(CellKind::Free, u64::from(detail.free).min(CELLS)))
                .chain(
                    detail
                        .queue
                        .iter()
                        .map(|entry| PoolCell { kind: CellKind::Waiting, name: &entry.person.name }),
                )
                .collect()
        }
        Metric::DayPass => {
            let left = quantity.saturating_sub(summary.in_use);
            let (used, left) = match quantity {
                0..=CELLS => (summary.in_use, left),
                many => (CELLS * summary.in_use / many, CELLS * left / many),
            };
            nameless(CellKind::Assigned, used).chain(nameless(CellKind::Free, left)).collect()
        }
        Metric::Requester => Vec::new(),
    }
}
