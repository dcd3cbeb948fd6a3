//! Who waits while an answer is held: whichever call it is, and whoever makes it.

use std::sync::Arc;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, ResourceServer, SyncEngine, SyncError, SyncStatus, TOKEN_URL,
    TokenRefresher, UserId, World,
};
use authloom::property::UNRELATED_KEYS_NOT_SERIALIZED;
use authloom::prove::{Bounds, Conclusion, Incomplete, Scenario};
use authloom::report;
use authloom::world::Spawner as _;
use authloom_scenarios::{refresh, sync};
use tokio::sync::{Mutex, oneshot};

use super::support::{serialized, violated_property};

/// Pulls once without the lock and once with it.
struct SecondPullUnderLock {
    server: ResourceServer,
    cycles: Mutex<u64>,
}

#[async_trait]
impl SyncEngine for SecondPullUnderLock {
    async fn force_sync(&self) -> Result<(), SyncError> {
        let _ = self.server.pull().await;
        let mut cycles = self.cycles.lock().await;
        let _ = self.server.pull().await;
        *cycles += 1;
        Ok(())
    }

    async fn sync_status(&self) -> SyncStatus {
        SyncStatus { cycles: *self.cycles.lock().await }
    }
}

#[test]
fn a_status_that_waits_for_the_second_call_is_a_finding() {
    let verdict = sync::status_during_force_sync(2).verdict(|world: &World| SecondPullUnderLock {
        server: world.resource_server(),
        cycles: Mutex::default(),
    });
    assert_eq!(violated_property(&verdict), Some("status-never-waits-on-network"));
}

/// Runs each request behind one lock for all: in a task of its own, or after a request that does
/// not matter.
struct OneLock {
    world: World,
    inner: Arc<dyn TokenRefresher>,
    is_detached: bool,
}

#[async_trait]
impl TokenRefresher for OneLock {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        if !self.is_detached {
            let request = http::Request::get(TOKEN_URL).body(Vec::new());
            let _ = self.world.http().send(request.expect("it is a request")).await;
            return self.inner.access_token(user).await;
        }
        let (sender, receiver) = oneshot::channel();
        let (inner, user) = (Arc::clone(&self.inner), user.clone());
        let task = async move {
            let _ = sender.send(inner.access_token(&user).await);
        };
        self.world.spawner().spawn("refresh", Box::pin(task));
        receiver.await.map_err(AuthError::other)?
    }
}

fn one_lock(is_detached: bool) -> impl Fn(&World) -> OneLock {
    move |world: &World| {
        let (world, inner) = (world.clone(), Arc::new(serialized(world)));
        OneLock { world, inner, is_detached }
    }
}

#[test]
fn one_lock_for_all_is_a_finding_after_a_call_that_does_not_matter() {
    let verdict = refresh::unrelated_users(2).verdict(one_lock(false));
    assert_eq!(violated_property(&verdict), Some("unrelated-keys-not-serialized"));
}

#[test]
fn one_lock_for_all_is_a_finding_in_a_task_of_its_own() {
    let verdict = refresh::unrelated_users(2).verdict(one_lock(true));
    assert_eq!(violated_property(&verdict), Some("unrelated-keys-not-serialized"));
}

#[test]
fn a_scenario_that_never_holds_an_answer_proves_nothing_about_who_waits() {
    let scenario: Scenario<dyn TokenRefresher> = Scenario {
        name: "test/never-held",
        summary: "one caller, whose call nobody holds",
        bounds: Bounds::callers(1),
        properties: vec![UNRELATED_KEYS_NOT_SERIALIZED],
        sometimes: Vec::new(),
        stage: Arc::new(|stage| {
            let alice = UserId::new("alice");
            stage.world().server().log_in_expired(&alice);
            let (world, refresher) = (stage.world().clone(), stage.instance());
            stage.caller("caller", async move {
                let _ = world.ask_for_token(&*refresher, &alice).await;
            });
        }),
    };
    let verdict = scenario.verdict(serialized);
    assert!(
        matches!(verdict.conclusion, Conclusion::Incomplete(Incomplete::NotLookedAt { .. })),
        "{}",
        report::conclusion_text(&verdict.conclusion)
    );
}
