//! The shell of the employee's side.

use maud::{Markup, html};

use super::icon::{Icon, icon};
use super::page::brand;
use super::word::face;
use crate::words::t;

/// The employee's places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmployeeTab {
    /// Search, what is going on, approvals.
    Home,
    /// What is written down.
    Knowledge,
    /// The bot, and behind it people.
    Chat,
    /// Their own tickets.
    Tickets,
    /// Name, theme, sign out.
    Me,
}

/// The shell of the employee's side: one column, tabs at the thumb on a phone.
#[derive(Clone, Copy, Debug)]
pub struct Employee<'a> {
    /// Where the reader is; `None` on a page that is none of them.
    pub tab: Option<EmployeeTab>,
    /// The reader's name.
    pub person: &'a str,
    /// Other rooms the reader may enter: (address, word), for example `("/desk", "Desk")`.
    pub rooms: &'a [(&'a str, &'a str)],
    /// Above the content: what is out of order for everybody; may be empty.
    pub top: &'a Markup,
}

/// Lays out the employee's side around `main`.
pub fn employee(shell: &Employee<'_>, main: &Markup) -> Markup {
    let tabs = [
        (EmployeeTab::Home, "/", Icon::Home, t!("Home")),
        (EmployeeTab::Knowledge, "/knowledge", Icon::Book, t!("Answers")),
        (EmployeeTab::Chat, "/chat", Icon::Reply, t!("Ask")),
        (EmployeeTab::Tickets, "/tickets", Icon::Ticket, t!("Tickets")),
        (EmployeeTab::Me, "/me", Icon::Person, t!("Me")),
    ];
    let here = |tab| (shell.tab == Some(tab)).then_some("page");
    html! {
        div.employee {
            header {
                (brand("/"))
                nav aria-label=(t!("Main")) {
                    @for (tab, href, drawing, word) in tabs {
                        a href=(href) aria-current=[here(tab)] {
                            @if tab == EmployeeTab::Me { (face(shell.person)) } @else { (icon(drawing)) }
                            (word)
                        }
                    }
                    @for (href, word) in shell.rooms { a href=(href) { (word) } }
                }
            }
            main id="main" { (shell.top) (main) }
            // Both open the conversation beside the page; without script they lead to it.
            @if shell.tab != Some(EmployeeTab::Chat) {
                aside.ask-open aria-label=(t!("Ask")) {
                    a.button.main href="/chat" data-ask { (icon(Icon::Reply)) span { (t!("Ask")) } }
                }
            }
            nav.tabbar aria-label=(t!("Tabs")) {
                @for (tab, href, drawing, word) in tabs {
                    a href=(href) aria-current=[here(tab)] data-ask[tab == EmployeeTab::Chat && here(tab).is_none()] { (icon(drawing)) (word) }
                }
            }
        }
    }
}
