//! A refresh under way stores its result, whatever has happened meanwhile.
//!
//! Source: logto-io/kotlin#253. The user signs out while a refresh is on the network; its answer is
//! stored after that, and the user is signed in again.

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::world::Clock;

/// Fault: the sign-out removes what is stored, and a refresh that began before it brings it back.
pub struct SavesAfterSignOut<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
}

impl<E, S, C> SavesAfterSignOut<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        SavesAfterSignOut { endpoint, store, clock }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for SavesAfterSignOut<E, S, C> {
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

    async fn sign_out(&self, user: &UserId) -> Result<(), AuthError> {
        self.store.remove(user).await;
        Ok(())
    }
}
