//! A source of tokens that goes by the context of the request that made it.
//!
//! Source: golang/oauth2#388, modelcontextprotocol/go-sdk#988. The source is made for the first
//! request, kept for all that follow, and refreshes under the context it was made with, which ends
//! with that first request: from then on, every refresh is cancelled before it is sent.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind};
use std::sync::Arc;

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::Mutex;
use authloom::sync::atomic::{AtomicBool, Ordering};
use authloom::sync::blocking;
use authloom::world::Clock;

/// Fault: the context of one request is kept for longer than the request.
pub struct RequestContextCaptured<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    sources: blocking::Mutex<BTreeMap<UserId, Arc<Source>>>,
}

/// What the tokens of a user come from.
struct Source {
    context: Context,
    refresh_lock: Mutex<()>,
}

/// Whether what goes on under it is still wanted.
#[derive(Clone, Default)]
struct Context {
    is_cancelled: Arc<AtomicBool>,
}

/// A request, whose context is cancelled when it ends.
#[derive(Default)]
struct Request {
    context: Context,
}

impl Drop for Request {
    fn drop(&mut self) {
        self.context.is_cancelled.store(true, Ordering::Release);
    }
}

impl<E, S, C> RequestContextCaptured<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        let sources = blocking::Mutex::new(BTreeMap::new());
        RequestContextCaptured { endpoint, store, clock, sources }
    }

    fn source(&self, user: &UserId, request: &Request) -> Arc<Source> {
        let mut sources = self.sources.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let source = sources.entry(user.clone()).or_insert_with(|| {
            let context = request.context.clone();
            Arc::new(Source { context, refresh_lock: Mutex::new(()) })
        });
        Arc::clone(source)
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for RequestContextCaptured<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let request = Request::default();
        let source = self.source(user, &request);
        let _guard = source.refresh_lock.lock().await;
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        if source.context.is_cancelled.load(Ordering::Acquire) {
            return Err(AuthError::other(Error::new(ErrorKind::Interrupted, "context cancelled")));
        }
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(response, self.clock.now());
        self.store.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}
