//! Known outages as everybody sees them: a banner on every page of this side, a list, and one with all that was told of it.

use axum::{
    extract::{Path, State},
    response::Response,
};
use desk::{
    Command, Refused,
    ticket::{
        JoinOutage, KnownOutages, LeaveOutage, OutageDetail, OutageDetailView, OutageView, OutagesAround,
        OutagesOver, SeeOutageEnd,
    },
};
use domain::{OutageId, Timestamp};
use maud::{Markup, html};
use serde::Deserialize;

use super::{Here, page};
use crate::{
    AppState,
    markdown::{self, For},
    page::{PageResult, Posted, Pressed, Reader, see},
    routes,
    ui::{self, Clock, Icon, Tone, icon},
    wrong::Wrong,
};

/// The banner shows so many; the list has all of them.
const IN_BANNER: usize = 2;
/// What an act on an outage changes on the page.
const LIVE: &str = "outages outage";

/// The banner: what is out of order, and what had hit the reader and is over. `but` is the outage that the page itself is
/// about.
pub(super) async fn banner(app: &AppState, reader: &Reader, but: Option<OutageId>) -> PageResult<Markup> {
    let mut around = app.desk.ask(reader.ctx(), OutagesAround).await?;
    around.retain(|outage| Some(outage.id) != but);
    let more = around.len().saturating_sub(IN_BANNER);
    Ok(html! {
        section.outages id="outages" data-live-topic="outages" aria-label="Known outages" {
            @for outage in around.iter().take(IN_BANNER) { (line(outage, reader, "home")) }
            @if more > 0 { p { a.link href="/outages" { @if more == 1 { "1 more outage" } @else { (more) " more outages" } } } }
        }
    })
}

fn line(outage: &OutageView, reader: &Reader, from: &str) -> Markup {
    let address = format!("/outages/{}", outage.id);
    if outage.ended_at.is_some() {
        return ui::notice(
            Tone::Ok,
            &html! { a.link href=(address) { b { (outage.title) } } " is over." },
            &html! {
                div.inline {
                    (again(outage))
                    (ui::act(&format!("{address}/seen"), reader.csrf(), &[], Some(LIVE), "bare", "I know"))
                }
            },
        );
    }
    ui::notice(
        Tone::Warn,
        &html! {
            a.link href=(address) id={ "outage-" (outage.id) } { b { (outage.title) } }
            div.cut-lines { (markdown::html(&outage.news, For::Requester)) }
            p.quiet { (expected(outage, reader.clock())) " " (hit(outage)) }
        },
        &me_too(outage, reader, from),
    )
}

/// "Expected to be over by 14:30."
fn expected(outage: &OutageView, clock: Clock<'_>) -> Markup {
    html! {
        @match outage.expected_end {
            Some(end) if end > clock.now => { "Expected to be over by " (moment(end, clock)) "." }
            Some(_) => "It takes longer than expected.",
            None => "We do not know yet how long it takes.",
        }
    }
}

/// A moment as one would say it: the hour today, the day and the hour otherwise.
fn moment(at: Timestamp, clock: Clock<'_>) -> Markup {
    let (zoned, now) = (at.to_zoned(clock.zone.clone()), clock.now.to_zoned(clock.zone.clone()));
    let words = if zoned.date() == now.date() {
        zoned.strftime("%H:%M").to_string()
    } else if now.date().tomorrow().is_ok_and(|tomorrow| tomorrow == zoned.date()) {
        zoned.strftime("%H:%M tomorrow").to_string()
    } else {
        zoned.strftime("%H:%M on %A, %-d %B").to_string()
    };
    html! { time datetime=(at) { (words) } }
}

/// Whom it hits, in a sentence about oneself and others.
fn hit(outage: &OutageView) -> String {
    let others = outage.affected - u32::from(outage.mine).min(outage.affected);
    match (outage.mine, others) {
        (true, 0) => "You said that it hits you.".to_owned(),
        (true, 1) => "It hits you and 1 other.".to_owned(),
        (true, n) => format!("It hits you and {n} others."),
        (false, 0) => String::new(),
        (false, 1) => "1 person said that it hits them.".to_owned(),
        (false, n) => format!("{n} people said that it hits them."),
    }
}

/// The one tap; `from` says which page to go back to without script.
fn me_too(outage: &OutageView, reader: &Reader, from: &str) -> Markup {
    html! {
        @if outage.mine {
            div.inline {
                span.chip.ok { (icon(Icon::Check)) "You hear when it is over" }
                (tap(outage, reader, from, "leave", "bare", "Not me after all"))
            }
        } @else {
            (tap(outage, reader, from, "join", "", "Me too"))
        }
    }
}

/// The button keeps its id whatever it does next, and with it the focus.
fn tap(outage: &OutageView, reader: &Reader, from: &str, verb: &str, class: &str, words: &str) -> Markup {
    html! {
        form method="post" action={ "/outages/" (outage.id) "/" (verb) } data-live=(LIVE) {
            (ui::csrf_field(reader.csrf()))
            input type="hidden" name="from" value=(from);
            button class={ "button " (class) } id={ "me-too-" (outage.id) } aria-describedby={ "outage-" (outage.id) } { (words) }
        }
    }
}

fn again(outage: &OutageView) -> Markup {
    let subject = format!("Still: {}", outage.title);
    html! { a.button href={ "/tickets/new?subject=" (routes::query_value(&subject)) } { "Still happens to me" } }
}

/// One of the answers of a search.
pub(super) fn item(outage: &OutageView, clock: Clock<'_>) -> Markup {
    html! {
        a.item href={ "/outages/" (outage.id) } {
            (icon(Icon::Alarm))
            div {
                b { (outage.title) }
                small { "Known outage since " (ui::time(outage.announced_at, clock)) " · " (expected(outage, clock)) }
            }
            (icon(Icon::Right))
        }
    }
}

/// The list.
pub(super) async fn list(State(app): State<AppState>, reader: Reader) -> PageResult {
    let going = app.desk.ask(reader.ctx(), KnownOutages::default()).await?;
    let over = app.desk.ask(reader.ctx(), OutagesOver).await?;
    let main = html! {
        h1 { "Known outages" }
        div id="outage" data-live-topic="outages" {
            @if going.is_empty() {
                (ui::empty(
                    Icon::Check,
                    "Everything we know of works",
                    "When something is out of order for many, it stands here and on top of every page. Is something of yours broken? Say so.",
                    &html! { a.button.main href="/" { "Say what is wrong" } },
                ))
            }
            @for outage in &going { (line(outage, &reader, "list")) }
            @if !over.is_empty() {
                section.group {
                    h2 { "Over in the last 30 days" }
                    div.list { @for outage in &over {
                        a.item href={ "/outages/" (outage.id) } {
                            (icon(Icon::Check))
                            div {
                                b { (outage.title) }
                                @if let Some(end) = outage.ended_at { small { "Over since " (ui::time(end, reader.clock())) } }
                            }
                            (icon(Icon::Right))
                        }
                    } }
                }
            }
        }
    };
    page(&app, &reader, Here::nowhere("Known outages").without_outages(), &main).await
}

fn id_of(text: &str) -> PageResult<OutageId> {
    Ok(text.parse().map_err(|_| Refused::NotFound("outage"))?)
}

/// One of them.
pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path(outage): Path<String>,
) -> PageResult {
    draw(&app, &reader, id_of(&outage)?, &Wrong::nothing()).await
}

async fn draw(app: &AppState, reader: &Reader, id: OutageId, wrong: &Wrong) -> PageResult {
    let detail = app.desk.ask(reader.ctx(), OutageDetail { outage: id }).await?;
    let title = detail.outage.title.as_str();
    let main = html! {
        a.back href="/outages" { (icon(Icon::Left)) "Known outages" }
        h1 id={ "outage-" (id) } { (title) }
        (wrong.summary(&[]))
        div id="outage" data-live-topic="outages" { (whole(&detail, reader)) }
    };
    let here = Here::nowhere(title).about(id).with_status(wrong.status());
    page(app, reader, here, &main).await
}

fn whole(detail: &OutageDetailView, reader: &Reader) -> Markup {
    let (outage, clock) = (&detail.outage, reader.clock());
    html! {
        @match outage.ended_at {
            Some(end) => (ui::notice(Tone::Ok, &html! { b { "It is over" } " since " (ui::time(end, clock)) "." }, &again(outage))),
            None => (ui::notice(
                Tone::Warn,
                &html! { b { "It goes on." } " " (expected(outage, clock)) " " (hit(outage)) },
                &me_too(outage, reader, "outage"),
            )),
        }
        @if let Some(ticket) = outage.ticket {
            p.soft { "Worked on as " a.link href={ "/desk/t/" (ticket) } { (ticket) } "." }
        }
        section.group {
            h2 { "What we know" }
            ol.plain.story {
                @for news in &detail.story {
                    li {
                        p.quiet {
                            (ui::time(news.at, clock))
                            @if let Some(author) = &news.author_name { " · " (author) }
                        }
                        div.known { (markdown::html(&news.body, For::Requester)) }
                    }
                }
            }
        }
        @if !detail.people.is_empty() {
            section.group {
                h2 { "Whom it hits" }
                p { (detail.people.join(", ")) @if outage.affected as usize > detail.people.len() { " and " (outage.affected as usize - detail.people.len()) " more" } "." }
            }
        }
    }
}

/// Where the reader was.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Was {
    from: String,
}

async fn act<C>(app: &AppState, reader: &Reader, id: OutageId, from: &str, command: C) -> PageResult<Response>
where
    C: Command<Outcome = ()>,
{
    match app.desk.execute(reader.ctx(), command).await {
        Ok(()) => Ok(match from {
            "home" => see("/"),
            "list" => see("/outages"),
            _ => see(&format!("/outages/{id}")),
        }),
        Err(refused) => draw(app, reader, id, &Wrong::of(refused)?).await,
    }
}

/// "Me too."
pub(super) async fn join(
    State(app): State<AppState>,
    Path(outage): Path<String>,
    Posted { reader, form: was }: Posted<Was>,
) -> PageResult {
    let outage = id_of(&outage)?;
    act(&app, &reader, outage, &was.from, JoinOutage { outage }).await
}

/// "Not me after all."
pub(super) async fn leave(
    State(app): State<AppState>,
    Path(outage): Path<String>,
    Posted { reader, form: was }: Posted<Was>,
) -> PageResult {
    let outage = id_of(&outage)?;
    act(&app, &reader, outage, &was.from, LeaveOutage { outage }).await
}

/// "I know that it is over."
pub(super) async fn seen(
    State(app): State<AppState>,
    Path(outage): Path<String>,
    Posted { reader, form: Pressed {} }: Posted<Pressed>,
) -> PageResult {
    let outage = id_of(&outage)?;
    act(&app, &reader, outage, "home", SeeOutageEnd { outage }).await
}
