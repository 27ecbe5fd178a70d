//! Refused checkouts, each with its reason and whether it hurt.

use desk::licence::DenialView;
use maud::{Markup, html};

use super::words;
use crate::{page::Reader, ui, words::t};

/// A table of (name of the licence, denial).
pub(super) fn table(reader: &Reader, denials: &[(String, DenialView)]) -> Markup {
    html! {
        div.table-scroll { table.table.fold-phone {
            thead { tr {
                th scope="col" { (t!("Who")) } th scope="col" { (t!("Licence")) } th scope="col" { (t!("Why")) } th scope="col" { (t!("Denial")) }
                th scope="col" { (t!("Next")) }
                th.num scope="col" { (t!("When")) }
            } }
            tbody { @for (licence, denial) in denials {
                @let (tone, class) = words::class(denial.class);
                tr {
                    td.lead { a href={ "/licences/people/" (denial.person.id) } { (ui::who(&denial.person.name, "")) } }
                    td data-label=(t!("Licence")) { (licence) }
                    td data-label=(t!("Why")) { span { (words::reason(denial.reason)) " " span.quiet { (words::cause(&denial.cause)) } } }
                    td data-label=(t!("Denial")) {
                        (ui::chip(tone, class))
                    }
                    td.soft data-label=(t!("Next")) { (words::next(denial)) }
                    td.num data-label=(t!("When")) { (ui::time(denial.at, reader.clock())) }
                }
            } }
        } }
    }
}

/// What true and false mean, once below a table.
pub(super) fn legend() -> Markup {
    html! {
        p.panel-foot.quiet {
            (t!("A denial is true if the same person got no token within a minute: it kept them from working. Otherwise it is false."))
        }
    }
}
