//! After a refresh, the refresh token that was presented is stored again.
//!
//! Source: git-ecosystem/git-credential-manager#2003. The new access token is stored, beside the
//! old refresh token: all is well until the access token ends, and then the session is over.

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, Tokens, UserId,
};
use authloom::sync::Mutex;
use authloom::world::Clock;

/// Fault: the refresh token of the answer is dropped.
pub struct StoresPresentedToken<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    refresh_lock: Mutex<()>,
}

impl<E, S, C> StoresPresentedToken<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        StoresPresentedToken { endpoint, store, clock, refresh_lock: Mutex::new(()) }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for StoresPresentedToken<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let _guard = self.refresh_lock.lock().await;
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let refresh_token = tokens.refresh_token.clone();
        let renewed = Tokens { refresh_token, ..tokens.renewed(response, self.clock.now()) };
        self.store.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}
