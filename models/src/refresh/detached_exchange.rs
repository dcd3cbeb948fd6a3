//! The exchange belongs to a task of its own; callers only wait for its result.
//!
//! Source: the fix asked for in pleaseai/shunt#73 (a refresh owned by the store, independent of its
//! caller) and made in valon-technologies/gestalt#357 (a detached context).

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::blocking::{Mutex, MutexGuard};
use authloom::sync::watch;
use authloom::world::{Clock, Spawner};

/// Right within one process, whoever is cancelled: once sent, an exchange runs to its answer and is
/// stored.
pub struct DetachedExchange<E, S, C, P> {
    shared: Arc<Shared<E, S, C>>,
    spawner: P,
}

struct Shared<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    flights: Mutex<BTreeMap<UserId, Flight>>,
}

/// Where the result of an exchange under way will be.
type Flight = watch::Receiver<Option<Result<AccessToken, AuthError>>>;

impl<E, S, C, P> DetachedExchange<E, S, C, P> {
    /// A refresher on an endpoint, a store, a clock and a place to start tasks.
    pub fn new(endpoint: E, store: S, clock: C, spawner: P) -> Self {
        let flights = Mutex::new(BTreeMap::new());
        DetachedExchange { shared: Arc::new(Shared { endpoint, store, clock, flights }), spawner }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock> Shared<E, S, C> {
    fn flights(&self) -> MutexGuard<'_, BTreeMap<UserId, Flight>> {
        self.flights.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

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

impl<E, S, C, P> DetachedExchange<E, S, C, P>
where
    E: TokenEndpoint + 'static,
    S: TokenStore + 'static,
    C: Clock + 'static,
    P: Spawner,
{
    /// The flight under way, or a new one.
    fn flight(&self, user: &UserId) -> Flight {
        let mut flights = self.shared.flights();
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
                shared.flights().remove(&user);
                landed.send_replace(Some(result));
            }),
        );
        flight
    }
}

#[async_trait]
impl<E, S, C, P> TokenRefresher for DetachedExchange<E, S, C, P>
where
    E: TokenEndpoint + 'static,
    S: TokenStore + 'static,
    C: Clock + 'static,
    P: Spawner,
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let mut flight = self.flight(user);
        let landed = flight.wait_for(Option::is_some).await.map_err(AuthError::other)?;
        landed.clone().unwrap_or(Err(AuthError::NotSignedIn))
    }
}
