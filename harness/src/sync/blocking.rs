//! What blocks its thread: `std::sync::{Mutex, RwLock, Condvar, OnceLock}`.

mod condvar;
mod mutex;
mod once_lock;
mod rw_lock;

pub use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};

pub use condvar::Condvar;
pub use mutex::{Mutex, MutexGuard};
pub use once_lock::OnceLock;
pub use rw_lock::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// The lock, if it is free; poisoned or not.
fn unless_it_blocks<G>(result: TryLockResult<G>) -> Option<LockResult<G>> {
    match result {
        Ok(guard) => Some(Ok(guard)),
        Err(TryLockError::Poisoned(poisoned)) => Some(Err(poisoned)),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// A result of another guard, poisoned as before.
#[inline]
fn with_guard<G, H>(result: LockResult<G>, guard: impl FnOnce(G) -> H) -> LockResult<H> {
    match result {
        Ok(original) => Ok(guard(original)),
        Err(poisoned) => Err(PoisonError::new(guard(poisoned.into_inner()))),
    }
}

/// A result of another guard, poisoned as before.
#[inline]
fn try_with_guard<G, H>(result: TryLockResult<G>, guard: impl FnOnce(G) -> H) -> TryLockResult<H> {
    match result {
        Ok(original) => Ok(guard(original)),
        Err(TryLockError::WouldBlock) => Err(TryLockError::WouldBlock),
        Err(TryLockError::Poisoned(poisoned)) => {
            Err(PoisonError::new(guard(poisoned.into_inner())).into())
        }
    }
}
