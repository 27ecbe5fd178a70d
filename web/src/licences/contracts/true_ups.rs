//! The true-up ledger: what could be settled, what was.

use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use desk::{
    Refused,
    contract::{
        NewTrueUp, RecordTrueUp, ReverseTrueUp, TrueUpPage, TrueUpProposal, TrueUpProposals, TrueUpView,
        TrueUps,
    },
};
use domain::{
    contract::{Excess, TrueUpCause},
    identity::Capability,
};
use jiff::ToSpan;
use maud::{Markup, html};
use serde::Deserialize;

use super::{Typed, corner, day, today, typed};
use crate::{
    AppState,
    page::{PageResult, Posted, Reader, see},
    routes,
    ui::{self, Icon, Tone},
    words::{t, th, told},
    wrong::Wrong,
};

/// Entries on one page.
const ROWS: u32 = 50;
/// How many days are looked through for what could be settled.
const DAYS: i32 = 90;

/// Where in the ledger.
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
    draw(&app, &reader, place, &Wrong::nothing()).await
}

async fn draw(app: &AppState, reader: &Reader, place: Place, wrong: &Wrong) -> PageResult<Response> {
    reader.require(Capability::LicenceRead)?;
    let after = place.after.and_then(|after| after.parse().ok());
    let ledger = app.desk.ask(reader.ctx(), TrueUps { after, limit: ROWS }).await?;
    let until = today(reader);
    let from = until.checked_sub(DAYS.days()).unwrap_or(until);
    let open = app.desk.ask(reader.ctx(), TrueUpProposals { from, until }).await?;
    let main = html! {
        (ui::page_head(t!("True-ups"), t!("Use above what was bought, priced to the day by an order line. An entry is never changed; another takes it back."), &html! {}))
        @if !wrong.is_empty() { (wrong.summary(&[])) }
        div.stack {
            (proposals(reader, &open))
            (ledger_panel(reader, &ledger))
        }
    };
    Ok(reader.page_with(wrong.status(), t!("True-ups"), &corner(reader, "/licences/true-ups", &main)))
}

fn proposals(reader: &Reader, open: &[TrueUpProposal]) -> Markup {
    let may_change = reader.may(Capability::LicenceManage);
    let extras =
        html! { @if !open.is_empty() { (ui::chip(Tone::Warn, &t!("{open} open", open = open.len()))) } };
    ui::panel(
        t!("Not settled yet, last 90 days"),
        &extras,
        &html! {
            @if open.is_empty() {
                p.panel-body.soft { (t!("Nothing was used above what was bought, or all of it is in the ledger.")) }
            } @else {
                div.table-scroll { table.table.fold-phone {
                    thead { tr {
                        th scope="col" { (t!("Licence")) } th.num scope="col" { (t!("Too many")) } th scope="col" { (t!("Days")) }
                        th scope="col" { (t!("Priced by")) } th.num scope="col" { (t!("Amount")) }
                        @if may_change { th scope="col" { span.unseen { (t!("Acts")) } } }
                    } }
                    tbody { @for proposal in open { (proposal_row(reader, proposal, may_change)) } }
                } }
            }
        },
    )
}

fn proposal_row(reader: &Reader, proposal: &TrueUpProposal, may_change: bool) -> Markup {
    let TrueUpProposal { excess, line, .. } = proposal;
    let (quantity, line) = (excess.quantity.to_string(), line.to_string());
    let (from, until) = (excess.from.to_string(), excess.until.to_string());
    html! {
        tr {
            td.lead {
                a.link href={ "/licences/" (proposal.licence.id) } { bdi { (proposal.licence.name) } }
                @if proposal.cause == TrueUpCause::Overdraft { " " (ui::chip(Tone::Plain, t!("overdraft"))) }
            }
            td.num data-label=(t!("Too many")) { (excess.quantity) }
            td data-label=(t!("Days")) { span { (th!("{from} to {until}", from = day(excess.from), until = day(excess.until))) } }
            td data-label=(t!("Priced by")) { (t!("line {n} of {contract}", n = proposal.line_number, contract = proposal.contract_number)) }
            td.num data-label=(t!("Amount")) { span title=(told(&proposal.sentence)) { (proposal.money) } }
            @if may_change {
                td data-label="" {
                    (ui::act("/licences/true-ups", reader.csrf(), &[("line", &line), ("cause", proposal.cause.as_str()), ("quantity", &quantity), ("from", &from), ("until", &until)], None, "", t!("Record")))
                }
            }
        }
    }
}

fn ledger_panel(reader: &Reader, ledger: &TrueUpPage) -> Markup {
    let may_change = reader.may(Capability::LicenceManage);
    ui::panel(
        t!("Ledger"),
        &html! {},
        &html! {
            @if ledger.items.is_empty() {
                (ui::empty(
                    Icon::Book,
                    t!("The ledger is empty"),
                    t!("When more is used than was bought, record it above: the entry states its arithmetic and stays as it is."),
                    &html! {},
                ))
            } @else {
                div.table-scroll { table.table.fold-phone {
                    thead { tr {
                        th scope="col" { (t!("Licence")) } th scope="col" { (t!("How it was computed")) } th scope="col" { (t!("Recorded")) }
                        th.num scope="col" { (t!("Amount")) }
                        @if may_change { th scope="col" { span.unseen { (t!("Acts")) } } }
                    } }
                    tbody { @for entry in &ledger.items { (entry_row(reader, entry, may_change)) } }
                } }
                @if let Some(next) = &ledger.next {
                    (ui::pager(None, Some(&format!("/licences/true-ups?after={}", routes::query_value(next))), t!("latest first")))
                }
            }
        },
    )
}

fn entry_row(reader: &Reader, entry: &TrueUpView, may_change: bool) -> Markup {
    html! {
        tr.past[entry.reversed_by.is_some()] {
            td.lead {
                (entry.licence.name) " "
                @if entry.cause == TrueUpCause::Overdraft { (ui::chip(Tone::Plain, t!("overdraft"))) }
                @if entry.reversed_by.is_some() { (ui::chip(Tone::Plain, t!("taken back"))) }
            }
            td data-label=(t!("How")) { span {
                (told(&entry.sentence))
                @if !entry.note.is_empty() { " " span.quiet { (entry.note) } }
            } }
            td data-label=(t!("Recorded")) { span {
                (ui::time(entry.at, reader.clock()))
                @if let Some(person) = &entry.person { " " span.quiet { (t!("by {name}", name = person.name)) } }
            } }
            td.num data-label=(t!("Amount")) { (entry.money) }
            @if may_change {
                td data-label="" {
                    @if entry.reversed_by.is_none() && entry.reverses.is_none() { (take_back(reader, entry)) }
                }
            }
        }
    }
}

fn take_back(reader: &Reader, entry: &TrueUpView) -> Markup {
    html! {
        details.more {
            summary { (t!("Take back")) }
            form.form method="post" action={ "/licences/true-ups/" (entry.id) "/reverse" } {
                (ui::csrf_field(reader.csrf()))
                div.field {
                    label for={ "because-" (entry.id) } { (t!("Why it is taken back")) }
                    textarea.input id={ "because-" (entry.id) } name="because" required {}
                }
                div { button.button.danger { (t!("Take the entry back")) } }
            }
        }
    }
}

pub(super) async fn record(
    State(app): State<AppState>,
    Posted { reader, form }: Posted<Typed>,
) -> PageResult {
    let read = || -> Option<NewTrueUp> {
        let excess = Excess {
            quantity: typed(&form, "quantity").parse().ok()?,
            from: typed(&form, "from").parse().ok()?,
            until: typed(&form, "until").parse().ok()?,
        };
        let line = typed(&form, "line").parse().ok()?;
        Some(NewTrueUp {
            line,
            cause: TrueUpCause::parse(typed(&form, "cause"))?,
            excess,
            note: typed(&form, "note").to_owned(),
        })
    };
    let new = read().ok_or(Refused::NotFound("order line"))?;
    match app.desk.execute(reader.ctx(), RecordTrueUp { new }).await {
        Ok(_) => Ok(see("/licences/true-ups")),
        Err(refused) => draw(&app, &reader, Place::default(), &Wrong::of(refused)?).await,
    }
}

pub(super) async fn reverse(
    State(app): State<AppState>,
    Path(entry): Path<String>,
    Posted { reader, form }: Posted<Typed>,
) -> PageResult {
    let entry = entry.parse().map_err(|_| Refused::NotFound("true-up"))?;
    let back = ReverseTrueUp { entry, because: typed(&form, "because").to_owned() };
    match app.desk.execute(reader.ctx(), back).await {
        Ok(_) => Ok(see("/licences/true-ups")),
        Err(refused) => draw(&app, &reader, Place::default(), &Wrong::of(refused)?).await,
    }
}
