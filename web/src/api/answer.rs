//! How answers are given: pages of lists, versions as entity tags, places of new things.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

/// A page of a list.
#[derive(Debug, Serialize)]
pub(crate) struct Listed<T> {
    items: Vec<T>,
    next: Option<String>,
}

impl<T: Serialize> Listed<T> {
    pub(crate) fn new(items: Vec<T>, next: Option<impl ToString>) -> Json<Self> {
        Json(Self { items, next: next.map(|next| next.to_string()) })
    }

    /// A list that fits on one page.
    pub(crate) fn whole(items: Vec<T>) -> Json<Self> {
        Self::new(items, None::<String>)
    }
}

/// The entity tag of a version (RFC 9110 §8.8.3).
pub(crate) fn etag(version: u64) -> HeaderValue {
    // A number in quotes always is a header value.
    HeaderValue::try_from(format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Something with its version.
pub(crate) fn versioned(version: u64, body: impl Serialize) -> Response {
    ([(header::ETAG, etag(version))], Json(body)).into_response()
}

/// Something new, and where it is.
pub(crate) fn created(location: &str, body: impl Serialize) -> Response {
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// Something new with its version.
pub(crate) fn created_version(location: &str, version: u64, body: impl Serialize) -> Response {
    let mut response = created(location, body);
    response.headers_mut().insert(header::ETAG, etag(version));
    response
}
