//! The life of an access token is counted from when its answer came.
//!
//! Source: RFC 6749, section 5.1: `expires_in` counts from when the response was generated. What
//! the answer needs to come is added to the token's life, and for as long a dead token looks live.

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::Mutex;
use authloom::world::Clock;

/// Fault: it looks at the clock when the answer is there.
pub struct CountsFromReceipt<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    refresh_lock: Mutex<()>,
}

impl<E, S, C> CountsFromReceipt<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        CountsFromReceipt { endpoint, store, clock, refresh_lock: Mutex::new(()) }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for CountsFromReceipt<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let _guard = self.refresh_lock.lock().await;
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let received = self.clock.now();
        let renewed = tokens.renewed(response, received);
        self.store.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}
