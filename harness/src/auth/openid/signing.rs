//! ES256 (RFC 7518, section 3.4) with keys that everybody can work out: they protect nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::Digest as _;

use super::id_token::key_id;

/// The signature of a text: the same each time (RFC 6979, section 3.2).
pub(super) fn sign(key: usize, text: &str) -> Option<Vec<u8>> {
    let signature: Signature = private_key(key).sign(text.as_bytes());
    Some(signature.to_bytes().to_vec())
}

/// A key as a JWK (RFC 7517, section 4; RFC 7518, section 6.2.1).
pub(super) fn public_key(key: usize) -> Value {
    let point = private_key(key).verifying_key().to_sec1_point(false);
    json!({
        "kty": "EC",
        "crv": "P-256",
        "x": URL_SAFE_NO_PAD.encode(point.x().expect("the point is not the identity")),
        "y": URL_SAFE_NO_PAD.encode(point.y().expect("the point is not compressed")),
        "use": "sig",
        "alg": "ES256",
        "kid": key_id(key),
    })
}

fn private_key(key: usize) -> SigningKey {
    let digest = sha2::Sha256::digest(format!("authloom signs with {}", key_id(key)));
    SigningKey::from_slice(&digest).expect("a digest is almost never out of range")
}
