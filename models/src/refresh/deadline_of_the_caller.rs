//! The exchange belongs to a task of its own and has no deadline; those who wait for it have one.
//!
//! Source: the fix of valon-technologies/gestalt#357, a context that no caller's deadline ends.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::blocking::{Mutex, MutexGuard};
use authloom::sync::watch;
use authloom::world::{Clock, Elapsed, Spawner, Timer, timeout};

/// How long a caller waits.
const DEADLINE: Duration = Duration::from_secs(5);

/// Right within one process, however long an answer takes: who has waited for long enough is told
/// to try again, and joins the exchange that is still under way.
pub struct DeadlineOfTheCaller<E, S, C, P> {
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

impl<E, S, C, P> DeadlineOfTheCaller<E, S, C, P> {
    /// A refresher on an endpoint, a store, a clock and a place to start tasks.
    pub fn new(endpoint: E, store: S, clock: C, spawner: P) -> Self {
        let flights = Mutex::new(BTreeMap::new());
        DeadlineOfTheCaller {
            shared: Arc::new(Shared { endpoint, store, clock, flights }),
            spawner,
        }
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

impl<E, S, C, P> DeadlineOfTheCaller<E, S, C, P>
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
impl<E, S, C, P> TokenRefresher for DeadlineOfTheCaller<E, S, C, P>
where
    E: TokenEndpoint + 'static,
    S: TokenStore + 'static,
    C: Clock + Timer + 'static,
    P: Spawner,
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let mut flight = self.flight(user);
        let landing = flight.wait_for(Option::is_some);
        match timeout(&self.shared.clock, DEADLINE, landing).await {
            Ok(landed) => {
                landed.map_err(AuthError::other)?.clone().unwrap_or(Err(AuthError::NotSignedIn))
            }
            Err(Elapsed) => Err(AuthError::Unavailable),
        }
    }
}
