//! The life of an access token is counted from before its request was sent.
//!
//! Source: RFC 6749, section 5.1: `expires_in` counts from when the response was generated. When
//! that was, the client does not know; but it was no earlier than the request.

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::Mutex;
use authloom::world::Clock;

/// Right within one process, as long as nobody is cancelled: a token may look dead while it still
/// lives, for as long as the request needed, and never the other way round.
pub struct CountsFromRequest<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    refresh_lock: Mutex<()>,
}

impl<E, S, C> CountsFromRequest<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        CountsFromRequest { endpoint, store, clock, refresh_lock: Mutex::new(()) }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for CountsFromRequest<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let _guard = self.refresh_lock.lock().await;
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let requested = self.clock.now();
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(response, requested);
        self.store.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}
