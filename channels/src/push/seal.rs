//! What a push service carries and cannot read: message encryption for Web Push (RFC 8291) in the content coding
//! `aes128gcm` (RFC 8188).

use domain::push::PushKeys;
use ring::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{self, ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey},
    error::Unspecified,
    hkdf::{self, HKDF_SHA256, KeyType},
    rand::{SecureRandom, SystemRandom},
};

/// The size of a record: the least that every push service takes (RFC 8291 §4). A message is one record.
const RECORD: u32 = 4_096;

/// What every message is filled up to, so that its length says nothing of it.
pub(super) const PADDED: usize = 128;

/// Encrypts a message for one browser, with a key that is thrown away afterwards.
///
/// # Errors
///
/// When the browser's key is no point of P-256, or the system gives no randomness.
pub(super) fn seal(message: &[u8], keys: &PushKeys, random: &SystemRandom) -> Result<Vec<u8>, Unspecified> {
    let mut salt = [0; 16];
    random.fill(&mut salt)?;
    let mine = EphemeralPrivateKey::generate(&ECDH_P256, random)?;
    let public = mine.compute_public_key()?;
    let theirs = UnparsedPublicKey::new(&ECDH_P256, &keys.p256dh);
    agreement::agree_ephemeral(mine, &theirs, |shared| {
        seal_with(message, PADDED, keys, Agreed { shared, public: public.as_ref(), salt })
    })?
}

/// What a message is encrypted with, once sender and browser have agreed.
struct Agreed<'a> {
    shared: &'a [u8],
    public: &'a [u8],
    salt: [u8; 16],
}

fn seal_with(
    message: &[u8],
    padded: usize,
    keys: &PushKeys,
    Agreed { shared, public, salt }: Agreed<'_>,
) -> Result<Vec<u8>, Unspecified> {
    // RFC 8291 §3.4.
    let secret = hkdf::Salt::new(HKDF_SHA256, &keys.auth).extract(shared);
    let input: [u8; 32] = expand(&secret, &[b"WebPush: info\0", &keys.p256dh, public])?;
    let secret = hkdf::Salt::new(HKDF_SHA256, &salt).extract(&input);
    let key: [u8; 16] = expand(&secret, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce: [u8; 12] = expand(&secret, &[b"Content-Encoding: nonce\0"])?;

    // RFC 8188 §2: of the last record the filling begins with a two.
    let mut record = message.to_vec();
    record.push(2);
    record.resize(record.len().max(padded), 0);
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?);
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut record)?;

    let mut sealed = salt.to_vec();
    sealed.extend(RECORD.to_be_bytes());
    sealed.push(u8::try_from(public.len()).map_err(|_| Unspecified)?);
    sealed.extend(public);
    sealed.append(&mut record);
    Ok(sealed)
}

fn expand<const N: usize>(secret: &hkdf::Prk, info: &[&[u8]]) -> Result<[u8; N], Unspecified> {
    struct Bytes(usize);
    impl KeyType for Bytes {
        fn len(&self) -> usize {
            self.0
        }
    }
    let mut bytes = [0; N];
    secret.expand(info, Bytes(N))?.fill(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;

    /// RFC 8291 §5 and appendix A.
    #[test]
    fn the_example_of_the_standard_is_encrypted_as_there() {
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let keys = PushKeys::parse(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "BTBZMqHH6r4Tts7J_aSIgg",
        )
        .unwrap();
        let agreed = Agreed {
            shared: &bytes("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs"),
            public: &bytes(
                "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
            ),
            salt: bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap(),
        };
        let sealed = seal_with(b"When I grow up, I want to be a watermelon", 0, &keys, agreed).unwrap();
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(URL_SAFE_NO_PAD.encode(sealed), expected);
    }

    #[test]
    fn every_message_has_the_same_length() {
        let random = SystemRandom::new();
        let theirs = EphemeralPrivateKey::generate(&ECDH_P256, &random).unwrap();
        let p256dh = theirs.compute_public_key().unwrap().as_ref().to_vec();
        let keys = PushKeys { p256dh, auth: vec![7; 16] };
        let length = |message: &[u8]| seal(message, &keys, &random).unwrap().len();
        assert_eq!(length(b""), length(&[b'x'; PADDED - 1]));
        let nowhere = PushKeys { p256dh: [vec![4], vec![1; 64]].concat(), auth: vec![7; 16] };
        assert!(seal(b"x", &nowhere, &random).is_err(), "a key that is no point of the curve");
    }
}
