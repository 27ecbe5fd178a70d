//! The addresses and bodies of the HTTP API that the work is made of.

use domain::LicenceId;
use serde_json::{Value, json};

use crate::{
    http::{Answer, Client, Request},
    organisation::Worker,
};

/// Most rows that a page of a list has.
const PAGE: u32 = 200;

/// Raise a ticket. The key is the one under which it may be sent again.
pub(crate) fn raise(by: &Worker, key: &str, subject: &str, description: &str) -> Request {
    let ticket = json!({ "kind": "incident", "subject": subject, "description": description });
    Request::post("/api/v1/tickets", &ticket).token(&by.token).header("idempotency-key", key)
}

/// Write a work note, which takes a licence.
pub(crate) fn note(by: &Worker, key: &str, ticket: &str, body: &str) -> Request {
    Request::post(format!("/api/v1/tickets/{ticket}/notes"), &json!({ "body": body }))
        .token(&by.token)
        .header("idempotency-key", key)
}

/// Give one's own token back.
pub(crate) fn release(by: &Worker, key: &str, pool: LicenceId) -> Request {
    own_seat(by, key, pool, "release")
}

/// Do something about one's own token, offer or place in line: `join`, `leave`, `offer/take`, `offer/decline`.
pub(crate) fn own_seat(by: &Worker, key: &str, pool: LicenceId, what: &str) -> Request {
    Request::post(format!("/api/v1/me/seat/{pool}/{what}"), &json!({}))
        .token(&by.token)
        .header("idempotency-key", key)
}

/// Where one stands.
pub(crate) fn my_seat(by: &Worker) -> Request {
    Request::get("/api/v1/me/seat").token(&by.token)
}

/// A page, in a browser in which somebody is signed in.
pub(crate) fn page(session: &str, path: impl Into<String>) -> Request {
    Request::get(path).header("cookie", &format!("freehold_session={session}"))
}

/// What an open page sends, so that its reader keeps what they have.
pub(crate) fn heartbeat(session: &str, csrf: &str) -> Request {
    let cookie = format!("freehold_session={session}");
    let request = Request::form("/desk/heartbeat", &format!("csrf={csrf}"));
    request.header("cookie", &cookie).header("sec-fetch-site", "same-origin")
}

pub(crate) fn ticket(by: &Worker, ticket: &str) -> Request {
    Request::get(format!("/api/v1/tickets/{ticket}")).token(&by.token)
}

pub(crate) fn search(by: &Worker, words: &str) -> Request {
    Request::get(format!("/api/v1/search?q={}", words.replace(' ', "%20"))).token(&by.token)
}

/// Every item of a list, from its first page to its last.
pub(crate) fn all(client: &mut Client, by: &Worker, path: &str) -> anyhow::Result<Vec<Value>> {
    let (mut items, mut after) = (Vec::new(), String::new());
    loop {
        let (more, next) = part(client, by, &format!("{path}?limit={PAGE}{after}"))?;
        items.extend(more);
        match next {
            Some(next) => after = format!("&after={next}"),
            None => return Ok(items),
        }
    }
}

/// The items of a list that is always whole.
pub(crate) fn list(client: &mut Client, by: &Worker, path: &str) -> anyhow::Result<Vec<Value>> {
    Ok(part(client, by, path)?.0)
}

fn part(client: &mut Client, by: &Worker, path: &str) -> anyhow::Result<(Vec<Value>, Option<String>)> {
    let answer = client.send(&Request::get(path).token(&by.token))?;
    anyhow::ensure!(answer.is_success(), "GET {path} answers {}", answer.describe());
    let mut page = answer.json();
    let Value::Array(items) = page["items"].take() else {
        anyhow::bail!("GET {path} answers no list: {}", answer.describe());
    };
    Ok((items, page["next"].as_str().map(str::to_owned)))
}

/// The last part of a problem's type: `seat-queued`. Nothing where the answer is no problem document.
pub(crate) fn problem(answer: &Answer) -> String {
    let kind = answer.json()["type"].as_str().unwrap_or_default().to_owned();
    kind.rsplit('/').next().unwrap_or_default().to_owned()
}
