//! What stands behind an object, settled when it is made.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{LockResult, TryLockError, TryLockResult};

use crate::world::{Driving, Turn, begin_step, driving, wait_for};

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
            Driver::Thread(turn) => {
                turn.take();
                let mut operation = pin!(wait_for(operation));
                let mut has_waited = false;
                let result = poll_fn(|cx| {
                    let poll = operation.as_mut().poll(cx);
                    has_waited |= poll.is_pending();
                    poll
                })
                .await;
                // Whoever let it go on has done things that are to be seen from here on.
                if has_waited {
                    turn.take();
                }
                result
            }
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
