//! The reader's seat: what they hold, whom they wait behind, and what they can do about it.

use axum::{
    extract::State,
    response::{Html, IntoResponse, Response},
};
use desk::{
    Refused,
    licence::{
        DeclineOffer, JoinQueue, LeaveQueue, Lost, MySeat, MySeatView, ReleaseToken, Standing, StandingKind,
        TakeOffer,
    },
};
use domain::{
    LicenceId,
    licence::{Refusal, Verdict},
};
use http::StatusCode;
use jiff::SignedDuration;
use maud::{Markup, html};
use serde::Deserialize;

use super::{module, words::span};
use crate::{
    AppState,
    page::{PageResult, Posted, Reader, see, sentence},
    problem::Problem,
    ui::{self, Holder, Seat, VerdictSheet},
    words::t,
};

/// The box at the foot of the sidebar.
pub(crate) async fn seat_of(app: &AppState, reader: &Reader) -> PageResult<Markup> {
    let view = app.desk.ask(reader.ctx(), MySeat).await?;
    Ok(draw(&view, reader))
}

fn draw(view: &MySeatView, reader: &Reader) -> Markup {
    let Some(Standing { name, kind, .. }) = &view.headline else {
        return ui::seat_box(&Seat::None, reader.csrf());
    };
    let now = reader.now();
    let (mut words, mut left, mut title) = (None, String::new(), String::new());
    match kind {
        StandingKind::Token {
            token,
            of,
            recalled_at: Some(at),
            recalled_for: Some(whom),
            idle_since,
            ..
        } => {
            let soon = countdown(now.duration_until(*at));
            title = t!("Token {token} of {of} goes to {name}", token, of, name = whom.name);
            words = Some(if idle_since.is_some() {
                t!(
                    "In {soon}: you have not worked for a while. Any act of work keeps it; what you typed stays.",
                    soon
                )
            } else {
                t!("In {soon}: it was lent to you and its group needs it. What you typed stays.", soon)
            });
        }
        StandingKind::Token { idle_since: Some(since), .. } => words = Some(span(since.duration_until(now))),
        StandingKind::Waiting { expected_wait: Some(wait), .. } => {
            words = Some(t!("about {time}", time = span(*wait)));
        }
        StandingKind::Offered { until, .. } => left = countdown(now.duration_until(*until)),
        StandingKind::DayPass { until, .. } => {
            let until = until.to_zoned(reader.clock().zone.clone());
            words = Some(t!("until {when}", when = until.strftime("%H:%M")));
        }
        StandingKind::Entitled { .. } => {
            if let Some(lost) = view.lost.as_ref().filter(|lost| lost.name == *name) {
                let (what, why) = news(lost, reader);
                (title, words) = (what, Some(why));
            }
        }
        _ => {}
    }
    let seat = match kind {
        StandingKind::Seat { .. } => Seat::Exclusive { licence: name },
        StandingKind::Token { .. } | StandingKind::Entitled { .. } if !title.is_empty() => Seat::Told {
            title: &title,
            words: words.as_deref().unwrap_or_default(),
            held: matches!(kind, StandingKind::Token { .. }),
        },
        StandingKind::Token { token, of, .. } => {
            Seat::Token { licence: name, number: *token, of: *of, waiting: 0, idle: words.as_deref() }
        }
        StandingKind::Waiting { place, .. } => {
            Seat::Queued { licence: name, place: *place, wait: words.as_deref() }
        }
        StandingKind::Offered { .. } => Seat::Offer { licence: name, left: &left, take: "/desk/seat" },
        StandingKind::Entitled { free, .. } => Seat::Free { licence: name, tokens: Some(*free) },
        StandingKind::DayPass { .. } => {
            Seat::DayPass { licence: name, until: words.as_deref().unwrap_or_default() }
        }
        StandingKind::OutOfTerm { .. } => Seat::None,
    };
    ui::seat_box(&seat, reader.csrf())
}

/// What became of a token, and why.
fn news(lost: &Lost, reader: &Reader) -> (String, String) {
    let at = lost.at.to_zoned(reader.clock().zone.clone()).strftime("%H:%M").to_string();
    let whom = lost.to.as_ref().map_or(t!("somebody else"), |person| person.name.as_str());
    let why = match lost.how.as_str() {
        "stolen" => {
            t!("At {at} it went to {whom}, who waited while you had not worked for a while.", at, whom)
        }
        "recalled" => t!("At {at} it went to {whom}; it had been lent to you.", at, whom),
        "reclaimed" => t!("At {at} {whom} took it for somebody else.", at, whom),
        "revoked" => t!("At {at} your right to it ended.", at),
        "idle_too_long" => t!("At {at} it was taken back, because you had not worked for long.", at),
        _ => t!("It ended at {at}.", at),
    };
    let words = t!("{why} What you typed is kept; your next act of work asks for another.", why);
    (t!("Token {n} is no longer yours", n = lost.token), words)
}

fn countdown(left: SignedDuration) -> String {
    let seconds = left.as_secs().max(0);
    if seconds >= 60 {
        t!("{minutes} min {seconds} s", minutes = seconds / 60, seconds = seconds % 60)
    } else {
        format!("{seconds} s")
    }
}

/// The sheet that answers when an act was not granted. `text` is what was typed and not sent.
pub(super) async fn sheet(
    app: &AppState,
    reader: &Reader,
    verdict: &Verdict,
    text: &str,
) -> PageResult<(StatusCode, Markup)> {
    let problem = Problem::from(Refused::Licence(Box::new(verdict.clone())));
    let view = app.desk.ask(reader.ctx(), MySeat).await?;
    if let Verdict::Refused(Refusal::ModuleMissing { module, .. }) = verdict.deciding() {
        let module = Some(*module);
        let drawn = ui::verdict_sheet(&VerdictSheet {
            title: &t!("{title} is not yours", title = module::title(module)),
            needs: &sentence(&problem.detail),
            holders: &[],
            place: None,
            wait: None,
            text,
            acts: &html! { a.button href=(module::address(module)) { (t!("What it is, and who has it")) } },
        });
        return Ok((problem.kind.status(), drawn));
    }
    let own = html! { a.button href="/me" { (t!("My seat")) } };
    let Verdict::Queued { licence: waited_for, place, .. } = verdict.deciding() else {
        let drawn = ui::verdict_sheet(&VerdictSheet {
            title: t!("A seat is missing"),
            needs: &sentence(&problem.detail),
            holders: &[],
            place: None,
            wait: None,
            text,
            acts: &own,
        });
        return Ok((problem.kind.status(), drawn));
    };
    let standing = view.all.iter().find(|standing| standing.licence == *waited_for);
    let (mut names, mut ahead, mut wait) = (Vec::new(), 0, None);
    if let Some(Standing {
        kind: StandingKind::Waiting { ahead: before, holders, expected_wait, .. }, ..
    }) = standing
    {
        names = holders.iter().map(|holder| holder.name.clone()).collect();
        ahead = before.len();
        wait = expected_wait.map(|wait| t!("about {time}", time = span(wait)));
    }
    let holders: Vec<_> = names.iter().map(|name| Holder { name, since: "" }).collect();
    let name = standing.map_or(t!("Technicians"), |standing| standing.name.as_str());
    let licence = standing.map(|standing| standing.licence.to_string()).unwrap_or_default();
    let line = u32::try_from(ahead).unwrap_or(u32::MAX).saturating_add(1).max(*place);
    let drawn = ui::verdict_sheet(&VerdictSheet {
        title: &t!("All {name} tokens are taken", name),
        needs: t!(
            "Sending needs one. You are in line and will be offered the next that frees; reading, and your own \
                tickets, need none."
        ),
        holders: &holders,
        place: Some((*place, line)),
        wait: wait.as_deref(),
        text,
        acts: &ui::act(
            "/desk/seat/leave",
            reader.csrf(),
            &[("licence", &licence)],
            Some("seat sheet"),
            "",
            t!("Leave the line"),
        ),
    });
    Ok((problem.kind.status(), drawn))
}

/// The box alone, for a page that is open.
pub(super) async fn show(State(app): State<AppState>, reader: Reader) -> PageResult {
    Ok(Html(seat_of(&app, &reader).await?.into_string()).into_response())
}

/// An open page of somebody who holds a token or waits.
pub(super) async fn heartbeat(State(app): State<AppState>, posted: Posted<Nothing>) -> PageResult {
    app.desk.heartbeat(&posted.reader.ctx()).await?;
    show(State(app), posted.reader).await
}

/// A form without fields of its own.
#[derive(Deserialize)]
pub(super) struct Nothing {}

/// Which licence, where a person stands with several.
#[derive(Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    licence: String,
}

/// The licence named, or the one of the reader's headline.
async fn which(app: &AppState, reader: &Reader, named: &str) -> PageResult<LicenceId> {
    if let Ok(id) = named.parse() {
        return Ok(id);
    }
    let view = app.desk.ask(reader.ctx(), MySeat).await?;
    Ok(view.headline.map(|standing| standing.licence).ok_or(Refused::NotFound("licence"))?)
}

/// Takes the token on offer; without one, stands in line.
pub(super) async fn take(State(app): State<AppState>, posted: Posted<Which>) -> PageResult {
    let Posted { reader, form } = posted;
    let licence = which(&app, &reader, &form.licence).await?;
    match app.desk.execute(reader.ctx(), TakeOffer { licence }).await {
        Ok(_) => {}
        Err(Refused::Rule(_)) => drop(app.desk.execute(reader.ctx(), JoinQueue { licence }).await?),
        Err(other) => return Err(other.into()),
    }
    Ok(back())
}

/// Lets the offer go to the next.
pub(super) async fn decline(State(app): State<AppState>, posted: Posted<Which>) -> PageResult {
    let licence = which(&app, &posted.reader, &posted.form.licence).await?;
    app.desk.execute(posted.reader.ctx(), DeclineOffer { licence }).await?;
    Ok(back())
}

/// Leaves the line.
pub(super) async fn leave(State(app): State<AppState>, posted: Posted<Which>) -> PageResult {
    let licence = which(&app, &posted.reader, &posted.form.licence).await?;
    app.desk.execute(posted.reader.ctx(), LeaveQueue { licence }).await?;
    Ok(back())
}

/// Gives the token back.
pub(super) async fn release(State(app): State<AppState>, posted: Posted<Which>) -> PageResult {
    let licence = which(&app, &posted.reader, &posted.form.licence).await?;
    app.desk.execute(posted.reader.ctx(), ReleaseToken { licence }).await?;
    Ok(back())
}

fn back() -> Response {
    see("/desk")
}
