//! Writing an article: a new one, perhaps from a ticket; a new version; a translation.

use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use desk::{
    knowledge::{ArticleView, OneArticle, WriteArticle},
    ticket::{TicketDetail, TicketDetailView, TicketRef},
};
use domain::{
    identity::Capability,
    knowledge::{ArticleNumber, Asked as AskedFor, Audience, Language, ReviewEvery},
    ticket::{ArticleTitle, Keywords, Markdown},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::number;
use crate::{
    AppState,
    page::{PageResult, Posted, Reader, see, sentence},
    portal::{self, Here},
    ui::{self, EmployeeTab, Field, Icon, Input, icon},
    words::{key, said, t, told_word},
    wrong::Wrong,
};

/// What the form holds, or what a link begins with.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    title: String,
    keywords: String,
    asked: String,
    body: String,
    language: String,
    audience: String,
    review: String,
    seen: String,
    ticket: String,
    publish: String,
}

const FIELDS: [&str; 7] = ["title", "body", "keywords", "asked", "language", "audience", "review"];

const REVIEWS: [(&str, &str); 5] = [
    ("3", key!("3 months")),
    ("6", key!("6 months")),
    ("12", key!("a year")),
    ("24", key!("two years")),
    ("36", key!("three years")),
];

impl Typed {
    fn of(view: &ArticleView, language: Language) -> Self {
        // A translation begins with the text that it translates.
        Self {
            title: view.title.clone(),
            keywords: view.keywords.clone(),
            asked: view.asked.clone(),
            body: view.body.clone(),
            language: language.to_string(),
            audience: view.audience.to_string(),
            review: view.review_months.months().to_string(),
            seen: if view.language == language { view.latest.to_string() } else { "0".to_owned() },
            ..Self::default()
        }
    }

    /// What a ticket says about itself: what was asked, and the last words that its requester was told.
    fn of_ticket(detail: &TicketDetailView) -> Self {
        let ticket = &detail.view.ticket;
        let told = detail.timeline.items.iter().rev().find(|item| {
            item.kind == "reply" && item.person.as_ref().is_some_and(|person| person.id != ticket.requester)
        });
        Self {
            title: ticket.subject.as_str().chars().take(ArticleTitle::LIMIT).collect(),
            asked: ticket.subject.to_string(),
            keywords: ticket.category.as_ref().map(ToString::to_string).unwrap_or_default(),
            body: told.map(|item| item.body.clone()).unwrap_or_default(),
            ticket: ticket.number.to_string(),
            ..Self::default()
        }
    }

    fn read(&self, article: Option<ArticleNumber>) -> Result<WriteArticle, Wrong> {
        let mut wrong = Wrong::nothing();
        let title =
            ArticleTitle::new(&self.title).map_err(|error| wrong.add("title", sentence(&error.to_string())));
        let body = Markdown::new(&self.body).map_err(|error| wrong.add("body", sentence(&error.to_string())));
        let keywords = match self.keywords.trim() {
            "" => Ok(None),
            text => Keywords::new(text)
                .map(Some)
                .map_err(|error| wrong.add("keywords", sentence(&error.to_string()))),
        };
        let asked =
            AskedFor::new(&self.asked).map_err(|error| wrong.add("asked", sentence(&error.to_string())));
        let review = self.review.parse().ok().and_then(ReviewEvery::new);
        let made_from = match self.ticket.trim() {
            "" => None,
            text => text.parse::<TicketRef>().ok(),
        };
        match (title, body, keywords, asked) {
            (Ok(title), Ok(body), Ok(keywords), Ok(asked)) => Ok(WriteArticle {
                article,
                language: Language::parse(&self.language).unwrap_or(Language::En),
                seen: self.seen.parse().ok(),
                title,
                keywords,
                asked,
                body,
                audience: Audience::parse(&self.audience),
                review,
                made_from,
                publish: self.publish == "1",
            }),
            _ => Err(wrong),
        }
    }
}

pub(super) async fn new(
    State(app): State<AppState>,
    reader: Reader,
    Query(typed): Query<Typed>,
) -> PageResult {
    reader.require(Capability::TicketWork)?;
    let typed = if typed.ticket.is_empty() {
        Typed {
            title: typed.title.chars().take(ArticleTitle::LIMIT).collect(),
            asked: typed.title,
            ..Typed::default()
        }
    } else {
        let ticket: TicketRef = typed.ticket.parse()?;
        Typed::of_ticket(&*app.desk.ask(reader.ctx(), TicketDetail { ticket }).await?)
    };
    draw(&app, &reader, None, &typed, &Wrong::nothing()).await
}

pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path(article): Path<String>,
    Query(typed): Query<Typed>,
) -> PageResult {
    reader.require(Capability::TicketWork)?;
    let number = number(&article)?;
    let wanted = Language::parse(&typed.language);
    let one = OneArticle { number, language: wanted, version: None, latest: true };
    let view = app.desk.ask(reader.ctx(), one).await?;
    let typed = Typed::of(&view, wanted.unwrap_or(view.language));
    draw(&app, &reader, Some(number), &typed, &Wrong::nothing()).await
}

pub(super) async fn add(State(app): State<AppState>, Posted { reader, form }: Posted<Typed>) -> PageResult {
    write(&app, &reader, None, &form).await
}

pub(super) async fn change(
    State(app): State<AppState>,
    Path(article): Path<String>,
    Posted { reader, form }: Posted<Typed>,
) -> PageResult {
    write(&app, &reader, Some(number(&article)?), &form).await
}

async fn write(
    app: &AppState,
    reader: &Reader,
    article: Option<ArticleNumber>,
    typed: &Typed,
) -> PageResult<Response> {
    reader.require(Capability::TicketWork)?;
    let command = match typed.read(article) {
        Ok(command) => command,
        Err(wrong) => return draw(app, reader, article, typed, &wrong).await,
    };
    let language = command.language;
    match app.desk.execute(reader.ctx(), command).await {
        Ok(written) => {
            Ok(see(&format!("/knowledge/{}?language={language}&version={}", written.number, written.version)))
        }
        Err(desk::Refused::Stale { current }) => {
            let wrong = Wrong::field(
                "",
                t!(
                    "Somebody wrote version {current} meanwhile. Yours is still here: read theirs in the history, take over what you want of it, and send yours again.",
                    current
                ),
            );
            let typed = Typed { seen: current.to_string(), ..typed.clone() };
            draw(app, reader, article, &typed, &wrong).await
        }
        Err(refused) => draw(app, reader, article, typed, &Wrong::of(refused)?).await,
    }
}

async fn draw(
    app: &AppState,
    reader: &Reader,
    article: Option<ArticleNumber>,
    typed: &Typed,
    wrong: &Wrong,
) -> PageResult {
    let (title, action, back) = match article {
        Some(number) => (
            t!("Write {number} anew", number),
            format!("/knowledge/{number}/edit"),
            format!("/knowledge/{number}"),
        ),
        None => (t!("Write an article").to_owned(), "/knowledge/new".to_owned(), "/knowledge".to_owned()),
    };
    let main = html! {
        a.back href=(back) { (icon(Icon::Left)) (t!("Back")) }
        h1 { (title) }
        (form(reader, article, &action, typed, wrong))
    };
    let here = Here::at(EmployeeTab::Knowledge, &title).with_status(wrong.status());
    portal::page(app, reader, here, &main).await
}

fn form(
    reader: &Reader,
    article: Option<ArticleNumber>,
    action: &str,
    typed: &Typed,
    wrong: &Wrong,
) -> Markup {
    let languages: Vec<_> =
        Language::ALL.iter().map(|language| (language.as_str(), told_word(language.words()))).collect();
    let audiences: Vec<_> =
        Audience::ALL.iter().map(|audience| (audience.as_str(), told_word(audience.words()))).collect();
    let review = if typed.review.is_empty() { "12" } else { typed.review.as_str() };
    let months = t!("{review} months", review);
    let mut reviews = said(REVIEWS).to_vec();
    if reviews.iter().all(|(value, _)| *value != review) {
        reviews.push((review, &months));
    }
    let draft = |field: &str| {
        let which = article.map_or_else(|| format!("new{}", typed.ticket), |number| number.to_string());
        format!("{}:article:{which}:{}:{field}", reader.id(), typed.language)
    };
    let (title, body, asked) = (draft("title"), draft("body"), draft("asked"));
    html! {
        form.form method="post" action=(action) {
            (ui::csrf_field(reader.csrf()))
            (wrong.summary(&FIELDS))
            input type="hidden" name="seen" value=(typed.seen);
            input type="hidden" name="ticket" value=(typed.ticket);
            @if !typed.ticket.is_empty() { p.soft { (t!("Made from {ticket}. Take out whose it was before you publish it.", ticket = typed.ticket)) } }
            (ui::field(&Field { value: &typed.title, error: wrong.at("title"), draft: &title,
                hint: t!("As somebody would say it who has the trouble."), ..Field::new("title", t!("Title")) }))
            (ui::field(&Field { input: Input::Area, value: &typed.body, error: wrong.at("body"), draft: &body,
                hint: t!("Markdown. The first paragraph answers the usual question by itself; each heading (### …) begins a section that the bot can quote."),
                ..Field::new("body", t!("Text")) }))
            (ui::field(&Field { input: Input::Area, required: false, value: &typed.asked, error: wrong.at("asked"), draft: &asked,
                hint: t!("One phrasing a line, in words of people who do not know the name of it. Search and bot go by them."),
                ..Field::new("asked", t!("How people ask for it")) }))
            (ui::field(&Field { required: false, value: &typed.keywords, error: wrong.at("keywords"),
                hint: t!("Other words for it, separated by commas."), ..Field::new("keywords", t!("Keywords")) }))
            @if article.is_some() { input type="hidden" name="language" value=(typed.language); }
            @else { (ui::field(&Field { input: Input::Choice(&languages), value: &typed.language, ..Field::new("language", t!("Language")) })) }
            (ui::field(&Field { input: Input::Choice(&audiences), value: &typed.audience, ..Field::new("audience", t!("Who reads it")) }))
            (ui::field(&Field { input: Input::Choice(&reviews), value: review, ..Field::new("review", t!("Look at it again after")) }))
            div.acts {
                button.button.main name="publish" value="1" { (t!("Publish it")) }
                button.button name="publish" value="0" { (t!("Keep it as a draft")) }
            }
        }
    }
}
