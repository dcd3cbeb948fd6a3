//! Before a refresh token is presented, it is noted where a crash does not reach; one that is noted
//! is not presented again.
//!
//! Source: the marker "presented, unacknowledged" of damianvtran/local-operator#945. There, it goes
//! away when it is known that the request was never sent, and after some time; here it stays.

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, MarkStore, TokenEndpoint, TokenRefresher, TokenStore, UserId,
};
use authloom::sync::Mutex;
use authloom::world::Clock;

/// A spent token does not come back, also after a crash, as long as there is one process and nobody
/// is cancelled. The price: after a crash, the user logs in again, also where the request never
/// arrived.
pub struct MarksBeforePresenting<E, S, C, M> {
    endpoint: E,
    store: S,
    clock: C,
    marks: M,
    refresh_lock: Mutex<()>,
}

impl<E, S, C, M> MarksBeforePresenting<E, S, C, M> {
    /// A refresher on an endpoint, a store, a clock and a place for marks.
    pub fn new(endpoint: E, store: S, clock: C, marks: M) -> Self {
        MarksBeforePresenting { endpoint, store, clock, marks, refresh_lock: Mutex::new(()) }
    }
}

#[async_trait]
impl<E: TokenEndpoint, S: TokenStore, C: Clock, M: MarkStore> TokenRefresher
    for MarksBeforePresenting<E, S, C, M>
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let _guard = self.refresh_lock.lock().await;
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        if self.marks.is_marked(&tokens.refresh_token).await {
            return Err(AuthError::NotSignedIn);
        }
        self.marks.mark(&tokens.refresh_token).await;
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(response, self.clock.now());
        // The mark is about another token from here on.
        self.store.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}
