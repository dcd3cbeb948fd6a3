//! The exchange belongs to a task of its own, but whoever stops waiting for it forgets it.
//!
//! Source: ReviewStage/luke#570, found in review. The slot with the refresh under way is cleared
//! when a waiter's future is dropped. The refresh still runs; the next caller finds no slot, and
//! spends the same refresh token again.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::blocking::{Mutex, MutexGuard};
use authloom::sync::watch;
use authloom::world::{Clock, Spawner};

/// Fault: the slot is cleared by those who wait, not by the task that fills it.
pub struct WaiterClearsSlot<E, S, C, P> {
    shared: Arc<Shared<E, S, C>>,
    spawner: P,
    flights: Mutex<BTreeMap<UserId, Flight>>,
}

struct Shared<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
}

/// Where the result of an exchange under way will be.
type Flight = watch::Receiver<Option<Result<AccessToken, AuthError>>>;

/// Clears the slot when a waiter leaves, however it leaves.
struct Waiting<'a> {
    flights: &'a Mutex<BTreeMap<UserId, Flight>>,
    user: &'a UserId,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        lock(self.flights).remove(self.user);
    }
}

fn lock(flights: &Mutex<BTreeMap<UserId, Flight>>) -> MutexGuard<'_, BTreeMap<UserId, Flight>> {
    flights.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl<E, S, C, P> WaiterClearsSlot<E, S, C, P> {
    /// A refresher on an endpoint, a store, a clock and a place to start tasks.
    pub fn new(endpoint: E, store: S, clock: C, spawner: P) -> Self {
        let shared = Arc::new(Shared { endpoint, store, clock });
        WaiterClearsSlot { shared, spawner, flights: Mutex::new(BTreeMap::new()) }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock> Shared<E, S, C> {
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

impl<E, S, C, P> WaiterClearsSlot<E, S, C, P>
where
    E: TokenEndpoint + 'static,
    S: TokenStore + 'static,
    C: Clock + 'static,
    P: Spawner,
{
    fn flight(&self, user: &UserId) -> Flight {
        let mut flights = lock(&self.flights);
        if let Some(flight) = flights.get(user) {
            return flight.clone();
        }
        let (landed, flight) = watch::channel(None);
        flights.insert(user.clone(), flight.clone());
        let (shared, user) = (Arc::clone(&self.shared), user.clone());
        self.spawner.spawn(
            "exchange",
            Box::pin(async move {
                let result = shared.refresh(&user).await;
                landed.send_replace(Some(result));
            }),
        );
        flight
    }
}

#[async_trait]
impl<E, S, C, P> TokenRefresher for WaiterClearsSlot<E, S, C, P>
where
    E: TokenEndpoint + 'static,
    S: TokenStore + 'static,
    C: Clock + 'static,
    P: Spawner,
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let mut flight = self.flight(user);
        let _waiting = Waiting { flights: &self.flights, user };
        let landed = flight.wait_for(Option::is_some).await.map_err(AuthError::other)?;
        landed.clone().unwrap_or(Err(AuthError::NotSignedIn))
    }
}
