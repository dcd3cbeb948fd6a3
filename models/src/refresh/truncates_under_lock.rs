//! The file of tokens is refreshed under a lock, and read without it while its token is good.
//!
//! Source: half of the fix that aws/aws-cli#10628 comes to, a lock and a rename. The lock keeps
//! writers apart; a reader that does not take it still meets the empty file.

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, FileLock, TokenEndpoint, TokenFile, TokenRefresher, UserId,
};
use authloom::world::Clock;

/// Fault: only those who write take the lock.
pub struct TruncatesUnderLock<E, F, C> {
    endpoint: E,
    file: F,
    clock: C,
    lock: FileLock,
}

impl<E, F, C> TruncatesUnderLock<E, F, C> {
    /// A refresher on an endpoint, a file, a clock and a lock.
    pub fn new(endpoint: E, file: F, clock: C, lock: FileLock) -> Self {
        TruncatesUnderLock { endpoint, file, clock, lock }
    }
}

#[async_trait]
impl<E: TokenEndpoint, F: TokenFile, C: Clock> TokenRefresher for TruncatesUnderLock<E, F, C> {
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
        self.file.truncate(user).await;
        self.file.write(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}
