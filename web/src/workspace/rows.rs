//! The rows of a list: what they show of each ticket, and where it is changed in place.

use std::borrow::Cow;

use axum::response::Response;
use desk::{
    data::QueueRow,
    ticket::{SearchHit, StateNames},
};
use domain::{
    identity::Capability,
    ticket::{Column, Columns, Filter, Priority, StateKey},
};
use http::{HeaderValue, header};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    filter,
    queue::QueueName,
    words::{Promise, stage},
};
use crate::{
    AppState,
    page::{COLUMNS_COOKIE, PageResult, Posted, Reader, see},
    ui::{self, Cell},
    words::{t, told, told_word},
};

/// What a list shows, and the words for it.
pub(super) struct Shown {
    columns: Columns,
    /// What the states are called, where they are shown.
    states: Vec<(StateKey, String)>,
}

impl Shown {
    /// What was said for this list, or what the reader wants of all lists.
    pub(super) async fn of(app: &AppState, reader: &Reader, said: Option<Columns>) -> PageResult<Self> {
        let columns = said.unwrap_or_else(|| reader.columns());
        let states = if columns.has(Column::State) {
            app.desk.ask(reader.ctx(), StateNames).await?
        } else {
            Vec::new()
        };
        Ok(Self { columns, states })
    }

    fn state<'a>(&'a self, row: &'a QueueRow) -> &'a str {
        let named = self.states.iter().find(|(key, _)| *key == row.state);
        named.map_or_else(|| state_word(row), |(_, label)| label)
    }

    fn cells<'a>(&'a self, row: &'a QueueRow, reader: &Reader) -> Vec<Cell<'a>> {
        let cell = |column: Column, words: Cow<'a, str>, quick| Cell {
            name: column.as_str(),
            label: column.words(),
            words,
            quick,
        };
        let priority = |priority: Priority| format!("{} · {}", priority.number(), told(priority.label()));
        let changed = |at| t!("changed {short_age}", short_age = ui::short_age(at, reader.clock()));
        self.columns
            .each()
            .filter_map(|column| {
                Some(match column {
                    Column::Category => cell(column, row.category.as_deref().unwrap_or("").into(), false),
                    Column::Group => cell(column, row.team.as_deref().unwrap_or(t!("No group")).into(), true),
                    Column::Priority => cell(column, priority(row.priority).into(), true),
                    Column::State => cell(column, told(self.state(row)), true),
                    Column::Requester => cell(column, row.requester.as_str().into(), false),
                    Column::Changed => cell(column, changed(row.updated_at).into(), false),
                    // They stand at the end of the row, each in its own drawing.
                    Column::Promise | Column::Assignee | Column::Raised => return None,
                })
            })
            .collect()
    }
}

/// Tickets as rows of the list that `name` is.
pub(super) fn rows(
    reader: &Reader,
    name: &QueueName,
    items: &[QueueRow],
    shown: &Shown,
    current: Option<&str>,
) -> Markup {
    let clock = reader.clock();
    let works = reader.may(Capability::TicketWork);
    let shows = |column| shown.columns.has(column);
    let tight = current.is_some();
    let own: Vec<_> = items
        .iter()
        .map(|row| {
            let number = row.number.to_string();
            (
                row.id.to_string(),
                format!("/desk/t/{number}?q={}", name.param()),
                format!("/desk/t/{number}/quick?q={}&listed=true", name.param()),
                number,
                Promise::of_row(row.phase, row.due_at, clock),
                shown.cells(row, reader),
                row.checklist.map(|progress| told(&progress.to_string()).into_owned()),
            )
        })
        .collect();
    let drawn: Vec<_> = items
        .iter()
        .zip(&own)
        .map(|(row, (id, href, quick, number, promise, cells, progress))| ui::QueueRow {
            id,
            href,
            stage: stage(row.phase),
            state: shown.state(row),
            number,
            subject: &row.subject,
            progress: progress.as_deref(),
            cells,
            assignee: shows(Column::Assignee).then_some(row.assignee.as_deref()),
            sla: promise.as_ref().filter(|_| shows(Column::Promise)).map(Promise::sla),
            at: shows(Column::Raised).then_some(row.created_at),
            quick: works.then_some(quick.as_str()),
            // Beside a ticket there is no room for targets; keys still act on the row that has the focus.
            tight,
            unread: row.phase == domain::ticket::Phase::New,
            current: current == Some(number.as_str()),
            pick: works,
        })
        .collect();
    html! {
        (ui::queue(&drawn, shown.columns != Columns::USUAL, clock))
        @if works { (ui::pick_bar(&name.0)) }
    }
}

/// The word of a row's state by what it means, where its own name is not shown.
fn state_word(row: &QueueRow) -> &str {
    match row.phase {
        domain::ticket::Phase::New => t!("New"),
        domain::ticket::Phase::Active => t!("In progress"),
        domain::ticket::Phase::Waiting => t!("Waiting"),
        domain::ticket::Phase::Resolved => t!("Solved"),
        domain::ticket::Phase::Closed => t!("Closed"),
        domain::ticket::Phase::Cancelled => t!("Cancelled"),
    }
}

/// What a search found, as rows.
pub(super) fn found(hits: &[SearchHit], reader: &Reader) -> Markup {
    let own: Vec<_> = hits
        .iter()
        .map(|hit| {
            let requester = Column::Requester;
            let cell = Cell {
                name: requester.as_str(),
                label: told_word(requester.words()),
                words: hit.requester.as_str().into(),
                quick: false,
            };
            (hit.id.to_string(), hit.number.to_string(), format!("/desk/t/{}?q=open", hit.number), [cell])
        })
        .collect();
    let rows: Vec<_> = hits
        .iter()
        .zip(&own)
        .map(|(hit, (id, number, href, cells))| ui::QueueRow {
            id,
            href,
            stage: if hit.open { ui::Stage::Working } else { ui::Stage::Closed },
            state: &hit.state_label,
            number,
            subject: &hit.subject,
            progress: None,
            cells,
            assignee: None,
            sla: None,
            at: Some(hit.updated_at),
            quick: None,
            tight: false,
            unread: false,
            current: false,
            pick: false,
        })
        .collect();
    ui::queue(&rows, false, reader.clock())
}

/// Below the chips of a list whose columns were chosen: the way to have them in all lists.
pub(super) fn everywhere(reader: &Reader, filter: &Filter) -> Markup {
    html! {
        @if let Some(columns) = filter.columns && columns != reader.columns() {
            form.inline method="post" action="/desk/columns" {
                (ui::csrf_field(reader.csrf()))
                input type="hidden" name="columns" value=(columns);
                input type="hidden" name="query" value=(filter.query());
                button.button.bare { (t!("Show these columns in all my lists")) }
            }
        }
    }
}

/// What all lists of a browser shall show, and the list to go back to.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    columns: String,
    query: String,
}

/// Keeps the columns of all lists with the browser: a phone has other room than a desk.
pub(super) async fn want(Posted { reader, form }: Posted<Wanted>) -> PageResult<Response> {
    reader.require(Capability::TicketRead)?;
    let columns = filter::read(&format!("columns={}", form.columns))?.columns.unwrap_or(Columns::USUAL);
    let mut response = see(&filter::address(&filter::read(&form.query)?.without("columns")));
    let secure = if reader.signed_in().arrival.https { "; Secure" } else { "" };
    let cookie = format!("{COLUMNS_COOKIE}={columns}; Path=/; Max-Age=31536000; SameSite=Lax{secure}");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
