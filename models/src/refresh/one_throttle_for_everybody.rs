//! At most one refresh in half a minute, so as to spare the server.
//!
//! Source: aws/aws-sdk-js-v3#8266. The moment of the last attempt is a global, so that the refresh
//! of one session leaves out that of another, whose caller is told that its token has ended.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::blocking::Mutex;
use authloom::world::{Clock, Timestamp};

/// How long after a refresh was tried none is.
const PAUSE: Duration = Duration::from_secs(30);

/// Fault: the throttle has no key, what it throttles has one.
pub struct OneThrottleForEverybody<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    last_try: Mutex<Option<Timestamp>>,
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

impl<E, S, C> OneThrottleForEverybody<E, S, C> {
    /// A refresher on an endpoint, a store and a clock.
    pub fn new(endpoint: E, store: S, clock: C) -> Self {
        OneThrottleForEverybody { endpoint, store, clock, last_try: Mutex::new(None) }
    }

    fn may_try(&self, now: Timestamp) -> bool {
        let mut last = self.last_try.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if last.is_some_and(|last| now < last.plus(PAUSE)) {
            return false;
        }
        *last = Some(now);
        true
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock> TokenRefresher
    for OneThrottleForEverybody<E, S, C>
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let now = self.clock.now();
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(now) {
            return Ok(tokens.access_token);
        }
        if !self.may_try(now) {
            return Err(AuthError::other(TokenEnded));
        }
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(response, self.clock.now());
        self.store.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}
