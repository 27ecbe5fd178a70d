//! Sent twice, done once; changed in between, not overwritten; and lists that hold still while one reads them.

use std::collections::BTreeSet;

use http::StatusCode;
use serde_json::{Value, json};

use crate::support::on_both_engines;

on_both_engines! {
    async fn the_same_request_with_the_same_key_is_done_once(world) {
        let who = world.requester.with("idempotency-key", "6b0c4c5e-1");
        let body = json!({ "subject": "The coffee machine is a teapot" });
        let first = world.call(&who, "POST", "/tickets", body.clone()).await;
        let second = world.call(&who, "POST", "/tickets", body).await;
        assert_eq!((first.status, second.status), (StatusCode::CREATED, StatusCode::CREATED));
        assert_eq!(first.json(), second.json());
        assert_eq!(first.headers["location"], second.headers["location"]);
        let all = world.call(&world.requester, "GET", "/tickets", Value::Null).await.json();
        assert_eq!(all["items"].as_array().unwrap().len(), 1);
    }

    async fn a_key_stands_for_one_request_of_one_person(world) {
        let key = |who: &crate::support::Who| who.with("idempotency-key", "same");
        let (rita, stu) = (key(&world.requester), key(&world.stranger));
        world.call(&rita, "POST", "/tickets", json!({ "subject": "One" })).await;
        let other = world.call(&rita, "POST", "/tickets", json!({ "subject": "Two" })).await;
        assert_eq!(other.status, StatusCode::CONFLICT);
        other.problem("idempotency-key-reused");
        let theirs = world.call(&stu, "POST", "/tickets", json!({ "subject": "Two" })).await;
        assert_eq!(theirs.status, StatusCode::CREATED, "somebody else's key is another key");
    }

    async fn the_same_words_for_somebody_else_are_another_request(world) {
        let program = world.bridge.with("idempotency-key", "one key");
        let body = json!({ "subject": "From chat" });
        let (rita, stu) = (program.with("from", "rita@example.org"), program.with("from", "stu@example.org"));
        assert_eq!(world.call(&rita, "POST", "/tickets", body.clone()).await.status, StatusCode::CREATED);
        world.call(&stu, "POST", "/tickets", body).await.problem("idempotency-key-reused");
    }

    async fn a_token_that_is_shown_once_is_not_kept_to_be_shown_again(world) {
        let who = world.admin.with("idempotency-key", "make me one");
        let body = json!({ "label": "Build server" });
        let first = world.call(&who, "POST", "/me/tokens", body.clone()).await.json();
        let second = world.call(&who, "POST", "/me/tokens", body).await.json();
        assert_ne!(first["secret"], second["secret"]);
    }

    async fn a_change_on_an_old_version_is_refused_with_the_new_one(world) {
        let ticket = world.ticket("The lift stops between floors").await;
        let path = format!("/tickets/{ticket}");
        let tag = world.call(&world.agent, "GET", &path, Value::Null).await.etag();
        let fresh = world.agent.with("if-match", tag.clone());
        let first = world.call(&fresh, "PATCH", &path, json!({ "impact": "high" })).await;
        assert_eq!(first.status, StatusCode::OK);
        let late = world.call(&fresh, "PATCH", &path, json!({ "subject": "Overwritten" })).await;
        assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
        let problem = late.problem("stale");
        assert_eq!(problem["current"]["impact"], "high");
        assert_eq!(problem["current"]["subject"], "The lift stops between floors");
        assert_eq!(late.etag(), first.etag());

        let blind = world.call(&world.agent, "PATCH", &path, json!({ "subject": "Overwritten" })).await;
        assert_eq!(blind.status, StatusCode::PRECONDITION_REQUIRED);
        blind.problem("precondition-required");
        let weak = world.agent.with("if-match", "W/\"abc\"");
        world.call(&weak, "PATCH", &path, json!({ "subject": "Overwritten" })).await.problem("stale");
    }

    async fn pages_hold_still_while_tickets_come_in(world) {
        let mut before = BTreeSet::new();
        for number in 0..7 {
            world.pass(1);
            before.insert(world.ticket(&format!("Old {number}")).await);
        }
        let mut read = Vec::new();
        let mut after = String::new();
        loop {
            let path = format!("/tickets?limit=2{after}");
            let page = world.call(&world.agent, "GET", &path, Value::Null).await.json();
            read.extend(page["items"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()));
            world.pass(1);
            world.ticket("New while reading").await;
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        assert_eq!(read.len(), 7, "each once");
        assert_eq!(read.into_iter().collect::<BTreeSet<_>>(), before);
    }

    async fn a_queue_is_read_to_its_end_page_by_page(world) {
        for number in 0..5 {
            world.ticket(&format!("Ticket {number}")).await;
        }
        let mut read = BTreeSet::new();
        let mut after = String::new();
        for _ in 0..3 {
            let path = format!("/queue?limit=2{after}");
            let page = world.call(&world.agent, "GET", &path, Value::Null).await.json();
            read.extend(page["items"].as_array().unwrap().iter().map(|it| it["number"].as_str().unwrap().to_owned()));
            after = page["next"].as_str().map(|next| format!("&after={next}")).unwrap_or_default();
        }
        assert_eq!((read.len(), after.as_str()), (5, ""));
    }

    async fn a_file_sent_again_with_its_key_is_attached_once(world) {
        let ticket = world.ticket("See the screenshot").await;
        let path = format!("/api/v1/tickets/{ticket}/attachments");
        for boundary in ["one", "another"] {
            let who = world.requester
                .with("idempotency-key", "screenshot")
                .with("content-type", format!("multipart/form-data; boundary={boundary}"));
            let form = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\
                 Content-Type: image/png\r\n\r\nPNG\r\n--{boundary}--\r\n"
            );
            let answer = world.send(&who, "POST", &path, form).await;
            assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        }
        let files = world.call(&world.requester, "GET", &format!("/tickets/{ticket}/attachments"), Value::Null).await;
        assert_eq!(files.json()["items"].as_array().unwrap().len(), 1);
    }
}
