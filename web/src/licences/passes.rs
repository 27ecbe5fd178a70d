//! Day passes: how many are left, and who took which.

use desk::licence::LicenceDetailView;
use maud::{Markup, html};

use super::words;
use crate::{
    page::Reader,
    ui::{self, Tone},
};

/// The passes that were taken, latest first.
pub(super) fn passes(reader: &Reader, detail: &LicenceDetailView) -> Markup {
    let clock = reader.clock();
    let left = u64::from(detail.summary.quantity).saturating_sub(detail.summary.in_use);
    let body = html! {
        @if detail.passes.is_empty() {
            p.panel-body.soft {
                "No pass was taken yet. One is taken at somebody's first licensed act of a day, never by looking, and lasts "
                "until midnight where they are."
            }
        } @else {
            div.table-scroll { table.table.fold-phone {
                thead { tr {
                    th scope="col" { "Who" } th.num scope="col" { "Pass" } th scope="col" { "Day" } th scope="col" { "Taken by" }
                    th scope="col" { "Ends" }
                } }
                tbody { @for pass in &detail.passes {
                    tr {
                        td.lead { a href={ "/licences/people/" (pass.person.id) } { (ui::who(&pass.person.name, "")) } }
                        td.num data-label="Pass" { (pass.number) }
                        td data-label="Day" { span { (pass.day) " " span.quiet { (pass.zone) } } }
                        td data-label="Taken by" { (words::cause(&pass.taken_by)) }
                        td data-label="Ends" { (ui::time(pass.until, clock)) }
                    }
                } }
            } }
        }
    };
    let tone = if left == 0 { Tone::Bad } else { Tone::Plain };
    ui::panel("Day passes", &ui::chip(tone, &format!("{left} left")), &body)
}
