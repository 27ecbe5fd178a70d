//! Whether the licence protocol does what `docs/licence-protocol.md` promises to other software.

use domain::{Timestamp, identity::Capability};
use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{Answer, Who, World, on_both_engines};

// The example is what others copy, so it is held against a real desk like everything else.
#[path = "../../examples/licence-run/client.rs"]
mod client;

async fn take(world: &World, who: &Who) -> Answer {
    let path = format!("/licences/{}/checkouts", world.pool);
    world.call(who, "POST", &path, json!({ "software": "CAD" })).await
}

/// Takes a token that must be there.
async fn taken(world: &World, who: &Who) -> Value {
    let answer = take(world, who).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    answer.json()
}

fn hold(world: &World, checkout: &Value) -> String {
    format!("/licences/{}/checkouts/{}", world.pool, checkout["fence"])
}

async fn keep(world: &World, who: &Who, checkout: &Value, body: Value) -> Answer {
    world.call(who, "POST", &format!("{}/heartbeat", hold(world, checkout)), body).await
}

async fn give_back(world: &World, who: &Who, checkout: &Value) -> Answer {
    world.call(who, "DELETE", &hold(world, checkout), Value::Null).await
}

async fn pool(world: &World, part: &str) -> Value {
    world.call(&world.manager, "GET", &format!("/licences/{}{part}", world.pool), Value::Null).await.json()
}

async fn force(world: &World, who: &Who) {
    let path = format!("/licences/{}/leases/{}", world.pool, who.id());
    let answer =
        world.call(&world.manager, "DELETE", &path, json!({ "because": "The plant is down." })).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text());
}

fn time(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

fn in_seconds(world: &World, seconds: i64) -> Timestamp {
    world.now() + SignedDuration::from_secs(seconds)
}

/// The records of an action, latest first, in full.
async fn records(world: &World, action: &str) -> Vec<Value> {
    let page = world.call(&world.auditor, "GET", "/audit/events?limit=200", Value::Null).await.json();
    let mut found = Vec::new();
    for line in page["items"].as_array().unwrap().iter().filter(|it| it["action"] == action) {
        let path = format!("/audit/events/{}", line["id"].as_str().unwrap());
        found.push(world.call(&world.auditor, "GET", &path, Value::Null).await.json());
    }
    found
}

on_both_engines! {
    async fn a_token_is_checked_out_kept_and_given_back(world) {
        let answer = take(&world, &world.floater).await;
        assert_eq!(answer.status, StatusCode::CREATED);
        let checkout = answer.json();
        assert_eq!(answer.headers["location"], format!("/api/v1{}", hold(&world, &checkout)));
        assert_eq!((&checkout["token"], &checkout["how"]), (&json!(1), &json!("fresh")));
        assert_eq!(time(&checkout["protected_until"]), in_seconds(&world, 300));
        assert_eq!(checkout["protected_for"], "PT5M");

        for (seconds, body, state) in [
            (1, Value::Null, "active"),
            (240, Value::Null, "active"),
            (240, json!({ "active": true }), "active"),
            (240, json!({ "active": false }), "active"),
            (240, json!({}), "active"),
            (140, json!({}), "idle"),
            (0, json!({ "active": true }), "active"),
        ] {
            world.pass(seconds);
            let kept = keep(&world, &world.floater, &checkout, body).await;
            assert_eq!(kept.status, StatusCode::OK, "{}", kept.text());
            let kept = kept.json();
            assert_eq!((&kept["held"], &kept["fence"], &kept["state"]), (&json!(true), &checkout["fence"], &json!(state)));
            assert_eq!(kept["recall"], Value::Null);
            let protected = time(&kept["protected_until"]);
            assert!(protected > in_seconds(&world, 270) && protected <= in_seconds(&world, 300), "{kept}");
        }

        assert_eq!(give_back(&world, &world.floater, &checkout).await.status, StatusCode::NO_CONTENT);
        assert_eq!(pool(&world, "").await["in_use"], 0);
        let again = give_back(&world, &world.floater, &checkout).await.problem("lease-lost");
        assert_eq!((&again["lost"]["how"], time(&again["lost"]["at"])), (&json!("released"), world.now()));
    }

    async fn two_people_and_one_token_make_a_line(world) {
        let first = taken(&world, &world.floater).await;
        world.pass(1);
        let queued = take(&world, &world.second).await;
        assert_eq!(queued.status, StatusCode::CONFLICT);
        let problem = queued.problem("seat-queued");
        assert_eq!((&problem["verdict"]["verdict"], &problem["verdict"]["place"]), (&json!("queued"), &json!(1)));
        let pause: i64 = queued.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=30).contains(&pause));
        let denials = pool(&world, "/denials").await;
        assert_eq!(denials["items"][0]["cause"]["action"], "lease.checkout");

        // Whoever asks as often as they are told to neither loses their place nor is denied anew.
        for _ in 0..400 / pause {
            world.pass(pause);
            keep(&world, &world.floater, &first, json!({ "active": true })).await;
            assert_eq!(take(&world, &world.second).await.problem("seat-queued")["verdict"]["place"], 1);
        }
        assert_eq!(pool(&world, "/denials").await["items"].as_array().unwrap().len(), 1);

        give_back(&world, &world.floater, &first).await;
        let behind = take(&world, &world.floater).await.problem("seat-queued");
        assert_eq!(behind["verdict"]["place"], 2, "the token is kept for the other");
        let second = taken(&world, &world.second).await;
        assert_eq!(second["how"], "offer_taken");
        assert!(second["fence"].as_u64() > first["fence"].as_u64());
    }

    async fn a_person_holds_one_lease_whatever_they_open(world) {
        let first = taken(&world, &world.floater).await;
        let second = taken(&world, &world.floater).await;
        assert_eq!((&second["lease"], &second["fence"], &second["how"]), (&first["lease"], &first["fence"], &json!("held")));

        let ticket = world.ticket("The desk is one of the tools").await;
        let note = world.call(&world.floater, "POST", &format!("/tickets/{ticket}/notes"), json!({ "body": "Mine" })).await;
        assert_eq!(note.status, StatusCode::CREATED, "{}", note.text());
        assert_eq!(pool(&world, "").await["in_use"], 1);
        world.pass(60);
        give_back(&world, &world.floater, &first).await;
        world.pass(1);
        let usage = pool(&world, "/usage").await;
        assert_eq!(usage["peak"]["level"], 1, "{usage}");
        let levels: Vec<_> = usage["levels"].as_array().unwrap().iter().map(|step| step["level"].clone()).collect();
        assert_eq!(levels, [json!(0), json!(1), json!(0)], "one hold, counted once");
    }

    async fn an_overtaken_hold_is_told_so_and_touches_nothing(world) {
        let old = taken(&world, &world.floater).await;
        world.pass(5);
        force(&world, &world.floater).await;
        for round in ["before", "after"] {
            let lost = keep(&world, &world.floater, &old, json!({ "active": true })).await;
            assert_eq!(lost.status, StatusCode::CONFLICT);
            let lost = lost.problem("lease-lost");
            assert_eq!(lost["lost"]["how"], "reclaimed", "{round}");
            assert_eq!(give_back(&world, &world.floater, &old).await.problem("lease-lost")["lost"], lost["lost"]);
            if round == "before" {
                let new = taken(&world, &world.floater).await;
                assert!(new["fence"].as_u64() > old["fence"].as_u64());
            }
        }
        assert_eq!(pool(&world, "").await["in_use"], 1, "the new hold goes on");
    }

    async fn a_hold_is_nobody_elses(world) {
        let first = taken(&world, &world.floater).await;
        let lost = keep(&world, &world.second, &first, json!({ "active": true })).await.problem("lease-lost");
        assert_eq!(lost["lost"], json!({ "how": null, "at": null }), "what others hold is not told");
        give_back(&world, &world.second, &first).await.problem("lease-lost");
        keep(&world, &world.stranger, &first, Value::Null).await.problem("not-found");
        give_back(&world, &world.stranger, &first).await.problem("not-found");
        assert_eq!(keep(&world, &world.floater, &first, Value::Null).await.status, StatusCode::OK);
    }

    async fn silence_ends_a_hold_and_the_next_checkout_begins_another(world) {
        let first = taken(&world, &world.floater).await;
        world.pass(331);
        let lost = keep(&world, &world.floater, &first, Value::Null).await.problem("lease-lost");
        assert_eq!((&lost["lost"]["how"], time(&lost["lost"]["at"])), (&json!("silent"), in_seconds(&world, -1)));
        assert_eq!(taken(&world, &world.floater).await["how"], "revived");
        let still_lost = keep(&world, &world.floater, &first, Value::Null).await.problem("lease-lost");
        assert_eq!(still_lost["lost"], lost["lost"]);
    }

    async fn an_idle_hold_is_recalled_for_who_waits_unless_its_person_works(world) {
        let first = taken(&world, &world.floater).await;
        for _ in 0..3 {
            world.pass(250);
            keep(&world, &world.floater, &first, Value::Null).await;
        }
        take(&world, &world.second).await.problem("seat-queued");
        let kept = keep(&world, &world.floater, &first, Value::Null).await.json();
        assert_eq!((&kept["recall"]["why"], time(&kept["recall"]["at"])), (&json!("idle"), in_seconds(&world, 30)));
        assert_eq!(kept["protected_until"], kept["recall"]["at"]);
        let kept = keep(&world, &world.floater, &first, json!({ "active": true })).await.json();
        assert_eq!((&kept["recall"], &kept["state"]), (&Value::Null, &json!("active")));
    }

    async fn a_licence_that_is_not_theirs_is_not_there_and_whoever_looks_after_it_is_told_why(world) {
        for who in [&world.agent, &world.requester, &world.stranger] {
            take(&world, who).await.problem("not-found");
        }
        let refused = take(&world, &world.manager).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert_eq!(refused.problem("licence-required")["verdict"]["reason"], "no_entitlement");
        assert_eq!(pool(&world, "").await["waiting"], 0);
        assert_eq!(records(&world, "lease.checkout").await[0]["outcome"], "refused");

        let exclusive = format!("/licences/{}/checkouts", world.seats);
        let answer = world.call(&world.manager, "POST", &exclusive, json!({ "software": "CAD" })).await;
        answer.problem("conflict");
        // Nor does giving back tell what kind of licence it is.
        let back = format!("/licences/{}/checkouts/1", world.seats);
        world.call(&world.floater, "DELETE", &back, Value::Null).await.problem("not-found");
        let narrow = world.scoped(&world.floater, &[Capability::ReportRead]).await;
        assert!(matches!(take(&world, &narrow).await.status, StatusCode::FORBIDDEN));
        let first = taken(&world, &world.floater).await;
        keep(&world, &narrow, &first, Value::Null).await.problem("not-found");
    }

    async fn who_loses_the_right_loses_the_hold_and_is_told_so(world) {
        let first = taken(&world, &world.floater).await;
        let path = format!("/licences/{}/entitlements/{}", world.pool, world.floater.id());
        world.call(&world.manager, "DELETE", &path, Value::Null).await;
        let lost = keep(&world, &world.floater, &first, Value::Null).await.problem("lease-lost");
        assert_eq!(lost["lost"]["how"], "revoked");
        give_back(&world, &world.floater, &first).await.problem("lease-lost");
        take(&world, &world.floater).await.problem("not-found");
    }

    async fn a_lost_answer_is_had_again_with_the_same_key(world) {
        let who = world.floater.with("idempotency-key", "7d0f");
        let first = taken(&world, &who).await;
        world.pass(100);
        let again = taken(&world, &who).await;
        assert_eq!((&again["lease"], &again["fence"], &again["how"]), (&first["lease"], &first["fence"], &json!("fresh")));
        assert_eq!(again["protected_for"], "PT3M20S", "what was promised then is older now");
        assert_eq!(records(&world, "lease.checkout").await.len(), 1, "done once");
        let waiting = world.second.with("idempotency-key", "7d0f");
        let place = take(&world, &waiting).await.problem("seat-queued");
        assert_eq!(take(&world, &waiting).await.problem("seat-queued"), place);
    }

    async fn a_service_account_takes_the_token_of_the_person_it_names(world) {
        let (flo, sam) = (world.bridge.with("from", "flo@example.org"), world.bridge.with("from", "sam@example.org"));
        let first = taken(&world, &flo).await;
        take(&world, &sam).await.problem("seat-queued");
        keep(&world, &sam, &first, Value::Null).await.problem("lease-lost");
        assert_eq!(keep(&world, &flo, &first, Value::Null).await.status, StatusCode::OK);
        assert_eq!(taken(&world, &world.floater).await["lease"], first["lease"], "it is the person's own");
        take(&world, &world.bridge).await.problem("attribution-required");
    }

    async fn every_checkout_is_in_the_audit_log_with_token_and_fence(world) {
        let first = taken(&world, &world.floater).await;
        world.pass(1);
        take(&world, &world.second).await.problem("seat-queued");
        let before = world.records().await;
        for _ in 0..3 {
            world.pass(100);
            keep(&world, &world.floater, &first, json!({ "active": true })).await;
        }
        assert_eq!(world.records().await, before, "a heartbeat is no act");
        give_back(&world, &world.floater, &first).await;

        let records = records(&world, "lease.checkout").await;
        let outcomes: Vec<_> = records.iter().map(|record| record["outcome"].as_str().unwrap()).collect();
        assert_eq!(outcomes, ["done", "queued", "done"]);
        let (returned, granted) = (&records[0], &records[2]);
        assert_eq!(granted["detail"]["detail"]["software"], "CAD");
        let consumed = granted["entry"].to_string();
        for part in ["licence", "lease", "fence", "token"] {
            assert!(consumed.contains(&format!("\"{part}\"")), "{consumed}");
        }
        assert!(consumed.contains(first["lease"].as_str().unwrap()));
        assert_eq!((&returned["detail"]["detail"]["token"], &returned["detail"]["detail"]["fence"]), (&first["token"], &first["fence"]));
    }

    async fn the_example_holds_a_token_while_its_command_runs(world) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let desk = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(world.serve(listener));
        let bearer = |who: &Who| who.headers[0].1.trim_start_matches("Bearer ").to_owned();
        let licence = world.pool.to_string();
        let of = |who: &Who| client::Pool::new(&desk, &licence, &bearer(who), "make".to_owned(), None);

        let command = |script: &str| ["sh", "-c", script].map(str::to_owned);
        assert_eq!(client::run(&of(&world.floater), &command("test \"$FREEHOLD_FENCE\" -ge 1")).await, Ok(0));
        assert_eq!(client::run(&of(&world.floater), &command("exit 3")).await, Ok(3));
        assert!(client::run(&of(&world.floater), &["no such command".to_owned()]).await.is_err());
        assert_eq!(pool(&world, "").await["in_use"], 0, "whatever became of the command");
        assert!(client::run(&of(&world.stranger), &command("exit 0")).await.is_err());

        let mut held = of(&world.floater).check_out().await.unwrap();
        of(&world.floater).keep(&mut held).await.unwrap();
        force(&world, &world.floater).await;
        let sentence = of(&world.floater).keep(&mut held).await.unwrap_err();
        assert!(sentence.contains("licence manager"), "{sentence}");
    }
}
