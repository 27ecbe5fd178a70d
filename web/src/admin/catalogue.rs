//! The catalogue: what people can request, and the form of each item.

use axum::{
    extract::{Path, State},
    response::Response,
};
use desk::{
    Refused,
    catalogue::{Catalogue, ItemView, OneItem, WriteItem},
    data::Team,
    identity::{PersonDetail, Teams},
};
use domain::{
    CatalogueItemId,
    catalogue::{ApprovalBy, CatalogueItem, MOST_QUESTIONS, Question, QuestionKind},
    identity::Capability,
    ticket::{Category, ChoiceWords, InvalidText, ItemAbout, ItemName, Keywords, QuestionLabel},
};
use maud::{Markup, html};

use super::{Typed, form_of, room, typed};
use crate::{
    AppState,
    page::{PageResult, Posted, Reader, see, sentence},
    ui::{self, Field, Icon, Input, Tone, icon},
    words::{t, told},
    workspace::people_named,
    wrong::Wrong,
};

const HERE: &str = "/admin/catalogue";
const FIELDS: [&str; 8] =
    ["name", "about", "keywords", "category", "group", "working_days", "approval", "approvers"];
/// Questions that can be added at a time.
const FRESH: usize = 3;

fn id_of(text: &str) -> PageResult<CatalogueItemId> {
    Ok(text.parse().map_err(|_| Refused::NotFound("item of the catalogue"))?)
}

pub(super) async fn list(State(app): State<AppState>, reader: Reader) -> PageResult<Response> {
    reader.require(Capability::Admin)?;
    let items = app.desk.ask(reader.ctx(), Catalogue { all: true }).await?;
    let new = html! { a.button.main href="/admin/catalogue/new" { (icon(Icon::Plus)) (t!("Add an item")) } };
    let main = html! {
        (ui::page_head(t!("Catalogue"), t!("What people can request without asking how. Each request is a ticket in the queue of its group."), &new))
        (ui::panel(t!("All items"), &html! { (ui::chip(Tone::Plain, &items.len().to_string())) }, &html! {
            @if items.is_empty() {
                p.panel-body.soft { (t!("Nothing is offered yet. Begin with what people ask for most.")) }
            } @else { table.table.fold-phone {
                thead { tr { th scope="col" { (t!("Item")) } th scope="col" { (t!("Category")) } th scope="col" { (t!("Questions")) } th scope="col" { (t!("Approved by")) } th scope="col" { (t!("Offered")) } } }
                tbody { @for item in &items { tr {
                    td.lead { a.link href={ (HERE) "/" (item.id) } { bdi { (item.name) } } }
                    td data-label=(t!("Category")) { (item.category) }
                    td data-label=(t!("Questions")) { (item.questions.len()) }
                    td data-label=(t!("Approved by")) { (approved_by(item.approval)) }
                    td data-label=(t!("Offered")) { @if item.offered { (t!("yes")) } @else { (ui::chip(Tone::Warn, t!("no"))) } }
                } } }
            } }
        }))
    };
    Ok(reader.page_with(Wrong::nothing().status(), t!("Catalogue"), &room(&reader, HERE, &main)))
}

fn approved_by(approval: ApprovalBy) -> &'static str {
    match approval {
        ApprovalBy::Nobody => t!("nobody"),
        ApprovalBy::Manager => t!("their manager"),
        ApprovalBy::People => t!("named people"),
    }
}

pub(super) async fn form(State(app): State<AppState>, reader: Reader) -> PageResult {
    reader.require(Capability::Admin)?;
    let blank = Typed::from([("offered".to_owned(), "yes".to_owned())]);
    draw(&app, &reader, None, &blank, &Wrong::nothing()).await
}

pub(super) async fn show(State(app): State<AppState>, reader: Reader, Path(id): Path<String>) -> PageResult {
    reader.require(Capability::Admin)?;
    let item = app.desk.ask(reader.ctx(), OneItem { item: id_of(&id)? }).await?;
    let form = known(&app, &reader, &item).await?;
    draw(&app, &reader, Some(item.id), &form, &Wrong::nothing()).await
}

/// An item as its form shows it.
async fn known(app: &AppState, reader: &Reader, item: &ItemView) -> PageResult<Typed> {
    let mut approvers = Vec::with_capacity(item.approvers.len());
    for approver in &item.approvers {
        approvers.push(app.desk.ask(reader.ctx(), PersonDetail { person: approver.id }).await?.person.email);
    }
    let days = item.working_days.map(|days| days.to_string());
    let mut form: Typed = [
        ("name", item.name.as_str().to_owned()),
        ("about", item.about.as_str().to_owned()),
        ("keywords", item.keywords.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("category", item.category.as_str().to_owned()),
        ("group", item.group.map(|group| group.to_string()).unwrap_or_default()),
        ("working_days", days.unwrap_or_default()),
        ("approval", item.approval.to_string()),
        ("approvers", approvers.join(", ")),
        ("offered", if item.offered { "yes" } else { "" }.to_owned()),
        ("version", item.version.to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    for (nth, question) in item.questions.iter().enumerate() {
        let choices: Vec<_> = question.choices.iter().map(ChoiceWords::as_str).collect();
        form.insert(format!("label{nth}"), question.label.as_str().to_owned());
        form.insert(format!("kind{nth}"), question.kind.to_string());
        form.insert(format!("choices{nth}"), choices.join("\n"));
        if question.required {
            form.insert(format!("required{nth}"), "yes".to_owned());
        }
    }
    Ok(form)
}

async fn draw(
    app: &AppState,
    reader: &Reader,
    id: Option<CatalogueItemId>,
    form: &Typed,
    wrong: &Wrong,
) -> PageResult {
    let groups = app.desk.ask(reader.ctx(), Teams).await?;
    let (title, action, words) = match id {
        Some(id) => (typed(form, "name").to_owned(), format!("{HERE}/{id}"), t!("Save")),
        None => (t!("Add an item").to_owned(), HERE.to_owned(), t!("Add the item")),
    };
    let asked = (0..MOST_QUESTIONS).filter(|nth| !typed(form, &format!("label{nth}")).is_empty()).count();
    let rows = (asked + FRESH).min(MOST_QUESTIONS);
    let main = html! {
        a.back href=(HERE) { (icon(Icon::Left)) (t!("Catalogue")) }
        (ui::page_head(&title, "", &html! { @if let Some(id) = id { a.button href={ "/catalogue/" (id) } { (t!("See it as people do")) } } }))
        (ui::panel(t!("Item"), &html! {
            @if !typed(form, "version").is_empty() { (ui::chip(Tone::Plain, &t!("version {version}", version = typed(form, "version")))) }
        }, &html! { div.panel-body {
            (form_of(reader, &action, &html! {
                input type="hidden" name="version" value=(typed(form, "version"));
                (wrong.summary(&FIELDS))
                (fields(form, wrong, &groups))
                h3 { (t!("What is asked")) }
                p.soft { (t!("Ask for what whoever does it would have to ask for otherwise, and nothing else. A question without words is none; with each save there is room for three more.")) }
                @for nth in 0..rows { (row(nth, form)) }
            }, "main", words))
        } }))
    };
    let title = if title.is_empty() { t!("Catalogue") } else { &title };
    Ok(reader.page_with(wrong.status(), title, &room(reader, HERE, &main)))
}

fn fields(form: &Typed, wrong: &Wrong, groups: &[Team]) -> Markup {
    let groups: Vec<_> = groups.iter().map(|group| (group.id.to_string(), group.name.as_str())).collect();
    let groups: Vec<_> = std::iter::once(("", t!("No group: the common queue")))
        .chain(groups.iter().map(|(id, name)| (id.as_str(), *name)))
        .collect();
    let approvals: Vec<_> = ApprovalBy::ALL.iter().map(|it| (it.as_str(), approved_by(*it))).collect();
    let of = |name: &'static str, label: &'static str| Field {
        value: typed(form, name),
        error: wrong.at(name),
        ..Field::new(name, label)
    };
    html! {
        (ui::field(&of("name", t!("Name"))))
        (ui::field(&Field { input: Input::Area, hint: t!("What one gets, and what it is not, in Markdown."), ..of("about", t!("Description")) }))
        (ui::field(&Field { required: false, hint: t!("What else people call it, with commas between."), ..of("keywords", t!("Other words")) }))
        (ui::field(&of("category", t!("Category"))))
        (ui::field(&Field { input: Input::Choice(&groups), required: false, ..of("group", t!("Who does it")) }))
        (ui::field(&Field { input: Input::Line("number"), required: false, hint: t!("Working days; people are told “usually within …”."), ..of("working_days", t!("How long it takes")) }))
        (ui::field(&Field { input: Input::Choice(&approvals), ..of("approval", t!("Approved by")) }))
        (ui::field(&Field { required: false, hint: t!("Only for named people: names or e-mail addresses, with commas between. All of them have to agree."), ..of("approvers", t!("Who approves")) }))
        label.check { input type="checkbox" name="offered" value="yes" checked[typed(form, "offered") == "yes"]; " " (t!("It can be requested")) }
    }
}

/// One question of the form.
fn row(nth: usize, form: &Typed) -> Markup {
    let at = |field: &str| typed(form, &format!("{field}{nth}"));
    html! {
        fieldset.field.question {
            legend { (t!("Question {n}", n = nth + 1)) }
            label { (t!("What is asked")) input.input name={ "label" (nth) } value=(at("label")) maxlength=(QuestionLabel::LIMIT); }
            label { (t!("Answered by")) select.input name={ "kind" (nth) } {
                @for kind in QuestionKind::ALL { option value=(kind) selected[at("kind") == kind.as_str()] { (told(kind.words())) } }
            } }
            label { (t!("Choices, one a line, for “one of several”")) textarea.input name={ "choices" (nth) } rows="2" { (at("choices")) } }
            label.check { input type="checkbox" name={ "required" (nth) } value="yes" checked[at("required") == "yes"]; " " (t!("It has to be answered")) }
        }
    }
}

/// The item that the form describes, or everything that is wrong with it.
async fn read(app: &AppState, reader: &Reader, form: &Typed) -> PageResult<Result<CatalogueItem, Wrong>> {
    let mut wrong = Wrong::nothing();
    let approvers = people_named(app, reader, typed(form, "approvers")).await?;
    let approvers = approvers.map_err(|words| wrong.add("approvers", words)).ok();
    let name = kept(ItemName::new(typed(form, "name")), "name", &mut wrong);
    let about = kept(ItemAbout::new(typed(form, "about")), "about", &mut wrong);
    let category = kept(Category::new(typed(form, "category")), "category", &mut wrong);
    let keywords = match typed(form, "keywords").trim() {
        "" => Some(None),
        words => kept(Keywords::new(words), "keywords", &mut wrong).map(Some),
    };
    let group = match typed(form, "group") {
        "" => Some(None),
        id => id.parse().map(Some).map_err(|_| wrong.add("group", t!("Choose a group of the list."))).ok(),
    };
    let working_days = match typed(form, "working_days").trim() {
        "" => Some(None),
        days => days
            .parse()
            .map(Some)
            .map_err(|_| wrong.add("working_days", t!("Write a number of working days, or nothing.")))
            .ok(),
    };
    let approval = ApprovalBy::parse(typed(form, "approval"));
    if approval.is_none() {
        wrong.add("approval", t!("Choose who approves it."));
    }
    let questions = questions(form, &mut wrong);
    let offered = typed(form, "offered") == "yes";
    Ok(match (name, about, category, keywords, group, working_days, approval, approvers) {
        (
            Some(name),
            Some(about),
            Some(category),
            Some(keywords),
            Some(group),
            Some(working_days),
            Some(approval),
            Some(approvers),
        ) if wrong.is_empty() => Ok(CatalogueItem {
            name,
            about,
            keywords,
            category,
            group,
            questions,
            working_days,
            approval,
            approvers,
            offered,
        }),
        _ => Err(wrong),
    })
}

fn kept<T>(text: Result<T, InvalidText>, field: &str, wrong: &mut Wrong) -> Option<T> {
    text.map_err(|error| wrong.add(field, sentence(&error.to_string()))).ok()
}

fn questions(form: &Typed, wrong: &mut Wrong) -> Vec<Question> {
    let mut questions = Vec::new();
    for nth in 0..MOST_QUESTIONS {
        let at = |field: &str| typed(form, &format!("{field}{nth}"));
        if at("label").trim().is_empty() {
            continue;
        }
        let kind = QuestionKind::parse(at("kind")).unwrap_or(QuestionKind::Text);
        let mut choices = Vec::new();
        // What is left from before in the choices of something that is no choice is nothing that was asked for.
        let lines = at("choices").lines().map(str::trim).filter(|line| !line.is_empty());
        for line in lines.filter(|_| kind == QuestionKind::Choice) {
            choices.extend(kept(ChoiceWords::new(line), "questions", wrong));
        }
        if let Some(label) = kept(QuestionLabel::new(at("label")), "questions", wrong) {
            questions.push(Question { label, kind, required: at("required") == "yes", choices });
        }
    }
    questions
}

async fn write(app: &AppState, reader: &Reader, id: Option<CatalogueItemId>, form: &Typed) -> PageResult {
    reader.require(Capability::Admin)?;
    let item = match read(app, reader, form).await? {
        Ok(item) => item,
        Err(wrong) => return draw(app, reader, id, form, &wrong).await,
    };
    let if_version = typed(form, "version").parse().ok();
    match app.desk.execute(reader.ctx(), WriteItem { id, item, if_version }).await {
        Ok(written) => Ok(see(&format!("{HERE}/{}", written.id))),
        Err(Refused::Stale { .. }) => {
            let words = t!(
                "Somebody else changed it meanwhile. Open it in another tab, look at the change, and save yours there."
            );
            draw(app, reader, id, form, &Wrong::conflict(words)).await
        }
        Err(refused) => draw(app, reader, id, form, &Wrong::of(refused)?).await,
    }
}

pub(super) async fn add(State(app): State<AppState>, Posted { reader, form }: Posted<Typed>) -> PageResult {
    write(&app, &reader, None, &form).await
}

pub(super) async fn change(
    State(app): State<AppState>,
    Path(id): Path<String>,
    Posted { reader, form }: Posted<Typed>,
) -> PageResult {
    write(&app, &reader, Some(id_of(&id)?), &form).await
}
