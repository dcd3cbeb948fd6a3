//! A lock made by hand, let go on every path but one.
//!
//! Source: "Verify failed exchange does not leave a locked key", from the tests required in
//! "Finding the Real Lock Boundary in an OIDC Callback". Seen in the field in
//! auth0/auth0-spa-js#275.

use std::collections::BTreeSet;

use async_trait::async_trait;
use authloom::auth::{
    AuthError, BrowserId, Callback, CallbackHandler, SessionId, SessionStore, TokenEndpoint,
};
use authloom::sync::Notify;
use authloom::sync::blocking::{Mutex, MutexGuard};

/// Fault: `?` leaves the function with the browser still marked as busy; its next callback waits
/// for ever.
pub struct LockLeakedOnError<E, S> {
    endpoint: E,
    sessions: S,
    busy: Mutex<BTreeSet<BrowserId>>,
    freed: Notify,
}

impl<E, S> LockLeakedOnError<E, S> {
    /// A handler on an endpoint and a store.
    pub fn new(endpoint: E, sessions: S) -> Self {
        LockLeakedOnError {
            endpoint,
            sessions,
            busy: Mutex::new(BTreeSet::new()),
            freed: Notify::new(),
        }
    }

    fn busy(&self) -> MutexGuard<'_, BTreeSet<BrowserId>> {
        self.busy.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    async fn lock(&self, browser: &BrowserId) {
        loop {
            let freed = self.freed.notified();
            if self.busy().insert(browser.clone()) {
                return;
            }
            freed.await;
        }
    }

    fn unlock(&self, browser: &BrowserId) {
        self.busy().remove(browser);
        self.freed.notify_waiters();
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: SessionStore> CallbackHandler for LockLeakedOnError<E, S> {
    async fn handle_callback(
        &self,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError> {
        self.lock(browser).await;
        if let Some(existing) = self.sessions.find(browser).await {
            self.unlock(browser);
            return Ok(existing.id);
        }
        self.endpoint.exchange(&callback.code, &callback.verifier).await?;
        let session = self.sessions.put(browser).await;
        self.sessions.acquire(&session.id).await;
        self.unlock(browser);
        Ok(session.id)
    }
}
