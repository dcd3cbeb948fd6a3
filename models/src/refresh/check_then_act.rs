//! Read, release, network, store.
//!
//! Source: the anti-pattern of "Token Refresh TOCTOU Race Condition" (a session behind an `RwLock`,
//! its refresh token cloned out and the lock released before the request). Seen in the field: in
//! two handlers of one request that share a cookie (nextauthjs/next-auth#11240,
//! workos/authkit-nextjs#28); behind a lock that two callers could both get
//! (auth0/auth0-spa-js#553); in a renewal timer beside a manual renewal
//! (authts/oidc-client-ts#1618, authts/oidc-client-ts#710); in concurrent checks that the token is
//! valid (home-assistant/core#117912). Where the server grants both, the slower answer overwrites
//! the faster (thomhurst/Dekaf#3060); where it has a limit, a herd exceeds it (djc/gcp_auth#41,
//! googleapis/google-auth-library-nodejs#338).

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::world::Clock;

/// Fault: between reading the refresh token and storing its successor, anybody else reads the same
/// one.
pub struct CheckThenAct<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
}

impl<E, S, C> CheckThenAct<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        CheckThenAct { endpoint, store, clock }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for CheckThenAct<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(response, self.clock.now());
        self.store.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}
