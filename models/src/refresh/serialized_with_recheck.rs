//! A mutex around the refresh and a second look inside it.
//!
//! Source: the solution of "Token Refresh TOCTOU Race Condition" as its comment has it. The same
//! fix as in home-assistant/core#117912 and djc/gcp_auth#41. What cancellation does to it, and to
//! any refresh that its caller's future owns, is pleaseai/shunt#73: dropped between the server's
//! commit and the write, the successor is lost. A crash there (damianvtran/local-operator#945) and
//! an answer that is lost on the network do the same: the refresh token stays, and is presented
//! again when somebody next asks, maybe after the server's grace (kurrent-io/kcap-cli#946). So does
//! one that is refused for good (spring-projects/spring-security#10016).

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::Mutex;
use authloom::world::Clock;

/// Right for the callers of one user. The lock is one for all: where there are several users, each
/// waits for the refreshes of the others.
pub struct SerializedWithRecheck<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    refresh_lock: Mutex<()>,
}

impl<E, S, C> SerializedWithRecheck<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        SerializedWithRecheck { endpoint, store, clock, refresh_lock: Mutex::new(()) }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for SerializedWithRecheck<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let _guard = self.refresh_lock.lock().await;
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
