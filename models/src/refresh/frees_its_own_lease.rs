//! A lease that is given back if it is still one's own, in one operation.
//!
//! Source: the compare-and-delete of neondatabase/mcp-server-neon#233.

use std::time::Duration;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, LeaseStore, TokenEndpoint, TokenRefresher, TokenStore, UserId,
};
use authloom::world::{Clock, Timestamp};

/// How long the lease lives: longer than an answer may take.
const LEASE_TTL: Duration = Duration::from_secs(60);

/// Right in any number of processes, as long as an answer takes less than a minute and nobody is
/// cancelled.
pub struct FreesItsOwnLease<E, S, C, L> {
    endpoint: E,
    store: S,
    clock: C,
    leases: L,
}

impl<E, S, C, L> FreesItsOwnLease<E, S, C, L> {
    /// A refresher on an endpoint, a store, a clock and a place to get leases from.
    pub fn new(endpoint: E, store: S, clock: C, leases: L) -> Self {
        FreesItsOwnLease { endpoint, store, clock, leases }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock, L: LeaseStore> FreesItsOwnLease<E, S, C, L> {
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
    for FreesItsOwnLease<E, S, C, L>
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let (key, now) = (user.as_str(), self.clock.now());
        let Some(lease) = self.leases.try_acquire(key, LEASE_TTL).await else {
            return Err(AuthError::Unavailable);
        };
        let result = self.refresh(user, now).await;
        self.leases.release(lease).await;
        result
    }
}
