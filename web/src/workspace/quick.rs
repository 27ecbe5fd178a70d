//! A ticket changed in one press, from a list or from its own page: every choice is a button. The palette offers them, the keys
//! `a`, `g`, `p`, `s` and `e` open it with them; without script they are a page.

use axum::extract::{Path, Query, State};
use desk::{
    data::Person,
    ticket::{Sidebar, Technicians, Ways, WaysView},
};
use domain::ticket::{Column, Requirement};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    queue::{QueueName, alone},
    ticket::From,
};
use crate::{
    AppState,
    page::{PageResult, Reader},
    ui::{self, Field},
    words::{key, say, t, told},
};

/// What of the ticket shall be changed; everything, where nothing is said.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Part {
    #[serde(default)]
    part: String,
}

const OVER: &str = key!("Nothing of it can be changed any more.");

/// What a change from a list shows anew, and what one from the ticket's own page does.
const LISTED: &str = "list side seat";
const OPENED: &str = "ticket-head timeline list seat sheet context side";

/// The choices.
pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path(ticket): Path<String>,
    Query(from): Query<From>,
    Query(part): Query<Part>,
) -> PageResult {
    let ways = app.desk.ask(reader.ctx(), Ways { ticket: ticket.parse()? }).await?;
    let groups = app.desk.ask(reader.ctx(), Sidebar).await?.groups;
    let technicians = app.desk.ask(reader.ctx(), Technicians).await?;
    let of = Column::parse(&part.part);
    let quick = Quick { reader: &reader, ways: &ways, queue: &from.queue(), listed: from.listed };
    let wanted = |one| of.is_none_or(|of| of == one);
    let title = match of {
        Some(of) => t!("{words} of {number}", words = told(of.words()), number = ways.number),
        None => t!("Change {number}", number = ways.number),
    };
    let body = html! {
        div.form-page.quick id="quick" data-words=(title) {
            @if ways.over { p data-none { (say(OVER)) } }
            @else {
                @if wanted(Column::Assignee) { (quick.assignee(&technicians)) }
                @if wanted(Column::State) { (quick.steps()) }
                @if wanted(Column::Priority) { (quick.priorities()) }
                @if wanted(Column::Group) {
                    (group_of(t!("Group"), &html! {
                        (quick.group("", t!("no group"), ways.group.is_none()))
                        @for group in &groups { (quick.group(&group.id.to_string(), &group.name, ways.group == Some(group.id))) }
                    }))
                }
                @if wanted(Column::Category) { (quick.category()) }
                @if of.is_none() {
                    a.button hidden href={ "/desk/t/" (ways.number) "/quick?part=category&q=" (from.queue().param()) @if from.listed { "&listed=true" } }
                        data-command=(t!("File it under another category…")) { (t!("Category…")) }
                }
            }
        }
    };
    alone(&app, &reader, StatusCode::OK, &title, &body).await
}

fn group_of(title: &str, choices: &Markup) -> Markup {
    html! { section { h2 { (title) } div.inline { (choices) } } }
}

struct Quick<'a> {
    reader: &'a Reader,
    ways: &'a WaysView,
    queue: &'a QueueName,
    listed: bool,
}

impl Quick<'_> {
    fn action(&self, verb: &str) -> String {
        let listed = if self.listed { "&listed=true" } else { "" };
        format!("/desk/t/{}/{verb}?q={}{listed}", self.ways.number, self.queue.param())
    }

    /// One choice; what is so now says it, and does nothing.
    fn choice(&self, verb: &str, fields: &[(&str, &str)], words: &str, now: bool) -> Markup {
        let live = if self.listed { LISTED } else { OPENED };
        html! {
            @if now { span.button aria-current="true" { (words) " ✓" } }
            @else { (ui::act(&self.action(verb), self.reader.csrf(), fields, Some(live), "", words)) }
        }
    }

    fn assignee(&self, technicians: &[Person]) -> Markup {
        let me = self.reader.id();
        let mine = self.ways.assignee == Some(me);
        let to = |id: &str, words: &str, now| {
            self.choice("assign", &[("group", "keep"), ("assignee", id)], words, now)
        };
        group_of(
            t!("Assignee"),
            &html! {
                @if technicians.iter().any(|person| person.id == me) && !mine { (to(&me.to_string(), t!("Assign to me"), false)) }
                (to("", t!("Assign to nobody"), self.ways.assignee.is_none()))
                @for person in technicians {
                    (to(&person.id.to_string(), &t!("Assign to {name}", name = person.name), self.ways.assignee == Some(person.id)))
                }
            },
        )
    }

    fn group(&self, id: &str, name: &str, now: bool) -> Markup {
        let words = t!("Give to {name}", name);
        self.choice("assign", &[("group", id), ("assignee", "keep")], &words, now)
    }

    /// A step that needs words is taken where they are written.
    fn steps(&self) -> Markup {
        group_of(
            t!("State"),
            &html! {
                @for step in &self.ways.steps {
                    @if step.requires.contains(&Requirement::Comment) {
                        a.button href={ "/desk/t/" (self.ways.number) "?q=" (self.queue.param()) "#context" } data-command={ (told(&step.label)) "…" } { (told(&step.label)) "…" }
                    } @else {
                        @let code = if step.requires.contains(&Requirement::ResolutionCode) { "solved" } else { "" };
                        (self.choice("step", &[("to", step.to.as_str()), ("resolution_code", code)], &told(&step.label), false))
                    }
                }
            },
        )
    }

    fn priorities(&self) -> Markup {
        let version = self.ways.version.to_string();
        group_of(
            t!("Priority"),
            &html! {
                @for (impact, urgency, priority) in &self.ways.priorities {
                    @let words = t!("Priority {n} · {label} (impact {impact}, urgency {urgency})", n = priority.number(), label = told(priority.label()), impact = told(impact.as_str()), urgency = told(urgency.as_str()));
                    @let fields = [("impact", impact.as_str()), ("urgency", urgency.as_str()), ("version", version.as_str())];
                    (self.choice("change", &fields, &words, self.ways.pressing == (*impact, *urgency)))
                }
            },
        )
    }

    fn category(&self) -> Markup {
        let filed = self.ways.category.as_ref().map_or("", |category| category.as_str());
        html! {
            section {
                h2 { (t!("Category")) }
                form.form.compact method="post" action=(self.action("change")) {
                    (ui::csrf_field(self.reader.csrf()))
                    input type="hidden" name="version" value=(self.ways.version);
                    (ui::field(&Field { required: false, value: filed, hint: t!("Leave it empty to take it out of every category."), ..Field::new("category", t!("Filed under")) }))
                    div { button.button { (t!("File")) } }
                }
            }
        }
    }
}
