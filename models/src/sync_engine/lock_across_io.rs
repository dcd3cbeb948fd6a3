//! An async lock held for the whole sync cycle, network included.
//!
//! Source: the anti-pattern of "Holding tokio::Mutex Across Network I/O": a user interface that
//! asks for the status freezes until the sync has ended.

use async_trait::async_trait;
use authloom::auth::{ResourceServer, SyncEngine, SyncError, SyncStatus};
use authloom::sync::Mutex;

/// Fault: the status is behind the lock that the cycle holds.
pub struct LockAcrossIo {
    engine: Mutex<Engine>,
}

struct Engine {
    server: ResourceServer,
    status: SyncStatus,
}

impl LockAcrossIo {
    /// An engine that pulls from `server`.
    pub fn new(server: ResourceServer) -> Self {
        LockAcrossIo { engine: Mutex::new(Engine { server, status: SyncStatus::default() }) }
    }
}

#[async_trait]
impl SyncEngine for LockAcrossIo {
    async fn force_sync(&self) -> Result<(), SyncError> {
        let mut engine = self.engine.lock().await;
        engine.server.pull().await?;
        engine.status.cycles += 1;
        Ok(())
    }

    async fn sync_status(&self) -> SyncStatus {
        self.engine.lock().await.status
    }
}
