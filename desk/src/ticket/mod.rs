//! Tickets at the door: what people do with them, and what they see.

mod access;
mod blanks;
mod byline;
mod detail;
mod figures;
mod files;
mod filtered;
mod import;
mod kept;
mod links;
mod list;
mod macros;
mod outage;
mod raise;
mod rate;
mod save;
mod snooze;
mod talk;
mod text_module;
mod together;
mod views;
mod work;
mod writing;

pub use access::TicketRef;
pub(crate) use access::find;
pub use byline::Byline;
pub use detail::{
    AllowedStep, ClockView, FileView, FromTheSameRequester, LinkView, NamedPerson, OneTicket, TicketDetail,
    TicketDetailView, TicketView, TimelineItem, TimelinePage, TimelineView,
};
pub use figures::{Figures, FiguresView, OfAge, OfDay};
pub use files::{Attach, AttachmentOf};
pub(crate) use files::{file_name, media_type};
pub use filtered::{FilteredPage, FilteredView};
pub use import::{ImportOutcome, ImportTicket};
pub use links::{LinkTickets, MergeTicket, UnlinkTickets, UnmergeTicket};
pub use list::{
    MyTickets, QueuePage, Requester, Search, SearchHit, Sidebar, SidebarGroup, SidebarLink, SidebarView,
    Technicians, TicketPage, Tickets,
};
pub use macros::{DeleteMacro, MacroView, MacroWritten, Macros, WriteMacro};
pub use outage::{
    AnnounceOutage, EndOutage, JoinOutage, KnownOutages, LeaveOutage, NewsView, OutageDetail,
    OutageDetailView, OutageOf, OutageView, OutageWritten, OutagesAround, OutagesOver, SeeOutageEnd,
    UpdateOutage,
};
pub use raise::RaiseTicket;
pub use rate::{RateTicket, RatingOf, RatingView};
pub use snooze::{SnoozeOf, SnoozeTicket, Snoozed, WakeTicket};
pub use talk::{AddNote, AddReply, ReopenTicket, WithdrawTicket};
pub use text_module::{DeleteTextModule, TextModuleView, TextModuleWritten, TextModules, WriteTextModule};
pub use together::{Foreseen, MOST_TOGETHER, Preview, PreviewWork, StepTogether, StepsTogether, WorkTicket};
pub use views::{DeleteView, KeepView, ViewKept, ViewView, Views};
pub use work::{
    AddWatcher, AssignTicket, ChangeTicket, EditTicket, Follow, RemoveWatcher, TransitionTicket, Unfollow,
};
pub use writing::{DraftText, DraftView, PresentView, Writing, WritingView};

use domain::ticket::Ticket;

/// What a command about a ticket leads to: the ticket as it stands.
pub type TicketOutcome = Box<Ticket>;
