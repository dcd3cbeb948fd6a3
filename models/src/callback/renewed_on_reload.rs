//! A new session whenever a browser comes back from the login page.
//!
//! Source: none; what becomes of the advice to renew a session's id at login when every callback is
//! taken for one.

use async_trait::async_trait;
use authloom::auth::{
    AuthError, BrowserId, Callback, CallbackHandler, SessionId, SessionStore, TokenEndpoint,
};
use authloom::sync::Mutex;

/// Fault: a reload of the callback page is answered by another session than the first time. The
/// code is sent once, so nothing else tells.
pub struct RenewedOnReload<E, S> {
    endpoint: E,
    sessions: S,
    lock: Mutex<()>,
}

impl<E, S> RenewedOnReload<E, S> {
    /// A handler on an endpoint and a store.
    pub fn new(endpoint: E, sessions: S) -> Self {
        RenewedOnReload { endpoint, sessions, lock: Mutex::new(()) }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: SessionStore> CallbackHandler for RenewedOnReload<E, S> {
    async fn handle_callback(
        &self,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError> {
        let _guard = self.lock.lock().await;
        if self.sessions.find(browser).await.is_none() {
            self.endpoint.exchange(&callback.code, &callback.verifier).await?;
        }
        Ok(self.sessions.put(browser).await.id)
    }
}
