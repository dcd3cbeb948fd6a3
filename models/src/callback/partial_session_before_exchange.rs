//! The session comes first, the proof that the user may have it afterwards.
//!
//! Source: "Verify failed exchange does not leave a partial session", from the tests required in
//! "Finding the Real Lock Boundary in an OIDC Callback".

use async_trait::async_trait;
use authloom::auth::{
    AuthError, BrowserId, Callback, CallbackHandler, SessionId, SessionStore, TokenEndpoint,
};
use authloom::sync::Mutex;

use crate::keyed::Keyed;

/// Fault: when the exchange fails, the session stays, and the next callback takes it for a login.
pub struct PartialSessionBeforeExchange<E, S> {
    endpoint: E,
    sessions: S,
    logins: Keyed<BrowserId, Mutex<()>>,
}

impl<E, S> PartialSessionBeforeExchange<E, S> {
    /// A handler on an endpoint and a store.
    pub fn new(endpoint: E, sessions: S) -> Self {
        PartialSessionBeforeExchange { endpoint, sessions, logins: Keyed::new() }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: SessionStore> CallbackHandler for PartialSessionBeforeExchange<E, S> {
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
        let session = self.sessions.put(browser).await;
        self.endpoint.exchange(&callback.code, &callback.verifier).await?;
        self.sessions.acquire(&session.id).await;
        Ok(session.id)
    }
}
