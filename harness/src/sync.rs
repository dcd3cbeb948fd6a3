//! Drop-in locks and channels whose every async operation is a step of an exploration.
//!
//! Change `use tokio::sync::Mutex` to `use authloom::sync::Mutex`. What an object is, is settled
//! when it is made, at run time:
//!
//! | made | it is |
//! |---|---|
//! | outside an exploration, or at level `await` | tokio's or std's, and nothing else |
//! | at level `lock` | tokio's; each async operation is a step before it takes effect |
//! | at level `thread` | tokio's, std's or loom's; other threads come in between operations |
//!
//! Not offered: constructors that are `const`, since a `static` outlives a world, and operations
//! that block a thread. What is not async (`try_lock`, `notify_one`, `send`, dropping a guard)
//! takes effect within the step that does it. [`blocking`] and [`atomic`] are std's, for code that
//! uses them between awaits.

pub mod atomic;
pub mod blocking;
mod driver;
mod mutex;
mod notify;
mod once_cell;
pub mod oneshot;
mod rw_lock;
mod semaphore;
pub mod watch;

pub use mutex::{Mutex, MutexGuard};
pub use notify::Notify;
pub use once_cell::OnceCell;
pub use rw_lock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
pub use semaphore::{Semaphore, SemaphorePermit};
pub use tokio::sync::{AcquireError, SetError, TryAcquireError, TryLockError};

use driver::Driver;

#[cfg(test)]
mod tests;
