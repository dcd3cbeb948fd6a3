//! An async lock of many readers or one writer.

use std::fmt;
use std::sync::Arc;

use tokio::sync::{self as original, TryLockError};

use super::driver::{Progress, Taking, at_once};
use super::owned::NOT_HELD;
use super::site::at;
use super::{Driver, Guard, OwnedGuard};

/// `tokio::sync::RwLock`.
pub struct RwLock<T: ?Sized> {
    driver: Driver,
    /// Shared with owned guards.
    original: Arc<original::RwLock<T>>,
}

/// `tokio::sync::RwLockReadGuard`.
pub type RwLockReadGuard<'a, T> = Guard<original::RwLockReadGuard<'a, T>>;

/// `tokio::sync::RwLockWriteGuard`.
pub type RwLockWriteGuard<'a, T> = Guard<original::RwLockWriteGuard<'a, T>>;

/// `tokio::sync::OwnedRwLockReadGuard`.
pub type OwnedRwLockReadGuard<T> = OwnedGuard<RwLock<T>, original::OwnedRwLockReadGuard<T>>;

/// `tokio::sync::OwnedRwLockWriteGuard`.
pub type OwnedRwLockWriteGuard<T> = OwnedGuard<RwLock<T>, original::OwnedRwLockWriteGuard<T>>;

impl<T> RwLock<T> {
    /// A lock that nobody holds.
    pub fn new(value: T) -> Self {
        let driver = Driver::current("RwLock");
        RwLock { driver, original: Arc::new(original::RwLock::new(value)) }
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.driver.publish();
        Arc::into_inner(self.original).expect(NOT_HELD).into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    /// Waits until no writer holds it or came first.
    #[track_caller]
    pub fn read(&self) -> impl Future<Output = RwLockReadGuard<'_, T>> {
        let progress = Progress::new(&self.driver, at(&"read"));
        let read = at_once(|| self.original.try_read().map_err(|_| self.original.read()));
        Taking::new(progress, read, Guard::taken)
    }

    /// Waits until nobody holds it.
    #[track_caller]
    pub fn write(&self) -> impl Future<Output = RwLockWriteGuard<'_, T>> {
        let progress = Progress::new(&self.driver, at(&"write"));
        let write = at_once(|| self.original.try_write().map_err(|_| self.original.write()));
        Taking::new(progress, write, Guard::taken)
    }

    /// [`RwLock::read`]; the guard is nobody's borrow.
    #[track_caller]
    pub fn read_owned(self: Arc<Self>) -> impl Future<Output = OwnedRwLockReadGuard<T>>
    where
        T: Sized,
    {
        let site = at(&"read_owned");
        async move {
            let original = || Arc::clone(&self.original);
            let operation =
                at_once(|| original().try_read_owned().map_err(|_| original().read_owned()));
            let original = self.driver.operate(site, operation).await;
            OwnedGuard::new(Guard::new(&self.driver, site, original), self)
        }
    }

    /// [`RwLock::write`]; the guard is nobody's borrow.
    #[track_caller]
    pub fn write_owned(self: Arc<Self>) -> impl Future<Output = OwnedRwLockWriteGuard<T>>
    where
        T: Sized,
    {
        let site = at(&"write_owned");
        async move {
            let original = || Arc::clone(&self.original);
            let operation =
                at_once(|| original().try_write_owned().map_err(|_| original().write_owned()));
            let original = self.driver.operate(site, operation).await;
            OwnedGuard::new(Guard::new(&self.driver, site, original), self)
        }
    }

    /// Blocks its thread until no writer holds it or came first.
    ///
    /// # Panics
    /// On a thread that drives async code of a runtime.
    #[track_caller]
    pub fn blocking_read(&self) -> RwLockReadGuard<'_, T> {
        let site = at(&"blocking_read");
        let queued = self.driver.block_queued(site, || self.original.read());
        let original = queued.unwrap_or_else(|| {
            let attempt = || self.original.try_read().ok();
            self.driver.block(site, attempt, || self.original.blocking_read())
        });
        Guard::new(&self.driver, site, original)
    }

    /// Blocks its thread until nobody holds it.
    ///
    /// # Panics
    /// On a thread that drives async code of a runtime.
    #[track_caller]
    pub fn blocking_write(&self) -> RwLockWriteGuard<'_, T> {
        let site = at(&"blocking_write");
        let queued = self.driver.block_queued(site, || self.original.write());
        let original = queued.unwrap_or_else(|| {
            let attempt = || self.original.try_write().ok();
            self.driver.block(site, attempt, || self.original.blocking_write())
        });
        Guard::new(&self.driver, site, original)
    }

    /// Reads if no writer holds it or came first.
    ///
    /// # Errors
    /// When one does.
    #[track_caller]
    pub fn try_read(&self) -> Result<RwLockReadGuard<'_, T>, TryLockError> {
        let site = at(&"try_read");
        let original = self.driver.act(site, || self.original.try_read())?;
        Ok(Guard::new(&self.driver, site, original))
    }

    /// Takes it if nobody holds it.
    ///
    /// # Errors
    /// When somebody does.
    #[track_caller]
    pub fn try_write(&self) -> Result<RwLockWriteGuard<'_, T>, TryLockError> {
        let site = at(&"try_write");
        let original = self.driver.act(site, || self.original.try_write())?;
        Ok(Guard::new(&self.driver, site, original))
    }

    /// [`RwLock::try_read`]; the guard is nobody's borrow.
    ///
    /// # Errors
    /// When a writer holds it or came first.
    #[track_caller]
    pub fn try_read_owned(self: Arc<Self>) -> Result<OwnedRwLockReadGuard<T>, TryLockError>
    where
        T: Sized,
    {
        let site = at(&"try_read_owned");
        let original = self.driver.act(site, || Arc::clone(&self.original).try_read_owned())?;
        Ok(OwnedGuard::new(Guard::new(&self.driver, site, original), self))
    }

    /// [`RwLock::try_write`]; the guard is nobody's borrow.
    ///
    /// # Errors
    /// When somebody holds it.
    #[track_caller]
    pub fn try_write_owned(self: Arc<Self>) -> Result<OwnedRwLockWriteGuard<T>, TryLockError>
    where
        T: Sized,
    {
        let site = at(&"try_write_owned");
        let original = self.driver.act(site, || Arc::clone(&self.original).try_write_owned())?;
        Ok(OwnedGuard::new(Guard::new(&self.driver, site, original), self))
    }

    /// The value; nobody else can be looking.
    pub fn get_mut(&mut self) -> &mut T {
        self.driver.publish();
        Arc::get_mut(&mut self.original).expect(NOT_HELD).get_mut()
    }
}

impl<T: ?Sized> OwnedRwLockReadGuard<T> {
    /// The lock that is held.
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        this.object()
    }
}

impl<T: ?Sized> OwnedRwLockWriteGuard<T> {
    /// The lock that is held.
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        this.object()
    }
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> Self {
        RwLock::new(T::default())
    }
}

impl<T> From<T> for RwLock<T> {
    fn from(value: T) -> Self {
        RwLock::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.driver.act(at(&"fmt"), || self.original.fmt(f))
    }
}
