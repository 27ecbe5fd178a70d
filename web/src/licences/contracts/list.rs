//! All contracts: what they cost, until when to decide.

use axum::{
    extract::{Query, State},
    response::Response,
};
use desk::contract::{
    Alerts, ContractList, ContractPage, ContractSummary, EntitlementPosition, PositionView,
};
use domain::{identity::Capability, licence::TermPhase};
use maud::{Markup, html};
use serde::Deserialize;

use super::{alerts, countdown, day, room, sums};
use crate::{
    AppState,
    page::{PageResult, Reader},
    routes,
    ui::{self, Icon, Kpi, Tone, icon},
    words::{t, told_word},
};

/// Contracts on one page.
const ROWS: u32 = 100;

/// Where in the list.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Place {
    after: Option<String>,
}

pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Query(place): Query<Place>,
) -> PageResult<Response> {
    reader.require(Capability::LicenceRead)?;
    let page = app.desk.ask(reader.ctx(), ContractList { after: place.after, limit: ROWS }).await?;
    let position = app.desk.ask(reader.ctx(), EntitlementPosition { at: None }).await?;
    let standing = app.desk.ask(reader.ctx(), Alerts { all: false, after: None, limit: 200 }).await?.items;
    let acts = html! {
        a.button href="/licences/contracts/export" { (t!("Export as CSV")) }
        @if reader.may(Capability::LicenceManage) {
            a.button href="/licences/contracts/import" { (t!("Import")) }
            a.button.main href="/licences/contracts/new" { (icon(Icon::Plus)) (t!("Add a contract")) }
        }
    };
    let main = html! {
        (ui::page_head(t!("Contracts"), "", &acts))
        @if page.items.is_empty() {
            (ui::empty(
                Icon::File,
                t!("No contracts yet"),
                t!("Add the first one as it stands on paper, or bring in a list as CSV. Positions, notice dates and alerts follow from it."),
                &html! {},
            ))
        } @else {
            div.stack id="contracts" data-live-topic="contracts alerts" {
                (numbers(&page, &position))
                (alerts::panel(&reader, &standing, "/licences/contracts"))
                (ui::panel(t!("Contracts"), &html! {}, &table(&page)))
            }
        }
    };
    Ok(reader.page(t!("Contracts"), &room(&reader, &main)))
}

fn numbers(page: &ContractPage, position: &PositionView) -> Markup {
    let running = page.items.iter().filter(|contract| contract.phase == TermPhase::Running).count();
    let due = page.items.iter().filter_map(|contract| contract.deadline.as_ref());
    let due = due.filter(|deadline| deadline.days_left <= 90).count();
    let over: u32 = position.items.iter().map(|row| row.position.over).sum();
    let tone = |bad: bool, tone: Tone| if bad { tone } else { Tone::Plain };
    let figures = [
        (sums(&position.annual_cost), t!("a year, for what is in force"), None, Tone::Plain),
        (running.to_string(), t!("contracts in force"), None, Tone::Plain),
        (due.to_string(), t!("to decide within 90 days"), None, tone(due > 0, Tone::Warn)),
        (
            over.to_string(),
            t!("used above what was bought"),
            Some("/licences/position"),
            tone(over > 0, Tone::Bad),
        ),
    ];
    let figures: Vec<_> = figures
        .iter()
        .map(|(value, label, href, tone)| Kpi { value, label, href: *href, tone: *tone })
        .collect();
    ui::kpis(&figures)
}

fn table(page: &ContractPage) -> Markup {
    html! {
        div.table-scroll { table.table.fold-phone {
            thead { tr {
                th scope="col" { (t!("Contract")) } th scope="col" { (t!("Vendor")) } th scope="col" { (t!("Runs until")) }
                th scope="col" { (t!("Next decision")) } th.num scope="col" { (t!("Seats and tokens")) } th.num scope="col" { (t!("Per year")) }
            } }
            tbody { @for contract in &page.items { (row(contract)) } }
        } }
        @if let Some(next) = &page.next {
            (ui::pager(None, Some(&format!("/licences/contracts?after={}", routes::query_value(next))), t!("by number")))
        }
    }
}

fn row(contract: &ContractSummary) -> Markup {
    html! {
        tr.past[contract.phase == TermPhase::Ended] {
            td.lead {
                a.link href=(routes::contract(contract.id)) { (contract.number) }
                " " span.soft dir="auto" { (contract.name) }
            }
            td data-label=(t!("Vendor")) { (contract.vendor) }
            td data-label=(t!("Runs until")) { span {
                @match contract.runs_until {
                    Some(last) => (day(last)),
                    None => span.quiet { (t!("no end")) },
                }
                @if let Some(renews) = contract.renews_for { " " span.quiet { (t!("renews for {term}", term = told_word(renews.spoken()))) } }
            } }
            td data-label=(t!("Next decision")) { span {
                @match (&contract.deadline, contract.phase) {
                    (_, TermPhase::Ended) => (ui::chip(Tone::Plain, t!("ended"))),
                    (Some(deadline), _) => { (countdown(deadline)) " " span.quiet { (day(deadline.deadline)) } },
                    (None, _) => span.quiet { (t!("none")) },
                }
            } }
            td.num data-label=(t!("Seats and tokens")) { (contract.quantity) }
            td.num data-label=(t!("Per year")) { (contract.annual_cost) }
        }
    }
}
