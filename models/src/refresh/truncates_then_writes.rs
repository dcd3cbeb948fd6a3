//! The file of tokens is opened for writing, which empties it, and then written.
//!
//! Source: aws/aws-cli#10628 (a comment on it). A process that reads in between finds a file
//! without tokens, and tells its user to log in.

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenFile, TokenRefresher, UserId};
use authloom::world::Clock;

/// Fault: between two steps of the writer, readers find nothing.
pub struct TruncatesThenWrites<E, F, C> {
    endpoint: E,
    file: F,
    clock: C,
}

impl<E, F, C> TruncatesThenWrites<E, F, C> {
    /// A refresher on an endpoint, a file and a clock.
    pub fn new(endpoint: E, file: F, clock: C) -> Self {
        TruncatesThenWrites { endpoint, file, clock }
    }
}

#[async_trait]
impl<E: TokenEndpoint, F: TokenFile, C: Clock> TokenRefresher for TruncatesThenWrites<E, F, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
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
