//! One refresh for all who wait, whose result is left in a slot for them.
//!
//! Source: none; a shape of one's own making, for the unwrapped `Option::take` that a second waiter
//! finds empty.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::blocking::{Mutex, MutexGuard};
use authloom::sync::watch;
use authloom::world::Clock;

/// The result of a refresh, until somebody takes it.
type Slot = Arc<Mutex<Option<Result<AccessToken, AuthError>>>>;

/// Fault: whoever comes first takes the result, and the next one panics.
pub struct ResultTakenOnce<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    flights: Mutex<BTreeMap<UserId, (watch::Sender<bool>, Slot)>>,
}

impl<E, S, C> ResultTakenOnce<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        ResultTakenOnce { endpoint, store, clock, flights: Mutex::new(BTreeMap::new()) }
    }

    fn flights(&self) -> MutexGuard<'_, BTreeMap<UserId, (watch::Sender<bool>, Slot)>> {
        self.flights.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn take(slot: &Slot) -> Result<AccessToken, AuthError> {
    let result = slot.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
    result.expect("the refresh has left its result")
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock> ResultTakenOnce<E, S, C> {
    async fn refresh(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(response, self.clock.now());
        self.store.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for ResultTakenOnce<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let under_way =
            self.flights().get(user).map(|(landed, slot)| (landed.subscribe(), slot.clone()));
        if let Some((mut landed, slot)) = under_way {
            landed.wait_for(|landed| *landed).await.map_err(AuthError::other)?;
            return take(&slot);
        }
        let slot = Slot::default();
        self.flights().insert(user.clone(), (watch::channel(false).0, slot.clone()));
        let result = self.refresh(user).await;
        *slot.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(result);
        if let Some((landed, _)) = self.flights().remove(user) {
            landed.send_replace(true);
        }
        take(&slot)
    }
}
