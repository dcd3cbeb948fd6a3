//! The result of a refresh is stored if the store still holds what was refreshed, in one operation.
//!
//! Source: the commit guard of supabase/supabase-js#2392, with a store that can compare; also what
//! thomhurst/Dekaf#3070 is for, that an answer which was overtaken is not stored.

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::world::Clock;

/// A sign-out stays one, and a newer token stays, in any number of processes. It does not keep a
/// refresh token from being spent twice.
pub struct SavesOnlyIfUnchanged<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
}

impl<E, S, C> SavesOnlyIfUnchanged<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        SavesOnlyIfUnchanged { endpoint, store, clock }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for SavesOnlyIfUnchanged<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(response, self.clock.now());
        if self.store.replace(user, &tokens.refresh_token, Some(renewed.clone())).await {
            return Ok(renewed.access_token);
        }
        let stored = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        Ok(stored.access_token)
    }

    async fn sign_out(&self, user: &UserId) -> Result<(), AuthError> {
        self.store.remove(user).await;
        Ok(())
    }
}
