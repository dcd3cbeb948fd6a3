//! The authorization server as an OpenID Provider (OpenID Connect Core, section 1.2), over raw
//! HTTP: one file an endpoint.
//!
//! What it can do without keys is always there. The metadata, the keys and signed ID tokens need
//! the feature `openid`. Not there: the implicit and hybrid flows, request objects, registration of
//! clients, encryption, and claims about the end-user beyond who it is.

pub(super) mod authorize;
#[cfg(feature = "openid")]
pub(super) mod discovery;
pub(super) mod id_token;
#[cfg(feature = "openid")]
pub(super) mod key_set;
pub(super) mod revocation;
#[cfg(not(feature = "openid"))]
#[path = "openid/no_signing.rs"]
mod signing;
#[cfg(feature = "openid")]
mod signing;
pub(super) mod userinfo;
