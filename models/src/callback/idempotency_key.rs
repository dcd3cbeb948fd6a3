//! The login itself is the key: its first callback does the work, all others get the result.
//!
//! Source: "Finding the Real Lock Boundary in an OIDC Callback"; the shared claim and replayed
//! first result of elie222/inbox-zero#3022.

use async_trait::async_trait;
use authloom::auth::{
    AuthError, BrowserId, Callback, CallbackHandler, SessionId, SessionStore, TokenEndpoint,
};
use authloom::sync::OnceCell;

use crate::keyed::Keyed;

/// Right within one process; a failed attempt leaves the key free for the next. The results are
/// kept in memory for good.
pub struct IdempotencyKey<E, S> {
    endpoint: E,
    sessions: S,
    results: Keyed<BrowserId, OnceCell<SessionId>>,
}

impl<E, S> IdempotencyKey<E, S> {
    /// A handler on an endpoint and a store.
    pub fn new(endpoint: E, sessions: S) -> Self {
        IdempotencyKey { endpoint, sessions, results: Keyed::new() }
    }
}

impl<E: TokenEndpoint, S: SessionStore> IdempotencyKey<E, S> {
    async fn log_in(
        &self,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError> {
        self.endpoint.exchange(&callback.code, &callback.verifier).await?;
        let session = self.sessions.put(browser).await;
        self.sessions.acquire(&session.id).await;
        Ok(session.id)
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: SessionStore> CallbackHandler for IdempotencyKey<E, S> {
    async fn handle_callback(
        &self,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError> {
        let result = self.results.get(browser);
        result.get_or_try_init(|| self.log_in(browser, callback)).await.cloned()
    }
}
