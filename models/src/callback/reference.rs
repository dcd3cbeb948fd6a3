//! The reference: the design to copy, for several processes with one store.
//!
//! ```text
//! request  session there? it is the answer
//!          starts a task of its own; waits                  cancelled: the login goes on
//! login    claims the login, for as long as a code lives    taken: session there? else try again
//!          exchanges the code                               no answer: log in again, claim stays
//!          inserts the session, if there is none            there is: it is the answer
//! ```
//!
//! What it needs: a store with a unique constraint, and leases. What it cannot do: bring back what
//! was in an answer that was lost, or that a process took along when it crashed. The code is spent
//! then, and is not presented again, for that would revoke what it gave; the user logs in again.
//!
//! Source: "Finding the Real Lock Boundary in an OIDC Callback", and the reports that each line
//! names.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use authloom::auth::{
    AuthError, BrowserId, Callback, CallbackHandler, LeaseStore, SessionId, SessionStore,
    StoreError, TokenEndpoint, TokenError,
};
use authloom::sync::oneshot;
use authloom::world::Spawner;

/// How long a claim lasts: as long as a code can live (RFC 6749, section 4.1.2).
const CODE_TTL: Duration = Duration::from_secs(600);

/// The design to copy.
pub struct Reference<E, S, L, P> {
    shared: Arc<Shared<E, S, L>>,
    spawner: P,
}

struct Shared<E, S, L> {
    endpoint: E,
    sessions: S,
    claims: L,
}

impl<E, S, L, P> Reference<E, S, L, P> {
    /// A handler on an endpoint, a store, a place for claims and a place to start tasks.
    pub fn new(endpoint: E, sessions: S, claims: L, spawner: P) -> Self {
        Reference { shared: Arc::new(Shared { endpoint, sessions, claims }), spawner }
    }
}

impl<E: TokenEndpoint, S: SessionStore, L: LeaseStore> Shared<E, S, L> {
    async fn log_in(
        &self,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError> {
        // The login's state is used once, in all processes (librefang/librefang#4049): claimed
        // before the exchange, in one operation, by the key of this login and no other
        // (mozilla/mozilla-django-oidc#345). A store keeps a digest of it.
        let Some(claim) = self.claims.try_acquire(callback.code.secret(), CODE_TTL).await else {
            // A double click, a reload: the first one's session, once it is there
            // (elie222/inbox-zero#3022).
            let session = self.sessions.find(browser).await;
            return session.map(|session| session.id).ok_or(AuthError::Unavailable);
        };
        match self.endpoint.exchange(&callback.code, &callback.verifier).await {
            Ok(_) => {}
            Err(error @ TokenError::TooManyRequests { .. }) => {
                // Nothing was spent: the same code may come again.
                self.claims.release(claim).await;
                return Err(error.into());
            }
            Err(error @ TokenError::Refused(_)) => return Err(error.into()),
            // Spent or not, nobody here knows. The claim stays, and the code is not presented again
            // (soofstad/react-oauth2-pkce#50).
            Err(TokenError::NoAnswer | TokenError::Unavailable | TokenError::Unreadable) => {
                return Err(AuthError::NotSignedIn);
            }
        }
        // No session before the code is redeemed; and one for the browser, whichever of its logins
        // comes first (decidim/decidim#16847): the other takes what is there (spree/spree#14282).
        match self.sessions.insert_unique(browser).await {
            Ok(session) | Err(StoreError::Conflict { existing: Some(session) }) => Ok(session.id),
            Err(error) => Err(error.into()),
        }
    }
}

#[async_trait]
impl<E, S, L, P> CallbackHandler for Reference<E, S, L, P>
where
    E: TokenEndpoint + 'static,
    S: SessionStore + 'static,
    L: LeaseStore + 'static,
    P: Spawner,
{
    async fn handle_callback(
        &self,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError> {
        if let Some(existing) = self.shared.sessions.find(browser).await {
            return Ok(existing.id);
        }
        let (done, result) = oneshot::channel();
        let shared = Arc::clone(&self.shared);
        let (browser, callback) = (browser.clone(), callback.clone());
        // A task of its own: a browser that goes away does not take the answer along
        // (pleaseai/shunt#73, of refresh tokens).
        self.spawner.spawn(
            "login",
            Box::pin(async move {
                let result = shared.log_in(&browser, &callback).await;
                // Who does not wait any more need not hear of it.
                let _ = done.send(result);
            }),
        );
        result.await.map_err(AuthError::other)?
    }
}
