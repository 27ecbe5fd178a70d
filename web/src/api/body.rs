//! What programs send: bodies, query parameters and preconditions, read with all that is wrong with them at once.

use axum::{
    body::{self, Body, Bytes},
    extract::{FromRequest, FromRequestParts, Query, RawPathParams, Request},
};
use desk::{Context, FieldError, Idempotency};
use domain::identity::ExternalIdentity;
use http::{HeaderMap, Method, header, request::Parts};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::str::FromStr;

use super::wire::Wire;
use crate::{
    context::{ApiCaller, SESSION_COOKIE, cookie},
    problem::{Kind, Problem, Result},
    router::BODY_LIMIT,
    state::AppState,
};

/// The fields of a JSON object, taken out one by one, with what is wrong with each.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    left: Map<String, Value>,
    errors: Vec<FieldError>,
}

impl Fields {
    pub(crate) fn new(left: Map<String, Value>) -> Self {
        Self { left, errors: Vec::new() }
    }

    pub(crate) fn refuse(&mut self, field: &str, message: impl Into<String>) {
        self.errors.push(FieldError { field: field.to_owned(), message: message.into() });
    }

    /// A field that must be there.
    pub(crate) fn required<T: DeserializeOwned>(&mut self, name: &'static str) -> Option<T> {
        match self.left.remove(name) {
            None | Some(Value::Null) => {
                self.refuse(name, "is missing; send it");
                None
            }
            Some(value) => self.read(name, value),
        }
    }

    /// A field that may be absent or `null`.
    pub(crate) fn optional<T: DeserializeOwned>(&mut self, name: &'static str) -> Option<T> {
        match self.left.remove(name) {
            None | Some(Value::Null) => None,
            Some(value) => self.read(name, value),
        }
    }

    /// A field of a change: absent leaves the value, `null` takes it away.
    #[expect(clippy::option_option, reason = "absent, `null` and a value are three things")]
    pub(crate) fn nullable<T: DeserializeOwned>(&mut self, name: &'static str) -> Option<Option<T>> {
        match self.left.remove(name) {
            None => None,
            Some(Value::Null) => Some(None),
            Some(value) => self.read(name, value).map(Some),
        }
    }

    fn read<T: DeserializeOwned>(&mut self, name: &str, value: Value) -> Option<T> {
        if has_null_character(&value) {
            self.refuse(name, "contains the character U+0000; remove it");
            return None;
        }
        serde_json::from_value(value).map_err(|error| self.refuse(name, error.to_string())).ok()
    }

    /// What was read, if nothing is wrong and nothing is left over.
    pub(crate) fn finish<T>(mut self, read: Option<T>) -> Result<T> {
        for name in std::mem::take(&mut self.left).into_iter().map(|(name, _)| name) {
            let shown: String = name.chars().take(60).collect();
            self.refuse(&shown, "is not known here; leave it out, or look whether it is misspelt");
        }
        match read {
            Some(read) if self.errors.is_empty() => Ok(read),
            _ => Err(Problem::invalid(self.errors)),
        }
    }
}

/// PostgreSQL's text holds every character but this one.
fn has_null_character(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_null_character),
        Value::Object(members) => {
            members.iter().any(|(name, value)| name.contains('\0') || has_null_character(value))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A body that an operation takes.
pub(crate) trait Told: Wire + Sized + Send {
    /// Reads it. `None` where something is wrong; `fields` knows what.
    fn read(fields: &mut Fields) -> Option<Self>;
}

impl Told for () {
    fn read(_: &mut Fields) -> Option<()> {
        Some(())
    }
}

/// Declares a body: `required`, `optional` (absent or `null` is nothing) and `nullable` (absent leaves, `null` takes away)
/// fields.
macro_rules! told {
    (@type required $type:ty) => { $type };
    (@type optional $type:ty) => { Option<$type> };
    (@type nullable $type:ty) => { Option<Option<$type>> };
    (@needed required) => { true };
    (@needed optional) => { false };
    (@needed nullable) => { false };
    (@schema required $type:ty, $book:ident) => { <$type as $crate::api::wire::Wire>::schema($book) };
    (@schema optional $type:ty, $book:ident) => { <Option<$type> as $crate::api::wire::Wire>::schema($book) };
    (@schema nullable $type:ty, $book:ident) => { <Option<$type> as $crate::api::wire::Wire>::schema($book) };
    (@unwrap required $field:ident) => { $field? };
    (@unwrap optional $field:ident) => { $field };
    (@unwrap nullable $field:ident) => { $field };
    ($($(#[doc = $doc:literal])+ $name:ident {
        $($(#[doc = $says:literal])+ $how:ident $field:ident : $type:ty),* $(,)?
    })+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug)]
        pub(crate) struct $name {
            $($(#[doc = $says])+ pub(crate) $field: $crate::api::body::told!(@type $how $type)),*
        }

        impl $crate::api::wire::Wire for $name {
            const NAME: Option<&'static str> = Some(stringify!($name));

            fn shape(book: &mut $crate::api::wire::Book) -> serde_json::Value {
                let shape = $crate::api::wire::object(None, [$((
                    stringify!($field),
                    $crate::api::wire::described(
                        $crate::api::body::told!(@schema $how $type, book),
                        concat!($($says),+).trim(),
                    ),
                    $crate::api::body::told!(@needed $how),
                )),*]);
                $crate::api::wire::described(shape, concat!($($doc),+).trim())
            }
        }

        impl $crate::api::body::Told for $name {
            fn read(fields: &mut $crate::api::body::Fields) -> Option<Self> {
                $(let $field = fields.$how::<$type>(stringify!($field));)*
                Some(Self { $($field: $crate::api::body::told!(@unwrap $how $field)),* })
            }
        }
    )+};
}
pub(crate) use told;

/// A caller and the JSON object they send.
#[derive(Debug)]
pub(crate) struct Call<T> {
    /// The context of the command; with the `Idempotency-Key` of a POST.
    pub(crate) ctx: Context,
    /// What they send.
    pub(crate) told: T,
    /// The version that `If-Match` names.
    pub(crate) if_match: Option<u64>,
    caller: ApiCaller,
}

impl<T> Call<T> {
    /// A context of its own for a look beside the command.
    pub(crate) fn look(&self) -> Context {
        self.caller.context()
    }

    /// The version that the caller looked at, where the operation asks for one.
    pub(crate) fn version(&self) -> Result<u64> {
        self.if_match.ok_or_else(|| {
            Problem::new(
                Kind::PreconditionRequired,
                "Send `If-Match` with the ETag of what you looked at, so that nobody's change is lost.",
            )
        })
    }
}

impl<T: Told> FromRequest<AppState> for Call<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &AppState) -> Result<Self> {
        let (parts, body) = request.into_parts();
        must_show_credentials(&parts, app).await?;
        let bytes = bytes(&parts, body, BODY_LIMIT).await?;
        let (external, object) = match members(&parts.headers, &bytes) {
            Ok(mut object) => match external_identity(&mut object) {
                Ok(external) => (external, Ok(object)),
                Err(problem) => (None, Err(problem)),
            },
            Err(problem) => (None, Err(problem)),
        };
        let caller = match ApiCaller::of(&parts, app, external).await {
            // The identity it names may be what could not be read.
            Err(problem) if problem.kind == Kind::AttributionRequired && object.is_err() => {
                return Err(object.err().unwrap_or(problem));
            }
            caller => caller?,
        };
        let mut fields = Fields::new(object?);
        let told = T::read(&mut fields);
        let told = fields.finish(told)?;
        let mut ctx = caller.context();
        ctx.idempotency = idempotency(&parts, &[&bytes])?;
        Ok(Self { ctx, told, if_match: if_match(&parts.headers), caller })
    }
}

/// A caller without credentials is told so before anything that they send is looked at.
pub(crate) async fn must_show_credentials(parts: &Parts, app: &AppState) -> Result<()> {
    if parts.headers.contains_key(header::AUTHORIZATION) || cookie(&parts.headers, SESSION_COOKIE).is_some() {
        return Ok(());
    }
    ApiCaller::of(parts, app, None).await.map(drop)
}

/// The body, if it is not longer than `limit`.
pub(crate) async fn bytes(parts: &Parts, body: Body, limit: usize) -> Result<Bytes> {
    let too_large =
        || Problem::new(Kind::TooLarge, format!("The body is longer than {limit} bytes; send less at once."));
    let length = parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if length.and_then(|length| length.parse::<u64>().ok()).is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    // What fails here is the limit, or a connection that is no longer there to hear of it.
    body::to_bytes(body, limit).await.map_err(|_| too_large())
}

/// The members of the JSON object in a body; an empty body has none.
fn members(headers: &HeaderMap, bytes: &Bytes) -> Result<Map<String, Value>> {
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    if let Some(kind) = headers.get(header::CONTENT_TYPE) {
        let essence = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(Problem::new(
                Kind::MediaType,
                "The body must be JSON: send `Content-Type: application/json`.",
            ));
        }
    }
    let malformed = |detail: String| Problem::new(Kind::Malformed, detail);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        malformed(format!("The body is not UTF-8 from byte {}; JSON always is.", error.valid_up_to()))
    })?;
    match serde_json::from_str(text) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(malformed("The body must be a JSON object: `{…}`.".to_owned())),
        Err(error) => Err(malformed(format!("The body is not JSON: {error}."))),
    }
}

/// The field by which a service account names somebody whom the desk does not know.
fn external_identity(members: &mut Map<String, Value>) -> Result<Option<ExternalIdentity>> {
    let Some(value) = members.remove("external_identity").filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    serde_json::from_value(value).map(Some).map_err(|error| {
        let message = format!("{error}; send issuer, subject, name and, if there is one, email");
        Problem::field("external_identity", message)
    })
}

/// The `Idempotency-Key` of a POST, with the request that it stands for: `content` is what tells one body from another.
pub(crate) fn idempotency(parts: &Parts, content: &[&[u8]]) -> Result<Option<Idempotency>> {
    const LONGEST: usize = 200;
    let Some(key) = parts.headers.get("idempotency-key").filter(|_| parts.method == Method::POST) else {
        return Ok(None);
    };
    let key = key.to_str().map(str::trim).ok().filter(|key| !key.is_empty() && key.len() <= LONGEST);
    let key = key.ok_or_else(|| {
        Problem::new(
            Kind::Malformed,
            format!("Idempotency-Key must be 1 to {LONGEST} visible ASCII characters, for example a UUID."),
        )
    })?;
    let mut hash = Sha256::new();
    // Each part behind its length, so that no two requests are one text.
    let request = [parts.method.as_str().as_bytes(), parts.uri.path().as_bytes()];
    // For somebody else it is another request, though the program and its words are the same.
    let for_whom = ["from", "x-on-behalf-of"].iter().find_map(|name| parts.headers.get(*name));
    let for_whom = for_whom.map(http::HeaderValue::as_bytes);
    for part in request.iter().chain(content).chain(&for_whom) {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    Ok(Some(Idempotency { key: key.to_owned(), request_hash: hash.finalize().into() }))
}

/// The version that `If-Match` names (RFC 9110 §13.1.1). `*` is any; a tag that is none of ours is of no version.
fn if_match(headers: &HeaderMap) -> Option<u64> {
    let tag = headers.get(header::IF_MATCH)?.to_str().unwrap_or_default().trim();
    if tag == "*" {
        return None;
    }
    let version =
        tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).and_then(|tag| tag.parse().ok());
    Some(version.unwrap_or(u64::MAX))
}

/// One value out of the path. Text that can name nothing names nothing: not found.
pub(crate) struct At<T>(pub(crate) T);

impl<T: FromStr> FromRequestParts<AppState> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self> {
        place(parts, app, 0).await.map(Self)
    }
}

/// The first and the second value out of the path.
pub(crate) struct At2<A, B>(pub(crate) A, pub(crate) B);

impl<A: FromStr + Send, B: FromStr> FromRequestParts<AppState> for At2<A, B> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self> {
        let first = place(parts, app, 0).await?;
        Ok(Self(first, place(parts, app, 1).await?))
    }
}

async fn place<T: FromStr>(parts: &mut Parts, app: &AppState, position: usize) -> Result<T> {
    must_show_credentials(parts, app).await?;
    let params = RawPathParams::from_request_parts(parts, app).await;
    let params = params.map_err(|_| Problem::not_found("thing"))?;
    let found = params.iter().nth(position).and_then(|(_, value)| value.parse().ok());
    found.ok_or_else(|| Problem::not_found("thing"))
}

/// The parameters of a query, read with all that is wrong with them at once.
pub(crate) struct Asked(Vec<(String, String)>);

impl FromRequestParts<AppState> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self> {
        must_show_credentials(parts, app).await?;
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let Query(pairs) = pairs.map_err(|_| {
            Problem::new(Kind::Malformed, "The query of the address cannot be read; write `?name=value&…`.")
        })?;
        Ok(Self(pairs))
    }
}

/// Where in a list, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paging {
    /// The `next` of the page before.
    pub(crate) after: Option<String>,
    /// At most so many.
    pub(crate) limit: u32,
}

impl Asked {
    /// Reads the parameters with `read`; whatever it does not take is not known here.
    pub(crate) fn read<T>(self, read: impl FnOnce(&mut Parameters) -> Option<T>) -> Result<T> {
        let mut parameters = Parameters { left: self.0, fields: Fields::default() };
        let result = read(&mut parameters);
        for (name, _) in parameters.left {
            let shown: String = name.chars().take(60).collect();
            parameters.fields.refuse(&shown, "is not a parameter of this list; leave it out");
        }
        parameters.fields.finish(result)
    }

    /// Reads where in a list, and nothing else.
    pub(crate) fn paging(self) -> Result<Paging> {
        self.read(|query| Some(query.paging()))
    }
}

/// The parameters of a query, taken out one by one.
pub(crate) struct Parameters {
    left: Vec<(String, String)>,
    fields: Fields,
}

impl Parameters {
    fn take(&mut self, name: &str) -> Option<String> {
        let at = self.left.iter().position(|(key, _)| key == name)?;
        let (_, value) = self.left.swap_remove(at);
        if value.contains('\0') {
            self.fields.refuse(name, "contains the character U+0000; remove it");
            return None;
        }
        Some(value)
    }

    /// A parameter that may be absent. `shape` says what it looks like.
    pub(crate) fn optional<T: FromStr>(&mut self, name: &str, shape: &str) -> Option<T> {
        let value = self.take(name)?;
        value.parse().map_err(|_| self.fields.refuse(name, format!("must be {shape}"))).ok()
    }

    /// A parameter that must be there.
    pub(crate) fn required<T: FromStr>(&mut self, name: &str, shape: &str) -> Option<T> {
        if !self.left.iter().any(|(key, _)| key == name) {
            self.fields.refuse(name, format!("is missing; send {shape}"));
        }
        self.optional(name, shape)
    }

    /// Where in a list.
    pub(crate) fn paging(&mut self) -> Paging {
        const SHAPE: &str = "a number from 1 to 200";
        let limit = self.optional("limit", SHAPE).unwrap_or(50);
        if !(1..=200).contains(&limit) {
            self.fields.refuse("limit", format!("must be {SHAPE}"));
        }
        Paging { after: self.take("after"), limit }
    }
}

impl Paging {
    /// The place that `after` names.
    pub(crate) fn place<T: FromStr>(&self) -> Result<Option<T>> {
        let Some(after) = &self.after else { return Ok(None) };
        after.parse().map(Some).map_err(|_| {
            let message =
                "is no place in this list; use the `next` of the page before, or start without".to_owned();
            Problem::field("after", message)
        })
    }
}
