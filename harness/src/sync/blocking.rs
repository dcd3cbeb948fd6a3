//! Locks that block their thread: `std::sync::{Mutex, RwLock}`.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{self as original};
pub use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};

use super::Driver;

/// `std::sync::Mutex`.
pub struct Mutex<T: ?Sized> {
    driver: Driver,
    original: original::Mutex<T>,
}

/// `std::sync::MutexGuard`.
pub struct MutexGuard<'a, T: ?Sized> {
    driver: &'a Driver,
    /// There until it is dropped.
    original: Option<original::MutexGuard<'a, T>>,
}

/// `std::sync::RwLock`.
pub struct RwLock<T: ?Sized> {
    driver: Driver,
    original: original::RwLock<T>,
}

/// `std::sync::RwLockReadGuard`.
pub struct RwLockReadGuard<'a, T: ?Sized> {
    driver: &'a Driver,
    /// There until it is dropped.
    original: Option<original::RwLockReadGuard<'a, T>>,
}

/// `std::sync::RwLockWriteGuard`.
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    driver: &'a Driver,
    /// There until it is dropped.
    original: Option<original::RwLockWriteGuard<'a, T>>,
}

impl<T> Mutex<T> {
    /// A mutex that nobody holds.
    pub fn new(value: T) -> Self {
        Mutex { driver: Driver::current(), original: original::Mutex::new(value) }
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Blocks until nobody holds it.
    ///
    /// # Errors
    /// With the guard, when somebody panicked while holding it.
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        let driver = &self.driver;
        let result = driver.block(|| self.original.try_lock(), || self.original.lock());
        match result {
            Ok(original) => Ok(MutexGuard { driver, original: Some(original) }),
            Err(poisoned) => {
                let original = Some(poisoned.into_inner());
                Err(PoisonError::new(MutexGuard { driver, original }))
            }
        }
    }
}

impl<T> RwLock<T> {
    /// A lock that nobody holds.
    pub fn new(value: T) -> Self {
        RwLock { driver: Driver::current(), original: original::RwLock::new(value) }
    }
}

impl<T: ?Sized> RwLock<T> {
    /// Blocks until no writer holds it.
    ///
    /// # Errors
    /// With the guard, when a writer panicked while holding it.
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        let driver = &self.driver;
        let result = driver.block(|| self.original.try_read(), || self.original.read());
        match result {
            Ok(original) => Ok(RwLockReadGuard { driver, original: Some(original) }),
            Err(poisoned) => {
                let original = Some(poisoned.into_inner());
                Err(PoisonError::new(RwLockReadGuard { driver, original }))
            }
        }
    }

    /// Blocks until nobody holds it.
    ///
    /// # Errors
    /// With the guard, when a writer panicked while holding it.
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        let driver = &self.driver;
        let result = driver.block(|| self.original.try_write(), || self.original.write());
        match result {
            Ok(original) => Ok(RwLockWriteGuard { driver, original: Some(original) }),
            Err(poisoned) => {
                let original = Some(poisoned.into_inner());
                Err(PoisonError::new(RwLockWriteGuard { driver, original }))
            }
        }
    }
}

/// What the two locks and their three guards have in common.
macro_rules! like_the_original {
    (lock $lock:ident) => {
        impl<T: Default> Default for $lock<T> {
            fn default() -> Self {
                $lock::new(T::default())
            }
        }

        impl<T: ?Sized + fmt::Debug> fmt::Debug for $lock<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.original.fmt(f)
            }
        }
    };
    (guard $guard:ident) => {
        impl<T: ?Sized> Deref for $guard<'_, T> {
            type Target = T;

            fn deref(&self) -> &T {
                self.original.as_ref().expect("a guard holds until it is dropped")
            }
        }

        impl<T: ?Sized> Drop for $guard<'_, T> {
            fn drop(&mut self) {
                self.driver.act(|| drop(self.original.take()));
                self.driver.unblock();
            }
        }

        impl<T: ?Sized + fmt::Debug> fmt::Debug for $guard<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    };
    (writes $guard:ident) => {
        impl<T: ?Sized> DerefMut for $guard<'_, T> {
            fn deref_mut(&mut self) -> &mut T {
                self.original.as_mut().expect("a guard holds until it is dropped")
            }
        }
    };
}

like_the_original!(lock Mutex);
like_the_original!(lock RwLock);
like_the_original!(guard MutexGuard);
like_the_original!(guard RwLockReadGuard);
like_the_original!(guard RwLockWriteGuard);
like_the_original!(writes MutexGuard);
like_the_original!(writes RwLockWriteGuard);
