//! What stands behind an object, settled when it is made.

use std::sync::{LockResult, TryLockResult};

use crate::world::{Driving, begin_step, driving, wait_for};

/// Stands before each operation.
#[derive(Debug)]
pub(super) struct Driver(Driving);

impl Driver {
    /// That of the exploration that the calling thread is in, if it is in one.
    pub(super) fn current() -> Self {
        Driver(driving())
    }

    /// An operation that may wait. It is a step before it takes effect.
    pub(super) async fn operate<F: Future>(&self, operation: F) -> F::Output {
        match self.0 {
            Driving::Nothing => operation.await,
            Driving::Steps => {
                begin_step().await;
                wait_for(operation).await
            }
        }
    }

    /// An operation that does not wait.
    pub(super) fn act<R>(&self, operation: impl FnOnce() -> R) -> R {
        operation()
    }

    /// An operation that blocks its thread, and how to try it.
    pub(super) fn block<G>(
        &self,
        _attempt: impl Fn() -> TryLockResult<G>,
        lock: impl FnOnce() -> LockResult<G>,
    ) -> LockResult<G> {
        lock()
    }

    /// Lets those go on who are blocked.
    pub(super) fn unblock(&self) {}

    /// Something that is about to be seen by others.
    pub(super) fn publish(&self) {}
}
