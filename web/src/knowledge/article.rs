//! One article: its text, whether it helped, and for those who write, its history.

use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use desk::{
    Command,
    knowledge::{ArticleView, GiveFeedback, KeepArticle, OneArticle, RetireArticle},
};
use domain::{
    identity::Capability,
    knowledge::{ArticleState, Audience, Language, Verdict},
    ticket::Missing,
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{body, number};
use crate::{
    AppState,
    page::{PageResult, Posted, Pressed, Reader, see, sentence},
    portal::{self, Here},
    ui::{self, EmployeeTab, Field, Icon, Input, icon},
    words::{language, plural, t, th, told_word},
    wrong::Wrong,
};

/// In which language, at which version.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    language: String,
    version: Option<String>,
}

pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path(article): Path<String>,
    Query(asked): Query<Asked>,
) -> PageResult {
    page(&app, &reader, &article, &asked, &Wrong::nothing(), "").await
}

async fn page(
    app: &AppState,
    reader: &Reader,
    article: &str,
    asked: &Asked,
    wrong: &Wrong,
    typed: &str,
) -> PageResult<Response> {
    let version = asked.version.as_deref().and_then(|version| version.parse().ok());
    let one = OneArticle {
        number: number(article)?,
        language: Language::parse(&asked.language),
        version,
        latest: false,
    };
    let view = app.desk.ask(reader.ctx(), one).await?;
    let clock = reader.clock();
    let main = html! {
        a.back href="/knowledge" { (icon(Icon::Left)) (t!("Answers")) }
        (wrong.summary(&["words"]))
        article.article lang=(view.language) {
            h1 { (view.title) }
            p.soft lang=(language().as_str()) {
                (view.number) " · " (th!("written {when} by {whom}", when = ui::time(view.written_at, clock), whom = view.author_name))
                @if view.audience == Audience::Technicians { " · " (t!("for technicians only")) }
                @for other in view.languages.iter().filter(|other| **other != view.language) {
                    " · " a.link lang=(other) href={ "/knowledge/" (view.number) "?language=" (other) } { (other.words()) }
                }
            }
            @if view.state != ArticleState::Published || view.published != Some(view.version) { (standing(&view)) }
            div.prose dir="auto" { (body(&view.body)) }
        }
        @if view.state == ArticleState::Published { (judge(reader, &view, wrong, typed)) }
        @if reader.may(Capability::TicketWork) { (keepers(reader, &view)) }
    };
    let title = format!("{} {}", view.number, view.title);
    let here = Here::at(EmployeeTab::Knowledge, &title).with_status(wrong.status());
    portal::page(app, reader, here, &main).await
}

fn standing(view: &ArticleView) -> Markup {
    let words = match view.state {
        ArticleState::Retired => {
            t!("This article is retired: nobody finds it, and the bot does not quote it.").to_owned()
        }
        ArticleState::Draft => t!("This is a draft: only technicians see it.").to_owned(),
        ArticleState::Published => {
            t!(
                "This is version {version}; readers see version {published}.",
                version = view.version,
                published = view.published.unwrap_or_default(),
            )
        }
    };
    ui::notice(ui::Tone::Plain, &html! { (words) }, &html! {})
}

/// Whether it helped.
fn judge(reader: &Reader, view: &ArticleView, wrong: &Wrong, typed: &str) -> Markup {
    let action = format!("/knowledge/{}/feedback", view.number);
    let raise = format!("/tickets/new?subject={}", crate::routes::query_value(&view.title));
    html! {
        section.group id="judge" {
            h2 { (t!("Did this help?")) }
            @match view.said {
                Some(Verdict::Helped) => p { (t!("You said that it helped. Thank you.")) },
                Some(Verdict::DidNotHelp) => p { (th!("You said that it did not help. {raise} if you still need somebody.", raise = html! { a.link href=(raise) { (t!("Raise a ticket")) } })) },
                None => {},
            }
            @if view.said != Some(Verdict::Helped) {
                (ui::act(&action, reader.csrf(), &[("verdict", "helped")], Some("judge"), "", t!("Yes, it helped")))
            }
            @if view.said != Some(Verdict::DidNotHelp) || wrong.at("words").is_some() {
                details.more open[wrong.at("words").is_some()] {
                    summary { (t!("No, something is missing")) }
                    form.form method="post" action=(action) {
                        (ui::csrf_field(reader.csrf()))
                        input type="hidden" name="verdict" value="did_not_help";
                        (ui::field(&Field {
                            input: Input::Area, required: false, value: typed, error: wrong.at("words"),
                            hint: t!("Who looks after the article reads it, with your name."),
                            ..Field::new("words", t!("What is missing"))
                        }))
                        button.button { (t!("Send it")) }
                    }
                }
            }
        }
    }
}

/// For those who write: where it stands, its history, and what can be done with it.
fn keepers(reader: &Reader, view: &ArticleView) -> Markup {
    let clock = reader.clock();
    let act = |verb: &str, words: &str| {
        ui::act(&format!("/knowledge/{}/{verb}", view.number), reader.csrf(), &[], None, "", words)
    };
    let due = view.review_at.is_some_and(|at| at < reader.now());
    html! {
        section.group {
            h2 { (t!("Keeping it")) }
            (ui::facts(&[
                (t!("Looked after by"), html! { (view.owner_name) }),
                (t!("Helped"), html! { (th!("{helped} of {all} readers who said", helped = view.helped, all = view.helped + view.did_not_help)) }),
                (t!("Next review"), html! { @match view.review_at { Some(at) => { (ui::time(at, clock)) @if due { ", " (t!("due")) } }, None => (t!("none")) } }),
                (t!("Made from"), html! { @match view.made_from { Some(ticket) => a.link href={ "/desk/t/" (ticket) } { (ticket) }, None => (t!("no ticket")) } }),
            ]))
            div.acts {
                a.button href={ "/knowledge/" (view.number) "/edit?language=" (view.language) } { (t!("Write a new version")) }
                @for language in Language::ALL.iter().filter(|language| !view.languages.contains(language)) {
                    a.button href={ "/knowledge/" (view.number) "/edit?language=" (language) } { (t!("Translate into {language}", language = told_word(language.words()))) }
                }
                @if view.state == ArticleState::Retired { (act("keep", t!("Bring it back"))) }
                @if view.state == ArticleState::Published { (act("keep", t!("It is still true"))) (act("retire", t!("Retire it"))) }
            }
            details.more {
                summary { (plural!(view.versions.len(), "History: 1 version", "History: {n} versions")) }
                ul.list { @for version in &view.versions { li {
                    a.item href={ "/knowledge/" (view.number) "?language=" (view.language) "&version=" (version.version) } {
                        (icon(Icon::File))
                        div {
                            b { (th!("Version {number}: {title}", number = version.version, title = version.title)) }
                            small { (version.author_name) ", " (ui::time(version.at, clock)) @if version.published { " · " (t!("readers see this one")) } }
                        }
                        (icon(Icon::Right))
                    }
                } } }
            }
        }
    }
}

/// What a reader says.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Judged {
    verdict: String,
    words: String,
}

pub(super) async fn feedback(
    State(app): State<AppState>,
    Path(article): Path<String>,
    Posted { reader, form }: Posted<Judged>,
) -> PageResult {
    let verdict = if form.verdict == "helped" { Verdict::Helped } else { Verdict::DidNotHelp };
    let words = match form.words.trim() {
        "" => None,
        text => match Missing::new(text) {
            Ok(words) => Some(words),
            Err(error) => {
                let wrong = Wrong::field("words", sentence(&error.to_string()));
                return page(&app, &reader, &article, &Asked::default(), &wrong, &form.words).await;
            }
        },
    };
    let command = GiveFeedback { article: number(&article)?, verdict, words };
    act(&app, &reader, &article, command).await
}

pub(super) async fn keep(
    State(app): State<AppState>,
    Path(article): Path<String>,
    Posted { reader, .. }: Posted<Pressed>,
) -> PageResult {
    let command = KeepArticle { article: number(&article)? };
    act(&app, &reader, &article, command).await
}

pub(super) async fn retire(
    State(app): State<AppState>,
    Path(article): Path<String>,
    Posted { reader, .. }: Posted<Pressed>,
) -> PageResult {
    let command = RetireArticle { article: number(&article)? };
    act(&app, &reader, &article, command).await
}

async fn act(
    app: &AppState,
    reader: &Reader,
    article: &str,
    command: impl Command<Outcome = ()>,
) -> PageResult {
    match app.desk.execute(reader.ctx(), command).await {
        Ok(()) => Ok(see(&format!("/knowledge/{article}"))),
        Err(refused) => page(app, reader, article, &Asked::default(), &Wrong::of(refused)?, "").await,
    }
}
