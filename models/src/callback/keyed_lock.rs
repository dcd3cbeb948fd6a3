//! The full transition under a lock of the browser it concerns.
//!
//! Source: the key-scoped critical section of "Finding the Real Lock Boundary in an OIDC Callback".

use async_trait::async_trait;
use authloom::auth::{
    AuthError, BrowserId, Callback, CallbackHandler, SessionId, SessionStore, TokenEndpoint,
};
use authloom::sync::Mutex;

use crate::keyed::Keyed;

/// Right within one process. A second process has locks of its own.
pub struct KeyedLock<E, S> {
    endpoint: E,
    sessions: S,
    logins: Keyed<BrowserId, Mutex<()>>,
}

impl<E, S> KeyedLock<E, S> {
    /// A handler on an endpoint and a store.
    pub fn new(endpoint: E, sessions: S) -> Self {
        KeyedLock { endpoint, sessions, logins: Keyed::new() }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: SessionStore> CallbackHandler for KeyedLock<E, S> {
    async fn handle_callback(
        &self,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError> {
        let login = self.logins.get(browser);
        let _guard = login.lock().await;
        if let Some(existing) = self.sessions.find(browser).await {
            return Ok(existing.id);
        }
        self.endpoint.exchange(&callback.code, &callback.verifier).await?;
        let session = self.sessions.put(browser).await;
        self.sessions.acquire(&session.id).await;
        Ok(session.id)
    }
}
