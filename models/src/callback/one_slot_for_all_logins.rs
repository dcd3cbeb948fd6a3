//! The state of a login in a slot of the browser's session, the same slot for each login.
//!
//! Source: mozilla/mozilla-django-oidc#345 and oauth2-proxy/oauth2-proxy#611. A second tab begins a
//! login and overwrites the first one's state. The first comes back, does not match, and has taken
//! out what the second needs: both tabs end at an error page.

use async_trait::async_trait;
use authloom::auth::{
    AuthError, BrowserId, Callback, CallbackHandler, LoginStore, PendingLogin, SessionId,
    SessionStore, StoreError, TokenEndpoint,
};

/// Where the login is put aside.
const SLOT: &str = "login";

/// Fault: a browser has one slot, and may have several tabs.
pub struct OneSlotForAllLogins<E, S, L> {
    endpoint: E,
    sessions: S,
    logins: L,
}

impl<E, S, L> OneSlotForAllLogins<E, S, L> {
    /// A handler on an endpoint, a store of sessions and one of logins.
    pub fn new(endpoint: E, sessions: S, logins: L) -> Self {
        OneSlotForAllLogins { endpoint, sessions, logins }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: SessionStore, L: LoginStore> CallbackHandler
    for OneSlotForAllLogins<E, S, L>
{
    async fn begin_login(
        &self,
        browser: &BrowserId,
        login: &PendingLogin,
    ) -> Result<(), AuthError> {
        self.logins.put(browser, SLOT, login.clone()).await;
        Ok(())
    }

    async fn handle_callback(
        &self,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError> {
        let login = self.logins.take(browser, SLOT).await;
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
