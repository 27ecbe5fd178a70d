//! Telling browsers, against a real push service on this machine: what comes there is read with the browser's own key, and
//! whatever the service answers, the right thing becomes of the message.

#![expect(clippy::unwrap_used, reason = "the lint knows tests by their attribute, not what they call")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use channels::push::{InvalidPushSettings, PushSettings, Pusher};
use desk::{
    push::{MyPushSubscriptions, SubscribePush},
    ticket::{AddReply, RaiseTicket},
};
use domain::{
    Timestamp,
    push::PushKeys,
    ticket::{Kind, Markdown, Subject},
};
use jiff::SignedDuration;
use ring::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{self, ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey},
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey as Verifier},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

#[expect(dead_code, reason = "each of the two stories needs another part of the scene")]
mod support;
use support::{Scene, monday, scene, tim};

const AUTH: [u8; 16] = [9; 16];

/// A request as it came.
#[derive(Clone)]
struct Request {
    head: String,
    body: Vec<u8>,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// A push service that answers everything alike, and remembers what came.
struct Service {
    origin: String,
    came: Arc<Mutex<Vec<Request>>>,
}

impl Service {
    async fn start(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let came = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&came);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut read = Vec::new();
                let request = loop {
                    let mut piece = [0; 4096];
                    let Ok(count @ 1..) = stream.read(&mut piece).await else { break None };
                    read.extend_from_slice(&piece[..count]);
                    let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
                    let head = String::from_utf8(read[..end].to_vec()).unwrap();
                    let request = Request { head, body: read[end + 4..].to_vec() };
                    let length: usize = request.header("content-length").unwrap().parse().unwrap();
                    if request.body.len() >= length {
                        break Some(request);
                    }
                };
                seen.lock().unwrap().extend(request);
                let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                drop(stream.write_all(answer.as_bytes()).await);
            }
        });
        Self { origin, came }
    }

    fn came(&self) -> Vec<Request> {
        self.came.lock().unwrap().clone()
    }

    fn pusher(&self) -> Arc<Pusher> {
        let settings = PushSettings {
            services: vec![self.origin.clone()],
            contact: Some("mailto:it@example.org".to_owned()),
            timeout: Duration::from_secs(5),
        };
        Arc::new(Pusher::new(settings).unwrap())
    }
}

/// A browser: its private key stays with it, and opens one message.
fn browser() -> (EphemeralPrivateKey, PushKeys) {
    let mine = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).unwrap();
    let p256dh = mine.compute_public_key().unwrap().as_ref().to_vec();
    (mine, PushKeys { p256dh, auth: AUTH.to_vec() })
}

/// Anna's browser is told, and Tim answers a ticket of hers.
async fn answered(scene: &Scene, pusher: &Pusher, service: &Service, keys: PushKeys) -> String {
    let endpoint = pusher.services().admit(&format!("{}/wpush/anna", service.origin)).unwrap();
    let subscribe = SubscribePush { endpoint, keys, user_agent: "A browser".to_owned() };
    scene.desk.execute((scene.anna)(), subscribe).await.unwrap();
    let subject = Subject::new("My salary slip is wrong").unwrap();
    let raised =
        scene.desk.execute((scene.anna)(), RaiseTicket::of(Kind::Incident, subject, None)).await.unwrap();
    let reply = AddReply {
        ticket: raised.id.into(),
        body: Markdown::new("Your salary is right.").unwrap(),
        then: None,
        resolution_code: None,
        if_version: None,
    };
    scene.desk.execute(tim(scene), reply).await.unwrap();
    raised.number.to_string()
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in parts {
        context.update(part);
    }
    context.sign().as_ref().to_vec()
}

/// What a browser does with a message (RFC 8291 §3.4, RFC 8188 §2), in plain steps of RFC 5869.
fn open(mine: EphemeralPrivateKey, keys: &PushKeys, body: &[u8]) -> Vec<u8> {
    let (salt, rest) = body.split_at(16);
    assert_eq!(rest[..5], [0, 0, 16, 0, 65], "one record of 4096, and a key of 65 bytes");
    let (theirs, sealed) = rest[5..].split_at(65);
    let peer = UnparsedPublicKey::new(&ECDH_P256, theirs);
    let shared = agreement::agree_ephemeral(mine, &peer, <[u8]>::to_vec).unwrap();
    let input = hmac(&hmac(&keys.auth, &[&shared]), &[b"WebPush: info\0", &keys.p256dh, theirs, &[1]]);
    let secret = hmac(salt, &[&input]);
    let key = hmac(&secret, &[b"Content-Encoding: aes128gcm\0\x01"]);
    let nonce = hmac(&secret, &[b"Content-Encoding: nonce\0\x01"]);
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key[..16]).unwrap());
    let nonce = Nonce::try_assume_unique_for_key(&nonce[..12]).unwrap();
    let mut sealed = sealed.to_vec();
    let opened = key.open_in_place(nonce, Aad::empty(), &mut sealed).unwrap();
    let end = opened.iter().rposition(|byte| *byte != 0).unwrap();
    assert_eq!(opened[end], 2, "the last record");
    opened[..end].to_vec()
}

fn later(seconds: i64) -> Timestamp {
    monday() + SignedDuration::from_secs(seconds)
}

async fn devices(scene: &Scene) -> usize {
    scene.desk.ask((scene.anna)(), MyPushSubscriptions).await.unwrap().len()
}

#[tokio::test]
async fn a_browser_reads_what_its_push_service_cannot() {
    let (scene, service) = (scene().await, Service::start("201 Created").await);
    let pusher = service.pusher();
    let (mine, keys) = browser();
    let number = answered(&scene, &pusher, &service, keys.clone()).await;
    assert_eq!(pusher.deliver(&scene.desk, later(1)).await.unwrap(), 1);
    assert_eq!(pusher.deliver(&scene.desk, later(9_999)).await.unwrap(), 0, "it was taken");
    let came = service.came();
    let [request] = came.as_slice() else { panic!("{} requests", came.len()) };
    assert!(request.head.starts_with("POST /wpush/anna HTTP/1.1"), "{}", request.head);
    assert_eq!(request.header("content-encoding"), Some("aes128gcm"));
    assert_eq!(request.header("ttl"), Some("86400"));
    let topic = request.header("topic").unwrap();
    assert!(
        topic.len() == 32 && topic.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)),
        "{topic}"
    );

    // RFC 8292: signed with the key that the browser bound its subscription to.
    let claim = request.header("authorization").unwrap().strip_prefix("vapid t=").unwrap();
    let (token, key) = claim.split_once(", k=").unwrap();
    assert_eq!(key, pusher.public_key(&scene.desk, monday()).await.unwrap());
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let verifier = Verifier::new(&ECDSA_P256_SHA256_FIXED, bytes(key));
    verifier.verify(signed.as_bytes(), &bytes(signature)).unwrap();
    let claims: Value = serde_json::from_slice(&bytes(signed.split_once('.').unwrap().1)).unwrap();
    let until = later(1).as_second() + 12 * 3_600;
    assert_eq!(claims, json!({ "aud": service.origin, "exp": until, "sub": "mailto:it@example.org" }));

    let read: Value = serde_json::from_slice(&open(mine, &keys, &request.body)).unwrap();
    assert_eq!(read, json!({ "news": "answered", "number": number }), "and nothing of what it is about");
}

#[tokio::test]
async fn what_a_push_service_answers_decides_what_becomes_of_a_message() {
    // The answer, whether the browser is still told, and how often the service is asked within a day.
    for (answer, kept, asked) in [
        ("200 OK", true, 1),
        ("410 Gone", false, 1),
        ("404 Not Found", false, 1),
        ("413 Payload Too Large", true, 1),
        ("307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/", true, 1),
        ("403 Forbidden", true, 6),
        ("503 Service Unavailable", true, 6),
        ("429 Too Many Requests\r\nretry-after: 14400", true, 6),
    ] {
        let (scene, service) = (scene().await, Service::start(answer).await);
        let pusher = service.pusher();
        answered(&scene, &pusher, &service, browser().1).await;
        for quarter in 0..=95 {
            pusher.deliver(&scene.desk, later(quarter * 900)).await.unwrap();
        }
        let came = service.came().len();
        assert_eq!((devices(&scene).await == 1, came), (kept, asked), "{answer}");
    }
}

#[tokio::test]
async fn a_service_that_is_away_or_no_longer_named_keeps_nobody_waiting() {
    let (scene, service) = (scene().await, Service::start("201 Created").await);
    answered(&scene, &service.pusher(), &service, browser().1).await;
    let nobody = Arc::new(Pusher::new(PushSettings::default()).unwrap());
    assert_eq!(nobody.deliver(&scene.desk, later(1)).await.unwrap(), 1);
    assert_eq!((service.came().len(), devices(&scene).await), (0, 0), "it is not sent to");

    let away = Service { origin: "http://127.0.0.1:1".to_owned(), came: Arc::default() };
    answered(&scene, &away.pusher(), &away, browser().1).await;
    assert_eq!(away.pusher().deliver(&scene.desk, later(2)).await.unwrap(), 1);
    assert_eq!(devices(&scene).await, 1);
}

#[test]
fn settings_that_cannot_be_used_are_refused() {
    let with = |contact: &str| PushSettings { contact: Some(contact.to_owned()), ..PushSettings::default() };
    assert!(matches!(Pusher::new(with("it@example.org")), Err(InvalidPushSettings::Contact(_))));
    let services = vec!["http://push.example.org".to_owned()];
    let elsewhere = PushSettings { services, ..PushSettings::default() };
    assert!(matches!(Pusher::new(elsewhere), Err(InvalidPushSettings::Service(_))));
}
