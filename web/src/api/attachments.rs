//! Files on tickets.

use axum::{
    Json,
    body::{Body, Bytes},
    extract::{FromRequest, Multipart, Request, State, multipart::MultipartError},
    response::{IntoResponse, Response},
};
use desk::ticket::{Attach, AttachmentOf, FileView, OneTicket, TicketDetail, TicketRef};
use domain::{AttachmentId, Timestamp, identity::ExternalIdentity, ticket::Ticket};
use http::{HeaderValue, StatusCode, header, request::Parts};
use serde_json::json;

use super::{
    answer::{Listed, created_version},
    body::{At, idempotency, must_show_credentials},
    operation::{self, get, post},
    wire::wire,
};
use crate::{
    context::ApiCaller,
    problem::{Kind, Problem, Result},
    routes,
    state::AppState,
};

/// The largest file.
pub(super) const FILE_LIMIT: usize = 25 * 1024 * 1024;
/// The largest request that brings one: the file and what is around it.
pub(super) const REQUEST_LIMIT: usize = FILE_LIMIT + 64 * 1024;

pub(super) fn subject() -> operation::Subject {
    let form = json!({
        "type": "object",
        "properties": {
            "public": { "type": "boolean", "description": "Whether the requester reads it. Before the file." },
            "external_identity": {
                "type": "string",
                "description": "For whom a service account acts, as JSON. Before the file.",
            },
            "file": { "type": "string", "format": "binary", "description": "At most 25 MiB." },
        },
        "required": ["file"],
    });
    operation::Subject {
        tag: "attachments",
        about: "Files on tickets.",
        operations: vec![
            get("list_attachments", "/tickets/{ticket}/attachments", list)
                .says("The files on a ticket that the caller may read.")
                .lists::<FileView>(),
            post("attach_file", "/tickets/{ticket}/attachments", attach)
                .says("Attach a file. To one's own ticket it is free.")
                .takes_other("multipart/form-data", form)
                .at_most(REQUEST_LIMIT)
                .creates::<Ticket>(),
            get("read_attachment", "/attachments/{attachment}", content)
                .says("The content of a file.")
                .answers_other("application/octet-stream"),
        ],
    }
}

wire! {
    /// A file on a ticket.
    FileView as "File" {
        id: AttachmentId,
        name: String,
        /// Its media type as sent.
        content_type: String,
        /// Its length in bytes.
        size: u64,
        at: Timestamp,
        /// Whether the requester reads it.
        public: bool,
    }
}

async fn list(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(ticket): At<TicketRef>,
) -> Result<Json<Listed<FileView>>> {
    let detail = app.desk.ask(caller.context(), TicketDetail { ticket }).await?;
    Ok(Listed::whole(detail.attachments))
}

/// A file as it was sent.
struct Sent {
    name: String,
    content_type: String,
    content: Bytes,
    public: bool,
}

async fn attach(
    State(app): State<AppState>,
    At(ticket): At<TicketRef>,
    request: Request,
) -> Result<Response> {
    let (parts, body) = request.into_parts();
    must_show_credentials(&parts, &app).await?;
    let mut caller = None;
    let sent = match receive(&app, ticket, &parts, body, &mut caller).await {
        Ok(sent) => sent,
        Err(problem) => {
            // Who they are comes before what is wrong with what they send.
            if caller.is_none() {
                ApiCaller::of(&parts, &app, None).await?;
            }
            return Err(problem);
        }
    };
    let caller = caller.ok_or_else(|| Problem::internal("a file came from nobody"))?;
    keep(&app, ticket, &caller, &parts, sent).await
}

/// Reads the form, and who sends it as soon as that can be known.
async fn receive(
    app: &AppState,
    ticket: TicketRef,
    parts: &Parts,
    body: Body,
    caller: &mut Option<ApiCaller>,
) -> Result<Sent> {
    let form = Multipart::from_request(Request::from_parts(parts.clone(), body), app).await;
    let mut form = form.map_err(|_| {
        Problem::new(Kind::MediaType, "Send the file as `multipart/form-data`, in a part named `file`.")
    })?;
    let mut external: Option<ExternalIdentity> = None;
    let mut public = false;
    while let Some(part) = form.next_field().await.map_err(unreadable)? {
        match part.name().unwrap_or_default() {
            "public" => {
                let text = part.text().await.map_err(unreadable)?;
                public =
                    text.trim().parse().map_err(|_| Problem::field("public", "must be true or false"))?;
            }
            "external_identity" => {
                let text = part.text().await.map_err(unreadable)?;
                let identity = serde_json::from_str(&text);
                external =
                    Some(identity.map_err(|error| Problem::field("external_identity", error.to_string()))?);
            }
            "file" => {
                // Nobody's 25 megabytes are read before it is known whose they are, and that the ticket is there.
                let known = caller.insert(ApiCaller::of(parts, app, external).await?);
                app.desk.ask(known.context(), OneTicket { ticket }).await?;
                let name = part.file_name().unwrap_or_default().to_owned();
                let content_type = part.content_type().unwrap_or_default().to_owned();
                let content = part.bytes().await.map_err(unreadable)?;
                if content.len() > FILE_LIMIT {
                    return Err(too_large());
                }
                return Ok(Sent { name, content_type, content, public });
            }
            other => {
                let shown: String = other.chars().take(60).collect();
                return Err(Problem::field(&shown, "is not a part of this form; leave it out"));
            }
        }
    }
    Err(Problem::field("file", "is missing; send it as the last part"))
}

async fn keep(
    app: &AppState,
    ticket: TicketRef,
    caller: &ApiCaller,
    parts: &Parts,
    sent: Sent,
) -> Result<Response> {
    let Sent { name, content_type, content, public } = sent;
    let size = content.len() as u64;
    let sha256 = app.attachments.put(content).await?;
    let mut ctx = caller.context();
    // Not the body: a client chooses another boundary each time it sends the same file.
    ctx.idempotency =
        idempotency(parts, &[name.as_bytes(), content_type.as_bytes(), &sha256, &[u8::from(public)]])?;
    let command = Attach { ticket, name, content_type, size, sha256, public };
    let ticket = app.desk.execute(ctx, command).await?;
    let place = format!("{}/attachments", routes::api_ticket(ticket.id));
    Ok(created_version(&place, ticket.version, &ticket))
}

pub(super) fn too_large() -> Problem {
    Problem::new(Kind::TooLarge, "The file is larger than 25 MiB; send a smaller one, or a link to it.")
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
pub(super) fn unreadable(error: MultipartError) -> Problem {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => Problem::new(Kind::Malformed, format!("The form cannot be read: {}.", error.body_text())),
    }
}

async fn content(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(id): At<AttachmentId>,
) -> Result<Response> {
    let file = app.desk.ask(caller.context(), AttachmentOf { id }).await?;
    let content = app.attachments.get(file.sha256).await?;
    Ok(download(&file.name, &file.content_type, content))
}

/// A file for a browser that must not run it, whatever is in it: never as a document of this site, and as the type it
/// claims only where that is harmless (OWASP, File Upload Cheat Sheet).
pub(crate) fn download(name: &str, content_type: &str, content: Bytes) -> Response {
    const HARMLESS: [&str; 6] =
        ["image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain"];
    let shown = HARMLESS.iter().find(|known| **known == content_type);
    let shown = shown.copied().unwrap_or("application/octet-stream");
    let disposition =
        format!("attachment; filename*=UTF-8''{}", routes::query_value(name).replace('/', "%2F"));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(shown)),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::try_from(disposition).unwrap_or(HeaderValue::from_static("attachment")),
        ),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
        // What a file's id stands for never changes; who may read it does.
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
    ];
    (headers, content).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_never_a_document_of_this_site() {
        let response = download("a\"b/ü.html", "text/html", Bytes::from_static(b"<script>"));
        let headers = response.headers();
        assert_eq!(headers[header::CONTENT_TYPE], "application/octet-stream");
        assert_eq!(headers[header::CONTENT_DISPOSITION], "attachment; filename*=UTF-8''a%22b%2F%C3%BC.html");
    }
}
