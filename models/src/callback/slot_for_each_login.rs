//! The state of a login in a slot of its own, which its callback empties.
//!
//! Source: the slots for each login of mozilla/mozilla-django-oidc#345, as rows or cookies of their
//! own: a cookie for each request is what oauth2-proxy/oauth2-proxy#611 leads to.

use async_trait::async_trait;
use authloom::auth::{
    AuthError, BrowserId, Callback, CallbackHandler, LoginStore, PendingLogin, SessionId,
    SessionStore, StoreError, TokenEndpoint,
};

/// Right for any number of tabs and processes. What is put aside for a login that nobody comes back
/// from stays there.
pub struct SlotForEachLogin<E, S, L> {
    endpoint: E,
    sessions: S,
    logins: L,
}

impl<E, S, L> SlotForEachLogin<E, S, L> {
    /// A handler on an endpoint, a store of sessions and one of logins.
    pub fn new(endpoint: E, sessions: S, logins: L) -> Self {
        SlotForEachLogin { endpoint, sessions, logins }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: SessionStore, L: LoginStore> CallbackHandler
    for SlotForEachLogin<E, S, L>
{
    async fn begin_login(
        &self,
        browser: &BrowserId,
        login: &PendingLogin,
    ) -> Result<(), AuthError> {
        self.logins.put(browser, login.state.secret(), login.clone()).await;
        Ok(())
    }

    async fn handle_callback(
        &self,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError> {
        let login = self.logins.take(browser, callback.state.secret()).await;
        if login != Some(callback.login()) {
            return Err(AuthError::UnknownLogin);
        }
        self.endpoint.exchange(&callback.code, &callback.verifier).await?;
        match self.sessions.insert_unique(browser).await {
            Ok(session) | Err(StoreError::Conflict { existing: Some(session) }) => Ok(session.id),
            Err(error) => Err(error.into()),
        }
    }
}
