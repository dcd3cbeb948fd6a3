//! One refresh at a time; a refresh token that was refused is removed, so that the next caller is
//! told to log in.
//!
//! Source: what spring-projects/spring-security#10016 expects, for the error that says that the
//! grant is no good. It removes only what was refused: one that removes whatever is there takes a
//! new login along, see `DeletesOnRefusal`.

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, OAuthErrorCode, TokenEndpoint, TokenError, TokenRefresher, TokenStore,
    UserId,
};
use authloom::sync::Mutex;
use authloom::world::Clock;

/// Right within one process, as long as nobody is cancelled and no answer is lost.
pub struct RemovesWhatWasRefused<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    refresh_lock: Mutex<()>,
}

impl<E, S, C> RemovesWhatWasRefused<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        RemovesWhatWasRefused { endpoint, store, clock, refresh_lock: Mutex::new(()) }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for RemovesWhatWasRefused<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let _guard = self.refresh_lock.lock().await;
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let result = self.endpoint.refresh(&tokens.refresh_token).await;
        if result == Err(TokenError::Refused(OAuthErrorCode::InvalidGrant)) {
            self.store.replace(user, &tokens.refresh_token, None).await;
        }
        let renewed = tokens.renewed(result?, self.clock.now());
        self.store.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}
