//! A mutex that blocks.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{self as original};

use super::{LockResult, TryLockResult, try_with_guard, unless_it_blocks, with_guard};
use crate::sync::site::{Site, at};
use crate::sync::{Driver, Guard};

/// `std::sync::Mutex`.
pub struct Mutex<T: ?Sized> {
    driver: Driver,
    original: original::Mutex<T>,
}

/// `std::sync::MutexGuard`.
pub struct MutexGuard<'a, T: ?Sized> {
    lock: &'a Mutex<T>,
    guard: Guard<original::MutexGuard<'a, T>>,
}

impl<T> Mutex<T> {
    /// A mutex that nobody holds.
    pub fn new(value: T) -> Self {
        Mutex { driver: Driver::current("Mutex"), original: original::Mutex::new(value) }
    }

    /// The value.
    ///
    /// # Errors
    /// With the value, when somebody panicked while holding it.
    pub fn into_inner(self) -> LockResult<T> {
        self.original.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Blocks until nobody holds it.
    ///
    /// # Errors
    /// With the guard, when somebody panicked while holding it.
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        self.lock_at(at(&"lock"))
    }

    /// Takes it if nobody holds it.
    ///
    /// # Errors
    /// When somebody does; with the guard, when somebody panicked while holding it.
    #[inline]
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        let site = at(&"try_lock");
        let result = self.driver.act(site, || self.original.try_lock());
        try_with_guard(result, |original| self.guard(site, original))
    }

    /// The value; nobody else can be looking.
    ///
    /// # Errors
    /// With the value, when somebody panicked while holding it.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.original.get_mut()
    }

    /// Whether somebody panicked while holding it.
    #[track_caller]
    pub fn is_poisoned(&self) -> bool {
        self.driver.act(at(&"is_poisoned"), || self.original.is_poisoned())
    }

    /// From now on it is as if nobody had.
    #[track_caller]
    pub fn clear_poison(&self) {
        self.driver.act(at(&"clear_poison"), || self.original.clear_poison());
    }

    #[inline]
    fn lock_at(&self, site: Site) -> LockResult<MutexGuard<'_, T>> {
        let attempt = || unless_it_blocks(self.original.try_lock());
        let result = self.driver.block(site, attempt, || self.original.lock());
        with_guard(result, |original| self.guard(site, original))
    }

    #[inline]
    fn guard<'a>(&'a self, site: Site, original: original::MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        MutexGuard { lock: self, guard: Guard::new(&self.driver, site, original) }
    }
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// Lets go for as long as `wait` takes, which is given std's guard.
    pub(super) fn without(
        self,
        site: Site,
        wait: impl FnOnce(original::MutexGuard<'a, T>) -> LockResult<original::MutexGuard<'a, T>>,
    ) -> LockResult<Self> {
        let MutexGuard { lock, guard } = self;
        with_guard(wait(guard.into_original()), |original| lock.guard(site, original))
    }

    /// Lets go, runs `wait`, and takes it again.
    pub(super) fn let_go(self, site: Site, wait: impl FnOnce()) -> LockResult<Self> {
        let lock = self.lock;
        drop(self);
        wait();
        lock.lock_at(Site { operation: &"lock", ..site })
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

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
