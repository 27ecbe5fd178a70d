//! What is still to be done on a ticket, beside it: one press ticks an item, and the rest of what can be done with it is
//! folded below.

use axum::extract::{Path, Query, State};
use desk::{
    Refused,
    ticket::{
        ChangeChecklist, ChecklistEdit, ChecklistItemView, ChecklistOf, ChecklistView, TicketRef,
        TimelineItem,
    },
};
use domain::ticket::{ChecklistWords, ItemChange, tasks};
use maud::{Markup, html};
use serde::Deserialize;

use super::{ticket::From, work};
use crate::{
    AppState,
    page::{PageResult, Posted, Reader},
    ui::{self, Icon, Tone, icon},
    words::{t, told},
};

/// What a change of the checklist shows again.
const LIVE: &str = "checklist ticket-head timeline list seat sheet";

/// How far it is, for the head of the ticket.
pub(super) fn chip(list: &ChecklistView) -> Markup {
    html! {
        @if let Some(progress) = list.progress {
            span.checklist-chip title=(t!("Checklist")) {
                span.unseen { (t!("Checklist:")) " " }
                (ui::icon_chip(if progress.done == progress.items { Tone::Ok } else { Tone::Plain }, Icon::Check, &told(&progress.to_string())))
            }
        }
    }
}

/// The section of a ticket's context. `action` leads to what changes it, if the reader may and the ticket takes changes.
pub(super) fn section(
    reader: &Reader,
    topic: &str,
    list: &ChecklistView,
    action: Option<&dyn Fn(&str) -> String>,
) -> Markup {
    html! {
        div id="checklist" data-live-topic=(topic) {
            @if let Some(progress) = list.progress {
                p.checklist-progress {
                    progress value=(progress.done) max=(progress.items) aria-label=(t!("Checklist")) {}
                    span { (t!("{progress} done", progress)) }
                }
            }
            @if !list.items.is_empty() {
                ul.checklist {
                    @for (nth, item) in list.items.iter().enumerate() {
                        li { (line(reader, item, (nth + 1, list.items.len()), action)) }
                    }
                }
            }
            @if let Some(action) = action {
                form.checklist-add id="checklist-new" method="post" action=(action("checklist")) data-live=(LIVE) {
                    (ui::csrf_field(reader.csrf()))
                    label.unseen for="checklist-words" { (t!("New item")) }
                    input.input id="checklist-words" name="words" required maxlength=(ChecklistWords::LIMIT) placeholder=(t!("New item")) autocomplete="off";
                    button.button id="checklist-button" { (t!("Add")) }
                }
            } @else if list.items.is_empty() {
                p.soft { (t!("Nothing is on it.")) }
            }
        }
    }
}

fn line(
    reader: &Reader,
    item: &ChecklistItemView,
    (place, items): (usize, usize),
    action: Option<&dyn Fn(&str) -> String>,
) -> Markup {
    let id = item.id;
    let ticked = html! {
        @if let (Some(by), Some(at)) = (&item.ticked_by, item.ticked_at) {
            span.quiet { (by.name) ", " (ui::time(at, reader.clock())) }
        }
    };
    let Some(action) = action else {
        return html! { div.tick.done[item.done] { span.box { (icon(Icon::Check)) } span { bdi { (item.words) } @if item.done { span.unseen { " " (t!("(done)")) } } } } (ticked) };
    };
    let address = action(&format!("checklist/{id}"));
    let button = |act: &str, words: &str, off: bool| {
        html! { button.button.bare id={ (act) "-" (id) } name="act" value=(act) disabled[off] { (words) } }
    };
    html! {
        form method="post" action=(address) data-live=(LIVE) {
            (ui::csrf_field(reader.csrf()))
            input type="hidden" name="act" value=(if item.done { "undo" } else { "tick" });
            button.tick.done[item.done] id={ "tick-" (id) } role="checkbox" aria-checked=(item.done) {
                span.box { (icon(Icon::Check)) }
                span { bdi { (item.words) } }
            }
        }
        (ticked)
        details {
            summary { (icon(Icon::More)) span.unseen { (t!("Change “{words}”", words = item.words)) } }
            form.form.compact id={ "item-" (id) } method="post" action=(address) data-live=(LIVE) {
                (ui::csrf_field(reader.csrf()))
                input type="hidden" name="place" value=(place);
                label { (t!("Item")) input.input name="words" required maxlength=(ChecklistWords::LIMIT) value=(item.words) autocomplete="off"; }
                div.inline {
                    (button("rename", t!("Rename"), false))
                    (button("up", t!("Move up"), place == 1))
                    (button("down", t!("Move down"), place == items))
                    (button("remove", t!("Remove"), false))
                }
            }
        }
    }
}

/// Below a comment that lists tasks which are not on the checklist yet.
pub(super) fn offer(reader: &Reader, item: &TimelineItem, list: &ChecklistView, action: &str) -> Markup {
    offer_of(reader, (&item.id.to_string(), &item.body), list, action)
}

/// What a form says in place of a comment's id where the ticket's own words are meant.
const DESCRIPTION: &str = "description";

/// The same below what the ticket began with.
pub(super) fn offer_description(reader: &Reader, text: &str, list: &ChecklistView, action: &str) -> Markup {
    offer_of(reader, (DESCRIPTION, text), list, action)
}

fn offer_of(reader: &Reader, (id, text): (&str, &str), list: &ChecklistView, action: &str) -> Markup {
    let known = |words: &ChecklistWords| list.items.iter().any(|item| item.words == *words);
    let new = tasks(text).into_iter().filter(|(words, _)| !known(words)).count();
    let words = match (list.items.is_empty(), new) {
        (_, 0) => return html! {},
        (true, _) => t!("Make a checklist of this"),
        (false, _) => t!("Put it on the checklist"),
    };
    html! {
        form.checklist-offer method="post" action=(action) data-live=(LIVE) {
            (ui::csrf_field(reader.csrf()))
            input type="hidden" name="comment" value=(id);
            button.button { (icon(Icon::Check)) (words) }
        }
    }
}

/// A new item, or a comment that lists some.
#[derive(Deserialize)]
pub(super) struct New {
    #[serde(default)]
    words: String,
    #[serde(default)]
    comment: String,
}

async fn change(
    app: &AppState,
    reader: &Reader,
    ticket: TicketRef,
    from: &From,
    edit: desk::Result<ChecklistEdit>,
) -> PageResult {
    let changed = match edit {
        Ok(edit) => app.desk.execute(reader.ctx(), ChangeChecklist { ticket, edit }).await,
        Err(refused) => Err(refused),
    };
    match changed {
        Ok(_) => Ok(work::back(&ticket, from)),
        // The list that comes with it is without the item.
        Err(Refused::NotFound("checklist item")) => {
            let gone = t!("somebody removed this item meanwhile; here is the list as it is now");
            work::refused(app, reader, ticket, from, Refused::Rule(gone.to_owned())).await
        }
        Err(refused) => work::refused(app, reader, ticket, from, refused).await,
    }
}

pub(super) async fn add(
    State(app): State<AppState>,
    Path(ticket): Path<String>,
    Query(from): Query<From>,
    Posted { reader, form }: Posted<New>,
) -> PageResult {
    let edit = match form.comment.parse() {
        Ok(comment) => Ok(ChecklistEdit::AddFrom(comment)),
        Err(_) if form.comment == DESCRIPTION => Ok(ChecklistEdit::AddFromDescription),
        Err(_) => {
            ChecklistWords::new(&form.words).map(|words| ChecklistEdit::Add(vec![words])).map_err(Into::into)
        }
    };
    change(&app, &reader, ticket.parse()?, &from, edit).await
}

/// What is done with an item: its tick, or what is folded below.
#[derive(Deserialize)]
pub(super) struct Done {
    #[serde(default)]
    act: String,
    #[serde(default)]
    words: String,
    #[serde(default)]
    place: usize,
}

pub(super) async fn item(
    State(app): State<AppState>,
    Path((ticket, item)): Path<(String, String)>,
    Query(from): Query<From>,
    Posted { reader, form }: Posted<Done>,
) -> PageResult {
    let id = item.parse().map_err(|_| Refused::NotFound("checklist item"))?;
    let set = |change| Ok(ChecklistEdit::Change(id, change));
    let edit = match form.act.as_str() {
        "tick" => set(ItemChange { done: Some(true), ..ItemChange::default() }),
        "undo" => set(ItemChange { done: Some(false), ..ItemChange::default() }),
        "up" => set(ItemChange { place: Some(form.place.saturating_sub(1).max(1)), ..ItemChange::default() }),
        "down" => set(ItemChange { place: Some(form.place.saturating_add(1)), ..ItemChange::default() }),
        "remove" => Ok(ChecklistEdit::Remove(id)),
        _ => ChecklistWords::new(&form.words)
            .map_err(Refused::from)
            .and_then(|words| set(ItemChange { words: Some(words), ..ItemChange::default() })),
    };
    change(&app, &reader, ticket.parse()?, &from, edit).await
}

/// The checklist of a ticket.
pub(super) async fn of(app: &AppState, reader: &Reader, ticket: TicketRef) -> PageResult<ChecklistView> {
    Ok(app.desk.ask(reader.ctx(), ChecklistOf { ticket }).await?)
}
