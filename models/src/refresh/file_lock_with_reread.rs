//! A lock that all processes share around the refresh, and a second look at the store inside it.
//!
//! Source: the cross-process lock of matrix-org/matrix-rust-sdk#2440. There, a stored hash of the
//! session tells whether the look can be spared; here it never is.

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, FileLock, TokenEndpoint, TokenRefresher, TokenStore, UserId,
};
use authloom::world::Clock;

/// Right for the processes of one machine, as long as nobody is cancelled and nothing crashes: what
/// a process has sent to the store by then still arrives, and the lock is free.
pub struct FileLockWithReread<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    lock: FileLock,
}

impl<E, S, C> FileLockWithReread<E, S, C> {
    /// A refresher on an endpoint, a store, a clock and a lock.
    pub fn new(endpoint: E, store: S, clock: C, lock: FileLock) -> Self {
        FileLockWithReread { endpoint, store, clock, lock }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for FileLockWithReread<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let _guard = self.lock.lock().await;
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
