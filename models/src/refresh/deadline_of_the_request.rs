//! The request has a deadline, after which it is given up and sent again.
//!
//! Source: kurrent-io/kcap-cli#946, whose client gives a refresh up after five seconds, and the
//! retry that fixes it, at a server without grace. A deadline says nothing of the request: the
//! server has served it, or is about to.

use std::time::Duration;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, RefreshToken, TokenEndpoint, TokenError, TokenRefresher, TokenResponse,
    TokenStore, UserId,
};
use authloom::sync::Mutex;
use authloom::world::{Clock, Elapsed, Timer, timeout};

/// How long an answer may take.
const DEADLINE: Duration = Duration::from_secs(5);

/// Fault: the request that was given up is still under way, and both present the same token.
pub struct DeadlineOfTheRequest<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    refresh_lock: Mutex<()>,
}

impl<E, S, C> DeadlineOfTheRequest<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        DeadlineOfTheRequest { endpoint, store, clock, refresh_lock: Mutex::new(()) }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock + Timer> DeadlineOfTheRequest<E, S, C> {
    async fn exchange(&self, token: &RefreshToken) -> Result<TokenResponse, TokenError> {
        match timeout(&self.clock, DEADLINE, self.endpoint.refresh(token)).await {
            Ok(answer) => answer,
            Err(Elapsed) => self.endpoint.refresh(token).await,
        }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock + Timer> TokenRefresher
    for DeadlineOfTheRequest<E, S, C>
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let _guard = self.refresh_lock.lock().await;
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let requested = self.clock.now();
        let response = self.exchange(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(response, requested);
        self.store.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}
