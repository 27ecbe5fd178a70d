//! Secrets that the desk makes: session cookies, API tokens, sign-in links.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::{Rng, rngs::StdRng};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// 256 random bits as URL-safe base64 without padding (RFC 4648 §5), API tokens behind `fh_` so that scanners find them
/// where they do not belong. Whoever holds the text is let in: it is shown once and kept as its SHA-256, which needs no
/// salt and no stretching because nobody can guess the text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// A secret of a session or a link.
    pub(crate) fn new(random: &mut StdRng) -> Self {
        Self::with_prefix("", random)
    }

    /// A secret of an API token.
    pub(super) fn token(random: &mut StdRng) -> Self {
        Self::with_prefix("fh_", random)
    }

    /// The secret that follows from 256 random bits in a form: the same form sent again leads to the same secret, which is
    /// kept nowhere.
    pub(crate) fn of_form(form: &str) -> Self {
        let digest = Sha256::new().chain_update("freehold guest link ").chain_update(form).finalize();
        Self(URL_SAFE_NO_PAD.encode(digest))
    }

    fn with_prefix(prefix: &str, random: &mut StdRng) -> Self {
        let mut bytes = [0_u8; 32];
        random.fill_bytes(&mut bytes);
        Self(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The text, to be shown once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub(crate) fn hash(&self) -> [u8; 32] {
        hash(&self.0)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What is kept of a secret that somebody presents.
pub(crate) fn hash(presented: &str) -> [u8; 32] {
    Sha256::digest(presented).into()
}
