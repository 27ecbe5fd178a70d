//! Incidents and service requests: their words, their workflow, and the verbs that change them.
//!
//! A verb takes a [`Ticket`], what is asked and the time, and answers with the changed ticket and the [`Fact`]s for
//! its timeline, or with a [`TicketError`] whose sentence says what to do next.

mod fact;
mod filter;
mod link;
mod number;
mod outage;
mod presence;
mod priority;
mod progress;
mod rating;
mod record;
mod text;
mod text_module;
mod verb;
mod work;
mod workflow;

pub use fact::{Fact, Names};
pub use filter::{AT_RISK, AssigneeIs, Filter, InvalidFilter, OrNone, PromiseAt, Scope, Sort};
pub use link::LinkKind;
pub use number::{InvalidTicketNumber, Kind, TicketNumber};
pub use outage::{Outage, OutageError};
pub use presence::{Doing, PRESENCE_TTL};
pub use priority::{ByUrgency, Impact, Priority, PriorityMatrix, Urgency};
pub use progress::{Progress, Step, progress};
pub use rating::Rating;
pub use record::{Assignment, Change, ExternalReference, Merge, NewTicket, Ticket, TicketError};
pub use text::{
    ArticleTitle, Category, InvalidText, Keywords, MacroName, Markdown, MergeReason, Missing, OutageNews,
    OutageTitle, RatingWords, ReferenceNumber, ResolutionCode, Said, SourceName, Subject, TextModuleName,
    ViewName,
};
pub use text_module::{BLANKS, Blanks, UnknownBlank, UsedBy, check_blanks};
pub use verb::{Changed, Given};
pub use work::{Assignee, Group, Saying, Work};
pub use workflow::{
    InvalidStateKey, InvalidWorkflow, Phase, Requirement, State, StateKey, Transition, TransitionError,
    Workflow, WorkflowDefinition,
};
