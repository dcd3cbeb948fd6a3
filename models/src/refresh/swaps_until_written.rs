//! The new tokens are swapped into the account again and again, for as long as what was refreshed
//! is what it holds.
//!
//! Source: the fix of Menci/Floway#340 (Menci/Floway#342): a lost swap is tried again on what is
//! there by then. That the account holds what was presented tells that no other rotation won.

use async_trait::async_trait;
use authloom::auth::{AccessToken, AccountStore, AuthError, TokenEndpoint, TokenRefresher, UserId};
use authloom::sync::Mutex;
use authloom::world::Clock;

/// Right within one process, as long as nobody is cancelled, whatever else is written of the
/// account.
pub struct SwapsUntilWritten<E, A, C> {
    endpoint: E,
    accounts: A,
    clock: C,
    refresh_lock: Mutex<()>,
}

impl<E, A, C> SwapsUntilWritten<E, A, C> {
    /// A refresher on an endpoint, a store of accounts and a clock.
    pub fn new(endpoint: E, accounts: A, clock: C) -> Self {
        SwapsUntilWritten { endpoint, accounts, clock, refresh_lock: Mutex::new(()) }
    }
}

#[async_trait]
impl<E: TokenEndpoint, A: AccountStore, C: Clock> TokenRefresher for SwapsUntilWritten<E, A, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let _guard = self.refresh_lock.lock().await;
        let mut account = self.accounts.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !account.tokens.is_expired(self.clock.now()) {
            return Ok(account.tokens.access_token);
        }
        let presented = account.tokens.refresh_token.clone();
        let response = self.endpoint.refresh(&presented).await?;
        let renewed = account.tokens.renewed(response, self.clock.now());
        while !self.accounts.swap(user, account.version, renewed.clone()).await {
            account = self.accounts.load(user).await.ok_or(AuthError::NotSignedIn)?;
            if account.tokens.refresh_token != presented {
                return Ok(account.tokens.access_token);
            }
        }
        Ok(renewed.access_token)
    }
}
