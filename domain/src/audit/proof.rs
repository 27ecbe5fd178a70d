//! Proofs: that a record is in the log, and that a later log still begins with an earlier one; made from stored hashes,
//! checked from nothing but the proof.

use std::{collections::BTreeMap, ops::Range};

use super::{
    tile::TILE_WIDTH,
    tree::{Hash, fold_edge, node_hash},
};

/// Where proofs read the tree from: leaf hashes by sequence number, and the roots of complete subtrees of 256^k leaves
/// as [`Frontier::append`](super::Frontier::append) lists them.
///
/// A proof reads whole tiles, each once: at most three for every factor of 256 in the size, of at most 256 hashes.
pub trait Nodes {
    /// Why reading failed.
    type Error;

    /// The hashes of the leaves in `range`, all of them, in order.
    fn leaves(&mut self, range: Range<u64>) -> Result<Vec<Hash>, Self::Error>;

    /// The roots of the complete subtrees of 256^`level` leaves in `range`, all of them, in order; `level` is at least 1.
    fn subtrees(&mut self, level: u8, range: Range<u64>) -> Result<Vec<Hash>, Self::Error>;
}

/// Why a proof could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError<E> {
    /// The record is not in a log of that size.
    #[error("there is no record {index} in a log of {size}; ask for a lower number or a later checkpoint")]
    NoSuchLeaf {
        /// The record asked for.
        index: u64,
        /// The size of the log.
        size: u64,
    },
    /// The earlier log is the larger one.
    #[error("a log of {new} cannot begin with one of {old}; ask with the smaller size first")]
    Shrinking {
        /// The size said to be earlier.
        old: u64,
        /// The size said to be later.
        new: u64,
    },
    /// The store returned fewer or more hashes than asked for.
    #[error("level {level} holds {found} hashes in {}..{} where it must hold all; run `freehold audit verify`", range.start, range.end)]
    Missing {
        /// 0 for leaves, k for subtrees of 256^k.
        level: u8,
        /// What was asked for.
        range: Range<u64>,
        /// How many came.
        found: usize,
    },
    /// The store could not be read.
    #[error(transparent)]
    Read(E),
}

/// Why an inclusion proof does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InclusionError {
    /// The record is not in a log of that size.
    #[error("there is no record {index} in a log of {size}")]
    NoSuchLeaf {
        /// The record the proof is for.
        index: u64,
        /// The size of the log.
        size: u64,
    },
    /// A proof for this place has another length.
    #[error("a proof for record {index} of {size} never has {found} hashes")]
    Length {
        /// The record the proof is for.
        index: u64,
        /// The size of the log.
        size: u64,
        /// The hashes in the proof.
        found: usize,
    },
    /// The proof leads to another root.
    #[error(
        "the proof leads to root {computed}, the checkpoint says {expected}: the record is not the one logged there"
    )]
    Root {
        /// The root of the checkpoint.
        expected: Hash,
        /// The root that leaf and proof lead to.
        computed: Hash,
    },
}

/// Why a consistency proof does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsistencyError {
    /// The later log is the smaller one.
    #[error("the log had {old} records and now has {new}: records were taken away")]
    Shrinking {
        /// The size of the earlier log.
        old: u64,
        /// The size of the later log.
        new: u64,
    },
    /// A proof between these sizes has another length.
    #[error("a proof from {old} to {new} records never has {found} hashes")]
    Length {
        /// The size of the earlier log.
        old: u64,
        /// The size of the later log.
        new: u64,
        /// The hashes in the proof.
        found: usize,
    },
    /// The proof leads to another earlier root.
    #[error(
        "the proof leads to an earlier root {computed}, the earlier checkpoint says {expected}: history was rewritten"
    )]
    OldRoot {
        /// The root of the earlier checkpoint.
        expected: Hash,
        /// The root the proof leads to.
        computed: Hash,
    },
    /// The proof leads to another later root.
    #[error(
        "the proof leads to a later root {computed}, the later checkpoint says {expected}: history was rewritten"
    )]
    NewRoot {
        /// The root of the later checkpoint.
        expected: Hash,
        /// The root the proof leads to.
        computed: Hash,
    },
}

/// The root of the log when it had `size` leaves.
pub fn root_at<N: Nodes>(size: u64, nodes: &mut N) -> Result<Hash, ProofError<N::Error>> {
    Tiles::new(size, nodes).root_of(0..size)
}

/// The proof that leaf `index` is in the log of `size` leaves: the siblings on the way from the leaf to the root (RFC
/// 9162 §2.1.3.1).
pub fn inclusion_proof<N: Nodes>(
    index: u64,
    size: u64,
    nodes: &mut N,
) -> Result<Vec<Hash>, ProofError<N::Error>> {
    if index >= size {
        return Err(ProofError::NoSuchLeaf { index, size });
    }
    let mut tiles = Tiles::new(size, nodes);
    let mut proof = Vec::new();
    let mut here = 0..size;
    while here.end - here.start > 1 {
        let (left, right) = split(&here);
        let sibling;
        (here, sibling) = if index < left.end { (left, right) } else { (right, left) };
        proof.push(tiles.root_of(sibling)?);
    }
    proof.reverse();
    Ok(proof)
}

/// The proof that the log of `new` leaves begins with the log of `old` leaves (RFC 9162 §2.1.4.1). It is empty when the
/// sizes are equal, and when `old` is 0: every log begins with the empty one.
pub fn consistency_proof<N: Nodes>(
    old: u64,
    new: u64,
    nodes: &mut N,
) -> Result<Vec<Hash>, ProofError<N::Error>> {
    if old > new {
        return Err(ProofError::Shrinking { old, new });
    }
    let mut proof = Vec::new();
    if old == 0 {
        return Ok(proof);
    }
    let mut tiles = Tiles::new(new, nodes);
    let mut here = 0..new;
    while here.end != old {
        let (left, right) = split(&here);
        let sibling;
        (here, sibling) = if old <= left.end { (left, right) } else { (right, left) };
        proof.push(tiles.root_of(sibling)?);
    }
    // The verifier knows the old root; it needs the last subtree only where that is not the whole of the old log.
    if here.start != 0 {
        proof.push(tiles.root_of(here)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Checks that `leaf` is leaf `index` of the log with `size` leaves and root `root` (RFC 9162 §2.1.3.2).
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: Hash,
    proof: &[Hash],
    root: Hash,
) -> Result<(), InclusionError> {
    if index >= size {
        return Err(InclusionError::NoSuchLeaf { index, size });
    }
    let wrong_length = || InclusionError::Length { index, size, found: proof.len() };
    let (mut node, mut last, mut computed) = (index, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return Err(wrong_length());
        }
        if node & 1 == 1 || node == last {
            computed = node_hash(*sibling, computed);
            skip_absent_siblings(&mut node, &mut last);
        } else {
            computed = node_hash(computed, *sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(wrong_length());
    }
    if computed != root {
        return Err(InclusionError::Root { expected: root, computed });
    }
    Ok(())
}

/// Checks that the log with `new` leaves and root `new_root` begins with the log of `old` leaves and root `old_root`
/// (RFC 9162 §2.1.4.2).
pub fn verify_consistency(
    old: u64,
    old_root: Hash,
    new: u64,
    new_root: Hash,
    proof: &[Hash],
) -> Result<(), ConsistencyError> {
    let wrong_length = || ConsistencyError::Length { old, new, found: proof.len() };
    if old > new {
        return Err(ConsistencyError::Shrinking { old, new });
    }
    if old == 0 || old == new {
        let known = if old == 0 { super::tree::empty_root() } else { new_root };
        return match () {
            () if !proof.is_empty() => Err(wrong_length()),
            () if old_root != known => Err(ConsistencyError::OldRoot { expected: old_root, computed: known }),
            () => Ok(()),
        };
    }
    let (first, rest) = if old.is_power_of_two() {
        (old_root, proof)
    } else {
        proof.split_first().map(|(first, rest)| (*first, rest)).ok_or_else(wrong_length)?
    };
    let (mut node, mut last) = (old - 1, new - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut old_computed, mut new_computed) = (first, first);
    for sibling in rest {
        if last == 0 {
            return Err(wrong_length());
        }
        if node & 1 == 1 || node == last {
            old_computed = node_hash(*sibling, old_computed);
            new_computed = node_hash(*sibling, new_computed);
            skip_absent_siblings(&mut node, &mut last);
        } else {
            new_computed = node_hash(new_computed, *sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(wrong_length());
    }
    if old_computed != old_root {
        return Err(ConsistencyError::OldRoot { expected: old_root, computed: old_computed });
    }
    if new_computed != new_root {
        return Err(ConsistencyError::NewRoot { expected: new_root, computed: new_computed });
    }
    Ok(())
}

/// On the right edge a node climbs without a sibling until it is a right child.
fn skip_absent_siblings(node: &mut u64, last: &mut u64) {
    while *node & 1 == 0 && *node != 0 {
        *node >>= 1;
        *last >>= 1;
    }
}

/// The two children of the subtree over `range`: the left one is the largest power of two below its size.
fn split(range: &Range<u64>) -> (Range<u64>, Range<u64>) {
    let middle = range.start + (1 << (range.end - range.start - 1).ilog2());
    (range.start..middle, middle..range.end)
}

/// The tiles of a log of one size, each read once.
struct Tiles<'a, N> {
    size: u64,
    nodes: &'a mut N,
    read: BTreeMap<(u8, u64), Vec<Hash>>,
}

impl<'a, N: Nodes> Tiles<'a, N> {
    const fn new(size: u64, nodes: &'a mut N) -> Self {
        Self { size, nodes, read: BTreeMap::new() }
    }

    /// The root over `range`, which begins where a subtree of the log begins.
    fn root_of(&mut self, range: Range<u64>) -> Result<Hash, ProofError<N::Error>> {
        let mut edge = Vec::new();
        let mut start = range.start;
        while start < range.end {
            let height = (range.end - start).ilog2();
            edge.push(self.perfect(start, height)?);
            start += 1 << height;
        }
        Ok(fold_edge(&edge))
    }

    /// The root of the perfect subtree of 2^`height` leaves that begins at `start`.
    fn perfect(&mut self, start: u64, height: u32) -> Result<Hash, ProofError<N::Error>> {
        let level = u8::try_from(height / 8).unwrap_or(u8::MAX);
        let first = start >> (8 * u32::from(level));
        let tile = self.tile(level, first / TILE_WIDTH)?;
        let within = usize::try_from(first % TILE_WIDTH).unwrap_or(usize::MAX);
        let mut row = tile[within..within + (1 << (height % 8))].to_vec();
        while row.len() > 1 {
            row = row.as_chunks::<2>().0.iter().map(|[left, right]| node_hash(*left, *right)).collect();
        }
        Ok(row[0])
    }

    fn tile(&mut self, level: u8, n: u64) -> Result<&[Hash], ProofError<N::Error>> {
        use std::collections::btree_map::Entry;
        Ok(match self.read.entry((level, n)) {
            Entry::Occupied(tile) => tile.into_mut(),
            Entry::Vacant(place) => {
                let complete = self.size >> (8 * u32::from(level));
                let range = n * TILE_WIDTH..complete.min((n + 1) * TILE_WIDTH);
                let hashes = match level {
                    0 => self.nodes.leaves(range.clone()),
                    _ => self.nodes.subtrees(level, range.clone()),
                }
                .map_err(ProofError::Read)?;
                if hashes.len() as u64 != range.end - range.start {
                    return Err(ProofError::Missing { level, range, found: hashes.len() });
                }
                place.insert(hashes)
            }
        })
    }
}
