//! Problems: what goes wrong, as RFC 9457 problem documents. One mapping from [`Refused`]; pages render the same
//! [`Problem`] as a sentence.

use axum::{
    Json, Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::get,
};
use desk::{FieldError, Refused, StoreError};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    context::cookie,
    page::{PageProblem, page},
    state::AppState,
    ui::{self, Look},
};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $slug:literal, $status:ident, $title:literal, $advice:literal;)+) => {
        /// What kind of problem it is. Its address is stable: clients decide by it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Kind { $($(#[$doc])* $variant,)+ }

        impl Kind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The last part of its address.
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$variant => $slug),+ }
            }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status),+ }
            }

            /// What it is called, the same each time it occurs.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),+ }
            }

            /// What it means, and what to do about it.
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$variant => $advice),+ }
            }

            /// `type` in the document: a reference to this desk's own page about it (RFC 9457 §3.1.1).
            pub fn address(self) -> String {
                format!("/problems/{}", self.slug())
            }
        }
    };
}

kinds! {
    /// The syntax of the request cannot be read.
    Malformed = "malformed", BAD_REQUEST, "The request cannot be read",
        "The body, the query or a header does not have the form it must have. The detail says where. JSON is UTF-8, and a body is one JSON object.";
    /// No credentials, or none that are good.
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "Credentials are missing or not valid",
        "Send `Authorization: Bearer TOKEN` with a token that is neither expired nor revoked, or sign in.";
    /// Roles or scopes do not reach, or no seat and no token is the caller's.
    LicenceRequired = "licence-required", FORBIDDEN, "A licence or a role is missing",
        "The act needs a capability that the caller's roles or the token's scopes lack, or a seat or token of a licence that is not theirs. The member `verdict` says which. What needs no licence still works: raising, following and answering one's own tickets.";
    /// A browser was sent here by another site.
    CrossSite = "cross-site", FORBIDDEN, "The request comes from another site",
        "A browser says that another site made this request, so nothing was done. Programs send an API token instead of a cookie.";
    /// There is no such thing, or the caller may not know of it.
    NotFound = "not-found", NOT_FOUND, "Not found",
        "There is no such thing, or the caller may not know of it; the two are not told apart.";
    /// The address exists, the method does not.
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "The method is not allowed here",
        "The address exists, but not for this method. The API description says which there are.";
    /// A rule of the thing itself, or its present state, says no.
    Conflict = "conflict", CONFLICT, "Its present state does not allow this",
        "A rule of the thing itself, or the state it is in, does not allow this. The detail says what to do instead.";
    /// All tokens are in use; the caller stands in line.
    SeatQueued = "seat-queued", CONFLICT, "All tokens are in use; you are in line",
        "All tokens of the pool are in use, and the caller now stands in line. The member `verdict` says at which place and behind whom. When a token frees, it is offered to them: take it, then send the request again.";
    /// What software checked out is no longer its own.
    LeaseLost = "lease-lost", CONFLICT, "The token is no longer yours",
        "The hold with this fencing number is over: it was given back, ran out, or went to somebody else. The member `lost` says how and when, where that is known. Stop what needs the token, then check out again; the new hold has a higher number.";
    /// An `Idempotency-Key` came with another request before.
    KeyReused = "idempotency-key-reused", CONFLICT, "The Idempotency-Key was used for another request",
        "An `Idempotency-Key` stands for one request. A new request needs a new key.";
    /// `If-Match` names an old version.
    Stale = "stale", PRECONDITION_FAILED, "It was changed since you looked",
        "Somebody changed it since it was read. The member `current_version` has the version now and, for tickets, `current` has the ticket: look at the change, and send the request again with the new ETag.";
    /// The request or file is too large.
    TooLarge = "too-large", PAYLOAD_TOO_LARGE, "The request is too large",
        "JSON bodies hold at most 1 MiB, files at most 25 MiB.";
    /// The body is of a media type that is not understood.
    MediaType = "media-type", UNSUPPORTED_MEDIA_TYPE, "The media type is not supported",
        "Send JSON as `application/json` and files as `multipart/form-data`.";
    /// Some fields cannot be used.
    Invalid = "invalid", UNPROCESSABLE_ENTITY, "Some fields cannot be used",
        "Some fields cannot be used. The member `errors` names all of them, each with what to do about it.";
    /// A service account did not say for whom it acts.
    AttributionRequired = "attribution-required", UNPROCESSABLE_ENTITY, "It is not said for whom this is done",
        "A service account always says for whom it acts: send `From` or `X-On-Behalf-Of` with an e-mail address, or `external_identity` in the body for somebody whom the desk does not know.";
    /// `If-Match` is missing.
    PreconditionRequired = "precondition-required", PRECONDITION_REQUIRED, "If-Match is missing",
        "Send `If-Match` with the ETag of what was read, so that nobody's change is overwritten unseen.";
    /// Too many requests or attempts.
    TooManyRequests = "too-many-requests", TOO_MANY_REQUESTS, "Too many requests",
        "Wait for as many seconds as `Retry-After` says.";
    /// Something is broken on this side.
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something went wrong on our side",
        "Something is broken on this side. Nothing of the request was kept. The administrator finds the cause in the log by the value of `X-Request-Id`.";
    /// The engine is busy or away for the moment.
    Busy = "busy", SERVICE_UNAVAILABLE, "The desk is busy",
        "Another change stood in the way, or the desk is starting or stopping. Send the same request again after as many seconds as `Retry-After` says.";
}

/// A problem, ready to be told.
#[derive(Debug, Clone)]
pub struct Problem {
    /// What kind it is.
    pub kind: Kind,
    /// What happened this time, and what to do next.
    pub detail: String,
    /// What is wrong with which field.
    pub errors: Vec<FieldError>,
    /// More members of the document: the verdict of a licence refusal, the current version of what was changed.
    pub more: Map<String, Value>,
    /// In how many seconds to try again.
    pub retry_after: Option<u64>,
    /// The entity tag of the thing as it is now.
    pub etag: Option<String>,
}

/// A handler's answer, or the problem.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// The document on the wire.
#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    errors: &'a [FieldError],
    #[serde(flatten)]
    more: &'a Map<String, Value>,
}

impl Problem {
    /// A problem of this kind, with a sentence that says what to do.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            errors: Vec::new(),
            more: Map::new(),
            retry_after: None,
            etag: None,
        }
    }

    /// With one more member in the document.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.more.insert(name.to_owned(), value);
        }
        self
    }

    /// To be tried again after so many seconds.
    #[must_use]
    pub fn after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.kind.status()
    }

    /// Nothing is at this address for the caller.
    pub fn not_found(what: &str) -> Self {
        Self::new(Kind::NotFound, format!("There is no such {what}, or you may not see it."))
    }

    /// Fields that cannot be used.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let sentences: Vec<_> =
            errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
        Self { errors, ..Self::new(Kind::Invalid, sentence(&sentences.join("; "))) }
    }

    /// One field that cannot be used.
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError { field: field.to_owned(), message: message.into() }])
    }

    /// Something broke. The cause goes to the log under the request's id, never to the caller.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "internal error");
        Self::new(
            Kind::Internal,
            "This was not your doing. Try again; if it happens again, give your administrator the value of the \
             X-Request-Id header.",
        )
    }
}

/// Starts with a capital and ends with a full stop, as sentences do.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let mut sentence: String = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    sentence.push_str(chars.as_str());
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let detail = sentence(&refused.to_string());
        match refused {
            Refused::NotFound(_) => Self::new(Kind::NotFound, detail),
            Refused::Licence(verdict) => {
                let kind = if verdict.waits() { Kind::SeatQueued } else { Kind::LicenceRequired };
                let reason = verdict.denial().map_or("none", |reason| reason.as_str());
                metrics::counter!("freehold_licence_refusals_total", "reason" => reason).increment(1);
                Self::new(kind, detail).with("verdict", &verdict)
            }
            Refused::Invalid(errors) => Self::invalid(errors),
            Refused::Stale { current } => {
                let etag = Some(format!("\"{current}\""));
                Self { etag, ..Self::new(Kind::Stale, detail) }.with("current_version", current)
            }
            Refused::Rule(_) => Self::new(Kind::Conflict, detail),
            Refused::LeaseLost { how, at } => {
                Self::new(Kind::LeaseLost, detail).with("lost", serde_json::json!({ "how": how, "at": at }))
            }
            Refused::KeyReused => Self::new(Kind::KeyReused, detail),
            Refused::AttributionMissing => Self::new(Kind::AttributionRequired, detail),
            Refused::SignIn(_) => Self::new(Kind::Unauthenticated, detail),
            Refused::Throttled { until, now } => {
                let seconds = (until.as_second() - now.as_second()).max(1);
                Self::new(Kind::TooManyRequests, detail).after(seconds.unsigned_abs())
            }
            Refused::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => {
                Self::new(Kind::Busy, "The desk was busy with a conflicting change; send it again.").after(1)
            }
            StoreError::Stopped => {
                tracing::warn!("the engine has stopped");
                Self::new(Kind::Busy, "The desk is stopping or starting; send it again in a moment.").after(5)
            }
            StoreError::Duplicate { constraint } => {
                tracing::warn!(constraint, "a uniqueness rule refused a write");
                Self::new(
                    Kind::Conflict,
                    "The same thing exists already; look at it, or choose another name.",
                )
            }
            other => Self::internal(other),
        }
    }
}

impl From<crate::attachments::AttachmentError> for Problem {
    fn from(error: crate::attachments::AttachmentError) -> Self {
        Self::internal(error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let document = Document {
            r#type: self.kind.address(),
            title: self.kind.title(),
            status: self.status().as_u16(),
            detail: &self.detail,
            errors: &self.errors,
            more: &self.more,
        };
        let mut response = (self.status(), Json(document)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(etag) = self.etag.and_then(|etag| HeaderValue::from_str(&etag).ok()) {
            headers.insert(header::ETAG, etag);
        }
        if self.kind == Kind::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"Freehold\""));
        }
        response
    }
}

/// `/problems/{slug}`: the pages that the documents' `type` leads to.
pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/problems/{slug}", get(about))
}

async fn about(Path(slug): Path<String>, headers: HeaderMap) -> Result<Response, PageProblem> {
    let found = Kind::ALL.iter().find(|kind| kind.slug() == slug);
    let kind = found.copied().ok_or_else(|| Problem::not_found("kind of problem"))?;
    let look = Look::from_cookies(|name| cookie(&headers, name));
    let main = ui::error_page(kind.status().as_u16(), kind.title(), kind.advice(), &[("/", "Home")]);
    Ok(page(look, kind.title(), &ui::single(&main)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_an_address_of_its_own() {
        let mut slugs: Vec<_> = Kind::ALL.iter().map(|kind| kind.slug()).collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), Kind::ALL.len());
    }

    #[test]
    fn a_cause_inside_is_not_told_outside() {
        let problem = Problem::from(StoreError::Engine("relation \"ticket\" is on fire".to_owned()));
        assert_eq!(problem.kind, Kind::Internal);
        assert!(!problem.detail.contains("fire"));
    }

    #[test]
    fn a_stale_version_comes_with_the_tag_of_the_present_one() {
        let response = Problem::from(Refused::Stale { current: 7 }).into_response();
        assert_eq!(response.status(), StatusCode::PRECONDITION_FAILED);
        assert_eq!(response.headers()[header::ETAG], "\"7\"");
    }
}
