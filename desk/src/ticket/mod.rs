//! Tickets at the door: what people do with them, and what they see.

mod access;
mod approval;
mod blanks;
mod byline;
mod checklist;
mod detail;
mod figures;
mod files;
mod filtered;
mod import;
mod kept;
mod links;
mod list;
mod macros;
mod mention;
mod outage;
mod raise;
mod rate;
mod recurring;
mod save;
mod snooze;
mod talk;
mod template;
mod text_module;
mod time;
mod together;
mod views;
mod ways;
mod work;
mod writing;

pub use access::TicketRef;
pub(crate) use access::find;
pub use approval::{
    AnswerApproval, ApprovalDetail, ApprovalDetailView, ApprovalView, ApprovalWritten, ApprovalsOf,
    ApproverView, AskApproval, CountMyApprovals, MyApprovals, MyApprovalsView, WaitsForApprovalBy,
    WithdrawApproval,
};
pub use byline::Byline;
pub use checklist::{
    ChangeChecklist, ChecklistChanged, ChecklistEdit, ChecklistItemView, ChecklistOf, ChecklistView,
};
pub use detail::{
    AllowedStep, ClockView, FileView, FromTheSameRequester, LinkView, NamedPerson, OneTicket, SharedWithMe,
    TicketDetail, TicketDetailView, TicketView, TimelineItem, TimelinePage, TimelineView,
};
pub use figures::{Figures, FiguresView, OfAge, OfDay};
pub use files::{Attach, AttachmentOf};
pub(crate) use files::{file_name, media_type};
pub use filtered::{FilteredPage, FilteredView};
pub use import::{ImportOutcome, ImportTicket};
pub use links::{LinkTickets, MergeTicket, UnlinkTickets, UnmergeTicket};
pub use list::{
    AddressOf, FindPeople, MyTickets, QueuePage, Requester, Search, SearchHit, Sidebar, SidebarGroup,
    SidebarLink, SidebarView, TeamTickets, Technicians, TicketPage, Tickets,
};
pub use macros::{DeleteMacro, MacroView, MacroWritten, Macros, WriteMacro};
pub use mention::{MentionView, MyMentions, Nameable, TicketsToName};
pub use outage::{
    AnnounceOutage, EndOutage, JoinOutage, KnownOutages, LeaveOutage, NewsView, OutageDetail,
    OutageDetailView, OutageOf, OutageView, OutageWritten, OutagesAround, OutagesOver, SeeOutageEnd,
    UpdateOutage,
};
pub(crate) use outage::{MOST as MOST_OUTAGES, TOLD_FOR};
pub use raise::RaiseTicket;
pub(crate) use raise::check_assignment;
pub use rate::{RateTicket, RatingOf, RatingView};
pub use recurring::{
    DeleteRecurring, Recurred, RecurringTickets, RecurringView, RecurringWritten, StopRecurring,
    WriteRecurring,
};
pub(crate) use save::difference_of;
pub use snooze::{SnoozeOf, SnoozeTicket, Snoozed, WakeTicket};
pub use talk::{AddNote, AddReply, ReopenTicket, WithdrawTicket};
pub use template::{DeleteTemplate, TemplateView, TemplateWritten, Templates, WriteTemplate};
pub use text_module::{DeleteTextModule, TextModuleView, TextModuleWritten, TextModules, WriteTextModule};
pub use time::{
    RecordTime, TakeTimeBack, TimeEntryView, TimeOf, TimeOfPerson, TimePage, TimeRecorded, TimeSpent,
    TimeTotals, TimeTotalsOf, WithTime,
};
pub use together::{Foreseen, MOST_TOGETHER, Preview, PreviewWork, StepTogether, StepsTogether, WorkTicket};
pub use views::{DeleteView, KeepView, ViewKept, ViewView, Views};
pub use ways::{StateNames, Ways, WaysView};
pub use work::{
    AddWatcher, AssignTicket, ChangeTicket, EditTicket, Follow, RemoveWatcher, TransitionTicket, Unfollow,
};
pub use writing::{DraftText, DraftView, PresentView, Writing, WritingView};

use domain::ticket::Ticket;

/// What a command about a ticket leads to: the ticket as it stands.
pub type TicketOutcome = Box<Ticket>;
