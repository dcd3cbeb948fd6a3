//! A versioned write in the store instead of a lock.
//!
//! Source: "Finding the Real Lock Boundary in an OIDC Callback".

use async_trait::async_trait;
use authloom::auth::{
    AuthError, BrowserId, Callback, CallbackHandler, SessionId, SessionStore, StoreError,
    TokenEndpoint,
};

/// One session, in any number of processes. Like a unique insert, it does not keep a code from
/// being sent twice.
pub struct CompareAndSwap<E, S> {
    endpoint: E,
    sessions: S,
}

impl<E, S> CompareAndSwap<E, S> {
    /// A handler on an endpoint and a store.
    pub fn new(endpoint: E, sessions: S) -> Self {
        CompareAndSwap { endpoint, sessions }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: SessionStore> CallbackHandler for CompareAndSwap<E, S> {
    async fn handle_callback(
        &self,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError> {
        if let Some(existing) = self.sessions.find(browser).await {
            return Ok(existing.id);
        }
        self.endpoint.exchange(&callback.code, &callback.verifier).await?;
        match self.sessions.compare_and_swap(browser, None).await {
            Ok(session) | Err(StoreError::Conflict { existing: Some(session) }) => Ok(session.id),
            Err(error) => Err(error.into()),
        }
    }
}
