//! Records, latest first, of everybody or of one person, about everything or about one thing.

use axum::{
    extract::{Query, State},
    response::Response,
};
use desk::{
    audit::{AuditLine, AuditList, LatestCheckpoint},
    data::Records,
};
use domain::{AuditRecordId, audit::AuditEntry, identity::Capability};
use maud::{Markup, html};
use serde::Deserialize;

use super::{room, words};
use crate::{
    AppState,
    licences::picker,
    page::{PageResult, Reader},
    routes::query_value,
    ui::{self, Icon, Tone},
    words::{t, told},
    wrong::Wrong,
};

/// Records of a page.
const ROWS: u32 = 50;

/// Which records, and where in their list.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// A person's name or address, as typed.
    who: String,
    /// Whose acts: as the log names them.
    actor: String,
    /// About what: as the log names it, `ticket:ID`.
    target: String,
    before: Option<String>,
}

impl Asked {
    /// The record before the first one shown. An address that somebody cut short shows the beginning.
    fn before(&self) -> Option<AuditRecordId> {
        self.before.as_deref()?.parse().ok()
    }

    fn address(&self, before: Option<AuditRecordId>) -> String {
        let before = before.map(|id| id.to_string()).unwrap_or_default();
        let pairs = [("actor", &self.actor), ("target", &self.target), ("before", &before)];
        let pairs: Vec<_> = pairs
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", query_value(value)))
            .collect();
        if pairs.is_empty() { "/audit".to_owned() } else { format!("/audit?{}", pairs.join("&")) }
    }
}

pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Query(mut asked): Query<Asked>,
) -> PageResult<Response> {
    reader.require(Capability::AuditRead)?;
    let mut wrong = Wrong::nothing();
    if !asked.who.trim().is_empty() {
        match picker::find(&app, &reader, &asked.who).await? {
            Ok(person) => asked.actor = person.to_string(),
            Err(words) => wrong.add("who", words),
        }
    }
    let filter = match (asked.actor.as_str(), asked.target.as_str()) {
        ("", "") => Records::All,
        (actor, "") => Records::Actor(actor.to_owned()),
        (_, target) => Records::Target(target.to_owned()),
    };
    let lines = app.desk.ask(reader.ctx(), AuditList { filter, before: asked.before(), limit: ROWS }).await?;
    let note = app.desk.ask(reader.ctx(), LatestCheckpoint).await?;
    let main = html! {
        (ui::page_head(
            t!("Audit"),
            t!("Each act is one record, bound to all before it. Nobody can change, drop or reorder one without the checkpoints saying so."),
            &html! {
                @if app.config.log_key.is_some() { a.button href="/audit/key" { (t!("Verifier key")) } }
                a.button href="/audit/checkpoint" { (t!("Latest checkpoint")) }
            },
        ))
        (state_of_the_log(&app, note.as_deref()))
        (ui::panel(&title(&asked, &lines), &html! { div.end { (find(&asked, &wrong)) } }, &html! {
            @if !asked.actor.is_empty() || !asked.target.is_empty() {
                p.panel-body { a.link href="/audit" { (t!("All records")) } }
            }
            @if lines.is_empty() {
                (ui::empty(Icon::Shield, t!("No records"), t!("Nothing was done here yet, or not by this person."), &html! {}))
            } @else { (table(&reader, &lines)) }
            (pager(&asked, &lines))
        }))
    };
    Ok(reader.page_with(wrong.status(), t!("Audit"), &room(&reader, &main)))
}

/// Whether the latest checkpoint is the log's own, and what it covers.
fn state_of_the_log(app: &AppState, note: Option<&str>) -> Markup {
    let Some(note) = note else {
        return ui::notice(
            Tone::Plain,
            &html! { (t!("No checkpoint is signed yet. The first follows within a second of the first record.")) },
            &html! {},
        );
    };
    match app.config.log_key.as_ref().map(|key| key.open(note)) {
        Some(Ok(checkpoint)) => ui::notice(
            Tone::Ok,
            &html! {
                b { (t!("{n} records are under a signed checkpoint.", n = words::number(checkpoint.size))) }
                div.hash { (t!("root {hash}", hash = checkpoint.root)) }
            },
            &html! {},
        ),
        Some(Err(error)) => ui::notice(
            Tone::Bad,
            &html! { b { (t!("The latest checkpoint is not signed by this desk's key.")) } " " (told(&error.to_string())) },
            &html! {},
        ),
        None => html! {},
    }
}

fn title(asked: &Asked, lines: &[AuditLine]) -> String {
    match (lines.first(), asked.actor.is_empty(), asked.target.is_empty()) {
        (Some(line), false, true) => t!("Acts of {name}", name = told(&line.actor_name)),
        (Some(line), _, false) => t!("About {name}", name = told(&line.target_name)),
        _ => t!("Records").to_owned(),
    }
}

fn find(asked: &Asked, wrong: &Wrong) -> Markup {
    html! {
        form.search method="get" action="/audit" role="search" {
            (ui::icon(Icon::Search))
            input type="search" name="who" value=(asked.who) aria-label=(t!("Acts of: name or e-mail address"))
                placeholder=(t!("Acts of: name or e-mail")) autocomplete="off" aria-invalid=[wrong.at("who").map(|_| "true")];
        }
        @if let Some(words) = wrong.at("who") { p.field-error role="alert" { (ui::icon(Icon::Wrong)) span { (words) } } }
    }
}

fn table(reader: &Reader, lines: &[AuditLine]) -> Markup {
    html! {
        div.table-scroll { table.table.fold-phone {
            thead { tr {
                th scope="col" { (t!("Record")) } th scope="col" { (t!("When")) } th scope="col" { (t!("Who")) } th scope="col" { (t!("Did")) }
                th scope="col" { (t!("To")) } th scope="col" { (t!("By right of")) } th scope="col" { (t!("Ended")) }
            } }
            tbody { @for line in lines { (row(reader, line)) } }
        } }
    }
}

fn row(reader: &Reader, line: &AuditLine) -> Markup {
    let record = &line.record;
    let number = record.seq.map_or_else(|| t!("new").to_owned(), |seq| seq.to_string());
    let (tone, ended) = words::outcome(&record.outcome);
    let right =
        AuditEntry::parse(&record.entry).map(|entry| words::right(entry.outcome())).unwrap_or_default();
    html! {
        tr {
            td.lead { a.link href={ "/audit/" (record.id) } { (number) } }
            td data-label=(t!("When")) { (ui::time(record.recorded_at, reader.clock())) }
            td data-label=(t!("Who")) { a href={ "/audit?actor=" (query_value(&record.actor)) } { (told(&line.actor_name)) } }
            td data-label=(t!("Did")) { code { (record.action) } }
            td data-label=(t!("To")) { a href={ "/audit?target=" (query_value(&record.target)) } { (told(&line.target_name)) } }
            td data-label=(t!("By right of")) { (right) }
            td data-label=(t!("Ended")) { (ui::chip(tone, ended)) }
        }
    }
}

fn pager(asked: &Asked, lines: &[AuditLine]) -> Markup {
    // The page after a full last one may be empty: the log grows with every act, so an end is never for long.
    let full = lines.len() >= ROWS as usize;
    let older = lines.last().filter(|_| full).map(|line| asked.address(Some(line.record.id)));
    let newer = asked.before().map(|_| asked.address(None));
    html! {
        @if older.is_some() || newer.is_some() { (ui::pager(newer.as_deref(), older.as_deref(), t!("latest first"))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_a_filtered_list_is_a_link_that_can_be_shared() {
        let asked = Asked { target: "ticket:0190".to_owned(), ..Asked::default() };
        assert_eq!(asked.address(None), "/audit?target=ticket%3A0190");
        assert_eq!(Asked::default().address(None), "/audit");
    }
}
