//! The refresh and its look at the store are one transaction, which is tried again if it fails.
//!
//! Source: TracecatHQ/tracecat#3047, before its fix. At read committed both of two transactions
//! read the old row. Serializable refuses the second of them, but when it commits: by then both
//! have presented the refresh token, and no rollback takes a request back that was sent.

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, SerializationFailure, TokenDatabase, TokenEndpoint, TokenRefresher,
    TokenTransaction, UserId,
};
use authloom::world::Clock;

/// Fault, at either level: a transaction that has only read keeps nobody else out.
pub struct TransactionAroundRefresh<E, D, C> {
    endpoint: E,
    database: D,
    clock: C,
}

impl<E, D, C> TransactionAroundRefresh<E, D, C> {
    /// A refresher on an endpoint, a database and a clock.
    pub fn new(endpoint: E, database: D, clock: C) -> Self {
        TransactionAroundRefresh { endpoint, database, clock }
    }
}

impl<E: TokenEndpoint, D: TokenDatabase, C: Clock> TransactionAroundRefresh<E, D, C> {
    async fn refresh(
        &self,
        user: &UserId,
    ) -> Result<Result<AccessToken, AuthError>, SerializationFailure> {
        let mut transaction = self.database.begin();
        let Some(tokens) = transaction.load(user).await? else {
            return Ok(Err(AuthError::NotSignedIn));
        };
        if !tokens.is_expired(self.clock.now()) {
            return Ok(Ok(tokens.access_token));
        }
        let response = match self.endpoint.refresh(&tokens.refresh_token).await {
            Ok(response) => response,
            Err(error) => return Ok(Err(error.into())),
        };
        let renewed = tokens.renewed(response, self.clock.now());
        transaction.write(user, Some(renewed.clone())).await?;
        transaction.commit().await?;
        Ok(Ok(renewed.access_token))
    }
}

#[async_trait]
impl<E: TokenEndpoint, D: TokenDatabase, C: Clock> TokenRefresher
    for TransactionAroundRefresh<E, D, C>
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        loop {
            if let Ok(result) = self.refresh(user).await {
                return result;
            }
        }
    }
}
