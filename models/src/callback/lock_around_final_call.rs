//! A visible mutex, in the wrong place.
//!
//! Source: "Finding the Real Lock Boundary in an OIDC Callback": the lock surrounds only the final
//! acquisition call; the check, the exchange and the creation before it are open.

use async_trait::async_trait;
use authloom::auth::{
    AuthError, BrowserId, Callback, CallbackHandler, SessionId, SessionStore, TokenEndpoint,
};
use authloom::sync::Mutex;

/// Fault: two callbacks both find no session before either holds the lock, and both create one.
pub struct LockAroundFinalCall<E, S> {
    endpoint: E,
    sessions: S,
    final_call: Mutex<()>,
}

impl<E, S> LockAroundFinalCall<E, S> {
    /// A handler on an endpoint and a store.
    pub fn new(endpoint: E, sessions: S) -> Self {
        LockAroundFinalCall { endpoint, sessions, final_call: Mutex::new(()) }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: SessionStore> CallbackHandler for LockAroundFinalCall<E, S> {
    async fn handle_callback(
        &self,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError> {
        if let Some(existing) = self.sessions.find(browser).await {
            return Ok(existing.id);
        }
        self.endpoint.exchange(&callback.code, &callback.verifier).await?;
        let candidate = self.sessions.put(browser).await;
        let _guard = self.final_call.lock().await;
        self.sessions.acquire(&candidate.id).await;
        Ok(candidate.id)
    }
}
