//! Bad input gets a problem document that says what to do, and changes nothing.

use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Who, World, on_both_engines};

/// Text that is valid UTF-8 of this many bytes.
fn text(bytes: usize) -> String {
    "markdown ".repeat(bytes / 9 + 1)[..bytes].to_owned()
}

async fn refused(
    world: &World,
    who: &Who,
    method: &str,
    path: &str,
    body: impl Into<axum::body::Body>,
    slug: &str,
) -> Value {
    let answer = world.send(who, method, &format!("/api/v1{path}"), body).await;
    assert!(answer.status.is_client_error(), "{method} {path}: {} {}", answer.status, answer.text());
    let problem = answer.problem(slug);
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{problem}");
    problem
}

fn fields(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect()
}

on_both_engines! {
    async fn a_body_that_is_none_changes_nothing_and_is_told_why(world) {
        let who = world.requester.with("content-type", "application/json");
        let deep = format!("{{\"subject\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
        let before = world.records().await;
        let table: Vec<(Vec<u8>, &str)> = vec![
            (b"".to_vec(), "invalid"),
            (b"{".to_vec(), "malformed"),
            (b"[]".to_vec(), "malformed"),
            (b"\"subject\"".to_vec(), "malformed"),
            (b"null".to_vec(), "malformed"),
            (b"{\"subject\":\"\xff\xfe\"}".to_vec(), "malformed"),
            (b"\xef\xbb\xbf{\"subject\":\"x\"}".to_vec(), "malformed"),
            (b"{\"subject\":\"\\ud800\"}".to_vec(), "malformed"),
            (deep.into_bytes(), "malformed"),
            (b"{\"subject\":\"a\\u0000b\"}".to_vec(), "invalid"),
            (b"{\"subject\":\"\"}".to_vec(), "invalid"),
            (b"{\"subject\":\"   \"}".to_vec(), "invalid"),
            (b"{\"subject\":5}".to_vec(), "invalid"),
            (b"{\"subject\":{\"a\":1}}".to_vec(), "invalid"),
            (b"{\"subject\":\"x\",\"impact\":\"enormous\"}".to_vec(), "invalid"),
            (b"{\"subject\":\"x\",\"requester\":\"me\"}".to_vec(), "invalid"),
            (b"{\"subject\":\"x\",\"colour\":\"red\"}".to_vec(), "invalid"),
            (json!({ "subject": text(300) }).to_string().into_bytes(), "invalid"),
            (json!({ "subject": "x", "description": text(200_000) }).to_string().into_bytes(), "invalid"),
            (json!({ "subject": "x", "description": text(10_000_000) }).to_string().into_bytes(), "too-large"),
        ];
        for (body, slug) in table {
            refused(&world, &who, "POST", "/tickets", body, slug).await;
        }
        let form = world.requester.with("content-type", "application/x-www-form-urlencoded");
        refused(&world, &form, "POST", "/tickets", "subject=x", "media-type").await;
        assert_eq!(world.records().await, before, "nothing was done");
    }

    async fn everything_that_is_wrong_is_said_at_once(world) {
        let who = world.agent.with("content-type", "application/json");
        let body = json!({ "kind": "wish", "impact": 3, "requester": "Rita", "colour": "red" }).to_string();
        let problem = refused(&world, &who, "POST", "/tickets", body, "invalid").await;
        let mut named = fields(&problem);
        named.sort_unstable();
        assert_eq!(named, ["colour", "impact", "kind", "requester", "subject"]);
    }

    async fn what_a_token_is_taken_for_is_said_in_a_few_words(world) {
        let who = world.floater.with("content-type", "application/json");
        let path = format!("/licences/{}/checkouts", world.pool);
        for body in [json!({}), json!({ "software": "  " }), json!({ "software": text(121) }), json!({ "software": 1 })] {
            let problem = refused(&world, &who, "POST", &path, body.to_string(), "invalid").await;
            assert_eq!(fields(&problem), ["software"]);
        }
        let problem = refused(&world, &who, "POST", &format!("{path}/1/heartbeat"), r#"{"active":"yes"}"#, "invalid").await;
        assert_eq!(fields(&problem), ["active"]);
        for fence in ["-1", "one", "1.5", "99999999999999999999999"] {
            refused(&world, &who, "DELETE", &format!("{path}/{fence}"), "", "not-found").await;
        }
        let pool = world.send(&world.manager, "GET", &format!("/api/v1/licences/{}", world.pool), "").await.json();
        assert_eq!(pool["in_use"], 0, "nothing was taken");
    }

    async fn a_thing_that_is_not_there_is_not_found_whatever_it_is_called(world) {
        let absent = "0190c7a2-7f3e-7cc1-9d3f-2b6a3c1d9e42";
        for name in [absent, "INC-999999999", "INC-99999999999999999999999", "nonsense", "%00", "%ff", "..%2f..%2fetc", "'"] {
            for path in [format!("/tickets/{name}"), format!("/people/{name}"), format!("/licences/{name}/seats")] {
                refused(&world, &world.admin_token, "GET", &path, "", "not-found").await;
            }
        }
        let who = world.agent.with("content-type", "application/json");
        refused(&world, &who, "POST", &format!("/tickets/{absent}/notes"), r#"{"body":"x"}"#, "not-found").await;
        let body = json!({ "subject": "x", "requester": absent }).to_string();
        let problem = refused(&world, &who, "POST", "/tickets", body, "invalid").await;
        assert_eq!(fields(&problem), ["requester"]);
        let ticket = world.ticket("Whose is it?").await;
        for assignment in [json!({ "assignee": absent }), json!({ "assignee": world.stranger.id() }), json!({ "group": absent })] {
            let who = who.with("if-match", "\"1\"");
            refused(&world, &who, "PATCH", &format!("/tickets/{ticket}"), assignment.to_string(), "invalid").await;
        }
        refused(&world, &world.agent, "GET", "/nothing/here", "", "not-found").await;
        refused(&world, &world.agent, "PUT", "/tickets", "", "method-not-allowed").await;
    }

    async fn parameters_of_lists_are_read_with_care(world) {
        let table = [
            ("/tickets?limit=0", "limit"), ("/tickets?limit=201", "limit"), ("/tickets?limit=many", "limit"),
            ("/tickets?after=nowhere", "after"), ("/tickets?after=%00", "after"), ("/tickets?sort=up", "sort"),
            ("/queue?after=5", "after"), ("/queue?after=x~y", "after"), ("/queue?group=mine", "group"),
            ("/queue?unassigned=perhaps", "unassigned"), ("/queue?state=hot", "state"), ("/queue?idle=0", "idle"),
            ("/queue?sort=newest&after=5~x", "after"), ("/queue?problems=true&sort=newest", "problems"), ("/search", "q"), ("/search?q=a%00b", "q"),
            ("/people?after=x", "after"), ("/search?q=a&limit=1000", "limit"),
        ];
        for (path, field) in table {
            let problem = refused(&world, &world.agent, "GET", path, "", "invalid").await;
            assert_eq!(fields(&problem), [field], "{path}");
        }
        let long = format!("/search?q={}", text(2_000).replace(' ', "+"));
        refused(&world, &world.agent, "GET", &long, "", "invalid").await;
        for odd in ["%22", "%27+OR+1%3D1", "*", "AND", "NEAR(", "-", "%F0%9F%92%A9", "%ff", "a+OR", "(", "%25"] {
            let answer = world.send(&world.agent, "GET", &format!("/api/v1/search?q={odd}"), "").await;
            assert_eq!(answer.status, StatusCode::OK, "{odd}: {}", answer.text());
        }
        for at in ["yesterday", "2999-01-01T00:00:00Z", "-009999-01-01T00:00:00Z"] {
            let path = format!("/people/{}/explain?at={at}", world.agent.id());
            let answer = world.send(&world.agent, "GET", &format!("/api/v1{path}"), "").await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY || answer.status == StatusCode::OK, "{at}");
        }
        for range in ["from=2026-03-02T00:00:00Z&until=2026-03-01T00:00:00Z", "from=-009999-01-01T00:00:00Z", "until=x"] {
            let path = format!("/api/v1/licences/{}/usage?{range}", world.pool);
            let answer = world.send(&world.manager, "GET", &path, "").await;
            assert!(answer.status.is_client_error(), "{range}: {} {}", answer.status, answer.text());
        }
    }

    async fn script_in_every_text_field_is_kept_as_text(world) {
        let script = "<script>alert(1)</script><img src=x onerror=alert(1)>";
        let new = json!({ "subject": script, "description": script, "category": script });
        let answer = world.call(&world.requester, "POST", "/tickets", new).await;
        assert_eq!(answer.status, StatusCode::CREATED);
        let ticket = answer.json();
        assert_eq!(ticket["subject"], script);
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        let id = ticket["id"].as_str().unwrap();
        world.call(&world.agent, "POST", &format!("/tickets/{id}/replies"), json!({ "body": script })).await;
        world.call(&world.admin, "POST", "/groups", json!({ "name": script })).await;
        world.call(&world.admin, "POST", "/service-accounts", json!({ "name": script })).await;
        for path in [format!("/tickets/{id}/timeline"), format!("/tickets/{id}"), "/search?q=script".to_owned()] {
            let answer = world.call(&world.agent, "GET", &path, Value::Null).await;
            assert_eq!(answer.status, StatusCode::OK);
            assert_eq!(answer.headers["content-type"], "application/json");
        }
    }

    async fn headers_that_cannot_be_used_are_told_so(world) {
        let json = world.requester.with("content-type", "application/json");
        let body = r#"{"subject":"x"}"#;
        let long = "k".repeat(201);
        for key in ["", long.as_str(), "schlüssel"] {
            let who = json.with("idempotency-key", key);
            refused(&world, &who, "POST", "/tickets", body, "malformed").await;
        }
        let bridge = world.bridge.with("content-type", "application/json");
        for (name, value, slug) in [
            ("from", "nobody@example.org", "invalid"),
            ("from", "not an address", "invalid"),
            ("from", "ada@example.org", "invalid"),
            ("x-on-behalf-of", "0190c7a2-7f3e-7cc1-9d3f-2b6a3c1d9e42", "invalid"),
        ] {
            refused(&world, &bridge.with(name, value), "POST", "/tickets", body, slug).await;
        }
        let two = bridge.with("from", "rita@example.org").with("x-on-behalf-of", "stu@example.org");
        refused(&world, &two, "POST", "/tickets", body, "malformed").await;
        refused(&world, &json.with("from", "stu@example.org"), "POST", "/tickets", body, "invalid").await;
        for identity in [json!("slack:U1"), json!({ "issuer": "chat" }), json!({ "issuer": "", "subject": "", "name": "" })] {
            let body = json!({ "subject": "x", "external_identity": identity }).to_string();
            refused(&world, &bridge, "POST", "/tickets", body, "invalid").await;
        }
    }

    async fn forms_with_files_are_read_with_care(world) {
        let ticket = world.ticket("A file").await;
        let path = format!("/tickets/{ticket}/attachments");
        refused(&world, &world.requester, "POST", &path, "no form", "media-type").await;
        let form = world.requester.with("content-type", "multipart/form-data; boundary=b");
        refused(&world, &form, "POST", &path, "--b\r\nnonsense", "malformed").await;
        refused(&world, &form, "POST", &path, "--b--\r\n", "invalid").await;
        let part = |name: &str, content: &str| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"x\"\r\n\r\n{content}\r\n--b--\r\n")
        };
        refused(&world, &form, "POST", &path, part("colour", "red"), "invalid").await;
        refused(&world, &form, "POST", &path, part("public", "perhaps"), "invalid").await;
        let huge = part("file", &"x".repeat(26 * 1024 * 1024));
        refused(&world, &form, "POST", &path, huge, "too-large").await;
        let elsewhere = world.stranger.with("content-type", "multipart/form-data; boundary=b");
        refused(&world, &elsewhere, "POST", &path, part("file", "x"), "not-found").await;
        let files = world.call(&world.requester, "GET", &path, Value::Null).await.json();
        assert_eq!(files["items"], json!([]));
    }
}
