//! How the desk is doing: `/healthz`, `/readyz`, and `/metrics` in Prometheus' text format.

use std::{sync::OnceLock, time::Duration};

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use desk::{Context, licence::LicenceList};
use domain::identity::SystemActor;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use metrics::{describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::{
    problem::{Problem, Result},
    state::{AppState, Arrival, seed},
};

/// Seconds; from what a cache answers in to what a person gives up at.
const BUCKETS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];
/// Samples since the last scrape are folded away this often, so that they do not pile up where nobody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

const REQUESTS: &str = "freehold_http_request_seconds";

static PROMETHEUS: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Begins to count, once for the process; where somebody else counts already, they go on.
pub(crate) fn begin() {
    PROMETHEUS.get_or_init(|| {
        let builder = PrometheusBuilder::new();
        let builder = builder.set_buckets_for_metric(Matcher::Full(REQUESTS.to_owned()), &BUCKETS).ok()?;
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).ok()?;
        describe_histogram!(REQUESTS, "Seconds from a request's arrival to the head of its answer");
        describe_counter!("freehold_licence_refusals_total", "Acts refused or queued for want of a licence");
        describe_counter!("freehold_door_acts_total", "Acts that a licence verdict was asked for");
        describe_counter!(
            "freehold_door_microseconds_total",
            "What acts took, without the commit they share: all of it, and the licence verdicts"
        );
        describe_gauge!("freehold_outbox_lag", "Announcements that live pages have not heard of yet");
        describe_gauge!("freehold_licence", "Seats or tokens held, offered and bought, and people waiting");
        let upkeep = handle.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(UPKEEP).await;
                upkeep.run_upkeep();
            }
        });
        Some(handle)
    });
}

/// Counts an answered request. `path` is the route, never the address: ids and searches are nobody's label.
pub(crate) fn answered(method: &http::Method, path: &str, status: StatusCode, took: Duration) {
    // A method that somebody made up is not a label either.
    let method = match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known.to_owned(),
        _ => "other".to_owned(),
    };
    metrics::histogram!(
        REQUESTS,
        "method" => method,
        "path" => path.to_owned(),
        "status" => status.as_u16().to_string(),
    )
    .record(took);
}

/// `/healthz`, `/readyz`, `/metrics`.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/healthz", get(async || plain("ok\n".to_owned())))
        .route("/readyz", get(ready))
        .route("/metrics", get(scrape))
}

/// Ready when the engine answers.
async fn ready(State(app): State<AppState>) -> Result<Response> {
    app.desk.last_news().await?;
    Ok(plain("ready\n".to_owned()))
}

async fn scrape(State(app): State<AppState>, arrival: Arrival, headers: HeaderMap) -> Result<Response> {
    if !may_scrape(&app, &arrival, &headers) {
        return Err(Problem::not_found("page"));
    }
    let Some(Some(handle)) = PROMETHEUS.get() else { return Err(Problem::not_found("page")) };
    count_licences(&app).await?;
    let lag = app.desk.last_news().await?.saturating_sub(app.live.read_to()).max(0);
    gauge!("freehold_outbox_lag").set(f64::from(u32::try_from(lag).unwrap_or(u32::MAX)));
    let times = app.desk.door_times();
    metrics::counter!("freehold_door_acts_total").absolute(times.acts);
    for (part, took) in [("verdict", times.verdict), ("whole", times.whole)] {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        metrics::counter!("freehold_door_microseconds_total", "part" => part).absolute(micros);
    }
    Ok(plain(handle.render()))
}

/// Who holds and who waits, of each licence. Names of licences are the operator's own and few.
async fn count_licences(app: &AppState) -> Result<()> {
    let ctx = Context::system(SystemActor::Timer, app.now(), seed());
    for licence in app.desk.ask(ctx, LicenceList).await? {
        let counts = [
            ("held", licence.in_use + licence.assigned),
            ("offered", licence.offered),
            ("waiting", licence.waiting),
            ("quantity", licence.quantity.into()),
        ];
        for (what, count) in counts {
            let count = f64::from(u32::try_from(count).unwrap_or(u32::MAX));
            gauge!("freehold_licence", "licence" => licence.name.clone(), "count" => what).set(count);
        }
    }
    Ok(())
}

/// This machine may, unless a proxy on it spoke for somebody else; elsewhere, who has the token.
fn may_scrape(app: &AppState, arrival: &Arrival, headers: &HeaderMap) -> bool {
    match &app.config.metrics_token {
        Some(token) => headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "))
            .is_some_and(|presented| equal(presented, token.as_bytes())),
        None => {
            arrival.remote.is_some_and(|remote| remote.to_canonical().is_loopback())
                && !headers.contains_key("x-forwarded-for")
                && !headers.contains_key(header::FORWARDED)
        }
    }
}

/// Compares hashes, so that the time it takes says nothing about how much of a guess was right.
fn equal(presented: &[u8], token: &[u8]) -> bool {
    use sha2::{Digest, Sha256};
    Sha256::digest(presented) == Sha256::digest(token)
}

fn plain(text: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, text).into_response()
}
