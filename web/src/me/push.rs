//! Which of one's own devices are told when something waits: this one, by a press, and the others, to be removed.

use axum::{
    extract::{Path, State},
    response::Response,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use channels::push::PushKeyError;
use desk::{
    Context, Refused,
    push::{MyPushSubscriptions, PushDevice, PushSubscribed, SubscribePush, UnsubscribePush},
};
use domain::{
    PushSubscriptionId,
    push::{InvalidSubscription, PushKeys},
};
use http::HeaderMap;
use maud::{Markup, html};
use sha2::{Digest as _, Sha256};

use super::{Typed, browser, draw};
use crate::{
    AppState,
    context::browser as browser_of,
    page::{PageResult, Posted, Pressed, Reader, see},
    problem::Problem,
    ui::{self, Icon, assets, icon},
    words::{t, th},
    wrong::Wrong,
};

/// Where the page shows it.
const HERE: &str = "/me#this-device";

/// What the section shows.
pub(super) struct Push {
    key: Option<String>,
    devices: Vec<PushDevice>,
}

/// The key by which push services know this desk; nothing where it sends no messages.
pub(crate) async fn key(app: &AppState) -> Result<Option<String>, Problem> {
    let Some(pusher) = &app.config.pusher else { return Ok(None) };
    pusher.public_key(&app.desk, app.now()).await.map(Some).map_err(|error| match error {
        PushKeyError::Desk(refused) => refused.into(),
        error => Problem::internal(error),
    })
}

/// Has a browser told, with what it gave.
pub(crate) async fn subscribe(
    app: &AppState,
    ctx: Context,
    (endpoint, p256dh, auth): (&str, &str, &str),
    user_agent: String,
) -> desk::Result<PushSubscribed> {
    let pusher = app.config.pusher.as_ref().ok_or_else(|| {
        Refused::Rule("this desk tells no devices anything; whoever runs it has turned that off".to_owned())
    })?;
    let wrong = |error: InvalidSubscription| {
        let field = if error == InvalidSubscription::Keys { "p256dh" } else { "endpoint" };
        Refused::field(field, error.to_string())
    };
    let endpoint = pusher.services().admit(endpoint).map_err(wrong)?;
    let keys = PushKeys::parse(p256dh, auth).map_err(wrong)?;
    app.desk.execute(ctx, SubscribePush { endpoint, keys, user_agent }).await
}

impl Push {
    pub(super) async fn look(app: &AppState, reader: &Reader) -> PageResult<Self> {
        let devices = app.desk.ask(reader.ctx(), MyPushSubscriptions).await?;
        Ok(Self { key: key(app).await?, devices })
    }

    /// The script says what is so on this device, and what its browser does not allow.
    pub(super) fn section(&self, reader: &Reader, wrong: &Wrong) -> Markup {
        html! {
            section.group id="this-device" {
                h2 { (t!("This device")) }
                @if let Some(key) = &self.key {
                    (wrong.summary(&[]))
                    form.stack method="post" action="/me/push" data-push=(key) {
                        (ui::csrf_field(reader.csrf()))
                        @for name in ["endpoint", "p256dh", "auth"] { input type="hidden" name=(name); }
                        button.switch type="button" role="switch" aria-checked="false" aria-describedby="push-state" hidden {
                            (t!("Tell me on this device when a ticket of mine is answered or waits for me, or an approval waits for me"))
                        }
                        p.soft id="push-state" role="status" {}
                        noscript { p.soft { (t!("To be told on this device when a ticket of yours is answered, let your browser run the scripts of this page.")) } }
                    }
                    script type="module" src=(assets::url(assets::File::Push)) {}
                } @else {
                    p.soft { (t!("This desk tells no devices anything; whoever runs it has turned that off.")) }
                }
                @if !self.devices.is_empty() {
                    div.stack.told {
                        h3 { (t!("Devices that are told")) }
                        ul.list { @for device in &self.devices { (line(reader, device)) } }
                        p.hint { (t!("A message says the number of a ticket and that it was answered, and nothing of what it is about.")) }
                    }
                }
            }
        }
    }
}

fn line(reader: &Reader, device: &PushDevice) -> Markup {
    let clock = reader.clock();
    let name = browser::called(&device.user_agent);
    html! {
        li.item data-device=(URL_SAFE_NO_PAD.encode(Sha256::digest(&device.endpoint))) {
            (icon(Icon::Bell))
            div {
                b { (name) span data-this hidden { " · " (t!("this one")) } }
                small {
                    (th!("Since {when}", when = ui::time(device.made_at, clock))) " · "
                    @match device.told_at {
                        Some(at) => (th!("last told {when}", when = ui::time(at, clock))),
                        None => (t!("told nothing yet")),
                    }
                }
            }
            (ui::act(&format!("/me/push/{}/remove", device.id), reader.csrf(), &[], None, "bare", t!("Remove")))
        }
    }
}

pub(super) async fn add(
    State(app): State<AppState>,
    headers: HeaderMap,
    Posted { reader, form }: Posted<Typed>,
) -> PageResult {
    let said = |name: &str| form.get(name).map_or("", String::as_str);
    let browser = browser_of(&headers, &reader.signed_in().arrival).user_agent;
    let told = (said("endpoint"), said("p256dh"), said("auth"));
    match subscribe(&app, reader.ctx(), told, browser).await {
        Ok(_) => Ok(see(HERE)),
        Err(refused) => draw(&app, &reader, &Typed::new(), [&Wrong::nothing(), &Wrong::of(refused)?]).await,
    }
}

pub(super) async fn remove(
    State(app): State<AppState>,
    Path(subscription): Path<String>,
    Posted { reader, .. }: Posted<Pressed>,
) -> PageResult<Response> {
    let subscription: PushSubscriptionId =
        subscription.parse().map_err(|_| Refused::NotFound("push subscription"))?;
    app.desk.execute(reader.ctx(), UnsubscribePush { subscription }).await?;
    Ok(see(HERE))
}
