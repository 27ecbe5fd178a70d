//! One's own tickets as cards, and where a ticket stands in four steps.

use desk::ticket::TicketView;
use domain::ticket::{Phase, Progress, Step};
use maud::{Markup, html};

use crate::{
    ui::{self, Clock},
    words::{t, told},
};

/// The four steps that a requester sees.
pub(crate) fn steps(phase: Phase, progress: &Progress, small: bool) -> Markup {
    let second = if progress.waits_for_requester { t!("Waiting for you") } else { t!("In progress") };
    let last = if phase == Phase::Cancelled { t!("Withdrawn") } else { t!("Closed") };
    let now = match progress.step {
        Step::Received => 0,
        Step::InProgress => 1,
        Step::Solved => 2,
        Step::Closed => 4,
    };
    ui::progress([t!("Received"), second, t!("Solved"), last], now, small)
}

/// A ticket as a card that leads to it; `whose`, if it is somebody else's.
pub(super) fn card(view: &TicketView, progress: &Progress, whose: Option<&str>, clock: Clock<'_>) -> Markup {
    let ticket = &view.ticket;
    html! {
        li {
            a.ticket-card.needs-you[whose.is_none() && progress.waits_for_requester] href={ "/tickets/" (ticket.number) } {
                b dir="auto" { (ticket.subject) }
                (steps(ticket.phase, progress, true))
                p { @if let Some(whose) = whose { (whose) ": " } (told(&progress.sentence)) }
                span.meta { (ticket.number) " · " (ui::time(ticket.updated_at, clock)) }
            }
        }
    }
}
