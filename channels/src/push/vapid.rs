//! By what push services know this desk: voluntary application server identification (RFC 8292).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::Timestamp;
use jiff::SignedDuration;
use ring::{
    error::Unspecified,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use serde_json::json;

/// How long a claim is good; at most a day is allowed (RFC 8292 §2).
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(12);

/// The key of this desk.
pub(super) struct Identity(EcdsaKeyPair);

impl Identity {
    /// A fresh one, PKCS #8.
    pub(super) fn make(random: &SystemRandom) -> Result<Vec<u8>, Unspecified> {
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, random)?;
        Ok(made.as_ref().to_vec())
    }

    pub(super) fn read(pkcs8: &[u8], random: &SystemRandom) -> Option<Self> {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, random).ok().map(Self)
    }

    /// What browsers bind a subscription to: an uncompressed point of P-256 in base64url.
    pub(super) fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.public_key())
    }

    /// The value of `Authorization` for a push service (RFC 8292 §3).
    pub(super) fn authorization(
        &self,
        origin: &str,
        contact: Option<&str>,
        now: Timestamp,
        random: &SystemRandom,
    ) -> Result<String, Unspecified> {
        let until = now.checked_add(GOOD_FOR).map_err(|_| Unspecified)?.as_second();
        let mut claims = json!({ "aud": origin, "exp": until });
        if let Some(contact) = contact {
            claims["sub"] = json!(contact);
        }
        let head = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"ES256"}"#);
        let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
        let signed = format!("{head}.{claims}");
        let signature = self.0.sign(random, signed.as_bytes())?;
        Ok(format!("vapid t={signed}.{}, k={}", URL_SAFE_NO_PAD.encode(signature), self.public()))
    }
}
