//! The new tokens are stored before anybody gets them.
//!
//! Source: the fix of agntcy/slim#1967, to wait for the write.

use std::collections::BTreeMap;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, Tokens, UserId,
};
use authloom::sync::Mutex;
use authloom::world::Clock;

/// Right within one process, as long as nobody is cancelled: what callers work with is on the disk.
/// A crash between the server's commit and the write still loses the new token.
pub struct PersistsBeforeReturning<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    current: Mutex<BTreeMap<UserId, Tokens>>,
}

impl<E, S, C> PersistsBeforeReturning<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        let current = Mutex::new(BTreeMap::new());
        PersistsBeforeReturning { endpoint, store, clock, current }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher
    for PersistsBeforeReturning<E, S, C>
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let mut current = self.current.lock().await;
        let tokens = match current.get(user) {
            Some(tokens) => tokens.clone(),
            None => self.store.load(user).await.ok_or(AuthError::NotSignedIn)?,
        };
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(response, self.clock.now());
        self.store.save(user, renewed.clone()).await;
        current.insert(user.clone(), renewed.clone());
        Ok(renewed.access_token)
    }
}
