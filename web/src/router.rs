//! Everything that is served, and what every request goes through on its way in and out.

use std::{
    net::{IpAddr, SocketAddr},
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{ConnectInfo, DefaultBodyLimit, MatchedPath, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use tower_http::{CompressionLevel, compression::CompressionLayer};
use tracing::Instrument;

use crate::{
    api,
    context::{SESSION_COOKIE, cookie},
    live, metrics,
    page::PageProblem,
    problem::{self, Kind, Problem},
    state::{AppState, Arrival, Config},
    ui, words,
};

/// The most that a request brings, files aside.
pub(crate) const BODY_LIMIT: usize = 1024 * 1024;
/// An answer begins within this time.
const TIMEOUT: Duration = Duration::from_secs(30);
/// So long where a file is sent first, from a phone in a cellar.
const TIMEOUT_OF_FILES: Duration = Duration::from_mins(5);

/// Everything that is served.
pub fn router(app: AppState) -> Router {
    metrics::begin();
    Router::new()
        .merge(api::router())
        .merge(live::routes())
        .merge(metrics::routes())
        .merge(problem::routes())
        .merge(crate::pages())
        .fallback(nothing_here)
        .method_not_allowed_fallback(not_so)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn(words::in_their_language))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(middleware::from_fn_with_state(app.clone(), through))
        .with_state(app)
}

/// A person gets a page, a program a document.
async fn nothing_here(headers: HeaderMap) -> Response {
    let problem = Problem::not_found("page");
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    if accepts.is_some_and(|accept| accept.contains("text/html")) {
        PageProblem::from(problem).into_response()
    } else {
        problem.into_response()
    }
}

async fn not_so() -> Problem {
    Problem::new(
        Kind::MethodNotAllowed,
        "This address does not take this method; the API description says which.",
    )
}

/// The way in and out: a name for the request, its place of origin, no panic and no wait without end, the security
/// headers, one line in the log, one sample in the histogram. Never the query, a token or a body: they hold secrets.
async fn through(State(app): State<AppState>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let (remote, https) = origin(&app.config, peer, request.headers());
    let arrival = Arrival::new(app.now(), remote, https);
    request.extensions_mut().insert(arrival);

    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let path = matched.as_ref().map_or("none", MatchedPath::as_str);
    let span = tracing::info_span!("request", id = %arrival.request, %method, path);

    let patience = if brings_a_file(request.headers()) { TIMEOUT_OF_FILES } else { TIMEOUT };
    let response = match same_site(&app.config, &method, request.headers()) {
        Ok(()) => {
            let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
            match tokio::time::timeout(patience, answer).instrument(span.clone()).await {
                Ok(Ok(response)) => response,
                Ok(Err(panic)) => {
                    span.in_scope(|| Problem::internal(panic_text(panic.as_ref()))).into_response()
                }
                Err(_) => {
                    let detail =
                        "This took longer than the desk waits; look whether it was done, or send it again.";
                    Problem::new(Kind::Busy, detail).after(5).into_response()
                }
            }
        }
        Err(problem) => problem.into_response(),
    };

    let took = began.elapsed();
    let status = response.status();
    span.in_scope(|| {
        let millis = took.as_secs_f64() * 1000.0;
        if status.is_server_error() {
            tracing::warn!(status = status.as_u16(), millis, "answered");
        } else {
            tracing::info!(status = status.as_u16(), millis, "answered");
        }
    });
    metrics::answered(&method, path, status, took);
    guarded(response, &arrival)
}

fn brings_a_file(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/"))
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().map(str::to_owned);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("a handler panicked: {}", text.unwrap_or_else(|| "no message".to_owned()))
}

/// From where a request comes, and whether by TLS. A header says what its sender likes, so `X-Forwarded-For` is read
/// from the right, where the proxies that we trust wrote it, up to the first address that is none of them.
fn origin(config: &Config, peer: Option<IpAddr>, headers: &HeaderMap) -> (Option<IpAddr>, bool) {
    let trusted = |address: IpAddr| config.trusted_proxies.iter().any(|network| network.contains(address));
    if !peer.is_some_and(trusted) {
        return (peer, config.tls);
    }
    let last = |name: &str| headers.get_all(name).iter().next_back().and_then(|value| value.to_str().ok());
    let https = last("x-forwarded-proto").map_or(config.tls, |proto| {
        proto.rsplit(',').next().is_some_and(|proto| proto.trim().eq_ignore_ascii_case("https"))
    });
    let mut remote = peer;
    let named = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let named: Vec<&str> = named.flat_map(|value| value.split(',')).collect();
    for text in named.into_iter().rev() {
        let Ok(address) = text.trim().parse() else { break };
        remote = Some(address);
        if !trusted(address) {
            break;
        }
    }
    (remote, https)
}

/// Whether a request that may change something was made by a page of ours, or by a program.
///
/// Fetch Metadata says it (`Sec-Fetch-Site`), in browsers too old for that `Origin`; both are set by the browser and
/// out of reach for a page (OWASP, Cross-Site Request Forgery Prevention Cheat Sheet, "Fetch Metadata headers" and
/// "Verifying Origin With Standard Headers"). A browser never sends a bearer token on its own (it does send the passwords
/// of `Basic`), so requests with one need no such proof; nor does a request without either header and without our
/// cookie, which no browser made.
fn same_site(config: &Config, method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) || shows_a_token(headers) {
        return Ok(());
    }
    let ours = match (headers.get("sec-fetch-site"), headers.get(header::ORIGIN)) {
        (Some(site), _) => matches!(site.as_bytes(), b"same-origin" | b"none"),
        (None, Some(origin)) => own_origin(config, origin, headers),
        (None, None) => cookie(headers, SESSION_COOKIE).is_none(),
    };
    if ours {
        return Ok(());
    }
    Err(Problem::new(
        Kind::CrossSite,
        "This request was not made by a page of this desk, so nothing was done. Open the desk and do it there; a \
         program sends an API token.",
    ))
}

fn shows_a_token(headers: &HeaderMap) -> bool {
    let scheme = headers.get(header::AUTHORIZATION).and_then(|value| value.as_bytes().get(..7));
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer "))
}

fn own_origin(config: &Config, origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let Ok(origin) = origin.to_str() else { return false };
    if let Some(base) = &config.base_url {
        return origin.eq_ignore_ascii_case(base);
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let named = origin.split_once("://").map(|(_, authority)| authority);
    matches!((named, host), (Some(named), Some(host)) if named.eq_ignore_ascii_case(host))
}

/// The headers that every answer carries, unless a handler set its own.
fn guarded(mut response: Response, arrival: &Arrival) -> Response {
    const HEADERS: [(HeaderName, HeaderValue); 6] = [
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(ui::assets::CONTENT_SECURITY_POLICY)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
        (
            HeaderName::from_static("permissions-policy"),
            HeaderValue::from_static("camera=(), microphone=(), geolocation=()"),
        ),
    ];
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(value);
    }
    // What somebody may see is for them alone, and only now; files and assets say otherwise themselves.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if arrival.https {
        headers
            .entry(header::STRICT_TRANSPORT_SECURITY)
            .or_insert(HeaderValue::from_static("max-age=31536000"));
    }
    headers.insert("x-request-id", arrival.header());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    fn behind_a_proxy() -> Config {
        Config { trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()], ..Config::default() }
    }

    #[test]
    fn only_what_trusted_proxies_wrote_is_believed() {
        let config = behind_a_proxy();
        let said =
            headers(&[("x-forwarded-for", "1.2.3.4, 203.0.113.9, 10.0.0.2"), ("x-forwarded-proto", "https")]);
        let proxy = "10.0.0.1".parse().ok();
        assert_eq!(origin(&config, proxy, &said), ("203.0.113.9".parse().ok(), true));
        let stranger = "198.51.100.7".parse().ok();
        assert_eq!(
            origin(&config, stranger, &said),
            (stranger, false),
            "a stranger may write what they like"
        );
    }

    #[test]
    fn a_page_of_another_site_changes_nothing() {
        let config = Config::default();
        let post =
            |pairs: &[(&'static str, &'static str)]| same_site(&config, &Method::POST, &headers(pairs));
        let cookie = ("cookie", "freehold_session=secret");
        assert!(post(&[cookie, ("sec-fetch-site", "same-origin")]).is_ok());
        assert!(post(&[cookie, ("origin", "https://desk.example"), ("host", "desk.example")]).is_ok());
        for elsewhere in
            [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "null")]
        {
            assert!(post(&[cookie, ("host", "desk.example"), elsewhere]).is_err(), "{elsewhere:?}");
            assert!(
                post(&[("host", "desk.example"), elsewhere]).is_err(),
                "signing somebody in from elsewhere"
            );
        }
        assert!(post(&[cookie]).is_err(), "a cookie alone proves nothing");
        assert!(post(&[("authorization", "Bearer x"), ("sec-fetch-site", "cross-site")]).is_ok());
        let basic = ("authorization", "Basic YTpi");
        assert!(
            post(&[cookie, basic, ("sec-fetch-site", "cross-site")]).is_err(),
            "a browser sends passwords itself"
        );
        assert!(same_site(&config, &Method::GET, &headers(&[cookie])).is_ok());
    }

    #[test]
    fn behind_a_proxy_the_named_address_is_ours_and_no_other() {
        let config = Config { base_url: Some("https://desk.example".to_owned()), ..Config::default() };
        let from = |origin: &'static str| {
            same_site(&config, &Method::POST, &headers(&[("origin", origin), ("host", "127.0.0.1:8080")]))
        };
        assert!(from("https://desk.example").is_ok());
        assert!(from("http://127.0.0.1:8080").is_err());
    }
}
