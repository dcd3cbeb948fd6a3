//! A lease around the refresh that lives longer than any answer takes, with the look at the store
//! inside it; while it is taken, a caller is told to try again.
//!
//! Source: the renewed lease that oauth2-proxy/oauth2-proxy#1992 asks for comes to this, as long as
//! the renewals come in time; the error to try again is the fix of railwayapp/cli#1021.

use std::time::Duration;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, LeaseStore, TokenEndpoint, TokenRefresher, TokenStore, UserId,
};
use authloom::world::Clock;

/// How long the lease lives: longer than an answer may take.
const LEASE_TTL: Duration = Duration::from_secs(60);

/// Right in any number of processes, as long as an answer takes less than a minute and nobody is
/// cancelled.
pub struct LeaseOutlastsAnswer<E, S, C, L> {
    endpoint: E,
    store: S,
    clock: C,
    leases: L,
}

impl<E, S, C, L> LeaseOutlastsAnswer<E, S, C, L> {
    /// A refresher on an endpoint, a store, a clock and a place to get leases from.
    pub fn new(endpoint: E, store: S, clock: C, leases: L) -> Self {
        LeaseOutlastsAnswer { endpoint, store, clock, leases }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock, L: LeaseStore> LeaseOutlastsAnswer<E, S, C, L> {
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
    for LeaseOutlastsAnswer<E, S, C, L>
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
