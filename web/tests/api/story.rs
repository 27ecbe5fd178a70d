//! A day at the desk, through every operation of the API. What each answers is held against the description as it comes.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    catalogue, notes,
    support::{Answer, Who, World, on_both_engines},
    tools,
};

pub(crate) async fn ok(world: &World, who: &Who, method: &str, path: &str, body: Value) -> Answer {
    let answer = world.call(who, method, path, body).await;
    assert!(answer.status.is_success(), "{method} {path}: {} {}", answer.status, answer.text());
    answer
}

pub(crate) async fn get(world: &World, who: &Who, path: &str) -> Value {
    ok(world, who, "GET", path, Value::Null).await.json()
}

pub(crate) fn id(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

async fn tickets(world: &World) {
    let ticket = world.ticket("The VPN drops every hour").await;
    let number = get(world, &world.requester, &format!("/tickets/{ticket}")).await["number"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(get(world, &world.agent, &format!("/tickets/{number}")).await["id"], ticket, "by number too");

    let group = id(&ok(world, &world.admin, "POST", "/groups", json!({ "name": "Network" })).await.json());
    let at = format!("/tickets/{ticket}");
    let tag = ok(world, &world.agent, "GET", &at, Value::Null).await.etag();
    let fresh = world.agent.with("if-match", tag);
    let changes =
        json!({ "impact": "high", "category": "Network", "group": group, "assignee": world.agent.id() });
    let changed = ok(world, &fresh, "PATCH", &at, changes).await.json();
    assert_eq!((&changed["impact"], &changed["group"]), (&json!("high"), &json!(group)));

    for place in ["open", "group", "assignee"] {
        let query = match place {
            "group" => format!("?group={group}"),
            "assignee" => format!("?assignee={}", world.agent.id()),
            _ => String::new(),
        };
        let queue = get(world, &world.agent, &format!("/queue{query}")).await;
        assert_eq!(queue["items"][0]["number"], number, "{place}");
    }
    let steps = get(world, &world.agent, &format!("{at}/transitions")).await;
    let to = steps["items"][0]["to"].clone();
    ok(world, &world.agent, "POST", &format!("{at}/transitions"), json!({ "to": to, "note": "On it." }))
        .await;
    ok(world, &world.agent, "POST", &format!("{at}/notes"), json!({ "body": "The concentrator." })).await;
    ok(world, &world.agent, "POST", &format!("{at}/replies"), json!({ "body": "We are on it." })).await;
    ok(world, &world.requester, "POST", &format!("{at}/replies"), json!({ "body": "Thank you." })).await;
    let all = get(world, &world.agent, &format!("{at}/timeline?limit=3")).await;
    let next = all["next"].as_str().expect("there is more");
    get(world, &world.agent, &format!("{at}/timeline?after={}", web::routes::query_value(next))).await;
    let theirs = get(world, &world.requester, &format!("{at}/timeline")).await;
    assert!(!theirs.to_string().contains("concentrator"), "a work note is for technicians");
    assert_eq!(get(world, &world.agent, &format!("{at}/sla")).await["items"].as_array().unwrap().len(), 2);

    ok(world, &world.agent, "POST", &format!("{at}/watchers"), json!({ "person": world.stranger.id() }))
        .await;
    get(world, &world.stranger, &at).await;
    get(world, &world.agent, &format!("{at}/watchers")).await;
    ok(world, &world.agent, "DELETE", &format!("{at}/watchers/{}", world.stranger.id()), Value::Null).await;

    let other = world.ticket("VPN again").await;
    ok(world, &world.agent, "POST", &format!("{at}/links"), json!({ "to": other, "kind": "relates_to" }))
        .await;
    assert_eq!(get(world, &world.agent, &format!("{at}/links")).await["items"][0]["other"], other);
    ok(world, &world.agent, "DELETE", &format!("{at}/links?to={other}&kind=relates_to"), Value::Null).await;
    ok(world, &world.agent, "POST", &format!("/tickets/{other}/merge"), json!({ "into": number })).await;
    ok(world, &world.agent, "POST", &format!("/tickets/{other}/unmerge"), json!({})).await;
    ok(world, &world.requester, "POST", &format!("/tickets/{other}/withdraw"), json!({})).await;

    let found = get(world, &world.requester, "/search?q=concentrator").await;
    assert_eq!(found["items"], json!([]), "a work note is not found by its requester");
    assert_eq!(get(world, &world.agent, "/search?q=concentrator").await["items"][0]["id"], ticket);
    get(world, &world.requester, "/tickets").await;
    solve_and_reopen(world, &at).await;
}

/// Who lacks the module is told which, finds who has it, and works problems once they have it.
async fn problems(world: &World) {
    let incident = world.ticket("The label printer stops again").await;
    let new = json!({ "kind": "problem", "subject": "Print queues stop at night", "cause_of": incident });
    let refused = world.call(&world.agent, "POST", "/tickets", new.clone()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.problem("licence-required")["verdict"]["module"], "problem");

    let licence = json!({
        "name": "Problem seats", "product": "Service desk", "module": "problem", "metric": "exclusive",
        "quantity": 1, "term": { "starts_at": "2026-01-01T00:00:00Z" },
    });
    let made = id(&ok(world, &world.manager, "POST", "/licences", licence).await.json());
    assert_eq!(get(world, &world.agent, "/modules/problem").await["mine"], Value::Null);
    let seat = json!({ "person": world.agent.id(), "justification": "Finds causes." });
    ok(world, &world.manager, "POST", &format!("/licences/{made}/assignments"), seat).await;
    let module = get(world, &world.floater, "/modules/problem").await;
    assert_eq!((&module["mine"], &module["licences"][0]["holders"]), (&Value::Null, &json!(1)));
    assert_eq!(get(world, &world.agent, "/modules/problem").await["mine"], made);
    assert!(get(world, &world.agent, "/modules/base").await["mine"].is_string());
    world.call(&world.agent, "GET", "/modules/everything", Value::Null).await.problem("not-found");

    let problem = ok(world, &world.agent, "POST", "/tickets", new.clone()).await.json();
    assert_eq!(problem["number"], "PRB-1");
    for filter in ["kind=problem", "state=any&kind=problem&sort=newest", "kind=problem&sort=priority"] {
        let list = get(world, &world.agent, &format!("/queue?{filter}&limit=200")).await;
        let kinds: Vec<_> = list["items"].as_array().unwrap().iter().map(|item| &item["number"]).collect();
        assert!(
            !kinds.is_empty() && kinds.iter().all(|number| number.as_str().unwrap().starts_with("PRB-")),
            "{filter}: {list}"
        );
    }
    let queue = get(world, &world.floater, "/queue?problems=true").await;
    assert_eq!(queue["items"][0]["number"], "PRB-1");
    for (field, wrong) in
        [("cause_of", json!("INC-4711")), ("cause_of", json!("the printer")), ("kind", json!("incident"))]
    {
        let mut told = new.clone();
        told[field] = wrong;
        world.call(&world.agent, "POST", "/tickets", told).await.problem("invalid");
    }
}

async fn solve_and_reopen(world: &World, at: &str) {
    for _ in 0..4 {
        let steps = get(world, &world.agent, &format!("{at}/transitions")).await;
        let steps = steps["items"].as_array().unwrap().clone();
        let to = steps.iter().find(|step| step["to"] == "resolved").unwrap_or(&steps[0])["to"].clone();
        let step = json!({ "to": to, "resolution_code": "Solved", "note": "Replaced." });
        let now = ok(world, &world.agent, "POST", &format!("{at}/transitions"), step).await.json();
        if now["phase"] == "resolved" {
            let again = json!({ "because": "It still drops." });
            let now = ok(world, &world.requester, "POST", &format!("{at}/reopen"), again).await.json();
            assert_ne!(now["phase"], "resolved");
            return;
        }
    }
    panic!("the workflow leads to an end");
}

async fn files(world: &World) {
    let ticket = world.ticket("See the picture").await;
    let path = format!("/tickets/{ticket}/attachments");
    let who = world.requester.with("content-type", "multipart/form-data; boundary=b");
    let form = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"fa\u{df}.html\"\r\n\
                Content-Type: text/html\r\n\r\n<script>alert(1)</script>\r\n--b--\r\n";
    let answer = world.send(&who, "POST", &format!("/api/v1{path}"), form).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    world.check("POST", &path, &answer, "files");
    let file = id(&get(world, &world.requester, &path).await["items"][0]);
    let content = ok(world, &world.agent, "GET", &format!("/attachments/{file}"), Value::Null).await;
    assert_eq!(content.text(), "<script>alert(1)</script>");
    assert_eq!(content.headers["content-type"], "application/octet-stream");
    assert!(content.headers["content-disposition"].to_str().unwrap().starts_with("attachment;"));
    let stranger = world.call(&world.stranger, "GET", &format!("/attachments/{file}"), Value::Null).await;
    stranger.problem("not-found");
}

async fn people(world: &World) {
    get(world, &world.agent, "/people?limit=2").await;
    get(world, &world.agent, "/people?q=rit").await;
    let new =
        json!({ "name": "Nora", "email": "nora@example.org", "roles": ["agent"], "zone": "Europe/Oslo" });
    let made = ok(world, &world.admin, "POST", "/people", new).await;
    let nora = id(&made.json());
    let at = format!("/people/{nora}");
    let fresh = world.admin.with("if-match", made.etag());
    ok(world, &fresh, "PATCH", &at, json!({ "title": "Technician" })).await;
    ok(world, &world.admin, "PUT", &format!("{at}/roles"), json!({ "roles": ["agent", "auditor"] })).await;
    let leads = json!({ "manager": nora });
    let rita = format!("/people/{}/manager", world.requester.id());
    ok(world, &world.admin, "PUT", &rita, leads).await;
    assert_eq!(get(world, &world.requester, &rita).await["manager"]["name"], "Nora");
    let circle = json!({ "manager": world.requester.id() });
    assert_eq!(world.call(&world.admin, "PUT", &format!("{at}/manager"), circle).await.status, 422);
    assert_eq!(get(world, &world.requester, "/team/tickets").await["items"], json!([]));
    let link = ok(world, &world.admin, "POST", &format!("{at}/sign-in-links"), json!({})).await.json();
    assert!(link["url"].as_str().unwrap().contains("/sign-in/"));
    get(world, &world.agent, &at).await;
    get(world, &world.manager, &format!("{at}/licences")).await;
    get(world, &world.agent, &format!("/people/{}/explain?at=2026-03-02T08:00:00Z", world.agent.id())).await;

    let group = ok(world, &world.admin, "POST", "/groups", json!({ "name": "Clients" })).await.json();
    let group = format!("/groups/{}", id(&group));
    ok(world, &world.admin, "PATCH", &group, json!({ "name": "Workplace" })).await;
    ok(world, &world.admin, "PUT", &format!("{group}/members/{nora}"), Value::Null).await;
    assert_eq!(get(world, &world.agent, &format!("{group}/members")).await["items"][0]["id"], nora);
    ok(world, &world.admin, "DELETE", &format!("{group}/members/{nora}"), Value::Null).await;
    get(world, &world.agent, "/groups").await;
}

async fn push(world: &World) {
    let at = "/me/push-subscriptions";
    let key = get(world, &world.requester, "/me/push-key").await;
    assert_eq!(key["key"].as_str().unwrap().len(), 87, "{key}");
    assert_eq!(get(world, &world.agent, "/me/push-key").await, key, "the desk has one");
    let browser = json!({
        "endpoint": "https://web.push.apple.com/QOaf",
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    });
    for (field, bad) in
        [("endpoint", "https://10.0.0.1/x"), ("endpoint", ""), ("p256dh", "BCVx"), ("auth", "!")]
    {
        let mut odd = browser.clone();
        odd[field] = json!(bad);
        let refused = world.call(&world.admin, "POST", at, odd).await;
        assert_eq!(refused.status, 422, "{bad}: {}", refused.text());
    }
    world.call(&world.admin_token, "POST", at, browser.clone()).await.problem("conflict");
    let made = id(&ok(world, &world.admin, "POST", at, browser).await.json());
    let mine = get(world, &world.admin_token, at).await;
    assert_eq!(mine["items"][0]["id"], made);
    assert_eq!(get(world, &world.agent, at).await["items"], json!([]));
    let one = format!("{at}/{made}");
    world.call(&world.agent, "DELETE", &one, Value::Null).await.problem("not-found");
    ok(world, &world.admin, "DELETE", &one, Value::Null).await;
    world.call(&world.admin, "DELETE", &one, Value::Null).await.problem("not-found");
}

async fn tokens_and_accounts(world: &World) {
    let me = get(world, &world.agent, "/me").await;
    assert_eq!(me["person"]["email"], world.agent.email);
    assert_eq!(me["language"], Value::Null);
    ok(world, &world.agent, "PUT", "/me/language", json!({ "language": "de" })).await;
    assert_eq!(get(world, &world.agent, "/me").await["language"], "de");
    let unknown = json!({ "language": "tlh" });
    world.call(&world.agent, "PUT", "/me/language", unknown).await.problem("invalid");
    let made = ok(world, &world.admin, "POST", "/me/tokens", json!({ "label": "CI" })).await.json();
    get(world, &world.admin, "/me/tokens").await;
    ok(world, &world.admin, "DELETE", &format!("/tokens/{}", id(&made)), Value::Null).await;
    let bearer = Who::nobody().with("authorization", format!("Bearer {}", made["secret"].as_str().unwrap()));
    world.call(&bearer, "GET", "/me", Value::Null).await.problem("unauthenticated");

    push(world).await;

    let account =
        ok(world, &world.admin, "POST", "/service-accounts", json!({ "name": "Chat" })).await.json();
    let at = format!("/service-accounts/{}", id(&account));
    ok(world, &world.admin, "POST", &format!("{at}/tokens"), json!({ "label": "Chat" })).await;
    get(world, &world.admin, &format!("{at}/tokens")).await;
    get(world, &world.admin, "/service-accounts").await;
    ok(world, &world.admin, "DELETE", &at, Value::Null).await;
}

async fn licences(world: &World) {
    let new = json!({
        "name": "Night shift", "product": "Service desk", "metric": "exclusive", "quantity": 1,
        "term": { "starts_at": "2026-01-01T00:00:00Z" },
    });
    let made = ok(world, &world.manager, "POST", "/licences", new).await;
    let at = format!("/licences/{}", id(&made.json()));
    let fresh = world.manager.with("if-match", made.etag());
    ok(world, &fresh, "PATCH", &at, json!({ "quantity": 2 })).await;
    get(world, &world.manager, "/licences").await;
    let seat = json!({ "person": world.second.id(), "justification": "Alone at night." });
    let assigned = ok(world, &world.manager, "POST", &format!("{at}/assignments"), seat).await.json();
    get(world, &world.manager, &format!("{at}/seats?limit=1")).await;
    let seat = format!("{at}/assignments/{}", assigned["assignment"].as_str().unwrap());
    ok(world, &world.manager, "DELETE", &seat, json!({ "because": "Works days again." })).await;
    pool(world).await;
    rules_of_the_pool(world).await;
}

async fn pool(world: &World) {
    let (pool, seat) = (format!("/licences/{}", world.pool), format!("/me/seat/{}", world.pool));
    let ticket = world.ticket("Pool work").await;
    let notes = format!("/tickets/{ticket}/notes");
    ok(world, &world.floater, "POST", &notes, json!({ "body": "Mine" })).await;
    let queued = world.call(&world.second, "POST", &notes, json!({ "body": "Kept" })).await;
    assert_eq!(queued.status, StatusCode::CONFLICT);
    assert_eq!(queued.problem("seat-queued")["verdict"]["place"], 1);
    get(world, &world.second, "/me/seat").await;
    ok(world, &world.second, "POST", &format!("{seat}/leave"), Value::Null).await;
    ok(world, &world.second, "POST", &format!("{seat}/join"), Value::Null).await;
    for list in ["queue", "leases", "denials", "usage", "entitlements?limit=1"] {
        get(world, &world.manager, &format!("{pool}/{list}")).await;
    }
    get(world, &world.manager, &pool).await;

    ok(world, &world.floater, "POST", &format!("{seat}/release"), Value::Null).await;
    assert_eq!(get(world, &world.second, "/me/seat").await["headline"]["standing"], "offered");
    ok(world, &world.second, "POST", &format!("{seat}/offer/take"), Value::Null).await;
    ok(world, &world.floater, "POST", &format!("{seat}/join"), Value::Null).await;
    let holder = format!("{pool}/leases/{}", world.second.id());
    ok(world, &world.manager, "DELETE", &holder, json!({ "because": "The plant is down." })).await;
    ok(world, &world.floater, "POST", &format!("{seat}/offer/decline"), Value::Null).await;
    ok(
        world,
        &world.manager,
        "POST",
        &format!("{pool}/entitlements"),
        json!({ "people": [world.agent.id()] }),
    )
    .await;
    ok(world, &world.manager, "DELETE", &format!("{pool}/entitlements/{}", world.agent.id()), Value::Null)
        .await;
}

/// Who may take tokens, for how long, and what else its holders must have.
async fn rules_of_the_pool(world: &World) {
    let new = json!({
        "name": "Field work", "product": "Service desk", "metric": "concurrent", "quantity": 2,
        "term": { "starts_at": "2026-01-01T00:00:00Z", "ends_at": "2027-01-01T00:00:00Z" },
        "rules": { "borrow_longest": "PT8H" },
    });
    let made = ok(world, &world.manager, "POST", "/licences", new).await;
    let licence = id(&made.json());
    let at = format!("/licences/{licence}");
    let changes = [
        ("access", json!({ "access": { "exclude": [] } })),
        ("grace", json!({ "days": 14 })),
        ("relations", json!({ "relations": { "conflicts": [world.seats.to_string()] } })),
    ];
    let fresh = world.manager.with("if-match", made.etag());
    let patient = ok(world, &fresh, "PATCH", &at, json!({ "rules": { "patience": "PT20M" } })).await;
    let rules = &patient.json()["rules"];
    assert_eq!(
        (&rules["patience"], &rules["borrow_longest"]),
        (&json!("PT20M"), &json!("PT8H")),
        "what is left out stays"
    );
    let mut tag = patient.etag();
    for (part, change) in changes {
        let fresh = world.manager.with("if-match", tag);
        tag = ok(world, &fresh, "PATCH", &format!("{at}/{part}"), change).await.etag();
    }
    let read = get(world, &world.manager, &at).await;
    assert_eq!((&read["grace_days"], &read["relations"]["conflicts"][0]), (&json!(14), &json!(world.seats)));

    let people = json!({ "people": [world.floater.id()] });
    ok(world, &world.manager, "POST", &format!("{at}/entitlements"), people).await;
    other_software(world, &at).await;
    let seat = format!("/me/seat/{licence}");
    let until = world.now() + jiff::SignedDuration::from_hours(4);
    ok(world, &world.floater, "POST", &format!("{at}/checkouts"), json!({ "software": "Laptop" })).await;
    let out = ok(world, &world.floater, "POST", &format!("{seat}/borrow"), json!({ "until": until })).await;
    assert_eq!(out.json()["borrowed_until"], json!(until));
    ok(world, &world.floater, "POST", &format!("{seat}/release"), Value::Null).await;
}

async fn other_software(world: &World, licence: &str) {
    let checkouts = format!("{licence}/checkouts");
    let taken = ok(world, &world.floater, "POST", &checkouts, json!({ "software": "CAD" })).await;
    let hold = taken.headers["location"].to_str().unwrap().trim_start_matches("/api/v1").to_owned();
    ok(world, &world.floater, "POST", &format!("{hold}/heartbeat"), json!({ "active": true })).await;
    ok(world, &world.floater, "DELETE", &hold, Value::Null).await;
}

async fn contracts(world: &World) {
    let mona = &world.manager;
    let new = json!({
        "number": "N-1", "vendor": "Northwind", "name": "Seats", "currency": "EUR", "zone": "Europe/Berlin",
        "starts_on": "2026-01-01", "ends_on": "2026-04-30", "notice": { "days": 30 }, "renews_for": "yearly",
    });
    let made = ok(world, mona, "POST", "/contracts", new).await;
    let contract = format!("/contracts/{}", id(&made.json()));
    let fresh = mona.with("if-match", made.etag());
    let changed = ok(world, &fresh, "PATCH", &contract, json!({ "name": "Service desk seats" })).await;
    world.call(&fresh, "PATCH", &contract, json!({ "name": "Late" })).await.problem("stale");
    let line = json!({
        "licence": world.seats, "packs": 1, "pack_size": 1, "term": "yearly", "unit_price": 36_500,
        "starts_on": "2026-01-01",
    });
    let with_line = ok(world, mona, "POST", &format!("{contract}/lines"), line).await;
    assert_ne!(with_line.etag(), changed.etag());
    let lines = get(world, mona, &format!("{contract}/lines")).await;
    assert_eq!(lines["items"][0]["annual_cost"], json!({ "currency": "EUR", "amount": 36_500 }));
    let line = format!("{contract}/lines/{}", id(&lines["items"][0]));
    let fresh = mona.with("if-match", with_line.etag());
    ok(world, &fresh, "PATCH", &line, json!({ "purchase_order": "PO-1" })).await;

    let form = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"signed.pdf\"\r\n\
                Content-Type: application/pdf\r\n\r\n%PDF\r\n--b--\r\n";
    let path = format!("{contract}/documents");
    let who = mona.with("content-type", "multipart/form-data; boundary=b");
    let answer = world.send(&who, "POST", &format!("/api/v1{path}"), form).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    world.check("POST", &path, &answer, "contracts");
    let document = id(&get(world, &world.auditor, &path).await["items"][0]);
    let content = ok(world, &world.auditor, "GET", &format!("{path}/{document}"), Value::Null).await;
    assert_eq!(content.text(), "%PDF");

    let file = ok(world, mona, "GET", "/contracts/export", Value::Null).await.text();
    let csv = mona.with("content-type", "text/csv");
    let dry = "/contracts/import?dry_run=true";
    let answer = world.send(&csv, "POST", &format!("/api/v1{dry}"), file.replace("N-1", "N-2")).await;
    world.check("POST", dry, &answer, "contracts");
    assert_eq!((&answer.json()["placed"], &answer.json()["dry_run"]), (&json!(1), &json!(true)));
    let answer = world.send(&csv, "POST", "/api/v1/contracts/import", file).await;
    assert_eq!(answer.json()["unchanged"], 1, "{}", answer.text());
    for (kind, body) in [("text/csv", "colour\r\nred"), ("application/json", "{}"), ("text/csv", "")] {
        let answer =
            world.send(&mona.with("content-type", kind), "POST", "/api/v1/contracts/import", body).await;
        assert!(answer.status.is_client_error() && answer.json()["detail"].is_string(), "{}", answer.text());
    }

    assert_eq!(get(world, mona, "/contracts?limit=1").await["items"][0]["number"], "N-1");
    let read = get(world, mona, &contract).await;
    assert_eq!(read["deadline"]["deadline"], "2026-03-31");
    assert_eq!(get(world, mona, "/renewals?days=40").await["items"][0]["number"], "N-1");
    let position = get(world, &world.auditor, "/position?at=2026-03-02").await;
    let seats =
        position["items"].as_array().unwrap().iter().find(|it| it["licence"] == world.seats.to_string());
    let seats = seats.unwrap();
    assert_eq!((&seats["entitled"], &seats["assigned"], &seats["over"]), (&json!(1), &json!(2), &json!(1)));
    let keep = format!("/licences/{}/minimum-free", world.seats);
    ok(world, mona, "PUT", &keep, json!({ "minimum_free": 3 })).await;

    let (desk, now) = (world.desk.clone(), world.now());
    tokio::task::spawn_blocking(move || {
        let timer = desk::Context::system(domain::identity::SystemActor::Timer, now, [9; 32]);
        desk.watch_contracts_now(timer).unwrap()
    })
    .await
    .unwrap();
    let alerts = get(world, mona, "/alerts?all=true").await;
    assert_eq!(alerts["items"].as_array().unwrap().len(), 3, "{alerts:#}");
    let alert = format!("/alerts/{}/acknowledgement", id(&alerts["items"][0]));
    ok(world, mona, "POST", &alert, Value::Null).await;

    world.pass(3 * 86_400);
    let open = get(world, mona, "/true-ups/proposals?from=2026-03-01&until=2026-03-31").await;
    let open = &open["items"][0];
    let entry = json!({
        "line": open["line"], "cause": "over_entitlement", "quantity": open["quantity"], "from": open["from"],
        "until": open["until"],
    });
    let entry = ok(world, mona, "POST", "/true-ups", entry).await.json();
    assert_eq!(entry["money"], open["money"]);
    let back = format!("/true-ups/{}/reversal", id(&entry));
    ok(world, mona, "POST", &back, json!({ "because": "Agreed otherwise." })).await;
    assert_eq!(get(world, mona, "/true-ups").await["items"].as_array().unwrap().len(), 2);
    let end = json!({ "ends_on": "2026-04-15", "because": "The clinic closes." });
    ok(world, mona, "POST", &format!("{line}/end"), end).await;
}

async fn knowledge(world: &World, ticket: &str) {
    let text = json!({
        "title": "The projector stays dark", "keywords": "projector, beamer", "publish": true, "made_from": ticket,
        "asked": "the beamer shows no picture",
        "body": "Press the button for five seconds.\n\n### When the lamp blinks\nTell us; it needs a new one.",
    });
    let made = ok(world, &world.agent, "POST", "/knowledge", text.clone()).await.json();
    assert_eq!(made["version"], 1, "{made}");
    let one = format!("/knowledge/{}", made["number"].as_str().unwrap());
    let read = get(world, &world.requester, &one).await;
    assert_eq!((&read["state"], &read["made_from"]), (&json!("published"), &Value::Null), "{read}");
    assert_eq!(get(world, &world.agent, &one).await["made_from"], ticket);
    let found = get(world, &world.requester, "/knowledge/search?q=no%20pictur%20on%20the%20beamr").await;
    assert_eq!(found["items"][0]["number"], made["number"], "{found}");

    let mut german = text.clone();
    german["language"] = json!("de");
    german["title"] = json!("Der Beamer bleibt dunkel");
    german["publish"] = json!(false);
    ok(world, &world.agent, "PUT", &one, german).await;
    assert_eq!(
        get(world, &world.requester, &one).await["languages"],
        json!(["en"]),
        "a draft is nobody's to read"
    );
    assert_eq!(get(world, &world.agent, "/knowledge?which=drafts").await["items"][0]["language"], "de");
    let unseen = world.call(&world.agent, "PUT", &one, text.clone()).await;
    assert_eq!(
        (unseen.status, &unseen.json()["current_version"]),
        (StatusCode::PRECONDITION_FAILED, &json!(1))
    );
    let mut again = text;
    again["seen"] = json!(1);
    assert_eq!(ok(world, &world.agent, "PUT", &one, again).await.json()["version"], 2);

    for (verdict, counts) in [("did_not_help", (0, 1)), ("helped", (1, 0))] {
        ok(world, &world.requester, "POST", &format!("{one}/feedback"), json!({ "verdict": verdict })).await;
        let read = get(world, &world.requester, &one).await;
        assert_eq!((&read["helped"], &read["did_not_help"]), (&json!(counts.0), &json!(counts.1)));
    }

    let said = ok(world, &world.requester, "POST", "/chat", json!({ "said": "the projector stays dark" }))
        .await
        .json();
    assert_eq!((&said["answered"], &said["cites"]), (&json!(true), &json!([made["number"]])), "{said}");
    assert_eq!(said["quotes"][0]["text"], "Press the button for five seconds.");
    let said =
        ok(world, &world.requester, "POST", "/chat", json!({ "said": "my parrot is ill" })).await.json();
    assert_eq!((&said["answered"], &said["quotes"]), (&json!(false), &json!([])), "{said}");
    let known =
        ok(world, &world.requester, "POST", "/chat", json!({ "said": "is something down?" })).await.json();
    assert_eq!((&known["answered"], &known["outages"]), (&json!(true), &json!([])), "{known}");
    let gaps = get(world, &world.agent, "/knowledge/gaps").await;
    assert_eq!(gaps["unanswered"][0]["words"], "my parrot is ill", "{gaps}");
    let filed = ok(world, &world.requester, "POST", "/chat/ticket", Value::Null).await.json();
    assert!(filed["description"].as_str().unwrap().contains("> my parrot is ill"), "{filed}");
    let chat = get(world, &world.requester, "/chat").await;
    assert_eq!((&chat["ticket"], &chat["can_be_sent"]), (&filed["number"], &json!(false)));
    ok(world, &world.requester, "POST", "/chat/new", Value::Null).await;
    assert_eq!(get(world, &world.requester, "/chat").await["lines"], json!([]));

    ok(world, &world.agent, "POST", &format!("{one}/retire"), Value::Null).await;
    let gone = world.call(&world.requester, "GET", &one, Value::Null).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    ok(world, &world.agent, "POST", &format!("{one}/keep"), Value::Null).await;
    get(world, &world.requester, &one).await;
}

async fn effort(world: &World) {
    let report = get(world, &world.admin, "/effort").await;
    assert_eq!(report["days"].as_array().map(Vec::len), Some(30), "{report}");
    assert_eq!(
        report["measured"],
        json!({ "count": 0, "of": 0, "percent": null }),
        "programs are not measured"
    );
    let agent = world.call(&world.agent, "GET", "/effort", Value::Null).await;
    assert_eq!(agent.status, StatusCode::NOT_FOUND, "the report is for whoever owns the service");
}

async fn settings(world: &World) {
    for name in ["workflow", "priority-matrix", "service-levels", "calendars"] {
        let path = format!("/settings/{name}");
        let now = ok(world, &world.agent, "GET", &path, Value::Null).await;
        let fresh = world.admin.with("if-match", now.etag());
        let body = json!({ "value": now.json()["value"] });
        let after = ok(world, &fresh, "PUT", &path, body.clone()).await.json();
        assert_eq!(after["value"], now.json()["value"], "{name}");
        assert_eq!(after["version"], 1);
        world.call(&fresh, "PUT", &path, body).await.problem("stale");
    }
}

async fn sign_checkpoint(world: &World) {
    let (desk, now) = (world.desk.clone(), world.now());
    let key = domain::audit::LogKey::clone(&world.log_key);
    tokio::task::spawn_blocking(move || desk.sign_checkpoint(&key, now).unwrap()).await.unwrap();
}

/// The proof of a record. On one engine a record gets its place in the tree a moment after its commit, so that the first
/// checkpoint may be before it.
async fn proof_of(world: &World, event: &str) -> String {
    let path = format!("/audit/proof?event={event}");
    loop {
        let answer = world.call(&world.auditor, "GET", &path, Value::Null).await;
        match answer.status {
            StatusCode::OK => return answer.text(),
            StatusCode::CONFLICT => sign_checkpoint(world).await,
            other => panic!("{other} {}", answer.text()),
        }
    }
}

async fn evidence(world: &World) {
    sign_checkpoint(world).await;
    let events = get(world, &world.auditor, "/audit/events?limit=2").await;
    get(world, &world.auditor, &format!("/audit/events?actor={}", world.agent.id())).await;
    let event = id(&events["items"][0]);
    let record = get(world, &world.auditor, &format!("/audit/events/{event}")).await;
    ok(world, &world.auditor, "GET", "/audit/checkpoint", Value::Null).await;
    let proof: domain::audit::TlogProof = proof_of(world, &event).await.parse().expect("a proof");
    proof
        .verify(record["leaf"].as_str().unwrap().as_bytes(), world.log_key.verifier())
        .expect("it proves the record");
    let key = ok(world, &world.auditor, "GET", "/audit/key", Value::Null).await.text();
    assert_eq!(key.trim(), world.log_key.verifier().to_string());
    let checkpoint = ok(world, &world.auditor, "GET", "/audit/checkpoint", Value::Null).await.text();
    let size: u64 = checkpoint.lines().nth(1).unwrap().parse().unwrap();
    let path = if size >= 256 { "0/000".to_owned() } else { format!("0/000.p/{size}") };
    ok(world, &world.auditor, "GET", &format!("/audit/tile/{path}"), Value::Null).await;
}

async fn acting_for_others(world: &World) {
    let known = world.bridge.with("from", "rita@example.org");
    let ticket = ok(world, &known, "POST", "/tickets", json!({ "subject": "From chat" })).await.json();
    assert_eq!(ticket["requester"], world.requester.id());
    let timeline = get(world, &world.agent, &format!("/tickets/{}/timeline", id(&ticket))).await;
    assert_eq!(timeline["items"][0]["byline"]["via"], "Bridge", "both identities are recorded");

    let identity = json!({ "issuer": "chat", "subject": "U1", "name": "Guest" });
    let body = json!({ "subject": "From outside", "external_identity": identity });
    let ticket = ok(world, &world.bridge, "POST", "/tickets", body).await.json();
    assert!(ticket["opened_by"].is_null());
    let timeline = get(world, &world.agent, &format!("/tickets/{}/timeline", id(&ticket))).await;
    assert_eq!(timeline["items"][0]["byline"]["external"]["subject"], "U1");

    let steer = json!({ "body": "Close it", "external_identity": identity });
    let refused = world.call(&world.bridge, "POST", &format!("/tickets/{}/notes", id(&ticket)), steer).await;
    assert!(refused.status.is_client_error(), "an unlicensed person steers nothing through a program");
}

on_both_engines! {
    async fn a_day_at_the_desk_through_every_operation(world) {
        tickets(&world).await;
        files(&world).await;
        people(&world).await;
        tokens_and_accounts(&world).await;
        licences(&world).await;
        problems(&world).await;
        contracts(&world).await;
        let ticket = world.ticket("The badge reader is dark").await;
        let ticket = get(&world, &world.agent, &format!("/tickets/{ticket}")).await;
        tools::texts(&world, ticket["number"].as_str().unwrap()).await;
        tools::outages(&world).await;
        tools::approvals(&world).await;
        tools::together(&world).await;
        tools::rating(&world).await;
        tools::views(&world).await;
        tools::templates(&world).await;
        notes::notes(&world).await;
        catalogue::catalogue(&world).await;
        catalogue::devices(&world).await;
        catalogue::guests(&world).await;
        knowledge(&world, ticket["number"].as_str().unwrap()).await;
        effort(&world).await;
        settings(&world).await;
        acting_for_others(&world).await;
        evidence(&world).await;

        let mut all: Vec<String> = Vec::new();
        for (path, item) in world.description()["paths"].as_object().unwrap() {
            let methods = item.as_object().unwrap().iter().filter(|(_, it)| it.is_object());
            all.extend(methods.map(|(method, _)| format!("{} {path}", method.to_uppercase())));
        }
        let seen = world.seen.lock().unwrap().clone();
        let missing: Vec<_> = all.iter().filter(|operation| !seen.contains(*operation)).collect();
        assert!(missing.is_empty(), "no story goes through {missing:?}");
    }

    async fn a_thousand_looks_take_no_token(world) {
        let ticket = world.ticket("Look at me").await;
        for _ in 0..250 {
            for path in [format!("/tickets/{ticket}"), "/queue".to_owned(), "/me/seat".to_owned(), "/search?q=look".to_owned()] {
                world.send(&world.floater, "GET", &format!("/api/v1{path}"), "").await;
            }
        }
        let pool = get(&world, &world.manager, &format!("/licences/{}", world.pool)).await;
        assert_eq!((&pool["in_use"], &pool["waiting"]), (&json!(0), &json!(0)));
    }
}
