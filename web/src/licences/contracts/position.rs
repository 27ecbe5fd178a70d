//! The entitlement position as a table: now, or on a day.

use axum::{
    extract::{Query, State},
    response::Response,
};
use desk::contract::{EntitlementPosition, PositionRow, PositionView};
use domain::{contract::PositionStanding, identity::Capability, licence::Metric};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;

use super::{super::words, corner, sums, today};
use crate::{
    AppState,
    page::{PageResult, Reader},
    ui::{self, Icon, Tone},
    words::{on, t},
};

/// Which day.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    at: String,
}

pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> PageResult<Response> {
    let text = asked.at.trim();
    let (at, wrong) = match text.parse() {
        Ok(day) => (Some(day), None),
        Err(_) if text.is_empty() => (None, None),
        Err(_) => (None, Some(t!("Write a day such as 2026-12-31."))),
    };
    let view = app.desk.ask(reader.ctx(), EntitlementPosition { at }).await?;
    Ok(draw(&reader, &view, wrong))
}

/// The position of today, with what is wrong with what was sent.
pub(super) async fn refused(app: &AppState, reader: &Reader, words: &str) -> PageResult<Response> {
    let view = app.desk.ask(reader.ctx(), EntitlementPosition { at: None }).await?;
    Ok(draw(reader, &view, Some(words)))
}

fn draw(reader: &Reader, view: &PositionView, wrong: Option<&str>) -> Response {
    let sentence = if view.projected {
        t!("What will be bought on that day, held against the use of today.")
    } else {
        t!("What was bought on that day, held against the busiest moment of that day.")
    };
    let main = html! {
        (ui::page_head(t!("Position"), sentence, &html! {}))
        @if let Some(words) = wrong { (ui::notice(Tone::Bad, &html! { (words) }, &html! {})) }
        form.inline.ask-day method="get" action="/licences/position" {
            label for="position-at" { (t!("On")) }
            input.input id="position-at" type="date" name="at" value=(view.at);
            button.button { (t!("Show")) }
            @if view.at != today(reader) { a.link href="/licences/position" { (t!("Today")) } }
        }
        @if view.items.is_empty() {
            (ui::empty(Icon::Seat, t!("Nothing to count yet"), t!("Add a licence first: how many seats or tokens, and for how long."), &html! {
                a.button href="/licences/new" { (t!("Add a licence")) }
            }))
        } @else {
            (ui::panel(&on(view.at, t!("%-d %B %Y")), &html! { @if view.projected { (ui::chip(Tone::Plain, t!("ahead"))) } }, &table(reader, view)))
        }
    };
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    reader.page_with(status, t!("Position"), &corner(reader, "/licences/position", &main))
}

fn table(reader: &Reader, view: &PositionView) -> Markup {
    let may_change = reader.may(Capability::LicenceManage);
    html! {
        div.table-scroll { table.table.fold-phone {
            thead { tr {
                th scope="col" { (t!("Licence")) } th scope="col" { (t!("Standing")) } th.num scope="col" { (t!("Entitled")) }
                th.num scope="col" { (t!("Given out")) } th.num scope="col" { (t!("Assigned")) } th.num scope="col" { (t!("In use")) }
                th.num scope="col" { (t!("Too many")) } th.num scope="col" { (t!("Free")) } th.num scope="col" { (t!("Keep free")) } th.num scope="col" { (t!("Per year")) }
            } }
            tbody { @for row in &view.items { (line(reader, row, may_change)) } }
            tfoot { tr {
                td.lead { (t!("All")) } td colspan="8" {}
                td.num data-label=(t!("Per year")) { strong { (sums(&view.annual_cost)) } }
            } }
        } }
        p.panel-foot.quiet {
            (t!("Entitled: the order lines in force. Given out: what the desk hands out at most. A seat is in use by being somebody’s, a token by being held; both are the most at one time that day."))
        }
    }
}

fn line(reader: &Reader, row: &PositionRow, may_change: bool) -> Markup {
    let (position, used) = (&row.position, &row.position.used);
    let (tone, standing) = match position.standing {
        PositionStanding::Covered => (Tone::Ok, t!("covered").to_owned()),
        PositionStanding::Over => (Tone::Bad, t!("{over} over", over = position.over)),
        PositionStanding::Uncovered => (Tone::Warn, t!("{n} not bought", n = position.uncovered)),
        PositionStanding::NoContract => (Tone::Plain, t!("no order line").to_owned()),
    };
    let short = row.minimum_free.is_some_and(|minimum| row.free < minimum);
    html! {
        tr {
            td.lead {
                a.link href={ "/licences/" (position.licence) } { bdi { (row.name) } }
                " " span.quiet { (words::metric(used.metric, row.module)) }
            }
            td data-label=(t!("Standing")) { (ui::chip(tone, &standing)) }
            td.num data-label=(t!("Entitled")) { (position.entitled) }
            td.num data-label=(t!("Given out")) { (used.quantity) }
            td.num data-label=(t!("Assigned")) { @if used.metric == Metric::Exclusive { (used.assigned) } @else { span.quiet { "–" } } }
            td.num data-label=(t!("In use")) { (used.in_use) }
            td.num data-label=(t!("Too many")) { @if position.over > 0 { strong.tone-bad { (position.over) } } @else { "0" } }
            td.num data-label=(t!("Free")) { @if short { (ui::chip(Tone::Warn, &row.free.to_string())) } @else { (row.free) } }
            td.num data-label=(t!("Keep free")) {
                @if may_change {
                    form.inline.tight method="post" action={ "/licences/position/" (position.licence) "/minimum" } {
                        (ui::csrf_field(reader.csrf()))
                        input.input.few type="number" min="0" name="minimum_free" value=(row.minimum_free.unwrap_or_default())
                            aria-label=(t!("Seats or tokens of {licence} to keep free", licence = row.name));
                        button.button { (t!("Save")) }
                    }
                } @else { (row.minimum_free.unwrap_or_default()) }
            }
            td.num data-label=(t!("Per year")) { (sums(&position.annual_cost)) }
        }
    }
}
