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
    portal::{self, Here, nothing_found, send_as_it_is},
    routes,
    ui::{self, EmployeeTab, Icon, icon},
    words::{dated, t, th},
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
        html! { (found(&hits)) div.list { (send_as_it_is(&text, t!("Nothing fits: send it as it is"))) } }
    };
    let main = html! {
        div.page-head {
            h1 { (t!("Answers")) }
            @if reader.may(Capability::TicketWork) {
                div.inline { a.button.main href="/knowledge/new" { (icon(Icon::Plus)) (t!("Write an article")) } }
            }
        }
        @if writes { (lists(&asked.which)) }
        (ui::ask("/knowledge", &text, t!("Search what is written down"), Some("articles")))
        div.group id="articles" data-searched="knowledge" data-csrf=(reader.csrf()) { (main) }
    };
    portal::page(&app, &reader, Here::at(EmployeeTab::Knowledge, t!("Answers")), &main).await
}

fn lists(which: &str) -> Markup {
    let here = |name: &str| (which == name).then_some("page");
    html! {
        nav.inline aria-label=(t!("Lists of articles")) {
            @for (name, words) in [("", t!("Published")), ("drafts", t!("Drafts")), ("due", t!("Review due")), ("retired", t!("Retired"))] {
                a.button.bare aria-current=[here(name)] href={ "/knowledge" @if !name.is_empty() { "?which=" (name) } } { (words) }
            }
            a.button.bare aria-current=[here("gaps")] href="/knowledge/gaps" { (t!("Gaps")) }
        }
    }
}

fn nothing(which: WhichArticles, writes: bool) -> Markup {
    let (title, words) = match which {
        WhichArticles::Published => (
            t!("Nothing is written down yet"),
            t!(
                "What helped once helps again when somebody writes it down. From a ticket it takes one press."
            ),
        ),
        WhichArticles::Drafts => {
            (t!("No drafts"), t!("What you keep as a draft waits here until somebody publishes it."))
        }
        WhichArticles::Due => (
            t!("Nothing to review"),
            t!("Each article is looked at again after its time. Then it stands here."),
        ),
        WhichArticles::Retired => {
            (t!("Nothing retired"), t!("What is no longer true is retired, and kept here for its history."))
        }
    };
    let act = html! { @if writes { a.button.main href="/knowledge/new" { (t!("Write an article")) } } @else { a.button.main href="/tickets/new" { (t!("Raise a ticket")) } } };
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
                    (row.number) " · " (th!("changed {when}", when = ui::time(row.changed_at, reader.clock())))
                    @if row.helped + row.did_not_help > 0 { " · " (t!("helped {helped} of {all}", helped = row.helped, all = row.helped + row.did_not_help)) }
                    @if row.audience == Audience::Technicians { " · " (t!("technicians only")) }
                    @if row.has_draft { " · " (t!("has a draft")) }
                    @if due { " · " (t!("review due")) }
                }
            }
            (icon(Icon::Right))
        }
    }
}

/// What a search found, each with the beginning of its answer.
fn found(hits: &[ArticleHit]) -> Markup {
    html! {
        @if hits.is_empty() { (nothing_found()) }
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
        h1 { (t!("Gaps")) }
        (lists("gaps"))
        p.soft { (th!("What people asked for and nothing written down answered, since {when}. Write the article, and the gap closes.", when = ui::time(gaps.since, clock))) }
        section.group {
            h2 { (t!("Asked, without an answer")) }
            @if gaps.unanswered.is_empty() { p.soft { (t!("Every question to the bot found its article.")) } }
            @else { ul.list { @for asked in &gaps.unanswered {
                li { a.item href={ "/knowledge/new?title=" (routes::query_value(&asked.words.chars().take(200).collect::<String>())) } {
                    (icon(Icon::Plus))
                    div { b dir="auto" { (asked.words.chars().take(200).collect::<String>()) } small { (th!("asked {when}", when = ui::time(asked.at, clock))) } }
                    (icon(Icon::Right))
                } }
            } } }
        }
        section.group {
            h2 { (t!("Searched, without a find")) }
            @if gaps.searched.is_empty() { p.soft { (t!("Every search on the portal found something.")) } }
            @else { ul.list { @for searched in &gaps.searched {
                li { a.item href={ "/knowledge/new?title=" (routes::query_value(&searched.words)) } {
                    (icon(Icon::Search))
                    div { b dir="auto" { (searched.words) } small {
                        (times(searched.times, searched.day))
                    } }
                    (icon(Icon::Right))
                } }
            } } }
        }
        section.group {
            h2 { (t!("Did not help")) }
            @if gaps.did_not_help.is_empty() { p.soft { (t!("Nobody said so of an article.")) } }
            @else { ul.list { @for said in &gaps.did_not_help {
                li { a.item href={ "/knowledge/" (said.number) } {
                    (icon(Icon::Book))
                    div { b dir="auto" { (said.title) } small {
                        @if said.words.is_empty() { (t!("no words")) } @else { "“" bdi { (said.words) } "”" }
                        " · " (said.person_name) ", " (ui::time(said.at, clock))
                    } }
                    (icon(Icon::Right))
                } }
            } } }
        }
        section.group {
            h2 { (t!("Tickets without an article")) }
            p.soft { (t!("Of the newest {n} tickets, those that no article is about.", n = gaps.tickets_seen)) }
            @if gaps.without_article.is_empty() { p.soft { (t!("Each of them has one.")) } }
            @else { ul.list { @for (number, subject) in &gaps.without_article {
                li { a.item href={ "/knowledge/new?ticket=" (number) } {
                    (icon(Icon::Ticket))
                    div { b dir="auto" { (subject) } small { (number) } }
                    (icon(Icon::Right))
                } }
            } } }
        }
    };
    portal::page(&app, &reader, Here::at(EmployeeTab::Knowledge, t!("Gaps")), &main).await
}

fn times(times: u64, day: jiff::civil::Date) -> String {
    let day = day
        .to_zoned(jiff::tz::TimeZone::UTC)
        .map_or_else(|_| day.to_string(), |day| dated(&day, t!("%-d %B")));
    if times > 1 { t!("{n} times, last on {day}", n = times, day) } else { t!("once, on {day}", day) }
}
