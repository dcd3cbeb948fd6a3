//! At most one refresh of each user in half a minute, so as to spare the server.
//!
//! Source: aws/aws-sdk-js-v3#8267, which keys the throttle by session.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::blocking::Mutex;
use authloom::world::{Clock, Timestamp};

/// How long after a refresh was tried none is.
const PAUSE: Duration = Duration::from_secs(30);

/// Users do not throttle each other. A second caller of one user still is told that the token has
/// ended, while the first is getting the next.
pub struct ThrottleForEachUser<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    tries: Mutex<BTreeMap<UserId, Timestamp>>,
}

/// What a caller is told whose refresh is left out.
#[derive(Debug)]
struct TokenEnded;

impl fmt::Display for TokenEnded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the token has ended")
    }
}

impl Error for TokenEnded {}

impl<E, S, C> ThrottleForEachUser<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        ThrottleForEachUser { endpoint, store, clock, tries: Mutex::new(BTreeMap::new()) }
    }

    fn may_try(&self, user: &UserId, now: Timestamp) -> bool {
        let mut tries = self.tries.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if tries.get(user).is_some_and(|last| now < last.plus(PAUSE)) {
            return false;
        }
        tries.insert(user.clone(), now);
        true
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher for ThrottleForEachUser<E, S, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let now = self.clock.now();
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(now) {
            return Ok(tokens.access_token);
        }
        if !self.may_try(user, now) {
            return Err(AuthError::other(TokenEnded));
        }
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(response, self.clock.now());
        self.store.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}
