//! A cache of tokens behind a read-write lock, whose write guard is held while a token is fetched.
//!
//! Source: the cache of azure_identity (`cache.rs` at 1588b72). While the token of one scope is on
//! the network, callers whose token of another scope is in the cache cannot read it. Here, a user
//! stands for a scope.

use std::collections::BTreeMap;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, Tokens, UserId,
};
use authloom::sync::RwLock;
use authloom::world::Clock;

/// Fault: a hit in the cache waits for somebody else's miss.
pub struct WriteGuardAcrossFetch<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    cache: RwLock<BTreeMap<UserId, Tokens>>,
}

impl<E, S, C> WriteGuardAcrossFetch<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        WriteGuardAcrossFetch { endpoint, store, clock, cache: RwLock::new(BTreeMap::new()) }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock> WriteGuardAcrossFetch<E, S, C> {
    fn hit(&self, cache: &BTreeMap<UserId, Tokens>, user: &UserId) -> Option<AccessToken> {
        let tokens = cache.get(user).filter(|tokens| !tokens.is_expired(self.clock.now()))?;
        Some(tokens.access_token.clone())
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for WriteGuardAcrossFetch<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        if let Some(token) = self.hit(&*self.cache.read().await, user) {
            return Ok(token);
        }
        let mut cache = self.cache.write().await;
        if let Some(token) = self.hit(&cache, user) {
            return Ok(token);
        }
        let mut tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if tokens.is_expired(self.clock.now()) {
            let response = self.endpoint.refresh(&tokens.refresh_token).await?;
            tokens = tokens.renewed(response, self.clock.now());
            self.store.save(user, tokens.clone()).await;
        }
        cache.insert(user.clone(), tokens.clone());
        Ok(tokens.access_token)
    }
}
