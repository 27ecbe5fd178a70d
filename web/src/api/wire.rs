//! What things look like on the wire: the JSON schemas of the API's description (OpenAPI 3.1, JSON Schema 2020-12).
//!
//! Answers are the desk's own views. [`wire!`] states their fields once more, as the promise to others; a test holds every
//! answer that the API gives against it.

use std::collections::BTreeMap;

use domain::{
    AlertId, ApprovalId, AssignmentId, AttachmentId, AuditRecordId, CalendarId, CatalogueItemId,
    ChecklistItemId, CommentId, ContractDocumentId, ContractId, DenialId, DeviceId, GroupId, LeaseId,
    LicenceId, MacroId, OrderLineId, OutageId, PersonId, PushSubscriptionId, QueueEntryId, RecurringTicketId,
    RequestId, SeatId, ServiceAccountId, SessionId, TextModuleId, TicketId, TicketTemplateId, TimeEntryId,
    Timestamp, TokenId, TrueUpId, ViewId,
    catalogue::{ApprovalBy, DeviceKind, QuestionKind},
    contract::{
        DeadlineKind, PositionStanding, RecurringTerm, TrueUpCause, alert::AlertKind, sheet::RowOutcome,
    },
    identity::{Capability, Channel, Role},
    knowledge::{ArticleNumber, ArticleState, Asked, Audience, Language, Verdict},
    licence::{
        Action, DenialClass, DenialReason, LeaseState, Metric, Module, Origin, Priority as ClaimPriority,
        RecallReason, Share, TermPhase, pool::WaitEnd, usage::Resolution,
    },
    ticket::{
        ApprovalEnd, ApprovalQuestion, ApprovalWords, ArticleTitle, AssetTag, Category, ChecklistWords,
        ChoiceWords, Decision, DeviceName, Impact, ItemAbout, ItemName, Keywords, Kind, LinkKind, MacroName,
        Markdown, MergeReason, Missing, OutageNews, OutageTitle, Phase, Priority, QuestionLabel, Quorum,
        Rating, RatingWords, RecurringName, ReferenceNumber, Requirement, ResolutionCode, Said, SerialNumber,
        SourceName, StateKey, Stopped, Subject, TemplateName, TextModuleName, TicketNumber, TimeWords,
        Urgency, UsedBy, ViewName,
    },
};
use serde_json::{Map, Value, json};

/// The named parts of the description, as they are asked for.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) schemas: BTreeMap<&'static str, Value>,
    pub(crate) responses: BTreeMap<String, Value>,
}

/// Something with a shape on the wire.
pub(crate) trait Wire {
    /// Its name among the description's components, if it has one.
    const NAME: Option<&'static str> = None;

    /// Whether a field of this type may be left out.
    const MAY_BE_LEFT_OUT: bool = false;

    /// Its schema.
    fn shape(book: &mut Book) -> Value;

    /// Its schema, or where that is.
    fn schema(book: &mut Book) -> Value {
        let Some(name) = Self::NAME else { return Self::shape(book) };
        if !book.schemas.contains_key(name) {
            book.schemas.insert(name, Value::Null);
            let shape = Self::shape(book);
            book.schemas.insert(name, shape);
        }
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }
}

/// A schema with a sentence about the field that it is for.
pub(crate) fn described(mut schema: Value, sentence: &str) -> Value {
    if let Some(object) = schema.as_object_mut()
        && !sentence.is_empty()
    {
        object.insert("description".to_owned(), sentence.into());
    }
    schema
}

/// A schema that is also true of `null`.
pub(crate) fn or_null(schema: Value) -> Value {
    match schema {
        Value::Object(mut object) if object.get("type").is_some_and(Value::is_string) => {
            let kind = object.get("type").cloned().unwrap_or_default();
            object.insert("type".to_owned(), json!([kind, "null"]));
            if let Some(Value::Array(values)) = object.get_mut("enum") {
                values.push(Value::Null);
            }
            Value::Object(object)
        }
        other => json!({ "oneOf": [{ "type": "null" }, other] }),
    }
}

/// An object with these properties. `extends` has more, beside them on the wire.
pub(crate) fn object(
    extends: Option<Value>,
    properties: impl IntoIterator<Item = (&'static str, Value, bool)>,
) -> Value {
    let mut all = Map::new();
    let mut required: Vec<Value> = Vec::new();
    if let Some(Value::Object(mut base)) = extends {
        if let Some(Value::Object(more)) = base.remove("properties") {
            all.extend(more);
        }
        if let Some(Value::Array(more)) = base.remove("required") {
            required.extend(more);
        }
    }
    for (name, schema, needed) in properties {
        all.insert(name.to_owned(), schema);
        if needed {
            required.push(name.into());
        }
    }
    json!({ "type": "object", "properties": all, "required": required })
}

/// A field that is left out where there is nothing to say.
pub(crate) struct Perhaps<T>(std::marker::PhantomData<T>);

impl<T: Wire> Wire for Perhaps<T> {
    const NAME: Option<&'static str> = T::NAME;
    const MAY_BE_LEFT_OUT: bool = true;

    fn shape(book: &mut Book) -> Value {
        T::shape(book)
    }
}

/// States the fields of an answer; `Type as "Name" + Base` has the fields of another beside its own.
macro_rules! wire {
    (@base $book:ident) => { None };
    (@base $book:ident $base:ty) => { Some(<$base as $crate::api::wire::Wire>::shape($book)) };
    ($($(#[doc = $doc:literal])* $type:ty as $name:literal $(+ $base:ty)? {
        $($(#[doc = $says:literal])* $field:ident : $kind:ty),* $(,)?
    })+) => {$(
        impl $crate::api::wire::Wire for $type {
            const NAME: Option<&'static str> = Some($name);

            fn shape(book: &mut $crate::api::wire::Book) -> serde_json::Value {
                let base = $crate::api::wire::wire!(@base book $($base)?);
                let shape = $crate::api::wire::object(base, [$((
                    stringify!($field).trim_start_matches("r#"),
                    $crate::api::wire::described(
                        <$kind as $crate::api::wire::Wire>::schema(book),
                        concat!($($says),*).trim(),
                    ),
                    !<$kind as $crate::api::wire::Wire>::MAY_BE_LEFT_OUT,
                )),*]);
                $crate::api::wire::described(shape, concat!($($doc),*).trim())
            }
        }
    )+};
}
pub(crate) use wire;

macro_rules! named {
    ($($type:ty),+ $(,)?) => {$(
        impl Wire for $type {
            fn shape(_: &mut Book) -> Value {
                let names: Vec<&str> = <$type>::ALL.iter().map(|value| value.as_str()).collect();
                json!({ "type": "string", "enum": names })
            }
        }
    )+};
}

named! {
    ApprovalBy, DeviceKind, QuestionKind, Capability, Channel, Role, Action, DenialClass, DenialReason, LeaseState, Metric, Module, Origin, RecallReason,
    Decision, ApprovalEnd, Quorum, Rating, Impact, Kind, LinkKind, Phase, Priority, ClaimPriority, Requirement, Urgency, DeadlineKind, PositionStanding, RecurringTerm,
    TrueUpCause, AlertKind, UsedBy, Stopped, ArticleState, Audience, Language, Verdict, RowOutcome, Resolution, WaitEnd,
}

macro_rules! ids {
    ($($type:ty),+ $(,)?) => {$(
        impl Wire for $type {
            fn shape(_: &mut Book) -> Value {
                json!({ "type": "string", "format": "uuid" })
            }
        }
    )+};
}

ids! {
    AlertId, ApprovalId, AssignmentId, AttachmentId, AuditRecordId, CalendarId, CommentId, ContractDocumentId, ContractId, DenialId, GroupId, LeaseId, LicenceId, MacroId, OrderLineId, OutageId, PersonId, PushSubscriptionId, QueueEntryId, RecurringTicketId, RequestId, SeatId, ServiceAccountId, SessionId, TextModuleId, TicketTemplateId, TicketId, TokenId, TrueUpId, ViewId, ChecklistItemId, TimeEntryId, CatalogueItemId, DeviceId,
}

macro_rules! texts {
    ($($type:ty),+ $(,)?) => {$(
        impl Wire for $type {
            fn shape(_: &mut Book) -> Value {
                json!({ "type": "string", "minLength": 1, "maxLength": <$type>::LIMIT })
            }
        }
    )+};
}

texts! {TemplateName, RecurringName, ApprovalQuestion, ApprovalWords, ViewName, MacroName, RatingWords, OutageNews, OutageTitle, ArticleTitle, Asked, Keywords, Missing, Said, Subject, TextModuleName, Markdown, Category, ResolutionCode, MergeReason, SourceName, ReferenceNumber, ChecklistWords, TimeWords, ItemName, ItemAbout, QuestionLabel, ChoiceWords, DeviceName, SerialNumber, AssetTag }

macro_rules! simple {
    ($($type:ty = $schema:tt;)+) => {$(
        impl Wire for $type {
            fn shape(_: &mut Book) -> Value {
                json!($schema)
            }
        }
    )+};
}

simple! {
    String = { "type": "string" };
    bool = { "type": "boolean" };
    u8 = { "type": "integer", "minimum": 0 };
    u16 = { "type": "integer", "minimum": 0 };
    u32 = { "type": "integer", "minimum": 0 };
    usize = { "type": "integer", "minimum": 0 };
    u64 = { "type": "integer", "minimum": 0 };
    i64 = { "type": "integer" };
    f64 = { "type": "number" };
    domain::ticket::Spent = { "type": "integer", "minimum": 1, "maximum": 1440 };
    Timestamp = { "type": "string", "format": "date-time" };
    StateKey = { "type": "string", "pattern": "^[a-z][a-z0-9_]*$" };
    TicketNumber = { "type": "string", "pattern": "^[A-Z]+-[0-9]+$", "example": "INC-1042" };
    ArticleNumber = { "type": "string", "pattern": "^KB-[0-9]+$", "example": "KB-12" };
    jiff::civil::Date = { "type": "string", "format": "date" };
    jiff::SignedDuration = { "type": "string", "format": "duration", "example": "PT5M" };
    domain::effort::PerHundred = { "type": "string", "pattern": "^[0-9]+\\.[0-9]$", "example": "12.5" };
    TermPhase = { "type": "string", "enum": ["not_started", "running", "grace", "ended"] };
    Share = {
        "type": "object",
        "properties": {
            "share": { "type": "string", "enum": ["general", "reserved", "lent"] },
            "group": { "type": "string", "format": "uuid" },
        },
        "required": ["share"],
    };
    domain::sla::Week = {
        "type": "object",
        "description": "The opening hours of each weekday, such as `\"monday\": [\"09:00-17:00\"]`.",
        "additionalProperties": { "type": "array", "items": { "type": "string", "example": "09:00-17:00" } },
    };
    Value = { "type": ["object", "array"] };
}

impl<T: Wire> Wire for Option<T> {
    fn shape(book: &mut Book) -> Value {
        or_null(T::schema(book))
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn shape(book: &mut Book) -> Value {
        json!({ "type": "array", "items": T::schema(book) })
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn shape(book: &mut Book) -> Value {
        json!({ "type": "array", "prefixItems": [A::schema(book), B::schema(book)], "minItems": 2, "maxItems": 2 })
    }
}

impl<T: Wire> Wire for Box<T> {
    const NAME: Option<&'static str> = T::NAME;

    fn shape(book: &mut Book) -> Value {
        T::shape(book)
    }
}

impl Wire for () {
    fn shape(_: &mut Book) -> Value {
        json!({ "type": "object", "properties": {}, "required": [] })
    }
}

/// Any JSON object, where the shape is the domain's own document.
pub(crate) struct Document;

impl Wire for Document {
    fn shape(_: &mut Book) -> Value {
        json!({ "type": "object" })
    }
}

/// A problem document, as every refusal is one.
pub(crate) struct ProblemDocument;

impl Wire for ProblemDocument {
    const NAME: Option<&'static str> = Some("Problem");

    fn shape(book: &mut Book) -> Value {
        let verdict = NotGranted::schema(book);
        let lost = LostHold::schema(book);
        let types: Vec<String> = crate::problem::Kind::ALL.iter().map(|kind| kind.address()).collect();
        json!({
            "type": "object",
            "description": "A problem document (RFC 9457). Decide by `type`; show `detail`.",
            "properties": {
                "type": { "type": "string", "format": "uri-reference", "enum": types },
                "title": { "type": "string" },
                "status": { "type": "integer", "minimum": 400, "maximum": 599 },
                "detail": { "type": "string", "description": "What happened, and what to do next." },
                "errors": {
                    "type": "array",
                    "description": "What is wrong with which field.",
                    "items": {
                        "type": "object",
                        "properties": { "field": { "type": "string" }, "message": { "type": "string" } },
                        "required": ["field", "message"],
                    },
                },
                "verdict": verdict,
                "lost": lost,
                "current_version": { "type": "integer", "description": "The version now, where yours is old." },
                "current": { "type": "object", "description": "The thing as it is now, where yours is old." },
            },
            "required": ["type", "title", "status", "detail"],
        })
    }
}

/// How a hold ended, for the `lost` of a problem.
struct LostHold;

/// Why an act was not granted, for the `verdict` of a problem.
struct NotGranted;

wire! {
    /// How a hold ended.
    LostHold as "LostHold" {
        /// Such as `released`, `silent`, `reclaimed`, `stolen` or `revoked`; null where it is not known.
        how: Option<String>,
        at: Option<Timestamp>,
    }
    /// The licence verdict, where that is why.
    NotGranted as "Verdict" {
        /// `queued` or `refused`; the other fields go with it.
        verdict: String,
        /// The licence that was asked for.
        licence: Perhaps<Option<LicenceId>>,
        /// Why it is refused.
        reason: Perhaps<DenialReason>,
        detail: Perhaps<String>,
        /// The place in line.
        entry: Perhaps<QueueEntryId>,
        /// From 1.
        place: Perhaps<u32>,
        /// Who waits before, first first.
        ahead: Perhaps<Vec<PersonId>>,
        /// Who holds the tokens.
        holders: Perhaps<Vec<PersonId>>,
        expected_wait: Perhaps<Option<jiff::SignedDuration>>,
        /// How soon to check out again, so that neither the place nor an offer is lost.
        ask_again_in: Perhaps<jiff::SignedDuration>,
        /// What decides about the base product, for an act of a module.
        base: Perhaps<Value>,
        /// Which module.
        module: Perhaps<Module>,
        /// What decides about the module.
        by: Perhaps<Value>,
    }
}
