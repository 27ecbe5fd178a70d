//! The edge around the API: the live stream, limits, readiness.

use axum::body::Body;
use futures_util::StreamExt;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;
use web::{
    Config,
    limits::{Rate, RateLimits},
};

use crate::support::{World, on_both_engines};

on_both_engines! {
    async fn a_page_hears_that_a_ticket_changed_and_a_requester_only_of_their_own(world) {
        let ticket = world.ticket("Listen").await;
        let router = web::router(world.app.clone());
        let mut request = Request::builder().uri("/events");
        for (name, value) in &world.admin.headers {
            request = request.header(*name, value);
        }
        let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut stream = response.into_body().into_data_stream();
        // The first words come when the connection listens.
        let hello = stream.next().await.unwrap().unwrap();
        assert!(hello.starts_with(b":"), "{hello:?}");

        let note = json!({ "body": "Heard?" });
        world.call(&world.agent, "POST", &format!("/tickets/{ticket}/notes"), note).await;
        let news = stream.next().await.unwrap().unwrap();
        let news: Value = serde_json::from_slice(news.strip_prefix(b"data: ").unwrap()).unwrap();
        let topics: Vec<&str> = news["topics"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(topics.contains(&"queue") && topics.contains(&format!("ticket:{ticket}").as_str()), "{topics:?}");
        assert!(!topics.iter().any(|topic| topic.starts_with("mine:")), "somebody else's: {topics:?}");

        world.app.live.close();
        assert!(stream.next().await.is_none(), "a stopping process ends the stream");
    }

    async fn the_desk_says_that_it_lives_and_is_ready(world) {
        for path in ["/healthz", "/readyz"] {
            let answer = world.send(&world.stranger, "GET", path, "").await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
        }
        let answer = world.send(&world.stranger, "GET", "/metrics", "").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "from who knows where, and without the token");
    }

    async fn every_kind_of_problem_has_a_page_that_says_what_to_do(world) {
        let nobody = crate::support::Who::nobody();
        for kind in web::problem::Kind::ALL {
            let answer = world.send(&nobody, "GET", &kind.address(), "").await;
            assert_eq!(answer.status, StatusCode::OK, "{kind:?}");
            assert!(answer.text().contains(kind.title()), "{kind:?}");
        }
        let nowhere = nobody.with("accept", "text/html");
        let answer = world.send(&nowhere, "GET", "/no/such/page", "").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    }

    async fn every_answer_carries_the_headers_that_protect_it(world) {
        let served = world.send(&crate::support::Who::nobody(), "GET", "/api/v1/openapi.json", "").await;
        assert_eq!(&served.json(), world.description());
        for path in ["/api/v1/me", "/api/v1/openapi.json", "/healthz", "/nothing"] {
            let answer = world.send(&world.stranger, "GET", path, "").await;
            for name in ["content-security-policy", "x-content-type-options", "referrer-policy", "x-request-id"] {
                assert!(answer.headers.contains_key(name), "{path} lacks {name}");
            }
        }
    }
}

#[test]
fn who_asks_too_often_is_asked_to_wait() {
    let (database, folder) = crate::support::sqlite();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let rate = Some(Rate::new(1, 3));
        let limits = RateLimits { caller: rate, place: rate };
        let token = Some("a scrape token".to_owned());
        let config = Config { rate_limits: limits, metrics_token: token, ..Config::default() };
        let world = World::new(database.clone(), config).await;
        let mut refused = 0;
        for _ in 0..5 {
            let answer = world.call(&world.requester, "GET", "/me", Value::Null).await;
            if answer.status == StatusCode::TOO_MANY_REQUESTS {
                answer.problem("too-many-requests");
                assert!(answer.headers.contains_key("retry-after"));
                refused += 1;
            }
        }
        assert!(refused >= 1);
        let other = world.call(&world.agent, "GET", "/me", Value::Null).await;
        assert_eq!(other.status, StatusCode::OK, "others are not held up");

        let scraper = crate::support::Who::nobody().with("authorization", "Bearer a scrape token");
        let metrics = world.send(&scraper, "GET", "/metrics", "").await;
        assert_eq!(metrics.status, StatusCode::OK);
        assert!(metrics.text().contains("freehold_http_request_seconds"), "{}", metrics.text());
        assert!(metrics.text().contains("path=\"/api/v1/me\""));
        assert!(!metrics.text().contains(&world.requester.id()), "nobody is a label");
        assert!(metrics.text().contains("freehold_licence{licence=\"Pool\",count=\"quantity\"} 1"));
    });
    runtime.shutdown_background();
    drop((database, folder));
}
