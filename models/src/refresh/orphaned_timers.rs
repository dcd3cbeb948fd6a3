//! A chain of timers renews the token before anybody asks; whether it is still wanted is one flag.
//!
//! Source: rynfar/meridian#482. The chain is stopped while it reads the tokens to set its next
//! timer, and another is started: the old one finds the flag set, goes on, and from then on two
//! chains renew the same token.

use std::sync::Arc;

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::atomic::{AtomicBool, Ordering};
use authloom::sync::blocking::{Mutex, MutexGuard};
use authloom::world::{Clock, Spawner, Timer};

/// Fault: a flag that was cleared and set again looks as if it had never been cleared.
pub struct OrphanedTimers<E, S, C, P> {
    shared: Arc<Shared<E, S, C>>,
    spawner: P,
}

struct Shared<E, S, C> {
    endpoint: E,
    store: S,
    clock: C,
    schedule: Mutex<Schedule>,
}

#[derive(Default)]
struct Schedule {
    is_active: bool,
    /// The timer that is set, and whether it was cleared since.
    timer: Option<Arc<AtomicBool>>,
}

impl<E, S, C, P> OrphanedTimers<E, S, C, P> {
    /// A refresher on an endpoint, a store, a clock and a place to start tasks.
    pub fn new(endpoint: E, store: S, clock: C, spawner: P) -> Self {
        let schedule = Mutex::new(Schedule::default());
        OrphanedTimers { shared: Arc::new(Shared { endpoint, store, clock, schedule }), spawner }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock + Timer> Shared<E, S, C> {
    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The next timer, unless there is to be none.
    fn set_timer(&self) -> Option<Arc<AtomicBool>> {
        let mut schedule = self.schedule();
        if !schedule.is_active {
            return None;
        }
        Some(Arc::clone(schedule.timer.insert(Arc::default())))
    }

    async fn keep_fresh(&self, user: &UserId) -> Option<()> {
        loop {
            let tokens = self.store.load(user).await?;
            let is_cleared = self.set_timer()?;
            self.clock.sleep(tokens.expires_at.since(self.clock.now())).await;
            if is_cleared.load(Ordering::Acquire) {
                return None;
            }
            let tokens = self.store.load(user).await?;
            let response = self.endpoint.refresh(&tokens.refresh_token).await.ok()?;
            self.store.save(user, tokens.renewed(response, self.clock.now())).await;
        }
    }
}

impl<E, S, C, P> OrphanedTimers<E, S, C, P>
where
    E: TokenEndpoint + 'static,
    S: TokenStore + 'static,
    C: Clock + Timer + 'static,
    P: Spawner,
{
    fn start(&self, user: &UserId) {
        let mut schedule = self.shared.schedule();
        if schedule.is_active {
            return;
        }
        schedule.is_active = true;
        drop(schedule);
        let (shared, user) = (Arc::clone(&self.shared), user.clone());
        let chain = async move {
            shared.keep_fresh(&user).await;
        };
        self.spawner.spawn("renewal", Box::pin(chain));
    }

    fn stop(&self) {
        let mut schedule = self.shared.schedule();
        schedule.is_active = false;
        if let Some(is_cleared) = schedule.timer.take() {
            is_cleared.store(true, Ordering::Release);
        }
    }
}

#[async_trait]
impl<E, S, C, P> TokenRefresher for OrphanedTimers<E, S, C, P>
where
    E: TokenEndpoint + 'static,
    S: TokenStore + 'static,
    C: Clock + Timer + 'static,
    P: Spawner,
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        self.start(user);
        let tokens = self.shared.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        Ok(tokens.access_token)
    }

    async fn sign_out(&self, user: &UserId) -> Result<(), AuthError> {
        self.stop();
        self.shared.store.remove(user).await;
        Ok(())
    }
}
