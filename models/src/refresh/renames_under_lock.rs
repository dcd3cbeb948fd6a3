//! The file of tokens is refreshed under a lock, and replaced by another that is complete.
//!
//! Source: the fix that aws/aws-cli#10628 comes to: a rename, so that readers meet the old file or
//! the new one, and a lock, so that one process at a time refreshes.

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, FileLock, TokenEndpoint, TokenFile, TokenRefresher, UserId,
};
use authloom::world::Clock;

/// Right for the processes of one machine, as long as nobody is cancelled.
pub struct RenamesUnderLock<E, F, C> {
    endpoint: E,
    file: F,
    clock: C,
    lock: FileLock,
}

impl<E, F, C> RenamesUnderLock<E, F, C> {
    /// A refresher on an endpoint, a file, a clock and a lock.
    pub fn new(endpoint: E, file: F, clock: C, lock: FileLock) -> Self {
        RenamesUnderLock { endpoint, file, clock, lock }
    }
}

#[async_trait]
impl<E: TokenEndpoint, F: TokenFile, C: Clock> TokenRefresher for RenamesUnderLock<E, F, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let tokens = self.file.read(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let _guard = self.lock.lock().await;
        let tokens = self.file.read(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(response, self.clock.now());
        self.file.rename_over(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}
