//! The new tokens are handed out at once, and stored by a task that nobody waits for.
//!
//! Source: agntcy/slim#1967. A process that dies before that task is done leaves the spent refresh
//! token on the disk, although its callers have long worked with what it was spent for.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, Tokens, UserId,
};
use authloom::sync::Mutex;
use authloom::world::{Clock, Spawner};

/// Fault: for a time, memory is all that has the new refresh token.
pub struct PersistsDetached<E, S, C, P> {
    endpoint: E,
    store: Arc<S>,
    clock: C,
    spawner: P,
    current: Mutex<BTreeMap<UserId, Tokens>>,
}

impl<E, S, C, P> PersistsDetached<E, S, C, P> {
    /// A refresher on an endpoint, a store, a clock and a place to start tasks.
    pub fn new(endpoint: E, store: S, clock: C, spawner: P) -> Self {
        let current = Mutex::new(BTreeMap::new());
        PersistsDetached { endpoint, store: Arc::new(store), clock, spawner, current }
    }
}

#[async_trait]
impl<E, S, C, P> TokenRefresher for PersistsDetached<E, S, C, P>
where
    E: TokenEndpoint,
    S: TokenStore + 'static,
    C: Clock,
    P: Spawner,
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
        current.insert(user.clone(), renewed.clone());
        let (store, user, stored) = (Arc::clone(&self.store), user.clone(), renewed.clone());
        self.spawner.spawn("persist", Box::pin(async move { store.save(&user, stored).await }));
        Ok(renewed.access_token)
    }
}
