//! All licences: the numbers, the pools, who waits, who was refused today.

use axum::{extract::State, response::Response};
use desk::{
    contract::{AlertView, Alerts},
    licence::{DenialView, Denials, LicenceDetail, LicenceDetailView, LicenceList, UsageView},
};
use domain::{identity::Capability, licence::Metric};
use maud::{Markup, html};

use super::{contracts::alerts, denials, pools::pool, room, tokens, usage, words};
use crate::{
    AppState,
    page::{PageResult, Reader},
    ui::{self, Icon, Kpi, Tone, icon},
    words::t,
};

/// Denials shown here; each licence shows its own.
const DENIALS: usize = 12;
/// Pools whose use is drawn here; each pool's own page draws it too.
const CHARTS: usize = 3;

pub(super) async fn show(State(app): State<AppState>, reader: Reader) -> PageResult<Response> {
    reader.require(Capability::LicenceRead)?;
    let list = app.desk.ask(reader.ctx(), LicenceList).await?;
    let mut details = Vec::with_capacity(list.len());
    let mut refused: Vec<(String, DenialView)> = Vec::new();
    for summary in list {
        if summary.denials_today > 0 {
            let since = words::today(reader.clock());
            let denials = Denials { licence: summary.id, since, after: None, limit: 12 };
            let page = app.desk.ask(reader.ctx(), denials).await?;
            refused.extend(page.items.into_iter().map(|denial| (summary.name.clone(), denial)));
        }
        let mut detail = app.desk.ask(reader.ctx(), LicenceDetail { licence: summary.id }).await?;
        detail.summary.denials_today = summary.denials_today;
        details.push(detail);
    }
    let mut used = Vec::new();
    for detail in details.iter().filter(|detail| detail.summary.metric == Metric::Concurrent).take(CHARTS) {
        let usage = usage::Range::Day.asks(detail.summary.id, reader.now());
        used.push((detail, app.desk.ask(reader.ctx(), usage).await?));
    }
    refused.sort_by_key(|(_, denial)| std::cmp::Reverse(denial.at));
    refused.truncate(DENIALS);
    let standing = app.desk.ask(reader.ctx(), Alerts { all: false, after: None, limit: 200 }).await?.items;
    Ok(reader.page(t!("Licences"), &room(&reader, &draw(&reader, &details, &refused, &used, &standing))))
}

fn draw(
    reader: &Reader,
    details: &[LicenceDetailView],
    refused: &[(String, DenialView)],
    used: &[(&LicenceDetailView, UsageView)],
    standing: &[AlertView],
) -> Markup {
    let acts = html! {
        a.button href="/licences/actions" { (t!("What needs what")) }
        @if reader.may(Capability::LicenceManage) {
            a.button.main href="/licences/new" { (icon(Icon::Plus)) (t!("Add a licence")) }
        }
    };
    if details.is_empty() {
        return html! {
            (ui::page_head(t!("Licences"), "", &acts))
            (ui::empty(Icon::Seat, t!("No licences yet"), t!("Add the first one: how many seats or tokens you bought, and from when until when."), &html! {}))
        };
    }
    let topics: Vec<String> = details.iter().map(|detail| format!("licence:{}", detail.summary.id)).collect();
    let topics = topics.join(" ");
    let waiting: usize = details.iter().map(|detail| detail.queue.len()).sum();
    html! {
        (ui::page_head(t!("Licences"), "", &acts))
        div id="alerts" data-live-topic="alerts" { (alerts::panel(reader, standing, "/licences")) }
        div id="numbers" data-live-topic=(topics) { (numbers(reader, details)) }
        div id="now" data-live-topic=(topics) {
            (ui::panel(t!("Now"), &html! { (ui::chip(Tone::Plain, t!("live"))) div.end { (ui::pool_legend()) } }, &html! {
                @for detail in details { (pool(reader, detail)) }
            }))
        }
        @for (detail, used) in used {
            div id={ "usage-" (detail.summary.id) } data-live-topic={ "licence:" (detail.summary.id) } {
                (usage::panel(reader, &usage::Used { detail, view: used, range: usage::Range::Day }))
            }
        }
        div.split id="line" data-live-topic=(topics) {
            (ui::panel(t!("In line"), &html! {}, &html! {
                @if waiting == 0 {
                    p.panel-body.soft { (t!("Nobody waits. Whoever asks for a token now gets one, or its place in line is shown here.")) }
                } @else {
                    table.table.fold-phone {
                        (tokens::queue_head())
                        tbody { @for detail in details { (tokens::queue_rows(reader, &detail.summary.name, &detail.queue)) } }
                    }
                }
            }))
            (ui::panel(t!("Refused today"), &html! {}, &html! {
                @if refused.is_empty() {
                    p.panel-body.soft { (t!("Nobody was refused today.")) }
                } @else {
                    (denials::table(reader, refused))
                }
            }))
        }
    }
}

fn numbers(reader: &Reader, details: &[LicenceDetailView]) -> Markup {
    let sum = |metric: Metric, part: fn(&LicenceDetailView) -> u64| -> u64 {
        details.iter().filter(|detail| detail.summary.metric == metric).map(part).sum()
    };
    let seats = sum(Metric::Exclusive, |detail| detail.summary.quantity.into());
    let assigned = sum(Metric::Exclusive, |detail| detail.summary.assigned);
    let tokens = sum(Metric::Concurrent, |detail| detail.summary.quantity.into());
    let used = sum(Metric::Concurrent, |detail| detail.summary.in_use);
    let entitled = sum(Metric::Concurrent, |detail| detail.summary.entitled);
    let waiting: u64 = details.iter().map(|detail| detail.summary.waiting).sum();
    let refused: u64 = details.iter().map(|detail| detail.summary.denials_today).sum();
    let longest = details.iter().flat_map(|detail| &detail.queue).map(|entry| entry.since).min();
    let longest = longest.map_or_else(
        || t!("waiting in line").to_owned(),
        |since| {
            t!("in line, the longest {lasting}", lasting = words::lasting(since.duration_until(reader.now())))
        },
    );
    let figure =
        |value: String, label: String, bad: bool| (value, label, if bad { Tone::Bad } else { Tone::Plain });
    let figures = [
        figure(format!("{assigned} / {seats}"), t!("seats assigned").to_owned(), false),
        figure(format!("{used} / {tokens}"), t!("tokens in use").to_owned(), tokens > 0 && used >= tokens),
        figure(entitled.to_string(), t!("entitlements to tokens").to_owned(), false),
        figure(waiting.to_string(), longest, waiting > 0),
        figure(refused.to_string(), t!("refusals today").to_owned(), refused > 0),
    ];
    let figures: Vec<_> =
        figures.iter().map(|(value, label, tone)| Kpi { value, label, href: None, tone: *tone }).collect();
    ui::kpis(&figures)
}
