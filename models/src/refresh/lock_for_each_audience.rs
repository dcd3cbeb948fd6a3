//! A lock for each audience, as each has an access token of its own.
//!
//! Source: auth0/auth0-spa-js#1684. The refresh token is good for all audiences, so that two that
//! are asked for at once spend the same one. Whether its fix, auth0/auth0-spa-js#1702, which has
//! the cache come to one refresh token, still sends it twice, is not known.

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, Audience, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId,
};
use authloom::sync::Mutex;
use authloom::world::{Clock, Timestamp};

use crate::keyed::Keyed;

/// Fault: the lock's key is not that of what it protects.
pub struct LockForEachAudience<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    access_tokens: Keyed<(UserId, Audience), Mutex<Option<Cached>>>,
}

/// An access token and its end.
type Cached = (AccessToken, Timestamp);

impl<E, S, C> LockForEachAudience<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        LockForEachAudience { endpoint, store, clock, access_tokens: Keyed::new() }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock> LockForEachAudience<E, S, C> {
    async fn refresh(&self, user: &UserId) -> Result<Cached, AuthError> {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(response, self.clock.now());
        self.store.save(user, renewed.clone()).await;
        Ok((renewed.access_token, renewed.expires_at))
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for LockForEachAudience<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        self.access_token_for(user, &Audience::new("default")).await
    }

    async fn access_token_for(
        &self,
        user: &UserId,
        audience: &Audience,
    ) -> Result<AccessToken, AuthError> {
        let slot = self.access_tokens.get(&(user.clone(), audience.clone()));
        let mut cached = slot.lock().await;
        if let Some((token, end)) = &*cached
            && self.clock.now() < *end
        {
            return Ok(token.clone());
        }
        let (token, end) = self.refresh(user).await?;
        *cached = Some((token.clone(), end));
        Ok(token)
    }
}
