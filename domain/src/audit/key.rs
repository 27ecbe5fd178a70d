//! Keys and signed notes: who vouches for a checkpoint (c2sp.org/signed-note, Ed25519).

use std::{fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use super::{Checkpoint, CheckpointError, Hash, Origin};

/// The signature type of plain Ed25519 in key ids and public keys.
const ED25519: u8 = 0x01;

/// Notes longer than this are not read; a hundred post-quantum cosignatures fit.
const MAX_NOTE_BYTES: usize = 1_000_000;

/// A line of signatures begins with an em dash and a space.
const SIGNATURE_MARK: &str = "\u{2014} ";

/// The log's own key: it signs checkpoints. The secret never prints itself and is wiped from memory when dropped.
#[derive(Clone)]
pub struct LogKey {
    secret: SigningKey,
    public: VerifierKey,
}

impl LogKey {
    /// The key of the log called `name`, from its 32 secret bytes (RFC 8032 §5.1.5).
    pub fn from_seed(name: Origin, seed: &[u8; 32]) -> Self {
        let secret = SigningKey::from_bytes(seed);
        let public = VerifierKey::new(name, secret.verifying_key());
        Self { secret, public }
    }

    /// The public half, to be handed to whoever is to check the log.
    pub const fn verifier(&self) -> &VerifierKey {
        &self.public
    }

    /// The name of the log.
    pub const fn origin(&self) -> &Origin {
        &self.public.name
    }

    /// The checkpoint of this log at `size`, ready to [`sign`](Self::sign).
    pub fn checkpoint(&self, size: u64, root: Hash) -> Checkpoint {
        Checkpoint { origin: self.public.name.clone(), size, root }
    }

    /// The checkpoint as a signed note. A log must never sign a checkpoint that is inconsistent with one it signed
    /// before: compare with the last one first.
    pub fn sign(&self, checkpoint: &Checkpoint) -> String {
        self.sign_note(checkpoint.to_string())
    }

    /// `text`, which ends in a newline, as a signed note.
    pub(super) fn sign_note(&self, mut text: String) -> String {
        let mut signature = self.public.id.to_vec();
        signature.extend_from_slice(&self.secret.sign(text.as_bytes()).to_bytes());
        text.push('\n');
        text.push_str(SIGNATURE_MARK);
        text.push_str(self.public.name.as_str());
        text.push(' ');
        text.push_str(&BASE64_STANDARD.encode(signature));
        text.push('\n');
        text
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogKey({}, secret not shown)", self.public)
    }
}

/// The public key of a log. Its text is the `vkey` of signed notes: `name+id+key`, the id in 8 hexadecimal digits.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: Origin,
    id: [u8; 4],
    key: VerifyingKey,
}

/// Text that is not a public key of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidVerifierKey {
    /// There are not three parts.
    #[error("a public key is written name+id+key; copy the whole line")]
    Parts,
    /// The name is none.
    #[error("the part before the first plus cannot name a log")]
    Name,
    /// The id is not the key's.
    #[error("the id between the pluses is not that of this name and key; copy the whole line again")]
    Id,
    /// It is a key of another kind.
    #[error("the key is not an Ed25519 key (type 1); this log signs with Ed25519")]
    Algorithm,
    /// The key is no point of the curve.
    #[error("the key after the last plus is not a public key; copy the whole line again")]
    Key,
}

/// Why a signed note was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It is longer than any note.
    #[error("the note is larger than a million bytes; it is not a checkpoint")]
    Size,
    /// It is no note.
    #[error("this is not a signed note: text, an empty line, then lines of signatures")]
    Malformed,
    /// No signature is by the key.
    #[error("the note carries no signature by this key; check that the key belongs to this log")]
    NotSigned,
    /// A signature claims to be by the key and is not.
    #[error(
        "the signature does not fit the note: it was changed after it was signed, or signed by somebody else"
    )]
    Signature,
    /// It is signed, but is no checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// It is a checkpoint of another log.
    #[error("the checkpoint is of another log than the key's")]
    Origin,
}

impl VerifierKey {
    fn new(name: Origin, key: VerifyingKey) -> Self {
        let digest = Sha256::new()
            .chain_update(name.as_str())
            .chain_update([b'\n', ED25519])
            .chain_update(key.as_bytes())
            .finalize();
        let id = [digest[0], digest[1], digest[2], digest[3]];
        Self { name, id, key }
    }

    /// The name of the log.
    pub const fn origin(&self) -> &Origin {
        &self.name
    }

    /// The checkpoint in `note`, once this key's signature is found good. Signatures by other keys, such as the
    /// cosignatures of witnesses, are ignored, as the specification demands.
    pub fn open(&self, note: &str) -> Result<Checkpoint, NoteError> {
        let checkpoint: Checkpoint = self.open_note(note)?.parse()?;
        if checkpoint.origin != self.name {
            return Err(NoteError::Origin);
        }
        Ok(checkpoint)
    }

    /// The text of `note`, once this key's signature is found good.
    pub(super) fn open_note<'n>(&self, note: &'n str) -> Result<&'n str, NoteError> {
        if note.len() > MAX_NOTE_BYTES {
            return Err(NoteError::Size);
        }
        if note.contains(|c: char| c < ' ' && c != '\n') {
            return Err(NoteError::Malformed);
        }
        let gap = note.rfind("\n\n").ok_or(NoteError::Malformed)?;
        let (text, signatures) = (&note[..=gap], &note[gap + 2..]);
        let signatures = signatures.strip_suffix('\n').ok_or(NoteError::Malformed)?;
        let mut signed = false;
        for line in signatures.split('\n') {
            let line = SignatureLine::parse(line).ok_or(NoteError::Malformed)?;
            if line.name == self.name && line.key_id == self.id {
                line.check(text, &self.key)?;
                signed = true;
            }
        }
        if signed { Ok(text) } else { Err(NoteError::NotSigned) }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519];
        key.extend_from_slice(self.key.as_bytes());
        write!(f, "{}+{:08x}+{}", self.name, u32::from_be_bytes(self.id), BASE64_STANDARD.encode(key))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

impl FromStr for VerifierKey {
    type Err = InvalidVerifierKey;

    fn from_str(text: &str) -> Result<Self, InvalidVerifierKey> {
        let (name, rest) = text.split_once('+').ok_or(InvalidVerifierKey::Parts)?;
        let (id, key) = rest.split_once('+').ok_or(InvalidVerifierKey::Parts)?;
        let name = name.parse().map_err(|_| InvalidVerifierKey::Name)?;
        let key = BASE64_STANDARD.decode(key).map_err(|_| InvalidVerifierKey::Key)?;
        let (ED25519, key) =
            key.split_first().map(|(kind, key)| (*kind, key)).ok_or(InvalidVerifierKey::Key)?
        else {
            return Err(InvalidVerifierKey::Algorithm);
        };
        let key = VerifyingKey::try_from(key).map_err(|_| InvalidVerifierKey::Key)?;
        // A weak key accepts signatures that nobody made.
        if key.is_weak() {
            return Err(InvalidVerifierKey::Key);
        }
        let verifier = Self::new(name, key);
        if format!("{:08x}", u32::from_be_bytes(verifier.id)) != id {
            return Err(InvalidVerifierKey::Id);
        }
        Ok(verifier)
    }
}

struct SignatureLine {
    name: Origin,
    key_id: [u8; 4],
    signature: Vec<u8>,
}

impl SignatureLine {
    fn parse(line: &str) -> Option<Self> {
        let (name, signature) = line.strip_prefix(SIGNATURE_MARK)?.split_once(' ')?;
        let bytes = BASE64_STANDARD.decode(signature).ok()?;
        let (key_id, signature) = bytes.split_first_chunk::<4>()?;
        let name = name.parse().ok()?;
        (!signature.is_empty()).then(|| Self { name, key_id: *key_id, signature: signature.to_vec() })
    }

    fn check(&self, text: &str, key: &VerifyingKey) -> Result<(), NoteError> {
        let signature = Signature::from_slice(&self.signature).map_err(|_| NoteError::Signature)?;
        // Strict, so that a signature has one spelling and a changed byte is always found.
        key.verify_strict(text.as_bytes(), &signature).map_err(|_| NoteError::Signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::leaf_hash;

    fn key() -> LogKey {
        LogKey::from_seed("desk.example.com/audit".parse().unwrap(), &[3; 32])
    }

    #[test]
    fn a_signed_checkpoint_opens_with_the_public_key_and_no_other() {
        let checkpoint = key().checkpoint(5, leaf_hash(b"x"));
        let note = key().sign(&checkpoint);
        assert_eq!(key().verifier().open(&note), Ok(checkpoint));
        let other = LogKey::from_seed(key().origin().clone(), &[4; 32]);
        assert_eq!(other.verifier().open(&note), Err(NoteError::NotSigned));
        let renamed = LogKey::from_seed("other.example.com".parse().unwrap(), &[3; 32]);
        assert_eq!(renamed.verifier().open(&note), Err(NoteError::NotSigned));
    }

    #[test]
    fn a_witness_may_add_its_cosignature() {
        let checkpoint = key().checkpoint(5, leaf_hash(b"x"));
        let witness = "\u{2014} witness.example mJirIkljAAECAwQFBgc=\n";
        let note = key().sign(&checkpoint) + witness;
        assert_eq!(key().verifier().open(&note), Ok(checkpoint.clone()));
        let (text, signature) = note.split_once("\n\n").unwrap();
        let first = format!("{text}\n\n{witness}{}", signature.replace(witness, ""));
        assert_eq!(key().verifier().open(&first), Ok(checkpoint));
    }

    #[test]
    fn a_changed_note_is_refused_at_every_byte() {
        let note = key().sign(&key().checkpoint(5, leaf_hash(b"x")));
        for place in 0..note.len() {
            for bit in 0..8 {
                let mut bytes = note.clone().into_bytes();
                bytes[place] ^= 1 << bit;
                if let Ok(changed) = String::from_utf8(bytes) {
                    assert!(key().verifier().open(&changed).is_err(), "byte {place}, bit {bit}");
                }
            }
        }
    }

    #[test]
    fn a_checkpoint_of_another_log_is_refused_even_when_this_key_signed_it() {
        let mut checkpoint = key().checkpoint(5, leaf_hash(b"x"));
        checkpoint.origin = "other.example.com".parse().unwrap();
        assert_eq!(key().verifier().open(&key().sign(&checkpoint)), Err(NoteError::Origin));
    }

    #[test]
    fn a_public_key_survives_being_written_down() {
        let text = key().verifier().to_string();
        assert_eq!(text.parse(), Ok(key().verifier().clone()));
        for (changed, error) in [
            (text.replace("desk", "disk"), InvalidVerifierKey::Id),
            (text.replace("+A", "+B"), InvalidVerifierKey::Algorithm),
            (text.replace('+', "-"), InvalidVerifierKey::Parts),
            (text[..text.len() - 4].to_owned(), InvalidVerifierKey::Key),
            (format!("+{text}"), InvalidVerifierKey::Name),
        ] {
            assert_eq!(changed.parse::<VerifierKey>(), Err(error), "{changed}");
        }
    }

    #[test]
    fn the_secret_is_never_printed() {
        let secret = [0xc4; 32];
        let shown = format!("{:?}", LogKey::from_seed("desk.example.com".parse().unwrap(), &secret));
        assert!(!shown.contains(&BASE64_STANDARD.encode(secret)));
        assert!(!shown.contains("c4c4") && !shown.contains("196, 196"), "{shown}");
        assert!(shown.contains("desk.example.com"));
    }
}
