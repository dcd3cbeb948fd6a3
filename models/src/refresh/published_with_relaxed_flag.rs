//! The new token is published, then a flag says so, with `Ordering::Relaxed`.
//!
//! Source: the fast path of a hand-written token cache. A `Relaxed` flag orders nothing: a reader
//! that sees it need not see what was published before it.

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::Mutex;
use authloom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use authloom::sync::blocking::{self, PoisonError};
use authloom::world::Clock;

/// Fault: a reader on another thread may see the flag and the token from before the refresh.
pub struct PublishedWithRelaxedFlag<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    refresh_lock: Mutex<()>,
    /// Every access token that there was, the oldest first.
    tokens: blocking::Mutex<Vec<AccessToken>>,
    /// Which of them is the present one, once there is one that is live.
    current: AtomicUsize,
    is_live: AtomicBool,
}

impl<E, S, C> PublishedWithRelaxedFlag<E, S, C> {
    /// A refresher of a single user, on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        PublishedWithRelaxedFlag {
            endpoint,
            store,
            clock,
            refresh_lock: Mutex::default(),
            tokens: blocking::Mutex::default(),
            current: AtomicUsize::default(),
            is_live: AtomicBool::default(),
        }
    }

    fn published(&self) -> Option<AccessToken> {
        if !self.is_live.load(Ordering::Relaxed) {
            return None;
        }
        let current = self.current.load(Ordering::Relaxed);
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).get(current).cloned()
    }

    fn publish(&self, old: AccessToken, new: AccessToken) {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.extend([old, new]);
        drop(tokens);
        self.current.store(1, Ordering::Relaxed);
        self.is_live.store(true, Ordering::Relaxed);
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher
    for PublishedWithRelaxedFlag<E, S, C>
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        if let Some(token) = self.published() {
            return Ok(token);
        }
        let _guard = self.refresh_lock.lock().await;
        if let Some(token) = self.published() {
            return Ok(token);
        }
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let old = tokens.access_token.clone();
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(response, self.clock.now());
        self.store.save(user, renewed.clone()).await;
        self.publish(old, renewed.access_token.clone());
        Ok(renewed.access_token)
    }
}
