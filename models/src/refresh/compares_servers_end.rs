//! The end of a token is taken from the token, by the server's clock, and compared with the
//! client's.
//!
//! Source: okta/okta-oidc-js#894 (a clock that is ahead finds each new token ended, and renews it
//! again and again), workos/authkit-nextjs#470 (a clock that is behind serves tokens that have
//! ended).

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, Tokens, UserId,
};
use authloom::sync::Mutex;
use authloom::world::Clock;

/// Fault: a moment of one clock is compared with a moment of another.
pub struct ComparesServersEnd<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    refresh_lock: Mutex<()>,
}

impl<E, S, C> ComparesServersEnd<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        ComparesServersEnd { endpoint, store, clock, refresh_lock: Mutex::new(()) }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for ComparesServersEnd<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let _guard = self.refresh_lock.lock().await;
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let expires_at = response.expires_at;
        let renewed = Tokens { expires_at, ..tokens.renewed(response, self.clock.now()) };
        self.store.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}
