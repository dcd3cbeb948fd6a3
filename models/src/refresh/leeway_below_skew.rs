//! The end of a token is taken from the token, by the server's clock, and half a minute before it
//! counts as ended.
//!
//! Source: workos/authkit-nextjs#470, which has such a buffer. It is enough for clocks that are
//! apart by less, and makes one that is ahead renew still earlier.

use std::time::Duration;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, Tokens, UserId,
};
use authloom::sync::Mutex;
use authloom::world::Clock;

/// How far the clocks may be apart, it is thought.
const LEEWAY: Duration = Duration::from_secs(30);

/// Fault: a moment of one clock is compared with a moment of another, which no leeway makes right.
pub struct LeewayBelowSkew<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    refresh_lock: Mutex<()>,
}

impl<E, S, C> LeewayBelowSkew<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        LeewayBelowSkew { endpoint, store, clock, refresh_lock: Mutex::new(()) }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for LeewayBelowSkew<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let _guard = self.refresh_lock.lock().await;
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now().plus(LEEWAY)) {
            return Ok(tokens.access_token);
        }
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let expires_at = response.expires_at;
        let renewed = Tokens { expires_at, ..tokens.renewed(response, self.clock.now()) };
        self.store.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}
