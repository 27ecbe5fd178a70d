//! One's own tickets as cards, and where a ticket stands in four steps.

use desk::ticket::TicketView;
use domain::ticket::{Phase, Progress, Step};
use maud::{Markup, html};

use crate::ui::{self, Clock};

/// The four steps that a requester sees.
pub(super) fn steps(phase: Phase, progress: &Progress, small: bool) -> Markup {
    let second = if progress.waits_for_requester { "Waiting for you" } else { "In progress" };
    let last = if phase == Phase::Cancelled { "Withdrawn" } else { "Closed" };
    let now = match progress.step {
        Step::Received => 0,
        Step::InProgress => 1,
        Step::Solved => 2,
        Step::Closed => 4,
    };
    ui::progress(["Received", second, "Solved", last], now, small)
}

/// A ticket as a card that leads to it.
pub(super) fn card(view: &TicketView, progress: &Progress, clock: Clock<'_>) -> Markup {
    let ticket = &view.ticket;
    html! {
        li {
            a.ticket-card.needs-you[progress.waits_for_requester] href={ "/tickets/" (ticket.number) } {
                b { (ticket.subject) }
                (steps(ticket.phase, progress, true))
                p { (progress.sentence) }
                span.meta { (ticket.number) " · " (ui::time(ticket.updated_at, clock)) }
            }
        }
    }
}
