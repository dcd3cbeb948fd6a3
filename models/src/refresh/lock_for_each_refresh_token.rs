//! A lock for each audience around its access token, and one around the refresh token of them all.
//!
//! Source: what the lock of auth0/auth0-spa-js#1684 is keyed by, put right.

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, Audience, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId,
};
use authloom::sync::Mutex;
use authloom::world::{Clock, Timestamp};

use crate::keyed::Keyed;

/// Right within one process, as long as nobody is cancelled: audiences wait for each other, and
/// each spends the refresh token that the one before has got.
pub struct LockForEachRefreshToken<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    access_tokens: Keyed<(UserId, Audience), Mutex<Option<Cached>>>,
    refresh_locks: Keyed<UserId, Mutex<()>>,
}

/// An access token and its end.
type Cached = (AccessToken, Timestamp);

impl<E, S, C> LockForEachRefreshToken<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        LockForEachRefreshToken {
            endpoint,
            store,
            clock,
            access_tokens: Keyed::new(),
            refresh_locks: Keyed::new(),
        }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock> LockForEachRefreshToken<E, S, C> {
    async fn refresh(&self, user: &UserId) -> Result<Cached, AuthError> {
        let refresh_lock = self.refresh_locks.get(user);
        let _guard = refresh_lock.lock().await;
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(response, self.clock.now());
        self.store.save(user, renewed.clone()).await;
        Ok((renewed.access_token, renewed.expires_at))
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher
    for LockForEachRefreshToken<E, S, C>
{
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
