//! The new tokens are written into the account by one compare and swap, whose loss is passed over.
//!
//! Source: Menci/Floway#340. The account also holds a quota, which is written with each response:
//! any such write between reading the account and swapping it makes the swap fail, and the new
//! refresh token is nowhere. The stored one is spent, and the next refresh presents it.

use async_trait::async_trait;
use authloom::auth::{AccessToken, AccountStore, AuthError, TokenEndpoint, TokenRefresher, UserId};
use authloom::sync::Mutex;
use authloom::world::Clock;

/// Fault: a lost swap is taken for another rotation that won.
pub struct SwapsOnce<E, A, C> {
    endpoint: E,
    accounts: A,
    clock: C,
    refresh_lock: Mutex<()>,
}

impl<E, A, C> SwapsOnce<E, A, C> {
    /// A refresher on an endpoint, a store of accounts and a clock.
    pub fn new(endpoint: E, accounts: A, clock: C) -> Self {
        SwapsOnce { endpoint, accounts, clock, refresh_lock: Mutex::new(()) }
    }
}

#[async_trait]
impl<E: TokenEndpoint, A: AccountStore, C: Clock> TokenRefresher for SwapsOnce<E, A, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let _guard = self.refresh_lock.lock().await;
        let account = self.accounts.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !account.tokens.is_expired(self.clock.now()) {
            return Ok(account.tokens.access_token);
        }
        let response = self.endpoint.refresh(&account.tokens.refresh_token).await?;
        let renewed = account.tokens.renewed(response, self.clock.now());
        let _is_written = self.accounts.swap(user, account.version, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}
