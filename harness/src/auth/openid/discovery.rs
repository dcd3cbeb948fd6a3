//! What a client finds out about the provider (OpenID Connect Discovery, sections 3 and 4).

use http::{Request, StatusCode};
use serde_json::json;

use super::authorize::AUTHORIZATION_URL;
use super::key_set::KEY_SET_URL;
use super::revocation::REVOCATION_URL;
use super::userinfo::USERINFO_URL;
use crate::auth::endpoint::{Answer, ISSUER, TOKEN_URL};
use crate::auth::http::respond;
use crate::auth::world::World;
use crate::explore::Lane;
use crate::world::{Fault, Operation, operation};

/// Where the provider's metadata is: below its issuer identifier (section 4).
pub const DISCOVERY_URL: &str = "https://as.test/.well-known/openid-configuration";

/// A request for the provider's metadata. It meets nothing that changes.
pub static DISCOVER: Operation = operation!("discover", Network, Fault::ALL_BUT_REFUSED);

pub(in crate::auth) fn serve(_: &World, _: &Request<Vec<u8>>, _: Lane) -> Answer {
    let metadata = json!({
        "issuer": ISSUER,
        "authorization_endpoint": AUTHORIZATION_URL,
        "token_endpoint": TOKEN_URL,
        "userinfo_endpoint": USERINFO_URL,
        "jwks_uri": KEY_SET_URL,
        "scopes_supported": ["openid"],
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported":
            ["client_secret_basic", "client_secret_post", "none"],
        "claims_supported":
            ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash"],
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        // RFC 8414, section 2.
        "revocation_endpoint": REVOCATION_URL,
        "code_challenge_methods_supported": ["S256"],
    });
    Ok(respond(StatusCode::OK, metadata.to_string().into_bytes()))
}
