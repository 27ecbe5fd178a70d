//! Contracts on pages: all of them with their money and countdown, one with its lines, terms and documents; the position;
//! the true-up ledger.

mod act;
pub(super) mod alerts;
mod detail;
mod form;
mod import;
mod line;
mod list;
mod position;
mod terms;
mod true_ups;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use domain::contract::{DeadlineKind, Renewal, Totals};
use jiff::civil::Date;
use maud::{Markup, html};

use super::{Typed, corner, typed};
use crate::{
    AppState,
    page::Reader,
    portal::upload,
    ui::{self, Field, Tone},
    words::{key, on, t},
    wrong::Wrong,
};

/// The routes of contracts below `/licences`.
pub(super) fn routes() -> Router<AppState> {
    let with_files = Router::new()
        .route("/licences/contracts/{contract}/documents", post(act::attach))
        .route("/licences/contracts/import", get(import::form).post(import::send))
        .layer(DefaultBodyLimit::max(upload::BODY_LIMIT));
    Router::new()
        .route("/licences/contracts", get(list::show).post(form::add))
        .route("/licences/contracts/new", get(form::new))
        .route("/licences/contracts/export", get(import::export))
        .route("/licences/contracts/{contract}", get(detail::show))
        .route("/licences/contracts/{contract}/edit", get(form::edit).post(form::change))
        .route("/licences/contracts/{contract}/lines", get(line::new).post(line::add))
        .route("/licences/contracts/{contract}/lines/{line}", get(line::edit).post(line::change))
        .route("/licences/contracts/{contract}/lines/{line}/end", post(line::end))
        .route("/licences/contracts/{contract}/documents/{document}", get(act::document))
        .route("/licences/position", get(position::show))
        .route("/licences/position/{licence}/minimum", post(act::minimum_free))
        .route("/licences/alerts/{alert}/acknowledge", post(act::acknowledge))
        .route("/licences/true-ups", get(true_ups::show).post(true_ups::record))
        .route("/licences/true-ups/{entry}/reverse", post(true_ups::reverse))
        .merge(with_files)
}

/// A page of the contracts' corner.
fn room(reader: &Reader, main: &Markup) -> Markup {
    corner(reader, "/licences/contracts", main)
}

/// The day it is where the reader is.
fn today(reader: &Reader) -> Date {
    reader.now().to_zoned(reader.clock().zone.clone()).date()
}

/// The choices of a term in a form.
const TERMS: [(&str, &str); 8] = [
    ("monthly", key!("Monthly")),
    ("quarterly", key!("Quarterly")),
    ("half_yearly", key!("Half-yearly")),
    ("yearly", key!("Yearly")),
    ("two_years", key!("Every 2 years")),
    ("three_years", key!("Every 3 years")),
    ("four_years", key!("Every 4 years")),
    ("five_years", key!("Every 5 years")),
];

/// A day, short: "31 Dec 2026", with the year because money is about years.
fn day(day: Date) -> Markup {
    html! { time datetime=(day) title=(on(day, t!("%-d %B %Y"))) { (on(day, t!("%-d %b %Y"))) } }
}

/// How many days are left, in words.
fn days_left(days: i32) -> String {
    match days {
        0 => t!("today").to_owned(),
        1 => t!("tomorrow").to_owned(),
        days => t!("in {days} days", days),
    }
}

/// A deadline as a chip.
fn countdown(deadline: &Renewal) -> Markup {
    let tone = match deadline.days_left {
        ..=30 => Tone::Bad,
        31..=90 => Tone::Warn,
        _ => Tone::Plain,
    };
    let what = match deadline.kind {
        DeadlineKind::Notice => t!("notice"),
        DeadlineKind::End => t!("ends"),
    };
    ui::chip(tone, &format!("{what} {}", days_left(deadline.days_left)))
}

/// Sums as one or several figures.
fn sums(totals: &Totals) -> String {
    if totals.is_empty() { "0".to_owned() } else { totals.to_string() }
}

/// A field of a form with what was typed and what is wrong with it.
fn field_of<'f>(values: &'f Typed, wrong: &'f Wrong, name: &'static str, label: &'static str) -> Field<'f> {
    Field { value: typed(values, name), error: wrong.at(name), ..Field::new(name, label) }
}
