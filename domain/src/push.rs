//! Telling a person's own browsers that something waits for them (Web Push: RFC 8030, RFC 8291, RFC 8292): where the desk
//! may send to, what it says, and how often it tries.

use std::fmt;

use base64::{
    Engine as _,
    alphabet::URL_SAFE,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use jiff::SignedDuration;

use crate::identity::named;

/// At most so many of a person's browsers are told.
pub const MOST_DEVICES: usize = 10;

/// How long a push service keeps a message for a browser that is away.
pub const TTL: SignedDuration = SignedDuration::from_hours(24);

/// What the browsers of people come with: the services of Google, Mozilla, Microsoft and Apple.
const KNOWN: [&str; 3] = ["fcm.googleapis.com", "updates.push.services.mozilla.com", "web.push.apple.com"];
/// Those whose names change with the place they stand at.
const KNOWN_BELOW: [&str; 1] = [".notify.windows.com"];

/// The longest address that is taken. Those of today have 150 to 700 characters.
const LONGEST: usize = 1_000;

const ANY_PADDING: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

named! {
    /// What somebody is told. Of the ticket it says no more than its number: others read lock screens too.
    News {
        /// Their ticket was answered.
        Answered = "answered",
        /// Their ticket goes on when they answer.
        Waits = "waits",
        /// Somebody asks for their approval.
        Approval = "approval",
    }
}

/// Why a browser cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSubscription {
    /// No address, or one that a browser would not have.
    #[error("this is no address of a push service; send the one that the browser gave, whole")]
    Endpoint,
    /// An address elsewhere.
    #[error(
        "this desk sends to no push service at `{0}`; whoever runs the desk can name it under push.services"
    )]
    Service(String),
    /// Keys that no browser makes.
    #[error(
        "these are no keys of a subscription; send p256dh and auth as the browser gave them, in base64url"
    )]
    Keys,
}

/// A name of a push service that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no push service; write https://push.example.org, or http to this machine itself, without a path"
)]
pub struct InvalidService(String);

/// Where a browser is reached (RFC 8030 §2): whoever knows it can try to send there. Its host is one of [`Services`].
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(String);

/// Its path is a secret between the browser, its service and this desk.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Endpoint").field(&self.origin()).finish()
    }
}

impl Endpoint {
    /// The whole address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> &str {
        origin_of(&self.0).unwrap_or_default()
    }

    /// The host, and the port where it is not the usual one.
    pub fn service(&self) -> &str {
        self.origin().split_once("://").map_or("", |(_, host)| host)
    }
}

/// Everything before the path. Only characters of host and port stand in it: no user, no escape, nothing that two readers
/// would read differently.
fn origin_of(address: &str) -> Option<&str> {
    let (scheme, rest) = address.split_once("://")?;
    if !matches!(scheme, "https" | "http") {
        return None;
    }
    let host = rest.split('/').next()?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | ':');
    let whole = !host.is_empty() && host.chars().all(plain);
    whole.then(|| &address[..scheme.len() + 3 + host.len()])
}

/// The push services that the desk sends to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Services {
    more: Vec<String>,
}

impl Services {
    /// Those that browsers come with, and `more`, each as `https://push.example.org`.
    ///
    /// # Errors
    ///
    /// When one is no such address, or everybody on the way could read what goes there.
    pub fn new(more: &[String]) -> Result<Self, InvalidService> {
        let origin = |text: &String| {
            let origin = text.trim_end_matches('/');
            let local =
                ["http://127.0.0.1:", "http://localhost:"].iter().any(|here| origin.starts_with(here));
            let fits = origin_of(origin) == Some(origin) && (origin.starts_with("https://") || local);
            if fits { Ok(origin.to_owned()) } else { Err(InvalidService(text.clone())) }
        };
        Ok(Self { more: more.iter().map(origin).collect::<Result<_, _>>()? })
    }

    /// The address that a browser gave, if it is one of a service that the desk sends to.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn admit(&self, address: &str) -> Result<Endpoint, InvalidSubscription> {
        let graphic = |c: char| c.is_ascii_graphic() && !matches!(c, '\\' | '#' | '"' | '<' | '>' | '`');
        if address.len() > LONGEST || !address.chars().all(graphic) {
            return Err(InvalidSubscription::Endpoint);
        }
        let origin = origin_of(address).ok_or(InvalidSubscription::Endpoint)?;
        if address.len() < origin.len() + 2 {
            return Err(InvalidSubscription::Endpoint);
        }
        if self.is_named(origin) || origin.strip_prefix("https://").is_some_and(is_known) {
            return Ok(Endpoint(address.to_owned()));
        }
        let host = origin.split_once("://").map_or(origin, |(_, host)| host);
        Err(InvalidSubscription::Service(host.chars().take(100).collect()))
    }

    /// Whether whoever runs the desk named this origin: it may stand in the house, the others do not.
    pub fn is_named(&self, origin: &str) -> bool {
        self.more.iter().any(|more| more == origin)
    }

    /// Whether a named service has this host.
    pub fn is_named_host(&self, host: &str) -> bool {
        self.more.iter().any(|more| {
            more.split_once("://")
                .and_then(|(_, rest)| rest.split(':').next())
                .is_some_and(|named| named == host)
        })
    }
}

fn is_known(host: &str) -> bool {
    let below = |parent: &&str| host.strip_suffix(*parent).is_some_and(|name| !name.is_empty());
    KNOWN.contains(&host) || KNOWN_BELOW.iter().any(below)
}

/// What a message to a browser is encrypted with (RFC 8291 §2), so that its service reads nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct PushKeys {
    /// The browser's public key: an uncompressed point of P-256.
    pub p256dh: Vec<u8>,
    /// What browser and desk share.
    pub auth: Vec<u8>,
}

impl fmt::Debug for PushKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushKeys").finish_non_exhaustive()
    }
}

impl PushKeys {
    /// The keys as a browser gives them, in base64url.
    ///
    /// # Errors
    ///
    /// When they have another shape.
    pub fn parse(p256dh: &str, auth: &str) -> Result<Self, InvalidSubscription> {
        let bytes = |text: &str| {
            let short = text.len() <= 200;
            short.then(|| ANY_PADDING.decode(text).ok()).flatten().ok_or(InvalidSubscription::Keys)
        };
        let keys = Self { p256dh: bytes(p256dh)?, auth: bytes(auth)? };
        let fits = keys.p256dh.len() == 65 && keys.p256dh[0] == 4 && keys.auth.len() == 16;
        if fits { Ok(keys) } else { Err(InvalidSubscription::Keys) }
    }
}

/// How long to wait after the `attempts`th try that failed, or nothing where there is no other: six tries in about five
/// hours. Whoever was not told by then sees it on their pages.
pub fn next_try(attempts: u32) -> Option<SignedDuration> {
    const WAITS: [i64; 5] = [30, 120, 600, 3_600, 4 * 3_600];
    let nth = usize::try_from(attempts.checked_sub(1)?).ok()?;
    WAITS.get(nth).copied().map(SignedDuration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_browser_gives_is_sent_to() {
        let services =
            Services::new(&["https://push.example.org".to_owned(), "http://127.0.0.1:4000/".to_owned()]);
        let services = services.unwrap();
        for good in [
            "https://fcm.googleapis.com/fcm/send/dQw4:APA91b_x-Y",
            "https://updates.push.services.mozilla.com/wpush/v2/gAAAAA==",
            "https://db5p.notify.windows.com/w/?token=BQYAAA%2fx",
            "https://web.push.apple.com/QOaf",
            "https://push.example.org/x",
            "http://127.0.0.1:4000/x",
        ] {
            assert_eq!(
                services.admit(good).map(|endpoint| endpoint.as_str().to_owned()).as_deref(),
                Ok(good)
            );
        }
        for bad in [
            "",
            "https://fcm.googleapis.com",
            "https://fcm.googleapis.com/",
            "http://fcm.googleapis.com/x",
            "https://fcm.googleapis.com:8443/x",
            "https://fcm.googleapis.com@10.0.0.1/x",
            "https://10.0.0.1\\@fcm.googleapis.com/x",
            "https://10.0.0.1/?fcm.googleapis.com/x",
            "https://fcm.googleapis.com.example.org/x",
            "https://.notify.windows.com/x",
            "https://a.notify.windows.com:22/x",
            "https://notify.windows.com/x",
            "https://evilnotify.windows.com/x",
            "https://[::1]/x",
            "https://169.254.169.254/latest",
            "http://127.0.0.1:4001/x",
            "http://127.0.0.1:40000/x",
            "https://fcm.googleapis.com/x y",
            "https://fcm.googleapis.com/x\r\nHost: y",
            "https://FCM.googleapis.com/x",
            "file:///etc/passwd",
        ] {
            assert!(services.admit(bad).is_err(), "{bad}");
        }
        assert!(services.admit(&format!("https://fcm.googleapis.com/{}", "x".repeat(2_000))).is_err());
    }

    #[test]
    fn a_service_is_named_whole_and_safely() {
        for bad in [
            "push.example.org",
            "http://push.example.org",
            "https://push.example.org/x",
            "https://a@b",
            "",
            "http://127.0.0.1:80@x",
        ] {
            assert!(Services::new(&[bad.to_owned()]).is_err(), "{bad}");
        }
    }

    #[test]
    fn keys_have_the_shape_that_browsers_give_them() {
        let key = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
        let auth = "BTBZMqHH6r4Tts7J_aSIgg";
        let keys = PushKeys::parse(key, auth).unwrap();
        assert_eq!(PushKeys::parse(&format!("{key}="), &format!("{auth}==")).unwrap(), keys);
        for (key, auth) in
            [("", ""), (auth, key), (key, key), (auth, auth), ("!", auth), (&"A".repeat(87), auth)]
        {
            assert_eq!(PushKeys::parse(key, auth), Err(InvalidSubscription::Keys));
        }
    }

    #[test]
    fn it_is_tried_again_later_each_time_and_not_for_ever() {
        let waits: Vec<_> = (1..).map_while(next_try).collect();
        assert!(waits.is_sorted() && waits.len() == 5, "{waits:?}");
        assert_eq!(next_try(0), None);
        assert!(waits.iter().sum::<SignedDuration>() < TTL);
    }
}
