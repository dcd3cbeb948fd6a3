//! A refused refresh token is the end of the login: the tokens are removed, whatever they are.
//!
//! Source: supabase/supabase-swift#703, where the loser of a double spend removes the successor
//! that the winner has stored; and 9thLevelSoftware/Project-Phoenix-MP#805, where a late refusal of
//! the old login removes the new one.

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, OAuthErrorCode, TokenEndpoint, TokenError, TokenRefresher, TokenStore,
    UserId,
};
use authloom::world::Clock;

/// Fault: what is removed need not be what was refused.
pub struct DeletesOnRefusal<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
}

impl<E, S, C> DeletesOnRefusal<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        DeletesOnRefusal { endpoint, store, clock }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock> DeletesOnRefusal<E, S, C> {
    async fn refused(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        self.store.remove(user).await;
        Err(AuthError::NotSignedIn)
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for DeletesOnRefusal<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let response = match self.endpoint.refresh(&tokens.refresh_token).await {
            Ok(response) => response,
            Err(TokenError::Refused(OAuthErrorCode::InvalidGrant)) => {
                return self.refused(user).await;
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
