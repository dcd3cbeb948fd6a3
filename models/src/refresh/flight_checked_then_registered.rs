//! Is a refresh under way? If not, another hold of the lock registers one.
//!
//! Source: a single-flight crate that, on several threads, starts two flights for one key in most
//! runs: the map is locked to look and locked again to insert. Neither lock is contended, so
//! nothing suspends between the two on one thread.

use std::collections::BTreeMap;

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::{Mutex, watch};
use authloom::world::Clock;

/// Fault: two callers that both look before either registers both refresh.
pub struct FlightCheckedThenRegistered<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    flights: Mutex<BTreeMap<UserId, Flight>>,
}

impl<E, S, C> FlightCheckedThenRegistered<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        FlightCheckedThenRegistered { endpoint, store, clock, flights: Mutex::default() }
    }
}

/// Where the result of a refresh under way will be.
type Flight = watch::Receiver<Option<Result<AccessToken, AuthError>>>;

async fn landed(mut flight: Flight) -> Result<AccessToken, AuthError> {
    let landed = flight.wait_for(Option::is_some).await.map_err(AuthError::other)?;
    landed.clone().unwrap_or(Err(AuthError::NotSignedIn))
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock> FlightCheckedThenRegistered<E, S, C> {
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

    async fn running(&self, user: &UserId) -> Option<Flight> {
        self.flights.lock().await.get(user).cloned()
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher
    for FlightCheckedThenRegistered<E, S, C>
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        if let Some(flight) = self.running(user).await {
            return landed(flight).await;
        }
        let (landing, flight) = watch::channel(None);
        self.flights.lock().await.insert(user.clone(), flight);
        let result = self.refresh(user).await;
        self.flights.lock().await.remove(user);
        landing.send_replace(Some(result.clone()));
        result
    }
}
