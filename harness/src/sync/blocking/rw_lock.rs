//! A lock of many readers or one writer that blocks.

use std::fmt;
use std::sync::{self as original};

use super::{
    LockResult, TryLockError, TryLockResult, try_with_guard, unless_it_blocks, with_guard,
};
use crate::sync::site::at;
use crate::sync::{Driver, Guard};

/// `std::sync::RwLock`.
pub struct RwLock<T: ?Sized> {
    driver: Driver,
    original: original::RwLock<T>,
}

/// `std::sync::RwLockReadGuard`.
pub type RwLockReadGuard<'a, T> = Guard<original::RwLockReadGuard<'a, T>>;

/// `std::sync::RwLockWriteGuard`.
pub type RwLockWriteGuard<'a, T> = Guard<original::RwLockWriteGuard<'a, T>>;

impl<T> RwLock<T> {
    /// A lock that nobody holds.
    pub fn new(value: T) -> Self {
        RwLock { driver: Driver::current("RwLock"), original: original::RwLock::new(value) }
    }

    /// The value.
    ///
    /// # Errors
    /// With the value, when a writer panicked while holding it.
    pub fn into_inner(self) -> LockResult<T> {
        self.original.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    /// Blocks until no writer holds it, or waits for it, as std may.
    ///
    /// # Errors
    /// With the guard, when a writer panicked while holding it.
    #[inline]
    #[track_caller]
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        let site = at(&"read");
        let attempt = || unless_it_blocks(self.try_read_now());
        let result = self.driver.block(site, attempt, || self.original.read());
        with_guard(result, |original| Guard::new(&self.driver, site, original))
    }

    /// Blocks until nobody holds it.
    ///
    /// # Errors
    /// With the guard, when a writer panicked while holding it.
    #[inline]
    #[track_caller]
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        let site = at(&"write");
        let attempt = || unless_it_blocks(self.original.try_write());
        let result = self.driver.block_ahead(site, attempt, || self.original.write());
        with_guard(result, |original| Guard::new(&self.driver, site, original))
    }

    /// Reads if no writer holds it, or blocks to.
    ///
    /// # Errors
    /// When one does; with the guard, when a writer panicked while holding it.
    #[inline]
    #[track_caller]
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        let site = at(&"try_read");
        let result = self.driver.act(site, || self.try_read_now());
        try_with_guard(result, |original| Guard::new(&self.driver, site, original))
    }

    /// Takes it if nobody holds it.
    ///
    /// # Errors
    /// When somebody does; with the guard, when a writer panicked while holding it.
    #[inline]
    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        let site = at(&"try_write");
        let result = self.driver.act(site, || self.original.try_write());
        try_with_guard(result, |original| Guard::new(&self.driver, site, original))
    }

    fn try_read_now(&self) -> TryLockResult<original::RwLockReadGuard<'_, T>> {
        match self.driver.is_kept_out() {
            true => Err(TryLockError::WouldBlock),
            false => self.original.try_read(),
        }
    }

    /// The value; nobody else can be looking.
    ///
    /// # Errors
    /// With the value, when a writer panicked while holding it.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.original.get_mut()
    }

    /// Whether a writer panicked while holding it.
    #[track_caller]
    pub fn is_poisoned(&self) -> bool {
        self.driver.act(at(&"is_poisoned"), || self.original.is_poisoned())
    }

    /// From now on it is as if none had.
    #[track_caller]
    pub fn clear_poison(&self) {
        self.driver.act(at(&"clear_poison"), || self.original.clear_poison());
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
