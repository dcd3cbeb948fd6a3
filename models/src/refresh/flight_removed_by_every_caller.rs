//! Callers share one refresh, and each of them removes it when it has its result.
//!
//! Source: saleor/saleor-dashboard#6795. A `finally` clears the shared promise, also for those who
//! only waited for somebody else's.

use std::collections::BTreeMap;

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::{Mutex, watch};
use authloom::world::Clock;

/// Fault: who has waited for a flight that failed removes the next one, which is under way, and
/// whoever asks then starts another. A caller whose refresh fails tries once more.
pub struct FlightRemovedByEveryCaller<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    flights: Mutex<BTreeMap<UserId, Flight>>,
}

impl<E, S, C> FlightRemovedByEveryCaller<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        FlightRemovedByEveryCaller { endpoint, store, clock, flights: Mutex::default() }
    }
}

/// Where the result of a refresh under way will be.
type Flight = watch::Receiver<Option<Result<AccessToken, AuthError>>>;

async fn landed(mut flight: Flight) -> Result<AccessToken, AuthError> {
    let landed = flight.wait_for(Option::is_some).await.map_err(AuthError::other)?;
    landed.clone().unwrap_or(Err(AuthError::NotSignedIn))
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock> FlightRemovedByEveryCaller<E, S, C> {
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

    async fn attempt(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let mut flights = self.flights.lock().await;
        let running = flights.get(user).filter(|flight| flight.borrow().is_none()).cloned();
        let result = match running {
            Some(flight) => {
                drop(flights);
                landed(flight).await
            }
            None => {
                let (landing, flight) = watch::channel(None);
                flights.insert(user.clone(), flight);
                drop(flights);
                let result = self.refresh(user).await;
                landing.send_replace(Some(result.clone()));
                result
            }
        };
        self.flights.lock().await.remove(user);
        result
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher
    for FlightRemovedByEveryCaller<E, S, C>
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        match self.attempt(user).await {
            Err(AuthError::Unavailable) => self.attempt(user).await,
            result => result,
        }
    }
}
