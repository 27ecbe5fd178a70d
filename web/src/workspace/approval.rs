//! Asking people whether a ticket may go on.

use axum::extract::{Path, Query, State};
use desk::{
    Refused,
    ticket::{
        ApprovalView, ApprovalWritten, ApprovalsOf, AskApproval, FindPeople, TicketDetail, TicketRef,
        WithdrawApproval,
    },
};
use domain::{
    PersonId,
    identity::Capability,
    ticket::{ApprovalEnd, ApprovalQuestion, MOST_ASKED, Quorum},
};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;

use super::{queue::alone, seat, ticket::From};
use crate::{
    AppState,
    markdown::{self, For},
    page::{PageResult, Posted, Pressed, Reader, see, sentence},
    portal::{quorum, voice},
    ui::{self, Clock, Field, Input},
    words::{t, th},
    wrong::Wrong,
};

const FIELDS: [&str; 3] = ["people", "question", "quorum"];

/// What the form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    people: String,
    question: String,
    quorum: String,
    key: String,
}

pub(super) async fn form(
    State(app): State<AppState>,
    reader: Reader,
    Path(ticket): Path<String>,
) -> PageResult {
    draw(&app, &reader, ticket.parse()?, &Typed::default(), &Wrong::nothing(), None).await
}

async fn draw(
    app: &AppState,
    reader: &Reader,
    ticket: TicketRef,
    typed: &Typed,
    wrong: &Wrong,
    refused: Option<(StatusCode, Markup)>,
) -> PageResult {
    reader.require(Capability::TicketWork)?;
    let view = app.desk.ask(reader.ctx(), TicketDetail { ticket }).await?.view;
    let number = view.ticket.number;
    let key = if typed.key.is_empty() { reader.form_key() } else { typed.key.clone() };
    let draft = format!("{}:approval:{number}", reader.id());
    let people_draft = format!("{draft}:people");
    let (status, notice) = refused.unwrap_or_else(|| (wrong.status(), html! {}));
    let quorums = [
        (Quorum::All.as_str(), t!("All of them have to agree")),
        (Quorum::Any.as_str(), t!("The first who agrees is enough")),
    ];
    let body = html! {
        div.form-page.stack id="raise" {
            (notice)
            p { a.link href={ "/desk/t/" (number) } { (t!("Back to {number}", number)) } }
            p.lead {
                (t!(
                    "They are asked on top of their pages and need no seat. They read the question, the subject and what {requester} wrote at first, and nothing else of the ticket, which waits until it is decided.",
                    requester = view.requester_name
                ))
            }
            form.form method="post" action={ "/desk/t/" (number) "/approval" } data-live="raise" {
                (ui::csrf_field(reader.csrf()))
                input type="hidden" name="key" value=(key);
                (wrong.summary(&FIELDS))
                (ui::field(&Field { value: &typed.people, error: wrong.at("people"), draft: &people_draft, hint: t!("Names or e-mail addresses, with commas between."), ..Field::new("people", t!("Who is asked")) }))
                (ui::field(&Field { input: Input::Area, value: &typed.question, error: wrong.at("question"), draft: &draft, hint: t!("What it is, what it costs, and what happens without it."), ..Field::new("question", t!("What is to be approved")) }))
                (ui::field(&Field { input: Input::Choice(&quorums), value: if typed.quorum.is_empty() { Quorum::All.as_str() } else { &typed.quorum }, error: wrong.at("quorum"), ..Field::new("quorum", t!("If it is more than one")) }))
                div.inline {
                    button.button.main { (t!("Ask them")) }
                    span.draft-status data-draft-status role="status" {}
                }
            }
        }
    };
    let title = t!("Ask for approval of {number}", number);
    alone(app, reader, status, &title, &body).await
}

/// The people that somebody typed, or what to write instead.
pub(crate) async fn people(
    app: &AppState,
    reader: &Reader,
    typed: &str,
) -> PageResult<Result<Vec<PersonId>, String>> {
    let names: Vec<_> =
        typed.split([',', ';', '\n']).map(str::trim).filter(|name| !name.is_empty()).collect();
    if names.len() > MOST_ASKED {
        return Ok(Err(t!("At most {n} people can be asked at once.", n = MOST_ASKED)));
    }
    let mut people = Vec::with_capacity(names.len());
    for name in names {
        let found = app.desk.ask(reader.ctx(), FindPeople { text: name.to_owned(), limit: 6 }).await?;
        let exact = found.iter().filter(|person| {
            person.email.eq_ignore_ascii_case(name) || person.name.to_lowercase() == name.to_lowercase()
        });
        let exact: Vec<_> = exact.map(|person| person.id).collect();
        let all: Vec<_> = found.iter().map(|person| person.id).collect();
        match (exact.as_slice(), all.as_slice()) {
            ([one], _) | ([], [one]) => people.push(*one),
            ([], []) => return Ok(Err(t!("Nobody is called “{name}”; write their e-mail address.", name))),
            _ => {
                let some: Vec<_> =
                    found.iter().take(3).map(|it| format!("{} ({})", it.name, it.email)).collect();
                return Ok(Err(t!(
                    "“{name}” fits more than one: {people}. Write the address of the one you mean.",
                    name,
                    people = some.join(", ")
                )));
            }
        }
    }
    Ok(Ok(people))
}

pub(super) async fn ask(
    State(app): State<AppState>,
    Path(ticket): Path<String>,
    Posted { reader, form: typed }: Posted<Typed>,
) -> PageResult {
    reader.require(Capability::TicketWork)?;
    let ticket: TicketRef = ticket.parse()?;
    let mut wrong = Wrong::nothing();
    let people = people(&app, &reader, &typed.people)
        .await?
        .map_err(|words| wrong.add("people", words))
        .unwrap_or_default();
    let question = ApprovalQuestion::new(&typed.question)
        .map_err(|error| wrong.add("question", sentence(&error.to_string())));
    let (Ok(question), true) = (question, wrong.is_empty()) else {
        return draw(&app, &reader, ticket, &typed, &wrong, None).await;
    };
    let quorum = Quorum::parse(&typed.quorum).unwrap_or(Quorum::All);
    let number = ticket.to_string();
    let ctx = reader.ctx_once(
        Some(&typed.key),
        &[&number, &typed.people, &typed.question, &typed.quorum].map(String::as_str),
    );
    let command = AskApproval { ticket, question, quorum, people, if_version: None };
    match app.desk.execute(ctx, command).await {
        Ok(ApprovalWritten { .. }) => Ok(see(&format!("/desk/t/{ticket}"))),
        Err(Refused::Licence(verdict)) => {
            let sheet = seat::sheet(&app, &reader, &verdict, &typed.question).await?;
            draw(&app, &reader, ticket, &typed, &Wrong::nothing(), Some(sheet)).await
        }
        Err(refused) => draw(&app, &reader, ticket, &typed, &Wrong::of(refused)?, None).await,
    }
}

pub(super) async fn withdraw(
    State(app): State<AppState>,
    Path(ticket): Path<String>,
    Query(from): Query<From>,
    Posted { reader, form: Pressed {} }: Posted<Pressed>,
) -> PageResult {
    let ticket: TicketRef = ticket.parse()?;
    let all = app.desk.ask(reader.ctx(), ApprovalsOf { ticket }).await?;
    let back = || Ok(see(&format!("/desk/t/{ticket}?q={}", from.queue().param())));
    let Some(open) = all.iter().find(|approval| approval.ended.is_none()) else { return back() };
    match app.desk.execute(reader.ctx(), WithdrawApproval { approval: open.id }).await {
        Ok(_) => back(),
        Err(refused) => super::work::refused(&app, &reader, ticket, &from, refused).await,
    }
}

/// What the context of the ticket shows of what was asked, the latest first.
pub(super) fn standing(
    approvals: &[ApprovalView],
    reader: &Reader,
    live: &str,
    withdraw: Option<&str>,
) -> Markup {
    html! {
        @for (nth, approval) in approvals.iter().enumerate() {
            @if nth == 0 {
                (one(approval, reader.clock()))
                @if let Some(withdraw) = withdraw && approval.ended.is_none() {
                    (ui::act(withdraw, reader.csrf(), &[], Some(live), "bare", t!("Take the question back")))
                }
            } @else {
                details { summary { (th!("Asked before, {when}", when = ui::time(approval.asked_at, reader.clock()))) } (one(approval, reader.clock())) }
            }
        }
    }
}

fn one(approval: &ApprovalView, clock: Clock<'_>) -> Markup {
    html! {
        div.known dir="auto" { (markdown::html(approval.question.as_str(), For::Technician)) }
        p.quiet {
            (th!("{name} asked {when}.", name = approval.asked_by.name, when = ui::time(approval.asked_at, clock))) " "
            @match approval.ended {
                Some(ended) => {
                    b { @match ended.how {
                        ApprovalEnd::Approved => (t!("Approved")),
                        ApprovalEnd::Declined => (t!("Declined")),
                        ApprovalEnd::Withdrawn => (t!("Taken back")),
                    } }
                    " " (ui::time(ended.at, clock)) "."
                }
                None => (quorum(approval.quorum, approval.approvers.len())),
            }
        }
        ul.plain.spaced { @for approver in &approval.approvers { li { (voice(approver, clock)) } } }
    }
}
