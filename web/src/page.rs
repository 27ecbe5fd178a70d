//! What every page needs: its reader, the document around it, and what to show when something is refused.

use axum::{
    Form,
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, Request},
    response::{Html, IntoResponse, Redirect, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use desk::{Context, Idempotency, Refused};
use domain::{PersonId, Timestamp, identity::Capability, ticket::Columns};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use jiff::tz::TimeZone;
use maud::{Markup, html};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::{
    AppState,
    context::{SESSION_COOKIE, SignedIn, cookie},
    problem::Problem,
    ui::{self, Clock, Look},
    words::{AFTER_A_NAME, t, told},
};

/// What a page answers, or the problem as a page.
pub(crate) type PageResult<T = Response> = Result<T, PageProblem>;

/// Somebody who reads a page: signed in, with their time zone and look.
pub(crate) struct Reader {
    signed_in: SignedIn,
    zone: TimeZone,
    look: Look,
    csrf: String,
    advances: bool,
    columns: Columns,
}

/// Where a technician's browser keeps that a sent reply leads to the next ticket.
const ADVANCE_COOKIE: &str = "advance";

/// Where a technician's browser keeps what all lists show, as a filtered list's address says it.
pub(crate) const COLUMNS_COOKIE: &str = "columns";

/// What a button without words sends.
#[derive(serde::Deserialize)]
pub(crate) struct Pressed {}

impl FromRequestParts<AppState> for Reader {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Response> {
        let signed_in = SignedIn::from_request_parts(parts, app).await?;
        let zone = TimeZone::get(&signed_in.person.zone).unwrap_or(TimeZone::UTC);
        let csrf = csrf_of(cookie(&parts.headers, SESSION_COOKIE).unwrap_or_default());
        let advances = cookie(&parts.headers, ADVANCE_COOKIE) == Some("on");
        // Names of columns that there are no more are no reason to show nothing.
        let columns = cookie(&parts.headers, COLUMNS_COOKIE).and_then(|text| Columns::read(text).ok());
        let columns = columns.unwrap_or(Columns::USUAL);
        Ok(Self { signed_in, zone, look: look_of(&parts.headers), csrf, advances, columns })
    }
}

/// A key for a form that is about to be shown.
pub(crate) fn form_key() -> String {
    URL_SAFE_NO_PAD.encode(&crate::state::seed()[..12])
}

/// How the reader wants pages to look, on those for everybody too.
pub(crate) fn look_of(headers: &HeaderMap) -> Look {
    Look::from_cookies(|name| cookie(headers, name))
}

/// The token of every form of a session: whoever knows it has read a page of that session. It stands beside the check of
/// `Sec-Fetch-Site` and `Origin` for browsers that send neither (OWASP, Cross-Site Request Forgery Prevention).
fn csrf_of(session: &str) -> String {
    let digest = Sha256::new().chain_update("freehold form ").chain_update(session).finalize();
    URL_SAFE_NO_PAD.encode(&digest[..18])
}

impl Reader {
    /// A context for one command or query.
    pub(crate) fn ctx(&self) -> Context {
        self.signed_in.context()
    }

    /// The same, for a form that may be sent twice by accident: the second time leads to what the first did.
    pub(crate) fn ctx_once(&self, key: Option<&str>, request: &[&str]) -> Context {
        let mut ctx = self.ctx();
        ctx.idempotency = key.filter(|key| !key.is_empty() && key.len() <= 100).map(|key| {
            let mut hash = Sha256::new();
            for part in request {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
            Idempotency { key: key.to_owned(), request_hash: hash.finalize().into() }
        });
        ctx
    }

    /// A key for a form that is about to be shown.
    #[expect(clippy::unused_self, reason = "a form has a reader")]
    pub(crate) fn form_key(&self) -> String {
        form_key()
    }

    /// Who reads.
    pub(crate) fn id(&self) -> PersonId {
        self.signed_in.person.id
    }

    /// The reader's name.
    pub(crate) fn name(&self) -> &str {
        &self.signed_in.person.name
    }

    /// The person and session behind the page.
    pub(crate) fn signed_in(&self) -> &SignedIn {
        &self.signed_in
    }

    /// Whether the reader may, licences aside.
    pub(crate) fn may(&self, capability: Capability) -> bool {
        self.signed_in.may(capability)
    }

    /// Refuses, as if there were no such page, who lacks the capability.
    pub(crate) fn require(&self, capability: Capability) -> PageResult<()> {
        if self.may(capability) { Ok(()) } else { Err(Refused::NotFound("page").into()) }
    }

    /// The moment of the request.
    pub(crate) fn now(&self) -> Timestamp {
        self.signed_in.arrival.now
    }

    /// The moment of the request in the reader's zone.
    pub(crate) fn clock(&self) -> Clock<'_> {
        Clock { now: self.now(), zone: &self.zone }
    }

    /// How the reader wants pages to look.
    pub(crate) fn look(&self) -> Look {
        self.look
    }

    /// What the reader's lists show, where nothing else was said.
    pub(crate) fn columns(&self) -> Columns {
        self.columns
    }

    /// Whether the reader goes on to the next ticket when something is sent.
    pub(crate) fn advances(&self) -> bool {
        self.advances
    }

    /// The token that every form carries.
    pub(crate) fn csrf(&self) -> &str {
        &self.csrf
    }

    /// A whole page.
    pub(crate) fn page(&self, title: &str, body: &Markup) -> Response {
        // What is kept on a device without a connection is kept for whoever wrote it.
        draw(self.look, title, &html! { meta name="person" content=(self.id()); }, body)
    }

    /// A whole page with a status of its own: a form that was refused.
    pub(crate) fn page_with(&self, status: StatusCode, title: &str, body: &Markup) -> Response {
        (status, self.page(title, body)).into_response()
    }
}

/// A whole page for whoever looks.
pub(crate) fn page(look: Look, title: &str, body: &Markup) -> Response {
    draw(look, title, &html! {}, body)
}

fn draw(look: Look, title: &str, head: &Markup, body: &Markup) -> Response {
    let mut response = Html(ui::document(title, look, head, body).into_string()).into_response();
    let headers = response.headers_mut();
    // What one person saw is nobody else's, and a page brought back from the history shows the present.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

/// The rooms that the reader may enter: address and word.
pub(crate) fn rooms(reader: &Reader) -> Vec<(&'static str, &'static str)> {
    [
        ("/desk", t!("Desk"), Capability::TicketRead),
        ("/desk/effort", t!("Effort"), Capability::ReportRead),
        ("/licences", t!("Licences"), Capability::LicenceRead),
        ("/audit", t!("Audit"), Capability::AuditRead),
        ("/admin", t!("Administration"), Capability::Admin),
    ]
    .into_iter()
    .filter(|(_, _, capability)| reader.may(*capability))
    // Those who have the desk find it there.
    .filter(|(href, ..)| *href != "/desk/effort" || !reader.may(Capability::TicketRead))
    .map(|(href, word, _)| (href, word))
    .collect()
}

/// The shell of the licence manager, of audit and of administration; `here` is the address of its room.
pub(crate) fn manager(reader: &Reader, here: &str, main: &Markup) -> Markup {
    let rooms = [("/", t!("Home"))].into_iter().chain(rooms(reader));
    let nav: Vec<_> = rooms.map(|(href, word)| (href, word, href == here)).collect();
    ui::manager(&ui::Manager { person: reader.name(), nav: &nav }, main)
}

/// A form that was posted, by a reader of a page of ours.
pub(crate) struct Posted<T> {
    /// Who sent it.
    pub(crate) reader: Reader,
    /// What it said.
    pub(crate) form: T,
}

/// The field that every form has.
#[derive(Default, serde::Deserialize)]
struct Token {
    #[serde(default)]
    csrf: String,
}

impl<T: DeserializeOwned> FromRequest<AppState> for Posted<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let reader = Reader::from_request_parts(&mut parts, app).await?;
        let look = reader.look;
        let unreadable = |detail: String| {
            let problem = Problem::new(crate::problem::Kind::Malformed, detail);
            PageProblem { problem: Box::new(problem), look }.into_response()
        };
        let body = axum::body::to_bytes(body, 1 << 20)
            .await
            .map_err(|_| unreadable(t!("The form is larger than 1 MB; shorten the text.").to_owned()))?;
        let token: Token = form_of(&parts, body.clone()).await.unwrap_or_default();
        if token.csrf != reader.csrf {
            return Err(unreadable(
                t!("This form is from an older session. Go back, reload the page, and send it again; your text is kept.")
                    .to_owned(),
            ));
        }
        let form = form_of(&parts, body).await.map_err(|error| {
            unreadable(t!("The form cannot be read: {error}. Go back and send it again.", error))
        })?;
        Ok(Self { reader, form })
    }
}

async fn form_of<T: DeserializeOwned>(parts: &Parts, body: Bytes) -> Result<T, String> {
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = parts.method.clone();
    *request.headers_mut() = parts.headers.clone();
    Form::<T>::from_request(request, &()).await.map(|Form(form)| form).map_err(|error| error.body_text())
}

/// After a change: to the page that shows it (RFC 9110 §15.4.4, so that reloading does not send it again).
pub(crate) fn see(address: &str) -> Response {
    Redirect::to(address).into_response()
}

/// A problem, shown as a page.
#[derive(Debug)]
pub(crate) struct PageProblem {
    problem: Box<Problem>,
    look: Look,
}

impl From<Refused> for PageProblem {
    fn from(refused: Refused) -> Self {
        Problem::from(refused).into()
    }
}

impl From<Problem> for PageProblem {
    fn from(problem: Problem) -> Self {
        Self { problem: Box::new(problem), look: Look::default() }
    }
}

impl IntoResponse for PageProblem {
    fn into_response(self) -> Response {
        let status = self.problem.kind.status();
        let title = told(self.problem.kind.title());
        let mend = sentence(&self.problem.detail);
        let main = ui::error_page(status.as_u16(), &title, &mend, &[("/", t!("Home"))]);
        (status, page(self.look, &title, &ui::single(&main))).into_response()
    }
}

/// A detail as a sentence: with a capital and a full stop, in the reader's language.
pub(crate) fn sentence(detail: &str) -> String {
    let detail = told(detail);
    let detail = detail.strip_prefix(AFTER_A_NAME).unwrap_or(&detail);
    let mut characters = detail.chars();
    let first: String = characters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let stop = if detail.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", characters.as_str())
}
