//! A listener is told of the new token while the lock that made it is held.
//!
//! Source: supabase/auth-js#762. The listener to changes of the login asks the client for a token,
//! as listeners do; that waits for the lock, the lock waits for the listener.

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::Mutex;
use authloom::world::Clock;

/// Fault: the refresh waits for itself.
pub struct NotifiesUnderLock<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    refresh_lock: Mutex<()>,
}

impl<E, S, C> NotifiesUnderLock<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        NotifiesUnderLock { endpoint, store, clock, refresh_lock: Mutex::new(()) }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock> NotifiesUnderLock<E, S, C> {
    /// What the application does when it hears of a new token: it asks for it.
    async fn on_change(&self, user: &UserId) {
        let _ = self.access_token(user).await;
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for NotifiesUnderLock<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let _guard = self.refresh_lock.lock().await;
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(response, self.clock.now());
        self.store.save(user, renewed.clone()).await;
        self.on_change(user).await;
        Ok(renewed.access_token)
    }
}
