//! A lease that is given back by deleting its key, after a look whose it is.
//!
//! Source: BerriAI/litellm#21226, where another lock of the same project is released so: between
//! the look and the deletion, the lease ends and the next one takes it. A fix of
//! BerriAI/litellm#31493 that is none.

use std::time::Duration;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, LeaseStore, TokenEndpoint, TokenRefresher, TokenStore, UserId,
};
use authloom::world::{Clock, Timestamp};

/// How long the lease lives: longer than an answer may take.
const LEASE_TTL: Duration = Duration::from_secs(60);

/// Fault: what was looked at need not be what is deleted.
pub struct FreesLeaseAfterLook<E, S, C, L> {
    endpoint: E,
    store: S,
    clock: C,
    leases: L,
}

impl<E, S, C, L> FreesLeaseAfterLook<E, S, C, L> {
    /// A refresher on an endpoint, a store, a clock and a place to get leases from.
    pub fn new(endpoint: E, store: S, clock: C, leases: L) -> Self {
        FreesLeaseAfterLook { endpoint, store, clock, leases }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock, L: LeaseStore> FreesLeaseAfterLook<E, S, C, L> {
    async fn refresh(&self, user: &UserId, now: Timestamp) -> Result<AccessToken, AuthError> {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(now) {
            return Ok(tokens.access_token);
        }
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(response, self.clock.now());
        self.store.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock, L: LeaseStore> TokenRefresher
    for FreesLeaseAfterLook<E, S, C, L>
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let (key, now) = (user.as_str(), self.clock.now());
        let Some(lease) = self.leases.try_acquire(key, LEASE_TTL).await else {
            return Err(AuthError::Unavailable);
        };
        let result = self.refresh(user, now).await;
        if self.leases.holder(key).await == Some(lease) {
            self.leases.free(key).await;
        }
        result
    }
}
