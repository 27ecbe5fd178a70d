//! What a list is filtered by: a chip for each part, and the form that sets them.

use maud::{Markup, html};

use super::icon::{Icon, icon};
use crate::words::{t, told};

/// One part of a filter, and the link to the list without it.
#[derive(Clone, Debug)]
pub struct FilterChip {
    /// "Group".
    pub part: &'static str,
    /// "Network".
    pub words: String,
    /// The same list without this part.
    pub without: String,
}

/// A choice in the form: a select, or a number of days.
#[derive(Clone, Debug)]
pub struct FilterChoice {
    /// The part's name in the address.
    pub name: &'static str,
    /// "Group".
    pub label: &'static str,
    /// Value, word, whether it is chosen; empty for a number of days.
    pub options: Vec<(String, String, bool)>,
    /// The text of a field without options.
    pub value: String,
}

/// All of it.
#[derive(Clone, Copy, Debug)]
pub struct FilterPanel<'a> {
    /// Where the list is.
    pub action: &'a str,
    /// What it is filtered by.
    pub chips: &'a [FilterChip],
    /// What can be chosen.
    pub choices: &'a [FilterChoice],
    /// What can be shown of each ticket: name, word, whether it is.
    pub columns: &'a [(&'static str, &'static str, bool)],
    /// Parts that the form does not offer and must not lose: name and value.
    pub kept: &'a [(&'static str, String)],
    /// Whether the form stands open.
    pub open: bool,
}

/// Chips and the form. The form is a GET, and works without script.
pub fn filter_panel(panel: &FilterPanel<'_>) -> Markup {
    html! {
        div.filters id="filter" {
            @if !panel.chips.is_empty() {
                ul.filter-chips aria-label=(t!("Filters")) {
                    @for chip in panel.chips {
                        li.filter-chip {
                            span.quiet { (chip.part) ": " }
                            span dir="auto" { (chip.words) }
                            a href=(chip.without) aria-label=(t!("Remove filter {part}: {words}", part = chip.part, words = chip.words)) title=(t!("Remove")) {
                                (icon(Icon::Cross))
                            }
                        }
                    }
                    @if panel.chips.len() > 1 { li { a.link href=(panel.action) { (t!("Remove all")) } } }
                }
            }
            details open[panel.open] {
                summary.button data-command=(t!("Filter and columns")) { (icon(Icon::Plus)) (t!("Filter and columns")) }
                form.filter-form method="get" action=(panel.action) {
                    @for (name, value) in panel.kept { input type="hidden" name=(name) value=(value); }
                    @for choice in panel.choices {
                        label {
                            (choice.label)
                            @if choice.options.is_empty() {
                                input.input type="number" name=(choice.name) value=(choice.value) min="1" max="3660" inputmode="numeric" placeholder=(t!("days"));
                            } @else {
                                select.input name=(choice.name) {
                                    @for (value, word, chosen) in &choice.options { option value=(value) selected[*chosen] { (word) } }
                                }
                            }
                        }
                    }
                    fieldset.columns {
                        legend { (t!("Columns")) }
                        @for (name, word, shown) in panel.columns {
                            label.check { input type="checkbox" name="columns" value=(name) checked[*shown]; (told(word)) }
                        }
                    }
                    button.button.main { (t!("Show")) }
                }
            }
        }
    }
}
