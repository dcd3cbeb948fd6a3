//! One refresh in flight, run by whoever came first; the others wait for what that caller says.
//!
//! Source: valon-technologies/gestalt#357. The refresh runs in the context of the request that
//! started it. When that request goes away, everybody who waits gets its cancellation for an
//! answer, though nothing is wrong with their own requests.

use std::collections::BTreeMap;

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::blocking::{Mutex, MutexGuard};
use authloom::sync::watch;
use authloom::world::Clock;

/// Fault: the waiters share the fate of the leader.
pub struct LeaderTakesWaitersAlong<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    flights: Mutex<BTreeMap<UserId, Flight>>,
}

/// Where the leader's result will be.
type Flight = watch::Receiver<Option<Result<AccessToken, AuthError>>>;

impl<E, S, C> LeaderTakesWaitersAlong<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        LeaderTakesWaitersAlong { endpoint, store, clock, flights: Mutex::new(BTreeMap::new()) }
    }

    fn flights(&self) -> MutexGuard<'_, BTreeMap<UserId, Flight>> {
        self.flights.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The flight under way.
    fn under_way(&self, user: &UserId) -> Option<Flight> {
        // A flight whose leader is gone has ended.
        self.flights().get(user).filter(|flight| flight.has_changed().is_ok()).cloned()
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock> LeaderTakesWaitersAlong<E, S, C> {
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
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher
    for LeaderTakesWaitersAlong<E, S, C>
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        if let Some(mut flight) = self.under_way(user) {
            let landed = flight.wait_for(Option::is_some).await.map_err(AuthError::other)?;
            return landed.clone().unwrap_or(Err(AuthError::NotSignedIn));
        }
        let (landed, flight) = watch::channel(None);
        self.flights().insert(user.clone(), flight);
        let result = self.refresh(user).await;
        self.flights().remove(user);
        landed.send_replace(Some(result.clone()));
        result
    }
}
