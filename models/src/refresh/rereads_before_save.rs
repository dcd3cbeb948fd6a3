//! The result of a refresh is stored if the store still holds what was refreshed, by a look before
//! it.
//!
//! Source: the commit guard of supabase/supabase-js#2392.

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::world::Clock;

/// Fault, if the store is not memory of the process: between the look and the write, the user signs
/// out.
pub struct RereadsBeforeSave<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
}

impl<E, S, C> RereadsBeforeSave<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        RereadsBeforeSave { endpoint, store, clock }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for RereadsBeforeSave<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(response, self.clock.now());
        let stored = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if stored.refresh_token != tokens.refresh_token {
            return Ok(stored.access_token);
        }
        self.store.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }

    async fn sign_out(&self, user: &UserId) -> Result<(), AuthError> {
        self.store.remove(user).await;
        Ok(())
    }
}
