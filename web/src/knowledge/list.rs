//! Looking for articles, lists of them, and what is missing among them.

use axum::extract::{Query, State};
use desk::knowledge::{ArticleHit, Articles, Gaps, Listed, SearchArticles, WhichArticles};
use domain::{
    identity::Capability,
    knowledge::{ArticleNumber, Audience, Language},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::first_words;
use crate::{
    AppState,
    page::{PageResult, Reader},
    portal::{self, Here, send_as_it_is},
    routes,
    ui::{self, EmployeeTab, Icon, icon},
};

/// Articles of a page.
const ROWS: u32 = 50;
/// Articles that a search shows.
const HITS: u32 = 8;

/// What is looked for, or which list, and where in it.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct Asked {
    q: String,
    which: String,
    after: String,
}

impl Asked {
    fn which(&self) -> WhichArticles {
        match self.which.as_str() {
            "drafts" => WhichArticles::Drafts,
            "due" => WhichArticles::Due,
            "retired" => WhichArticles::Retired,
            _ => WhichArticles::Published,
        }
    }

    /// An address that somebody cut short shows the beginning.
    fn after(&self) -> Option<(ArticleNumber, Language)> {
        let (number, language) = self.after.split_once('.')?;
        Some((number.parse().ok()?, Language::parse(language)?))
    }
}

pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> PageResult {
    let text: String = asked.q.trim().chars().take(500).collect();
    let writes = reader.may(Capability::TicketRead);
    let main = if text.is_empty() {
        let which = asked.which();
        let page = app.desk.ask(reader.ctx(), Articles { which, after: asked.after(), limit: ROWS }).await?;
        let next = page
            .next
            .map(|(number, language)| format!("/knowledge?which={}&after={number}.{language}", asked.which));
        let first = (!asked.after.is_empty()).then(|| format!("/knowledge?which={}", asked.which));
        html! {
            @if page.items.is_empty() { (nothing(which, writes)) }
            @else { ul.list { @for row in &page.items { li { (item(row, &reader)) } } } }
            @if next.is_some() || first.is_some() { (ui::pager(first.as_deref(), next.as_deref(), "")) }
        }
    } else {
        let hits = app.desk.ask(reader.ctx(), SearchArticles { text: text.clone(), limit: HITS }).await?;
        html! { (found(&hits)) div.list { (send_as_it_is(&text, "Nothing fits: send it as it is")) } }
    };
    let main = html! {
        div.page-head {
            h1 { "Answers" }
            @if reader.may(Capability::TicketWork) {
                div.inline { a.button.main href="/knowledge/new" { (icon(Icon::Plus)) "Write an article" } }
            }
        }
        @if writes { (lists(&asked.which)) }
        (ui::ask("/knowledge", &text, "Search what is written down", Some("articles")))
        div.group id="articles" { (main) }
    };
    portal::page(&app, &reader, Here::at(EmployeeTab::Knowledge, "Answers"), &main).await
}

fn lists(which: &str) -> Markup {
    let here = |name: &str| (which == name).then_some("page");
    html! {
        nav.inline aria-label="Lists of articles" {
            @for (name, words) in [("", "Published"), ("drafts", "Drafts"), ("due", "Review due"), ("retired", "Retired")] {
                a.button.bare aria-current=[here(name)] href={ "/knowledge" @if !name.is_empty() { "?which=" (name) } } { (words) }
            }
            a.button.bare aria-current=[here("gaps")] href="/knowledge/gaps" { "Gaps" }
        }
    }
}

fn nothing(which: WhichArticles, writes: bool) -> Markup {
    let (title, words) = match which {
        WhichArticles::Published => (
            "Nothing is written down yet",
            "What helped once helps again when somebody writes it down. From a ticket it takes one press.",
        ),
        WhichArticles::Drafts => {
            ("No drafts", "What you keep as a draft waits here until somebody publishes it.")
        }
        WhichArticles::Due => {
            ("Nothing to review", "Each article is looked at again after its time. Then it stands here.")
        }
        WhichArticles::Retired => {
            ("Nothing retired", "What is no longer true is retired, and kept here for its history.")
        }
    };
    let act = html! { @if writes { a.button.main href="/knowledge/new" { "Write an article" } } @else { a.button.main href="/tickets/new" { "Raise a ticket" } } };
    ui::empty(Icon::Book, title, words, &act)
}

fn item(row: &Listed, reader: &Reader) -> Markup {
    let due = row.review_at.is_some_and(|at| at < reader.now());
    html! {
        a.item href={ "/knowledge/" (row.number) "?language=" (row.language) } lang=(row.language) {
            (icon(Icon::Book))
            div {
                b { (row.title) }
                small {
                    (row.number) " · changed " (ui::time(row.changed_at, reader.clock()))
                    @if row.helped + row.did_not_help > 0 { " · helped " (row.helped) " of " (row.helped + row.did_not_help) }
                    @if row.audience == Audience::Technicians { " · technicians only" }
                    @if row.has_draft { " · has a draft" }
                    @if due { " · review due" }
                }
            }
            (icon(Icon::Right))
        }
    }
}

/// What a search found, each with the beginning of its answer.
fn found(hits: &[ArticleHit]) -> Markup {
    html! {
        @if hits.is_empty() { p.soft { "Nothing written down fits." } }
        @else { ul.list { @for hit in hits { li { (hit_item(hit)) } } } }
    }
}

/// One article that a search found.
pub(crate) fn hit_item(hit: &ArticleHit) -> Markup {
    html! {
        a.item href={ "/knowledge/" (hit.number) "?language=" (hit.language) } lang=(hit.language) {
            (icon(Icon::Book))
            div { b { (hit.title) } small { (first_words(&hit.lead)) } }
            (icon(Icon::Right))
        }
    }
}

pub(super) async fn gaps(State(app): State<AppState>, reader: Reader) -> PageResult {
    reader.require(Capability::TicketRead)?;
    let gaps = app.desk.ask(reader.ctx(), Gaps).await?;
    let clock = reader.clock();
    let main = html! {
        h1 { "Gaps" }
        (lists("gaps"))
        p.soft { "What people asked for and nothing written down answered, since " (ui::time(gaps.since, clock)) ". Write the article, and the gap closes." }
        section.group {
            h2 { "Asked, without an answer" }
            @if gaps.unanswered.is_empty() { p.soft { "Every question to the bot found its article." } }
            @else { ul.list { @for asked in &gaps.unanswered {
                li { a.item href={ "/knowledge/new?title=" (routes::query_value(&asked.words.chars().take(200).collect::<String>())) } {
                    (icon(Icon::Plus))
                    div { b { (asked.words.chars().take(200).collect::<String>()) } small { "asked " (ui::time(asked.at, clock)) } }
                    (icon(Icon::Right))
                } }
            } } }
        }
        section.group {
            h2 { "Did not help" }
            @if gaps.did_not_help.is_empty() { p.soft { "Nobody said so of an article." } }
            @else { ul.list { @for said in &gaps.did_not_help {
                li { a.item href={ "/knowledge/" (said.number) } {
                    (icon(Icon::Book))
                    div { b { (said.title) } small {
                        @if said.words.is_empty() { "no words" } @else { "“" (said.words) "”" }
                        " · " (said.person_name) ", " (ui::time(said.at, clock))
                    } }
                    (icon(Icon::Right))
                } }
            } } }
        }
        section.group {
            h2 { "Tickets without an article" }
            p.soft { "Of the newest " (gaps.tickets_seen) " tickets, those that no article is about." }
            @if gaps.without_article.is_empty() { p.soft { "Each of them has one." } }
            @else { ul.list { @for (number, subject) in &gaps.without_article {
                li { a.item href={ "/knowledge/new?ticket=" (number) } {
                    (icon(Icon::Ticket))
                    div { b { (subject) } small { (number) } }
                    (icon(Icon::Right))
                } }
            } } }
        }
    };
    portal::page(&app, &reader, Here::at(EmployeeTab::Knowledge, "Gaps"), &main).await
}
