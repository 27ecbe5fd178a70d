//! Every operation against every wrong caller. The list comes from the description, so that a new operation cannot be
//! forgotten.

use domain::identity::Capability;
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Answer, Who, World, on_both_engines};

/// An operation as somebody could call it: with things that are there, and the body of its example.
struct Sample {
    name: String,
    method: String,
    path: String,
    body: Value,
    capability: Capability,
}

async fn samples(world: &World) -> Vec<Sample> {
    let ticket = world.ticket("The projector flickers").await;
    let groups = world.call(&world.admin, "POST", "/groups", json!({ "name": "Beamers" })).await.json();
    let events = world.call(&world.auditor, "GET", "/audit/events?limit=1", Value::Null).await.json();
    let seat = world
        .call(&world.manager, "GET", &format!("/licences/{}/seats", world.seats), Value::Null)
        .await
        .json();
    let places = [
        ("{ticket}", ticket.clone()),
        ("{person}", world.agent.id()),
        ("{group}", groups["id"].as_str().unwrap().to_owned()),
        ("{licence}", world.seats.to_string()),
        ("{assignment}", seat["items"][0]["holder"]["assignment"].as_str().unwrap().to_owned()),
        ("{attachment}", ticket.clone()),
        ("{token}", ticket.clone()),
        ("{account}", ticket.clone()),
        ("{record}", events["items"][0]["id"].as_str().unwrap().to_owned()),
        ("{path}", "0/000.p/1".to_owned()),
        ("{contract}", ticket.clone()),
        ("{line}", ticket.clone()),
        ("{document}", ticket.clone()),
        ("{alert}", ticket.clone()),
        ("{entry}", ticket.clone()),
        ("{item}", ticket.clone()),
        ("{fence}", "1".to_owned()),
        ("{text}", ticket.clone()),
        ("{outage}", ticket.clone()),
        ("{approval}", ticket.clone()),
        ("{item}", ticket.clone()),
        ("{subscription}", ticket.clone()),
        ("{device}", ticket.clone()),
        ("{macro}", ticket.clone()),
        ("{template}", ticket.clone()),
        ("{recurring}", ticket.clone()),
        ("{view}", ticket.clone()),
        ("{article}", "KB-1".to_owned()),
        ("{module}", "problem".to_owned()),
    ];
    let mut samples = Vec::new();
    for (template, item) in world.description()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap().iter().filter(|(_, it)| it.is_object()) {
            let mut path = template.clone();
            for (place, value) in &places {
                path = path.replace(place, value);
            }
            assert!(!path.contains('{'), "{template}: say what stands for its place");
            let must: Vec<String> = operation["parameters"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|parameter| parameter["in"] == "query" && parameter["required"] == true)
                .map(|parameter| match parameter["name"].as_str().unwrap() {
                    "to" => "to=INC-1".to_owned(),
                    "kind" => "kind=relates_to".to_owned(),
                    "event" => format!("event={}", places[8].1),
                    name => format!("{name}=printer"),
                })
                .collect();
            if !must.is_empty() {
                path = format!("{path}?{}", must.join("&"));
            }
            samples.push(Sample {
                name: format!("{} {template}", method.to_uppercase()),
                method: method.to_uppercase(),
                path,
                body: operation["requestBody"]["content"]["application/json"]["example"].clone(),
                capability: serde_json::from_value(operation["x-capability"].clone()).unwrap(),
            });
        }
    }
    assert!(samples.len() > 70, "the description lists the API");
    samples
}

async fn try_as(world: &World, who: &Who, sample: &Sample) -> Answer {
    let who = who.with("content-type", "application/json").with("if-match", "\"1\"");
    let body = if sample.body.is_null() { String::new() } else { sample.body.to_string() };
    world.send(&who, &sample.method, &sample.path, body).await
}

on_both_engines! {
    async fn nobody_is_told_anything_without_credentials(world) {
        let forged = Who::nobody().with("authorization", "Bearer fh_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        let basic = Who::nobody().with("authorization", "Basic YWRhOnNlY3JldA==");
        let stale = Who::nobody().with("cookie", "freehold_session=old").with("sec-fetch-site", "same-origin");
        let samples = samples(&world).await;
        let before = world.records().await;
        for sample in &samples {
            for who in [&Who::nobody(), &forged, &basic, &stale] {
                let answer = try_as(&world, who, sample).await;
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{} as {who:?}: {}", sample.name, answer.text());
                answer.problem("unauthenticated");
                assert!(answer.headers.contains_key("www-authenticate"));
            }
        }
        assert_eq!(world.records().await, before, "nothing was done");
    }

    async fn a_requester_is_refused_whatever_needs_more_than_the_portal(world) {
        let narrow = world.scoped(&world.admin, &[Capability::ReportRead]).await;
        for sample in samples(&world).await.iter().filter(|it| it.capability != Capability::PortalUse) {
            for who in [&world.stranger, &narrow] {
                let answer = try_as(&world, who, sample).await;
                if sample.capability == Capability::ReportRead && who.email == narrow.email {
                    assert_eq!(answer.status, StatusCode::OK, "{}: {}", sample.name, answer.text());
                    continue;
                }
                assert!(
                    matches!(answer.status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND),
                    "{} as {}: {} {}", sample.name, who.email, answer.status, answer.text()
                );
                assert_eq!(answer.headers["content-type"], "application/problem+json");
            }
        }
    }

    async fn an_agent_does_not_manage_licences_nor_read_the_log_nor_run_the_desk(world) {
        let theirs = [Capability::PortalUse, Capability::TicketRead, Capability::TicketWork];
        for sample in samples(&world).await.iter().filter(|it| !theirs.contains(&it.capability)) {
            let answer = try_as(&world, &world.agent, sample).await;
            assert!(
                matches!(answer.status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND),
                "{}: {} {}", sample.name, answer.status, answer.text()
            );
        }
    }

    async fn a_page_of_another_site_cannot_use_the_cookie(world) {
        let mut elsewhere = world.admin.clone();
        elsewhere.headers.retain(|(name, _)| *name == "cookie");
        let elsewhere = elsewhere.with("sec-fetch-site", "cross-site");
        let before = world.records().await;
        for sample in samples(&world).await.iter().filter(|it| it.method != "GET") {
            let answer = try_as(&world, &elsewhere, sample).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", sample.name);
            answer.problem("cross-site");
        }
        // Two records of the samples themselves: a ticket and a group.
        assert_eq!(world.records().await, before + 2);
    }

    async fn a_service_account_always_says_for_whom_it_acts(world) {
        for sample in &samples(&world).await {
            let answer = try_as(&world, &world.bridge, sample).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}: {}", sample.name, answer.text());
            answer.problem("attribution-required");
        }
    }

    async fn somebody_elses_ticket_is_not_there(world) {
        let ticket = world.ticket("Payroll shows my neighbour's salary").await;
        for path in ["", "/timeline", "/attachments", "/transitions", "/links", "/watchers", "/sla"] {
            let path = format!("/tickets/{ticket}{path}");
            let answer = world.call(&world.stranger, "GET", &path, Value::Null).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        }
        let found = world.call(&world.stranger, "GET", "/search?q=neighbour", Value::Null).await.json();
        assert_eq!(found["items"], json!([]));
        let reply = json!({ "body": "Let me in" });
        let answer = world.call(&world.stranger, "POST", &format!("/tickets/{ticket}/replies"), reply).await;
        answer.problem("not-found");
    }
}
