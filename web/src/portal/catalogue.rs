//! What can be requested: the catalogue, and the form of each item.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use desk::{
    Refused,
    catalogue::{Catalogue, FindItems, ItemView, OneItem, RequestItem, Said},
};
use domain::{
    CatalogueItemId,
    catalogue::{ApprovalBy, Question, QuestionKind},
    effort::{DayNumber, Effort},
    ticket::Markdown,
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{Here, effort::FIELDS as EFFORT, page};
use crate::{
    AppState,
    knowledge::first_words,
    markdown::{self, For},
    page::{PageResult, Posted, Reader, see, sentence},
    ui::{self, Field, Icon, Input, icon},
    words::{t, told},
    wrong::Wrong,
};

/// Items that a search within the catalogue shows.
const FOUND: usize = 50;

/// What is looked for among them.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
}

pub(super) async fn list(
    State(app): State<AppState>,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> PageResult {
    let text: String = asked.q.trim().chars().take(500).collect();
    let items = if text.is_empty() {
        app.desk.ask(reader.ctx(), Catalogue::default()).await?
    } else {
        app.desk.ask(reader.ctx(), FindItems { text: text.clone(), limit: FOUND }).await?
    };
    let mut categories: BTreeMap<&str, Vec<&ItemView>> = BTreeMap::new();
    for item in &items {
        categories.entry(item.category.as_str()).or_default().push(item);
    }
    let main = html! {
        a.back href="/" { (icon(Icon::Left)) (t!("Home")) }
        h1 { (t!("What you can request")) }
        (ui::ask("/catalogue", &text, t!("Look for something to request"), Some("items")))
        div.group id="items" {
            @if items.is_empty() {
                (ui::empty(
                    Icon::Search,
                    if text.is_empty() { t!("Nothing is offered here yet") } else { t!("Nothing offered fits") },
                    t!("Say in your own words what you need, and the service desk looks for a way."),
                    &html! { a.button.main href="/tickets/new?kind=service_request" { (t!("Say what you need")) } },
                ))
            }
            @for (category, items) in &categories {
                section.group {
                    h2 { (category) }
                    ul.list { @for found in items { li { (item(found)) } } }
                }
            }
        }
    };
    page(&app, &reader, Here::nowhere(t!("What you can request")), &main).await
}

/// One item as a search or the list shows it.
pub(super) fn item(found: &ItemView) -> Markup {
    html! {
        a.item href={ "/catalogue/" (found.id) } {
            (icon(Icon::Plus))
            div {
                b { (found.name) }
                small { (first_words(found.about.as_str())) @if let Some(usually) = &found.usually { " · " (told(usually)) } }
            }
            (icon(Icon::Right))
        }
    }
}

type Typed = BTreeMap<String, String>;

fn typed<'t>(form: &'t Typed, name: &str) -> &'t str {
    form.get(name).map_or("", String::as_str)
}

fn id_of(text: &str) -> PageResult<CatalogueItemId> {
    Ok(text.parse().map_err(|_| Refused::NotFound("item of the catalogue"))?)
}

pub(super) async fn show(State(app): State<AppState>, reader: Reader, Path(id): Path<String>) -> PageResult {
    let item = app.desk.ask(reader.ctx(), OneItem { item: id_of(&id)? }).await?;
    draw(&app, &reader, &item, &Typed::new(), &Wrong::nothing()).await
}

/// What the name of a field ends with that says which question another one answers.
const ASKED: &str = "-asked";

/// The field of a question, in this version of the form: what was typed for one version is no answer to another.
fn name_of(version: u64, nth: usize) -> String {
    format!("q{version}-{nth}")
}

async fn draw(app: &AppState, reader: &Reader, item: &ItemView, form: &Typed, wrong: &Wrong) -> PageResult {
    let key = match typed(form, "key") {
        "" => reader.form_key(),
        key => key.to_owned(),
    };
    let draft = format!("{}:catalogue:{}", reader.id(), item.id);
    let names: Vec<String> = (0..item.questions.len()).map(|nth| name_of(item.version, nth)).collect();
    let fields: Vec<&str> = names.iter().map(String::as_str).chain(["more"]).collect();
    let main = html! {
        a.back href="/catalogue" { (icon(Icon::Left)) (t!("What you can request")) }
        h1 { (item.name) }
        div.stack {
        div.prose dir="auto" { (markdown::html(item.about.as_str(), For::Requester)) }
        p.soft {
            @if let Some(usually) = &item.usually { (sentence(usually)) " " }
            @match item.approval {
                ApprovalBy::Nobody => {}
                ApprovalBy::Manager => { (t!("Whoever leads you is asked first whether you may have it.")) }
                ApprovalBy::People => { (t!("It is approved before anybody works on it.")) }
            }
        }
        @if item.offered {
            form.form id="request" method="post" action={ "/catalogue/" (item.id) } data-live="request" data-begun=(DayNumber::of(reader.now()).0) {
                (ui::csrf_field(reader.csrf()))
                input type="hidden" name="key" value=(key);
                input type="hidden" name="version" value=(item.version);
                @for (name, value) in EFFORT { input type="hidden" name=(name) value=(value); }
                input type="hidden" name="begun";
                (wrong.summary(&fields))
                @for (question, name) in item.questions.iter().zip(&names) {
                    input type="hidden" name={ (name) (ASKED) } value=(question.label);
                    (asked(question, name, form, wrong, &draft))
                }
                (ui::field(&Field {
                    value: typed(form, "more"), error: wrong.at("more"), input: Input::Area, required: false,
                    draft: &format!("{draft}:more"), ..Field::new("more", t!("Anything else"))
                }))
                div.inline {
                    button.button.main.large { (t!("Request it")) }
                    span.draft-status data-draft-status role="status" {}
                }
            }
        } @else {
            (ui::notice(ui::Tone::Warn, &html! { (t!("It cannot be requested now; only administrators see this.")) }, &html! {}))
        }
        }
    };
    page(app, reader, Here::nowhere(item.name.as_str()).with_status(wrong.status()), &main).await
}

/// A question as a field.
fn asked(question: &Question, name: &str, form: &Typed, wrong: &Wrong, draft: &str) -> Markup {
    let choices: Vec<(&str, &str)> = match question.kind {
        QuestionKind::Choice => question.choices.iter().map(|it| (it.as_str(), it.as_str())).collect(),
        QuestionKind::YesNo => vec![("yes", t!("Yes")), ("no", t!("No"))],
        QuestionKind::Text | QuestionKind::Date | QuestionKind::Person => Vec::new(),
    };
    let choices: Vec<_> = std::iter::once(("", t!("Choose…"))).chain(choices).collect();
    let draft = format!("{draft}:{name}");
    let (input, hint, draft) = match question.kind {
        QuestionKind::Text => (Input::Line("text"), "", draft.as_str()),
        QuestionKind::Choice | QuestionKind::YesNo => (Input::Choice(&choices), "", ""),
        QuestionKind::Date => (Input::Line("date"), "", ""),
        QuestionKind::Person => (Input::Line("email"), t!("A colleague's e-mail address."), draft.as_str()),
    };
    ui::field(&Field {
        input,
        hint,
        draft,
        value: typed(form, name),
        error: wrong.at(name),
        required: question.required,
        ..Field::new(name, question.label.as_str())
    })
}

pub(super) async fn send(
    State(app): State<AppState>,
    Path(id): Path<String>,
    Posted { reader, form }: Posted<Typed>,
) -> PageResult {
    let item = app.desk.ask(reader.ctx(), OneItem { item: id_of(&id)? }).await?;
    let version: u64 = typed(&form, "version").parse().unwrap_or_default();
    if version != item.version {
        return changed(&app, &reader, &item, form).await;
    }
    let more = match typed(&form, "more").trim() {
        "" => None,
        text => match Markdown::new(text) {
            Ok(more) => Some(more),
            Err(error) => {
                let wrong = Wrong::field("more", sentence(&error.to_string()));
                return draw(&app, &reader, &item, &form, &wrong).await;
            }
        },
    };
    let answers: Vec<Said> = item
        .questions
        .iter()
        .enumerate()
        .map(|(nth, question)| Said {
            question: question.label.as_str().to_owned(),
            answer: typed(&form, &name_of(version, nth)).to_owned(),
        })
        .collect();
    let shown = version.to_string();
    let mut request: Vec<&str> = vec!["request", &id, &shown, typed(&form, "more")];
    request.extend(answers.iter().map(|said| said.answer.as_str()));
    let ctx = reader.ctx_once(Some(typed(&form, "key")), &request);
    let [took, actions, begun] = ["took", "actions", "begun"].map(|name| typed(&form, name).to_owned());
    let command = RequestItem {
        item: item.id,
        answers,
        more,
        effort: Some(Effort::said(&took, &actions, &begun, reader.now())),
        if_version: Some(version),
    };
    match app.desk.execute(ctx, command).await {
        Ok(ticket) => Ok(see(&format!("/tickets/{}?said=requested", ticket.number))),
        Err(Refused::Stale { .. }) => {
            let item = app.desk.ask(reader.ctx(), OneItem { item: item.id }).await?;
            changed(&app, &reader, &item, form).await
        }
        // The key belongs to what was sent before; what was changed since is another request.
        Err(Refused::KeyReused) => {
            let words =
                t!("This form was sent before, with other words. Send it again if you need it twice.");
            let form = form.into_iter().filter(|(name, _)| name != "key").collect();
            draw(&app, &reader, &item, &form, &Wrong::field("", words)).await
        }
        Err(refused) => draw(&app, &reader, &item, &form, &Wrong::of(in_fields(refused, version))?).await,
    }
}

/// The form as it is now, with what was answered to the same questions.
async fn changed(app: &AppState, reader: &Reader, item: &ItemView, mut form: Typed) -> PageResult {
    let wrong = Wrong::conflict(t!("This form was changed meanwhile. Look at it again, and send it."));
    let before: BTreeMap<String, String> = form
        .iter()
        .filter_map(|(name, label)| {
            let field = name.strip_suffix(ASKED)?;
            Some((label.clone(), typed(&form, field).to_owned()))
        })
        .collect();
    for (nth, question) in item.questions.iter().enumerate() {
        if let Some(answer) = before.get(question.label.as_str()) {
            form.insert(name_of(item.version, nth), answer.clone());
        }
    }
    draw(app, reader, item, &form, &wrong).await
}

/// What is wrong with `answers[3]` is said at the field of that question.
fn in_fields(refused: Refused, version: u64) -> Refused {
    let Refused::Invalid(mut errors) = refused else { return refused };
    for error in &mut errors {
        let nth = error.field.strip_prefix("answers[").and_then(|rest| rest.strip_suffix(']'));
        if let Some(nth) = nth.and_then(|nth| nth.parse().ok()) {
            error.field = name_of(version, nth);
        }
    }
    Refused::Invalid(errors)
}
