//! One refresh in flight for each user; whoever comes meanwhile gets its result.
//!
//! Source: the shared promise of googleapis/google-auth-library-nodejs#339 and the promise map of
//! auth0/auth0-spa-js#664, with the second look inside the flight that akash-network/console#3581
//! found missing.

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::OnceCell;
use authloom::world::Clock;

use crate::keyed::Keyed;

/// Right within one process, as long as nobody is cancelled and no refresh fails: after a failure,
/// whoever waited for it begins again in the old flight, while whoever comes next opens another.
pub struct SingleFlight<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    flights: Keyed<UserId, OnceCell<AccessToken>>,
}

impl<E, S, C> SingleFlight<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        SingleFlight { endpoint, store, clock, flights: Keyed::new() }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock> SingleFlight<E, S, C> {
    /// What one flight does. A flight may begin after another has landed, on a look at the store
    /// that is out of date by then: so it looks again.
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
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for SingleFlight<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let flight = self.flights.get(user);
        let result = flight.get_or_try_init(|| self.refresh(user)).await.cloned();
        self.flights.remove(user, &flight);
        result
    }
}
