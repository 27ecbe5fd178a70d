//! What waits for the reader's yes or no. Whoever is asked needs no seat, and answers in two taps.

use axum::{
    extract::{Path, State},
    response::Response,
};
use desk::{
    Refused,
    ticket::{
        AnswerApproval, ApprovalDetail, ApprovalDetailView, ApprovalView, ApproverView, CountMyApprovals,
        MyApprovals,
    },
};
use domain::{
    ApprovalId,
    ticket::{ApprovalEnd, ApprovalWords, Decision, Quorum},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{Here, page};
use crate::{
    AppState,
    markdown::{self, For},
    page::{PageResult, Posted, Reader, see, sentence},
    ui::{self, Clock, Field, Icon, Input, Tone, icon},
    words::{plural, t, th},
    wrong::Wrong,
};

/// What an answer changes on the page.
const LIVE: &str = "approvals approvals-wait sheet";

fn topic(reader: &Reader) -> String {
    format!("approvals:{}", reader.id())
}

/// That so many questions wait for the reader; nothing if none does.
pub(crate) fn waits(waiting: u32) -> Markup {
    html! {
        @if waiting > 0 {
            (ui::notice(
                Tone::Accent,
                &html! { (plural!(waiting, "Somebody waits for your approval.", "{n} questions wait for your approval.")) },
                &html! { a.button.main href="/approvals" { (t!("Look at it")) } },
            ))
        }
    }
}

/// On top of every page of this side: that something waits.
pub(super) async fn banner(app: &AppState, reader: &Reader) -> PageResult<Markup> {
    let waiting = app.desk.ask(reader.ctx(), CountMyApprovals).await?;
    Ok(html! {
        div.waits id="approvals-wait" data-live-topic=(topic(reader)) {
            (waits(waiting))
        }
    })
}

/// All that waits, and what was answered.
pub(super) async fn list(State(app): State<AppState>, reader: Reader) -> PageResult<Response> {
    let mine = app.desk.ask(reader.ctx(), MyApprovals).await?;
    let main = html! {
        h1 { (t!("Your approvals")) }
        div id="sheet" {}
        div id="approvals" data-live-topic=(topic(&reader)) {
            @if mine.waiting.is_empty() {
                (ui::empty(
                    Icon::Check,
                    t!("Nothing waits for you"),
                    t!("When somebody needs your yes or no, it stands here and on top of every page."),
                    &html! { a.button href="/" { (t!("Home")) } },
                ))
            }
            @for approval in &mine.waiting { (asked(approval, &reader)) }
            @if !mine.answered.is_empty() {
                section.group {
                    h2 { (t!("Answered in the last 30 days")) }
                    div.list { @for approval in &mine.answered {
                        a.item href={ "/approvals/" (approval.id) } {
                            (icon(if approval.my_decision == Some(Decision::Approved) { Icon::Check } else { Icon::Wrong }))
                            div {
                                b { (approval.subject) }
                                small { (answered(approval)) " " (outcome(approval)) }
                            }
                            (icon(Icon::Right))
                        }
                    } }
                }
            }
        }
    };
    page(&app, &reader, Here::nowhere(t!("Your approvals")).without_approvals(), &main).await
}

fn answered(approval: &ApprovalView) -> &'static str {
    match approval.my_decision {
        Some(Decision::Approved) => t!("You approved it."),
        Some(Decision::Declined) => t!("You declined it."),
        None => "",
    }
}

/// How it stands, in a sentence.
fn outcome(approval: &ApprovalView) -> &'static str {
    match approval.ended.map(|ended| ended.how) {
        Some(ApprovalEnd::Approved) => t!("It goes on."),
        Some(ApprovalEnd::Declined) => t!("It was declined."),
        Some(ApprovalEnd::Withdrawn) => t!("The question was taken back."),
        None if approval.my_decision.is_some() => t!("Others are still asked."),
        None => "",
    }
}

/// A question with the one tap that most of them need.
fn asked(approval: &ApprovalView, reader: &Reader) -> Markup {
    let address = format!("/approvals/{}", approval.id);
    html! {
        article.panel.asked id={ "approval-" (approval.id) } aria-labelledby={ "asks-" (approval.id) } {
            h2 id={ "asks-" (approval.id) } { a.link href=(address) { (approval.subject) } }
            p.quiet { (th!("{who} asks for {whom}, {when}", who = approval.asked_by.name, whom = approval.requester_name, when = ui::time(approval.asked_at, reader.clock()))) }
            div.known dir="auto" { (markdown::html(approval.question.as_str(), For::Requester)) }
            div.acts {
                (ui::act(&address, reader.csrf(), &[("decision", Decision::Approved.as_str())], Some(LIVE), "main", t!("Approve")))
                a.button href=(address) { (t!("Look closer, or decline")) }
            }
        }
    }
}

fn id_of(text: &str) -> PageResult<ApprovalId> {
    Ok(text.parse().map_err(|_| Refused::NotFound("approval"))?)
}

/// One question, with what its ticket says.
pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path(approval): Path<String>,
) -> PageResult {
    draw(&app, &reader, id_of(&approval)?, "", &Wrong::nothing()).await
}

async fn draw(app: &AppState, reader: &Reader, id: ApprovalId, words: &str, wrong: &Wrong) -> PageResult {
    let detail = app.desk.ask(reader.ctx(), ApprovalDetail { approval: id }).await?;
    let subject = &detail.approval.subject;
    let main = html! {
        a.back href="/approvals" { (icon(Icon::Left)) (t!("Your approvals")) }
        h1 { (subject) }
        div id="sheet" { (wrong.summary(&["words"])) }
        div id="approvals" data-live-topic=(topic(reader)) { (whole(&detail, reader, words, wrong)) }
    };
    let here = Here::nowhere(subject).without_approvals().with_status(wrong.status());
    page(app, reader, here, &main).await
}

fn whole(detail: &ApprovalDetailView, reader: &Reader, words: &str, wrong: &Wrong) -> Markup {
    let (approval, clock) = (&detail.approval, reader.clock());
    let address = format!("/approvals/{}", approval.id);
    let can = approval.ended.is_none() && (approval.waits_for_me || approval.my_decision.is_some());
    let draft = format!("{}:approval:{}", reader.id(), approval.id);
    html! {
        @if let Some(ended) = approval.ended {
            (ui::notice(
                if ended.how == ApprovalEnd::Approved { Tone::Ok } else { Tone::Plain },
                &html! { (answered(approval)) " " (outcome(approval)) " " span.quiet { (ui::time(ended.at, clock)) } },
                &html! {},
            ))
        } @else if approval.my_decision.is_some() {
            (ui::notice(Tone::Ok, &html! { (answered(approval)) " " (t!("You can still change that.")) }, &html! {}))
        }
        p.quiet { (th!("{who} asks {when}", who = approval.asked_by.name, when = ui::time(approval.asked_at, clock))) }
        div.panel.asked { div.known dir="auto" { (markdown::html(approval.question.as_str(), For::Requester)) } }
        @if can {
            form.form method="post" action=(address) data-live="changed" id="answer" {
                (ui::csrf_field(reader.csrf()))
                (ui::field(&Field {
                    input: Input::Area, value: words, error: wrong.at("words"), required: false, draft: &draft,
                    hint: t!("A no needs a reason. The technicians read it, and who else is asked."), ..Field::new("words", t!("What you say with it"))
                }))
                div.acts {
                    button.button.main name="decision" value=(Decision::Approved) { (t!("Approve")) }
                    button.button name="decision" value=(Decision::Declined) { (t!("Decline")) }
                    span.draft-status data-draft-status role="status" {}
                }
            }
        }
        section.group {
            h2 { (th!("What {who} wrote", who = approval.requester_name)) }
            p.quiet { (approval.ticket) ", " (ui::time(detail.raised_at, clock)) }
            div.known dir="auto" {
                @match &detail.description {
                    Some(text) => (markdown::html(text, For::Requester)),
                    None => p { (approval.subject) },
                }
            }
        }
        section.group {
            h2 { (t!("Who is asked")) }
            p.soft { (quorum(approval.quorum, approval.approvers.len())) }
            ul.plain.spaced { @for approver in &approval.approvers { li { (voice(approver, clock)) } } }
        }
    }
}

/// Whose answers are needed, in a sentence.
pub(crate) fn quorum(quorum: Quorum, asked: usize) -> &'static str {
    match (quorum, asked) {
        (_, 1) => "",
        (Quorum::All, _) => t!("All of them have to agree."),
        (Quorum::Any, _) => t!("The first who agrees is enough."),
    }
}

/// Somebody who is asked, and what they said.
pub(crate) fn voice(approver: &ApproverView, clock: Clock<'_>) -> Markup {
    html! {
        b { (approver.person.name) } " "
        @match approver.decision {
            Some(Decision::Approved) => span.chip.ok { (icon(Icon::Check)) (t!("approved")) },
            Some(Decision::Declined) => span.chip.bad { (icon(Icon::Wrong)) (t!("declined")) },
            None => span.chip { (t!("not answered yet")) },
        }
        @if let Some(at) = approver.at { " " span.quiet { (ui::time(at, clock)) } }
        @if let Some(words) = &approver.words { p.draft-text { (words.as_str()) } }
    }
}

/// Yes or no, and what is said with it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Answered {
    decision: String,
    words: String,
}

pub(super) async fn answer(
    State(app): State<AppState>,
    Path(approval): Path<String>,
    Posted { reader, form }: Posted<Answered>,
) -> PageResult {
    let id = id_of(&approval)?;
    let command = match read(id, &form) {
        Ok(command) => command,
        Err(wrong) => return draw(&app, &reader, id, &form.words, &wrong).await,
    };
    match app.desk.execute(reader.ctx(), command).await {
        Ok(_) => Ok(see("/approvals")),
        Err(refused) => draw(&app, &reader, id, &form.words, &Wrong::of(refused)?).await,
    }
}

fn read(approval: ApprovalId, form: &Answered) -> Result<AnswerApproval, Wrong> {
    let decision =
        Decision::parse(&form.decision).ok_or_else(|| Wrong::field("", t!("Press Approve or Decline.")))?;
    let words = match form.words.trim() {
        "" => None,
        words => Some(
            ApprovalWords::new(words).map_err(|error| Wrong::field("words", sentence(&error.to_string())))?,
        ),
    };
    Ok(AnswerApproval { approval, decision, words })
}
