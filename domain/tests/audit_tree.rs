//! The tree and its proofs, held against implementations that are not ours.

#![expect(clippy::unwrap_used, reason = "the lint knows tests by their attribute, not what they call")]

use std::{cell::RefCell, convert::Infallible, ops::Range};

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use domain::audit::{
    ConsistencyError, Frontier, Hash, InclusionError, LogKey, Nodes, ProofError, TileKind, TilePath,
    TlogProof, consistency_proof, empty_root, inclusion_proof, leaf_hash, root_at, tile_bytes,
    verify_consistency, verify_inclusion,
};
use proptest::{prelude::*, sample::Index};
use sha2::Sha256;

/// What a store keeps: leaf hashes, and one row for each completed subtree.
#[derive(Default)]
struct Stored {
    frontier: Frontier,
    leaves: Vec<Hash>,
    subtrees: Vec<Vec<Hash>>,
    roots: Vec<Hash>,
    reads: usize,
    rows: usize,
}

impl Stored {
    fn with(size: u64) -> Self {
        let mut stored = Self { roots: vec![empty_root()], ..Self::default() };
        for n in 0..size {
            let leaf = leaf_hash(&entry(n));
            for subtree in stored.frontier.append(leaf) {
                let level = usize::from(subtree.level);
                stored.subtrees.resize(stored.subtrees.len().max(level), Vec::new());
                assert_eq!(stored.subtrees[level - 1].len() as u64, subtree.index);
                stored.subtrees[level - 1].push(subtree.hash);
            }
            stored.leaves.push(leaf);
            stored.roots.push(stored.frontier.root());
        }
        stored
    }

    fn count(&mut self, range: &Range<u64>) -> Range<usize> {
        let range = place(range.start)..place(range.end);
        self.reads += 1;
        self.rows += range.len();
        range
    }
}

impl Nodes for Stored {
    type Error = Infallible;

    fn leaves(&mut self, range: Range<u64>) -> Result<Vec<Hash>, Infallible> {
        let range = self.count(&range);
        Ok(self.leaves[range].to_vec())
    }

    fn subtrees(&mut self, level: u8, range: Range<u64>) -> Result<Vec<Hash>, Infallible> {
        let range = self.count(&range);
        Ok(self.subtrees[usize::from(level) - 1][range].to_vec())
    }
}

fn entry(n: u64) -> Vec<u8> {
    format!("entry {n}").into_bytes()
}

fn theirs(size: u64) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    for n in 0..size {
        tree.push(entry(n));
    }
    tree
}

fn place(size: u64) -> usize {
    usize::try_from(size).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn roots_and_proofs_are_those_of_ct_merkle(size in 1_u64..1_500, leaf in any::<Index>(), old in any::<Index>()) {
        let (mut ours, theirs) = (Stored::with(size), theirs(size));
        prop_assert_eq!(ours.frontier.root().0.to_vec(), theirs.root().as_bytes().to_vec());
        prop_assert_eq!(root_at(size, &mut ours).unwrap(), ours.frontier.root());

        let leaf = leaf.index(place(size)) as u64;
        let proof = inclusion_proof(leaf, size, &mut ours).unwrap();
        let their_proof = theirs.prove_inclusion(place(leaf));
        prop_assert_eq!(tile_bytes(&proof), their_proof.as_bytes());

        let old = 1 + old.index(place(size)) as u64;
        let proof = consistency_proof(old, size, &mut ours).unwrap();
        let their_proof = theirs.prove_consistency(place(size - old));
        // Between equal sizes theirs repeats a root that both sides know; RFC 9162 has no such proof and ours is empty.
        if old < size {
            prop_assert_eq!(tile_bytes(&proof), their_proof.as_bytes());
        }
    }

    #[test]
    fn every_proof_convinces_and_no_changed_one_does(
        size in 1_u64..900, leaf in any::<Index>(), old in any::<Index>(), hash in any::<Index>(), bit in 0_usize..256,
    ) {
        let mut stored = Stored::with(size);
        let root = stored.frontier.root();
        let flip = |mut hash: Hash| { hash.0[bit / 8] ^= 1 << (bit % 8); hash };

        let index = leaf.index(place(size)) as u64;
        let leaf = leaf_hash(&entry(index));
        let proof = inclusion_proof(index, size, &mut stored).unwrap();
        prop_assert_eq!(verify_inclusion(index, size, leaf, &proof, root), Ok(()));
        prop_assert!(verify_inclusion(index, size, flip(leaf), &proof, root).is_err());
        prop_assert!(verify_inclusion(index, size, leaf, &proof, flip(root)).is_err());
        for other in 0..size {
            prop_assert_eq!(verify_inclusion(other, size, leaf, &proof, root).is_ok(), other == index);
        }
        if !proof.is_empty() {
            let mut changed = proof.clone();
            let at = hash.index(proof.len());
            changed[at] = flip(changed[at]);
            prop_assert!(verify_inclusion(index, size, leaf, &changed, root).is_err());
            prop_assert!(verify_inclusion(index, size, leaf, &proof[1..], root).is_err());
        }
        let longer = [&proof[..], &[root]].concat();
        prop_assert!(verify_inclusion(index, size, leaf, &longer, root).is_err());

        let old = old.index(place(size)) as u64;
        let old_root = root_at(old, &mut stored).unwrap();
        prop_assert_eq!(old_root, stored.roots[place(old)]);
        let proof = consistency_proof(old, size, &mut stored).unwrap();
        prop_assert_eq!(verify_consistency(old, old_root, size, root, &proof), Ok(()));
        prop_assert!(verify_consistency(old, flip(old_root), size, root, &proof).is_err());
        if old > 0 {
            prop_assert!(verify_consistency(old, old_root, size, flip(root), &proof).is_err());
            let mut changed = proof.clone();
            let at = hash.index(proof.len());
            changed[at] = flip(changed[at]);
            prop_assert!(verify_consistency(old, old_root, size, root, &changed).is_err());
            prop_assert!(verify_consistency(old, old_root, size, root, &proof[1..]).is_err());
        }
        let longer = [&proof[..], &[root]].concat();
        prop_assert!(verify_consistency(old, old_root, size, root, &longer).is_err());
    }
}

#[test]
fn a_proof_reads_few_tiles_of_a_long_log() {
    let size = 65_536 + 5 * 256 + 77;
    let mut stored = Stored::with(size);
    let root = stored.frontier.root();
    for index in [0, 255, 256, 40_000, 65_535, 65_536, size - 78, size - 1] {
        (stored.reads, stored.rows) = (0, 0);
        let proof = inclusion_proof(index, size, &mut stored).unwrap();
        assert_eq!(verify_inclusion(index, size, leaf_hash(&entry(index)), &proof, root), Ok(()));
        assert!(stored.reads <= 2 * 3, "{} reads for record {index}", stored.reads);
        assert!(stored.rows <= 2 * 3 * 256, "{} rows for record {index}", stored.rows);
    }
    for old in [1, 255, 256, 257, 40_000, 65_536, 66_000, size - 1] {
        (stored.reads, stored.rows) = (0, 0);
        let proof = consistency_proof(old, size, &mut stored).unwrap();
        assert_eq!(verify_consistency(old, stored.roots[place(old)], size, root, &proof), Ok(()));
        assert!(stored.reads <= 3 * 3, "{} reads from size {old}", stored.reads);
    }
}

#[test]
fn what_cannot_be_proved_is_refused_with_the_reason() {
    let mut stored = Stored::with(10);
    let root = stored.frontier.root();
    let leaf = leaf_hash(&entry(0));
    assert_eq!(inclusion_proof(10, 10, &mut stored), Err(ProofError::NoSuchLeaf { index: 10, size: 10 }));
    assert_eq!(consistency_proof(11, 10, &mut stored), Err(ProofError::Shrinking { old: 11, new: 10 }));
    assert_eq!(
        verify_inclusion(10, 10, leaf, &[], root),
        Err(InclusionError::NoSuchLeaf { index: 10, size: 10 })
    );
    assert_eq!(
        verify_consistency(10, root, 9, root, &[]),
        Err(ConsistencyError::Shrinking { old: 10, new: 9 })
    );
    assert_eq!(verify_consistency(10, root, 10, root, &[]), Ok(()));
    assert_eq!(
        verify_consistency(10, root, 10, leaf, &[]),
        Err(ConsistencyError::OldRoot { expected: root, computed: leaf })
    );
}

#[test]
fn a_store_that_lost_a_row_cannot_prove_over_the_gap() {
    struct Lossy(Stored);
    impl Nodes for Lossy {
        type Error = Infallible;

        fn leaves(&mut self, range: Range<u64>) -> Result<Vec<Hash>, Infallible> {
            let mut leaves = self.0.leaves(range)?;
            leaves.pop();
            Ok(leaves)
        }

        fn subtrees(&mut self, level: u8, range: Range<u64>) -> Result<Vec<Hash>, Infallible> {
            self.0.subtrees(level, range)
        }
    }
    assert_eq!(
        inclusion_proof(3, 10, &mut Lossy(Stored::with(10))),
        Err(ProofError::Missing { level: 0, range: 0..10, found: 9 })
    );
}

fn key() -> LogKey {
    LogKey::from_seed("desk.example.com/audit".parse().unwrap(), &[3; 32])
}

/// Our tiles, served to the verifier of another implementation.
struct Served(RefCell<Stored>);

impl tlog_tiles::TileReader for Served {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let mut stored = self.0.borrow_mut();
        let size = stored.frontier.size();
        Ok(tiles
            .iter()
            .map(|tile| {
                // Theirs names the height of the tiles; `tlog-tiles` has since fixed it at 8.
                let path: TilePath = tile.path().replacen("tile/8/", "tile/", 1).parse().unwrap();
                assert!(path.is_within(size));
                let hashes = match path.kind() {
                    TileKind::Hashes(0) | TileKind::Entries => stored.leaves(path.range()),
                    TileKind::Hashes(level) => stored.subtrees(level, path.range()),
                };
                tile_bytes(&hashes.unwrap())
            })
            .collect())
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

#[test]
fn other_implementations_verify_our_checkpoint_our_proofs_and_our_tiles() {
    use signed_note::{Note, StandardVerifier, VerifierList};
    let size = 70_000;
    let mut stored = Stored::with(size);
    let signed = key().sign(&key().checkpoint(size, stored.frontier.root()));

    let verifier = StandardVerifier::new(&key().verifier().to_string()).unwrap();
    let note = Note::from_bytes(signed.as_bytes()).unwrap();
    let (verified, unverified) = note.verify(&VerifierList::new(vec![Box::new(verifier)])).unwrap();
    assert_eq!((verified.len(), unverified.len()), (1, 0));
    let checkpoint = tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap();
    assert_eq!(checkpoint.origin(), "desk.example.com/audit");
    assert_eq!(checkpoint.size(), size);

    let index = 66_000;
    let proof = inclusion_proof(index, size, &mut stored).unwrap();
    let file = TlogProof { index, hashes: proof, checkpoint: signed, extra: None }.to_string();
    let hashes = file
        .lines()
        .skip(2)
        .take_while(|line| !line.is_empty())
        .map(|line| tlog_tiles::Hash::parse_hash(line).unwrap())
        .collect();
    let leaf = tlog_tiles::record_hash(&entry(index));
    tlog_tiles::check_record(&hashes, size, *checkpoint.hash(), index, leaf).unwrap();
    let other = tlog_tiles::record_hash(&entry(index + 1));
    assert!(tlog_tiles::check_record(&hashes, size, *checkpoint.hash(), index, other).is_err());

    let old = 65_700;
    let theirs = |hash: Hash| tlog_tiles::Hash(hash.0);
    let proof = consistency_proof(old, size, &mut stored).unwrap().into_iter().map(theirs).collect();
    let old_root = theirs(stored.roots[place(old)]);
    tlog_tiles::check_tree(&proof, size, *checkpoint.hash(), old, old_root).unwrap();

    // Their reader checks each tile against the checkpoint before it uses a hash of it.
    let served = Served(RefCell::new(stored));
    let reader = tlog_tiles::TileHashReader::new(size, *checkpoint.hash(), &served);
    let from_tiles = tlog_tiles::prove_record(size, index, &reader).unwrap();
    assert!(from_tiles == hashes);
}

#[test]
fn a_note_that_another_implementation_signed_opens_with_our_key() {
    use base64::{Engine, prelude::BASE64_STANDARD};
    use signed_note::{Note, StandardSigner};
    let checkpoint = key().checkpoint(3, Stored::with(3).frontier.root());
    let public = key().verifier().to_string();
    let (name, rest) = public.split_once('+').unwrap();
    let (id, _) = rest.split_once('+').unwrap();
    let secret = BASE64_STANDARD.encode([[1].as_slice(), &[3; 32]].concat());
    let signer = StandardSigner::new(&format!("PRIVATE+KEY+{name}+{id}+{secret}")).unwrap();
    let mut note = Note::new(checkpoint.to_string().as_bytes(), &[]).unwrap();
    note.add_sigs(&[&signer]).unwrap();
    let signed = String::from_utf8(note.to_bytes()).unwrap();
    assert_eq!(signed, key().sign(&checkpoint));
    assert_eq!(key().verifier().open(&signed), Ok(checkpoint));
}
