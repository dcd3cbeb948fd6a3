//! What the tests of this module share: refreshers to race with.

use std::sync::Arc;

use crate::auth::{
    AccessToken, AuthError, TokenEndpoint as _, TokenRefresher, TokenStore as _, UserId, World,
};
use crate::world::{Clock as _, Setting as _};

/// Whether a refresher looks at what is stored before it refreshes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Recheck {
    Yes,
    No,
}

/// Loads, refreshes, stores; behind a lock or not.
struct Refresher {
    world: World,
    lock: Option<tokio::sync::Mutex<()>>,
    recheck: Recheck,
}

#[async_trait::async_trait]
impl TokenRefresher for Refresher {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let _guard = match &self.lock {
            Some(lock) => Some(lock.lock().await),
            None => None,
        };
        let store = self.world.token_store();
        let tokens = store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if self.recheck == Recheck::Yes && !tokens.is_expired(self.world.clock().now()) {
            return Ok(tokens.access_token);
        }
        let answer = self.world.token_endpoint().refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(answer, self.world.clock().now());
        store.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}

/// Logs a user in and lets callers ask for a token.
pub(super) fn stage_refreshers(
    world: &World,
    callers: &[&'static str],
    is_locked: bool,
    recheck: Recheck,
) {
    let user = UserId::new("alice");
    world.server().log_in_expired(&user);
    let lock = is_locked.then(|| tokio::sync::Mutex::new(()));
    let refresher = Arc::new(Refresher { world: world.clone(), lock, recheck });
    for name in callers {
        let (inside, refresher) = (world.clone(), refresher.clone());
        let user = user.clone();
        world.kernel().add_caller(name, None, async move {
            let _ = inside.ask_for_token(&*refresher, &user).await;
        });
    }
}
