//! One refresh in flight for each user, with the refresh token that was read before it.
//!
//! Source: akash-network/console#3581, found in review. A refresh lands and is forgotten; whoever
//! read the refresh token before that, and comes to the map only now, starts another with it.

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::OnceCell;
use authloom::world::Clock;

use crate::keyed::Keyed;

/// Fault: a flight may begin after another has landed, on a look at the store that is out of date.
pub struct FlightWithoutReread<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    flights: Keyed<UserId, OnceCell<AccessToken>>,
}

impl<E, S, C> FlightWithoutReread<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        FlightWithoutReread { endpoint, store, clock, flights: Keyed::new() }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for FlightWithoutReread<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let flight = self.flights.get(user);
        let result = flight
            .get_or_try_init(|| async {
                let response = self.endpoint.refresh(&tokens.refresh_token).await?;
                let renewed = tokens.renewed(response, self.clock.now());
                self.store.save(user, renewed.clone()).await;
                Ok(renewed.access_token)
            })
            .await
            .cloned();
        self.flights.remove(user, &flight);
        result
    }
}
