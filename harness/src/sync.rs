//! Drop-in locks and channels whose every async operation is a step of an exploration.
//!
//! Change `use tokio::sync::Mutex` to `use authloom::sync::Mutex`. What an object is, is settled
//! when it is made, at run time:
//!
//! | made | it is |
//! |---|---|
//! | outside an exploration, or at level `await` | tokio's or std's, and nothing else |
//! | there, with `Sharing::SyncObjects` | theirs; what a step does to it is seen |
//! | at level `lock` | theirs, seen; each async operation is a step before it takes effect |
//! | at level `thread` | tokio's, std's or loom's; other threads come in between operations |
//!
//! For a timeline, what broke a property is run again with objects that tell who waits for them and
//! who holds them. What is not async (`try_lock`, `notify_one`, `send`, dropping a guard) takes
//! effect within the step that does it. [`blocking`] and [`atomic`] are std's, for code that uses
//! them between awaits, and `parking_lot` (with the feature of that name) is that crate's.
//!
//! Not offered, above all: constructors that are `const`, since a `static` outlives a world; guards
//! that are mapped or downgraded; waiting with a timeout; a lock of a `dyn` type that was made as
//! one of another; weak senders and `reserve_owned`; `AtomicPtr`, `LazyLock`, `Barrier`.

pub mod atomic;
pub mod blocking;
pub mod broadcast;
mod driver;
mod end;
mod guard;
pub mod mpsc;
mod mutex;
mod notify;
mod once_cell;
pub mod oneshot;
mod owned;
#[cfg(feature = "parking_lot")]
pub mod parking_lot;
mod rw_lock;
mod semaphore;
mod site;
pub mod watch;

pub use guard::Guard;
pub use mutex::{Mutex, MutexGuard, OwnedMutexGuard};
pub use notify::{Notified, Notify};
pub use once_cell::OnceCell;
pub use owned::OwnedGuard;
pub use rw_lock::{
    OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock, RwLockReadGuard, RwLockWriteGuard,
};
pub use semaphore::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
pub use tokio::sync::{AcquireError, SetError, TryAcquireError, TryLockError};

use driver::Driver;

#[cfg(test)]
mod tests;
