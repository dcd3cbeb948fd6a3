//! A refresh that fails removes what is stored, whatever it failed for.
//!
//! Source: joinmarket-webui/jam#1471, before its fix. A dropped connection, or a server that is
//! started again, signs the user out, as if the refresh token had been refused.

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::Mutex;
use authloom::world::Clock;

/// Fault: only a refusal says something of the session (RFC 6749, section 5.2).
pub struct RemovesOnAnyFailure<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    refresh_lock: Mutex<()>,
}

impl<E, S, C> RemovesOnAnyFailure<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        RemovesOnAnyFailure { endpoint, store, clock, refresh_lock: Mutex::new(()) }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for RemovesOnAnyFailure<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let _guard = self.refresh_lock.lock().await;
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let result = self.endpoint.refresh(&tokens.refresh_token).await;
        if result.is_err() {
            self.store.replace(user, &tokens.refresh_token, None).await;
        }
        let renewed = tokens.renewed(result?, self.clock.now());
        self.store.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}
