//! A unique constraint in the store instead of a lock.
//!
//! Source: "Finding the Real Lock Boundary in an OIDC Callback"; that the loser has to fetch the
//! winner's row is the fix of spree/spree#14282.

use async_trait::async_trait;
use authloom::auth::{
    AuthError, BrowserId, Callback, CallbackHandler, SessionId, SessionStore, StoreError,
    TokenEndpoint,
};

/// One session, in any number of processes. It does not keep a code from being sent twice: the
/// insert comes after the exchange.
pub struct UniqueInsert<E, S> {
    endpoint: E,
    sessions: S,
}

impl<E, S> UniqueInsert<E, S> {
    /// A handler on an endpoint and a store.
    pub fn new(endpoint: E, sessions: S) -> Self {
        UniqueInsert { endpoint, sessions }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: SessionStore> CallbackHandler for UniqueInsert<E, S> {
    async fn handle_callback(
        &self,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError> {
        if let Some(existing) = self.sessions.find(browser).await {
            return Ok(existing.id);
        }
        self.endpoint.exchange(&callback.code, &callback.verifier).await?;
        match self.sessions.insert_unique(browser).await {
            Ok(session) | Err(StoreError::Conflict { existing: Some(session) }) => Ok(session.id),
            Err(error) => Err(error.into()),
        }
    }
}
