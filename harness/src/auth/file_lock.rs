//! A lock that the processes of one machine share, as on a file.

use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::world::{Driving, begin_step, driving, wait_for};

/// The lock of a world: all handles are the same lock. It is given to those who wait in the order
/// in which they came, and let go of when the process that holds it lets go or is cancelled.
#[derive(Debug, Clone, Default)]
pub struct FileLock {
    lock: Arc<Mutex<()>>,
}

/// Lets go of the lock when it is dropped.
#[must_use]
#[derive(Debug)]
pub struct FileLockGuard {
    _guard: OwnedMutexGuard<()>,
}

impl FileLock {
    /// Waits for the lock.
    pub async fn lock(&self) -> FileLockGuard {
        let operation = Arc::clone(&self.lock).lock_owned();
        // Level `thread` has no turn for it, and takes a wait for it for an unseen one.
        let guard = match driving() {
            Driving::Steps => {
                begin_step().await;
                wait_for(operation).await
            }
            _ => operation.await,
        };
        FileLockGuard { _guard: guard }
    }
}
