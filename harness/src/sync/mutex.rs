//! An async mutex.

use std::fmt;
use std::ops::{Deref, DerefMut};

use tokio::sync::{self as original, TryLockError};

use super::Driver;

/// `tokio::sync::Mutex`.
pub struct Mutex<T: ?Sized> {
    driver: Driver,
    original: original::Mutex<T>,
}

/// `tokio::sync::MutexGuard`.
pub struct MutexGuard<'a, T: ?Sized> {
    driver: &'a Driver,
    /// There until it is dropped.
    original: Option<original::MutexGuard<'a, T>>,
}

impl<T> Mutex<T> {
    /// A mutex that nobody holds.
    pub fn new(value: T) -> Self {
        Mutex { driver: Driver::current(), original: original::Mutex::new(value) }
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.original.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Waits until nobody holds it.
    pub async fn lock(&self) -> MutexGuard<'_, T> {
        self.guard(self.driver.operate(self.original.lock()).await)
    }

    /// Takes it if nobody holds it.
    ///
    /// # Errors
    /// When somebody does.
    pub fn try_lock(&self) -> Result<MutexGuard<'_, T>, TryLockError> {
        self.driver.act(|| self.original.try_lock()).map(|original| self.guard(original))
    }

    /// The value; nobody else can be looking.
    pub fn get_mut(&mut self) -> &mut T {
        self.original.get_mut()
    }

    fn guard<'a>(&'a self, original: original::MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        MutexGuard { driver: &self.driver, original: Some(original) }
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
        self.original.fmt(f)
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.original.as_ref().expect("a guard holds until it is dropped")
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.original.as_mut().expect("a guard holds until it is dropped")
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        self.driver.act(|| drop(self.original.take()));
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
