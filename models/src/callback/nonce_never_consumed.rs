//! A login's nonce that is compared and kept nowhere: the state is signed, and says all.
//!
//! Source: librefang/librefang#4049. Whoever has the URL of a callback (a history, a log) can have
//! it handled again and again; what stops them is that the server refuses the code. The comparison
//! itself is left out here: the replay passes it.

use async_trait::async_trait;
use authloom::auth::{
    AuthError, BrowserId, Callback, CallbackHandler, SessionId, SessionStore, TokenEndpoint,
};

/// Fault: nothing tells a callback from its replay.
pub struct NonceNeverConsumed<E, S> {
    endpoint: E,
    sessions: S,
}

impl<E, S> NonceNeverConsumed<E, S> {
    /// A handler on an endpoint and a store.
    pub fn new(endpoint: E, sessions: S) -> Self {
        NonceNeverConsumed { endpoint, sessions }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: SessionStore> CallbackHandler for NonceNeverConsumed<E, S> {
    async fn handle_callback(
        &self,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError> {
        self.endpoint.exchange(&callback.code, &callback.verifier).await?;
        Ok(self.sessions.put(browser).await.id)
    }
}
