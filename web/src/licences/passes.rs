//! Day passes: how many are left, and who took which.

use desk::licence::LicenceDetailView;
use maud::{Markup, html};

use super::words;
use crate::{
    page::Reader,
    ui::{self, Tone},
    words::t,
};

/// The passes that were taken, latest first.
pub(super) fn passes(reader: &Reader, detail: &LicenceDetailView) -> Markup {
    let clock = reader.clock();
    let left = u64::from(detail.summary.quantity).saturating_sub(detail.summary.in_use);
    let body = html! {
        @if detail.passes.is_empty() {
            p.panel-body.soft {
                (t!("No pass was taken yet. One is taken at somebody's first licensed act of a day, never by looking, and lasts until midnight where they are."))
            }
        } @else {
            div.table-scroll { table.table.fold-phone {
                thead { tr {
                    th scope="col" { (t!("Who")) } th.num scope="col" { (t!("Pass")) } th scope="col" { (t!("Day")) } th scope="col" { (t!("Taken by")) }
                    th scope="col" { (t!("Ends")) }
                } }
                tbody { @for pass in &detail.passes {
                    tr {
                        td.lead { a href={ "/licences/people/" (pass.person.id) } { (ui::who(&pass.person.name, "")) } }
                        td.num data-label=(t!("Pass")) { (pass.number) }
                        td data-label=(t!("Day")) { span { (pass.day) " " span.quiet { (pass.zone) } } }
                        td data-label=(t!("Taken by")) { (words::cause(&pass.taken_by)) }
                        td data-label=(t!("Ends")) { (ui::time(pass.until, clock)) }
                    }
                } }
            } }
        }
    };
    let tone = if left == 0 { Tone::Bad } else { Tone::Plain };
    ui::panel(t!("Day passes"), &ui::chip(tone, &t!("{left} left", left)), &body)
}
