//! The full transition under one lock.
//!
//! Source: "Finding the Real Lock Boundary in an OIDC Callback", which advises against it where
//! slow external work is inside.

use async_trait::async_trait;
use authloom::auth::{
    AuthError, BrowserId, Callback, CallbackHandler, SessionId, SessionStore, TokenEndpoint,
};
use authloom::sync::Mutex;

/// Right within one process, and slow: while one browser's code is exchanged, every other browser
/// waits.
pub struct ProcessWideLock<E, S> {
    endpoint: E,
    sessions: S,
    logins: Mutex<()>,
}

impl<E, S> ProcessWideLock<E, S> {
    /// A handler on an endpoint and a store.
    pub fn new(endpoint: E, sessions: S) -> Self {
        ProcessWideLock { endpoint, sessions, logins: Mutex::new(()) }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: SessionStore> CallbackHandler for ProcessWideLock<E, S> {
    async fn handle_callback(
        &self,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError> {
        let _guard = self.logins.lock().await;
        if let Some(existing) = self.sessions.find(browser).await {
            return Ok(existing.id);
        }
        self.endpoint.exchange(&callback.code, &callback.verifier).await?;
        let session = self.sessions.put(browser).await;
        self.sessions.acquire(&session.id).await;
        Ok(session.id)
    }
}
