//! A table of used nonces with a unique key: whoever inserts the nonce goes on.
//!
//! Source: what librefang/librefang#4049 is for, with its look and its record as one operation.

use async_trait::async_trait;
use authloom::auth::{
    AuthError, BrowserId, Callback, CallbackHandler, NonceStore, SessionId, SessionStore,
    TokenEndpoint,
};

/// Each callback is handled once, in any number of processes. One whose exchange fails cannot be
/// tried again: its login is over.
pub struct NonceConsumedOnce<E, S, N> {
    endpoint: E,
    sessions: S,
    nonces: N,
}

impl<E, S, N> NonceConsumedOnce<E, S, N> {
    /// A handler on an endpoint, a store of sessions and one of nonces.
    pub fn new(endpoint: E, sessions: S, nonces: N) -> Self {
        NonceConsumedOnce { endpoint, sessions, nonces }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: SessionStore, N: NonceStore> CallbackHandler
    for NonceConsumedOnce<E, S, N>
{
    async fn handle_callback(
        &self,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError> {
        if !self.nonces.consume(&callback.nonce).await {
            return Err(AuthError::UnknownLogin);
        }
        self.endpoint.exchange(&callback.code, &callback.verifier).await?;
        Ok(self.sessions.put(browser).await.id)
    }
}
