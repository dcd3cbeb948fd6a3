//! A lease that is given back by deleting its key.
//!
//! Source: BerriAI/litellm#31493, found in review. A holder whose lease has ended deletes that of
//! the next one, and a third enters beside it.

use std::time::Duration;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, LeaseStore, TokenEndpoint, TokenRefresher, TokenStore, UserId,
};
use authloom::world::{Clock, Timestamp};

/// How long the lease lives: longer than an answer may take.
const LEASE_TTL: Duration = Duration::from_secs(60);

/// Fault: what is deleted need not be what was taken.
pub struct FreesWhoeverHasTheLease<E, S, C, L> {
    endpoint: E,
    store: S,
    clock: C,
    leases: L,
}

impl<E, S, C, L> FreesWhoeverHasTheLease<E, S, C, L> {
    /// A refresher on an endpoint, a store, a clock and a place to get leases from.
    pub fn new(endpoint: E, store: S, clock: C, leases: L) -> Self {
        FreesWhoeverHasTheLease { endpoint, store, clock, leases }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock, L: LeaseStore> FreesWhoeverHasTheLease<E, S, C, L> {
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
    for FreesWhoeverHasTheLease<E, S, C, L>
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let (key, now) = (user.as_str(), self.clock.now());
        if self.leases.try_acquire(key, LEASE_TTL).await.is_none() {
            return Err(AuthError::Unavailable);
        }
        let result = self.refresh(user, now).await;
        self.leases.free(key).await;
        result
    }
}
