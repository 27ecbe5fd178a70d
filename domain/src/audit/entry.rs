//! One audit record: its canonical text, which is the leaf, and the erasable detail beside it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{Commitment, Hash, Salt, leaf_hash};
use crate::{
    AlertId, ArticleId, AssignmentId, AttachmentId, AuditRecordId, CalendarId, CatalogueItemId, ChatId,
    CommentId, ContractId, DayPassId, DenialId, DeviceId, GroupId, LeaseId, LicenceId, OrderLineId, PersonId,
    QueueEntryId, RequestId, SeatId, ServiceAccountId, SessionId, TicketId, TokenId, TrueUpId,
    identity::{Account, Actor, Channel, ExternalIdentity, Principal, named},
    licence::{ACTION_MAP_VERSION, Action, DenialReason, HeldSeat, Verdict},
};

/// The version of the record's form, in its field `v`.
pub const ENTRY_VERSION: u8 = 1;

/// The longest entry that fits the bundles of `tlog-tiles`.
pub const MAX_ENTRY_BYTES: usize = 65_535;

/// How an act ended, and what it took or why it was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was done, on this seat or token if it needed one.
    Done(Option<Consumed>),
    /// It was done on a seat or token of the base product and on one of a module.
    DoneWithModule {
        /// What was consumed of the base product.
        base: Consumed,
        /// What was consumed of the module.
        module: Consumed,
    },
    /// It was refused: for want of a licence or capability, or for a reason that the detail gives.
    Refused(Option<DenialReason>),
    /// It was not done; the actor waits in line for a token.
    Queued,
    /// It waits for a licensed agent to release it.
    Held,
}

impl Outcome {
    /// The name in the leaf.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done(_) | Self::DoneWithModule { .. } => "done",
            Self::Refused(_) => "refused",
            Self::Queued => "queued",
            Self::Held => "held",
        }
    }
}

/// An act ends as the licence engine decided, unless something else stops it afterwards.
impl From<&Verdict> for Outcome {
    fn from(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Free => Self::Done(None),
            Verdict::Seat(HeldSeat { licence, assignment, seat_number }) => {
                Self::Done(Some(Consumed::Seat {
                    licence: *licence,
                    assignment: *assignment,
                    seat: *seat_number,
                }))
            }
            Verdict::Token { licence, lease, token, fence, how: _ } => Self::Done(Some(Consumed::Token {
                licence: *licence,
                lease: *lease,
                fence: *fence,
                token: *token,
            })),
            Verdict::DayPass { licence, pass, number, until: _ } => {
                Self::Done(Some(Consumed::DayPass { licence: *licence, pass: *pass, number: *number }))
            }
            Verdict::Module { base, by, module: _ } => match (Self::from(&**base), Self::from(&**by)) {
                (Self::Done(Some(base)), Self::Done(Some(module))) => Self::DoneWithModule { base, module },
                (Self::Done(_), other) | (other, _) => other,
            },
            Verdict::Queued { .. } => Self::Queued,
            Verdict::Refused(refusal) => Self::Refused(Some(refusal.reason())),
        }
    }
}

named! {
    /// What kind of thing an act was done to.
    TargetKind {
        /// The desk as a whole: its settings, its upkeep, a sign-in by nobody known.
        Desk = "desk",
        /// A ticket.
        Ticket = "ticket",
        /// A reply or a work note.
        Comment = "comment",
        /// A file.
        Attachment = "attachment",
        /// A person.
        Person = "person",
        /// A group.
        Group = "group",
        /// A calendar of business hours.
        Calendar = "calendar",
        /// A licence.
        Licence = "licence",
        /// A seat.
        Seat = "seat",
        /// A person on a seat.
        Assignment = "assignment",
        /// A lease.
        Lease = "lease",
        /// A refused checkout.
        Denial = "denial",
        /// A place in line.
        QueueEntry = "queue_entry",
        /// A service account.
        ServiceAccount = "service_account",
        /// An API token.
        Token = "token",
        /// A session.
        Session = "session",
        /// A contract.
        Contract = "contract",
        /// An order line.
        OrderLine = "order_line",
        /// An entry of the true-up ledger.
        TrueUp = "true_up",
        /// An alert.
        Alert = "alert",
        /// A piece of knowledge.
        Article = "article",
        /// A conversation with the bot.
        Chat = "chat",
        /// An item of the catalogue.
        CatalogueItem = "catalogue_item",
        /// A device.
        Device = "device",
    }
}

/// What an act was done to. The id is never personal: a name or address belongs in the detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    kind: TargetKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
}

impl Target {
    /// The desk as a whole.
    pub const DESK: Self = Self { kind: TargetKind::Desk, id: None };

    /// What kind of thing.
    pub const fn kind(self) -> TargetKind {
        self.kind
    }

    /// Which one; nothing for the desk as a whole.
    pub const fn id(self) -> Option<Uuid> {
        self.id
    }
}

macro_rules! targets {
    ($($id:ty => $kind:ident,)+) => {$(
        impl From<$id> for Target {
            fn from(id: $id) -> Self {
                Self { kind: TargetKind::$kind, id: Some(id.uuid()) }
            }
        }
    )+};
}

targets! {
    TicketId => Ticket,
    CommentId => Comment,
    AttachmentId => Attachment,
    PersonId => Person,
    GroupId => Group,
    CalendarId => Calendar,
    LicenceId => Licence,
    SeatId => Seat,
    AssignmentId => Assignment,
    LeaseId => Lease,
    DenialId => Denial,
    QueueEntryId => QueueEntry,
    ServiceAccountId => ServiceAccount,
    TokenId => Token,
    SessionId => Session,
    ContractId => Contract,
    OrderLineId => OrderLine,
    TrueUpId => TrueUp,
    AlertId => Alert,
    ArticleId => Article,
    ChatId => Chat,
    CatalogueItemId => CatalogueItem,
    DeviceId => Device,
}

/// The seat or token that an act consumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Consumed {
    /// A seat of an exclusive licence.
    Seat {
        /// Which licence.
        licence: LicenceId,
        /// By which assignment.
        assignment: AssignmentId,
        /// Which of the licence's seats.
        seat: u32,
    },
    /// A token of a concurrent licence.
    Token {
        /// Which licence.
        licence: LicenceId,
        /// By which lease.
        lease: LeaseId,
        /// The lease's fencing number.
        fence: u64,
        /// Which of the licence's tokens.
        token: u32,
    },
    /// A pass for one day.
    DayPass {
        /// Which licence.
        licence: LicenceId,
        /// Which pass.
        pass: DayPassId,
        /// The how-manieth of the licence.
        number: u32,
    },
}

impl Consumed {
    /// Of which licence it was.
    pub const fn licence(self) -> LicenceId {
        match self {
            Self::Seat { licence, .. } | Self::Token { licence, .. } | Self::DayPass { licence, .. } => {
                licence
            }
        }
    }
}

/// An act, as the door tells it to the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Act<'a> {
    /// The record's id.
    pub id: AuditRecordId,
    /// When it is recorded.
    pub at: Timestamp,
    /// When it happened, where that was earlier: history brought in from another desk.
    pub occurred_at: Option<Timestamp>,
    /// The request it belongs to.
    pub request: RequestId,
    /// What was done.
    pub action: Action,
    /// Who did it, through which account, for whom, by which channel.
    pub principal: &'a Principal,
    /// To what.
    pub target: Target,
    /// How it ended, and which seat or token it consumed.
    pub outcome: Outcome,
    /// Names, texts, before and after: whatever a person may ask to be erased, or `Null`.
    pub detail: &'a Value,
}

/// A record as the log keeps it: the leaf, and beside it what can be erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// The record as data.
    pub entry: AuditEntry,
    /// The record as text: the leaf of the tree, to the byte.
    pub text: String,
    /// The hash of the leaf.
    pub leaf: Hash,
    /// The salt of its commitments.
    pub salt: Salt,
    /// The erasable detail, as JSON: `external`, the identity a service account spoke for, and `detail`.
    pub body: String,
}

/// What a leaf says.
///
/// **The canonical form.** One JSON object (RFC 8259) in UTF-8 without white space, its fields in the order in which
/// they are declared here, optional fields absent rather than null; times in RFC 3339, UTC, `Z`, exactly six decimals;
/// hashes in standard base64; ids in lower-case hyphenated form; numbers without exponent or fraction; in strings only
/// `"`, `\` and control characters are escaped, by their short escape where they have one and by lower-case `\u00xx`
/// otherwise. An entry that parses but is written otherwise is not canonical and not accepted: one record, one text, one
/// hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditEntry {
    v: u8,
    id: AuditRecordId,
    #[serde(with = "micros")]
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "micros::optional")]
    occurred_at: Option<Timestamp>,
    request: RequestId,
    action: String,
    action_map: u32,
    actor: Actor,
    authenticated_as: Account,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    external: Option<Commitment>,
    channel: Channel,
    target: Target,
    outcome: Ending,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<DenialReason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    licence: Option<Consumed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    module: Option<Consumed>,
    commitment: Commitment,
}

/// The field `outcome`. `reason` goes with `refused` only, `licence` with `done` only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Ending {
    Done,
    Refused,
    Queued,
    Held,
}

/// Text that is not an entry of this log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// It is longer than entries may be.
    #[error(
        "the entry has {0} bytes, more than the {MAX_ENTRY_BYTES} that fit the log; move text into the detail"
    )]
    TooLong(usize),
    /// It is no entry, or one of a later version.
    #[error("this is not an entry that this version of the program knows: {0}")]
    Malformed(String),
    /// It is of another version.
    #[error("the entry is of version {0}; this program knows version {ENTRY_VERSION}: use a later release")]
    Version(u8),
    /// It says the right things in other bytes.
    #[error("the entry is not written in its canonical form; somebody wrote it by other means")]
    NotCanonical,
    /// The detail could not be written as JSON.
    #[error("the detail cannot be written as JSON: {0}")]
    Detail(String),
}

/// The erasable part, as it is written.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    external: Option<&'a ExternalIdentity>,
    #[serde(skip_serializing_if = "Value::is_null")]
    detail: &'a Value,
}

/// How a body with an external identity begins.
const EXTERNAL_FIRST: &str = r#"{"external":"#;

impl AuditRecord {
    /// Writes `act` down under a fresh `salt`.
    pub fn of(act: &Act<'_>, salt: Salt) -> Result<Self, EntryError> {
        let json = |error: serde_json::Error| EntryError::Detail(error.to_string());
        let external = act.principal.external_identity.as_ref();
        let committed = external.map(serde_json::to_vec).transpose().map_err(json)?;
        let body = serde_json::to_string(&Body { external, detail: act.detail }).map_err(json)?;
        let (ending, reason, licence, module) = match act.outcome {
            Outcome::Done(consumed) => (Ending::Done, None, consumed, None),
            Outcome::DoneWithModule { base, module } => (Ending::Done, None, Some(base), Some(module)),
            Outcome::Refused(reason) => (Ending::Refused, reason, None, None),
            Outcome::Queued => (Ending::Queued, None, None, None),
            Outcome::Held => (Ending::Held, None, None, None),
        };
        let entry = AuditEntry {
            v: ENTRY_VERSION,
            id: act.id,
            at: micros::round(act.at),
            occurred_at: act.occurred_at.map(micros::round),
            request: act.request,
            action: act.action.as_str().to_owned(),
            action_map: ACTION_MAP_VERSION,
            actor: act.principal.actor,
            authenticated_as: act.principal.authenticated_as,
            external: committed.map(|identity| Commitment::of(&salt, &identity)),
            channel: act.principal.channel,
            target: act.target,
            outcome: ending,
            reason,
            licence,
            module,
            commitment: Commitment::of(&salt, body.as_bytes()),
        };
        let text = entry.to_text()?;
        let leaf = leaf_hash(text.as_bytes());
        Ok(Self { entry, text, leaf, salt, body })
    }
}

impl AuditEntry {
    /// Reads a leaf. Anything but the canonical text of an entry is refused.
    pub fn parse(text: &str) -> Result<Self, EntryError> {
        #[derive(Deserialize)]
        struct Versioned {
            v: u8,
        }
        if text.len() > MAX_ENTRY_BYTES {
            return Err(EntryError::TooLong(text.len()));
        }
        let malformed = |error: serde_json::Error| EntryError::Malformed(error.to_string());
        let Versioned { v } = serde_json::from_str(text).map_err(malformed)?;
        if v != ENTRY_VERSION {
            return Err(EntryError::Version(v));
        }
        let entry: Self = serde_json::from_str(text).map_err(malformed)?;
        // What the outcome does not carry would not be written again, so it is no canonical text.
        let misplaced = match entry.outcome {
            Ending::Done => entry.reason.is_some() || (entry.module.is_some() && entry.licence.is_none()),
            Ending::Refused => entry.licence.is_some() || entry.module.is_some(),
            Ending::Queued | Ending::Held => {
                entry.reason.is_some() || entry.licence.is_some() || entry.module.is_some()
            }
        };
        if misplaced || entry.to_text()? != text {
            return Err(EntryError::NotCanonical);
        }
        Ok(entry)
    }

    /// The canonical text: the leaf, to the byte.
    pub fn to_text(&self) -> Result<String, EntryError> {
        let text = serde_json::to_string(self).map_err(|error| EntryError::Malformed(error.to_string()))?;
        if text.len() > MAX_ENTRY_BYTES {
            return Err(EntryError::TooLong(text.len()));
        }
        Ok(text)
    }

    /// The record's id.
    pub const fn id(&self) -> AuditRecordId {
        self.id
    }

    /// When it was recorded, to the microsecond.
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// When it happened, where that was earlier.
    pub const fn occurred_at(&self) -> Option<Timestamp> {
        self.occurred_at
    }

    /// The request it belongs to.
    pub const fn request(&self) -> RequestId {
        self.request
    }

    /// What was done, by the name it had then; the action may have been retired since.
    pub fn action_name(&self) -> &str {
        &self.action
    }

    /// What was done, if today's action map still knows it.
    pub fn action(&self) -> Option<Action> {
        Action::parse(&self.action)
    }

    /// The version of the action map it was decided under.
    pub const fn action_map(&self) -> u32 {
        self.action_map
    }

    /// Who did it.
    pub const fn actor(&self) -> Actor {
        self.actor
    }

    /// Whose credentials were checked.
    pub const fn authenticated_as(&self) -> Account {
        self.authenticated_as
    }

    /// The commitment to the identity that a service account spoke for.
    pub const fn external(&self) -> Option<Commitment> {
        self.external
    }

    /// By which channel it came.
    pub const fn channel(&self) -> Channel {
        self.channel
    }

    /// What it was done to.
    pub const fn target(&self) -> Target {
        self.target
    }

    /// How it ended, and which seat or token it consumed.
    pub const fn outcome(&self) -> Outcome {
        match self.outcome {
            Ending::Done => match (self.licence, self.module) {
                (Some(base), Some(module)) => Outcome::DoneWithModule { base, module },
                (licence, _) => Outcome::Done(licence),
            },
            Ending::Refused => Outcome::Refused(self.reason),
            Ending::Queued => Outcome::Queued,
            Ending::Held => Outcome::Held,
        }
    }

    /// The commitment to the detail.
    pub const fn commitment(&self) -> Commitment {
        self.commitment
    }

    /// Whether `body` is the detail that stood beside this entry, its external identity included.
    pub fn opens_to(&self, salt: &Salt, body: &str) -> bool {
        let identity_opens = match (self.external, external_text(body)) {
            (Some(commitment), Some(identity)) => commitment.opens_to(salt, identity.as_bytes()),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        identity_opens && self.commitment.opens_to(salt, body.as_bytes())
    }
}

/// The external identity in `body`, as the bytes that were committed to: reading and writing it again could change them
/// in a later release.
fn external_text(body: &str) -> Option<&str> {
    let rest = body.strip_prefix(EXTERNAL_FIRST)?;
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<serde::de::IgnoredAny>();
    values.next()?.ok()?;
    rest.get(..values.byte_offset())
}

/// Times with exactly six decimals: what both engines store.
mod micros {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer};

    /// `at` without what storage drops.
    pub(super) fn round(at: Timestamp) -> Timestamp {
        Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
    }

    pub(super) fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{at:.6}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }

    pub(super) mod optional {
        use jiff::Timestamp;
        use serde::{Deserializer, Serializer};

        #[expect(clippy::ref_option, reason = "the signature that serde's `with` asks for")]
        pub(in super::super) fn serialize<S: Serializer>(
            at: &Option<Timestamp>,
            to: S,
        ) -> Result<S::Ok, S::Error> {
            match at {
                Some(at) => super::serialize(at, to),
                None => to.serialize_none(),
            }
        }

        pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
            from: D,
        ) -> Result<Option<Timestamp>, D::Error> {
            super::deserialize(from).map(Some)
        }
    }
}
