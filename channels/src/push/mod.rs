//! Web Push: telling a person's own browsers that something waits for them, through the push services of their makers
//! (RFC 8030). A service sees when which browser is told, and not what: that is encrypted for the browser alone.

mod place;
mod seal;
mod vapid;

use std::{fmt, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use desk::{
    Desk,
    push::{Ended, PushDelivery},
};
use domain::{
    Timestamp,
    push::{InvalidService, Services, TTL},
};
use jiff::SignedDuration;
use reqwest::{Client, Response, StatusCode, header, redirect};
use ring::{error::Unspecified, rand::SystemRandom};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::{sync::OnceCell, task::JoinSet};

use self::{place::Outside, vapid::Identity};

/// So many messages are on their way at once.
const AT_ONCE: u32 = 32;

/// What the operator says of pushes.
#[derive(Debug, Clone)]
pub struct PushSettings {
    /// Push services beside those that browsers come with, each as `https://push.example.org`.
    pub services: Vec<String>,
    /// Whom a push service writes to if something goes wrong: `mailto:` or `https:` (RFC 8292 §2.1). Some take nothing
    /// without it.
    pub contact: Option<String>,
    /// How long a push service may take to answer.
    pub timeout: Duration,
}

impl Default for PushSettings {
    fn default() -> Self {
        Self { services: Vec::new(), contact: None, timeout: Duration::from_secs(10) }
    }
}

/// Why nobody can be told.
#[derive(Debug, thiserror::Error)]
pub enum InvalidPushSettings {
    /// A service.
    #[error(transparent)]
    Service(#[from] InvalidService),
    /// The contact.
    #[error("`{0}` is nobody to write to; write mailto:it@example.org or https://…")]
    Contact(String),
    /// Nobody to vouch for the services.
    #[error("the certificates of this machine cannot be used: {0}")]
    Tls(reqwest::Error),
}

/// Why the desk has no key to be known by.
#[derive(Debug, thiserror::Error)]
pub enum PushKeyError {
    /// The desk.
    #[error(transparent)]
    Desk(#[from] desk::Refused),
    /// It is none.
    #[error("the push key in the database is none; restore it from a backup")]
    Key,
    /// The system.
    #[error("the operating system gives no randomness")]
    Randomness,
}

/// Whoever tells people's browsers.
pub struct Pusher {
    client: Client,
    services: Services,
    contact: Option<String>,
    identity: OnceCell<Arc<Identity>>,
    random: SystemRandom,
}

impl fmt::Debug for Pusher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pusher").field("services", &self.services).finish_non_exhaustive()
    }
}

impl Pusher {
    /// Makes ready to tell; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// When services or contact are none.
    pub fn new(settings: PushSettings) -> Result<Self, InvalidPushSettings> {
        let PushSettings { services, contact, timeout } = settings;
        if let Some(contact) = &contact
            && !contact.starts_with("mailto:")
            && !contact.starts_with("https://")
        {
            return Err(InvalidPushSettings::Contact(contact.clone()));
        }
        let services = Services::new(&services)?;
        // Whoever was first chose the same one.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(Outside(services.clone())))
            .connect_timeout(timeout)
            .timeout(timeout)
            .build()
            .map_err(InvalidPushSettings::Tls)?;
        Ok(Self { client, services, contact, identity: OnceCell::new(), random: SystemRandom::new() })
    }

    /// Where it may send to.
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// The public key that browsers bind a subscription to, in base64url. Made when it is asked for first.
    ///
    /// # Errors
    ///
    /// When the desk has none and can make none.
    pub async fn public_key(&self, desk: &Desk, now: Timestamp) -> Result<String, PushKeyError> {
        Ok(self.identity(desk, now).await?.public())
    }

    async fn identity(&self, desk: &Desk, now: Timestamp) -> Result<&Arc<Identity>, PushKeyError> {
        let find = async || {
            let kept = desk.push_key(now, || Identity::make(&self.random)).await?;
            let kept = kept.map_err(|Unspecified| PushKeyError::Randomness)?;
            Identity::read(&kept, &self.random).map(Arc::new).ok_or(PushKeyError::Key)
        };
        self.identity.get_or_try_init(find).await
    }

    /// Delivers what is due; says how many messages that were. To be called every second, by any number of processes.
    ///
    /// # Errors
    ///
    /// When the desk does not say what is due. What push services say is written down and no error.
    pub async fn deliver(self: &Arc<Self>, desk: &Desk, now: Timestamp) -> Result<usize, PushKeyError> {
        let due = desk.claim_pushes(now, AT_ONCE).await?;
        let count = due.len();
        if count == 0 {
            return Ok(0);
        }
        self.identity(desk, now).await?;
        let mut under_way = JoinSet::new();
        for delivery in due {
            let (pusher, desk) = (Arc::clone(self), desk.clone());
            under_way.spawn(async move {
                let ended = pusher.tell(&desk, &delivery, now).await;
                let written = desk.push_ended(delivery, ended, now).await;
                if let Err(error) = written {
                    tracing::warn!(%error, "it was not written down that a browser was told; it is told again");
                }
            });
        }
        while under_way.join_next().await.is_some() {}
        Ok(count)
    }

    async fn tell(&self, desk: &Desk, delivery: &PushDelivery, now: Timestamp) -> Ended {
        // A service that is no longer named is not sent to.
        let Ok(endpoint) = self.services.admit(&delivery.endpoint) else { return Ended::Gone };
        let message = json!({ "news": delivery.news, "number": delivery.number }).to_string();
        let Ok(sealed) = seal::seal(message.as_bytes(), &delivery.keys, &self.random) else {
            return Ended::Gone;
        };
        let Ok(identity) = self.identity(desk, now).await else { return Ended::Later(None) };
        let authorization =
            identity.authorization(endpoint.origin(), self.contact.as_deref(), now, &self.random);
        let Ok(authorization) = authorization else { return Ended::Later(None) };
        let request = self
            .client
            .post(endpoint.as_str())
            .header(header::AUTHORIZATION, authorization)
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .header(header::CONTENT_ENCODING, "aes128gcm")
            .header("TTL", TTL.as_secs())
            .header("Topic", topic(delivery))
            .body(sealed);
        let (ended, why) = match request.send().await {
            Ok(answer) => (ended(&answer), answer.status().to_string()),
            Err(error) => (Ended::Later(None), error.without_url().to_string()),
        };
        if ended != Ended::Taken {
            tracing::warn!(service = endpoint.service(), reason = why, ?ended, "a browser was not told");
        }
        ended
    }
}

/// The name by which a later message takes the place of this one while the browser is away (RFC 8030 §5.4): 32 characters
/// that tell the service nothing, not even that two browsers are told of the same.
fn topic(delivery: &PushDelivery) -> String {
    let named = format!("freehold push {} {}", delivery.subscription, delivery.topic);
    URL_SAFE_NO_PAD.encode(&Sha256::digest(named)[..24])
}

fn ended(answer: &Response) -> Ended {
    match answer.status() {
        status if status.is_success() => Ended::Taken,
        StatusCode::NOT_FOUND | StatusCode::GONE => Ended::Gone,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => Ended::Later(retry_after(answer)),
        // Its clock or ours may be wrong.
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Ended::Later(None),
        status if status.is_server_error() => Ended::Later(retry_after(answer)),
        _ => Ended::Refused,
    }
}

/// In how many seconds the service wants to be asked again (RFC 9110 §10.2.3), if it says so in seconds.
fn retry_after(answer: &Response) -> Option<SignedDuration> {
    let seconds: u32 = answer.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(SignedDuration::from_secs(seconds.into()))
}
