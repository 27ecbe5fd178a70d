//! Style, script and drawings: packed once, served compressed, kept by browsers for good under their content's name.

use axum::{
    Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::{
    AppState,
    problem::Problem,
    ui::assets::{self, Asset},
};

/// `/assets/…`, and the address that browsers try by themselves.
pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/assets/{name}", get(serve)).route("/favicon.ico", get(favicon))
}

async fn favicon(headers: HeaderMap) -> Response {
    answer(assets::url(assets::File::Favicon), &headers)
}

async fn serve(Path(name): Path<String>, headers: HeaderMap) -> Response {
    answer(&format!("/assets/{name}"), &headers)
}

fn answer(path: &str, headers: &HeaderMap) -> Response {
    match assets::asset(path) {
        Some(asset) => send(asset, assets::CACHE_CONTROL, headers),
        None => Problem::not_found("file").into_response(),
    }
}

/// A file, for a browser that may have it already.
pub(crate) fn send(asset: &'static Asset, cache_control: &'static str, headers: &HeaderMap) -> Response {
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|tag| tag.as_bytes() == asset.etag.as_bytes());
    let packed = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("gzip"));
    let mut response = match (known, packed) {
        (true, _) => StatusCode::NOT_MODIFIED.into_response(),
        (false, true) => asset.gzip.as_slice().into_response(),
        (false, false) => asset.bytes.as_slice().into_response(),
    };
    let out = response.headers_mut();
    if packed && !known {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache_control));
    out.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    // The tag is hexadecimal digits in quotes, so it always is a header value.
    if let Ok(tag) = HeaderValue::from_str(&asset.etag) {
        out.insert(header::ETAG, tag);
    }
    response
}
