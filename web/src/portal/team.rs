//! Where the tickets stand of those whom the reader leads.

use axum::{
    extract::{Query, State},
    response::Response,
};
use desk::ticket::TeamTickets;
use maud::html;

use super::{
    Here,
    card::card,
    home::{Place, ROWS},
    page,
};
use crate::{
    AppState,
    page::{PageResult, Reader},
    ui::{self, EmployeeTab, Icon, icon},
    words::t,
};

pub(super) async fn list(
    State(app): State<AppState>,
    reader: Reader,
    Query(place): Query<Place>,
) -> PageResult<Response> {
    let team = app.desk.ask(reader.ctx(), TeamTickets { before: place.before(), limit: ROWS }).await?;
    let (open, over): (Vec<_>, Vec<_>) = team.items.iter().partition(|(view, _)| view.ticket.phase.is_open());
    let older = team.next.map(|next| format!("/tickets/team?before={next}"));
    let newer = place.before().map(|_| "/tickets/team");
    let main = html! {
        a.back href="/tickets" { (icon(Icon::Left)) (t!("Your tickets")) }
        h1 { (t!("Your team's tickets")) }
        p.soft { (t!("What those whom you lead have asked for, and where it stands. You read what they and the technicians say to each other; you do not answer for them.")) }
        @if team.items.is_empty() {
            (ui::empty(
                Icon::People,
                t!("Nothing from your team"),
                t!("When somebody whom you lead raises a ticket, it stands here. Who leads whom is set by an administrator."),
                &html! { a.button href="/tickets" { (t!("Your own tickets")) } },
            ))
        }
        @for (title, tickets) in [(t!("Open"), &open), (t!("Over"), &over)] {
            @if !tickets.is_empty() {
                section.group {
                    h2 { (title) }
                    ul { @for (view, progress) in tickets.iter().copied() { (card(view, progress, Some(&view.requester_name), reader.clock())) } }
                }
            }
        }
        @if older.is_some() || newer.is_some() { (ui::pager(newer, older.as_deref(), "")) }
    };
    page(&app, &reader, Here::at(EmployeeTab::Tickets, t!("Your team's tickets")), &main).await
}
