//! A std `RwLock` read to look for a refresh under way; whoever then writes looks again.
//!
//! Source: what `refresh/std-lock-check-then-act` should have been (double-checked locking).

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::OnceCell;
use authloom::sync::blocking::{PoisonError, RwLock};
use authloom::world::Clock;

/// Right within one process, on one thread or several, as long as nobody is cancelled.
pub struct StdLockCheckedAgain<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    flights: RwLock<BTreeMap<UserId, Flight>>,
}

impl<E, S, C> StdLockCheckedAgain<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        StdLockCheckedAgain { endpoint, store, clock, flights: RwLock::default() }
    }
}

/// A refresh that callers share, and its result.
type Flight = Arc<OnceCell<AccessToken>>;

impl<E: TokenEndpoint, S: TokenStore, C: Clock> StdLockCheckedAgain<E, S, C> {
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

    /// The flight under way, or a new one.
    fn flight(&self, user: &UserId) -> Flight {
        let running =
            self.flights.read().unwrap_or_else(PoisonError::into_inner).get(user).cloned();
        if let Some(flight) = running {
            return flight;
        }
        let mut flights = self.flights.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(flights.entry(user.clone()).or_default())
    }

    fn remove(&self, user: &UserId, flight: &Flight) {
        let mut flights = self.flights.write().unwrap_or_else(PoisonError::into_inner);
        if flights.get(user).is_some_and(|current| Arc::ptr_eq(current, flight)) {
            flights.remove(user);
        }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for StdLockCheckedAgain<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let flight = self.flight(user);
        let result = flight.get_or_try_init(|| self.refresh(user)).await.cloned();
        self.remove(user, &flight);
        result
    }
}
