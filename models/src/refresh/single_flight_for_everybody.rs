//! One refresh in flight, whoever it is for; whoever comes meanwhile gets its result.
//!
//! Source: a promise kept in a module of a server that renders for many users. In a browser there
//! is one user and nothing wrong with it (googleapis/google-auth-library-nodejs#339 keys it by
//! token). Seen in lelylan/simple-oauth2#88: one object is shared by all users, and a user gets the
//! token of another.

use std::sync::Arc;

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::OnceCell;
use authloom::sync::blocking::{Mutex, PoisonError};
use authloom::world::Clock;

/// Wrong with two users: the second joins the flight of the first, and gets that user's token.
pub struct SingleFlightForEverybody<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    flight: Mutex<Arc<OnceCell<AccessToken>>>,
}

impl<E, S, C> SingleFlightForEverybody<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        SingleFlightForEverybody { endpoint, store, clock, flight: Mutex::default() }
    }

    fn flight(&self) -> Arc<OnceCell<AccessToken>> {
        Arc::clone(&self.flight.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The next flight is another one.
    fn land(&self, flight: &Arc<OnceCell<AccessToken>>) {
        let mut current = self.flight.lock().unwrap_or_else(PoisonError::into_inner);
        if Arc::ptr_eq(&current, flight) {
            *current = Arc::default();
        }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock> SingleFlightForEverybody<E, S, C> {
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
    for SingleFlightForEverybody<E, S, C>
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let flight = self.flight();
        let result = flight.get_or_try_init(|| self.refresh(user)).await.cloned();
        self.land(&flight);
        result
    }
}
