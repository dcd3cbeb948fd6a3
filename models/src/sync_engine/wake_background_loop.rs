//! A forced sync notifies the background loop and returns.
//!
//! Source: option A of "Holding tokio::Mutex Across Network I/O".

use std::sync::Arc;

use async_trait::async_trait;
use authloom::auth::{ResourceServer, SyncEngine, SyncError, SyncStatus};
use authloom::sync::Notify;
use authloom::sync::atomic::{AtomicU64, Ordering};
use authloom::world::Spawner;

/// Right for the status and for the caller of a forced sync, who does not wait. Several forced
/// syncs that come while one is running lead to one more.
pub struct WakeBackgroundLoop {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    wake: Notify,
    cycles: AtomicU64,
}

impl WakeBackgroundLoop {
    /// Starts the loop.
    pub fn start(server: ResourceServer, spawner: &dyn Spawner) -> Self {
        let shared = Arc::new(Shared::default());
        let background = Arc::clone(&shared);
        spawner.spawn(
            "sync-loop",
            Box::pin(async move {
                loop {
                    background.wake.notified().await;
                    if server.pull().await.is_ok() {
                        background.cycles.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }),
        );
        WakeBackgroundLoop { shared }
    }
}

#[async_trait]
impl SyncEngine for WakeBackgroundLoop {
    async fn force_sync(&self) -> Result<(), SyncError> {
        self.shared.wake.notify_one();
        Ok(())
    }

    async fn sync_status(&self) -> SyncStatus {
        SyncStatus { cycles: self.shared.cycles.load(Ordering::Relaxed) }
    }
}
