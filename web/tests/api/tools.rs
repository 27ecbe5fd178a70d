//! The part of the story that technicians have tools for: texts, outages, work on many tickets, ratings, views.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    story::{get, id, ok},
    support::World,
};

pub(crate) async fn texts(world: &World, ticket: &str) {
    let text = json!({ "name": "On it", "body": "Dear {{requester}}, {{number}} is on its way. {{me}}", "used_by": "everybody" });
    let made = id(&ok(world, &world.agent, "POST", "/text-modules", text.clone()).await.json());
    let unknown = json!({ "name": "x", "body": "Dear {{whom}}", "used_by": "author" });
    let refused = world.call(&world.agent, "POST", "/text-modules", unknown).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(refused.text().contains("{{first_name}}"), "it says which blanks there are");
    let seen = get(world, &world.floater, &format!("/text-modules?ticket={ticket}")).await;
    assert!(seen["items"][0]["body"].as_str().unwrap().contains(ticket), "{seen:#}");
    assert_eq!(seen["items"][0]["changeable"], false);
    let one = format!("/text-modules/{made}");
    let mine = json!({ "name": "On it", "body": "{{me}} is on it.", "used_by": "author" });
    assert!(world.call(&world.floater, "PUT", &one, mine.clone()).await.status.is_client_error());
    ok(world, &world.agent, "PUT", &one, mine).await;
    assert_eq!(
        get(world, &world.floater, "/text-modules").await["items"],
        json!([]),
        "it is the author's alone now"
    );
    world.call(&world.floater, "DELETE", &one, Value::Null).await.problem("not-found");
    ok(world, &world.agent, "DELETE", &one, Value::Null).await;
    assert_eq!(get(world, &world.agent, "/text-modules").await["items"], json!([]));
}

pub(crate) async fn outages(world: &World) {
    let ticket = world.ticket("The telephone is dead").await;
    let told = json!({ "title": "Telephones are dead", "news": "We know of it. Use mobiles." });
    let made = ok(world, &world.agent, "POST", &format!("/tickets/{ticket}/outage"), told.clone()).await;
    let one = format!("/outages/{}", id(&made.json()));
    let seen = get(world, &world.requester, "/outages?about=telephone").await;
    assert_eq!(seen["items"][0]["title"], "Telephones are dead");
    assert_eq!(seen["items"][0]["ticket"], Value::Null, "the incident is for technicians");
    assert_eq!(get(world, &world.requester, "/outages?about=printer").await["items"], json!([]));
    let answer =
        ok(world, &world.requester, "POST", "/chat", json!({ "said": "is something down?" })).await.json();
    assert_eq!(answer["outages"], json!([id(&made.json())]), "{answer}");
    let chat = get(world, &world.requester, "/chat").await;
    assert_eq!(chat["lines"][1]["outages"][0]["mine"], json!(false), "{chat}");
    world.call(&world.requester, "PUT", &one, told.clone()).await.problem("licence-required");

    ok(world, &world.requester, "POST", &format!("{one}/affected"), Value::Null).await;
    let detail = ok(world, &world.agent, "GET", &one, Value::Null).await;
    assert_eq!(detail.json()["people"].as_array().unwrap().len(), 1);
    let fresh = world.agent.with("if-match", detail.etag());
    let mut again = told;
    again["expected_end"] = json!("2000-01-01T00:00:00Z");
    let refused = world.call(&fresh, "PUT", &one, again.clone()).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    again["expected_end"] = json!("2999-01-01T00:00:00Z");
    ok(world, &fresh, "PUT", &one, again.clone()).await;
    world.call(&fresh, "PUT", &one, again).await.problem("stale");

    ok(world, &world.requester, "DELETE", &format!("{one}/affected"), Value::Null).await;
    ok(world, &world.requester, "POST", &format!("{one}/affected"), Value::Null).await;
    world.call(&world.requester, "POST", &format!("{one}/seen"), Value::Null).await.problem("conflict");
    ok(world, &world.agent, "POST", &format!("{one}/end"), json!({ "news": "They work again." })).await;
    ok(world, &world.requester, "POST", &format!("{one}/seen"), Value::Null).await;
    assert_eq!(get(world, &world.requester, "/outages").await["items"], json!([]));
    let over = get(world, &world.requester, "/outages?over=true").await;
    assert_eq!(over["items"][0]["news"], "They work again.");
}

pub(crate) async fn together(world: &World) {
    let (one, two) = (world.ticket("The first of two").await, world.ticket("The second of two").await);
    let number = |ticket: &Value| ticket["number"].as_str().unwrap().to_owned();
    let one = get(world, &world.agent, &format!("/tickets/{one}")).await;
    let two = get(world, &world.agent, &format!("/tickets/{two}")).await;
    let work = json!({ "say": { "note": "Looked at {{number}} together." }, "impact": "high", "to": "in_progress", "assignee": "me" });
    let asked = json!({ "tickets": [number(&one), number(&two)], "work": work });
    let work = json!({ "work": work });
    let foreseen = ok(world, &world.agent, "POST", "/work-previews", asked).await.json();
    let foreseen = foreseen["items"].as_array().unwrap();
    assert_eq!(foreseen.len(), 2);
    for preview in foreseen {
        assert_eq!(preview["facts"][0], "wrote the note");
        let ticket = format!("/tickets/{}/work", preview["number"].as_str().unwrap());
        let version = format!("\"{}\"", preview["version"]);
        let fresh = world.agent.with("if-match", &version);
        let after = ok(world, &fresh, "POST", &ticket, work.clone()).await.json();
        assert_eq!((&after["impact"], &after["state"]), (&json!("high"), &json!("in_progress")));
        world.call(&fresh, "POST", &ticket, work.clone()).await.problem("stale");
        for odd in [json!({}), json!({ "say": { "note": "x", "reply": "y" } }), json!({ "colour": "red" })] {
            let refused = world.call(&world.agent, "POST", &ticket, json!({ "work": odd })).await;
            assert_eq!(refused.status, 422, "{}", refused.text());
        }
    }
    let timeline = get(world, &world.agent, &format!("/tickets/{}/timeline", number(&one))).await;
    assert!(
        timeline.to_string().contains(&format!("Looked at {} together.", number(&one))),
        "its blank is filled in"
    );

    let kept = json!({ "name": "Look at it", "used_by": "author", "work": work["work"] });
    let made = id(&ok(world, &world.agent, "POST", "/macros", kept.clone()).await.json());
    let seen = get(world, &world.agent, "/macros").await;
    assert_eq!(seen["items"][0]["work"], work["work"]);
    assert_eq!(
        seen["items"][0]["does"],
        json!(["writes a note", "takes it", "sets impact to high", "moves it to In progress"])
    );
    assert_eq!(get(world, &world.floater, "/macros").await["items"], json!([]), "it is its author's alone");
    let one = format!("/macros/{made}");
    world.call(&world.floater, "PUT", &one, kept.clone()).await.problem("not-found");
    ok(world, &world.agent, "PUT", &one, kept).await;
    ok(world, &world.agent, "DELETE", &one, Value::Null).await;
}

pub(crate) async fn rating(world: &World) {
    let ticket = format!("/tickets/{}", world.ticket("The clock is wrong").await);
    let good = json!({ "rating": "good" });
    world.call(&world.requester, "PUT", &format!("{ticket}/rating"), good.clone()).await.problem("conflict");
    for to in ["in_progress", "resolved"] {
        let work = json!({ "work": { "to": to, "assignee": "me", "resolution_code": "solved", "say": { "note": "x" } } });
        ok(world, &world.agent, "POST", &format!("{ticket}/work"), work).await;
    }
    world.call(&world.requester, "GET", &format!("{ticket}/rating"), Value::Null).await.problem("not-found");
    ok(world, &world.requester, "PUT", &format!("{ticket}/rating"), good).await;
    assert_eq!(get(world, &world.agent, &format!("{ticket}/rating")).await["rating"], "good");
    let other =
        world.call(&world.agent, "PUT", &format!("{ticket}/rating"), json!({ "rating": "poor" })).await;
    assert_eq!(other.status, StatusCode::CONFLICT, "{}", other.text());
}

pub(crate) async fn views(world: &World) {
    let view = json!({ "name": "Long unchanged", "query": "sort=oldest&idle=7", "used_by": "everybody" });
    let made = id(&ok(world, &world.agent, "POST", "/views", view.clone()).await.json());
    let seen = get(world, &world.floater, "/views").await;
    assert_eq!(seen["items"][0]["name"], "Long unchanged");
    assert_eq!(seen["items"][0]["query"], "idle=7&sort=oldest", "in one order, whichever it was sent in");
    let mut wrong = view.clone();
    wrong["query"] = json!("sort=sideways");
    let refused = world.call(&world.agent, "POST", "/views", wrong).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    let one = format!("/views/{made}");
    world.call(&world.floater, "PUT", &one, view.clone()).await.problem("conflict");
    let mut own = view;
    own["used_by"] = json!("author");
    ok(world, &world.agent, "PUT", &one, own).await;
    assert_eq!(get(world, &world.floater, "/views").await["items"], json!([]));
    ok(world, &world.agent, "DELETE", &one, Value::Null).await;
}

pub(crate) async fn approvals(world: &World) {
    let ticket = world.ticket("A second screen, please").await;
    let boss = get(world, &world.second, "/me").await["person"]["id"].clone();
    let sent = json!({ "question": "A second screen, 240 EUR.", "people": [boss] });
    let here = format!("/tickets/{ticket}/approvals");
    let nobody = json!({ "question": "May she?", "people": [] });
    assert_eq!(world.call(&world.agent, "POST", &here, nobody).await.status, 422);
    let made = id(&ok(world, &world.agent, "POST", &here, sent.clone()).await.json());
    let one = format!("/approvals/{made}");
    assert_eq!(
        get(world, &world.agent, &format!("/tickets/{ticket}")).await["state"],
        "waiting_for_approval"
    );
    let waiting = get(world, &world.second, "/approvals").await;
    assert_eq!(waiting["items"][0]["waits_for_me"], true, "{waiting:#}");
    world.call(&world.requester, "GET", &one, Value::Null).await.problem("not-found");
    let detail = get(world, &world.second, &one).await;
    assert_eq!(detail["question"], "A second screen, 240 EUR.");
    let silent = json!({ "decision": "declined" });
    assert_eq!(world.call(&world.second, "POST", &format!("{one}/answer"), silent).await.status, 422);
    let program = world.bridge.with("from", &world.second.email);
    let answered =
        world.call(&program, "POST", &format!("{one}/answer"), json!({ "decision": "approved" })).await;
    assert_eq!(answered.status, 409, "{}", answered.text());
    assert!(answered.text().contains("no program answers for them"), "{}", answered.text());
    ok(world, &world.agent, "DELETE", &one, Value::Null).await;
    let again = id(&ok(world, &world.agent, "POST", &here, sent).await.json());
    let yes = json!({ "decision": "approved", "words": "From our budget." });
    let answered = ok(world, &world.second, "POST", &format!("/approvals/{again}/answer"), yes).await.json();
    assert_eq!(answered["ended"], "approved");
    let mine = get(world, &world.second, "/approvals?answered=true").await;
    assert_eq!(mine["items"][0]["my_decision"], "approved");
    assert_eq!(get(world, &world.agent, &here).await["items"].as_array().unwrap().len(), 2);
}

pub(crate) async fn templates(world: &World) {
    let template =
        json!({ "kind": "incident", "subject": "Restore test", "impact": "low", "urgency": "medium" });
    let kept = json!({ "name": "Restore test", "used_by": "everybody", "template": template });
    let made = id(&ok(world, &world.agent, "POST", "/ticket-templates", kept.clone()).await.json());
    let seen = get(world, &world.floater, "/ticket-templates").await;
    assert_eq!(seen["items"][0]["template"], template);
    let one = format!("/ticket-templates/{made}");
    world.call(&world.floater, "PUT", &one, kept.clone()).await.problem("conflict");
    ok(world, &world.agent, "PUT", &one, kept).await;

    let me = get(world, &world.agent, "/me").await;
    let rule = json!({ "frequency": "weekly", "interval": 2, "on": ["mo", "th"], "from": "2199-12-02", "at": "09:00", "zone": "Europe/Berlin" });
    let back = json!({ "name": "Restore test", "template": template, "rule": rule, "requester": me["person"]["id"], "unless_open": true });
    let written = ok(world, &world.agent, "POST", "/recurring-tickets", back.clone()).await.json();
    let one_back = format!("/recurring-tickets/{}", id(&written));
    assert_eq!(written["next_at"], "2199-12-02T08:00:00Z", "{written}");
    let seen = get(world, &world.floater, "/recurring-tickets").await;
    assert_eq!(seen["items"][0]["rule"], rule);
    assert_eq!(seen["items"][0]["words"], "every 2 weeks on Monday and Thursday at 09:00, Europe/Berlin");
    let stopped =
        ok(world, &world.agent, "PUT", &format!("{one_back}/stopped"), json!({ "stop": true })).await;
    assert_eq!(stopped.json()["next_at"], Value::Null);
    let on = ok(world, &world.agent, "PUT", &one_back, back.clone()).await.json();
    assert_eq!(on["next_at"], Value::Null, "mended, it is still stopped");
    let on = ok(world, &world.agent, "PUT", &format!("{one_back}/stopped"), json!({ "stop": false })).await;
    assert_eq!(on.json()["next_at"], written["next_at"]);
    let mut odd = back.clone();
    odd["rule"]["zone"] = json!("Mars/Olympus");
    let refused = world.call(&world.agent, "POST", "/recurring-tickets", odd).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    let mut odd = back;
    odd["template"]["kind"] = json!("problem");
    let refused = world.call(&world.agent, "POST", "/recurring-tickets", odd).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    ok(world, &world.agent, "DELETE", &one_back, Value::Null).await;
    ok(world, &world.agent, "DELETE", &one, Value::Null).await;
}
