//! A listener is told of the new token when the lock that made it is free again.
//!
//! Source: the order that supabase/auth-js#762 lacks. Its own fix (supabase/supabase-js#2392) goes
//! further and has no lock.

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, Tokens, UserId,
};
use authloom::sync::Mutex;
use authloom::world::Clock;

/// Right within one process, as long as nobody is cancelled.
pub struct NotifiesAfterUnlock<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    refresh_lock: Mutex<()>,
}

/// A token, and whether it is a new one.
enum Got {
    Stored(Tokens),
    Renewed(Tokens),
}

impl<E, S, C> NotifiesAfterUnlock<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        NotifiesAfterUnlock { endpoint, store, clock, refresh_lock: Mutex::new(()) }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock> NotifiesAfterUnlock<E, S, C> {
    async fn under_lock(&self, user: &UserId) -> Result<Got, AuthError> {
        let _guard = self.refresh_lock.lock().await;
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(Got::Stored(tokens));
        }
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(response, self.clock.now());
        self.store.save(user, renewed.clone()).await;
        Ok(Got::Renewed(renewed))
    }

    /// What the application does when it hears of a new token: it asks for it.
    async fn on_change(&self, user: &UserId) {
        let _ = self.access_token(user).await;
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for NotifiesAfterUnlock<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        match self.under_lock(user).await? {
            Got::Stored(tokens) => Ok(tokens.access_token),
            Got::Renewed(tokens) => {
                self.on_change(user).await;
                Ok(tokens.access_token)
            }
        }
    }
}
