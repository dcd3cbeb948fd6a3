//! The result of a refresh is stored if the store still holds what was refreshed, by a look that
//! locks the row until that is done: `SELECT ... FOR UPDATE`.
//!
//! Source: section 13.3.2 of PostgreSQL's manual: who writes such a row, or locks it too, waits
//! until the transaction that has locked it ends.

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, SerializationFailure, TokenDatabase, TokenEndpoint, TokenRefresher,
    TokenTransaction, Tokens, UserId,
};
use authloom::world::Clock;

/// A sign-out stays one, and a newer token stays, at either level. It does not keep a refresh token
/// from being spent twice.
pub struct LocksRowBeforeSave<E, D, C> {
    endpoint: E,
    database: D,
    clock: C,
}

impl<E, D, C> LocksRowBeforeSave<E, D, C> {
    /// A refresher on an endpoint, a database and a clock.
    pub fn new(endpoint: E, database: D, clock: C) -> Self {
        LocksRowBeforeSave { endpoint, database, clock }
    }
}

impl<E: TokenEndpoint, D: TokenDatabase, C: Clock> LocksRowBeforeSave<E, D, C> {
    /// What is stored after that: what was refreshed, unless it is not there any more.
    async fn save(
        &self,
        user: &UserId,
        old: &Tokens,
        renewed: &Tokens,
    ) -> Result<Option<Tokens>, SerializationFailure> {
        let mut transaction = self.database.begin();
        let stored = transaction.load_for_update(user).await?;
        if stored.as_ref().is_none_or(|stored| stored.refresh_token != old.refresh_token) {
            return Ok(stored);
        }
        transaction.write(user, Some(renewed.clone())).await?;
        transaction.commit().await?;
        Ok(Some(renewed.clone()))
    }

    async fn remove(&self, user: &UserId) -> Result<(), SerializationFailure> {
        let mut transaction = self.database.begin();
        transaction.write(user, None).await?;
        transaction.commit().await
    }
}

#[async_trait]
impl<E: TokenEndpoint, D: TokenDatabase, C: Clock> TokenRefresher for LocksRowBeforeSave<E, D, C> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let loaded = self.database.begin().load(user).await.map_err(AuthError::other)?;
        let tokens = loaded.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(response, self.clock.now());
        loop {
            if let Ok(stored) = self.save(user, &tokens, &renewed).await {
                return stored.map(|stored| stored.access_token).ok_or(AuthError::NotSignedIn);
            }
        }
    }

    async fn sign_out(&self, user: &UserId) -> Result<(), AuthError> {
        while self.remove(user).await.is_err() {}
        Ok(())
    }
}
