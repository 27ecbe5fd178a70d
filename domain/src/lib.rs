//! The words and rules of Freehold: licences, tickets, service levels, identity, the audit log.
//!
//! Nothing here reads a clock, opens a file or waits: time and randomness come in as arguments, and every rule can be
//! stated and tested without a database.

pub mod audit;
pub mod catalogue;
pub mod contract;
pub mod effort;
pub mod identity;
pub mod import;
pub mod knowledge;
pub mod licence;
pub mod push;
pub mod sla;
pub mod ticket;

mod id;
mod language;

pub use id::{
    AlertId, ApprovalId, ArticleId, AssignmentId, AttachmentId, AuditRecordId, CalendarId, CatalogueItemId,
    ChatId, ChecklistItemId, CommentId, ContractDocumentId, ContractId, DayPassId, DenialId, DeviceId,
    GroupId, GuestId, InvalidId, LeaseId, LicenceId, MacroId, NotificationId, OrderLineId, OutageId,
    PersonId, PushSubscriptionId, QueueEntryId, RecurringTicketId, RequestId, SeatId, ServiceAccountId,
    SessionId, TextModuleId, TicketId, TicketTemplateId, TimeEntryId, TokenId, TrueUpId, ViewId, new_id,
    nth_id,
};

pub use language::Language;

/// A moment in UTC with microsecond precision in storage.
pub use jiff::Timestamp;
