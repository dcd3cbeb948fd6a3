//! The refresh is one transaction, whose look at the store locks the row until it ends: `SELECT ...
//! FOR UPDATE`.
//!
//! Source: the fix TracecatHQ/tracecat#3047. There, who finds the row locked is told so at once
//! (`NOWAIT`) and tries again; here it waits.

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, SerializationFailure, TokenDatabase, TokenEndpoint, TokenRefresher,
    TokenTransaction, UserId,
};
use authloom::world::Clock;

/// Right in any number of processes, at either level, as long as nobody is cancelled and nothing
/// crashes: the lock is then free, and the refresh token that was presented is still stored. It
/// holds a connection for as long as the server takes to answer.
pub struct LocksRowAroundRefresh<E, D, C> {
    endpoint: E,
    database: D,
    clock: C,
}

impl<E, D, C> LocksRowAroundRefresh<E, D, C> {
    /// A refresher on an endpoint, a database and a clock.
    pub fn new(endpoint: E, database: D, clock: C) -> Self {
        LocksRowAroundRefresh { endpoint, database, clock }
    }
}

impl<E: TokenEndpoint, D: TokenDatabase, C: Clock> LocksRowAroundRefresh<E, D, C> {
    async fn refresh(
        &self,
        user: &UserId,
    ) -> Result<Result<AccessToken, AuthError>, SerializationFailure> {
        let mut transaction = self.database.begin();
        let Some(tokens) = transaction.load_for_update(user).await? else {
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
    for LocksRowAroundRefresh<E, D, C>
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        loop {
            if let Ok(result) = self.refresh(user).await {
                return result;
            }
        }
    }
}
