//! The rows of a queue, and the links to older and newer ones.

use jiff::Timestamp;
use maud::{Markup, html};

use super::icon::{Icon, icon};
use super::word::{Clock, Sla, Stage, age, lone_face, sla_chip, state_dot};

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
    /// Who needs help.
    pub requester: &'a str,
    /// A few words: service, tags, "4 like this".
    pub tags: &'a [&'a str],
    /// Who works on it.
    pub assignee: Option<&'a str>,
    /// The nearest promise; `None` without one.
    pub sla: Option<Sla<'a>>,
    /// When it was last touched.
    pub at: Timestamp,
    /// Whether the reader has not seen the latest.
    pub unread: bool,
    /// Whether it is the one open beside the list.
    pub current: bool,
    /// Whether it can be chosen, to be changed together with others.
    pub pick: bool,
}

/// The form that chosen rows are sent with.
const PICK: &str = "pick";

/// The bar that shows once a row is chosen. `list` is the name of the list, to come back to.
pub fn pick_bar(list: &str) -> Markup {
    html! {
        form.pick-bar id=(PICK) method="get" action="/desk/together" {
            input type="hidden" name="q" value=(list);
            b data-picked role="status" { "Chosen" }
            button.button.main { "Change them…" }
            button.button.bare type="button" data-pick="all" { "All on this page" }
            button.button.bare type="reset" data-pick="none" { "None" }
        }
    }
}

/// A list of tickets. Each row is one link; `j` and `k` walk over them.
pub fn queue(rows: &[QueueRow<'_>], clock: Clock<'_>) -> Markup {
    html! { ul.rows { @for row in rows { (queue_row(row, clock)) } } }
}

/// One row, for live replacement by its id.
pub fn queue_row(row: &QueueRow<'_>, clock: Clock<'_>) -> Markup {
    html! {
        li.row.unread[row.unread].pickable[row.pick] id={ "row-" (row.id) } {
            @if row.pick {
                label.row-pick { input type="checkbox" name="t" value=(row.number) form=(PICK) aria-label={ "Choose " (row.number) }; }
            }
            (state_dot(row.stage, row.state))
            span.row-number { (row.number) }
            span.row-subject {
                a href=(row.href) data-row title=(row.subject) aria-current=[row.current.then_some("true")] {
                    @if row.unread { span.unseen { "Unread: " } }
                    (row.subject)
                }
            }
            span.row-tags { @for tag in row.tags { span.tag { (tag) } } }
            span.row-requester.cut { (row.requester) }
            span.row-sla { @if let Some(sla) = &row.sla { (sla_chip(sla)) } }
            @match row.assignee {
                Some(name) => (lone_face(name, &format!("Assigned to {name}"))),
                None => span.nobody role="img" aria-label="Nobody has it" title="Nobody has it" {},
            }
            span.row-age { (age(row.at, clock)) }
        }
    }
}

/// Links to the newer and the older part of a list, and a few words between ("1–50 of 312").
pub fn pager(newer: Option<&str>, older: Option<&str>, words: &str) -> Markup {
    html! {
        nav.pager aria-label="Pages" {
            @match newer {
                Some(href) => a.button.bare href=(href) rel="prev" { (icon(Icon::Left)) "Newer" },
                None => span {},
            }
            span { (words) }
            @match older {
                Some(href) => a.button.bare href=(href) rel="next" { "Older" (icon(Icon::Right)) },
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
