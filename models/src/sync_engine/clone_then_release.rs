//! What the cycle needs is copied out of the lock, and the lock let go, before the network.
//!
//! Source: option B of "Holding tokio::Mutex Across Network I/O".

use async_trait::async_trait;
use authloom::auth::{ResourceServer, SyncEngine, SyncError, SyncStatus};
use authloom::sync::Mutex;

/// Right for the status. Two forced syncs may run at the same time.
pub struct CloneThenRelease {
    engine: Mutex<Engine>,
}

struct Engine {
    server: ResourceServer,
    status: SyncStatus,
}

impl CloneThenRelease {
    /// An engine that pulls from `server`.
    pub fn new(server: ResourceServer) -> Self {
        CloneThenRelease { engine: Mutex::new(Engine { server, status: SyncStatus::default() }) }
    }
}

#[async_trait]
impl SyncEngine for CloneThenRelease {
    async fn force_sync(&self) -> Result<(), SyncError> {
        let server = self.engine.lock().await.server.clone();
        server.pull().await?;
        self.engine.lock().await.status.cycles += 1;
        Ok(())
    }

    async fn sync_status(&self) -> SyncStatus {
        self.engine.lock().await.status
    }
}
