//! Identifiers: one newtype for each kind of thing, so that a ticket can never be looked up by a person's id.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use rand::Rng;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Text that is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id; ids look like 0190c7a2-7f3e-7cc1-9d3f-2b6a3c1d9e42")]
pub struct InvalidId(pub String);

/// A fresh `UUIDv7` (RFC 9562 §5.7) for `now`: sortable by time of creation, random in its other 74 bits.
pub fn new_id<I: From<Uuid>>(now: Timestamp, random: &mut impl Rng) -> I {
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    let mut bytes = [0_u8; 10];
    random.fill_bytes(&mut bytes);
    I::from(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
}

/// The `nth` fresh id of one act: those of an act sort in the order in which they were made, though all of them are of one
/// millisecond (RFC 9562 §6.2, method 1: a counter in `rand_a`).
pub fn nth_id<I: From<Uuid>>(now: Timestamp, nth: u16, random: &mut impl Rng) -> I {
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    let mut bytes = [0_u8; 10];
    random.fill_bytes(&mut bytes);
    bytes[..2].copy_from_slice(&nth.min(0x0FFF).to_be_bytes());
    I::from(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The identifier as a UUID.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId(text.chars().take(60).collect()))
            }
        }
    )+};
}

ids! {
    /// A human being known to the desk.
    PersonId;
    /// A piece of knowledge.
    ArticleId;
    /// A conversation with the bot.
    ChatId;
    /// A day pass that was used up.
    DayPassId;
    /// A team that owns a queue.
    GroupId;
    /// An incident or a service request.
    TicketId;
    /// A public reply or a work note.
    CommentId;
    /// A file that somebody attached.
    AttachmentId;
    /// A calendar of business hours.
    CalendarId;
    /// An entitlement bought from a vendor.
    LicenceId;
    /// One unit of an exclusive licence.
    SeatId;
    /// A person on a seat.
    AssignmentId;
    /// A person's hold on a concurrent licence.
    LeaseId;
    /// A place in the line for a concurrent licence.
    QueueEntryId;
    /// A refused checkout.
    DenialId;
    /// One record of the audit log.
    AuditRecordId;
    /// A program that acts on behalf of people.
    ServiceAccountId;
    /// A signed-in browser.
    SessionId;
    /// An API token.
    TokenId;
    /// One request to the desk, from any channel.
    RequestId;
    /// An agreement with a vendor.
    ContractId;
    /// What was bought at once, under a contract.
    OrderLineId;
    /// A file on a contract.
    ContractDocumentId;
    /// An entry of the true-up ledger.
    TrueUpId;
    /// Something that a licence manager is told.
    AlertId;
    /// A message to a person, to be delivered.
    NotificationId;
    /// What a technician writes again and again.
    TextModuleId;
    /// Work that technicians do again and again.
    MacroId;
    /// What a ticket begins with that is raised again and again.
    TicketTemplateId;
    /// A ticket that the desk raises by the calendar.
    RecurringTicketId;
    /// A filtered list that technicians come back to.
    ViewId;
    /// An outage that everybody is told of.
    OutageId;
    /// An asking for approval.
    ApprovalId;
    /// An item of a ticket's checklist.
    ChecklistItemId;
    /// Time that somebody spent on a ticket.
    TimeEntryId;
    /// Something that people can request.
    CatalogueItemId;
    /// What somebody works with.
    DeviceId;
    /// A browser that is told when something waits for its person.
    PushSubscriptionId;
    /// Somebody without an account, and the link by which they follow their ticket.
    GuestId;
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        let mut random = StdRng::seed_from_u64(7);
        let earlier: TicketId = new_id(Timestamp::from_millisecond(1_000).unwrap(), &mut random);
        let later: TicketId = new_id(Timestamp::from_millisecond(1_001).unwrap(), &mut random);
        assert!(earlier < later);
        assert!(earlier.to_string() < later.to_string());
    }

    #[test]
    fn the_ids_of_one_act_sort_as_they_were_made() {
        let mut random = StdRng::seed_from_u64(7);
        let made: Vec<CommentId> = (0..300)
            .map(|nth| nth_id(Timestamp::from_millisecond(1_000).unwrap(), nth, &mut random))
            .collect();
        assert!(made.is_sorted());
    }

    #[test]
    fn text_that_is_no_id_says_what_an_id_looks_like() {
        let error = "INC-12".parse::<TicketId>().unwrap_err();
        assert!(error.to_string().contains("ids look like"));
    }
}
