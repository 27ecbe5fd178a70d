//! The licence protocol from the side of a program: check out, keep, give back. `docs/licence-protocol.md` says why.

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{process::Command, time};

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The pool of one licence, as one person sees it.
pub(crate) struct Pool {
    http: Client,
    checkouts: String,
    token: String,
    software: String,
    on_behalf_of: Option<String>,
}

/// What a program holds.
pub(crate) struct Hold {
    /// For whoever guards what the token is for.
    pub(crate) fence: u64,
    /// Until when the token is ours by our own clock, if no answer comes any more.
    pub(crate) safe_until: Instant,
}

#[derive(Deserialize)]
struct Answer {
    fence: u64,
    protected_for: SignedDuration,
}

impl Hold {
    /// The desk counted from a moment after `sent`, so this is never too long, whatever the clocks say.
    async fn told(answer: Response, sent: Instant) -> Result<Self, String> {
        let Answer { fence, protected_for } = answer.json().await.map_err(|error| error.to_string())?;
        Ok(Self { fence, safe_until: sent + protected_for.unsigned_abs() })
    }
}

impl Pool {
    pub(crate) fn new(
        desk: &str,
        licence: &str,
        token: &str,
        software: String,
        on_behalf_of: Option<String>,
    ) -> Self {
        // The HTTP library is built without cryptography of its own here. Where somebody has chosen one, that is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let checkouts = format!("{}/api/v1/licences/{licence}/checkouts", desk.trim_end_matches('/'));
        Self { http: Client::new(), checkouts, token: token.to_owned(), software, on_behalf_of }
    }

    fn request(&self, method: Method, place: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{place}", self.checkouts));
        let request = request.bearer_auth(&self.token).timeout(PATIENCE);
        match &self.on_behalf_of {
            Some(person) => request.header("From", person),
            None => request,
        }
    }

    /// Takes a token, waiting in line for it if need be.
    pub(crate) async fn check_out(&self) -> Result<Hold, String> {
        let mut key = new_key();
        loop {
            let body = json!({ "software": self.software });
            let request = self.request(Method::POST, "").header("Idempotency-Key", &key).json(&body);
            let sent = Instant::now();
            match request.send().await {
                Ok(answer) if answer.status() == StatusCode::CREATED => {
                    return Hold::told(answer, sent).await;
                }
                Ok(answer) if is_worth_another_try(answer.status()) => {
                    time::sleep(retry_after(&answer)).await;
                }
                Ok(answer) => {
                    let pause = retry_after(&answer);
                    let problem: Value = answer.json().await.unwrap_or_default();
                    let sentence = problem["detail"].as_str().unwrap_or("no sentence").to_owned();
                    if problem["type"] != "/problems/seat-queued" {
                        return Err(sentence);
                    }
                    eprintln!("{sentence}");
                    time::sleep(pause).await;
                    // The answer is known, so the next request is a new one.
                    key = new_key();
                }
                // Whether it was done is not known: the same key makes it the same request.
                Err(_) => time::sleep(Duration::from_secs(1)).await,
            }
        }
    }

    /// Gives a sign of life. Without an answer the token stays ours for as long as was promised last, and no longer.
    pub(crate) async fn keep(&self, hold: &mut Hold) -> Result<(), String> {
        let place = format!("/{}/heartbeat", hold.fence);
        let request = self.request(Method::POST, &place).json(&json!({ "active": true }));
        let sent = Instant::now();
        let left = hold.safe_until.saturating_duration_since(sent);
        match time::timeout(left, request.send()).await {
            Ok(Ok(answer)) if answer.status().is_success() => *hold = Hold::told(answer, sent).await?,
            Ok(Ok(answer)) if !is_worth_another_try(answer.status()) => {
                let problem: Value = answer.json().await.unwrap_or_default();
                return Err(problem["detail"].as_str().unwrap_or("the token is lost").to_owned());
            }
            _ if Instant::now() >= hold.safe_until => return Err("the desk does not answer".to_owned()),
            _ => {}
        }
        Ok(())
    }

    /// Gives the token back. If that goes astray, the token runs out by itself.
    pub(crate) async fn give_back(&self, hold: Hold) {
        drop(self.request(Method::DELETE, &format!("/{}", hold.fence)).send().await);
    }
}

/// Runs a command while a token is held, and ends it when the token is lost. The command finds the fencing number in
/// `FREEHOLD_FENCE`.
pub(crate) async fn run(pool: &Pool, command: &[String]) -> Result<u8, String> {
    let (program, arguments) = command.split_first().ok_or("name a command")?;
    let mut hold = pool.check_out().await?;
    let mut command = Command::new(program);
    command.args(arguments).env("FREEHOLD_FENCE", hold.fence.to_string()).kill_on_drop(true);
    let ended = match command.spawn() {
        Ok(mut child) => loop {
            let pause = hold.safe_until.saturating_duration_since(Instant::now()) / 3;
            tokio::select! {
                status = child.wait() => break status,
                () = time::sleep(pause) => pool.keep(&mut hold).await?,
            }
        },
        Err(error) => Err(error),
    };
    pool.give_back(hold).await;
    let status = ended.map_err(|error| format!("{program}: {error}"))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

fn is_worth_another_try(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

fn retry_after(answer: &Response) -> Duration {
    let seconds = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
    Duration::from_secs(seconds.unwrap_or(5))
}

fn new_key() -> String {
    uuid::Builder::from_random_bytes(web::seed()[..16].try_into().unwrap_or_default()).into_uuid().to_string()
}
