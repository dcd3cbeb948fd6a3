//! A lease around the refresh; while it is taken, the refresh goes on without it.
//!
//! Source: railwayapp/cli#1021, which refreshes unlocked when the lock is busy, until the server
//! takes it for a replay and revokes the grant.

use std::time::Duration;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, LeaseStore, TokenEndpoint, TokenRefresher, TokenStore, UserId,
};
use authloom::world::Clock;

/// How long the lease lives.
const LEASE_TTL: Duration = Duration::from_secs(60);

/// Fault: a lock that one may go past.
pub struct UnlockedWhenBusy<E, S, C, L> {
    endpoint: E,
    store: S,
    clock: C,
    leases: L,
}

impl<E, S, C, L> UnlockedWhenBusy<E, S, C, L> {
    /// A refresher on an endpoint, a store, a clock and a place to get leases from.
    pub fn new(endpoint: E, store: S, clock: C, leases: L) -> Self {
        UnlockedWhenBusy { endpoint, store, clock, leases }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock, L: LeaseStore> UnlockedWhenBusy<E, S, C, L> {
    async fn refresh(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
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
    for UnlockedWhenBusy<E, S, C, L>
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let lease = self.leases.try_acquire(user.as_str(), LEASE_TTL).await;
        let result = self.refresh(user).await;
        if let Some(lease) = lease {
            self.leases.release(lease).await;
        }
        result
    }
}
