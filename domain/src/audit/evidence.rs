//! One record's evidence: a `.tlog-proof` file that an auditor checks without us (c2sp.org/tlog-proof).

use std::{fmt, fmt::Write as _, str::FromStr};

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{
    Checkpoint, Hash, InclusionError, NoteError, VerifierKey, checkpoint::decimal, leaf_hash,
    verify_inclusion,
};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

/// A proof for one record: its number, the siblings on the way to the root, and the signed checkpoint with that root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// The record's number, from 0.
    pub index: u64,
    /// The inclusion proof, from the leaf's sibling to the root's child.
    pub hashes: Vec<Hash>,
    /// The signed checkpoint, verbatim.
    pub checkpoint: String,
    /// Whatever its maker put beside the proof. Nothing vouches for it.
    pub extra: Option<Vec<u8>>,
}

/// Text that is not a proof.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofError {
    /// The first line is another.
    #[error("this is not a tlog-proof: its first line must be `{FIRST_LINE}`")]
    FirstLine,
    /// The extra line is no base64.
    #[error("the proof's extra line is not standard base64")]
    Extra,
    /// The index line is missing or no number.
    #[error("the proof has no line `index N` with a decimal number")]
    Index,
    /// A line among the hashes is none.
    #[error("a line of the proof is not a hash: 44 characters of standard base64")]
    Hash,
    /// There is no checkpoint after an empty line.
    #[error("the proof ends before its checkpoint")]
    Truncated,
}

/// Why a proof does not show that the record is in the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// The checkpoint is not vouched for.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The record is not in the checkpoint's tree at that place.
    #[error(transparent)]
    Inclusion(#[from] InclusionError),
}

impl TlogProof {
    /// Checks that `entry` is the record of that number in the log that `key` signs, and returns the checkpoint that
    /// says so.
    pub fn verify(&self, entry: &[u8], key: &VerifierKey) -> Result<Checkpoint, EvidenceError> {
        let checkpoint = key.open(&self.checkpoint)?;
        verify_inclusion(self.index, checkpoint.size, leaf_hash(entry), &self.hashes, checkpoint.root)?;
        Ok(checkpoint)
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", BASE64_STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.hashes {
            writeln!(f, "{hash}")?;
        }
        f.write_char('\n')?;
        f.write_str(&self.checkpoint)
    }
}

impl FromStr for TlogProof {
    type Err = TlogProofError;

    fn from_str(text: &str) -> Result<Self, TlogProofError> {
        let (head, checkpoint) = text.split_once("\n\n").ok_or(TlogProofError::Truncated)?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(FIRST_LINE) {
            return Err(TlogProofError::FirstLine);
        }
        let extra = match lines.next_if(|line| line.starts_with("extra ")) {
            Some(line) => {
                Some(BASE64_STANDARD.decode(&line["extra ".len()..]).map_err(|_| TlogProofError::Extra)?)
            }
            None => None,
        };
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .and_then(decimal)
            .ok_or(TlogProofError::Index)?;
        let hashes =
            lines.map(|line| line.parse().map_err(|_| TlogProofError::Hash)).collect::<Result<_, _>>()?;
        Ok(Self { index, hashes, checkpoint: checkpoint.to_owned(), extra })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Frontier, LogKey};

    fn key() -> LogKey {
        LogKey::from_seed("desk.example.com/audit".parse().unwrap(), &[3; 32])
    }

    fn proof() -> TlogProof {
        let mut frontier = Frontier::default();
        frontier.append(leaf_hash(b"one"));
        frontier.append(leaf_hash(b"two"));
        let checkpoint = key().sign(&key().checkpoint(2, frontier.root()));
        TlogProof { index: 1, hashes: vec![leaf_hash(b"one")], checkpoint, extra: None }
    }

    #[test]
    fn a_proof_survives_being_written_down_and_convinces() {
        for extra in [None, Some(b"beside".to_vec())] {
            let read: TlogProof = TlogProof { extra, ..proof() }.to_string().parse().unwrap();
            assert_eq!(read.verify(b"two", key().verifier()).unwrap().size, 2);
        }
    }

    #[test]
    fn a_proof_for_another_record_or_place_does_not_convince() {
        assert!(matches!(proof().verify(b"six", key().verifier()), Err(EvidenceError::Inclusion(_))));
        let moved = TlogProof { index: 0, ..proof() };
        assert!(matches!(moved.verify(b"two", key().verifier()), Err(EvidenceError::Inclusion(_))));
        let beyond = TlogProof { index: 2, ..proof() };
        assert!(matches!(beyond.verify(b"two", key().verifier()), Err(EvidenceError::Inclusion(_))));
    }

    #[test]
    fn a_changed_proof_is_refused_at_every_byte() {
        let text = proof().to_string();
        for place in 0..text.len() {
            for bit in 0..8 {
                let mut bytes = text.clone().into_bytes();
                bytes[place] ^= 1 << bit;
                let Ok(changed) = String::from_utf8(bytes) else { continue };
                let verdict =
                    changed.parse::<TlogProof>().ok().and_then(|p| p.verify(b"two", key().verifier()).ok());
                assert_eq!(verdict, None, "byte {place}, bit {bit}");
            }
        }
    }

    #[test]
    fn text_that_is_no_proof_says_what_is_missing() {
        let text = proof().to_string();
        for (from, to, error) in [
            ("@v1", "@v2", TlogProofError::FirstLine),
            ("index 1", "index 01", TlogProofError::Index),
            ("index 1", "extra ~\nindex 1", TlogProofError::Extra),
            ("=\n\n", "\n\n", TlogProofError::Hash),
            ("\n\n", "\n", TlogProofError::Truncated),
        ] {
            assert_eq!(text.replace(from, to).parse::<TlogProof>(), Err(error), "{from} -> {to}");
        }
    }
}
