//! Downloads. A file was sent by somebody: it is shown as what it claims to be only where that cannot run anything.

use axum::{
    body::Body,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use desk::{Refused, ticket::AttachmentOf};
use domain::AttachmentId;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::{
    AppState,
    page::{PageResult, Reader},
    problem::Problem,
    routes::query_value,
};

/// Media types that a browser shows without running anything in them.
const SHOWN: [&str; 6] = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "text/plain"];

/// Should a browser show a file all the same, nothing in it runs, and nothing in it knows the session.
const POLICY: &str =
    "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'";

pub(super) async fn download(
    State(app): State<AppState>,
    reader: Reader,
    Path(id): Path<String>,
    asked: HeaderMap,
) -> PageResult {
    let id: AttachmentId = id.parse().map_err(|_| Refused::NotFound("attachment"))?;
    let file = app.desk.ask(reader.ctx(), AttachmentOf { id }).await?;
    content(&app, &id.to_string(), (&file.name, &file.content_type), file.sha256, &asked).await
}

/// A file as a download: its name and media type as sent, and what its content is called.
pub(crate) async fn content(
    app: &AppState,
    id: &str,
    (name, media_type): (&str, &str),
    sha256: [u8; 32],
    asked: &HeaderMap,
) -> PageResult {
    let shown = SHOWN.contains(&media_type);
    // What a content is called is what it is: an entity tag that never lies.
    let etag = format!("\"{id}\"");
    let mut response =
        if asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            Body::from(app.attachments.get(sha256).await.map_err(Problem::from)?).into_response()
        };
    let content_type = match (shown, media_type) {
        (true, "text/plain") => "text/plain; charset=utf-8",
        (true, image) => image,
        (false, _) => "application/octet-stream",
    };
    for (name, value) in [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_DISPOSITION, &disposition(shown, name)),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::ETAG, &etag),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(with_nosniff(response))
}

fn with_nosniff(mut response: Response) -> Response {
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// `Content-Disposition` with the name for every browser, and with all its letters for those that read RFC 8187
/// (RFC 6266 §4.3).
fn disposition(shown: bool, name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || " ._-()".contains(c) { c } else { '_' })
        .collect();
    let encoded = query_value(name).replace('/', "%2F");
    let kind = if shown { "inline" } else { "attachment" };
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_letters_and_cannot_leave_its_quotes() {
        assert_eq!(
            disposition(false, "Größe\".html\r\nX: y"),
            "attachment; filename=\"Gr__e_.html__X_ y\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%22.html%0D%0AX%3A%20y"
        );
    }

    #[test]
    fn nothing_that_runs_is_shown() {
        for runs in ["text/html", "image/svg+xml", "application/pdf", "application/xhtml+xml", "text/xml"] {
            assert!(!SHOWN.contains(&runs), "{runs}");
        }
    }
}
