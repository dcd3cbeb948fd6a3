//! An async mutex.

use std::fmt;
use std::sync::Arc;

use tokio::sync::{self as original, TryLockError};

use super::driver::{Progress, Taking, at_once};
use super::owned::NOT_HELD;
use super::site::at;
use super::{Driver, Guard, OwnedGuard};

/// `tokio::sync::Mutex`.
pub struct Mutex<T: ?Sized> {
    driver: Driver,
    /// Shared with owned guards.
    original: Arc<original::Mutex<T>>,
}

/// `tokio::sync::MutexGuard`.
pub type MutexGuard<'a, T> = Guard<original::MutexGuard<'a, T>>;

/// `tokio::sync::OwnedMutexGuard`.
pub type OwnedMutexGuard<T> = OwnedGuard<Mutex<T>, original::OwnedMutexGuard<T>>;

impl<T> Mutex<T> {
    /// A mutex that nobody holds.
    pub fn new(value: T) -> Self {
        let driver = Driver::current("Mutex");
        Mutex { driver, original: Arc::new(original::Mutex::new(value)) }
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.driver.publish();
        Arc::into_inner(self.original).expect(NOT_HELD).into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Waits until nobody holds it.
    #[track_caller]
    pub fn lock(&self) -> impl Future<Output = MutexGuard<'_, T>> {
        let progress = Progress::new(&self.driver, at(&"lock"));
        let lock = at_once(|| self.original.try_lock().map_err(|_| self.original.lock()));
        Taking::new(progress, lock, Guard::taken)
    }

    /// Waits until nobody holds it; the guard is nobody's borrow.
    #[track_caller]
    pub fn lock_owned(self: Arc<Self>) -> impl Future<Output = OwnedMutexGuard<T>> {
        let site = at(&"lock_owned");
        async move {
            let original = || Arc::clone(&self.original);
            let operation =
                at_once(|| original().try_lock_owned().map_err(|_| original().lock_owned()));
            let original = self.driver.operate(site, operation).await;
            OwnedGuard::new(Guard::new(&self.driver, site, original), self)
        }
    }

    /// Blocks its thread until nobody holds it.
    ///
    /// # Panics
    /// On a thread that drives async code of a runtime.
    #[track_caller]
    pub fn blocking_lock(&self) -> MutexGuard<'_, T> {
        let site = at(&"blocking_lock");
        let queued = self.driver.block_queued(site, || self.original.lock());
        let original = queued.unwrap_or_else(|| {
            let attempt = || self.original.try_lock().ok();
            self.driver.block(site, attempt, || self.original.blocking_lock())
        });
        Guard::new(&self.driver, site, original)
    }

    /// Takes it if nobody holds it.
    ///
    /// # Errors
    /// When somebody does.
    #[track_caller]
    pub fn try_lock(&self) -> Result<MutexGuard<'_, T>, TryLockError> {
        let site = at(&"try_lock");
        let original = self.driver.act(site, || self.original.try_lock())?;
        Ok(Guard::new(&self.driver, site, original))
    }

    /// Takes it if nobody holds it; the guard is nobody's borrow.
    ///
    /// # Errors
    /// When somebody does.
    #[track_caller]
    pub fn try_lock_owned(self: Arc<Self>) -> Result<OwnedMutexGuard<T>, TryLockError> {
        let site = at(&"try_lock_owned");
        let original = self.driver.act(site, || Arc::clone(&self.original).try_lock_owned())?;
        Ok(OwnedGuard::new(Guard::new(&self.driver, site, original), self))
    }

    /// The value; nobody else can be looking.
    pub fn get_mut(&mut self) -> &mut T {
        self.driver.publish();
        Arc::get_mut(&mut self.original).expect(NOT_HELD).get_mut()
    }
}

impl<T: ?Sized> OwnedMutexGuard<T> {
    /// The mutex that is held.
    pub fn mutex(this: &Self) -> &Arc<Mutex<T>> {
        this.object()
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Mutex::new(T::default())
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Self {
        Mutex::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.driver.act(at(&"fmt"), || self.original.fmt(f))
    }
}
