//! A token is renewed in the background before it ends; a renewal that fails changes nothing.
//!
//! Source: what googleapis/google-cloud-rust#5825 is for: while the token is valid, a failed
//! renewal is not what callers get.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, Tokens, UserId,
};
use authloom::sync::blocking::{Mutex, MutexGuard};
use authloom::sync::watch;
use authloom::world::{Clock, Spawner};

/// How long before its end a token is renewed.
const AHEAD: Duration = Duration::from_secs(240);

/// Right within one process: a renewal replaces the token only by a newer one, or when the token
/// has ended.
pub struct FailedRenewalIgnored<E, S, C, P> {
    shared: Arc<Shared<E, S, C>>,
    spawner: P,
}

struct Shared<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    cache: Mutex<BTreeMap<UserId, Cached>>,
}

/// What callers get until the next renewal, and where that will tell them of its end.
#[derive(Default)]
struct Cached {
    result: Option<Result<Tokens, AuthError>>,
    renewal: Option<watch::Receiver<bool>>,
}

impl<E, S, C, P> FailedRenewalIgnored<E, S, C, P> {
    /// A refresher on an endpoint, a store, a clock and a place to start tasks.
    pub fn new(endpoint: E, store: S, clock: C, spawner: P) -> Self {
        let cache = Mutex::new(BTreeMap::new());
        FailedRenewalIgnored { shared: Arc::new(Shared { endpoint, store, clock, cache }), spawner }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock> Shared<E, S, C> {
    fn cache(&self) -> MutexGuard<'_, BTreeMap<UserId, Cached>> {
        self.cache.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    async fn renew(&self, user: &UserId) -> Result<Tokens, AuthError> {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(response, self.clock.now());
        self.store.save(user, renewed.clone()).await;
        Ok(renewed)
    }

    /// The stored tokens, read once.
    async fn fill(&self, user: &UserId) {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn);
        self.cache().entry(user.clone()).or_default().result.get_or_insert(tokens);
    }

    fn publish(&self, user: &UserId, result: Result<Tokens, AuthError>) {
        let mut cache = self.cache();
        let cached = cache.entry(user.clone()).or_default();
        cached.renewal = None;
        let now = self.clock.now();
        let is_valid = matches!(&cached.result, Some(Ok(tokens)) if !tokens.is_expired(now));
        if result.is_ok() || !is_valid {
            cached.result = Some(result);
        }
    }

    fn is_due(&self, result: &Result<Tokens, AuthError>) -> bool {
        let soon = self.clock.now().plus(AHEAD);
        result.as_ref().map_or(true, |tokens| tokens.is_expired(soon))
    }
}

impl<E, S, C, P> FailedRenewalIgnored<E, S, C, P>
where
    E: TokenEndpoint + 'static,
    S: TokenStore + 'static,
    C: Clock + 'static,
    P: Spawner,
{
    /// The renewal under way, or a new one.
    fn renewal(&self, user: &UserId) -> watch::Receiver<bool> {
        let mut cache = self.shared.cache();
        let cached = cache.entry(user.clone()).or_default();
        if let Some(renewal) = &cached.renewal {
            return renewal.clone();
        }
        let (done, renewal) = watch::channel(false);
        cached.renewal = Some(renewal.clone());
        let (shared, user) = (Arc::clone(&self.shared), user.clone());
        self.spawner.spawn(
            "renewal",
            Box::pin(async move {
                let result = shared.renew(&user).await;
                shared.publish(&user, result);
                done.send_replace(true);
            }),
        );
        renewal
    }
}

#[async_trait]
impl<E, S, C, P> TokenRefresher for FailedRenewalIgnored<E, S, C, P>
where
    E: TokenEndpoint + 'static,
    S: TokenStore + 'static,
    C: Clock + 'static,
    P: Spawner,
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        self.shared.fill(user).await;
        let cached = self.shared.cache().get(user).and_then(|cached| cached.result.clone());
        let result = cached.unwrap_or(Err(AuthError::NotSignedIn));
        if !self.shared.is_due(&result) {
            return result.map(|tokens| tokens.access_token);
        }
        let mut renewal = self.renewal(user);
        let now = self.shared.clock.now();
        if result.as_ref().is_ok_and(|tokens| tokens.is_expired(now)) {
            let _ = renewal.wait_for(|done| *done).await;
            let cached = self.shared.cache().get(user).and_then(|cached| cached.result.clone());
            return cached.unwrap_or(Err(AuthError::NotSignedIn)).map(|tokens| tokens.access_token);
        }
        result.map(|tokens| tokens.access_token)
    }
}
