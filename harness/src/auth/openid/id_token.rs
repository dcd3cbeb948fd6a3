//! ID tokens (OpenID Connect Core, section 2): JSON Web Tokens in JWS compact form (RFC 7515,
//! section 7.1), signed with ES256.
//!
//! The same claims are signed once, whatever the number of executions.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::Digest as _;

use super::signing;
use crate::auth::authorization_server::CLIENT_ID;
use crate::auth::endpoint::ISSUER;
use crate::auth::identity::UserId;
use crate::auth::secret::{AccessToken, IdToken, Nonce};
use crate::world::Timestamp;

/// How long an ID token may be accepted: five minutes. A world begins with the Unix epoch.
pub const ID_TOKEN_TTL: Duration = Duration::from_secs(300);

/// What an ID token says that is not the same in all.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::auth) struct Claims {
    pub(in crate::auth) subject: UserId,
    pub(in crate::auth) nonce: Option<Nonce>,
    pub(in crate::auth) authenticated_at: Timestamp,
    pub(in crate::auth) issued_at: Timestamp,
    pub(in crate::auth) access_token: AccessToken,
}

/// The ID tokens of a provider, and the keys that it signs them with.
#[derive(Default)]
pub(in crate::auth) struct IdTokens {
    /// The number of the key in use. The keys before it are published too.
    key: usize,
    /// What was ever signed, by the key and the claims.
    signed: BTreeMap<(usize, Claims), Option<IdToken>>,
    /// The public keys, in order, as far as anybody asked.
    #[cfg(feature = "openid")]
    published: Vec<serde_json::Value>,
}

impl IdTokens {
    /// Goes back to the first key. What was signed stays: it would be the same again.
    pub(in crate::auth) fn clear(&mut self) {
        self.key = 0;
    }

    /// An ID token; none, in a build that cannot sign.
    pub(in crate::auth) fn issue(&mut self, claims: Claims) -> Option<IdToken> {
        let key = self.key;
        let signed = self.signed.entry((key, claims));
        let signed = signed.or_insert_with_key(|(key, claims)| sign(*key, claims));
        signed.clone()
    }

    #[cfg(feature = "openid")]
    pub(in crate::auth) fn rotate_key(&mut self) {
        self.key += 1;
    }

    /// RFC 7517, section 5.
    #[cfg(feature = "openid")]
    pub(in crate::auth) fn key_set(&mut self) -> serde_json::Value {
        for key in self.published.len()..=self.key {
            self.published.push(signing::public_key(key));
        }
        json!({ "keys": self.published[..=self.key] })
    }
}

fn sign(key: usize, claims: &Claims) -> Option<IdToken> {
    let header = json!({ "alg": "ES256", "typ": "JWT", "kid": key_id(key) });
    let Claims { subject, nonce, authenticated_at, issued_at, access_token } = claims;
    let mut payload = json!({
        "iss": ISSUER,
        "sub": subject.as_str(),
        "aud": CLIENT_ID,
        "exp": issued_at.plus(ID_TOKEN_TTL).0.as_secs(),
        "iat": issued_at.0.as_secs(),
        "auth_time": authenticated_at.0.as_secs(),
        "at_hash": hash_of(access_token),
    });
    if let Some(nonce) = nonce {
        payload["nonce"] = json!(nonce.secret());
    }
    let encode = |part: serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", encode(header), encode(payload));
    let signature = URL_SAFE_NO_PAD.encode(signing::sign(key, &signed)?);
    Some(IdToken::new(format!("{signed}.{signature}")))
}

/// What a key is called (RFC 7517, section 4.5).
pub(super) fn key_id(key: usize) -> String {
    format!("key-{}", key + 1)
}

/// `at_hash` (OpenID Connect Core, section 3.1.3.6): the left half of the hash that the signature
/// is made with.
fn hash_of(access_token: &AccessToken) -> String {
    let digest = sha2::Sha256::digest(access_token.secret());
    URL_SAFE_NO_PAD.encode(&digest[..16])
}
