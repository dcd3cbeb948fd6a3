//! One refresh in flight; when it fails, those who wait for it are not told.
//!
//! Source: supabase/auth-js#334, whose deferred result is settled on success only, so that later
//! callers hang; and Flyrell/axios-auth-refresh#14, whose queue of requests is left as it is when
//! the refresh fails.

use std::collections::BTreeMap;

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::blocking::{Mutex, MutexGuard};
use authloom::sync::watch;
use authloom::world::Clock;

/// Fault: `?` leaves the function with the flight still there and nobody to land it.
pub struct NeverSettlesOnError<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    flights: Mutex<BTreeMap<UserId, watch::Sender<Option<AccessToken>>>>,
}

impl<E, S, C> NeverSettlesOnError<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        NeverSettlesOnError { endpoint, store, clock, flights: Mutex::new(BTreeMap::new()) }
    }

    fn flights(&self) -> MutexGuard<'_, BTreeMap<UserId, watch::Sender<Option<AccessToken>>>> {
        self.flights.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock> NeverSettlesOnError<E, S, C> {
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
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for NeverSettlesOnError<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let under_way = self.flights().get(user).map(watch::Sender::subscribe);
        if let Some(mut flight) = under_way {
            let landed = flight.wait_for(Option::is_some).await.map_err(AuthError::other)?;
            return landed.clone().ok_or(AuthError::NotSignedIn);
        }
        self.flights().insert(user.clone(), watch::channel(None).0);
        let token = self.refresh(user).await?;
        if let Some(landed) = self.flights().remove(user) {
            landed.send_replace(Some(token.clone()));
        }
        Ok(token)
    }
}
