//! One contract: its money and countdown, its order lines, its terms as a chart, its documents.

use axum::{
    extract::{Path, State},
    response::Response,
};
use desk::{
    Refused,
    contract::{ContractDetail, ContractDetailView, DocumentView, LineView},
};
use domain::{
    ContractId,
    contract::{DeadlineKind, Notice},
    identity::Capability,
    licence::TermPhase,
};
use maud::{Markup, html};

use super::{countdown, day, days_left, room, terms};
use crate::{
    AppState,
    page::{PageResult, Reader},
    routes,
    ui::{self, Icon, Kpi, Tone, icon},
    words::{on, t, told, told_word},
    wrong::Wrong,
};

pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path(contract): Path<String>,
) -> PageResult<Response> {
    let contract = contract.parse().map_err(|_| Refused::NotFound("contract"))?;
    draw(&app, &reader, contract, &Wrong::nothing()).await
}

/// The page, with what is wrong with the document that was sent.
pub(super) async fn draw(
    app: &AppState,
    reader: &Reader,
    contract: ContractId,
    wrong: &Wrong,
) -> PageResult<Response> {
    let view = app.desk.ask(reader.ctx(), ContractDetail { contract }).await?;
    let may_change = reader.may(Capability::LicenceManage);
    let summary = &view.summary;
    let acts = html! {
        @match (summary.phase, &summary.deadline) {
            (TermPhase::Ended, _) => (ui::chip(Tone::Plain, t!("ended"))),
            (TermPhase::NotStarted, _) => (ui::chip(Tone::Plain, t!("not started"))),
            (TermPhase::Running | TermPhase::Grace, Some(deadline)) => (countdown(deadline)),
            (TermPhase::Running | TermPhase::Grace, None) => (ui::chip(Tone::Ok, t!("in force"))),
        }
        @if may_change { a.button href={ (routes::contract(contract)) "/edit" } { (t!("Change the contract")) } }
    };
    let main = html! {
        a.back href="/licences/contracts" { (icon(Icon::Left)) (t!("Contracts")) }
        (ui::page_head(&format!("{} {}", summary.number, summary.name), &sentence(&view), &acts))
        div.stack {
            (numbers(&view))
            (lines(&view, may_change))
            @if !view.lines.is_empty() { (terms::panel(reader, &view)) }
            (documents(reader, &view, may_change, wrong))
        }
    };
    Ok(reader.page_with(wrong.status(), &summary.number, &room(reader, &main)))
}

fn sentence(view: &ContractDetailView) -> String {
    let summary = &view.summary;
    let until = summary
        .ends_on
        .map_or_else(|| t!("without end").to_owned(), |last| t!("to {day}", day = on(last, t!("%-d %B %Y"))));
    let renews = summary
        .renews_for
        .map_or(String::new(), |renews| t!(", renews itself for {spoken}", spoken = told(renews.spoken())));
    let notice = match summary.notice {
        Some(Notice::Days(days)) => format!(" · {days} days’ notice"),
        Some(Notice::By(_)) | None => String::new(),
    };
    t!(
        "{vendor} · {day} {until}{renews}{notice} · days count in {zone}",
        vendor = summary.vendor,
        day = on(summary.starts_on, t!("%-d %B %Y")),
        until,
        renews,
        notice,
        zone = summary.zone
    )
}

fn numbers(view: &ContractDetailView) -> Markup {
    let summary = &view.summary;
    let lines = view.lines.iter().filter(|line| line.in_force).count();
    let (value, label, tone) = match &summary.deadline {
        Some(deadline) => {
            let what = match deadline.kind {
                DeadlineKind::Notice => t!("last day to give notice"),
                DeadlineKind::End => t!("last day of the contract"),
            };
            let tone = if deadline.days_left <= 30 { Tone::Bad } else { Tone::Plain };
            let when = on(deadline.deadline, t!("%-d %b %Y"));
            (when, format!("{what}, {}", days_left(deadline.days_left)), tone)
        }
        None => ("–".to_owned(), t!("nothing to decide").to_owned(), Tone::Plain),
    };
    let (cost, quantity) = (summary.annual_cost.to_string(), summary.quantity.to_string());
    let in_force = t!("{lines} of {all}", lines, all = view.lines.len());
    ui::kpis(&[
        Kpi { value: &cost, label: t!("a year, for what is in force"), href: None, tone: Tone::Plain },
        Kpi { value: &quantity, label: t!("seats and tokens now"), href: None, tone: Tone::Plain },
        Kpi { value: &in_force, label: t!("order lines in force"), href: None, tone: Tone::Plain },
        Kpi { value: &value, label: &label, href: None, tone },
    ])
}

fn lines(view: &ContractDetailView, may_change: bool) -> Markup {
    let contract = view.summary.id;
    let add = format!("{}/lines", routes::contract(contract));
    let extras = html! {
        @if may_change { div.end { a.button href=(add) { (icon(Icon::Plus)) (t!("Add an order line")) } } }
    };
    ui::panel(
        t!("Order lines"),
        &extras,
        &html! {
            @if view.lines.is_empty() {
                p.panel-body.soft {
                    (t!("Nothing was ordered under this contract yet. An order line says what was bought, for which licence, at which price; several lines may feed one licence."))
                }
            } @else {
                div.table-scroll { table.table.fold-phone {
                    thead { tr {
                        th scope="col" { (t!("Licence")) } th.num scope="col" { (t!("No.")) } th scope="col" { (t!("Order")) }
                        th.num scope="col" { (t!("Quantity")) } th.num scope="col" { (t!("Price of one")) } th.num scope="col" { (t!("Per year")) }
                        th scope="col" { (t!("From")) } th scope="col" { (t!("Until")) }
                        @if may_change { th scope="col" { span.unseen { (t!("Acts")) } } }
                    } }
                    tbody { @for line in &view.lines { (row(contract, line, may_change)) } }
                    tfoot { tr {
                        td.lead { (t!("In force")) } td {} td {}
                        td.num data-label=(t!("Quantity")) { (view.summary.quantity) } td {}
                        td.num data-label=(t!("Per year")) { strong { (view.summary.annual_cost) } } td {} td {}
                        @if may_change { td {} }
                    } }
                } }
            }
        },
    )
}

fn row(contract: ContractId, line: &LineView, may_change: bool) -> Markup {
    html! {
        tr.past[!line.in_force] {
            td.lead {
                a.link href={ "/licences/" (line.licence.id) } { bdi { (line.licence.name) } }
                @if !line.description.is_empty() { " " span.soft { (line.description) } }
            }
            td.num data-label=(t!("No.")) { (line.number) }
            td data-label=(t!("Order")) { @if line.purchase_order.is_empty() { span.quiet { (t!("none")) } } @else { (line.purchase_order) } }
            td.num data-label=(t!("Quantity")) { span {
                (line.quantity)
                @if line.pack_size > 1 { " " span.quiet { "(" (line.packs) " × " (line.pack_size) ")" } }
            } }
            td.num data-label=(t!("Price of one")) { span { (line.unit_price) " " span.quiet { (told_word(line.term.per())) } } }
            td.num data-label=(t!("Per year")) { (line.annual_cost) }
            td data-label=(t!("From")) { (day(line.starts_on)) }
            td data-label=(t!("Until")) {
                @match line.ends_on {
                    Some(last) => (day(last)),
                    None => span.quiet { (t!("as the contract")) },
                }
            }
            @if may_change {
                td data-label="" { a.button href=(routes::order_line(contract, line.id)) aria-label=(t!("Change line {n}", n = line.number)) { (t!("Change")) } }
            }
        }
    }
}

fn documents(reader: &Reader, view: &ContractDetailView, may_change: bool, wrong: &Wrong) -> Markup {
    let contract = view.summary.id;
    ui::panel(
        t!("Documents"),
        &html! {},
        &html! {
            @if view.documents.is_empty() {
                p.panel-body.soft { (t!("No document yet. Keep the signed contract and the orders here, where the notice date is.")) }
            } @else {
                table.table.fold-phone {
                    thead { tr { th scope="col" { (t!("Name")) } th scope="col" { (t!("Attached")) } th.num scope="col" { (t!("Size")) } } }
                    tbody { @for document in &view.documents { (document_row(reader, contract, document)) } }
                }
            }
            @if may_change {
                div.panel-body {
                    form.form method="post" enctype="multipart/form-data" action={ (routes::contract(contract)) "/documents" } {
                        (ui::csrf_field(reader.csrf()))
                        (wrong.summary(&["file"]))
                        (ui::field(&ui::Field {
                            input: ui::Input::Files,
                            hint: t!("PDF, scan or sheet; at most 25 MB each."),
                            error: wrong.at("file"),
                            ..ui::Field::new("file", t!("Attach documents"))
                        }))
                        div { button.button { (t!("Attach")) } }
                    }
                }
            }
        },
    )
}

fn document_row(reader: &Reader, contract: ContractId, document: &DocumentView) -> Markup {
    html! {
        tr {
            td.lead { a.link href=(routes::contract_document(contract, document.id)) { bdi { (document.name) } } }
            td data-label=(t!("Attached")) { span {
                (ui::time(document.at, reader.clock()))
                @if let Some(person) = &document.person { " " span.quiet { (t!("by {name}", name = person.name)) } }
            } }
            td.num data-label=(t!("Size")) { (size(document.size)) }
        }
    }
}

/// "512 B", "38 KB", "1.4 MB".
fn size(bytes: u64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => t!("{size} KB", size = bytes / 1_000),
        _ => t!("{size}.{tenths} MB", size = bytes / 1_000_000, tenths = bytes % 1_000_000 / 100_000),
    }
}
