//! One refresh in flight, whose result is kept, whatever it is.
//!
//! Source: firebase/firebase-admin-node#3234. The promise of the last refresh is what callers get;
//! a rejected one is replayed to everybody until the next refresh is due, minutes later.

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::OnceCell;
use authloom::world::Clock;

use crate::keyed::Keyed;

/// Fault: a failure is kept like a token, and nobody tries again.
pub struct FailureCached<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    results: Keyed<UserId, OnceCell<Result<AccessToken, AuthError>>>,
}

impl<E, S, C> FailureCached<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        FailureCached { endpoint, store, clock, results: Keyed::new() }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock> FailureCached<E, S, C> {
    async fn refresh(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(response, self.clock.now());
        self.store.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for FailureCached<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let result = self.results.get(user);
        result.get_or_init(|| self.refresh(user)).await.clone()
    }
}
