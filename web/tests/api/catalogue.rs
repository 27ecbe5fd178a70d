//! The part of the story that is about what people can request, what they work with, and who has no account.

use desk::guest::GuestTicket;
use domain::ticket::Subject;
use serde_json::{Value, json};

use crate::{
    story::{get, id, ok},
    support::World,
};

pub(crate) async fn catalogue(world: &World) {
    let item = json!({
        "name": "A second screen", "about": "With an arm.", "category": "Workplace", "working_days": 3,
        "questions": [
            { "label": "Which size?", "kind": "choice", "required": true, "choices": ["24 inch", "27 inch"] },
            { "label": "For whom?", "kind": "person" }
        ],
        "approval": "people", "approvers": [world.second.id()]
    });
    world.call(&world.agent, "POST", "/catalogue", item.clone()).await.problem("licence-required");
    let mut empty = item.clone();
    empty["questions"][0]["choices"] = json!(["24 inch"]);
    let refused = world.call(&world.admin, "POST", "/catalogue", empty).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["errors"][0]["field"]), (422, &json!("questions")));
    let made = ok(world, &world.admin, "POST", "/catalogue", item.clone()).await;
    let one = format!("/catalogue/{}", id(&made.json()));
    let seen = get(world, &world.requester, "/catalogue?q=scren").await;
    assert_eq!(seen["items"][0]["usually"], "usually within 3 working days", "{seen:#}");
    assert_eq!(seen["items"][0]["approvers"], json!([]), "who approves is for administrators");
    assert_eq!(get(world, &world.requester, "/catalogue").await["items"].as_array().unwrap().len(), 1);

    let answer = |size: &str| json!({ "answers": [{ "question": "Which size?", "answer": size }], "more": "By Friday." });
    let refused = world.call(&world.requester, "POST", &format!("{one}/requests"), answer("40 inch")).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["errors"][0]["field"]), (422, &json!("answers[0]")));
    let old = world.requester.with("if-match", "\"9\"");
    world.call(&old, "POST", &format!("{one}/requests"), answer("27 inch")).await.problem("stale");
    let ticket =
        ok(world, &world.requester, "POST", &format!("{one}/requests"), answer("27 inch")).await.json();
    assert!(ticket["number"].as_str().unwrap().starts_with("REQ-"), "a service request: {ticket}");
    assert_eq!(ticket["state"], "waiting_for_approval");
    let of = format!("/tickets/{}/request", id(&ticket));
    let fresh = world.admin.with("if-match", ok(world, &world.admin, "GET", &one, Value::Null).await.etag());
    let mut changed = item;
    changed["offered"] = json!(false);
    ok(world, &fresh, "PUT", &one, changed.clone()).await;
    world.call(&fresh, "PUT", &one, changed).await.problem("stale");
    world.call(&world.requester, "GET", &one, Value::Null).await.problem("not-found");
    let kept = get(world, &world.requester, &of).await;
    assert_eq!((&kept["version"], &kept["answers"][0]["answer"]), (&json!(1), &json!("27 inch")));
    world.call(&world.stranger, "GET", &of, Value::Null).await.problem("not-found");
}

pub(crate) async fn devices(world: &World) {
    let whose = format!("/people/{}/devices", world.requester.id());
    let device = json!({ "name": "Notebook 14", "kind": "computer", "serial": "PF3XK2" });
    world.call(&world.agent, "POST", &whose, device.clone()).await.problem("licence-required");
    let made = id(&ok(world, &world.admin, "POST", &whose, device.clone()).await.json());
    world.call(&world.stranger, "GET", &whose, Value::Null).await.problem("not-found");
    assert_eq!(get(world, &world.requester, &whose).await["items"][0]["serial"], "PF3XK2");
    let dark = json!({ "subject": "It stays dark", "device": made });
    assert_eq!(
        world.call(&world.second, "POST", "/tickets", dark.clone()).await.status,
        422,
        "it is not theirs"
    );
    let ticket = id(&ok(world, &world.requester, "POST", "/tickets", dark).await.json());
    let one = format!("/devices/{made}");
    let mut tagged = device;
    tagged["tag"] = json!("MHG-1");
    ok(world, &world.admin, "PUT", &one, tagged).await;
    ok(world, &world.admin, "DELETE", &one, Value::Null).await;
    let about = get(world, &world.agent, &format!("/tickets/{ticket}/device")).await;
    assert_eq!((&about["name"], &about["tag"]), (&json!("Notebook 14"), &Value::Null), "as it was");
}

pub(crate) async fn guests(world: &World) {
    let setting = ok(world, &world.admin, "GET", "/settings/guests", Value::Null).await;
    assert_eq!(
        setting.json()["value"],
        json!({ "open": false }),
        "nobody without an account, until somebody says so"
    );
    let fresh = world.admin.with("if-match", setting.etag());
    let open = json!({ "value": { "open": true } });
    assert_eq!(
        ok(world, &fresh, "PUT", "/settings/guests", open).await.json()["value"],
        json!({ "open": true })
    );
    let sent = GuestTicket {
        name: "Anna Berg".to_owned(),
        email: world.requester.email.to_uppercase(),
        subject: Subject::new("My badge is dead").unwrap(),
        description: None,
        form: "A".repeat(43),
        remote: None,
    };
    let raised = world.desk.raise_as_guest(sent, world.now(), web::seed()).await.unwrap();
    let guest = format!("/tickets/{}/guest", raised.number);
    let seen = get(world, &world.agent, &guest).await;
    assert_eq!((&seen["name"], &seen["known"]["id"]), (&json!("Anna Berg"), &json!(world.requester.id())));
    world.call(&world.requester, "GET", &guest, Value::Null).await.problem("not-found");
    let here = world.call(&world.requester, "GET", &format!("/tickets/{}", raised.number), Value::Null).await;
    here.problem("not-found");
    let made = ok(world, &world.agent, "POST", &format!("{guest}/link"), Value::Null).await.json();
    assert!(made["link"].as_str().unwrap().contains("/guest/"), "{made}");
    ok(world, &world.agent, "DELETE", &format!("{guest}/link"), Value::Null).await;
    world.call(&world.agent, "DELETE", &format!("{guest}/link"), Value::Null).await.problem("conflict");
}
