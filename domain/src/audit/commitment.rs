//! Salted commitments: what a leaf says about a detail that may have to be erased.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use rand::Rng;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::Hash;

/// 128 random bits, fresh for every record and erased with its detail. While they are kept, the detail can be checked
/// against the leaf; once they are destroyed, the leaf says nothing about it, not even to somebody who guesses it.
///
/// The length is fixed, so that no byte can be moved between salt and detail without changing the commitment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 16]);

impl Salt {
    /// A fresh salt.
    pub fn random(random: &mut impl Rng) -> Self {
        let mut bytes = [0; 16];
        random.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// The salt from its bytes, if there are 16.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

/// A salt in a log line would undo an erasure, so it does not print itself.
impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(..)")
    }
}

impl Serialize for Salt {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&BASE64_STANDARD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Salt {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        BASE64_STANDARD
            .decode(&text)
            .ok()
            .and_then(|bytes| Self::from_slice(&bytes))
            .ok_or_else(|| serde::de::Error::custom("a salt is 16 bytes in standard base64"))
    }
}

/// SHA-256 of salt and detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Commitment(Hash);

impl Commitment {
    /// The commitment to `detail` under `salt`.
    pub fn of(salt: &Salt, detail: &[u8]) -> Self {
        Self(Hash(Sha256::new().chain_update(salt.0).chain_update(detail).finalize().into()))
    }

    /// Whether this is the commitment to `detail` under `salt`.
    pub fn opens_to(&self, salt: &Salt, detail: &[u8]) -> bool {
        *self == Self::of(salt, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commitment_opens_to_its_salt_and_detail_only() {
        let salt = Salt([7; 16]);
        let commitment = Commitment::of(&salt, b"{}");
        assert!(commitment.opens_to(&salt, b"{}"));
        assert!(!commitment.opens_to(&salt, b"{ }"));
        assert!(!commitment.opens_to(&Salt([8; 16]), b"{}"));
    }

    #[test]
    fn a_salt_never_prints_itself() {
        assert_eq!(format!("{:?}", Salt([42; 16])), "Salt(..)");
    }
}
