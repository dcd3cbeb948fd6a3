//! A timer renews the token when as much time has passed as a new one lives.
//!
//! Source: saleor/saleor-dashboard#6795. The timer is set to `exp - iat`, also for a token that is
//! not new: one that was stored, or has aged while the machine slept, ends before it.

use std::sync::Arc;

use async_trait::async_trait;
use authloom::auth::{
    ACCESS_TOKEN_TTL, AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId,
};
use authloom::sync::atomic::{AtomicBool, Ordering};
use authloom::world::{Clock, Spawner, Timer};

/// Fault: it takes the token that it finds for one that was issued at this moment.
pub struct TimerForWholeLife<E, S, C, P> {
    shared: Arc<Shared<E, S, C>>,
    spawner: P,
}

struct Shared<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    is_started: AtomicBool,
}

impl<E, S, C, P> TimerForWholeLife<E, S, C, P> {
    /// A refresher on an endpoint, a store, a clock and a place to start tasks.
    pub fn new(endpoint: E, store: S, clock: C, spawner: P) -> Self {
        let is_started = AtomicBool::new(false);
        TimerForWholeLife {
            shared: Arc::new(Shared { endpoint, store, clock, is_started }),
            spawner,
        }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock + Timer> Shared<E, S, C> {
    async fn keep_fresh(&self, user: &UserId) -> Option<()> {
        loop {
            let tokens = self.store.load(user).await?;
            self.clock.sleep(ACCESS_TOKEN_TTL).await;
            let response = self.endpoint.refresh(&tokens.refresh_token).await.ok()?;
            self.store.save(user, tokens.renewed(response, self.clock.now())).await;
        }
    }
}

#[async_trait]
impl<E, S, C, P> TokenRefresher for TimerForWholeLife<E, S, C, P>
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
