//! Sign-in throttling: how many wrong guesses are looked at, and how long the next one waits.

use std::net::IpAddr;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::Timestamp;
use jiff::SignedDuration;
use sha2::{Digest, Sha256};
use store::{ReadTx, WriteTx, session};

use crate::{Refused, Result};

/// Within which time failures are counted together.
const WINDOW: SignedDuration = SignedDuration::from_mins(15);
/// The first block; each further failure doubles it.
const FIRST_BLOCK: SignedDuration = SignedDuration::from_mins(1);
/// Blocks grow to `FIRST_BLOCK` × 2⁶, about an hour: long enough for guessing to be hopeless, short enough that nobody is
/// locked out for a day by somebody else's guesses.
const DOUBLINGS: u32 = 6;

/// What is counted: failures for one address typed in, or from one place.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    name: String,
    allowed: u32,
}

impl Key {
    /// Five guesses for one account. The key is a hash: what was typed may be anything, a password included.
    fn of_email(email: &str) -> Self {
        let hash = Sha256::digest(email.trim().to_lowercase());
        Self { name: format!("email:{}", URL_SAFE_NO_PAD.encode(hash)), allowed: 5 }
    }

    /// More from one place, because a whole office may stand behind one address; an IPv6 customer has a /64.
    fn of_place(remote: IpAddr) -> Self {
        let place = match remote.to_canonical() {
            IpAddr::V4(v4) => v4.to_string(),
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        };
        Self { name: format!("place:{place}"), allowed: 30 }
    }
}

/// The keys of an attempt, always in the same order: the account first.
pub(super) fn keys(email: &str, remote: Option<IpAddr>) -> Vec<Key> {
    std::iter::once(Key::of_email(email)).chain(remote.map(Key::of_place)).collect()
}

/// The keys of a ticket that a guest raises: five for one address typed in at one place, twenty from one place, at which a
/// whole reception may stand, and five hundred at all within the window. They are counted apart from attempts to sign in.
pub(crate) fn keys_of_guest(email: &str, remote: Option<IpAddr>) -> Vec<Key> {
    let place = remote.map(Key::of_place);
    // One address from one place, so that nobody keeps somebody else from writing.
    let from = place.as_ref().map_or("nowhere", |place| &place.name);
    let named = |name: &str, allowed| Key { name: format!("guest:{name}"), allowed };
    let both = named(&format!("{}:{from}", Key::of_email(email).name), 5);
    let desk = named("everybody", 500);
    std::iter::once(both).chain(place.map(|place| named(&place.name, 20))).chain([desk]).collect()
}

/// Refuses an attempt that comes too soon.
pub(crate) fn check(tx: &mut ReadTx<'_>, keys: &[Key], now: Timestamp) -> Result<()> {
    for key in keys {
        if let Some(throttle) = session::throttle(tx, &key.name)?
            && throttle.blocked_until > now
        {
            return Err(Refused::Throttled { until: throttle.blocked_until, now });
        }
    }
    Ok(())
}

/// Counts an attempt that is let through, or refuses it: those that come at once are looked at one after the other.
pub(crate) fn admit(tx: &mut WriteTx<'_>, keys: &[Key], now: Timestamp) -> Result<()> {
    for key in keys {
        session::lock_throttle(tx, &key.name, now)?;
    }
    check(tx, keys, now)?;
    count(tx, keys, now).map(drop)
}

/// Counts a failure; says until when the next attempt waits, if it does.
pub(crate) fn count(tx: &mut WriteTx<'_>, keys: &[Key], now: Timestamp) -> Result<Option<Timestamp>> {
    let mut blocked = None;
    for key in keys {
        let mut throttle = session::lock_throttle(tx, &key.name, now)?;
        // A block keeps the count: who fails right after it is blocked for longer.
        if now > throttle.since.max(throttle.blocked_until) + WINDOW {
            throttle.failures = 0;
            throttle.since = now;
        }
        throttle.failures = throttle.failures.saturating_add(1);
        if let Some(beyond) = throttle.failures.checked_sub(key.allowed) {
            let block = FIRST_BLOCK * (1 << beyond.min(DOUBLINGS));
            throttle.blocked_until = throttle.blocked_until.max(now + block);
            blocked = blocked.max(Some(throttle.blocked_until));
        }
        session::set_throttle(tx, &key.name, throttle)?;
    }
    Ok(blocked)
}

/// Forgets the failures for the account that was signed in to. Those from the same place stay: an attacker with an
/// account of their own must not reset them.
pub(super) fn clear(tx: &mut WriteTx<'_>, email: &str) -> Result<()> {
    Ok(session::clear_throttle(tx, &Key::of_email(email).name)?)
}
