//! An async lock of many readers or one writer.

use std::fmt;
use std::ops::{Deref, DerefMut};

use tokio::sync::{self as original, TryLockError};

use super::Driver;

/// `tokio::sync::RwLock`.
pub struct RwLock<T: ?Sized> {
    driver: Driver,
    original: original::RwLock<T>,
}

/// `tokio::sync::RwLockReadGuard`.
pub struct RwLockReadGuard<'a, T: ?Sized> {
    driver: &'a Driver,
    /// There until it is dropped.
    original: Option<original::RwLockReadGuard<'a, T>>,
}

/// `tokio::sync::RwLockWriteGuard`.
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    driver: &'a Driver,
    /// There until it is dropped.
    original: Option<original::RwLockWriteGuard<'a, T>>,
}

impl<T> RwLock<T> {
    /// A lock that nobody holds.
    pub fn new(value: T) -> Self {
        RwLock { driver: Driver::current(), original: original::RwLock::new(value) }
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.original.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    /// Waits until no writer holds it or came first.
    pub async fn read(&self) -> RwLockReadGuard<'_, T> {
        let original = Some(self.driver.operate(self.original.read()).await);
        RwLockReadGuard { driver: &self.driver, original }
    }

    /// Waits until nobody holds it.
    pub async fn write(&self) -> RwLockWriteGuard<'_, T> {
        let original = Some(self.driver.operate(self.original.write()).await);
        RwLockWriteGuard { driver: &self.driver, original }
    }

    /// Reads if no writer holds it or came first.
    ///
    /// # Errors
    /// When one does.
    pub fn try_read(&self) -> Result<RwLockReadGuard<'_, T>, TryLockError> {
        let original = Some(self.driver.act(|| self.original.try_read())?);
        Ok(RwLockReadGuard { driver: &self.driver, original })
    }

    /// Takes it if nobody holds it.
    ///
    /// # Errors
    /// When somebody does.
    pub fn try_write(&self) -> Result<RwLockWriteGuard<'_, T>, TryLockError> {
        let original = Some(self.driver.act(|| self.original.try_write())?);
        Ok(RwLockWriteGuard { driver: &self.driver, original })
    }

    /// The value; nobody else can be looking.
    pub fn get_mut(&mut self) -> &mut T {
        self.original.get_mut()
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
        self.original.fmt(f)
    }
}

impl<T: ?Sized> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.original.as_ref().expect("a guard holds until it is dropped")
    }
}

impl<T: ?Sized> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.original.as_ref().expect("a guard holds until it is dropped")
    }
}

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.original.as_mut().expect("a guard holds until it is dropped")
    }
}

impl<T: ?Sized> Drop for RwLockReadGuard<'_, T> {
    fn drop(&mut self) {
        self.driver.act(|| drop(self.original.take()));
    }
}

impl<T: ?Sized> Drop for RwLockWriteGuard<'_, T> {
    fn drop(&mut self) {
        self.driver.act(|| drop(self.original.take()));
    }
}
