//! Where names lead: a push service stands outside, unless whoever runs the desk named it. A name that comes to lead into
//! the house leads nowhere.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use domain::push::Services;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Looks names up, and leaves out what does not stand outside.
pub(super) struct Outside(pub(super) Services);

impl Resolve for Outside {
    fn resolve(&self, name: Name) -> Resolving {
        let named = self.0.is_named_host(name.as_str());
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let kept: Vec<SocketAddr> = found.filter(|found| named || is_outside(found.ip())).collect();
            if kept.is_empty() {
                return Err(format!("{} leads to no address outside", name.as_str()).into());
            }
            let kept: Addrs = Box::new(kept.into_iter());
            Ok(kept)
        })
    }
}

/// Whether an address is one of the Internet (RFC 6890): not of this machine, of this house or of no place at all.
fn is_outside(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let trial = a == 198 && (18..20).contains(&b);
            !(a == 0
                || a >= 240
                || shared
                || trial
                || v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_documentation())
        }
        IpAddr::V6(v6) => is_global(v6),
    }
}

/// What is given out of IPv6 is `2000::/3`; some of it leads back by other ways (RFC 4380, RFC 3056).
fn is_global(v6: Ipv6Addr) -> bool {
    let [first, second, ..] = v6.segments();
    let given_out = first & 0xe000 == 0x2000;
    let tunnel = first == 0x2002 || (first == 0x2001 && (second == 0 || second == 0xdb8));
    given_out && !tunnel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_house_is_outside() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.9",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001::1",
            "ff02::1",
        ] {
            assert!(!is_outside(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["142.250.1.95", "17.188.1.1", "2a00:1450:4001::5f", "100.128.0.1"] {
            assert!(is_outside(outside.parse().unwrap()), "{outside}");
        }
    }
}
