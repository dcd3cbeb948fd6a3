//! What is put through crashes.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, RefreshToken, TokenEndpoint as _, TokenRefresher, TokenStore as _,
    UserId, World,
};
use authloom::world::{Clock as _, Timestamp, timeout};

/// Asks the token endpoint twice, and looks at the clock in between.
struct TwoRequests(World);

#[async_trait]
impl TokenRefresher for TwoRequests {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let tokens = self.0.token_store().load(user).await.ok_or(AuthError::NotSignedIn)?;
        let (endpoint, clock) = (self.0.token_endpoint(), self.0.clock());
        let _ = endpoint.refresh(&tokens.refresh_token).await;
        clock.now();
        let _ = endpoint.refresh(&tokens.refresh_token).await;
        Ok(tokens.access_token)
    }
}

/// Refreshes while it holds the lock of a file.
struct UnderFileLock(World);

#[async_trait]
impl TokenRefresher for UnderFileLock {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let (store, lock) = (self.0.token_store(), self.0.file_lock());
        let _guard = lock.lock().await;
        let tokens = store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        let _ = self.0.token_endpoint().refresh(&tokens.refresh_token).await;
        Ok(tokens.access_token)
    }
}

/// Two requests, and a look into the store before them if it was built when time had gone on.
struct KnowsItsStart(World, Timestamp);

#[async_trait]
impl TokenRefresher for KnowsItsStart {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        if self.1 > Timestamp::default() {
            self.0.token_store().load(user).await;
        }
        TwoRequests(self.0.clone()).access_token(user).await
    }
}

/// A request that is given up after a second.
struct RequestWithDeadline(World);

#[async_trait]
impl TokenRefresher for RequestWithDeadline {
    async fn access_token(&self, _user: &UserId) -> Result<AccessToken, AuthError> {
        let (endpoint, token) = (self.0.token_endpoint(), RefreshToken::new("unknown"));
        let request = endpoint.refresh(&token);
        match timeout(&self.0.clock(), Duration::from_secs(1), request).await {
            Ok(_) => Err(AuthError::NotSignedIn),
            Err(_) => Err(AuthError::Unavailable),
        }
    }
}

pub fn request_with_deadline(world: &World) -> Arc<dyn TokenRefresher> {
    Arc::new(RequestWithDeadline(world.clone()))
}

pub fn knows_its_start(world: &World) -> Arc<dyn TokenRefresher> {
    Arc::new(KnowsItsStart(world.clone(), world.clock().now()))
}

pub fn two_requests(world: &World) -> Arc<dyn TokenRefresher> {
    Arc::new(TwoRequests(world.clone()))
}

pub fn under_file_lock(world: &World) -> Arc<dyn TokenRefresher> {
    Arc::new(UnderFileLock(world.clone()))
}
