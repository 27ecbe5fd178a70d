//! Values on their way into a statement and out of a row.

use std::{borrow::Cow, fmt::Display, str::FromStr};

use domain::Timestamp;
use postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};

/// The last of all UUIDs (RFC 9562 §5.10). A mark such as `~` will not do: collations differ in where they sort it.
pub(crate) const AFTER_EVERY_ID: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/// A parameter of a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// A whole number, a moment in microseconds, money in minor units, a flag as 0 or 1.
    Int(i64),
    /// Text, an id, a name of an enum, JSON.
    Text(Cow<'a, str>),
    /// Bytes.
    Blob(Cow<'a, [u8]>),
}

impl Value<'_> {
    /// The value as text in its `Display` form: ids and named enums.
    pub fn name(value: impl Display) -> Self {
        Self::Text(Cow::Owned(value.to_string()))
    }

    /// The same, borrowing nothing.
    pub(crate) fn to_owned(&self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Int(int) => Value::Int(*int),
            Self::Text(text) => Value::Text(Cow::Owned(text.as_ref().to_owned())),
            Self::Blob(bytes) => Value::Blob(Cow::Owned(bytes.as_ref().to_owned())),
        }
    }
}

macro_rules! from_int {
    ($($int:ty),+) => {$(impl From<$int> for Value<'_> {
        fn from(value: $int) -> Self {
            Self::Int(i64::from(value))
        }
    })+};
}
from_int!(i64, i32, u32, u8, bool);

impl From<u64> for Value<'_> {
    /// Counters and fences; they stay far below 2^63, and a value beyond would be stored as the largest there is.
    fn from(value: u64) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(at: Timestamp) -> Self {
        Self::Int(at.as_microsecond())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Blob(Cow::Borrowed(bytes))
    }
}

impl<'a> From<&'a [u8; 32]> for Value<'a> {
    fn from(bytes: &'a [u8; 32]) -> Self {
        Self::Blob(Cow::Borrowed(bytes))
    }
}

impl<'a> From<&'a Vec<u8>> for Value<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::Blob(Cow::Borrowed(bytes))
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

macro_rules! by_name {
    ($($name:ty),+ $(,)?) => {$(
        impl From<$name> for Value<'_> {
            fn from(id: $name) -> Self {
                Self::name(id)
            }
        }

        impl FromColumn for $name {
            fn from_column(column: Column<'_>) -> Option<Self> {
                named(column)
            }
        }
    )+};
}

by_name!(
    domain::AlertId,
    domain::ArticleId,
    domain::AssignmentId,
    domain::AttachmentId,
    domain::AuditRecordId,
    domain::CalendarId,
    domain::CatalogueItemId,
    domain::ChatId,
    domain::ChecklistItemId,
    domain::CommentId,
    domain::ContractDocumentId,
    domain::ContractId,
    domain::DayPassId,
    domain::DenialId,
    domain::DeviceId,
    domain::GroupId,
    domain::GuestId,
    domain::LeaseId,
    domain::LicenceId,
    domain::MacroId,
    domain::NotificationId,
    domain::TextModuleId,
    domain::OrderLineId,
    domain::OutageId,
    domain::ApprovalId,
    domain::ViewId,
    domain::PersonId,
    domain::PushSubscriptionId,
    domain::QueueEntryId,
    domain::RecurringTicketId,
    domain::RequestId,
    domain::SeatId,
    domain::ServiceAccountId,
    domain::SessionId,
    domain::TicketId,
    domain::TicketTemplateId,
    domain::TimeEntryId,
    domain::TokenId,
    domain::TrueUpId,
    domain::identity::Role,
);

fn named<T: FromStr>(column: Column<'_>) -> Option<T> {
    match column {
        Column::Text(text) => text.parse().ok(),
        _ => None,
    }
}

/// What a row holds in one place.
#[derive(Debug, Clone, Copy)]
pub enum Column<'r> {
    /// Nothing.
    Null,
    /// A whole number.
    Int(i64),
    /// Text.
    Text(&'r str),
    /// Bytes.
    Blob(&'r [u8]),
}

/// What can be read out of a row.
pub trait FromColumn: Sized {
    /// The value, or `None` where the column holds something else.
    fn from_column(column: Column<'_>) -> Option<Self>;
}

impl<T: FromColumn> FromColumn for Option<T> {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Null => Some(None),
            column => T::from_column(column).map(Some),
        }
    }
}

impl FromColumn for Value<'static> {
    fn from_column(column: Column<'_>) -> Option<Self> {
        Some(match column {
            Column::Null => Self::Null,
            Column::Int(int) => Self::Int(int),
            Column::Text(text) => Self::Text(Cow::Owned(text.to_owned())),
            Column::Blob(bytes) => Self::Blob(Cow::Owned(bytes.to_owned())),
        })
    }
}

impl FromColumn for i64 {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Int(int) => Some(int),
            _ => None,
        }
    }
}

macro_rules! int_column {
    ($($int:ty),+) => {$(impl FromColumn for $int {
        fn from_column(column: Column<'_>) -> Option<Self> {
            i64::from_column(column).and_then(|int| int.try_into().ok())
        }
    })+};
}
int_column!(i32, u8, u32, u64);

impl FromColumn for bool {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Int(0) => Some(false),
            Column::Int(1) => Some(true),
            _ => None,
        }
    }
}

impl FromColumn for Timestamp {
    fn from_column(column: Column<'_>) -> Option<Self> {
        i64::from_column(column).and_then(|micros| Self::from_microsecond(micros).ok())
    }
}

impl FromColumn for String {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Text(text) => Some(text.to_owned()),
            _ => None,
        }
    }
}

impl FromColumn for Vec<u8> {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Blob(bytes) => Some(bytes.to_vec()),
            _ => None,
        }
    }
}

impl FromColumn for [u8; 32] {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Blob(bytes) => bytes.try_into().ok(),
            _ => None,
        }
    }
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, ValueRef};
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(int) => ValueRef::Integer(*int),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(int) if *ty == Type::INT4 => i32::try_from(*int)?.to_sql(ty, out),
            Self::Int(int) => int.to_sql(ty, out),
            Self::Text(text) => text.as_ref().to_sql(ty, out),
            Self::Blob(bytes) => bytes.as_ref().to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT8 | Type::INT4 | Type::TEXT | Type::VARCHAR | Type::BYTEA | Type::NAME)
    }

    to_sql_checked!();
}
