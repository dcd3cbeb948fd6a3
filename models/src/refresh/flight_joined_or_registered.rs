//! One hold of the lock looks for a refresh under way and registers one if there is none.
//!
//! Source: what `refresh/flight-checked-then-registered` should have been.

use std::collections::BTreeMap;

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::{Mutex, watch};
use authloom::world::Clock;

/// Right within one process, as long as nobody is cancelled.
pub struct FlightJoinedOrRegistered<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    flights: Mutex<BTreeMap<UserId, Flight>>,
}

impl<E, S, C> FlightJoinedOrRegistered<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        FlightJoinedOrRegistered { endpoint, store, clock, flights: Mutex::default() }
    }
}

/// Where the result of a refresh under way will be.
type Flight = watch::Receiver<FlightResult>;

type FlightResult = Option<Result<AccessToken, AuthError>>;

async fn landed(mut flight: Flight) -> Result<AccessToken, AuthError> {
    let landed = flight.wait_for(Option::is_some).await.map_err(AuthError::other)?;
    landed.clone().unwrap_or(Err(AuthError::NotSignedIn))
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock> FlightJoinedOrRegistered<E, S, C> {
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

    /// The refresh under way, or where to put the result of a new one.
    async fn join(&self, user: &UserId) -> Result<Flight, watch::Sender<FlightResult>> {
        let mut flights = self.flights.lock().await;
        if let Some(flight) = flights.get(user) {
            return Ok(flight.clone());
        }
        let (landing, flight) = watch::channel(None);
        flights.insert(user.clone(), flight);
        Err(landing)
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher
    for FlightJoinedOrRegistered<E, S, C>
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let landing = match self.join(user).await {
            Ok(flight) => return landed(flight).await,
            Err(landing) => landing,
        };
        let result = self.refresh(user).await;
        self.flights.lock().await.remove(user);
        landing.send_replace(Some(result.clone()));
        result
    }
}
