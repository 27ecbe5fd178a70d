//! Who asks? Credentials of a request become a caller, and a caller a [`desk::Context`].

use axum::{
    RequestPartsExt,
    extract::{FromRequestParts, OriginalUri},
    response::{IntoResponse, Redirect, Response},
};
use desk::{
    Context, Refused,
    identity::{Authenticated, Browser, OnBehalf, PersonSummary},
};
use domain::{
    PersonId,
    identity::{Account, Capability, Channel},
};
use http::{HeaderMap, HeaderValue, Method, header, request::Parts};

use crate::{
    limits::Caller,
    problem::{Kind, Problem, Result},
    state::{AppState, Arrival, Config, seed},
};

/// The cookie that names a session.
pub const SESSION_COOKIE: &str = "freehold_session";

/// Somebody who signed in in a browser. Whoever did not is sent to the sign-in page, and from there back.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Whose credentials were checked.
    pub authenticated: Authenticated,
    /// The person.
    pub person: PersonSummary,
    /// The request.
    pub arrival: Arrival,
}

impl SignedIn {
    /// The context of one command or query. Each call has randomness of its own.
    pub fn context(&self) -> Context {
        context(&self.authenticated, &self.arrival)
    }

    /// Whether the person may, licences aside. For what a page shows; the door decides by itself.
    pub fn may(&self, capability: Capability) -> bool {
        self.person.capabilities.has(capability)
    }

    /// The person's id.
    pub fn id(&self) -> PersonId {
        self.person.id
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Response> {
        match by_session(parts, app, Channel::Web).await {
            Ok(Some(signed_in)) => Ok(signed_in),
            Ok(None) => Err(to_sign_in(parts).await),
            Err(problem) if problem.kind == Kind::Unauthenticated => Err(to_sign_in(parts).await),
            Err(problem) => Err(problem.into_response()),
        }
    }
}

/// To the sign-in page, and from there back to what was looked at. What was sent is not sent again.
async fn to_sign_in(parts: &mut Parts) -> Response {
    let Ok(OriginalUri(uri)) = parts.extract().await;
    let looked = matches!(parts.method, Method::GET | Method::HEAD);
    let back = uri.path_and_query().map(http::uri::PathAndQuery::as_str).filter(|_| looked);
    Redirect::to(&crate::routes::sign_in(back)).into_response()
}

/// The person of the session cookie, if there is a cookie.
async fn by_session(parts: &Parts, app: &AppState, channel: Channel) -> Result<Option<SignedIn>> {
    let arrival = arrival(parts)?;
    let Some(secret) = cookie(&parts.headers, SESSION_COOKIE) else { return Ok(None) };
    let authenticated =
        known(app, &arrival, app.desk.authenticate_session(secret, channel, arrival.now).await)?;
    let Some(person) = authenticated.person.clone() else { return Ok(None) };
    Ok(Some(SignedIn { authenticated, person, arrival }))
}

/// A caller of the API: a token, or the session of a page of ours.
#[derive(Debug, Clone)]
pub struct ApiCaller {
    /// Whose credentials were checked.
    pub authenticated: Authenticated,
    /// The request.
    pub arrival: Arrival,
}

impl ApiCaller {
    /// The context of one command or query.
    pub fn context(&self) -> Context {
        context(&self.authenticated, &self.arrival)
    }

    /// Who asks. `external` is the identity that the body names.
    pub(crate) async fn of(
        parts: &Parts,
        app: &AppState,
        external: Option<domain::identity::ExternalIdentity>,
    ) -> Result<Self> {
        let arrival = arrival(parts)?;
        let Some(bearer) = bearer(&parts.headers)? else {
            return match by_session(parts, app, Channel::Api).await? {
                Some(SignedIn { authenticated, arrival, .. }) if external.is_none() => {
                    Ok(Self { authenticated, arrival })
                }
                Some(_) => Err(Refused::field(
                    "external_identity",
                    "only a service account's token acts for somebody of another system",
                )
                .into()),
                None => {
                    app.limits.place(arrival.remote)?;
                    Err(Problem::new(
                        Kind::Unauthenticated,
                        "Send an API token: `Authorization: Bearer TOKEN`. You make one in your profile.",
                    ))
                }
            };
        };
        let on_behalf = match external {
            Some(identity) => Some(OnBehalf::External(identity)),
            None => on_behalf(&parts.headers)?.map(OnBehalf::Person),
        };
        let authenticated = app.desk.authenticate_token(bearer, on_behalf, arrival.now).await;
        let authenticated = known(app, &arrival, authenticated)?;
        Ok(Self { authenticated, arrival })
    }
}

impl FromRequestParts<AppState> for ApiCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self> {
        Self::of(parts, app, None).await
    }
}

/// Counts the request against the caller, or against the place it comes from.
fn known(app: &AppState, arrival: &Arrival, checked: desk::Result<Authenticated>) -> Result<Authenticated> {
    match checked {
        Ok(authenticated) => {
            app.limits.caller(match authenticated.principal.authenticated_as {
                Account::Session { person, .. } => Caller::Person(person),
                Account::Token { token, .. } | Account::ServiceAccount { token, .. } => Caller::Token(token),
                Account::Guest { .. } | Account::System(_) => {
                    return Err(Problem::internal("somebody without credentials was let in"));
                }
            })?;
            Ok(authenticated)
        }
        Err(refused @ (Refused::SignIn(_) | Refused::Throttled { .. })) => {
            app.limits.place(arrival.remote)?;
            Err(refused.into())
        }
        Err(refused) => Err(refused.into()),
    }
}

fn context(authenticated: &Authenticated, arrival: &Arrival) -> Context {
    let mut context = authenticated.context(arrival.now, seed());
    context.request = arrival.request;
    context
}

/// What is known of the request. The outermost layer put it there.
pub(crate) fn arrival(parts: &Parts) -> Result<Arrival> {
    parts
        .extensions
        .get::<Arrival>()
        .copied()
        .ok_or_else(|| Problem::internal("a handler was reached around the outermost layer"))
}

impl FromRequestParts<AppState> for Arrival {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self> {
        arrival(parts)
    }
}

/// What the browser says of itself, for a session to be known by.
pub fn browser(headers: &HeaderMap, arrival: &Arrival) -> Browser {
    let user_agent = headers.get(header::USER_AGENT).map(HeaderValue::as_bytes).unwrap_or_default();
    Browser { user_agent: String::from_utf8_lossy(user_agent).into_owned(), remote: arrival.remote }
}

/// The value of a cookie (RFC 6265 §4.2.1).
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    pairs
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name && !value.is_empty()).then_some(value))
}

/// `Set-Cookie` for a session that began. The session itself ends when the desk says so; the cookie may outlive it.
pub fn session_cookie(signed_in: &desk::identity::SignedIn, arrival: &Arrival) -> HeaderValue {
    const LONGEST: u32 = 30 * 24 * 3600;
    set_cookie(signed_in.secret.reveal(), LONGEST, arrival.https)
}

/// `Set-Cookie` that forgets the session.
pub fn forget_session_cookie(arrival: &Arrival) -> HeaderValue {
    set_cookie("", 0, arrival.https)
}

/// Not for scripts; not on requests that other sites make, except following a link here (RFC 6265bis §5.6.7.1).
fn set_cookie(value: &str, max_age: u32, secure: bool) -> HeaderValue {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{SESSION_COOKIE}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}");
    // A secret is base64, so the text always is a header value; if it were not, no cookie is set.
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

/// Where people reach this desk: as the operator says, or as the browser that asks does.
pub(crate) fn origin(config: &Config, arrival: &Arrival, headers: &HeaderMap) -> String {
    config.base_url.clone().unwrap_or_else(|| {
        let scheme = if arrival.https { "https" } else { "http" };
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        format!("{scheme}://{host}")
    })
}

/// The token of `Authorization: Bearer TOKEN` (RFC 6750 §2.1).
fn bearer(headers: &HeaderMap) -> Result<Option<&str>> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let text = value.to_str().ok().map(str::trim);
    text.and_then(|text| text.split_once(' '))
        .filter(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty())
        .map(|(_, token)| Some(token.trim()))
        .ok_or_else(|| {
            Problem::new(Kind::Unauthenticated, "Write the header so: `Authorization: Bearer TOKEN`.")
        })
}

/// Whom `From` (RFC 9110 §10.1.2) or `X-On-Behalf-Of` names. If both are there, they name the same.
fn on_behalf(headers: &HeaderMap) -> Result<Option<String>> {
    let mut named: Option<String> = None;
    for name in ["from", "x-on-behalf-of"] {
        for value in headers.get_all(name) {
            let text = std::str::from_utf8(value.as_bytes())
                .map_err(|_| Problem::new(Kind::Malformed, format!("The header {name} is not UTF-8.")))?;
            match &named {
                Some(before) if !before.eq_ignore_ascii_case(text.trim()) => {
                    return Err(Problem::new(
                        Kind::Malformed,
                        "From and X-On-Behalf-Of name different people; send one of them.",
                    ));
                }
                _ => named = Some(text.trim().to_owned()),
            }
        }
    }
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_static("theme=dark; not_freehold_session=no; freehold_session=yes");
        headers.insert(header::COOKIE, value);
        assert_eq!(cookie(&headers, SESSION_COOKIE), Some("yes"));
        assert_eq!(cookie(&headers, "session"), None);
    }

    #[test]
    fn a_token_is_read_whatever_the_case_of_the_scheme_and_nothing_else_is() {
        let read = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, HeaderValue::from_static(text));
            bearer(&headers).map(|token| token.map(str::to_owned))
        };
        assert_eq!(read("bearer fh_abc").unwrap().as_deref(), Some("fh_abc"));
        assert!(read("Basic YTpi").is_err());
        assert!(read("Bearer ").is_err());
    }

    #[test]
    fn two_headers_may_not_name_two_people() {
        let mut headers = HeaderMap::new();
        headers.insert(header::FROM, HeaderValue::from_static("a@example.org"));
        headers.insert("x-on-behalf-of", HeaderValue::from_static("A@example.org"));
        assert!(on_behalf(&headers).is_ok());
        headers.insert("x-on-behalf-of", HeaderValue::from_static("b@example.org"));
        assert_eq!(on_behalf(&headers).unwrap_err().kind, Kind::Malformed);
    }
}
