//! A refresher made of a closure: what it does counts, and not what it hands out.

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenRefresher, UserId};

/// A refresher that is a closure's future.
pub struct Refresher<F>(pub F);

#[async_trait]
impl<F, Fut> TokenRefresher for Refresher<F>
where
    F: Fn() -> Fut + Send + Sync,
    Fut: Future<Output = ()> + Send,
{
    async fn access_token(&self, _user: &UserId) -> Result<AccessToken, AuthError> {
        (self.0)().await;
        Err(AuthError::NotSignedIn)
    }
}
