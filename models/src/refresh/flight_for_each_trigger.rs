//! One refresh in flight for those who read an expired token, and one for those who got a 401.
//!
//! Source: danny-avila/LibreChat#14596. Each layer of the client joins the refreshes of its own
//! kind and knows nothing of the other's, so that both spend the same refresh token.

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::OnceCell;
use authloom::world::Clock;

use crate::keyed::Keyed;

/// Fault: two flights at once, one for each reason to refresh.
pub struct FlightForEachTrigger<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    after_reads: Flights,
    after_refusals: Flights,
}

/// The refreshes that are under way.
type Flights = Keyed<UserId, OnceCell<AccessToken>>;

impl<E, S, C> FlightForEachTrigger<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        let (after_reads, after_refusals) = (Flights::new(), Flights::new());
        FlightForEachTrigger { endpoint, store, clock, after_reads, after_refusals }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock> FlightForEachTrigger<E, S, C> {
    /// Joins the refresh under way, or begins one.
    async fn join(
        &self,
        flights: &Flights,
        user: &UserId,
        useless: &AccessToken,
    ) -> Result<AccessToken, AuthError> {
        let flight = flights.get(user);
        let result = flight.get_or_try_init(|| self.refresh(user, useless)).await.cloned();
        flights.remove(user, &flight);
        result
    }

    /// What one flight does, unless another has replaced the useless token before it began.
    async fn refresh(
        &self,
        user: &UserId,
        useless: &AccessToken,
    ) -> Result<AccessToken, AuthError> {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if tokens.access_token != *useless {
            return Ok(tokens.access_token);
        }
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(response, self.clock.now());
        self.store.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for FlightForEachTrigger<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        self.join(&self.after_reads, user, &tokens.access_token).await
    }

    async fn unauthorized(
        &self,
        user: &UserId,
        refused: &AccessToken,
    ) -> Result<AccessToken, AuthError> {
        self.join(&self.after_refusals, user, refused).await
    }
}
