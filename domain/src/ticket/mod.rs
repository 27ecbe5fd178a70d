//! Incidents and service requests: their words, their workflow, and the verbs that change them.
//!
//! A verb takes a [`Ticket`], what is asked and the time, and answers with the changed ticket and the [`Fact`]s for
//! its timeline, or with a [`TicketError`] whose sentence says what to do next.

mod approval;
mod checklist;
mod columns;
mod fact;
mod filter;
mod link;
mod mention;
mod number;
mod outage;
mod presence;
mod priority;
mod progress;
mod rating;
mod record;
mod recurrence;
mod recurring;
mod spent;
mod template;
mod text;
mod text_module;
mod verb;
mod work;
mod workflow;

pub use approval::{
    Answer, Approval, ApprovalEnd, ApprovalError, Approver, Decision, Ended, MOST_ASKED, Quorum,
};
pub use checklist::{
    Checklist, ChecklistError, ChecklistItem, ChecklistProgress, ItemChange, MOST_ITEMS, Ticked, tasks,
};
pub use columns::{Column, Columns};
pub use fact::{Fact, Names};
pub use filter::{AT_RISK, AssigneeIs, Filter, InvalidFilter, OrNone, PromiseAt, Scope, Sort};
pub use link::LinkKind;
pub use mention::{MOST_NAMED, named_in, places_of_names};
pub use number::{InvalidTicketNumber, Kind, TicketNumber};
pub use outage::{Outage, OutageError, by_when, expectation};
pub use presence::{Doing, PRESENCE_TTL};
pub use priority::{ByUrgency, Impact, Priority, PriorityMatrix, Urgency};
pub use progress::{Progress, Step, progress};
pub use rating::Rating;
pub use record::{Assignment, Change, ExternalReference, Merge, NewTicket, Ticket, TicketError};
pub use recurrence::{Frequency, InvalidRecurrence, Recurrence, RecurrenceText, WEEKDAYS};
pub use recurring::{Recurring, Stopped};
pub use spent::{InvalidSpent, Spent, WorkDay, WorkDayError};
pub use template::Template;
pub use text::{
    ApprovalQuestion, ApprovalWords, ArticleTitle, AssetTag, Category, ChecklistWords, ChoiceWords,
    DeviceName, InvalidText, ItemAbout, ItemName, Keywords, MacroName, Markdown, MergeReason, Missing,
    OutageNews, OutageTitle, QuestionLabel, RatingWords, RecurringName, ReferenceNumber, ResolutionCode,
    Said, SerialNumber, SourceName, Subject, TemplateName, TextModuleName, TimeWords, ViewName,
};
pub use text_module::{BLANKS, Blanks, UnknownBlank, UsedBy, check_blanks};
pub use verb::{Changed, Given};
pub use work::{Assignee, Group, Saying, Work};
pub use workflow::{
    InvalidStateKey, InvalidWorkflow, Phase, Requirement, State, StateKey, Transition, TransitionError,
    Workflow, WorkflowDefinition,
};
