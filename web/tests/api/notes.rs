//! The part of the story about what technicians keep on a ticket: a checklist, the time it took, and whom they name.

use serde_json::{Value, json};

use crate::{
    story::{get, ok},
    support::World,
};

pub(crate) async fn notes(world: &World) {
    let ticket = format!("/tickets/{}", world.ticket("The scanner is slow").await);
    checklist(world, &ticket).await;
    time(world, &ticket).await;
    mentions(world, &ticket).await;
}

async fn checklist(world: &World, ticket: &str) {
    let list = format!("{ticket}/checklist");
    assert_eq!(get(world, &world.agent, &list).await["progress"], Value::Null);
    let sent = json!({ "items": ["Order the part", "Fit it"] });
    world.call(&world.requester, "POST", &list, sent.clone()).await.problem("licence-required");
    world.call(&world.requester, "GET", &list, Value::Null).await.problem("not-found");
    let made = ok(world, &world.agent, "POST", &list, sent).await.json();
    let body = json!({ "body": "- [x] Ask her\n- [ ] Fit it" });
    ok(world, &world.agent, "POST", &format!("{ticket}/notes"), body).await;
    let timeline = get(world, &world.agent, &format!("{ticket}/timeline")).await;
    let note = timeline["items"].as_array().unwrap().iter().find(|item| item["kind"] == "note").unwrap();
    ok(world, &world.agent, "POST", &list, json!({ "comment": note["id"] })).await;
    for wrong in [json!({}), json!({ "items": ["x"], "comment": note["id"] }), json!({ "items": ["a\nb"] })] {
        let refused = world.call(&world.agent, "POST", &list, wrong).await;
        assert_eq!(refused.status, 422, "{}", refused.text());
    }
    let item = format!("{list}/{}", made["added"][1].as_str().unwrap());
    let done = json!({ "words": "Fit it well", "done": true, "place": 1 });
    let changed = ok(world, &world.agent, "PUT", &item, done).await.json();
    assert_eq!(changed["progress"], json!({ "done": 2, "items": 3 }));
    let seen = get(world, &world.agent, &list).await;
    assert_eq!(seen["items"][0]["words"], "Fit it well");
    assert_eq!(seen["items"][0]["ticked_by"]["id"], json!(world.agent.id()));
    let queue = get(world, &world.agent, "/queue?sort=newest").await;
    let rows = queue["items"].as_array().unwrap();
    assert!(rows.iter().any(|row| row["checklist"] == json!({ "done": 2, "items": 3 })), "{queue:#}");
    ok(world, &world.agent, "DELETE", &item, Value::Null).await;
    world.call(&world.agent, "DELETE", &item, Value::Null).await.problem("not-found");
}

async fn time(world: &World, ticket: &str) {
    let all = format!("{ticket}/time");
    let made =
        ok(world, &world.agent, "POST", &all, json!({ "minutes": 80, "words": "On site" })).await.json();
    let body = json!({ "body": "Looked again.", "minutes": 10 });
    ok(world, &world.agent, "POST", &format!("{ticket}/notes"), body.clone()).await;
    ok(world, &world.agent, "POST", &format!("{ticket}/replies"), body.clone()).await;
    let own = world.call(&world.requester, "POST", &format!("{ticket}/replies"), body).await;
    assert_eq!(own.status, 422, "{}", own.text());
    for wrong in
        [json!({ "minutes": 0 }), json!({ "minutes": 1441 }), json!({ "minutes": 5, "day": "2000-01-01" })]
    {
        let refused = world.call(&world.agent, "POST", &all, wrong).await;
        assert_eq!(refused.status, 422, "{}", refused.text());
    }
    let first = get(world, &world.agent, &format!("{all}?limit=2")).await;
    let next = first["next"].as_str().expect("there is more");
    let second = get(world, &world.agent, &format!("{all}?limit=2&after={next}")).await;
    assert_eq!(second["items"][0]["words"], "On site");
    let one = format!("{all}/{}", made["id"].as_str().unwrap());
    let other = world.call(&world.floater, "DELETE", &one, Value::Null).await;
    assert_eq!(other.status, 409, "{}", other.text());
    ok(world, &world.agent, "DELETE", &one, Value::Null).await;
    let totals = get(world, &world.agent, &format!("{all}/totals")).await;
    assert_eq!((&totals["minutes"], &totals["people"][0]["minutes"]), (&json!(20), &json!(20)));
}

async fn mentions(world: &World, ticket: &str) {
    let people = get(world, &world.agent, &format!("{ticket}/nameable")).await;
    let floater = world.floater.id();
    let person = people["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["id"] == json!(floater))
        .expect("a colleague");
    let name = person["name"].as_str().unwrap().to_owned();
    let public = get(world, &world.agent, &format!("{ticket}/nameable?public=true&q=")).await;
    assert_eq!(public["items"], json!([]), "the requester has not seen them");
    let body = json!({ "body": format!("@{name}, please look.") });
    ok(world, &world.agent, "POST", &format!("{ticket}/notes"), body).await;
    let mine = get(world, &world.floater, "/mentions").await;
    assert_eq!(mine["items"][0]["by"]["id"], json!(world.agent.id()), "{mine:#}");
    let timeline = get(world, &world.agent, &format!("{ticket}/timeline")).await;
    assert!(timeline["items"].as_array().unwrap().iter().any(|item| item["named"][0]["name"] == json!(name)));
    world.call(&world.requester, "GET", "/mentions", Value::Null).await.problem("not-found");
    ok(
        world,
        &world.floater,
        "DELETE",
        &format!("/mentions/{}", mine["items"][0]["ticket"].as_str().unwrap()),
        Value::Null,
    )
    .await;
    assert_eq!(get(world, &world.floater, "/mentions").await["items"], json!([]));
}
