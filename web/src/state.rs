//! What every handler knows: the desk, the live stream, the files, the clock, the operator's settings.

use std::{fmt, net::IpAddr, ops::Deref, str::FromStr, sync::Arc};

use channels::{phrasing::Phraser, push::Pusher};
use desk::Desk;
use domain::{RequestId, Timestamp, audit::VerifierKey};
use http::HeaderValue;
use uuid::Uuid;

use crate::{attachments::AttachmentStore, limits::Limits, live::Hub};

pub use crate::limits::{Rate, RateLimits};

/// The clock. The edge reads it once for each request; behind the edge, time is an argument.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The operator's settings for what is served.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Where people reach the desk from outside, without a slash at the end: `https://desk.example.org`. Absent, the
    /// `Host` of each request stands for it.
    pub base_url: Option<String>,
    /// Whether this process itself speaks TLS.
    pub tls: bool,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub trusted_proxies: Vec<Network>,
    /// How often somebody may ask.
    pub rate_limits: RateLimits,
    /// The token that reads `/metrics` from elsewhere than this machine; without one, only this machine reads it.
    pub metrics_token: Option<String>,
    /// The public key of the audit log, against which proofs are given.
    pub log_key: Option<VerifierKey>,
    /// Who puts the bot's answers in other words, where somebody does.
    pub phraser: Option<Arc<Phraser>>,
    /// Who tells people's browsers that something waits for them, unless the operator wants none of it.
    pub pusher: Option<Arc<Pusher>>,
}

/// What every handler knows. Cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

/// The parts of [`AppState`].
pub struct Shared {
    /// The desk.
    pub desk: Desk,
    /// Who hears that something changed.
    pub live: Hub,
    /// Where the contents of files are.
    pub attachments: Arc<dyn AttachmentStore>,
    /// The operator's settings.
    pub config: Config,
    /// The clock.
    pub clock: Clock,
    /// The cell of each caller.
    pub(crate) limits: Limits,
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl AppState {
    /// The state of a process. Must be made on a tokio runtime: the live stream begins here.
    pub fn new(desk: Desk, attachments: Arc<dyn AttachmentStore>, clock: Clock, config: Config) -> Self {
        let live = Hub::start(desk.clone());
        let limits = Limits::new(config.rate_limits);
        Self(Arc::new(Shared { desk, live, attachments, config, clock, limits }))
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

/// What is known of a request before anybody is asked who sent it. Each request has one among its extensions.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// When it arrived.
    pub now: Timestamp,
    /// Its name, in `X-Request-Id` and in every log line and audit record about it.
    pub request: RequestId,
    /// From where, as far as the trusted proxies are believed.
    pub remote: Option<IpAddr>,
    /// Whether the browser speaks TLS, to us or to a trusted proxy.
    pub https: bool,
}

impl Arrival {
    /// A request that arrives now.
    pub(crate) fn new(now: Timestamp, remote: Option<IpAddr>, https: bool) -> Self {
        let seed = seed();
        let mut random = [0; 10];
        random.copy_from_slice(&seed[..10]);
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let request = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
        Self { now, request: RequestId::from(request), remote, https }
    }

    /// Its name for the `X-Request-Id` header.
    pub(crate) fn header(&self) -> HeaderValue {
        let mut text = Uuid::encode_buffer();
        HeaderValue::from_str(self.request.uuid().as_hyphenated().encode_lower(&mut text))
            .unwrap_or(HeaderValue::from_static("-"))
    }
}

/// Randomness from the operating system: ids, salts and secrets of one command come from it.
///
/// # Panics
///
/// Where the operating system has none to give; nothing secure can be done there.
pub fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).expect("the operating system gives randomness");
    seed
}

/// A network of addresses in the notation of RFC 4632 §3.1: `10.0.0.0/8`, `fd00::/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// Text that is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a network; write an address such as 10.1.2.3 or a range such as 10.0.0.0/8")]
pub struct InvalidNetwork(String);

impl Network {
    /// Whether `address` is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address.to_canonical(), address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                ours.to_bits() & mask == theirs.to_bits() & mask
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                ours.to_bits() & mask == theirs.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let wrong = || InvalidNetwork(text.chars().take(60).collect());
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
        let address: IpAddr = address.trim().parse().map_err(|_| wrong())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.trim().parse().map_err(|_| wrong())?,
            None => longest,
        };
        if prefix > longest { Err(wrong()) } else { Ok(Self { address, prefix }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_contains_its_addresses_and_no_others() {
        let network: Network = "10.1.0.0/16".parse().unwrap();
        assert!(network.contains("10.1.200.3".parse().unwrap()));
        assert!(network.contains("::ffff:10.1.0.9".parse().unwrap()), "an IPv4 address in IPv6 clothes");
        assert!(!network.contains("10.2.0.1".parse().unwrap()));
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.contains("203.0.113.9".parse().unwrap()));
        assert!(!all.contains("2001:db8::1".parse().unwrap()));
    }

    #[test]
    fn text_that_is_no_network_says_how_one_looks() {
        for text in ["", "10.0.0.0/33", "desk.example.org", "10.0.0.0/x"] {
            assert!(text.parse::<Network>().unwrap_err().to_string().contains("10.0.0.0/8"), "{text}");
        }
    }
}
