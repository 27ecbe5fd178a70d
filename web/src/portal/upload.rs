//! Forms that bring files: read part by part, each file kept as soon as it is whole.

use axum::{
    extract::{FromRequest, FromRequestParts, Multipart, Request, multipart::Field},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::{Bytes, BytesMut};
use desk::ticket::{Attach, TicketRef};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{
    AppState,
    page::{PageProblem, Reader},
    problem::{Kind, Problem},
    words::t,
};

/// The most that one file holds.
pub(super) const FILE_LIMIT: usize = 25 * 1024 * 1024;
/// The most files at once.
pub(super) const FILES: usize = 10;
/// The most that the words of the form hold together.
const WORDS_LIMIT: usize = 1024 * 1024;
/// The most that a request with files brings.
pub(crate) const BODY_LIMIT: usize = FILES * FILE_LIMIT + 2 * WORDS_LIMIT;

/// A form with files, posted by a reader of a page of ours.
pub(crate) struct Upload<T> {
    /// Who sent it.
    pub(crate) reader: Reader,
    /// Its words.
    pub(crate) form: T,
    /// Its files; their contents are kept already, under what they are called.
    pub(crate) files: Vec<File>,
}

/// A file as it was sent, without its content.
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) size: u64,
    pub(crate) sha256: [u8; 32],
}

impl<T: DeserializeOwned> FromRequest<AppState> for Upload<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let reader = Reader::from_request_parts(&mut parts, app).await?;
        let request = Request::from_parts(parts, body);
        let read = async {
            let multipart = Multipart::from_request(request, app).await.map_err(|_| unreadable())?;
            read(app, multipart, reader.csrf()).await
        };
        let (words, files) = read.await.map_err(|problem| PageProblem::from(problem).into_response())?;
        let form = serde_json::from_value(Value::Object(words))
            .map_err(|_| PageProblem::from(unreadable()).into_response())?;
        Ok(Self { reader, form, files })
    }
}

fn unreadable() -> Problem {
    Problem::new(Kind::Malformed, t!("The form cannot be read. Go back, reload the page, and send it again."))
}

fn too_large() -> Problem {
    Problem::new(
        Kind::TooLarge,
        t!(
            "Send at most {files} files of at most {megabytes} MB each. Go back: your text is still there.",
            files = FILES,
            megabytes = FILE_LIMIT / 1024 / 1024,
        ),
    )
}

async fn read(
    app: &AppState,
    mut multipart: Multipart,
    csrf: &str,
) -> Result<(Map<String, Value>, Vec<File>), Problem> {
    let mut words = Map::new();
    let mut files = Vec::new();
    let mut size = 0;
    while let Some(field) = multipart.next_field().await.map_err(|error| of_multipart(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        // Every form of ours begins with its token, so that a file of somebody else's form is never even read.
        if words.is_empty() && name != "csrf" {
            return Err(old_session());
        }
        if let Some(file_name) = field.file_name().map(str::to_owned) {
            let content_type = field.content_type().unwrap_or_default().to_owned();
            let content = content(field, FILE_LIMIT).await?;
            // A field in which nobody chose a file.
            if file_name.is_empty() && content.is_empty() {
                continue;
            }
            if files.len() == FILES {
                return Err(too_large());
            }
            // One file in memory at a time: ten of them together would be a quarter of a gigabyte.
            let size = content.len() as u64;
            let sha256 = app.attachments.put(content).await?;
            files.push(File { name: file_name, content_type, size, sha256 });
        } else {
            let text = content(field, WORDS_LIMIT).await?;
            size += text.len();
            if size > WORDS_LIMIT {
                return Err(Problem::new(
                    Kind::TooLarge,
                    t!("The text is larger than 1 MB; shorten it, or send it as a file."),
                ));
            }
            let text = String::from_utf8(text.to_vec()).map_err(|_| unreadable())?;
            if name == "csrf" && text != csrf {
                return Err(old_session());
            }
            words.insert(name, Value::String(text));
        }
    }
    if words.contains_key("csrf") { Ok((words, files)) } else { Err(old_session()) }
}

fn old_session() -> Problem {
    let detail = t!(
        "This form is from an older session. Go back, reload the page, and send it again; your text is kept."
    );
    Problem::new(Kind::Malformed, detail)
}

async fn content(mut field: Field<'_>, limit: usize) -> Result<Bytes, Problem> {
    let mut content = BytesMut::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| of_multipart(&error))? {
        if content.len() + chunk.len() > limit {
            return Err(too_large());
        }
        content.extend_from_slice(&chunk);
    }
    Ok(content.freeze())
}

fn of_multipart(error: &axum::extract::multipart::MultipartError) -> Problem {
    if error.status() == http::StatusCode::PAYLOAD_TOO_LARGE { too_large() } else { unreadable() }
}

/// Hangs the files on a ticket. Answers with the names of those that could not be.
pub(super) async fn hang(
    app: &AppState,
    reader: &Reader,
    ticket: TicketRef,
    files: Vec<File>,
    key: &str,
) -> Vec<String> {
    let mut lost = Vec::new();
    for (nth, file) in files.into_iter().enumerate() {
        let name = file.name.clone();
        if let Err(problem) = hang_one(app, reader, ticket, file, &format!("{key}:{nth}")).await {
            tracing::warn!(detail = problem.detail, "a file was not attached");
            lost.push(name);
        }
    }
    lost
}

async fn hang_one(
    app: &AppState,
    reader: &Reader,
    ticket: TicketRef,
    file: File,
    key: &str,
) -> Result<(), Problem> {
    let File { name, content_type, size, sha256 } = file;
    let digest = URL_SAFE_NO_PAD.encode(sha256);
    let ctx = reader.ctx_once(Some(key), &["attach", &ticket.to_string(), &name, &digest]);
    let attach = Attach { ticket, name, content_type, size, sha256, public: true };
    app.desk.execute(ctx, attach).await?;
    Ok(())
}
