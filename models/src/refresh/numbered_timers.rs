//! A chain of timers renews the token before anybody asks; each knows its number, and goes on only
//! while that is the number of the present one.
//!
//! Source: the fix of rynfar/meridian#482, a generation in place of a flag.

use std::sync::Arc;

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenEndpoint, TokenRefresher, TokenStore, UserId};
use authloom::sync::atomic::{AtomicBool, Ordering};
use authloom::sync::blocking::{Mutex, MutexGuard};
use authloom::world::{Clock, Spawner, Timer};

/// Right within one process, as long as no renewal fails: a chain that was stopped ends at its next
/// look, whatever was started since.
pub struct NumberedTimers<E, S, C, P> {
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
    /// How many chains were started.
    generation: u64,
    /// The timer that is set, and whether it was cleared since.
    timer: Option<Arc<AtomicBool>>,
}

impl<E, S, C, P> NumberedTimers<E, S, C, P> {
    /// A refresher on an endpoint, a store, a clock and a place to start tasks.
    pub fn new(endpoint: E, store: S, clock: C, spawner: P) -> Self {
        let schedule = Mutex::new(Schedule::default());
        NumberedTimers { shared: Arc::new(Shared { endpoint, store, clock, schedule }), spawner }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock + Timer> Shared<E, S, C> {
    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The next timer, unless there is to be none.
    fn set_timer(&self, generation: u64) -> Option<Arc<AtomicBool>> {
        let mut schedule = self.schedule();
        if !schedule.is_active || schedule.generation != generation {
            return None;
        }
        Some(Arc::clone(schedule.timer.insert(Arc::default())))
    }

    async fn keep_fresh(&self, user: &UserId, generation: u64) -> Option<()> {
        loop {
            let tokens = self.store.load(user).await?;
            let is_cleared = self.set_timer(generation)?;
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

impl<E, S, C, P> NumberedTimers<E, S, C, P>
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
        schedule.generation += 1;
        let generation = schedule.generation;
        drop(schedule);
        let (shared, user) = (Arc::clone(&self.shared), user.clone());
        let chain = async move {
            shared.keep_fresh(&user, generation).await;
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
impl<E, S, C, P> TokenRefresher for NumberedTimers<E, S, C, P>
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
