//! A refused refresh token is removed if it is still the one that is stored, in one operation.
//!
//! Source: what the look before the removal of clerk/cli#213 is for, with a store that can compare.

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, OAuthErrorCode, TokenEndpoint, TokenError, TokenRefresher, TokenStore,
    Tokens, UserId,
};
use authloom::world::Clock;

/// Removes only what was refused, in any number of processes. It does not keep a refresh token from
/// being spent twice.
pub struct ComparesAndDeletes<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
}

impl<E, S, C> ComparesAndDeletes<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        ComparesAndDeletes { endpoint, store, clock }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock> ComparesAndDeletes<E, S, C> {
    async fn refused(&self, user: &UserId, presented: &Tokens) -> Result<AccessToken, AuthError> {
        if self.store.replace(user, &presented.refresh_token, None).await {
            return Err(AuthError::NotSignedIn);
        }
        let stored = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        Ok(stored.access_token)
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for ComparesAndDeletes<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let response = match self.endpoint.refresh(&tokens.refresh_token).await {
            Ok(response) => response,
            Err(TokenError::Refused(OAuthErrorCode::InvalidGrant)) => {
                return self.refused(user, &tokens).await;
            }
            Err(error) => return Err(error.into()),
        };
        let renewed = tokens.renewed(response, self.clock.now());
        self.store.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }

    async fn sign_out(&self, user: &UserId) -> Result<(), AuthError> {
        self.store.remove(user).await;
        Ok(())
    }
}
