//! A lease around the refresh that ends before a slow answer comes.
//!
//! Source: oauth2-proxy/oauth2-proxy#1992 and oauth2-proxy/oauth2-proxy#3456, where the lock in the
//! store lives for two seconds and a redeem takes longer; also appstrate/appstrate#1366.

use std::time::Duration;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, LeaseStore, TokenEndpoint, TokenRefresher, TokenStore, UserId,
};
use authloom::world::Clock;

/// How long the lease lives.
const LEASE_TTL: Duration = Duration::from_secs(2);

/// Fault: who holds the lease too long has lost it, and the next one spends the same refresh token.
pub struct LeaseOutlived<E, S, C, L> {
    endpoint: E,
    store: S,
    clock: C,
    leases: L,
}

impl<E, S, C, L> LeaseOutlived<E, S, C, L> {
    /// A refresher on an endpoint, a store, a clock and a place to get leases from.
    pub fn new(endpoint: E, store: S, clock: C, leases: L) -> Self {
        LeaseOutlived { endpoint, store, clock, leases }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock, L: LeaseStore> LeaseOutlived<E, S, C, L> {
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
    for LeaseOutlived<E, S, C, L>
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let Some(lease) = self.leases.try_acquire(user.as_str(), LEASE_TTL).await else {
            return Err(AuthError::Unavailable);
        };
        let result = self.refresh(user).await;
        self.leases.release(lease).await;
        result
    }
}
