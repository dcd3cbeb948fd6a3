//! A refresh that got no answer is sent once more, at once.
//!
//! Source: the fix that kurrent-io/kcap-cli#946 indicates: inside the server's grace, the same
//! refresh token is answered again. Against a server without grace, as in
//! bluesky-social/atproto#5411, it ends the session: the server takes the retry for a thief.

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, RefreshToken, TokenEndpoint, TokenError, TokenRefresher, TokenResponse,
    TokenStore, UserId,
};
use authloom::sync::Mutex;
use authloom::world::Clock;

/// Right within one process against a server with grace, as long as nobody is cancelled and no two
/// answers in a row are lost.
pub struct RetriesAtOnce<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    refresh_lock: Mutex<()>,
}

impl<E, S, C> RetriesAtOnce<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        RetriesAtOnce { endpoint, store, clock, refresh_lock: Mutex::new(()) }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock> RetriesAtOnce<E, S, C> {
    async fn exchange(&self, token: &RefreshToken) -> Result<TokenResponse, TokenError> {
        match self.endpoint.refresh(token).await {
            Err(TokenError::NoAnswer) => self.endpoint.refresh(token).await,
            answered => answered,
        }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for RetriesAtOnce<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let _guard = self.refresh_lock.lock().await;
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let response = self.exchange(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(response, self.clock.now());
        self.store.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}
