//! A mutex for each user around the refresh, and a second look inside it.
//!
//! Source: "the fix does not serialize unrelated sessions", from the tests required in "Finding the
//! Real Lock Boundary in an OIDC Callback".

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::Mutex;
use authloom::world::Clock;

use crate::keyed::Keyed;

/// Right within one process. The locks of users who left stay in memory.
pub struct SerializedPerSession<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    refresh_locks: Keyed<UserId, Mutex<()>>,
}

impl<E, S, C> SerializedPerSession<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        SerializedPerSession { endpoint, store, clock, refresh_locks: Keyed::new() }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for SerializedPerSession<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let lock = self.refresh_locks.get(user);
        let _guard = lock.lock().await;
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
