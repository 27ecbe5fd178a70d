//! The caller's own browsers that are told when something waits for them (Web Push, RFC 8030).

use axum::{Json, extract::State, response::Response};
use desk::push::{MyPushSubscriptions, PushDevice, PushSubscribed, UnsubscribePush};
use domain::{PushSubscriptionId, Timestamp};
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use serde_json::json;

use super::{
    answer::{Listed, created},
    body::{At, Call, told},
    operation::{Operation, delete, get, post},
    wire::wire,
};
use crate::{context::ApiCaller, me::push, problem::Result, routes::API, state::AppState};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        get("read_push_key", "/me/push-key", key)
            .says("The key that a browser binds a push subscription to (RFC 8292).")
            .answers::<PushKey>(),
        get("list_my_push_subscriptions", "/me/push-subscriptions", list)
            .says("One's own browsers that are told when a ticket of theirs is answered or something waits for them.")
            .lists::<PushSubscription>(),
        post("add_my_push_subscription", "/me/push-subscriptions", add)
            .says("Have a browser told. The endpoint is one of a push service that the desk sends to. Signed in in a browser only; it ends with that session.")
            .takes::<NewPushSubscription>(json!({
                "endpoint": "https://fcm.googleapis.com/fcm/send/dQw4w9WgXcQ",
                "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
                "auth": "BTBZMqHH6r4Tts7J_aSIgg"
            }))
            .creates::<PushSubscribed>(),
        delete("remove_my_push_subscription", "/me/push-subscriptions/{subscription}", remove)
            .says("End that one of one's own browsers is told anything."),
    ]
}

/// The key on the wire.
#[derive(Debug, Serialize)]
struct PushKey {
    key: Option<String>,
}

/// A browser that is told, on the wire.
#[derive(Debug, Serialize)]
struct PushSubscription {
    id: PushSubscriptionId,
    endpoint: String,
    user_agent: String,
    made_at: Timestamp,
    told_at: Option<Timestamp>,
}

impl From<PushDevice> for PushSubscription {
    fn from(device: PushDevice) -> Self {
        let PushDevice { id, endpoint, user_agent, made_at, told_at } = device;
        Self { id, endpoint, user_agent, made_at, told_at }
    }
}

wire! {
    /// The key by which push services know this desk.
    PushKey as "PushKey" {
        /// A point of P-256 in base64url; null where the desk sends no messages.
        key: Option<String>,
    }
    /// A browser that is told when something waits for its person.
    PushSubscription as "PushSubscription" {
        id: PushSubscriptionId,
        /// Where its push service takes messages for it.
        endpoint: String,
        /// What the browser calls itself.
        user_agent: String,
        made_at: Timestamp,
        /// When its push service took a message last.
        told_at: Option<Timestamp>,
    }
    /// Which browser is told from now on.
    PushSubscribed as "PushSubscribed" {
        id: PushSubscriptionId,
    }
}

told! {
    /// A browser to be told, as its `PushSubscription` says.
    NewPushSubscription {
        /// Where its push service takes messages for it.
        required endpoint: String,
        /// Its public key, in base64url.
        required p256dh: String,
        /// What it shares with the desk, in base64url.
        required auth: String,
    }
}

async fn key(State(app): State<AppState>, _: ApiCaller) -> Result<Json<PushKey>> {
    Ok(Json(PushKey { key: push::key(&app).await? }))
}

async fn list(State(app): State<AppState>, caller: ApiCaller) -> Result<Json<Listed<PushSubscription>>> {
    let devices = app.desk.ask(caller.context(), MyPushSubscriptions).await?;
    Ok(Listed::whole(devices.into_iter().map(PushSubscription::from).collect()))
}

async fn add(
    State(app): State<AppState>,
    headers: HeaderMap,
    call: Call<NewPushSubscription>,
) -> Result<Response> {
    let NewPushSubscription { endpoint, p256dh, auth } = &call.told;
    let said = headers.get(header::USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let browser = said.unwrap_or_default().into_owned();
    let made = push::subscribe(&app, call.ctx, (endpoint, p256dh, auth), browser).await?;
    Ok(created(&format!("{API}/me/push-subscriptions/{}", made.id), made))
}

async fn remove(
    State(app): State<AppState>,
    At(subscription): At<PushSubscriptionId>,
    call: Call<()>,
) -> Result<StatusCode> {
    app.desk.execute(call.ctx, UnsubscribePush { subscription }).await?;
    Ok(StatusCode::NO_CONTENT)
}
