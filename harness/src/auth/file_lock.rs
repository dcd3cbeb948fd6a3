//! A lock that the processes of one machine share, as on a file.

use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::world::{Driving, Turn, begin_step, driving, in_turn, wait_for};

/// The lock of a world: all handles are the same lock. It is given to those who wait in the order
/// in which they came, and let go of when the process that holds it lets go or is cancelled.
#[derive(Debug, Clone)]
pub struct FileLock {
    lock: Arc<Mutex<()>>,
    turn: Option<Arc<Turn>>,
}

/// Lets go of the lock when it is dropped.
#[must_use]
#[derive(Debug)]
pub struct FileLockGuard {
    turn: Option<Arc<Turn>>,
    _guard: OwnedMutexGuard<()>,
}

impl Drop for FileLockGuard {
    /// Others come before the lock is let go of, or after it.
    fn drop(&mut self) {
        if let Some(turn) = &self.turn {
            turn.take();
        }
    }
}

impl Default for FileLock {
    fn default() -> Self {
        FileLock { lock: Arc::default(), turn: Turn::here().map(Arc::new) }
    }
}

impl FileLock {
    /// Waits for the lock.
    pub async fn lock(&self) -> FileLockGuard {
        let operation = Arc::clone(&self.lock).lock_owned();
        if driving() == Driving::Steps {
            begin_step().await;
        }
        let guard = match &self.turn {
            Some(turn) => in_turn(turn, operation).await,
            None => wait_for(operation).await,
        };
        FileLockGuard { turn: self.turn.clone(), _guard: guard }
    }
}
