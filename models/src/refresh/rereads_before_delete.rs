//! A refused refresh token is the end of the login, unless the store has another by now.
//!
//! Source: the look before the removal of clerk/cli#213.

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, OAuthErrorCode, TokenEndpoint, TokenError, TokenRefresher, TokenStore,
    Tokens, UserId,
};
use authloom::world::Clock;

/// Fault, if the store is not memory of the process: between the look and the removal, somebody
/// stores the successor.
pub struct RereadsBeforeDelete<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
}

impl<E, S, C> RereadsBeforeDelete<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        RereadsBeforeDelete { endpoint, store, clock }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock> RereadsBeforeDelete<E, S, C> {
    async fn refused(&self, user: &UserId, presented: &Tokens) -> Result<AccessToken, AuthError> {
        let stored = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if stored.refresh_token != presented.refresh_token {
            return Ok(stored.access_token);
        }
        self.store.remove(user).await;
        Err(AuthError::NotSignedIn)
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for RereadsBeforeDelete<E, S, C> {
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
