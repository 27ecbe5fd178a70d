//! A guest's ticket as whoever has its link reads it.

use axum::{
    extract::{FromRequestParts, Path, Query},
    response::{IntoResponse, Response},
};
use desk::{
    Command, Context, Idempotency, Refused,
    guest::{Follower, LONGEST},
    ticket::{
        AddReply, AttachmentOf, RateTicket, RatingOf, ReopenTicket, TicketDetail, TicketDetailView,
        WithdrawTicket,
    },
};
use domain::{
    AttachmentId,
    ticket::{Markdown, Phase},
};
use http::{HeaderMap, StatusCode, request::Parts};
use maud::{Markup, html};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{clock, keep_quiet, lone, not_there};
use crate::{
    AppState,
    context::origin,
    page::{PageProblem, PageResult, see, sentence},
    portal::{Rated, Saying, Viewer, file::content, rated_form, rating_form, say_form, steps, talk},
    sign_in::Sent,
    state::{Arrival, seed},
    ui::{self, Tone},
    words::{t, th, told},
    wrong::Wrong,
};

/// What an act before says on this page.
#[derive(Default, Deserialize)]
pub(super) struct Said {
    #[serde(default)]
    said: String,
}

/// Whoever has the link, and their request.
pub(super) struct Visit {
    app: AppState,
    arrival: Arrival,
    headers: HeaderMap,
    secret: String,
    follower: Follower,
}

/// What every address of a guest begins with.
#[derive(Deserialize)]
struct Link {
    secret: String,
}

impl FromRequestParts<AppState> for Visit {
    /// The page that says that the link leads nowhere, or what else is wrong.
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Response> {
        let arrival = Arrival::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        let Path(Link { secret }) =
            Path::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        let headers = parts.headers.clone();
        app.limits.place(arrival.remote).map_err(|problem| PageProblem::from(problem).into_response())?;
        match app.desk.follow_as_guest(&secret, arrival.now).await {
            Ok(follower) => Ok(Self { app: app.clone(), arrival, headers, secret, follower }),
            Err(Refused::NotFound(_)) => Err(not_there(
                &headers,
                t!("This link does not work any more"),
                t!(
                    "It was replaced or revoked, or its ticket was over more than 90 days ago. Ask the service desk for a new link, or write to it anew."
                ),
            )),
            Err(refused) => Err(PageProblem::from(refused).into_response()),
        }
    }
}

impl Visit {
    fn ctx(&self) -> Context {
        let mut ctx = self.follower.context(self.arrival.now, seed());
        ctx.request = self.arrival.request;
        ctx
    }

    /// The same, for a form that may be sent twice by accident.
    fn ctx_once(&self, key: &str, words: &str) -> Context {
        let mut ctx = self.ctx();
        ctx.idempotency = Some(key).filter(|key| (1..=100).contains(&key.len())).map(|key| {
            let hash = Sha256::new().chain_update(self.follower.guest.to_string()).chain_update(words);
            Idempotency { key: key.to_owned(), request_hash: hash.finalize().into() }
        });
        ctx
    }

    fn base(&self) -> String {
        format!("/guest/{}", self.secret)
    }

    async fn detail(&self) -> PageResult<Box<TicketDetailView>> {
        Ok(self.app.desk.ask(self.ctx(), TicketDetail { ticket: self.follower.ticket.into() }).await?)
    }

    async fn draw(&self, notice: &Markup, typed: Typed<'_>, status: StatusCode) -> PageResult {
        let detail = self.detail().await?;
        let ticket = &detail.view.ticket;
        let over = matches!(ticket.phase, Phase::Resolved | Phase::Closed) && ticket.merged.is_none();
        let rated = if over {
            self.app.desk.ask(self.ctx(), RatingOf { ticket: ticket.id.into() }).await?
        } else {
            None
        };
        let base = self.base();
        let clock = clock(self.arrival.now);
        let viewer = Viewer { me: self.follower.person, clock, files: &format!("{base}/files"), shared: &[] };
        let address = format!("{}{base}", origin(&self.app.config, &self.arrival, &self.headers));
        let draft = format!("guest:{}", self.follower.guest);
        let main = html! {
            h1 { (ticket.subject) }
            div id="ticket-head" {
                (steps(ticket.phase, &detail.progress, false))
                p.soft { (told(&detail.progress.sentence)) " " span.quiet { (ticket.number) } }
            }
            div id="sheet" { (notice) }
            div.talk id="timeline" { (talk(&viewer, &detail)) }
            div id="next" {
                @if over {
                    (rating_form(&format!("{base}/rate"), "", &format!("{draft}:rate"), rated.as_ref(), typed.words))
                }
                (self.next(&detail, &draft, typed.text))
            }
            details.more {
                summary { (t!("The link to this ticket")) }
                p.soft { (t!("Whoever has it reads this page and answers in your name. It works until 90 days after the ticket is over.")) }
                input.input.mono type="text" readonly value=(address) aria-label=(t!("The link to this ticket"));
            }
        };
        Ok(lone(&self.headers, status, ticket.subject.as_str(), &main))
    }

    /// What can be done next, as the ticket stands.
    fn next(&self, detail: &TicketDetailView, draft: &str, text: &str) -> Markup {
        let ticket = &detail.view.ticket;
        let base = self.base();
        let draft = format!("{draft}:words");
        let say = |verb: &str, placeholder: &str, button: &str, readers: &str| {
            say_form(&Saying {
                action: &format!("{base}/{verb}"),
                csrf: "",
                key: &crate::page::form_key(),
                draft: &draft,
                waits: None,
                placeholder,
                button,
                readers,
                text,
            })
        };
        if ticket.merged.is_some() {
            let words = th!(
                "The service desk deals with it together with another report. To hear of it, or to say more, ask the service desk and name {number}.",
                number = ticket.number
            );
            return ui::notice(Tone::Plain, &words, &html! {});
        }
        match ticket.phase {
            Phase::Resolved if detail.progress.reopen_until.is_some_and(|until| self.arrival.now < until) => {
                say(
                    "reopen",
                    t!("Still not right? Say what is wrong…"),
                    t!("Reopen it"),
                    t!("It is worked on again."),
                )
            }
            Phase::Resolved | Phase::Closed | Phase::Cancelled => {
                let again = html! { a.button href="/guest" { (t!("Write anew")) } };
                ui::notice(Tone::Plain, &html! { (t!("This ticket is over.")) }, &again)
            }
            Phase::New | Phase::Active | Phase::Waiting => html! {
                (say("answer", t!("Write an answer…"), t!("Send answer"), t!("The service desk reads this.")))
                div.acts {
                    (ui::act(&format!("{base}/withdraw"), "", &[], Some("ticket-head timeline sheet next"), "bare", t!("I do not need it any more")))
                }
            },
        }
    }

    /// Does it, and shows the ticket; or shows it with what was refused and what was typed.
    async fn act<C: Command>(&self, ctx: Context, command: C, text: &str) -> PageResult {
        match self.app.desk.execute(ctx, command).await {
            Ok(_) => Ok(self.back("")),
            Err(refused) => {
                let wrong = Wrong::of(refused)?;
                self.draw(&wrong.summary(&[]), Typed { text, words: None }, wrong.status()).await
            }
        }
    }

    /// The same with words, which are not lost when they cannot be used.
    async fn say<C: Command>(&self, words: &Words, command: impl FnOnce(Markdown) -> C) -> PageResult {
        match words.markdown() {
            Ok(body) => self.act(self.ctx_once(&words.key, &words.body), command(body), &words.body).await,
            Err(wrong) => {
                let typed = Typed { text: &words.body, words: None };
                self.draw(&wrong.summary(&[]), typed, wrong.status()).await
            }
        }
    }

    fn back(&self, said: &str) -> Response {
        let mut response = see(&format!("{}{said}", self.base()));
        keep_quiet(&mut response);
        response
    }
}

/// What was typed and refused.
#[derive(Clone, Copy, Default)]
struct Typed<'a> {
    text: &'a str,
    words: Option<&'a str>,
}

pub(super) async fn show(visit: Visit, Query(said): Query<Said>) -> PageResult {
    let notice = match said.said.as_str() {
        "raised" => {
            let address =
                format!("{}{}", origin(&visit.app.config, &visit.arrival, &visit.headers), visit.base());
            ui::notice(
                Tone::Ok,
                &html! {
                    b { (t!("We have it.")) } " " (t!("Keep this link, as a bookmark or in a message to yourself: it is the only way back here."))
                    p { input.input.mono type="text" readonly value=(address) aria-label=(t!("Your link")); }
                },
                &html! {},
            )
        }
        "rated" => ui::notice(
            Tone::Ok,
            &html! { b { (t!("Thank you.")) } " " (t!("The technicians read it.")) },
            &html! {},
        ),
        _ => html! {},
    };
    visit.draw(&notice, Typed::default(), StatusCode::OK).await
}

/// Words on a ticket.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Words {
    body: String,
    key: String,
}

impl Words {
    fn markdown(&self) -> Result<Markdown, Wrong> {
        if self.body.trim().is_empty() {
            return Err(Wrong::field("", t!("Write something first.")));
        }
        if self.body.chars().count() > LONGEST {
            return Err(Wrong::field("", t!("Use at most {limit} characters.", limit = LONGEST)));
        }
        Markdown::new(&self.body).map_err(|error| Wrong::field("", sentence(&error.to_string())))
    }
}

pub(super) async fn answer(visit: Visit, Sent(words): Sent<Words>) -> PageResult {
    let ticket = visit.follower.ticket.into();
    let reply = |body| AddReply { ticket, body, then: None, resolution_code: None, if_version: None };
    visit.say(&words, reply).await
}

pub(super) async fn reopen(visit: Visit, Sent(words): Sent<Words>) -> PageResult {
    let ticket = visit.follower.ticket.into();
    visit.say(&words, |body| ReopenTicket { ticket, because: Some(body) }).await
}

/// A button without words.
#[derive(Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn withdraw(visit: Visit, Sent(Nothing {}): Sent<Nothing>) -> PageResult {
    let withdraw = WithdrawTicket { ticket: visit.follower.ticket.into() };
    visit.act(visit.ctx(), withdraw, "").await
}

pub(super) async fn rate(visit: Visit, Sent(form): Sent<Rated>) -> PageResult {
    let refused = match rated_form(visit.follower.ticket.into(), &form) {
        Err(wrong) => wrong,
        Ok(rate) => {
            let said = if matches!(rate.words, Some(Some(_))) { "?said=rated" } else { "" };
            match visit.app.desk.execute::<RateTicket>(visit.ctx(), rate).await {
                Ok(()) => return Ok(visit.back(said)),
                Err(refused) => Wrong::of(refused)?,
            }
        }
    };
    let typed = Typed { text: "", words: form.words.as_deref() };
    visit.draw(&refused.summary(&[]), typed, refused.status()).await
}

/// Which file.
#[derive(Deserialize)]
pub(super) struct Attached {
    file: String,
}

/// A file that a technician attached for the guest to read.
pub(super) async fn file(visit: Visit, Path(Attached { file }): Path<Attached>) -> PageResult {
    let id: AttachmentId = file.parse().map_err(|_| Refused::NotFound("attachment"))?;
    let found = visit.app.desk.ask(visit.ctx(), AttachmentOf { id }).await?;
    let named = (found.name.as_str(), found.content_type.as_str());
    let mut response = content(&visit.app, &id.to_string(), named, found.sha256, &visit.headers).await?;
    keep_quiet(&mut response);
    Ok(response)
}
