//! The rows of a queue, and the links to older and newer ones.

use std::borrow::Cow;

use jiff::Timestamp;
use maud::{Markup, html};

use super::icon::{Icon, icon};
use super::word::{Clock, Sla, Stage, age, lone_face, sla_chip, state_dot};
use crate::words::{t, told};

/// One ticket in a list.
#[derive(Clone, Copy, Debug)]
pub struct QueueRow<'a> {
    /// Stable id of the ticket, for live replacement.
    pub id: &'a str,
    /// Where it opens.
    pub href: &'a str,
    /// Its drawing.
    pub stage: Stage,
    /// Name of its state, as configured.
    pub state: &'a str,
    /// "INC-1042".
    pub number: &'a str,
    /// Cut with an ellipsis where it does not fit.
    pub subject: &'a str,
    /// How far its checklist is, "3 of 7"; `None` without one.
    pub progress: Option<&'a str>,
    /// What else is said of it in words, in this order.
    pub cells: &'a [Cell<'a>],
    /// Who works on it, and nobody as the inner `None`; the outer one where that is not shown.
    pub assignee: Option<Option<&'a str>>,
    /// The nearest promise; `None` without one, or where it is not shown.
    pub sla: Option<Sla<'a>>,
    /// Since when its age counts, where that is shown.
    pub at: Option<Timestamp>,
    /// Where it is changed in one press, if the reader may.
    pub quick: Option<&'a str>,
    /// Whether there is no room to press its parts.
    pub tight: bool,
    /// Whether the reader has not seen the latest.
    pub unread: bool,
    /// Whether it is the one open beside the list.
    pub current: bool,
    /// Whether it can be chosen, to be changed together with others.
    pub pick: bool,
}

/// Something that a list says of a ticket in words.
#[derive(Clone, Debug)]
pub struct Cell<'a> {
    /// What it is: the end of its class, "requester".
    pub name: &'static str,
    /// What it is to people: "Requester".
    pub label: &'static str,
    /// "Zoë Maier".
    pub words: Cow<'a, str>,
    /// Whether it can be changed from here.
    pub quick: bool,
}

/// The form that chosen rows are sent with.
const PICK: &str = "pick";

/// The bar that shows once a row is chosen. `list` is the name of the list, to come back to.
pub fn pick_bar(list: &str) -> Markup {
    html! {
        form.pick-bar id=(PICK) method="get" action="/desk/together" {
            input type="hidden" name="q" value=(list);
            b data-picked role="status" { (t!("Chosen")) }
            button.button.main { (t!("Change them…")) }
            button.button.bare type="button" data-pick="all" { (t!("All on this page")) }
            button.button.bare type="reset" data-pick="none" { (t!("None")) }
        }
    }
}

/// A list of tickets. Each row is one link; `j` and `k` walk over them. `chosen`: somebody chose what it shows.
pub fn queue(rows: &[QueueRow<'_>], chosen: bool, clock: Clock<'_>) -> Markup {
    html! { ul.rows.chosen[chosen] { @for row in rows { (queue_row(row, clock)) } } }
}

/// One row, for live replacement by its id.
pub fn queue_row(row: &QueueRow<'_>, clock: Clock<'_>) -> Markup {
    html! {
        li.row.unread[row.unread].pickable[row.pick] id={ "row-" (row.id) } data-quick=[row.quick] {
            @if row.pick {
                label.row-pick { input type="checkbox" name="t" value=(row.number) form=(PICK) aria-label=(t!("Choose {number}", number = row.number)); }
            }
            (state_dot(row.stage, row.state))
            span.row-number { (row.number) }
            span.row-subject {
                a href=(row.href) data-row dir="auto" title=(row.subject) aria-current=[row.current.then_some("true")] {
                    @if row.unread { span.unseen { (t!("Unread:")) " " } }
                    (row.subject)
                }
                @if let Some(progress) = row.progress { span.row-progress title=(t!("Checklist")) { span.unseen { (t!("Checklist:")) " " } (progress) } }
            }
            span.row-cells {
                @if let Some(progress) = row.progress { span.row-progress title=(t!("Checklist")) { span.unseen { (t!("Checklist:")) " " } (progress) } }
                @for cell in row.cells { (worded(row, cell)) }
            }
            span.row-sla { @if let Some(sla) = &row.sla { (sla_chip(sla)) } }
            @if let Some(assignee) = row.assignee {
                (in_place(row, ("assignee", t!("Assignee")), "row-face", &html! {
                    @match assignee {
                        Some(name) => (lone_face(name, &t!("Assigned to {name}", name))),
                        None => span.nobody role="img" aria-label=(t!("Nobody has it")) title=(t!("Nobody has it")) {},
                    }
                }))
            }
            @if let Some(at) = row.at { span.row-age { (age(at, clock)) } }
        }
    }
}

fn worded(row: &QueueRow<'_>, cell: &Cell<'_>) -> Markup {
    let class = format!("row-cell cut row-cell-{}", cell.name);
    let words = html! { (cell.words) };
    if cell.quick {
        in_place(row, (cell.name, &told(cell.label)), &class, &words)
    } else {
        html! { span class=(class) title=(told(cell.label)) { (words) } }
    }
}

/// Something of a row that leads to where it is changed. The keyboard has keys for that, and needs no stop at each.
fn in_place(row: &QueueRow<'_>, (name, label): (&str, &str), class: &str, words: &Markup) -> Markup {
    html! {
        @match row.quick.filter(|_| !row.tight) {
            Some(address) => a class={ (class) " in-place" } href={ (address) "&part=" (name) } title=(t!("{what}: change", what = label)) tabindex="-1" data-quick-part=(name) { (words) },
            None => span class=(class) title=(label) { (words) },
        }
    }
}

/// Links to the newer and the older part of a list, and a few words between ("1–50 of 312").
pub fn pager(newer: Option<&str>, older: Option<&str>, words: &str) -> Markup {
    html! {
        nav.pager aria-label=(t!("Pages")) {
            @match newer {
                Some(href) => a.button.bare href=(href) rel="prev" { (icon(Icon::Left)) (t!("Newer")) },
                None => span {},
            }
            span { (words) }
            @match older {
                Some(href) => a.button.bare href=(href) rel="next" { (t!("Older")) (icon(Icon::Right)) },
                None => span {},
            }
        }
    }
}

/// A search box as a form that works without script. With `live`, results replace the elements of these ids while
/// one types ("list" or "results").
pub fn search_box(action: &str, value: &str, label: &str, live: Option<&str>) -> Markup {
    html! {
        form.search method="get" action=(action) role="search" data-live=[live] data-live-type[live.is_some()] {
            (icon(Icon::Search))
            input type="search" name="q" value=(value) aria-label=(label) placeholder=(label) data-search autocomplete="off";
            kbd aria-hidden="true" { "/" }
        }
    }
}

/// The employee's first question: a large search box. As [`search_box`], with the words of a person.
pub fn ask(action: &str, value: &str, placeholder: &str, live: Option<&str>) -> Markup {
    html! {
        form.ask method="get" action=(action) role="search" data-live=[live] data-live-type[live.is_some()] {
            (icon(Icon::Search))
            input type="search" name="q" value=(value) aria-label=(placeholder) placeholder=(placeholder) data-search autocomplete="off" enterkeyhint="search";
        }
    }
}
