//! Seats of an exclusive licence: whose, why, since when, until which review.

use desk::licence::{LicenceDetailView, Page, SeatView};
use maud::{Markup, html};

use super::{
    detail::{Opened, form_of},
    picker, tokens, words,
};
use crate::{
    page::Reader,
    ui::{self, Field, Input, Tone},
    words::t,
};

pub(super) fn seats(
    reader: &Reader,
    detail: &LicenceDetailView,
    seats: &Page<SeatView>,
    people: &[(String, String)],
    opened: &Opened<'_>,
) -> Markup {
    let clock = reader.clock();
    let body = html! {
        @if opened.may_change { div.panel-body { (assign(reader, detail, people, opened)) } }
        div.table-scroll { table.table.fold-phone {
            thead { tr {
                th scope="col" { (t!("Holder")) } th.num scope="col" { (t!("Seat")) } th scope="col" { (t!("Why")) } th scope="col" { (t!("Since")) }
                th scope="col" { (t!("Next review")) }
                @if opened.may_change { th scope="col" { span.unseen { (t!("Acts")) } } }
            } }
            tbody { @for seat in &seats.items {
                @match &seat.holder {
                    None => tr {
                        td.lead { span.quiet { (t!("vacant")) } }
                        td.num data-label=(t!("Seat")) { (seat.number) }
                        td {} td {} td {}
                        @if opened.may_change { td {} }
                    },
                    Some(holder) => tr {
                        td.lead { a href={ "/licences/people/" (holder.person.id) } { (ui::who(&holder.person.name, "")) } }
                        td.num data-label=(t!("Seat")) { (seat.number) }
                        td data-label=(t!("Why")) {
                            span {
                                (holder.justification) " "
                                span.quiet {
                                    (words::origin(holder.origin))
                                    @if let Some(approver) = &holder.approver { ", " (approver.name) }
                                }
                            }
                        }
                        td data-label=(t!("Since")) { (ui::time(holder.since, clock)) }
                        td data-label=(t!("Next review")) {
                            @match holder.next_review_at {
                                Some(at) if at <= clock.now => (ui::chip(Tone::Warn, &t!("due since {date}", date = words::date(at, clock.zone)))),
                                Some(at) => (words::date(at, clock.zone)),
                                None => span.quiet { (t!("none")) },
                            }
                        }
                        @if opened.may_change { td data-label="" { (revoke(reader, detail, &holder.assignment.to_string(), &holder.person.name, opened)) } }
                    },
                }
            } }
        } }
        @if let Some(next) = &seats.next {
            (ui::pager(None, Some(&format!("/licences/{}?seats={}", detail.summary.id, crate::routes::query_value(next))), t!("by number")))
        }
    };
    ui::panel(t!("Seats"), &html! {}, &body)
}

fn assign(
    reader: &Reader,
    detail: &LicenceDetailView,
    people: &[(String, String)],
    opened: &Opened<'_>,
) -> Markup {
    html! {
        details.more open[opened.form == "assign"] {
            summary { (ui::icon(ui::Icon::Plus)) (t!("Assign a seat")) }
            (form_of(reader, detail, "assign", &html! {
                @if opened.form == (t!("assign")) { (opened.wrong.summary(&["person", "justification", "next_review_at"])) }
                (picker::field("person", t!("Whom"), opened.typed("person"), opened.wrong.at("person"), people))
                (ui::field(&Field {
                    input: Input::Area,
                    value: opened.typed("justification"),
                    error: opened.wrong.at("justification"),
                    hint: t!("A sentence that the next review can be held against. It stays with the assignment."),
                    ..Field::new("justification", t!("Why they need a seat of their own"))
                }))
                (ui::field(&Field {
                    input: Input::Line("date"),
                    value: opened.typed("next_review_at"),
                    error: opened.wrong.at("next_review_at"),
                    required: false,
                    ..Field::new("next_review_at", t!("Next review"))
                }))
            }, "main", t!("Assign the seat")))
        }
    }
}

fn revoke(
    reader: &Reader,
    detail: &LicenceDetailView,
    assignment: &str,
    name: &str,
    opened: &Opened<'_>,
) -> Markup {
    let open = opened.is("revoke", "assignment", assignment);
    html! {
        details.more open[open] {
            summary { (t!("Take it back")) span.unseen { " " (t!("from {name}", name)) } }
            (form_of(reader, detail, "revoke", &html! {
                input type="hidden" name="assignment" value=(assignment);
                @if open { (opened.wrong.summary(&[])) }
                (tokens::because(assignment, t!("Why the seat is taken back"), opened, open))
            }, "danger", t!("Take the seat back")))
        }
    }
}
