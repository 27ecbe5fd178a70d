//! The pages of guests as a browser without scripts sends them.

use http::StatusCode;
use serde_json::{Value, json};
use web::routes::query_value;

use crate::support::{Answer, Who, World, on_both_engines};

fn browser() -> Who {
    Who::nobody().with("content-type", "application/x-www-form-urlencoded")
}

async fn send(world: &World, path: &str, fields: &[(&str, &str)]) -> Answer {
    let fields: Vec<_> =
        fields.iter().map(|(name, value)| format!("{name}={}", query_value(value))).collect();
    world.send(&browser(), "POST", path, fields.join("&")).await
}

/// The value of a hidden field of a page.
fn hidden(page: &Answer, name: &str) -> String {
    let text = page.text();
    let (_, rest) = text.split_once(&format!("name=\"{name}\" value=\"")).expect("the field is there");
    rest.split('"').next().unwrap().to_owned()
}

async fn open(world: &World) {
    let fresh = world.admin.with("if-match", "\"0\"");
    let set = world.call(&fresh, "PUT", "/settings/guests", json!({ "value": { "open": true } })).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text());
}

on_both_engines! {
    async fn a_guest_is_answered_alike_whoever_has_the_address_and_the_same_form_is_one_ticket(world) {
        assert_eq!(world.send(&browser(), "GET", "/guest", "").await.status, StatusCode::NOT_FOUND, "closed at first");
        assert!(!world.send(&browser(), "GET", "/sign-in", "").await.text().contains("/guest"));
        open(&world).await;
        assert!(world.send(&browser(), "GET", "/sign-in", "").await.text().contains("/guest"));
        let known = world.requester.email.clone();
        let mut pages = Vec::new();
        for email in [known.as_str(), "nobody@elsewhere.example"] {
            let page = world.send(&browser(), "GET", "/guest", "").await;
            let form = hidden(&page, "form");
            let fields = [("form", form.as_str()), ("name", "Anna Berg"), ("email", email), ("subject", "My badge is dead")];
            let first = send(&world, "/guest", &fields).await;
            let again = send(&world, "/guest", &fields).await;
            let link = first.headers["location"].to_str().unwrap().to_owned();
            assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text());
            assert_eq!(again.headers["location"], link.as_str(), "sent twice, it is one ticket by one link");
            let shown = world.send(&browser(), "GET", &link, "").await;
            assert_eq!(shown.status, StatusCode::OK);
            for (name, value) in [("referrer-policy", "same-origin"), ("x-robots-tag", "noindex, nofollow"), ("cache-control", "no-store")] {
                assert_eq!(shown.headers[name], value);
            }
            let secret = link.trim_start_matches("/guest/").split('?').next().unwrap().to_owned();
            assert!(!shown.text().contains(email), "the page repeats no address");
            pages.push((first.status, shown.text().replace(&secret, "SECRET").lines().count(), secret));
        }
        assert_eq!((pages[0].0, pages[0].1), (pages[1].0, pages[1].1), "the answer is the same");

        let base = format!("/guest/{}", pages[0].2);
        let said = send(&world, &format!("{base}/answer"), &[("key", "k1"), ("body", "It is the blue one.")]).await;
        assert_eq!(said.status, StatusCode::SEE_OTHER, "{}", said.text());
        assert!(world.send(&browser(), "GET", &base, "").await.text().contains("It is the blue one."));
        let empty = send(&world, &format!("{base}/answer"), &[("key", "k2"), ("body", " ")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(send(&world, &format!("{base}/withdraw"), &[]).await.status, StatusCode::SEE_OTHER);
        let nowhere = format!("/guest/{}", "A".repeat(43));
        assert_eq!(world.send(&browser(), "GET", &nowhere, "").await.status, StatusCode::NOT_FOUND);
        assert_eq!(send(&world, &format!("{nowhere}/answer"), &[("body", "x")]).await.status, StatusCode::NOT_FOUND);

        // What the desk writes down holds nothing of the link.
        let log = world.call(&world.auditor, "GET", "/audit/events?limit=50", Value::Null).await.text();
        assert!(log.contains("ticket.raise") && !pages.iter().any(|(.., secret)| log.contains(secret.as_str())));
    }

    async fn a_program_that_fills_in_every_field_raises_nothing(world) {
        open(&world).await;
        let form = hidden(&world.send(&browser(), "GET", "/guest", "").await, "form");
        let before = world.records().await;
        let fields = [("form", form.as_str()), ("name", "x"), ("email", "a@b.example"), ("subject", "Buy"), ("website", "https://spam.example")];
        let refused = send(&world, "/guest", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains("Leave this empty"), "whoever is no program is told");
        let fields = [("form", form.as_str()), ("name", " "), ("email", "nowhere"), ("subject", " ")];
        let refused = send(&world, "/guest", &fields).await.text();
        let wrong = |field: &str| refused.contains(&format!(r##"href="#field-{field}""##));
        assert!(["name", "email", "subject"].iter().all(|field| wrong(field)), "all at once: {refused}");
        assert_eq!(world.records().await, before);
    }
}
