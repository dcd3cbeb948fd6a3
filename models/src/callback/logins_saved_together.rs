//! The state of a login in a slot of its own, in a session that is read and stored as a whole.
//!
//! Source: the fix of mozilla/mozilla-django-oidc#345 after mozilla/mozilla-django-oidc#435. Each
//! request reads the session, changes its slot and stores all of them, without a lock: two tabs
//! that begin at once leave the state of one.

use async_trait::async_trait;
use authloom::auth::{
    AuthError, BrowserId, Callback, CallbackHandler, LoginStore, PendingLogin, SessionId,
    SessionStore, StoreError, TokenEndpoint,
};

/// Fault: a request stores what it has read, and with it the slots of others as they were then.
pub struct LoginsSavedTogether<E, S, L> {
    endpoint: E,
    sessions: S,
    logins: L,
}

impl<E, S, L> LoginsSavedTogether<E, S, L> {
    /// A handler on an endpoint, a store of sessions and one of logins.
    pub fn new(endpoint: E, sessions: S, logins: L) -> Self {
        LoginsSavedTogether { endpoint, sessions, logins }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: SessionStore, L: LoginStore> CallbackHandler
    for LoginsSavedTogether<E, S, L>
{
    async fn begin_login(
        &self,
        browser: &BrowserId,
        login: &PendingLogin,
    ) -> Result<(), AuthError> {
        let mut logins = self.logins.load_all(browser).await;
        logins.insert(login.state.secret().to_owned(), login.clone());
        self.logins.save_all(browser, logins).await;
        Ok(())
    }

    async fn handle_callback(
        &self,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError> {
        let mut logins = self.logins.load_all(browser).await;
        let login = logins.remove(callback.state.secret());
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
