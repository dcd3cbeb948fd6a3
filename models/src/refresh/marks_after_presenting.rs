//! A refresh token is noted as presented when its answer has come.
//!
//! Source: the order that damianvtran/local-operator#945 turns round ("armed write-ahead").

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, MarkStore, TokenEndpoint, TokenRefresher, TokenStore, UserId,
};
use authloom::sync::Mutex;
use authloom::world::Clock;

/// Fault: a process that dies before the answer has noted nothing.
pub struct MarksAfterPresenting<E, S, C, M> {
    endpoint: E,
    store: S,
    clock: C,
    marks: M,
    refresh_lock: Mutex<()>,
}

impl<E, S, C, M> MarksAfterPresenting<E, S, C, M> {
    /// A refresher on an endpoint, a store, a clock and a place for marks.
    pub fn new(endpoint: E, store: S, clock: C, marks: M) -> Self {
        MarksAfterPresenting { endpoint, store, clock, marks, refresh_lock: Mutex::new(()) }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock, M: MarkStore> TokenRefresher
    for MarksAfterPresenting<E, S, C, M>
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let _guard = self.refresh_lock.lock().await;
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        if self.marks.is_marked(&tokens.refresh_token).await {
            return Err(AuthError::NotSignedIn);
        }
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        self.marks.mark(&tokens.refresh_token).await;
        let renewed = tokens.renewed(response, self.clock.now());
        self.store.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}
