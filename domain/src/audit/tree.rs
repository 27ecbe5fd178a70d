//! The tree: hashes of leaves and nodes, and the right edge that grows by one leaf at a time.

use std::{fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// A SHA-256 hash of the tree. Its text is standard base64 (RFC 4648 §4), as in C2SP checkpoints.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

/// Text that is not a hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a hash; hashes are 44 characters of standard base64")]
pub struct InvalidHash(pub String);

impl Hash {
    /// The hash's bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64_STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = InvalidHash;

    fn from_str(text: &str) -> Result<Self, InvalidHash> {
        let invalid = || InvalidHash(text.chars().take(60).collect());
        let bytes = BASE64_STANDARD.decode(text).map_err(|_| invalid())?;
        bytes.try_into().map(Self).map_err(|_| invalid())
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The hash of a leaf: SHA-256 of 0x00 and the entry (RFC 6962 §2.1).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0x00]).chain_update(entry).finalize().into())
}

/// The hash of an inner node: SHA-256 of 0x01 and its two children (RFC 6962 §2.1).
pub fn node_hash(left: Hash, right: Hash) -> Hash {
    Hash(Sha256::new().chain_update([0x01]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// The root of the empty tree: SHA-256 of nothing (RFC 6962 §2.1).
pub fn empty_root() -> Hash {
    Hash(Sha256::digest([]).into())
}

/// A complete subtree of 256^`level` leaves: one hash of a `tlog-tiles` tile at `level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subtree {
    /// 1 for 256 leaves, 2 for 65,536, and so on. Leaves themselves (level 0) are not listed as subtrees.
    pub level: u8,
    /// Its place among the subtrees of its level, from 0.
    pub index: u64,
    /// Its root.
    pub hash: Hash,
}

/// The right edge of a tree: the roots of the perfect subtrees that its size falls into, largest first. All that is
/// needed to append a leaf and to know the root; at most 63 hashes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    hashes: Vec<Hash>,
}

/// Bytes that are not a frontier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFrontier {
    /// The bytes are no size followed by whole hashes.
    #[error("{0} bytes are not a size and whole hashes; rebuild the frontier from the leaves")]
    Length(usize),
    /// There are not as many hashes as the size has binary ones.
    #[error(
        "a tree of {size} leaves has {expected} hashes at its edge, not {found}; rebuild it from the leaves"
    )]
    Hashes {
        /// The size that the bytes state.
        size: u64,
        /// How many hashes that size has.
        expected: u32,
        /// How many the bytes hold.
        found: usize,
    },
    /// The size is beyond any log.
    #[error("a log never reaches {0} leaves; rebuild the frontier from the leaves")]
    Size(u64),
}

impl Frontier {
    /// Sizes end here, so that appending cannot overflow: a million leaves a second would take 146,000 years.
    const MAX_SIZE: u64 = 1 << 62;

    /// The number of leaves.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf and lists the subtrees of 256^k leaves that it completes, smallest first: nothing for 255 leaves
    /// out of 256.
    pub fn append(&mut self, leaf: Hash) -> Vec<Subtree> {
        let merges = self.size.trailing_ones();
        let kept = self.hashes.len() - merges as usize;
        let mut completed = Vec::new();
        let mut node = leaf;
        for (height, left) in (1_u8..).zip(self.hashes.drain(kept..).rev()) {
            node = node_hash(left, node);
            if height.is_multiple_of(8) {
                completed.push(Subtree { level: height / 8, index: self.size >> height, hash: node });
            }
        }
        self.hashes.push(node);
        self.size += 1;
        completed
    }

    /// The root of the tree (RFC 6962 §2.1).
    pub fn root(&self) -> Hash {
        fold_edge(&self.hashes)
    }

    /// The frontier for storage: the size in 8 bytes, big-endian, then the hashes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(8 + 32 * self.hashes.len());
        bytes.extend_from_slice(&self.size.to_be_bytes());
        for hash in &self.hashes {
            bytes.extend_from_slice(&hash.0);
        }
        bytes
    }

    /// The frontier that [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidFrontier> {
        let wrong_length = || InvalidFrontier::Length(bytes.len());
        let (size, hashes) = bytes.split_first_chunk::<8>().ok_or_else(wrong_length)?;
        let size = u64::from_be_bytes(*size);
        let (hashes, rest) = hashes.as_chunks::<32>();
        if !rest.is_empty() {
            return Err(wrong_length());
        }
        if size > Self::MAX_SIZE {
            return Err(InvalidFrontier::Size(size));
        }
        if hashes.len() != size.count_ones() as usize {
            return Err(InvalidFrontier::Hashes { size, expected: size.count_ones(), found: hashes.len() });
        }
        Ok(Self { size, hashes: hashes.iter().copied().map(Hash).collect() })
    }
}

/// The root over an edge, largest subtree first.
pub(super) fn fold_edge(edge: &[Hash]) -> Hash {
    edge.iter().rev().copied().reduce(|right, left| node_hash(left, right)).unwrap_or_else(empty_root)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The leaves and roots of the test vectors that Certificate Transparency implementations share.
    const LEAVES: [&str; 8] =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    fn unhex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
    }

    #[test]
    fn the_roots_of_the_first_trees_are_those_of_certificate_transparency() {
        let mut frontier = Frontier::default();
        assert_eq!(frontier.root().0.to_vec(), unhex(ROOTS[0]));
        for (leaf, root) in LEAVES.iter().zip(&ROOTS[1..]) {
            frontier.append(leaf_hash(&unhex(leaf)));
            assert_eq!(frontier.root().0.to_vec(), unhex(root), "at {} leaves", frontier.size());
        }
    }

    #[test]
    fn every_256th_leaf_completes_a_subtree_and_every_65536th_two() {
        let mut frontier = Frontier::default();
        let mut completed = Vec::new();
        for n in 0..65_536_u32 {
            completed.extend(frontier.append(leaf_hash(&n.to_be_bytes())));
        }
        let ones: Vec<_> = completed.iter().filter(|s| s.level == 1).map(|s| s.index).collect();
        assert_eq!(ones, (0..256).collect::<Vec<_>>());
        let last = completed.last().unwrap();
        assert_eq!((last.level, last.index, last.hash), (2, 0, frontier.root()));
        assert_eq!(completed.len(), 257);
    }

    #[test]
    fn a_frontier_survives_storage_at_every_size() {
        let mut frontier = Frontier::default();
        for n in 0..600_u32 {
            assert_eq!(Frontier::from_bytes(&frontier.to_bytes()).unwrap(), frontier);
            frontier.append(leaf_hash(&n.to_be_bytes()));
        }
    }

    #[test]
    fn a_frontier_with_a_hash_too_few_or_too_many_is_refused() {
        let mut frontier = Frontier::default();
        for n in 0..7_u32 {
            frontier.append(leaf_hash(&n.to_be_bytes()));
        }
        let bytes = frontier.to_bytes();
        assert_eq!(
            Frontier::from_bytes(&bytes[..bytes.len() - 32]),
            Err(InvalidFrontier::Hashes { size: 7, expected: 3, found: 2 })
        );
        assert_eq!(Frontier::from_bytes(&bytes[..bytes.len() - 1]), Err(InvalidFrontier::Length(103)));
        assert_eq!(Frontier::from_bytes(&[1, 2]), Err(InvalidFrontier::Length(2)));
        assert_eq!(Frontier::from_bytes(&[0xff; 8]), Err(InvalidFrontier::Size(u64::MAX)));
        let longer: Vec<u8> = bytes.iter().copied().chain([0; 32]).collect();
        assert!(Frontier::from_bytes(&longer).is_err());
    }

    #[test]
    fn a_hash_has_one_spelling_only() {
        let text = leaf_hash(b"x").to_string();
        assert_eq!(text.parse::<Hash>().unwrap(), leaf_hash(b"x"));
        assert!(text.trim_end_matches('=').parse::<Hash>().is_err());
        assert!("Zm9v".parse::<Hash>().is_err());
        assert!("/".repeat(44).parse::<Hash>().is_err());
    }
}
