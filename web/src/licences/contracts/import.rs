//! Bringing contracts in from a CSV file, and taking them out.

use axum::{
    extract::{FromRequest as _, FromRequestParts as _, Multipart, Request, State},
    response::{IntoResponse as _, Response},
};
use channels::sheet;
use desk::contract::{ExportContracts, ImportContracts, ImportReport, PreviewContracts, RowReport};
use domain::{
    contract::sheet::{COLUMNS, REQUIRED, RowOutcome},
    identity::Capability,
};
use maud::{Markup, html};

use super::room;
use crate::{
    AppState, api,
    page::{PageProblem, PageResult, Reader},
    problem::{Kind, Problem},
    ui::{self, Field, Icon, Input, Tone, icon},
    words::{t, th, told, told_word},
    wrong::Wrong,
};

/// The most that a file of contracts holds.
const FILE_LIMIT: usize = 1024 * 1024;

/// Rows of a report that are shown; refused ones first.
const SHOWN: usize = 200;

pub(super) async fn export(State(app): State<AppState>, reader: Reader) -> PageResult {
    let rows = app.desk.ask(reader.ctx(), ExportContracts).await?;
    Ok(api::contracts::file(sheet::write(&rows)))
}

pub(super) async fn form(reader: Reader) -> PageResult {
    reader.require(Capability::LicenceManage)?;
    Ok(draw(&reader, None, &Wrong::nothing()))
}

fn draw(reader: &Reader, report: Option<&ImportReport>, wrong: &Wrong) -> Response {
    let main = html! {
        a.back href="/licences/contracts" { (icon(Icon::Left)) (t!("Contracts")) }
        (ui::page_head(t!("Import contracts"), t!("A CSV file with a row for each order line. The same file brought in twice changes nothing the second time."), &html! {
            a.button href="/licences/contracts/export" { (t!("Export as a pattern")) }
        }))
        div.stack {
            (ui::panel(t!("File"), &html! {}, &html! { div.panel-body {
                form.form method="post" action="/licences/contracts/import" enctype="multipart/form-data" {
                    (ui::csrf_field(reader.csrf()))
                    (wrong.summary(&["file"]))
                    (ui::field(&Field { input: Input::Files, error: wrong.at("file"), hint: t!("UTF-8, separated by commas, at most 1 MB."), ..Field::new("file", t!("CSV file")) }))
                    div.inline {
                        button.button name="act" value="look" { (t!("Look what it would do")) }
                        button.button.main name="act" value="bring" { (t!("Bring it in")) }
                    }
                }
            } }))
            @if let Some(report) = report { (outcome(report)) }
            (ui::panel(t!("Columns"), &html! {}, &html! { div.panel-body { (columns()) } }))
        }
    };
    reader.page_with(wrong.status(), t!("Import contracts"), &room(reader, &main))
}

fn outcome(report: &ImportReport) -> Markup {
    let title = if report.dry_run { t!("It would do this") } else { t!("Done") };
    let extras = html! {
        (ui::chip(Tone::Ok, &t!("{placed} placed", placed = report.placed)))
        (ui::chip(Tone::Accent, &t!("{changed} changed", changed = report.changed)))
        (ui::chip(Tone::Plain, &t!("{unchanged} unchanged", unchanged = report.unchanged)))
        @if report.refused > 0 { (ui::chip(Tone::Bad, &t!("{refused} refused", refused = report.refused))) }
    };
    let mut rows: Vec<&RowReport> = report.rows.iter().collect();
    rows.sort_by_key(|row| row.outcome != RowOutcome::Refused);
    ui::panel(
        title,
        &extras,
        &html! {
            div.table-scroll { table.table.fold-phone {
                thead { tr { th.num scope="col" { (t!("Row")) } th scope="col" { (t!("Contract")) } th scope="col" { (t!("Line")) } th scope="col" { (t!("Outcome")) } } }
                tbody { @for row in rows.iter().take(SHOWN) {
                    tr {
                        td.num data-label=(t!("Row")) { (row.row) }
                        td data-label=(t!("Contract")) { (row.contract_number) }
                        td data-label=(t!("Line")) { (row.line_number) }
                        td data-label=(t!("Outcome")) { span { (told_word(row.outcome.as_str())) @if !row.sentence.is_empty() { ": " (told(&row.sentence)) } } }
                    }
                } }
            } }
            @if rows.len() > SHOWN { p.panel-foot.quiet { (t!("… and {n} more rows.", n = rows.len() - SHOWN)) } }
        },
    )
}

fn listed(names: &[&str]) -> Markup {
    html! { @for (nth, name) in names.iter().enumerate() { @if nth > 0 { ", " } code { (name) } } }
}

fn columns() -> Markup {
    html! {
        p.soft {
            (th!("These must be there: {columns}.", columns = listed(&REQUIRED))) " "
            (th!("A row with {column} is an order line; its licence is called by name.", column = html! { code { "line_number" } })) " "
            (th!("All columns: {columns}.", columns = listed(&COLUMNS)))
        }
    }
}

pub(super) async fn send(State(app): State<AppState>, request: Request) -> Response {
    match brought(&app, request).await {
        Ok(response) | Err(response) => response,
    }
}

async fn brought(app: &AppState, request: Request) -> Result<Response, Response> {
    let (mut parts, body) = request.into_parts();
    let reader = Reader::from_request_parts(&mut parts, app).await?;
    reader.require(Capability::LicenceManage).map_err(PageProblem::into_response)?;
    let (file, bring) = read(app, Request::from_parts(parts, body), reader.csrf())
        .await
        .map_err(|problem| PageProblem::from(problem).into_response())?;
    let rows = match sheet::read(&file) {
        Ok(rows) => rows,
        Err(error) => {
            let words = crate::page::sentence(&error.to_string());
            return Ok(draw(&reader, None, &Wrong::field("file", words)));
        }
    };
    let report = if bring {
        app.desk.execute(reader.ctx(), ImportContracts { rows }).await
    } else {
        app.desk.ask(reader.ctx(), PreviewContracts { rows }).await
    };
    match report {
        Ok(report) => Ok(draw(&reader, Some(&report), &Wrong::nothing())),
        Err(refused) => {
            let wrong = Wrong::of(refused).map_err(PageProblem::into_response)?;
            Ok(draw(&reader, None, &wrong))
        }
    }
}

/// The file, and whether it is to be brought in. It is read into memory and kept nowhere.
async fn read(app: &AppState, request: Request, csrf: &str) -> Result<(Vec<u8>, bool), Problem> {
    let unreadable = || {
        Problem::new(
            Kind::Malformed,
            t!("The form cannot be read. Go back, reload the page, and send it again."),
        )
    };
    let mut form = Multipart::from_request(request, app).await.map_err(|_| unreadable())?;
    let (mut file, mut bring, mut known) = (Vec::new(), false, false);
    while let Some(mut part) = form.next_field().await.map_err(|_| unreadable())? {
        let name = part.name().unwrap_or_default().to_owned();
        let mut content = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(|_| unreadable())? {
            content.extend_from_slice(&chunk);
            if content.len() > FILE_LIMIT {
                return Err(Problem::new(
                    Kind::TooLarge,
                    t!("The file is larger than 1 MB; bring it in in parts."),
                ));
            }
        }
        match name.as_str() {
            "csrf" => known = content == csrf.as_bytes(),
            "file" => file = content,
            "act" => bring = content == b"bring",
            _ => {}
        }
    }
    if known { Ok((file, bring)) } else { Err(unreadable()) }
}
