//! Look, and add what is not there.
//!
//! Source: decidim/decidim#16847 and strapi/strapi#25113, where two logins of one person find no
//! user and both insert one (a session stands for the user here); and
//! soofstad/react-oauth2-pkce#50, where the effect that handles the redirect runs twice and sends
//! the code twice.

use async_trait::async_trait;
use authloom::auth::{
    AuthError, BrowserId, Callback, CallbackHandler, SessionId, SessionStore, TokenEndpoint,
};

/// Fault: between the look and the insertion, anybody else looks and finds nothing either.
pub struct CheckThenInsert<E, S> {
    endpoint: E,
    sessions: S,
}

impl<E, S> CheckThenInsert<E, S> {
    /// A handler on an endpoint and a store.
    pub fn new(endpoint: E, sessions: S) -> Self {
        CheckThenInsert { endpoint, sessions }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: SessionStore> CallbackHandler for CheckThenInsert<E, S> {
    async fn handle_callback(
        &self,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError> {
        if let Some(existing) = self.sessions.find(browser).await {
            return Ok(existing.id);
        }
        self.endpoint.exchange(&callback.code, &callback.verifier).await?;
        Ok(self.sessions.put(browser).await.id)
    }
}
