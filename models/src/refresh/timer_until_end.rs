//! A timer renews the token when it ends.
//!
//! Source: the fix saleor/saleor-dashboard#6795: timers go by the end of the token, not by its
//! whole life.

use std::sync::Arc;

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::atomic::{AtomicBool, Ordering};
use authloom::world::{Clock, Spawner, Timer};

/// Right within one process, as long as no renewal fails, for those who do not ask while the token
/// is being renewed: whoever asks is given what is stored.
pub struct TimerUntilEnd<E, S, C, P> {
    shared: Arc<Shared<E, S, C>>,
    spawner: P,
}

struct Shared<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    is_started: AtomicBool,
}

impl<E, S, C, P> TimerUntilEnd<E, S, C, P> {
    /// A refresher on an endpoint, a store, a clock and a place to start tasks.
    pub fn new(endpoint: E, store: S, clock: C, spawner: P) -> Self {
        let is_started = AtomicBool::new(false);
        TimerUntilEnd { shared: Arc::new(Shared { endpoint, store, clock, is_started }), spawner }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock + Timer> Shared<E, S, C> {
    async fn keep_fresh(&self, user: &UserId) -> Option<()> {
        loop {
            let tokens = self.store.load(user).await?;
            self.clock.sleep(tokens.expires_at.since(self.clock.now())).await;
            let response = self.endpoint.refresh(&tokens.refresh_token).await.ok()?;
            self.store.save(user, tokens.renewed(response, self.clock.now())).await;
        }
    }
}

#[async_trait]
impl<E, S, C, P> TokenRefresher for TimerUntilEnd<E, S, C, P>
where
    E: TokenEndpoint + 'static,
    S: TokenStore + 'static,
    C: Clock + Timer + 'static,
    P: Spawner,
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        if !self.shared.is_started.swap(true, Ordering::AcqRel) {
            let (shared, user) = (Arc::clone(&self.shared), user.clone());
            let chain = async move {
                shared.keep_fresh(&user).await;
            };
            self.spawner.spawn("renewal", Box::pin(chain));
        }
        let tokens = self.shared.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        Ok(tokens.access_token)
    }
}
