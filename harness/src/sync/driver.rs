//! What stands behind an object, settled when it is made.

use std::sync::{LockResult, TryLockError, TryLockResult};

use crate::world::{Driving, Turn, begin_step, driving, in_turn, wait_for};

/// Stands before each operation.
#[derive(Debug)]
pub(super) enum Driver {
    /// Nothing does.
    Original,
    /// Each async operation is a step before it takes effect.
    Steps,
    /// Each operation is one that other threads come before or after.
    Thread(Turn),
}

impl Driver {
    /// That of the exploration that the calling thread is in, if it is in one.
    pub(super) fn current() -> Self {
        match (Turn::here(), driving()) {
            (Some(turn), _) => Driver::Thread(turn),
            (None, Driving::Steps) => Driver::Steps,
            (None, Driving::Nothing) => Driver::Original,
        }
    }

    /// An operation that may wait.
    pub(super) async fn operate<F: Future>(&self, operation: F) -> F::Output {
        match self {
            Driver::Original => operation.await,
            Driver::Steps => {
                begin_step().await;
                wait_for(operation).await
            }
            Driver::Thread(turn) => in_turn(turn, operation).await,
        }
    }

    /// An operation that does not wait.
    pub(super) fn act<R>(&self, operation: impl FnOnce() -> R) -> R {
        self.publish();
        operation()
    }

    /// An operation that blocks its thread, and how to try it.
    pub(super) fn block<G>(
        &self,
        attempt: impl Fn() -> TryLockResult<G>,
        lock: impl FnOnce() -> LockResult<G>,
    ) -> LockResult<G> {
        let Driver::Thread(turn) = self else { return lock() };
        loop {
            turn.take();
            match attempt() {
                Ok(guard) => return Ok(guard),
                Err(TryLockError::Poisoned(poisoned)) => return Err(poisoned),
                Err(TryLockError::WouldBlock) => turn.block(),
            }
        }
    }

    /// Lets those go on who are blocked.
    pub(super) fn unblock(&self) {
        if let Driver::Thread(turn) = self {
            turn.unblock();
        }
    }

    /// Stands before something that others are about to see.
    pub(super) fn publish(&self) {
        if let Driver::Thread(turn) = self {
            turn.take();
        }
    }
}
