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
    words::{dated, plural, t, th},
    wrong::Wrong,
};

/// The banner shows so many; the list has all of them.
const IN_BANNER: usize = 2;
/// Where one comes from who pressed in the conversation with the bot.
const TALK: &str = "talk";
/// What an act on an outage changes on the page, wherever on it that stands.
const LIVE: &str = "outages outage talk";

/// The banner: what is out of order, and what had hit the reader and is over. `but` is the outage that the page itself is
/// about.
pub(super) async fn banner(app: &AppState, reader: &Reader, but: Option<OutageId>) -> PageResult<Markup> {
    let mut around = app.desk.ask(reader.ctx(), OutagesAround).await?;
    around.retain(|outage| Some(outage.id) != but);
    let more = around.len().saturating_sub(IN_BANNER);
    Ok(html! {
        section.outages id="outages" data-live-topic="outages" aria-label=(t!("Known outages")) {
            @for outage in around.iter().take(IN_BANNER) { (line(outage, reader, "home")) }
            @if more > 0 { p { a.link href="/outages" { (plural!(more, "1 more outage", "{n} more outages")) } } }
        }
    })
}

fn line(outage: &OutageView, reader: &Reader, from: &str) -> Markup {
    let address = format!("/outages/{}", outage.id);
    if outage.ended_at.is_some() {
        return ui::notice(
            Tone::Ok,
            &th!(
                "{outage} is over.",
                outage = html! { a.link href=(address) { b dir="auto" { (outage.title) } } }
            ),
            &html! {
                div.inline {
                    (again(outage))
                    (ui::act(&format!("{address}/seen"), reader.csrf(), &[], Some(LIVE), "bare", t!("I know")))
                }
            },
        );
    }
    ui::notice(
        Tone::Warn,
        &html! {
            a.link href=(address) id={ "outage-" (outage.id) } { b dir="auto" { (outage.title) } }
            div.cut-lines dir="auto" { (markdown::html(&outage.news, For::Requester)) }
            p.quiet { (expected(outage, reader.clock())) " " (hit(outage)) }
        },
        &me_too(outage, reader, from),
    )
}

/// "Expected to be over by 14:30."
fn expected(outage: &OutageView, clock: Clock<'_>) -> String {
    match outage.expected_end {
        Some(end) if end > clock.now => t!("Expected to be over by {when}.", when = by_when(end, clock)),
        Some(_) => t!("It takes longer than expected.").to_owned(),
        None => t!("We do not know yet how long it takes.").to_owned(),
    }
}

/// "14:30", "14:30 tomorrow", "14:30 on Friday, 4 December".
fn by_when(at: Timestamp, clock: Clock<'_>) -> String {
    let (there, today) = (at.to_zoned(clock.zone.clone()), clock.today());
    let form = if there.date() == today {
        t!("%H:%M")
    } else if today.tomorrow().is_ok_and(|tomorrow| tomorrow == there.date()) {
        t!("%H:%M tomorrow")
    } else {
        t!("%H:%M on %A, %-d %B")
    };
    dated(&there, form)
}

/// Whom it hits, in a sentence about oneself and others.
fn hit(outage: &OutageView) -> String {
    let others = outage.affected - u32::from(outage.mine).min(outage.affected);
    match (outage.mine, others) {
        (true, 0) => t!("You said that it hits you.").to_owned(),
        (true, n) => plural!(n, "It hits you and 1 other.", "It hits you and {n} others.").into_owned(),
        (false, 0) => String::new(),
        (false, n) => {
            plural!(n, "1 person said that it hits them.", "{n} people said that it hits them.").into_owned()
        }
    }
}

/// The one tap; `from` says which page to go back to without script, and what stands around it.
fn me_too(outage: &OutageView, reader: &Reader, from: &str) -> Markup {
    html! {
        @if outage.mine {
            div.inline {
                span.chip.ok { (icon(Icon::Check)) (t!("You hear when it is over")) }
                (tap(outage, reader, from, "leave", "bare", t!("Not me after all")))
            }
        } @else {
            (tap(outage, reader, from, "join", "", t!("Me too")))
        }
    }
}

/// The button keeps its id whatever it does next, and with it the focus.
fn tap(outage: &OutageView, reader: &Reader, from: &str, verb: &str, class: &str, words: &str) -> Markup {
    // The banner and the bot may speak of the same one on the same page.
    let of = if from == TALK { "talk-" } else { "" };
    html! {
        form method="post" action={ "/outages/" (outage.id) "/" (verb) } data-live=(LIVE) {
            (ui::csrf_field(reader.csrf()))
            input type="hidden" name="from" value=(from);
            button class={ "button " (class) } id={ (of) "me-too-" (outage.id) } aria-describedby={ (of) "outage-" (outage.id) } { (words) }
        }
    }
}

/// One that the bot tells of, as it stands now. The tap is `offered` where it is told of last.
pub(super) fn told(outage: &OutageView, reader: &Reader, offered: bool) -> Markup {
    let clock = reader.clock();
    html! {
        div.told-outage {
            p {
                a.link href={ "/outages/" (outage.id) } id=[offered.then(|| format!("{TALK}-outage-{}", outage.id))] {
                    (icon(Icon::Alarm)) bdi { (outage.title) }
                }
            }
            @match outage.ended_at {
                Some(end) => p.quiet { (th!("Over since {when}.", when = ui::time(end, clock))) },
                None if offered => {
                    p.quiet { (expected(outage, clock)) " " (hit(outage)) }
                    (me_too(outage, reader, TALK))
                }
                None => {}
            }
        }
    }
}

fn again(outage: &OutageView) -> Markup {
    let subject = t!("Still: {title}", title = outage.title);
    html! { a.button href={ "/tickets/new?subject=" (routes::query_value(&subject)) } { (t!("Still happens to me")) } }
}

/// One of the answers of a search.
pub(super) fn item(outage: &OutageView, clock: Clock<'_>) -> Markup {
    html! {
        a.item href={ "/outages/" (outage.id) } {
            (icon(Icon::Alarm))
            div {
                b dir="auto" { (outage.title) }
                small { (th!("Known outage since {when}", when = ui::time(outage.announced_at, clock))) " · " (expected(outage, clock)) }
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
        h1 { (t!("Known outages")) }
        div id="outage" data-live-topic="outages" {
            @if going.is_empty() {
                (ui::empty(
                    Icon::Check,
                    t!("Everything we know of works"),
                    t!("When something is out of order for many, it stands here and on top of every page. Is something of yours broken? Say so."),
                    &html! { a.button.main href="/" { (t!("Say what is wrong")) } },
                ))
            }
            @for outage in &going { (line(outage, &reader, "list")) }
            @if !over.is_empty() {
                section.group {
                    h2 { (t!("Over in the last 30 days")) }
                    div.list { @for outage in &over {
                        a.item href={ "/outages/" (outage.id) } {
                            (icon(Icon::Check))
                            div {
                                b dir="auto" { (outage.title) }
                                @if let Some(end) = outage.ended_at { small { (th!("Over since {when}", when = ui::time(end, reader.clock()))) } }
                            }
                            (icon(Icon::Right))
                        }
                    } }
                }
            }
        }
    };
    page(&app, &reader, Here::nowhere(t!("Known outages")).without_outages(), &main).await
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
        a.back href="/outages" { (icon(Icon::Left)) (t!("Known outages")) }
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
            Some(end) => (ui::notice(Tone::Ok, &th!("{over} since {when}.", over = html! { b { (t!("It is over")) } }, when = ui::time(end, clock)), &again(outage))),
            None => (ui::notice(
                Tone::Warn,
                &html! { b { (t!("It still goes on.")) } " " (expected(outage, clock)) " " (hit(outage)) },
                &me_too(outage, reader, "outage"),
            )),
        }
        @if let Some(ticket) = outage.ticket {
            p.soft { (th!("Worked on as {ticket}.", ticket = html! { a.link href={ "/desk/t/" (ticket) } { (ticket) } })) }
        }
        section.group {
            h2 { (t!("What we know")) }
            ol.plain.story {
                @for news in &detail.story {
                    li {
                        p.quiet {
                            (ui::time(news.at, clock))
                            @if let Some(author) = &news.author_name { " · " (author) }
                        }
                        div.known dir="auto" { (markdown::html(&news.body, For::Requester)) }
                    }
                }
            }
        }
        @if !detail.people.is_empty() {
            section.group {
                h2 { (t!("Whom it hits")) }
                p { (whom(&detail.people, outage.affected as usize)) }
            }
        }
    }
}

fn whom(people: &[String], affected: usize) -> String {
    let names = people.join(", ");
    match affected.saturating_sub(people.len()) {
        0 => format!("{names}."),
        n => t!("{names} and {n} more.", names, n),
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
            TALK => see("/chat"),
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
