//! A table of used nonces: a look, and an upsert after it.
//!
//! Source: the fix of librefang/librefang#4049 as it is described, with one call that looks and one
//! that records. That it lets two replays through at once is inferred from that.

use async_trait::async_trait;
use authloom::auth::{
    AuthError, BrowserId, Callback, CallbackHandler, NonceStore, SessionId, SessionStore,
    TokenEndpoint,
};

/// Fault: between the look and the record, the replay looks and finds the nonce unused too.
pub struct NonceCheckedThenRecorded<E, S, N> {
    endpoint: E,
    sessions: S,
    nonces: N,
}

impl<E, S, N> NonceCheckedThenRecorded<E, S, N> {
    /// A handler on an endpoint, a store of sessions and one of nonces.
    pub fn new(endpoint: E, sessions: S, nonces: N) -> Self {
        NonceCheckedThenRecorded { endpoint, sessions, nonces }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: SessionStore, N: NonceStore> CallbackHandler
    for NonceCheckedThenRecorded<E, S, N>
{
    async fn handle_callback(
        &self,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError> {
        if self.nonces.is_used(&callback.nonce).await {
            return Err(AuthError::UnknownLogin);
        }
        self.nonces.record(&callback.nonce).await;
        self.endpoint.exchange(&callback.code, &callback.verifier).await?;
        Ok(self.sessions.put(browser).await.id)
    }
}
